"""Durations and times of day, as written and written back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.durations import (
    DAY_US,
    clock_text,
    duration_text,
    microseconds,
    parse_clock,
    parse_duration,
    parse_span,
    span_text,
)

# written, seconds, written back
DURATIONS = [
    ("20s", "20", "20s"),
    ("7m30s", "450", "7m30s"),
    ("7m 30s", "450", "7m30s"),
    ("1h", "3600", "1h"),
    ("1.5h", "5400", "1h30m"),
    ("90s", "90", "1m30s"),
    ("5min", "300", "5m"),
    ("2d", "172800", "48h"),
    ("250ms", "0.25", "0.25s"),
    ("3us", "0.000003", "0.000003s"),
    ("0", "0", "0s"),
    ("0s", "0", "0s"),
    (".5s", "0.5", "0.5s"),
    ("-3m", "-180", "-3m"),
    ("−3 s", "-3", "-3s"),
]


@pytest.mark.parametrize(("text", "seconds", "back"), DURATIONS)
def test_durations_are_exact_and_have_one_form(text: str, seconds: str, back: str):
    assert parse_duration(text) == Decimal(seconds)
    assert duration_text(parse_duration(text)) == back


@given(st.decimals(min_value=0, max_value=10**7, places=6))
def test_the_form_written_is_read_as_the_same_duration(seconds: Decimal):
    assert parse_duration(duration_text(seconds)) == seconds


# written, a word of what is said
NO_DURATIONS = [
    ("450", "has no unit; write 450s, 450m or 450h"),
    ("7:30", "give a duration"),
    ("soon", "give a duration"),
    ("", "give a duration"),
    ("5 parsecs", "give a duration"),
    ("5s!", "give a duration"),
    ("nan", "has no unit"),
]


@pytest.mark.parametrize(("text", "rule"), NO_DURATIONS)
def test_what_is_no_duration_is_refused_with_a_remedy(text: str, rule: str):
    with pytest.raises(ValueError, match=rule):
        parse_duration(text)


def test_microseconds_round_to_the_nearest():
    assert [microseconds(Decimal(s)) for s in ("0.0000014", "1.0000016", "60")] == [1, 1000002, 6e7]


# written, minutes after midnight, written back
CLOCKS = [
    ("08:00", 480, "08:00"),
    ("8:05", 485, "08:05"),
    ("24:00", 1440, "24:00"),
    ("00:00:30", 0.5, "00:00:30"),
    ("00:00:06.5", 6.5 / 60, "00:00:06.5"),
    ("06:00+1", 1800, "06:00+1"),
    ("24:00+1", 2880, "24:00+1"),
]


@pytest.mark.parametrize(("text", "minutes", "back"), CLOCKS)
def test_times_of_day(text: str, minutes: float, back: str):
    assert parse_clock(text) == round(minutes * 60_000_000)
    assert clock_text(parse_clock(text)) == back


@given(st.integers(0, 2 * DAY_US))
def test_every_time_of_day_is_read_as_it_is_written(wall_us: int):
    assert parse_clock(clock_text(wall_us)) == wall_us


@pytest.mark.parametrize("text", ["24:01", "8", "8.30", "08:60", "25:00", "noon", "08:00+2", ""])
def test_what_is_no_time_of_day_is_refused(text: str):
    with pytest.raises(ValueError, match="time of day"):
        parse_clock(text)


def test_a_span_may_end_at_midnight_written_either_way():
    assert parse_span("20:00-24:00") == parse_span("20:00 – 00:00") == (20 * DAY_US // 24, DAY_US)


def test_a_span_may_go_on_into_the_next_day_when_it_says_so():
    assert span_text(parse_span("22:00-06:00+1")) == "22:00-06:00+1"


# written, a word of what is said
NO_SPANS = [
    ("18:00-08:00", r"ends at 08:00, before it starts at 18:00; give a later end, or 08:00\+1"),
    ("08:00-08:00", "starts and ends at 08:00; give a later end"),
    ("08:00", "give a span such as"),
    ("24:00-06:00+1", "start before 24:00"),
    ("08:00-09:00+1", "longer than a day"),
]


@pytest.mark.parametrize(("text", "rule"), NO_SPANS)
def test_what_is_no_span_is_refused(text: str, rule: str):
    with pytest.raises(ValueError, match=rule):
        parse_span(text)
