"""From a run's chats to calls: which, when, by whom and in what order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.replay.calls import CUSTOMERS
from simulator.replay.script import Chat, Lanes, script

ADA, BO, CY = 1, 2, 3
LANES = Lanes({ADA: "Ada", BO: "Bo", CY: "Cy"}, {ADA: (1, 2), BO: (1,), CY: (2,)})
SHARED = Lanes({ADA: "*", BO: "*", CY: "*"}, LANES.answers)

SERVED = {"outcome": "served", "picked_up_us": 20, "agent": ADA, "ended_us": 90}


def chat(number=1, *, topic=1, requested_us=10, outcome="served", **more) -> Chat:
    return Chat(number, topic, outcome, requested_us, **more)


def made(*chats, lanes=LANES, first_us=0, until_us=1000, mode="full", max_pickups=99):
    return script(
        chats, lanes, first_us=first_us, until_us=until_us, mode=mode, max_pickups=max_pickups
    )


def told(found):
    """(due, kind, chat, lane) of each call."""
    return [(call.due_us, call.kind, call.chat, call.lane) for call in found.calls]


def test_a_served_chat_is_created_picked_up_and_ended():
    assert told(made(chat(**SERVED))) == [
        (10, "create", 1, CUSTOMERS),
        (20, "pickup", 1, "Ada"),
        (90, "end", 1, "Ada"),
    ]


def test_in_pickups_mode_only_pickups_are_sent():
    found = made(chat(**SERVED), chat(2, outcome="abandoned", ended_us=50), mode="pickups")
    assert told(found) == [(20, "pickup", 1, "Ada")]
    assert found.left_waiting == 0


def test_each_way_out_of_the_queue_leaves_its_status():
    ways = ("abandoned", "form_in_queue", "closed")
    found = made(*(chat(n, outcome=way, ended_us=50) for n, way in enumerate(ways, start=1)))
    assert [call.status for call in found.calls if call.kind == "leave"] == [
        "ClosedFromQueue",
        "RequestPosted",
        "Closed",
    ]


def test_who_never_queues_makes_no_call_and_is_counted():
    found = made(
        chat(1, **SERVED),
        chat(2, outcome="form_closed", ended_us=10),
        chat(3, outcome="form_at_arrival", ended_us=10),
    )
    assert {call.chat for call in found.calls} == {1}
    assert found.left_out == {"never queued": 2}


def test_a_silent_leaver_stays_in_the_queue_and_is_picked_up_and_ended():
    found = made(chat(outcome="silent", picked_up_us=40, agent=BO, ended_us=60))
    assert [call.kind for call in found.calls] == ["create", "pickup", "end"]


def test_an_unfinished_chat_is_not_ended():
    held = made(chat(outcome="unfinished", picked_up_us=40, agent=BO))
    assert [call.kind for call in held.calls] == ["create", "pickup"]
    waiting = made(chat(outcome="unfinished"))
    assert [call.kind for call in waiting.calls] == ["create"]
    assert waiting.left_waiting == 1


TRANSFERRED = {**SERVED, "transferred_us": 50, "second_topic": 2}


def test_a_transfer_goes_from_lane_to_lane_and_the_second_ends_the_chat():
    found = made(chat(**TRANSFERRED, taken_up_us=60, second_agent=CY))
    assert told(found)[2:] == [
        (50, "transfer", 1, "Ada"),
        (60, "accept", 1, "Cy"),
        (90, "end", 1, "Cy"),
    ]
    transfer, accept = found.calls[2:4]
    assert (transfer.to_lane, accept.to_lane) == ("Cy", "Ada")
    assert (transfer.topic, accept.topic) == (1, 2)


def test_a_transfer_nobody_takes_up_ends_where_it_began():
    assert told(made(chat(**TRANSFERRED)))[2:] == [(50, "end", 1, "Ada")]


def test_a_transfer_within_one_credential_is_none():
    found = made(chat(**TRANSFERRED, taken_up_us=60, second_agent=CY), lanes=SHARED)
    assert told(found)[2:] == [(90, "end", 1, "*")]


def test_calls_touch_the_queues_they_read_or_change():
    found = made(chat(**SERVED), chat(2, topic=2, outcome="abandoned", ended_us=50))
    touched = {(call.kind, call.chat): call.touches for call in found.calls}
    assert touched == {
        ("create", 1): (1,),
        ("pickup", 1): (1, 2),
        ("end", 1): (),
        ("create", 2): (2,),
        ("leave", 2): (2,),
    }


def test_of_one_instant_the_desks_order_holds():
    found = made(
        chat(1, **{**SERVED, "ended_us": 50}),
        chat(2, **{**SERVED, "picked_up_us": 50}),
        chat(3, outcome="abandoned", ended_us=50),
        chat(4, requested_us=50, outcome="abandoned", ended_us=70),
    )
    assert [(c.kind, c.chat) for c in found.calls if c.due_us == 50] == [
        ("end", 1),
        ("pickup", 2),
        ("leave", 3),
        ("create", 4),
    ]


def test_a_pickup_at_the_instant_of_the_request_comes_after_it_and_before_the_next_customer():
    at_once = {**SERVED, "requested_us": 20}
    found = made(chat(1, **at_once), chat(2, requested_us=20, outcome="abandoned", ended_us=70))
    assert [(c.kind, c.chat) for c in found.calls if c.due_us == 20] == [
        ("create", 1),
        ("pickup", 1),
        ("create", 2),
    ]


def test_who_waits_at_the_first_instant_is_created_then_in_order_of_ids():
    found = made(
        chat(1, requested_us=5, outcome="abandoned", ended_us=200),
        chat(2, requested_us=8, outcome="served", picked_up_us=150, agent=ADA, ended_us=160),
        chat(3, requested_us=9, outcome="abandoned", ended_us=99),
        chat(4, requested_us=100, outcome="abandoned", ended_us=300),
        first_us=100,
    )
    assert found.carried == (1, 2)
    assert told(found)[:3] == [(0, "create", n, CUSTOMERS) for n in (1, 2, 4)]
    assert found.left_out == {"requested outside the window": 1}


def test_who_is_in_an_agents_hands_at_the_first_instant_is_left_out_by_name():
    found = made(
        chat(1, **SERVED), chat(2, requested_us=60, outcome="abandoned", ended_us=80), first_us=50
    )
    assert found.left_out == {"in an agent's hands at the first instant": 1}


def test_a_chat_of_the_window_gets_all_its_calls_also_those_after_it():
    found = made(chat(1, **SERVED), chat(2, **{**SERVED, "requested_us": 15}), until_us=15)
    assert told(found)[-1] == (90, "end", 1, "Ada")
    assert {call.chat for call in found.calls} == {1}


def test_beyond_the_cap_nothing_is_begun_and_what_was_begun_goes_on():
    found = made(
        chat(1, **{**SERVED, "picked_up_us": 20, "ended_us": 90}),
        chat(2, **{**SERVED, "picked_up_us": 30, "ended_us": 80}),
        chat(3, requested_us=12, outcome="abandoned", ended_us=70),
        chat(4, requested_us=25, outcome="abandoned", ended_us=70),
        max_pickups=1,
    )
    assert [(c.kind, c.chat) for c in found.calls] == [
        ("create", 1),
        ("create", 2),
        ("create", 3),
        ("pickup", 1),
        ("leave", 3),
        ("end", 1),
    ]
    assert (found.cut_pickups, found.left_waiting) == (1, 1)
    assert found.left_out == {"beyond the cap on pickups": 1}


@st.composite
def some_chats(draw):
    chats, at = [], 0
    for number in range(1, draw(st.integers(1, 25)) + 1):
        at += draw(st.integers(0, 5))
        outcome = draw(
            st.sampled_from(
                ["served", "silent", "abandoned", "closed", "form_closed", "unfinished"]
            )
        )
        leaves = at + draw(st.integers(0, 30))
        agent = draw(st.sampled_from([ADA, BO, CY]))
        if outcome in ("served", "silent"):
            ends = leaves + draw(st.integers(1, 40))
            second = draw(st.booleans())
            more = {"picked_up_us": leaves, "agent": agent, "ended_us": ends}
            if second:
                more |= {"transferred_us": leaves, "taken_up_us": ends - 1, "second_agent": BO}
        else:
            more = {} if outcome == "unfinished" else {"ended_us": max(leaves, at + 1)}
        chats.append(chat(number, requested_us=at, outcome=outcome, **more))
    return chats


@given(some_chats(), st.integers(0, 60), st.integers(1, 30))
def test_every_chat_lives_in_its_order_and_once(chats, first_us, max_pickups):
    found = made(*chats, first_us=first_us, max_pickups=max_pickups)
    lives: dict[int, list[str]] = {}
    for call in found.calls:
        lives.setdefault(call.chat, []).append(call.kind)
    order = ["create", "leave", "pickup", "transfer", "accept", "end"]
    for kinds in lives.values():
        assert kinds == sorted(set(kinds), key=order.index)
        assert kinds[0] == "create"
    assert [call.number for call in found.calls] == list(range(1, len(found.calls) + 1))
    assert [call.due_us for call in found.calls] == sorted(call.due_us for call in found.calls)
    assert sum(call.kind == "pickup" for call in found.calls) <= max_pickups
    assert len(lives) + sum(found.left_out.values()) == len(chats)
