"""Forecasts, rates and recorded instants become arrivals; so do the days when clocks change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from simulator.scenario import PeriodFactor
from tests.scenario.written import complaint, desk, read

if TYPE_CHECKING:
    from simulator.scenario import Arrivals

HOUR = 3_600_000_000
SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # Sundays, in Oslo


def arrivals(**parts) -> Arrivals:
    return read(**parts).topics[0].arrivals


def forecast(*rows: str, more: str = "") -> str:
    """Rows such as ``daily 00:00 24:00 48``."""
    cells = [row.split() for row in rows]
    written = ", ".join(
        f'{{{"date" if day[0] == "2" else "weekday"}: {day}, start: "{start}", end: "{end}", '
        f"Sales: {count}}}"
        for day, start, end, count in cells
    )
    return f"{{forecast: [{written}]{more}}}"


def pieces(found: Arrivals) -> list[tuple[float, float, float, int]]:
    """(from and until in hours, expected, day)."""
    return [
        (a / HOUR, b / HOUR, pytest.approx(n), d)
        for a, b, n, d in zip(
            found.starts_us, found.ends_us, found.expected, found.day, strict=True
        )
    ]


def test_a_rate_is_one_piece_for_each_date():
    assert pieces(arrivals(days=2)) == [(0, 24, 144, 0), (24, 48, 144, 1)]


def test_a_rate_holds_while_the_topic_is_open_lunch_included():
    found = arrivals(topic='opening_hours: {mon: ["08:00-18:00"], lunch: "12:00-12:30"}', days=2)
    assert pieces(found) == [(8, 18, 60, 0)]


def test_a_rate_that_always_holds_brings_chats_to_a_closed_topic():
    hours = 'opening_hours: {mon: ["08:00-18:00"]}'
    found = arrivals(topic=hours, arrivals="{rate_per_hour: 6, during: always}")
    assert pieces(found) == [(0, 24, 144, 0)]


def test_night_hours_are_cut_at_midnight_for_the_factor_of_the_day():
    found = arrivals(topic='opening_hours: {mon: ["22:00-02:00+1"]}', days=2)
    assert pieces(found) == [(22, 24, 12, 0), (24, 26, 12, 1)]


def test_the_night_before_the_first_date_reaches_into_it():
    found = arrivals(topic='opening_hours: {sun: ["22:00-02:00+1"]}')
    assert pieces(found) == [(0, 2, 12, 0)]


@pytest.mark.parametrize(("start", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_rate_goes_by_hours_as_they_elapse(start: str, hours: int):
    assert pieces(arrivals(start=start)) == [(0, hours, 6 * hours, 0)]


def test_a_forecast_gives_each_interval_its_count():
    found = arrivals(arrivals=forecast("mon 00:00 12:00 5", "mon 12:00 24:00 7.5"))
    assert pieces(found) == [(0, 12, 5, 0), (12, 24, 7.5, 0)]
    assert (found.slope == 0).all()
    assert found.day_factor_shape is None


def test_intervals_may_be_as_short_as_one_likes():
    found = arrivals(
        arrivals=forecast(
            "mon 00:00 00:00:06 3", "mon 00:00:06 00:00:06.5 1", "mon 00:00:06.5 24:00 0"
        )
    )
    assert [b - a for a, b in zip(found.starts_us, found.ends_us, strict=True)][:2] == [
        6_000_000,
        500_000,
    ]


# the hours around the change, by the wall clock: 00-02, 02-03, 03-04, 04-24
CHANGE = forecast(
    "daily 00:00 02:00 20", "daily 02:00 03:00 10", "daily 03:00 04:00 10", "daily 04:00 24:00 0"
)


def test_the_missing_hour_yields_nothing():
    found = pieces(arrivals(arrivals=CHANGE, start=SPRING))
    assert found == [(0, 2, 20, 0), (2, 3, 10, 0), (3, 23, 0, 0)]


def test_the_doubled_hour_yields_twice():
    found = pieces(arrivals(arrivals=CHANGE, start=AUTUMN))
    assert found == [(0, 2, 20, 0), (2, 3, 10, 0), (3, 4, 10, 0), (4, 5, 10, 0), (5, 25, 0, 0)]


def test_an_interval_across_a_change_keeps_its_rate():
    rows = forecast("daily 00:00 01:30 0", "daily 01:30 03:30 20", "daily 03:30 24:00 0")
    expected = {start: arrivals(arrivals=rows, start=start).expected for start in (SPRING, AUTUMN)}
    assert expected[SPRING].sum() == pytest.approx(10)  # one hour of two elapses
    assert expected[AUTUMN].sum() == pytest.approx(30)  # three do


def test_a_dates_own_rows_stand_in_for_the_weekdays():
    rows = forecast("daily 00:00 24:00 48", "2026-03-24 00:00 24:00 10")
    assert pieces(arrivals(arrivals=rows, days=3)) == [
        (0, 24, 48, 0),
        (24, 48, 10, 1),
        (48, 72, 48, 2),
    ]


def test_holidays_go_like_a_sunday_or_are_closed():
    rows = forecast("mon-sat 00:00 24:00 48", "sun 00:00 24:00 5")
    holidays = "holidays: {2026-03-24: sunday, 2026-03-25: closed}"
    found = arrivals(arrivals=rows, top=holidays, days=4)
    assert pieces(found) == [(0, 24, 48, 0), (24, 48, 5, 1), (72, 96, 48, 3)]


def test_customers_who_always_come_come_on_closed_holidays_too():
    always = "{rate_per_hour: 6, during: always}"
    found = arrivals(arrivals=always, top="holidays: {2026-03-24: closed}", days=3)
    assert found.day.tolist() == [0, 1, 2]


def test_scale_multiplies_and_the_day_factor_is_handed_on():
    found = arrivals(
        arrivals=forecast("mon 00:00 24:00 48", more=", scale: 1.5, day_factor: {gamma_shape: 60}")
    )
    assert found.expected.tolist() == [72]
    assert found.day_factor_shape == 60


PERIODS = ", period_factor: {gamma_shape: 30, every: 6h, correlation: 0.5}"


def test_a_period_factor_cuts_intervals_where_periods_end():
    found = arrivals(arrivals=forecast("mon 00:00 08:00 16", "mon 08:00 24:00 16", more=PERIODS))
    assert pieces(found) == [
        (0, 6, 12, 0),
        (6, 8, 4, 0),
        (8, 12, 4, 0),
        (12, 18, 6, 0),
        (18, 24, 6, 0),
    ]
    assert found.period.tolist() == [0, 1, 1, 2, 3]
    assert found.period_factor == PeriodFactor(30.0, 6 * HOUR, 0.5)


def test_a_cut_interval_keeps_its_slope():
    rows = forecast(
        "mon 00:00 08:00 8",
        "mon 08:00 16:00 16",
        "mon 16:00 24:00 24",
        more=(", shape: linear" + PERIODS),
    )
    found = arrivals(arrivals=rows)
    assert found.expected.sum() == pytest.approx(48)
    assert len(set(found.slope[1:-1].round(30))) == 1
    assert found.expected[2] / 4 < found.expected[3] / 2  # 8-12 and 12-16 of the middle interval


@pytest.mark.parametrize(("start", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_periods_go_by_the_clock_also_where_it_changes(start: str, hours: int):
    rate = "{rate_per_hour: 6, period_factor: {gamma_shape: 30, every: 1h}}"
    found = arrivals(arrivals=rate, start=start)
    assert found.expected.sum() == pytest.approx(6 * hours)
    by_period = np.bincount(found.period, found.expected, minlength=24)
    assert by_period[2] == pytest.approx(0 if hours == 23 else 12)
    assert by_period[3] == pytest.approx(6)


def test_a_period_that_does_not_divide_a_day_is_refused():
    rate = "{rate_per_hour: 6, period_factor: {gamma_shape: 30, every: 7h}}"
    assert "does not divide a day; give 15m" in complaint(desk(arrivals=rate))


def test_recorded_arrivals_take_no_period_factor():
    written = f'{{trace: [{{at: "2026-03-23T08:00"}}]{PERIODS}}}'
    assert "period_factor does not go with trace" in complaint(desk(arrivals=written))


def test_a_start_in_mid_interval_keeps_the_rest_of_it():
    found = arrivals(arrivals=forecast("daily 00:00 24:00 48"), start="2026-03-23T06:00")
    assert pieces(found) == [(0, 18, 36, 0), (18, 24, 12, 1)]


LINEAR = ", shape: linear"
RAMP = ("mon 00:00 01:00 10", "mon 01:00 02:00 20", "mon 02:00 03:00 40", "mon 03:00 24:00 0")


def test_linear_slopes_are_central_differences_and_keep_the_counts():
    level, sloped = (arrivals(arrivals=forecast(*RAMP, more=m)) for m in ("", LINEAR))
    assert sloped.expected.tolist() == level.expected.tolist()
    per_hour = sloped.slope * HOUR * HOUR
    # one neighbour: 20 − 10; two: (40 − 10)/2; (0 − 20) over the 12 h between the middles
    assert per_hour.tolist() == pytest.approx([10, 15, -20 / 12, 0])


def test_slopes_are_clipped_so_that_no_rate_falls_below_0():
    rows = ("mon 00:00 01:00 1", "mon 01:00 02:00 100", "mon 02:00 24:00 0")
    found = arrivals(arrivals=forecast(*rows, more=LINEAR))
    length = found.ends_us - found.starts_us
    lowest = found.expected / length - np.abs(found.slope) * length / 2
    assert (lowest >= -1e-18).all()
    assert found.slope[0] * HOUR * HOUR == pytest.approx(2)  # from 0 to 2 an hour, not by 99


def test_a_sine_with_close_knots_is_met_closely():
    knots = np.arange(0, 60)  # minutes; 100 + 20 sin t per minute, t in units of 10 minutes
    mean_rate = 100 + 20 * (np.cos(knots / 10) - np.cos((knots + 1) / 10)) * 10
    rows = [
        f"mon 00:{m:02d} 00:{m + 1:02d} {r:.9f}" if m < 59 else f"mon 00:59 01:00 {r:.9f}"
        for m, r in zip(knots, mean_rate, strict=True)
    ]
    found = arrivals(arrivals=forecast(*rows, "mon 01:00 24:00 0", more=LINEAR))
    minute = 60_000_000
    at_end = (found.expected / minute + found.slope * minute / 2) * minute
    truth = 100 + 20 * np.sin((knots + 1) / 10)
    assert np.abs(at_end[1:58] - truth[1:58]).max() < 0.04


def test_a_hole_is_no_matter_while_the_topic_is_closed_or_at_lunch():
    rows = forecast("mon 08:00 12:00 20", "mon 12:30 18:00 20")
    hours = 'opening_hours: {mon: ["08:00-18:00"], lunch: "12:00-12:30"}'
    assert pieces(arrivals(arrivals=rows, topic=hours, days=7))[0] == (8, 12, 20, 0)


def test_chats_may_be_forecast_for_when_the_topic_is_closed():
    rows = forecast("mon 00:00 24:00 48")
    assert pieces(arrivals(arrivals=rows, topic='opening_hours: {mon: ["08:00-18:00"]}'))


OPEN = 'opening_hours: {mon: ["08:00-18:00"]}'

# story, rows, what is said
WRONG = [
    (
        "missing interval",
        forecast("mon 08:00 12:00 20", "mon 12:30 18:00 20"),
        (
            "the forecast has no number for topic 'Sales' on mon from 12:00 to 12:30, "
            "while the topic "
            "is open; add the interval (0 if nobody comes) (<text>:9)"
        ),
    ),
    ("ends early", forecast("mon 08:00 17:30 20"), "on mon from 17:30 to 18:00"),
    ("another weekday", forecast("tue 08:00 18:00 20"), "on mon from 08:00 to 18:00"),
    ("another date", forecast("2026-03-30 08:00 18:00 20"), "on 2026-03-23 from 08:00 to 18:00"),
    ("blank", forecast("mon 08:00 18:00 null"), "on mon from 08:00 to 18:00"),
    ("empty", "{forecast: []}", "arrivals.forecast is empty; give it at least one row"),
    ("NaN", forecast("mon 08:00 18:00 nan"), "Sales is nan, which is no number; give 0 or more"),
    ("infinite", forecast("mon 08:00 18:00 inf"), "Sales is inf, which is no number"),
    ("negative", forecast("mon 08:00 18:00 -1"), "Sales is -1; give 0 or more (<text>:9, column S"),
    ("words", forecast("mon 08:00 18:00 many"), "Sales is 'many'; give a number"),
    (
        "overlap",
        forecast("mon 08:00 12:00 1", "mon-fri 11:30 18:00 1"),
        "11:30 to 18:00 overlaps 08:00 to 12:00 in line 9; keep one",
    ),
    (
        "end first",
        forecast("mon 18:00 08:00 1"),
        "the row ends at 08:00, before it starts at 18:00",
    ),
    ("no time", forecast("mon noon 18:00 1"), "start is 'noon'; give a time of day"),
    ("overnight", forecast("mon 08:00 02:00+1 1"), "end at 24:00 and go on in the next day's row"),
    ("no weekday", forecast("mun 08:00 18:00 1"), "weekday is 'mun', which is no weekday"),
    (
        "no column",
        forecast("mon 08:00 18:00 1", more=", column: Saels"),
        "no column 'Saels'; did y",
    ),
    (
        "no day",
        '{forecast: [{start: "08:00", end: "18:00", Sales: 1}]}',
        "the row has no weekday and no date; give one",
    ),
    (
        "two days",
        '{forecast: [{date: 2026-03-23, weekday: mon, start: "08:00", end: "18:00", Sales: 1}]}',
        "weekday and date are both given; keep one",
    ),
    (
        "no start",
        '{forecast: [{weekday: mon, start: null, end: "18:00", Sales: 1}]}',
        "start is blank; fill it in",
    ),
]


@pytest.mark.parametrize(("story", "rows", "said"), WRONG, ids=[row[0] for row in WRONG])
def test_forecasts_that_cannot_be(story: str, rows: str, said: str):
    assert said in complaint(desk(arrivals=rows, topic=OPEN))


TABLE = """\
# expected chats
weekday,start,end,Sales
mon,08:00,18:00,9
tue-fri,08:00,12:00,5
tue-fri,13:00,18:00,7
"""

# story, what is changed in the table, to what, where the complaint stands
HOLES = [
    ("between two rows", "", "", "on tue-fri from 12:00 to 13:00", 4),
    ("at the end", "13:00,18:00", "12:00,17:00", "on tue-fri from 17:00 to 18:00", 5),
    ("at the beginning", "08:00,12:00", "09:00,13:00", "on tue-fri from 08:00 to 09:00", 2),
    ("a whole day", "mon,", "sat,", "on mon from 08:00 to 18:00", 2),
]


@pytest.mark.parametrize(("story", "good", "bad", "said", "line"), HOLES)
def test_a_hole_is_told_once_after_the_last_row_before_it(
    write, story: str, good: str, bad: str, said: str, line: int
):
    path = write("forecast.csv", TABLE.replace(good, bad))
    week = 'opening_hours: {mon-fri: ["08:00-18:00"]}'
    told = complaint(desk(arrivals="{forecast: forecast.csv}", topic=week, days=14), path.parent)
    (one,) = [line for line in told.splitlines() if said in line]
    assert one.endswith(f"(0 if nobody comes) ({path}:{line})"), story


def test_days_that_do_not_follow_each_other_are_told_together_as_well():
    rows = forecast(
        "tue 08:00 18:00 1",
        "thu 08:00 18:00 1",
        *(f"{day} 08:00 17:00 1" for day in ("mon", "wed", "fri")),
    )
    week = 'opening_hours: {mon-fri: ["08:00-18:00"]}'
    (one,) = complaint(desk(arrivals=rows, topic=week, days=7)).splitlines()
    assert "on mon,wed,fri from 17:00 to 18:00" in one


@pytest.mark.parametrize(
    ("holidays", "hours"),
    [("{}", "mon"), ("{2026-03-23: closed}", "2026-03-23")],
)
def test_a_hole_in_a_date_s_own_rows_is_told_of_the_date(holidays: str, hours: str):
    rows = forecast("2026-03-23 08:00 12:00 1", "tue 08:00 12:00 1")
    hours = f'opening_hours: {{{hours}: ["08:00-18:00"]}}'
    (one,) = complaint(desk(top=f"holidays: {holidays}", arrivals=rows, topic=hours)).splitlines()
    assert "on 2026-03-23 from 12:00 to 18:00" in one


# text, what is said, and in which line
HEADINGS = [
    ("weekday,start,end\nmon,08:00,18:00\n", "has no column 'Sales'", 1),
    ("# ours\nweekday,start,end\nmon,08:00,18:00\n", "has no column 'Sales'", 2),
    ("weekday,start,end,Sales\n", "is empty; give it at least one row", 1),
    ("", "is empty; give it a heading and rows", 1),
]


@pytest.mark.parametrize(("text", "said", "line"), HEADINGS)
def test_what_a_table_lacks_is_told_at_its_heading(write, text: str, said: str, line: int):
    path = write("forecast.csv", text)
    told = complaint(desk(arrivals="{forecast: forecast.csv}", topic=OPEN), path.parent)
    assert said in told
    assert told.endswith(f"({path}:{line})")


def test_a_hole_of_every_week_is_told_once():
    said = complaint(desk(arrivals=forecast("mon 08:00 17:00 1"), topic=OPEN, days=28))
    assert len(said.splitlines()) == 1


def test_a_topic_that_never_closes_needs_its_whole_day():
    said = complaint(desk(arrivals=forecast("daily 00:00 12:00 1", "daily 12:00 23:30 1")))
    assert "on mon from 23:30 to 24:00" in said


# Recorded arrivals

RECORDED = """
at,topic
2026-03-23T09:00:00.5,Sales
2026-03-23T08:00:00,Sales
2026-03-23T08:30,Support
2026-03-23T09:30:00+02:00,Sales
2026-03-23T08:00:00,Sales
2026-04-01T08:00:00,Sales
"""


def test_a_trace_is_repeated_as_it_is(write):
    trace = write("trace.csv", RECORDED)
    found = read(arrivals=f"{{trace: {trace}}}").topics[0].arrivals
    assert found.trace_us is not None
    assert found.trace_us.tolist() == [8 * HOUR, 8 * HOUR, 8.5 * HOUR, 9 * HOUR + 500_000]
    assert found.expected.size == 0


def test_instants_may_be_listed_bare():
    found = arrivals(arrivals="{trace: [2026-03-23T08:00:01, 2026-03-23 08:00]}")
    assert found.trace_us is not None
    assert found.trace_us.tolist() == [8 * HOUR, 8 * HOUR + 1_000_000]


def test_a_trace_in_the_doubled_hour_means_the_first_unless_it_says_which():
    rows = "[{at: 2026-10-25T02:30}, {at: '2026-10-25T02:30+01:00'}]"
    found = arrivals(arrivals=f"{{trace: {rows}}}", start=AUTUMN)
    assert found.trace_us is not None
    assert found.trace_us.tolist() == [2.5 * HOUR, 3.5 * HOUR]


def test_a_recorded_day_comes_again_on_its_weekday(write):
    record = write(
        "record.csv",
        """
        at
        2025-03-03T08:00
        2025-03-10T09:00
        2025-03-10T10:00
        2025-03-11T11:00
        """,
    )
    found = read(arrivals=f"{{resample: {record}}}", days=3).topics[0].arrivals
    assert found.recorded_days is not None
    hours = [[[at // HOUR for at in day] for day in days] for days in found.recorded_days]
    assert hours == [
        [[8], [9, 10]],  # Monday: one of two Mondays
        [[24 + 11]],  # Tuesday
        [[48 + 8], [48 + 9, 48 + 10], [48 + 11]],  # no Wednesday was recorded: any day
    ]


def test_a_recorded_day_follows_the_clock_of_the_simulated_one():
    rows = "[{at: 2025-03-02T01:30}, {at: 2025-03-02T02:30}, {at: 2025-03-02T03:30}]"
    found = arrivals(arrivals=f"{{resample: {rows}}}", start=SPRING)
    assert found.recorded_days is not None
    assert found.recorded_days[0][0].tolist() == [1.5 * HOUR, 2.5 * HOUR]  # 02:30 does not happen


def test_a_closed_holiday_has_no_recorded_day():
    rows = "[{at: 2025-03-03T08:00}]"
    found = arrivals(arrivals=f"{{resample: {rows}}}", top="holidays: {2026-03-23: closed}")
    assert found.recorded_days is not None
    assert [day.tolist() for day in found.recorded_days[0]] == [[]]


# story, source, what is said
WRONG_RECORDS = [
    ("no instant", "{trace: [{at: soon}]}", "at is 'soon'; give an instant such as"),
    ("no column", "{trace: [{when: 2026-03-23}]}", "has no column 'at'"),
    ("elsewhen", "{trace: [{at: 2025-01-01}]}", "no instant of topic 'Sales' within the simulated"),
    (
        "elsewhere",
        "{trace: [{at: 2026-03-23, topic: X}]}",
        "no instant of topic 'Sales'; check the",
    ),
    ("blank", "{resample: [{at: null}]}", "at is None; give an instant"),
    ("empty", "{resample: []}", "arrivals.resample is empty"),
]


@pytest.mark.parametrize(("story", "rows", "said"), WRONG_RECORDS)
def test_records_that_cannot_be(story: str, rows: str, said: str):
    assert said in complaint(desk(arrivals=rows))


def test_a_recorded_instant_in_a_gap_is_refused():
    said = complaint(desk(arrivals="{trace: [{at: 2026-03-29T02:30}]}", start=SPRING))
    assert "at 02:30 does not exist on 2026-03-29" in said


# The day factor of all topics

FACTOR = "{rate_per_hour: 6, day_factor: {gamma_shape: 60}}"

# top, arrivals, shape of the one factor, shape of the topic's own
FACTORS = [
    ("", FACTOR, None, 60),
    ("shared: true", FACTOR, 60, None),
    ("shared: false", FACTOR, None, 60),
    ("day_factor: {gamma_shape: 50}", "{rate_per_hour: 6}", 50, None),
    ("day_factor: {gamma_shape: 60, shared: true}", FACTOR, 60, None),
    ("day_factor: {gamma_shape: 50, shared: false}", "{rate_per_hour: 6}", None, 50),
    ("day_factor: {gamma_shape: 50, shared: false}", FACTOR, None, 60),
]


@pytest.mark.parametrize(("top", "source", "shared", "own"), FACTORS)
def test_a_day_factor_is_shared_or_the_topics_own(top, source, shared, own):
    scenario = read(top=top, arrivals=source)
    assert scenario.shared_day_factor_shape == shared
    assert scenario.topics[0].arrivals.day_factor_shape == own


def test_arrays_cannot_be_changed():
    found = arrivals()
    with pytest.raises(ValueError, match="read-only"):
        found.expected[0] = 1
