"""Who comes to work: absences, duty spans and headcounts."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.workload import on_duty
from tests.workload.worlds import DAY, HOUR, group, staffed, world


def week(*, days=7, first=8, last=16):
    """An agent's shifts, each from ``first`` to ``last`` o'clock."""
    return tuple((day * DAY + first * HOUR, day * DAY + last * HOUR, day) for day in range(days))


def duty(*groups, seed=1, replication=0, days=7):
    return on_duty(world(**staffed(*groups), days=days), seed, replication)


# ---------------------------------------------------------------------- without absences


def test_spans_are_sorted_by_start_then_agent():
    given = duty((group(), (week(days=2), week(days=2, first=7), week(days=1))))
    assert given.spans[:, :2].tolist() == [
        [1, 7 * HOUR],
        [0, 8 * HOUR],
        [2, 8 * HOUR],
        [1, DAY + 7 * HOUR],
        [0, DAY + 8 * HOUR],
    ]


def test_spans_that_touch_are_one_so_nobody_leaves_at_midnight():
    round_the_clock = tuple((day * DAY, (day + 1) * DAY, day) for day in range(3))
    assert duty((group(), (round_the_clock,))).spans.tolist() == [[0, 0, 3 * DAY]]


def test_a_desk_without_agents_is_an_empty_duty():
    given = on_duty(world(), 1, 0)
    assert given.spans.shape == (0, 3)
    assert given.headcount.shape == (0, 3)


def test_headcount_has_a_row_only_where_it_changes():
    steps = ((0, 0, 0), (8 * HOUR, 2, 0), (9 * HOUR, 2, 0), (17 * HOUR, 0, 0), (DAY, 0, 1))
    given = duty((group(headcount=steps), ((), ())), days=2)
    assert given.headcount.tolist() == [[0, 0, 0], [0, 8 * HOUR, 2], [0, 17 * HOUR, 0]]


def test_headcounts_are_sorted_by_instant_then_group():
    one = group("One", headcount=((0, 1, 0), (HOUR, 0, 0)))
    two = group("Two", headcount=((0, 2, 0), (HOUR, 1, 0)))
    given = duty((one, ((),)), (two, ((), ())))
    assert given.headcount.tolist() == [[0, 0, 1], [1, 0, 2], [0, HOUR, 0], [1, HOUR, 1]]


# ------------------------------------------------------------------------- with absences


def test_absent_days_happen_at_their_share():
    absent = duty((group(absent=0.1), (week(days=500),) * 40), days=500).absent
    assert absent.mean() == pytest.approx(0.1, abs=0.008)


def test_an_absent_day_takes_away_the_shifts_that_begin_on_it():
    given = duty((group(absent=0.5), (week(), week(), week())))
    kept = {(agent, start // DAY) for agent, start, _ in given.spans.tolist()}
    assert kept == {
        (agent, day) for agent in range(3) for day in range(7) if not given.absent[agent, day]
    }
    assert 0 < given.absent.sum() < given.absent.size


def test_an_absent_day_cuts_a_round_the_clock_span():
    round_the_clock = tuple((day * DAY, (day + 1) * DAY, day) for day in range(200))
    given = duty((group(absent=0.5), (round_the_clock,)), days=200)
    present = (given.spans[:, 2] - given.spans[:, 1]).sum() // DAY
    assert present == 200 - given.absent.sum()
    assert (given.spans[1:, 1] > given.spans[:-1, 2]).all()


def test_headcount_is_what_is_left_of_the_first_n_agents():
    steps = tuple((day * DAY, 1 + day % 4, day) for day in range(60))
    given = duty((group(absent=0.4, headcount=steps), ((),) * 5), days=60)
    at_step = np.searchsorted(given.headcount[:, 1], [start for start, _, _ in steps], side="right")
    left = [int((~given.absent[:agents, day]).sum()) for _, agents, day in steps]
    assert given.headcount[at_step - 1, 2].tolist() == left


def test_everybody_absent_leaves_nobody():
    steps = ((0, 3, 0),)
    given = duty(
        (group(absent=1.0, headcount=steps), ((),) * 3), (group("B", absent=1.0), (week(),))
    )
    assert given.spans.shape == (0, 3)
    assert given.headcount.tolist() == [[0, 0, 0]]


def test_hiring_somebody_makes_nobody_else_ill():
    before = duty((group("Desk", absent=0.3), (week(), week())))
    after = duty(
        (group("New", absent=0.3), (week(),)), (group("Desk", absent=0.3), (week(), week()))
    )
    np.testing.assert_array_equal(before.absent, after.absent[1:])


def test_a_higher_share_keeps_the_absences_there_were():
    few, many = (duty((group(absent=share), (week(),) * 9)).absent for share in (0.2, 0.5))
    assert few.sum() < many.sum()
    assert (many | ~few).all()


def test_absences_differ_between_agents_and_replications():
    one, other = (duty((group(absent=0.5), (week(),) * 2), replication=r).absent for r in (0, 1))
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])
