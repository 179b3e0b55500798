"""The look of all charts: colours, type, titles, axes, and labels that stand at their lines."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea
from matplotlib.ticker import FuncFormatter, MultipleLocator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = [
    "BLUE",
    "DARK",
    "GREY",
    "INK",
    "ORANGE",
    "SEQUENCE",
    "SERIES",
    "VERMILLION",
    "band",
    "card",
    "clock_axis",
    "darker",
    "greatest",
    "is_nothing",
    "key",
    "least",
    "line_labels",
    "nothing",
    "percent_axis",
    "titled",
    "waking_hours",
]

# Okabe and Ito's colours, in an order in which the first four differ in lightness too. Their
# yellow and light sky blue are too pale for lines and text on white.
BLUE = "#0072b2"
VERMILLION = "#d55e00"
GREEN = "#009e73"
PURPLE = "#cc79a7"
ORANGE = "#e69f00"
SKY = "#56b4e9"
INK = "#1f2328"
GREY = "#6b7280"
PALE = "#d8dee4"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE)
SEQUENCE = ("#dfe9f2", "#9ec5e0", "#3f8fc4", "#0b4f86", "#06294a")
"""From few to many, light to dark."""
DARK = frozenset(SEQUENCE[2:])
"""Those that take white text."""

QUIET = 0.05
"""Times of day with less than this part of the peak's size are not drawn at the edges."""

WIDTH_IN = 9.4
TITLE_LETTERS = 92
"""As many as fit in a line of the title."""

RC: Any = {
    "figure.facecolor": "#ffffff",
    "axes.facecolor": "#ffffff",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titlecolor": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 0.6,
}


@contextmanager
def card(
    rows: int = 1, columns: int = 1, *, height_in: float, **subplots: Any
) -> Iterator[tuple[Figure, NDArray[Any]]]:
    """A figure of the house's width and its axes, (rows, columns), drawn on inside the ``with``.

    ``height_in`` is that of the whole figure in inches; further arguments go to ``subplots``.
    """
    with mpl.rc_context(RC):
        figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        yield figure, figure.subplots(rows, columns, squeeze=False, **subplots)


def titled(figure: Figure, finding: str) -> None:
    """Head the figure with what it shows, as a sentence with its number."""
    text = "\n".join(textwrap.wrap(finding, TITLE_LETTERS))
    figure.suptitle(text, x=0.008, ha="left", fontsize=11, fontweight="bold", color=INK)


def clock_axis(axes: Axes, zone: str) -> None:
    """An axis of local time of day, ticked at full hours; its limits are set already."""
    span = float(np.diff(axes.get_xlim())[0])
    step = next(hours for hours in (1, 2, 3, 4, 6) if span / hours <= 13 or hours == 6)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: f"{int(hour):02d}:00"))
    axes.set_xlabel(f"local time ({zone})")


def percent_axis(axes: Axes, label: str) -> None:
    """A vertical axis of shares in per cent; its limits are set already."""
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.set_ylabel(label)


def band(
    axes: Axes,
    across: NDArray[np.float64],
    frame: pd.DataFrame,
    name: str,
    *,
    colour: str,
    unit: str = "",
    scale: float = 1.0,
    width: float = 1.6,
) -> None:
    """A figure's line with its 95 % band; nothing where it is not known."""
    value = frame[f"{name}{unit}"].to_numpy(dtype=np.float64) * scale
    low = frame[f"{name}_low{unit}"].to_numpy(dtype=np.float64) * scale
    high = frame[f"{name}_high{unit}"].to_numpy(dtype=np.float64) * scale
    axes.fill_between(across, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(across, value, color=colour, linewidth=width)


def line_labels(
    axes: Axes, labels: Sequence[tuple[str, float, str]], *, right: float | None = None
) -> None:
    """Names at the right end of their lines, moved apart where they would meet.

    A name that had to move keeps a thin line to where it belongs.

    Args:
        axes: with its final limits (and scale).
        labels: (text, height in data units, colour).
        right: where they stand, in data units; the right edge if left out.
    """
    if not labels:
        return
    low, high = axes.transData.transform([(0, limit) for limit in axes.get_ylim()])[:, 1]
    points = axes.transData.transform([(0, height) for _, height, _ in labels])[:, 1]
    shares = np.clip((points - low) / (high - low), 0.0, 1.0)
    moved = _moved_apart(shares, least=_letter_height(axes))
    place = axes.get_xlim()[1] if right is None else right
    for (text, _, colour), share, moved_to in zip(labels, shares, moved, strict=True):
        shift = (moved_to - share) * _height_pt(axes)
        axes.annotate(
            text,
            (place, share),
            xycoords=("data", "axes fraction"),
            xytext=(6 if abs(shift) < 1 else 14, shift),
            textcoords="offset points",
            va="center",
            color=darker(colour),
            fontweight="bold",
            fontsize=8.5,
            annotation_clip=False,
            arrowprops=None
            if abs(shift) < 1
            else {"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
        )


def key(axes: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    """What the colours mean, in a line above the axes: (sign, colour, meaning)."""
    boxes: list[Artist] = [
        box
        for sign, colour, meaning in entries
        for box in (
            TextArea(sign, textprops={"color": colour, "fontsize": 10}),
            TextArea(f"{meaning}     ", textprops={"color": INK, "fontsize": 8.5}),
        )
    ]
    packed = HPacker(children=boxes, pad=0, sep=4, align="center")
    axes.add_artist(
        AnchoredOffsetbox(
            "lower left",
            child=packed,
            pad=0.2,
            frameon=False,
            bbox_to_anchor=(0.0, 1.0),
            bbox_transform=axes.transAxes,
            borderpad=0,
        )
    )


def darker(colour: str) -> str:
    """The colour for text: a third of the way to black, to be read on white."""
    red, green, blue = to_rgb(colour)
    return to_hex((0.68 * red, 0.68 * green, 0.68 * blue))


NOTHING = "nothing"


def nothing(reason: str) -> Figure:
    """A card that says why there is nothing to see."""
    with card(height_in=0.9) as (figure, ((axes,),)):
        axes.set_axis_off()
        titled(figure, reason)
    figure.set_gid(NOTHING)
    return figure


def is_nothing(figure: Figure) -> bool:
    """Whether the figure is one of :func:`nothing`, which a page tells in words instead."""
    return figure.get_gid() == NOTHING


def greatest(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """The first row with the greatest value of a column, unknown ones passed over."""
    return frame.iloc[int(np.nanargmax(frame[column].to_numpy(dtype=np.float64)))]


def least(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """The first row with the least value of a column, unknown ones passed over."""
    return frame.iloc[int(np.nanargmin(frame[column].to_numpy(dtype=np.float64)))]


def waking_hours(times_h: pd.Series[float], sizes: pd.Series[float]) -> tuple[float, float]:
    """The first and the last time of day at which there is anything worth an inch of paper.

    That is a twentieth of the peak: the few minutes of overtime after midnight would otherwise
    stretch the axis over an empty night. The data table below a chart has all hours.
    """
    awake = times_h[sizes >= QUIET * sizes.max()]
    return float(awake.min()), float(awake.max())


def _height_pt(axes: Axes) -> float:
    """The height of the axes in points, before the final layout."""
    figure = axes.get_figure(root=True)
    inches = 0.0 if figure is None else axes.get_position().height * figure.get_figheight()
    return 72.0 * max(inches, 0.3)


def _letter_height(axes: Axes) -> float:
    """The height of a line of text as a share of the axes' height."""
    return 12.5 / _height_pt(axes)


def _moved_apart(shares: NDArray[np.float64], *, least: float) -> NDArray[np.float64]:
    """The same heights, at least ``least`` apart and inside 0 to 1 as far as there is room."""
    order = np.argsort(shares, kind="stable")
    moved = shares[order]
    for upward in range(1, len(moved)):
        moved[upward] = max(moved[upward], moved[upward - 1] + least)
    overshoot = max(moved[-1] - 1.0, 0.0) if len(moved) else 0.0
    if overshoot:
        moved[-1] -= overshoot
        for downward in range(len(moved) - 2, -1, -1):
            moved[downward] = min(moved[downward], moved[downward + 1] - least)
    apart = np.empty_like(moved)
    apart[order] = moved
    return apart
