"""From an entity that a client sends to the columns that a save writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from simulator.entity import ChatSession, ChatSessionFlags, ChatSessionStatus, Unlisted
from simulator.entity.wire import wire_fields
from simulator.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.entity import ChatSession as Session

__all__ = ["columns_of"]

_TEXTS: Final = (
    "customer_alias",
    "customer_host",
    "customer_name",
    "customer_email",
    "customer_phone",
    "customer_company_name",
    "first_message",
    "last_message",
)
_CARRIERS: Final = ("person", "contact", "project", "sale", "ticket")
_ATTRIBUTES: Final = {name: field.attribute for name, field in wire_fields(ChatSession).items()}


def columns_of(session: Session, keys: Iterable[str], *, new: bool = False) -> dict[str, Any]:
    """The columns that a save of ``session`` writes, of the wire keys that were sent.

    What the tenant keeps itself (id, user, dates, queue position, rank, key) is not written by a
    save, whatever a client sends; the topic only of a new session.

    Raises:
        DataError: a status or flag that the tenant does not know.
    """
    sent = {_ATTRIBUTES[key] for key in keys if key in _ATTRIBUTES}
    found: dict[str, Any] = {name: getattr(session, name) for name in _TEXTS if name in sent}
    if "customer_consented" in sent:
        found["customer_consented"] = int(bool(session.customer_consented))
    if "status" in sent and session.status is not None:
        found["status"] = _status(session.status)
    if "flags" in sent and session.flags:
        found["flags"] = _flags(session.flags)
    if "rating" in sent:
        found["rating"] = session.rating or 0
    if "chatbot_is_active" in sent:
        found["chatbot_is_active"] = int(bool(session.chatbot_is_active))
    for name in _CARRIERS:
        if name in sent:
            found[name] = _carrier(getattr(session, name))
    if new and "topic_id" in sent:
        found["topic_id"] = session.topic_id
    return found


def merged(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396, on the first level: null takes a value away."""
    return {**before, **patch}


def patched(before: Mapping[str, Any], steps: object) -> dict[str, Any]:
    """RFC 6902 with ``add`` and ``replace`` of root keys, and ``test``.

    Raises:
        DataError: anything else.
    """
    found = dict(before)
    for step in steps if isinstance(steps, list) else [steps]:
        if not isinstance(step, dict):
            raise DataError("a patch is a list of operations")
        operation, key = step.get("op"), str(step.get("path", ""))[1:]
        if operation not in ("add", "replace", "test") or key not in _ATTRIBUTES:
            raise DataError("a patch may add, replace or test the root keys of a session")
        if operation == "test" and found.get(key) != step.get("value"):
            raise DataError(f"the test of {key} failed")
        if operation != "test":
            found[key] = step.get("value")
    return found


def _status(status: ChatSessionStatus | Unlisted) -> int:
    if isinstance(status, Unlisted):
        raise DataError(f"status {status.value!r} is not known")
    return int(status)


def _flags(flags: tuple[ChatSessionFlags | Unlisted, ...]) -> int:
    value = 0
    for flag in flags:
        if isinstance(flag, Unlisted):
            raise DataError(f"flag {flag.value!r} is not known")
        value |= int(flag)
    return value


def _carrier(carrier: Any) -> str | None:
    return None if carrier is None else json.dumps(carrier.to_wire())
