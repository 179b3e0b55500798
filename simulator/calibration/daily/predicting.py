"""What the scenario says of dates: replications of them, kept as totals by interval.

Besides the plain prediction there is the one *with the chats that came*: the same desk meets the
recorded arrivals, so that what is left between it and the records is the desk's doing and not the
customers' number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator import engines, sessions, workload
from simulator.calibration.backtesting.days import spans
from simulator.calibration.backtesting.grid import Grid
from simulator.calibration.daily.measuring import Totals, simulated, stacked
from simulator.calibration.redating import redated
from simulator.scenario.world import Arrivals
from simulator.sessions.intervals import epoch_us
from simulator.workload.arrivals import arrival_instants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from simulator.calibration.history import History
    from simulator.scenario.world import Scenario, Topic

__all__ = ["Prediction", "demand", "predict"]

WITH_RECORDS: Final = 1
"""Keeps the luck of the second kind of prediction apart from that of the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Replications of some dates."""

    grid: Grid
    totals: Totals
    """(replications, scopes, cells)."""


def predict(
    path: Path,
    dates: tuple[date, ...],
    *,
    by_min: int,
    replications: int,
    seed: int,
    came: History | None = None,
) -> Prediction:
    """Simulate these dates.

    Dates are simulated in stretches without longer gaps, with a day before and after where the
    desk is open at midnight, so that nobody finds it empty because the simulation begins.

    Args:
        path: the scenario's file.
        dates: in order.
        by_min: length of an interval.
        replications: of every date.
        seed: of all chance.
        came: the records, when their arrivals are to be met instead of drawn ones; attempts are
            recorded one by one, so that nobody comes back by himself.

    Raises:
        ScenarioError: the scenario does not reach these dates.
    """
    worlds = [redated(path, *span) for span in spans(dates)]
    grid = Grid.of(dates, worlds[0].timezone, by_min)
    parts: list[Totals] = []
    for world in worlds:
        met = world if came is None else _meeting(world, came)
        luck = _own_seed(seed, world.dates[0], 0 if came is None else WITH_RECORDS)
        for number, totals in enumerate(_replications(met, grid, replications, luck)):
            if number == len(parts):
                parts.append(totals)
            else:
                parts[number] = _together(parts[number], totals)
    return Prediction(grid, stacked(parts))


def demand(
    path: Path, day: date, *, by_min: int = 60, replications: int = 200, seed: int = 1
) -> Prediction:
    """How many ask on a date, of whom nothing else is simulated: ``asked`` alone, of one scope.

    They are the first attempts of those whom ``predict`` with the same seed simulates, in hours
    in which their topic is open.

    Raises:
        ScenarioError: the scenario does not reach the date.
    """
    world = redated(path, day, day)
    grid = Grid.of((day,), world.timezone, by_min)
    luck, zero = _own_seed(seed, world.dates[0], 0), epoch_us(world.start)
    asked = np.zeros((replications, 1, grid.cells))
    for number in range(replications):
        for topic in world.topics:
            at_us = _while_open(topic, arrival_instants(world, topic, luck, number + 1))
            cell = grid.locate(at_us + zero)
            asked[number, 0] += np.bincount(cell[cell >= 0], minlength=grid.cells)
    return Prediction(grid, {"asked": asked})


def _while_open(topic: Topic, at_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """The instants at which the topic is open."""
    opens = np.array([opening.opens_us for opening in topic.openings], dtype=np.int64)
    closes = np.array([opening.closes_us for opening in topic.openings], dtype=np.int64)
    place = np.searchsorted(opens, at_us, side="right") - 1
    return at_us[(place >= 0) & (at_us < np.append(closes, 0)[place])]


def _replications(world: Scenario, grid: Grid, replications: int, seed: int) -> Iterator[Totals]:
    # Of a replication the sessions alone are wanted, so no other table of it is made.
    name = engines.prepared("auto", workload.expected_chats(world) * replications)
    for number in range(1, replications + 1):
        drawn = workload.sample(world, seed, number)
        on_duty = workload.on_duty(world, seed, number)
        outcomes = engines.engine(name)(world, drawn, on_duty)
        yield simulated(sessions.session_table(world, drawn, outcomes), world, grid)


def _together(one: Totals, other: Totals) -> Totals:
    """Two stretches of one replication share no cell; ``spans`` is known or not of both."""
    return {
        name: np.maximum(one[name], other[name]) if name == "spans" else one[name] + other[name]
        for name in one
    }


def _own_seed(seed: int, first: date, kind: int) -> int:
    sequence = np.random.SeedSequence(seed, spawn_key=(first.toordinal(), kind))
    return int(sequence.generate_state(1, np.uint32)[0])


def _meeting(world: Scenario, came: History) -> Scenario:
    """The same desk with the recorded arrivals."""
    zero = epoch_us(world.start)
    requested = came.sessions["requested_at"].dt.as_unit("us").dt.tz_convert("UTC")
    at_us = requested.dt.tz_localize(None).to_numpy().view(np.int64) - zero
    asked = (came.sessions["outcome"] != "form_closed").to_numpy()
    topic = came.sessions["topic"].astype(str).to_numpy()

    def met(each: Topic) -> Topic:
        own = at_us[asked & (topic == each.name) & (at_us >= 0) & (at_us < world.horizon_us)]
        return replace(each, arrivals=_trace(np.sort(own)), retry=None)

    return replace(world, topics=tuple(met(each) for each in world.topics))


def _trace(at_us: NDArray[np.int64]) -> Arrivals:
    whole, real = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
    return Arrivals(whole, whole, real, real, whole, trace_us=at_us)
