"""The script of a replay: the sessions of a run as calls, each with its instant and its lane.

A chat that is requested in [from, until) gets all its calls, also those that come after ``until``.
Chats that wait already at ``from`` are created then, in order of their ids, so that queue
positions are right from the start. Who never enters the queue (``form_closed``,
``form_at_arrival``) makes no call; a customer who leaves silently stays in the queue, as in the
simulation, until an agent picks the session up and ends it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from simulator.desk.codes import (
    ABANDONED,
    CLOSED,
    FORM_AT_ARRIVAL,
    FORM_CLOSED,
    FORM_IN_QUEUE,
    OUTCOMES,
)
from simulator.entity import ChatSessionStatus
from simulator.replay.calls import CUSTOMERS, KINDS, Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

__all__ = ["IN_HAND", "Chat", "Lanes", "Script", "chats_of", "script", "written"]

ENDED: Final = ChatSessionStatus.Finished.name
LEFT: Final = {
    OUTCOMES[ABANDONED]: ChatSessionStatus.ClosedFromQueue.name,
    OUTCOMES[FORM_IN_QUEUE]: ChatSessionStatus.RequestPosted.name,
    OUTCOMES[CLOSED]: ChatSessionStatus.Closed.name,
}
"""Status that a customer who leaves the queue leaves behind, by outcome."""

NEVER_QUEUED: Final = frozenset({OUTCOMES[FORM_CLOSED], OUTCOMES[FORM_AT_ARRIVAL]})

NOT_ASKED: Final = "requested outside the window"
IN_HAND: Final = "in an agent's hands at the first instant"
AT_THE_DOOR: Final = "never queued"
BEYOND: Final = "beyond the cap on pickups"

_INSTANTS: Final = {
    "requested_us": "requested_at",
    "picked_up_us": "picked_up_at",
    "ended_us": "ended_at",
    "transferred_us": "transferred_at",
    "taken_up_us": "transfer_picked_up_at",
}
_IDS: Final = {
    "number": "chat_session_id",
    "topic": "topic_id",
    "agent": "agent_id",
    "second_topic": "transfer_topic_id",
    "second_agent": "transfer_agent_id",
}


@dataclass(frozen=True, slots=True)
class Chat:
    """A row of ``sessions.parquet`` as far as it makes calls; instants are epoch µs."""

    number: int
    topic: int
    outcome: str
    requested_us: int
    picked_up_us: int | None = None
    ended_us: int | None = None
    agent: int = 0
    transferred_us: int | None = None
    taken_up_us: int | None = None
    """When it was picked up the second time."""
    second_topic: int = 0
    second_agent: int = 0

    def waits_at(self, at_us: int) -> bool:
        """Whether it was requested before an instant, and is still in the queue after it."""
        gone = self.ended_us if self.picked_up_us is None else self.picked_up_us
        return self.requested_us < at_us and self.is_queued and (gone is None or gone > at_us)

    def is_held_at(self, at_us: int) -> bool:
        """Whether an agent has it at an instant."""
        begun = self.picked_up_us is not None and self.picked_up_us <= at_us
        return begun and (self.ended_us is None or self.ended_us > at_us)

    @property
    def is_queued(self) -> bool:
        """Whether it ever stands in the queue."""
        return self.outcome not in NEVER_QUEUED


@dataclass(frozen=True, slots=True)
class Lanes:
    """Who sends for whom, and what they may answer; agents and topics by simulated id."""

    of_agent: Mapping[int, str]
    answers: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Script:
    """The calls, and what is not among them."""

    calls: tuple[Call, ...]
    carried: tuple[int, ...]
    """Chats that wait already at the first instant."""
    left_out: dict[str, int]
    """Chats without calls, by reason."""
    cut_pickups: int
    """Pickups beyond the cap."""
    left_waiting: int
    """Chats that are created and neither picked up nor given up."""


def chats_of(sessions: pd.DataFrame) -> list[Chat]:
    """The rows of one replication, in their order."""
    columns: dict[str, list[Any]] = {"outcome": sessions["outcome"].astype(str).tolist()}
    for name, column in _INSTANTS.items():
        instants = sessions[column]
        epoch_us = instants.to_numpy(dtype="datetime64[us]").astype("int64").tolist()
        pairs = zip(epoch_us, instants.notna(), strict=True)
        columns[name] = [at if known else None for at, known in pairs]
    for name, column in _IDS.items():
        columns[name] = sessions[column].fillna(0).astype("int64").tolist()
    rows = zip(*columns.values(), strict=True)
    return [Chat(**dict(zip(columns, row, strict=True))) for row in rows]


def script(
    chats: Sequence[Chat],
    lanes: Lanes,
    *,
    first_us: int,
    until_us: int,
    mode: str,
    max_pickups: int,
) -> Script:
    """The calls of the chats requested in [``first_us``, ``until_us``), epoch µs.

    ``mode`` is ``pickups``, for these alone, or ``full``. Once ``max_pickups`` are planned no
    further chat is created or picked up; what was begun goes on to its end.
    """
    waiting = [chat for chat in chats if chat.waits_at(first_us)]
    asked = [chat for chat in chats if first_us <= chat.requested_us < until_us]
    queued = [chat for chat in asked if chat.is_queued]
    carried = frozenset(chat.number for chat in waiting)
    calls = [
        call
        for chat in (*waiting, *queued)
        for call in _calls(chat, lanes, first_us, full=mode == "full")
    ]
    kept, cut = _cut(_in_order(calls), max_pickups)
    held = sum(chat.requested_us < first_us and chat.is_held_at(first_us) for chat in chats)
    reasons = {
        NOT_ASKED: len(chats) - len(asked) - len(waiting) - held,
        IN_HAND: held,
        AT_THE_DOOR: len(asked) - len(queued),
        BEYOND: len({call.chat for call in calls} - {call.chat for call in kept}),
    }
    return Script(
        tuple(replace(call, number=number) for number, call in enumerate(kept, start=1)),
        tuple(sorted(carried)),
        {reason: count for reason, count in reasons.items() if count},
        cut,
        _left_waiting(kept),
    )


def written(kinds: Iterable[str]) -> dict[str, int]:
    """How many calls of each kind, as people think of them: from the request to the end.

    >>> written(["end", "create", "pickup", "create"])
    {'create': 2, 'pickup': 1, 'end': 1}
    """
    counted = Counter(kinds)
    order = ("create", "leave", "pickup", "transfer", "accept", "end")
    return {kind: counted[kind] for kind in order if counted[kind]}


def _calls(chat: Chat, lanes: Lanes, first_us: int, *, full: bool) -> Iterator[Call]:
    """All calls of a chat, as yet without numbers."""
    if full:
        yield _call(chat, "create", max(chat.requested_us, first_us) - first_us)
    if chat.picked_up_us is not None:
        due_us = chat.picked_up_us - first_us
        touches = lanes.answers[chat.agent]
        yield _by_agent(chat, "pickup", due_us, lanes, chat.agent, touches=touches)
        if full:
            yield from _after_pickup(chat, lanes, first_us)
    elif full and chat.outcome in LEFT and chat.ended_us is not None:
        yield _call(chat, "leave", chat.ended_us - first_us, status=LEFT[chat.outcome])


def _after_pickup(chat: Chat, lanes: Lanes, first_us: int) -> Iterator[Call]:
    """What becomes of a chat in an agent's hands.

    A transfer that nobody takes up is none: the first agent ends the chat then. One between two
    agents of one credential is none either, as for the tenant nothing changes.
    """
    last, ended_us = chat.agent, chat.ended_us
    if chat.transferred_us is not None and chat.taken_up_us is not None:
        one, other = lanes.of_agent[chat.agent], lanes.of_agent[chat.second_agent]
        last = chat.second_agent
        if one != other:
            due_us = chat.transferred_us - first_us
            yield _by_agent(chat, "transfer", due_us, lanes, chat.agent, to_lane=other)
            due_us = chat.taken_up_us - first_us
            accept = _by_agent(chat, "accept", due_us, lanes, last, to_lane=one)
            yield replace(accept, topic=chat.second_topic)
    elif chat.transferred_us is not None and ended_us is not None:
        ended_us = chat.transferred_us
    if ended_us is not None:
        yield _by_agent(chat, "end", ended_us - first_us, lanes, last, status=ENDED)


def _call(chat: Chat, kind: str, due_us: int, *, status: str = "") -> Call:
    touches = (chat.topic,)
    return Call(0, due_us, kind, chat.number, chat.topic, touches, CUSTOMERS, status=status)


def _by_agent(
    chat: Chat,
    kind: str,
    due_us: int,
    lanes: Lanes,
    agent: int,
    *,
    touches: tuple[int, ...] = (),
    to_lane: str = "",
    status: str = "",
) -> Call:
    lane = lanes.of_agent[agent]
    return Call(0, due_us, kind, chat.number, chat.topic, touches, lane, agent, to_lane, status)


def _in_order(calls: Iterable[Call]) -> list[Call]:
    """By instant; within one as the desk goes about it, then by chat.

    What becomes of a chat in one instant stays in its order: whoever is picked up at the very
    instant of the request (reactions may take no time) is so after it, and before the next comes.
    """
    last: dict[int, tuple[int, int]] = {}
    placed: list[tuple[int, int, int, int, Call]] = []
    for call in calls:
        kind = KINDS.index(call.kind)
        due_us, before = last.get(call.chat, (-1, 0))
        place = max(kind, before) if due_us == call.due_us else kind
        last[call.chat] = (call.due_us, place)
        placed.append((call.due_us, place, call.chat, len(placed), call))
    return [call for *_, call in sorted(placed, key=lambda each: each[:-1])]


def _cut(calls: Sequence[Call], max_pickups: int) -> tuple[list[Call], int]:
    """The calls with no pickup beyond the cap, nor what only follows from one; and how many."""
    kept: list[Call] = []
    begun: set[int] = set()
    cut: set[int] = set()
    pickups = 0
    for call in calls:
        if call.kind == "pickup" and pickups >= max_pickups:
            cut.add(call.chat)
        elif call.kind == "create" and pickups >= max_pickups:
            continue
        elif call.chat not in cut and (call.chat in begun or call.kind in ("create", "pickup")):
            pickups += call.kind == "pickup"
            begun.add(call.chat)
            kept.append(call)
    return kept, len(cut)


def _left_waiting(calls: Iterable[Call]) -> int:
    chats: dict[str, set[int]] = {kind: set() for kind in KINDS}
    for call in calls:
        chats[call.kind].add(call.chat)
    return len(chats["create"] - chats["pickup"] - chats["leave"])
