"""Charts of a replay: was it punctual, how quickly was it answered, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from simulator.charts.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SERIES,
    VERMILLION,
    card,
    key,
    nothing,
    titled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["latency_tails", "outcomes_over_time", "positions", "punctuality", "waits_and_order"]

NOTHING_SENT: Final = "No call was sent"
NOTHING_TO_COMPARE: Final = "No chat has a queue position to compare"

NO_WAITS: Final = "No chat was both created and picked up by this replay: no waits to compare"

KEY_LETTERS: Final = 85
"""As many as a key of nine has room for."""

LONG_S: Final = 2.0
"""Lags from here on are told in seconds."""

MOST_NUMBERED: Final = 12
"""Queue positions on an axis that leave room for numbers."""

WIDTHS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600)
"""Round widths of the bins of time."""

COLOURS: Final = {
    "done": BLUE,
    "recovered": "#56b4e9",
    "empty": "#999999",
    "skipped": "#cccccc",
    "shed": ORANGE,
    "rejected": "#cc79a7",
    "unknown": VERMILLION,
    "unanswered": "#7a3300",
    "left": "#eceff2",
}
"""Outcomes in the order they are stacked, the good ones below."""


def punctuality(frame: pd.DataFrame, dots: pd.DataFrame, *, lag_p99_s: float) -> Figure:
    """Calls a second as planned and as sent, and how late each one was.

    Args:
        frame: ``at_s`` (when it was due, since the start), ``sent_s`` and ``lag_s`` of each call
            that was sent, in order.
        dots: those of its rows whose lag is drawn.
        lag_p99_s: for the title.
    """
    if frame.empty:
        return nothing(NOTHING_SENT)
    with card(2, 1, height_in=4.2, sharex=True) as (figure, ((rates,), (lags,))):
        edges = _bins(frame[["at_s", "sent_s"]].to_numpy(dtype=np.float64))
        width = edges[1] - edges[0]
        for name, colour, style in (("sent_s", BLUE, "-"), ("at_s", INK, "--")):
            counts, _ = np.histogram(frame[name].to_numpy(dtype=np.float64), edges)
            rates.step(edges, np.append(counts, counts[-1]) / width, where="post", color=colour,
                       linestyle=style, linewidth=1.3)  # fmt: skip
        rates.set_ylabel("calls a second")
        rates.set_ylim(bottom=0)
        key(rates, [("– –", INK, "due"), ("—", BLUE, "sent")])
        unit, scale = ("s", 1) if dots["lag_s"].max() >= LONG_S else ("ms", 1000)
        lags.plot(dots["at_s"], dots["lag_s"] * scale, ".", color=BLUE, markersize=3, alpha=0.6)
        lags.set_ylabel(f"lag ({unit})")
        lags.set_ylim(bottom=0)
        lags.set_xlabel("time since the start (s)")
        titled(figure, f"99 % of the calls were sent within {_ms(lag_p99_s)} of their time")
    return figure


def latency_tails(frame: pd.DataFrame, *, response_p99_s: float) -> Figure:
    """The share of calls that took longer, for lag, service and response, on log scales.

    Args:
        frame: ``measure``, ``seconds`` and ``share_longer``, a row per step, by measure.
        response_p99_s: for the title.
    """
    if frame.empty:
        return nothing(NOTHING_SENT)
    with card(height_in=3.4) as (figure, ((axes,),)):
        labels = []
        for (name, part), colour in zip(frame.groupby("measure", sort=False), SERIES, strict=False):
            axes.step(part["seconds"] * 1000, part["share_longer"], where="post", color=colour)
            labels.append(("—", colour, str(name)))
        axes.set_xscale("log")
        axes.set_yscale("log")
        least = min(0.005, float(frame["share_longer"].min()))
        axes.set_ylim(least, 1.3)
        _log_axes(axes)
        axes.set_xlabel("time (ms)")
        axes.set_ylabel("share of calls that took longer")
        axes.axhline(0.01, color=INK, linewidth=0.7, linestyle=":")
        axes.annotate(
            "1 in 100", (0.01, 0.01), xycoords=("axes fraction", "data"), xytext=(0, 3),
            textcoords="offset points", fontsize=8,
        )  # fmt: skip
        key(axes, labels)
        titled(
            figure,
            "From the instant it was due, 99 of 100 calls were answered within "
            f"{_ms(response_p99_s)}",
        )
    return figure


def outcomes_over_time(frame: pd.DataFrame) -> Figure:
    """What came of the calls, stacked by when they were due.

    ``frame``: ``at_s``, ``outcome`` of each planned call.
    """
    if frame.empty:
        return nothing("No call was planned")
    with card(height_in=3.0) as (figure, ((axes,),)):
        edges = _bins(frame["at_s"].to_numpy(dtype=np.float64))
        bottom = np.zeros(len(edges) - 1)
        shown = []
        for name, colour in COLOURS.items():
            part = frame[frame["outcome"] == name]
            if part.empty:
                continue
            counts, _ = np.histogram(part["at_s"].to_numpy(dtype=np.float64), edges)
            axes.bar(edges[:-1], counts, np.diff(edges), bottom, align="edge", color=colour)
            bottom += counts
            shown.append(("■", colour, name, f"{name} {len(part):,}"))
        axes.set_xlabel("planned time since the start (s)")
        axes.set_ylabel(f"calls per {edges[1] - edges[0]:g} s")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        has_room = sum(len(told) for *_, told in shown) <= KEY_LETTERS
        key(
            axes, [(sign, colour, told if has_room else name) for sign, colour, name, told in shown]
        )
        done = int(frame["outcome"].isin(("done", "recovered")).sum())
        titled(figure, f"{done:,} of {len(frame):,} planned calls were done")
    return figure


def positions(frame: pd.DataFrame) -> Figure:
    """Queue positions, simulated across and observed upwards, as numbers of chats.

    ``frame``: ``simulated``, ``observed`` and ``chats``, in this order, a row per pair.
    """
    if frame.empty:
        return nothing(NOTHING_TO_COMPARE)
    with card(height_in=3.6) as (figure, ((axes,),)):
        last = int(max(frame["simulated"].max(), frame["observed"].max()))
        first = int(min(frame["simulated"].min(), frame["observed"].min(), 1))
        axes.plot([first - 0.5, last + 0.5], [first - 0.5, last + 0.5], color=GREY, linewidth=0.8)
        is_equal = frame["simulated"] == frame["observed"]
        share = frame["chats"] / frame["chats"].max()
        room = min(1.0, MOST_NUMBERED / (last - first + 1))
        axes.scatter(
            frame["simulated"], frame["observed"], s=(25 + 500 * share) * room**2,
            color=np.where(is_equal, BLUE, VERMILLION).tolist(), alpha=0.3, linewidths=0,
        )  # fmt: skip
        if room == 1.0:
            for simulated, observed, chats in frame.to_numpy(dtype=np.int64).tolist():
                axes.annotate(
                    f"{chats}", (simulated, observed), ha="center", va="center", fontsize=8
                )
        for set_limits in (axes.set_xlim, axes.set_ylim):
            set_limits(first - 0.7, last + 0.7)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True, nbins=min(last - first + 2, 10)))
        axes.set_xlabel("simulated queue position")
        axes.set_ylabel("InitialQueuePos")
        equal = int(frame.loc[is_equal, "chats"].sum())
        titled(
            figure,
            f"{equal:,} of {int(frame['chats'].sum()):,} chats had the simulated queue position",
        )
    return figure


def waits_and_order(frame: pd.DataFrame, *, difference_s: float) -> Figure:
    """Waits and the order of pickups: simulated across, observed upwards.

    Args:
        frame: ``simulated_wait_s``, ``wait_s``, ``simulated_order``, ``order`` of each chat that
            was picked up.
        difference_s: the median difference of the waits, for the title.
    """
    if frame.empty:
        return nothing(NO_WAITS)
    with card(1, 2, height_in=3.6) as (figure, ((waits, order),)):
        _diagonal(waits, frame["simulated_wait_s"], frame["wait_s"])
        waits.set_xlabel("simulated wait (s)")
        waits.set_ylabel("observed wait (s, simulated clock)")
        _diagonal(order, frame["simulated_order"], frame["order"])
        order.set_xlabel("order of pickup, simulated")
        order.set_ylabel("order of pickup, observed")
        titled(
            figure,
            f"Half of the waits differ by at most {_plain(difference_s)} s on the simulated clock",
        )
    return figure


def _diagonal(axes: Axes, across: pd.Series[float], up: pd.Series[float]) -> None:
    """Points that lie on the diagonal where both agree."""
    last = float(max(across.max(), up.max(), 1.0)) * 1.05
    axes.plot([0, last], [0, last], color=GREY, linewidth=0.8)
    axes.plot(across, up, ".", color=BLUE, markersize=5, alpha=0.6)
    axes.set_xlim(0, last)
    axes.set_ylim(0, last)
    axes.grid(visible=True, axis="both")


def _bins(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of some forty bins of a round width that hold all times."""
    span = float(times.max()) + 1e-9
    width = next((each for each in WIDTHS_S if span / each <= 60), 3600.0)
    return np.arange(0.0, span + 2 * width, width)


def _log_axes(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(10, numticks=8))
        axis.set_minor_formatter(NullFormatter())


def _plain(number: float) -> str:
    """Two digits that matter, and never an exponent."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
