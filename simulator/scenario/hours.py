"""Opening hours and duty hours on the dates simulated."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from simulator.scenario.days import Calendar, DayRows, parse_days
from simulator.scenario.durations import DAY_US
from simulator.scenario.world import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.scenario.documents import KeyPath
    from simulator.scenario.source import Frame, Source

__all__ = ["WeekHours", "open_spans", "openings"]

Span = tuple[int, int]


class WeekHours:
    """Spans of open time by local date; without any hours, always."""

    def __init__(self, hours: dict[str, tuple[Span, ...]] | None) -> None:
        self.always = hours is None
        written = {} if hours is None else dict(hours)
        lunch = written.pop("lunch", ())
        self._lunch = lunch[0] if lunch else None
        self._rows = DayRows((parse_days(key), spans) for key, spans in written.items())

    def spans(self, day: date, calendar: Calendar) -> list[Span]:
        """From opening to closing, lunch included, by the wall clock; may run into the next day."""
        if self.always:
            return [] if calendar.weekday(day) is None else [(0, DAY_US)]
        return [span for spans in self._rows.on(day, calendar) for span in spans]

    def parts(self, day: date, calendar: Calendar) -> list[tuple[int, int, bool]]:
        """The spans less lunch; True where lunch follows a part."""
        found: list[tuple[int, int, bool]] = []
        for starts, ends in self.spans(day, calendar):
            if self._lunch is None or self._lunch[1] <= starts or self._lunch[0] >= ends:
                found.append((starts, ends, False))
                continue
            from_lunch, until_lunch = self._lunch
            if starts < from_lunch:
                found.append((starts, from_lunch, until_lunch < ends))
            if until_lunch < ends:
                found.append((until_lunch, ends, False))
        return found

    def open_on(self, day: date, calendar: Calendar) -> list[Span]:
        """The parts that the wall clock shows on this date, the night before's rest included."""
        before = self.parts(day - timedelta(days=1), calendar)
        own = [(s, min(e, DAY_US)) for s, e, _ in self.parts(day, calendar)]
        rest = [(max(s - DAY_US, 0), e - DAY_US) for s, e, _ in before if e > DAY_US]
        return sorted(rest + own)


def openings(hours: WeekHours, frame: Frame, path: KeyPath, source: Source) -> tuple[Opening, ...]:
    """The instants between which the topic takes new chats, in order, abutting ones joined."""
    parts: list[Opening] = []
    for day in _with_day_before(frame.dates):
        for starts, ends, lunch_follows in hours.parts(day, frame.calendar):
            instants = _instants(day, (starts, ends), frame, path, source, whole_day=hours.always)
            cut = instants and frame.cut(*instants)
            if cut and instants:
                follows = lunch_follows and cut[1] == instants[1] and cut[1] < frame.horizon_us
                parts.append(Opening(*cut, follows))
    return _joined(sorted(parts, key=lambda o: o.opens_us), path, source)


def open_spans(
    hours: WeekHours, frame: Frame, path: KeyPath, source: Source
) -> list[tuple[int, int]]:
    """The instants from opening to closing, lunch included, cut to the simulated time."""
    found = []
    for day in _with_day_before(frame.dates):
        for span in hours.spans(day, frame.calendar):
            instants = _instants(day, span, frame, path, source, whole_day=hours.always)
            cut = instants and frame.cut(*instants)
            if cut:
                found.append(cut)
    return sorted(found)


def _with_day_before(dates: tuple[date, ...]) -> Iterable[date]:
    """What began on the evening before the first date may reach into it."""
    return (dates[0] - timedelta(days=1), *dates)


def _instants(
    day: date, span: Span, frame: Frame, path: KeyPath, source: Source, *, whole_day: bool
) -> Span | None:
    if whole_day:  # needs no edge that the clocks could leap over
        return frame.local.bounds(day)
    try:
        begins, ends = (frame.local.instant(day, edge) for edge in span)
    except ValueError as error:
        source.complain(path, f"has an edge at a time that is not there: {error}")
        return None
    return begins, ends


def _joined(parts: list[Opening], path: KeyPath, source: Source) -> tuple[Opening, ...]:
    joined: list[Opening] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last is not None and part.opens_us < last.closes_us:
            source.complain(path, "overlaps: a span past midnight runs into the next day's first")
        if last is not None and part.opens_us <= last.closes_us:
            joined[-1] = Opening(last.opens_us, part.closes_us, part.lunch_follows)
        else:
            joined.append(part)
    return tuple(joined)
