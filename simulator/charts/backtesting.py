"""Charts of a backtest: recorded figures on predicted bands, coverage, and where actuals rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    SEQUENCE,
    VERMILLION,
    card,
    nothing,
    titled,
)
from simulator.charts.words import time_unit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["coverage_of_bands", "prediction_fan", "rank_histogram"]

BANDS = (("p2_5", "p97_5", SEQUENCE[0]), ("p10", "p90", "#bcd6ea"), ("p25", "p75", SEQUENCE[1]))
"""Edges and colour, the widest first."""
NAMES = {
    "volume": "volume",
    "mean_wait_s": "mean wait",
    "p90_wait_s": "90th percentile of waits",
    "abandonment": "abandonment",
    "service_level": "service level",
}
SHARES = ("abandonment", "service_level")
MOST_DAYS = 28
"""More small multiples than this are too small; the last ones are drawn."""
COLUMNS = 7


def prediction_fan(frame: pd.DataFrame, *, figure: str, step_h: float, zone: str) -> Figure:
    """Recorded figures on predicted bands by time of day, a panel per day (the last 28).

    Args:
        frame: ``bands`` of a backtest by interval, of one topic.
        figure: which of them: ``volume``, ``mean_wait_s``, ``abandonment``, ….
        step_h: length of an interval in hours.
        zone: name of the local time zone.
    """
    rows = frame[(frame["figure"] == figure) & frame["p50"].notna()]
    if rows["actual"].isna().all():
        return nothing(f"There is nothing to compare in {NAMES[figure]}")
    dates = rows["start"].dt.date
    days = sorted(dates.unique())[-MOST_DAYS:]
    columns = min(COLUMNS, len(days)) if len(days) > 4 else len(days)
    lines = -(-len(days) // columns)
    size = {"height_in": 1.25 + lines * (2.4 if lines == 1 else 1.25)}
    with card(lines, columns, **size, sharex=True, sharey=True) as (drawing, axes):
        scale = _scaled(axes[0, 0], rows[dates.isin(days)], figure)
        for panel, day in zip(axes.flat, days, strict=False):
            _fan(panel, rows[dates == day], step_h, scale)
            panel.set_title(f"{day:%a} {day.day} {day:%b}", fontsize=8)
        for spare in axes.flat[len(days) :]:
            spare.set_axis_off()
        _hours(axes, rows[dates.isin(days)], step_h)
        if len(days) < axes.size:  # the panels above the gap are the lowest of their column
            for panel in axes[-2, len(days) % columns :]:
                panel.tick_params(labelbottom=True)
        drawing.supylabel(_axis(figure, rows), fontsize=9)
        drawing.supxlabel(_legend(zone), fontsize=8.5)
        titled(drawing, _fan_finding(rows, figure))
    return drawing


def _fan(panel: Axes, rows: pd.DataFrame, step_h: float, scale: float) -> None:
    """Bands as steps over their intervals, and a dot in the middle of each."""
    begins = _hour(rows)
    # A step begins at each interval and ends with it, also where the next one is missing.
    across = np.column_stack([begins, begins + step_h, begins + step_h]).ravel()
    gap = np.append(begins[1:] > begins[:-1] + step_h + 1e-9, [True])

    def stepped(name: str) -> NDArray[np.float64]:
        values = rows[name].to_numpy(dtype=np.float64) * scale
        return np.column_stack([values, values, np.where(gap, np.nan, values)]).ravel()

    for low, high, colour in BANDS:
        panel.fill_between(across, stepped(low), stepped(high), color=colour, linewidth=0)
    panel.plot(across, stepped("p50"), color=BLUE, linewidth=0.9)
    actual = rows["actual"].to_numpy(dtype=np.float64)
    outside = ((rows["actual"] < rows["p2_5"]) | (rows["actual"] > rows["p97_5"])).to_numpy()
    for chosen, colour in ((~outside, INK), (outside, VERMILLION)):
        middle = begins[chosen] + step_h / 2
        panel.plot(middle, actual[chosen] * scale, "o", color=colour, markersize=2.6)


def _hour(rows: pd.DataFrame) -> NDArray[np.float64]:
    start = rows["start"].dt
    hours: NDArray[np.float64] = (start.hour + start.minute / 60).to_numpy(dtype=np.float64)
    return hours


def _scaled(axes: Axes, rows: pd.DataFrame, figure: str) -> float:
    """Set the common height; what seconds are multiplied with."""
    top = float(np.nanmax(rows[["p97_5", "actual"]].to_numpy(dtype=np.float64)))
    scale = _unit(figure, rows)[1]
    axes.set_ylim(0, 1.04 if figure in SHARES and top > 0.5 else max(1.08 * top * scale, 1e-6))
    if figure in SHARES:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    tall = figure in SHARES and top > 0.5
    axes.yaxis.set_major_locator(MultipleLocator(0.25) if tall else MaxNLocator(4))
    return scale


def _hours(axes: NDArray[Any], rows: pd.DataFrame, step_h: float) -> None:
    """One clock axis for all panels, ticked sparsely enough for the narrow ones."""
    hours = _hour(rows)
    first, last = float(hours.min()), float(hours.max()) + step_h
    room = 24 / axes.shape[1]
    step = next(s for s in (1, 2, 3, 4, 6, 12) if (last - first) / s <= room or s == 12)
    for panel in axes.flat:
        panel.set_xlim(first, last)
        panel.xaxis.set_major_locator(MultipleLocator(step))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: f"{int(hour):02d}"))
        panel.tick_params(labelsize=7.5)


def _unit(figure: str, rows: pd.DataFrame) -> tuple[str, float]:
    if not figure.endswith("_s"):
        return "", 1.0
    return time_unit(float(np.nanmax(rows[["p97_5", "actual"]].to_numpy(dtype=np.float64))))


def _axis(figure: str, rows: pd.DataFrame) -> str:
    unit = _unit(figure, rows)[0]
    if figure == "volume":
        return "chats that asked"
    return f"{NAMES[figure]} ({unit})" if unit else f"{NAMES[figure]}, share"


def _legend(zone: str) -> str:
    return (
        f"local time, hour ({zone}) · bands hold 50, 80 and 95 % of predicted days, line: median · "
        "dots: recorded, red outside the widest band"
    )


def _fan_finding(rows: pd.DataFrame, figure: str) -> str:
    known = rows[rows["actual"].notna()]
    inside = known["actual"].between(known["p2_5"], known["p97_5"])
    return (
        f"{NAMES[figure][:1].upper()}{NAMES[figure][1:]}: {inside.sum()} of {len(known)} recorded "
        f"intervals ({100 * inside.mean():.0f} %) lie within their predicted 95 % band"
    )


def coverage_of_bands(frame: pd.DataFrame) -> Figure:
    """How many actuals the bands hold against how many they should, a panel per figure.

    Args:
        frame: ``coverage`` of a backtest, of one topic and one ``by``.
    """
    names = [name for name in NAMES if (frame["figure"] == name).any()]
    if not names:
        return nothing("No interval could be judged")
    with card(1, len(names), height_in=3.1, sharey=True) as (drawing, axes):
        for panel, name in zip(axes.flat, names, strict=True):
            _coverage(panel, frame[frame["figure"] == name])
            panel.set_title(NAMES[name])
        axes[0, 0].set_ylabel("recorded intervals within the band")
        axes[0, 0].set_yticks([0, 0.25, 0.5, 0.75, 1])
        axes[0, 0].yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
        drawing.supxlabel(
            "what the predicted band should hold · dot with line: recorded, 95 % interval · "
            "grey bar: range if the scenario is right",
            fontsize=8.5,
        )
        titled(drawing, _coverage_finding(frame))
    return drawing


def _coverage(panel: Axes, rows: pd.DataFrame) -> None:
    level = rows["level"].to_numpy()
    panel.plot([0.3, 1], [0.3, 1], color=GREY, linewidth=0.8)
    panel.vlines(level, rows["luck_low"], rows["luck_high"], color="#c9d1d9", linewidth=9)
    panel.vlines(level, rows["low"], rows["high"], color=BLUE, linewidth=1.2)
    inside = rows["covered"].between(rows["luck_low"], rows["luck_high"])
    for chosen, colour in ((inside, BLUE), (~inside, VERMILLION)):
        panel.plot(level[chosen], rows["covered"][chosen], "o", color=colour, markersize=5)
    panel.set_xlim(0.4, 1.03)
    panel.set_ylim(0, 1.02)
    panel.set_xticks(level, [f"{100 * each:g}" for each in level])
    panel.set_xlabel("%")


def _coverage_finding(frame: pd.DataFrame) -> str:
    judged = frame[frame["level"] == 0.8]
    off = judged[~judged["covered"].between(judged["luck_low"], judged["luck_high"])]
    if off.empty:
        low, high = 100 * judged["covered"].min(), 100 * judged["covered"].max()
        held = f"{low:.0f} to {high:.0f} %" if round(low) != round(high) else f"{low:.0f} %"
        return f"The 80 % bands hold {held} of the recorded intervals: as wide as they should be"
    worst = off.iloc[int(np.argmax((off["covered"] - 0.8).abs().to_numpy()))]
    side = "too narrow or misplaced" if worst["covered"] < 0.8 else "too wide"
    return (
        f"The 80 % bands of {NAMES[str(worst['figure'])]} hold {100 * worst['covered']:.0f} % of "
        f"the recorded intervals: {side}"
    )


def rank_histogram(frame: pd.DataFrame) -> Figure:
    """Where the recorded figures rank among the simulated ones, a panel per figure.

    Args:
        frame: ``ranks`` of a backtest, of one topic.
    """
    names = [name for name in NAMES if (frame["figure"] == name).any()]
    if not names:
        return nothing("No interval could be judged")
    with card(1, len(names), height_in=2.7, sharey=True) as (drawing, axes):
        for panel, name in zip(axes.flat, names, strict=True):
            _histogram(panel, frame[frame["figure"] == name])
            panel.set_title(NAMES[name])
        axes[0, 0].set_ylabel("recorded intervals")
        axes[0, 0].yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
        drawing.supxlabel(
            "rank among the replications, from the lowest (0) to the highest (1) · "
            "blue edges: range if the scenario is right",
            fontsize=8.5,
        )
        titled(drawing, _rank_finding(frame))
    return drawing


def _histogram(panel: Axes, rows: pd.DataFrame) -> None:
    width = rows["high"] - rows["low"]
    inside = rows["share"].between(rows["luck_low"], rows["luck_high"])
    colours = [GREY if fine else VERMILLION for fine in inside]
    panel.bar(rows["low"], rows["share"], width, align="edge", color=colours, alpha=0.6)
    edges = np.append(rows["low"].to_numpy(), rows["high"].iloc[-1])
    for name in ("luck_low", "luck_high"):
        panel.stairs(rows[name].to_numpy(), edges, color=BLUE, linewidth=1.0, baseline=None)
    panel.set_xlim(0, 1)
    panel.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])


def _rank_finding(frame: pd.DataFrame) -> str:
    off = frame[(frame["share"] < frame["luck_low"]) | (frame["share"] > frame["luck_high"])]
    if len(off) <= 0.1 * len(frame):
        return (
            f"Recorded figures rank evenly among simulated ones: {len(frame) - len(off)} of "
            f"{len(frame)} bars are within luck's range"
        )
    worst = off.iloc[int(np.argmax((off["share"] - off["luck_high"]).to_numpy()))]
    return (
        f"{NAMES[str(worst['figure'])].capitalize()}: {100 * worst['share']:.0f} % of the recorded "
        f"intervals rank between {worst['low']:.1f} and {worst['high']:.1f} of the simulated ones, "
        "10 % should"
    )
