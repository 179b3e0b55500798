"""ChatPresence: whether an agent takes part, and in how many sessions.

Source: the reference page of GET Presence/GetAll.
"""

# ruff: noqa: RUF009 - wire() declares a field, as dataclasses.field() does

from __future__ import annotations

from dataclasses import dataclass

from simulator.entity.session import FieldProperties, FieldProperty, Right
from simulator.entity.wire import (
    TEXT,
    WHOLE,
    WHOLES,
    YES_NO,
    Carrier,
    carried,
    mapping_of,
    wire,
)

__all__ = ["ChatPresence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPresence(Carrier):
    """An agent's presence; of a saved one the tenant reads ``user_id`` and ``present`` alone."""

    user_id: int | None = wire("UserId", WHOLE)
    """The user's id on the Service side (``Associate.ej_user_id``)."""
    display_name: str | None = wire("DisplayName", TEXT)
    ongoing_chats: int | None = wire("OngoingChats", WHOLE)
    present: bool | None = wire("Present", YES_NO)
    chat_topics: tuple[int, ...] | None = wire("ChatTopics", WHOLES)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))
