"""The unknown calls of a replay, and what must be known of the others to settle one.

A pickup is the only one of its lane, so what its caller was given is its own. Creates have one
credential in common and may be in flight together: what one of them made is told from what the
others made only once those have been answered, and two that are unknown at the same time in one
topic cannot be told apart at all.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.replay.reconciling import Found
from simulator.replay.settling import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from simulator.replay.calls import Call
    from simulator.replay.endpoint.client import Endpoint
    from simulator.replay.journal import Outcome
    from simulator.replay.reconciling import Window
    from simulator.replay.settling import Doubt

__all__ = ["Doubts", "Taken"]


@dataclass(slots=True)
class Taken:
    """The tenant's session ids that calls are known to have brought, by kind of call."""

    elsewhere: Callable[[str], AbstractSet[int]] = field(default=lambda _: frozenset())
    """What the other journals of the folder hold, for a kind."""
    _here: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, call: Call, outcome: Outcome) -> None:
        """Take in the session of an outcome."""
        if outcome.session_id is not None and outcome.cls in ("done", "recovered"):
            self._here[call.kind].add(outcome.session_id)

    def of(self, kind: str) -> AbstractSet[int]:
        """The ids that calls of a kind brought, here or elsewhere."""
        return self._here[kind] | self.elsewhere(kind)


@dataclass(slots=True)
class Doubts:
    """Settles unknown calls one by one, each with its own lane's credential."""

    endpoint: Endpoint
    taken: Taken
    skew_s: float
    alone: bool = True
    """Whether no other part of the plan is at work, whose creates nobody here can see."""
    worth_a_look: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an answer gives reason to ask what state the tenant is in."""
    _open: defaultdict[int | None, dict[int, Window]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _contested: set[int] = field(default_factory=set)
    _flying: defaultdict[int | None, set[asyncio.Future[None]]] = field(
        default_factory=lambda: defaultdict(set)
    )

    @contextmanager
    def creating(self, topic_id: int | None) -> Iterator[None]:
        """A create is in flight while this lasts, and its answer known when it ends."""
        answered = asyncio.get_running_loop().create_future()
        self._flying[topic_id].add(answered)
        try:
            yield
        finally:
            self._flying[topic_id].discard(answered)
            if not answered.done():
                answered.set_result(None)

    def enter(self, doubt: Doubt) -> None:
        """Say that a call is unknown, before it is settled."""
        if doubt.call.kind != "create":
            return
        here, number = doubt.window(self.skew_s), doubt.call.number
        for other, window in self._open[doubt.topic_id].items():
            if window.opens_us <= here.closes_us and here.opens_us <= window.closes_us:
                self._contested |= {other, number}
        self._open[doubt.topic_id][number] = here

    async def settle(self, doubt: Doubt) -> Found:
        """Find out what became of a call that was entered."""
        call = doubt.call
        if call.kind == "create" and not self.alone:
            return Found("unknown", f"{doubt.reason}; other parts of the plan create sessions too")

        async def taken() -> AbstractSet[int]:
            await self._answers(doubt)
            return self.taken.of(call.kind)

        found = await settle(doubt, self.endpoint, skew_s=self.skew_s, taken=taken)
        self._open[doubt.topic_id].pop(call.number, None)
        if call.number in self._contested and found.cls == "recovered":
            return Found("unknown", f"{doubt.reason}; another create of the topic is unknown too")
        return found

    async def _answers(self, doubt: Doubt) -> None:
        """Wait until the creates in flight that could be taken for this one are answered."""
        if doubt.call.kind == "create" and (flying := self._flying[doubt.topic_id]):
            await asyncio.wait(set(flying))
