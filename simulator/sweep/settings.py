"""What cases are set to: which settings have an order, and how a path reads in a table."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from simulator.scenario.durations import parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["amounts", "changed", "circumstances", "in_order", "plain", "spoken"]

CUSTOMERS = frozenset({"arrivals", "patience", "silent", "retry"})
"""Keys of a topic that are the customers' doing; all else a desk can decide, or work on."""

_NAMED = re.compile(r"(?P<part>\w+)\[(?P<name>[^\]]+)\]\.?(?P<rest>.*)")


def spoken(path: str) -> str:
    """A path of the scenario as a reader says it.

    >>> spoken("agents[Generalists].count"), spoken("topics[Sales].offline_form.after")
    ('Generalists: count', 'Sales: offline form, after')
    >>> spoken("opening_hours.mon-fri")
    'opening hours, mon-fri'
    """
    named = _NAMED.fullmatch(path)
    if named is None:
        return _plain(path)
    return f"{named['name']}: {_plain(named['rest'])}".rstrip(": ")


def _plain(path: str) -> str:
    return path.replace("_", " ").replace(".", ", ")


def plain(setting: str) -> str:
    """A setting without the marks of its notation.

    >>> plain("{mon-fri: [08:00-18:00], sat: [10:00-15:00]}")
    'mon-fri: 08:00-18:00, sat: 10:00-15:00'
    """
    return re.sub(r"[\[\]{}]", "", setting)


def amounts(settings: Sequence[str]) -> dict[str, float] | None:
    """Settings as numbers (durations in seconds), or None if any has no order.

    >>> amounts(["3", "10"]), amounts(["3m", "90s"]), amounts(["late", "3"])
    ({'3': 3.0, '10': 10.0}, {'3m': 180.0, '90s': 90.0}, None)
    """
    found = {}
    for setting in settings:
        number = _number(setting)
        if number is None:
            return None
        found[setting] = number
    return found


def _number(setting: str) -> float | None:
    for read in (float, parse_duration):
        try:
            number = float(read(setting))
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return None


def in_order(settings: Sequence[str]) -> list[str]:
    """Different settings from the least to the greatest; as they come where they have no order.

    >>> in_order(["10", "3", "3"]), in_order(["late", "early", "late"])
    (['3', '10'], ['late', 'early'])
    """
    different = list(dict.fromkeys(settings))
    numbers = amounts(different)
    return different if numbers is None else sorted(different, key=lambda text: numbers[text])


def changed(cases: pd.DataFrame, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that differ between the cases."""
    return tuple(path for path in paths if len(set(cases[path])) > 1)


def circumstances(paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that no desk decides: who comes, how patient they are.

    >>> circumstances(["agents[Generalists].count", "topics[Sales].arrivals.scale"])
    ('topics[Sales].arrivals.scale',)
    """
    return tuple(path for path in paths if _is_circumstance(path))


def _is_circumstance(path: str) -> bool:
    named = _NAMED.fullmatch(path)
    return (
        named is not None
        and named["part"] == "topics"
        and named["rest"].partition(".")[0] in CUSTOMERS
    )
