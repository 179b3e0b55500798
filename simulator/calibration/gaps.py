"""Gaps between a chat's end and the same agent's next pickup, while somebody needed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.calibration.agent_groups import waiting_for
from simulator.calibration.levels import held_chats
from simulator.calibration.moments import moments, running_count
from simulator.calibration.presence import stays
from simulator.calibration.survival import hazard, survival_curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from simulator.calibration.agent_groups import AgentGroup
    from simulator.calibration.history import History
    from simulator.calibration.levels import Held
    from simulator.calibration.moments import Moments

__all__ = ["Gaps", "absence_from", "gaps"]

LEAST_ABSENCE_S: Final = 300.0
"""Unless the gaps themselves tell, longer ones are absences."""
TIMES_MEDIAN: Final = 10.0
"""Or longer than this many times the median gap, if that is more: of an exponential gap one in a
thousand is."""
SLOWER: Final = 15.0
"""Absence begins where agents come back this much more slowly than from the usual gap."""
EDGES_S: Final = (30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1800)
SHORT_EDGES_S: Final = (2, 4, 6, 8, 10, 15, 20)
FEWEST_BACK: Final = 5
"""A rate is listed where as many agents came back."""
FEWEST: Final = 100
"""With fewer gaps the rate of coming back is not looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """How long freed slots stayed empty while somebody needed them."""

    observed_s: NDArray[np.float64]
    """Ended by a pickup of the same agent."""
    censored_s: NDArray[np.float64]
    """Cut short: nobody was left who needed the slot, or another slot of the agent came free."""
    absence_s: float
    """Longer gaps are absences (:func:`absence_from`)."""

    @property
    def kept_s(self) -> NDArray[np.float64]:
        """The observed gaps that are no absences."""
        return self.observed_s[self.observed_s <= self.absence_s]

    @property
    def kept_censored_s(self) -> NDArray[np.float64]:
        """Those cut short that are not known to be absences."""
        return self.censored_s[self.censored_s <= self.absence_s]

    @property
    def absent_share(self) -> float:
        """The share of the observed gaps that are absences; nan without gaps."""
        return float((self.observed_s > self.absence_s).mean()) if self.observed_s.size else np.nan

    @property
    def curve(self) -> pd.DataFrame:
        """Kaplan–Meier of all gaps, absences included: ``survival_curve``; empty without gaps."""
        table = survival_curve(self.observed_s, self.censored_s)
        return table if self.observed_s.size else table.head(0)

    @property
    def hazard(self) -> pd.DataFrame:
        """The rate of coming back by length of the gap (``survival.hazard``), where enough did."""
        longest = float(self.observed_s.max(initial=0.0))
        edges = [0.0, *(edge for edge in (*SHORT_EDGES_S, *EDGES_S) if edge <= longest)]
        table = hazard(self.observed_s, self.censored_s, edges_s=[*edges, edges[-1] + 30.0])
        return table[table["events"] >= FEWEST_BACK].reset_index(drop=True)


def gaps(history: History, groups: Sequence[AgentGroup], group: AgentGroup) -> Gaps:
    """The gaps of a group's agents after they gave up the last of their slots that was taken.

    A gap begins when an agent with ``cap`` chats open ends one while at least as many chats wait
    as there are free slots among the present agents who may answer them, this one included: then
    somebody waits whom no other agent can be reacting to. It is cut short when that ceases to be
    so, and when another chat of this agent ends, since then two slots are open.
    """
    seen = moments(history)
    held = held_chats(history, seen=seen)
    queue = running_count(*_queue_steps(seen, group))
    need = running_count(
        *_queue_steps(seen, group), *_slot_steps(history, seen, held, groups, group)
    )
    mine = np.isin(held.agent, _numbers(seen, group))
    full = mine & (held.level_at_end >= group.cap)
    full[full] = (need.at(held.end_s[full]) >= 0) & (queue.before(held.end_s[full]) > 0)
    since = held.end_s[full]
    nobody = queue.next_where(queue.count <= 0, since)
    cut = np.minimum(nobody, need.next_where(need.count < 0, since))
    return _followed(held, mine, full, cut, several=group.cap > 1)


def _numbers(seen: Moments, group: AgentGroup) -> list[int]:
    return [seen.agents.index(name) for name in group.agents]


def _queue_steps(seen: Moments, group: AgentGroup) -> list[tuple[NDArray[np.float64], int]]:
    came, left = waiting_for(seen, group.topics)
    return [(came, 1), (left, -1)]


def _slot_steps(
    history: History,
    seen: Moments,
    held: Held,
    groups: Sequence[AgentGroup],
    group: AgentGroup,
) -> list[tuple[NDArray[np.float64], int]]:
    """Minus the free slots of all present agents who share a topic with the group."""
    there = stays(history, groups)
    steps: list[tuple[NDArray[np.float64], int]] = []
    for one in groups:
        if not set(one.topics) & set(group.topics):
            continue
        present = np.isin(there.agent, _numbers(seen, one))
        chats = np.isin(held.agent, _numbers(seen, one))
        steps += [(there.from_s[present], -one.cap), (there.until_s[present], one.cap)]
        steps += [(held.start_s[chats], 1), (held.end_s[chats], -1)]
    return steps


def _followed(
    held: Held,
    mine: NDArray[np.bool_],
    freed: NDArray[np.bool_],
    cut: NDArray[np.float64],
    *,
    several: bool,
) -> Gaps:
    """From each freed slot to the next pickup, or to what cuts the gap short before."""
    agent, since = held.agent[freed], held.end_s[freed]
    pickup = _next_own(held.agent[mine], held.start_s[mine], agent, since, side="left")
    if several:
        ends = _next_own(held.agent[mine], held.end_s[mine], agent, since, side="right")
        cut = np.minimum(cut, ends)
    ended = (pickup <= cut) & np.isfinite(pickup)
    cut_short = ~ended & np.isfinite(cut)
    observed = (pickup - since)[ended]
    censored = (cut - since)[cut_short]
    return Gaps(observed, censored, absence_from(observed, censored))


def absence_from(observed_s: NDArray[np.float64], censored_s: NDArray[np.float64]) -> float:
    """The gap above which an agent is taken to have been away, seconds.

    That is where the rate of coming back (the hazard) has surely fallen to a fifteenth of what it
    is in gaps up to twice the median: who is not back by then does something else. If it never
    falls so far, five minutes or ten times the median gap, whichever is longer.
    """
    if not observed_s.size:
        return LEAST_ABSENCE_S
    median = float(np.median(observed_s))
    usual = 2 * max(median, 1.0)
    if observed_s.size >= FEWEST:
        edges = [0.0, usual, *(edge for edge in EDGES_S if edge > usual)]
        table = hazard(observed_s, censored_s, edges_s=edges)
        slow = table["high"] < table["per_min"].iloc[0] / SLOWER
        if slow.any():
            return float(table["from_s"][slow.idxmax()])
    return max(LEAST_ABSENCE_S, TIMES_MEDIAN * median)


def _next_own(
    agents: NDArray[np.intp],
    instants_s: NDArray[np.float64],
    agent: NDArray[np.intp],
    after_s: NDArray[np.float64],
    *,
    side: str,
) -> NDArray[np.float64]:
    """Each agent's first instant from ``after_s`` on (side left) or later (right); inf if none."""
    order = np.lexsort((instants_s, agents))
    owner, at = agents[order], instants_s[order]
    found = np.full(len(agent), np.inf)
    for number in np.unique(agent):
        own = np.append(at[owner == number], np.inf)
        asked = agent == number
        place = np.searchsorted(own, after_s[asked], side="left" if side == "left" else "right")
        found[asked] = own[place]
    return found
