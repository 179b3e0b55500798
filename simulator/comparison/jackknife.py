"""Figures of all replications, of all but one, and of one alone; and what their spread tells.

Leaving out one replication at a time gives an interval to whatever can be computed from
replications: a ratio of totals, a quantile, and the difference of two such figures of runs that
share their customers (Miller, *Biometrika* 61, 1974; Law, *Simulation Modeling and Analysis*,
5th ed., §9.4.3). With θ₍ᵢ₎ the figure without replication i of m, the standard error is

    √( (m - 1)/m · Σ (θ₍ᵢ₎ - θ̄)² )

and the interval the figure ± Student's t with m - 1 degrees of freedom. Of a mean over
replications (counts, hours) that is the paired t interval exactly; of a ratio of totals it agrees
with the delta method to the first order. A whole replication is left out, many sessions at once,
so it holds for quantiles too, where leaving out single observations does not (Shao and Wu,
*Annals of Statistics* 17, 1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Leavings", "half_width", "of_quantile", "of_ratio", "standard_error"]

NOISE = 1e-11
"""What is smaller than this part of the figures came out of rounding and counts as nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Leavings:
    """A figure of many groups, three ways. NaN where there is nothing to count."""

    of_all: NDArray[np.float64]
    """(groups,): of all replications together."""
    without: NDArray[np.float64]
    """(replications, groups): of all but that one."""
    alone: NDArray[np.float64]
    """(replications, groups): of that one."""

    def __sub__(self, other: Leavings) -> Leavings:
        """The differences of two runs' figures, replication by replication."""
        return Leavings(
            self.of_all - other.of_all, self.without - other.without, self.alone - other.alone
        )

    def __truediv__(self, other: Leavings) -> Leavings:
        """Ratios, such as of a gain to its cost; NaN where the divisor is nothing."""
        return Leavings(
            _divided(self.of_all, other.of_all),
            _divided(self.without, other.without),
            _divided(self.alone, other.alone),
        )

    def error(self) -> NDArray[np.float64]:
        """The standard error of ``of_all``; rounding noise is 0."""
        error = standard_error(self.without)
        size = np.maximum(np.abs(self.without).max(axis=0, initial=0.0), 1.0)
        return np.where(error <= NOISE * size, 0.0, error)


def standard_error(without: NDArray[np.float64]) -> NDArray[np.float64]:
    """The jackknife's standard error from (replications, groups) of leave-one-out figures.

    NaN with fewer than two replications, and where a figure is not known without one of them.

    >>> standard_error(np.array([[2.0], [1.5], [1.0]]) + 1.0).round(6).tolist()  # of 1, 2, 3
    [0.57735]
    """
    count = len(without)
    if count < 2:
        return np.full(without.shape[1], np.nan)
    deviations = without - without.mean(axis=0)
    error: NDArray[np.float64] = np.sqrt((count - 1) / count * (deviations**2).sum(axis=0))
    return error


def half_width(
    error: NDArray[np.float64], *, replications: int, level: float
) -> NDArray[np.float64]:
    """Half of the interval around a figure with this standard error; two-sided."""
    return float(stdtrit(max(replications - 1, 1), 0.5 + level / 2)) * error


def of_ratio(numerators: NDArray[np.float64], denominators: NDArray[np.float64]) -> Leavings:
    """Ratios of totals from (replications, groups) of numerators and denominators.

    >>> ratio = of_ratio(np.array([[80.0], [90.0]]), np.array([[100.0], [100.0]]))
    >>> ratio.of_all.tolist(), ratio.without.tolist()
    ([0.85], [[0.9], [0.8]])
    """
    part, whole = numerators.sum(axis=0), denominators.sum(axis=0)
    rest = whole - denominators
    return Leavings(
        _divided(part, whole),
        _divided(part - numerators, np.where(rest <= 1e-9 * whole, 0.0, rest)),
        _divided(numerators, denominators),
    )


def of_quantile(
    values: NDArray[np.float64],
    share: float,
    *,
    group: NDArray[np.intp],
    groups: int,
    replication: NDArray[np.intp],
    replications: int,
) -> Leavings:
    """Quantiles of pooled values: the smallest with at least ``share`` of its group at or below.

    Args:
        values: an entry per observation, as ``group`` and ``replication``.
        share: 0.9 for the 90th percentile.
        group: 0 … groups - 1.
        groups: their number.
        replication: 0 … replications - 1.
        replications: their number.
    """
    order = np.lexsort((values, group))
    values, group, replication = values[order], group[order], replication[order]

    def read(kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        return _quantiles(values[kept], group[kept], groups, share)

    ones = [replication == number for number in range(replications)]
    return Leavings(
        _quantiles(values, group, groups, share),
        np.stack([read(~one) for one in ones]),
        np.stack([read(one) for one in ones]),
    )


def _quantiles(
    values: NDArray[np.float64], group: NDArray[np.intp], groups: int, share: float
) -> NDArray[np.float64]:
    """Each group's quantile, from values in order within groups in order."""
    sizes = np.bincount(group, minlength=groups)
    starts = np.cumsum(sizes) - sizes
    # The tolerance keeps 0.9 x 10 from becoming the tenth value by a rounding error.
    rank = np.maximum(np.ceil(share * sizes - 1e-9).astype(np.intp) - 1, 0)
    found = np.full(groups, np.nan)
    known = sizes > 0
    found[known] = values[(starts + rank)[known]]
    return found


def _divided(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Their quotient; NaN where the divisor is 0."""
    quotient = np.full(part.shape, np.nan)
    np.divide(part, whole, out=quotient, where=np.abs(whole) > 1e-9)
    return quotient
