"""What the tenant does with a session, whichever way it is asked to: REST or the Agents calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.entity import AssociateType, ChatMessageType, ChatSession, ChatSessionStatus
from simulator.errors import DataError
from simulator.tenant import answers
from simulator.tenant.asking import INVALID, Answered, Refused, not_found, readable
from simulator.tenant.saving import columns_of

if TYPE_CHECKING:
    from simulator.tenant.asking import Asked
    from simulator.tenant.store import Row

__all__ = [
    "accept",
    "add_message",
    "create",
    "delete",
    "for_user",
    "found",
    "messages",
    "pick_up",
    "pick_up_first",
    "reject",
    "reset",
    "save",
    "transcript",
    "transfer",
]


def shown(asked: Asked, row: Row | None, *, links: bool = False) -> dict[str, Any] | None:
    """A session as the caller sees it; None stays None."""
    if row is None:
        return None
    may = row["topic_id"] in asked.store.responds(asked.caller)
    reason = "" if may else "SR_CHAT_NO_RESPOND"
    session = answers.session_object(row, view=asked.view, restricted=reason)
    if links:
        session["_Links"] = {
            "Self": f"{asked.url.partition('/api/')[0]}/api/v1/ChatSession/{row['id']}"
        }
    return session


def found(asked: Asked, number: int) -> Row:
    """The session of that id; Refused with 404 if there is none."""
    row = asked.store.session(number)
    return row if row is not None else not_found("ChatSession", number)


def pick_up_first(asked: Asked) -> object:
    """Answer the first session of the caller's queue."""
    _may_pick_up(asked)
    row = asked.store.pick_up_first(asked.caller, asked.settings, request=asked.number)
    if row is not None:
        return shown(asked, row)
    empty = asked.settings.empty_pickup
    if empty == "404":
        raise Refused(404, "There is no chat session in the queue.", "SoNotFoundException")
    if empty == "null":
        return None
    return Answered(status=204 if empty == "204" else 200, has_body=False)


def pick_up(asked: Asked, number: int) -> object:
    """Answer one session; null if it does not wait."""
    _may_pick_up(asked)
    asked.may_respond(found(asked, number)["topic_id"])
    return shown(
        asked, asked.store.pick_up(number, asked.caller, asked.settings, request=asked.number)
    )


def create(asked: Asked, topic: int) -> object:
    """A new session of a topic, by a customer nobody knows."""
    row = asked.store.create(topic, asked.settings)
    return shown(asked, row) if row is not None else not_found("ChatTopic", topic)


def save(asked: Asked, number: int, entity: dict[str, Any]) -> Row:
    """Write an entity over a session, or, with the id 0, a new one."""
    try:
        session = ChatSession.from_wire(entity)
        values = columns_of(session, entity, new=not number)
    except DataError as error:
        raise readable(error) from error
    if number:
        found(asked, number)
        saved = asked.store.save(number, values, asked.settings)
    else:
        topic = values.pop("topic_id", None) or 0
        values.pop("status", None)
        saved = asked.store.create(topic, asked.settings, **values)
        if saved is None:
            not_found("ChatTopic", topic)
    return saved if saved is not None else not_found("ChatSession", number)


def delete(asked: Asked, number: int) -> object:
    """Take a session away."""
    if not asked.store.delete(number):
        not_found("ChatSession", number)
    return Answered(status=204, has_body=False)


def reset(asked: Asked, number: int) -> object:
    """Put a session back on the queue."""
    found(asked, number)
    return shown(asked, asked.store.reset(number))


def transfer(asked: Asked, number: int, to: str) -> object:
    """Offer the caller's session to somebody, named or numbered."""
    found(asked, number)
    associate = asked.store.user_named(to)
    if associate is None:
        not_found("Associate", to)
    return shown(asked, asked.store.transfer(number, asked.caller, associate))


def accept(asked: Asked, number: int) -> object:
    """Take over a session that is offered to the caller."""
    found(asked, number)
    return shown(asked, asked.store.accept_transfer(number, asked.caller))


def reject(asked: Asked, number: int) -> object:
    """Refuse a session that is offered to the caller."""
    found(asked, number)
    return shown(asked, asked.store.reject_transfer(number, asked.caller))


def for_user(asked: Asked) -> object:
    """The sessions of the caller's topics."""
    rows = asked.store.sessions_for(asked.caller, asked.settings)
    return [shown(asked, row) for row in rows]


def messages(asked: Asked, number: int, after: int = 0) -> object:
    """A session's messages, those after one."""
    found(asked, number)
    rows = asked.store.messages(number, after)
    return [answers.message_object(row, view=asked.view) for row in rows]


def add_message(asked: Asked, number: int, message: dict[str, Any]) -> object:
    """Say something in a session; ``Type`` ToUser is the customer's word, else the agent's."""
    text = message.get("Message")
    if not isinstance(text, str):
        raise Refused(400, f"{INVALID}: Message is missing.")
    told = message.get("Type") or ChatMessageType.ToCustomer.name
    if not isinstance(told, str) or told not in ChatMessageType.__members__:
        raise Refused(400, f"{INVALID}: Type {told!r} is not known.")
    author = message.get("Author") or asked.user["name"]
    row = asked.store.add_message(number, text, str(author), ChatMessageType[told])
    if row is None:
        not_found("ChatSession", number)
    return answers.message_object(row, view=asked.view)


def transcript(asked: Asked, number: int, *, html: bool) -> object:
    """A session's messages as one text."""
    found(asked, number)
    return answers.transcript(asked.store.messages(number), view=asked.view, html=html)


def blank(asked: Asked) -> object:
    """A session with defaults, not stored."""
    row = dict.fromkeys(_COLUMNS)
    numbers = ("id", "topic_id", "flags", "rank", "alert_level", "initial_queue_pos", "rating")
    row |= dict.fromkeys(numbers, 0) | {"status": ChatSessionStatus.Invalid.value}
    return answers.session_object(row, view=asked.view)


_COLUMNS = (
    *("id", "topic_id", "user", "transfer_to", "customer_alias", "customer_host"),
    *("customer_name", "customer_email", "customer_phone", "customer_consented"),
    *("customer_company_name", "status", "first_message", "last_message", "when_requested"),
    *("when_started", "when_ended", "when_idle", "when_fetched", "session_key"),
    *("initial_queue_pos", "alert_level", "rank", "flags", "chatbot_is_active", "rating"),
    *("person", "contact", "project", "sale", "ticket"),
)


def _may_pick_up(asked: Asked) -> None:
    settings, user = asked.settings, asked.user
    system = user["type"] == AssociateType.SystemAssociate.name
    if system and not settings.system_user_may_pick_up:
        raise Refused(settings.forbidden_status, "A system user is no chat agent.")
    if not settings.away_may_pick_up and not asked.store.is_present(asked.caller):
        raise Refused(settings.forbidden_status, "You are away.")
