"""ChatMessage: what was said in a session, or what the product put there.

Source: the reference page of GET ChatSession/{id}/Messages.
"""

# ruff: noqa: RUF009 - wire() declares a field, as dataclasses.field() does

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.entity.codes import ChatMessageSpecialType, ChatMessageType, Unlisted
from simulator.entity.session import FieldProperties, FieldProperty, Right
from simulator.entity.wire import TEXT, TIME, WHOLE, Carrier, carried, mapping_of, one_of, wire

if TYPE_CHECKING:
    from simulator.entity.times import WireTime

__all__ = ["ChatMessage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage(Carrier):
    """A message of a session."""

    chat_message_id: int | None = wire("ChatMessageId", WHOLE)
    chat_session_id: int | None = wire("ChatSessionId", WHOLE)
    type: ChatMessageType | Unlisted | None = wire(
        "Type", one_of(ChatMessageType, ChatMessageType.Invalid)
    )
    message: str | None = wire("Message", TEXT, shown=False)
    """HTML, of which a few tags are allowed."""
    author: str | None = wire("Author", TEXT)
    read_by_customer: int | None = wire("ReadByCustomer", WHOLE)
    """0 or 1, though it means no or yes."""
    special_type: ChatMessageSpecialType | Unlisted | None = wire(
        "SpecialType", one_of(ChatMessageSpecialType, ChatMessageSpecialType["None"])
    )
    special_param: str | None = wire("SpecialParam", TEXT)
    when_posted: WireTime | None = wire("WhenPosted", TIME)
    """In UTC, unless the request asked for a time zone."""
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))
