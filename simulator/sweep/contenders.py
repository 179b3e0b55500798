"""Which cases could be the best one: what is left when those that surely are not have been put out.

A case is out if some other is better by more than chance explains: by more than the one-sided
Student t of 1 - α/(k - 1) times the standard error of the paired difference. Of k cases the one
that is best in truth is then kept with probability at least 1 - α, also under common random
numbers, as each of its k - 1 comparisons errs with at most α/(k - 1) (Bonferroni; the screening
of Nelson, Swann, Goldsman and Song, *Operations Research* 49(6), 2001, with paired variances).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.sweep.pairing import by_replication, one_against_all, one_sided, two_sided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["contenders"]

MOST_RIVALS = 100
"""Only the first so many put others out, which keeps the guarantee, and the time linear."""


def contenders(
    values: pd.DataFrame, cases: Sequence[str], *, better: int, level: float = 0.95
) -> pd.DataFrame:
    """The cases, best first: how far behind the first, and whether they could be the best.

    ::

        case     value  difference     low    high  could_be_best  replications
        count 5  0.853         0.0     0.0     0.0           True            20
        count 4  0.812      -0.041  -0.047  -0.035          False            20

    ``difference`` is the case less the first, with an interval of its own; a tie in ``value`` (the
    mean over replications) goes to the case that the study names first, and a case without any
    value stands last.

    Args:
        values: ``case``, ``replication``, ``value``: one figure.
        cases: all of them, in the order of the study.
        better: 1 if more is better, -1 if less is.
        level: with which the best is among those that could be.
    """
    figures = by_replication(values, cases)
    shared = ~np.isnan(figures)
    n = shared.sum(axis=0)
    value = np.where(n > 0, np.where(shared, figures, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
    order = np.argsort(np.where(np.isnan(value), np.inf, -better * value), kind="stable")
    behind = one_against_all(figures, figures[:, order[0]])
    low, high = two_sided(behind, level=level)
    each = 1.0 - (1.0 - level) / max(len(cases) - 1, 1)
    beaten = np.zeros(len(cases), dtype=bool)
    for at in order[:MOST_RIVALS]:
        beaten |= _beaten_by(figures, int(at), better, each)
    frame = pd.DataFrame(
        {
            "case": list(cases),
            "value": value,
            "difference": behind.mean,
            "low": low,
            "high": high,
            "could_be_best": ~beaten & (n > 0),
            "replications": n,
        }
    )
    return frame.iloc[order].reset_index(drop=True)


def _beaten_by(
    figures: NDArray[np.float64], one: int, better: int, level: float
) -> NDArray[np.bool_]:
    """Which columns this one is better than beyond chance."""
    others = one_against_all(figures, figures[:, one])
    known = ~np.isnan(others.error)
    margin = np.where(known, one_sided(others, level=level), np.inf)
    return -better * np.nan_to_num(others.mean) > margin
