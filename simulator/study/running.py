"""One scenario into a run folder: its replications, drawn, simulated and written in order."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import DataError, ParameterError, RunExistsError
from simulator.study.provenance import made_with
from simulator.study.spreading import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from simulator.engines import EngineName
    from simulator.scenario.world import Scenario
    from simulator.sessions import Replication

__all__ = ["RUNS", "check_at_least", "default_folder", "file_name", "replicate", "simulate"]

RUNS = Path("data/runs")


def simulate(
    scenario: Scenario,
    *,
    replications: int = 20,
    seed: int = 1,
    engine: EngineName = "auto",
    jobs: int = 1,
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Simulate ``scenario`` into a run folder, and give its path.

    The same complete run (scenario, seed, replications and version of this package) in that place
    is used again. The bytes of all files but the manifest depend on those four alone.

    Args:
        scenario: what the world is.
        replications: how many times, numbered from 1.
        seed: of all chance; 0 or more.
        engine: which one runs it; all agree, ``auto`` takes the fastest there is.
        jobs: processes to spread the replications over; 1 stays in this one. (A script that asks
            for more needs the usual ``if __name__ == "__main__":``.)
        out: the folder; ``data/runs/<scenario>-seed<S>-<hash8>`` if left out.
        overwrite: replace another run that stands there.
        progress: called with (replications done, replications) before the first and after each.

    Raises:
        ParameterError: replications, seed or jobs is out of range.
        UsageError: there is no such engine.
        RunExistsError: another run, or something else, stands in that place.
    """
    from simulator import engines, sessions

    check_at_least(1, replications=replications, jobs=jobs)
    check_at_least(0, seed=seed)
    engines.chosen(engine, 0)
    provenance = _provenance(scenario, replications, seed)
    path = default_folder(scenario, seed) if out is None else Path(out)
    if _is_there(path, provenance):
        return path
    _check_place(path, overwrite=overwrite)
    with replicate(scenario, replications, seed=seed, engine=engine, jobs=jobs) as made:
        try:
            sessions.write_run(
                path,
                made if progress is None else _reported(made, replications, progress),
                scenario_yaml=scenario.resolved,
                summarise=lambda chats, agents: _summary(scenario, chats, agents, replications),
                provenance=provenance,
                overwrite=overwrite,
            )
        except RunExistsError:
            if not _is_there(path, provenance):  # somebody else was quicker with the same run
                raise
    return path


def default_folder(scenario: Scenario, seed: int) -> Path:
    """Where a run goes unless told: ``data/runs/<scenario>-seed<S>-<hash8>``."""
    from simulator.scenario import scenario_hash

    return RUNS / f"{file_name(scenario.name)}-seed{seed}-{scenario_hash(scenario)[:8]}"


def file_name(text: str) -> str:
    """The text with a hyphen for whatever has no place in the name of a file.

    >>> file_name("count 4, scale 0.9")
    'count-4-scale-0.9'
    """
    return re.sub(r"[^\w.-]+", "-", text).strip(".-") or "run"


@contextmanager
def replicate(
    scenario: Scenario, replications: int, *, seed: int, engine: EngineName, jobs: int
) -> Iterator[Iterator[Replication]]:
    """Replications 1 … n in their order, made by ``jobs`` processes; a context manager.

    At most two replications per process are under way or waiting to be taken, so the memory does
    not grow with their number. Leaving the context early ends the processes. ``auto`` takes the
    engine that is quicker for all of them together.
    """
    from simulator import engines, workload

    processes = min(jobs, replications)
    chats = workload.expected_chats(scenario) * replications / processes
    found = engines.prepared(engine, chats)
    tasks = ((scenario, seed, number, found) for number in range(1, replications + 1))
    with spread(processes) as results:
        yield results(_replication, tasks)


def _replication(scenario: Scenario, seed: int, number: int, engine: EngineName) -> Replication:
    """Draw, simulate, tabulate: what one process does for one replication."""
    from simulator import engines, sessions, workload

    drawn = workload.sample(scenario, seed, number)
    on_duty = workload.on_duty(scenario, seed, number)
    outcomes = engines.engine(engine)(scenario, drawn, on_duty)
    return sessions.Replication(
        number=number,
        engine=outcomes.engine,
        workload=workload.to_table(drawn, scenario),
        sessions=sessions.session_table(scenario, drawn, outcomes),
        agents=sessions.agent_table(scenario, outcomes, number),
    )


def _reported(
    made: Iterator[Replication], total: int, progress: Callable[[int, int], None]
) -> Iterator[Replication]:
    progress(0, total)
    for replication in made:
        yield replication
        progress(replication.number, total)


def _summary(
    scenario: Scenario, chats: pd.DataFrame, agents: pd.DataFrame, replications: int
) -> Mapping[str, Any]:
    from simulator import metrics
    from simulator.sessions.run import with_replications

    numbered = (with_replications(frame, replications) for frame in (chats, agents))
    return metrics.summary(scenario, *numbered)


def check_at_least(least: int, **options: int) -> None:
    """Refuse an option below the least that makes sense, by its name."""
    for name, value in options.items():
        if value < least:
            raise ParameterError(f"{name} is {value}; give a whole number from {least}")


def _is_there(path: Path, provenance: Mapping[str, Any]) -> bool:
    """Whether ``path`` holds the complete run of this scenario, seed, number and version."""
    from simulator import sessions

    try:
        run = sessions.open_run(path)
    except DataError:
        return False
    same = ("scenario_hash", "seed", "replications", "package")
    return all(run.manifest.get(key) == provenance[key] for key in same)


def _check_place(path: Path, *, overwrite: bool) -> None:
    """Refuse a place that holds something else; a damaged run is called by its name."""
    from simulator import sessions

    try:
        sessions.check_place(path, overwrite=overwrite)
    except RunExistsError as refusal:
        try:
            sessions.open_run(path)
        except DataError as damage:
            if not (path / "manifest.json").is_file():
                raise refusal from None
            raise RunExistsError(
                f"{path} holds a damaged run: {damage}\nGive --overwrite to make it again"
            ) from damage
        raise


def _provenance(scenario: Scenario, replications: int, seed: int) -> dict[str, Any]:
    """Where the run's figures come from, as the manifest tells it."""
    from simulator.scenario import scenario_hash

    return {
        "scenario": scenario.name,
        "scenario_hash": scenario_hash(scenario),
        "seed": seed,
        "replications": replications,
        **made_with(),
    }
