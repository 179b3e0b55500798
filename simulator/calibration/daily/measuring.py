"""Figures of a day and its intervals, the same for records and for replications.

Beside those of a backtest there are queue positions, and two that tell why waits are what they
are: how long chats took, and how many agents picked any up.

| figure | definition |
|---|---|
| volume, mean_wait_s, abandonment, service_level | as in ``backtesting.measuring`` |
| queue_position | mean ``InitialQueuePos`` of those who queued, from 1 |
| handle_s | mean time from pickup to end, of the served, by the interval of the request |
| agents | agents who picked up a chat in the interval; of a day the mean over its intervals |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.calibration.backtesting.measuring import (
    OVERALL,
    Sessions,
    measure,
    of_history,
    of_replication,
    scopes,
)
from simulator.desk.codes import FORM_CLOSED, OUTCOMES, SERVED

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from simulator.calibration.backtesting.grid import Grid
    from simulator.calibration.history import History
    from simulator.scenario.world import Scenario

__all__ = [
    "EXPLAINING",
    "FIGURES",
    "JUDGED",
    "OVERALL",
    "SERVICE",
    "Totals",
    "figures",
    "recorded",
    "scopes",
    "simulated",
    "stacked",
]

FIGURES: Final = {
    "volume": ("asked", ""),
    "mean_wait_s": ("waited_s", "timed"),
    "queue_position": ("positions", "placed"),
    "service_level": ("met", "judged"),
    "abandonment": ("abandoned", "queued"),
    "handle_s": ("handled_s", "handled"),
    "agents": ("agents", "spans"),
}
"""Each with the totals that it is the ratio of."""
JUDGED: Final = ("volume", "mean_wait_s", "queue_position", "service_level", "abandonment")
SERVICE: Final = JUDGED[1:]
EXPLAINING: Final = ("handle_s", "agents")

Totals = dict[str, "NDArray[np.float64]"]
"""Sums by name, each (…, scopes, cells); replications may be stacked in front."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pickups:
    """What the totals of a backtest leave out of each session that asked."""

    asked: Sessions
    position: NDArray[np.float64]
    """nan where not known, as in the others."""
    handle_s: NDArray[np.float64]
    picked_up_us: NDArray[np.int64]
    """-1 where nobody did, or it is not known who."""
    agent: NDArray[np.int64]


def recorded(history: History, world: Scenario, grid: Grid) -> Totals:
    """Of the records; their topics are all the scenario's."""
    rows = history.sessions[history.sessions["outcome"] != OUTCOMES[FORM_CLOSED]]
    picked_up = rows["picked_up_at"].dt.as_unit("us").dt.tz_convert("UTC").dt.tz_localize(None)
    agent = rows["agent"].cat.codes.to_numpy().astype(np.int64)
    at_us = picked_up.to_numpy().view(np.int64)
    known = picked_up.notna().to_numpy() & (agent >= 0)
    pickups = _Pickups(
        of_history(history, tuple(topic.name for topic in world.topics)),
        _real(rows["initial_queue_pos"]),
        _real(rows["handle_s"]),
        np.where(known, at_us, -1),
        agent,
    )
    return _totals(pickups, world, grid)


def _real(column: pd.Series[float]) -> NDArray[np.float64]:
    """As floats, nan where nothing is known."""
    return np.array(column.astype("Float64").to_numpy(np.float64, na_value=np.nan), dtype=float)


def simulated(table: pa.Table, world: Scenario, grid: Grid) -> Totals:
    """Of one replication's sessions."""
    outcome = table["outcome"].combine_chunks()
    closed = [name == OUTCOMES[FORM_CLOSED] for name in outcome.dictionary.to_pylist()]
    asks = ~np.array(closed, dtype=np.bool_)[outcome.indices.to_numpy()]
    picked_up = _whole(table, "picked_up_at")[asks]
    ended = _whole(table, "ended_at")[asks]
    known = (picked_up >= 0) & (ended >= 0)
    position = _whole(table, "initial_queue_pos")[asks].astype(np.float64)
    pickups = _Pickups(
        of_replication(table),
        np.where(position > 0, position, np.nan),
        np.where(known, (ended - picked_up) / 1e6, np.nan),
        picked_up,
        _whole(table, "agent_id")[asks],
    )
    return _totals(pickups, world, grid)


def _whole(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A column as integers, -1 where it has none."""
    column = table[name].cast("int64").combine_chunks().fill_null(-1)
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _totals(pickups: _Pickups, world: Scenario, grid: Grid) -> Totals:
    topics = len(world.topics)
    asked = pickups.asked
    found = dict(measure(asked, grid, topics=topics, level=world.service_level).totals)
    cell = grid.locate(asked.requested_us)
    inside = cell >= 0
    place = (asked.topic * grid.cells + cell)[inside]
    placed = ~np.isnan(pickups.position)
    handled = (asked.outcome == SERVED) & ~np.isnan(pickups.handle_s)
    for name, values in (
        ("placed", placed),
        ("positions", np.where(placed, pickups.position, 0.0)),
        ("handled", handled),
        ("handled_s", np.where(handled, pickups.handle_s, 0.0)),
    ):
        sums = np.bincount(place, weights=values[inside], minlength=topics * grid.cells)
        found[name] = _with_all(sums.astype(np.float64).reshape(topics, grid.cells))
    found["agents"], found["spans"] = _agents(pickups, topics, grid)
    return found


def _agents(
    pickups: _Pickups, topics: int, grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many different agents picked up in each cell, and where that is known."""
    cell = grid.locate(pickups.picked_up_us)
    there = (cell >= 0) & (pickups.picked_up_us >= 0)
    cell, agent, topic = cell[there], pickups.agent[there], pickups.asked.topic[there]
    most = int(agent.max(initial=0)) + 1

    def different(place: NDArray[np.int64], places: int) -> NDArray[np.float64]:
        once = np.unique(place * most + agent) // most
        return np.bincount(once, minlength=places).astype(np.float64)

    everywhere = different(cell.astype(np.int64), grid.cells)[np.newaxis]
    counts = everywhere
    if topics > 1:
        each = different((topic * grid.cells + cell).astype(np.int64), topics * grid.cells)
        counts = np.concatenate([everywhere, each.reshape(topics, grid.cells)])
    return counts, np.full(counts.shape, float(bool(len(agent))))


def _with_all(by_topic: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(by_topic) == 1:
        return by_topic
    return np.concatenate([by_topic.sum(axis=0, keepdims=True), by_topic])


def stacked(parts: list[Totals]) -> Totals:
    """Replications one behind the other."""
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}


def figures(totals: Totals, group: NDArray[np.intp] | None = None) -> Totals:
    """Each figure of every cell, or of groups of cells; nan where there is nothing to divide by.

    Args:
        totals: by cell.
        group: the group of each cell from 0, -1 for none; every cell by itself if left out.
    """
    if group is not None:
        totals = {name: _summed(values, group) for name, values in totals.items()}
    found = {}
    for name, (upper, lower) in FIGURES.items():
        if not lower:
            found[name] = totals[upper]
            continue
        found[name] = np.full(totals[upper].shape, np.nan)
        np.divide(totals[upper], totals[lower], out=found[name], where=totals[lower] > 0)
    return found


def _summed(values: NDArray[np.float64], group: NDArray[np.intp]) -> NDArray[np.float64]:
    groups = int(group.max(initial=-1)) + 1
    parts = [values[..., group == number].sum(axis=-1) for number in range(groups)]
    if not parts:
        return np.zeros((*values.shape[:-1], 0))
    summed: NDArray[np.float64] = np.stack(parts, axis=-1)
    return summed
