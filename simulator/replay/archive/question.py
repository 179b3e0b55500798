"""What is asked of the archive: which sessions, and which of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import ParameterError

if TYPE_CHECKING:
    from simulator.replay.endpoint.target import Target

__all__ = ["COLUMNS", "DATES", "KEY", "Question"]

KEY: Final = "chatSessionId"
DATES: Final = ("whenRequested", "whenStarted", "whenEnded")
COLUMNS: Final = (
    KEY,
    *DATES,
    *("duration", "timeInQueue", "queueLength", "status", "associateId"),
    *("chatTopic/chatTopicId", "chatTopic/name"),
)
"""All that is asked for and written: no name, no address, no message; of the agent the number."""

_FORMAT: Final = 1
"""Of the lines written; rises when a pull that was begun before must not be gone on with."""
_LARGEST_PAGE: Final = 5_000
_MARGIN: Final = timedelta(days=1)
"""By how much the archive is asked for more than is wanted: no page says in which time zone it
takes a date of a filter, so what is too much is left out here."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which sessions are wanted."""

    first: date | None = None
    """The first local date of request."""
    last: date | None = None
    """The last, which is still wanted."""
    zone: tzinfo = UTC
    """Where those dates begin."""
    topics: tuple[int, ...] = ()
    """TopicIds; none: all."""
    page_size: int = 500
    """Sessions that are asked for at a time."""

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= _LARGEST_PAGE:
            raise ParameterError(
                f"--page-size is {self.page_size}; give a number from 1 to {_LARGEST_PAGE:,}"
            )
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ParameterError(
                f"--until {self.last} is before --from {self.first}; both dates are included"
            )

    def options(self, after: int) -> dict[str, str]:
        """The list's options for the sessions whose id comes after ``after``.

        By the key, and not by ``$skip``: a deep page costs the tenant no more than the first, and
        a session that is made meanwhile moves none to another page.
        """
        return {
            "$select": ",".join(COLUMNS),
            "$filter": " and ".join(self._tests(after)),
            "$orderBy": KEY,
            "$top": str(self.page_size),
        }

    def _tests(self, after: int) -> list[str]:
        tests = [f"{KEY} gt {after}"]
        if self.first is not None:
            tests.append(f"whenRequested afterTime '{_text(self._begin(self.first) - _MARGIN)}'")
        if self.last is not None:
            tests.append(f"whenRequested beforeTime '{_text(self._end(self.last) + _MARGIN)}'")
        if self.topics:
            each = [f"chatTopic/chatTopicId eq {topic}" for topic in self.topics]
            tests.append(each[0] if len(each) == 1 else f"({' or '.join(each)})")
        return tests

    def wants(self, requested: datetime | None) -> bool:
        """Whether a session that was requested at this instant, or nobody knows when, is wanted."""
        if requested is None:
            return self.first is None and self.last is None
        if self.first is not None and requested < self._begin(self.first):
            return False
        return self.last is None or requested < self._end(self.last)

    def identity(self, target: Target) -> dict[str, Any]:
        """What makes two pulls the same, so that one may go on where the other stopped."""
        return {
            "format": _FORMAT,
            "base": target.base,
            "context": target.context.lower(),
            "from": None if self.first is None else self._begin(self.first).isoformat(),
            "until": None if self.last is None else self._end(self.last).isoformat(),
            "topics": sorted(self.topics),
            "columns": list(COLUMNS),
        }

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def _end(self, day: date) -> datetime:
        return self._begin(day + timedelta(days=1))


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}"
