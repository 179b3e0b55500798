"""The course of a figure as a small drawing, and the same in words.

A line over the reports, thin strokes for their intervals, rings at the lowest and the highest
value, a dot at the last, the target as a dashed line. Where a report failed or has no figure the
line is broken.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from simulator.reports.key_figures import bare, change, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.reports.key_figures import Unit
    from simulator.reports.series import Trend

__all__ = ["change_in_words", "in_words", "range_in_words", "sparkline"]

WIDTH: Final = 160
HEIGHT: Final = 40
_MARGIN: Final = 4.0
_SMALLEST_SPAN: Final = {"share": 0.02, "seconds": 2.0, "count": 2.0}
"""What fills the height at least, so that noise is not drawn as a mountain range."""


def sparkline(trend: Trend) -> Markup | None:
    """The drawing; None where there are not two values to join."""
    known = trend.known
    if len(known) < 2:
        return None
    scale = _Scale(trend)
    lowest = min(known, key=lambda each: each[1])
    highest = max(known, key=lambda each: each[1])
    ends = (lowest, highest) if lowest[1] < highest[1] else ()
    parts = [
        _path("interval", _intervals(trend, scale)),
        _path("target", _target(trend, scale)),
        _path("course", _course(known, scale)),
        *(_ring(scale.point(*each), "end", 2.2) for each in ends),
        _ring(scale.point(*known[-1]), "last", 3),
    ]
    return Markup(
        '<svg class="trend" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">'
        "{}</svg>"
    ).format(in_words(trend), WIDTH, HEIGHT, WIDTH, HEIGHT, Markup("").join(parts))


def in_words(trend: Trend) -> str:
    """``Service level of the last 14 reports: from 76.0 % to 81.0 %, latest 79.0 %; …``."""
    values = [value for _, value in trend.known]
    unit, missing = trend.figure.unit, len(trend.estimates) - len(values)
    span = f"from {told(min(values), unit)} to {told(max(values), unit)}"
    reports = f"of the last {len(trend.estimates)} reports"
    words = [f"{trend.figure.label} {reports}: {span}, latest {told(values[-1], unit)}"]
    if missing:
        words.append(f"{missing} without this figure")
    if trend.target:
        words.append(f"target {trend.target.told(unit)}")
    return "; ".join(words)


def range_in_words(trend: Trend) -> str | None:
    """``76.0–81.0 % in 14 reports``; None with fewer than two values."""
    values = [value for _, value in trend.known]
    if len(values) < 2:
        return None
    unit = trend.figure.unit
    low, high = bare(min(values), unit), told(max(values), unit)
    span = high if told(min(values), unit) == high else f"{low}–{high}"
    return f"{span} in {len(values)} reports"


def change_in_words(trend: Trend) -> str | None:
    """``+2.1 points since 22 Nov``; None if the newest or all before it have no value."""
    known = trend.known
    if len(known) < 2 or known[-1][0] != len(trend.estimates) - 1:
        return None
    (place, before), (_, now) = known[-2:]
    on = trend.dates[place]
    return f"{change(now, before, trend.figure.unit)} since {on.day} {on:%b}"


class _Scale:
    """From places and values to the drawing's units."""

    def __init__(self, trend: Trend) -> None:
        values = [value for estimate in trend.estimates if estimate for value in _told(estimate)]
        if trend.target:
            values.append(trend.target.limit)
        self.low, self.high = _widened(min(values), max(values), trend.figure.unit)
        self.span = (self.high - self.low) or 1.0
        self.steps = max(len(trend.estimates) - 1, 1)

    def x(self, place: int) -> float:
        return _MARGIN + (WIDTH - 2 * _MARGIN) * place / self.steps

    def y(self, value: float) -> float:
        share = (value - self.low) / self.span
        return HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * share

    def point(self, place: int, value: float) -> str:
        return f"{self.x(place):.1f} {self.y(value):.1f}"


def _told(estimate: object) -> list[float]:
    bounds = (getattr(estimate, name) for name in ("value", "low", "high"))
    return [bound for bound in bounds if bound is not None]


def _widened(low: float, high: float, unit: Unit) -> tuple[float, float]:
    lacking = max(_SMALLEST_SPAN[unit] - (high - low), 0) / 2
    return low - lacking, high + lacking


def _course(known: Sequence[tuple[int, float]], scale: _Scale) -> str:
    """A line per run of reports that follow each other; one alone is a line to itself."""
    lines = []
    numbered = enumerate(known)
    for _, stretch in groupby(numbered, key=lambda each: each[1][0] - each[0]):
        points = [scale.point(*each) for _, each in stretch]
        lines.append("M" + "L".join(points if len(points) > 1 else points * 2))
    return "".join(lines)


def _intervals(trend: Trend, scale: _Scale) -> str:
    return "".join(
        f"M{scale.point(place, each.low)}V{scale.y(each.high):.1f}"
        for place, each in enumerate(trend.estimates)
        if each is not None and each.low is not None and each.high is not None
    )


def _target(trend: Trend, scale: _Scale) -> str:
    return f"M0 {scale.y(trend.target.limit):.1f}H{WIDTH}" if trend.target else ""


def _path(name: str, drawn: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(name, drawn) if drawn else Markup("")


def _ring(point: str, name: str, radius: float) -> Markup:
    x, y = point.split()
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(name, x, y, radius)
