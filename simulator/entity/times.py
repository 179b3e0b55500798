"""Dates as the tenant writes them, kept to the last digit.

.NET writes ``2008-12-12T09:40:58.8163549+01:00`` with 0 to 7 digits of fraction, and an offset
of ``Z``, ``±hh:mm``, ``±hhmm`` or none at all. What has not happened yet is not null but stands
in the year 1, in any of these forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from simulator.errors import DataError

__all__ = ["NOT_YET", "WireTime"]

TICKS_PER_SECOND: Final = 10_000_000
"""A tick is .NET's unit of time, 100 ns; so seven digits of fraction."""

_FORM: Final = re.compile(
    r"(?P<second>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,7}))?"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_RULE: Final = (
    "a date is written 2026-03-23T08:00:00, with up to seven digits of fraction, and then Z, "
    "±hh:mm, ±hhmm or nothing"
)
_FIRST: Final = datetime(1, 1, 1)  # noqa: DTZ001 - ticks count on the wall clock that was written
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class WireTime:
    """A date of the wire: what the clock on the wall showed, and where that wall stands.

    >>> time = WireTime.parse("2008-12-12T09:40:58.8163549+01:00")
    >>> str(time)
    '2008-12-12T09:40:58.8163549+01:00'
    >>> time.instant().isoformat()
    '2008-12-12T09:40:58.816354+01:00'
    >>> WireTime.parse("0001-01-01T01:00:00+01:00").instant() is None
    True
    """

    ticks: int
    """Wall-clock ticks of 100 ns since 0001-01-01T00:00:00."""
    digits: int = 0
    """Digits of fraction written, 0 to 7."""
    offset: str = ""
    """As written: ``Z``, ``+01:00``, ``+0100`` or nothing."""

    @classmethod
    def parse(cls, text: str) -> WireTime:
        """The date that ``text`` writes; DataError if it writes none."""
        form = _FORM.fullmatch(text)
        if form is None:
            raise DataError(f"{text[:60]!r} is not a date; {_RULE}")
        try:
            wall = datetime.fromisoformat(form["second"])
        except ValueError as error:
            raise DataError(f"{text!r} is not a date: {error}; {_RULE}") from error
        offset = form["offset"] or ""
        if offset not in ("", "Z") and (int(offset[1:3]) > 14 or int(offset[-2:]) > 59):
            raise DataError(f"{text!r} is not a date: offsets go from -14:00 to +14:00; {_RULE}")
        fraction = form["fraction"] or ""
        seconds = (wall - _FIRST) // timedelta(seconds=1)
        ticks = seconds * TICKS_PER_SECOND + int(fraction.ljust(7, "0"))
        return cls(ticks, len(fraction), offset)

    def __str__(self) -> str:
        seconds, fraction = divmod(self.ticks, TICKS_PER_SECOND)
        text = (_FIRST + timedelta(seconds=seconds)).isoformat()
        if self.digits:
            text += "." + f"{fraction:07d}"[: self.digits]
        return text + self.offset

    @property
    def is_set(self) -> bool:
        """Whether it has happened: any date but those of the year 1."""
        return self.ticks >= 365 * 86_400 * TICKS_PER_SECOND

    def instant(self, zone: tzinfo | None = None) -> datetime | None:
        """The instant, cut to whole microseconds; None for what has not happened yet.

        ``zone`` is where a date without an offset was written; of a doubled hour the first is
        meant. DataError if such a date comes without ``zone``.
        """
        if not self.is_set:
            return None
        wall = _FIRST + timedelta(microseconds=self.ticks // 10)
        # An offset of its own, as Python finds no instant equal to one in a zone's doubled hour.
        ahead = self._zone(zone).utcoffset(wall) or timedelta(0)
        return wall.replace(tzinfo=timezone(ahead))

    def epoch_us(self, zone: tzinfo | None = None) -> int | None:
        """``instant`` as microseconds since 1970-01-01T00:00:00Z."""
        instant = self.instant(zone)
        return None if instant is None else (instant - _EPOCH) // _MICROSECOND

    def _zone(self, zone: tzinfo | None) -> tzinfo:
        if self.offset == "Z":
            return UTC
        if self.offset:
            away = timedelta(hours=int(self.offset[1:3]), minutes=int(self.offset[-2:]))
            return timezone(-away if self.offset[0] == "-" else away)
        if zone is None:
            raise DataError(
                f"'{self}' does not say in which time zone it is; name the tenant's base time "
                "zone, or export with SO-TimeZone: UTC, includeTZOffset"
            )
        return zone


NOT_YET: Final = WireTime(0)
"""0001-01-01T00:00:00, which stands for "not yet"."""
