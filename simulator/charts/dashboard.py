"""Charts of the product's dashboard: traffic by hour, and how the sessions ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    card,
    clock_axis,
    greatest,
    key,
    nothing,
    titled,
    waking_hours,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["outcomes", "traffic_by_hour"]

OUTCOME_WORDS = {
    "served": "served",
    "abandoned": "abandoned",
    "silent": "left silently",
    "form_in_queue": "form from the queue",
    "form_at_arrival": "form at arrival",
    "form_closed": "form, as closed",
    "closed": "closing time",
    "unfinished": "unfinished at the end",
}


def traffic_by_hour(frame: pd.DataFrame, *, zone: str) -> Figure:
    """Incoming and active sessions by hour of a mean day.

    Args:
        frame: ``metrics.traffic``.
        zone: name of the local time zone.
    """
    if not frame["incoming"].max() > 0:
        return nothing("Nobody asked for a chat in this run")
    sizes = frame[["incoming", "active"]].max(axis=1)
    used = frame[frame["time_h"].between(*waking_hours(frame["time_h"], sizes))]
    most = greatest(used, "incoming")
    with card(height_in=3.2) as (figure, ((axes,),)):
        hours = used["time_h"].to_numpy()
        for name, colour, shift in (("incoming", BLUE, 0.05), ("active", ORANGE, 0.5)):
            axes.bar(hours + shift, used[name], 0.45, align="edge", color=colour)
            axes.vlines(
                hours + shift + 0.225,
                used[f"{name}_low"],
                used[f"{name}_high"],
                color=INK,
                linewidth=0.9,
            )
        axes.set_xlim(hours[0], hours[-1] + 1)
        axes.set_ylabel("sessions per day")
        clock_axis(axes, zone)
        key(axes, [("■", BLUE, "incoming (requested)"), ("■", ORANGE, "active (being answered)")])
        titled(
            figure,
            f"The busiest hour begins at {most['time']}: {most['incoming']:.0f} sessions come in "
            f"on a mean day, {most['active']:.0f} are active",
        )
    return figure


def outcomes(frame: pd.DataFrame) -> Figure:
    """How the sessions ended, a panel per topic: mean number per replication, with interval.

    Args:
        frame: ``metrics.outcome_counts``.
    """
    totals = frame.groupby("outcome", observed=True)["sessions"].sum()
    kept = [name for name in OUTCOME_WORDS if totals.get(name, 0.0) > 0]
    if not kept:
        return nothing("There were no sessions in this run")
    topics = list(frame["topic"].unique())
    share = totals.get("served", 0.0) / totals.sum()
    height = 0.9 + len(topics) * (0.35 + 0.23 * max(len(kept), 2))
    with card(len(topics), height_in=height, sharex=True) as (figure, axes):
        for row, topic in enumerate(topics):
            part = frame[frame["topic"] == topic].set_index("outcome").loc[kept]
            _count_bars(axes[row, 0], part)
            axes[row, 0].set_title(str(topic), fontweight="bold")
        axes[-1, 0].set_xlabel("sessions in a replication (mean and 95 % interval)")
        titled(
            figure,
            f"{100 * share:.1f} % of {totals.sum():,.0f} sessions in a replication are served",
        )
    return figure


def _count_bars(axes: Axes, part: pd.DataFrame) -> None:
    """One topic's bars, each with its number and share."""
    place = np.arange(len(part))
    total = max(float(part["sessions"].sum()), 1e-12)
    colours = [BLUE if name == "served" else GREY for name in part.index]
    axes.barh(place, part["sessions"], color=colours, alpha=0.75, height=0.7)
    axes.hlines(place, part["sessions_low"], part["sessions_high"], color=INK, linewidth=1.1)
    reach = part["sessions_high"].fillna(part["sessions"])
    for height, end, count in zip(place, reach, part["sessions"], strict=True):
        axes.annotate(
            f"{count:,.1f} · {100 * count / total:.1f} %",
            (max(float(end), count), height),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    axes.set_yticks(place, [OUTCOME_WORDS[name] for name in part.index])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.margins(x=0.16)
    axes.set_xlim(0, None)
