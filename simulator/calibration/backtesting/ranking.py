"""Where an actual figure lies among the simulated ones: bands, ranks, coverage, and their luck.

If the scenario is right, the actual is one more draw from where the replications came from, so its
rank among them is uniform (Talagrand et al. 1997; Gneiting & Raftery, JASA 102, 2007). Where
figures tie (counts; shares of few chats; waits of 0) the rank is an interval: a histogram takes a
uniform point of it, a coverage the share of it that lies in the band (Czado, Gneiting & Held,
Biometrics 65, 2009), so that either is right on average however discrete the figure is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.metrics.uncertainty import Estimate, ratio_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BANDS",
    "LEVELS",
    "Ranks",
    "band_points",
    "between",
    "coverage_interval",
    "covered",
    "distance",
    "p_values",
    "range_by_luck",
    "rank_among",
    "ranks_by_luck",
]

BANDS: Final = {
    "p2_5": 0.025,
    "p10": 0.10,
    "p25": 0.25,
    "p50": 0.50,
    "p75": 0.75,
    "p90": 0.90,
    "p97_5": 0.975,
}
LEVELS: Final = {0.5: ("p25", "p75"), 0.8: ("p10", "p90"), 0.95: ("p2_5", "p97_5")}
"""Prediction bands by what they hold, with their edges."""
FEWEST: Final = 20
"""Replications in which a figure must be defined before there is a band for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """The actual among the replications, an entry per group; nan where one of them is not known."""

    low: NDArray[np.float64]
    """Share of the n + 1 places below the actual."""
    high: NDArray[np.float64]
    """With the places that it shares with equal ones."""

    def drawn(self, luck: np.random.Generator) -> NDArray[np.float64]:
        """A uniform point of each rank: the randomised probability integral transform."""
        drawn: NDArray[np.float64] = self.low + luck.random(len(self.low)) * (self.high - self.low)
        return drawn


def band_points(simulated: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Quantiles over replications, by name: of a new day's own figure, not of its mean.

    The i-th of n in order is the i/(n + 1) quantile (Weibull 1939), so that a new draw lies
    between two of them with that probability; between them the quantile is linear, beyond them the
    last. nan where fewer than FEWEST replications (or all, if fewer were made) have the figure.

    Args:
        simulated: (replications, groups), nan where a replication has no such figure.
    """
    ordered = np.sort(simulated, axis=0)
    count = np.sum(~np.isnan(ordered), axis=0)
    enough = _enough(count, len(simulated))
    column = np.arange(simulated.shape[1])
    points = {}
    for name, share in BANDS.items():
        place = np.clip(share * (count + 1) - 1, 0, np.maximum(count - 1, 0))
        under = np.floor(place).astype(np.intp)
        over = np.minimum(under + 1, np.maximum(count - 1, 0))
        part = place - under
        value = ordered[under, column] * (1 - part) + ordered[over, column] * part
        points[name] = np.where(enough, value, np.nan)
    return points


def rank_among(actual: NDArray[np.float64], simulated: NDArray[np.float64]) -> Ranks:
    """Where each actual lies among its replications; (groups,) and (replications, groups)."""
    count = np.sum(~np.isnan(simulated), axis=0)
    below = np.sum(simulated < actual, axis=0)
    ties = np.sum(simulated == actual, axis=0)
    known = ~np.isnan(actual) & _enough(count, len(simulated))
    low = np.where(known, below / (count + 1), np.nan)
    return Ranks(low, np.where(known, (below + ties + 1) / (count + 1), np.nan))


def ranks_by_luck(simulated: NDArray[np.float64]) -> Ranks:
    """Each replication playing the actual among the others: ranks of (replications, groups).

    So figures of ranks get their range if the scenario is right, with whatever makes neighbouring
    intervals and whole days alike in it.
    """
    from scipy.stats import rankdata

    count = np.sum(~np.isnan(simulated), axis=0)
    filled = np.where(np.isnan(simulated), np.inf, simulated)
    least, most = (rankdata(filled, method=method, axis=0) for method in ("min", "max"))
    unknown = np.isnan(simulated)
    low, high = (least - 1) / np.maximum(count, 1), most / np.maximum(count, 1)
    return Ranks(np.where(unknown, np.nan, low), np.where(unknown, np.nan, high))


def distance(
    actual: NDArray[np.float64],
    low: NDArray[np.float64],
    middle: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """From the median in standard deviations, taken from the 95 % band on the actual's side.

    So skew is allowed for; nan where the band has no width there.
    """
    reach = np.where(actual > middle, high - middle, middle - low) / 1.96
    far = np.full(len(actual), np.nan)
    np.divide(np.abs(actual - middle), reach, out=far, where=reach > 0)
    return far


def p_values(ranks: Ranks, far: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided, from the rank; beyond all replications a normal tail goes on where ranks end.

    Args:
        ranks: of the actuals.
        far: their ``distance``.
    """
    from scipy.special import ndtr

    middle = (ranks.low + ranks.high) / 2
    p_value = 2 * np.minimum(middle, 1 - middle)
    beyond = (ranks.low == 0) | (ranks.high == 1)
    tail = 2 * ndtr(-np.nan_to_num(far))
    found: NDArray[np.float64] = np.where(beyond, np.minimum(p_value, tail), p_value)
    return found


def covered(ranks: Ranks, level: float) -> NDArray[np.float64]:
    """The share of each rank that lies within the central band: 0, 1 or, with ties, between."""
    edge = (1 - level) / 2
    return between(ranks, edge, 1 - edge)


def between(ranks: Ranks, low: float, high: float) -> NDArray[np.float64]:
    """The share of each rank that lies between two points from 0 to 1."""
    inside = np.clip(ranks.high, low, high) - np.clip(ranks.low, low, high)
    share: NDArray[np.float64] = inside / (ranks.high - ranks.low)
    return share


def range_by_luck(shares: NDArray[np.float64]) -> tuple[float, float]:
    """Where the mean over groups lies 95 times in 100; (replications, groups), nan left out.

    nan where there is no group.
    """
    known = shares[~np.all(np.isnan(shares), axis=1)]
    if not known.size:
        return np.nan, np.nan
    low, high = np.quantile(np.nanmean(known, axis=1), [0.025, 0.975])
    return float(low), float(high)


def coverage_interval(
    share: NDArray[np.float64], day: NDArray[np.intp], *, level: float = 0.95
) -> Estimate:
    """Mean coverage with its interval, days as clusters.

    Clopper and Pearson's interval at the effective number of intervals, n ÷ the design effect
    that the days show, with fewer degrees of freedom for few days (Korn & Graubard, *Survey
    Methodology* 24, 1998). One day tells nothing of the spread over days: no interval.

    Args:
        share: ``covered``, without nan.
        day: the day of each entry.
        level: of the interval.
    """
    from scipy.special import stdtrit
    from scipy.stats import beta

    count = len(share)
    totals, sizes = np.bincount(day, weights=share), np.bincount(day)
    totals, sizes = totals[sizes > 0], sizes[sizes > 0]
    mean = float(share.mean()) if count else None
    if len(sizes) < 2 or mean is None:
        return Estimate(mean, None, None, count)
    found = ratio_interval(totals, sizes, level=level)
    tail = (1 - level) / 2
    students = float(stdtrit(len(sizes) - 1, 1 - tail))
    error = ((found.high or 0.0) - (found.low or 0.0)) / 2 / students
    effective = min(mean * (1 - mean) / error**2, count) if error > 0 else float(count)
    effective *= (float(stdtrit(max(count - 1, 1), 1 - tail)) / students) ** 2
    hits = mean * effective
    low = 0.0 if hits <= 0 else float(beta.ppf(tail, hits, effective - hits + 1))
    high = 1.0 if hits >= effective else float(beta.ppf(1 - tail, hits + 1, effective - hits))
    return Estimate(mean, low, high, count)


def _enough(count: NDArray[np.intp], replications: int) -> NDArray[np.bool_]:
    return count >= min(FEWEST, replications)
