"""Reports in series: the same notebook on the same scenario with the same parameters, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.reports.key_figures import KNOWN, Estimate, KeyFigure, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from simulator.reports.survey import Entry

__all__ = ["Series", "Trend", "date_of", "in_series"]

MOST_FIGURES: Final = 4
LONGEST_TREND: Final = 30
"""In reports; a month of mornings can still be told apart on a phone."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over the reports of a series, the oldest first."""

    figure: KeyFigure
    estimates: tuple[Estimate | None, ...]
    """None where a report failed or does not have the figure."""
    dates: tuple[date, ...]
    """What each is about, or when it was made."""
    target: Target | None
    """Of the newest."""

    @property
    def known(self) -> list[tuple[int, float]]:
        """Place in the trend and value of those that have one."""
        return [
            (place, estimate.value)
            for place, estimate in enumerate(self.estimates)
            if estimate is not None and estimate.value is not None
        ]


@dataclass(frozen=True, slots=True)
class Series:
    """Reports of one series, the newest first; there is at least one."""

    entries: tuple[Entry, ...]

    @property
    def newest(self) -> Entry:
        """The one that counts."""
        return self.entries[0]

    @property
    def older(self) -> tuple[Entry, ...]:
        """All others."""
        return self.entries[1:]

    @property
    def is_about_days(self) -> bool:
        """Whether every report of it is about a day."""
        return all(entry.day for entry in self.entries)

    @property
    def figures(self) -> list[KeyFigure]:
        """The first few that any of its reports has."""
        there = set().union(*(entry.figures for entry in self.entries))
        return [figure for figure in KNOWN if figure.name in there][:MOST_FIGURES]

    def trend(self, figure: KeyFigure) -> Trend:
        """A figure over the last reports; of a day that was reported anew the newest counts."""
        last = _one_a_day(self.entries)[:LONGEST_TREND][::-1]
        return Trend(
            figure,
            tuple(
                None if entry.status == "failed" else entry.figures.get(figure.name)
                for entry in last
            ),
            tuple(date_of(entry) for entry in last),
            self.newest.targets.get(figure.name),
        )


def date_of(entry: Entry) -> date:
    """The day a report is about, or else the one on which it was made."""
    return entry.day or entry.at.date()


def in_series(entries: Iterable[Entry]) -> list[Series]:
    """The series, that of the newest report first; within one, by the day that is reported on.

    Args:
        entries: the newest first.
    """
    together: dict[str, list[Entry]] = {}
    for entry in entries:
        together.setdefault(entry.series, []).append(entry)
    return [Series(tuple(_by_day(each))) for each in together.values()]


def _by_day(entries: Sequence[Entry]) -> Sequence[Entry]:
    """A day that is made up for later does not stand before those after it."""
    if not all(entry.day for entry in entries):
        return entries
    return sorted(entries, key=date_of, reverse=True)


def _one_a_day(entries: Sequence[Entry]) -> list[Entry]:
    days: set[date] = set()
    kept = []
    for entry in entries:
        if entry.day is None or entry.day not in days:
            kept.append(entry)
        if entry.day is not None:
            days.add(entry.day)
    return kept
