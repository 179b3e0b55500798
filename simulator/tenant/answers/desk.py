"""Topics, messages, presence, principals and lists as JSON objects, from rows of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.entity import (
    ChatMessage,
    ChatMessageSpecialType,
    ChatMessageType,
    ChatPresence,
    ChatSessionStatus,
    ChatTopic,
    ChatTopicAgent,
)
from simulator.entity.wire import OBJECT, TIME, YES_NO, Carrier, wire_fields
from simulator.tenant.answers.languages import status_text
from simulator.tenant.answers.sessions import (
    associate_object,
    full_right,
    narrowed,
    restricted_right,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.tenant.answers.clocks import Clock
    from simulator.tenant.answers.views import View

__all__ = [
    "message_object",
    "presence_object",
    "principal_object",
    "status_list",
    "topic_agent_object",
    "topic_object",
]

_MESSAGE_TYPES: Final = {each.value: each.name for each in ChatMessageType}
_SPECIAL_TYPES: Final = {each.value: each.name for each in ChatMessageSpecialType}


def topic_object(row: Mapping[str, Any], *, view: View, can_manage: bool = True) -> dict[str, Any]:
    """A topic's row as ChatTopicEntity; the row names what is not blank, ``id`` its number.

    Columns are the attributes of ``simulator.entity.ChatTopic``; dates are instants. One who may
    not manage the channel may only read it, and is told why.
    """
    found = _filled(ChatTopic, row, view.clock)
    found["ChatTopicId"] = row["id"]
    if not can_manage:
        found["TableRight"] = restricted_right("SR_CHAT_NOT_MANAGER", view)
    return narrowed(found, view)


def topic_agent_object(row: Mapping[str, Any], *, view: View) -> dict[str, Any]:
    """A row of permissions, its ``user`` the associate, as ChatTopicAgent."""
    found = _filled(ChatTopicAgent, row, view.clock)
    found["User"] = associate_object(row["user"])
    return narrowed(found, view)


def message_object(row: Mapping[str, Any], *, view: View) -> dict[str, Any]:
    """A message's row as ChatMessage.

    Columns: ``id``, ``session_id``, ``type``, ``message``, ``author``, ``read_by_customer``,
    ``special_type``, ``special_param``, ``when_posted``; types by number. Without a time zone
    asked for, ``WhenPosted`` is in UTC, whatever the tenant's base zone is.
    """
    found = _filled(ChatMessage, row, view.message_clock)
    found["ChatMessageId"] = row["id"]
    found["ChatSessionId"] = row["session_id"]
    found["Type"] = _MESSAGE_TYPES[row["type"]]
    found["SpecialType"] = _SPECIAL_TYPES[row["special_type"]]
    found["ReadByCustomer"] = int(row["read_by_customer"])
    return narrowed(found, view)


def presence_object(row: Mapping[str, Any], *, view: View) -> dict[str, Any]:
    """A row of presence as ChatPresence.

    Columns: ``user_id``, ``display_name``, ``ongoing_chats``, ``present``, ``chat_topics``.
    """
    found = _filled(ChatPresence, row, view.clock)
    found["ChatTopics"] = list(row["chat_topics"])
    return narrowed(found, view)


def principal_object(
    associate: Mapping[str, Any], context: str, *, licences: Iterable[str] = ("chat-cal",)
) -> dict[str, Any]:
    """Who the caller is and in which tenant, as ``User/currentPrincipal`` tells it."""
    return {
        "Associate": associate["name"],
        "AssociateId": associate["associate_id"],
        "PersonId": associate["person_id"],
        "EjUserId": associate["ej_user_id"],
        "FullName": associate["full_name"],
        "UserType": associate["type"],
        "RoleName": "User level 0",
        "Licenses": list(licences),
        "DatabaseContextIdentifier": context,
        "TableRight": None,
        "FieldProperties": {},
    }


def status_list(view: View) -> list[dict[str, Any]]:
    """The statuses as ``MDOList/chatsessionstatus``: number, name in the language, enum name."""
    return [
        {
            "Id": status.value,
            "Name": status_text(status, view.language),
            "ToolTip": "",
            "Deleted": False,
            "Rank": status.value,
            "Type": "",
            "ColorBlock": 0,
            "IconHint": "",
            "Selected": False,
            "LastChanged": view.clock(None),
            "ChildItems": [],
            "ExtraInfo": status.name,
            "StyleHint": "",
            "Hidden": False,
            "FullName": status_text(status, view.language),
        }
        for status in ChatSessionStatus
    ]


def _filled(carrier: type[Carrier], row: Mapping[str, Any], date: Clock) -> dict[str, Any]:
    """The carrier's keys in order, filled from the row's columns of the same attribute."""
    blank = carrier()
    found: dict[str, Any] = {}
    for key, (attribute, kind) in wire_fields(carrier).items():
        value = row.get(attribute)
        if kind is TIME:
            value = date(value)
        elif kind is YES_NO:
            value = bool(value)
        elif value is None and kind is not OBJECT:
            value = getattr(blank, attribute)
        found[key] = value
    found["TableRight"], found["FieldProperties"] = full_right(), {}
    return found
