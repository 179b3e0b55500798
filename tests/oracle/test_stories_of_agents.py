"""What agents do, told on each engine: routing, rosters, staffing tables, closing, the instant.

The clock counts microseconds. Unless a story says otherwise there is one topic, always open, and
one agent, always on duty, with one slot, no reaction and no wrap-up.
"""

from __future__ import annotations

import pytest

from tests.oracle.telling import each, ends, pickups, second_pickups
from tests.oracle.worlds import ALWAYS, Chat, Desk, Team, World

ALL_DAY = ((0, ALWAYS),)
ONE, TWO, THREE = (ALL_DAY,), (ALL_DAY,) * 2, (ALL_DAY,) * 3
PAIR = ("1", "2")
"""Two chats at a time, neither slowed down."""


def tabled(*steps: tuple[int, int], people: int, **more: object) -> Team:
    """A group with a staffing table."""
    return Team(shifts=((),) * people, staffing=steps, **more)


# ── Routing ──────────────────────────────────────────────────────────────────────────────────


def test_agents_who_came_on_duty_together_are_called_in_order_of_id(simulate):
    chats = each(*[Chat(at=at, work=50) for at in range(3)])
    assert pickups(simulate(World(chats, teams=(Team(THREE),)))) == [
        (1, 0, 0),
        (2, 1, 1),
        (3, 2, 2),
    ]


@pytest.mark.parametrize(
    ("routing", "agents"),
    [
        # Agents 0 and 1 with two slots. Chat 1 is long, chat 2 ends at 4, chat 3 comes then.
        ("least_loaded", [0, 1, 1]),
        ("fill_first", [0, 0, 0]),
        ("longest_idle", [0, 0, 1]),  # beginning does not count as freed; chat 2's slot does
    ],
)
def test_routing_by_its_textbook_name(simulate, routing, agents):
    chats = each(Chat(at=0, work=50), Chat(at=1, work=3), Chat(at=5, work=1))
    world = World(chats, teams=(Team(TWO, output=PAIR),), routing=routing)
    assert [agent for _, _, agent in pickups(simulate(world))] == agents


def test_fill_first_goes_on_to_the_next_when_the_fullest_has_no_slot(simulate):
    chats = each(*[Chat(at=at, work=50) for at in range(5)])
    world = World(chats, teams=(Team(THREE, output=PAIR),), routing="fill_first")
    assert [agent for _, _, agent in pickups(simulate(world))] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("routing", ["least_loaded", "longest_idle"])
def test_equal_load_goes_to_the_agent_longest_at_it(simulate, routing):
    # Agent 1 is free again at 3, agent 0 at 9.
    chats = each(Chat(at=0, work=9), Chat(at=1, work=2), Chat(at=20))
    world = World(chats, teams=(Team(TWO),), routing=routing)
    assert pickups(simulate(world))[2] == (3, 20, 1)


@pytest.mark.parametrize("routing", ["least_loaded", "longest_idle"])
def test_slots_freed_in_one_instant_are_freed_in_the_order_of_events(simulate, routing):
    # Agents 0 and 1 are free again at 9, but 1 from a wrap-up, which comes after works' ends.
    chats = each(Chat(at=0, work=9), Chat(at=0, topic=1, work=4), Chat(at=20, topic=1))
    teams = (Team(topics=(0, 1)), Team(topics=(1,), wrap_up=(5,)))
    world = World(chats, desks=(Desk(), Desk()), teams=teams, routing=routing)
    assert pickups(simulate(world))[2] == (3, 20, 0)


def test_wrap_up_that_follows_a_chat_does_not_change_the_load(simulate):
    # Both have load 1 since 0 and 1: agent 0's wrap-up from 5 starts nothing anew (D11).
    chats = each(Chat(at=0, work=5), Chat(at=1, work=90), Chat(at=6))
    world = World(chats, teams=(Team(TWO, output=PAIR, wrap_up=(50,)),))
    assert pickups(simulate(world))[2] == (3, 6, 0)


def test_pickup_at_the_end_of_a_reaction_does_not_change_the_load(simulate):
    # Load 1 since 0 (reacting until 8) and since 1.
    chats = each(Chat(at=0, reaction=8, work=90), Chat(at=1, reaction=1, work=90), Chat(at=20))
    world = World(chats, teams=(Team(TWO, output=PAIR),))
    assert pickups(simulate(world))[2] == (3, 20, 0)


def test_agent_who_stood_down_is_longest_idle_last(simulate):
    chats = each(Chat(at=0, reaction=9, patience=2), Chat(at=5))
    world = World(chats, teams=(Team(TWO),), routing="longest_idle")
    assert pickups(simulate(world)) == [(2, 5, 1)]


@pytest.mark.parametrize("routing", ["least_loaded", "longest_idle", "fill_first"])
def test_agent_back_from_a_break_with_a_chat_in_hand_stands_at_the_end(simulate, routing):
    # Agent 0 has had load 1 since 0, agent 1 since 5, but agent 0 comes back at 8 (D11).
    shifts = (((0, 4), (8, 90)), ALL_DAY)
    chats = each(Chat(at=0, topic=1, work=90), Chat(at=5, work=90), Chat(at=9))
    teams = (Team(shifts[:1], topics=(0, 1), output=PAIR), Team(shifts[1:], output=PAIR))
    world = World(chats, desks=(Desk(), Desk()), teams=teams, routing=routing)
    assert pickups(simulate(world)) == [(1, 0, 0), (2, 5, 1), (3, 9, 1)]


def test_agent_answers_only_the_topics_of_their_group(simulate):
    chats = each(Chat(at=0, topic=1, work=5), Chat(at=1, topic=1), Chat(at=2, topic=0))
    teams = (Team(topics=(0,)), Team(topics=(1,)))
    world = World(chats, desks=(Desk(), Desk()), teams=teams)
    assert pickups(simulate(world)) == [(1, 0, 1), (2, 5, 1), (3, 2, 0)]


def test_agent_of_two_topics_takes_the_longest_waiting_of_both(simulate):
    chats = each(Chat(at=0, work=9), Chat(at=1, topic=1), Chat(at=2), Chat(at=3, topic=1))
    world = World(chats, desks=(Desk(), Desk()), teams=(Team(topics=(0, 1)),))
    assert pickups(simulate(world))[1:] == [(2, 9, 0), (3, 10, 0), (4, 11, 0)]


# ── Rosters ──────────────────────────────────────────────────────────────────────────────────


def test_nobody_on_duty_means_the_offline_form(simulate):
    chats = each(Chat(at=4), Chat(at=5), Chat(at=9), Chat(at=10))
    outcomes = simulate(World(chats, teams=(Team((((5, 10),),)),)))
    assert [name for _, name, _ in ends(outcomes)] == [
        "form_closed",  # before duty
        "served",  # duty starts before arrivals
        "served",
        "form_closed",  # duty ends before arrivals
    ]
    assert outcomes.initial_queue_pos.tolist() == [0, 1, 1, 0]


def test_agent_on_duty_for_another_topic_does_not_keep_this_one_open(simulate):
    world = World(each(Chat(at=0, topic=1)), desks=(Desk(), Desk()))
    assert ends(simulate(world)) == [(1, "form_closed", 0)]


def test_chat_in_hand_is_finished_after_duty(simulate):
    outcomes = simulate(World(each(Chat(at=3, work=9)), teams=(Team((((0, 5),),), wrap_up=(2,)),)))
    assert ends(outcomes) == [(1, "served", 12)]
    assert (outcomes.presence.tolist(), outcomes.duty.tolist()) == ([[0, 0, 14]], [[0, 0, 5]])


def test_reaction_begun_on_duty_ends_with_a_pickup_after_it(simulate):
    world = World(each(Chat(at=3, reaction=4)), teams=(Team((((0, 5),),)),))
    assert pickups(simulate(world)) == [(1, 7, 0)]


def test_reaction_turns_to_another_chat_even_after_duty(simulate):
    # At 6 chat 1 gives up; the agent, off duty since 5, turns to chat 2 and picks it up at 9.
    chats = each(Chat(at=0, reaction=9, patience=6), Chat(at=1))
    assert pickups(simulate(World(chats, teams=(Team((((0, 5),),)),)))) == [(2, 9, 0)]


def test_break_lets_no_reaction_begin_and_the_queue_waits_for_the_end_of_it(simulate):
    chats = each(Chat(at=0, work=6), Chat(at=1))
    outcomes = simulate(World(chats, teams=(Team((((0, 4), (10, 20)),)),)))
    assert pickups(outcomes) == [(1, 0, 0), (2, 10, 0)]
    assert outcomes.presence.tolist() == [[0, 0, 6], [0, 10, 20]]


def test_agent_whose_duty_ends_now_is_not_matched_now(simulate):
    # The slot is free at 5, work's end before duty's end; but duty ends at 5 (D2).
    chats = each(Chat(at=0, work=5), Chat(at=1))
    outcomes = simulate(World(chats, teams=(Team((((0, 5), (8, 20)),)),)))
    assert pickups(outcomes) == [(1, 0, 0), (2, 8, 0)]


def test_chat_in_hand_through_the_break_is_one_presence(simulate):
    chats = each(Chat(at=0, work=15))
    outcomes = simulate(World(chats, teams=(Team((((0, 4), (10, 20)),)),)))
    assert outcomes.presence.tolist() == [[0, 0, 20]]
    assert outcomes.duty.tolist() == [[0, 0, 4], [0, 10, 20]]


# ── Staffing tables ──────────────────────────────────────────────────────────────────────────


def test_first_to_finish_leaves_when_the_count_falls(simulate):
    chats = each(Chat(at=0, work=20), Chat(at=0, work=9), Chat(at=0, work=14), Chat(at=1))
    outcomes = simulate(World(chats, teams=(tabled((0, 3), (5, 1), people=3),)))
    assert outcomes.presence.tolist() == [[0, 0, 1000], [1, 0, 9], [2, 0, 14]]
    assert pickups(outcomes)[3] == (4, 20, 0)


def test_idle_agent_of_the_highest_number_leaves_at_once(simulate):
    outcomes = simulate(World(teams=(tabled((0, 3), (5, 2), people=3),), horizon=10))
    assert outcomes.presence.tolist() == [[0, 0, 10], [1, 0, 10], [2, 0, 5]]


def test_least_loaded_is_winding_down_and_begins_nothing(simulate):
    # Agent 0 has two chats, agent 1 one: from 5 on agent 1 takes no more, and leaves at 40.
    chats = each(*[Chat(at=0, work=40)] * 2, Chat(at=1, work=60), Chat(at=6))
    team = tabled((0, 2), (5, 1), people=2, output=("1", "2", "3"))
    outcomes = simulate(World(chats, teams=(team,)))
    assert [agent for _, _, agent in pickups(outcomes)] == [0, 1, 0, 0]
    assert outcomes.duty.tolist() == [[0, 0, 1000], [1, 0, 5]]
    assert outcomes.presence.tolist() == [[0, 0, 1000], [1, 0, 40]]


def test_who_is_winding_down_is_looked_at_again_after_every_event(simulate):
    # From 5 on agent 1 is (equal load, higher id); at 8 agent 0 is free, so it leaves instead.
    chats = each(Chat(at=0, work=8), Chat(at=0, work=30), Chat(at=6))
    outcomes = simulate(World(chats, teams=(tabled((0, 2), (5, 1), people=2),)))
    assert outcomes.duty.tolist() == [[0, 0, 8], [1, 0, 5], [1, 8, 1000]]
    assert pickups(outcomes)[2] == (3, 30, 1)


def test_winding_down_is_not_looked_at_again_between_matches_of_one_event(simulate):
    # Agent 0 reacts to chat 4, agent 1 has chat 3 and is winding down since 6. At 12 agent 2 is
    # called by chat 5, which agent 0 may not answer, and takes chat 4: agent 0 stands down, and
    # has the least load. It leaves at the next event, when agent 1 is free to answer again.
    chats = each(
        Chat(at=0, work=4),
        Chat(at=0, topic=1, work=10),
        Chat(at=1, work=90),
        Chat(at=5, reaction=20, work=50),
        Chat(at=12, topic=1),
        Chat(at=15),
    )
    teams = (tabled((0, 2), (6, 1), people=2, output=PAIR), Team(topics=(0, 1)))
    outcomes = simulate(World(chats, desks=(Desk(), Desk()), teams=teams))
    assert outcomes.presence.tolist()[0] == [0, 0, 15]
    assert pickups(outcomes)[3:] == [(4, 12, 2), (5, 62, 2), (6, 15, 1)]


def test_lowest_number_off_duty_comes_on_when_the_count_rises(simulate):
    team = tabled((0, 3), (2, 1), (5, 2), people=3)
    outcomes = simulate(World(teams=(team,), horizon=10))
    assert outcomes.presence.tolist() == [[0, 0, 10], [1, 0, 2], [1, 5, 10], [2, 0, 2]]


def test_rise_takes_back_who_was_winding_down_before_anyone_comes_on(simulate):
    chats = each(Chat(at=0, work=9), Chat(at=0, work=9))
    team = tabled((0, 2), (4, 1), (6, 2), people=3)
    outcomes = simulate(World(chats, teams=(team,), horizon=20))
    assert outcomes.presence.tolist() == [[0, 0, 20], [1, 0, 20]]
    assert outcomes.duty.tolist() == [[0, 0, 20], [1, 0, 4], [1, 6, 20]]


def test_each_agent_who_comes_on_is_an_event_of_its_own(simulate):
    # Three wait from before. Agent 0 comes on and takes two of them before agent 1 comes on.
    chats = each(*[Chat(at=0, work=9)] * 2, *[Chat(at=1, work=50)] * 3)
    world = World(chats, teams=(tabled((0, 1), (2, 0), (20, 2), people=2, output=PAIR),))
    assert pickups(simulate(world))[2:] == [(3, 20, 0), (4, 20, 0), (5, 20, 1)]


def test_those_who_are_winding_down_do_not_keep_the_topic_open(simulate):
    chats = each(Chat(at=0, work=9), Chat(at=6))
    outcomes = simulate(World(chats, teams=(tabled((0, 1), (5, 0), people=1),)))
    assert ends(outcomes) == [(1, "served", 9), (2, "form_closed", 6)]


# ── Opening hours and closing time ───────────────────────────────────────────────────────────


def test_closed_topic_shows_the_offline_form(simulate):
    chats = each(Chat(at=4), Chat(at=5), Chat(at=10), Chat(at=12))
    desk = Desk(openings=((5, 10, False), (12, 20, False)))
    outcomes = simulate(World(chats, desks=(desk,)))
    names = [name for _, name, _ in ends(outcomes)]
    assert names == ["form_closed", "served", "form_closed", "served"]


def test_queue_goes_on_being_served_during_lunch(simulate):
    chats = each(Chat(at=0, work=12), Chat(at=1), Chat(at=11))
    desk = Desk(openings=((0, 10, True), (20, 30, False)))
    outcomes = simulate(World(chats, desks=(desk,), closing="clear"))
    assert ends(outcomes) == [(1, "served", 12), (2, "served", 13), (3, "form_closed", 11)]


# Closing time is 10. Chat 1 is in hand until 14, chat 2 is reacted to from 9 on, 3 and 4 wait.
LATE = each(Chat(at=0, work=14), Chat(at=7, reaction=4), Chat(at=8, work=3), Chat(at=9, work=3))


@pytest.mark.parametrize(
    ("closing", "duty_until", "expected"),
    [
        # The one agent with two slots is on duty until 10, that is not any more after closing …
        ("serve_out", 10, [("served", 14), ("served", 12), ("served", 15), ("served", 17)]),
        ("drain", 10, [("served", 14), ("served", 12), ("closed", 10), ("closed", 10)]),
        ("clear", 10, [("served", 14), ("closed", 10), ("closed", 10), ("closed", 10)]),
        # … or until 13, when chat 3, reacted to since 12, is already in hand.
        ("drain", 13, [("served", 14), ("served", 12), ("served", 15), ("closed", 13)]),
        ("drain", 90, [("served", 14), ("served", 12), ("served", 15), ("served", 17)]),
        ("clear", 90, [("served", 14), ("closed", 10), ("closed", 10), ("closed", 10)]),
    ],
)
def test_closing_time(simulate, closing, duty_until, expected):
    world = World(
        LATE,
        desks=(Desk(openings=((0, 10, False),)),),
        teams=(Team((((0, duty_until),),), output=PAIR),),
        closing=closing,
    )
    assert [(name, at) for _, name, at in ends(simulate(world))] == expected


def test_serve_out_keeps_the_agents_whose_shift_ends_with_the_topic(simulate):
    # The topic closes before duty ends, so the agent is still there to stay (D1, D6).
    chats = each(Chat(at=0, work=10), Chat(at=1, work=4), Chat(at=2, work=5))
    desks, teams = (Desk(openings=((0, 10, False),)),), (Team((((0, 10),),)),)
    outcomes = simulate(World(chats, desks=desks, teams=teams))
    assert pickups(outcomes) == [(1, 0, 0), (2, 10, 0), (3, 14, 0)]
    # Able to begin until the queue is empty at 14, present until the last chat is done.
    assert (outcomes.duty.tolist(), outcomes.presence.tolist()) == ([[0, 0, 14]], [[0, 0, 19]])


def test_agent_whose_duty_ended_before_closing_does_not_stay(simulate):
    chats = each(Chat(at=0, work=12), Chat(at=1, work=4))
    desks, teams = (Desk(openings=((0, 10, False),)),), (Team((((0, 9),),)),)
    outcomes = simulate(World(chats, desks=desks, teams=teams))
    assert ends(outcomes) == [(1, "served", 12), (2, "closed", 10)]


def test_serve_out_keeps_the_agents_whom_the_table_sends_home(simulate):
    # At 12 the agent's chat ends; winding down, it stays for chat 2 and leaves at 15.
    chats = each(Chat(at=0, work=12), Chat(at=1, work=3))
    team = tabled((0, 1), (10, 0), people=1)
    outcomes = simulate(World(chats, desks=(Desk(openings=((0, 10, False),)),), teams=(team,)))
    assert ends(outcomes) == [(1, "served", 12), (2, "served", 15)]
    assert (outcomes.duty.tolist(), outcomes.presence.tolist()) == ([[0, 0, 12]], [[0, 0, 15]])


def test_serve_out_keeps_those_who_are_already_winding_down(simulate):
    chats = each(Chat(at=0, work=12), Chat(at=1, work=3))
    team = tabled((0, 1), (5, 0), people=1)
    outcomes = simulate(World(chats, desks=(Desk(openings=((0, 10, False),)),), teams=(team,)))
    assert ends(outcomes) == [(1, "served", 12), (2, "served", 15)]
    assert outcomes.duty.tolist() == [[0, 0, 5], [0, 10, 12]]


def test_stay_ends_with_the_queue_and_winding_down_is_looked_at_again(simulate):
    # At 8 agent 0, winding down with the least load, begins chat 5 in overtime; the queue is
    # empty. Whoever comes at 10 gets the form, but it is an event: now agent 1 is winding down.
    chats = each(Chat(at=0, work=8), *[Chat(at=0, work=90)] * 3, Chat(at=1, work=90), Chat(at=10))
    team = tabled((0, 2), (5, 1), people=2, output=PAIR)
    desks = (Desk(openings=((0, 5, False),)),)
    outcomes = simulate(World(chats, desks=desks, teams=(team,), horizon=30))
    assert outcomes.duty.tolist() == [[0, 0, 8], [0, 10, 30], [1, 0, 10]]


def test_agent_in_overtime_begins_only_for_the_topic_it_stays_for(simulate):
    # Topic 0 closes at 10 with chat 3 waiting; topic 1 stays open with chat 2, which has waited
    # longer, but the agent's duty is over.
    chats = each(Chat(at=0, work=12), Chat(at=1, topic=1), Chat(at=2, reaction=5))
    desks = (Desk(openings=((0, 10, False),)), Desk())
    world = World(chats, desks=desks, teams=(Team((((0, 10),),), topics=(0, 1)),))
    outcomes = simulate(world)
    # The reaction begins for chat 3 at 12; at its end the agent takes the longest-waiting it may
    # answer, which is chat 2 (only to begin needs duty), then reacts to chat 3 again.
    assert pickups(outcomes) == [(1, 0, 0), (2, 17, 0), (3, 23, 0)]
    assert outcomes.reaction_began_us.tolist() == [0, -1, 12]


def test_drain_closes_who_is_left_when_the_last_agent_of_the_topic_goes(simulate):
    chats = each(*[Chat(at=0, work=30)] * 2, Chat(at=1))
    teams = (Team((((0, 15),), ((0, 12),))), Team(topics=(1,)))
    desks = (Desk(openings=((0, 10, False),)), Desk())
    outcomes = simulate(World(chats, desks=desks, teams=teams, closing="drain"))
    assert ends(outcomes)[2] == (3, "closed", 15)


def test_silent_leaver_who_still_waits_at_closing_is_closed(simulate):
    chats = each(Chat(at=0, work=30), Chat(at=1, patience=2, silent=True))
    world = World(chats, desks=(Desk(openings=((0, 10, False),)),), closing="clear")
    assert ends(simulate(world))[1] == (2, "closed", 10)


def test_closing_in_the_second_wait_leaves_the_chat_served(simulate):
    chats = each(
        Chat(at=0, topic=1, work=50),
        Chat(at=1, work=2, transfer_to=1, transfer_work=1, transfer_reaction=0),
    )
    desks = (Desk(), Desk(openings=((0, 10, False),)))
    world = World(chats, desks=desks, teams=(Team(), Team(topics=(1,))), closing="clear")
    outcomes = simulate(world)
    assert ends(outcomes)[1] == (2, "served", 10)
    assert second_pickups(outcomes) == [(2, -1, -1)]


# ── One instant, one order ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("what", "world", "expected"),
    [
        (
            "work ends before patience",
            World(each(Chat(at=0, work=5), Chat(at=1, patience=4))),
            [("served", 5), ("served", 6)],
        ),
        (
            "wrap-up ends before patience",
            World(each(Chat(at=0, work=3), Chat(at=1, patience=4)), teams=(Team(wrap_up=(2,)),)),
            [("served", 3), ("served", 6)],
        ),
        (
            "reaction ends before patience",
            World(each(Chat(at=1, reaction=4, patience=4))),
            [("served", 6)],
        ),
        (
            "duty starts before patience ends",
            World(
                each(Chat(at=0, work=4), Chat(at=1, patience=4)),
                teams=(Team((((0, 4), (5, 9)),)),),
            ),
            [("served", 4), ("served", 6)],
        ),
        (
            "patience ends before the offline form",
            World(
                each(Chat(at=0, work=9), Chat(at=1, patience=4, takes_form=True)),
                desks=(Desk(form_after=4),),
            ),
            [("served", 9), ("abandoned", 5)],
        ),
        (
            "the offline form before closing time",
            World(
                each(Chat(at=0, work=9), Chat(at=1, takes_form=True)),
                desks=(Desk(openings=((0, 5, False),), form_after=4),),
                closing="clear",
            ),
            [("served", 9), ("form_in_queue", 5)],
        ),
        (
            "closing time before arrivals",
            World(each(Chat(at=5)), desks=(Desk(openings=((0, 5, False),)),)),
            [("form_closed", 5)],
        ),
        (
            "opening before arrivals",
            World(each(Chat(at=5)), desks=(Desk(openings=((5, 9, False),)),)),
            [("served", 6)],
        ),
        (
            "patience ends before arrivals, so the queue is shorter for the one who comes",
            World(
                each(Chat(at=0, work=9), Chat(at=1, patience=4), Chat(at=5, takes_form=True)),
                desks=(Desk(form_queue_length=1),),
            ),
            [("served", 9), ("abandoned", 5), ("served", 10)],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_comes_first_within_an_instant(simulate, what, world, expected):
    assert [(name, at) for _, name, at in ends(simulate(world))] == expected


def test_work_that_ends_now_frees_its_slot_before_a_reaction_that_ends_now(simulate):
    # At 5 agent 1 becomes free first and, without reaction, takes chat 2 off agent 0's reaction.
    chats = each(Chat(at=0, work=5), Chat(at=0, reaction=5), Chat(at=1))
    outcomes = simulate(World(chats, teams=(Team(TWO),)))
    assert pickups(outcomes) == [(1, 0, 0), (2, 5, 0), (3, 5, 1)]


def test_wrap_up_that_ends_now_frees_its_slot_before_a_reaction_that_ends_now(simulate):
    # At 5 agent 0 takes chat 2 off agent 1's reaction, which turns to chat 3.
    chats = each(Chat(at=0, work=3), Chat(at=0, reaction=5), Chat(at=1))
    teams = (Team(ONE, wrap_up=(2,)), Team(ONE))
    outcomes = simulate(World(chats, teams=teams))
    assert pickups(outcomes) == [(1, 0, 0), (2, 5, 0), (3, 5, 1)]


def test_reaction_that_ends_now_comes_before_duty_that_starts_now(simulate):
    # At 5 agent 0 picks up chat 1; agent 1, on duty from 5, finds chat 2.
    chats = each(Chat(at=0, reaction=5), Chat(at=1))
    outcomes = simulate(World(chats, teams=(Team((ALL_DAY, ((5, 90),))),)))
    assert pickups(outcomes) == [(1, 5, 0), (2, 5, 1)]


def test_arrivals_of_one_instant_are_transfers_then_retries_then_new(simulate):
    # At 6 chat 1 is transferred, chat 2 comes back and a new one arrives; agent 1 answers 1.
    comes_back = (Chat(at=1, topic=1, patience=2), Chat(topic=1, delay=3))
    moved = (Chat(at=0, work=6, transfer_to=1, transfer_work=4, transfer_reaction=0),)
    new = (Chat(at=6, topic=1),)
    busy = (Chat(at=0, topic=1, work=6),)
    teams = (Team(), Team(topics=(1,)))
    world = World((new, comes_back, moved, busy), desks=(Desk(), Desk()), teams=teams)
    outcomes = simulate(world)
    assert outcomes.row.tolist() == [0, 1, 2, 3, 4]
    assert second_pickups(outcomes) == [(1, 6, 1)]
    assert pickups(outcomes)[-2:] == [(4, 10, 1), (5, 11, 1)]


def test_nothing_happens_at_the_horizon_any_more(simulate):
    chats = each(Chat(at=0, work=10), Chat(at=1, patience=9), Chat(at=10))
    outcomes = simulate(World(chats, horizon=10))
    assert ends(outcomes) == [(chat, "unfinished", -1) for chat in (1, 2)]


def test_reactions_and_duty_are_cut_at_the_horizon(simulate):
    outcomes = simulate(World(each(Chat(at=4, reaction=90)), horizon=10))
    assert outcomes.reactions.tolist() == [[0, 4, 10]]
    assert outcomes.presence.tolist() == outcomes.duty.tolist() == [[0, 0, 10]]
