"""Who answers what, how much they hold at once, and what they get done then."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.calibration.levels import held_chats
from simulator.calibration.output import Exposure, fit_output, share_of_agent
from simulator.calibration.working import agent_groups
from tests.calibration.made_desks import CHAT_DESK, chat, gone, one_group, recorded, simulated


@pytest.fixture(scope="module")
def chat_desk():
    return simulated(CHAT_DESK)


@pytest.fixture(scope="module")
def groups(chat_desk):
    return agent_groups(chat_desk)


# ------------------------------------------------------------------------------ levels


def test_each_chat_knows_how_long_it_shared_its_agent():
    #      0    100   200   300
    # one  |-----------|            with two from 100 on
    # two        |-----------|      alone from 200 on
    held = held_chats(recorded(chat(0, 0, 200), chat(90, 100, 300)))
    assert held.time_at_s.tolist() == [[100, 100], [100, 100]]
    assert held.level_at_start.tolist() == [1, 2]
    assert held.level_at_end.tolist() == [2, 1]
    assert held.spells.total_s(np.array([0]), 2).tolist() == [200, 100]


def test_a_chat_that_follows_within_the_same_second_is_no_overlap():
    held = held_chats(recorded(chat(0, 0, 60), chat(10, 60, 90)))
    assert held.time_at_s.tolist() == [[60], [30]]


def test_a_chat_of_no_length_disturbs_nothing():
    held = held_chats(recorded(chat(0, 0, 60), chat(10, 60, 60), chat(20, 60, 90)))
    assert held.time_at_s.sum(axis=1).tolist() == [60, 0, 30]
    assert held.level_at_end.min() >= 1


def test_levels_of_many_chats_are_those_of_a_naive_count(chat_desk):
    few = chat_desk.between(chat_desk.dates[0], chat_desk.dates[1])
    held = held_chats(few)
    own = held.agent == 0
    start, end = held.start_s[own], held.end_s[own]
    for number in range(0, own.sum(), 7):
        middles = np.arange(start[number], end[number], 1.0) + 0.5
        open_at = ((start <= middles[:, None]) & (middles[:, None] < end)).sum(axis=1)
        expected = np.bincount(open_at, minlength=held.time_at_s.shape[1] + 1)[1:]
        assert held.time_at_s[own][number] == pytest.approx(expected)


# --------------------------------------------------------------------------- who answers


def test_the_groups_of_the_shipped_desk_are_found(groups):
    assert [(group.name, group.topics, len(group.agents)) for group in groups] == [
        ("Sales", ("Sales",), 3),
        ("Sales + Support", ("Sales", "Support"), 4),
    ]


def test_one_group_is_called_agents():
    [group] = agent_groups(recorded(*(chat(90 * n, 90 * n, 90 * n + 60) for n in range(5))))
    assert group.name == "Agents"
    assert group.agents == ("Agent 1",)


def by_turns(agent, counts, start=0):
    """Chats one after the other: so many of each topic."""
    topics = [topic for topic, count in counts.items() for _ in range(count)]
    times = (start + 100 * n for n in range(len(topics)))
    return [chat(t, t, t + 60, agent, topic=topic) for t, topic in zip(times, topics, strict=True)]


def test_a_stray_chat_does_not_make_a_group():
    rows = by_turns("Ann", {"Sales": 200, "Support": 2}) + by_turns("Bo", {"Support": 100}, 7)
    found = {group.topics: group.agents for group in agent_groups(recorded(*rows))}
    assert found == {("Sales",): ("Agent 1",), ("Support",): ("Agent 2",)}


def test_an_agent_with_few_chats_joins_those_whose_topics_it_lacks_by_chance():
    rows = by_turns("Ann", {"Sales": 90, "Support": 30}) + by_turns("Bo", {"Sales": 6}, 7)
    [group] = agent_groups(recorded(*rows))
    assert group.agents == ("Agent 1", "Agent 2")


def test_an_agent_with_many_chats_of_one_topic_stands_apart():
    rows = by_turns("Ann", {"Sales": 90, "Support": 30}) + by_turns("Bo", {"Sales": 60}, 7)
    assert len(agent_groups(recorded(*rows))) == 2


def test_pickups_of_nobody_known_are_left_out_and_said():
    rows = [*by_turns("Ann", {"Chat": 20}), chat(5, 30, 50, None)]
    [group] = agent_groups(recorded(*rows))
    assert "1 of 21 pickups" in group.words


def test_records_without_agents_have_no_groups():
    assert agent_groups(recorded(chat(0, 5, 60, None), gone(9, 80))) == ()


def test_a_chat_never_closed_on_an_earlier_day_does_not_count():
    day = 86_400
    lost = chat(0, 5, None, outcome="unfinished")
    later = [chat(day + 90 * n, day + 90 * n, day + 90 * n + 60) for n in range(5)]
    [group] = agent_groups(recorded(lost, *later))
    assert group.cap == 1
    assert group.overlap_share == 0


# --------------------------------------------------------------------------- cap and output


def test_caps_are_what_is_held_while_somebody_waits(groups):
    assert [group.cap for group in groups] == [3, 3]


def test_chats_passed_on_to_others_do_not_raise_the_cap():
    # the record keeps the first agent, so that a chat passed on seems to be open with them still
    history = simulated(CHAT_DESK.replace("    transfer: null\n", ""), seed=3)
    assert held_chats(history).time_at_s.shape[1] > 3
    assert [group.cap for group in agent_groups(history)] == [3, 3]


@pytest.mark.parametrize("routing", ["least_loaded", "longest_idle", "fill_first"])
def test_the_cap_is_found_whoever_gets_the_chat(routing):
    history = simulated(one_group(days=5) + f"routing: {routing}\n", seed=2)
    assert [group.cap for group in agent_groups(history)] == [3]


def test_where_nobody_was_pressed_the_cap_is_what_was_held_and_that_is_said():
    [group] = agent_groups(simulated(one_group(days=4, per_hour=8)))
    assert group.cap == 1
    assert "whether agents would take more than 1 at once" in group.words


def test_overlaps_that_are_noise_do_not_raise_the_cap():
    rows = [chat(300 * n, 300 * n, 300 * n + 290) for n in range(200)]
    rows += [chat(300 * n + 280, 300 * n + 285, 300 * n + 295, "Ann") for n in range(0, 200, 20)]
    [group] = agent_groups(recorded(*rows))
    assert group.cap == 1
    assert 0 < group.overlap_share < 0.01
    assert [estimate.value for estimate in group.output] == [1.0]


def test_the_output_of_the_shipped_desk_lies_in_its_intervals(groups):
    for group in groups:
        for estimate, truth in zip(group.output, (1.0, 1.7, 2.2), strict=True):
            assert estimate.low <= truth <= estimate.high
        assert group.levels["completions"].sum() > 1000


@pytest.mark.parametrize(
    "work",
    [
        "exponential: {mean: 5m}",
        "gamma: {mean: 5m, cv: 0.5}",
        "lognormal: {mean: 5m, cv: 1.2}",
        "weibull: {mean: 5m, shape: 1.6}",
    ],
)
def test_output_is_found_whatever_the_work_is_like(work):
    history = simulated(one_group(days=6, work=work, output="[1, 1.5, 1.4]"), seed=3)
    [group] = agent_groups(history)
    assert group.cap == 3
    for estimate, truth in zip(group.output, (1.0, 1.5, 1.4), strict=True):
        # a 99.8 % interval: one of these many would miss its 95 % one by chance
        assert abs(np.log(estimate.value / truth)) <= 1.6 * np.log(estimate.high / estimate.value)


def test_output_that_falls_is_reported_and_said():
    [group] = agent_groups(simulated(one_group(days=5, output="[1, 1.5, 1.0]"), seed=4))
    assert group.output[2].value < group.output[1].value
    assert "Output falls from 2 to 3 open chats" in group.words


def test_a_level_at_which_few_chats_ended_has_the_output_of_the_one_below():
    rows = [chat(500 * n, 500 * n, 500 * n + 200) for n in range(40)]
    # three times a second chat is open at the same time, for long
    rows += [chat(500 * n, 500 * n, 500 * n + 480, "Ann") for n in (3, 13, 23)]
    [group] = agent_groups(recorded(*rows))
    assert group.cap == 2
    assert group.output[1].value == group.output[0].value
    assert group.output[1].low is None
    assert "Too few chats ended with 2 open" in group.words


def test_for_exponential_work_the_estimate_is_nearly_completions_over_time():
    [group] = agent_groups(simulated(one_group(days=6, work="exponential: {mean: 5m}"), seed=5))
    assert group.levels["output"].tolist() == pytest.approx(
        group.levels["output_simple"].tolist(), rel=0.03
    )


def test_intervals_of_output_cover_the_truth_as_often_as_they_say():
    # chats made directly: work is cut into a stretch at level 2 and one at level 1
    rng = np.random.default_rng(6)
    covered = []
    for _ in range(60):
        work = rng.gamma(2.0, 150.0, 400)
        shared = rng.uniform(0, 400, 400)  # time at level 2, while the work lasts
        inside = np.minimum(shared, work / 0.85)
        time_s = np.column_stack([work - 0.85 * inside, inside])
        level = np.where(inside < shared, 2, 1)
        zeros = np.zeros(400, dtype=np.intp)
        exposure = Exposure(share_of_agent(time_s, 2), level, np.ones(400, dtype=bool), zeros)
        found = fit_output(exposure, np.array([1.0, 1.5]))
        error = 1.96 * np.sqrt(found.covariance[1, 1])
        covered.append(abs(found.log_output[1] - np.log(1.7)) <= error)
    assert 52 <= sum(covered) <= 60
