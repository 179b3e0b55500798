"""A scenario held against recorded days: simulate them, compare, and say what to think of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator import scenario as scenarios
from simulator.calibration.backtesting.days import LeftOut, fitted_dates, judged_days
from simulator.calibration.backtesting.grid import MINUTE_US, Grid
from simulator.calibration.backtesting.measuring import (
    By,
    Measured,
    measure,
    of_history,
    scopes,
)
from simulator.calibration.backtesting.naive import naive
from simulator.calibration.backtesting.scoring import (
    Sides,
    bands,
    coverage,
    errors,
    levels,
    ranks,
    skipped,
    with_days,
)
from simulator.calibration.backtesting.simulating import predicted
from simulator.calibration.backtesting.verdict import verdict
from simulator.errors import DataError, ParameterError
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from simulator.calibration.history import History
    from simulator.scenario.world import Scenario, ServiceLevel

__all__ = ["Backtest", "backtest"]

UNNAMED: Final = "Chat"
"""The topic of a history whose files tell of none."""


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What came of it; the frames' columns are told in ``scoring``."""

    scenario: str
    """Its name."""
    zone: str
    service_level: ServiceLevel
    dates: tuple[date, ...]
    """The days judged."""
    by_min: int
    replications: int
    seed: int
    bands: pd.DataFrame
    """By interval: predicted bands beside the actual."""
    days: pd.DataFrame
    """The same by day."""
    hours: pd.DataFrame
    """The same by time of day, over all judged days, with the bias and its interval."""
    levels: pd.DataFrame
    """All judged days together: is the level right?"""
    coverage: pd.DataFrame
    """By interval and by day."""
    ranks: pd.DataFrame
    """How the actuals' ranks spread, by interval."""
    errors: pd.DataFrame
    """By interval and by day, beside the naive forecast."""
    skipped: pd.DataFrame
    left_out: LeftOut
    is_fit: bool
    """Whether nothing was found that would mislead a planner."""
    verdict: tuple[str, ...]


def backtest(
    scenario_path: Path,
    history: History,
    *,
    first: date | None = None,
    last: date | None = None,
    all_days: bool = False,
    by_min: int = 60,
    replications: int = 200,
    seed: int = 1,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Simulate recorded days and hold them against the records.

    Args:
        scenario_path: the scenario. The dates that ``<stem>.calibration.json`` beside it names as
            fitted are not judged.
        history: the records; days of it that were fitted serve the naive forecast. Topics known
            by id alone ("Topic 3") are the scenario's of that id.
        first: the first local date to judge; the history's first if left out.
        last: the last one, included.
        all_days: judge fitted days too. The naive forecast of a day is then made of the others.
        by_min: length of an interval; it divides a day.
        replications: of every day; bands need 20, the verdict 100 (with 40 it called one right
            scenario in ten wrong, with 100 one in forty), and outer edges some 200.
        seed: of all chance; the same gives the same frames.
        jobs: processes.
        progress: called with (replications done, all) from time to time.

    Raises:
        UsageError: no day is left to judge.
        ParameterError: an option is out of range.
        DataError: topics or clock of the history are not the scenario's, or the evidence file
            cannot be read.
        ScenarioError: the scenario does not reach the days.
    """
    for name, value, least in (("replications", replications, 2), ("jobs", jobs, 1)):
        if value < least:
            raise ParameterError(f"{name} is {value}; give a whole number from {least}")
    world = scenarios.load(scenario_path)
    history = _with_names(history, world)
    _check_topics(history, world)
    _check_clock(history, world)
    fitted = fitted_dates(scenario_path)
    learnt = frozenset(history.dates) & (fitted or frozenset())
    dates, left_out = judged_days(history, fitted, first=first, last=last, all_days=all_days)
    grid = Grid.of(dates, world.timezone, by_min)
    simulated = predicted(
        scenario_path, grid, replications=replications, seed=seed, jobs=jobs, progress=progress
    )
    reference = frozenset(history.dates) if all_days or not learnt else learnt
    sides = Sides(
        actual=_measured(history, world, grid),
        simulated=simulated,
        naive=_naive(history, world, grid, reference),
        grid=grid,
        scopes=scopes(world),
    )
    if not sides.live("period").any():
        raise DataError(
            f"nobody asked for a chat on the days to judge ({dates[0]} to {dates[-1]}), in the "
            "records or in the scenario: both are closed; judge other days"
        )
    in_sample = not learnt.isdisjoint(dates)
    return _told(world, sides, left_out, seed=seed, in_sample=in_sample)


def _with_names(history: History, scenario: Scenario) -> History:
    """The history with topics called as in the scenario where its files name none.

    "Topic 3", of which only the id was known, is the scenario's topic of that id; "Chat", of which
    nothing was, is the topic of a scenario that has just one.
    """
    names = {f"Topic {topic.id}": topic.name for topic in scenario.topics}
    if len(scenario.topics) == 1:
        names[UNNAMED] = scenario.topics[0].name
    topic = history.sessions["topic"].astype(str)
    unknown = ~topic.isin([each.name for each in scenario.topics])
    called = topic.where(~unknown, topic.replace(names)).astype("category")
    return replace(history, sessions=history.sessions.assign(topic=called))


def _check_topics(history: History, scenario: Scenario) -> None:
    """Every topic of the history has to be one of the scenario's.

    Raises:
        DataError: one is not.
    """
    known = [topic.name for topic in scenario.topics]
    for name in history.sessions["topic"].astype(str).unique():
        if name not in known:
            raise DataError(
                f"the history has sessions of topic '{name}', which scenario "
                f"'{scenario.name}' does not simulate{did_you_mean(name, known)}; its topics "
                f"are {', '.join(known)}"
            )


def _check_clock(history: History, scenario: Scenario) -> None:
    """The history's clock has to show the scenario's time, whatever the zone is called.

    Raises:
        DataError: they differ.
    """
    there = history.sessions["requested_at"]
    here = there.dt.tz_convert(scenario.timezone)
    differ = (there.dt.tz_localize(None) != here.dt.tz_localize(None)).to_numpy()
    if differ.any():
        at = there[differ].iloc[0]
        raise DataError(
            f"the history's clock is that of {history.zone.key}, the scenario's that of "
            f"{scenario.timezone.key}: {at:%Y-%m-%d %H:%M} there is "
            f"{here[differ].iloc[0]:%Y-%m-%d %H:%M} here; read the history with --zone "
            f"{scenario.timezone.key}, or put the scenario's timezone right"
        )


def _measured(history: History, world: Scenario, grid: Grid) -> Measured:
    names = tuple(topic.name for topic in world.topics)
    asking = of_history(history, names)
    return measure(asking, grid, topics=len(names), level=world.service_level)


def _naive(history: History, world: Scenario, grid: Grid, reference: frozenset[date]) -> Measured:
    everywhere = Grid.of(history.dates, world.timezone, grid.step_us // MINUTE_US)
    return naive(_measured(history, world, everywhere), everywhere, grid, reference)


def _told(
    world: Scenario, sides: Sides, left_out: LeftOut, *, seed: int, in_sample: bool
) -> Backtest:
    """The frames, and what they say."""
    luck = np.random.default_rng(seed)
    by_interval, by_day = bands(sides, "interval", luck), bands(sides, "day", luck)
    by_hour, period = bands(sides, "hour", luck), bands(sides, "period", luck)
    frames: tuple[tuple[By, pd.DataFrame], ...] = (("interval", by_interval), ("day", by_day))
    reached = _joined(coverage(sides, by, frame) for by, frame in frames)
    missed = _joined(errors(frame, by) for by, frame in frames)
    level, by_hour = levels(period, by_day), with_days(by_hour, by_interval)
    said = verdict(
        level,
        reached,
        by_hour,
        missed,
        by_interval,
        dates=sides.grid.dates,
        left_out=left_out,
        in_sample=in_sample,
    )
    return Backtest(
        scenario=world.name,
        zone=world.timezone.key,
        service_level=world.service_level,
        dates=sides.grid.dates,
        by_min=sides.grid.step_us // MINUTE_US,
        replications=len(sides.simulated.p90_s),
        seed=seed,
        bands=by_interval,
        days=by_day,
        hours=by_hour,
        levels=level,
        coverage=reached,
        ranks=ranks(sides, "interval", by_interval),
        errors=missed,
        skipped=_joined(skipped(frame, by) for by, frame in frames),
        left_out=left_out,
        is_fit=said.is_fit,
        verdict=said.sentences,
    )


def _joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(list(frames), ignore_index=True)
