"""Every fault there is: where it happens, whether the call was committed, what it comes to.

*Before* commit, the request never reaches the tenant; *after*, the tenant has done what was asked
(a pickup is the caller's, its customer has the welcome message) and the answer is spoiled or lost.
A client cannot tell the two apart by the answer: a 500 is *unknown* in both cases. Only reading
afterwards settles it: after commit exactly one session is found, so the call is *recovered*;
before commit none is, and the call stays *unknown*.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CATALOGUE", "Fault"]

Level = Literal["http", "tcp"]
When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault."""

    name: str
    level: Level
    """http: answered by the tenant; tcp: by the bytes of the proxy in front of it."""
    when: When
    """Before the tenant commits, or after."""
    expected: str
    """The outcome class of a pickup that gets this answer."""
    settled: str
    """The class after reconciling by reading: *recovered*, where the session was picked up."""
    about: str
    """What the client sees."""
    status: int | None = None
    """The HTTP status, if one arrives that is not the tenant's own."""
    seconds: float | None = None
    """What ``seconds`` of a rule is when it is left out; None: the fault takes no time."""
    megabytes: float | None = None
    """What ``megabytes`` of a rule is when it is left out; None: the fault has no size."""
    kept_alive: bool = False
    """Whether it can only befall a connection that has carried a request already."""


HELD_S: Final = 600.0
"""How long a request without an answer is held at most."""


def _refusal(name: str, status: int, about: str, seconds: float | None = None) -> Fault:
    return Fault(name, "http", "before", "rejected", "rejected", about, status, seconds)


def _doubt(level: Level, name: str, when: When, about: str, status: int | None = None) -> Fault:
    settled = "recovered" if when == "after" else "unknown"
    return Fault(name, level, when, "unknown", settled, about, status)


def _held(level: Level, name: str, when: When, about: str) -> Fault:
    settled = "recovered" if when == "after" else "unknown"
    return Fault(name, level, when, "unknown", settled, about, None, HELD_S)


def _empty(name: str, status: int, about: str) -> Fault:
    return Fault(name, "http", "before", "empty", "empty", about, status)


def _late(level: Level, name: str, seconds: float, about: str) -> Fault:
    return Fault(name, level, "after", "done", "done", about, None, seconds)


_ALL: Final = (
    _refusal("status_401", 401, "the credential is not valid"),
    _refusal("status_403", 403, "the caller may not"),
    _refusal("status_421", 421, "the wrong subdomain was asked"),
    _refusal("status_429_seconds", 429, "too many calls; Retry-After in seconds", 1.0),
    _refusal("status_429_date", 429, "too many calls; Retry-After as a date", 2.0),
    _doubt("http", "status_500_before", "before", "an error, and nothing was done", 500),
    _doubt("http", "status_500_after", "after", "an error, though it was done", 500),
    _doubt("http", "status_503_before", "before", "unavailable, and nothing was done", 503),
    _doubt("http", "status_503_after", "after", "unavailable, though it was done", 503),
    _late("http", "delay", 0.5, "the whole answer, late"),
    _held("http", "timeout_before", "before", "never an answer, and nothing was done"),
    _held("http", "timeout_after", "after", "never an answer, though it was done"),
    _doubt("http", "malformed", "after", "JSON that breaks off, its length being right", 200),
    _doubt("http", "truncated", "after", "half the body, then the connection ends"),
    Fault(
        *("huge", "http", "after", "unknown", "recovered", "megabytes of JSON without a session"),
        status=200,
        megabytes=16.0,
    ),
    _doubt("http", "wrong_type", "after", "a page of HTML with status 200", 200),
    _empty("null", 200, "null: nobody was waiting"),
    _empty("no_content", 204, "no body: nobody was waiting"),
    _doubt("tcp", "reset_before", "before", "a reset, and nothing was done"),
    _doubt("tcp", "reset_after", "after", "a reset, though it was done"),
    _held("tcp", "stall", "after", "half the body, then silence on an open connection"),
    _late("tcp", "drip", 1.0, "the whole answer, a few bytes at a time"),
    _doubt("tcp", "cut_body", "after", "half the body, then an orderly end"),
    _held("tcp", "half_close", "after", "no answer; the sending half is closed"),
    Fault(
        *("stale_keep_alive", "tcp", "before", "unknown", "unknown"),
        "a connection kept alive ends as its next request arrives",
        kept_alive=True,
    ),
    Fault(
        *("refused", "tcp", "before", "rejected", "rejected"),
        "nobody listens: after each request befallen, which is answered yet; or without a path, "
        "for as long as the rule stands",
        seconds=1.0,
    ),
)

CATALOGUE: Final[Mapping[str, Fault]] = MappingProxyType({fault.name: fault for fault in _ALL})
"""Every fault by its name."""
