"""Agents by weekday and time of day, as records show them: weekdays lend each other strength.

A weekday seen once shows that day's luck as much as its rota. So each step of a weekday is drawn
towards the mean of the weekdays that are open then, as far as the dates of one weekday differ
among themselves (James and Stein's shrinkage, with variances by analysis of variance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simulator.calibration.arrivals import Spans

__all__ = ["by_weekday", "open_steps"]

LEAST_PRESENT: Final = 0.2
"""Agents taken for present where a topic was open and nobody was seen."""
DAY_MIN: Final = 1440


def open_steps(hours: Mapping[int, Spans], *, step_min: int) -> pd.DataFrame:
    """Whether some span covers the step: rows weekdays (0 is Monday), columns minutes."""
    days = sorted(day for day, spans in hours.items() if spans)
    steps = range(0, DAY_MIN, step_min)
    covered = [
        [any(opens <= step < closes for opens, closes in hours[day]) for step in steps]
        for day in days
    ]
    return pd.DataFrame(covered, index=days, columns=list(steps))


def by_weekday(presence: pd.DataFrame, is_open: pd.DataFrame, *, what: str) -> pd.DataFrame:
    """Mean numbers by weekday and step, in the shape of ``is_open``; nan where closed.

    Args:
        presence: of one group, with ``weekday``: ``date``, ``start_min``, ``seen``, ``present`` …;
            dates on which the group was not seen at all tell nothing and are left out.
        is_open: of ``open_steps``.
        what: the column.
    """
    seen = presence[presence.groupby("date")["seen"].transform("sum") > 0]
    dates = seen.pivot_table(index=["weekday", "date"], columns="start_min", values=what)
    dates = dates.reindex(columns=is_open.columns).fillna(0.0)
    weekday = dates.index.get_level_values("weekday").to_numpy()
    dates = dates[np.isin(weekday, is_open.index)]
    weekday = weekday[np.isin(weekday, is_open.index)]
    opened = is_open.reindex(weekday).to_numpy(dtype=bool)
    counts = np.where(opened, dates.to_numpy(dtype=np.float64), np.nan)
    shrunk = _shrunk(counts, weekday, is_open)
    # Open, and nobody was seen: somebody was there all the same, or the chats would have waited.
    return shrunk.clip(lower=LEAST_PRESENT).where(is_open)


def _shrunk(
    counts: NDArray[np.float64], weekday: NDArray[np.int64], is_open: pd.DataFrame
) -> pd.DataFrame:
    """Each weekday's means, drawn towards those of all weekdays open at the step."""
    frame = pd.DataFrame(counts, index=weekday, columns=is_open.columns)
    own = frame.groupby(level=0).mean().reindex(is_open.index)
    seen = frame.groupby(level=0).size().reindex(is_open.index).fillna(0)
    dates = np.asarray(seen.to_numpy(), dtype=np.float64)
    pooled = own.mean()
    within, between = _variances(frame, own, dates)
    weight = dates * between / (dates * between + within) if between > 0 else dates * 0.0
    drawn = own.sub(pooled, axis=1).mul(weight, axis=0).fillna(0.0)
    return drawn.add(pooled, axis=1).fillna(0.0)


def _variances(
    frame: pd.DataFrame, own: pd.DataFrame, dates: NDArray[np.float64]
) -> tuple[float, float]:
    """Within a weekday's dates and between weekdays, pooled over the steps; (1, 0) if unknown."""
    off = frame - own.loc[frame.index].to_numpy()
    free = int(np.maximum(dates - 1, 0).sum())
    if free < 1 or len(own) < 2:
        return 1.0, 0.0
    within = float(np.nansum(off.to_numpy() ** 2) / (free * off.shape[1]))
    spread = float(np.nanmean(np.nanvar(own.to_numpy()[:, _shared(own)], axis=0, ddof=1)))
    return within, max(spread - within * float(np.mean(1 / np.maximum(dates, 1))), 0.0)


def _shared(own: pd.DataFrame) -> NDArray[np.bool_]:
    """The steps at which two weekdays or more are open."""
    shared: NDArray[np.bool_] = (own.notna().sum() > 1).to_numpy()
    return shared
