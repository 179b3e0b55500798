"""Dates in every form, and the two hours of the year in which a clock lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.calibration.history.dates import instants, order_seen, parse_dates
from simulator.entity import WireTime
from simulator.errors import DataError

OSLO = ZoneInfo("Europe/Oslo")


def read(*texts, order="day first", wire=False):
    """The instants as ISO in UTC, None where missing, "?" where unreadable."""
    dates = parse_dates(pa.array(texts, pa.string()), order=order, wire=wire)
    us = instants(dates, OSLO).utc_us
    rows = zip(us.tolist(), dates.missing, dates.unreadable, strict=True)
    return [None if none else "?" if bad else iso(each) for each, none, bad in rows]


def iso(us):
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(us))
    return at.isoformat().removesuffix("+00:00")


FORMS = [  # written, the instant in UTC when clocks without offset hang in Oslo
    ("2026-03-23T08:00:00", "2026-03-23T07:00:00"),
    ("2026-03-23T08:00:00.1", "2026-03-23T07:00:00.100000"),
    ("2026-03-23T08:00:00.1234567", "2026-03-23T07:00:00.123456"),
    ("2026-03-23T08:00:00Z", "2026-03-23T08:00:00"),
    ("2026-03-23T08:00:00+01:00", "2026-03-23T07:00:00"),
    ("2026-03-23T08:00:00.5-0500", "2026-03-23T13:00:00.500000"),
    ("2026-03-23T08:00:00+0530", "2026-03-23T02:30:00"),
]
SHEET_FORMS = [
    ("2026-12-31 13:05", "2026-12-31T12:05:00"),
    ("2026-12-31 13:05:10.25", "2026-12-31T12:05:10.250000"),
    ("2026/12/31 13:05", "2026-12-31T12:05:00"),
    ("31.12.2026 13:05:10", "2026-12-31T12:05:10"),
    ("1.2.2026 8:05", "2026-02-01T07:05:00"),
    ("31/12/2026 13:05", "2026-12-31T12:05:00"),
    ("31-12-2026 13:05", "2026-12-31T12:05:00"),
    ("31/12/2026, 1:05 PM", "2026-12-31T12:05:00"),
    ("31/12/2026 12:05 a.m.", "2026-12-30T23:05:00"),
    ("31/12/2026 12:05\u202fpm", "2026-12-31T11:05:00"),
    ("  31.12.2026 13:05 ", "2026-12-31T12:05:00"),
    ("46104.5", "2026-03-23T11:00:00"),
    ("46104,25", "2026-03-23T05:00:00"),
    ("46104", "2026-03-22T23:00:00"),
    ("2026-12-31", "2026-12-30T23:00:00"),
]


@pytest.mark.parametrize(("written", "instant"), FORMS)
def test_the_wire_writes_dates_like_this(written, instant):
    assert read(written, wire=True) == read(written) == [instant]


@pytest.mark.parametrize(("written", "instant"), SHEET_FORMS)
def test_spreadsheets_write_dates_like_this(written, instant):
    assert read(written) == [instant]


def test_month_first_is_another_day():
    assert read("1/2/2026 13:05", order="month first") == ["2026-01-02T12:05:00"]
    assert read("1/2/2026 13:05", order="day first") == ["2026-02-01T12:05:00"]
    assert read("12/31/2026 1:05 PM", order="month first") == ["2026-12-31T12:05:00"]


def test_points_have_the_day_first_whatever_strokes_mean():
    assert read("01.02.2026 13:05", order="month first") == ["2026-02-01T12:05:00"]


@pytest.mark.parametrize(
    "written",
    ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01T01:00:00+01:00", None, "", "  "],
)
def test_year_1_and_nothing_are_missing(written):
    assert read(written) == read(written, wire=True) == [None]


@pytest.mark.parametrize(
    "written",
    [
        *("2026-02-30T08:00:00", "2026-13-01T08:00:00", "2026-00-10T08:00:00"),
        *("2026-03-23T24:00:00", "2026-03-23T08:60:00", "2026-03-23T08:00:00+15:00"),
        *("2026-03-23T08:00:00.12345678", "13:05", "yesterday", "31/12/26 13:05", "x" * 90),
        *("31/31/2026 13:05", "1/2/2026 13:05 PM", "12", "99999999"),
    ],
)
def test_what_is_no_date_is_unreadable(written):
    assert read(written) == ["?"]


@pytest.mark.parametrize("written", ["46104.5", "31.12.2026 13:05", "2026-03-23 08:00"])
def test_a_spreadsheets_form_is_no_date_on_the_wire(written):
    assert read(written, wire=True) == ["?"]


def test_each_row_has_its_own_form():
    forms = FORMS + SHEET_FORMS
    assert read(*(written for written, _ in forms)) == [instant for _, instant in forms]


# --------------------------------------------------------------------------------- the order


def order(*texts):
    return order_seen(pa.array(texts, pa.string()))


def test_a_day_after_the_twelfth_tells_the_order():
    assert order("1/2/2026", "3/13/2026 8:00", "13/3/2026") == (2, 1, True)


def test_a_first_of_january_is_the_same_in_both_orders():
    assert order("1/1/2026", "2/2/2026") == (None, None, False)


# ----------------------------------------------------------------------------------- the clock


def local(*texts):
    return instants(parse_dates(pa.array(texts, pa.string())), OSLO)


def test_a_time_that_the_clock_skipped_is_marked():
    found = local("2026-03-29T01:59:59", "2026-03-29T02:00:00", "2026-03-29T03:00:00")
    assert found.skipped.tolist() == [False, True, False]
    assert iso(found.utc_us[1]) == "2026-03-29T01:00:00"


def test_of_a_time_that_came_twice_the_first_is_meant_and_the_second_known():
    found = local("2026-10-25T02:00:00", "2026-10-25T03:00:00", "2026-10-25T02:00:00+01:00")
    assert iso(found.utc_us[0]) == "2026-10-25T00:00:00"
    assert found.again_us.tolist() == [3_600_000_000, 0, 0]


OFFSETS = st.one_of(
    st.just(""), st.just("Z"), st.integers(-840, 840).map(lambda m: f"{m // 60:+03d}:{m % 60:02d}")
)
WALLS = st.datetimes(datetime.fromisoformat("1999-01-01"), datetime.fromisoformat("2035-01-01"))


@given(st.lists(st.tuples(WALLS, st.integers(0, 7), OFFSETS), max_size=20))
def test_the_wires_dates_are_read_as_the_entity_reads_them(parts):
    texts = [
        f"{wall:%Y-%m-%dT%H:%M:%S}" + (f".{'1234567'[:digits]}" if digits else "") + offset
        for wall, digits, offset in parts
    ]
    wanted = []
    for text in texts:
        try:
            wanted.append(iso(WireTime.parse(text).epoch_us(OSLO)))
        except DataError:  # an offset beyond 14 hours
            wanted.append("?")
    assert read(*texts, wire=True) == wanted


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=20))
def test_no_text_breaks_the_reader(texts):
    texts = [None if text is None else text.encode(errors="ignore").decode() for text in texts]
    dates = parse_dates(pa.array(texts, pa.string()))
    assert not (dates.missing & dates.unreadable).any()
    assert np.all(dates.wall_us[dates.missing | dates.unreadable] == 0)


def test_a_slice_of_a_column_is_read_like_a_column():
    column = pa.array(["x", "2026-03-23T08:00:00Z", None, "2026-03-23T09:00:00Z"], pa.string())
    dates = parse_dates(column.slice(1))
    assert dates.missing.tolist() == [False, True, False]
    wanted = datetime(2026, 3, 23, 9, tzinfo=UTC).timestamp() * 1e6
    assert dates.wall_us[2] == wanted
