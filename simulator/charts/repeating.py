"""Charts of replications: how differently a case may turn out, and how many are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

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
    clock_axis,
    key,
    line_labels,
    nothing,
    titled,
)
from simulator.charts.units import Scale, difference_scale, scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fans", "fans_over_the_day", "half_widths", "replications_used"]

LONGEST_LABEL = 26
FAN = ("least", "p10", "p50", "p90", "most")


def fans(frame: pd.DataFrame, *, words: str, unit: str, target: float | None = None) -> Figure:
    """Each case's outcomes over replications: 10th to 90th percentile, median, extremes.

    Args:
        frame: ``case``, ``least``, ``p10``, ``p50``, ``p90``, ``most``, and with a target
            ``share_met``. The first sixty cases are drawn.
        words: the figure's name.
        unit: its unit.
        target: drawn as a line, and how often it is met beside each case.
    """
    shown = frame[frame["p50"].notna()].head(MOST_ROWS)
    if shown.empty:
        return nothing(f"The {words} is not known of any replication")
    scale = scale_of(unit, shown, FAN)
    places = np.arange(len(shown))
    least, p10, p50, p90, most = (shown[name].to_numpy() * scale.factor for name in FAN)
    with card(height_in=HEAD_IN + ROW_IN * len(shown)) as (figure, ((axes,),)):
        axes.hlines(places, least, most, color=GREY, linewidth=0.9)
        axes.hlines(places, p10, p90, color=BLUE, linewidth=6, alpha=0.35)
        axes.plot(p50, places, "|", color=BLUE, markersize=9, markeredgewidth=2)
        rows_of(axes, list(shown["case"]))
        axes.set_xlabel(f"{words} of a replication ({scale.unit})")
        if target is not None:
            target_line(axes, target, scale)
            for place, share in enumerate(shown["share_met"]):
                beside(axes, place, f"met in {100 * share:.0f} %")
        meanings = "8 of 10 replications, with the median", "least to most"
        signs = [("▬", BLUE, meanings[0]), ("—", GREY, meanings[1])]
        key(axes, signs + target_key(target, scale))
        titled(figure, _fans_finding(shown, words, scale, target))
    return figure


def _fans_finding(shown: pd.DataFrame, words: str, scale: Scale, target: float | None) -> str:
    first = shown.iloc[0]
    told = (
        f"{first['case']}: in eight of ten replications the {words} lies between "
        f"{scale.told(first['p10'])} and {scale.told(first['p90'])}"
    )
    if target is None:
        return told
    return f"{told}; {100 * first['share_met']:.0f} % of all meet the target"


def fans_over_the_day(
    frame: pd.DataFrame, *, words: str, unit: str, zone: str, step_h: float
) -> Figure:
    """Outcomes over replications by local time of day, a panel per case.

    Args:
        frame: ``case``, ``time_h``, ``p10``, ``p50``, ``p90``.
        words: the figure's name.
        unit: its unit.
        zone: of the local time.
        step_h: the intervals' length in hours.
    """
    if frame.empty:
        return nothing(f"The {words} is not known at any time of day")
    scale = scale_of(unit, frame, ["p10", "p90"])
    cases = list(frame["case"].unique())
    size = {"height_in": 0.9 + 2.1 * len(cases)}
    with card(len(cases), 1, **size, sharex=True, sharey=True) as (figure, grid):
        for case, (axes,) in zip(cases, grid, strict=True):
            _day_fan(axes, frame[frame["case"] == case], scale, step_h)
            axes.set_title(str(case), pad=16 if case == cases[0] else 6)
            axes.set_ylabel(f"{words} ({scale.unit})" if len(words) < 24 else scale.unit)
        last = grid[-1][0]
        last.set_xlim(frame["time_h"].min(), frame["time_h"].max() + step_h)
        clock_axis(last, zone)
        key(grid[0][0], [("▬", BLUE, "8 of 10 replications"), ("—", INK, "median")])
        titled(figure, _day_finding(frame[frame["case"] == cases[0]], words, scale))
    return figure


def _day_fan(axes: Axes, part: pd.DataFrame, scale: Scale, step_h: float) -> None:
    across = part["time_h"].to_numpy() + step_h / 2
    low, middle, high = (part[name].to_numpy() * scale.factor for name in ("p10", "p50", "p90"))
    axes.fill_between(across, low, high, color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(across, middle, color=INK, linewidth=1.3)


def _day_finding(part: pd.DataFrame, words: str, scale: Scale) -> str:
    width = (part["p90"] - part["p10"]).to_numpy()
    row = part.iloc[int(np.nanargmax(width))]
    return (
        f"{row['case']}: the {words} varies most at {row['time']}, from {scale.told(row['p10'])} "
        f"to {scale.told(row['p90'])} in eight of ten replications"
    )


def half_widths(
    frame: pd.DataFrame, *, words: str, unit: str, target: float | None = None
) -> Figure:
    """Half the interval's width against replications, a line per case, on logarithmic axes.

    Args:
        frame: ``case``, ``replications``, ``half_width``.
        words: the figure's name.
        unit: its unit; half-widths of shares are drawn as points.
        target: the half-width at which a case stops.
    """
    known = frame[frame["half_width"] > 0]
    if known.empty:
        return nothing(f"One replication gives no interval of the {words}")
    scale = difference_scale(unit, known, ["half_width"])
    ends = known.sort_values("replications", kind="stable").groupby("case", sort=False).tail(1)
    ends = ends.sort_values("half_width", kind="stable")
    with card(height_in=3.6) as (figure, ((axes,),)):
        axes.set_xscale("log")
        axes.set_yscale("log")
        for _, part in known.groupby("case", sort=False):
            height = part["half_width"] * scale.factor
            axes.plot(part["replications"], height, color=BLUE, linewidth=1.1, alpha=0.5)
        axes.plot(
            ends["replications"], ends["half_width"] * scale.factor, "o", color=BLUE, markersize=3.5
        )
        _plain_axes(axes, known, scale, target)
        axes.set_xlabel("replications")
        axes.set_ylabel(f"half-width of the 95 % interval ({scale.unit})")
        lines = [("—", BLUE, "a case")]
        if target is not None:
            axes.axhline(target * scale.factor, color=VERMILLION, linestyle=(0, (4, 3)))
            lines.append(("- -", VERMILLION, f"wanted: {scale.told(target)}"))
        key(axes, lines)
        line_labels(axes, _named_ends(ends, scale))
        titled(figure, _half_finding(ends, words, scale, target))
    return figure


def _plain_axes(axes: Axes, known: pd.DataFrame, scale: Scale, target: float | None) -> None:
    """Limits around the lines and the target; a few round numbers for ticks."""
    heights = known["half_width"].to_numpy() * scale.factor
    # The first few intervals are as wide as Student's t with one or two degrees of freedom.
    top = float(np.nanquantile(heights, 0.98)) if len(heights) > 50 else float(heights.max())
    bottom = float(heights.min())
    if target is not None:
        top, bottom = max(top, target * scale.factor), min(bottom, target * scale.factor)
    axes.set_ylim(bottom / 1.25, top * 1.25)
    axes.set_xlim(1.9, max(float(known["replications"].max()), 3) * 1.03)
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        axis.set_ticks(_round_numbers(*limits))
        axis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
        axis.set_minor_formatter(NullFormatter())
        axis.set_minor_locator(MaxNLocator(1))


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten within the limits."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    return [number for number in found if low <= number <= high]


def _named_ends(ends: pd.DataFrame, scale: Scale) -> list[tuple[str, float, str]]:
    """By name the narrowest and the widest of the lines that reach to the right edge."""
    longest = ends[ends["replications"] == ends["replications"].max()]
    chosen = longest.iloc[[0, -1]] if len(longest) > 1 else longest
    return [
        (shortened(str(row["case"]), LONGEST_LABEL), row["half_width"] * scale.factor, BLUE)
        for _, row in chosen.iterrows()
    ]


def _half_finding(ends: pd.DataFrame, words: str, scale: Scale, target: float | None) -> str:
    widest = ends.iloc[-1]
    told = (
        f"The widest interval of the {words} is ±{scale.told(widest['half_width'])} after "
        f"{widest['replications']:,} replications"
    )
    if target is None:
        return told
    met = int((ends["half_width"] <= target).sum())
    return f"{met} of {len(ends)} cases are as narrow as wanted; {told[0].lower()}{told[1:]}"


def replications_used(frame: pd.DataFrame, *, states: Sequence[str]) -> Figure:
    """How many replications each case was given, and why it was given no more.

    Args:
        frame: ``case``, ``replications``, ``state``, in the order to be drawn.
        states: at most three that ``state`` may be, in the order of their colours.
    """
    shown = frame.head(MOST_ROWS)
    if shown.empty:
        return nothing("No case was simulated")
    colours = dict(zip(states, (BLUE, GREY, VERMILLION), strict=False))
    with card(height_in=HEAD_IN + ROW_IN * len(shown)) as (figure, ((axes,),)):
        places = np.arange(len(shown))
        bars = [colours[state] for state in shown["state"]]
        axes.barh(places, shown["replications"], height=0.62, color=bars, alpha=0.6)
        rows_of(axes, list(shown["case"]))
        axes.set_xlim(0, float(shown["replications"].max()) * 1.02)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("replications")
        for place, count in enumerate(shown["replications"]):
            beside(axes, place, f"{count:,}")
        present = [state for state in states if (shown["state"] == state).any()]
        key(axes, [("■", colours[state], state) for state in present])
        titled(figure, _used_finding(frame))
    return figure


def _used_finding(frame: pd.DataFrame) -> str:
    total, most = int(frame["replications"].sum()), int(frame["replications"].max())
    saved = 1 - total / (most * len(frame))
    if saved <= 0:
        return f"{total:,} replications, as many of each case"
    return (
        f"{total:,} replications in all; as many of each case as of the longest would have been "
        f"{most * len(frame):,} ({100 * saved:.0f} % saved)"
    )
