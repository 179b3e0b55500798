"""How sure a figure is: 95 % intervals over independent replications.

One replication is one independent observation of the whole operation; sessions within it are not
independent, so every interval here is built from totals per replication, never from sessions.

- **Ratio of totals** (service level, a mean wait, occupancy): Student's t on the ratio estimator
  by the delta method (Cochran, *Sampling Techniques*, 3rd ed., §6.3; Law, *Simulation Modeling
  and Analysis*, 5th ed., §9.3): residuals ``N_i - R D_i``, n - 1 degrees of freedom.
- **Quantile**: the quantile of all sessions pooled, with Woodruff's interval (JASA 47, 1952): the
  interval of the distribution function at the estimate, itself a ratio of totals, read back
  through the pooled distribution. It needs no density and never leaves the data.
- **Mean of one figure per replication** (counts, queue length): the plain t interval.

Fewer than two replications with anything to count give no interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "NOT_NEGATIVE",
    "SHARE",
    "UNBOUNDED",
    "Estimate",
    "Estimates",
    "mean_interval",
    "mean_intervals",
    "quantile_interval",
    "quantile_intervals",
    "ratio_interval",
    "ratio_intervals",
]

SHARE = (0.0, 1.0)
"""The bounds of a share, for intervals that would reach beyond."""
NOT_NEGATIVE = (0.0, np.inf)
UNBOUNDED = (-np.inf, np.inf)

DECIMALS = 9
"""Figures are rounded here, far below any half-width, so that equal runs give equal bytes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, its interval, and the number of observations it rests on."""

    value: float | None
    """``None`` where there is nothing to count."""
    low: float | None
    """``None``, like ``high``, with fewer than two replications."""
    high: float | None
    n: int
    """Sessions in the denominator; for figures over time, replications."""

    def as_dict(self) -> dict[str, float | int | None]:
        """The leaf of ``summary.json``.

        >>> Estimate(0.8, 0.75, 0.85, 120).as_dict()
        {'value': 0.8, 'low': 0.75, 'high': 0.85, 'n': 120}
        """
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Many estimates at once, as arrays of one length; NaN where an Estimate has ``None``."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: int) -> Estimate:
        return Estimate(
            _figure(self.value[index]),
            _figure(self.low[index]),
            _figure(self.high[index]),
            int(self.n[index]),
        )

    def columns(self, name: str, unit: str = "") -> dict[str, NDArray[np.float64]]:
        """The three columns of a frame: ``name``, ``name_low``, ``name_high``, then the unit.

        >>> list(Estimates(*[np.zeros(1)] * 3, np.zeros(1, np.int64)).columns("p90", "_s"))
        ['p90_s', 'p90_low_s', 'p90_high_s']
        """
        return {
            f"{name}{unit}": self.value,
            f"{name}_low{unit}": self.low,
            f"{name}_high{unit}": self.high,
        }


def _figure(number: np.float64) -> float | None:
    """A plain float for JSON, or ``None`` for NaN; never a negative zero."""
    return None if np.isnan(number) else round(float(number), DECIMALS) + 0.0


def ratio_intervals(
    numerators: NDArray[np.float64],
    denominators: NDArray[np.float64],
    *,
    n: NDArray[np.int64] | None = None,
    level: float = 0.95,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Estimates:
    """Ratios of totals for many groups.

    Args:
        numerators: (replications, groups), totals of one replication each.
        denominators: (replications, groups).
        n: observations behind each group; the rounded sum of the denominators if left out.
        level: of the interval.
        bounds: where the interval is cut, as a share cannot be above 1.

    Returns:
        An estimate per group; NaN where all denominators are 0, and intervals NaN where fewer
        than two replications have a denominator.
    """
    replications = len(denominators)
    total = denominators.sum(axis=0)
    observations = np.rint(total).astype(np.int64) if n is None else n
    value = _divided(numerators.sum(axis=0), total)
    half = _student(replications, level) * _ratio_error(numerators, denominators, value)
    return Estimates(
        value,
        np.clip(value - half, *bounds),
        np.clip(value + half, *bounds),
        observations,
    )


def ratio_interval(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Estimate:
    """The ratio of totals from one numerator and one denominator per replication.

    >>> ratio_interval([80, 90], [100, 100], bounds=SHARE)
    Estimate(value=0.85, low=0.214689763, high=1.0, n=200)
    """
    upper = np.asarray(numerators, dtype=np.float64)[:, np.newaxis]
    lower = np.asarray(denominators, dtype=np.float64)[:, np.newaxis]
    return ratio_intervals(upper, lower, level=level, bounds=bounds)[0]


def mean_intervals(
    values: NDArray[np.float64],
    *,
    n: NDArray[np.int64] | None = None,
    level: float = 0.95,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Estimates:
    """Means over replications for many groups; ``values`` is (replications, groups).

    Args:
        values: one figure per replication and group.
        n: observations behind each group; the number of replications if left out.
        level: of the interval.
        bounds: where the interval is cut.
    """
    replications, groups = values.shape
    return ratio_intervals(
        values,
        np.ones_like(values),
        n=np.full(groups, replications, dtype=np.int64) if n is None else n,
        level=level,
        bounds=bounds,
    )


def mean_interval(
    values: ArrayLike, *, level: float = 0.95, bounds: tuple[float, float] = UNBOUNDED
) -> Estimate:
    """The mean of one figure per replication; a difference of two has no bounds.

    >>> mean_interval([3.0, 5.0])
    Estimate(value=4.0, low=-8.706204736, high=16.706204736, n=2)
    >>> mean_interval([3.0, 5.0], bounds=NOT_NEGATIVE)
    Estimate(value=4.0, low=0.0, high=16.706204736, n=2)
    """
    figures = np.asarray(values, dtype=np.float64)[:, np.newaxis]
    return mean_intervals(figures, level=level, bounds=bounds)[0]


def quantile_intervals(
    values: NDArray[np.float64],
    share: float,
    *,
    group: NDArray[np.intp],
    groups: int,
    replication: NDArray[np.intp],
    replications: int,
    level: float = 0.95,
) -> Estimates:
    """Quantiles of the pooled values of many groups, with Woodruff's interval.

    The quantile is the smallest value with at least ``share`` of the group at or below it.

    Args:
        values: an entry per observation, as ``group`` and ``replication``.
        share: 0.9 for the 90th percentile.
        group: 0 ... groups - 1.
        groups: their number.
        replication: 0 ... replications - 1.
        replications: their number.
        level: of the interval.
    """
    by_value = np.argsort(values, kind="stable")
    # numpy sorts 16-bit integers by radix, several times as fast.
    key = group.astype(np.uint16) if groups <= np.iinfo(np.uint16).max else group
    ordered = values[by_value[np.argsort(key[by_value], kind="stable")]]
    sizes = np.bincount(group, minlength=groups)
    starts = np.cumsum(sizes) - sizes
    value = _read(ordered, starts, sizes, np.full(groups, share))

    below = values <= value[group] if len(values) else np.zeros(0, dtype=bool)
    cell = replication * groups + group
    shape = (replications, groups)
    counted = np.bincount(cell, minlength=replications * groups).reshape(shape)
    reached = np.bincount(cell[below], minlength=replications * groups).reshape(shape)
    at_value = ratio_intervals(reached.astype(np.float64), counted.astype(np.float64), level=level)
    error = _ratio_error(
        reached.astype(np.float64), counted.astype(np.float64), at_value.value
    ) * _student(replications, level)
    return Estimates(
        value,
        _read(ordered, starts, sizes, share - error),
        _read(ordered, starts, sizes, share + error),
        sizes.astype(np.int64),
    )


def quantile_interval(
    values: ArrayLike, replication: ArrayLike, share: float, *, level: float = 0.95
) -> Estimate:
    """The pooled quantile of values that carry the number of their replication.

    >>> quantile_interval([1, 2, 3, 4, 1, 2, 3, 4], [0, 0, 0, 0, 1, 1, 1, 1], 0.5)
    Estimate(value=2.0, low=2.0, high=2.0, n=8)
    """
    numbers = np.asarray(values, dtype=np.float64)
    names, dense = np.unique(np.asarray(replication), return_inverse=True)
    return quantile_intervals(
        numbers,
        share,
        group=np.zeros(len(numbers), dtype=np.intp),
        groups=1,
        replication=dense,
        replications=len(names),
        level=level,
    )[0]


def _divided(
    numerators: NDArray[np.float64], denominators: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Their quotient; NaN where the denominator is 0."""
    quotient = np.full(denominators.shape, np.nan)
    np.divide(numerators, denominators, out=quotient, where=denominators > 0)
    return quotient


def _ratio_error(
    numerators: NDArray[np.float64],
    denominators: NDArray[np.float64],
    ratio: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The standard error of each ratio of totals; NaN with fewer than two replications."""
    replications = len(denominators)
    if replications < 2:
        return np.full(denominators.shape[1], np.nan)
    residuals = numerators - np.where(np.isnan(ratio), 0.0, ratio) * denominators
    spread = np.sqrt((residuals**2).sum(axis=0) / (replications - 1) * replications)
    error = _divided(spread, denominators.sum(axis=0))
    return np.where((denominators > 0).sum(axis=0) < 2, np.nan, error)


def _student(replications: int, level: float) -> float:
    """The two-sided t quantile with ``replications - 1`` degrees of freedom."""
    return float(stdtrit(max(replications - 1, 1), 0.5 + level / 2))


def _read(
    ordered: NDArray[np.float64],
    starts: NDArray[np.intp],
    sizes: NDArray[np.intp],
    shares: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Each group's value at its share, from values ordered within groups; NaN where unknown."""
    known = (sizes > 0) & ~np.isnan(shares)
    # The tolerance keeps 0.9 x 10 from becoming the tenth value by a rounding error.
    rank = np.ceil(np.where(known, shares, 0.0) * sizes - 1e-9).astype(np.intp) - 1
    place = starts + np.clip(rank, 0, np.maximum(sizes - 1, 0))
    found = np.full(len(sizes), np.nan)
    found[known] = ordered[place[known]]
    return found
