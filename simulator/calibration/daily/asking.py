"""What a report's parameters ask for: which scenario, which records, which day; or an example."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import scenario as scenarios
from simulator.calibration.daily.dates import day_meant, today_in, zone_named
from simulator.calibration.daily.example import worked_example
from simulator.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

__all__ = ["Asked", "asked"]

IN_A_RUN = "scenario.yaml"


@dataclass(frozen=True, slots=True)
class Asked:
    """What ``look_back`` takes."""

    scenario: Path
    files: tuple[Path, ...]
    day: date
    zone: ZoneInfo
    """In which dates without an offset were written."""
    is_example: bool


def asked(
    folder: Path,
    *,
    run: str = "",
    scenario_file: str = "",
    history_files: Sequence[str] = (),
    day: str = "yesterday",
    zone: str = "",
    today: date | None = None,
) -> Asked:
    """What the parameters mean; without records a worked example is made.

    Args:
        folder: where an example goes.
        run: a run folder, whose scenario is meant where no file of one is given.
        scenario_file: the scenario to predict with.
        history_files: the records: files, or folders of them.
        day: ``yesterday`` or ``today`` by the desk's clock, or a date as in 2026-03-31.
        zone: IANA zone of dates without an offset; empty: the scenario's.
        today: by the desk's clock; now if left out.

    Raises:
        ParameterError: there is no such day or zone, or records came without a scenario.
        ScenarioError: the scenario cannot be read.
    """
    if not history_files:
        example, files, its_day = worked_example(folder)
        place = scenarios.load(example).timezone
        return Asked(example, tuple(files), its_day, zone_named(zone, place), is_example=True)
    scenario = _scenario(run, scenario_file)
    place = scenarios.load(scenario).timezone
    return Asked(
        scenario,
        tuple(Path(file) for file in history_files),
        day_meant(day, today or today_in(place)),
        zone_named(zone, place),
        is_example=False,
    )


def _scenario(run: str, scenario_file: str) -> Path:
    if scenario_file:
        return Path(scenario_file)
    found = Path(run) / IN_A_RUN
    if run and found.is_file():
        return found
    raise ParameterError(
        f"run is '{run}', which is no run folder, and no scenario_file is given; records are held "
        "against a scenario: give its file, or the folder of a run of it"
    )
