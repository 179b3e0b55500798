"""The forecast that anybody could make: as on other days with the same weekday, at that hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.calibration.backtesting.measuring import Measured

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from numpy.typing import NDArray

    from simulator.calibration.backtesting.grid import Grid

__all__ = ["naive"]


def naive(
    recorded: Measured, everywhere: Grid, judged: Grid, reference: frozenset[date]
) -> Measured:
    """What the mean of the reference days says of each judged day.

    Of the reference days those with the same weekday count, or, where there are none, all of them;
    the judged day itself never does. Volumes are means per day, ratios are ratios of the totals
    of those days, 90th percentiles are means weighted with the sessions behind them.

    Args:
        recorded: of every day of the history.
        everywhere: its grid, with slots as long as those of ``judged``.
        judged: the grid of the days wanted.
        reference: the days to learn from: those fitted, or all of the history.
    """
    shares = _shares(everywhere.dates, judged.dates, reference)

    def by_cell(values: NDArray[np.float64]) -> NDArray[np.float64]:
        days = values.reshape(len(values), len(everywhere.dates), everywhere.slots)
        fitting = _with_slots(days, judged.slots)
        mean: NDArray[np.float64] = np.einsum("jd,sdk->sjk", shares, fitting)
        return mean.reshape(len(values), judged.cells)

    def by_day(values: NDArray[np.float64]) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = values @ shares.T
        return mean

    timed = recorded.totals["timed"]
    timed_day = timed.reshape(len(timed), len(everywhere.dates), everywhere.slots).sum(axis=-1)
    return Measured(
        {name: by_cell(values) for name, values in recorded.totals.items()},
        _weighted(by_cell, recorded.p90_s, timed),
        _weighted(by_day, recorded.p90_day_s, timed_day),
    )


def _shares(
    dates: tuple[date, ...], judged: tuple[date, ...], reference: frozenset[date]
) -> NDArray[np.float64]:
    """(judged, dates): how much of each recorded day is in the forecast; nan if there is none."""
    rows = np.full((len(judged), len(dates)), np.nan)
    for row, day in zip(rows, judged, strict=True):
        others = np.array([other in reference and other != day for other in dates])
        alike = others & np.array([other.weekday() == day.weekday() for other in dates])
        chosen = alike if alike.any() else others
        if chosen.any():
            row[:] = chosen / chosen.sum()
    return rows


def _with_slots(days: NDArray[np.float64], slots: int) -> NDArray[np.float64]:
    """The same days cut, or filled up with nothing, to this many slots."""
    missing = max(slots - days.shape[-1], 0)
    return np.pad(days, ((0, 0), (0, 0), (0, missing)))[..., :slots]


def _weighted(
    mean: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    values: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The weighted mean of values that are nan where the weight is 0."""
    upper, lower = mean(np.where(weight > 0, values, 0.0) * weight), mean(weight)
    found = np.full(lower.shape, np.nan)
    np.divide(upper, lower, out=found, where=lower > 0)
    return found
