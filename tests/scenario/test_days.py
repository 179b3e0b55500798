"""Weekdays, ranges, dates and holidays."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.days import Calendar, DayRows, days_text, parse_days

EASTER_FRIDAY = date(2026, 4, 3)

# what is written, and the days meant; Monday is 0
DAYS = [
    ("mon", (0,)),
    ("Monday", (0,)),
    ("MON-FRI", (0, 1, 2, 3, 4)),
    ("sun-thu", (0, 1, 2, 3, 6)),
    ("Friday - Sunday", (4, 5, 6)),
    ("mon, wed fri", (0, 2, 4)),
    ("daily", (0, 1, 2, 3, 4, 5, 6)),
    ("mon-mon", (0,)),
    ("2026-04-03", EASTER_FRIDAY),
]


@pytest.mark.parametrize(("text", "days"), DAYS)
def test_days_as_people_write_them(text: str, days: object):
    assert parse_days(text) == days


@given(st.sets(st.integers(0, 6), min_size=1))
def test_days_are_read_as_they_are_written(days: set[int]):
    assert parse_days(days_text(tuple(sorted(days)))) == tuple(sorted(days))


# written, a word of what is said
NO_DAYS = [
    ("mondy", "did you mean 'monday'"),
    ("tus", "did you mean 'tue'"),
    ("2026-02-30", "give a date such as"),
    ("", "give a weekday"),
]


@pytest.mark.parametrize(("text", "rule"), NO_DAYS)
def test_what_is_no_day_is_refused(text: str, rule: str):
    with pytest.raises(ValueError, match=rule):
        parse_days(text)


def test_rows_of_a_date_stand_in_for_those_of_its_weekday():
    rows = DayRows([((0, 1, 2, 3, 4), "usual"), (EASTER_FRIDAY, "short"), ((5,), "weekend")])
    week = [date(2026, 4, day) for day in (2, 3, 4, 5)]
    assert [rows.on(day, Calendar()) for day in week] == [["usual"], ["short"], ["weekend"], []]


def test_a_holiday_goes_like_its_weekday_or_not_at_all():
    rows = DayRows([((0, 1, 2, 3, 4), "usual"), ((6,), "sunday")])
    calendar = Calendar({EASTER_FRIDAY: 6, date(2026, 4, 6): None})
    assert rows.on(EASTER_FRIDAY, calendar) == ["sunday"]
    assert rows.on(date(2026, 4, 6), calendar) == []


def test_a_dates_own_rows_come_before_its_holiday():
    rows = DayRows([(EASTER_FRIDAY, "emergency desk")])
    assert rows.on(EASTER_FRIDAY, Calendar({EASTER_FRIDAY: None})) == ["emergency desk"]
