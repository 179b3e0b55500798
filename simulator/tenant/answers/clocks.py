"""Instants as the tenant writes them: one clock for each zone and form that somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from simulator.errors import DataError

__all__ = ["Clock", "clock", "zone_codes", "zone_of"]

_MINUTE_US: Final = 60_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, 23, 59)  # noqa: DTZ001 - what a clock on the wall shows
_TENS: Final = tuple(f"{second:02d}" for second in range(60))
_REMEMBERED: Final = 20_000

_ZONES: Final = {
    "UTC": "UTC",
    "GMT": "UTC",
    "NO": "Europe/Oslo",
    "SE": "Europe/Stockholm",
    "DK": "Europe/Copenhagen",
    "FI": "Europe/Helsinki",
    "DE": "Europe/Berlin",
    "NL": "Europe/Amsterdam",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "AT": "Europe/Vienna",
    "FR": "Europe/Paris",
    "PL": "Europe/Warsaw",
    "LT": "Europe/Vilnius",
    "GB": "Europe/London",
    "UK": "Europe/London",
    "IE": "Europe/Dublin",
    "IN": "Asia/Kolkata",
}
"""Codes of ``SO-TimeZone``: UTC, or a country with one time zone."""
_BY_NUMBER: Final = {str(number): code for number, code in enumerate(_ZONES, start=1)}
"""UTC has the number that the real tenant gives it; the other numbers are our own."""


@lru_cache(maxsize=256)
def zone_of(code: str) -> ZoneInfo:
    """The zone of a code of ``SO-TimeZone``, or of a name such as Europe/Oslo.

    DataError for one that is not known; the real tenant lists its own under ``/v1/timezone``.
    """
    given = code.strip()
    name = _ZONES.get(_BY_NUMBER.get(given, given).upper(), given)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        known = ", ".join(_ZONES)
        raise DataError(
            f"time zone {code[:40]!r} is not known; give one of {known}, or a name such as "
            "Europe/Oslo"
        ) from error


def zone_codes() -> list[tuple[int, str, str]]:
    """Number, code and name of every zone that has a code."""
    return [(int(number), code, _ZONES[code]) for number, code in _BY_NUMBER.items()]


@dataclass(slots=True)
class Clock:
    """Writes instants (microseconds since 1970 in UTC) in one zone and form.

    >>> Clock(ZoneInfo("Europe/Oslo"), has_offset=True, digits=3)(1_774_249_230_123_456)
    '2026-03-23T08:00:30.123+01:00'
    >>> Clock(ZoneInfo("Europe/Oslo"), has_offset=False, digits=0)(None)
    '0001-01-01T00:00:00'
    """

    zone: ZoneInfo
    has_offset: bool
    digits: int
    """Digits of the second's fraction, 0 to 7; the rest is cut off."""
    has_z: bool = False
    """Whether UTC is told by ``Z`` even without offsets asked for."""
    not_yet: str = field(init=False)
    """What stands for an instant that has not come: the first of .NET's calendar."""
    _minutes: dict[int, tuple[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.not_yet = self._first()

    def __call__(self, us: int | None) -> str:
        """The date as text."""
        if us is None:
            return self.not_yet
        minute, rest = divmod(us, _MINUTE_US)
        begun = self._minutes.get(minute) or self._remembered(minute)
        if self.digits:
            second, micro = divmod(rest, 1_000_000)
            fraction = f"{micro:06d}0"[: self.digits]
            return f"{begun[0]}{_TENS[second]}.{fraction}{begun[1]}"
        return begun[0] + _TENS[rest // 1_000_000] + begun[1]

    def _remembered(self, minute: int) -> tuple[str, str]:
        if len(self._minutes) >= _REMEMBERED:
            self._minutes.clear()
        begun = self._minutes[minute] = self._begun(minute)
        return begun

    def _begun(self, minute: int) -> tuple[str, str]:
        """What stands before and after the seconds."""
        ahead = self._ahead(minute)
        try:
            wall = (_EPOCH + timedelta(minutes=minute + ahead)).replace(tzinfo=None)
        except OverflowError:
            wall = _LAST if minute > 0 else datetime.min  # noqa: DTZ901
        return wall.isoformat()[:17], self._suffix(ahead)

    def _ahead(self, minute: int) -> int:
        """Whole minutes that the zone's clocks are ahead of UTC."""
        try:
            ahead = (_EPOCH + timedelta(minutes=minute)).astimezone(self.zone).utcoffset()
        except OverflowError:
            ahead = None
        return 0 if ahead is None else ahead // timedelta(minutes=1)

    def _suffix(self, ahead: int) -> str:
        if self.zone.key == "UTC":
            return "Z" if self.has_offset or self.has_z else ""
        if not self.has_offset:
            return ""
        hours, minutes = divmod(abs(ahead), 60)
        return f"{'-' if ahead < 0 else '+'}{hours:02d}:{minutes:02d}"

    def _first(self) -> str:
        """Year 1 moved to the zone with its clocks, as the real tenant does it."""
        ahead = self._ahead(0)
        shown = max(ahead, 0) if self.has_offset else 0
        return f"0001-01-01T{shown // 60:02d}:{shown % 60:02d}:00{self._suffix(ahead)}"


@lru_cache(maxsize=256)
def clock(zone: ZoneInfo, digits: int, *, has_offset: bool, has_z: bool) -> Clock:
    """The clock of a zone and form; the same one each time, as it remembers what it wrote."""
    return Clock(zone, has_offset, digits, has_z)
