"""Charts of the effective staffing: does the simulated desk wait as the recorded one did?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    band,
    card,
    clock_axis,
    key,
    line_labels,
    nothing,
    percent_axis,
    titled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["effective_agents", "fitted_waiting"]


def fitted_waiting(frame: pd.DataFrame, *, topic: str, zone: str) -> Figure:
    """Wait and abandonment by hour of the day: recorded dots beside the fitted desk's line.

    Args:
        frame: ``EffectiveStaffing.bands`` of one topic: ``hour``, ``queued``, ``observed_wait_s``
            and ``observed_abandonment`` with ``_low`` and ``_high``, the same ``simulated_…``,
            ``within``, ``few``.
        topic: its name.
        zone: name of the local time zone.
    """
    judged = frame[~frame["few"]]
    if judged.empty:
        return nothing(f"{topic}: too few waited in any hour to judge the staffing by")
    with card(1, 2, height_in=3.5) as (figure, ((left, right),)):
        _panel(left, judged, "wait", "_s")
        _panel(right, judged, "abandonment", "")
        left.set_ylabel("mean wait of those who queued, s")
        percent_axis(right, "abandonment, of those who queued")
        for axes in (left, right):
            axes.set_xlim(judged["hour"].min() - 0.2, judged["hour"].max() + 1.2)
            clock_axis(axes, zone)
        key(
            left,
            [("●", INK, "recorded, 95 % over days"), ("▬", BLUE, "simulated, 95 %")],
        )
        if not judged["within"].all():
            key(right, [("●", VERMILLION, "more than 25 % off in either")])
        titled(figure, _finding(judged, topic))
    return figure


def _panel(axes: Axes, frame: pd.DataFrame, figure: str, unit: str) -> None:
    middle = frame["hour"].to_numpy(dtype=np.float64) + 0.5
    band(axes, middle, frame, f"simulated_{figure}", colour=BLUE, unit=unit)
    for within, colour in ((True, INK), (False, VERMILLION)):
        part = frame[frame["within"] == within]
        at = part["hour"].to_numpy(dtype=np.float64) + 0.5
        name = f"observed_{figure}"
        low, high = part[f"{name}_low{unit}"], part[f"{name}_high{unit}"]
        axes.vlines(at, low, high, color=colour, linewidth=1.1, alpha=0.55)
        axes.plot(at, part[f"{name}{unit}"], "o", color=colour, markersize=4.5)
    tallest = np.nanmax(frame[[f"observed_{figure}{unit}", f"simulated_{figure}{unit}"]])
    axes.set_ylim(0, 2.2 * max(float(tallest), 1e-3))


def _finding(judged: pd.DataFrame, topic: str) -> str:
    within = int(judged["within"].sum())
    share = judged.loc[judged["within"], "queued"].sum() / max(judged["queued"].sum(), 1)
    return (
        f"{topic}: the fitted desk meets the recorded wait and abandonment within 25 % in "
        f"{within} of {len(judged)} hours, which hold {100 * share:.0f} % of those who queued"
    )


def effective_agents(frame: pd.DataFrame, *, group: str, zone: str, step_h: float) -> Figure:
    """Agents seen, present between absences, and effective, by time of day.

    Args:
        frame: ``time_h``, ``seen``, ``present``, ``effective``: means over the weekdays.
        group: its name.
        zone: name of the local time zone.
        step_h: length of a step in hours.
    """
    if frame.empty:
        return nothing(f"{group}: no agents")
    with card(height_in=3.2) as (figure, ((axes,),)):
        start = frame["time_h"].to_numpy(dtype=np.float64)
        edges = np.append(start, start[-1] + step_h)
        lines = [
            ("seen at work", "seen", GREY, 1.2),
            ("present", "present", BLUE, 1.6),
            ("effective", "effective", VERMILLION, 2.0),
        ]
        for _, column, colour, width in lines:
            heights = frame[column].to_numpy(dtype=np.float64)
            axes.stairs(heights, edges, color=colour, linewidth=width, baseline=None)
        axes.set_xlim(edges[0], edges[-1])
        top = float(np.nanmax(frame[["seen", "present", "effective"]].to_numpy(dtype=np.float64)))
        axes.set_ylim(0, 1.1 * top)
        axes.set_ylabel("agents, mean over the weekdays")
        clock_axis(axes, zone)
        line_labels(
            axes, [(text, float(frame[column].iloc[-1]), hue) for text, column, hue, _ in lines]
        )
        titled(figure, _agents_finding(frame, group))
    return figure


def _agents_finding(frame: pd.DataFrame, group: str) -> str:
    seen, effective = frame["seen"].sum(), frame["effective"].sum()
    return (
        f"{group}: of the agents seen at work in a half-hour, {100 * effective / seen:.0f} % of "
        "their number would give the recorded waits if always at hand"
    )
