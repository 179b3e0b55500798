"""Sessions and their carriers as JSON objects, from rows of the store.

Objects are copies of a template that has every key of the reference page in its order; only what
a row knows is put in. That is quicker than carriers, and a pickup is written in microseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.entity import ChatSession, ChatSessionFlags, ChatSessionStatus
from simulator.entity.session import Associate, Contact, Person, Project, Sale, Ticket
from simulator.entity.wire import TIME, Carrier, wire_fields
from simulator.tenant.answers.languages import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.tenant.answers.clocks import Clock
    from simulator.tenant.answers.views import View

__all__ = [
    "ASSOCIATE_RIGHT",
    "associate_object",
    "full_right",
    "narrowed",
    "restricted_right",
    "session_object",
]

_STATUS: Final = {status.value: status.name for status in ChatSessionStatus}
_FLAGS: Final = {flag.value: flag.name for flag in ChatSessionFlags}
ASSOCIATE_RIGHT: Final = {"Mask": "Select, Update, Delete", "Reason": ""}


def full_right() -> dict[str, str]:
    """A right without restriction."""
    return {"Mask": "FULL", "Reason": ""}


def restricted_right(resource: str, view: View) -> dict[str, str]:
    """Reading alone, and why."""
    return {"Mask": "Select", "Reason": text(resource, view.language)}


def _blank(carrier: type[Carrier]) -> dict[str, Any]:
    return carrier().to_wire()


_SESSION: Final = _blank(ChatSession)
_ASSOCIATE: Final = _blank(Associate) | {"Tooltip": "", "Type": "InternalAssociate"}
_CARRIERS: Final[Mapping[str, type[Carrier]]] = {
    "Person": Person,
    "Contact": Contact,
    "Project": Project,
    "Sale": Sale,
    "Ticket": Ticket,
}
_BLANKS: Final = {key: _blank(carrier) for key, carrier in _CARRIERS.items()}
_DATES: Final = {
    key: tuple(name for name, (_, kind) in wire_fields(carrier).items() if kind is TIME)
    for key, carrier in _CARRIERS.items()
}


def session_object(row: Mapping[str, Any], *, view: View, restricted: str = "") -> dict[str, Any]:
    """A row of the store as ChatSessionEntity, with all keys in the order of the reference page.

    ``restricted``: the resource that says why the caller may only read it.
    """
    date = view.clock
    user, transfer_to = row["user"], row["transfer_to"]
    found = _SESSION.copy()
    found["ChatSessionId"] = row["id"]
    found["TopicId"] = row["topic_id"]
    found["User"] = user and associate_object(user)
    found["CustomerAlias"] = row["customer_alias"]
    found["CustomerHost"] = row["customer_host"]
    found["CustomerName"] = row["customer_name"]
    found["CustomerEmail"] = row["customer_email"]
    found["CustomerPhone"] = row["customer_phone"]
    found["CustomerConsented"] = bool(row["customer_consented"])
    found["CustomerCompanyName"] = row["customer_company_name"]
    found["Status"] = _STATUS[row["status"]]
    found["FirstMessage"] = row["first_message"]
    found["LastMessage"] = row["last_message"]
    found["WhenRequested"] = date(row["when_requested"])
    found["WhenStarted"] = date(row["when_started"])
    found["WhenEnded"] = date(row["when_ended"])
    found["WhenIdle"] = date(row["when_idle"])
    found["WhenFetched"] = date(row["when_fetched"])
    found["SessionKey"] = row["session_key"]
    found["InitialQueuePos"] = row["initial_queue_pos"]
    found["AlertLevel"] = row["alert_level"]
    found["Rank"] = row["rank"]
    found["Flags"] = _FLAGS[row["flags"]]
    found["TransferTo"] = transfer_to and associate_object(transfer_to)
    found["ChatbotIsActive"] = bool(row["chatbot_is_active"])
    found["Rating"] = row["rating"]
    found["TableRight"] = restricted_right(restricted, view) if restricted else full_right()
    found["FieldProperties"] = {}
    for key, column in _CARRIED:
        if row[column] is not None:
            found[key] = _carried(key, row[column], date)
    return found if view.select is None else narrowed(found, view)


_CARRIED: Final = tuple((key, key.lower()) for key in _CARRIERS)


def _carried(key: str, known: Mapping[str, Any], date: Clock) -> dict[str, Any]:
    """A carrier's keys over its blank; dates that stand as instants are written by ``date``."""
    found = _BLANKS[key] | {name: known[name] for name in known if name in _BLANKS[key]}
    found["FieldProperties"] = {}
    for name in _DATES[key]:
        value = known.get(name)
        if value is None or isinstance(value, int):
            found[name] = date(value)
    return found


def associate_object(associate: Mapping[str, Any]) -> dict[str, Any]:
    """A user of the product as Associate, all 14 keys."""
    found = _ASSOCIATE.copy()
    found["AssociateId"] = associate["associate_id"]
    found["Name"] = associate["name"]
    found["PersonId"] = associate["person_id"]
    found["Type"] = associate["type"]
    found["FullName"] = found["FormalName"] = associate["full_name"]
    found["EjUserId"] = associate["ej_user_id"]
    found["UserName"] = associate["user_name"]
    found["TableRight"] = ASSOCIATE_RIGHT
    found["FieldProperties"] = {}
    return found


def narrowed(found: dict[str, Any], view: View) -> dict[str, Any]:
    """The object with null for every key that ``$select`` leaves out; no key goes away."""
    select = view.select
    if select is None:
        return found
    return {key: value if key.lower() in select else None for key, value in found.items()}
