"""Charts of the queue: where people land in it, and how long it is against the staffing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.charts.style import (
    DARK,
    GREY,
    INK,
    SEQUENCE,
    SERIES,
    band,
    card,
    clock_axis,
    greatest,
    least,
    line_labels,
    nothing,
    percent_axis,
    titled,
    waking_hours,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["queue_length_over_the_day", "queue_positions_over_the_day", "stacked_shares"]

THICK = 0.08
"""A share at least this thick somewhere has room for its name."""

NAME_WIDTH = 0.12
"""How much of the axes' width a name takes."""

PLACES = {
    "share_1": "place 1",
    "share_2_3": "2–3",
    "share_4_6": "4–6",
    "share_7_plus": "7 or later",
}


def queue_positions_over_the_day(frame: pd.DataFrame, *, zone: str, step_h: float) -> Figure:
    """Places in the queue at arrival as stacked shares by time of day.

    Args:
        frame: ``metrics.queue_position(..., by="time_of_day")``.
        zone: name of the local time zone.
        step_h: length of an interval in hours.
    """
    used = frame[frame["n"] > 0]
    if used.empty:
        return nothing("Nobody got a place in the queue in this run")
    with card(height_in=3.4) as (figure, ((axes,),)):
        stacked_shares(axes, used, PLACES, step_h=step_h)
        percent_axis(axes, "share of arrivals")
        clock_axis(axes, zone)
        worst = least(used, "share_1")
        titled(figure, _places_finding(worst))
    return figure


def _places_finding(worst: pd.Series[Any]) -> str:
    """How few find an empty queue when fewest do."""
    if worst["share_1"] == 1:
        return "At any time of the day 100 % find an empty queue"
    return (
        f"At {worst['time']} only {100 * worst['share_1']:.0f} % find an empty queue; "
        f"{100 * worst['share_7_plus']:.0f} % get place 7 or a later one"
    )


def stacked_shares(
    axes: Axes, frame: pd.DataFrame, columns: dict[str, str], *, step_h: float
) -> None:
    """Shares of each interval on top of each other as steps.

    Each is named where it is thickest, or at the right where it is thin everywhere. Intervals
    that the frame leaves out stay white.
    """
    starts = frame["time_h"].to_numpy()
    slots = np.rint((starts - starts[0]) / step_h).astype(np.intp)
    edges = starts[0] + step_h * np.arange(slots[-1] + 2)
    below = np.full(slots[-1] + 1, np.nan)
    below[slots] = 0.0
    labels = []
    for (column, name), colour in zip(columns.items(), SEQUENCE, strict=False):
        above = below.copy()
        above[slots] += frame[column].fillna(0.0).to_numpy()
        axes.stairs(above, edges, baseline=below, fill=True, color=colour, linewidth=0)
        room, across, middle = _roomiest(below, above, edges)
        if room >= THICK:
            ink = "#ffffff" if colour in DARK else INK
            axes.text(across, middle, name, ha="center", va="center", color=ink, fontweight="bold")
        else:
            labels.append((name, float(below[-1] + above[-1]) / 2, INK))
        below = above
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1)
    axes.grid(visible=False)
    line_labels(axes, labels)


def _roomiest(
    below: NDArray[np.float64], above: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[float, float, float]:
    """The height of the tallest box as wide as a name between two lines, and its middle."""
    width = min(max(round(NAME_WIDTH * len(below)), 1), len(below))
    floors = np.lib.stride_tricks.sliding_window_view(below, width).max(axis=1)
    ceilings = np.lib.stride_tricks.sliding_window_view(above, width).min(axis=1)
    room = np.nan_to_num(ceilings - floors, nan=-1.0)
    best = int(np.argmax(room))
    across = (edges[best] + edges[best + width]) / 2
    return float(room[best]), float(across), float(floors[best] + ceilings[best]) / 2


def queue_length_over_the_day(
    lengths: pd.DataFrame, staffing: pd.DataFrame, *, zone: str, step_h: float
) -> Figure:
    """Mean queue length by time of day with its band, above the number of agents on duty.

    Args:
        lengths: ``metrics.queue_length(..., by="time_of_day", per="topic")``; up to four topics.
        staffing: ``metrics.agents_on_duty(..., by="time_of_day")``.
        zone: name of the local time zone.
        step_h: length of an interval in hours.
    """
    if not staffing["duty"].max() > 0:
        return nothing("Nobody was on duty in this run")
    topics = list(lengths["topic"].unique())
    first, last = waking_hours(staffing["time_h"], staffing["duty"])
    shown = lengths[lengths["time_h"].between(first, last)]
    with card(2, height_in=4.6, sharex=True, height_ratios=(3, 2)) as (figure, axes):
        queue, agents = axes[:, 0]
        queue.set_xlim(first, last + step_h)
        labels = []
        for topic, colour in zip(topics, SERIES, strict=False):
            part = shown[shown["topic"] == topic]
            band(queue, part["time_h"].to_numpy() + step_h / 2, part, "mean", colour=colour)
            labels.append((str(topic), float(part["mean"].iloc[-1]), colour))
        queue.set_ylim(0, None if shown["mean"].max() > 0 else 1)
        queue.set_ylabel("sessions waiting (mean)")
        line_labels(queue, labels)
        _staffing_step(agents, staffing, step_h=step_h)
        clock_axis(agents, zone)
        worst = greatest(shown, "mean")
        titled(figure, _length_finding(worst, staffing, several=len(topics) > 1))
    return figure


def _length_finding(worst: pd.Series[Any], staffing: pd.DataFrame, *, several: bool) -> str:
    """When the queue is longest, and how many are on duty then."""
    if worst["mean"] == 0:
        return "There is never a queue: 0 sessions wait at any time of the day"
    whose = f" of {worst['topic']}" if several else ""
    on_duty = float(staffing.loc[staffing["time"] == worst["time"], "duty"].iloc[0])
    return (
        f"The queue{whose} is longest at {worst['time']}: {worst['mean']:.1f} waiting on "
        f"average, with {on_duty:.1f} agents on duty"
    )


def _staffing_step(axes: Axes, staffing: pd.DataFrame, *, step_h: float) -> None:
    """Agents on duty as a step, from zero."""
    edges = np.append(staffing["time_h"], staffing["time_h"].iloc[-1] + step_h)
    axes.stairs(staffing["duty"], edges, color=GREY, fill=True, alpha=0.25)
    axes.stairs(staffing["duty"], edges, color=INK, linewidth=1.4)
    axes.set_ylim(0, None)
    axes.set_ylabel("agents on duty")
