"""What becomes of a chat, told on each engine: the queue, reactions, work, leaving, transfer.

The clock counts microseconds. Unless a story says otherwise there is one topic, always open, and
one agent, always on duty, with one slot, no reaction and no wrap-up.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracle.telling import each, ends, pickups, second_pickups
from tests.oracle.worlds import ALWAYS, Chat, Desk, Team, World

ONE, TWO, THREE = (((0, ALWAYS),),), (((0, ALWAYS),),) * 2, (((0, ALWAYS),),) * 3
CHAT_DESK = ("1", "1.7", "2.2")


# ── Reacting and picking up ──────────────────────────────────────────────────────────────────


def test_free_agent_picks_up_at_once_where_reactions_take_no_time(simulate):
    world = World(each(Chat(at=3, work=5)))
    assert pickups(simulate(world)) == [(1, 3, 0)]


def test_waiting_chats_are_picked_up_in_order_of_arrival(simulate):
    world = World(each(Chat(at=0, work=9), Chat(at=2, work=4), Chat(at=1, work=4)))
    assert pickups(simulate(world)) == [(1, 0, 0), (2, 9, 0), (3, 13, 0)]


def test_customers_of_one_instant_come_in_order_of_their_rows(simulate):
    chats = each(Chat(at=5, topic=1, work=3), Chat(at=5, topic=0, work=4))
    world = World(chats, desks=(Desk(), Desk()), teams=(Team(topics=(0, 1)),))
    assert pickups(simulate(world)) == [(1, 5, 0), (2, 9, 0)]


def test_reaction_of_the_chat_holds_the_slot_before_the_pickup(simulate):
    world = World(each(Chat(at=0, reaction=2, work=5), Chat(at=1, reaction=4, work=3)))
    outcomes = simulate(world)
    assert pickups(outcomes) == [(1, 2, 0), (2, 11, 0)]
    assert outcomes.reactions.tolist() == [[0, 0, 2], [0, 7, 11]]


def test_reaction_ends_with_the_longest_waiting_chat_whoever_reacts_to_it(simulate):
    # Agent 1 is ready first and takes chat 1; agent 0 turns to chat 2 and keeps its own clock.
    chats = each(Chat(at=0, reaction=5), Chat(at=1, reaction=1))
    assert pickups(simulate(World(chats, teams=(Team(TWO),)))) == [(1, 2, 1), (2, 5, 0)]


def test_reaction_whose_chat_has_given_up_turns_to_the_next_one_with_its_own_clock(simulate):
    chats = each(Chat(at=0, reaction=5, patience=2), Chat(at=1, reaction=9))
    outcomes = simulate(World(chats))
    assert pickups(outcomes) == [(2, 5, 0)]
    assert outcomes.reaction_began_us.tolist() == [0, 2]
    assert outcomes.reactions.tolist() == [[0, 0, 5]]


def test_reaction_without_a_chat_to_turn_to_stands_down(simulate):
    chats = each(Chat(at=0, reaction=5, patience=2), Chat(at=3))
    outcomes = simulate(World(chats))
    assert pickups(outcomes) == [(2, 3, 0)]
    assert outcomes.reactions.tolist() == [[0, 0, 2]]


def test_reaction_does_not_turn_to_a_chat_that_its_agent_may_not_answer(simulate):
    chats = each(Chat(at=0, reaction=5, patience=2), Chat(at=1, topic=1))
    world = World(chats, desks=(Desk(), Desk()), teams=(Team(), Team(shifts=(((0, 1), (9, 20)),))))
    outcomes = simulate(world)
    assert ends(outcomes) == [(1, "abandoned", 2), (2, "form_closed", 1)]
    assert outcomes.reactions.tolist() == [[0, 0, 2]]


def test_never_more_agents_react_than_chats_wait(simulate):
    world = World(each(Chat(at=0, reaction=3)), teams=(Team(THREE),))
    assert simulate(world).reactions.tolist() == [[0, 0, 3]]


def test_several_reactions_without_chat_turn_in_order_of_the_agents(simulate):
    # At 4 the topic clears; agents 0 and 1 lose chats 1 and 2; only agent 0 finds chat 3.
    chats = each(
        Chat(at=0, reaction=9), Chat(at=1, reaction=9), Chat(at=2, topic=1, reaction=1, work=3)
    )
    world = World(
        chats,
        desks=(Desk(openings=((0, 4, False),)), Desk()),
        teams=(Team(TWO, topics=(0, 1)),),
        closing="clear",
    )
    assert pickups(simulate(world)) == [(3, 9, 0)]


def test_agent_without_reaction_time_takes_the_longest_waiting_not_the_chat_that_called(simulate):
    # Chat 2 asks for no reaction, so agent 1 is ready at 1 and takes chat 1 off agent 0 (D14).
    chats = each(Chat(at=0, reaction=5), Chat(at=1, reaction=0))
    outcomes = simulate(World(chats, teams=(Team(TWO),)))
    assert pickups(outcomes) == [(1, 1, 1), (2, 5, 0)]
    assert outcomes.reaction_began_us.tolist() == [0, 1]


def test_reaction_to_another_ends_with_the_transferred_chat_at_the_head(simulate):
    # Chat 1 comes to topic 1 while its only agent reacts to chat 2.
    chats = each(
        Chat(at=0, work=4, transfer_to=1, transfer_work=2, transfer_reaction=9),
        Chat(at=1, topic=1, reaction=5, work=3),
    )
    world = World(chats, desks=(Desk(), Desk()), teams=(Team(), Team(topics=(1,))))
    outcomes = simulate(world)
    assert second_pickups(outcomes) == [(1, 6, 1)]
    assert pickups(outcomes) == [(1, 0, 0), (2, 13, 1)]


def test_rank_is_the_smallest_number_not_in_use(simulate):
    chats = each(Chat(at=0, work=30), Chat(at=1, work=2), Chat(at=2, work=30), Chat(at=20))
    world = World(chats, teams=(Team(ONE, output=("1", "2", "3")),))
    assert simulate(world).rank.tolist() == [1, 2, 3, 2]


def test_chat_in_wrap_up_has_given_back_its_rank(simulate):
    chats = each(Chat(at=0, work=2), Chat(at=5))
    world = World(chats, teams=(Team(ONE, output=("1", "2"), wrap_up=(9,)),))
    assert simulate(world).rank.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("scope", "positions"),
    [
        # chat 1 is picked up at once; 2 and 4 wait for topic 0, 3 and 5 for topic 1
        ("topic", [1, 1, 1, 2, 2]),
        ("tenant", [1, 1, 2, 3, 4]),
    ],
)
def test_initial_queue_position_counts_who_is_pending(simulate, scope, positions):
    topics = [0, 0, 1, 0, 1]
    chats = each(*(Chat(at=at, topic=topic, work=50) for at, topic in enumerate(topics)))
    teams = (Team(topics=(0, 1)),)
    world = World(chats, desks=(Desk(), Desk()), teams=teams, queue_position=scope)
    assert simulate(world).initial_queue_pos.tolist() == positions


def test_chat_that_is_reacted_to_counts_as_pending(simulate):
    world = World(each(Chat(at=0, reaction=9), Chat(at=1, reaction=9)), teams=(Team(TWO),))
    assert simulate(world).initial_queue_pos.tolist() == [1, 2]


# ── Work ─────────────────────────────────────────────────────────────────────────────────────


def test_two_chats_share_the_output_and_each_change_is_credited(simulate):
    # Alone until 4, chat 1 has 6 left; then each goes at 0.85. Chat 2 needs 3 / 0.85 = 3.53,
    # so until 8; by then chat 1 has done another 3.4, and the other 2.6 alone end at 10.6.
    chats = each(Chat(at=0, work=10), Chat(at=4, work=3))
    world = World(chats, teams=(Team(ONE, output=CHAT_DESK),))
    assert ends(simulate(world)) == [(1, "served", 11), (2, "served", 8)]


@pytest.mark.parametrize(
    ("output", "work", "ended"),
    [
        (("1",), 7, 7),
        (("0.8",), 1, 2),  # 1.25 is rounded up
        (("0.8",), 4, 5),  # exactly
        (("0.3",), 3, 10),  # exactly: no float's 10.000000000000002
        (("1.7",), 17, 10),
        (("3",), 1, 1),
        (("0.3333333333",), 1, 4),  # to the millionth 0.333333, a little less than a third
        (("0.6666666666",), 2, 3),  # 0.666667, a little more than two thirds
    ],
)
def test_work_alone_ends_at_the_first_microsecond_that_is_late_enough(
    simulate, output, work, ended
):
    world = World(each(Chat(at=0, work=work)), teams=(Team(ONE, output=output),))
    assert ends(simulate(world)) == [(1, "served", ended)]


def test_three_chats_of_equal_work_end_together_in_exact_fractions(simulate):
    # 11 of work at 2.2 / 3 is 15 for each, to the microsecond.
    world = World(each(*[Chat(at=0, work=11)] * 3), teams=(Team(ONE, output=CHAT_DESK),))
    assert ends(simulate(world)) == [(chat, "served", 15) for chat in (1, 2, 3)]


def test_slot_that_reacts_takes_no_work_from_its_neighbour(simulate):
    chats = each(Chat(at=0, work=10), Chat(at=0, reaction=10))
    world = World(chats, teams=(Team(ONE, output=("1", "1")),))
    assert ends(simulate(world)) == [(1, "served", 10), (2, "served", 11)]


def test_slot_in_wrap_up_takes_no_work_from_its_neighbour(simulate):
    # Both at half speed until 4; then chat 1 does its other 6 alone.
    chats = each(Chat(at=0, work=8), Chat(at=0, work=2))
    world = World(chats, teams=(Team(ONE, output=("1", "1"), wrap_up=(50,)),))
    assert ends(simulate(world)) == [(1, "served", 10), (2, "served", 4)]


def test_wrap_up_holds_the_slot(simulate):
    world = World(each(Chat(at=0, work=2), Chat(at=1)), teams=(Team(wrap_up=(5,)),))
    outcomes = simulate(world)
    assert pickups(outcomes) == [(1, 0, 0), (2, 7, 0)]
    assert outcomes.wrapped_up_us.tolist() == [7, 13]


def test_wrap_up_of_nothing_is_done_within_the_end_of_the_work(simulate):
    # Both works end at 2; agent 0's slot is free, and taken again, before agent 1's work ends.
    chats = each(Chat(at=0, work=2), Chat(at=0, work=2), Chat(at=1), Chat(at=1))
    world = World(chats, teams=(Team(TWO, wrap_up=(0,)),))
    outcomes = simulate(world)
    assert pickups(outcomes)[2:] == [(3, 2, 0), (4, 2, 1)]
    assert outcomes.wrapped_up_us.tolist() == outcomes.ended_us.tolist()


def test_wrap_up_that_the_horizon_cuts_has_no_end(simulate):
    world = World(each(Chat(at=0, work=4)), teams=(Team(wrap_up=(9,)),), horizon=10)
    outcomes = simulate(world)
    assert (ends(outcomes), outcomes.wrapped_up_us.tolist()) == ([(1, "served", 4)], [-1])


def test_work_that_ends_at_once_in_two_slots_ends_first_in_the_lower_seat(simulate):
    # Chat 3 sits where chat 1 sat, so it ends before chat 2, and chat 4 gets rank 1 (D1).
    chats = each(Chat(at=0, work=2), Chat(at=0, work=6), Chat(at=1, work=4), Chat(at=3, work=1))
    world = World(chats, teams=(Team(ONE, output=("1", "2")),))
    outcomes = simulate(world)
    assert ends(outcomes)[:3] == [(1, "served", 2), (2, "served", 6), (3, "served", 6)]
    assert outcomes.rank.tolist() == [1, 2, 1, 1]


# ── Leaving the queue ────────────────────────────────────────────────────────────────────────


def test_customer_gives_up_when_patience_ends_before_pickup(simulate):
    world = World(each(Chat(at=0, work=20), Chat(at=2, patience=5)))
    assert ends(simulate(world)) == [(1, "served", 20), (2, "abandoned", 7)]


def test_patience_runs_through_the_reaction(simulate):
    world = World(each(Chat(at=0, reaction=5, patience=4)))
    assert ends(simulate(world)) == [(1, "abandoned", 4)]


def test_silent_leaver_stays_in_the_queue_and_takes_the_time_out(simulate):
    # Gone at 3, picked up at 10 like any other, for 7 of work instead of 30; chat 3 waits for it.
    chats = each(Chat(at=0, work=10), Chat(at=1, patience=2, silent=True, work=30), Chat(at=5))
    outcomes = simulate(World(chats, desks=(Desk(silent_timeout=7),)))
    assert pickups(outcomes) == [(1, 0, 0), (2, 10, 0), (3, 17, 0)]
    assert ends(outcomes)[1] == (2, "silent", 17)
    assert outcomes.initial_queue_pos.tolist() == [1, 1, 2]


def test_silent_chat_counts_among_the_open_ones(simulate):
    # Cap 2 at half speed each: the time-out of 3 takes 6, chat 2 loses as much.
    chats = each(Chat(at=0, reaction=2, patience=1, silent=True), Chat(at=0, reaction=2, work=5))
    world = World(chats, desks=(Desk(silent_timeout=3),), teams=(Team(output=("1", "1")),))
    assert ends(simulate(world)) == [(1, "silent", 8), (2, "served", 10)]


def test_customer_who_would_leave_silently_but_is_in_time_is_served(simulate):
    world = World(each(Chat(at=0, patience=5, silent=True, work=9)))
    assert ends(simulate(world)) == [(1, "served", 9)]


def test_customer_who_gave_up_comes_back_as_a_new_session(simulate):
    attempts = (Chat(at=1, patience=2), Chat(delay=4, patience=9), Chat(delay=1))
    outcomes = simulate(World((*each(Chat(at=0, work=12)), attempts)))
    assert ends(outcomes) == [(1, "served", 12), (2, "abandoned", 3), (3, "served", 13)]
    assert outcomes.row.tolist() == [0, 1, 2]


def test_silent_leaver_comes_back_after_the_instant_patience_ended(simulate):
    attempts = (Chat(at=1, patience=2, silent=True), Chat(delay=4))
    outcomes = simulate(World((*each(Chat(at=0, work=12)), attempts)))
    assert ends(outcomes)[1:] == [(2, "silent", 13), (3, "served", 14)]
    assert outcomes.requested_us.tolist() == [0, 1, 7]


def test_customer_who_took_the_form_or_was_served_does_not_come_back(simulate):
    takes = (Chat(at=1, patience=9, takes_form=True), Chat(delay=1))
    served = (Chat(at=0, work=12, patience=1), Chat(delay=1))
    outcomes = simulate(World((served, takes), desks=(Desk(form_after=3),)))
    assert ends(outcomes) == [(1, "served", 12), (2, "form_in_queue", 4)]


# ── The offline form ─────────────────────────────────────────────────────────────────────────

# Chat 1 is in hand until 50; 2 waits from 1; 3 comes at 2, when one is pending; 4 at 3.
BEHIND = [Chat(at=0, work=50), Chat(at=1), Chat(at=2), Chat(at=3)]


def form_world(desk: Desk, *takers: int) -> World:
    chats = [
        Chat(at=chat.at, work=chat.work, takes_form=number in takers)
        for number, chat in enumerate(BEHIND, start=1)
    ]
    return World(each(*chats), desks=(desk,))


@pytest.mark.parametrize(
    ("desk", "takers", "form"),
    [
        # by time: offered once, after so long in the queue; chat 1 is no longer in it
        (Desk(form_after=10), (1, 2, 3), [(2, "form_in_queue", 11), (3, "form_in_queue", 12)]),
        # by length: 3 finds one pending, 4 then finds that one again
        (Desk(form_queue_length=1), (3, 4), [(3, "form_at_arrival", 2), (4, "form_at_arrival", 3)]),
        (Desk(form_queue_length=2), (2, 3, 4), [(4, "form_at_arrival", 3)]),
        # or: at arrival where the queue is long, after a time where it was not
        (
            Desk(form_after=10, form_queue_length=2),
            (2, 3, 4),
            [(2, "form_in_queue", 11), (3, "form_in_queue", 12), (4, "form_at_arrival", 3)],
        ),
        # and: never at arrival; after the time, if so many others are pending then
        (
            Desk(form_after=10, form_queue_length=2, form_join="and"),
            (2, 3, 4),
            [(2, "form_in_queue", 11)],
        ),
        (
            Desk(form_after=10, form_queue_length=1, form_join="and"),
            (3, 4),
            [(3, "form_in_queue", 12), (4, "form_in_queue", 13)],
        ),
        # and with one limit only is that limit
        (Desk(form_after=10, form_join="and"), (4,), [(4, "form_in_queue", 13)]),
        (Desk(form_queue_length=2, form_join="and"), (4,), [(4, "form_at_arrival", 3)]),
    ],
)
def test_offline_form_is_offered_by_time_and_by_length(simulate, desk, takers, form):
    outcomes = simulate(form_world(desk, *takers))
    assert [end for end in ends(outcomes) if "form" in end[1]] == form


def test_form_declined_at_arrival_is_not_offered_again(simulate):
    # Chat 3 finds one pending at 2 and would be due again at 12.
    desk = Desk(form_after=10, form_queue_length=1)
    declined = simulate(form_world(desk))
    assert {name for _, name, _ in ends(declined)} == {"served"}


def test_form_is_not_offered_to_the_silently_gone(simulate):
    chats = each(Chat(at=0, work=20), Chat(at=1, patience=2, silent=True, takes_form=True))
    world = World(chats, desks=(Desk(form_after=5),))
    assert ends(simulate(world))[1] == (2, "silent", 21)


def test_form_is_not_offered_in_the_second_wait(simulate):
    chats = each(
        Chat(at=0, topic=1, work=50),
        Chat(at=0, work=2, takes_form=True, transfer_to=1, transfer_work=1, transfer_reaction=0),
    )
    desks = (Desk(form_after=3), Desk(form_after=3))
    world = World(chats, desks=desks, teams=(Team(), Team(topics=(1,))))
    assert second_pickups(simulate(world)) == [(1, 50, 1)]


# ── Transfer ─────────────────────────────────────────────────────────────────────────────────


def moved(at: int, work: int = 2, **second: int) -> Chat:
    """A chat of topic 0 that goes on to topic 1."""
    second = {"work": 3, "reaction": 0, "patience": -1} | second
    named = {f"transfer_{name}": value for name, value in second.items()}
    return Chat(at=at, work=work, transfer_to=1, **named)


HANDS_ON = World(
    desks=(Desk(), Desk()),
    teams=(Team(wrap_up=(9,)), Team(topics=(1,))),
)
"""Agent 0 answers topic 0, agent 1 topic 1."""


def test_transferred_chat_is_one_session_with_two_pickups(simulate):
    outcomes = simulate(replace(HANDS_ON, chats=each(moved(at=4, reaction=1))))
    assert pickups(outcomes) == [(1, 4, 0)]
    assert outcomes.transferred_us.tolist() == [6]
    assert second_pickups(outcomes) == [(1, 7, 1)]
    assert ends(outcomes) == [(1, "served", 10)]


def test_first_agent_has_no_wrap_up_after_a_transfer(simulate):
    outcomes = simulate(replace(HANDS_ON, chats=each(moved(at=0), Chat(at=1))))
    assert pickups(outcomes)[1] == (2, 2, 0)


def test_transferred_chat_waits_at_the_head_of_all_topics(simulate):
    # Agent 1, who answers both topics, is busy until 20; chats 2 and 3 have waited longer.
    chats = each(
        Chat(at=0, topic=1, work=20), Chat(at=1, topic=1), Chat(at=2, topic=2), moved(at=5)
    )
    teams = (Team(), Team(topics=(1, 2)))
    outcomes = simulate(World(chats, desks=(Desk(), Desk(), Desk()), teams=teams))
    assert second_pickups(outcomes) == [(4, 20, 1)]
    assert pickups(outcomes)[1:3] == [(2, 23, 1), (3, 24, 1)]


def test_transferred_chats_wait_in_the_order_in_which_they_were_transferred(simulate):
    chats = each(Chat(at=0, topic=1, work=20), moved(at=1, work=9), moved(at=2, work=3))
    teams = (Team(TWO), Team(topics=(1,)))
    outcomes = simulate(World(chats, desks=(Desk(), Desk()), teams=teams))
    assert second_pickups(outcomes) == [(2, 23, 2), (3, 20, 2)]


def test_patience_is_anew_in_the_second_wait_and_giving_up_there_stays_served(simulate):
    chats = each(Chat(at=0, topic=1, work=50), moved(at=1, patience=5))
    outcomes = simulate(replace(HANDS_ON, chats=chats))
    assert ends(outcomes)[1] == (2, "served", 8)
    assert (outcomes.transfer_agent[1], outcomes.wrapped_up_us[1]) == (-1, 3)


def test_transferred_chat_counts_as_pending_in_its_new_topic(simulate):
    chats = each(Chat(at=0, topic=1, work=50), moved(at=0), Chat(at=3, topic=1), Chat(at=9))
    outcomes = simulate(replace(HANDS_ON, chats=chats))
    assert outcomes.initial_queue_pos.tolist() == [1, 1, 2, 1]


def test_silent_leaver_is_not_transferred(simulate):
    gone = Chat(at=1, patience=2, silent=True, transfer_to=1, transfer_work=1, transfer_reaction=0)
    outcomes = simulate(replace(HANDS_ON, chats=each(Chat(at=0, work=9), gone)))
    assert ends(outcomes)[1][1] == "silent"
    assert second_pickups(outcomes) == []


def test_transfer_pending_at_the_horizon_names_the_agent(simulate):
    outcomes = simulate(replace(HANDS_ON, chats=each(moved(at=4, reaction=9)), horizon=10))
    assert ends(outcomes) == [(1, "unfinished", -1)]
    assert outcomes.transfer_offered_to.tolist() == [1]


def test_transfer_into_a_topic_that_nobody_staffs_any_more_ends_at_once(simulate):
    teams = (Team(), Team(topics=(1,), shifts=(((0, 5),),)))
    desks = (Desk(), Desk(openings=((0, 6, False),)))
    outcomes = simulate(World(each(moved(at=8)), desks=desks, teams=teams))
    assert ends(outcomes) == [(1, "served", 10)]
    assert second_pickups(outcomes) == [(1, -1, -1)]


def test_transfer_into_a_closed_topic_is_picked_up_by_who_is_still_on_duty(simulate):
    desks = (Desk(), Desk(openings=((0, 6, False),)))
    world = replace(HANDS_ON, chats=each(moved(at=8)), desks=desks, closing="clear")
    assert second_pickups(simulate(world)) == [(1, 10, 1)]
