"""What came back of a request, or how it failed; the network raises nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer", "Failure"]


class Failure(Enum):
    """How a request came to no answer."""

    NOT_SENT = "not sent"
    """Surely no byte of it left: no connection, or none that was free."""
    BROKEN = "broken"
    """Anything else: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; stamps are ``time.perf_counter_ns``."""

    http: int | None
    """The status; None where there was no answer."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By name in lower case."""
    body: bytes = field(default=b"", repr=False)
    failure: Failure | None = None
    refreshed: bool = False
    """The credential was refreshed on the way, after a 401."""
    dispatched_ns: int = 0
    """When it was handed to the transport."""
    first_byte_ns: int | None = None
    """When its first byte left, as far as the transport tells; None if none did."""
    answered_ns: int = 0
    """When the last byte of the answer was there, before it was read."""
    error: str = ""
    """The failure's class by name; never its text."""
