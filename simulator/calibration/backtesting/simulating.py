"""The judged days simulated: every replication's totals, and nothing else of it kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import study
from simulator.calibration.backtesting.days import spans
from simulator.calibration.backtesting.measuring import Measured, measure, of_replication
from simulator.calibration.redating import redated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from simulator.calibration.backtesting.grid import Grid
    from simulator.scenario.world import Scenario

__all__ = ["predicted"]


def predicted(
    path: Path,
    grid: Grid,
    *,
    replications: int,
    seed: int,
    jobs: int,
    progress: Callable[[int, int], None] | None = None,
) -> Measured:
    """The scenario's totals on the dates of the grid, stacked as (replications, scopes, cells).

    The dates are simulated in stretches without longer gaps, each with luck of its own, and with
    a day before and after where the desk is open at midnight: nobody finds it empty because the
    simulation begins, and no wait is cut because it ends.
    """
    stretches = [redated(path, *span) for span in spans(grid.dates)]
    total, done = replications * len(stretches), 0
    summed: list[Measured] = []
    if progress is not None:
        progress(0, total)
    for world in stretches:
        made = _replications(world, grid, replications, seed=seed, jobs=jobs)
        for number, measured in enumerate(made):
            if len(summed) == number:
                summed.append(measured)
            else:
                summed[number] = _put_together(summed[number], measured)
            done += 1
            if progress is not None:
                progress(done, total)
    return _stacked(summed)


def _replications(
    world: Scenario, grid: Grid, replications: int, *, seed: int, jobs: int
) -> Iterator[Measured]:
    topics, level = len(world.topics), world.service_level
    luck = _own_seed(seed, world.dates[0])
    with study.replicate(world, replications, seed=luck, engine="auto", jobs=jobs) as made:
        for replication in made:
            asking = of_replication(replication.sessions)
            yield measure(asking, grid, topics=topics, level=level)


def _own_seed(seed: int, first: date) -> int:
    """Another luck for each stretch; the same days get the same."""
    sequence = np.random.SeedSequence(seed, spawn_key=(first.toordinal(),))
    return int(sequence.generate_state(1, np.uint32)[0])


def _put_together(one: Measured, other: Measured) -> Measured:
    """Two stretches of one replication: they share no cell."""
    return Measured(
        {name: one.totals[name] + other.totals[name] for name in one.totals},
        np.where(np.isnan(one.p90_s), other.p90_s, one.p90_s),
        np.where(np.isnan(one.p90_day_s), other.p90_day_s, one.p90_day_s),
    )


def _stacked(parts: list[Measured]) -> Measured:
    names = parts[0].totals
    return Measured(
        {name: np.stack([part.totals[name] for part in parts]) for name in names},
        np.stack([part.p90_s for part in parts]),
        np.stack([part.p90_day_s for part in parts]),
    )
