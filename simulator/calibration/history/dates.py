"""Columns of dates in every form that an export writes, as instants.

.NET's and ISO dates with 0 to 7 digits of fraction and ``Z``, ``±hh:mm``, ``±hhmm`` or no offset;
``31.12.2026 13:05``, ``31/12/2026 13:05:10``, ``12/31/2026 1:05 PM``; Excel's serial numbers. The
year 1 is .NET's "not yet": such a date is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from simulator.calibration.history.shapes import Shaped, by_shape, is_blank

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["NO_OFFSET", "Dates", "Instants", "Order", "instants", "order_seen", "parse_dates"]

Order = Literal["day first", "month first"]

NO_OFFSET: Final = np.int16(32_767)
"""In place of the minutes of an offset: the date is written without one."""

DAY_US: Final = 86_400_000_000
QUARTER_US: Final = 900_000_000
"""All clocks of the world are moved at a whole quarter of an hour."""

_TIME: Final = (
    r"(?P<hour>0?0):(?P<minute>00)(?::(?P<second>00)(?:[.,](?P<fraction>0{1,7}))?)?"
    r"(?P<half>(?:\s|\xc2\xa0|\xe2\x80\xaf)*[AaPp]\.?[Mm]\.?)?"  # no-break spaces, as bytes
)
_OFFSET: Final = r"\s*(?P<offset>Z|(?P<sign>[+-])(?P<ahead>00):?(?P<minutes>00))?"
_ISO: Final = re.compile(
    rf"(?P<year>0000)[-/.](?P<month>00)[-/.](?P<day>00)(?:(?:T|\s+){_TIME}{_OFFSET})?"
)
_WIRE: Final = re.compile(
    r"(?P<year>0000)-(?P<month>00)-(?P<day>00)T(?P<hour>00):(?P<minute>00):(?P<second>00)"
    rf"(?:\.(?P<fraction>0{{1,7}}))?(?P<half>!)?{_OFFSET}"
)
_POINTS: Final = re.compile(
    rf"(?P<day>0?0)\.(?P<month>0?0)\.(?P<year>0000)(?:(?:T|,?\s+){_TIME}{_OFFSET})?"
)
_EITHER: Final = re.compile(
    rf"(?P<day>0?0)(?P<stroke>[/-])(?P<month>0?0)(?P=stroke)(?P<year>0000)(?:,?\s+{_TIME}{_OFFSET})?"
)
"""Day and month in this order, or in the other."""
_SERIAL: Final = re.compile(r"(?P<whole>0{4,5})(?:[.,](?P<part>0+))?")
SERIAL_EPOCH: Final = np.datetime64("1899-12-30", "us").astype(np.int64)
"""Excel's day 0; its 29 February 1900 lies before every date that counts here."""
_CALENDAR: Final = (_ISO, _POINTS, _EITHER)


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """What the clock on the wall showed, row by row."""

    wall_us: NDArray[np.int64]
    """Microseconds since 1970-01-01T00:00 of that clock; 0 where ``missing`` or ``unreadable``."""
    offset_min: NDArray[np.int16]
    """Minutes ahead of UTC, or ``NO_OFFSET``."""
    missing: NDArray[np.bool_]
    """Nothing stands there, or a date of the year 1."""
    unreadable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """Microseconds since 1970-01-01T00:00Z; 0 where the date is missing or unreadable."""

    utc_us: NDArray[np.int64]
    skipped: NDArray[np.bool_]
    """The clock never showed it (spring): read as if it had not been put forward yet."""
    again_us: NDArray[np.int64]
    """How much later the clock showed it a second time (autumn); 0 where it did not."""


def parse_dates(texts: pa.Array, *, order: Order = "day first", wire: bool = False) -> Dates:
    """The dates of a column.

    ``order`` is how ``01/02/2026`` is meant; a date that is possible in the other order alone is
    unreadable. ``wire``: the forms of the tenant's JSON only.
    """
    count = len(texts)
    wall = np.zeros(count, np.int64)
    offset = np.full(count, NO_OFFSET)
    readable = np.zeros(count, np.bool_)
    missing = is_blank(texts)
    for shaped in by_shape(texts):
        found = _wire(shaped) if wire else _read(shaped, order)
        if found is not None:
            wall[shaped.rows], offset[shaped.rows], readable[shaped.rows] = found
    year_1 = readable & (wall < _YEAR_2)
    wall[~readable | year_1] = 0
    return Dates(wall, offset, missing | year_1, ~readable & ~missing)


_YEAR_2: Final = np.datetime64("0002-01-01", "us").astype(np.int64)


def _wire(shaped: Shaped) -> Any:
    match = _WIRE.fullmatch(shaped.shape)
    return None if match is None else _calendar(shaped, match, swap=False)


def _read(shaped: Shaped, order: Order) -> Any:
    """(wall_us, offset_min, readable) of the rows; None if the shape is no date's."""
    for form in _CALENDAR:
        if match := form.fullmatch(shaped.shape):
            swap = form is _EITHER and order == "month first"
            return _calendar(shaped, match, swap=swap)
    if match := _SERIAL.fullmatch(shaped.shape):
        return _serial(shaped, match)
    return None


def _serial(shaped: Shaped, match: re.Match[str]) -> Any:
    days = shaped.decimal(match, "whole", "part")
    # A double holds a serial date to about a microsecond; Excel itself rounds to the millisecond.
    wall = SERIAL_EPOCH + np.rint(days * 86_400_000).astype(np.int64) * 1000
    return wall, NO_OFFSET, (days >= 367) & (days < 80_000)


def _calendar(shaped: Shaped, match: re.Match[str], *, swap: bool) -> Any:
    year, month, day = (shaped.number(match, each) for each in ("year", "month", "day"))
    if swap:
        month, day = day, month
    days, real = _days(year, month, day)
    of_day, real_time = _of_day_us(shaped, match)
    offset, real_offset = _offset_min(shaped, match)
    return days * DAY_US + of_day, offset, real & real_time & real_offset


def _days(year: Any, month: Any, day: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970-01-01, and whether the calendar has the day."""
    real = (month >= 1) & (month <= 12) & (day >= 1) & (year >= 1)
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first + day - 1, real & (day <= after - first)


def _of_day_us(shaped: Shaped, match: re.Match[str]) -> tuple[Any, Any]:
    hour, minute, second = (shaped.number(match, each) for each in ("hour", "minute", "second"))
    real = (hour <= 23) & (minute <= 59) & (second <= 59)
    if match["half"]:
        real &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + (12 if "p" in match["half"].lower() else 0)
    first, last = match.span("fraction")
    # .NET's seventh digit is cut, not rounded, as WireTime.instant cuts it.
    fraction = shaped.number(match, "fraction") * 10 ** (7 - (last - first)) // 10
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction, real


def _offset_min(shaped: Shaped, match: re.Match[str]) -> tuple[Any, Any]:
    if not match["offset"]:
        return NO_OFFSET, True
    if match["offset"] == "Z":
        return np.int16(0), True
    hours, minutes = shaped.number(match, "ahead"), shaped.number(match, "minutes")
    ahead = (hours * 60 + minutes) * (-1 if match["sign"] == "-" else 1)
    real = (hours <= 14) & (minutes <= 59)
    return np.where(real, ahead, 0).astype(np.int16), real


# ------------------------------------------------------------------------- day or month first


def order_seen(texts: pa.Array) -> tuple[int | None, int | None, bool]:
    """Whether day or month comes first, as far as these dates tell.

    The first row that is possible with the day first only, that with the month first only, and
    whether any row would be another date in the other order.
    """
    day_first: list[int] = []
    month_first: list[int] = []
    differs = False
    for shaped in by_shape(texts):
        if match := _EITHER.fullmatch(shaped.shape):
            first, second = shaped.number(match, "day"), shaped.number(match, "month")
            day_first += shaped.rows[(first > 12) & (second <= 12)][:1].tolist()
            month_first += shaped.rows[(second > 12) & (first <= 12)][:1].tolist()
            differs |= bool(((first != second) & (first <= 12) & (second <= 12)).any())
    return min(day_first, default=None), min(month_first, default=None), differs


# ---------------------------------------------------------------------------- wall to instant


def instants(dates: Dates, zone: ZoneInfo) -> Instants:
    """The dates as instants; those without an offset were written in ``zone``.

    A time that the clock skipped is read with the offset before the change, and of one shown twice
    the first is meant, as ``WireTime.instant`` does.
    """
    count = len(dates.wall_us)
    skipped, again = np.zeros(count, np.bool_), np.zeros(count, np.int64)
    ahead = dates.offset_min.astype(np.int64) * 60_000_000
    local = (dates.offset_min == NO_OFFSET) & ~dates.missing & ~dates.unreadable
    if local.any():
        quarters, where = np.unique(dates.wall_us[local] // QUARTER_US, return_inverse=True)
        first, second = _offsets_us(quarters, zone)
        ahead[local] = first[where]
        skipped[local] = (first < second)[where]
        again[local] = np.maximum(first - second, 0)[where]
    utc = np.where(dates.missing | dates.unreadable, 0, dates.wall_us - ahead)
    return Instants(utc, skipped, again)


def _offsets_us(
    quarters: NDArray[np.int64], zone: ZoneInfo
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The zone's offsets at these quarters of an hour of its wall clock: first and second time."""
    start = datetime(1970, 1, 1, tzinfo=zone)
    walls = [start + timedelta(minutes=15 * int(quarter)) for quarter in quarters]
    first = [_us(wall.utcoffset()) for wall in walls]
    second = [_us(wall.replace(fold=1).utcoffset()) for wall in walls]
    return np.array(first, np.int64), np.array(second, np.int64)


def _us(offset: timedelta | None) -> int:
    return 0 if offset is None else offset // timedelta(microseconds=1)
