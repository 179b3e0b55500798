"""Charts of fits to records: cdfs of durations, patience with its hazard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from simulator.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    VERMILLION,
    card,
    greatest,
    line_labels,
    nothing,
    percent_axis,
    titled,
)
from simulator.charts.words import duration, time_unit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["duration_fits", "hazard_of_leaving", "patience_fits"]

COLOURS = {
    "exponential": ORANGE,
    "gamma": GREEN,
    "lognormal": BLUE,
    "weibull": PURPLE,
    "uniform": BLUE,
    "fixed": BLUE,
}
NICE_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)


def duration_fits(frame: pd.DataFrame, table: pd.DataFrame, *, what: str) -> Figure:
    """The cdf of the durations and of every family, on a logarithmic axis; the chosen one bold.

    Args:
        frame: ``Fits.curves``.
        table: ``Fits.table``.
        what: lasts so long, with a capital letter, such as ``Handle time``.
    """
    if frame.empty or frame["time_s"].max() <= 0:
        return nothing(f"{what}: nothing was measured")
    chosen = table.loc[table["chosen"]].iloc[0]
    with card(height_in=3.6) as (figure, ((axes,),)):
        axes.set_xscale("log")
        axes.set_xlim(_left(frame), frame["time_s"].max())
        axes.set_ylim(0, 1)
        data = frame[frame["series"] == "data"]
        axes.step(data["time_s"], data["share"], where="post", color=INK, linewidth=3.2, alpha=0.3)
        for family in table["family"][::-1]:
            line = frame[frame["series"] == family]
            bold = family == chosen["family"]
            axes.plot(
                line["time_s"],
                line["share"],
                color=COLOURS.get(family, GREY),
                linewidth=1.9 if bold else 1.0,
                linestyle="-" if bold else (0, (4, 2)),
            )
        _duration_axis(axes)
        percent_axis(axes, "share that is over")
        _named_in_order(axes, table, chosen["family"])
        titled(figure, _fit_finding(what, chosen))
    return figure


def _left(frame: pd.DataFrame) -> float:
    """Where the axis begins: the first hundredth of what is seen."""
    data = frame[frame["series"] == "data"]
    begun = data.loc[data["share"] >= 0.003, "time_s"]
    first = float(begun.iloc[0]) if len(begun) else float(data["time_s"].iloc[0])
    return min(first, float(frame["time_s"].max()) / 10)


def _duration_axis(axes: Axes) -> None:
    """Ticks at durations as people say them."""
    low, high = axes.get_xlim()
    ticks = [tick for tick in NICE_S if low <= tick <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: duration(second)))
    axes.set_xlabel("duration (logarithmic)")


def _named_in_order(axes: Axes, table: pd.DataFrame, chosen: str) -> None:
    """The families by AIC from the top, with how far each is from the best and from the data."""
    lines = [("measured", "#8b9097", True)]
    for _, row in table.iterrows():
        behind = "chosen" if row["family"] == chosen else f"AIC +{row['delta_aic']:,.0f}"
        distance = f", distance {row['ks']:.3f}" if np.isfinite(row["ks"]) else ""
        name = f"{row['family']}: {behind}{distance}"
        lines.append((name, COLOURS.get(row["family"], GREY), row["family"] == chosen))
    for number, (text, colour, bold) in enumerate(lines):
        axes.annotate(
            text,
            (0.015, 0.94 - 0.085 * number),
            xycoords="axes fraction",
            color=colour,
            fontsize=8.5,
            fontweight="bold" if bold else "normal",
        )


def _fit_finding(what: str, chosen: pd.Series[Any]) -> str:
    """Which family, how long on average, and how far off."""
    mean = f"{what} is {chosen['family']} with a mean of {duration(chosen['mean_s'])}"
    if not np.isfinite(chosen["ks"]):
        return f"{mean}: all that was measured is alike"
    return f"{mean}; its curve is nowhere more than {100 * chosen['ks']:.1f} points off the records"


def patience_fits(
    frame: pd.DataFrame,
    curves: pd.DataFrame | None,
    *,
    naive_mean_s: float | None,
    median_s: float | None,
) -> Figure:
    """Kaplan–Meier's share still willing to wait with its band, and the families' curves.

    Args:
        frame: ``Patience.curve``.
        curves: ``Fits.curves`` of patience; None if nothing was fitted.
        naive_mean_s: mean wait of those who left.
        median_s: when half would have left; None if not seen.
    """
    if frame["time_s"].max() <= 0:
        return nothing("Nobody left the queue in this history: patience shows 0 ends")
    enough = frame[frame["at_risk"] >= min(30, frame["at_risk"].max())]
    end = float(enough["time_s"].max()) or float(frame["time_s"].max())
    unit, scale = time_unit(end)
    with card(height_in=3.5) as (figure, ((axes,),)):
        shown = frame[frame["time_s"] <= end]
        across = shown["time_s"] * scale
        axes.set_xlim(0, end * scale)
        axes.set_ylim(0, 1.02)
        axes.fill_between(
            across, shown["low"], shown["high"], step="post", color=INK, alpha=0.15, linewidth=0
        )
        axes.step(across, shown["survival"], where="post", color=INK, linewidth=1.8)
        percent_axis(axes, "share still willing to wait")
        axes.set_xlabel(f"time in the queue ({unit})")
        labels = [("measured", float(shown["survival"].iloc[-1]), INK)]
        labels += _family_lines(axes, curves, end, scale)
        line_labels(axes, labels)
        titled(figure, _patience_finding(shown, naive_mean_s, median_s))
    return figure


def _family_lines(
    axes: Axes, curves: pd.DataFrame | None, end: float, scale: float
) -> list[tuple[str, float, str]]:
    labels: list[tuple[str, float, str]] = []
    if curves is None:
        return labels
    for family, line in curves[curves["series"] != "data"].groupby("series", sort=False):
        inside = line[line["time_s"] <= end]
        colour = COLOURS.get(str(family), GREY)
        axes.plot(
            inside["time_s"] * scale,
            1 - inside["share"],
            color=colour,
            linewidth=1.1,
            linestyle=(0, (4, 2)),
        )
        if len(inside):
            labels.append((str(family), float(1 - inside["share"].iloc[-1]), colour))
    return labels


def _patience_finding(
    shown: pd.DataFrame, naive_mean_s: float | None, median_s: float | None
) -> str:
    naive = (
        ""
        if naive_mean_s is None
        else f"; those who left had waited {duration(naive_mean_s)} on average, which only "
        "the impatient do"
    )
    if median_s is not None:
        return f"Half would have left after {duration(median_s)}{naive}"
    last = shown.iloc[-1]
    return (
        f"{100 * (1 - last['survival']):.0f} % would have left after "
        f"{duration(last['time_s'])}{naive}"
    )


def hazard_of_leaving(frame: pd.DataFrame) -> Figure:
    """Leavers per minute of those still waiting, by time waited, with intervals.

    Args:
        frame: ``hazard``.
    """
    if frame.empty:
        return nothing("Nobody left the queue in this history: there are 0 to count")
    unit, scale = time_unit(float(frame["to_s"].max()))
    peak = greatest(frame, "per_min")
    with card(height_in=2.9) as (figure, ((axes,),)):
        edges = np.append(frame["from_s"], frame["to_s"].iloc[-1]) * scale
        middle = (frame["from_s"] + frame["to_s"]) / 2 * scale
        axes.stairs(frame["per_min"], edges, baseline=None, color=VERMILLION, linewidth=1.8)
        axes.vlines(middle, frame["low"], frame["high"], color=VERMILLION, linewidth=4, alpha=0.3)
        axes.set_ylim(0, 1.08 * float(frame["high"].max()))
        axes.set_xlim(0, float(edges[-1]))
        percent_axis(axes, "leave per minute")
        axes.set_xlabel(f"time in the queue ({unit})")
        titled(
            figure,
            f"Leaving is most frequent {duration(peak['from_s'])} to {duration(peak['to_s'])} "
            f"after the request: {100 * peak['per_min']:.0f} % a minute of those still waiting "
            f"({100 * peak['low']:.0f} to {100 * peak['high']:.0f} %)",
        )
    return figure
