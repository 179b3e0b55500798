"""The tidy history: a row per session, whatever file it came from, and what was left out of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

__all__ = ["OUTCOMES", "History", "Problems", "Source"]

OUTCOMES: Final = (
    *("served", "abandoned", "silent", "form_closed", "form_at_arrival", "form_in_queue"),
    *("closed", "unfinished", "unknown"),
)
"""How a recorded session can have ended; ``unknown`` where the record does not tell."""

LISTED: Final = ("file", "row", "column", "value", "reason")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read."""

    file: str
    """Its name, without the folder."""
    kind: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Problems:
    """What of the files is not in the history, or not as it stood there."""

    rows_read: int
    left_out: dict[str, int] = field(default_factory=dict)
    """Reason → rows."""
    put_right: dict[str, int] = field(default_factory=dict)
    """What was done → rows."""
    listed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LISTED)))
    """Where: ``file``, ``row``, ``column``, ``value``, ``reason``; the first 100 of each reason."""

    @classmethod
    def none(cls) -> Problems:
        """Nothing was read, and nothing was wrong."""
        return cls(0)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Recorded sessions of one desk."""

    sessions: pd.DataFrame
    zone: ZoneInfo
    problems: Problems
    sources: tuple[Source, ...]

    @property
    def dates(self) -> tuple[date, ...]:
        """The local dates on which somebody asked for a chat, in order."""
        return tuple(sorted(set(self.sessions["requested_at"].dt.date)))

    @property
    def holes(self) -> tuple[date, ...]:
        """Dates between the first and the last without a session, though their weekday has some."""
        dates = self.dates
        if not dates:
            return ()
        weekdays = {day.weekday() for day in dates}
        every = (stamp.date() for stamp in pd.date_range(dates[0], dates[-1]))
        return tuple(day for day in every if day.weekday() in weekdays and day not in set(dates))

    def between(self, first: date | None, last: date | None) -> History:
        """The sessions requested from ``first`` to ``last``, both included; None is no limit."""
        day = self.sessions["requested_at"].dt.date
        kept = pd.Series(data=True, index=self.sessions.index)
        kept &= day >= first if first is not None else True
        kept &= day <= last if last is not None else True
        return replace(self, sessions=self.sessions[kept].reset_index(drop=True))

    def of_topic(self, topic: str) -> pd.DataFrame:
        """The sessions of one topic, by its name."""
        return self.sessions[self.sessions["topic"] == topic].reset_index(drop=True)
