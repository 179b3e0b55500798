"""The figures that the index shows, in words: their names, units, targets and changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from simulator.errors import UsageError
from simulator.reports.gates import Verdict, parse

__all__ = [
    "KNOWN",
    "Estimate",
    "KeyFigure",
    "Target",
    "bare",
    "change",
    "reason",
    "target_of",
    "told",
]

Unit: TypeAlias = Literal["share", "seconds", "count"]

_RELATIONS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_BOUNDS: Final = {"value": "", "low": " (lower bound)", "high": " (upper bound)"}
_WITH_UNIT: Final = {"share": "\u00a0%", "seconds": "\u00a0s", "count": ""}
"""Bound to its number, so that no line begins with a unit."""
_POINTS: Final = {"share": "\u00a0points", "seconds": "\u00a0s", "count": ""}


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure of a summary that people know by a name."""

    name: str
    """Dotted, as gates name it."""
    label: str
    unit: Unit
    short: str
    """The label of a narrow column."""


KNOWN: Final = (
    KeyFigure("service_level.of_all", "Service level", "share", "Service level"),
    KeyFigure("asa_s", "Mean wait of the served", "seconds", "Mean wait"),
    KeyFigure("abandonment", "Abandonment", "share", "Abandoned"),
    KeyFigure("counts.offered", "Chats", "count", "Chats"),
    KeyFigure("wait_s.p90", "P90 wait", "seconds", "P90 wait"),
    KeyFigure("position_equal", "Queue positions as simulated", "share", "Positions"),
    KeyFigure("rank_equal", "Order as simulated", "share", "Order"),
    KeyFigure("service_s.p99", "P99 answer of the tenant", "seconds", "P99 answer"),
)
"""In the order of how much they say; the first few that a report has are shown."""

_BY_NAME: Final = {figure.name: figure for figure in KNOWN}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of one report; None where it is not known."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Target:
    """What a gate asked of a figure."""

    relation: str
    limit: float

    def told(self, unit: Unit) -> str:
        """``at least 80 %``."""
        return f"{_RELATIONS[self.relation]} {_limit(self.limit, unit)}{_WITH_UNIT[unit]}"


def told(value: float | None, unit: Unit) -> str:
    """A value with its unit: ``81.2 %``, ``7.2 s``, ``1,234``; a dash where there is none."""
    return "–" if value is None else bare(value, unit) + _WITH_UNIT[unit]


def bare(value: float | None, unit: Unit) -> str:
    """A value without its unit, for a column or the end of an interval."""
    return "–" if value is None else _digits(value, unit, like=value)


def _digits(value: float, unit: Unit, *, like: float) -> str:
    """With a digit behind the point for shares, and for seconds if what they are like is short."""
    if unit == "share":
        return f"{100 * value:.1f}"
    return f"{value:.1f}" if unit == "seconds" and abs(like) < 10 else f"{value:,.0f}"


def change(now: float, before: float, unit: Unit) -> str:
    """How far a value is from the one before, as far as the shown digits tell.

    >>> change(1240, 1265, "count"), change(0.5, 0.5001, "share")
    ('−25', 'unchanged')
    """
    by = now - before
    amount = _digits(abs(by), unit, like=max(abs(now), abs(before)))
    if float(amount.replace(",", "")) == 0:
        return "unchanged"
    return f"{'+' if by > 0 else '−'}{amount}{_POINTS[unit]}"


def target_of(verdict: Verdict) -> Target | None:
    """What the gate of a verdict asks; None if its text is none."""
    try:
        gate = parse(verdict.gate)
    except UsageError:
        return None
    return Target(gate.relation, gate.limit)


def reason(verdict: Verdict) -> str:
    """Why a target is missed: ``Service level 76.0 %, target at least 80 %``."""
    figure, target = _BY_NAME.get(verdict.figure), target_of(verdict)
    if figure is None or target is None:
        return str(verdict)
    found = "is not defined (no chats to measure it on)"
    if verdict.found is not None:
        found = _apart(verdict.found, target.limit, figure.unit) + _WITH_UNIT[figure.unit]
    wanted = target.told(figure.unit)
    return f"{figure.label}{_BOUNDS[verdict.on]} {found}, target {wanted}"


def _limit(limit: float, unit: Unit) -> str:
    return f"{round(100 * limit if unit == 'share' else limit, 9):,.10g}"


def _apart(found: float, limit: float, unit: Unit) -> str:
    """With as many digits as it takes to tell it from the limit."""
    scale = 100 if unit == "share" else 1
    for digits in range(1, 9):
        text = f"{scale * found:.{digits}f}"
        if found == limit or round(float(text) - scale * limit, 9) != 0:
            return text
    return f"{scale * found!r}"
