"""What each kind of call sends."""

from __future__ import annotations

import pytest

from simulator.replay import requests
from simulator.replay.calls import Call

PUT = {"create": "topic", "end": "put", "leave": "put"}
PATCH = {"create": "topic", "end": "patch", "leave": "patch"}


def call(kind, status="") -> Call:
    return Call(1, 0, kind, 5, 1, (), "Ada", 1, status=status)


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        ("pickup", "POST", "ChatSession/Pickup"),
        ("create", "POST", "ChatTopic/101/Sessions"),
        ("transfer", "POST", "ChatSession/7/TransferTo/12"),
        ("accept", "POST", "ChatSession/7/AcceptTransfer"),
    ],
)
def test_calls_without_a_body(kind, method, path):
    sent = requests.sending(call(kind), topic_id=101, session_id=7, to_associate=12)
    assert (sent.method, sent.path, sent.body) == (method, path, None)


def test_an_end_puts_back_what_was_read_with_another_status():
    record = {"ChatSessionId": 7, "CustomerName": "Kim Example", "Status": "UserLast"}
    sent = requests.sending(call("end", "Finished"), session_id=7, record=record)
    assert (sent.method, sent.path) == ("PUT", "ChatSession/7")
    assert sent.body == {**record, "Status": "Finished"}
    assert record["Status"] == "UserLast"


def test_a_patch_sends_the_status_alone_and_reads_nothing_first():
    leave = call("leave", "ClosedFromQueue")
    sent = requests.sending(leave, session_id=7)
    assert (sent.method, sent.body) == ("PATCH", {"Status": "ClosedFromQueue"})
    assert requests.reading(leave, PATCH, 7) is None


def test_only_what_is_put_is_read_first():
    assert requests.reading(call("end", "Finished"), PUT, 7) == requests.session(7)
    assert all(requests.reading(call(kind), PUT, 7) is None for kind in ("pickup", "transfer"))


def test_the_archive_is_asked_from_well_before_the_window():
    query = requests.archive("whenStarted", 1_774_252_800_999_999).query
    assert query["$filter"] == "whenStarted afterTime '2026-03-22T17:00:00'"
    assert query["$select"] == "chatSessionId,whenStarted"
