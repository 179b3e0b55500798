"""When a topic's customers come."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.workload.draws import uniform
from simulator.workload.streams import STREAMS, WHOLE_SCENARIO, generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario.world import Arrivals, PeriodFactor, Scenario, Topic

__all__ = ["arrival_instants", "expected_chats"]

DAY_US: Final = 86_400_000_000

PART: Final = 2**14
"""Arrivals that are placed at a time: their arrays of 128 KiB stay in a core's own cache."""


def arrival_instants(
    scenario: Scenario, topic: Topic, seed: int, replication: int
) -> NDArray[np.int64]:
    """The instants at which a topic's customers come, in order."""
    arrivals = topic.arrivals
    rng = generator(seed, replication, topic.id, STREAMS["arrivals"])
    if arrivals.trace_us is not None:
        return np.array(arrivals.trace_us, dtype=np.int64)
    if arrivals.recorded_days is not None:
        return _resampled(arrivals.recorded_days, rng)
    factor = _day_factor(scenario, topic, seed, replication)[arrivals.day]
    if arrivals.period_factor is not None:
        periods = _period_factor(scenario, topic, arrivals.period_factor, seed, replication)
        factor = factor * periods[arrivals.day, arrivals.period]
    return _poisson(arrivals, arrivals.expected * factor, rng)


def _day_factor(
    scenario: Scenario, topic: Topic, seed: int, replication: int
) -> NDArray[np.float64]:
    """How busy each local date is, mean 1; the scenario's shared factor goes before the topic's."""
    shape, scope = scenario.shared_day_factor_shape, WHOLE_SCENARIO
    if shape is None:
        shape, scope = topic.arrivals.day_factor_shape, topic.id
    if shape is None:
        return np.ones(len(scenario.dates))
    rng = generator(seed, replication, scope, STREAMS["day factor"])
    return rng.gamma(shape, 1 / shape, len(scenario.dates))


def _period_factor(
    scenario: Scenario, topic: Topic, written: PeriodFactor, seed: int, replication: int
) -> NDArray[np.float64]:
    """(dates, periods of a day): how busy each period is, Gamma with mean 1.

    Neighbouring periods of a date are alike by a normal copula of first order autoregression, the
    "PGnorta" process of Oreshkin, Régnard and L'Ecuyer, *Rate-based daily arrival process models
    with application to call centers*, Operations Research 64(2), 2016.
    """
    from scipy import special

    rng = generator(seed, replication, topic.id, STREAMS["period factor"])
    z = rng.standard_normal((len(scenario.dates), DAY_US // written.every_us))
    own = np.sqrt(1 - written.correlation**2)
    for period in range(1, z.shape[1]):
        z[:, period] = written.correlation * z[:, period - 1] + own * z[:, period]
    factor: NDArray[np.float64] = np.empty_like(z)
    np.divide(special.gammaincinv(written.shape, special.ndtr(z)), written.shape, out=factor)
    return factor


def _poisson(
    arrivals: Arrivals, mean: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """A Poisson count per interval, placed by the interval's rate.

    Given their number, the arrivals of a Poisson process are independent, each with the density
    rate(t) ÷ mean (the order statistics property), so this is exact for any rate; drawing the gap
    to the next arrival at the rate of this instant is not.
    """
    count = rng.poisson(mean)
    length = (arrivals.ends_us - arrivals.starts_us).astype(np.float64)
    tilt = _tilt(arrivals, length)
    last = np.cumsum(count)
    instant = np.empty(int(count.sum()), dtype=np.int64)
    for part in _parts(last):
        many = count[part]
        share = uniform(rng, int(many.sum()))
        if tilt is not None:
            _lean(share, tilt[part], many)
        share *= np.repeat(length[part], many)
        # Rounded down, so that an arrival stays within [start, end); a share may round to 1.
        np.minimum(share, np.repeat(length[part] - 1, many), out=share)
        came = share.astype(np.int64)
        came += np.repeat(arrivals.starts_us[part], many)
        came.sort()
        until = last[part][-1]
        instant[until - came.size : until] = came
    if (arrivals.starts_us[1:] < arrivals.ends_us[:-1]).any():
        instant.sort()
    return instant


def _parts(last: NDArray[np.int64]) -> list[slice]:
    """Runs of intervals that hold some ``PART`` arrivals each, which is what caches like.

    ``last`` is the number of arrivals up to the end of each interval.
    """
    ends = np.searchsorted(last, np.arange(PART, last[-1] if last.size else 0, PART)) + 1
    edges = np.unique([0, *ends, last.size]).tolist()
    return [slice(*pair) for pair in itertools.pairwise(edges)]


def _tilt(arrivals: Arrivals, length: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """How far each rate leans: (rate at the end − rate at the start) ÷ their sum; None: all 0."""
    if not arrivals.slope.any():
        return None
    lean = arrivals.slope * length**2 / 2
    tilt = np.zeros_like(lean)
    return np.divide(lean, arrivals.expected, out=tilt, where=arrivals.expected > 0)


def _lean(u: NDArray[np.float64], tilt: NDArray[np.float64], count: NDArray[np.int64]) -> None:
    """Cumulative shares become places (0 to 1) in their interval, ``count`` of each, in place.

    With tilt d the cumulative share at y is (1 − d)·y + d·y²; the root is written in the form
    that does not cancel for small d.
    """
    level = 1 - tilt
    root = np.repeat(4 * tilt, count)
    root *= u
    root += np.repeat(level**2, count)
    np.sqrt(root, out=root)
    root += np.repeat(level, count)
    u *= 2
    u /= root


def _resampled(
    recorded_days: tuple[tuple[NDArray[np.int64], ...], ...], rng: np.random.Generator
) -> NDArray[np.int64]:
    """For each date one of its recorded days, each as likely as the other."""
    luck = rng.random(len(recorded_days))
    chosen = [
        candidates[int(u * len(candidates))]
        for u, candidates in zip(luck, recorded_days, strict=True)
        if candidates
    ]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *chosen]))


def expected_chats(scenario: Scenario) -> float:
    """First attempts to expect of a replication."""
    return sum(_expected(topic) for topic in scenario.topics)


def _expected(topic: Topic) -> float:
    arrivals = topic.arrivals
    if arrivals.trace_us is not None:
        return float(len(arrivals.trace_us))
    if arrivals.recorded_days is not None:
        return sum(sum(map(len, days)) / len(days) for days in arrivals.recorded_days if days)
    return float(arrivals.expected.sum())
