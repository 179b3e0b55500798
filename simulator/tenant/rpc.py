"""The Agents face: the same deeds as remote procedure calls, all of them POST.

A missing thing is null with 200 here, where REST says 404; parameters that are not as they must
be get 400 with ``Message`` and ``MessageDetail``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.errors import DataError
from simulator.tenant import rest, sessions
from simulator.tenant.asking import INVALID, Answered, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.tenant.asking import Asked

__all__ = ["ROUTES", "BadParameters"]


class BadParameters(Refused):
    """400, in the form of the Agents calls."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


def _number(asked: Asked, name: str, default: int | None = None) -> int:
    """A whole number of the body; without a default it must be there."""
    given = asked.body.get(name, default) if isinstance(asked.body, dict) else default
    if isinstance(given, bool) or not isinstance(given, int):
        raise BadParameters(f"Parameter {name} is missing or no whole number.")
    return given


def _id_in_query(asked: Asked, name: str) -> int:
    text = next((value for key, value in asked.query.items() if key.lower() == name.lower()), "")
    if not (text.isascii() and text.isdigit()):
        raise BadParameters(f"Parameter {name} is missing or no whole number.")
    return int(text)


def _or_null(act: Callable[[], object]) -> object:
    """What is not there is null."""
    try:
        return act()
    except Refused as error:
        if error.status == 404:
            return None
        raise


def _in_form(act: Callable[[Asked], object]) -> Callable[[Asked], object]:
    """The call, with what is wrong in its parameters told in the form of these calls."""

    def handler(asked: Asked) -> object:
        try:
            return act(asked)
        except DataError as error:
            raise BadParameters(error.message) from error
        except Refused as error:
            if error.status != 400:
                raise
            raise BadParameters(error.message.removeprefix(f"{INVALID}: ")) from error

    return handler


def _on_session(act: Callable[[Asked, int], object]) -> Callable[[Asked], object]:
    def handler(asked: Asked) -> object:
        number = _number(asked, "ChatSessionId")
        return _or_null(lambda: act(asked, number))

    return handler


def _create(asked: Asked) -> object:
    topic = _number(asked, "ChatTopicId")
    return _or_null(lambda: sessions.create(asked, topic))


def _get(asked: Asked) -> object:
    number = _id_in_query(asked, "chatSessionEntityId")
    return sessions.shown(asked, asked.store.session(number))


def _save(asked: Asked) -> object:
    number = _number(asked, "ChatSessionId", 0)
    return _or_null(lambda: sessions.shown(asked, sessions.save(asked, number, asked.fields())))


def _delete(asked: Asked) -> object:
    number = _id_in_query(asked, "chatSessionEntityId")
    _or_null(lambda: sessions.delete(asked, number))
    return Answered(status=204, has_body=False)


def _transfer(asked: Asked) -> object:
    number, to = _number(asked, "ChatSessionId"), asked.fields().get("ToAssociate")
    if not isinstance(to, str | int):
        raise BadParameters("Parameter ToAssociate is missing.")
    return _or_null(lambda: sessions.transfer(asked, number, str(to)))


def _messages(asked: Asked) -> object:
    number, after = _number(asked, "ChatSessionId"), _number(asked, "After", 0)
    return _or_null(lambda: sessions.messages(asked, number, after))


def _add_message(asked: Asked) -> object:
    number, message = _number(asked, "ChatSessionId"), asked.fields().get("Message")
    if isinstance(message, str):
        message = {"Message": message}
    if not isinstance(message, dict):
        raise BadParameters("Parameter Message is missing.")
    return _or_null(lambda: sessions.add_message(asked, number, message))


def _transcript(asked: Asked) -> object:
    number, html = _number(asked, "ChatSessionId"), asked.fields().get("Html") is True
    return _or_null(lambda: sessions.transcript(asked, number, html=html))


_CALLS: Final = (
    ("PickUpFirstChatSession", sessions.pick_up_first, rest.SESSION),
    ("PickUpChatSession", _on_session(sessions.pick_up), rest.SESSION),
    ("CreateChatSessionForTopic", _create, rest.SESSION),
    ("GetChatSessionEntity", _get, rest.SESSION),
    ("SaveChatSessionEntity", _save, rest.SESSION),
    ("DeleteChatSessionEntity", _delete, ""),
    ("CreateDefaultChatSessionEntity", sessions.blank, rest.SESSION),
    ("AddChatMessage", _add_message, "ChatMessage"),
    ("GetChatMessages", _messages, "ChatMessage"),
    ("GetChatTranscript", _transcript, "string"),
    ("ChatSessionsForUser", sessions.for_user, "ChatSessionEntity"),
    ("TransferChatSession", _transfer, rest.SESSION),
    ("AcceptChatSessionTransfer", _on_session(sessions.accept), rest.SESSION),
    ("RejectChatSessionTransfer", _on_session(sessions.reject), rest.SESSION),
    ("ResetChatSession", _on_session(sessions.reset), rest.SESSION),
    ("GetChatPresence", rest.presences, "ChatPresence"),
    ("SaveChatPresence", rest.save_presences, ""),
)

ROUTES: Final = tuple(
    ("POST", f"Agents/Chat/{name}", _in_form(handler), root) for name, handler, root in _CALLS
)
"""As ``rest.ROUTES``."""
