"""The columns of the archive "ChatSession" and the SQL that gives them.

Names: the archive's reference page. Every piece of SQL in this package is a constant of it; what
a request brings is looked up here or bound as a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Archive", "Column", "ColumnKind", "session_archive"]

ColumnKind = Literal["whole", "text", "date", "seconds", "status", "user"]
"""Dates are microseconds since 1970, ``seconds`` a length; a ``user`` is its number or name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an archive."""

    kind: ColumnKind
    sql: str
    """The value that is filtered and sorted by."""
    shown_sql: str = ""
    """The value that is shown, where it is another."""

    @property
    def shown(self) -> str:
        """SQL of the value that a row shows."""
        return self.shown_sql or self.sql


@dataclass(frozen=True, slots=True)
class Archive:
    """What can be listed."""

    source: str
    """The tables, as they stand after FROM."""
    key: str
    """The column that is the primary key."""
    entity: str
    columns: Mapping[str, Column]
    default: tuple[str, ...]
    """Columns shown where none are selected."""


_SOURCE: Final = (
    "sessions AS s LEFT JOIN topics AS t ON t.id = s.topic_id "
    "LEFT JOIN users AS u ON u.associate_id = s.user_id"
)
# Lengths are between whole seconds, as the dates are shown: 08:00:30 to 08:00:40 is 10.
_DURATION: Final = "s.when_ended / 1000000 - s.when_started / 1000000"
_IN_QUEUE: Final = "COALESCE(s.when_started, s.when_ended) / 1000000 - s.when_requested / 1000000"

_COLUMNS: Final = {
    "chatSessionId": Column("whole", "s.id"),
    "firstMessage": Column("text", "s.first_message"),
    "lastMessage": Column("text", "s.last_message"),
    "whenRequested": Column("date", "s.when_requested"),
    "whenStarted": Column("date", "s.when_started"),
    "whenEnded": Column("date", "s.when_ended"),
    "duration": Column("seconds", f"({_DURATION})"),
    "timeInQueue": Column("seconds", f"({_IN_QUEUE})"),
    "queueLength": Column("whole", "s.initial_queue_pos"),
    "rating": Column("whole", "s.rating"),
    "agent": Column("user", "u.ej_user_id", "u.full_name"),
    "status": Column("status", "s.status"),
    "associateId": Column("whole", "s.user_id"),
    "contactId": Column("whole", "json_extract(s.contact, '$.ContactId')"),
    "personId": Column("whole", "json_extract(s.person, '$.PersonId')"),
    "registeredDate": Column("date", "s.when_requested"),
    "updatedDate": Column("date", "s.when_idle"),
    "date": Column("date", "s.when_requested"),
    "type": Column("text", "'Chat'"),
    "text": Column("text", "s.first_message"),
    "icon": Column("text", "'chat'"),
    "recordTypeText": Column("text", "'Chat'"),
    "chatTopic/chatTopicId": Column("whole", "s.topic_id"),
    "chatTopic/name": Column("text", "t.name"),
    "chatTopic/description": Column("text", "t.description"),
    "chatTopic/badgeHeader": Column("text", "t.badge_header"),
    "associate/associateId": Column("whole", "s.user_id"),
    "associate/name": Column("text", "u.name"),
    "associate/fullName": Column("text", "u.full_name"),
}
_DEFAULT: Final = (
    "chatSessionId",
    "whenRequested",
    "whenStarted",
    "whenEnded",
    "duration",
    "timeInQueue",
    "queueLength",
    "rating",
    "agent",
    "status",
    "chatTopic/chatTopicId",
    "chatTopic/name",
)
_ONE_LESS: Final = Column("whole", "s.initial_queue_pos - 1")


@cache
def session_archive(queue_length_column: str = "position") -> Archive:
    """The archive of sessions; ``queue_length_column`` is the setting of that name."""
    columns = dict(_COLUMNS)
    if queue_length_column == "position_less_one":
        columns["queueLength"] = _ONE_LESS
    return Archive(_SOURCE, "chatSessionId", "chat", columns, _DEFAULT)
