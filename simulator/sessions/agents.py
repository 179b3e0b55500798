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
from simulator.sessions.course import contiguous, first_of
from simulator.sessions.intervals import Finder, epoch_us, interval_edges_us

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
    outcomes = contiguous(outcomes)
    cells = _Cells(len(scenario.agents), interval_edges_us(scenario))
    held = _Held.of(outcomes, scenario.horizon_us)
    time_us = _time_us(cells, held, outcomes, _largest_cap(scenario))
    picked_up = cells.count(held.handling)
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
    cells: _Cells, held: _Held, outcomes: Outcomes, largest: int
) -> dict[str, NDArray[np.float64]]:
    """What the clock says, by column and cell."""
    present = cells.time(_Spans.of(outcomes.presence))
    by_open = _time_by_open_chats(cells, held.handling, largest)
    by_open[0] = present - by_open[1:].sum(axis=0)
    return {
        "duty_s": cells.time(_Spans.of(outcomes.duty)),
        "on_duty_s": present,
        "reacting_s": cells.time(_Spans.of(outcomes.reactions)),
        "wrap_up_s": cells.time(held.wrap_up),
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
    """Spans of agents' time, an entry each in three arrays; in no order, and they may overlap."""

    agent: NDArray[np.int64]
    from_us: NDArray[np.int64]
    until_us: NDArray[np.int64]

    @classmethod
    def of(cls, rows: NDArray[np.int64]) -> _Spans:
        """From rows of (agent, from_us, until_us)."""
        return cls(*rows.T)

    def __getitem__(self, chosen: NDArray[np.int64]) -> _Spans:
        return _Spans(self.agent[chosen], self.from_us[chosen], self.until_us[chosen])

    def __add__(self, others: _Spans) -> _Spans:
        return _Spans(
            np.concatenate([self.agent, others.agent]),
            np.concatenate([self.from_us, others.from_us]),
            np.concatenate([self.until_us, others.until_us]),
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """What held the agents' slots besides reactions."""

    handling: _Spans
    """Open chats, the two parts of a transferred one apart."""
    wrap_up: _Spans

    @classmethod
    def of(cls, outcomes: Outcomes, horizon_us: int) -> _Held:
        ended = first_of(outcomes.ended_us, horizon_us)
        passed_on = np.flatnonzero(outcomes.transferred_us >= 0)
        first = _Spans(
            outcomes.agent, outcomes.picked_up_us, first_of(outcomes.transferred_us, ended)
        )
        second = _Spans(outcomes.transfer_agent, outcomes.transfer_picked_up_us, ended)[passed_on]
        last_agent = outcomes.agent.copy()
        last_agent[passed_on] = outcomes.transfer_agent[passed_on]
        wrapped_up = first_of(outcomes.wrapped_up_us, horizon_us)
        wrap_up = _Spans(last_agent, outcomes.ended_us, wrapped_up)
        took_time = np.flatnonzero(wrapped_up > outcomes.ended_us)
        return cls(_happened(first) + _happened(second), _happened(wrap_up[took_time]))


def _happened(spans: _Spans) -> _Spans:
    """Those that have an agent and began."""
    return spans[np.flatnonzero((spans.agent >= 0) & (spans.from_us >= 0))]


class _Cells:
    """Agent x interval, flat: cell ``agent * n + interval``."""

    def __init__(self, agents: int, edges_us: NDArray[np.int64]) -> None:
        self.edges_us = edges_us
        self.n = len(edges_us) - 1
        self.size = agents * self.n
        self._finder = Finder(edges_us)

    def time(self, spans: _Spans) -> NDArray[np.float64]:
        """Microseconds of the spans that fall into each cell."""
        cell, length, _ = self.pieces(spans)
        return _summed(cell, length, self.size)

    def count(self, spans: _Spans) -> NDArray[np.int64]:
        """How many spans begin in each cell."""
        cell = spans.agent * self.n + self._finder.interval(spans.from_us)
        return np.bincount(cell, minlength=self.size).astype(np.int64)

    def pieces(
        self, spans: _Spans
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The spans cut at the edges: each piece's cell, its length, and the span it is of."""
        first = self._finder.interval(spans.from_us)
        # A span that ends at an edge does not reach into the next interval.
        last = self._finder.interval(np.maximum(spans.until_us - 1, spans.from_us))
        cell = spans.agent * self.n + first
        length = np.minimum(spans.until_us, self.edges_us[first + 1]) - spans.from_us
        span = np.arange(len(first))
        # Few reach over an edge. Their later pieces follow those that every span begins with.
        parts = last - first
        long = np.flatnonzero(parts)
        further = np.repeat(long, parts[long])
        nth = np.arange(1, len(further) + 1)
        nth -= np.repeat(np.cumsum(parts[long]) - parts[long], parts[long])
        interval = first[further] + nth
        ends = np.minimum(spans.until_us[further], self.edges_us[interval + 1])
        return (
            np.concatenate([cell, cell[further] + nth]),
            np.concatenate([length, ends - self.edges_us[interval]]),
            np.concatenate([span, further]),
        )


def _time_by_open_chats(cells: _Cells, handling: _Spans, largest: int) -> NDArray[np.float64]:
    """Microseconds with k open chats, as (largest + 1, cells); row 0 is left at zero.

    Every pickup is a step up and every end a step down. In order of agent and instant their
    running sum is k, and it is back at zero where one agent's steps end and the next one's begin.
    """
    # Agent, instant and step in one number: it is sorted many times faster than an order is found.
    beyond = int(cells.edges_us[-1]) + 1
    up = 2 * (handling.agent * beyond + handling.from_us)
    down = 2 * (handling.agent * beyond + handling.until_us) + 1
    steps = np.concatenate([up, down])
    steps.sort()
    k = np.cumsum(1 - 2 * (steps & 1))
    steps >>= 1
    lasts = np.flatnonzero((k[:-1] > 0) & (steps[1:] > steps[:-1]))
    agent, from_us = np.divmod(steps[lasts], beyond)
    stretches = _Spans(agent, from_us, steps[lasts + 1] - agent * beyond)
    cell, length, stretch = cells.pieces(stretches)
    place = k[lasts][stretch] * cells.size + cell
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
