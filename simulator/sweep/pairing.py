"""Cases against each other, replication by replication: the same customers came to all of them.

The mean over replications of the paired differences has Student's t interval with n - 1 degrees
of freedom (Law, *Simulation Modeling and Analysis*, 5th ed., §10.2.1); under common random numbers
it is far narrower than two independent runs would give. Cases that were simulated less often are
compared over the replications that both have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Paired", "by_replication", "one_against_all", "one_sided", "two_sided"]

NOISE = 1e-11
"""What is smaller than this part of the figures came out of rounding and counts as nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """The differences of several columns of figures from one of them."""

    mean: NDArray[np.float64]
    """Each less the one; NaN where they share no replication."""
    error: NDArray[np.float64]
    """Its standard error; NaN with fewer than two shared replications."""
    n: NDArray[np.int64]
    """Shared replications."""


def by_replication(values: pd.DataFrame, cases: Sequence[str]) -> NDArray[np.float64]:
    """A figure as (replications, cases), NaN where a case was not simulated or nothing counted.

    Args:
        values: ``case``, ``replication``, ``value``.
        cases: the columns, in this order.
    """
    wide = values.pivot_table(index="replication", columns="case", values="value", observed=True)
    figures: NDArray[np.float64] = wide.reindex(columns=list(cases)).to_numpy(dtype=np.float64)
    return figures


def one_against_all(figures: NDArray[np.float64], one: NDArray[np.float64]) -> Paired:
    """Every column of (replications, columns) less the column ``one``.

    >>> paired = one_against_all(np.array([[1.0, 3.0], [2.0, 5.0]]), np.array([1.0, 2.0]))
    >>> paired.mean.tolist(), paired.error.tolist(), paired.n.tolist()
    ([0.0, 2.5], [0.0, 0.5], [2, 2])
    """
    apart = figures - one[:, np.newaxis]
    shared = ~np.isnan(apart)
    n = shared.sum(axis=0)
    sums = np.where(shared, apart, 0.0).sum(axis=0)
    mean = np.where(n > 0, sums / np.maximum(n, 1), np.nan)
    squares = (np.where(shared, apart - mean, 0.0) ** 2).sum(axis=0)
    error = np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1))
    size = np.maximum(np.abs(np.where(shared, figures, 0.0)).max(axis=0, initial=0.0), 1.0)
    quiet = np.where(error <= NOISE * size, 0.0, error)
    mean = np.where(np.abs(mean) <= NOISE * size, 0.0, mean)
    return Paired(mean, np.where(n > 1, quiet, np.nan), n.astype(np.int64))


def two_sided(paired: Paired, *, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The bounds of each difference's interval; NaN where its error is not known."""
    half = _student(paired.n, 0.5 + level / 2) * paired.error
    return paired.mean - half, paired.mean + half


def one_sided(paired: Paired, *, level: float) -> NDArray[np.float64]:
    """What chance alone adds to a difference of 0, not exceeded with probability ``level``."""
    return _student(paired.n, level) * paired.error


def _student(n: NDArray[np.int64], share: float) -> NDArray[np.float64]:
    return np.asarray(stdtrit(np.maximum(n - 1, 1), share), dtype=np.float64)
