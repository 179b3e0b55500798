"""What an answer says about its call: done, empty, rejected, or unknown.

The rule that all else hangs on: a call is *rejected* only where the tenant surely did nothing
(it turned the call away, or no byte of it was sent). Whatever leaves a doubt is *unknown*, and
what is unknown is never sent again.

| answer | pickup | create | end, leave | transfer, accept |
|---|---|---|---|---|
| 2xx with a session | done | done | done | done, empty if it moved nothing |
| 2xx ``null``, 204, no body | empty | unknown | done | empty |
| 404 | empty | rejected | empty | empty |
| 401 403 421 429, 405 and other refusals of the form | rejected | = | = | = |
| nothing was sent (refused connection, no free connection) | rejected | = | = | = |
| 5xx, 3xx, other 4xx, broken off, unreadable, an error in a 200 | unknown | = | = | = |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulator.errors import DataError
from simulator.replay.endpoint.answer import Failure
from simulator.replay.facts import Facts, facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.replay.calls import Call
    from simulator.replay.endpoint.answer import Answer

__all__ = [
    "BROKEN_OFF",
    "TURNED_AWAY",
    "Verdict",
    "classify",
    "read_answer",
    "retry_after_s",
]

TURNED_AWAY: Final = frozenset({401, 403, 405, 406, 411, 413, 414, 415, 421, 429, 431})
"""Refused at the door: no authorisation, the wrong host, too many, or a form nobody handles."""

BROKEN_OFF: Final = frozenset({408, 502, 504})
"""Said by something in front of the tenant, which may still be at work on the call."""

_AGAIN: Final = frozenset({429})
"""Turned away for now only; others are so when the tenant names a time to come back."""

_NAME: Final = re.compile(r"[A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one answer says about its call."""

    cls: str
    """done, empty, rejected or unknown."""
    reason: str = ""
    """Why, where it is not done; never a text of the tenant."""
    facts: Facts | None = None
    may_retry: bool = False
    """Rejected for now: the call may be sent again."""
    retry_after_s: float | None = None
    """How long the tenant asks to be left alone."""
    settles_late: bool = False
    """Unknown, and the tenant may still be at work on it, until the call's deadline."""


def classify(call: Call, answer: Answer, *, wall_s: float | None = None) -> Verdict:
    """The verdict on ``call``; ``wall_s``, the time now, is for a Retry-After that is a date."""
    if answer.failure is not None:
        return _failed(answer)
    status = answer.http or 0
    if status in TURNED_AWAY:
        after = retry_after_s(answer.headers, wall_s=wall_s)
        again = status in _AGAIN or after is not None
        return Verdict("rejected", f"HTTP {status}", may_retry=again, retry_after_s=after)
    if status == 404:
        return Verdict("rejected" if call.kind == "create" else "empty", "HTTP 404")
    if not 200 <= status < 300:
        return Verdict("unknown", f"HTTP {status}", settles_late=status in BROKEN_OFF)
    return _accepted(call, answer, status)


def _failed(answer: Answer) -> Verdict:
    if answer.failure is Failure.NOT_SENT:
        return Verdict("rejected", f"not sent ({answer.error})", may_retry=True)
    return Verdict("unknown", f"broken off ({answer.error})", settles_late=True)


def _accepted(call: Call, answer: Answer, status: int) -> Verdict:
    body = answer.body.strip()
    if not body or body == b"null" or status == 204:
        return _without_session(call, "null" if body == b"null" else f"HTTP {status}, no body")
    record, wrong = _object(answer)
    if wrong:
        return Verdict("unknown", wrong)
    try:
        facts = facts_of(record)
    except DataError:
        return Verdict("unknown", "a 200 that holds no session")
    if call.kind == "transfer" and facts.offered_to is None:
        return Verdict("empty", "nothing was transferred", facts)
    return Verdict("done", "", facts)


def _without_session(call: Call, said: str) -> Verdict:
    if call.kind == "create":
        return Verdict("unknown", f"nothing came back from a create ({said})")
    if call.kind in ("end", "leave") and said != "null":
        return Verdict("done", said)
    return Verdict("empty", said)


def _object(answer: Answer) -> tuple[Any, str]:
    """The JSON value of a 2xx, and what is wrong with it: "" if it may be a session."""
    form = answer.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if not (form.endswith(("/json", "+json"))):
        return None, "a 200 that is not JSON by its content type"
    try:
        record = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None, "a 200 with malformed JSON"
    if _is_error(record):
        return None, f"a 200 with an error in it{_error_name(record)}"
    return record, ""


def _is_error(record: object) -> bool:
    """Whether an object is one of the tenant's error bodies."""
    if not isinstance(record, dict):
        return False
    told = record.get("Error") is True or "MessageDetail" in record or "ErrorMessage" in record
    return told or set(record) == {"Message"}


def _error_name(record: Mapping[str, Any]) -> str:
    """The name of the tenant's exception, which says nothing about a customer; else nothing."""
    name = record.get("ErrorType")
    return f" ({name})" if isinstance(name, str) and _NAME.fullmatch(name) else ""


def read_answer(answer: Answer) -> tuple[Any, str]:
    """What a request that only reads came back with, and why it is nothing: "" if it is."""
    if answer.failure is not None:
        return None, f"could not be read ({answer.error})"
    if answer.http != 200:
        return None, f"could not be read (HTTP {answer.http})"
    return _object(answer)


def retry_after_s(headers: Mapping[str, str], *, wall_s: float | None = None) -> float | None:
    """The seconds of ``Retry-After``, written as a number or as a date; None if there is none.

    A date counts from the answer's own ``Date``, so that no clock of ours matters; without one,
    from ``wall_s`` (seconds since 1970). A date that has passed is 0.

    >>> retry_after_s({"retry-after": "3"})
    3.0
    >>> now = "Mon, 23 Mar 2026 08:00:00 GMT"
    >>> retry_after_s({"retry-after": "Mon, 23 Mar 2026 08:00:07 GMT", "date": now})
    7.0
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    until = _http_date(asked)
    sent = _http_date(headers.get("date", ""))
    if sent is None and wall_s is not None:
        sent = datetime.fromtimestamp(wall_s, UTC)
    if until is None or sent is None:
        return None
    return max(0.0, (until - sent).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
