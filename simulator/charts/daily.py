"""Charts of a day looked back on: records on predicted bands, what was odd, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    SEQUENCE,
    VERMILLION,
    card,
    darker,
    key,
    nothing,
    titled,
)
from simulator.charts.words import duration, time_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = [
    "NAMES",
    "coming_days",
    "days_in_a_row",
    "figure_over_the_day",
    "oddness",
    "told",
    "two_ways",
]

NAMES: Final = {
    "volume": "volume",
    "mean_wait_s": "mean wait",
    "queue_position": "mean queue position",
    "service_level": "service level",
    "abandonment": "abandonment",
    "handle_s": "handle time",
    "agents": "agents at work",
}
AXES: Final = {
    "volume": "chats that asked",
    "queue_position": "mean position, from 1",
    "agents": "agents who picked up",
}
SHARES: Final = ("abandonment", "service_level")
BANDS: Final = (
    ("p2_5", "p97_5", SEQUENCE[0]),
    ("p10", "p90", "#bcd6ea"),
    ("p25", "p75", SEQUENCE[1]),
)
"""Edges and colour, the widest first."""
MEANT: Final = (
    ("■", "#bcd6ea", "predicted: 50, 80 and 95 % of such days"),
    ("●", INK, "recorded"),
    ("●", VERMILLION, "recorded, outside 95 %"),
)
PLACES: Final = ("p25", "p10", "p2_5"), ("p75", "p90", "p97_5")
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
LABELLED: Final = 3
"""Dots outside the band that are named."""
ROOM: Final = 0.16
"""Of the height: what a name needs."""
EXPLAINING: Final = ("handle_s", "agents")
"""Shown, and not counted among the unusual."""


def told(figure: str, value: float) -> str:
    r"""A value as one says it, its unit kept with it.

    >>> told("mean_wait_s", 51.2), told("service_level", 0.7791), told("volume", 1484.0)
    ('51\xa0s', '77.9\xa0%', '1,484\xa0chats')
    """
    if np.isnan(value):
        return "not known"
    if figure in SHARES:
        return f"{100 * value:.1f}\N{NO-BREAK SPACE}%"
    if figure.endswith("_s"):
        return duration(value).replace(" ", "\N{NO-BREAK SPACE}")
    if figure == "volume":
        return f"{value:,.0f}\N{NO-BREAK SPACE}chat{'s' * (round(value) != 1)}"
    if figure == "agents":
        return f"{value:.1f}\N{NO-BREAK SPACE}agents"
    return f"{value:.2f}"


# -------------------------------------------------------------------------------- over the day


def figure_over_the_day(
    frame: pd.DataFrame,
    whole: pd.DataFrame,
    *,
    figure: str,
    step_h: float,
    zone: str,
    met: pd.DataFrame | None = None,
) -> Figure:
    """A figure by interval on its predicted bands, with what is outside named.

    Args:
        frame: ``beside`` by interval, of one topic: ``start``, ``figure``, ``actual``, ``p2_5`` …
        whole: the same of the day as a whole.
        figure: which of them.
        step_h: length of an interval in hours.
        zone: name of the local time zone.
        met: as ``frame``, predicted with the chats that came; its median gets a line.
    """
    rows = frame[frame["figure"] == figure].reset_index(drop=True)
    if rows.empty or rows[["actual", "p50"]].isna().all(axis=None):
        return nothing(f"{_capital(NAMES[figure])}: neither records nor a prediction have any")
    scale, unit = _scale(figure, rows)
    with card(height_in=3.0) as (drawing, ((axes,),)):
        hours = _hours(rows)
        _bands(axes, hours, rows, step_h, scale)
        if met is not None:
            _line(axes, hours, met[met["figure"] == figure], step_h, scale)
        axes.set_xlim(hours.min(), hours.max() + step_h)
        _clock(axes, rows["start"].iloc[0], zone)
        _height(axes, figure, rows, scale)
        _dots(axes, hours + step_h / 2, rows, figure, scale)
        axes.set_ylabel(AXES.get(figure, f"{NAMES[figure]}{f' ({unit})' if unit else ''}"))
        line = ("━", darker(VERMILLION), "median with the chats that came")
        key(axes, [*_meant(rows), *([line] if met is not None and len(met) else [])])
        titled(drawing, _over_the_day(figure, rows, whole))
    return drawing


def _hours(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Hours of elapsed time, the first by the clock."""
    start = rows["start"]
    first = start.iloc[0]
    elapsed = (start - first) / pd.Timedelta(hours=1)
    hours: NDArray[np.float64] = elapsed.to_numpy(dtype=np.float64)
    return hours + float(first.hour + first.minute / 60)


def _clock(axes: Axes, first: pd.Timestamp, zone: str) -> None:
    """Ticks at full hours, as the clock shows them also after it was changed."""
    zero = first - pd.Timedelta(hours=first.hour + first.minute / 60)
    low, high = axes.get_xlim()
    step = next(hours for hours in (1, 2, 3, 4, 6) if (high - low) / hours <= 13 or hours == 6)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda hour, _: f"{zero + pd.Timedelta(hours=hour):%H:%M}")
    )
    axes.set_xlabel(f"local time ({zone})")


def _scale(figure: str, rows: pd.DataFrame) -> tuple[float, str]:
    """What values are multiplied with, and the unit they are then in."""
    if figure in SHARES:
        return 1.0, ""
    if not figure.endswith("_s"):
        return 1.0, ""
    unit, factor = time_unit(_top(rows))
    return factor, unit


def _top(rows: pd.DataFrame) -> float:
    values = rows[["actual", "p97_5"]].to_numpy(dtype=np.float64)
    return float(np.nanmax(values)) if np.isfinite(values).any() else 0.0


def _stepped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level over its interval, and a gap after it."""
    return np.column_stack([values, values, np.full(len(values), np.nan)]).ravel()


def _across(hours: NDArray[np.float64], step_h: float) -> NDArray[np.float64]:
    return np.column_stack([hours, hours + step_h, hours + step_h]).ravel()


def _bands(
    axes: Axes, hours: NDArray[np.float64], rows: pd.DataFrame, step_h: float, scale: float
) -> None:
    across = _across(hours, step_h)
    for low, high, colour in BANDS:
        lower, upper = (_stepped(rows[name].to_numpy(dtype=float) * scale) for name in (low, high))
        axes.fill_between(across, lower, upper, color=colour, linewidth=0)
    middle = _stepped(rows["p50"].to_numpy(dtype=np.float64) * scale)
    axes.plot(across, middle, color=BLUE, linewidth=1.0)


def _line(
    axes: Axes, hours: NDArray[np.float64], rows: pd.DataFrame, step_h: float, scale: float
) -> None:
    if len(rows) == len(hours):
        middle = _stepped(rows["p50"].to_numpy(dtype=np.float64) * scale)
        axes.plot(_across(hours, step_h), middle, color=darker(VERMILLION), linewidth=1.6)


def _dots(
    axes: Axes, middle: NDArray[np.float64], rows: pd.DataFrame, figure: str, scale: float
) -> None:
    actual = rows["actual"].to_numpy(dtype=np.float64) * scale
    known, outside = ~np.isnan(actual), rows["outside"].to_numpy() != 0
    style: Any = {"markersize": 5, "clip_on": False, "zorder": 4}
    for chosen, colour in ((known & ~outside, INK), (outside, VERMILLION)):
        if chosen.any():  # an empty line without a clip would stand in the layout's way
            axes.plot(middle[chosen], actual[chosen], "o", color=colour, **style)
    low, high = axes.get_ylim()
    named = rows[outside].sort_values("p_value", kind="stable").head(LABELLED)
    for index, side in named["outside"].items():
        place = int(str(index))
        # There is no room for a name between a dot and the axis below it.
        above = side > 0 or actual[place] < low + ROOM * (high - low)
        label = axes.annotate(
            told(figure, float(rows["actual"].iloc[place])),
            (middle[place], actual[place]),
            xytext=(0, 6 if above else -6),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=8.5,
            fontweight="bold",
            color=darker(VERMILLION),
        )
        label.set_in_layout(False)  # there is room for it: see ``_height``


def _height(axes: Axes, figure: str, rows: pd.DataFrame, scale: float) -> None:
    top = _top(rows)
    low = 1.0 if figure == "queue_position" else 0.0
    if figure in SHARES:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    tall = figure in SHARES and top > 0.5
    axes.set_ylim(0 if tall else low, 1.06 if tall else max(1.18 * top * scale, low + 0.1))
    axes.yaxis.set_major_locator(MultipleLocator(0.25) if tall else _ticks(5))


def _ticks(most: int) -> MaxNLocator:
    """At round numbers."""
    return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10])


def _meant(rows: pd.DataFrame) -> Sequence[tuple[str, str, str]]:
    """The parts of the key that the panel has."""
    known = rows["actual"].notna()
    return [
        entry
        for entry, there in zip(
            MEANT,
            (
                bool(rows["p50"].notna().any()),
                bool((known & (rows["outside"] == 0)).any()),
                bool((rows["outside"] != 0).any()),
            ),
            strict=True,
        )
        if there
    ]


def _over_the_day(figure: str, rows: pd.DataFrame, whole: pd.DataFrame) -> str:
    day = whole[whole["figure"] == figure]
    actual, mean = (float(day[name].iloc[0]) if len(day) else np.nan for name in ("actual", "mean"))
    name = _capital(NAMES[figure])
    if np.isnan(actual):
        peak = rows.iloc[int(np.nanargmax(rows["p50"].to_numpy(dtype=np.float64)))]
        at = peak["start"]
        return (
            f"{name} on {at:%A} {at.day} {at:%B}: {told(figure, mean)} predicted, most from "
            f"{at:%H:%M} on ({_bare(figure, peak['p2_5'])} to {told(figure, peak['p97_5'])})"
        )
    if np.isnan(mean):
        return f"{name}: {told(figure, actual)} recorded, nothing predicted"
    start = f"{name}: {told(figure, actual)}, {_bare(figure, mean)} predicted"
    outside = rows[rows["outside"] != 0]
    known = int((rows["actual"].notna() & rows["p50"].notna()).sum())
    if outside.empty:
        return f"{start}; all {known} intervals lie within their 95 % bands"
    worst = outside.iloc[int(np.argmin(outside["p_value"].to_numpy()))]
    that = "that" if len(outside) == 1 else "furthest that"
    return (
        f"{start}; {len(outside)} of {known} intervals {_outside(len(outside))}, "
        f"{that} at {worst['start']:%H:%M} with {told(figure, worst['actual'])}"
    )


def _outside(count: int) -> str:
    return "lies outside its 95 % band" if count == 1 else "lie outside their 95 % bands"


def _bare(figure: str, value: float) -> str:
    """A value without the unit that stands beside it already."""
    said = told(figure, value)
    return said.partition(NO_BREAK)[0] if figure in ("volume", "agents") else said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ------------------------------------------------------------------------------ what was odd

PAINT: Final = {0: "#ffffff", 1: "#eef1f4", 2: "#d8dee4", 3: VERMILLION}
"""Inside 50, 80, 95 %, and outside."""
LOW: Final = "#0b4f86"


def oddness(frame: pd.DataFrame, *, zone: str) -> Figure:
    """Every figure of every interval: inside which band it lies, and on which side outside.

    Args:
        frame: ``beside`` by interval, of one topic, with ``block``: which prediction it is held
            against, the blocks one above the other.
        zone: name of the local time zone.
    """
    rows = frame[frame["actual"].notna() & frame["p50"].notna()]
    if rows.empty:
        return nothing("No interval could be compared")
    starts = sorted(rows["start"].unique())
    lines = list(dict.fromkeys(zip(rows["block"], rows["figure"], strict=True)))
    with card(height_in=1.5 + 0.27 * (len(lines) + 1)) as (drawing, ((axes,),)):
        heights = _rows_of_blocks(axes, lines, -0.15)
        for row in rows.to_dict("records"):
            at = heights[row["block"], row["figure"]]
            _cell(axes, starts.index(row["start"]), at, {str(k): v for k, v in row.items()})
        axes.set_xlim(-0.5, len(starts) - 0.5)
        axes.set_ylim(max(heights.values()) + 0.6, min(heights.values()) - 1.5)
        every = -(-len(starts) // 13)
        axes.set_xticks(range(0, len(starts), every), [f"{s:%H:%M}" for s in starts[::every]])
        axes.set_xlabel(f"intervals by their start, local time ({zone})")
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        key(axes, _KEY)
        titled(drawing, _odd_finding(rows))
    return drawing


_KEY: Final = (
    ("▲", VERMILLION, "above 95 %"),
    ("▼", LOW, "below 95 %"),
    ("■", PAINT[2], "within 95 %"),
    ("■", PAINT[1], "within 80 %"),
    ("□", GREY, "within 50 %"),
)


def _rows_of_blocks(
    axes: Axes, lines: list[tuple[str, str]], left: float
) -> dict[tuple[str, str], float]:
    """Where each line stands, with the block's name above its first."""
    heights: dict[tuple[str, str], float] = {}
    at, before = -1.0, None
    for block, figure in lines:
        at += 1.0 if block == before else 2.0
        if block != before:
            axes.text(left - 0.35, at - 0.9, block, fontsize=8.5, color=GREY, va="center")
        heights[block, figure], before = at, block
    axes.set_yticks(list(heights.values()), [NAMES[figure] for _, figure in heights])
    return heights


def _cell(axes: Axes, column: int, at: float, row: dict[str, Any]) -> None:
    side = int(row["outside"])
    level = 3 if side else _level(row)
    colour = LOW if side < 0 else PAINT[level]
    axes.add_patch(
        Rectangle((column - 0.48, at - 0.45), 0.96, 0.9, facecolor=colour, edgecolor="#e4e8ec")
    )
    if side:
        sign = "▲" if side > 0 else "▼"
        axes.text(column, at, sign, color="#ffffff", ha="center", va="center", fontsize=8)


def _level(row: dict[str, Any]) -> int:
    """The narrowest band that holds the actual: 0 for 50 %, 1 for 80 %, 2 for 95 %."""
    lows, highs = PLACES
    for level, (low, high) in enumerate(zip(lows, highs, strict=True)):
        if row[low] <= row["actual"] <= row[high]:
            return level
    return 2


def _odd_finding(rows: pd.DataFrame) -> str:
    parts = []
    counted = rows[~rows["figure"].isin(EXPLAINING)]
    for block, part in counted.groupby("block", sort=False):
        outside = int((part["outside"] != 0).sum())
        parts.append(f"{outside} of {len(part)} {block}")
    return f"Outside the 95 % bands: {'; '.join(parts)}"


# -------------------------------------------------------------------- predicted in two ways


def two_ways(frame: pd.DataFrame) -> Figure:
    """The day's figures beside both predictions, a panel each.

    Args:
        frame: ``beside`` of the day, of one topic, with ``block`` as in ``oddness``.
    """
    rows = frame[frame["actual"].notna() & frame["p50"].notna()]
    names = [name for name in NAMES if (rows["figure"] == name).any()]
    blocks = list(dict.fromkeys(frame["block"]))
    if not names:
        return nothing("The day could not be compared")
    columns = 2
    lines = -(-len(names) // columns)
    with card(lines, columns, height_in=0.9 + 1.25 * lines) as (drawing, axes):
        for panel, name in zip(axes.flat, names, strict=False):
            _both(panel, rows[rows["figure"] == name], name, blocks)
        for spare in axes.flat[len(names) :]:
            spare.set_axis_off()
        titled(drawing, _two_ways_finding(rows, blocks))
    return drawing


def _both(panel: Axes, rows: pd.DataFrame, figure: str, blocks: list[str]) -> None:
    scale, unit = _scale(figure, rows)
    for row in rows.to_dict("records"):
        at = blocks.index(row["block"])
        for low, high, colour in BANDS:
            panel.barh(at, (row[high] - row[low]) * scale, 0.5, row[low] * scale, color=colour)
        panel.plot([row["p50"] * scale] * 2, [at - 0.25, at + 0.25], color=BLUE, linewidth=1.2)
    actual = float(rows["actual"].iloc[0])
    is_odd = bool((rows["outside"] != 0).any())
    colour = VERMILLION if is_odd else INK
    panel.axvline(actual * scale, color=colour, linewidth=1.6)
    panel.set_yticks(range(len(blocks)), [each.removeprefix("beside ") for each in blocks])
    panel.set_ylim(len(blocks) - 0.5, -0.5)
    panel.set_title(f"{NAMES[figure]}{f' ({unit})' if unit else ''}: {told(figure, actual)}")
    panel.xaxis.set_major_locator(MaxNLocator(4))
    if figure in SHARES:
        panel.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    panel.grid(visible=False)


def _two_ways_finding(rows: pd.DataFrame, blocks: list[str]) -> str:
    wait = rows[(rows["figure"] == "mean_wait_s") & (rows["block"] == blocks[-1])]
    if wait.empty:
        return "Recorded figures (lines) on predicted bands"
    low, high, actual = (
        told("mean_wait_s", float(wait[name].iloc[0])) for name in ("p2_5", "p97_5", "actual")
    )
    return (
        f"With the very chats that came the model waits {low} to {high} on average; it was {actual}"
    )


# ------------------------------------------------------------------------------ day by day

BY_DATE: Final = ("volume", "mean_wait_s", "service_level")


def days_in_a_row(frame: pd.DataFrame) -> Figure:
    """Recorded days on their predicted bands, a panel for volume, wait and service level.

    Args:
        frame: ``beside`` by date, of one topic; the last date is the one looked back on.
    """
    rows = frame[frame["actual"].notna() & frame["p50"].notna()]
    if rows.empty:
        return nothing("No day before it could be compared")
    drawing = _by_date(rows, MEANT)
    dates = sorted(rows["start"].unique())
    judged = rows[rows["figure"].isin(BY_DATE)]
    outside = int((judged["outside"] != 0).sum())
    titled(
        drawing,
        f"{outside} of {len(judged)} figures of the {len(dates)} days to "
        f"{dates[-1]:%a} {dates[-1].day} {dates[-1]:%b} {_outside(outside)}",
    )
    return drawing


def coming_days(frame: pd.DataFrame) -> Figure:
    """What to expect of the coming days, a panel for volume, wait and service level.

    Args:
        frame: ``beside`` by date, of one topic, without records.
    """
    rows = frame[frame["p50"].notna()]
    volume = rows[rows["figure"] == "volume"]
    if volume.empty:
        return nothing("No open day lies ahead that the scenario reaches")
    drawing = _by_date(rows, MEANT[:1])
    most = volume.iloc[int(np.argmax(volume["p50"].to_numpy()))]
    titled(
        drawing,
        f"{most['start']:%A} {most['start'].day} {most['start']:%B} is to be the busiest of "
        f"{len(volume)} open days ahead: {most['p2_5']:,.0f} to {told('volume', most['p97_5'])}",
    )
    return drawing


def _by_date(rows: pd.DataFrame, meant: Sequence[tuple[str, str, str]]) -> Figure:
    dates = sorted(rows["start"].unique())
    with card(len(BY_DATE), 1, height_in=5.2, sharex=True) as (drawing, axes):
        for panel, figure in zip(axes.flat, BY_DATE, strict=True):
            _dated(panel, rows[rows["figure"] == figure], figure, dates)
        bottom = axes[-1, 0]
        labels = [f"{day:%a}\n{day.day} {day:%b}" for day in dates]
        bottom.set_xticks(range(len(dates)), labels)
        bottom.set_xlim(-0.5, max(len(dates), 4) - 0.5)
        key(axes[0, 0], meant)
    return drawing


def _dated(panel: Axes, rows: pd.DataFrame, figure: str, dates: list[Any]) -> None:
    scale, unit = _scale(figure, rows)
    column = np.array([dates.index(day) for day in rows["start"]], dtype=np.float64)
    for low, high, colour in BANDS:
        tall = ((rows[high] - rows[low]) * scale).to_numpy(dtype=np.float64)
        panel.bar(column, tall, 0.62, (rows[low] * scale).to_numpy(dtype=np.float64), color=colour)
    middle = (rows["p50"] * scale).to_numpy(dtype=np.float64)
    panel.hlines(middle, column - 0.31, column + 0.31, color=BLUE, linewidth=1.2)
    _height(panel, figure, rows, scale)
    if rows["actual"].notna().any():
        _dots(panel, column, rows.reset_index(drop=True), figure, scale)
    else:
        for at, value, height in zip(column, rows["p50"], middle, strict=True):
            panel.annotate(
                _bare(figure, value),
                (at + 0.34, height),
                fontsize=8,
                va="center",
            )
    share = figure in SHARES and panel.get_ylim()[1] > 1
    panel.yaxis.set_major_locator(MultipleLocator(0.5) if share else _ticks(4))
    panel.set_ylabel(AXES.get(figure, f"{NAMES[figure]}{f' ({unit})' if unit else ''}"))
