"""Charts of the wait: over the day, in the tail, given the place in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.charts.style import (
    BLUE,
    INK,
    PURPLE,
    SERIES,
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
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["wait_by_position", "wait_tail", "waits_over_the_day"]

FEWEST_FOR_P99 = 100
"""With fewer sessions the 99th percentile is the longest wait or the one before it."""

FEWEST_TO_JUDGE = 30
"""With fewer sessions an interval is drawn but does not make the title."""

QUANTILES = {"p50": BLUE, "p90": VERMILLION, "p99": PURPLE}
NOBODY = "Nobody queued in this run"


def waits_over_the_day(
    frame: pd.DataFrame, *, threshold_s: float, zone: str, step_h: float
) -> Figure:
    """P50, P90 and P99 of the wait by time of day, a panel per topic, with the target line.

    Args:
        frame: ``metrics.waiting_times(..., by="time_of_day", per="topic")``.
        threshold_s: of the service level.
        zone: name of the local time zone.
        step_h: length of an interval in hours.
    """
    used = frame[frame["n"] > 0]
    if used.empty:
        return nothing(NOBODY)
    topics = list(used["topic"].unique())
    unit, scale = time_unit(float(used["p90_s"].max()))
    with card(len(topics), height_in=0.9 + 2.2 * len(topics), sharex=True) as (figure, axes):
        axes[0, 0].set_xlim(used["time_h"].min(), used["time_h"].max() + step_h)
        for row, topic in enumerate(topics):
            _quantile_panel(
                axes[row, 0],
                _p99_where_known(used[used["topic"] == topic]),
                threshold_s=threshold_s,
                scale=scale,
                step_h=step_h,
            )
            axes[row, 0].set_ylabel(f"wait ({unit})")
            axes[row, 0].set_title(str(topic), fontweight="bold")
        clock_axis(axes[-1, 0], zone)
        judged = used[used["n"] >= FEWEST_TO_JUDGE]
        worst = greatest(used if judged.empty else judged, "p90_s")
        titled(figure, _waits_finding(worst, several=len(topics) > 1))
    return figure


def _waits_finding(worst: pd.Series[Any], *, several: bool) -> str:
    """When waits are longest, and what one in ten then exceeds."""
    if worst["p90_s"] == 0:
        return "At any time of the day nine in ten do not wait at all"
    whose = f" in {worst['topic']}" if several else ""
    return (
        f"Waits are longest at {worst['time']}{whose}: "
        f"one in ten waits more than {duration(worst['p90_s'])}"
    )


def _p99_where_known(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel without the 99th percentiles of too few sessions."""
    known = panel["n"] >= FEWEST_FOR_P99
    columns = ("p99_s", "p99_low_s", "p99_high_s")
    return panel.assign(**{column: panel[column].where(known) for column in columns})


def _quantile_panel(
    axes: Axes, panel: pd.DataFrame, *, threshold_s: float, scale: float, step_h: float
) -> None:
    """One topic's quantiles, the threshold, and their names at the right."""
    middle = panel["time_h"].to_numpy() + step_h / 2
    labels = []
    for name, colour in QUANTILES.items():
        band(axes, middle, panel, name, colour=colour, unit="_s", scale=scale)
        known = panel[f"{name}_s"].dropna()
        if len(known):
            labels.append((name.upper(), float(known.iloc[-1]) * scale, colour))
    axes.set_ylim(0, _headroom(panel) * scale)
    axes.axhline(threshold_s * scale, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    labels.append((f"target {duration(threshold_s)}", threshold_s * scale, INK))
    line_labels(axes, labels)


def _headroom(panel: pd.DataFrame) -> float:
    """A top for the axis that single wide intervals of the P99 do not set, in seconds."""
    highest = float(panel[["p90_high_s", "p90_s", "p99_s"]].max().max())
    return 1.15 * highest if highest > 0 else 1.0


def wait_tail(frame: pd.DataFrame, *, threshold_s: float, line: str = "topic") -> Figure:
    """The share who waited longer than each wait, on a logarithmic axis, marked at the threshold.

    Args:
        frame: ``metrics.wait_tail``; with a column ``line``, a line for each of its values.
        threshold_s: of the service level.
        line: the column that tells lines apart; at most four values.
    """
    if not frame["n"].max() > 0:
        return nothing(NOBODY)
    waited = frame[frame["share"] > 0]
    if waited.empty:
        return nothing("Nobody waited in this run")
    unit, scale = time_unit(float(waited["wait_s"].max()))
    names = list(frame[line].unique()) if line in frame else [""]
    with card(height_in=3.7) as (figure, ((axes,),)):
        axes.set_yscale("log")
        axes.set_ylim(float(waited["share"].min()) / 1.5, 1.0)
        axes.set_xlim(0, float(waited["wait_s"].max()) * scale * 1.02)
        axes.axvline(threshold_s * scale, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        labels = []
        for name, colour in zip(names, SERIES, strict=False):
            part = waited[waited[line] == name] if name else waited
            if len(part):
                _tail_line(axes, part, threshold_s, colour=colour, scale=scale)
                labels.append((str(name), float(part["share"].iloc[-1]), colour))
        axes.annotate(
            f"target {duration(threshold_s)}",
            (threshold_s * scale, 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(5, 0),
            textcoords="offset points",
        )
        percent_axis(axes, "share who waited longer")
        axes.set_xlabel(f"wait ({unit})")
        line_labels(axes, labels)
        titled(figure, _tail_finding(frame, threshold_s, line))
    return figure


def _tail_line(
    axes: Axes, part: pd.DataFrame, threshold_s: float, *, colour: str, scale: float
) -> None:
    """One line with its band, and a dot where it meets the threshold."""
    across = part["wait_s"].to_numpy() * scale
    # A band that reaches zero has no place on a logarithmic axis: it runs out of the picture.
    low = np.maximum(part["share_low"].to_numpy(), 1e-12)
    axes.fill_between(across, low, part["share_high"], color=colour, alpha=0.18, linewidth=0)
    axes.plot(across, part["share"], color=colour, linewidth=1.7)
    met = part[part["wait_s"] == threshold_s]
    axes.plot(met["wait_s"] * scale, met["share"], "o", color=colour, markersize=6, clip_on=False)


def _tail_finding(frame: pd.DataFrame, threshold_s: float, line: str) -> str:
    """The share beyond the threshold (of the worst line), and what one in a hundred exceed."""
    met = frame[frame["wait_s"] == threshold_s]
    worst = greatest(met, "share")
    whose = f" in {worst[line]}" if line in frame and len(met) > 1 else ""
    of_it = frame[frame[line] == worst[line]] if line in frame else frame
    rare = of_it.loc[of_it["share"] >= 0.01, "wait_s"].max()
    tail = f", and one in a hundred longer than {duration(rare)}" if rare > threshold_s else ""
    return f"{100 * worst['share']:.0f} %{whose} waited longer than {duration(threshold_s)}{tail}"


def wait_by_position(frame: pd.DataFrame) -> Figure:
    """P50 and P90 of the wait by the place in the queue at arrival, with their intervals.

    Args:
        frame: ``metrics.wait_given_position``. Places that fewer than 30 got are left out.
    """
    if frame.empty:
        return nothing(NOBODY)
    shown = frame[frame["n"] >= FEWEST_TO_JUDGE]
    if shown.empty:
        return nothing(f"No place in the queue was got by {FEWEST_TO_JUDGE} customers or more")
    unit, scale = time_unit(float(shown["p90_s"].max()))
    first, last = shown.iloc[0], shown.iloc[-1]
    with card(height_in=3.4) as (figure, ((axes,),)):
        across = np.arange(len(shown), dtype=np.float64)
        labels = []
        for name, colour in (("p50", BLUE), ("p90", VERMILLION)):
            value = shown[f"{name}_s"].to_numpy() * scale
            low = shown[f"{name}_low_s"].to_numpy() * scale
            high = shown[f"{name}_high_s"].to_numpy() * scale
            axes.vlines(across, low, high, color=colour, linewidth=5, alpha=0.3)
            axes.plot(across, value, "o-", color=colour, linewidth=1.2, markersize=4)
            labels.append((name.upper(), float(value[-1]), colour))
        axes.set_ylim(0, None)
        axes.set_xlim(-0.5, len(shown) - 0.5)
        counts = [f"{place}\n{n:,}" for place, n in zip(shown["position"], shown["n"], strict=True)]
        axes.set_xticks(across, counts)
        axes.set_xlabel("place in the queue at arrival (1: it was empty), and how many got it")
        axes.set_ylabel(f"wait ({unit})")
        line_labels(axes, labels)
        titled(
            figure,
            f"At place {first['position']} {_half(first['p50_s'])}; "
            f"at place {last['position']} {_half(last['p50_s'])}",
        )
    return figure


def _half(median_s: float) -> str:
    """What a median wait says about half of the people."""
    if median_s == 0:
        return "half do not wait at all"
    return f"half wait longer than {duration(median_s)}"
