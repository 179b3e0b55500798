"""Outcomes as the short lists that a story asserts on. Chats count from 1, agents from 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.desk.codes import OUTCOMES

if TYPE_CHECKING:
    from simulator.outcomes import Outcomes
    from tests.oracle.worlds import Chat


def each(*chats: Chat) -> tuple[tuple[Chat], ...]:
    """Customers who come once."""
    return tuple((chat,) for chat in chats)


def pickups(outcomes: Outcomes) -> list[tuple[int, int, int]]:
    """(chat, picked up, agent) of the chats that were picked up."""
    rows = enumerate(zip(outcomes.picked_up_us, outcomes.agent, strict=True), start=1)
    return [(chat, int(at), int(agent)) for chat, (at, agent) in rows if at >= 0]


def ends(outcomes: Outcomes) -> list[tuple[int, str, int]]:
    """(chat, outcome, ended) of all chats."""
    rows = enumerate(zip(outcomes.outcome, outcomes.ended_us, strict=True), start=1)
    return [(chat, OUTCOMES[code], int(at)) for chat, (code, at) in rows]


def second_pickups(outcomes: Outcomes) -> list[tuple[int, int, int]]:
    """(chat, picked up again, agent) of the chats that were transferred."""
    times = zip(
        outcomes.transferred_us,
        outcomes.transfer_picked_up_us,
        outcomes.transfer_agent,
        strict=True,
    )
    rows = enumerate(times, start=1)
    return [(chat, int(at), int(agent)) for chat, (moved, at, agent) in rows if moved >= 0]
