"""How many chats an agent holds at once: the step function k(t), and each chat's time at each k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.calibration.moments import moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.history import History
    from simulator.calibration.moments import Moments

__all__ = ["MOST_LEVELS", "Held", "Spells", "held_chats"]

MOST_LEVELS: Final = 16
"""More open chats than these are counted as these: the records of a chat never closed."""


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Stretches of time in which an agent held the same number of chats, 1 or more."""

    agent: NDArray[np.intp]
    level: NDArray[np.intp]
    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]

    def total_s(self, of: NDArray[np.intp], levels: int) -> NDArray[np.float64]:
        """How long these agents together held 1, 2 … ``levels`` chats."""
        mine = np.isin(self.agent, of)
        lengths = (self.until_s - self.from_s)[mine]
        total = np.bincount(self.level[mine] - 1, weights=lengths, minlength=levels)
        return np.asarray(total[:levels], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The chats that known agents held; a row per chat, a column per level from 1."""

    row: NDArray[np.intp]
    """The session's row in the history."""
    agent: NDArray[np.intp]
    topic: NDArray[np.intp]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    outcome: NDArray[np.str_]
    unfinished: NDArray[np.bool_]
    time_at_s: NDArray[np.float64]
    """(chats, levels): how long it was open while its agent held 1, 2 … chats, it among them."""
    level_at_start: NDArray[np.intp]
    """With it."""
    level_at_end: NDArray[np.intp]
    """Just before its end, with it."""
    spells: Spells
    """Of all agents, by agent and time."""

    @property
    def counts_as_served(self) -> NDArray[np.bool_]:
        """Whose end says how much work there was: served, or picked up and ended unexplained."""
        return np.isin(self.outcome, ("served", "unknown")) & ~self.unfinished


def held_chats(history: History, *, seen: Moments | None = None) -> Held:
    """Every chat of a known agent, and the levels at which it was worked on.

    At one instant ends come before starts, so a chat that follows another at once is no overlap;
    in records of whole seconds an overlap of less than a second may be lost, none is invented.
    """
    seen = moments(history) if seen is None else seen
    row = seen.held
    agent, start, end = seen.agent[row], seen.picked_up_s[row], seen.ended_s[row]
    end = np.maximum(start, end)
    order, level, length = _course(agent, start, end)
    top = int(min(max(level.max(initial=1), 1), MOST_LEVELS))
    spent = np.zeros((len(order) + 1, top))
    busy = level > 0
    capped = np.minimum(level, top)
    spent[1:][busy, capped[busy] - 1] = length[busy]
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    starts, ends = place[: len(row)], place[len(row) :]
    who, at = np.concatenate([agent, agent])[order], np.concatenate([start, end])[order]
    lasting = busy & (length > 0)
    total = np.cumsum(spent, axis=0)
    return Held(
        row=row,
        agent=agent,
        topic=seen.topic[row],
        start_s=start,
        end_s=end,
        outcome=seen.outcome[row],
        unfinished=seen.unfinished[row],
        time_at_s=total[ends] - total[starts],
        level_at_start=np.clip(level[starts], 1, top),
        level_at_end=np.clip(level[ends] + 1, 1, top),
        spells=Spells(who[lasting], capped[lasting], at[lasting], (at + length)[lasting]),
    )


def _course(
    agent: NDArray[np.intp], start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """All starts and ends by agent and time; the level after each, and how long it lasts.

    A chat of no length ends after the starts of its instant, so that no level is below zero.
    Every agent's last event ends a chat: the level is 0 where the next agent's events begin.
    """
    at = np.concatenate([start_s, end_s])
    kind = np.concatenate([np.ones(len(start_s)), np.where(end_s > start_s, 0, 2)])
    order = np.lexsort((kind, at, np.concatenate([agent, agent])))
    level = np.cumsum(np.where(order < len(start_s), 1, -1))
    length = np.diff(at[order], append=at[order][-1:])
    return order, level, length
