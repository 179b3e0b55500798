"""Charts of a study: cases ranked, what a step buys, cost against quality, what matters most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.charts.rows import (
    HEAD_IN,
    MOST_ROWS,
    ROW_IN,
    beside,
    rows_of,
    shortened,
    target_key,
    target_line,
)
from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    card,
    darker,
    key,
    nothing,
    titled,
)
from simulator.charts.units import Scale, difference_scale, scale_of, signed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["frontier", "next_steps", "ranking", "tornado"]

MOST_NAMED = 14
LONGEST_SETTING = 24
NARROW_STEPS = 5
"""Panels with more steps than this take the whole width."""


def ranking(frame: pd.DataFrame, *, words: str, unit: str, target: float | None = None) -> Figure:
    """Cases with their intervals, a row each; full dots are those that could be the best.

    Args:
        frame: in the order to be drawn: ``case``, ``value``, ``low``, ``high``,
            ``could_be_best``. The first sixty are drawn.
        words: the figure's name.
        unit: its unit; a share is from 0 to 1.
        target: drawn as a line.
    """
    shown = frame[frame["value"].notna()].head(MOST_ROWS)
    if shown.empty:
        return nothing(f"Nothing to rank: the {words} is not known of any case")
    scale = scale_of(unit, shown, ["value", "low", "high"])
    with card(height_in=HEAD_IN + ROW_IN * len(shown)) as (figure, ((axes,),)):
        for place, (_, row) in enumerate(shown.iterrows()):
            _dot(axes, row, place, scale)
        rows_of(axes, list(shown["case"]))
        axes.set_xlabel(f"{words} ({scale.unit}), 95 % interval")
        if target is not None:
            target_line(axes, target, scale)
        signs = [("●", BLUE, "could be the best"), ("○", GREY, "surely not the best")]
        key(axes, (signs if len(shown) > 1 else []) + target_key(target, scale))
        titled(figure, _ranking_finding(shown, words, scale))
    return figure


def _dot(axes: Axes, row: pd.Series[Any], place: int, scale: Scale) -> None:
    kept = bool(row["could_be_best"])
    colour = BLUE if kept else GREY
    low, high = row["low"] * scale.factor, row["high"] * scale.factor
    axes.hlines(place, low, high, color=colour, linewidth=2.2, alpha=0.55)
    face = colour if kept else "#ffffff"
    at = row["value"] * scale.factor
    axes.plot(at, place, "o", color=colour, markersize=5.5, markerfacecolor=face)
    beside(axes, place, scale.told(row["value"]), colour=darker(colour), bold=kept)


def _ranking_finding(shown: pd.DataFrame, words: str, scale: Scale) -> str:
    kept, first = int(shown["could_be_best"].sum()), shown.iloc[0]
    told = f"{first['case']} with {scale.told(first['value'])}"
    if len(shown) == 1:
        return f"The {words} of the one case, {first['case']}: {scale.told(first['value'])}"
    if kept <= 1:
        return f"Best in {words}, and surely: {told}"
    return f"{kept} of {len(shown)} cases could be the best in {words}; the first is {told}"


def next_steps(frame: pd.DataFrame, *, words: str, unit: str, over_all: str) -> Figure:
    """What each step of each setting changes, a panel per path, around the zero line.

    Args:
        frame: ``path``, ``words``, ``setting``, ``next``, ``others``, ``difference``, ``low``,
            ``high``, steps in their order.
        words: the figure's name.
        unit: its unit; a share is from 0 to 1, its differences are drawn as points.
        over_all: what ``others`` says in the row of a mean over several other settings.
    """
    known = frame[frame["difference"].notna()]
    if known.empty:
        return nothing("No two cases differ by one step of one number alone")
    scale = difference_scale(unit, known, ["difference"])
    paths = list(known["path"].unique())
    most = max(known.loc[known["path"] == path, "setting"].nunique() for path in paths)
    columns = 1 if most > NARROW_STEPS else min(len(paths), 2)
    rows = -(-len(paths) // columns)
    with card(rows, columns, height_in=0.9 + 2.3 * rows, sharey=True) as (figure, grid):
        for path, axes in zip(paths, grid.flat, strict=False):
            _step_panel(axes, known[known["path"] == path], scale, over_all)
        for spare in grid.flat[len(paths) :]:
            spare.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_ylabel(f"{scale.unit} a step")
        if (known["others"] == over_all).any():
            key(grid[0][0], [("●", BLUE, over_all), ("●", GREY, "one setting of the others")])
        titled(figure, _steps_finding(known, words, scale, over_all))
    return figure


def _step_panel(axes: Axes, part: pd.DataFrame, scale: Scale, over_all: str) -> None:
    """One path: of a step several dots side by side, the mean of all with its interval."""
    order = list(dict.fromkeys(zip(part["setting"], part["next"], strict=True)))
    axes.axhline(0, color=INK, linewidth=0.9)
    for place, (setting, beyond) in enumerate(order):
        step = part[(part["setting"] == setting) & (part["next"] == beyond)]
        mean = step[step["others"] == over_all] if len(step) > 1 else step
        single = step.drop(mean.index)
        spread = np.linspace(-0.3, 0.3, len(single)) if len(single) else np.empty(0)
        axes.plot(
            place + spread,
            single["difference"] * scale.factor,
            "o",
            color=GREY,
            markersize=3,
            alpha=0.6,
        )
        low, high = mean["low"] * scale.factor, mean["high"] * scale.factor
        axes.vlines([place] * len(mean), low, high, color=BLUE, linewidth=2.2, alpha=0.55)
        axes.plot([place] * len(mean), mean["difference"] * scale.factor, "o", color=BLUE)
    axes.set_xticks(range(len(order)), [f"{one} → {other}" for one, other in order])
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.margins(y=0.12)
    axes.set_xlabel(shortened(str(part["words"].iloc[0])))


def _steps_finding(known: pd.DataFrame, words: str, scale: Scale, over_all: str) -> str:
    """The first and the last step of the path with the largest one."""
    several = known["others"] == over_all
    steps = known[several] if several.any() else known
    top = steps.iloc[int(np.argmax(steps["difference"].abs().to_numpy()))]
    own = steps[steps["path"] == top["path"]]
    first, last = own.iloc[0], own.iloc[-1]
    told = (
        f"{first['words']} from {first['setting']} to {first['next']} changes the {words} by "
        f"{scale.change(first['difference'])}"
    )
    if len(own) == 1:
        return told
    return f"{told}, from {last['setting']} to {last['next']} by {scale.change(last['difference'])}"


def frontier(
    frame: pd.DataFrame,
    *,
    words: str,
    unit: str,
    cost_unit: str,
    front: str,
    close: str,
    target: float | None = None,
) -> Figure:
    """Cost against a figure: the front numbered and named, the others in grey.

    Args:
        frame: in order of cost: ``case``, ``cost``, ``value``, ``low``, ``high``, ``standing``.
        words: the figure's name.
        unit: its unit.
        cost_unit: of the cost of a replication.
        front: the ``standing`` of cases on the front.
        close: that of cases that may be on it.
        target: of the figure, drawn as a line.
    """
    if frame.empty:
        return nothing("No case has both a cost and a figure to set against it")
    scale = scale_of(unit, frame, ["value", "low", "high"])
    named = frame[frame["standing"] == front]
    with card(height_in=3.9) as (figure, ((axes,),)):
        looks = ((front, BLUE, BLUE), (close, VERMILLION, "#ffffff"), (None, GREY, "#ffffff"))
        rest = frame[~frame["standing"].isin([front, close])]
        parts = {front: named, close: frame[frame["standing"] == close], None: rest}
        for standing, colour, face in reversed(looks):
            _cloud(axes, parts[standing], scale, colour, face)
        steps = named["value"] * scale.factor
        axes.step(named["cost"], steps, where="post", color=BLUE, linewidth=0.9, zorder=1)
        axes.margins(0.07)
        axes.set_xlabel(f"cost of a replication ({cost_unit})")
        axes.set_ylabel(f"{words} ({scale.unit})")
        if target is not None:
            axes.axhline(target * scale.factor, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        meanings = ("on the front", "too close to call", "beaten by another")
        present = [
            ("●" if standing == front else "○", colour, meaning)
            for (standing, colour, _), meaning in zip(looks, meanings, strict=True)
            if len(parts[standing])
        ]
        key(axes, present + target_key(target, scale))
        _numbered(axes, named, scale)
        titled(figure, _frontier_finding(frame, named, words, scale, cost_unit))
    return figure


def _cloud(axes: Axes, part: pd.DataFrame, scale: Scale, colour: str, face: str) -> None:
    low, high = part["low"] * scale.factor, part["high"] * scale.factor
    axes.vlines(part["cost"], low, high, color=colour, linewidth=1.4, alpha=0.45)
    axes.plot(
        part["cost"],
        part["value"] * scale.factor,
        "o",
        color=colour,
        markerfacecolor=face,
        markersize=5.5,
    )


def _numbered(axes: Axes, named: pd.DataFrame, scale: Scale) -> None:
    """The front's cases numbered at their dots, as far as there is room, and named beside."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    taken: list[tuple[float, float]] = []
    lines = []
    for number, (_, row) in enumerate(named.iterrows(), start=1):
        value = row["value"] * scale.factor
        spot = ((row["cost"] - left) / (right - left), (value - bottom) / (top - bottom))
        if number <= MOST_NAMED:
            lines.append(f"{number}  {shortened(str(row['case']))}")
        if any(abs(spot[0] - x) < 0.04 and abs(spot[1] - y) < 0.06 for x, y in taken):
            continue
        taken.append(spot)
        axes.annotate(
            str(number),
            (row["cost"], value),
            xytext=(-5, 4),
            textcoords="offset points",
            ha="right",
            fontsize=8.5,
            fontweight="bold",
            color=darker(BLUE),
        )
    more = len(named) - MOST_NAMED
    lines += [f"… and {more} more in the table"] if more > 0 else []
    axes.annotate(
        "\n".join(lines),
        (1.0, 1.0),
        xycoords="axes fraction",
        xytext=(10, 0),
        textcoords="offset points",
        va="top",
        fontsize=8.5,
        color=darker(BLUE),
        annotation_clip=False,
    )


def _frontier_finding(
    frame: pd.DataFrame, named: pd.DataFrame, words: str, scale: Scale, cost_unit: str
) -> str:
    first, last = named.iloc[0], named.iloc[-1]
    if len(named) == 1:
        rest = "no other case costs less or does better" if len(frame) > 1 else "the one case"
        return (
            f"{first['case']}: {scale.told(first['value'])} {words} for {first['cost']:,.0f} "
            f"{cost_unit}; {rest}"
        )
    return (
        f"{len(named)} of {len(frame)} cases are on the front: from {scale.told(first['value'])} "
        f"{words} for {first['cost']:,.0f} {cost_unit} to {scale.told(last['value'])} for "
        f"{last['cost']:,.0f}"
    )


def tornado(frame: pd.DataFrame, *, words: str, unit: str, better: int, base: str) -> Figure:
    """How far each setting by itself moves a figure from the base, the widest on top.

    Args:
        frame: ``words`` of the path, ``setting``, ``difference``, ``low``, ``high``, in order.
        words: the figure's name.
        unit: its unit; differences of shares are drawn as points.
        better: 1 if more is better, -1 if less is, 0 if neither.
        base: the case at zero.
    """
    known = frame[frame["difference"].notna()]
    if known.empty:
        return nothing(f"No case differs from {base} in one setting alone")
    scale = difference_scale(unit, known, ["difference"])
    paths = list(known["words"].unique())
    with card(height_in=HEAD_IN + 0.5 * len(paths)) as (figure, ((axes,),)):
        for place, path in enumerate(paths):
            _bar(axes, known[known["words"] == path], place, scale, better)
        axes.axvline(0, color=INK, linewidth=0.9)
        rows_of(axes, paths)
        axes.margins(x=_room(known["setting"]))
        axes.set_xlabel(f"change of the {words} ({scale.unit}), 95 % interval")
        signs = [("■", BLUE, f"{'better than' if better else 'against'} {shortened(base)}")]
        key(axes, signs + ([("■", VERMILLION, "worse")] if better else []))
        titled(figure, _tornado_finding(known, words, scale, base))
    return figure


def _room(settings: pd.Series[str]) -> float:
    """The margin that the longest setting needs at either end of its bar."""
    letters = min(int(settings.astype(str).str.len().max()), LONGEST_SETTING)
    share = 0.03 + 0.0115 * letters
    return share / (1 - 2 * share)


def _bar(axes: Axes, part: pd.DataFrame, place: int, scale: Scale, better: int) -> None:
    """One path's range, its ends named with their settings."""
    differences = part["difference"].to_numpy(dtype=np.float64) * scale.factor
    for end in (min(differences.min(), 0.0), max(differences.max(), 0.0)):
        colour = VERMILLION if end * better < 0 else BLUE
        axes.barh(place, end, height=0.52, color=colour, alpha=0.35, linewidth=0)
    bounds = part["low"] * scale.factor, part["high"] * scale.factor
    axes.hlines([place] * len(part), *bounds, color=INK, linewidth=1.0)
    axes.plot(differences, [place] * len(part), "|", color=INK, markersize=9)
    ends = {int(np.argmin(differences)): ("right", -6), int(np.argmax(differences)): ("left", 6)}
    for at, (side, shift) in ends.items():
        reach = bounds[0 if side == "right" else 1].iloc[at]
        edge = reach if np.isfinite(reach) else differences[at]
        axes.annotate(
            shortened(str(part["setting"].iloc[at]), LONGEST_SETTING),
            (edge, place),
            xytext=(shift, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=8.5,
        )


def _tornado_finding(known: pd.DataFrame, words: str, scale: Scale, base: str) -> str:
    top = known[known["words"] == known["words"].iloc[0]]["difference"] * scale.factor
    low, high = float(top.min()), float(top.max())
    if low == high == 0:
        return f"No setting by itself changes the {words} of {base}"
    return (
        f"{known['words'].iloc[0]} matters most: it moves the {words} from {signed(low)} to "
        f"{signed(high)} {scale.unit} against {base}"
    )
