"""What the replay keeps of a session that the tenant answers with: numbers and times, no person.

The names of the wire are those of ``simulator.entity``; only the few that are kept are read, as
an answer has 8 KB and the replay shares its core with the client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from simulator.entity import Associate, ChatSession, Unlisted, WireTime
from simulator.entity.wire import wire_fields
from simulator.errors import DataError

if TYPE_CHECKING:
    from simulator.entity.wire import Carrier, Kind

__all__ = ["Facts", "facts_of", "status_alone", "with_status"]


@dataclass(frozen=True, slots=True)
class Facts:
    """A session as the tenant told it; None where it has not happened or was not told."""

    session_id: int
    topic_id: int | None = None
    position: int | None = None
    """The queue position on arrival, from 1."""
    rank: int | None = None
    status: str = ""
    owner: int | None = None
    """The associate who has the session."""
    offered_to: int | None = None
    """The associate to whom a transfer is pending."""
    requested_us: int | None = None
    started_us: int | None = None
    ended_us: int | None = None
    digits: int = 7
    """Digits of fraction that the tenant writes in ``WhenStarted`` (or ``WhenRequested``)."""


def _field(carrier: type[Carrier], attribute: str) -> tuple[str, Kind]:
    for name, field in wire_fields(carrier).items():
        if field.attribute == attribute:
            return name, field.kind
    raise KeyError(attribute)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_YEAR_ONE: Final = "0001-"
_FRACTION: Final = re.compile(r":[0-9]{2}(?:[.]([0-9]{1,7}))?(?:Z|[+-][0-9:]+)?$")

_ID: Final = _field(ChatSession, "chat_session_id")
_TOPIC: Final = _field(ChatSession, "topic_id")
_POSITION: Final = _field(ChatSession, "initial_queue_pos")
_RANK: Final = _field(ChatSession, "rank")
_STATUS: Final = _field(ChatSession, "status")
_USER: Final = _field(ChatSession, "user")
_TRANSFER_TO: Final = _field(ChatSession, "transfer_to")
_REQUESTED: Final = _field(ChatSession, "when_requested")
_STARTED: Final = _field(ChatSession, "when_started")
_ENDED: Final = _field(ChatSession, "when_ended")
_ASSOCIATE: Final = _field(Associate, "associate_id")


def facts_of(record: object) -> Facts:
    """The facts of a parsed session; DataError where it is none, or a value has another form.

    A time without an offset is taken as UTC, which is what every request asks for.

    >>> facts_of({"ChatSessionId": 7, "TopicId": 101, "WhenStarted": "0001-01-01T00:00:00"})
    ... # doctest: +ELLIPSIS
    Facts(session_id=7, topic_id=101, ...started_us=None, ended_us=None, digits=0)
    """
    if not isinstance(record, dict):
        raise DataError("the answer is no object; the tenant answers with a session")
    number = _read(record, _ID)
    if not isinstance(number, int) or number < 1:
        raise DataError("the answer has no session id; a session has one, from 1")
    requested, started = record.get(_REQUESTED[0]), record.get(_STARTED[0])
    status = _read(record, _STATUS)
    return Facts(
        number,
        _read(record, _TOPIC),
        _read(record, _POSITION),
        _read(record, _RANK),
        ""
        if status is None
        else str(status.value if isinstance(status, Unlisted) else status.name),
        _associate(record.get(_USER[0])),
        _associate(record.get(_TRANSFER_TO[0])),
        _epoch_us(requested),
        _epoch_us(started),
        _epoch_us(record.get(_ENDED[0])),
        _digits(requested if started is None else started),
    )


def with_status(record: dict[str, Any], status: str) -> dict[str, Any]:
    """The session as it was read, with another status: what is written back to end it."""
    return {**record, _STATUS[0]: status}


def status_alone(status: str) -> dict[str, Any]:
    """The part of a session that ends it, for a merge patch.

    >>> status_alone("Finished")
    {'Status': 'Finished'}
    """
    return {_STATUS[0]: status}


def _read(record: dict[str, Any], field: tuple[str, Kind]) -> Any:
    name, kind = field
    value = record.get(name)
    return None if value is None else kind.read(value, name)


def _associate(user: object) -> int | None:
    """The id of an associate; a carrier that is null or has none is nobody."""
    if not isinstance(user, dict):
        return None
    return _read(user, _ASSOCIATE) or None


def _epoch_us(text: object) -> int | None:
    """The instant of a date; None for what has not happened. DataError if it is no date.

    Read by Python's own reader, which is ten times as fast, where it takes the same forms.
    """
    if text is None:
        return None
    if not isinstance(text, str):
        raise DataError("a date is no text; the tenant writes it as one")
    if text.startswith(_YEAR_ONE):
        return WireTime.parse(text).epoch_us(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return WireTime.parse(text).epoch_us(UTC)
    return (at.replace(tzinfo=at.tzinfo or UTC) - _EPOCH) // _MICROSECOND


def _digits(text: object) -> int:
    """Digits of fraction that a date is written with; 7 where there is none to see."""
    found = _FRACTION.search(text) if isinstance(text, str) else None
    return len(found[1] or "") if found else 7
