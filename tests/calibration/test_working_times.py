"""How long agents take: solo work, silent chats, reaction, gaps and wrap-up."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.calibration.gaps import absence_from
from simulator.calibration.working import (
    agent_groups,
    gaps,
    reaction,
    silence,
    solo_work,
    wrap_up,
)
from simulator.scenario import loads
from tests.calibration.made_desks import (
    CHAT_DESK,
    SCENARIOS,
    chat,
    gone,
    one_group,
    recorded,
    simulated,
)


@pytest.fixture(scope="module")
def chat_desk():
    return simulated(CHAT_DESK)


@pytest.fixture(scope="module")
def groups(chat_desk):
    return agent_groups(chat_desk)


@pytest.fixture(scope="module")
def one_at_a_time():
    return simulated(one_group(days=14, agents=7, cap=1, output="[1]", per_hour=60), seed=2)


def lies_in(truth, estimate):
    return estimate.low <= truth <= estimate.high


# ------------------------------------------------------------------------------ solo work


@pytest.mark.parametrize(("topic", "mean_s"), [("Sales", 450), ("Support", 660)])
def test_the_work_of_the_shipped_desk_is_found(chat_desk, groups, topic, mean_s):
    work = solo_work(chat_desk, groups, topic)
    assert lies_in(mean_s, work.mean_s)
    assert work.short_s is None
    assert "stretched by the other chats" in work.words


def test_the_family_of_the_work_is_found(chat_desk, groups):
    best = [solo_work(chat_desk, groups, topic).fits.best for topic in ("Sales", "Support")]
    assert [fit.family for fit in best] == ["gamma", "lognormal"]
    assert best[0].cv == pytest.approx(0.9, rel=0.06)


def test_the_uncertainty_of_the_output_is_in_the_interval(chat_desk, groups):
    work = solo_work(chat_desk, groups, "Sales")
    fitted = work.fits.mean_s
    assert work.mean_s.value == fitted.value
    assert work.mean_s.high - work.mean_s.low > 1.2 * (fitted.high - fitted.low)


def test_with_one_chat_at_a_time_work_is_the_handle_time():
    rows = [
        chat(100 * n, 100 * n, 100 * n + 20 + n, None if n % 3 == 0 else "Ann") for n in range(40)
    ]
    history = recorded(*rows)
    work = solo_work(history, agent_groups(history), "Chat")
    assert np.sort(work.work_s).tolist() == [20 + n for n in range(40)]


def test_two_chats_side_by_side_were_worked_on_by_turns():
    history = simulated(one_group(days=6, output="[1, 1, 1]", work="fixed: 4m"), seed=7)
    work = solo_work(history, agent_groups(history), "Chat")
    assert np.median(work.work_s) == pytest.approx(240, rel=0.05)


def test_an_unfinished_chat_has_had_at_least_so_much_work():
    rows = [chat(100 * n, 100 * n, 100 * n + 50) for n in range(20)]
    history = recorded(*rows, chat(2000, 2000, None, outcome="unfinished"), gone(2010, 2075))
    work = solo_work(history, agent_groups(history), "Chat")
    assert work.censored_s.tolist() == [75]


def test_chats_that_were_none_stand_apart():
    rng = np.random.default_rng(1)
    lengths = np.where(
        rng.random(1500) < 0.07, rng.uniform(1, 10, 1500), rng.lognormal(5, 0.9, 1500)
    )
    starts = np.cumsum(lengths + 5) - lengths
    rows = [chat(s, s, s + length) for s, length in zip(starts, lengths, strict=True)]
    history = recorded(*rows)
    work = solo_work(history, agent_groups(history), "Chat")
    assert work.short_s == 10
    assert work.short_share == pytest.approx(0.07, abs=0.02)
    assert "mixture" in work.fits.best.notation
    assert solo_work(history, agent_groups(history), "Chat", short_s=0).short_s is None


def test_a_topic_nobody_was_served_in_has_words():
    history = recorded(gone(0, 50, topic="Sales"), chat(0, 5, 50, topic="Support"))
    work = solo_work(history, agent_groups(history), "Sales")
    assert work.fits is None
    assert "nothing is known of its work" in work.words


# -------------------------------------------------------------------------------- silence


def test_silent_leavers_are_counted_and_their_time_out_is_found(chat_desk, groups):
    found = silence(chat_desk, "Sales", groups=groups)
    assert lies_in(0.25, found.share)
    assert found.timeout_s == pytest.approx(120, rel=0.03)
    assert "always about the same" in found.words


def test_silent_chats_are_no_work(chat_desk, groups):
    sales = chat_desk.of_topic("Sales")
    served = (sales["outcome"] == "served").sum()
    assert (sales["outcome"] == "silent").sum() > 10
    assert solo_work(chat_desk, groups, "Sales").work_s.size == served


def test_a_topic_without_silent_leavers_has_a_share_of_zero(chat_desk, groups):
    found = silence(chat_desk, "Support", groups=groups)
    assert found.share.value == 0
    assert found.share.high < 0.1
    assert found.timeout_s is None


def test_without_polls_the_share_cannot_be_told():
    found = silence(recorded(chat(0, 5, 60), gone(3, 90)), "Chat")
    assert found.share is None
    assert "does not hold when the customer's client last polled" in found.words


# ------------------------------------------------------------------------------- reaction


@pytest.mark.parametrize("topic", ["Sales", "Support"])
def test_the_reaction_of_the_shipped_desk_is_found(chat_desk, groups, topic):
    found = reaction(chat_desk, groups, topic)
    assert lies_in(20, found.fits.mean_s)
    assert found.fits.best.family == "lognormal"
    assert found.none_share < 0.05


def test_the_reaction_of_agents_with_one_chat_is_free_of_wrap_up(one_at_a_time):
    found = reaction(one_at_a_time, agent_groups(one_at_a_time), "Chat")
    assert lies_in(15, found.fits.mean_s)


def alone(rows):
    """The reaction where Ann, and an agent for others, are the only ones."""
    history = recorded(*rows)
    return reaction(history, agent_groups(history), "Chat")


def test_only_chats_that_met_an_idle_agent_and_no_queue_tell():
    # picked up after 7 s each, ten minutes apart; then one while Ann is busy, and one behind it
    rows = [chat(600 * n, 600 * n + 7, 600 * n + 200) for n in range(30)]
    busy = [chat(6100, 6300, 6350), chat(6120, 6360, 6400)]
    found = alone([*rows, *busy])
    assert set(found.observed_s.tolist()) == {7.0}


def test_the_next_arrival_and_giving_up_cut_the_reaction_short():
    rows = [chat(600 * n, 600 * n + 7, 600 * n + 200) for n in range(30)]
    hastened = [chat(6400, 6409, 6450), chat(6405, 6460, 6500)]
    found = alone([*rows, *hastened, gone(6950, 6954)])
    assert sorted(found.censored_s.tolist()) == [4.0, 5.0]


def test_a_machine_that_hands_out_chats_has_no_reaction():
    history = simulated(one_group(days=5, agents=7, cap=1, output="[1]", reaction=None), seed=3)
    found = reaction(history, agent_groups(history), "Chat")
    assert found.fits is None
    assert found.at_once
    assert "a machine hands them out" in found.words


def test_too_few_chats_tell_no_reaction():
    found = alone([chat(600 * n, 600 * n + 7, 600 * n + 200) for n in range(8)])
    assert found.fits is None
    assert "Only 7 chats" in found.words


# ----------------------------------------------------------------------- gaps and wrap-up


def test_a_gap_is_seen_only_where_somebody_needs_the_agent():
    rows = [
        chat(0, 0, 100),
        chat(50, 109, 200),  # waited while Ann talked: a gap of 9 s
        chat(250, 260, 300),  # came when she was free: no gap
    ]
    history = recorded(*rows)
    groups = agent_groups(history)
    assert gaps(history, groups, groups[0]).observed_s.tolist() == [9]


def test_a_gap_is_cut_short_when_nobody_waits_any_more():
    rows = [chat(0, 0, 100), gone(50, 112), chat(300, 305, 400)]
    history = recorded(*rows)
    groups = agent_groups(history)
    found = gaps(history, groups, groups[0])
    assert found.observed_s.size == 0
    assert found.censored_s.tolist() == [12]


def test_another_agent_with_a_free_slot_may_be_reacting_to_who_waits():
    ann = [chat(0, 0, 100, "Ann"), chat(90, 110, 200, "Ann")]
    bo = [chat(20, 20, 80, "Bo"), chat(300, 300, 350, "Bo")]
    history = recorded(*ann, *bo)
    groups = agent_groups(history)
    assert gaps(history, groups, groups[0]).observed_s.size == 0


def test_the_wrap_up_of_the_shipped_desk_is_found(chat_desk, groups):
    reactions = {topic: reaction(chat_desk, groups, topic) for topic in ("Sales", "Support")}
    nobodys, generalists = (wrap_up(chat_desk, groups, g, reactions=reactions) for g in groups)
    assert nobodys.fits is None
    assert "no wrap-up to be seen" in nobodys.words
    assert lies_in(30, generalists.mean_s)


def test_wrap_up_and_reaction_of_agents_with_one_chat_are_told_apart(one_at_a_time):
    found = wrap_up(one_at_a_time, agent_groups(one_at_a_time), "Agents")
    assert lies_in(40, found.mean_s)
    assert found.fits.best.ks < 0.05
    assert set(found.fits.curves["series"]) == {"data", *found.fits.table["family"]}


def test_where_chats_are_handed_out_the_gaps_are_the_wrap_up():
    text = one_group(days=7, agents=6, cap=1, output="[1]", reaction=None, wrap_up="fixed: 25s")
    history = simulated(text, seed=8)
    found = wrap_up(history, agent_groups(history), "Agents")
    assert found.mean_s.value == pytest.approx(25, abs=0.5)


def test_without_wrap_up_the_machine_s_next_chat_comes_at_once():
    text = one_group(days=7, agents=6, cap=1, output="[1]", reaction=None, wrap_up=None)
    history = simulated(text, seed=8)
    found = wrap_up(history, agent_groups(history), "Agents")
    assert found.fits is None
    assert "at once" in found.words


def test_absence_begins_where_agents_hardly_come_back():
    rng = np.random.default_rng(9)
    wrap, away = rng.lognormal(1.7, 0.4, 2000), rng.exponential(900, 150)
    assert absence_from(np.concatenate([wrap, away]), np.zeros(0)) == 30
    assert absence_from(rng.exponential(50, 2000), np.zeros(0)) >= 300
    assert absence_from(np.zeros(0), np.zeros(0)) == 300


def test_gaps_that_no_family_fits_are_written_as_values():
    rng = np.random.default_rng(5)
    rows, at = [], 0.0
    for gap in rng.choice([4.0, 5.0, 20.0], 300, p=[0.5, 0.3, 0.2]):
        rows.append(chat(at - 50, at, at + 100))
        at += 100 + gap
    rows += [chat(at + 600 * n, at + 600 * n, at + 600 * n + 50) for n in range(1, 30)]
    history = recorded(*rows)
    found = wrap_up(history, agent_groups(history), "Agents")
    assert set(found.notation["empirical"]["values"]) == {4, 5, 20}
    assert found.mean_s.value == pytest.approx(0.5 * 4 + 0.3 * 5 + 0.2 * 20, rel=0.15)


def test_what_is_written_is_a_scenario(one_at_a_time):
    found = wrap_up(one_at_a_time, agent_groups(one_at_a_time), "Agents")
    [(family, values)] = found.notation.items()
    inside = ", ".join(f"{name}: {value}" for name, value in values.items())
    text = one_group(wrap_up=f"{family}: {{{inside}}}")
    assert loads(text, folder=SCENARIOS).groups[0].cap == 3
