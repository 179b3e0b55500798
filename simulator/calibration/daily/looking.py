"""The whole look back: read, predict, set beside, judge, and look ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator import scenario as scenarios
from simulator.calibration.backtesting.grid import Grid
from simulator.calibration.daily.dates import today_in
from simulator.calibration.daily.judging import Past, Seen, beside, outside_by_luck
from simulator.calibration.daily.lineage import fitted_to
from simulator.calibration.daily.measuring import FIGURES, SERVICE, Totals, recorded, scopes
from simulator.calibration.daily.predicting import Prediction, predict
from simulator.calibration.daily.records import (
    Records,
    State,
    plain,
    plain_sentence,
    read_records,
    state_of,
)
from simulator.calibration.daily.verdict import Verdict, judged
from simulator.errors import DataError, ParameterError, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from simulator.calibration.history import History
    from simulator.scenario.world import Scenario, ServiceLevel

__all__ = ["LookBack", "look_back"]

BEFORE_WITHIN: Final = 14
"""Recorded days of so many dates before it can be judged with it."""
MET: Final = 2
"""With the chats that came days differ less: one replication for this many of the others."""
FEWER: Final = 3
"""Days before and after get one replication for this many of the day itself."""
FEWEST: Final = 50
"""With fewer than 40 no rank lies outside a 95 % band."""
MOST: Final = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class LookBack:
    """What came of it; the frames' columns are told in ``judging.beside``."""

    scenario: str
    """Its name."""
    zone: str
    service_level: ServiceLevel
    day: date
    by_min: int
    replications: int
    seed: int
    records: Records
    state: State
    not_covered: str
    """Why there is no prediction of the day; empty if there is one."""
    seen: Seen
    past: Past
    coming: pd.DataFrame
    """The days after, each as a whole; nothing is recorded of them."""
    next_day: pd.DataFrame
    """By interval, of the first of them on which the desk is open."""
    coming_note: str
    verdict: Verdict
    fitted: frozenset[date]
    """Dates that the scenario was estimated from, as far as files beside it tell."""
    fitted_note: str
    """Why they are not known, if a file should tell and does not."""


def look_back(
    scenario: Path,
    files: Sequence[Path],
    day: date,
    *,
    kind: str = "auto",
    zone: ZoneInfo | None = None,
    by_min: int = 60,
    replications: int = 200,
    before: int = 5,
    coming: int = 7,
    seed: int = 1,
    today: date | None = None,
) -> LookBack:
    """Set a day's records beside what the scenario predicts for it.

    Args:
        scenario: its file.
        files: the records: history files, or folders of them. What is missing, late, damaged or
            of other topics is said in ``state`` and ``records.notes``.
        day: the local date; one that has not been yet is predicted alone.
        kind: as ``read_history`` takes it.
        zone: in which dates without an offset were written; the scenario's if left out.
        by_min: length of an interval; it divides a day.
        replications: of the day; a third of that of the days before and after it.
        before: recorded days before it, of the last two weeks, that are judged with it.
        coming: days to look ahead.
        seed: of all chance; the same gives the same frames.
        today: by the desk's clock; now if left out.

    Raises:
        ParameterError: an option is out of range.
        ScenarioError: the scenario cannot be read.
    """
    _check("replications", replications, FEWEST, MOST)
    _check("before", before, 0, BEFORE_WITHIN)
    _check("outlook_days", coming, 0, 60)
    world = scenarios.load(scenario)
    how = _How(scenario, world, by_min, replications, seed)
    records = read_records(files, world, kind=kind, zone=zone)
    today = today or today_in(world.timezone)
    predicted, not_covered = _of_day(how, day)
    state = state_of(records, day, today, predicted)
    seen = _compared(how, records.history, day, state, predicted)
    past = _before(how, records.history, day, today, before)
    ahead, next_day, note = _ahead(how, day, coming)
    fitted, fitted_note = _fitted(scenario)
    return LookBack(
        scenario=world.name,
        zone=world.timezone.key,
        service_level=world.service_level,
        day=day,
        by_min=by_min,
        replications=replications,
        seed=seed,
        records=records,
        state=state,
        not_covered=not_covered,
        seen=seen,
        past=past,
        coming=ahead,
        next_day=next_day,
        coming_note=note,
        verdict=judged(seen, past),
        fitted=fitted,
        fitted_note=fitted_note,
    )


@dataclass(frozen=True, slots=True)
class _How:
    """What every prediction here shares."""

    path: Path
    world: Scenario
    by_min: int
    replications: int
    seed: int

    def predict(
        self, dates: tuple[date, ...], *, part: int = 1, came: History | None = None
    ) -> Prediction:
        count = max(self.replications // part, FEWEST)
        return predict(
            self.path, dates, by_min=self.by_min, replications=count, seed=self.seed, came=came
        )

    def grid(self, dates: tuple[date, ...]) -> Grid:
        return Grid.of(dates, self.world.timezone, self.by_min)

    @property
    def topics(self) -> tuple[str, ...]:
        return scopes(self.world)


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ParameterError(f"{name} is {value}; give a whole number from {least} to {most}")


def _fitted(scenario: Path) -> tuple[frozenset[date], str]:
    try:
        return fitted_to(scenario), ""
    except DataError as error:
        file = "" if error.place is None else Path(str(error.place.file)).name
        return frozenset(), f"{plain(file)}: {plain_sentence(error.message)}"


def _of_day(how: _How, day: date) -> tuple[Prediction | None, str]:
    try:
        return how.predict((day,)), ""
    except ScenarioError as error:
        return None, plain_sentence(error.message)


def _compared(
    how: _How, history: History | None, day: date, state: State, predicted: Prediction | None
) -> Seen:
    """The frames of the day itself."""
    grid = how.grid((day,))
    is_known = history is not None and state.is_compared
    actual = recorded(history, how.world, grid) if history is not None and is_known else None
    draws = _unknown(how, grid) if predicted is None else predicted.totals
    cells = _cells(grid, state, actual, draws)
    intervals, days = _beside(how, grid, actual, draws, cells)
    if actual is None or predicted is None or history is None or not (cells >= 0).any():
        return Seen(intervals, days, intervals.head(0), days.head(0))
    near = history.between(day - timedelta(days=1), day + timedelta(days=1))
    with_them = how.predict((day,), part=MET, came=near).totals
    return Seen(
        intervals,
        days,
        *_beside(how, grid, actual, with_them, cells),
        outside=outside_by_luck(actual, draws, cells),
        met_outside=outside_by_luck(actual, with_them, cells, SERVICE),
    )


def _beside(
    how: _How, grid: Grid, actual: Totals | None, draws: Totals, cells: NDArray[np.intp]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By interval, and as a whole."""
    starts = list(grid.starts[cells >= 0])
    whole = np.where(cells >= 0, 0, -1)
    return (
        beside(actual, draws, cells, starts, how.topics),
        beside(actual, draws, whole, list(grid.dates) if starts else [], how.topics),
    )


def _unknown(how: _How, grid: Grid) -> Totals:
    """Replications of a day of which the scenario says nothing."""
    nothing = np.full((1, len(how.topics), grid.cells), np.nan)
    return {name: nothing for pair in FIGURES.values() for name in pair if name}


def _cells(grid: Grid, state: State, actual: Totals | None, draws: Totals) -> NDArray[np.intp]:
    """The number of each interval that is known and in which anybody asks; -1 for the others."""
    step = pd.Timedelta(microseconds=grid.step_us)
    live = grid.exists & (np.nan_to_num(draws["asked"][:, 0]) > 0).any(axis=0)
    if actual is not None:
        live |= actual["asked"][0] > 0
    if state.since is not None:
        live &= np.asarray(grid.starts >= state.since)
    if state.until is not None:
        live &= np.asarray(grid.starts + step <= state.until)
    return np.where(live, np.cumsum(live) - 1, -1)


# ----------------------------------------------------------------------- the days around it


def _before(how: _How, history: History | None, day: date, today: date, most: int) -> Past:
    """The last recorded days before: each as a whole, and put together."""
    none = _no_rows(how)
    nothing = Past(none, none, none)
    reach = day - timedelta(days=BEFORE_WITHIN)
    recorded_dates = () if history is None else history.dates
    dates = tuple(each for each in recorded_dates if reach <= each < day)[::-1][:most][::-1]
    if history is None or not dates:
        return nothing
    try:
        made = how.predict(dates, part=FEWER)
    except ScenarioError:
        return nothing
    states = [state_of(Records(history), each, today, made, n) for n, each in enumerate(dates)]
    whole = np.array([state.kind == "whole" for state in states])
    kept = [each for each, state in zip(dates, states, strict=True) if state.kind == "whole"]
    if not kept:
        return nothing
    cells = np.repeat(np.where(whole, np.cumsum(whole) - 1, -1), made.grid.slots)
    cells = np.where(_live(made), cells, -1)
    once = np.where(cells >= 0, 0, -1)
    near = history.between(reach - timedelta(days=1), day)
    actual, met = recorded(near, how.world, made.grid), how.predict(dates, part=FEWER, came=near)
    return Past(
        beside(actual, made.totals, cells, kept, how.topics),
        beside(actual, made.totals, once, [kept[0]], how.topics),
        beside(actual, met.totals, once, [kept[0]], how.topics),
    )


def _live(made: Prediction) -> NDArray[np.bool_]:
    """Intervals in which anybody asks: a mean over a night says nothing of agents."""
    is_live: NDArray[np.bool_] = np.any(made.totals["asked"][:, 0] > 0, axis=0)
    return is_live


def _ahead(how: _How, day: date, coming: int) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """The days after, the first open one by interval, and why they are fewer than asked for."""
    none = _no_rows(how)
    note = ""
    for count in range(coming, 0, -1):
        dates = tuple(day + timedelta(days=1 + each) for each in range(count))
        try:
            made = how.predict(dates, part=FEWER)
        except ScenarioError as error:
            note = note or plain_sentence(error.message)
            continue
        return (*_looked_ahead(how, made), note)
    return none, none, note


def _looked_ahead(how: _How, made: Prediction) -> tuple[pd.DataFrame, pd.DataFrame]:
    grid = made.grid
    asked = made.totals["asked"][:, 0].reshape(-1, len(grid.dates), grid.slots)
    is_open = (asked > 0).any(axis=(0, 2))
    if not is_open.any():
        return _no_rows(how), _no_rows(how)
    number = np.where(is_open, np.cumsum(is_open) - 1, -1)
    dates = [each for n, each in enumerate(grid.dates) if number[n] >= 0]
    by_date = np.where(_live(made), np.repeat(number, grid.slots), -1)
    days = beside(None, made.totals, by_date, dates, how.topics)
    first = int(np.argmax(is_open))
    live = np.zeros(grid.cells, dtype=np.bool_)
    live[first * grid.slots : (first + 1) * grid.slots] = (asked[:, first] > 0).any(axis=0)
    cells = np.where(live, np.cumsum(live) - 1, -1)
    return days, beside(None, made.totals, cells, list(grid.starts[live]), how.topics)


def _no_rows(how: _How) -> pd.DataFrame:
    grid = how.grid((how.world.dates[0],))
    nobody = np.full(grid.cells, -1)
    return beside(None, _unknown(how, grid), nobody, [], how.topics)
