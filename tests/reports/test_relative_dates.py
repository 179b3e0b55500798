"""Dates that a job names by the day on which it runs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ParameterError
from simulator.reports.relative_dates import date_of, dated

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-03-01"),
        ("Yesterday", "2026-02-28"),
        (" tomorrow ", "2026-03-02"),
        ("today-7d", "2026-02-22"),
        ("today - 7 days", "2026-02-22"),
        ("yesterday+1d", "2026-03-01"),
    ],
)
def test_a_word_is_a_date(text: str, day: str) -> None:
    assert dated(text, TODAY) == day


@pytest.mark.parametrize(
    "text", ["", "todays", "today-7w", "2026-03-31", "today's", "7", "today-d", "to day", "now"]
)
def test_other_words_stay_what_they_are(text: str) -> None:
    assert date_of(text, TODAY) is None
    assert dated(text, TODAY) == text


def test_inside_a_text_a_date_stands_in_braces() -> None:
    assert dated("exports/{yesterday}.csv", TODAY) == "exports/2026-02-28.csv"
    assert dated("{today-7d:%d.%m.%Y} to {today}", TODAY) == "22.02.2026 to 2026-03-01"
    assert dated("yesterday.csv", TODAY) == "yesterday.csv"


def test_json_of_a_parameter_is_left_alone() -> None:
    assert dated('{"a": [1, 2]}', TODAY) == '{"a": [1, 2]}'


@pytest.mark.parametrize("text", ["{yesterdy}.csv", "{today-7w}", "{day:%Y}"])
def test_what_is_no_date_in_braces_is_told(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is no date.*write \{yesterday\}"):
        dated(text, TODAY)


@given(st.integers(-9999, 9999), st.dates(date(1950, 1, 1), date(2080, 1, 1)))
def test_days_are_counted(by: int, today: date) -> None:
    assert dated(f"today{by:+d}d", today) == (today + timedelta(days=by)).isoformat()
