"""From local wall-clock time to instants, once and exactly, across changes of the clocks.

Instants are integer microseconds since the scenario's start; a time of day is microseconds after
local midnight on the wall clock.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from simulator.scenario.durations import DAY_US, clock_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["LocalTime", "Segment"]

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one local date in which the clock runs steadily."""

    from_us: int
    until_us: int
    wall_us: int
    """What the clock shows at ``from_us``."""


class LocalTime:
    """One time zone's wall clock, with instants counted from ``start``.

    Raises ValueError (with the two nearest valid times) if ``start`` never comes.
    """

    def __init__(self, zone: ZoneInfo, start: datetime) -> None:
        self.zone = zone
        self._origin = 0
        self._segments = lru_cache(maxsize=None)(self._find_segments)
        wall_us = (start - datetime.combine(start.date(), time())) // timedelta(microseconds=1)
        origin = self.instant(start.date(), wall_us)
        self._segments.cache_clear()
        self._origin = origin
        self.start = self.moment(0)

    def moment(self, at_us: int) -> datetime:
        """The instant as an aware datetime in the zone."""
        whole, part = divmod(at_us + self._origin, 1_000_000)
        return datetime.fromtimestamp(whole, self.zone) + timedelta(microseconds=part)

    def segments(self, day: date) -> tuple[Segment, ...]:
        """The local date's stretches in order: one, but for the days when the clocks change."""
        return self._segments(day)

    def bounds(self, day: date) -> tuple[int, int]:
        """The instants at which the local date begins and ends."""
        stretches = self.segments(day)
        return stretches[0].from_us, stretches[-1].until_us

    def instant(self, day: date, wall_us: int) -> int:
        """When the clock first shows this on that date; from 24:00 on the next date is meant.

        Raises ValueError, naming the nearest valid times, if the clocks leap over it.
        """
        if wall_us == DAY_US:
            return self.bounds(day)[1]
        if wall_us > DAY_US:
            return self.instant(day + timedelta(days=1), wall_us - DAY_US)
        stretches = self.segments(day)
        for piece in stretches:
            since = wall_us - piece.wall_us
            if 0 <= since < piece.until_us - piece.from_us:
                return piece.from_us + since
        earlier = [s.wall_us + s.until_us - s.from_us for s in stretches]
        before = max((end for end in earlier if end <= wall_us), default=0)
        after = min((s.wall_us for s in stretches if s.wall_us > wall_us), default=DAY_US)
        step = 60_000_000 if before % 60_000_000 == 0 else 1_000_000
        nearest = clock_text(before - step) if before else f"{clock_text(DAY_US)} of the day before"
        raise ValueError(
            f"{clock_text(wall_us)} does not exist on {day} in {self.zone.key}, where the clocks "
            f"go forward; the nearest valid times are {nearest} and {clock_text(after)}"
        )

    def elapsed(self, day: date, from_wall_us: int, until_wall_us: int) -> list[tuple[int, int]]:
        """When the clock shows [from, until) on that date: nothing in a gap, twice when doubled."""
        pieces = []
        for piece in self.segments(day):
            shift = piece.from_us - piece.wall_us
            begins = max(piece.from_us, from_wall_us + shift)
            ends = min(piece.until_us, until_wall_us + shift)
            if begins < ends:
                pieces.append((begins, ends))
        return pieces

    def wall_on(self, day: date, at_us: int) -> int:
        """What the clock shows at the instant, seen from this date: from 0:00 to 24:00 of it."""
        moment = self.moment(at_us)
        if moment.date() != day:
            return 0 if moment.date() < day else DAY_US
        since_midnight = moment.replace(tzinfo=None) - datetime.combine(day, time())
        return since_midnight // timedelta(microseconds=1)

    def _find_segments(self, day: date) -> tuple[Segment, ...]:
        midnight = (day.toordinal() - _EPOCH) * 86_400  # as if the zone were UTC
        begins, ends = self._first_instant(day), self._first_instant(day + timedelta(days=1))
        cuts = [begins, ends]
        if ends > begins and self._offset(begins) != self._offset(ends - 1):
            cuts.insert(1, self._change_between(begins, ends - 1))
        return tuple(
            Segment(
                since * 1_000_000 - self._origin,
                until * 1_000_000 - self._origin,
                (since + self._offset(since) - midnight) * 1_000_000,
            )
            for since, until in itertools.pairwise(cuts)
        )

    def _first_instant(self, day: date) -> int:
        """Unix seconds at which the date begins (in a gap at midnight: when the gap is leapt)."""
        return int(datetime.combine(day, time(), self.zone).timestamp())

    def _offset(self, unix_s: int) -> int:
        offset = datetime.fromtimestamp(unix_s, self.zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    def _change_between(self, low: int, high: int) -> int:
        """The first second with the later offset; the offsets at ``low`` and ``high`` differ."""
        first = self._offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == first else (low, middle)
        return high
