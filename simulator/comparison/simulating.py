"""The runs of scenarios that are to be compared: one seed, as many replications, used again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulator import study
from simulator.errors import DataError, RunExistsError, UsageError
from simulator.scenario import Scenario, load
from simulator.sessions import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.engines import EngineName

__all__ = ["opened", "runs_of"]

REPLICATIONS, SEED = 20, 1


def runs_of(
    subjects: Sequence[Scenario | Run | Path | str],
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int = 1,
    folder: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Run, ...]:
    """A run of each: finished ones as they are, scenarios simulated.

    Args:
        subjects: scenarios or runs, or the paths of scenario files and run folders.
        replications: of each scenario; left out, as many as the finished runs have, else 20.
        seed: of each scenario; left out, that of the finished runs, else 1.
        engine: as in ``study.simulate``.
        jobs: processes for each simulation.
        folder: where new run folders go; ``data/runs`` if left out. A run that stands there is
            used again.
        overwrite: replace a run of another version or a damaged one.
        progress: called with (replications done, replications) over all simulations.

    Raises:
        UsageError: a path is neither, or a number contradicts a finished run.
        ScenarioError, DataError, RunExistsError: as ``scenario.load``, ``open_run``, ``simulate``.
    """
    found = [opened(subject) for subject in subjects]
    finished = [subject for subject in found if isinstance(subject, Run)]
    count = _agreed("replications", replications, finished, REPLICATIONS)
    luck = _agreed("seed", seed, finished, SEED)
    tell = _Whole(progress, count * (len(found) - len(finished)))
    return tuple(
        subject
        if isinstance(subject, Run)
        else _simulated(
            subject,
            count,
            seed=luck,
            engine=engine,
            jobs=jobs,
            folder=folder,
            overwrite=overwrite,
            progress=tell.next(),
        )
        for subject in found
    )


def opened(subject: Scenario | Run | Path | str) -> Scenario | Run:
    """What stands at a path: a finished run, or a scenario to simulate.

    Raises:
        UsageError: neither.
        ScenarioError, DataError: it is one of the two, but not as it must be.
    """
    if isinstance(subject, Scenario | Run):
        return subject
    path = Path(subject)
    if path.is_dir():
        return open_run(path, verify=True)
    if path.is_file():
        return load(path)
    raise UsageError(f"'{path}' is neither a run folder nor a scenario file; check the name")


def _agreed(key: str, asked: int | None, finished: Sequence[Run], otherwise: int) -> int:
    """What is asked for, what the finished runs have, or the default; they may not contradict."""
    there = {run.scenario.name: int(run.manifest[key]) for run in finished}
    for name, number in there.items():
        if asked is not None and number != asked:
            raise DataError(
                f"the run '{name}' was made with {key} {number}, and {asked} is asked for; leave "
                f"--{key} out, or give the scenario file in its place"
            )
    return asked if asked is not None else next(iter(there.values()), otherwise)


class _Whole:
    """Tells of several simulations as of one."""

    def __init__(self, progress: Callable[[int, int], None] | None, total: int) -> None:
        self._progress, self._total, self._before = progress, total, 0

    def next(self) -> Callable[[int, int], None] | None:
        """What to tell of the next simulation."""
        if self._progress is None:
            return None
        return self._tell

    def _tell(self, done: int, count: int) -> None:
        if self._progress is not None:
            self._progress(self._before + done, self._total)
        if done == count:
            self._before += count


def _simulated(
    scenario: Scenario,
    replications: int,
    *,
    seed: int,
    engine: EngineName,
    jobs: int,
    folder: Path | str | None,
    overwrite: bool,
    progress: Callable[[int, int], None] | None,
) -> Run:
    usual = study.default_folder(scenario, seed)
    place = usual if folder is None else Path(folder) / usual.name

    def made(out: Path, *, replace: bool) -> Run:
        return open_run(
            study.simulate(
                scenario,
                replications=replications,
                seed=seed,
                engine=engine,
                jobs=jobs,
                out=out,
                overwrite=replace,
                progress=progress,
            )
        )

    try:
        return made(place, replace=False)
    except RunExistsError:
        # Most likely the same scenario with another number of replications, which is kept.
        return made(place.with_name(f"{place.name}-n{replications}"), replace=overwrite)
