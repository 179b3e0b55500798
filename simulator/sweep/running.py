"""A study from its first replication to its folder of results."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.files import file_sha256
from simulator.study.running import RUNS, check_at_least, file_name
from simulator.sweep import assembling, folder
from simulator.sweep.parts import Parts
from simulator.sweep.rounds import deciding
from simulator.sweep.tasks import Way, simulated, tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from simulator.engines import EngineName
    from simulator.study import Spread
    from simulator.sweep.rounds import Deciding, Round
    from simulator.sweep.study_file import Study

__all__ = ["default_folder", "run_sweep"]

SWEEPS = RUNS / "sweeps"


def run_sweep(
    study: Study,
    *,
    engine: EngineName = "auto",
    jobs: int = 1,
    scheduler: str | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Simulate a study into a folder of results, and give its path.

    A sweep that was broken off goes on where it was, and the same complete one is used again. The
    bytes of all files but the manifest are a function of the study and of versions of packages,
    whoever simulates, and however often it was broken off. Memory does not grow with the
    replications: what is finished is written every few seconds, and assembled batch by batch.

    Args:
        study: cases, replications, seed, and when it is enough.
        engine: which one runs; all agree.
        jobs: processes to spread the work over; 1 stays in this one. (A script that asks for more
            needs the usual ``if __name__ == "__main__":``.)
        scheduler: address of a Dask scheduler whose workers do the work in their place.
        out: the folder; ``data/runs/sweeps/<name>-<hash8>`` if left out.
        overwrite: replace another sweep that stands there.
        progress: called with (replications done, most there will be), each case's counted, before
            the first and after each.

    Raises:
        ParameterError: jobs is out of range.
        UsageError: there is no such engine, or no such scheduler.
        RunExistsError: another sweep, or something else, stands in that place, or another process
            is at work there.
    """
    from simulator import engines

    check_at_least(1, jobs=jobs)
    engines.chosen(engine, 0)
    provenance = _provenance(study)
    identity = {key: provenance[key] for key in ("study_hash", "package", "numpy", "scipy")}
    path = default_folder(study) if out is None else Path(out)
    if folder.finished(path, identity):
        return path
    folder.check_place(path, identity, overwrite=overwrite)
    with folder.claimed(path):
        if not folder.complete(path, identity):
            folder.prepare(path, identity, study.text)
            _make(study, path, provenance, engine, jobs, scheduler, progress)
        folder.finish(path)
    return path


def default_folder(study: Study) -> Path:
    """Where a sweep goes unless told: ``data/runs/sweeps/<name>-<hash8>``."""
    from simulator.sweep.study_file import study_hash

    return SWEEPS / f"{file_name(study.name)}-{study_hash(study)[:8]}"


def _make(
    study: Study,
    path: Path,
    provenance: Mapping[str, Any],
    engine: EngineName,
    jobs: int,
    scheduler: str | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Simulate what is not there yet, and write the files; the manifest last."""
    from simulator import engines
    from simulator.study import spread

    began = time.monotonic()
    parts = Parts(path / folder.PARTS)
    decisions = deciding(study)
    way = _way(study, engine, jobs)
    if scheduler is None:
        engines.prepared(engine, way.chats)
    with spread(jobs, scheduler) as results:
        there = _Rounds(study, way, parts, results, progress)
        replications = there.all(decisions)
    ended = time.monotonic()
    kept = _write(study, path, parts, provenance, replications)
    manifest = {
        "format": folder.FORMAT,
        **provenance,
        "engine": ", ".join(sorted(parts.engines)),
        **decisions.account(),
        "replications_by_case": {
            case.name: count for case, count in zip(study.cases, replications, strict=True)
        },
        "sessions": kept,
        "timings": {
            "simulated_s": round(ended - began, 3),
            "assembled_s": round(time.monotonic() - ended, 3),
        },
        "files": {
            name: {
                "bytes": (path / name).stat().st_size,
                "sha256": file_sha256(path / name),
            }
            for name in folder.FILES
        },
    }
    folder.write_json(path / folder.MANIFEST_FILE, manifest)


class _Rounds:
    """The rounds of a sweep, one after the other."""

    def __init__(
        self,
        study: Study,
        way: Way,
        parts: Parts,
        results: Spread,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._study, self._way, self._parts = study, way, parts
        self._results, self._progress = results, progress
        self._tasks = 0
        """In the rounds before."""
        self._replications = 0
        """Done so far, those of each case counted."""

    def all(self, decisions: Deciding) -> list[int]:
        """Simulate until it is enough; how many replications of each case that took."""
        counts: Counter[int] = Counter()
        while (asked := decisions.next_round()) is not None:
            first = self._tasks
            self._do(asked)
            decisions.observe(partial(self._rows, asked, first))
            counts.update({case: len(asked.replications) for case in asked.cases})
        return [counts[case] for case in range(len(self._study.cases))]

    def _do(self, asked: Round) -> None:
        """Simulate a round, but for the tasks that parts have already; to the last on disk."""
        work = list(tasks(self._study, asked, self._way))
        there = min(max(self._parts.tasks - self._tasks, 0), len(work))
        to_come = len(asked.cases) * (self._study.replications + 1 - asked.replications.start)
        most = self._replications + to_come
        self._replications += sum(len(task.cases) for task in work[:there])
        self._tell(most)
        try:
            for done in self._results(simulated, ((task,) for task in work[there:])):
                self._parts.add(done)
                self._replications += len(done.cases)
                self._tell(most)
        finally:
            self._parts.flush()
        self._tasks += len(work)

    def _tell(self, most: int) -> None:
        if self._progress is not None:
            self._progress(self._replications, most)

    def _rows(self, asked: Round, first: int, columns: Sequence[str]) -> pa.Table:
        """Columns of the replications of a round, each as a whole, with their case."""
        import pyarrow as pa

        tables = [
            pa.Table.from_batches([batch])
            .select(columns)
            .append_column("case", pa.array([self._study.cases[case].name] * batch.num_rows))
            for case in asked.cases
            for batch in self._parts.rows(0, case, first=first)
        ]
        return pa.concat_tables(tables)


def _way(study: Study, engine: EngineName, jobs: int) -> Way:
    """How the tasks of a study are done; instants in the scenarios' zone if they have one."""
    from simulator.workload import expected_chats

    chats = sum(expected_chats(case.scenario) for case in study.cases) * study.replications
    zones = {case.scenario.timezone.key for case in study.cases}
    return Way(
        seed=study.seed,
        engine=engine,
        chats=chats / jobs,
        intervals=study.intervals,
        timezone=zones.pop() if len(zones) == 1 else "UTC",
    )


def _write(
    study: Study,
    path: Path,
    parts: Parts,
    provenance: Mapping[str, Any],
    replications: Sequence[int],
) -> dict[str, str]:
    """All files but the manifest; the folders of kept sessions by case."""
    about = {key: str(provenance[key]) for key in ("study", "study_hash", "seed", "package")}
    assembling.write_results(path / folder.RESULTS_FILE, study, parts, about)
    assembling.write_cases(path / folder.CASES_FILE, study, replications)
    kept = {
        case: numbers for case, count in enumerate(replications) if (numbers := _kept(study, count))
    }
    places = assembling.write_sessions(path / folder.SESSIONS, study, parts, kept)
    return {study.cases[case].name: place.name for case, place in places.items()}


def _kept(study: Study, count: int) -> list[int]:
    """The replications whose sessions are kept, of so many that there are."""
    return [n for n in range(1, count + 1) if study.sessions is None or n in study.sessions]


def _provenance(study: Study) -> dict[str, Any]:
    """Where the figures come from, as the manifest tells it."""
    from importlib.metadata import version

    from simulator.study.provenance import made_with
    from simulator.sweep.study_file import study_hash

    return {
        "study": study.name,
        "study_hash": study_hash(study),
        "seed": study.seed,
        "replications": study.replications,
        **made_with(),
        "scipy": version("scipy"),
    }
