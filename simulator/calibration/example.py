"""A worked example: a desk whose truth is known, its records, and what is made of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.scenario.world import Scenario

__all__ = ["worked_example"]

DAYS: Final = 21
FITTED_DAYS: Final = 14
CHATS: Final = 5_000
"""Simulated in a round of the search: fewer than for a real desk, as this one is for looking."""


def worked_example(
    desk: Path, folder: Path, *, seed: int = 7, chats: int = CHATS, jobs: int = 1
) -> tuple[Path, Path]:
    """Three weeks of ``desk`` as records, and the scenario estimated from the first two.

    Args:
        desk: a scenario file; the records begin with its first date.
        folder: where ``history.jsonl`` and ``my_desk.yaml`` go, with a run folder beside them.
        seed: of the recorded luck.
        chats: simulated in each round of the search for the staffing.
        jobs: processes.

    Returns:
        The paths of the records and of the scenario.
    """
    from simulator import scenario, sessions, study
    from simulator.calibration.fitting import calibrate
    from simulator.calibration.history import read_history
    from simulator.sessions import entities

    folder.mkdir(parents=True, exist_ok=True)
    text = f"extends: {desk.resolve()}\ndays: {DAYS}\n"
    world = scenario.loads(text, folder=folder)
    run = sessions.open_run(
        study.simulate(world, replications=1, seed=seed, out=folder / "recorded", overwrite=True)
    )
    records = folder / "history.jsonl"
    with records.open("wb") as file:
        file.writelines(entities.records(run.sessions, world, seed))
    history = read_history(records, zone=world.timezone)
    last = history.dates[0] + timedelta(days=FITTED_DAYS - 1)
    found = calibrate(
        history, name="my_desk", last=last, names=_names(world), chats=chats, jobs=jobs
    )
    out = folder / "my_desk.yaml"
    found.write(out, overwrite=True)
    return records, out


def _names(world: Scenario) -> dict[int, str]:
    return {topic.id: topic.name for topic in world.topics}
