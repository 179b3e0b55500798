"""Records back to sessions."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from simulator.errors import DataError
from simulator.sessions.columns import sessions_schema
from simulator.sessions.entities import records
from simulator.sessions.recorded import from_records, recorded_schema
from tests.entity.made import OSLO, SERVED, at, desk, sessions

RECORD: dict[str, Any] = {
    "ChatSessionId": 5,
    "Status": "InQueue",
    "WhenRequested": "2026-03-23T09:00:00+01:00",
}


def read(*changes: dict[str, Any], **how: Any) -> list[dict[str, Any]]:
    lines = (json.dumps(RECORD | change) for change in changes)
    return from_records(lines, **how).to_pylist()


CHATS = [
    {},
    {**SERVED, "initial_queue_pos": 3, "alert_level": 1},
    {**SERVED, "outcome": "silent", "wait_s": 12.5, "agent_id": 2},
    {"status": "CustomerLast", "picked_up_at": at("08:00:30"), "wait_s": 30.0, "agent_id": 1},
    {
        "status": "ClosedFromQueue",
        "outcome": "abandoned",
        "ended_at": at("08:01:00"),
        "wait_s": 60.0,
    },
    {
        "status": "OfflineForm",
        "outcome": "form_closed",
        "ended_at": at("08:00:00"),
        "initial_queue_pos": None,
    },
    {"status": "RequestPosted", "outcome": "form_at_arrival", "ended_at": at("08:00:00")},
    {
        "status": "RequestPosted",
        "outcome": "form_in_queue",
        "ended_at": at("08:05:00"),
        "wait_s": 300.0,
    },
    {"status": "Closed", "outcome": "closed", "ended_at": at("08:10:00"), "wait_s": 600.0},
]


def test_what_the_wire_carries_comes_back_as_it_was_for_every_outcome():
    table = sessions(*CHATS)
    again = from_records(records(table, desk(), 1), zone=OSLO)
    carried = [name for name in again.column_names if name in table.column_names]
    wanted = table.select(carried).to_pylist()
    for chat in wanted:  # what the hand-made table leaves out, or the wire tells otherwise
        chat["handle_s"] = chat["agent"] = None
        if chat["wait_s"] == 0 and chat["outcome"] == "unfinished":
            chat["wait_s"] = None
    found = again.select(carried).to_pylist()
    for chat in found:
        chat["handle_s"] = chat["agent"] = None
    assert found == wanted


def test_agent_handle_time_and_rating_are_read():
    [row] = from_records(records(sessions(SERVED), desk(), 3), zone=OSLO).to_pylist()
    assert (row["agent"], row["agent_id"], row["handle_s"]) == ("Ada Lovelace", 1, 270.0)
    assert row["last_poll_at"] == at("08:05:00")
    assert [row["rating"] for row in read({"Rating": 4}, {"Rating": 0}, {})] == [4, None, None]


def test_the_columns_are_those_of_the_session_table():
    ours, theirs = recorded_schema("UTC"), sessions_schema("UTC")
    differing = {"alert_level", "last_message_at", "last_poll_at", "rating"}
    for name in set(ours.names) - differing:
        assert ours.field(name).type == theirs.field(name).type, name
    assert set(ours.names) - set(theirs.names) == differing - {"alert_level"}
    assert from_records([]).schema == ours


# (status, picked up, ended, last poll) in minutes after nine -> outcome, wait_s
TOLD = [
    ("Finished", 1, 5, 5, "served", 60.0),
    ("Finished", 3, 5, 2, "silent", 120.0),
    ("Closed", 1, 5, 5, "served", 60.0),  # closed by whoever handled it
    ("Closed", None, 5, 5, "closed", 300.0),
    ("RequestPosted", 1, 5, 5, "served", 60.0),
    ("RequestPosted", None, 5, 5, "form_in_queue", 300.0),
    ("RequestPosted", None, 0, 5, "form_at_arrival", 0.0),
    ("ClosedFromQueue", None, 2, 2, "abandoned", 120.0),
    ("OfflineForm", None, None, None, "form_closed", 0.0),
    ("InQueue", None, None, 5, "unfinished", None),
    ("UserLast", 1, None, 5, "unfinished", 60.0),
    # what the status leaves open stays open
    ("Finished", None, 5, 5, None, None),
    ("Deleted", 1, 5, 5, None, 60.0),
    ("Faq", None, None, None, None, None),
    ("OnHold", None, 5, 5, None, None),
]


@pytest.mark.parametrize(("status", "picked_up", "ended", "polled", "outcome", "wait_s"), TOLD)
def test_outcome_and_wait_as_far_as_the_record_tells(
    status, picked_up, ended, polled, outcome, wait_s
):
    def minute(number: int | None) -> str:
        return "0001-01-01T00:00:00Z" if number is None else f"2026-03-23T08:{number:02d}:00Z"

    [row] = read(
        {
            "Status": status,
            "WhenStarted": minute(picked_up),
            "WhenEnded": minute(ended),
            "WhenFetched": minute(polled),
        }
    )
    assert (row["status"], row["outcome"], row["wait_s"]) == (status, outcome, wait_s)


def test_dates_that_contradict_one_another_give_no_durations():
    [row] = read(
        {
            "Status": "Finished",
            "WhenStarted": "2026-03-23T07:59:00Z",
            "WhenEnded": "2026-03-23T07:58:00Z",
        }
    )
    assert (row["outcome"], row["wait_s"], row["handle_s"]) == ("served", None, None)


def test_dates_without_an_offset_are_in_the_zone_that_is_named():
    changes = {"WhenRequested": "2026-07-01T09:00:00"}
    [row] = read(changes, zone=ZoneInfo("Europe/Oslo"))
    assert row["requested_at"].isoformat() == "2026-07-01T09:00:00+02:00"
    with pytest.raises(DataError, match=r"does not say in which time zone .*records:1"):
        read(changes)


def test_nobodys_name_or_words_are_read():
    secret = {"CustomerName": "Ash", "SessionKey": 5, "FirstMessage": [], "Person": "?"}
    text = json.dumps(read(secret), default=str)
    assert "Ash" not in text


def test_blank_lines_are_passed_over_and_missing_keys_are_null():
    table = from_records([b"\n", json.dumps(RECORD), "  "])
    [row] = table.to_pylist()
    assert row["topic_id"] is row["agent"] is row["alert_level"] is None
    assert isinstance(table, pa.Table)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not a JSON object"),
        ("[]", "ChatSession is a list"),
        ("{}", "no ChatSessionId"),
        ('{"ChatSessionId": 5}', "session 5 has no date of request"),
        ('{"ChatSessionId": 5, "WhenRequested": "0001-01-01T00:00:00"}', "no date of request"),
        ('{"ChatSessionId": 5, "WhenRequested": "soon"}', "'soon' is not a date"),
    ],
)
def test_a_bad_line_is_named_by_its_place(line, message):
    with pytest.raises(DataError, match=rf"(?s){message}.*\(history\.jsonl:2\)"):
        from_records([json.dumps(RECORD), line], file="history.jsonl")
