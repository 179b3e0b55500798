"""Durations in the words of titles and labels."""

from __future__ import annotations

__all__ = ["duration", "time_unit"]

MINUTES_FROM_S = 300.0
"""Axes that reach further are in minutes."""


def duration(length_s: float) -> str:
    """A duration as a reader says it.

    >>> duration(0.0), duration(8.26), duration(75.0), duration(312.0), duration(600.0)
    ('0 s', '8.3 s', '75 s', '5 min 12 s', '10 min')
    """
    if length_s < 10 and round(length_s, 1) != round(length_s):
        return f"{length_s:.1f} s"
    if length_s < 100:
        return f"{length_s:.0f} s"
    minutes, rest = divmod(round(length_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def time_unit(longest_s: float) -> tuple[str, float]:
    """The unit of an axis that reaches so far, and what seconds are multiplied with.

    >>> time_unit(120.0)
    ('s', 1.0)
    >>> unit, factor = time_unit(900.0)
    >>> unit, round(900 * factor)
    ('min', 15)
    """
    return ("min", 1 / 60) if longest_s > MINUTES_FROM_S else ("s", 1.0)
