"""The REST face: ChatSession, ChatTopic, Presence, lists and who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.entity import ChatPresence, ChatSession, ChatTopic
from simulator.errors import DataError
from simulator.tenant import answers, odata, saving, sessions
from simulator.tenant.asking import INVALID, Answered, Refused, not_found, readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.tenant.asking import Asked

__all__ = ["ROUTES"]

Handler = "Callable[[Asked], object]"


# ------------------------------------------------------------------------------ ChatSession


def _pick_up_first(asked: Asked) -> object:
    return sessions.pick_up_first(asked)


def _pick_up(asked: Asked) -> object:
    return sessions.pick_up(asked, asked.path["id"])


def _sessions(asked: Asked) -> object:
    return listed(asked, {})


def _sessions_of_topic(asked: Asked) -> object:
    topic = asked.path["id"]
    if not asked.store.topics([topic]):
        not_found("ChatTopic", topic)
    return listed(asked, {"chatTopic/chatTopicId": topic})


def _new_session(asked: Asked) -> object:
    return sessions.shown(asked, sessions.save(asked, 0, asked.fields()), links=True)


def _one_session(asked: Asked) -> object:
    return sessions.shown(asked, sessions.found(asked, asked.path["id"]), links=True)


def _put_session(asked: Asked) -> object:
    row = sessions.save(asked, asked.path["id"], asked.fields())
    return sessions.shown(asked, row, links=True)


def _patch_session(asked: Asked) -> object:
    number = asked.path["id"]
    before = sessions.shown(asked, sessions.found(asked, number)) or {}
    try:
        if isinstance(asked.body, dict):
            after = saving.merged(before, asked.body)
        else:
            after = saving.patched(before, asked.body)
    except DataError as error:
        raise readable(error) from error
    changed = {key: value for key, value in after.items() if value != before.get(key)}
    return sessions.shown(asked, sessions.save(asked, number, changed), links=True)


def _message(asked: Asked) -> object:
    return sessions.add_message(asked, asked.path["id"], asked.fields())


def _messages(asked: Asked) -> object:
    return sessions.messages(asked, asked.path["id"], _whole(asked, "after"))


def _transcript(asked: Asked) -> object:
    html = asked.query.get("html", "").lower() == "true"
    return sessions.transcript(asked, asked.path["id"], html=html)


# ------------------------------------------------------------------------------ ChatTopic


def _topics_of_user(asked: Asked) -> object:
    return [_topic_shown(asked, row) for row in asked.store.topics(asked.store.sees(asked.caller))]


def _topic(asked: Asked) -> object:
    rows = asked.store.topics([asked.path["id"]])
    return _topic_shown(asked, rows[0]) if rows else not_found("ChatTopic", asked.path["id"])


def _topic_shown(asked: Asked, row: dict[str, Any]) -> object:
    manages = asked.store.manages(asked.caller, row["id"])
    return answers.topic_object(row, view=asked.view, can_manage=manages)


def _blank_topic(asked: Asked) -> object:
    return answers.topic_object({"id": 0}, view=asked.view)


def _is_open(asked: Asked) -> object:
    rows = asked.store.topics([asked.path["id"]])
    if not rows:
        not_found("ChatTopic", asked.path["id"])
    return bool(rows[0]["is_open"] or not rows[0]["opening_hours_enabled"])


def _create_in_topic(asked: Asked) -> object:
    return sessions.create(asked, asked.path["id"])


def _user_agents(asked: Asked) -> object:
    rows = asked.store.rights(asked.path["id"])
    return [answers.topic_agent_object(row, view=asked.view) for row in rows]


# ------------------------------------------------------------------------------ the rest


def presences(asked: Asked) -> object:
    """Who takes part."""
    return [answers.presence_object(row, view=asked.view) for row in asked.store.presences()]


def save_presences(asked: Asked) -> object:
    """Say who is there; only UserId and Present are read."""
    given = asked.body
    if isinstance(given, dict):
        given = given.get("ChatPresence", [given])
    if not isinstance(given, list):
        raise Refused(400, f"{INVALID}: give a list of ChatPresence.")
    try:
        read = [ChatPresence.from_wire(each) for each in given]
    except DataError as error:
        raise readable(error) from error
    for each in read:
        if each.user_id is not None and each.present is not None:
            asked.store.set_presence(each.user_id, present=each.present)
    return Answered(status=204, has_body=False)


def _list(asked: Asked) -> object:
    name = asked.path["name"].lower()
    if name == "chatsessionstatus":
        return answers.status_list(asked.view)
    if name == "chatchannel":
        return [{"Id": row["id"], "Name": row["name"]} for row in asked.store.topics()]
    if name == "chatuser":
        return [
            {"Id": number, "Name": user["full_name"], "ExtraInfo": user["user_name"]}
            for number, user in asked.store.users.items()
        ]
    return not_found("MDOList", asked.path["name"])


def _principal(asked: Asked) -> object:
    return answers.principal_object(asked.user, asked.store.context)


def listed(asked: Asked, only: dict[str, Any]) -> object:
    """A page of the archive of sessions, by OData."""
    settings, archive = asked.settings, odata.session_archive(asked.settings.queue_length_column)
    try:
        query = odata.parse(asked.query)
        text, parameters = query.sql(
            archive, zone=asked.view.zone, page_size=settings.page_size, only=only
        )
        rows = asked.store.select(text, parameters)
        found = odata.page(
            query,
            rows,
            archive,
            view=asked.view,
            url=asked.url,
            page_size=settings.page_size,
            timespan_text=settings.timespan_text,
        )
    except odata.QueryError as error:
        raise readable(error) from error
    return Answered(found, name="ODataSlimResponse")


def _whole(asked: Asked, name: str) -> int:
    text = asked.query.get(name, "0")
    if not (text.isascii() and text.isdigit()):
        raise Refused(400, f"{INVALID}: {name} is no number.")
    return int(text)


def _on(act: Callable[[Asked, int], object]) -> Callable[[Asked], object]:
    """A handler of what is done to the session of the path."""
    return lambda asked: act(asked, asked.path["id"])


def _transfer(asked: Asked) -> object:
    return sessions.transfer(asked, asked.path["id"], asked.path["to"])


SESSION: Final = ChatSession.__name__ + "Entity"
TOPIC: Final = ChatTopic.__name__ + "Entity"

ROUTES: Final = (
    ("POST", "ChatSession/Pickup", _pick_up_first, SESSION),
    ("POST", "ChatTopic/{id:int}/Sessions", _create_in_topic, SESSION),
    ("GET", "ChatSession/{id:int}", _one_session, SESSION),
    ("PUT", "ChatSession/{id:int}", _put_session, SESSION),
    ("GET", "ChatSession/ForCurrentUser", sessions.for_user, "ChatSessionEntity"),
    ("GET", "ChatSession/default", sessions.blank, SESSION),
    ("GET", "ChatSession", _sessions, "ODataSlimResponse"),
    ("POST", "ChatSession", _new_session, SESSION),
    ("PATCH", "ChatSession/{id:int}", _patch_session, SESSION),
    ("DELETE", "ChatSession/{id:int}", _on(sessions.delete), ""),
    ("POST", "ChatSession/{id:int}/Pickup", _pick_up, SESSION),
    ("POST", "ChatSession/{id:int}/Reset", _on(sessions.reset), SESSION),
    ("POST", "ChatSession/{id:int}/TransferTo/{to}", _transfer, SESSION),
    ("POST", "ChatSession/{id:int}/AcceptTransfer", _on(sessions.accept), SESSION),
    ("POST", "ChatSession/{id:int}/RejectTransfer", _on(sessions.reject), SESSION),
    ("POST", "ChatSession/{id:int}/Transcript", _transcript, "string"),
    ("GET", "ChatSession/{id:int}/Messages", _messages, "ChatMessage"),
    ("POST", "ChatSession/{id:int}/Messages", _message, "ChatMessage"),
    ("GET", "ChatTopic/ForCurrentUser", _topics_of_user, "ChatTopicEntity"),
    ("GET", "ChatTopic/default", _blank_topic, TOPIC),
    ("GET", "ChatTopic/{id:int}", _topic, TOPIC),
    ("GET", "ChatTopic/{id:int}/Sessions", _sessions_of_topic, "ODataSlimResponse"),
    ("GET", "ChatTopic/{id:int}/IsOpen", _is_open, "boolean"),
    ("GET", "ChatTopic/{id:int}/UserAgent", _user_agents, "ChatTopicAgent"),
    ("GET", "Presence/GetAll", presences, "ChatPresence"),
    ("POST", "Presence/SaveAll", save_presences, ""),
    ("GET", "MDOList/{name}", _list, "MDOListItem"),
    ("GET", "User/currentPrincipal", _principal, "SoPrincipalCarrier"),
    ("GET", "archive/ChatSession", _sessions, "ODataSlimResponse"),
)
"""(method, path below /api/v1/, handler, root of an XML answer); the hot ones first."""
