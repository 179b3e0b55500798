"""Which rows apply on which local date: weekdays, dates that stand apart, holidays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Generic, TypeVar

from simulator.scenario.complaints import known_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["WEEKDAYS", "Calendar", "DayRows", "Days", "days_text", "parse_date", "parse_days"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Days = tuple[int, ...] | date
"""Weekdays (0 is Monday), or one date."""

T = TypeVar("T")


def parse_days(text: str) -> Days:
    """``mon``, ``Monday``, ``mon-fri``, ``mon, wed``, ``daily``, or a date such as 2026-04-03.

    >>> parse_days("mon-wed"), parse_days("Fri-Mon"), parse_days("2026-04-03")
    ((0, 1, 2), (0, 4, 5, 6), datetime.date(2026, 4, 3))
    """
    written = text.strip().lower().replace("–", "-")
    if written[:1].isdigit():
        return parse_date(written)
    if written == "daily":
        return tuple(range(7))
    found: set[int] = set()
    for part in written.replace(",", " ").replace(" - ", "-").split():
        first, _, last = part.partition("-")
        begins = _weekday(first, text)
        ends = _weekday(last, text) if last else begins
        found.update((begins + i) % 7 for i in range((ends - begins) % 7 + 1))
    if not found:
        raise ValueError(f"is {text!r}; give a weekday, a range such as mon-fri, or a date")
    return tuple(sorted(found))


def _weekday(word: str, text: str) -> int:
    for names in (WEEKDAYS, LONG_WEEKDAYS):
        if word in names:
            return names.index(word)
    hint = known_names(word, WEEKDAYS if len(word) <= 4 else LONG_WEEKDAYS)
    raise ValueError(f"is {text!r}, which is no weekday, range of weekdays or date{hint}")


def parse_date(text: str) -> date:
    """An ISO date; a ValueError tells the rule."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"is {text!r}; give a date such as 2026-04-03") from None


def days_text(days: Days) -> str:
    """The inverse of ``parse_days``, in one form.

    >>> days_text((0, 1, 2, 3, 4)), days_text((0, 2)), days_text((0, 5, 6)), days_text((5,))
    ('mon-fri', 'mon,wed', 'sat-mon', 'sat')
    """
    if isinstance(days, date):
        return days.isoformat()
    begins = [day for day in days if (day - 1) % 7 not in days] or [0]
    if len(days) > 1 and len(begins) == 1:
        return f"{WEEKDAYS[begins[0]]}-{WEEKDAYS[(begins[0] + len(days) - 1) % 7]}"
    return ",".join(WEEKDAYS[day] for day in days)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Holidays: dates that go like another weekday, or on which the desk is closed (None)."""

    holidays: Mapping[date, int | None] = field(default_factory=dict)

    def weekday(self, day: date) -> int | None:
        """The weekday whose rows apply on this date; None when the desk is closed."""
        return self.holidays.get(day, day.weekday())


class DayRows(Generic[T]):
    """Rows by weekday and by date: a date's own rows stand in for those of its weekday."""

    def __init__(self, rows: Iterable[tuple[Days, T]]) -> None:
        self._by_weekday: dict[int, list[T]] = {}
        self._by_date: dict[date, list[T]] = {}
        for days, row in rows:
            if isinstance(days, date):
                self._by_date.setdefault(days, []).append(row)
                continue
            for weekday in days:
                self._by_weekday.setdefault(weekday, []).append(row)

    def on(self, day: date, calendar: Calendar) -> list[T]:
        """The rows that apply on this date; none on a holiday that is closed."""
        if day in self._by_date:
            return self._by_date[day]
        weekday = calendar.weekday(day)
        return [] if weekday is None else self._by_weekday.get(weekday, [])
