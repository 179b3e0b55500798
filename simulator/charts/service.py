"""When the target is missed: service level by weekday and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.collections import LineCollection

from simulator.charts.rows import shortened
from simulator.charts.style import card, least, nothing, titled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["service_level_heatmap"]

FEWEST = 30
"""Cells with fewer sessions are hatched: their share is mostly chance."""

STROKES = (((0.0, 0.5), (0.5, 0.0)), ((0.0, 1.0), (1.0, 0.0)), ((0.5, 1.0), (1.0, 0.5)))
"""Of a hatched cell, from its upper left corner."""


def service_level_heatmap(
    frame: pd.DataFrame, *, definition: str, threshold: str, target: float, zone: str
) -> Figure:
    """Service level by weekday and time of day, a panel per topic, the number in each cell.

    Args:
        frame: ``metrics.service_level(..., by="weekday_time", per="topic")``.
        definition: the column to show: ``of_all``, ``of_served`` or ``excl_short_abandons``.
        threshold: of the service level, in words.
        target: the share to be reached.
        zone: name of the local time zone.
    """
    used = frame[frame["n"] > 0]
    if used[definition].isna().all():
        return nothing("Nobody queued in this run, so there is no service level")
    topics = list(used["topic"].unique())
    days = used["weekday"].nunique()
    height = 0.95 + len(topics) * (0.55 + 0.27 * days)
    with card(len(topics), height_in=height) as (figure, axes):
        for row, topic in enumerate(topics):
            _heat_panel(axes[row, 0], used[used["topic"] == topic], definition)
            named = shortened(str(topic))
            axes[row, 0].set_title(f"{named}: % answered within {threshold} ({definition})")
        axes[-1, 0].set_xlabel(
            f"local time ({zone}); hatched: fewer than {FEWEST} sessions over all replications"
        )
        titled(figure, _missed(used, definition, target))
    return figure


def _missed(used: pd.DataFrame, definition: str, target: float) -> str:
    """How many cells miss the target, and the worst of them; hatched cells do not count."""
    sure = used[used["n"] >= FEWEST]
    judged = used if sure.empty else sure
    missed = int((judged[definition] < target).sum())
    worst = least(judged, definition)
    wanted = f"the target of {100 * target:.0f} %"
    lowest = f"{worst['weekday']} {worst['time']} with {100 * worst[definition]:.0f} %"
    if missed == 0:
        return f"Every weekday interval meets {wanted}; the lowest is {lowest}"
    return f"{missed} of {len(judged)} weekday intervals miss {wanted}; the worst is {lowest}"


def _heat_panel(axes: Axes, panel: pd.DataFrame, definition: str) -> None:
    """One topic's cells, numbers and hatches."""
    weekdays = [day for day in panel["weekday"].cat.categories if (panel["weekday"] == day).any()]
    times = sorted(panel["time"].unique())
    cells = _as_grid(panel, definition, weekdays, times)
    thin = _as_grid(panel, "n", weekdays, times) < FEWEST
    axes.pcolormesh(cells, cmap="cividis", vmin=0.0, vmax=1.0, linewidth=0, rasterized=False)
    _write_numbers(axes, cells)
    _hatch(axes, thin)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    every = max(1, round(len(times) / 16))
    axes.set_xticks(np.arange(0, len(times), every) + 0.5, times[::every])
    axes.set_yticks(np.arange(len(weekdays)) + 0.5, weekdays)


def _as_grid(
    panel: pd.DataFrame, column: str, weekdays: list[str], times: list[str]
) -> NDArray[np.float64]:
    """A column as (weekdays, times), NaN where there is no row."""
    table = panel.pivot_table(index="weekday", columns="time", values=column, observed=True)
    return table.reindex(index=weekdays, columns=times).to_numpy(dtype=np.float64)


def _write_numbers(axes: Axes, cells: NDArray[np.float64]) -> None:
    """Each cell's per cent, in white or black, whichever reads on its colour."""
    size = 8.0 if cells.shape[1] <= 24 else 6.6
    colours = mpl.colormaps["cividis"](np.nan_to_num(cells))
    dark = colours[..., :3] @ (0.299, 0.587, 0.114) < 0.5
    for (row, column), share in np.ndenumerate(cells):
        if not np.isnan(share):
            number = axes.text(
                column + 0.5,
                row + 0.5,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=size,
                color="#ffffff" if dark[row, column] else "#000000",
            )
            # Inside their cells, numbers need no room of their own: the layout is quicker so.
            number.set_in_layout(False)


def _hatch(axes: Axes, thin: NDArray[np.bool_]) -> None:
    """Strike through the cells that rest on few sessions.

    Lines, and not a hatch: browsers print every hatched cell as a picture of its own.
    """
    strokes = [
        [(column + x0, row + y0), (column + x1, row + y1)]
        for row, column in zip(*np.nonzero(thin), strict=True)
        for (x0, y0), (x1, y1) in STROKES
    ]
    if strokes:
        axes.add_collection(LineCollection(strokes, colors="#8a8a8a", linewidths=0.6))
