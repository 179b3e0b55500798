"""Busy and quiet hours: chance alone is not taken for them, and their spread is found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import scenario, workload
from simulator.calibration.arrivals import arrival_profile
from simulator.calibration.within_day import _day_variance, _moments, _solved, period_spread
from tests.calibration.made_arrivals import flat, history_of, poisson, spread

STRAYING = """\
name: straying
timezone: Europe/Oslo
start: 2026-02-02T00:00
days: {days}
topics:
  - id: 1
    name: Chat
    opening_hours: {{mon-fri: ["08:00-18:00"]}}
    arrivals:
      rate_per_hour: 80
      day_factor: {{gamma_shape: 60}}
      period_factor: {{gamma_shape: {shape}, every: 1h, correlation: {correlation}}}
    work: {{exponential: {{mean: 1m}}}}
agents:
  - {{group: Desk, count: 1, topics: [Chat]}}
"""


def straying(*, shape=20, correlation=0.5, days=33, seed=1):
    """A history of requests from the simulator's own period factor."""
    world = scenario.loads(STRAYING.format(shape=shape, correlation=correlation, days=days))
    drawn = workload.sample(world, seed, 1)
    at = world.start.replace(tzinfo=None) + pd.to_timedelta(drawn.requested_us, unit="us")
    return history_of(at)


def found(history):
    return period_spread(history, "Chat", arrival_profile(history, "Chat"))


def by_chance(histories):
    """What is found in histories of Poisson hours on busy and quiet days."""
    expected = flat(30, days=26).astype(float)
    return [found(spread(poisson(expected, shape=30, seed=n), seed=n)) for n in histories]


def test_poisson_hours_on_busy_and_quiet_days_have_no_factor():
    for nothing in by_chance(range(4)):
        assert nothing.gamma_shape is None
        assert nothing.notation is None
        assert nothing.day_variance == 0
        assert nothing.words == "Hours stray from the forecast no more than chance explains."


@pytest.mark.slow
def test_chance_is_seldom_taken_for_a_factor():
    # One-sided at 2.5 %; as the other dates foretell with an error of their own, rather 5 %.
    seen = by_chance(range(100, 140))
    assert sum(each.gamma_shape is not None for each in seen) <= 5


def test_a_period_factor_is_found_again():
    seen = found(straying(shape=25, correlation=0))
    assert seen.gamma_shape.low < 25 < seen.gamma_shape.high
    assert seen.correlation < 0.2


@pytest.mark.slow
def test_the_interval_of_the_shape_holds_it():
    seen = [found(straying(shape=25, correlation=0, seed=n)) for n in range(1, 13)]
    assert sum(each.gamma_shape.low < 25 < each.gamma_shape.high for each in seen) >= 10


def test_the_scenario_takes_the_factor_as_it_is_written():
    seen = found(straying())
    assert seen.planning_shape < seen.gamma_shape.value  # other days: wider, as n dates told it
    shape = float(f"{seen.planning_shape:.3g}")
    correlation = round(seen.correlation, 2)
    assert seen.notation == {"gamma_shape": shape, "every": "1h", "correlation": correlation}
    world = scenario.loads(STRAYING.format(shape=shape, correlation=correlation, days=3))
    assert world.topics[0].arrivals.period_factor.shape == shape
    assert "Hours stray by" in seen.words


def test_hours_that_move_together_make_days_differ():
    # ten equal hours: a tenth of the variance if they are independent, all of it if they are one
    hours = np.ones(10)
    assert _day_variance(hours, 0.2, 0.0) == pytest.approx(0.02)
    assert _day_variance(hours, 0.2, 1.0) == pytest.approx(0.2)
    assert _day_variance(np.array([3.0, 1.0]), 0.2, 0.5) == pytest.approx(
        0.2 * ((3**2 + 1**2 + 2 * 3 * 1 * 0.5) / 4**2)
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (flat(30, days=3), "Too few days"),
        (flat(1, days=14), "Too few arrivals an hour"),
    ],
)
def test_too_little_tells_nothing_and_says_so(counts, words):
    seen = found(spread(poisson(counts.astype(float))))
    assert (seen.gamma_shape, seen.planning_shape, seen.notation) == (None, None, None)
    assert words in seen.words


def test_a_rush_is_an_incident_and_no_habit_of_hours():
    counts = poisson(flat(30, days=14).astype(float), seed=4)
    counts.iloc[8, 24] = 300
    seen = found(spread(counts))
    assert seen.gamma_shape is None


def test_moments_of_a_table():
    # two hours of 10 expected each, w = 1/2: the day's own total takes half of the Poisson noise,
    # and of a factor of variance 1 it leaves (1 - rho)/2 in each hour and the opposite between them
    counts, expected = np.array([[12.0, 8.0]]), np.array([[10.0, 10.0]])
    (row,) = _moments(counts, expected)
    assert row[0] == pytest.approx(4 + 4 - (5 + 5))
    assert row[1] == pytest.approx(2 * -2 + 5)
    tried = np.linspace(0.0, 0.95, 96)
    assert row[2:98] == pytest.approx(100 * (1 - tried))
    assert row[98:] == pytest.approx(-50 * (1 - tried))


def test_variance_and_correlation_are_read_back_from_what_they_make():
    expected = np.tile(np.linspace(20, 60, 10), (8, 1))
    row = _moments(expected, expected)
    place = 60  # the correlation 0.6
    made = row.copy()
    made[:, 0], made[:, 1] = 0.05 * row[:, 2 + place], 0.05 * row[:, 98 + place]
    variance, correlation, error = _solved(made)
    assert variance == pytest.approx(0.05)
    assert correlation == pytest.approx(0.6)
    assert error == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "correlation"), [(20, 0.3), (15, 0.6)])
def test_neighbours_alike_are_found_to_be(shape, correlation):
    """What a day's hours share is not lost to the day's own level."""
    seen = [found(straying(shape=shape, correlation=correlation, seed=n)) for n in range(1, 9)]
    assert np.mean([each.correlation for each in seen]) == pytest.approx(correlation, abs=0.15)
    spread_found = np.mean([1 / each.gamma_shape.value for each in seen])
    assert spread_found * shape == pytest.approx(1, abs=0.3)
