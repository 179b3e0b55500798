"""A filter's values as what the column of the store holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.entity import WireTime
from simulator.entity.labels import status_of
from simulator.errors import DataError
from simulator.tenant.odata.errors import QueryError, at

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from simulator.tenant.odata.archive import ColumnKind
    from simulator.tenant.odata.tree import Comparison, Scalar

__all__ = ["Bound", "Span", "bound"]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MARKED: Final = re.compile(r"\[(?:I|TS|F):\s*(-?[0-9]{1,15}(?:\.[0-9]{1,6})?)\]")
_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """The instants that a date's text stands for: a second, if it tells no fraction."""

    low: int
    high: int
    """The first instant after it."""


Bound = str | int | float | Span | None


def bound(kind: ColumnKind, value: Scalar, test: Comparison, zone: ZoneInfo) -> Bound:
    """The value to compare a column of ``kind`` with; QueryError if it is none."""
    if value is None:
        return None
    if kind == "text" or (kind == "user" and isinstance(value, str)):
        return _text(value, test)
    if kind == "date":
        return _span(value, test, zone)
    if kind == "status" and isinstance(value, str):
        return _status(value, test)
    return _number(value, test)


def _text(value: Scalar, test: Comparison) -> str:
    if isinstance(value, str):
        return value
    raise _unlike(test, "a text in quotes")


def _number(value: Scalar, test: Comparison) -> int | float:
    if isinstance(value, str):
        form = _MARKED.fullmatch(value)
        digits = form[1] if form else value
        if _PLAIN.fullmatch(digits):
            return float(digits) if "." in digits else int(digits)
    elif value is not None and not isinstance(value, bool):
        return value
    raise _unlike(test, "a number")


def _status(value: str, test: Comparison) -> int:
    status = status_of(value)
    if status is None:
        raise _unlike(test, "a status by its name, number or label")
    return status.value


def _span(value: Scalar, test: Comparison, zone: ZoneInfo) -> Span | None:
    """None for year 1, "not yet". A date without an offset was written in ``zone``."""
    rule = "a date such as '2026-03-23T08:00:00'"
    if not isinstance(value, str):
        raise _unlike(test, rule)
    is_day = _DAY.fullmatch(value) is not None
    try:
        time = WireTime.parse(f"{value}T00:00:00" if is_day else value)
        low = time.epoch_us(zone)
    except (DataError, OverflowError) as error:
        raise _unlike(test, rule) from error
    if low is None:
        return None
    return Span(low, low + (_DAY_US if is_day else 10 ** max(0, 6 - time.digits)))


def _unlike(test: Comparison, rule: str) -> QueryError:
    found = f"{test.column!r} is compared with another kind"
    return at("$filter", test.place, found, f"give {rule}")
