"""Charts of scenarios beside each other: differences with their intervals, and the zero line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.charts.rows import beside
from simulator.charts.style import (
    GREY,
    INK,
    SERIES,
    card,
    clock_axis,
    darker,
    key,
    nothing,
    percent_axis,
    titled,
)
from simulator.charts.words import duration, time_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["differences", "differences_over_the_day", "wait_tails"]

NO_DIFFERENCES = "There is nothing to compare: nobody queued"
ROW_IN, PANEL_IN, HEAD_IN = 0.21, 0.62, 0.75
"""Heights in inches: of a dot's row, of a panel's axis, of the title."""

MOST = len(SERIES)
"""Scenarios that can be told apart by colour."""


def differences(
    frame: pd.DataFrame, *, base: str, rows: str = "figure", panels: str = "unit", per: str = ""
) -> Figure:
    """Differences from a base as dots with intervals, a panel per unit, around the zero line.

    A dot is hollow where the interval holds 0. Rows and panels stand in the order of the frame.

    Args:
        frame: ``Comparison.to_draw``: ``scenario``, ``figure``, ``unit``, ``difference``, ``low``
            and ``high``; shares from 0 to 1, drawn as percentage points. At most four scenarios.
        base: what the others are compared with.
        rows: the column that names the rows of a panel: ``figure``, ``topic`` or ``scenario``.
        panels: the column that tells panels apart: ``unit`` or ``figure``.
        per: behind the unit, such as "per agent-hour".
    """
    if frame.empty:
        return nothing(NO_DIFFERENCES)
    scenarios = list(frame["scenario"].unique())[:MOST]
    shown = _in_points(frame[frame["scenario"].isin(scenarios)])
    parts = [shown[shown[panels] == name] for name in shown[panels].unique()]
    lines = [len(part[rows].unique()) * _per_row(scenarios, rows) for part in parts]
    height = HEAD_IN + sum(PANEL_IN + ROW_IN * (count + 1) for count in lines)
    keyed = len(scenarios) > 1 and rows != "scenario"
    pad = 16 if keyed else 6
    ratios = {"height_ratios": [count + 1 for count in lines]}
    with card(len(parts), 1, height_in=height, gridspec_kw=ratios) as (figure, grid):
        for part, (axes,) in zip(parts, grid, strict=True):
            _panel(axes, part, scenarios, rows)
            axes.set_xlabel(f"difference ({part['unit'].iloc[0]} {per}".strip() + ")")
            if panels == "figure":
                axes.set_title(part["figure"].iloc[0], pad=pad if axes is grid[0][0] else 6)
        if keyed:
            signs = zip(scenarios, SERIES, strict=False)
            key(grid[0][0], [("●", colour, str(name)) for name, colour in signs])
        titled(figure, _finding(shown, base, rows, per))
    return figure


def _in_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Shares as percentage points."""
    factor = np.where(frame["unit"] == "share", 100.0, 1.0)
    scaled = {name: frame[name] * factor for name in ("difference", "low", "high")}
    return frame.assign(unit=frame["unit"].replace({"share": "points"}), **scaled)


def _per_row(scenarios: Sequence[str], rows: str) -> int:
    return 1 if rows == "scenario" else len(scenarios)


def _panel(axes: Axes, part: pd.DataFrame, scenarios: Sequence[str], rows: str) -> None:
    """One panel: the first row on top, within a row the scenarios below each other."""
    names = list(part[rows].unique())
    each = _per_row(scenarios, rows)
    axes.axvline(0, color=INK, linewidth=0.9)
    for _, row in part.iterrows():
        at = scenarios.index(row["scenario"])
        place = names.index(row[rows]) * each + (0 if rows == "scenario" else at)
        _dot(axes, row, place, SERIES[at])
    middles = np.arange(len(names)) * each + (each - 1) / 2
    axes.set_yticks(middles, [str(name) for name in names])
    axes.set_ylim(len(names) * each - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.04)
    for edge in range(1, len(names) if each > 1 else 0):
        axes.axhline(edge * each - 0.5, color=GREY, linewidth=0.3)


def _dot(axes: Axes, row: pd.Series[Any], place: int, colour: str) -> None:
    sure = bool(row["low"] > 0 or row["high"] < 0)
    axes.hlines(place, row["low"], row["high"], color=colour, linewidth=2.2, alpha=0.55)
    face = colour if sure else "#ffffff"
    axes.plot(row["difference"], place, "o", color=colour, markersize=5.5, markerfacecolor=face)
    beside(axes, place, _number(row["difference"]), colour=darker(colour), bold=sure)


def _finding(shown: pd.DataFrame, base: str, rows: str, per: str) -> str:
    """How many differences are beyond chance, and the largest of the first panel."""
    sure = int(((shown["low"] > 0) | (shown["high"] < 0)).sum())
    if not shown["difference"].any():
        return f"None of {len(shown)} figures differs from {base} at all"
    first = shown[shown["unit"] == shown["unit"].iloc[0]]
    largest = first.iloc[int(np.argmax(first["difference"].abs().to_numpy()))]
    where = f" in {largest[rows]}" if rows == "topic" else ""
    unit = f"{largest['unit']} {per}".strip()
    return (
        f"{sure} of {len(shown)} differences from {base} are beyond chance; the largest: "
        f"{_bare(largest['figure'])}{where}, {_number(largest['difference'])} "
        f"{unit} with {largest['scenario']}"
    )


def _bare(figure: str) -> str:
    return figure.rstrip(" ↑↓")


def _number(value: float) -> str:
    """With its sign and two digits at least.

    >>> _number(-0.052), _number(12.34), _number(0.0)
    ('−0.052', '+12.3', '0')
    """
    if value == 0:
        return "0"
    decimals = int(np.clip(1 - np.floor(np.log10(abs(value))), 1, 4))
    return f"{value:+.{decimals}f}".replace("-", "−")


def differences_over_the_day(frame: pd.DataFrame, *, base: str, zone: str, step_h: float) -> Figure:
    """Differences by local time of day with their bands, a panel per figure, around zero.

    Args:
        frame: ``Comparison.to_draw`` of ``by_interval``; shares from 0 to 1. At most four
            scenarios. The hours shown are those of the first figure.
        base: what the others are compared with.
        zone: of the local time.
        step_h: the intervals' length in hours.
    """
    if frame.empty:
        return nothing(NO_DIFFERENCES)
    scenarios = list(frame["scenario"].unique())[:MOST]
    shown = _in_points(frame[frame["scenario"].isin(scenarios)])
    figures = list(shown["figure"].unique())
    height = HEAD_IN + 0.4 + 1.7 * len(figures)
    with card(len(figures), 1, height_in=height, sharex=True) as (figure, grid):
        for name, (axes,) in zip(figures, grid, strict=True):
            part = shown[shown["figure"] == name]
            axes.axhline(0, color=INK, linewidth=0.9)
            for scenario, colour in zip(scenarios, SERIES, strict=False):
                _day_line(axes, part[part["scenario"] == scenario], colour, step_h)
            axes.set_ylim(*_limits(part))
            axes.set_ylabel(part["unit"].iloc[0])
            axes.set_title(name, pad=16 if name == figures[0] else 6)
        last = grid[-1][0]
        open_h = shown.loc[shown["figure"] == figures[0], "time_h"]
        last.set_xlim(open_h.min(), open_h.max() + step_h)
        clock_axis(last, zone)
        signs = zip(scenarios, SERIES, strict=False)
        key(grid[0][0], [("●", colour, f"{name} less {base}") for name, colour in signs])
        titled(figure, _day_finding(shown[shown["figure"] == figures[0]], base))
    return figure


def _day_line(axes: Axes, part: pd.DataFrame, colour: str, step_h: float) -> None:
    across = part["time_h"].to_numpy() + step_h / 2
    axes.fill_between(across, part["low"], part["high"], color=colour, alpha=0.16, linewidth=0)
    axes.plot(across, part["difference"], "o-", color=colour, linewidth=1.4, markersize=2.5)


def _limits(part: pd.DataFrame) -> tuple[float, float]:
    """The whole of the lines, and of their bands what is not wider than thrice that."""
    most = 3 * float(part["difference"].abs().max())
    low, high = max(part["low"].min(), -most), min(part["high"].max(), most)
    low, high = (
        min(np.nan_to_num(low), part["difference"].min(), 0.0),
        max(np.nan_to_num(high), part["difference"].max(), 0.0),
    )
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin


def _day_finding(part: pd.DataFrame, base: str) -> str:
    """Where the first figure differs most."""
    row = part.iloc[int(np.argmax(part["difference"].abs().to_numpy()))]
    if row["difference"] == 0:
        times = part["time"].nunique()
        return f"The {_bare(row['figure'])} is the same as with {base} at all {times} times of day"
    return (
        f"The {_bare(row['figure'])} differs most from {base} at {row['time']}: "
        f"{_number(row['difference'])} {row['unit']} with {row['scenario']}"
    )


def wait_tails(frame: pd.DataFrame, *, threshold_s: float) -> Figure:
    """The share who waited longer than each wait, a line per scenario, marked at the threshold.

    Args:
        frame: ``Comparison.wait_tail``, the base first; at most three others are drawn.
        threshold_s: of the service level.
    """
    names = list(frame["scenario"].unique())[:MOST]
    frame = frame[frame["scenario"].isin(names)]
    waited = frame[frame["share"] > 0]
    if waited.empty:
        return nothing("Nobody waited in any of these runs")
    unit, scale = time_unit(float(waited["wait_s"].max()))
    colours = dict(zip(names, (INK, *SERIES), strict=False))
    with card(height_in=3.9) as (figure, ((axes,),)):
        axes.set_yscale("log")
        axes.set_ylim(float(waited["share"].min()) / 1.5, 1.0)
        axes.set_xlim(0, float(waited["wait_s"].max()) * scale * 1.02)
        axes.axvline(threshold_s * scale, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        for name, colour in colours.items():
            _tail(axes, waited[waited["scenario"] == name], threshold_s, colour, scale)
        axes.annotate(
            f"target {duration(threshold_s)}",
            (threshold_s * scale, 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(5, 0),
            textcoords="offset points",
        )
        percent_axis(axes, "share who waited longer")
        axes.set_xlabel(f"wait ({unit})")
        key(axes, [("●", colour, str(name)) for name, colour in colours.items()])
        titled(figure, _tail_finding(frame[frame["wait_s"] == threshold_s], threshold_s))
    return figure


def _tail(axes: Axes, part: pd.DataFrame, threshold_s: float, colour: str, scale: float) -> None:
    across = part["wait_s"].to_numpy() * scale
    # A band that reaches zero has no place on a logarithmic axis: it runs out of the picture.
    low = np.maximum(part["share_low"].to_numpy(), 1e-12)
    axes.fill_between(across, low, part["share_high"], color=colour, alpha=0.16, linewidth=0)
    axes.plot(across, part["share"], color=colour, linewidth=1.7)
    met = part[part["wait_s"] == threshold_s]
    axes.plot(met["wait_s"] * scale, met["share"], "o", color=colour, markersize=6, clip_on=False)


def _tail_finding(met: pd.DataFrame, threshold_s: float) -> str:
    """The shares beyond the threshold: of the base, and the least of the others."""
    base, others = met.iloc[0], met.iloc[1:]
    best = others.iloc[int(np.argmin(others["share"].to_numpy()))]
    return (
        f"{_percent(base['share'])} wait longer than {duration(threshold_s)} with "
        f"{base['scenario']}, {_percent(best['share'])} with {best['scenario']}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
