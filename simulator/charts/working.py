"""Charts of what agents do, as records show it: output, reaction, gaps, presence over the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator, NullFormatter

from simulator.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    VERMILLION,
    card,
    clock_axis,
    darker,
    greatest,
    line_labels,
    nothing,
    percent_axis,
    titled,
    waking_hours,
)
from simulator.charts.words import duration

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["agents_there", "gaps_between_chats", "output_by_open_chats", "reaction_times"]

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
LEAST_S = 1.0
"""Where logarithmic axes of time begin."""


def output_by_open_chats(frame: pd.DataFrame, *, group: str) -> Figure:
    """What an agent gets done with 1, 2 … chats open: completions per hour, and output r(k).

    Args:
        frame: ``AgentGroup.levels``: ``k``, ``rate_per_h``, ``rate_low``, ``rate_high``,
            ``output_simple``, ``output``, ``low``, ``high``.
        group: the agents' name.
    """
    if len(frame) < 2:
        return nothing(f"{group} have one chat open at a time: work is the handle time")
    with card(1, 2, height_in=3.3) as (figure, ((left, right),)):
        _rates(left, frame)
        _outputs(right, frame)
        for axes in (left, right):
            axes.set_xlabel("chats open at once")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_xlim(frame["k"].min() - 0.35, frame["k"].max() + 0.35)
        titled(figure, _output_finding(frame, group))
    return figure


def _rates(axes: Axes, frame: pd.DataFrame) -> None:
    axes.vlines(frame["k"], frame["rate_low"], frame["rate_high"], color=BLUE, linewidth=2.2)
    axes.plot(frame["k"], frame["rate_per_h"], "o", color=BLUE, markersize=5.5)
    for _, row in frame.iterrows():
        _beside(axes, row["k"], row["rate_per_h"], f"{row['completions']:,.0f} ended", GREY)
    axes.set_ylim(0, 1.08 * frame["rate_high"].max())
    axes.set_ylabel("chats ended per agent-hour")


def _outputs(axes: Axes, frame: pd.DataFrame) -> None:
    """The estimate with its interval, the simple one hollow, and k times the work as a line."""
    top = float(frame["k"].max())
    axes.plot([1, top], [1, top], color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.plot(frame["k"], frame["output"], color=VERMILLION, linewidth=1.2, alpha=0.6)
    axes.vlines(frame["k"], frame["low"], frame["high"], color=VERMILLION, linewidth=2.2)
    axes.plot(frame["k"], frame["output"], "o", color=VERMILLION, markersize=5.5)
    axes.plot(
        frame["k"][1:],
        frame["output_simple"][1:],
        "o",
        color=INK,
        markersize=7,
        markerfacecolor="none",
    )
    for _, row in frame.iloc[1:].iterrows():
        _beside(axes, row["k"], row["output"], f"{row['output']:.2f}", VERMILLION, below=True)
    axes.set_ylim(0, 1.08 * max(top, float(frame["high"].max())))
    axes.set_ylabel("output r(k), alone = 1")
    axes.text(
        0.02,
        0.98,
        "- -  as quick with each as alone\n○  completions ÷ time only",
        transform=axes.transAxes,
        va="top",
        fontsize=8.5,
        color=GREY,
    )


def _beside(
    axes: Axes, across: float, height: float, text: str, colour: str, *, below: bool = False
) -> None:
    axes.annotate(
        text,
        (across, height),
        xytext=(0, -20 if below else -16),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=8.5,
        color=darker(colour),
        annotation_clip=False,
    )


def _output_finding(frame: pd.DataFrame, group: str) -> str:
    two, top = frame.iloc[1], frame.iloc[-1]
    text = f"{group}: with two chats open, {two['output']:.2f} times as much gets done as with one"
    if len(frame) > 2:
        text += f", with {NUMBERS.get(int(top['k']), str(top['k']))} {top['output']:.2f} times"
    return text


def reaction_times(curves: pd.DataFrame, *, topic: str, family: str, mean_s: float) -> Figure:
    """From arrival to pickup where an agent is free: as recorded, and the family that is taken.

    Args:
        curves: ``Fits.curves``: ``series`` (``data`` or a family), ``time_s``, ``share``.
        topic: whose reactions.
        family: the one that is taken.
        mean_s: its mean.
    """
    data, fitted = (curves[curves["series"] == name] for name in ("data", family))
    if data.empty:
        return nothing(f"Nothing is known of the reaction to {topic}")
    with card(height_in=3.1) as (figure, ((axes,),)):
        axes.step(data["time_s"], data["share"], where="post", color=BLUE, linewidth=2.2, alpha=0.6)
        axes.plot(fitted["time_s"], fitted["share"], color=VERMILLION, linewidth=1.4)
        end = float(data.loc[data["share"] < 0.995, "time_s"].max())
        _log_time(axes, LEAST_S, max(end, 10 * LEAST_S))
        percent_axis(axes, "picked up within")
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("from arrival to pickup, an agent being free (logarithmic)")
        heights = [float(part["share"].iloc[-1]) for part in (data, fitted)]
        line_labels(axes, [("recorded", heights[0], BLUE), (family, heights[1], VERMILLION)])
        titled(
            figure,
            f"{topic}: a free agent takes the next chat after {duration(mean_s)} on average; "
            f"half are taken within {duration(_median(data))}",
        )
    return figure


def _median(curve: pd.DataFrame) -> float:
    return float(curve.loc[curve["share"] >= 0.5, "time_s"].min())


NEARLY_NOBODY = 0.0005
LAST_SHARE = 0.02
"""The axis of gaps ends where no more than these are away."""


def gaps_between_chats(
    curve: pd.DataFrame, hazard: pd.DataFrame, *, group: str, absence_s: float
) -> Figure:
    """How long agents take to pick up the next chat while somebody waits, and what is absence.

    Args:
        curve: ``Gaps.curve``: ``time_s``, ``survival``, ``low``, ``high``.
        hazard: ``Gaps.hazard``: ``from_s``, ``to_s``, ``per_min``, ``low``, ``high``.
        group: the agents' name.
        absence_s: gaps above this are absence.
    """
    if curve.empty:
        return nothing(f"{group} were never needed by somebody waiting when a chat ended")
    with card(1, 2, height_in=3.3) as (figure, ((left, right),)):
        back = 1 - curve["survival"]
        left.fill_between(
            curve["time_s"], 1 - curve["high"], 1 - curve["low"],
            step="post", color=BLUE, alpha=0.18, linewidth=0,
        )  # fmt: skip
        left.step(curve["time_s"], back, where="post", color=BLUE, linewidth=1.7)
        percent_axis(left, "next chat picked up within")
        left.set_ylim(0, 1.02)
        middle = np.sqrt(hazard["from_s"].clip(lower=LEAST_S / 2) * hazard["to_s"])
        right.vlines(middle, hazard["low"], hazard["high"], color=BLUE, linewidth=2.2, alpha=0.6)
        right.plot(middle, hazard["per_min"], "o", color=BLUE, markersize=5)
        right.set_yscale("log")
        _plain_rates(right)
        right.set_ylabel("back per minute, of those away")
        end = max(_by(curve, LAST_SHARE), 2 * absence_s)
        for axes in (left, right):
            _log_time(axes, LEAST_S, end, most=7)
            axes.axvline(absence_s, color=VERMILLION, linewidth=1.0, linestyle=(0, (4, 3)))
            axes.set_xlabel("gap after a chat (logarithmic)")
        left.text(
            absence_s,
            0.04,
            "absence ",
            ha="right",
            color=darker(VERMILLION),
            fontsize=8.5,
            fontweight="bold",
        )
        titled(figure, _gap_finding(curve, group, absence_s))
    return figure


def _plain_rates(axes: Axes) -> None:
    low, high = axes.get_ylim()
    ticks = [
        tick for tick in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= tick <= high
    ]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="y", which="minor", length=0)


def _gap_finding(curve: pd.DataFrame, group: str, absence_s: float) -> str:
    by_then = curve[curve["time_s"] <= absence_s]
    away = float(by_then["survival"].iloc[-1]) if len(by_then) else 1.0
    median = curve.loc[curve["survival"] <= 0.5, "time_s"].min()
    middle = f"half are back within {duration(median)}" if np.isfinite(median) else "few are back"
    some = away >= NEARLY_NOBODY
    who = f"{100 * away:.1f} % stay" if some else "nobody stays"
    return (
        f"{group}: while somebody waits, {middle}; {who} away longer than {duration(absence_s)}, "
        f"which {'is' if some else 'would be'} absence"
    )


def _by(curve: pd.DataFrame, left: float) -> float:
    """When no more than this share was away, or the last that is known."""
    reached = curve.loc[curve["survival"] <= left, "time_s"]
    return float(reached.min() if len(reached) else curve["time_s"].max())


def _log_time(axes: Axes, low_s: float, high_s: float, *, most: int = 12) -> None:
    """A logarithmic axis of time with ticks that people know, at most so many."""
    axes.set_xscale("log")
    axes.set_xlim(low_s, high_s)
    known = (1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 4 * 3600, 24 * 3600)
    ticks = [tick for tick in known if low_s <= tick <= high_s]
    ticks = ticks[:: -(-len(ticks) // most)]
    axes.set_xticks(ticks, [duration(tick) for tick in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", which="minor", length=0)


LINES = {
    "seen": ("seen", GREY),
    "present": ("there", BLUE),
    "busy": ("with a chat open", VERMILLION),
    "open": ("chats open", GREEN),
}
"""Columns, their names, and colours."""
SAME = 0.05
"""Lines closer than this part of the peak throughout are one line."""


def agents_there(frame: pd.DataFrame, *, group: str, zone: str, step_h: float) -> Figure:
    """Agents seen, present and busy, and chats open, by time of day, as means over dates.

    Args:
        frame: ``presence_over_the_day`` of one group: ``time_h``, ``time``, ``seen``, ``present``,
            ``busy``, ``open``.
        group: the agents' name.
        zone: name of the local time zone.
        step_h: length of an interval in hours.
    """
    if frame.empty or not frame["seen"].max() > 0:
        return nothing(f"{group}: nobody was seen at work")
    used = frame[frame["time_h"].between(*waking_hours(frame["time_h"], frame["present"]))]
    with card(height_in=3.4) as (figure, ((axes,),)):
        labels = []
        edges = np.append(used["time_h"].to_numpy(), used["time_h"].iloc[-1] + step_h)
        for column, (name, colour) in LINES.items():
            if column == "open" and _as_busy(used):
                continue
            heights = used[column].to_numpy(dtype=np.float64)
            axes.stairs(heights, edges, color=colour, linewidth=1.6, baseline=None)
            labels.append((name, float(heights[-1]), colour))
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(0, 1.06 * float(used[["seen", "open"]].to_numpy().max()))
        axes.set_ylabel("mean number over the dates")
        clock_axis(axes, zone)
        line_labels(axes, labels)
        titled(figure, _there_finding(used, group))
    return figure


def _as_busy(used: pd.DataFrame) -> bool:
    """Whether agents have one chat each, so that the line of chats is that of busy agents."""
    return bool(((used["open"] - used["busy"]).abs() <= SAME * used["open"].max()).all())


def _there_finding(used: pd.DataFrame, group: str) -> str:
    peak = greatest(used, "present")
    busy = used["busy"].sum() / used["present"].sum() if used["present"].sum() else 0.0
    return (
        f"{group}: at {peak['time']} {peak['seen']:.1f} agents are seen, {peak['present']:.1f} "
        f"there on average; over the day they have a chat open for {100 * busy:.0f} % of the "
        "time they are there"
    )
