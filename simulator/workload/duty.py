"""Who comes to work: shifts and headcounts with the absences applied."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from simulator.workload.drawn import Duty
from simulator.workload.streams import STREAMS, WHOLE_SCENARIO, generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario.world import Agent, Group, Scenario

__all__ = ["on_duty"]


def on_duty(scenario: Scenario, seed: int, replication: int) -> Duty:
    """Who comes to work in one replication.

    An agent is absent on a whole local date or not at all: the shifts that begin on it fall
    away; a staffing table's headcount of n is what is left of the group's first n agents. Each
    agent's absences hang on their name, so hiring somebody makes nobody else ill.
    """
    absent = _absences(scenario, seed, replication)
    return Duty(
        replication=replication,
        spans=_spans(scenario.agents, absent),
        headcount=_headcount(scenario.groups, absent),
        absent=absent,
    )


def _absences(scenario: Scenario, seed: int, replication: int) -> NDArray[np.bool_]:
    absent = np.zeros((len(scenario.agents), len(scenario.dates)), dtype=np.bool_)
    for row, agent in enumerate(scenario.agents):
        probability = scenario.groups[agent.group].absent
        if probability > 0:
            name = zlib.crc32(agent.name.encode())
            rng = generator(seed, replication, WHOLE_SCENARIO, STREAMS["absence"], name)
            absent[row] = rng.random(len(scenario.dates)) < probability
    return absent


def _spans(agents: tuple[Agent, ...], absent: NDArray[np.bool_]) -> NDArray[np.int64]:
    spans: list[list[int]] = []
    for row, agent in enumerate(agents):
        before = -1
        for from_us, until_us, day in agent.duty:
            if absent[row, day]:
                continue
            if from_us == before:
                spans[-1][2] = until_us
            else:
                spans.append([row, from_us, until_us])
            before = until_us
    spans.sort(key=lambda span: (span[1], span[0]))
    return np.array(spans, dtype=np.int64).reshape(-1, 3)


def _headcount(groups: tuple[Group, ...], absent: NDArray[np.bool_]) -> NDArray[np.int64]:
    steps: list[tuple[int, int, int]] = []
    for index, group in enumerate(groups):
        last = group.first_agent + group.agent_count
        # present[n, day]: how many of the group's first n agents come on that day.
        present = np.zeros((group.agent_count + 1, absent.shape[1]), dtype=np.int64)
        np.cumsum(~absent[group.first_agent : last], axis=0, out=present[1:])
        before = -1
        for from_us, agents, day in group.headcount or ():
            count = int(present[agents, day])
            if count != before:
                steps.append((index, from_us, count))
            before = count
    steps.sort(key=lambda step: (step[1], step[0]))
    return np.array(steps, dtype=np.int64).reshape(-1, 3)
