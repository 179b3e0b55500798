"""How long an agent takes to take the next in queue, seen where nothing else can be the cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.calibration.agent_groups import waiting_for
from simulator.calibration.durations import fit_durations
from simulator.calibration.levels import held_chats
from simulator.calibration.moments import moments, running_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.calibration.agent_groups import AgentGroup
    from simulator.calibration.durations import Fits
    from simulator.calibration.history import History
    from simulator.calibration.levels import Held
    from simulator.calibration.moments import Moments

__all__ = ["AT_ONCE_S", "Reaction", "reaction"]

IDLE_S: Final = 900.0
"""An agent who does nothing for longer may not be there."""
SETTLED_S: Final = 120.0
"""An agent with one slot who ended a chat less than this ago may be wrapping up."""
AT_ONCE_S: Final = 1.0
"""Whoever is answered within this was given to an agent by a machine."""
MACHINE_SHARE: Final = 0.3
"""People do not answer this many at once. (The others waited for a wrap-up, or a short absence.)"""
FEWEST: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Reaction:
    """From the arrival of a chat for which an agent is free to its pickup."""

    topic: str
    observed_s: NDArray[np.float64]
    """Of chats that met no queue and an idle agent, and were picked up before anybody else came."""
    censored_s: NDArray[np.float64]
    """Cut short: the customer left, or the next one came and may have hastened it."""
    fits: Fits | None
    """None where chats are answered at once, or the records cannot tell."""
    none_share: float
    """Of such chats that were picked up: answered within a second; nan if there were none."""
    words: str

    @property
    def at_once(self) -> bool:
        """Whether a machine hands out the chats."""
        return self.none_share > MACHINE_SHARE


def reaction(history: History, groups: Sequence[AgentGroup], topic: str) -> Reaction:
    """The reaction to chats of a topic, where it begins at the arrival.

    That is so for a chat that meets an empty queue (of all topics its agents answer) while one of
    these agents is idle: no chat open, between two chats not more than 15 minutes apart, and, with
    one slot only, two minutes after the last end, so that no wrap-up is left. The time to pickup
    is then the chat's reaction. It is cut short when the customer leaves, and by the next arrival
    for these agents: whoever's reaction ends takes the longest-waiting chat, so that another's
    reaction may be what ended the wait.
    """
    seen = moments(history)
    answering = [group for group in groups if topic in group.topics]
    if not answering:
        return _unknown(topic, "No agent is known to answer it.")
    shared = tuple(dict.fromkeys(name for group in answering for name in group.topics))
    came, left = waiting_for(seen, shared)
    rows = np.flatnonzero(seen.among((topic,)) & ~np.isnan(seen.left_queue_s))
    requested = seen.requested_s[rows]
    free = _met_no_queue(requested, came, left)
    free &= _an_idle_agent(seen, held_chats(history, seen=seen), answering, requested)
    rows, requested = rows[free], requested[free]
    picked_up, gone = seen.picked_up_s[rows], seen.left_queue_s[rows]
    next_came = _next(came, requested)
    ends_by_pickup = ~np.isnan(picked_up) & (picked_up <= next_came)
    observed = (picked_up - requested)[ends_by_pickup]
    censored = (np.minimum(gone, next_came) - requested)[~ends_by_pickup]
    return _judged(topic, observed, censored)


def _met_no_queue(
    requested_s: NDArray[np.float64], came_s: NDArray[np.float64], left_s: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Nobody waiting just before, nobody else coming at the same instant."""
    queue = running_count((came_s, 1), (left_s, -1))
    ordered = np.sort(came_s)
    alone = np.searchsorted(ordered, requested_s, "right") - np.searchsorted(ordered, requested_s)
    return np.asarray((queue.before(requested_s) == 0) & (alone == 1))


def _an_idle_agent(
    seen: Moments, held: Held, groups: Sequence[AgentGroup], requested_s: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether some agent of the groups was idle just before each request."""
    starts, ends = [], []
    for group in groups:
        numbers = [seen.agents.index(name) for name in group.agents]
        settled = SETTLED_S if group.cap == 1 else 0.0
        left, back = idle_spells(held, numbers)
        short = (back - left <= IDLE_S) & (back - left > settled)
        starts.append(left[short] + settled)
        ends.append(back[short])
    idle = running_count((np.concatenate(starts), 1), (np.concatenate(ends), -1))
    return idle.before(requested_s) > 0


def idle_spells(
    held: Held, agents: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From when to when each of these agents had no chat open, between two chats."""
    spells = held.spells
    mine = np.isin(spells.agent, agents)
    agent, since, until = spells.agent[mine], spells.from_s[mine], spells.until_s[mine]
    gap = (agent[1:] == agent[:-1]) & (since[1:] > until[:-1])
    return until[:-1][gap], since[1:][gap]


def _next(came_s: NDArray[np.float64], after_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first arrival after each instant; inf if there is none."""
    ordered = np.append(np.sort(came_s), np.inf)
    return np.asarray(ordered[np.searchsorted(ordered, after_s, side="right")])


def _judged(
    topic: str, observed_s: NDArray[np.float64], censored_s: NDArray[np.float64]
) -> Reaction:
    if observed_s.size < FEWEST:
        return _unknown(
            topic,
            f"Only {observed_s.size} chats of {topic} met no queue and an agent known to be idle; "
            f"{FEWEST} are needed to tell the reaction.",
            observed_s,
            censored_s,
        )
    share = _at_once_share(observed_s)
    if share > MACHINE_SHARE:
        words = (
            f"{share:.0%} of the {observed_s.size:,} chats of {topic} that met no queue and an "
            "idle agent were answered within a second: a machine hands them out, and there is no "
            "reaction to speak of."
        )
        return Reaction(topic, observed_s, censored_s, None, share, words)
    fits = fit_durations(observed_s, censored_s)
    words = (
        f"{observed_s.size:,} chats of {topic} met no queue and an idle agent and were answered "
        f"before anybody else came, {censored_s.size:,} were not; the reaction takes "
        f"{fits.mean_s.value:.0f} s on average."
    )
    return Reaction(topic, observed_s, censored_s, fits, share, words)


def _at_once_share(observed_s: NDArray[np.float64]) -> float:
    return float((observed_s <= AT_ONCE_S).mean()) if observed_s.size else float("nan")


def _unknown(
    topic: str,
    words: str,
    observed_s: NDArray[np.float64] | None = None,
    censored_s: NDArray[np.float64] | None = None,
) -> Reaction:
    observed = np.zeros(0) if observed_s is None else observed_s
    censored = np.zeros(0) if censored_s is None else censored_s
    return Reaction(topic, observed, censored, None, _at_once_share(observed), words)
