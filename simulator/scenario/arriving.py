"""Arrivals from a forecast, a rate, a trace or recorded days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from simulator.errors import ScenarioError
from simulator.scenario.days import DayRows, days_text
from simulator.scenario.durations import DAY_US, clock_text, microseconds
from simulator.scenario.hours import WeekHours, open_spans
from simulator.scenario.intervals import Interval, interval_rows, intervals_overlap
from simulator.scenario.world import Arrivals, PeriodFactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from simulator.errors import Place
    from simulator.scenario.documents import KeyPath
    from simulator.scenario.notation import TopicNotation
    from simulator.scenario.source import Frame, Source
    from simulator.scenario.tables import Row, Table

__all__ = ["arrivals"]

HOUR_US = 3_600_000_000


def arrivals(
    topic: TopicNotation, hours: WeekHours, frame: Frame, path: KeyPath, source: Source
) -> Arrivals:
    """The topic's arrivals within the simulated time; complaints go to ``source``."""
    written = topic.arrivals
    path = (*path, "arrivals")
    try:
        if written.forecast is not None:
            pieces = _forecast(topic, hours, frame, (*path, "forecast"), source)
            return _poisson(topic, _sloped(pieces, linear=written.shape == "linear"), frame)
        if written.rate_per_hour is not None:
            return _poisson(topic, _steady(topic, hours, frame, path, source), frame)
        if written.trace is not None:
            at = (*path, "trace")
            return _recorded(trace=_trace(topic.name, written.trace, frame, at, source))
        at = (*path, "resample")
        return _recorded(days=_recorded_days(topic.name, written.resample or [], frame, at, source))
    except ScenarioError as error:
        source.note(error)
    return _recorded(trace=_instants_array([]))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of constant expected rate, and the date it belongs to."""

    from_us: int
    until_us: int
    expected: float
    day: int
    slope: float = 0.0

    @property
    def length(self) -> int:
        return self.until_us - self.from_us

    @property
    def middle(self) -> float:
        return (self.from_us + self.until_us) / 2

    @property
    def rate(self) -> float:
        return self.expected / self.length

    def cut(self, from_us: int, until_us: int) -> _Piece:
        """What of it falls into [from, until), which meets it."""
        begins, ends = max(self.from_us, from_us), min(self.until_us, until_us)
        if (begins, ends) == (self.from_us, self.until_us):
            return self
        off_middle = (begins + ends) / 2 - self.middle
        expected = (self.rate + self.slope * off_middle) * (ends - begins)
        return replace(self, from_us=begins, until_us=ends, expected=expected)


def _poisson(topic: TopicNotation, pieces: Iterable[_Piece], frame: Frame) -> Arrivals:
    """The pieces as arrays, scaled and cut to the simulated time and to the periods."""
    cuts = ((piece, frame.cut(piece.from_us, piece.until_us)) for piece in pieces)
    within = [piece.cut(*cut) for piece, cut in cuts if cut is not None]
    period_factor = _period_factor(topic)
    periods: list[int] = []
    if period_factor is not None:
        parted = [part for piece in within for part in _by_period(piece, period_factor, frame)]
        within, periods = [part for part, _ in parted], [period for _, period in parted]
    kept = [(p.from_us, p.until_us, p.expected, p.slope, p.day) for p in within]
    scale, factor = topic.arrivals.scale, topic.arrivals.day_factor
    columns = list(zip(*kept, strict=True)) or [()] * 5
    return Arrivals(
        starts_us=_fixed_array(columns[0], np.int64),
        ends_us=_fixed_array(columns[1], np.int64),
        expected=_fixed_array([value * scale for value in columns[2]], np.float64),
        slope=_fixed_array([value * scale for value in columns[3]], np.float64),
        day=_fixed_array(columns[4], np.int64),
        day_factor_shape=None if factor is None else factor.gamma_shape,
        period_factor=period_factor,
        period=_fixed_array(periods, np.int64),
    )


def _period_factor(topic: TopicNotation) -> PeriodFactor | None:
    written = topic.arrivals.period_factor
    if written is None:
        return None
    return PeriodFactor(written.gamma_shape, microseconds(written.every), written.correlation)


def _by_period(piece: _Piece, factor: PeriodFactor, frame: Frame) -> Iterator[tuple[_Piece, int]]:
    """The piece cut where a period of its date ends by the clock, each part with its period."""
    day = frame.dates[piece.day]
    periods = range(DAY_US // factor.every_us)
    if len(frame.local.segments(day)) == 1:  # where the clock is put back, times come twice
        walls = (frame.local.wall_on(day, at) for at in (piece.from_us, piece.until_us - 1))
        first, last = (wall // factor.every_us for wall in walls)
        periods = range(first, last + 1)
    for period in periods:
        starts = period * factor.every_us
        for begins, until in frame.local.elapsed(day, starts, starts + factor.every_us):
            if begins < piece.until_us and until > piece.from_us:
                yield piece.cut(begins, until), period


def _recorded(
    *,
    trace: NDArray[np.int64] | None = None,
    days: tuple[tuple[NDArray[np.int64], ...], ...] | None = None,
) -> Arrivals:
    whole, real = _fixed_array([], np.int64), _fixed_array([], np.float64)
    return Arrivals(whole, whole, real, real, whole, trace_us=trace, recorded_days=days)


Number = TypeVar("Number", np.int64, np.float64)


def _fixed_array(values: Iterable[float], kind: type[Number]) -> NDArray[Number]:
    array = np.array(list(values), dtype=kind)
    array.setflags(write=False)
    return array


def _instants_array(instants: Iterable[int]) -> NDArray[np.int64]:
    return _fixed_array(sorted(instants), np.int64)


def _steady(
    topic: TopicNotation, hours: WeekHours, frame: Frame, path: KeyPath, source: Source
) -> list[_Piece]:
    rate = (topic.arrivals.rate_per_hour or 0.0) / HOUR_US
    always = topic.arrivals.during == "always"
    if always:
        spans = [(0, frame.horizon_us)]
    else:
        opening_hours = (*path[:-1], "opening_hours")
        spans = open_spans(hours, frame, opening_hours, source)
    return [
        _Piece(since, until, rate * (until - since), index)
        for begins, ends in spans
        for since, until, index in frame.by_date(begins, ends)
    ]


def _forecast(
    topic: TopicNotation, hours: WeekHours, frame: Frame, path: KeyPath, source: Source
) -> list[_Piece]:
    """Each interval as it elapses on each date: nothing in a gap, twice in a doubled hour."""
    table = source.table(topic.arrivals.forecast or [], path)
    column = topic.arrivals.column or topic.name
    table.require("start", "end", column)
    complaints_before = len(source.complaints)
    rows = interval_rows(table, column, source)
    source.inlined[path] = [interval.written(column) for interval in rows]
    by_day = DayRows((interval.days, interval) for interval in rows)
    pieces = []
    holes: list[_Hole] = []
    for index, day in enumerate(frame.dates):
        intervals = sorted(by_day.on(day, frame.calendar), key=lambda i: i.starts)
        overlap = intervals_overlap(intervals, source)
        if not overlap and len(source.complaints) == complaints_before:
            hole = _hole(_open_spans(day, hours, frame), intervals)
            if hole is not None:
                dated = "weekday" not in table.columns or any(i.days == day for i in intervals)
                weekday = None if dated else frame.calendar.weekday(day)
                place = _place_before(hole[0], intervals, table)
                holes.append(_Hole(day, weekday, *hole, place))
        for interval in intervals:
            rate = float(interval.value) / (interval.ends - interval.starts)
            for begins, ends in frame.local.elapsed(day, interval.starts, interval.ends):
                pieces.append(_Piece(begins, ends, rate * (ends - begins), index))
    _complain_of_holes(holes, topic.name, source)
    return sorted(pieces, key=lambda piece: piece.from_us)


def _open_spans(day: date, hours: WeekHours, frame: Frame) -> list[tuple[int, int]]:
    """When the topic is open on this date, by the wall clock, within the simulated time."""
    begins, ends = (frame.local.wall_on(day, at) for at in (0, frame.horizon_us))
    spans = hours.open_on(day, frame.calendar)
    return [(max(s, begins), min(e, ends)) for s, e in spans if max(s, begins) < min(e, ends)]


def _hole(spans: list[tuple[int, int]], intervals: list[Interval]) -> tuple[int, int] | None:
    """The first stretch of the spans that no interval covers."""
    for starts, ends in spans:
        covered = starts
        for interval in intervals:
            if interval.starts > covered or covered >= ends:
                break
            covered = max(covered, interval.ends)
        if covered < ends:
            following = (i.starts for i in intervals if i.starts > covered)
            return covered, min([ends, *following])
    return None


@dataclass(frozen=True, slots=True)
class _Hole:
    """A stretch of open time on a date for which there is no number."""

    day: date
    weekday: int | None
    """The one whose rows apply; None where they are the date's own."""
    starts: int
    ends: int
    place: Place


def _place_before(hole_starts: int, intervals: list[Interval], table: Table) -> Place:
    """The last row before the hole; the heading when the hole comes first."""
    before = [interval for interval in intervals if interval.ends <= hole_starts]
    return before[-1].row.place() if before else table.place


def _complain_of_holes(holes: list[_Hole], topic: str, source: Source) -> None:
    """One complaint for all weekdays that lack the same interval; each date by itself."""
    alike: dict[object, list[_Hole]] = {}
    for hole in holes:
        day = hole.day if hole.weekday is None else None
        alike.setdefault((hole.starts, hole.ends, day), []).append(hole)
    for same in alike.values():
        first = same[0]
        weekdays = tuple(sorted({h.weekday for h in same if h.weekday is not None}))
        named = days_text(weekdays or first.day)
        source.complaints.add(
            f"the forecast has no number for topic '{topic}' on {named} from "
            f"{clock_text(first.starts)} to {clock_text(first.ends)}, while the topic is open; "
            "add the interval (0 if nobody comes)",
            first.place,
        )


def _sloped(pieces: list[_Piece], *, linear: bool) -> list[_Piece]:
    """Each piece with the slope of its rate: 0, or by central differences of its neighbours.

    Where only one neighbour touches the piece, the difference to that one counts. The slope is
    clipped so that the rate stays at 0 or above; the expected count stays as it is in any case.
    """
    if not linear:
        return pieces
    sloped = []
    for position, piece in enumerate(pieces):
        before = pieces[position - 1] if position else piece
        after = pieces[position + 1] if position + 1 < len(pieces) else piece
        before = before if before.until_us == piece.from_us else piece
        after = after if after.from_us == piece.until_us else piece
        run = after.middle - before.middle
        slope = (after.rate - before.rate) / run if run else 0.0
        steepest = 2 * piece.rate / piece.length
        sloped.append(replace(piece, slope=min(max(slope, -steepest), steepest)))
    return sloped


def _trace(
    topic: str,
    written: str | list[dict[str, object]],
    frame: Frame,
    path: KeyPath,
    source: Source,
) -> NDArray[np.int64]:
    """The recorded instants that fall into the simulated time."""
    instants = []
    for row, moment in _moments(topic, written, path, source):
        try:
            instants.append(_instant(moment, frame))
        except ValueError as error:
            source.complaints.add(f"at {error}", row.place("at"))
    kept = [at for at in instants if 0 <= at < frame.horizon_us]
    if not kept and not len(source.complaints):
        source.complain(path, f"has no instant of topic '{topic}' within the simulated time")
    source.inlined[path] = [frame.local.moment(at).isoformat() for at in sorted(kept)]
    return _instants_array(kept)


def _instant(moment: datetime, frame: Frame) -> int:
    if moment.tzinfo is not None:
        return (moment - frame.local.start) // timedelta(microseconds=1)
    return frame.local.instant(moment.date(), _wall_us(moment))


def _wall_us(moment: datetime) -> int:
    since_midnight = moment.replace(tzinfo=None) - datetime.combine(moment.date(), time())
    return since_midnight // timedelta(microseconds=1)


def _recorded_days(
    topic: str,
    written: str | list[dict[str, object]],
    frame: Frame,
    path: KeyPath,
    source: Source,
) -> tuple[tuple[NDArray[np.int64], ...], ...]:
    """For each simulated date the recorded days of its weekday, or all if there are none."""
    recorded: dict[date, list[int]] = {}
    kept = []
    for _, moment in _moments(topic, written, path, source):
        local = moment if moment.tzinfo is None else moment.astimezone(frame.local.zone)
        recorded.setdefault(local.date(), []).append(_wall_us(local))
        kept.append(local.replace(tzinfo=None))
    source.inlined[path] = [moment.isoformat() for moment in sorted(kept)]
    return tuple(_candidates(day, recorded, frame) for day in frame.dates)


def _candidates(
    day: date, recorded: dict[date, list[int]], frame: Frame
) -> tuple[NDArray[np.int64], ...]:
    weekday = frame.calendar.weekday(day)
    if weekday is None:
        return (_instants_array([]),)
    alike = [walls for d, walls in sorted(recorded.items()) if d.weekday() == weekday]
    return tuple(
        _instants_array(_on_date(walls, day, frame))
        for walls in alike or [walls for _, walls in sorted(recorded.items())]
    )


def _on_date(walls: list[int], day: date, frame: Frame) -> list[int]:
    """The instants of these times of day on the date; those in a gap do not happen."""
    instants = []
    for wall in walls:
        for begins, _ in frame.local.elapsed(day, wall, wall + 1)[:1]:
            if 0 <= begins < frame.horizon_us:
                instants.append(begins)
    return instants


def _moments(
    topic: str, written: str | list[dict[str, object]], path: KeyPath, source: Source
) -> list[tuple[Row, datetime]]:
    """The table's instants of this topic, as written: aware where they have an offset."""
    table = source.table(written, path)
    table.require("at")
    found = []
    for row in table.rows:
        if row.cells.get("topic", topic) != topic:
            continue
        try:
            text = row.text("at")
            found.append((row, datetime.fromisoformat(text)))
        except ValueError:
            source.complaints.add(
                f"at is {row.cells.get('at')!r}; give an instant such as 2026-03-23T08:00:01.5",
                row.place("at"),
            )
    if not found and not len(source.complaints):
        source.complain(path, f"has no instant of topic '{topic}'; check the column 'topic'")
    return found
