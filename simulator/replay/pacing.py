"""When a call is due, what it waits for, and what becomes of one that is late; no clock in here.

Instants are absolute: T0 + due / warp, so that no sleep's error adds to the next one's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.replay.calls import Call

__all__ = ["Holds", "RateCap", "due_ns", "lateness"]

Lateness = Literal["fire", "shed", "abort"]


def due_ns(call: Call, t0_ns: int, warp: float) -> int:
    """When the call is due on the monotonic clock, whose plan began at ``t0_ns``.

    >>> from simulator.replay.calls import Call
    >>> due_ns(Call(1, 60_000_000, "create", 1, 1, (1,), "customers"), 5, warp=60)
    1000000005
    """
    return t0_ns + math.ceil(call.due_us * 1000 / warp)


def lateness(late_us: int, late: Mapping[str, Any]) -> Lateness:
    """What the plan says about a call that is late by so many µs: fire it, shed it, or abort.

    >>> lateness(6_000_000, {"policy": "shed", "after_s": 5.0})
    'shed'
    >>> lateness(4_000_000, {"policy": "shed", "after_s": 5.0})
    'fire'
    """
    if late["policy"] == "fire" or late_us <= late["after_s"] * 1e6:
        return "fire"
    return "abort" if late["policy"] == "abort" else "shed"


@dataclass(slots=True)
class Holds:
    """Which calls must wait for another's answer, so that a queue's order is not left to chance.

    A call that touches a topic, and is due less than ``min_gap_us`` after the call before it that
    touches the topic, waits for that one's answer. Both instants are on the run's clock, so a
    warp brings calls nearer to each other.
    """

    min_gap_us: int
    _last: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By topic: when the last call that touches it was due, and its number."""

    def join(self, call: Call, due_us: int) -> list[int]:
        """The numbers of the calls to wait for; calls come in the order they are due.

        The last one of each topic is enough: it waits in turn for those that it follows closely.
        """
        before = {
            number
            for topic in call.touches
            if topic in self._last
            for at, number in (self._last[topic],)
            if due_us - at < self.min_gap_us
        }
        for topic in call.touches:
            self._last[topic] = (due_us, call.number)
        return sorted(before)


@dataclass(slots=True)
class RateCap:
    """Room for ``most_per_s`` calls a second, evenly: never two closer than 1 / ``most_per_s``."""

    most_per_s: float
    _next_ns: int = 0

    def reserve(self, now_ns: int) -> int:
        """Take the next place; the instant from which it holds, ``now_ns`` if that is at once."""
        at = max(now_ns, self._next_ns)
        self._next_ns = at + math.ceil(1e9 / self.most_per_s)
        return at
