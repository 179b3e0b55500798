"""ChatSessionEntity, the tenant's record of a chat, and how it stands on the wire.

The one home of the wire's names and habits: PascalCase keys, .NET dates, year 1 for "not yet",
null carriers, enums by name. ``from_wire`` reads and ``to_wire`` writes one session exactly as
the tenant does; ``simulator.entity.lines`` writes many at once from columns, and
``simulator.entity.flat`` lays a record out as one row of a table.

>>> session = from_wire({"Status": "InQueue", "WhenStarted": "0001-01-01T00:00:00"})
>>> session.status.name, session.when_started.is_set, session.person
('InQueue', False, None)
>>> to_wire(session)
{'Status': 'InQueue', 'WhenStarted': '0001-01-01T00:00:00'}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.entity.codes import (
    AssociateType,
    ChatMessageSpecialType,
    ChatMessageType,
    ChatSessionFlags,
    ChatSessionStatus,
    SaleCompleted,
    SaleStatus,
    TicketBaseStatus,
    TicketOrigin,
    TicketReadStatus,
    TicketSecurityLevel,
    Unlisted,
)
from simulator.entity.message import ChatMessage
from simulator.entity.presence import ChatPresence
from simulator.entity.session import (
    Associate,
    ChatSession,
    Contact,
    FieldProperty,
    Person,
    Project,
    Right,
    Sale,
    Ticket,
)
from simulator.entity.times import NOT_YET, WireTime
from simulator.entity.topic import ChatTopic, ChatTopicAgent

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = [
    "NOT_YET",
    "Associate",
    "AssociateType",
    "ChatMessage",
    "ChatMessageSpecialType",
    "ChatMessageType",
    "ChatPresence",
    "ChatSession",
    "ChatSessionFlags",
    "ChatSessionStatus",
    "ChatTopic",
    "ChatTopicAgent",
    "Contact",
    "FieldProperty",
    "Person",
    "Project",
    "Right",
    "Sale",
    "SaleCompleted",
    "SaleStatus",
    "Ticket",
    "TicketBaseStatus",
    "TicketOrigin",
    "TicketReadStatus",
    "TicketSecurityLevel",
    "Unlisted",
    "WireTime",
    "from_wire",
    "to_wire",
]


def from_wire(record: object, *, only: Container[str] | None = None) -> ChatSession:
    """The session that a parsed JSON object holds.

    Unknown keys are left out and missing ones are None; a status or flag that is not listed is
    kept as ``Unlisted``. DataError, with the key's path, where a value is of the wrong kind.
    ``only``: the attributes to read, where not all are wanted; the others count as missing.
    """
    return ChatSession.from_wire(record, only=only)


def to_wire(session: ChatSession) -> dict[str, Any]:
    """The JSON object as the tenant writes it: the keys that were read, in their order.

    A session made in Python has every key, in the order of the reference page.
    """
    return session.to_wire()
