"""Who comes and when: counts and places of the arrivals against theory, with fixed seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.distributions import Fixed
from simulator.scenario import PeriodFactor
from simulator.workload import arrivals as placing
from simulator.workload import sample
from tests.workload.worlds import DAY, HOUR, MINUTE, expected, topic, world


def coming(arrivals, *, seed=1, replication=0, **more):
    """The arrival instants of a world with this one topic."""
    quiet = topic(arrivals=arrivals, work=Fixed(60.0), patience=None, reaction=None)
    return sample(world(quiet, **more), seed, replication).requested_us


def by_day(instants, days):
    return np.bincount(instants // DAY, minlength=days)


# ------------------------------------------------------------------------------- how many


def test_night_then_busy_day_gives_the_expected_counts():
    # 8 h at 1/600 per minute, then 1/10 per minute: 96.8 in the day, 6.0 in the first busy hour;
    # "exp(rate now)" gives 49.7 and 0.39 (validation.md).
    days = 4000
    night = [(day * DAY, day * DAY + 8 * HOUR, 0.8) for day in range(days)]
    busy = [(day * DAY + 8 * HOUR, (day + 1) * DAY, 96.0) for day in range(days)]
    instants = coming(expected(*night, *busy), days=days)
    first_busy_hour = (instants % DAY // HOUR == 8).sum()
    assert by_day(instants, days).mean() == pytest.approx(96.8, abs=0.4)
    assert first_busy_hour / days == pytest.approx(6.0, abs=0.1)


def test_counts_of_an_interval_are_poisson():
    days = 5000
    instants = coming(
        expected(*((day * DAY, (day + 1) * DAY, 40.0) for day in range(days))), days=days
    )
    counts = by_day(instants, days)
    assert counts.mean() == pytest.approx(40.0, rel=0.01)
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("shape", "sd"), [(10.0, 526.52), (400.0, 92.46)])
def test_busy_and_quiet_days_spread_as_gamma_poisson(shape, sd):
    # A20: Var(count) = m + m²/a at m = 1660
    days = 150
    arrivals = expected(
        *((day * DAY, (day + 1) * DAY, 1660.0) for day in range(days)), day_factor_shape=shape
    )
    counts = np.concatenate(
        [by_day(coming(arrivals, replication=r, days=days), days) for r in range(20)]
    )
    assert counts.mean() == pytest.approx(1660.0, rel=0.02)
    assert counts.std() == pytest.approx(sd, rel=0.04)


def two_topics(days, **more):
    arrivals = expected(*((day * DAY, (day + 1) * DAY, 200.0) for day in range(days)), **more)
    return [topic(number, arrivals=arrivals, patience=None) for number in (1, 2)]


def correlation_of_days(workload, days):
    counts = [by_day(workload.requested_us[workload.topic == index], days) for index in (0, 1)]
    return np.corrcoef(counts)[0, 1]


def test_a_shared_day_factor_makes_topics_busy_together():
    # correlation = (m²/a) ÷ (m + m²/a) = 4000 ÷ 4200
    days = 600
    shared = world(*two_topics(days), days=days, shared_day_factor_shape=10.0)
    assert correlation_of_days(sample(shared, 1, 0), days) == pytest.approx(0.952, abs=0.015)


def test_factors_of_their_own_leave_topics_independent():
    days = 600
    own = world(*two_topics(days, day_factor_shape=10.0), days=days)
    assert abs(correlation_of_days(sample(own, 1, 0), days)) < 0.12


def test_nobody_comes_where_nobody_is_expected():
    instants = coming(expected((0, HOUR, 0.0), (HOUR, 2 * HOUR, 50.0), (2 * HOUR, DAY, 0.0)))
    assert instants.min() >= HOUR
    assert instants.max() < 2 * HOUR


def test_a_world_without_customers_is_an_empty_workload():
    workload = sample(world(topic(arrivals=expected((0, DAY, 0.0)))), 1, 0)
    assert workload.customer_id.size == 0
    assert workload.requested_us.dtype == np.int64


# -------------------------------------------------------------------------- where they fall


def test_a_constant_rate_places_uniformly():
    instants = coming(expected((0, DAY, 20_000.0)))
    assert stats.kstest(instants / DAY, "uniform").pvalue > 0.01


@pytest.mark.parametrize("tilt", [-1.0, -0.6, 0.3, 1.0])
def test_a_linear_rate_places_by_its_cumulative_share(tilt):
    # share(y) = (1 − d)·y + d·y²; d = 1 climbs from nothing, d = −1 falls to nothing
    slope = 2 * tilt * 20_000.0 / DAY**2
    instants = coming(expected((0, DAY, 20_000.0), slope=slope))
    share = stats.kstest(instants / DAY, lambda y: (1 - tilt) * y + tilt * y**2)
    assert share.pvalue > 0.01


def test_a_linear_rate_meets_its_neighbours_at_the_knot():
    # 10 a minute falling to 0 and back within two hours: as many in mirrored minutes
    down = expected((0, HOUR, 300.0), slope=-2 * 300.0 / HOUR**2)
    counts = np.zeros(60)
    for replication in range(200):
        instants = coming(down, replication=replication)
        counts += np.bincount(instants // MINUTE, minlength=60)
    theory = 10 * (1 - (np.arange(60) + 0.5) / 60)
    assert counts / 200 == pytest.approx(theory, abs=0.9)


@given(
    start=st.integers(0, 10**12),
    length=st.integers(1, 5),
    tilt=st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]),
    seed=st.integers(0, 2**64),
)
def test_arrivals_stay_within_their_interval(start, length, tilt, seed):
    slope = 2 * tilt * 100.0 / length**2
    arrivals = expected((start, start + length, 100.0), slope=slope)
    instants = coming(arrivals, seed=seed, days=1 + start // DAY)
    assert ((instants >= start) & (instants < start + length)).all()


def test_arrivals_are_in_order_whatever_the_order_of_the_intervals():
    instants = coming(expected((HOUR, 2 * HOUR, 300.0), (0, HOUR, 300.0)))
    assert (np.diff(instants) >= 0).all()


@given(
    counts=st.lists(st.sampled_from([0.0, 3.0, 40.0]), min_size=1, max_size=30),
    overlap=st.booleans(),
    part=st.sampled_from([1, 7, 64]),
)
def test_arrivals_do_not_depend_on_how_many_are_placed_at_a_time(counts, overlap, part):
    length = 2 * HOUR if overlap else HOUR
    intervals = [(i * HOUR, i * HOUR + length, count) for i, count in enumerate(counts)]
    arrivals = expected(*intervals, slope=1e-22)
    at_once = coming(arrivals, days=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "PART", part)
        in_parts = coming(arrivals, days=3)
    assert in_parts.tolist() == at_once.tolist() == sorted(at_once.tolist())


# ------------------------------------------------------------------- recorded instants


def recorded(*days):
    return expected((0, DAY, 0.0), recorded_days=days)


def test_a_trace_comes_as_it_was_recorded_in_every_replication():
    trace = expected((0, DAY, 0.0), trace_us=np.array([5, 5, 70, HOUR]))
    for replication in (0, 1):
        assert coming(trace, replication=replication).tolist() == [5, 5, 70, HOUR]


def test_each_simulated_day_is_one_of_its_recorded_days():
    monday = (np.array([1, 2]), np.array([10, 20, 30]))
    tuesday = (np.array([DAY + 7]),)
    seen = {
        tuple(coming(recorded(monday, tuesday), replication=r, days=2).tolist()) for r in range(30)
    }
    assert seen == {(1, 2, DAY + 7), (10, 20, 30, DAY + 7)}


def test_recorded_days_are_equally_likely():
    candidates = tuple(np.array([place]) for place in range(4))
    chosen = [int(coming(recorded(candidates), replication=r)[0]) for r in range(800)]
    assert stats.chisquare(np.bincount(chosen, minlength=4)).pvalue > 0.01


def test_a_date_without_a_recorded_day_is_quiet():
    assert coming(recorded((), (np.array([DAY + 3]),)), days=2).tolist() == [DAY + 3]


# ------------------------------------------------------------------------ busy and quiet periods

HALF_DAY = DAY // 2


def by_period(days, *, replication=0, **factor):
    """Counts (days, 2) of half days with 400 expected each, under a period factor."""
    rows = [(start, start + HALF_DAY, 400.0) for start in range(0, days * DAY, HALF_DAY)]
    arrivals = replace(
        expected(*rows),
        day=np.repeat(np.arange(days), 2),
        period=np.tile([0, 1], days),
        period_factor=PeriodFactor(every_us=HALF_DAY, **factor),
    )
    instants = coming(arrivals, replication=replication, days=days)
    return np.bincount(instants // HALF_DAY, minlength=2 * days).reshape(days, 2)


def test_periods_spread_as_gamma_poisson():
    # Var(count) = m + m²/a at m = 400, a = 20
    counts = by_period(4000, shape=20.0, correlation=0.0)
    assert counts.mean() == pytest.approx(400.0, rel=0.01)
    assert counts.std() == pytest.approx((400 + 400**2 / 20) ** 0.5, rel=0.03)
    assert abs(np.corrcoef(counts.T)[0, 1]) < 0.05


def test_neighbouring_periods_of_a_day_are_alike_and_days_are_not():
    counts = by_period(4000, shape=20.0, correlation=0.8)
    # The counts' correlation is that of the rates (about the copula's) thinned by Poisson noise.
    assert np.corrcoef(counts.T)[0, 1] == pytest.approx(0.8 * 8000 / 8400, abs=0.03)
    assert abs(np.corrcoef(counts[:-1, 1], counts[1:, 0])[0, 1]) < 0.05
    assert counts.std() == pytest.approx((400 + 400**2 / 20) ** 0.5, rel=0.03)


def test_each_replication_has_its_own_busy_periods():
    first, second = (by_period(3, replication=r, shape=5.0, correlation=0.0) for r in (1, 2))
    assert (first != second).any()
