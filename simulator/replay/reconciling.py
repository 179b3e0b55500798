"""Which session an unknown call brought about, if that can be told by reading.

A pickup whose answer was lost left its mark on the tenant, or none: a session that belongs to the
caller, started between the call's first byte and its deadline, and is not the fruit of another
call. Exactly one such session is the answer that was lost. With none or several the call stays
unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from simulator.replay.calls import Call
    from simulator.replay.facts import Facts

__all__ = ["Found", "Window", "candidates", "has_come_true", "verdict"]


@dataclass(frozen=True, slots=True)
class Window:
    """When, by the tenant's clock, an unknown call may have taken effect; epoch µs."""

    opens_us: int
    closes_us: int

    @classmethod
    def around(cls, sent_us: int, last_us: int, skew_s: float) -> Window:
        """From the first byte to the deadline by our clock, wider by the skew on both sides."""
        skew_us = round(abs(skew_s) * 1_000_000)
        return cls(sent_us - skew_us, last_us + skew_us)

    def holds(self, at_us: int | None, digits: int = 7) -> bool:
        """Whether an instant that was written with so many digits of fraction may lie within.

        A tenant that writes whole seconds cuts the fraction off: what it did in the second of the
        first byte seems to lie up to a second before it.

        >>> Window(10_400_000, 12_000_000).holds(10_000_000, digits=0)
        True
        >>> Window(10_400_000, 12_000_000).holds(10_000_000, digits=3)
        False
        """
        if at_us is None:
            return False
        cut_us = 10 ** max(0, 6 - digits) if digits < 6 else 1
        return self.opens_us - cut_us < at_us <= self.closes_us


def candidates(
    call: Call,
    sessions: Iterable[Facts],
    window: Window,
    *,
    taken: Container[int],
    caller: int | None,
    topic_id: int | None,
) -> list[Facts]:
    """The sessions that an unknown pickup or create may have brought about, by id.

    ``taken``: ids that other calls of the same kind brought. A session that was created must be
    in the call's topic; one that was picked up must be the caller's.
    """
    found = {}
    for session in sessions:
        if session.session_id in taken:
            continue
        if call.kind == "pickup":
            fits = session.owner == caller and caller is not None
            at_us = session.started_us
        else:
            fits, at_us = session.topic_id == topic_id, session.requested_us
        if fits and window.holds(at_us, session.digits):
            found[session.session_id] = session
    return [found[number] for number in sorted(found)]


def has_come_true(call: Call, session: Facts, *, caller: int | None, to: int | None) -> bool:
    """Whether a session is as an unknown end, leave, transfer or accept would have left it."""
    if call.kind == "transfer":
        return to is not None and to in (session.offered_to, session.owner)
    if call.kind == "accept":
        return caller is not None and session.owner == caller
    return session.status == call.status


@dataclass(frozen=True, slots=True)
class Found:
    """What reading told about an unknown call."""

    cls: str
    """recovered or unknown."""
    reason: str
    facts: Facts | None = None
    blocks: bool = False
    """The lane must make no further call: what it holds is not known."""


def verdict(found: list[Facts], reason: str) -> Found:
    """What to make of the candidates, once the window has closed; ``reason`` of the unknown."""
    if len(found) == 1:
        return Found("recovered", reason, found[0])
    if not found:
        return Found("unknown", f"{reason}; no session of it was found")
    return Found("unknown", f"{reason}; {len(found)} sessions may be its own", blocks=True)
