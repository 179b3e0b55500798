"""The clock intervals of a scenario, by its local days."""

from __future__ import annotations

import doctest
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simulator.sessions.intervals
from simulator.metrics.timeline import timeline
from simulator.sessions import interval_edges_us
from simulator.sessions.intervals import Finder
from tests.workload.worlds import HOUR, MINUTE, world

OSLO = ZoneInfo("Europe/Oslo")
HAVANA = ZoneInfo("America/Havana")

DAYS = [
    # zone, date, hours of the day, half-hours, what is special about it
    (OSLO, date(2026, 1, 5), 24, 48),  # nothing
    (OSLO, date(2026, 3, 29), 23, 46),  # 02:00 to 03:00 is missing
    (OSLO, date(2026, 10, 25), 25, 50),  # 02:00 to 03:00 comes twice
    (HAVANA, date(2026, 3, 8), 23, 46),  # 00:00 to 01:00 is missing: there is no midnight
    (HAVANA, date(2026, 11, 1), 25, 50),  # 00:00 to 01:00 comes twice: midnight does
]


def one_day(zone: ZoneInfo, day: date, hours: int, **more):
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    given = {"timezone": zone, "start": start, "dates": (day,), "horizon_us": hours * HOUR}
    return world(**(given | more))


@pytest.mark.parametrize(("zone", "day", "hours", "count"), DAYS)
def test_every_interval_of_a_day_takes_half_an_hour_of_elapsed_time(zone, day, hours, count):
    edges = interval_edges_us(one_day(zone, day, hours))
    assert edges.tolist() == [30 * MINUTE * number for number in range(count + 1)]


def test_the_days_after_a_clock_change_begin_at_their_own_midnight():
    start = datetime(2026, 3, 29, tzinfo=OSLO)
    dates = (date(2026, 3, 29), date(2026, 3, 30))
    step = 6 * HOUR
    scenario = world(start=start, dates=dates, horizon_us=47 * HOUR, interval_us=step)
    hours = interval_edges_us(scenario) // HOUR
    assert hours.tolist() == [0, 6, 12, 18, 23, 29, 35, 41, 47]


def test_the_first_and_the_last_interval_may_be_cut():
    start = datetime(2026, 1, 5, 8, 10, tzinfo=OSLO)
    scenario = world(start=start, dates=(date(2026, 1, 5),), horizon_us=65 * MINUTE)
    assert (interval_edges_us(scenario) // MINUTE).tolist() == [0, 20, 50, 65]


@pytest.mark.parametrize(("zone", "day", "hours", "count"), DAYS)
def test_the_metrics_count_by_the_same_intervals(zone, day, hours, count):
    scenario = one_day(zone, day, hours)
    edges = interval_edges_us(scenario)
    assert len(edges) == count + 1
    assert np.array_equal(edges, timeline(scenario).edges_us)


def test_the_examples_hold():
    assert doctest.testmod(simulator.sessions.intervals).failed == 0


@given(
    st.sets(st.integers(1, 400), min_size=1, max_size=12),
    st.lists(st.integers(0, 400), max_size=30),
)
def test_the_interval_of_an_instant_is_the_last_that_begins_by_then(edges, instants):
    edges_us = np.array([0, *sorted(edges)], dtype=np.int64)
    at_us = np.minimum(np.array(instants, dtype=np.int64), edges_us[-1])
    by_bisection = np.searchsorted(edges_us, at_us, side="right") - 1
    assert Finder(edges_us).interval(at_us).tolist() == by_bisection.tolist()
