"""Who answers what: agents grouped by their topics, how much they hold at once, and r(k)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.calibration.levels import held_chats
from simulator.calibration.moments import moments, running_count
from simulator.calibration.output import Exposure, fit_output, share_of_agent
from simulator.calibration.survival import Z95
from simulator.metrics.uncertainty import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.history import History
    from simulator.calibration.levels import Held, Spells
    from simulator.calibration.moments import Course, Moments
    from simulator.calibration.output import Output

__all__ = ["AgentGroup", "agent_groups", "waiting_for"]

STRAY_SHARE: Final = 0.03
"""A topic with a smaller share of an agent's pickups is a stray, not what the agent answers."""
STRAY_COUNT: Final = 3
"""Fewer pickups than this are strays, unless the agent has nothing else."""
BY_CHANCE: Final = 0.01
"""An agent lacks a topic by chance if so few pickups of it are more likely than this."""
SEVERAL: Final = 2
"""With so many waiting, agents with a free slot pick up: one customer alone may be another's."""
FEWER: Final = 0.25
"""At the cap agents pick up less than this part of what they do with one chat fewer."""
FEWEST_MISSED: Final = 5
"""So many pickups at that lesser rate tell whether agents still pick up at a level."""
PAUSE_S: Final = 900.0
"""Longer stretches without a chat are not taken to be time at work."""
NOISE_SHARE: Final = 0.04
"""Levels held for a smaller share of the busy time while somebody waited are noise."""
FEWEST_BUSY_S: Final = 3600.0
"""With less busy time while somebody waited, all busy time is looked at."""
FEWEST_ENDS: Final = 10
"""With fewer chats ended at a level its output cannot be told."""
GUESSED: Final = (0.5, 2.0)
"""The first guess of r(k)/r(k - 1) is kept in these bounds."""


@dataclass(frozen=True, slots=True, eq=False)
class AgentGroup:
    """Agents who answer the same topics."""

    name: str
    topics: tuple[str, ...]
    agents: tuple[str, ...]
    cap: int
    """Chats held at once, record noise left aside."""
    output: tuple[Estimate, ...]
    """r(1) … r(cap), r(1) = 1; without an interval where the records do not tell: then r is that
    of one chat fewer. ``n``: chats that ended at the level."""
    levels: pd.DataFrame
    """A row per level up to the cap (which stands for all above): ``k``, ``time_s`` (agents
    together), ``completions``, ``rate_per_h`` (completions per hour at the level,
    ``rate_low``, ``rate_high``), ``output_simple`` (the rate over that at level 1: r(k) if work
    were exponential), ``output``, ``low``, ``high`` (95 %)."""
    overlap_share: float
    """Of the busy time, two or more chats open."""
    words: str
    covariance: NDArray[np.float64] = field(repr=False)
    """(cap, cap), of ln r."""

    @property
    def log_output(self) -> NDArray[np.float64]:
        """The logarithms of r(1 … cap)."""
        return np.log([float(estimate.value or 1.0) for estimate in self.output])


def agent_groups(history: History) -> tuple[AgentGroup, ...]:
    """The agents of a history in groups, by the topics they pick up from.

    Pickups of unknown agents are left out. A topic that is a stray few of an agent's pickups does
    not count, and agents with so few pickups that they lack a topic by chance join those who have
    it. Empty where no pickup names its agent.

    The cap is where agents stop picking up while two or more wait: the first level at which they
    do so less than a quarter as often as with one chat fewer. What is held beyond is noise of the
    record (an end that was written late, a chat that was passed on to somebody else). Where
    pressure was too rare to tell, it is what is held at once: the highest level with 4 % of the
    busy time in which somebody waited.
    """
    seen = moments(history)
    held = held_chats(history, seen=seen)
    if not len(held.row):
        return ()
    found = _by_topics(_pickups(held, seen), seen)
    whole = len(found) == 1
    return tuple(_group(seen, held, topics, agents, whole=whole) for topics, agents in found)


def waiting_for(seen: Moments, topics: tuple[str, ...]) -> tuple[NDArray[np.float64], ...]:
    """When the sessions of these topics entered the queue, and when they left it."""
    rows = seen.among(topics) & ~np.isnan(seen.left_queue_s)
    return seen.requested_s[rows], seen.left_queue_s[rows]


# ------------------------------------------------------------------------------ who with whom


def _pickups(held: Held, seen: Moments) -> NDArray[np.int64]:
    """(agents, topics)."""
    shape = (len(seen.agents), len(seen.topics))
    cell = held.agent * shape[1] + held.topic
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)


def _by_topics(
    pickups: NDArray[np.int64], seen: Moments
) -> list[tuple[tuple[str, ...], NDArray[np.intp]]]:
    """The sets of topics and their agents (by number), fewest topics first."""
    total = pickups.sum(axis=1, keepdims=True)
    answers = (pickups >= STRAY_SHARE * total) & (pickups >= STRAY_COUNT)
    rows = np.arange(len(pickups))
    answers[rows, pickups.argmax(axis=1)] = True
    at_work = np.flatnonzero(total[:, 0] > 0)
    for agent in at_work[np.argsort(total[at_work, 0], kind="stable")]:
        answers[agent] = _as_others(agent, answers, pickups, at_work)
    sets, member = np.unique(answers[at_work], axis=0, return_inverse=True)
    named = [
        (tuple(np.array(seen.topics)[one].tolist()), at_work[member.ravel() == number])
        for number, one in enumerate(sets)
    ]
    return sorted(named, key=lambda pair: (len(pair[0]), [seen.topics.index(t) for t in pair[0]]))


def _as_others(
    agent: np.intp,
    answers: NDArray[np.bool_],
    pickups: NDArray[np.int64],
    at_work: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """The topics of those with more topics, if this agent lacks them by chance alone."""
    from scipy.stats import binom

    own: NDArray[np.bool_] = answers[agent]
    others = at_work[at_work != agent]
    wider = answers[others] & ~own
    wider = answers[others][(answers[others] | ~own).all(axis=1) & wider.any(axis=1)]
    for candidate in np.unique(wider, axis=0) if len(wider) else ():
        alike = others[(answers[others] == candidate).all(axis=1)]
        lacking = candidate & ~own
        share = pickups[alike][:, lacking].sum() / pickups[alike].sum()
        picked = pickups[agent, lacking].sum()
        if binom.cdf(picked, pickups[agent].sum(), share) > BY_CHANCE:
            return np.array(candidate, dtype=np.bool_)
    return own


# --------------------------------------------------------------------------- what they hold


def _group(
    seen: Moments, held: Held, topics: tuple[str, ...], agents: NDArray[np.intp], *, whole: bool
) -> AgentGroup:
    spent = held.spells.total_s(agents, held.time_at_s.shape[1])
    cap, told = _cap(seen, held, topics, agents)
    mine = np.isin(held.agent, agents)
    exposure = _exposure(held, mine, cap)
    levels = _simple_levels(exposure, spent)
    output = fit_output(exposure, _first_guess(levels))
    estimates = _estimates(output, levels["completions"].to_numpy())
    values = [(each.value, each.low, each.high) for each in estimates]
    levels[["output", "low", "high"]] = np.array(values, dtype=np.float64)
    return AgentGroup(
        name="Agents" if whole else " + ".join(topics),
        topics=topics,
        agents=tuple(seen.agents[number] for number in agents),
        cap=cap,
        output=estimates,
        levels=levels,
        overlap_share=float(spent[1:].sum() / spent.sum()) if spent.sum() else 0.0,
        words=_words(seen, estimates, told=told),
        covariance=output.covariance,
    )


def _cap(
    seen: Moments, held: Held, topics: tuple[str, ...], agents: NDArray[np.intp]
) -> tuple[int, bool]:
    """The level at which agents stop picking up, and True.

    Or what was held, and False, where too seldom several waited to tell.
    """
    came, left = waiting_for(seen, topics)
    queue = running_count((came, 1), (left, -1))
    time_s, pickups = _pressed(held, agents, queue)
    rate = pickups / np.maximum(np.maximum(time_s, pickups), 1.0)
    for level in range(1, len(rate)):
        few = rate[level - 1] * FEWER
        if rate[level] < few and time_s[level] * few >= FEWEST_MISSED:
            return level, True
        if rate[level] < few or pickups[level] < FEWEST_MISSED:
            return max(level, _most_held(held.spells, agents, queue)), False
    return len(rate) - 1, True


def _pressed(
    held: Held, agents: NDArray[np.intp], queue: Course
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Agents' time with 0, 1, 2 … chats open while several wait, and what they picked up then."""
    several = queue.count >= SEVERAL
    top = held.time_at_s.shape[1]
    since, until, level = _spells_and_pauses(held.spells, agents)
    lengths = queue.seconds(several, until) - queue.seconds(several, since)
    picked = np.isin(held.agent, agents) & (queue.before(held.start_s) >= SEVERAL)
    before = held.level_at_start[picked] - 1
    counts = np.bincount(before, minlength=top + 1).astype(np.float64)
    time_s = np.bincount(level, weights=lengths, minlength=top + 1)
    return time_s.astype(np.float64), counts


def _spells_and_pauses(
    spells: Spells, agents: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """The agents' stretches with 1, 2 … chats open, and short ones between them with none."""
    mine = np.isin(spells.agent, agents)
    agent, level = spells.agent[mine], spells.level[mine]
    since, until = spells.from_s[mine], spells.until_s[mine]
    pause = (agent[1:] == agent[:-1]) & (since[1:] > until[:-1])
    pause &= since[1:] - until[:-1] <= PAUSE_S
    none = np.zeros(int(pause.sum()), dtype=np.intp)
    return (
        np.concatenate([since, until[:-1][pause]]),
        np.concatenate([until, since[1:][pause]]),
        np.concatenate([level, none]),
    )


def _most_held(spells: Spells, agents: NDArray[np.intp], queue: Course) -> int:
    """The highest level with more than noise of the busy time in which somebody waited."""
    mine = np.isin(spells.agent, agents)
    until, since = spells.until_s[mine], spells.from_s[mine]
    waited = queue.seconds(queue.count > 0, until) - queue.seconds(queue.count > 0, since)
    lengths = waited if waited.sum() >= FEWEST_BUSY_S else until - since
    at_level = np.bincount(spells.level[mine], weights=lengths, minlength=2)[1:]
    at_or_above = at_level[::-1].cumsum()[::-1]
    return max(int((at_or_above > NOISE_SHARE * at_level.sum()).sum()), 1)


def _exposure(held: Held, mine: NDArray[np.bool_], cap: int) -> Exposure:
    """The group's chats whose end tells of work; the topics as they are numbered."""
    used = mine & (held.counts_as_served | held.unfinished)
    return Exposure(
        time_s=share_of_agent(held.time_at_s[used], cap),
        level=np.minimum(held.level_at_end[used], cap),
        ended=held.counts_as_served[used],
        topic=held.topic[used],
    )


def _simple_levels(exposure: Exposure, spent_s: NDArray[np.float64]) -> pd.DataFrame:
    """Completions and time at each level, the cap for all above; Garwood's intervals (1936)."""
    from scipy.special import gammaincinv

    cap = exposure.time_s.shape[1]
    time_s = np.append(spent_s[: cap - 1], spent_s[cap - 1 :].sum())
    ends = np.bincount(exposure.level[exposure.ended], minlength=cap + 1)[1:]
    rate = np.divide(ends * 3600.0, time_s, out=np.full(cap, np.nan), where=time_s > 0)
    low, high = gammaincinv(ends, 0.025), gammaincinv(ends + 1, 0.975)
    hours = np.where(time_s > 0, time_s / 3600, np.nan)
    simple = rate / rate[0] if rate[0] > 0 else np.full(cap, np.nan)
    return pd.DataFrame(
        {
            "k": np.arange(1, cap + 1),
            "time_s": time_s,
            "completions": ends,
            "rate_per_h": rate,
            "rate_low": np.where(ends > 0, low, 0.0) / hours,
            "rate_high": high / hours,
            "output_simple": simple,
        }
    )


def _first_guess(levels: pd.DataFrame) -> NDArray[np.float64]:
    guess = levels["output_simple"].to_numpy(dtype=np.float64).copy()
    guess[0] = 1.0
    for k in range(1, len(guess)):
        rise = guess[k] / guess[k - 1]
        guess[k] = guess[k - 1] * (np.clip(rise, *GUESSED) if rise > 0 else 1.0)
    return guess


def _estimates(output: Output, ends: NDArray[np.int64]) -> tuple[Estimate, ...]:
    error = np.sqrt(np.diag(output.covariance))
    found = [Estimate(1.0, 1.0, 1.0, int(ends[0]))]
    for k in range(1, len(ends)):
        value = float(np.exp(output.log_output[k]))
        if ends[k] < FEWEST_ENDS or ends[0] < FEWEST_ENDS or not np.isfinite(error[k]):
            found.append(Estimate(found[-1].value, None, None, int(ends[k])))
            continue
        spread = float(np.exp(Z95 * error[k]))
        found.append(Estimate(value, value / spread, value * spread, int(ends[k])))
    return tuple(found)


def _words(seen: Moments, output: tuple[Estimate, ...], *, told: bool) -> str:
    said = []
    if not told:
        said.append(
            f"Too seldom did several customers wait to tell whether agents would take more than "
            f"{len(output)} at once."
        )
    unknown = [k for k, each in enumerate(output, 1) if each.low is None]
    if unknown:
        said.append(
            f"Too few chats ended with {unknown[0]} open to tell the output there; it is taken to "
            "be that of one chat fewer."
        )
    falls = [
        k
        for k, (less, more) in enumerate(pairwise(output), 2)
        if (more.value or 0) < (less.value or 0)
    ]
    if falls:
        said.append(f"Output falls from {falls[0] - 1} to {falls[0]} open chats, as recorded.")
    picked_up = (~np.isnan(seen.picked_up_s)).sum()
    nobody = int(picked_up - len(seen.held))
    if nobody:
        said.append(
            f"{nobody:,} of {picked_up:,} pickups name no agent or have no end and are left out."
        )
    return " ".join(said)
