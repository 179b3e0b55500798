"""What was unusual: recorded figures on predicted bands, and how many lie outside by luck.

A figure is outside when its rank among the replications lies beyond the 95 % band; ties count as
inside. How many of a day's figures lie outside by luck is counted from the replications, each
playing the day among the others: with whatever makes neighbouring hours and whole days alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.calibration.backtesting.ranking import (
    Ranks,
    band_points,
    distance,
    p_values,
    rank_among,
)
from simulator.calibration.backtesting.verdict import NOTICED
from simulator.calibration.daily.measuring import EXPLAINING, JUDGED, figures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.daily.measuring import Totals

__all__ = ["SURE", "Outside", "Past", "Seen", "beside", "matters", "outside_by_luck", "surest"]

SURE: Final = 0.01
"""A p-value below this is no luck."""
EDGE: Final = 0.025
"""Of the 95 % band."""


SHARES: Final = ("service_level", "abandonment")
_RELATIVE: Final = {name: pair[0] for name, pair in NOTICED.items()} | {"queue_position": 0.05}
_LEAST: Final = {name: pair[1] / (100 if name in SHARES else 1) for name, pair in NOTICED.items()}
"""As a backtest has it; its shares are in percentage points."""


@dataclass(frozen=True, slots=True)
class Outside:
    """How many figures lie outside their 95 % bands, and how many would by luck."""

    judged: int
    """Figures of intervals that could be judged."""
    count: int
    expected: float
    """By luck, on average."""
    most: float
    """By luck, on 19 days of 20 no more than this."""
    p_value: float
    """How often luck alone leaves as many outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The part of the day that is known; the frames are those of ``beside``.

    ``met`` and ``met_…`` are predicted with the chats that came; empty where nothing was compared.
    """

    intervals: pd.DataFrame
    """By interval, where anybody asks."""
    days: pd.DataFrame
    """As a whole."""
    met: pd.DataFrame
    met_days: pd.DataFrame
    outside: Outside | None = None
    """Figures of intervals beyond the prediction …"""
    met_outside: Outside | None = None
    """… and beyond that with the chats that came."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Recorded days before; without any the frames are empty."""

    days: pd.DataFrame
    """Each as a whole."""
    together: pd.DataFrame
    """Put together, as they were predicted …"""
    met_together: pd.DataFrame
    """… and with the chats that came."""


def beside(
    actual: Totals | None,
    simulated: Totals,
    group: NDArray[np.intp],
    starts: list[Any],
    topics: tuple[str, ...],
) -> pd.DataFrame:
    """Recorded figures beside predicted bands, a row per topic, figure and group of cells.

    Columns: ``start`` (of the group), ``topic``, ``figure``, ``actual``, ``mean`` of the
    replications, ``p2_5`` … ``p97_5``, ``p_value`` (two-sided), ``outside`` (-1 below the 95 %
    band, 1 above, 0 inside or not known). Without records ``actual`` is nan throughout.

    Args:
        actual: (scopes, cells); None if there are none.
        simulated: (replications, scopes, cells).
        group: of each cell from 0; -1 for cells that are left out.
        starts: what each group is called.
        topics: the scopes' names.
    """
    made = figures(simulated, group)
    real = None if actual is None else figures(actual, group)
    parts = []
    for scope, topic in enumerate(topics):
        for figure in (*JUDGED, *EXPLAINING):
            draws = made[figure][:, scope]
            known = np.full(len(starts), np.nan) if real is None else real[figure][scope]
            parts.append(
                pd.DataFrame(
                    {"start": starts, "topic": topic, "figure": figure, **_row(known, draws)}
                )
            )
    return pd.concat(parts, ignore_index=True)


def _row(actual: NDArray[np.float64], draws: NDArray[np.float64]) -> dict[str, Any]:
    count = np.sum(~np.isnan(draws), axis=0)
    mean = np.full(len(actual), np.nan)
    np.divide(np.nansum(draws, axis=0), count, out=mean, where=count > 0)
    points = band_points(draws)
    ranks = rank_among(actual, draws)
    far = distance(actual, points["p2_5"], points["p50"], points["p97_5"])
    return {
        "actual": actual,
        "mean": mean,
        **points,
        "p_value": p_values(ranks, far),
        "outside": _side(ranks),
    }


def _side(ranks: Ranks) -> NDArray[np.int64]:
    below, above = ranks.high < EDGE, ranks.low > 1 - EDGE
    return above.astype(np.int64) - below.astype(np.int64)


def outside_by_luck(
    actual: Totals,
    simulated: Totals,
    group: NDArray[np.intp],
    names: tuple[str, ...] = JUDGED,
) -> Outside:
    """The count over all topics together, these figures and every interval."""
    real, made = figures(actual, group), figures(simulated, group)
    count, judged = 0, 0
    by_luck = np.zeros(len(next(iter(made.values()))))
    for figure in names:
        draws = made[figure][:, 0]
        ranks = rank_among(real[figure][0], draws)
        known = ~np.isnan(ranks.low)
        judged += int(known.sum())
        count += int(np.abs(_side(ranks)).sum())
        if known.any():
            by_luck += np.abs(_side(_ranks_by_luck(draws[:, known]))).sum(axis=1)
    return Outside(
        judged,
        count,
        float(by_luck.mean()),
        float(np.quantile(by_luck, 0.95, method="higher")),
        _as_many(count, by_luck),
    )


def _as_many(count: int, by_luck: NDArray[np.float64]) -> float:
    """How often luck leaves as many: the rank, and beyond all replications Cantelli's bound."""
    p_value = float((1 + np.sum(by_luck >= count)) / (1 + len(by_luck)))
    if count <= by_luck.max():
        return p_value
    far = (count - float(by_luck.mean())) / max(float(by_luck.std()), 1.0)
    return min(p_value, 1 / (1 + far**2))


def _ranks_by_luck(draws: NDArray[np.float64]) -> Ranks:
    """Each replication playing the actual among the others, ties counted as shared places."""
    low, high = np.full(draws.shape, np.nan), np.full(draws.shape, np.nan)
    for column, values in enumerate(draws.T):
        known = ~np.isnan(values)
        ordered = np.sort(values[known])
        low[known, column] = np.searchsorted(ordered, values[known], "left") / len(ordered)
        high[known, column] = np.searchsorted(ordered, values[known], "right") / len(ordered)
    return Ranks(low, high)


def surest(rows: pd.DataFrame, names: tuple[str, ...] = JUDGED) -> float:
    """The smallest p-value among figures that are off by enough to matter; 1 if there are none.

    It is made larger for there being several to look at (Bonferroni).
    """
    chosen = rows[rows["figure"].isin(names) & rows["p_value"].notna()]
    told = chosen.loc[matters(chosen), "p_value"]
    return min(1.0, float(told.min()) * len(chosen)) if len(told) else 1.0


def matters(rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether the actual is off from the mean prediction by enough for a planner to notice."""
    missed = (rows["actual"] - rows["mean"]).abs()
    names = rows["figure"].tolist()
    relative, least = (
        np.array([part.get(name, 0.0) for name in names]) for part in (_RELATIVE, _LEAST)
    )
    found: pd.Series[bool] = (missed >= relative * rows["mean"].abs()) & (missed >= least)
    return found
