"""What a history is made of, and the names that files give it: keys, columns and headings.

The headings of the product's own spreadsheets are translated. Of those that its documentation
does not state, the plain translations are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.errors import DataError, Place
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HEADINGS", "NAMES", "UNREAD", "check_fields", "found_fields", "near_misses"]

NAMES: Final = {
    "session_id": (
        *("ChatSessionId", "chat_session.id", "PrimaryKey", "Chat ID", "Session ID", "ID"),
        *("Chat number", "Økt-ID", "Chatt-ID", "Sessions-ID", "Sitzungs-ID", "Sessie-ID"),
    ),
    "replication": ("replication",),
    "topic_id": ("TopicId", "chatTopic/chatTopicId", "chat_session.topic_id"),
    "topic": (
        *("chatTopic/name", "chat_session.topic_id.name"),
        *("Chat channel", "Chat topic", "Chat channel name", "Channel", "Topic"),
        *("Chatkanal", "Chattekanal", "Chattkanal", "Kanal", "Chatkanaal", "Kanaal"),
        *("Emne", "Chattema", "Chattämne", "Ämne", "Chatemne", "Chatthema", "Thema"),
        *("Chatonderwerp", "Onderwerp"),
    ),
    "requested_at": (
        *("WhenRequested", "chat_session.when_requested"),
        *("Chat requested", "Requested", "Requested at"),
        *("Chat forespurt", "Chat etterspurt", "Forespurt", "Etterspurt"),
        *("Chatt begärd", "Chatt efterfrågad", "Begärd", "Efterfrågad"),
        *("Chat anmodet", "Chat forespurgt", "Anmodet", "Forespurgt"),
        *("Chat angefordert", "Chat angefragt", "Angefordert", "Angefragt"),
        *("Chat aangevraagd", "Aangevraagd"),
    ),
    "picked_up_at": (
        *("WhenStarted", "chat_session.when_started"),
        *("Chat started", "Started", "Started at", "Chat startet", "Startet"),
        *("Chatt startad", "Chatt startade", "Startad", "Chat påbegyndt", "Påbegyndt"),
        *("Chat gestartet", "Chat begonnen", "Gestartet", "Chat gestart", "Gestart"),
    ),
    "ended_at": (
        *("WhenEnded", "chat_session.when_ended"),
        *("Chat ended", "Ended", "Ended at", "Chat avsluttet", "Avsluttet"),
        *("Chatt avslutad", "Chatt avslutades", "Avslutad", "Chat afsluttet", "Afsluttet"),
        *("Chat beendet", "Beendet", "Chat beëindigd", "Chat geëindigd", "Beëindigd"),
    ),
    "last_poll_at": ("WhenFetched", "chat_session.customer_fetch"),
    "duration": ("Duration", "Varighet", "Varaktighet", "Längd", "Varighed", "Dauer", "Duur"),
    "time_in_queue": (
        *("timeInQueue", "Time in queue", "Tid i kø", "Ventetid", "Tid i kö", "Kötid"),
        *("Zeit in der Warteschlange", "Zeit in Warteschlange", "Wartezeit"),
        *("Tijd in wachtrij", "Tijd in de wachtrij", "Wachttijd"),
    ),
    "status": ("Status", "chat_session.status"),
    "agent_id": ("User.AssociateId", "associateId", "chat_session.user_id"),
    "agent": (
        *("User.FullName", "User.Name", "Agent", "Saksbehandler", "Handläggare"),
        *("Sagsbehandler", "Bearbeiter", "Mitarbeiter", "Medewerker"),
    ),
    "queue_pos": ("InitialQueuePos", "chat_session.initial_queue_pos"),
    "queue_length": (
        *("queueLength", "Queue length", "Kølengde", "Kölängd", "Kølængde"),
        *("Länge der Warteschlange", "Warteschlangenlänge"),
        *("Wachtrijlengte", "Lengte van wachtrij", "Lengte van de wachtrij"),
    ),
}
"""A field's names, those that tell most first: the wire's, the archive's, the translated ones."""

UNREAD: Final = (
    *("Rating", "Vurdering", "Betyg", "Bewertung", "Beoordeling", "Waardering", "EntityName"),
    *("First message", "Last message", "Company", "Contact", "Person", "Ticket", "Project"),
)
"""Names that are known and not wanted."""

HEADINGS: Final = {
    "session_id": "Chat ID",
    "requested_at": "Chat requested",
    "picked_up_at": "Chat started",
    "ended_at": "Chat ended",
    "status": "Status",
}
"""What a field is called in an error about a spreadsheet."""


def _bare(name: str) -> str:
    """The name without case, blanks and points: ``chatTopic/name`` is ``chatTopic_name``."""
    return "".join(character for character in name.casefold() if character.isalnum())


_PLACES: Final = {
    _bare(name): (field, place)
    for field, names in NAMES.items()
    for place, name in reversed([*enumerate(names)])
}
_UNREAD: Final = frozenset(map(_bare, UNREAD))
LONGEST: Final = 40
"""Characters; what is longer is no heading."""


def found_fields(names: list[str]) -> dict[str, int]:
    """Which of the columns ``names`` holds which field; of two for one, that which tells more."""
    best: dict[str, tuple[int, int]] = {}
    for column, name in enumerate(names):
        if (found := _PLACES.get(_bare(name))) is not None:
            field, place = found
            best[field] = min(best.get(field, (place, column)), (place, column))
    return {field: column for field, (_, column) in best.items()}


def near_misses(names: list[str]) -> list[tuple[str, str]]:
    """Columns that are no field, and "; did you mean …?" where a field that is missing is near."""
    found = found_fields(names)
    wanted = [name for field, each in NAMES.items() if field not in found for name in each]
    strangers = [
        name for name in names if _bare(name) not in _PLACES and _bare(name) not in _UNREAD
    ]
    told = ((name, did_you_mean(name, wanted)) for name in strangers if len(name) <= LONGEST)
    return [(name, clause) for name, clause in told if clause]


def check_fields(
    fields: dict[str, int], names: list[str], file: Path, called: dict[str, str]
) -> None:
    """That a chat can be told from these columns.

    Raises:
        DataError: when it was requested, picked up or ended, or its status, is in no column.
    """
    wanted = {
        "requested_at": ("requested_at",),
        "picked_up_at": ("picked_up_at", "time_in_queue"),
        "ended_at": ("ended_at", "duration"),
        "status": ("status",),
    }
    missing = [called[need] for need, any_of in wanted.items() if not fields.keys() & {*any_of}]
    if missing:
        meant = "".join(f" ({name!r}{clause})" for name, clause in near_misses(names)[:3])
        raise DataError(
            f"there is no column {', '.join(map(repr, missing))}{meant}; the file must tell when "
            "each chat was requested, started and ended, and its status",
            Place(file, 1),
        )
