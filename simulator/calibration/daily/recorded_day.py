"""The records of a day as what a report is about: which files, which day, and the day's figures.

Figures are named as those of a run's ``summary.json`` and mean the same: so one gate holds for a
simulated desk and for the real one, and the index can show how the mornings went. They are what
happened, not an estimate of anything: they have no interval. Of a day whose records are late or
lost every figure is there without a value, so that a gate on it is missed and says why.

Nothing is simulated for it but how many are to ask, which tells whether records are missing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd

from simulator import scenario as scenarios
from simulator.calibration.backtesting.measuring import QUEUED as QUEUED_CODES
from simulator.calibration.daily.dates import day_meant, today_in, zone_named
from simulator.calibration.daily.lineage import files_behind
from simulator.calibration.daily.predicting import demand
from simulator.calibration.daily.records import read_records, state_of
from simulator.desk.codes import ABANDONED, FORM_CLOSED, OUTCOMES, SERVED
from simulator.errors import ScenarioError
from simulator.files import file_sha256, files_within
from simulator.scenario import scenario_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from simulator.calibration.daily.predicting import Prediction
    from simulator.calibration.daily.records import Records, State
    from simulator.scenario.world import Scenario, ServiceLevel

__all__ = ["RecordedDay", "recorded_day"]

QUEUED: Final = tuple(OUTCOMES[code] for code in QUEUED_CODES)
WAITS: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}

NOBODY: Final = pd.DataFrame(
    {"outcome": [], "topic": [], "wait_s": [], "handle_s": [], "initial_queue_pos": []}
)

Figure = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedDay:
    """A day's records beside the scenario that predicts it."""

    reported_as: ClassVar[str] = "records"
    """What a report calls it."""

    scenario_file: Path
    scenario: str
    """Its name."""
    scenario_sha256: str
    given: tuple[Path, ...]
    """The files and folders that were named, absolute."""
    files: tuple[Path, ...]
    """The files among them and in them that are there, absolute."""
    kind: str
    zone: str
    day: date
    state: str
    """whole, partial, late, empty, closed, future or unread."""
    sentence: str
    """The state in words, and which files and sessions are left out."""
    inputs: dict[str, str]
    """SHA-256 of every file that a page on the day depends on, by path: the scenario, those it
    extends, its tables, what tells the days it was fitted to, and the records. Empty of one that
    cannot be read."""
    figures: dict[str, Figure]
    """``{"value", "low", "high", "n"}`` by name, of the part of the day that is recorded; without a
    value where nobody was there to measure it on, or nothing is recorded."""
    as_of: str
    """Today's ISO date, as long as the day is not over: the page is another one tomorrow. Of a day
    that is over it depends on today no more."""
    today: date
    """By the desk's clock, when the records were read."""
    desk_zone: str
    """Of the scenario."""

    @property
    def parameters(self) -> dict[str, object]:
        """What the notebook ``daily_report`` takes."""
        return {
            "scenario_file": str(self.scenario_file),
            "history_files": [str(path) for path in self.given],
            "kind": self.kind,
            "zone": self.zone,
            "day": self.day.isoformat(),
        }

    @property
    def summary_sha256(self) -> str:
        """Over all that a page on the day is a function of."""
        told = [self.scenario_sha256, self.parameters, self.inputs, self.figures, self.as_of]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def recorded_day(
    scenario_file: Path,
    files: Sequence[Path],
    *,
    day: str = "yesterday",
    kind: str = "auto",
    zone: str = "",
    today: date | None = None,
) -> RecordedDay:
    """The day that is meant, and what is recorded of it.

    Args:
        scenario_file: the scenario that predicts.
        files: history files, or folders of them. What is missing or damaged is told in the
            sentence, for a report of every morning has to come out all the same.
        day: ``yesterday`` or ``today`` by the desk's clock, or a date as in 2026-03-31.
        kind: as ``read_history`` takes it.
        zone: IANA zone of dates without an offset; empty: the scenario's.
        today: by the desk's clock; now if left out.

    Raises:
        ScenarioError: the scenario cannot be read.
        ParameterError: there is no such day or zone.
    """
    world = scenarios.load(scenario_file)
    today = today or today_in(world.timezone)
    meant = day_meant(day, today)
    records = read_records(files, world, kind=kind, zone=zone_named(zone, world.timezone))
    state = state_of(records, meant, today, _demand(scenario_file, meant))
    found = sorted({path.resolve() for each in files for path in files_within(each)})
    found = [path for path in found if path.is_file()]
    return RecordedDay(
        scenario_file=scenario_file.absolute(),
        scenario=world.name,
        scenario_sha256=scenario_hash(world),
        given=tuple(path.absolute() for path in files),
        files=tuple(found),
        kind=kind,
        zone=zone,
        day=meant,
        state=state.kind,
        sentence=" ".join([state.sentence, *records.notes]),
        inputs={str(path): _sha256(path) for path in (*files_behind(scenario_file), *found)},
        figures=_figures(records, state, meant, world),
        as_of=today.isoformat() if meant >= today else "",
        today=today,
        desk_zone=world.timezone.key,
    )


def _demand(scenario_file: Path, day: date) -> Prediction | None:
    try:
        return demand(scenario_file, day)
    except ScenarioError:
        return None


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:
        return ""


def _figures(records: Records, state: State, day: date, world: Scenario) -> dict[str, Figure]:
    if records.history is None or not state.is_compared:
        return {name: _leaf(None, 0) for name in _by_topic(NOBODY, world)}
    rows = records.history.sessions
    return _by_topic(rows[rows["requested_at"].dt.date == day], world)


def _by_topic(rows: pd.DataFrame, world: Scenario) -> dict[str, Figure]:
    found = _of(rows, world.service_level)
    if len(world.topics) > 1:
        for topic in world.topics:
            own = _of(rows[rows["topic"].astype(str) == topic.name], world.service_level)
            found |= {f"topics.{topic.name}.{name}": figure for name, figure in own.items()}
    return found


def _of(rows: pd.DataFrame, level: ServiceLevel) -> dict[str, Figure]:
    """The figures of some sessions, as ``metrics.figures`` defines them."""
    outcome = rows["outcome"].astype(str)
    queued = outcome.isin(QUEUED)
    wait_s = rows["wait_s"].astype("float64")
    waits = wait_s[queued].dropna()
    timed = queued & wait_s.notna()
    soon = timed & (np.rint(wait_s.fillna(0.0) * 1e6) <= level.threshold_us)
    served = timed & (outcome == OUTCOMES[SERVED])
    left = outcome == OUTCOMES[ABANDONED]
    met = int((served & soon).sum())
    position = rows.loc[queued, "initial_queue_pos"].astype("Float64").dropna()
    handle_s = rows["handle_s"].astype("float64").dropna()
    asked = int((outcome != OUTCOMES[FORM_CLOSED]).sum())
    return {
        "counts.offered": _leaf(asked, asked),
        "threshold_s": _leaf(level.threshold_us / 1e6, asked),
        "service_level.of_all": _share(met, int(timed.sum())),
        "service_level.of_served": _share(met, int(served.sum())),
        "service_level.excl_short_abandons": _share(met, int((timed & ~(soon & left)).sum())),
        "asa_s": _mean(wait_s[served]),
        "wait_s.mean": _mean(waits),
        **{f"wait_s.{name}": _quantile(waits, share) for name, share in WAITS.items()},
        "abandonment": _share(int((queued & left).sum()), int(queued.sum())),
        "queue_position.mean": _mean(position),
        "queue_position.p90": _quantile(position, 0.9),
        "handle_s": _mean(handle_s),
        "counts.served": _leaf(int((outcome == OUTCOMES[SERVED]).sum()), asked),
        "counts.abandoned": _leaf(int(left.sum()), asked),
    }


def _leaf(value: float | None, n: int) -> Figure:
    rounded = None if value is None else round(value, 9)
    return {"value": rounded, "low": None, "high": None, "n": n}


def _share(part: int, whole: int) -> Figure:
    return _leaf(part / whole if whole else None, whole)


def _mean(values: pd.Series[float]) -> Figure:
    return _leaf(float(values.mean()) if len(values) else None, len(values))


def _quantile(values: pd.Series[float], share: float) -> Figure:
    """The smallest value with at least that share at or below it."""
    if values.empty:
        return _leaf(None, 0)
    ordered = np.sort(values.to_numpy(dtype=np.float64))
    place = max(int(np.ceil(share * len(ordered) - 1e-9)), 1) - 1
    return _leaf(float(ordered[place]), len(ordered))
