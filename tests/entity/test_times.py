"""Dates of the wire: every form is read, and written back to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.entity import NOT_YET, WireTime
from simulator.errors import DataError

OSLO = ZoneInfo("Europe/Oslo")

# text on the wire                        the instant in UTC, cut to microseconds
FORMS = [
    ("2008-12-12T09:40:58.8163549+01:00", "2008-12-12T08:40:58.816354"),
    ("2002-09-28T09:40:58.8163549+02:00", "2002-09-28T07:40:58.816354"),
    ("2002-03-31T18:00:00-0500", "2002-03-31T23:00:00"),
    ("2019-12-19T11:55:14Z", "2019-12-19T11:55:14"),
    ("2019-12-19T11:55:14.1Z", "2019-12-19T11:55:14.100000"),
    ("2019-12-19T11:55:14.1000000Z", "2019-12-19T11:55:14.100000"),
    ("2019-12-19T11:55:14.000001+05:30", "2019-12-19T06:25:14.000001"),
    # no offset: the wall clock of the zone that is named, Oslo
    ("2019-12-19T11:55:14", "2019-12-19T10:55:14"),
    ("2019-07-19T11:55:14.50", "2019-07-19T09:55:14.500000"),
    # the doubled hour without an offset: the first of the two
    ("2026-10-25T02:30:00", "2026-10-25T00:30:00"),
    ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00"),
    ("9999-12-31T23:59:59.9999999", "9999-12-31T22:59:59.999999"),
]


@pytest.mark.parametrize(("text", "utc"), FORMS)
def test_every_form_gives_its_instant_and_comes_back_as_it_was(text, utc):
    time = WireTime.parse(text)
    assert time.instant(OSLO) == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert str(time) == text


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T01:00:00+01:00",
        "0001-01-01T00:00:00.0000000",
        "0001-12-31T23:59:59-0800",
    ],
)
def test_the_year_1_means_not_yet_in_all_its_forms(text):
    time = WireTime.parse(text)
    assert not time.is_set
    assert time.instant() is None
    assert time.epoch_us() is None
    assert str(time) == text


def test_what_has_not_happened_is_written_without_an_offset():
    assert str(NOT_YET) == "0001-01-01T00:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-03-23",
        "2026-03-23 08:00:00",
        "2026-03-23T08:00",
        "2026-03-23T08:00:00.",
        "2026-03-23T08:00:00.12345678",
        "2026-03-23T08:00:00z",
        "2026-03-23T08:00:00+1",
        "2026-03-23T08:00:00+15:00",
        "2026-03-23T08:00:00+01:60",
        "2026-02-30T08:00:00",
        "0000-01-01T00:00:00",
        "２０２６-03-23T08:00:00",
        "2026-03-23T08:00:00\n",
    ],
)
def test_what_is_no_date_is_refused_with_the_rule(text):
    with pytest.raises(DataError, match=r"is not a date.*a date is written 2026-03-23T08:00:00"):
        WireTime.parse(text)


def test_without_offset_and_zone_there_is_no_instant():
    with pytest.raises(DataError, match="does not say in which time zone"):
        WireTime.parse("2026-03-23T08:00:00").instant()


@st.composite
def wire_times(draw: st.DrawFn) -> WireTime:
    """Any date that .NET can write."""
    digits = draw(st.integers(0, 7))
    step = 10 ** (7 - digits)
    last = 3_155_378_975_999_999_999  # 9999-12-31T23:59:59.9999999
    offsets = st.builds(
        "{}{:02d}{}{:02d}".format,
        st.sampled_from("+-"),
        st.integers(0, 14),
        st.sampled_from((":", "")),
        st.integers(0, 59),
    )
    ticks = draw(st.integers(0, last // step)) * step
    return WireTime(ticks, digits, draw(st.just("") | st.just("Z") | offsets))


@given(wire_times())
def test_any_date_survives_being_written_and_read(time):
    assert WireTime.parse(str(time)) == time
