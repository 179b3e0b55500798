"""What was wrong with the rows, gathered while they are read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from simulator.calibration.history.table import LISTED, Problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["Complaints", "shown"]

PER_REASON: Final = 100
LONGEST: Final = 40
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


@dataclass(slots=True, eq=False)
class Complaints:
    """Counts by reason, and where the first hundred of each stand."""

    rows_read: int = 0
    rows_of: dict[Path, int] = field(default_factory=dict)
    """Rows by file."""
    left_out: dict[str, int] = field(default_factory=dict)
    put_right: dict[str, int] = field(default_factory=dict)
    _listed: list[tuple[str, int, str | None, str | None, str]] = field(default_factory=list)

    def leave_out(self, reason: str, count: int, where: Iterable[Any] = ()) -> None:
        """``count`` rows do not count; ``where``: (file, row, column, value) of the first."""
        self._count(self.left_out, reason, count, where)

    def put_it_right(self, what: str, count: int, where: Iterable[Any] = ()) -> None:
        """``count`` rows are not taken as they stand."""
        self._count(self.put_right, what, count, where)

    def _count(self, into: dict[str, int], why: str, count: int, where: Iterable[Any]) -> None:
        if count:
            room = PER_REASON - min(into.get(why, 0), PER_REASON)
            into[why] = into.get(why, 0) + count
            self._listed += [(*each, why) for each, _ in zip(where, range(room), strict=False)]

    def problems(self) -> Problems:
        """All of it."""
        listed = pd.DataFrame(self._listed, columns=list(LISTED))
        return Problems(self.rows_read, self.left_out, self.put_right, listed)


def places(
    file: str, rows: Sequence[int], column: str | None, values: Sequence[str | None] | None = None
) -> list[tuple[str, int, str | None, str | None]]:
    """(file, row, column, value) of the first hundred of ``rows``."""
    told = [None] * PER_REASON if values is None else values
    return [
        (file, int(row), column, None if value is None else shown(value))
        for row, value in zip(rows[:PER_REASON], told, strict=False)
    ]


def shown(text: str) -> str:
    """A cell that should be a date or a number, without what may be a name, an address or a key.

    >>> shown("2026-02-30T08:00:00"), shown("Ada 30"), shown("ada@example.com")
    ('2026-02-30T08:00:00', 'xxx 30', 'xxx@xxxxxxx.xxx')
    """
    cut = text.strip()[:LONGEST]
    if len(cut) > 12 and cut.isalnum() and not cut.isdigit():
        return "x" * len(cut)
    return _WORD.sub(lambda word: "x" * len(word[0]), cut)
