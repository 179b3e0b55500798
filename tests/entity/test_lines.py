"""Columns into JSON: the same as one carrier after the other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.entity import Associate, ChatSession, Right, to_wire
from simulator.entity.lines import (
    NEVER_US,
    constant,
    members,
    objects,
    optional,
    texts,
    times,
    yes_no,
)
from simulator.errors import DataError, ParameterError

OSLO = ZoneInfo("Europe/Oslo")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def written(instants: list[int], zone: ZoneInfo = OSLO, form: str = "offset") -> list[str]:
    return [json.loads(text) for text in times(np.array(instants, dtype=np.int64), zone, form)]


# -------------------------------------------------------------------------------------- dates

# the instant in UTC, then as offset, none and utc
DATES = [
    (
        "2026-03-23T07:00:00.123456",
        "2026-03-23T08:00:00.1234560+01:00",
        "2026-03-23T08:00:00.1234560",
        "2026-03-23T07:00:00.1234560Z",
    ),
    # the last instant of winter time, and the first of summer time
    (
        "2026-03-29T00:59:59.999999",
        "2026-03-29T01:59:59.9999990+01:00",
        "2026-03-29T01:59:59.9999990",
        "2026-03-29T00:59:59.9999990Z",
    ),
    (
        "2026-03-29T01:00:00",
        "2026-03-29T03:00:00.0000000+02:00",
        "2026-03-29T03:00:00.0000000",
        "2026-03-29T01:00:00.0000000Z",
    ),
    # the doubled hour: the same wall clock twice, told apart by the offset
    (
        "2026-10-25T00:30:00",
        "2026-10-25T02:30:00.0000000+02:00",
        "2026-10-25T02:30:00.0000000",
        "2026-10-25T00:30:00.0000000Z",
    ),
    (
        "2026-10-25T01:30:00",
        "2026-10-25T02:30:00.0000000+01:00",
        "2026-10-25T02:30:00.0000000",
        "2026-10-25T01:30:00.0000000Z",
    ),
]


def test_dates_are_written_in_the_form_asked_for_across_the_change_of_clocks():
    instants = [us(row[0]) for row in DATES]
    for place, form in enumerate(("offset", "none", "utc"), start=1):
        assert written(instants, form=form) == [row[place] for row in DATES]


def test_what_has_not_happened_is_the_year_1():
    assert written([NEVER_US]) == ["0001-01-01T00:00:00"]
    assert written([NEVER_US], form="none") == ["0001-01-01T00:00:00"]
    assert written([NEVER_US, 0], form="utc") == [
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00.0000000Z",
    ]


@given(
    st.lists(st.integers(0, us("2099-12-31T00:00:00")), max_size=5),
    st.sampled_from(
        ["Europe/Oslo", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
    ),
)
def test_any_date_is_what_python_makes_of_it(instants, name):
    zone = ZoneInfo(name)
    expected = [(EPOCH + timedelta(microseconds=each)).astimezone(zone) for each in instants]
    assert [datetime.fromisoformat(text) for text in written(instants, zone)] == expected
    assert [text[-6:] for text in written(instants, zone)] == [
        each.isoformat()[-6:] for each in expected
    ]


def test_an_offset_of_odd_seconds_is_refused():
    with pytest.raises(DataError, match=r"clocks of Europe/Amsterdam .* write the dates as UTC"):
        written([us("1930-01-01T00:00:00")], ZoneInfo("Europe/Amsterdam"))


# ------------------------------------------------------------------------------------ objects


def test_columns_become_what_carriers_would():
    columns = {
        "associate_id": np.array([1, -2]),
        "name": texts(("<b>", 'a "quote" & 100 % \x00\u2028'), np.array([1, 0])),
        "deleted": yes_no(np.array([True, False])),
        "full_name": constant("50 % %d %b"),
    }
    expected = [
        Associate(associate_id=1, name='a "quote" & 100 % \x00\u2028', deleted=True,
                  full_name="50 % %d %b"),
        Associate(associate_id=-2, name="<b>", deleted=False, full_name="50 % %d %b"),
    ]  # fmt: skip
    lines = objects(Associate, 2, columns)
    assert [json.loads(line) for line in lines] == [each.to_wire() for each in expected]


def test_keys_stand_in_the_order_of_the_reference_page():
    [line] = objects(ChatSession, 1, {"rating": np.array([5]), "topic_id": np.array([2])})
    assert json.loads(line) == to_wire(ChatSession(rating=5, topic_id=2))
    assert list(json.loads(line)) == list(to_wire(ChatSession()))


def test_what_no_column_tells_is_blank_in_every_row():
    assert list(objects(Right, 2, {}, end=b"\n")) == [b'{"Mask":null,"Reason":null}\n'] * 2
    assert list(objects(Right, 1, {"mask": b'"100 %"'})) == [b'{"Mask":"100 %","Reason":null}']


def test_values_that_are_not_everywhere_are_null_elsewhere():
    assert optional([b"1", b"2"], np.array([True, False, True])) == [b"1", b"null", b"2"]
    assert members([b"{}"], np.array([0, -1])) == [b"{}", b"null"]


def test_a_column_that_the_carrier_does_not_have_is_refused():
    with pytest.raises(ParameterError, match="Right has no field 'masque'"):
        objects(Right, 1, {"masque": b"1"})


def test_columns_of_unequal_length_are_refused():
    columns = {"mask": [b"1"], "reason": [b"1", b"2"]}
    with pytest.raises(ValueError, match="longer"):
        list(objects(Right, 2, columns))
