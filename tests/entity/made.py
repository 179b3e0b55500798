"""Worlds, session tables and wire records made by hand: a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from simulator.scenario.world import Agent, Group, Scenario
from simulator.sessions.columns import sessions_schema

OSLO = ZoneInfo("Europe/Oslo")


def desk(*names: str, zone: ZoneInfo = OSLO, start: datetime | None = None) -> Scenario:
    """A day of a desk; ``names`` are its agents, numbered from 1."""
    names = names or ("Ada Lovelace", "Bo")
    return Scenario(
        name="desk",
        about="",
        timezone=zone,
        start=start or datetime(2026, 3, 23, tzinfo=zone),
        horizon_us=86_400_000_000,
        dates=(),
        study="terminating",
        warm_up_us=None,
        topics=(),
        groups=(Group("Desk", 0, len(names), (), 3, ("1",)),),
        agents=tuple(Agent(number, name, 0, ()) for number, name in enumerate(names, 1)),
    )


def at(text: str) -> datetime:
    """``08:30:00`` on Monday the 23rd of March 2026 in UTC, or any instant written in full."""
    full = text if "T" in text else f"2026-03-23T{text}"
    return datetime.fromisoformat(full).replace(tzinfo=UTC)


PLAIN: dict[str, Any] = {
    "replication": 1,
    "attempt": 1,
    "topic_id": 7,
    "topic": "Sales",
    "requested_at": at("08:00:00"),
    "wait_s": 0.0,
    "initial_queue_pos": 1,
    "status": "InQueue",
    "outcome": "unfinished",
    "alert_level": 0,
}

SERVED: dict[str, Any] = {
    "picked_up_at": at("08:00:30"),
    "ended_at": at("08:05:00"),
    "wait_s": 30.0,
    "rank": 1,
    "agent_id": 1,
    "status": "Finished",
    "outcome": "served",
}


def sessions(*rows: dict[str, Any], zone: ZoneInfo = OSLO) -> pa.Table:
    """A row per chat; what is not given is a chat waiting since nine o'clock in Oslo."""
    schema = sessions_schema(zone.key)
    filled = [
        {"chat_session_id": number, "customer_id": number} | PLAIN | row
        for number, row in enumerate(rows, 1)
    ]
    return pa.table(
        {
            field.name: pa.array([row.get(field.name) for row in filled], field.type)
            for field in schema
        },
        schema=schema,
    )


def many(count: int, **more: Any) -> pa.Table:
    """As many served chats, all alike but for their numbers."""
    return sessions(*({**SERVED, **more} for _ in range(count)))


RIGHT = {"Mask": "Select, Update", "Reason": ""}
FIELDS = {"name": {"FieldRight": RIGHT, "FieldType": "System.String", "FieldLength": 64}}
ASSOCIATE: dict[str, Any] = {
    "AssociateId": 3,
    "Name": "AL",
    "PersonId": 12,
    "Rank": 2,
    "Tooltip": "",
    "Type": "InternalAssociate",
    "GroupIdx": 1,
    "FullName": "Ada Lovelace",
    "FormalName": "Lovelace, Ada",
    "Deleted": False,
    "EjUserId": 41,
    "UserName": None,
    "TableRight": {"Mask": "Select, Update, Delete", "Reason": ""},
    "FieldProperties": {},
}
SALE: dict[str, Any] = {
    "ContactName": "Example Bakery",
    "SaleDate": "2026-03-23T00:00:00",
    "SaleId": 8,
    "Probability": 60,
    "Title": "Oven",
    "Amount": 21934.865999999998,
    "Currency": "NOK",
    "ProjectName": "",
    "AssociateFullName": "Ada Lovelace",
    "Description": None,
    "Status": "Stalled",
    "WeightedAmount": 13160,
    "ProjectId": 0,
    "EarningPercent": 0.0,
    "Earning": 1.5,
    "ContactId": 5,
    "AssociateId": 3,
    "PersonId": 12,
    "SaleTypeId": 1,
    "SaleTypeName": "New",
    "PersonFullName": "Ash Example",
    "Completed": "NotStarted",
    "ActiveErpLinks": 0,
    "NextDueDate": "0001-01-01T01:00:00+01:00",
    "Number": "10007",
    "TableRight": None,
    "FieldProperties": {},
}
RECORD: dict[str, Any] = {
    # Rights first and the newer keys last, as some tenants have it.
    "TableRight": None,
    "FieldProperties": FIELDS,
    "ChatSessionId": 77,
    "TopicId": 2,
    "User": ASSOCIATE,
    "Person": None,
    "CustomerAlias": "",
    "CustomerHost": "192.0.2.7",
    "CustomerName": 'Ash "A" Example <b>',
    "CustomerEmail": None,
    "CustomerPhone": "",
    "CustomerConsented": True,
    "CustomerCompanyName": None,
    "Status": "UserLast",
    "FirstMessage": "Blåbær?\n\u2028 \u0007 😀",
    "LastMessage": "",
    "WhenRequested": "2026-03-29T02:30:00.5+02:00",
    "WhenStarted": "2026-03-29T00:31:00.1234567Z",
    "WhenEnded": "0001-01-01T00:00:00",
    "WhenIdle": "2026-03-29T02:31:00.120-0500",
    "WhenFetched": "2026-03-29T02:31:10",
    "SessionKey": "synthetic-1",
    "InitialQueuePos": 1,
    "AlertLevel": 0,
    "Rank": 1,
    "Flags": "CustomerIsTyping, UserIsTyping",
    "Contact": {"ContactId": 5, "Address": {"Street": None, "LocalizedAddress": [[{"Value": ""}]]}},
    "Project": {"ProjectId": 1, "Updated": "2026-03-01T10:00:00Z"},
    "Sale": SALE,
    "Ticket": {"TicketId": 9, "Origin": "Chat", "BaseStatus": "Postponed2Hours"},
    "TransferTo": None,
    "ChatbotIsActive": False,
    "Rating": 0,
}
"""A record of the wire in every form that the tenant has: a round trip gives it back as it is."""
