"""Sessions and agents' time put into groups: by clock, by topic, by agent; and their totals."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from simulator.metrics.chats import Chats, chats, instants_us, integers, replications
from simulator.metrics.timeline import By, Folding, Timeline, fold
from simulator.metrics.warm_up import observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.metrics.uncertainty import Estimates
    from simulator.scenario.world import Scenario

__all__ = [
    "AgentTime",
    "GroupedChats",
    "GroupedTime",
    "Per",
    "grouped_chats",
    "grouped_time",
    "table",
]

Per = Literal["all", "topic", "agent"]
"""Whether figures are given for everything together, by topic, or by agent."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupedChats:
    """The chats requested after the warm-up, each with the number of its group."""

    chat: Chats
    group: NDArray[np.intp]
    """The interval of a chat is that of its request."""
    row: NDArray[np.intp]
    """Which rows of the sessions table they are."""
    labels: pd.DataFrame
    """A row per group."""
    line: Timeline
    folding: Folding

    def totals(
        self, mask: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """How many of the masked chats, or the sum of their weights: (replications, groups)."""
        groups = len(self.labels)
        cell = self.chat.replication[mask] * groups + self.group[mask]
        chosen = None if weights is None else weights[mask]
        size = self.chat.replications * groups
        counted = np.bincount(cell, weights=chosen, minlength=size)
        return counted.reshape(self.chat.replications, groups).astype(np.float64)


def grouped_chats(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "overall",
    per: Literal["all", "topic"] = "all",
    step_us: int | None = None,
) -> GroupedChats:
    """Group the chats by the clock and, if wanted, by topic; topics in the scenario's order."""
    everything = chats(scenario, sessions)
    line = observed(scenario, everything, step_us=step_us)
    folding = fold(line, by)
    place = line.locate(everything.requested_us)
    inside = (place >= 0) & (place < len(line))
    chat, row = selected(everything, inside), np.flatnonzero(inside)
    group = folding.group[place[inside]]
    if per == "all":
        return GroupedChats(chat, group, row, folding.labels, line, folding)
    names = [topic.name for topic in scenario.topics]
    labels = crossed("topic", names, folding.labels)
    return GroupedChats(chat, chat.topic * len(folding) + group, row, labels, line, folding)


def selected(chat: Chats, mask: NDArray[np.bool_]) -> Chats:
    """The masked chats; the number of replications stays."""
    arrays = {
        field.name: getattr(chat, field.name)[mask]
        for field in fields(chat)
        if field.name != "replications"
    }
    return replace(chat, **arrays)


def crossed(name: str, values: list[str], labels: pd.DataFrame) -> pd.DataFrame:
    """All of ``labels`` once for each value, which stands in a first column."""
    repeated = pd.concat([labels] * len(values), ignore_index=True)
    column = pd.Categorical(np.repeat(values, len(labels)), categories=values, ordered=True)
    return pd.concat([pd.DataFrame({name: column}), repeated], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class AgentTime:
    """The agents table as arrays, an entry per replication, agent and interval; seconds."""

    replications: int
    replication: NDArray[np.intp]
    agent: NDArray[np.intp]
    """Index into the scenario's agents."""
    interval: NDArray[np.intp]
    """Index into the observed timeline."""
    duty_s: NDArray[np.float64]
    present_s: NDArray[np.float64]
    """Time on duty, and with chats in hand after it: ``on_duty_s`` of the table."""
    open_s: NDArray[np.float64]
    """(entries, K + 1): time present with k chats open."""
    work_s: NDArray[np.float64]
    work_capacity_s: NDArray[np.float64]
    slots_s: NDArray[np.float64]
    held_s: NDArray[np.float64]
    picked_up: NDArray[np.float64]

    @property
    def busy_s(self) -> NDArray[np.float64]:
        """Time with at least one chat open."""
        busy: NDArray[np.float64] = self.open_s[:, 1:].sum(axis=1)
        return busy

    @property
    def open_chat_s(self) -> NDArray[np.float64]:
        """Time weighted with the number of chats open."""
        return self.open_s @ np.arange(self.open_s.shape[1], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class GroupedTime:
    """Agents' time after the warm-up, with membership of groups.

    An agent who may answer two topics belongs to both, so a row of the table can count twice.
    """

    time: AgentTime
    row: NDArray[np.intp]
    """An entry per membership: which entry of ``time``."""
    group: NDArray[np.intp]
    """An entry per membership: which group."""
    labels: pd.DataFrame
    line: Timeline
    folding: Folding

    def totals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of a value of ``time``: (replications, groups)."""
        groups = len(self.labels)
        cell = self.time.replication[self.row] * groups + self.group
        size = self.time.replications * groups
        summed = np.bincount(cell, weights=values[self.row], minlength=size)
        return summed.reshape(self.time.replications, groups).astype(np.float64, copy=False)


def grouped_time(
    scenario: Scenario,
    sessions: pd.DataFrame,
    agents: pd.DataFrame,
    *,
    by: By = "overall",
    per: Per = "all",
) -> GroupedTime:
    """Group agents' time by the clock interval and, if wanted, by topic or agent.

    By topic, an agent's whole time counts for every topic that they may answer: time present
    belongs to no topic.
    """
    line = observed(scenario, chats(scenario, sessions))
    folding = fold(line, by)
    time = agent_time(scenario, agents, line)
    clock = folding.group[time.interval]
    if per == "all":
        rows = np.arange(len(clock))
        return GroupedTime(time, rows, clock, folding.labels, line, folding)
    if per == "agent":
        names = [agent.name for agent in scenario.agents]
        labels = crossed("agent", names, folding.labels)
        group = time.agent * len(folding) + clock
        return GroupedTime(time, np.arange(len(clock)), group, labels, line, folding)
    answers = answered_topics(scenario)[time.agent]
    row, topic = np.nonzero(answers)
    labels = crossed("topic", [topic.name for topic in scenario.topics], folding.labels)
    return GroupedTime(time, row, topic * len(folding) + clock[row], labels, line, folding)


def answered_topics(scenario: Scenario) -> NDArray[np.bool_]:
    """(agents, topics): who may answer what."""
    may = np.zeros((len(scenario.agents), len(scenario.topics)), dtype=bool)
    for index, agent in enumerate(scenario.agents):
        may[index, list(scenario.groups[agent.group].topics)] = True
    return may


def agent_time(scenario: Scenario, agents: pd.DataFrame, line: Timeline) -> AgentTime:
    """The agents table as arrays, without the intervals of the warm-up."""
    place = line.locate(instants_us(scenario, agents["interval_start"]))
    kept = (place >= 0) & (place < len(line))
    count, replication = replications(agents["replication"])
    most = max(group.cap for group in scenario.groups)

    def seconds(column: str) -> NDArray[np.float64]:
        return agents[column].to_numpy(dtype=np.float64)[kept]

    return AgentTime(
        replications=count,
        replication=replication[kept],
        agent=agent_index(scenario, agents["agent_id"])[kept],
        interval=place[kept],
        duty_s=seconds("duty_s"),
        present_s=seconds("on_duty_s"),
        open_s=np.stack([seconds(f"open_{k}_s") for k in range(most + 1)], axis=1),
        work_s=seconds("work_s"),
        work_capacity_s=seconds("work_capacity_s"),
        slots_s=seconds("slots_s"),
        held_s=seconds("held_s"),
        picked_up=seconds("picked_up"),
    )


def agent_index(scenario: Scenario, ids: pd.Series) -> NDArray[np.intp]:
    """Agent ids as indexes into the scenario's agents, -1 where there is none."""
    lookup = np.full(max(agent.id for agent in scenario.agents) + 1, -1, dtype=np.intp)
    for index, agent in enumerate(scenario.agents):
        lookup[agent.id] = index
    return lookup[integers(ids, missing=0)]


def table(
    labels: pd.DataFrame, *columns: dict[str, NDArray[np.float64]], n: Estimates
) -> pd.DataFrame:
    """A frame of labels, then the figures, then ``n``, the observations behind them."""
    figures = {name: values for part in columns for name, values in part.items()}
    return labels.assign(**figures, n=n.n)
