"""Charts of the agents' time: chats open at once, and chats taken by each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.charts.queue import stacked_shares
from simulator.charts.style import (
    BLUE,
    INK,
    QUIET,
    card,
    clock_axis,
    greatest,
    least,
    nothing,
    percent_axis,
    titled,
    waking_hours,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["chats_by_agent", "open_chats_over_the_day"]

MOST_AGENTS = 30
"""More bars than these are not read; the table below the chart has everybody."""


def open_chats_over_the_day(frame: pd.DataFrame, *, zone: str, step_h: float) -> Figure:
    """The share of time present with 0, 1, 2 … chats open, stacked by time of day.

    Args:
        frame: ``metrics.open_chats(..., by="time_of_day")``.
        zone: name of the local time zone.
        step_h: length of an interval in hours.
    """
    if not frame["agents"].max() > 0:
        return nothing("Nobody was on duty in this run")
    if not (frame["open_0"] < 1).any():
        return nothing("No agent had a chat open in this run")
    used = frame[frame["time_h"].between(*waking_hours(frame["time_h"], frame["agents"]))]
    used = used[used["agents"] >= QUIET * used["agents"].max()]
    columns = {
        column: _open_name(int(column.removeprefix("open_")))
        for column in used.columns.astype(str)
        if column.startswith("open_")
    }
    busiest, calmest = least(used, "open_0"), greatest(used, "open_0")
    with card(height_in=3.4) as (figure, ((axes,),)):
        stacked_shares(axes, used, columns, step_h=step_h)
        percent_axis(axes, "share of time present")
        clock_axis(axes, zone)
        titled(
            figure,
            f"Agents have a chat open for {100 * (1 - busiest['open_0']):.0f} % of their time at "
            f"{busiest['time']}, and for {100 * (1 - calmest['open_0']):.0f} % at "
            f"{calmest['time']}",
        )
    return figure


def _open_name(count: int) -> str:
    return {0: "no chat", 1: "1 chat"}.get(count, f"{count} chats")


def chats_by_agent(frame: pd.DataFrame) -> Figure:
    """Chats picked up by each agent in a replication, most first, with intervals.

    Args:
        frame: ``metrics.chats_per_agent``.
    """
    if frame.empty:
        return nothing("Nobody was on duty in this run")
    if not frame["picked_up"].max() > 0:
        return nothing("No agent picked up a chat in this run")
    shown = frame.head(MOST_AGENTS)
    first = shown.iloc[0]
    with card(height_in=0.9 + 0.235 * max(len(shown), 2)) as (figure, ((axes,),)):
        place = np.arange(len(shown))
        axes.barh(place, shown["picked_up"], color=BLUE, alpha=0.75, height=0.72)
        axes.hlines(
            place, shown["picked_up_low"], shown["picked_up_high"], color=INK, linewidth=1.1
        )
        reach = shown["picked_up_high"].fillna(shown["picked_up"])
        columns = (shown["picked_up"], shown["per_hour"], np.maximum(reach, shown["picked_up"]))
        for height, (count, rate, end) in enumerate(zip(*columns, strict=True)):
            axes.annotate(
                f"{count:,.0f} · {rate:.1f} per hour present",
                (end, height),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
            )
        axes.set_yticks(place, shown["agent"])
        axes.tick_params(axis="y", length=0)
        axes.invert_yaxis()
        axes.grid(visible=False)
        axes.set_xlim(0, float(reach.max()) * 1.25 or 1.0)
        axes.set_xlabel("chats picked up in a replication (mean and 95 % interval)")
        others = len(frame) - len(shown)
        rest = f" (the first {len(shown)} of {len(frame)} agents)" if others else ""
        titled(
            figure,
            f"{first['agent']} picks up most: {first['picked_up']:,.0f} chats in a replication, "
            f"{first['per_hour']:.1f} per hour present{rest}",
        )
    return figure
