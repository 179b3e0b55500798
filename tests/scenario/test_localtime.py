"""Wall clock to instants where the clocks change: Oslo, 29 March and 25 October 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.durations import DAY_US, parse_clock
from simulator.scenario.localtime import LocalTime

OSLO = ZoneInfo("Europe/Oslo")
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)
HOUR = 3_600_000_000


def at_midnight(day: date, zone: ZoneInfo = OSLO) -> LocalTime:
    return LocalTime(zone, datetime.combine(day, datetime.min.time()))


# date, time of day, hours since midnight as they elapse
EDGES = [
    (PLAIN, "00:00", 0),
    (PLAIN, "08:30", 8.5),
    (PLAIN, "24:00", 24),
    (PLAIN, "06:00+1", 30),
    (SPRING, "01:59", 1 + 59 / 60),
    (SPRING, "03:00", 2),
    (SPRING, "24:00", 23),
    (AUTUMN, "02:00", 2),  # the first of two
    (AUTUMN, "02:30", 2.5),
    (AUTUMN, "03:00", 4),
    (AUTUMN, "24:00", 25),
]


@pytest.mark.parametrize(("day", "clock", "hours"), EDGES)
def test_instants_of_times_of_day(day: date, clock: str, hours: float):
    assert at_midnight(day).instant(day, parse_clock(clock)) == round(hours * HOUR)


@pytest.mark.parametrize("clock", ["02:00", "02:30", "02:59:59"])
def test_a_time_in_the_gap_is_refused_with_the_nearest_valid_ones(clock: str):
    with pytest.raises(ValueError, match=r"does not exist on 2026-03-29.*01:59 and 03:00"):
        at_midnight(SPRING).instant(SPRING, parse_clock(clock))


def test_a_night_shift_on_the_eve_may_not_end_in_the_gap():
    eve = SPRING - timedelta(days=1)
    with pytest.raises(ValueError, match="2026-03-29"):
        at_midnight(eve).instant(eve, parse_clock("02:30+1"))


# date, interval by the wall clock, the stretches that elapse (hours since midnight)
ELAPSED = [
    (PLAIN, "02:00", "03:00", [(2, 3)]),
    (SPRING, "02:00", "03:00", []),
    (SPRING, "02:30", "03:30", [(2, 2.5)]),
    (SPRING, "00:00", "24:00", [(0, 2), (2, 23)]),
    (AUTUMN, "02:00", "03:00", [(2, 3), (3, 4)]),
    (AUTUMN, "02:00", "02:30", [(2, 2.5), (3, 3.5)]),
    (AUTUMN, "01:30", "02:30", [(1.5, 2.5), (3, 3.5)]),
]


@pytest.mark.parametrize(("day", "starts", "ends", "stretches"), ELAPSED)
def test_intervals_elapse_never_once_or_twice(
    day: date, starts: str, ends: str, stretches: list[tuple[float, float]]
):
    found = at_midnight(day).elapsed(day, parse_clock(starts), parse_clock(ends))
    assert found == [(round(a * HOUR), round(b * HOUR)) for a, b in stretches]


def test_clocks_that_leap_at_midnight_begin_the_day_later():
    cairo = ZoneInfo("Africa/Cairo")  # 24 April 2026 begins at 01:00
    day = date(2026, 4, 24)
    local = at_midnight(day - timedelta(days=1), cairo)
    assert local.bounds(day) == (24 * HOUR, 47 * HOUR)
    assert local.instant(day - timedelta(days=1), DAY_US) == 24 * HOUR
    with pytest.raises(ValueError, match="24:00 of the day before and 01:00"):
        local.instant(day, 0)


def test_a_zone_half_an_hour_off_is_exact():
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # goes back by half an hour on 5 April 2026
    day = date(2026, 4, 5)
    assert at_midnight(day, lord_howe).bounds(day) == (0, 24 * HOUR + HOUR // 2)


@given(st.integers(0, 400), st.integers(0, DAY_US - 1))
def test_instants_show_the_time_they_were_made_of(days: int, wall_us: int):
    local = at_midnight(date(2026, 1, 1))
    day = date(2026, 1, 1) + timedelta(days=days)
    written = datetime.combine(day, datetime.min.time()) + timedelta(microseconds=wall_us)
    try:
        shown = local.moment(local.instant(day, wall_us))
    except ValueError:
        assert day in (SPRING, date(2027, 3, 28))
    else:
        assert shown.replace(tzinfo=None, fold=0) == written
        assert shown.fold == 0
