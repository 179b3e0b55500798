"""Cost against quality: the cases that no other beats in both, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.sweep.pairing import by_replication, one_against_all, one_sided

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["BEATEN", "CLOSE", "FRONT", "frontier"]

FRONT, CLOSE, BEATEN = "on the front", "too close to call", "beaten"

SAME_COST = 0.001
"""Costs that differ by less than this part are equal: a few seconds of overtime are no staffing."""


def frontier(
    table: pd.DataFrame, values: pd.DataFrame, *, better: int, level: float = 0.95
) -> pd.DataFrame:
    """The cases by cost, each with its standing in the trade of cost against a figure.

    A case is ``on the front`` (Pareto) if no other is at least as good in both and better in one;
    ``beaten`` if one of at most its cost is better beyond chance (paired, one-sided, Bonferroni
    over the other cases); otherwise it is ``too close to call``.

    Args:
        table: ``case``, ``cost`` and the figure as ``value``, ``low``, ``high``. Further columns
            stay as they are; a case without cost or value is left out.
        values: ``case``, ``replication``, ``value``: the figure.
        better: 1 if more is better, -1 if less is.
        level: of the verdict "beaten", for all comparisons of a case together.

    Returns:
        The table in order of cost with ``standing`` and ``beaten_by``: the best of those that
        beat it, or are ahead of it; empty on the front.
    """
    known = table[table["cost"].notna() & table["value"].notna()]
    ordered = known.sort_values(["cost", "case"], kind="stable").reset_index(drop=True)
    cost = ordered["cost"].to_numpy(dtype=np.float64)
    worth = better * ordered["value"].to_numpy(dtype=np.float64)
    ahead = [_ahead(at, cost, worth) for at in range(len(ordered))]
    front = np.array([not others.any() for others in ahead], dtype=bool)
    figures = better * by_replication(values, list(ordered["case"]))
    each = 1.0 - (1.0 - level) / max(len(ordered) - 1, 1)
    told = [
        (FRONT, None) if front[at] else _standing(at, others & front, worth, figures, each)
        for at, others in enumerate(ahead)
    ]
    return ordered.assign(
        standing=[standing for standing, _ in told],
        beaten_by=["" if by is None else str(ordered["case"].iloc[by]) for _, by in told],
    )


def _ahead(at: int, cost: NDArray[np.float64], worth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which others are at least as good in both and better in one."""
    no_dearer = cost <= cost[at] * (1 + SAME_COST)
    cheaper = cost < cost[at] * (1 - SAME_COST)
    ahead: NDArray[np.bool_] = (no_dearer & (worth > worth[at])) | (cheaper & (worth >= worth[at]))
    return ahead


def _standing(
    at: int,
    ahead: NDArray[np.bool_],
    worth: NDArray[np.float64],
    figures: NDArray[np.float64],
    level: float,
) -> tuple[str, int]:
    """The standing of a case off the front, and which of those ahead of it is the best."""
    rivals = np.flatnonzero(ahead)
    apart = one_against_all(figures[:, rivals], figures[:, at])
    margin = np.nan_to_num(one_sided(apart, level=level), nan=np.inf)
    sure = np.nan_to_num(apart.mean) > margin
    chosen = rivals[sure] if sure.any() else rivals
    best = int(chosen[np.argmax(worth[chosen])])
    return (BEATEN if sure.any() else CLOSE), best
