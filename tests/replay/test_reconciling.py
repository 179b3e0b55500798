"""Which session an unknown call brought about: exactly one, or it stays unknown."""

from __future__ import annotations

import pytest

from simulator.replay.calls import Call
from simulator.replay.facts import Facts
from simulator.replay.reconciling import Window, candidates, has_come_true, verdict

S = 1_000_000
PICKUP = Call(1, 0, "pickup", 5, 1, (1,), "Ada", 1)
CREATE = Call(2, 0, "create", 5, 1, (1,), "customers")
ADA, BO = 11, 12


def picked(number, at_s, owner=ADA, digits=6) -> Facts:
    return Facts(number, 101, owner=owner, started_us=round(at_s * S), digits=digits)


def chosen(sessions, *, sent_s=100.0, last_s=101.0, skew_s=0.0, taken=(), caller=ADA) -> list[int]:
    window = Window.around(round(sent_s * S), round(last_s * S), skew_s)
    found = candidates(PICKUP, sessions, window, taken=set(taken), caller=caller, topic_id=101)
    return [each.session_id for each in found]


@pytest.mark.parametrize(
    ("session", "facts", "is_one"),
    [
        (picked(7, 100.5), {}, True),
        (picked(7, 100.5, owner=BO), {}, False),  # somebody else's
        (picked(7, 100.5, owner=None), {}, False),  # nobody's
        (Facts(7, 101, owner=ADA), {}, False),  # not started
        (picked(7, 100.5), {"taken": [7]}, False),  # another call's
        (picked(7, 99.9), {}, False),  # before the first byte
        (picked(7, 101.1), {}, False),  # after the deadline
        (picked(7, 98.5), {"skew_s": 2.0}, True),  # the tenant's clock is behind
        (picked(7, 102.5), {"skew_s": -2.0}, True),  # or before ours
        (picked(7, 100.0, digits=0), {"sent_s": 100.9}, True),  # whole seconds are cut off
        (picked(7, 100.0, digits=3), {"sent_s": 100.9}, False),
        (picked(7, 99.0, digits=0), {"sent_s": 100.0}, False),
        (picked(7, 100.5, owner=None), {"caller": None}, False),  # who we are is not known
    ],
)
def test_what_may_be_the_session_of_an_unknown_pickup(session, facts, is_one):
    assert chosen([session], **facts) == ([7] if is_one else [])


def test_a_session_listed_twice_is_one():
    assert chosen([picked(8, 100.2), picked(7, 100.1), picked(8, 100.2)]) == [7, 8]


def test_a_created_session_is_known_by_its_topic_and_request():
    window = Window(100 * S, 101 * S)
    sessions = [
        Facts(7, 101, requested_us=100_500_000),
        Facts(8, 102, requested_us=100_500_000),
        Facts(9, 101, requested_us=99 * S),
    ]
    found = candidates(CREATE, sessions, window, taken=set(), caller=None, topic_id=101)
    assert [each.session_id for each in found] == [7]


def test_exactly_one_is_recovered_and_anything_else_stays_unknown():
    one, other = picked(7, 100.1), picked(8, 100.2)
    assert verdict([one], "HTTP 500").facts is one
    assert verdict([], "HTTP 500").cls == "unknown"
    assert verdict([one, other], "HTTP 500").cls == "unknown"


def test_only_a_lane_that_may_hold_one_of_several_is_blocked():
    assert not verdict([], "").blocks
    assert verdict([picked(7, 100.1), picked(8, 100.2)], "").blocks


def of_kind(kind, status="") -> Call:
    return Call(3, 0, kind, 5, 1, (), "Ada", 1, status=status)


@pytest.mark.parametrize(
    ("call", "session", "came_true"),
    [
        (of_kind("end", "Finished"), Facts(7, status="Finished"), True),
        (of_kind("end", "Finished"), Facts(7, status="UserLast"), False),
        (of_kind("leave", "ClosedFromQueue"), Facts(7, status="InQueue"), False),
        (of_kind("transfer"), Facts(7, owner=ADA, offered_to=BO), True),
        (of_kind("transfer"), Facts(7, owner=BO), True),  # accepted already
        (of_kind("transfer"), Facts(7, owner=ADA), False),
        (of_kind("accept"), Facts(7, owner=ADA), True),
        (of_kind("accept"), Facts(7, owner=BO, offered_to=ADA), False),
    ],
)
def test_whether_a_known_session_shows_the_call(call, session, came_true):
    assert has_come_true(call, session, caller=ADA, to=BO) is came_true
