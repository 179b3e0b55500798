"""Charts of arrivals in records: the week's profile, whole days, incidents, the Poisson test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MultipleLocator

from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    VERMILLION,
    card,
    clock_axis,
    greatest,
    key,
    line_labels,
    nothing,
    titled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["arrivals_by_date", "arrivals_by_weekday", "poisson_test"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SIGNIFICANT = 0.05
MOST_DATES_NAMED = 14


def arrivals_by_weekday(frame: pd.DataFrame, observed: pd.DataFrame, *, zone: str) -> Figure:
    """Expected requests by weekday and time of day with their band; a dot per date and slot.

    Args:
        frame: ``ArrivalProfile.expected``.
        observed: ``ArrivalProfile.slot_counts``. Incidents above the picture are drawn as
            triangles at its top.
        zone: name of the local time zone.
    """
    if frame.empty:
        return nothing("Nobody asked for this topic in this history")
    weekdays = sorted(frame["weekday"].unique())
    columns = min(len(weekdays), 4)
    rows = -(-len(weekdays) // columns)
    usual = observed.loc[~observed["incident"], "count"]
    with card(rows, columns, height_in=1.2 + 1.75 * rows, sharex=True, sharey=True) as (
        figure,
        axes,
    ):
        axes[0, 0].set_xlim(frame["start_min"].min() / 60, frame["end_min"].max() / 60)
        axes[0, 0].set_ylim(0, 1.08 * max(frame["high"].max(), usual.max(), 1))
        for place, weekday in zip(axes.flat, weekdays, strict=False):
            _weekday_panel(place, frame, observed, weekday)
        for place in list(axes.flat)[len(weekdays) :]:
            place.set_axis_off()
        for row in range(rows):
            step_min = int((frame["end_min"] - frame["start_min"]).iloc[0])
            axes[row, 0].set_ylabel(f"requests in {step_min} min")
        for column in range(columns):
            lowest = axes[(len(weekdays) - 1 - column) // columns, column]
            _hours_below(lowest, zone if column == 0 else None)
        titled(figure, _profile_finding(frame, observed))
    return figure


def _hours_below(axes: Axes, zone: str | None) -> None:
    """A few hours of the day below a narrow panel, and which zone's."""
    span = float(np.diff(axes.get_xlim())[0])
    step = next(hours for hours in (1, 2, 4, 6, 8) if span / hours <= 4.5 or hours == 8)
    clock_axis(axes, zone or "")
    axes.set_xlabel(f"local time ({zone})" if zone else "")
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.tick_params(labelbottom=True)


def _weekday_panel(axes: Axes, frame: pd.DataFrame, observed: pd.DataFrame, weekday: int) -> None:
    """The steps of one weekday, broken where it is closed, and what its dates had."""
    mine = frame[frame["weekday"] == weekday]
    seen = observed[observed["weekday"] == weekday]
    half_h = (mine["end_min"] - mine["start_min"]).iloc[0] / 120
    breaks = mine["start_min"].ne(mine["end_min"].shift()).cumsum()
    for _, span in mine.groupby(breaks):
        edges = np.append(span["start_min"], span["end_min"].iloc[-1]) / 60
        axes.fill_between(
            edges,
            np.append(span["low"], span["low"].iloc[-1]),
            np.append(span["high"], span["high"].iloc[-1]),
            step="post",
            color=BLUE,
            alpha=0.18,
            linewidth=0,
        )
        axes.stairs(span["expected"], edges, baseline=None, color=BLUE, linewidth=1.6)
    top = axes.get_ylim()[1]
    for incident, colour in ((False, GREY), (True, VERMILLION)):
        dots = seen[seen["incident"] == incident]
        inside = dots[dots["count"] <= top]
        axes.plot(
            inside["start_min"] / 60 + half_h, inside["count"], ".", color=colour, markersize=3.2
        )
        above = dots.loc[dots["count"] > top, "start_min"] / 60 + half_h
        axes.plot(above, np.full(len(above), 0.97 * top), "^", color=colour, markersize=4)
    dates = int(mine["dates"].iloc[0])
    times = "once" if dates == 1 else f"{dates} times"
    axes.set_title(f"{WEEKDAYS[weekday]} (seen {times})")


def _profile_finding(frame: pd.DataFrame, observed: pd.DataFrame) -> str:
    """When most come, how many a week, and what was set aside."""
    incidents = int(observed["incident"].sum())
    named = "1 incident (red) is" if incidents == 1 else f"{incidents} incidents (red) are"
    aside = f"; {named} set aside" if incidents else ""
    peak = greatest(frame, "expected")
    start = f"{int(peak['start_min']) // 60:02d}:{int(peak['start_min']) % 60:02d}"
    length = int(peak["end_min"] - peak["start_min"])
    return (
        f"Most come on {WEEKDAYS[int(peak['weekday'])]} at {start}: {peak['expected']:.0f} in "
        f"{length} minutes ({peak['low']:.0f} to {peak['high']:.0f}), of "
        f"{frame['expected'].sum():,.0f} expected in a week{aside}"
    )


def arrivals_by_date(frame: pd.DataFrame) -> Figure:
    """The requests of each date beside what was expected of it.

    Args:
        frame: ``ArrivalProfile.day_counts``.
    """
    if frame.empty:
        return nothing("No date of this history could be used")
    with card(height_in=3.1) as (figure, ((axes,),)):
        axes.vlines(frame["date"], frame["expected"], frame["count"], color=GREY, linewidth=1.0)
        axes.plot(
            frame["date"], frame["expected"], "_", color=BLUE, markersize=11, markeredgewidth=2
        )
        axes.plot(frame["date"], frame["count"], "o", color=INK, markersize=4.5)
        axes.set_ylim(0, 1.1 * max(frame["count"].max(), frame["expected"].max()))
        axes.set_ylabel("requests per day")
        axes.set_xlabel("date")
        named = frame["date"].iloc[:: -(-len(frame) // MOST_DATES_NAMED)]
        axes.set_xticks(list(named), [f"{day.day} {day:%b}" for day in named])
        key(axes, [("●", INK, "counted"), ("▬", BLUE, "expected of such a day")])
        titled(figure, _daily_finding(frame))
    return figure


def _daily_finding(frame: pd.DataFrame) -> str:
    """How far the farthest day lies from what was expected."""
    off = (frame["count"] / frame["expected"] - 1).abs()
    day = frame.iloc[int(off.argmax())]
    change = 100 * (day["count"] / day["expected"] - 1)
    sign = "more" if change > 0 else "fewer"
    return (
        f"{day['date'].day} {day['date']:%B} lies farthest off: {abs(change):.0f} % {sign} "
        "requests than such a day usually has"
    )


def poisson_test(frame: pd.DataFrame) -> Figure:
    """The test's p-value (Kolmogorov–Smirnov) by the length over which the rate is held constant.

    Args:
        frame: ``nhpp_test``.
    """
    if frame.empty or not frame["n"].max() > 0:
        return nothing("Nobody asked for this topic in this history")
    with card(height_in=2.6) as (figure, ((axes,),)):
        across = np.arange(len(frame), dtype=np.float64)
        axes.axhspan(0, SIGNIFICANT, color=ORANGE, alpha=0.2, linewidth=0)
        axes.vlines(across, 0, frame["p_value"], color=BLUE, linewidth=2)
        axes.plot(across, frame["p_value"], "o", color=BLUE, markersize=6)
        axes.set_ylim(0, 1)
        axes.set_xlim(-0.5, len(frame) - 0.5)
        names = [
            f"{m} min\n{n:,} intervals"
            for m, n in zip(frame["minutes"], frame["intervals"], strict=True)
        ]
        axes.set_xticks(across, names)
        axes.set_xlabel("length of the interval, and how many had requests")
        axes.set_ylabel("p-value")
        line_labels(axes, [("not Poisson", SIGNIFICANT / 2, ORANGE)])
        titled(figure, _poisson_finding(frame))
    return figure


def _poisson_finding(frame: pd.DataFrame) -> str:
    """Over which lengths requests pass for a Poisson process."""
    passed = frame[frame["p_value"] >= SIGNIFICANT]
    if passed.empty:
        worst = frame.iloc[0]
        return (
            f"Requests come less evenly than a Poisson process, even within {worst['minutes']:.0f} "
            f"minutes (p = {worst['p_value']:.2g})"
        )
    longest = passed.iloc[int(passed["minutes"].argmax())]
    return (
        f"Within {longest['minutes']:.0f} minutes requests come as a Poisson process "
        f"(p = {longest['p_value']:.2f}, {longest['n']:,.0f} requests)"
    )
