"""Rows of names with something drawn along each: the frame of the charts of a study's cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.charts.style import INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from simulator.charts.units import Scale

__all__ = [
    "HEAD_IN",
    "MOST_ROWS",
    "ROW_IN",
    "beside",
    "rows_of",
    "shortened",
    "target_key",
    "target_line",
]

ROW_IN, HEAD_IN = 0.21, 1.25
"""Heights in inches: of a row; of title, key and axis together."""

MOST_ROWS = 60
"""More would make a chart longer than a screen; the table below has all."""

LONGEST_NAME = 38


def beside(axes: Axes, place: int, text: str, *, colour: str = INK, bold: bool = False) -> None:
    """A row's number to the right of the axes."""
    axes.annotate(
        text,
        (1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=colour,
        fontweight="bold" if bold else "normal",
        annotation_clip=False,
    )


def rows_of(axes: Axes, names: Sequence[str]) -> None:
    """A vertical axis of names, the first on top."""
    axes.set_yticks(range(len(names)), [shortened(str(name)) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.04)


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """A name with its end cut off where it has more letters than there is room for."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def target_line(axes: Axes, target: float, scale: Scale) -> None:
    """A dashed line at the target across rows of cases."""
    axes.axvline(target * scale.factor, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))


def target_key(target: float | None, scale: Scale) -> list[tuple[str, str, str]]:
    """What the key says of it; nothing without a target."""
    return (
        [] if target is None else [("- -", INK, f"target {target * scale.factor:g} {scale.unit}")]
    )
