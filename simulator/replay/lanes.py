"""Who waits for whom, and what each call may act on.

Two orders hold, whatever the clock says: an agent's calls follow one another (one in flight per
lane, which is what makes a lost pickup traceable), and so do the calls of a chat. Customers share
a lane but not a line: each of their calls waits for its own chat alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.replay.calls import CUSTOMERS
from simulator.replay.requests import NEEDS_SESSION

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Mapping

    from simulator.replay.calls import Call
    from simulator.replay.journal import Outcome

__all__ = ["Desk", "Lines", "in_part"]

UNSETTLED: Final = "lane unsettled"

_BROUGHT: Final = frozenset({"done", "recovered"})


def in_part(call: Call, lanes: Iterable[str], part: tuple[int, int]) -> bool:
    """Whether a call belongs to part (k, n) of a plan: agents go by lane, customers by chat."""
    number, of = part
    if call.lane == CUSTOMERS:
        return call.chat % of == number - 1
    return _part_of(call.lane, lanes, of) == number


def _part_of(lane: str, lanes: Iterable[str], of: int) -> int:
    return sorted(set(lanes) - {CUSTOMERS}).index(lane) % of + 1


@dataclass(slots=True)
class Lines:
    """The last call of each lane and of each chat, which the next one waits for."""

    _last: dict[tuple[str, str | int], asyncio.Future[None]] = field(default_factory=dict)

    def join(self, call: Call, finished: asyncio.Future[None]) -> list[asyncio.Future[None]]:
        """Stand at the end of the call's lines; give what stands before it, unfinished."""
        keys: list[tuple[str, str | int]] = [("chat", call.chat)]
        if call.lane != CUSTOMERS:
            keys.append(("lane", call.lane))
        before = [self._last[key] for key in keys if key in self._last]
        for key in keys:
            self._last[key] = finished
        return [future for future in before if not future.done()]


@dataclass(slots=True)
class Desk:
    """What the calls so far brought: which session is whose, and which lane is in doubt.

    ``created`` and ``held`` hold the tenant's session ids by simulated chat.
    """

    creates: frozenset[int]
    """Chats whose create is among the calls."""
    lanes: frozenset[str]
    """Lanes of this part of the plan."""
    principals: Mapping[str, int]
    """The associate behind each lane."""
    created: dict[int, int] = field(default_factory=dict)
    held: dict[int, tuple[str, int]] = field(default_factory=dict)
    """By chat: the lane that has the session, and its id."""
    offered: dict[int, tuple[str, int]] = field(default_factory=dict)
    """By chat: the lane to which a transfer is pending, and the session's id."""
    blocked: set[str] = field(default_factory=set)
    """Lanes whose last pickup is in doubt for good."""

    def learn(self, call: Call, outcome: Outcome) -> None:
        """Take in what a call came to."""
        if outcome.cls not in _BROUGHT:
            return
        number = outcome.session_id
        if call.kind == "end":
            self.held.pop(call.chat, None)
        elif call.kind == "create" and number is not None:
            self.created[call.chat] = number
        elif call.kind in ("pickup", "accept") and number is not None:
            self.held[call.chat] = (call.lane, number)
        elif call.kind == "transfer" and number is not None:
            self.held.pop(call.chat, None)
            self.offered[call.chat] = (call.to_lane, number)

    def session_of(self, call: Call) -> int | None:
        """The tenant's id of the session that ``call`` acts on; None if there is none."""
        if call.kind == "leave":
            return self.created.get(call.chat)
        known = self.offered if call.kind == "accept" else self.held
        lane, number = known.get(call.chat, ("", 0))
        return number if lane == call.lane and number else None

    def why_not(self, call: Call) -> str:
        """Why ``call`` cannot be sent; "" if it can."""
        if call.lane in self.blocked:
            return UNSETTLED
        if call.kind == "transfer" and call.to_lane not in self.lanes:
            return "the transfer goes to a lane of another part"
        if call.kind == "transfer" and call.to_lane not in self.principals:
            return "the associate to transfer to is not known"
        if call.kind == "pickup" and call.chat in self.creates and call.chat not in self.created:
            return "its chat was not created"
        if call.kind in NEEDS_SESSION and self.session_of(call) is None:
            return _LACKS[call.kind]
        return ""


_LACKS: Final = {
    "end": "nothing was picked up for this chat",
    "leave": "its chat was not created",
    "transfer": "nothing was picked up for this chat",
    "accept": "nothing was transferred",
}
