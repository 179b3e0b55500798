"""The whole model, replication by replication, and the totals a row of the table is made from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from simulator import sessions, workload
from simulator.desk.codes import ABANDONED, FORM_AT_ARRIVAL, SERVED
from simulator.engines import simpy_engine
from simulator.metrics.chats import chats, instants_us

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    import pandas as pd
    from numpy.typing import NDArray

    from simulator.metrics.chats import Chats
    from simulator.scenario.world import Scenario
    from simulator.workload import Workload

    Floats = NDArray[np.float64]
    Totals = dict[str, Floats]
    Measure = Callable[["Replication"], Totals]

__all__ = [
    "CONTROL",
    "MINUTE",
    "Replication",
    "Steady",
    "controls_of",
    "endless_desk",
    "simulated",
    "totals",
]

MINUTE = 60_000_000
HOUR = 60 * MINUTE
CONTROL = "control: "
"""Names of totals whose mean is known to be 0 begin so."""


@dataclass(frozen=True, slots=True, eq=False)
class Replication:
    """What one replication came to, as the metrics see it."""

    scenario: Scenario
    workload: Workload
    chats: Chats
    sessions: pd.DataFrame
    agents: pd.DataFrame


def simulated(scenario: Scenario, seed: int, number: int) -> Replication:
    """Draw, simulate, tabulate."""
    drawn = workload.sample(scenario, seed, number)
    outcomes = simpy_engine.run(scenario, drawn, workload.on_duty(scenario, seed, number))
    table = sessions.session_table(scenario, drawn, outcomes).to_pandas()
    return Replication(
        scenario=scenario,
        workload=drawn,
        chats=chats(scenario, table),
        sessions=table,
        agents=sessions.agent_table(scenario, outcomes, number).to_pandas(),
    )


def totals(
    scenario: Scenario, measure: Measure, *, replications: int, seed: int, executor: Executor | None
) -> Totals:
    """The measure of every replication, one after the other; ``executor`` spreads them."""
    numbers = range(1, replications + 1)
    arguments = (repeat(scenario), repeat(measure), repeat(seed), numbers)
    over = map if executor is None else executor.map
    parts = list(over(_measured, *arguments))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _measured(scenario: Scenario, measure: Measure, seed: int, number: int) -> Totals:
    return measure(simulated(scenario, seed, number))


def controls_of(total: Totals) -> list[Floats]:
    """The controls among the totals."""
    return [values for name, values in total.items() if name.startswith(CONTROL)]


@dataclass(frozen=True, slots=True)
class Steady:
    """Totals of one replication of a desk that runs on and on, its beginning left out.

    Chats count that were requested from ``warm_up_us`` on and ``cool_down_us`` before the end, so
    that all have ended; time counts by whole intervals of the agents table in the same window.
    """

    warm_up_us: int = 4 * HOUR
    cool_down_us: int = 4 * HOUR
    stretch: float = 1.0
    """How much longer than its work a chat lasts on the endless desk of the controls."""

    def __call__(self, replication: Replication) -> Totals:
        """An entry per total: the whole window is one batch."""
        begins = self.warm_up_us
        ends = replication.scenario.horizon_us - self.cool_down_us
        found = {
            **_chat_totals(replication, begins, ends),
            **_time_totals(replication, begins, ends),
            **self._controls(replication, begins, ends),
        }
        return {name: np.array([value], dtype=np.float64) for name, value in found.items()}

    def _controls(self, replication: Replication, begins: int, ends: int) -> dict[str, float]:
        """Arrivals, their work, and what an endless desk would have made of them, less the mean."""
        from scipy.stats import poisson

        scenario, drawn = replication.scenario, replication.workload
        topic = scenario.topics[0]
        slots = sum(group.cap * group.agent_count for group in scenario.groups)
        rate = topic.arrivals.expected.sum() / scenario.horizon_us
        first = drawn.attempt == 1
        requested, work = drawn.requested_us[first], drawn.work_us[first]
        stay = np.rint(self.stretch * work) + drawn.reaction_us[first]
        inside = (requested >= begins) & (requested < ends)
        present = endless_desk(requested, stay.astype(np.int64))[inside]
        mean_work = topic.work.mean * 1e6
        reaction = 0.0 if topic.reaction is None else topic.reaction.mean * 1e6
        load = rate * (self.stretch * mean_work + reaction)
        expected = rate * (ends - begins)
        p_full = float(poisson.sf(slots - 1, load))
        excess = load * p_full - slots * float(poisson.sf(slots, load))
        return {
            f"{CONTROL}arrivals": np.count_nonzero(inside) - expected,
            f"{CONTROL}work": float((work[inside] - mean_work).sum()) / MINUTE,
            f"{CONTROL}endless desk as full": np.count_nonzero(present >= slots)
            - expected * p_full,
            f"{CONTROL}endless desk above": np.maximum(present - slots, 0).sum()
            - expected * excess,
        }


def endless_desk(requested: NDArray[np.int64], stay: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many the same customers would find on a desk that never lacks an agent.

    In M/G/∞ this is Poisson, whatever the handle time, with the offered load as its mean.
    """
    left = np.sort(requested + stay)
    return np.arange(requested.size) - np.searchsorted(left, requested, side="right")


def _chat_totals(replication: Replication, begins: int, ends: int) -> dict[str, float]:
    chat, table = replication.chats, replication.sessions
    inside = (chat.requested_us >= begins) & (chat.requested_us < ends)
    assert chat.finished[inside].all(), "the cool-down is too short"
    queued = inside & chat.queued
    served = inside & (chat.outcome == SERVED)
    abandoned = inside & (chat.outcome == ABANDONED)
    threshold_s = replication.scenario.service_level.threshold_us / 1e6
    soon = chat.wait_s <= threshold_s
    reaction_began = instants_us(replication.scenario, table["reaction_began_at"])
    until_reaction = np.where(reaction_began >= 0, reaction_began, chat.ended_us)
    unanswered = abandoned & (reaction_began < 0)
    to_reaction = (until_reaction - chat.requested_us) / MINUTE
    return {
        "arrivals": np.count_nonzero(inside),
        "blocked": np.count_nonzero(inside & (chat.outcome == FORM_AT_ARRIVAL)),
        "queued": np.count_nonzero(queued),
        "waited": np.count_nonzero(queued & chat.waited_at_arrival),
        "wait": chat.wait_s[queued].sum() / 60,
        "wait for reaction": to_reaction[queued].sum(),
        "served": np.count_nonzero(served),
        "served wait": chat.wait_s[served].sum() / 60,
        "in time": np.count_nonzero(served & soon),
        "handle": chat.handle_s[served].sum() / 60,
        "abandoned": np.count_nonzero(abandoned),
        "abandoned wait": chat.wait_s[abandoned].sum() / 60,
        "abandoned late": np.count_nonzero(abandoned & ~soon),
        "abandoned unanswered": np.count_nonzero(unanswered),
    }


def _time_totals(replication: Replication, begins: int, ends: int) -> dict[str, float]:
    """Minutes of agents by what they did, and the minutes of the clock."""
    scenario, agents = replication.scenario, replication.agents
    assert begins % scenario.interval_us == ends % scenario.interval_us == 0
    starts = instants_us(scenario, agents["interval_start"])
    inside = agents[(starts >= begins) & (starts < ends)]
    minutes = {
        name: float(inside[f"{name}_s"].sum()) / 60
        for name in ("on_duty", "reacting", "held", "slots", "work", "work_capacity", "open_0")
    }
    by_open = [
        k * float(inside[f"open_{k}_s"].sum()) / 60
        for k in range(1, max(group.cap for group in scenario.groups) + 1)
    ]
    return {**minutes, "open": sum(by_open), "clock": (ends - begins) / MINUTE}
