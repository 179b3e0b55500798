"""The comparison itself: it sees what differs, and shows it in a small world."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.oracle import oracle
from tests.oracle.agreement import COMPARED, differences, disagreement, smallest, told
from tests.oracle.telling import each
from tests.oracle.worlds import Chat, Desk, Team, World, random_world

if TYPE_CHECKING:
    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

BUSY = World(
    each(Chat(at=0, work=9), Chat(at=1, patience=20), Chat(at=2, work=3), Chat(at=4)),
    desks=(Desk(form_after=30), Desk()),
    teams=(Team(topics=(0, 1), wrap_up=(2, 3)),),
)


def without_wrap_up(scenario: Scenario, workload: Workload, duty: Duty) -> Outcomes:
    """An engine that has forgotten a rule."""
    groups = tuple(replace(group, wrap_up=None) for group in scenario.groups)
    return oracle.run(replace(scenario, groups=groups), workload, duty)


def failing(scenario: Scenario, workload: Workload, duty: Duty) -> Outcomes:
    raise ZeroDivisionError("no chats")


@pytest.mark.parametrize("name", COMPARED)
def test_every_array_is_compared(name):
    outcomes = oracle.run(BUSY.scenario, BUSY.workload, BUSY.duty)
    other = replace(outcomes, **{name: np.append(getattr(outcomes, name), [7])})
    assert [line.split(":")[0] for line in differences(outcomes, other)] == [name]


def test_engine_that_does_the_same_agrees():
    assert disagreement(BUSY, oracle.run) == []


def test_engine_that_fails_disagrees():
    assert disagreement(BUSY, failing) == ["ZeroDivisionError: no chats"]


def test_disagreement_is_shown_in_the_smallest_world():
    small = smallest(BUSY, lambda world: bool(disagreement(world, without_wrap_up)))
    assert (len(small.chats), small.desks[0]) == (1, Desk())
    # chat 4 alone comes at 4 and is done at 5, with a wrap-up of 3
    assert "wrapped_up_us: expected [8], was [5]" in told(small, without_wrap_up)


def test_world_is_written_as_the_code_that_makes_it():
    names = {"World": World, "Desk": Desk, "Team": Team, "Chat": Chat}
    for seed in range(20):
        world = random_world(random.Random(seed))
        assert eval(repr(world), names) == world


def test_same_seed_deals_the_same_world():
    assert random_world(random.Random(3)) == random_world(random.Random(3))


def test_rows_are_sorted_by_customer_in_order_of_arrival_then_topic():
    again = (Chat(at=2, topic=1, work=1), Chat(topic=1, work=2, delay=4))
    world = World((again, *each(Chat(at=2, work=3), Chat(at=0, topic=1, work=4))))
    workload = world.workload
    assert workload.work_us.tolist() == [4, 3, 1, 2]
    assert workload.customer_id.tolist() == [1, 2, 3, 3]
    assert workload.attempt.tolist() == [1, 1, 1, 2]
