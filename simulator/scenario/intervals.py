"""Tables of numbers by interval: weekday or date, start, end, and a column of values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from simulator.scenario.days import Days, days_text, parse_date, parse_days
from simulator.scenario.durations import DAY_US, checked_span, clock_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from simulator.scenario.source import Source
    from simulator.scenario.tables import Row, Table

__all__ = ["Interval", "interval_rows", "intervals_overlap", "row_days", "row_span"]


@dataclass(frozen=True, slots=True)
class Interval:
    """One value of the table, for [starts, ends) by the wall clock on these days."""

    days: Days
    starts: int
    ends: int
    value: Decimal
    row: Row

    def written(self, column: str) -> dict[str, object]:
        """The row as a scenario writes it."""
        return {
            **written_days(self.days),
            "start": clock_text(self.starts),
            "end": clock_text(self.ends),
            column: self.value,
        }


def written_days(days: Days) -> dict[str, str]:
    """The cell ``weekday`` or ``date``."""
    return {"date" if isinstance(days, date) else "weekday": days_text(days)}


def interval_rows(table: Table, column: str, source: Source) -> list[Interval]:
    """The rows that have a value; what is wrong with the others is complained of."""
    found = []
    for row in table.rows:
        days = row_days(row, source)
        span = row_span(row, source, within_day=True)
        if row.cells.get(column) is None or days is None or span is None:
            continue
        try:
            value = row.number_in(column)
        except ValueError as error:
            source.complaints.add(str(error), row.place(column))
            continue
        found.append(Interval(days, *span, value, row))
    return found


def row_days(row: Row, source: Source) -> Days | None:
    """The row's weekdays or date; None, with a complaint, when they cannot be read."""
    given = [column for column in ("weekday", "date") if row.cells.get(column) is not None]
    if len(given) != 1:
        rule = (
            "weekday and date are both given; keep one"
            if given
            else ("the row has no weekday and no date; give one")
        )
        source.complaints.add(rule, row.place())
        return None
    column = given[0]
    text = row.text(column)
    try:
        return parse_date(text) if column == "date" else parse_days(text)
    except ValueError as error:
        source.complaints.add(f"{column} {error}", row.place(column))
        return None


def row_span(row: Row, source: Source, *, within_day: bool = False) -> tuple[int, int] | None:
    """The row's start and end; None, with a complaint, when they cannot be."""
    edges = []
    for column in ("start", "end"):
        try:
            edges.append(row.clock(column))
        except ValueError as error:
            source.complaints.add(str(error), row.place(column))
    if len(edges) < 2:
        return None
    try:
        span = checked_span(edges[0], edges[1])
    except ValueError as error:
        source.complaints.add(f"the row {error}", row.place("end"))
        return None
    if within_day and span[1] > DAY_US:
        source.complaints.add(
            f"end is {clock_text(span[1])}; end at 24:00 and go on in the next day's row",
            row.place("end"),
        )
        return None
    return span


def intervals_overlap(intervals: Iterable[Interval], source: Source) -> bool:
    """Whether intervals in order of start overlap; each that does is complained of."""
    found = False
    for earlier, later in pairwise(intervals):
        if later.starts < earlier.ends:
            found = True
            source.complaints.add(
                f"{clock_text(later.starts)} to {clock_text(later.ends)} overlaps "
                f"{clock_text(earlier.starts)} to {clock_text(earlier.ends)} in line "
                f"{earlier.row.number}; keep one",
                later.row.place(),
            )
    return found
