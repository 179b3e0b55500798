"""Records of the tenant as columns of the session table: the way back from ``entities``.

History, a simulated export and what a replay observed all come in through here. Names, addresses,
messages and session keys stay outside.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa

from simulator.entity import ChatSessionStatus, Unlisted, from_wire
from simulator.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from simulator.entity import ChatSession

__all__ = ["from_records", "recorded_schema"]

ROWS: Final = 65_536
"""Records held as Python objects at a time."""

_READ: Final = frozenset(
    (
        *("chat_session_id", "topic_id", "user", "status", "initial_queue_pos", "alert_level"),
        *("when_requested", "when_started", "when_ended", "when_idle", "when_fetched"),
        *("rank", "rating"),
    )
)


def recorded_schema(timezone: str) -> pa.Schema:
    """What of a session the wire carries, with instants in the IANA zone ``timezone``.

    The names are those of ``sessions_schema`` where the column is, but for the last three.
    """
    instant = pa.timestamp("us", tz=timezone)
    name = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            pa.field("chat_session_id", pa.int64(), nullable=False),
            pa.field("topic_id", pa.int32()),
            pa.field("requested_at", instant, nullable=False),
            pa.field("picked_up_at", instant),
            pa.field("ended_at", instant),
            pa.field("wait_s", pa.float64()),
            pa.field("handle_s", pa.float64()),
            pa.field("initial_queue_pos", pa.int32()),
            pa.field("rank", pa.int32()),
            pa.field("agent_id", pa.int32()),
            pa.field("agent", name),
            pa.field("status", name),
            pa.field("outcome", name),
            pa.field("alert_level", pa.int32()),
            pa.field("last_message_at", instant),
            pa.field("last_poll_at", instant),
            pa.field("rating", pa.int32()),
        ]
    )


def from_records(
    lines: Iterable[bytes | str], *, zone: ZoneInfo | None = None, file: str | None = None
) -> pa.Table:
    """The sessions in lines of ChatSessionEntity JSON, a row each in the order of the lines.

    Columns: ``recorded_schema``, with instants in ``zone`` (UTC if none). ``zone`` is also where
    dates without an offset were written. The wire does not tell everything: ``wait_s`` and
    ``handle_s`` are null where the status leaves them open or the record's dates contradict one
    another, ``handle_s`` includes the second wait of a transferred chat, and a Finished chat whose
    customer's last poll came before the pickup is ``silent``. An unknown status stays as it is,
    with no outcome. Blank lines are passed over; ``file`` is named in errors.

    Raises:
        DataError: a line that is no record, or has no id or no date of request, or a date without
            offset and no ``zone``.
    """
    schema = recorded_schema(zone.key if zone else "UTC")
    rows = _rows(lines, zone, file)
    batches: list[pa.RecordBatch] = []
    while chunk := list(islice(rows, ROWS)):
        batches.append(pa.RecordBatch.from_pylist(chunk, schema=schema))
    table: pa.Table = pa.Table.from_batches(batches, schema=schema)
    return table.unify_dictionaries()


def _rows(
    lines: Iterable[bytes | str], zone: ZoneInfo | None, file: str | None
) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _row(from_wire(_parsed(line), only=_READ), zone)
            except DataError as error:
                raise DataError(error.message, Place(file or "records", number)) from error


def _parsed(line: bytes | str) -> object:
    try:
        parsed: object = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise DataError(f"not a JSON object: {error}; give one record a line") from error
    return parsed


def _row(session: ChatSession, zone: ZoneInfo | None) -> dict[str, Any]:
    if session.chat_session_id is None:
        raise DataError("the record has no ChatSessionId, and a session goes by that")
    dates = {
        "requested_at": session.when_requested,
        "picked_up_at": session.when_started,
        "ended_at": session.when_ended,
        "last_message_at": session.when_idle,
        "last_poll_at": session.when_fetched,
    }
    us = {name: None if date is None else date.epoch_us(zone) for name, date in dates.items()}
    if us["requested_at"] is None:
        raise DataError(f"session {session.chat_session_id} has no date of request")
    outcome = _outcome(session.status, us)
    user = session.user
    return {
        **us,
        "chat_session_id": session.chat_session_id,
        "topic_id": session.topic_id,
        "wait_s": _wait_s(outcome, us),
        "handle_s": _between(us["picked_up_at"], us["ended_at"]),
        "initial_queue_pos": session.initial_queue_pos or None,
        "rank": session.rank or None,
        "agent_id": user and user.associate_id,
        "agent": user and user.full_name,
        "status": _name(session.status),
        "outcome": outcome,
        "alert_level": session.alert_level,
        "rating": session.rating or None,
    }


def _name(status: ChatSessionStatus | Unlisted | None) -> str | None:
    if status is None:
        return None
    return str(status.value) if isinstance(status, Unlisted) else status.name


_OF_STATUS: Final = {
    ChatSessionStatus.OfflineForm: "form_closed",
    ChatSessionStatus.InQueue: "unfinished",
    ChatSessionStatus.CustomerLast: "unfinished",
    ChatSessionStatus.UserLast: "unfinished",
    ChatSessionStatus.ClosedFromQueue: "abandoned",
}


def _outcome(status: ChatSessionStatus | Unlisted | None, us: dict[str, int | None]) -> str | None:
    """An outcome of ``desk.codes``; None where the record does not tell it."""
    if status is None or isinstance(status, Unlisted):
        return None
    picked_up, polled = us["picked_up_at"], us["last_poll_at"]
    ended = (ChatSessionStatus.Finished, ChatSessionStatus.Closed, ChatSessionStatus.RequestPosted)
    if status in ended and picked_up is not None:
        return "silent" if polled is not None and polled < picked_up else "served"
    if status is ChatSessionStatus.Closed:
        return "closed"
    if status is ChatSessionStatus.RequestPosted:
        return "form_at_arrival" if us["ended_at"] == us["requested_at"] else "form_in_queue"
    return _OF_STATUS.get(status)


def _wait_s(outcome: str | None, us: dict[str, int | None]) -> float | None:
    """As the session table has it: request to pickup or to leaving the queue, however it ended."""
    if outcome in ("form_closed", "form_at_arrival"):
        return 0.0
    if outcome == "silent":
        return _between(us["requested_at"], us["last_poll_at"])
    if us["picked_up_at"] is not None:
        return _between(us["requested_at"], us["picked_up_at"])
    if outcome in ("abandoned", "closed", "form_in_queue"):
        return _between(us["requested_at"], us["ended_at"])
    return None


def _between(begin: int | None, end: int | None) -> float | None:
    return None if begin is None or end is None or end < begin else (end - begin) / 1e6
