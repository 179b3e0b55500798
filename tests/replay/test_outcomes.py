"""What an answer says about its call: every status, body and failure that can come."""

from __future__ import annotations

import json

import pytest

from simulator.replay.calls import Call
from simulator.replay.endpoint.answer import Answer, Failure
from simulator.replay.outcomes import classify, read_answer, retry_after_s

SESSION = {"ChatSessionId": 7, "TopicId": 101, "Status": "CustomerLast", "InitialQueuePos": 3}
OFFERED = {**SESSION, "TransferTo": {"AssociateId": 12}}
JSON = {"content-type": "application/json; charset=utf-8"}
DATE = "Mon, 23 Mar 2026 08:00:00 GMT"


def call(kind="pickup") -> Call:
    return Call(1, 0, kind, 5, 1, (1,), "Ada", 1, status="Finished" if kind == "end" else "")


def answer(http=200, body: object = None, *, failure=None, error="", **headers) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(http=http, headers={**JSON, **told}, body=raw, failure=failure, error=error)


def broken(error) -> Answer:
    return answer(None, b"", failure=Failure.BROKEN, error=error)


PICKUPS = [
    # a session, or none
    (answer(200, SESSION), "done"),
    (answer(201, SESSION), "done"),
    (answer(200, SESSION, content_type="text/json"), "done"),
    (answer(200, SESSION, content_type="application/merge-patch+json"), "done"),
    (answer(200, None), "empty"),
    (answer(200, b" null\n"), "empty"),
    (answer(200, b""), "empty"),
    (answer(204, b""), "empty"),
    (answer(404, b""), "empty"),
    (answer(404, {"Error": True, "ErrorType": "SoNotFoundException"}), "empty"),
    # surely not applied
    (answer(401, b""), "rejected"),
    (answer(403, {"Error": True}), "rejected"),
    (answer(405, b""), "rejected"),
    (answer(415, b""), "rejected"),
    (answer(421, b"Wrong subdomain used to access tenant"), "rejected"),
    (answer(429, b""), "rejected"),
    (answer(None, b"", failure=Failure.NOT_SENT, error="ConnectError"), "rejected"),
    (answer(None, b"", failure=Failure.NOT_SENT, error="PoolTimeout"), "rejected"),
    # nobody can know
    (broken("ReadTimeout"), "unknown"),
    (broken("WriteError"), "unknown"),
    (broken("RemoteProtocolError"), "unknown"),
    (answer(200, b"", failure=Failure.BROKEN, error="ReadError"), "unknown"),
    (answer(500, {"Error": True}), "unknown"),
    (answer(502, b"<html>"), "unknown"),
    (answer(503, b"", retry_after="3"), "unknown"),
    (answer(504, b""), "unknown"),
    (answer(301, b"", location="https://example.com/"), "unknown"),
    (answer(303, b""), "unknown"),
    (answer(400, {"Error": True, "ErrorType": "ArgumentException"}), "unknown"),
    (answer(408, b""), "unknown"),
    (answer(409, b""), "unknown"),
    (answer(100, b""), "unknown"),
    (answer(200, b'{"ChatSessionId": 7, "Top'), "unknown"),
    (answer(200, b"\xff\xfe"), "unknown"),
    (answer(200, SESSION, content_type="text/html"), "unknown"),
    (answer(200, b"<ChatSessionEntity/>", content_type="application/xml"), "unknown"),
    (answer(200, {"Error": True, "ErrorType": "SoException", "Message": "no"}), "unknown"),
    (answer(200, {"Message": "The request is invalid.", "MessageDetail": "x"}), "unknown"),
    (answer(200, {"Message": "No."}), "unknown"),
    (answer(200, {}), "unknown"),
    (answer(200, []), "unknown"),
    (answer(200, 7), "unknown"),
    (answer(200, {**SESSION, "ChatSessionId": 0}), "unknown"),
    (answer(200, {**SESSION, "ChatSessionId": "7"}), "unknown"),
    (answer(200, {**SESSION, "WhenStarted": "yesterday"}), "unknown"),
]


@pytest.mark.parametrize(("came", "cls"), PICKUPS, ids=lambda each: str(each)[:40])
def test_what_a_pickup_came_to(came, cls):
    assert classify(call(), came).cls == cls


OTHERS = [
    ("create", answer(200, SESSION), "done"),
    ("create", answer(200, None), "unknown"),
    ("create", answer(204, b""), "unknown"),
    ("create", answer(404, b""), "rejected"),
    ("end", answer(200, SESSION), "done"),
    ("end", answer(204, b""), "done"),
    ("end", answer(200, None), "empty"),
    ("leave", answer(404, b""), "empty"),
    ("transfer", answer(200, OFFERED), "done"),
    ("transfer", answer(200, SESSION), "empty"),
    ("accept", answer(200, SESSION), "done"),
    ("accept", answer(200, None), "empty"),
    ("end", answer(500, b""), "unknown"),
    ("accept", broken("ReadTimeout"), "unknown"),
]


@pytest.mark.parametrize(("kind", "came", "cls"), OTHERS)
def test_what_other_calls_came_to(kind, came, cls):
    assert classify(call(kind), came).cls == cls


def test_facts_of_the_session_are_kept_and_no_more():
    facts = classify(call(), answer(200, {**SESSION, "CustomerName": "Kim Example"})).facts
    assert (facts.session_id, facts.topic_id, facts.position) == (7, 101, 3)
    assert "Kim" not in repr(facts)


def test_text_of_the_tenant_never_gets_into_a_reason():
    told = {"Error": True, "ErrorType": "Kim <kim@example.com>", "Message": "Kim Example"}
    assert "Kim" not in classify(call(), answer(200, told)).reason


@pytest.mark.parametrize(
    ("came", "may_retry", "after"),
    [
        (answer(429, b""), True, None),
        (answer(429, b"", retry_after="2"), True, 2.0),
        (answer(401, b""), False, None),
        (answer(403, b""), False, None),
        (answer(403, b"", retry_after="5"), True, 5.0),
        (answer(None, b"", failure=Failure.NOT_SENT, error="ConnectError"), True, None),
        (answer(503, b"", retry_after="5"), False, None),  # unknown: never again
    ],
)
def test_which_of_them_may_be_sent_again_and_when(came, may_retry, after):
    verdict = classify(call(), came)
    assert (verdict.may_retry, verdict.retry_after_s) == (may_retry, after)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 12 "}, 12.0),
        ({"retry-after": "Mon, 23 Mar 2026 08:00:07 GMT", "date": DATE}, 7.0),
        ({"retry-after": "Mon, 23 Mar 2026 07:59:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Mon, 23 Mar 2026 08:00:07 GMT"}, 8.5),  # by the clock given
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "²"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_both_its_forms(headers, seconds):
    assert retry_after_s(headers, wall_s=1774252798.5) == seconds


def test_only_what_was_broken_off_may_still_take_effect_later():
    late = [broken("ReadTimeout"), answer(504, b""), answer(502, b"")]
    over = [answer(500, b""), answer(503, b""), answer(200, b"{")]
    assert all(classify(call(), each).settles_late for each in late)
    assert not any(classify(call(), each).settles_late for each in over)


def test_a_reading_says_why_it_read_nothing():
    assert read_answer(answer(200, [1])) == ([1], "")
    assert read_answer(answer(500, b""))[1] == "could not be read (HTTP 500)"
    assert read_answer(broken("ReadTimeout"))[1] == "could not be read (ReadTimeout)"
    assert "error" in read_answer(answer(200, {"Error": True}))[1]
