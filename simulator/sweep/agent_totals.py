"""What one replication's agents' time adds up to, by clock interval, of all and by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.sweep.clock import Time, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.sweep.clock import Clock

__all__ = ["TIMES", "agent_sums"]

TIMES: Final = (
    *("duty_s", "present_s", "busy_s", "open_chat_s"),
    *("slots_held_s", "slots_offered_s", "work_s", "work_offered_s"),
)
"""The kinds of agents' time, in the order in which ``agent_sums`` gives them."""


def agent_sums(scenario: Scenario, outcomes: Outcomes, clock: Clock) -> NDArray[np.float64]:
    """Agents' time in seconds, as the agents table and ``metrics`` define it.

    An agent's whole time counts for every topic that they may answer: time belongs to no topic.

    Returns:
        (``TIMES``, topics + 1, intervals), that of all agents before the topics.
    """
    by_group = _by_group_us(scenario, outcomes, clock)
    sums = np.empty((len(TIMES), len(scenario.topics) + 1, len(clock)))
    sums[:, 0] = by_group.sum(axis=1)
    for topic in range(len(scenario.topics)):
        able = [g for g, group in enumerate(scenario.groups) if topic in group.topics]
        sums[:, topic + 1] = by_group[:, able].sum(axis=1)
    return sums / 1e6


def _by_group_us(scenario: Scenario, outcomes: Outcomes, clock: Clock) -> NDArray[np.float64]:
    """The same by group of agents: (``TIMES``, groups, intervals), in microseconds."""
    groups = scenario.groups
    largest = max((group.cap for group in groups), default=1)
    group_of = np.array([agent.group for agent in scenario.agents], dtype=np.int64)

    duty, present, besides = _clocked(scenario, outcomes, clock, group_of)
    by_open = _by_open_chats(scenario, outcomes, clock, group_of, largest)
    output = np.zeros((len(groups), largest + 1))
    for row, group in zip(output, groups, strict=True):
        row[1 : group.cap + 1] = [float(rate) for rate in group.output]
    caps = np.array([group.cap for group in groups], dtype=np.int64)[:, np.newaxis]
    open_chat, work = np.zeros_like(present), np.zeros_like(present)
    for k in range(1, largest + 1):  # in this order everywhere: a float's sum depends on it
        open_chat += k * by_open[k]
        work += output[:, k, np.newaxis] * by_open[k]
    full_output = np.take_along_axis(output, caps, axis=1)
    return np.stack(
        [
            *(duty, present, by_open[1:].sum(axis=0), open_chat),
            *(open_chat + besides, caps * present, work, full_output * present),
        ]
    )


def _clocked(
    scenario: Scenario, outcomes: Outcomes, clock: Clock, group_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Duty, presence, and slots held besides open chats: (3, groups, intervals) in microseconds."""
    groups = len(scenario.groups)
    wrap_ups = _wrap_ups(scenario, outcomes)
    kinds = (outcomes.duty, outcomes.presence, outcomes.reactions, wrap_ups)
    spans = np.concatenate(kinds)
    kind = np.repeat(np.array([0, 1, 2, 2]), [len(part) for part in kinds])
    time = Time(clock, 3 * groups)
    time.add(spans[:, 1], spans[:, 2], kind * groups + group_of[spans[:, 0]])
    return time.total_us().reshape(3, groups, len(clock))


def _wrap_ups(scenario: Scenario, outcomes: Outcomes) -> NDArray[np.int64]:
    """The wrap-ups that took time, as (spans, 3) of agent, from, until."""
    rows = np.flatnonzero(outcomes.wrapped_up_us != outcomes.ended_us)
    last_agent = np.where(
        outcomes.transferred_us[rows] >= 0, outcomes.transfer_agent[rows], outcomes.agent[rows]
    )
    happened = (last_agent >= 0) & (outcomes.ended_us[rows] >= 0)
    rows, last_agent = rows[happened], last_agent[happened]
    until = outcomes.wrapped_up_us[rows]
    until = np.where(until >= 0, until, scenario.horizon_us)
    return np.stack([last_agent, outcomes.ended_us[rows], until], axis=1)


def _by_open_chats(
    scenario: Scenario,
    outcomes: Outcomes,
    clock: Clock,
    group_of: NDArray[np.int64],
    largest: int,
) -> NDArray[np.float64]:
    """Time with k chats open: (k, groups, intervals) in microseconds; row 0 is left at zero.

    Every pickup is a step up and every end a step down; in order of agent and instant their
    running sum is k, and back at zero where one agent's steps end and the next one's begin.
    Agent, instant and step stand in one number, since numbers sort many times faster than rows.
    """
    groups = len(scenario.groups)
    time = Time(clock, (largest + 1) * groups)
    if largest == 1:
        for agent, from_us, until_us in _handling(scenario, outcomes):
            time.add(from_us, until_us, groups + group_of[agent])
        return time.total_us().reshape(2, groups, len(clock))
    bits = int(scenario.horizon_us).bit_length()
    keys = _keys(scenario, outcomes, bits)
    keys.sort()
    k_before = 0
    for part in blocks(len(keys) - 1):
        some = keys[part.start : part.stop + 1]
        moment = some >> 1
        k = np.cumsum(2 * (some[:-1] & 1) - 1) + k_before
        k_before = int(k[-1])
        lasts = np.where(k > 0, np.diff(moment), 0)
        at_us = moment[:-1] & ((1 << bits) - 1)
        column = k if groups == 1 else k * groups + group_of[moment[:-1] >> bits]
        time.add(at_us, at_us + lasts, column)
    return time.total_us().reshape(largest + 1, groups, len(clock))


def _keys(scenario: Scenario, outcomes: Outcomes, bits: int) -> NDArray[np.int64]:
    """The steps of all agents as numbers: agent, instant, and 1 for up or 0 for down.

    At one instant the ends come first, so that k is never above the cap.
    """
    keys = [np.zeros(0, dtype=np.int64)]
    for agent, from_us, until_us in _handling(scenario, outcomes):
        who = agent << bits
        keys += [(who | from_us) * 2 + 1, (who | until_us) * 2]
    return np.concatenate(keys)


def _handling(
    scenario: Scenario, outcomes: Outcomes
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Open chats as agent, from, until, the two parts of a transferred one apart; some at a time.

    Each lasts for longer than no time.
    """
    any_transfers = bool((outcomes.transferred_us >= 0).any())
    for part in blocks(len(outcomes.row)):
        from_us, ended = outcomes.picked_up_us[part], outcomes.ended_us[part]
        ended = np.where(ended >= 0, ended, scenario.horizon_us)
        until_us = ended
        if any_transfers:
            passed_on = outcomes.transferred_us[part]
            until_us = np.where(passed_on >= 0, passed_on, ended)
        rows = np.flatnonzero((from_us >= 0) & (until_us > from_us))
        yield outcomes.agent[part][rows], from_us[rows], until_us[rows]
        if any_transfers:
            from_us = outcomes.transfer_picked_up_us[part]
            rows = np.flatnonzero((from_us >= 0) & (ended > from_us))
            yield outcomes.transfer_agent[part][rows], from_us[rows], ended[rows]
