"""How outcomes are laid out, and the first of instants that may not have come."""

from __future__ import annotations

import doctest
from dataclasses import fields, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import simulator.sessions.course
from simulator.outcomes import Outcomes
from simulator.sessions import agent_table, session_table
from simulator.sessions.course import contiguous, first_of
from tests.sessions.made import HOUR, MINUTE, desk, outcomes, spans, workload

COURSE = [field.name for field in fields(Outcomes)[:15]]


def cut_out_of_records(made: Outcomes) -> Outcomes:
    """The same outcomes as columns of one array of rows, as an engine may give them."""
    rows = np.stack([getattr(made, name) for name in COURSE], axis=1)
    return replace(made, **dict(zip(COURSE, rows.T, strict=True)))


def busy() -> Outcomes:
    """Chats of every kind with one agent, among them a transferred one."""
    first = {"requested_us": 5, "picked_up_us": 9, "ended_us": MINUTE, "agent": 0, "rank": 1}
    passed_on = first | {"transferred_us": 90, "transfer_picked_up_us": 95, "transfer_agent": 2}
    left = {"requested_us": 7, "ended_us": 90}
    on = {"presence": spans((0, 0, HOUR), (2, 0, HOUR)), "duty": spans((0, 0, HOUR))}
    return outcomes(first, passed_on, left, **on)


def test_columns_cut_out_of_records_are_laid_side_by_side():
    strided = cut_out_of_records(busy())
    assert not strided.agent.flags.c_contiguous
    straight = contiguous(strided)
    for name in COURSE:
        assert getattr(straight, name).flags.c_contiguous, name
        np.testing.assert_array_equal(getattr(straight, name), getattr(strided, name), name)


def test_what_lies_side_by_side_is_not_copied():
    made = busy()
    assert np.shares_memory(contiguous(made).agent, made.agent)


def test_tables_do_not_depend_on_how_the_outcomes_lie_in_memory():
    drawn, straight = workload({}, {}, {}), busy()
    strided = cut_out_of_records(straight)
    world = desk(horizon_us=HOUR)
    assert session_table(world, drawn, straight).equals(session_table(world, drawn, strided))
    assert agent_table(world, straight, 1).equals(agent_table(world, strided, 1))


def test_tables_leave_the_outcomes_as_they_were():
    made = busy()
    before = {name: getattr(made, name).copy() for name in COURSE}
    session_table(desk(horizon_us=HOUR), workload({}, {}, {}), made)
    agent_table(desk(horizon_us=HOUR), made, 1)
    for name, column in before.items():
        np.testing.assert_array_equal(getattr(made, name), column, name)


instants = st.lists(st.tuples(*[st.integers(-1, 2**60) | st.just(-1)] * 3), max_size=20)


@given(instants, st.integers(0, 2**60))
def test_the_first_instant_is_the_smallest_that_came(entries, horizon):
    columns = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    came = [[at for at in entry if at >= 0] for entry in entries]
    assert first_of(*columns).tolist() == [min(those, default=-1) for those in came]
    assert first_of(*columns, horizon).tolist() == [min([*those, horizon]) for those in came]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(simulator.sessions.course).failed == 0
