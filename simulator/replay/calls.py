"""The calls of a replay: what is sent, when on the simulated clock, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["CUSTOMERS", "KINDS", "Call"]

KINDS: Final = ("end", "transfer", "pickup", "accept", "leave", "create")
"""What a call may do, in the order of one instant: the desk's (``model.md``, "One instant")."""

CUSTOMERS: Final = "customers"
"""The lane of creates and leaves: customers share one credential."""


@dataclass(frozen=True, slots=True)
class Call:
    """One planned call."""

    number: int
    """From 1, in the order of the instants; of one instant in the order of ``KINDS``, but that a
    chat's pickup never comes before its create."""
    due_us: int
    """Microseconds on the simulated clock since the plan's first instant, before any warp."""
    kind: str
    chat: int
    """The simulated session's id."""
    topic: int
    """The simulated topic of the chat at that moment; of an accept the one it went to."""
    touches: tuple[int, ...]
    """Simulated topics whose queue the call reads or changes."""
    lane: str
    """Whose credential sends it: an agent's, or ``CUSTOMERS``."""
    agent: int = 0
    """The simulated agent's id; 0 for customers."""
    to_lane: str = ""
    """Of a transfer, who gets the session; of an accept, who had it."""
    status: str = ""
    """Of an end or a leave, the status that is written."""
