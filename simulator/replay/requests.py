"""What each kind of call sends: method, path and body.

| kind | request |
|---|---|
| pickup | ``POST ChatSession/Pickup``, without a body |
| create | ``POST ChatTopic/{topic}/Sessions``, without a body |
| end, leave | ``PUT ChatSession/{id}``: the session as just read, with another status |
| the same by ``patch`` | ``PATCH ChatSession/{id}``: the status alone |
| transfer | ``POST ChatSession/{id}/TransferTo/{associate}`` |
| accept | ``POST ChatSession/{id}/AcceptTransfer`` |

A PUT replaces the whole session, so what is not sent back is lost: the session is read first, and
that a customer who leaves is still in the queue is seen by the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.entity import ChatSessionStatus
from simulator.replay.facts import status_alone, with_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.replay.calls import Call

__all__ = [
    "NEEDS_SESSION",
    "Request",
    "archive",
    "for_current_user",
    "is_queued",
    "reading",
    "sending",
    "session",
]

NEEDS_SESSION = frozenset({"end", "leave", "transfer", "accept"})
"""Kinds that act on a session whose id an earlier call of the same chat brought."""

QUEUED = frozenset({ChatSessionStatus.InQueue.name})

FILTER_MARGIN = timedelta(hours=15)
"""How far before the window the archive is asked: no time zone is further from another's."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, below ``/api/v1/``."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] | None = None


PICKUP = Request("POST", "ChatSession/Pickup")


def reading(call: Call, wire: Mapping[str, str], session_id: int | None) -> Request | None:
    """What must be read before ``call`` can be sent; None for most."""
    if call.kind in ("end", "leave") and wire.get(call.kind, "put") == "put" and session_id:
        return session(session_id)
    return None


def sending(
    call: Call,
    *,
    topic_id: int | None = None,
    session_id: int | None = None,
    to_associate: int | None = None,
    record: dict[str, Any] | None = None,
) -> Request:
    """The request of ``call``; ``record`` is the session that ``reading`` brought, if any."""
    if call.kind == "pickup":
        return PICKUP
    if call.kind == "create":
        return Request("POST", f"ChatTopic/{topic_id}/Sessions")
    path = f"ChatSession/{session_id}"
    if call.kind == "transfer":
        return Request("POST", f"{path}/TransferTo/{to_associate}")
    if call.kind == "accept":
        return Request("POST", f"{path}/AcceptTransfer")
    if record is None:
        return Request("PATCH", path, status_alone(call.status))
    return Request("PUT", path, with_status(record, call.status))


def is_queued(status: str) -> bool:
    """Whether a session of that status still waits for an agent."""
    return status in QUEUED


def session(session_id: int) -> Request:
    """Read one session."""
    return Request("GET", f"ChatSession/{session_id}")


def for_current_user() -> Request:
    """Read the sessions in the topics of the caller."""
    return Request("GET", "ChatSession/ForCurrentUser")


def archive(column: str, since_us: int) -> Request:
    """Read the ids of sessions whose ``column`` lies after an instant.

    Also up to 15 h before it: a filter's date has the tenant's time zone, which may be any.
    """
    since = datetime.fromtimestamp(since_us // 1_000_000, UTC) - FILTER_MARGIN
    query = {
        "$select": f"chatSessionId,{column}",
        "$filter": f"{column} afterTime '{since:%Y-%m-%dT%H:%M:%S}'",
        "$orderBy": "chatSessionId desc",
        "$top": "500",
    }
    return Request("GET", "ChatSession", query=query)
