"""The account of a replay: each planned call has one outcome."""

from __future__ import annotations

import pytest

from simulator.errors import PickupError
from simulator.replay.accounts import Account
from simulator.replay.calls import Call
from simulator.replay.journal import Outcome
from simulator.replay.telling import account_lines

PICKUPS = [Call(number, 0, "pickup", number, 1, (1,), "Ada", 1) for number in range(1, 6)]


def account(*classes) -> Account:
    made = Account.of(PICKUPS)
    for call, cls in zip(PICKUPS, classes, strict=False):
        made.add(call, Outcome(cls))
    return made


def test_what_was_planned_is_what_came_and_what_is_left():
    made = account("done", "empty", "unknown", "shed")
    made.check()
    assert (made.settled, made.left, made.unknown) == (4, 1, 1)
    assert list(account_lines(made))[-1] == (
        "all: 5 planned = 1 done + 1 empty + 1 unknown + 1 shed + 1 left"
    )


def test_an_unknown_that_was_recovered_is_counted_once():
    made = account("unknown")
    made.revise(PICKUPS[0], "unknown", "recovered")
    assert (made.unknown, made.of_class("recovered"), made.settled) == (0, 1, 1)


def test_a_call_counted_twice_is_refused():
    made = account("done", "done", "done", "done", "done")
    made.add(PICKUPS[0], Outcome("done"))
    with pytest.raises(PickupError, match="6 outcomes stand against 5 planned"):
        made.check()
