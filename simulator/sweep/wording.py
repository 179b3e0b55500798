"""Figures, differences and intervals as text, each with its unit."""

from __future__ import annotations

import math

from simulator.metrics.findings import percent, seconds

__all__ = ["NO_BREAK", "amount", "bounds", "change", "compact", "interval", "listed", "size"]

NO_BREAK = "\u00a0"
"""A blank at which no line ends."""
_JOINED = "\u2060–\u2060"


def amount(unit: str, value: float) -> str:
    """A figure as text with its unit.

    >>> amount("share", 0.8345), amount("s", 7.25), amount("agent-hours", 212.25)
    ('83.5 %', '7.2 s', '212.2 agent-hours')
    """
    if math.isnan(value):
        return "–"
    if unit == "share":
        return percent(value)
    if unit == "s":
        return seconds(value)
    return f"{value:,.{2 if abs(value) < 10 else 1}f} {unit}"


def interval(unit: str, low: float, high: float) -> str:
    """The bounds of a figure's interval.

    >>> interval("share", 0.81, 0.8345), interval("s", float("nan"), float("nan"))
    ('81.0 % to 83.5 %', '–')
    """
    if math.isnan(low) or math.isnan(high):
        return "–"
    return f"{amount(unit, low)} to {amount(unit, high)}"


def compact(unit: str, value: float, low: float, high: float) -> str:
    """A figure with its interval for a cell whose heading has the unit; a share in per cent.

    >>> compact("share", 0.8345, 0.81, 0.8561).replace(NO_BREAK, " ").replace(chr(0x2060), "")
    '83.5 (81.0–85.6)'
    """
    if math.isnan(value):
        return "–"
    factor = 100 if unit == "share" else 1
    decimals = 2 if abs(value * factor) < 1 else 1 if abs(value * factor) < 1000 else 0
    told, *ends = (f"{number * factor:,.{decimals}f}" for number in (value, low, high))
    return told if math.isnan(low) else f"{told}{NO_BREAK}({_JOINED.join(ends)})"


def size(unit: str, difference: float) -> str:
    """The size of a difference: of shares in percentage points, to two digits.

    >>> size("share", -0.041), size("s", 0.25), size("chats", 120.0)
    ('4.1 points', '0.25 s', '120.0 chats')
    """
    number = abs(100 * difference if unit == "share" else difference)
    if math.isnan(number):
        return "–"
    decimals = 1 if number == 0 or number >= 1 else min(1 - math.floor(math.log10(number)), 4)
    return f"{number:,.{decimals}f} {'points' if unit == 'share' else unit}"


def change(unit: str, difference: float) -> str:
    """A difference with its sign.

    >>> change("share", -0.0032), change("s", 12.34), change("share", 0.0)
    ('−0.32 points', '+12.3 s', '±0.0 points')
    """
    return "–" if math.isnan(difference) else f"{_sign(difference)}{size(unit, difference)}"


def bounds(unit: str, low: float, high: float, *, signs: bool = True) -> str:
    """The bounds of a difference's interval, the unit once.

    >>> bounds("share", -0.012, 0.034), bounds("share", 0.012, 0.034, signs=False)
    ('−1.2 to +3.4 points', '1.2 to 3.4 points')
    """
    if math.isnan(low) or math.isnan(high):
        return "–"
    near, named = size(unit, low).split(" ", 1)
    far = size(unit, high).split(" ", 1)[0]
    if signs:
        near, far = _sign(low) + near, _sign(high) + far
    return f"{near} to {far} {named}"


def _sign(difference: float) -> str:
    return "+" if difference > 0 else "−" if difference < 0 else "±"


def listed(names: list[str], *, most: int = 4) -> str:
    """Names in a sentence.

    >>> listed(["a"]), listed(["a", "b", "c"]), listed(list("abcdef"))
    ('a', 'a, b and c', 'a, b, c and 3 more')
    """
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
