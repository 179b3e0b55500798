"""Charts of those who give up: how long patience lasts, and at what times it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.charts.style import (
    BLUE,
    GREEN,
    PURPLE,
    VERMILLION,
    band,
    card,
    clock_axis,
    greatest,
    line_labels,
    nothing,
    percent_axis,
    titled,
)
from simulator.charts.words import duration, time_unit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["giving_up_over_the_day", "patience_curve"]

LINES = {
    "abandoned": ("abandoned", VERMILLION),
    "silent": ("left silently", BLUE),
    "form_in_queue": ("took the form", GREEN),
    "closed": ("closing time", PURPLE),
}


FEWEST_TO_JUDGE = 30
"""With fewer sessions an interval is drawn but does not make the title."""


def patience_curve(frame: pd.DataFrame) -> Figure:
    """The share still patient after each wait (Kaplan–Meier), with its band.

    Args:
        frame: ``metrics.patience``.
    """
    if frame.empty or not frame["wait_s"].max() > 0:
        return nothing("Nobody waited in this run, so nothing is known of patience")
    unit, scale = time_unit(float(frame["wait_s"].max()))
    with card(height_in=3.3) as (figure, ((axes,),)):
        across = frame["wait_s"].to_numpy() * scale
        axes.fill_between(
            across,
            frame["share_low"],
            frame["share_high"],
            step="post",
            color=VERMILLION,
            alpha=0.18,
            linewidth=0,
        )
        axes.step(across, frame["share"], where="post", color=VERMILLION, linewidth=1.7)
        percent_axis(axes, "share still willing to wait")
        axes.set_ylim(0, 1.02)
        axes.set_xlim(0, float(across[-1]))
        axes.set_xlabel(f"time in the queue ({unit})")
        titled(figure, _patience_finding(frame))
    return figure


def _patience_finding(frame: pd.DataFrame) -> str:
    """When half have lost patience, or how many have by the end of the curve."""
    gone = frame[frame["share"] <= 0.5]
    if len(gone):
        return f"Half would have given up after {duration(gone['wait_s'].iloc[0])} in the queue"
    last = frame.iloc[-1]
    if last["share"] == 1:
        return f"Nobody lost patience in up to {duration(last['wait_s'])} in the queue"
    return (
        f"{100 * (1 - last['share']):.0f} % would have given up after "
        f"{duration(last['wait_s'])} in the queue, the longest that enough were seen to wait"
    )


def giving_up_over_the_day(frame: pd.DataFrame, *, zone: str, step_h: float) -> Figure:
    """How the queued left unanswered, by time of day, each way with its band.

    Args:
        frame: ``metrics.abandonment(..., by="time_of_day")``. Ways that never occur are left out.
        zone: name of the local time zone.
        step_h: length of an interval in hours.
    """
    used = frame[frame["n"] > 0]
    if used.empty:
        return nothing("Nobody queued in this run")
    with card(height_in=3.3) as (figure, ((axes,),)):
        middle = used["time_h"].to_numpy() + step_h / 2
        labels = []
        for column, (name, colour) in LINES.items():
            if column == "abandoned" or used[column].max() > 0:
                band(axes, middle, used, column, colour=colour)
                labels.append((name, float(used[column].iloc[-1]), colour))
        percent_axis(axes, "share of those who queued")
        axes.set_ylim(0, None if used["abandoned"].max() > 0 else 0.1)
        axes.set_xlim(used["time_h"].min(), used["time_h"].max() + step_h)
        clock_axis(axes, zone)
        line_labels(axes, labels)
        judged = used[used["n"] >= FEWEST_TO_JUDGE]
        worst = greatest(used if judged.empty else judged, "abandoned")
        titled(figure, _giving_up_finding(worst))
    return figure


def _giving_up_finding(worst: pd.Series[Any]) -> str:
    """When most give up, and how many of those who queue then."""
    if worst["abandoned"] == 0:
        return "Nobody gives up at any time of the day: 0 % of those who queue"
    return (
        f"Giving up peaks at {worst['time']}: {100 * worst['abandoned']:.1f} % of those who queue "
        "then leave without an answer"
    )
