"""From an engine's outcomes to the agents' time, split by clock interval.

Time is summed as integer microseconds in float64 (exact below 2**53, some 285 years), so a cell
does not depend on the order of the additions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from simulator.sessions.chats import named
from simulator.sessions.columns import agents_schema
from simulator.sessions.intervals import epoch_us, interval_edges_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario

__all__ = ["agent_table"]


def agent_table(scenario: Scenario, outcomes: Outcomes, replication: int) -> pa.Table:
    """One replication's agents, a row per agent and interval, sorted by agent and interval.

    The columns are those of :func:`simulator.sessions.agents_schema`; rows only where the agent
    was present or picked up a chat. A slot counts as held to the horizon by whatever the horizon
    cut.
    """
    cells = _Cells(len(scenario.agents), interval_edges_us(scenario))
    spans = _Spans.of(outcomes, scenario.horizon_us)
    time_us = _time_us(cells, spans, outcomes, _largest_cap(scenario))
    picked_up = cells.count(spans.handling[:, 0], spans.handling[:, 1])
    rows = np.flatnonzero((time_us["on_duty_s"] > 0) | (picked_up > 0))

    agent, interval = np.divmod(rows, cells.n)
    group = np.array([agent.group for agent in scenario.agents], dtype=np.int64)[agent]
    time_us = {name: us[rows] for name, us in time_us.items()}
    time_us |= _work_and_slots_us(scenario, group, time_us)
    time_us["interval_s"] = np.diff(cells.edges_us)[interval].astype(np.float64)
    ids = np.array([agent.id for agent in scenario.agents], dtype=np.int32)
    schema = agents_schema(scenario.timezone.key, _largest_cap(scenario))
    starts = pa.array(cells.edges_us[interval] + epoch_us(scenario.start))
    columns = {
        "replication": pa.array(np.full(len(rows), replication, dtype=np.int32)),
        "agent_id": pa.array(ids[agent]),
        "agent": named(agent, [agent.name for agent in scenario.agents]),
        "group": named(group, [group.name for group in scenario.groups]),
        "interval_start": starts.view(schema.field("interval_start").type),
        **{name: pa.array(us / 1e6) for name, us in time_us.items()},
        "picked_up": pa.array(picked_up[rows].astype(np.int32)),
    }
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def _largest_cap(scenario: Scenario) -> int:
    return max((group.cap for group in scenario.groups), default=1)


def _time_us(
    cells: _Cells, spans: _Spans, outcomes: Outcomes, largest: int
) -> dict[str, NDArray[np.float64]]:
    """What the clock says, by column and cell."""
    present = cells.time(outcomes.presence)
    by_open = _time_by_open_chats(cells, spans.handling, largest)
    by_open[0] = present - by_open[1:].sum(axis=0)
    return {
        "duty_s": cells.time(outcomes.duty),
        "on_duty_s": present,
        "reacting_s": cells.time(outcomes.reactions),
        "wrap_up_s": cells.time(spans.wrap_up),
        **{f"open_{k}_s": by_open[k] for k in range(largest + 1)},
    }


def _work_and_slots_us(
    scenario: Scenario, group: NDArray[np.int64], time_us: dict[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """What follows from the times by the output and the cap of each row's group."""
    largest = _largest_cap(scenario)
    output, caps = _outputs(scenario, largest)
    present = time_us["on_duty_s"]
    work = np.zeros(len(group))
    held = time_us["reacting_s"] + time_us["wrap_up_s"]
    for k in range(1, largest + 1):  # in this order everywhere: a float's sum depends on it
        work += output[group, k] * time_us[f"open_{k}_s"]
        held += k * time_us[f"open_{k}_s"]
    return {
        "work_s": work,
        "work_capacity_s": output[group, caps[group]] * present,
        "slots_s": caps[group] * present,
        "held_s": held,
    }


@dataclass(frozen=True, slots=True)
class _Spans:
    """What held the agents' slots besides reactions: rows of (agent, from_us, until_us)."""

    handling: NDArray[np.int64]
    """Open chats, the two parts of a transferred one apart."""
    wrap_up: NDArray[np.int64]

    @classmethod
    def of(cls, outcomes: Outcomes, horizon_us: int) -> _Spans:
        def until(ended: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.where(ended >= 0, ended, horizon_us)

        passed_on = outcomes.transferred_us >= 0
        first_until = np.where(passed_on, outcomes.transferred_us, until(outcomes.ended_us))
        first = _stacked(outcomes.agent, outcomes.picked_up_us, first_until)
        second = _stacked(
            outcomes.transfer_agent, outcomes.transfer_picked_up_us, until(outcomes.ended_us)
        )
        last_agent = np.where(passed_on, outcomes.transfer_agent, outcomes.agent)
        wrap_up = _stacked(last_agent, outcomes.ended_us, until(outcomes.wrapped_up_us))
        return cls(handling=np.concatenate([first, second]), wrap_up=wrap_up)


def _stacked(
    agent: NDArray[np.int64], from_us: NDArray[np.int64], until_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows of (agent, from, until) for what happened and has an agent."""
    happened = (agent >= 0) & (from_us >= 0)
    return np.stack([agent[happened], from_us[happened], until_us[happened]], axis=1)


class _Cells:
    """Agent x interval, flat: cell ``agent * n + interval``."""

    def __init__(self, agents: int, edges_us: NDArray[np.int64]) -> None:
        self.edges_us = edges_us
        self.n = len(edges_us) - 1
        self.size = agents * self.n

    def time(self, spans: NDArray[np.int64]) -> NDArray[np.float64]:
        """Microseconds of the spans (agent, from, until) that fall into each cell."""
        agent, from_us, until_us = spans.T
        cell, length, _ = self.pieces(agent, from_us, until_us)
        return _summed(cell, length, self.size)

    def count(self, agent: NDArray[np.int64], at_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many instants fall into each cell."""
        cell = agent * self.n + self._interval(at_us)
        return np.bincount(cell, minlength=self.size).astype(np.int64)

    def pieces(
        self, agent: NDArray[np.int64], from_us: NDArray[np.int64], until_us: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The spans cut at the edges: each piece's cell, its length, and the span it is of."""
        first = self._interval(from_us)
        # A span that ends at an edge does not reach into the next interval.
        last = np.maximum(self._interval(until_us - 1), first)
        parts = last - first + 1
        span = np.repeat(np.arange(len(agent)), parts)
        nth = np.arange(len(span)) - np.repeat(np.cumsum(parts) - parts, parts)
        interval = first[span] + nth
        begins = np.maximum(from_us[span], self.edges_us[interval])
        ends = np.minimum(until_us[span], self.edges_us[interval + 1])
        return agent[span] * self.n + interval, ends - begins, span

    def _interval(self, at_us: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self.edges_us, at_us, side="right") - 1


def _time_by_open_chats(
    cells: _Cells, handling: NDArray[np.int64], largest: int
) -> NDArray[np.float64]:
    """Microseconds with k open chats, as (largest + 1, cells); row 0 is left at zero.

    Every pickup is a step up and every end a step down. In order of agent and instant their
    running sum is k, and it is back at zero where one agent's steps end and the next one's begin.
    """
    agent, from_us, until_us = handling.T
    who = np.concatenate([agent, agent])
    at_us = np.concatenate([from_us, until_us])
    step = np.repeat(np.array([1, -1]), len(agent))
    # One key sorts many times faster than two; steps at one instant may come in any order.
    order = np.argsort(who * (cells.edges_us[-1] + 1) + at_us)
    who, at_us = who[order], at_us[order]
    k = np.cumsum(step[order])
    lasts = (k[:-1] > 0) & (at_us[1:] > at_us[:-1])
    cell, length, stretch = cells.pieces(who[:-1][lasts], at_us[:-1][lasts], at_us[1:][lasts])
    place = k[:-1][lasts][stretch] * cells.size + cell
    by_open = _summed(place, length, (largest + 1) * cells.size)
    return by_open.reshape(largest + 1, cells.size)


def _summed(place: NDArray[np.int64], us: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """The sum of ``us`` at each place."""
    return np.bincount(place, weights=us, minlength=size).astype(np.float64, copy=False)


def _outputs(scenario: Scenario, largest: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """r(k) by group and k (0 beyond the group's cap), and each group's cap."""
    output = np.zeros((len(scenario.groups), largest + 1))
    for row, group in zip(output, scenario.groups, strict=True):
        row[1 : group.cap + 1] = [float(rate) for rate in group.output]
    return output, np.array([group.cap for group in scenario.groups], dtype=np.int64)
