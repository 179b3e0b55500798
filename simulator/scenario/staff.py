"""Groups and their agents: by count, by name, from a roster or a staffing table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from simulator.errors import ScenarioError
from simulator.scenario.complaints import known_names
from simulator.scenario.days import DayRows, Days
from simulator.scenario.durations import DAY_US, clock_text, parse_span, span_text
from simulator.scenario.hours import WeekHours, openings
from simulator.scenario.intervals import (
    interval_rows,
    intervals_overlap,
    row_days,
    row_span,
    written_days,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.scenario.documents import KeyPath
    from simulator.scenario.notation import GroupNotation
    from simulator.scenario.source import Frame, Source
    from simulator.scenario.tables import Row, Table

__all__ = ["Crew", "crew"]

Duty = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Crew:
    """A group's people: their names, when each is on duty, or how many of them are."""

    names: tuple[str, ...]
    duty: tuple[Duty, ...]
    headcount: Duty | None = None


def crew(
    group: GroupNotation, colleagues: Sequence[str], frame: Frame, path: KeyPath, source: Source
) -> Crew:
    """The group's people; ``colleagues`` are the names in other groups on the same roster."""
    try:
        if group.roster is not None:
            return _rostered(group, colleagues, frame, (*path, "roster"), source)
        if group.staffing is not None:
            return _staffed(group, frame, (*path, "staffing"), source)
    except ScenarioError as error:
        source.note(error)
        return Crew((), ())
    names = tuple(group.names or numbered(group.group, group.count or 0))
    spans = _on_duty_by_hours(group, frame, (*path, "hours"), source)
    return Crew(names, (_merged(spans, across_days=group.absent == 0),) * len(names))


def numbered(group: str, count: int) -> list[str]:
    """Names for agents that have none: the group's, and a number."""
    return [f"{group} {number}" for number in range(1, count + 1)]


def _on_duty_by_hours(
    group: GroupNotation, frame: Frame, path: KeyPath, source: Source
) -> list[tuple[int, int, int]]:
    return [
        span
        for opening in openings(WeekHours(group.hours), frame, path, source)
        for span in frame.by_date(opening.opens_us, opening.closes_us)
    ]


def _merged(spans: Iterable[tuple[int, int, int]], *, across_days: bool) -> Duty:
    """In order, with spans that touch made one: of one date, or of any dates.

    Agents who may be absent for a day keep a span for each date, so that one can be taken away.
    """
    merged: list[tuple[int, int, int]] = []
    for begins, ends, day in sorted(spans):
        last = merged[-1] if merged else None
        if last is not None and last[1] == begins and (across_days or last[2] == day):
            merged[-1] = (last[0], ends, last[2])
        else:
            merged.append((begins, ends, day))
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class _Shift:
    """One row of a roster; without a span it says that the agent is off."""

    agent: str
    days: Days
    span: tuple[int, int] | None
    breaks: tuple[tuple[int, int], ...]
    row: Row

    def written(self) -> dict[str, str]:
        cells = {"agent": self.agent, **written_days(self.days)}
        if self.span is not None:
            cells |= {"start": clock_text(self.span[0]), "end": clock_text(self.span[1])}
        if self.breaks:
            cells["breaks"] = "; ".join(span_text(_as_written(b)) for b in self.breaks)
        return cells


def _as_written(pause: tuple[int, int]) -> tuple[int, int]:
    """A break that begins after midnight goes by the next day's clock."""
    back = DAY_US if pause[0] >= DAY_US else 0
    return pause[0] - back, pause[1] - back


def _rostered(
    group: GroupNotation, colleagues: Sequence[str], frame: Frame, path: KeyPath, source: Source
) -> Crew:
    table = source.table(group.roster or [], path)
    table.require("agent", "start", "end")
    table.allow_only(
        ("agent", "weekday", "date", "start", "end", "breaks", "note"), source.complaints
    )
    shifts = [shift for row in table.rows if (shift := _shift(row, source)) is not None]
    names = tuple(
        group.names or dict.fromkeys(s.agent for s in shifts if s.agent not in colleagues)
    )
    _check_names(names, colleagues, shifts, table, path, source)
    source.inlined[path] = [shift.written() for shift in shifts if shift.agent in names]
    duty = []
    for name in names:
        spans = _spans([shift for shift in shifts if shift.agent == name], frame, source)
        duty.append(_merged(spans, across_days=group.absent == 0))
    return Crew(names, tuple(duty))


def _check_names(
    names: Sequence[str],
    colleagues: Sequence[str],
    shifts: Sequence[_Shift],
    table: Table,
    path: KeyPath,
    source: Source,
) -> None:
    known = [*names, *colleagues]
    for shift in shifts:
        if shift.agent not in known:
            source.complaints.add(
                f"unknown agent '{shift.agent}'{known_names(shift.agent, known)}",
                shift.row.place("agent"),
            )
    rostered = {row.cells.get("agent") for row in table.rows}  # rows with errors included
    for name in names:
        if name not in rostered:
            source.complain(
                (*path[:-1], "names"), f"has '{name}', who has no row in {table.name}; add one"
            )


def _shift(row: Row, source: Source) -> _Shift | None:
    agent, days = row.cells.get("agent"), row_days(row, source)
    if agent is None:
        source.complaints.add("agent is blank; fill it in", row.place("agent"))
    off = row.cells.get("start") is None and row.cells.get("end") is None
    if off and isinstance(days, date):
        return None if agent is None else _Shift(agent, days, None, (), row)
    span = row_span(row, source)
    if agent is None or days is None or span is None:
        return None
    try:
        breaks = _breaks(row.cells.get("breaks") or "", span)
    except ValueError as error:
        source.complaints.add(str(error), row.place("breaks"))
        breaks = ()
    return _Shift(agent, days, span, breaks, row)


def _breaks(text: str, shift: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Breaks such as ``10:00-10:15; 12:00-12:30``, in order, within the shift and apart."""
    found = []
    for part in text.replace(",", ";").split(";"):
        if not part.strip():
            continue
        try:
            starts, ends = parse_span(part.strip())
        except ValueError as error:
            raise ValueError(f"a break {error}") from None
        if ends <= shift[0]:  # after midnight, in a shift that goes on till then
            starts, ends = starts + DAY_US, ends + DAY_US
        if starts < shift[0] or ends > shift[1]:
            raise ValueError(
                f"breaks has {part.strip()}, outside the shift of {span_text(shift)}; move it"
            )
        found.append((starts, ends))
    found.sort()
    for earlier, later in pairwise(found):
        if later[0] < earlier[1]:
            both = f"{span_text(earlier)} and {span_text(later)}"
            raise ValueError(f"breaks has {both}, which overlap; keep them apart")
    return tuple(found)


def _spans(shifts: list[_Shift], frame: Frame, source: Source) -> list[tuple[int, int, int]]:
    """One agent's spans of duty: shifts less breaks, cut to the simulated time."""
    by_day = DayRows((shift.days, shift) for shift in shifts)
    worked: list[tuple[int, int, _Shift]] = []
    spans = []
    for day in (frame.dates[0] - timedelta(days=1), *frame.dates):
        for shift in by_day.on(day, frame.calendar):
            edges = _edges(shift, day, frame, source)
            if edges is None:
                continue
            worked.append((edges[0], edges[-1], shift))
            index = max((day - frame.dates[0]).days, 0)
            stretches = zip(edges[::2], edges[1::2], strict=True)
            spans += [(*c, index) for s in stretches if (c := frame.cut(*s)) is not None]
    _complain_of_overlap(sorted(worked, key=lambda w: w[:2]), source)
    return spans


def _edges(shift: _Shift, day: date, frame: Frame, source: Source) -> list[int] | None:
    """The instants at which the agent comes and goes by turns."""
    if shift.span is None:
        return None
    walls = [shift.span[0], *(edge for pause in shift.breaks for edge in pause), shift.span[1]]
    instants = []
    for position, wall in enumerate(walls):
        try:
            instants.append(frame.local.instant(day, wall))
        except ValueError as error:
            last = len(walls) - 1
            column = {0: "start", last: "end"}.get(position, "breaks")
            source.complaints.add(f"{column} {error}", shift.row.place(column))
    return instants if len(instants) == len(walls) else None


def _complain_of_overlap(worked: list[tuple[int, int, _Shift]], source: Source) -> None:
    for (_, ends, earlier), (starts, _, later) in pairwise(worked):
        if starts < ends and earlier.span and later.span:
            source.complaints.add(
                f"the shift {span_text(later.span)} of {later.agent} overlaps the shift "
                f"{span_text(earlier.span)} in line {earlier.row.number}; shorten one",
                later.row.place(),
            )


def _staffed(group: GroupNotation, frame: Frame, path: KeyPath, source: Source) -> Crew:
    table = source.table(group.staffing or [], path)
    table.require("start", "end", "agents")
    table.allow_only(("weekday", "date", "start", "end", "agents", "note"), source.complaints)
    rows = interval_rows(table, "agents", source)
    for interval in rows:
        if interval.value != int(interval.value):
            source.complaints.add(
                f"agents is {interval.value}; give a whole number", interval.row.place("agents")
            )
    source.inlined[path] = [interval.written("agents") for interval in rows]
    by_day = DayRows((interval.days, interval) for interval in rows)
    pieces = []
    for index, day in enumerate(frame.dates):
        intervals = sorted(by_day.on(day, frame.calendar), key=lambda i: i.starts)
        intervals_overlap(intervals, source)
        begins, _ = frame.local.bounds(day)
        pieces.append((begins, 0, index))
        stretches = [
            (since, until, int(interval.value))
            for interval in intervals
            for since, until in frame.local.elapsed(day, interval.starts, interval.ends)
        ]
        for since, until, agents in sorted(stretches):
            pieces += [(since, agents, index), (until, 0, index)]
    most = max((int(interval.value) for interval in rows), default=0)
    names = _names_for_staffing(group, most, path, source)
    return Crew(names, ((),) * len(names), _steps(pieces, frame))


def _names_for_staffing(
    group: GroupNotation, most: int, path: KeyPath, source: Source
) -> tuple[str, ...]:
    """As many agents as the table ever wants, or as many as count or names give."""
    names = tuple(group.names or numbered(group.group, group.count or most))
    if most == 0 and not len(source.complaints):
        source.complain(path, "never has an agent; give a number above 0 somewhere")
    if len(names) < most:
        given = "names" if group.names else "count"
        source.complain(
            (*path[:-1], given),
            f"gives {len(names)} agents, but the staffing table wants {most}; the two must agree",
        )
    return names


def _steps(pieces: list[tuple[int, int, int]], frame: Frame) -> Duty:
    """Changes of the count or of the date, in order; of several at one instant the last counts."""
    steps: list[tuple[int, int, int]] = []
    for at, agents, day in pieces:
        if at >= frame.horizon_us:
            continue
        step = (max(at, 0), agents, day)
        if steps and steps[-1][0] == step[0]:
            steps.pop()
        if not steps or steps[-1][1:] != step[1:]:
            steps.append(step)
    return tuple(steps)
