"""A study: a scenario simulated many times over, each time with other luck, into a run folder.

Replications are independent, so they are spread over processes and put together in their order:
the folder is the same, byte for byte, however many processes made it.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import re
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from simulator.errors import DataError, ParameterError, RunExistsError
from simulator.versioning import git_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Executor, Future

    import pandas as pd

    from simulator.engines import EngineName
    from simulator.scenario.world import Scenario
    from simulator.sessions import Replication

__all__ = ["Spread", "cores", "default_folder", "replicate", "simulate", "spread"]

RUNS = Path("data/runs")

T = TypeVar("T")


class Spread(Protocol):
    """What ``spread`` gives."""

    def __call__(
        self, function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], /
    ) -> Iterator[T]:
        """``function(*task)`` for each task, in the order of the tasks."""


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

    _check_at_least(1, replications=replications, jobs=jobs)
    _check_at_least(0, seed=seed)
    engines.engine(engine)
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

    name = re.sub(r"[^\w.-]+", "-", scenario.name).strip(".-") or "run"
    return RUNS / f"{name}-seed{seed}-{scenario_hash(scenario)[:8]}"


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def replicate(
    scenario: Scenario, replications: int, *, seed: int, engine: EngineName, jobs: int
) -> Iterator[Iterator[Replication]]:
    """Replications 1 … n in their order, made by ``jobs`` processes; a context manager.

    At most two replications per process are under way or waiting to be taken, so the memory does
    not grow with their number. Leaving the context early ends the processes.
    """
    tasks = ((scenario, seed, number, engine) for number in range(1, replications + 1))
    with spread(min(jobs, replications)) as results:
        yield results(_replication, tasks)


@contextmanager
def spread(jobs: int) -> Iterator[Spread]:
    """Something that gives ``function(*task)`` for each task, in the order of the tasks.

    It may be asked again and again; ``jobs`` processes, started once, share the work (1 stays in
    this one). Function and tasks are handed over by pickle. At most two tasks per process are
    under way or waiting to be taken. Leaving the context early ends the processes.
    """
    if jobs == 1:
        yield lambda function, tasks: (function(*task) for task in tasks)
        return
    with _processes(jobs) as executor:
        yield lambda function, tasks: _in_order(executor, function, tasks, ahead=2 * jobs)


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


def _in_order(
    executor: Executor, function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], *, ahead: int
) -> Iterator[T]:
    """The results in the order of the tasks, with ``ahead`` of them handed to the executor."""
    coming = iter(tasks)
    waiting: deque[Future[T]] = deque(
        executor.submit(_in_worker, function, task) for task in islice(coming, ahead)
    )
    while waiting:
        yield waiting.popleft().result()
        waiting.extend(executor.submit(_in_worker, function, task) for task in islice(coming, 1))


@contextmanager
def _processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes; told to stop at once if the work is broken off, by ctrl-C or by an error.

    They are asked and not killed: a process that dies while it hands over a result leaves half a
    message behind, for whose other half the pool would wait for ever.
    """
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_Worker.prepare
    )
    try:
        yield executor
    except BaseException:
        if os.name == "posix":  # elsewhere there is no asking: what is under way is finished
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


class _BrokenOffError(Exception):
    """What a replication ends with when the process is asked to stop."""


class _Worker:
    """What a process of the pool knows of itself."""

    is_at_work = False
    is_to_stop = False

    @classmethod
    def prepare(cls) -> None:
        """Stop when the first process says so; only that one is to act on ctrl-C."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, cls._stop)

    @classmethod
    def _stop(cls, *_: object) -> None:
        cls.is_to_stop = True
        if cls.is_at_work:
            raise _BrokenOffError

    @classmethod
    @contextmanager
    def working(cls) -> Iterator[None]:
        """Around a replication: the time in which a process may drop what it does."""
        cls.is_at_work = True
        try:
            if cls.is_to_stop:
                raise _BrokenOffError
            yield
        finally:
            cls.is_at_work = False


def _in_worker(function: Callable[..., T], task: tuple[Any, ...]) -> T:
    with _Worker.working():
        return function(*task)


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


def _check_at_least(least: int, **options: int) -> None:
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
    import numpy as np
    import pyarrow as pa

    import simulator
    from simulator.scenario import scenario_hash

    return {
        "scenario": scenario.name,
        "scenario_hash": scenario_hash(scenario),
        "seed": seed,
        "replications": replications,
        "package": simulator.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "git_commit": git_commit(Path(__file__).parent),
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
