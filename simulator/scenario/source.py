"""What the builders share: the file's tree, its tables, its complaints, the simulated time."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.scenario.documents import Entry, KeyPath, describe_path, where
from simulator.scenario.tables import Table, read_table, rows_table

if TYPE_CHECKING:
    from datetime import date

    from simulator.errors import ScenarioError
    from simulator.scenario.complaints import Complaints
    from simulator.scenario.days import Calendar
    from simulator.scenario.localtime import LocalTime

__all__ = ["Frame", "Source"]


@dataclass(frozen=True, slots=True)
class Frame:
    """The simulated time: [0, horizon) on this wall clock, and the local dates that it touches."""

    local: LocalTime
    calendar: Calendar
    dates: tuple[date, ...]
    horizon_us: int

    def cut(self, begins: int, ends: int) -> tuple[int, int] | None:
        """The part of [begins, ends) that is simulated."""
        begins, ends = max(begins, 0), min(ends, self.horizon_us)
        return (begins, ends) if begins < ends else None

    def by_date(self, begins: int, ends: int) -> list[tuple[int, int, int]]:
        """[begins, ends) cut at each midnight: (from, until, index of the date)."""
        pieces = []
        day = self.local.moment(begins).date()
        while begins < ends:
            until = min(self.local.bounds(day)[1], ends)
            if begins < until:
                pieces.append((begins, until, (day - self.dates[0]).days))
            begins, day = until, day + timedelta(days=1)
        return pieces


@dataclass(slots=True)
class Source:
    """One scenario in the reading."""

    root: Entry
    complaints: Complaints
    tables: dict[str, Table] = field(default_factory=dict)
    """Files read so far, by path."""
    inlined: dict[KeyPath, object] = field(default_factory=dict)
    """What takes a table's place when the scenario is written out."""

    def complain(self, path: KeyPath, message: str) -> None:
        """The message begins with the name of the path."""
        place = where(self.root, path).place
        self.complaints.add(f"{describe_path(self.root, path)} {message}", place)

    def table(self, written: str | list[dict[str, object]], path: KeyPath) -> Table:
        """The file's or the rows' table; ScenarioError if it cannot be read."""
        at = where(self.root, path)
        if not isinstance(written, str):
            return rows_table(written, at, describe_path(self.root, path))
        key = os.path.normpath(at.folder / written)
        if key not in self.tables:
            self.tables[key] = read_table(written, at)
        return self.tables[key]

    def note(self, error: ScenarioError) -> None:
        """Complain of an error that was raised."""
        self.complaints.add(error.message, error.place)
