"""Making reports: notebooks are planned and checked, executed, rendered, put in place, indexed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import NotebookError, ParameterError, TargetMissedError, UsageError
from simulator.reports import parameters as declared_parameters
from simulator.reports.gates import Bound, Gate, Verdict, judge
from simulator.reports.index import write_index
from simulator.reports.provenance import (
    Manifest,
    Source,
    Subject,
    key_figures,
    subject_of,
    to_json,
    versions,
)
from simulator.reports.shelf import Spot, drafting, put, spot_for
from simulator.sessions.folder import file_sha256
from simulator.spelling import did_you_mean
from simulator.versioning import git_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from simulator.comparison.observing import ReplayOutput
    from simulator.sessions import Run
    from simulator.sweep import Sweep

__all__ = [
    "DEFAULT_NOTEBOOK",
    "Plan",
    "Report",
    "find_notebook",
    "make_reports",
    "plan_notebooks",
    "raise_for",
]

DEFAULT_NOTEBOOK = "service_report"
_SHIPPED = Path(__file__).parents[2] / "notebooks"


@dataclass(frozen=True, slots=True)
class Plan:
    """A notebook and the parameters for it, checked; the run comes later."""

    notebook: Path
    parameters: dict[str, object]


@dataclass(frozen=True, slots=True)
class Report:
    """One report that was made."""

    page: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Order:
    """All that another process needs to make one report."""

    plan: Plan
    subject: Subject
    verdicts: tuple[Verdict, ...]
    spot: Spot


def find_notebook(name: str) -> Path:
    """The notebook of that name: a path to an .ipynb, or one in ``notebooks/``, here or shipped.

    Raises:
        UsageError: There is none.
    """
    folders = (Path("notebooks"), _SHIPPED)
    if name.endswith(".ipynb"):
        tried = [Path(name)]
    else:
        tried = [folder / f"{name}.ipynb" for folder in folders]
    for path in tried:
        if path.is_file():
            return path.resolve()
    names = sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
    raise UsageError(
        f"there is no notebook '{name}'{did_you_mean(name, names)} "
        f"Give a path to an .ipynb file or one of: {', '.join(names) or 'none here'}"
    )


def plan_notebooks(
    notebooks: Iterable[str], given: Mapping[str, object], *, as_text: bool = False
) -> list[Plan]:
    """The notebooks with the parameters that each of them takes, before anything is started.

    A parameter must be known to one notebook at least, and goes to all that know it.

    Args:
        notebooks: Names or paths.
        given: Parameters by name.
        as_text: The values are texts, as from the command line, and mean what the notebook's
            declared type makes of them.

    Raises:
        UsageError: There is no such notebook, or it takes no run.
        ParameterError: A name is unknown to all notebooks or a value is of the wrong type.
    """
    found = [find_notebook(name) for name in dict.fromkeys(notebooks)]
    known = {path: declared_parameters.declared(path) for path in found}
    if "run" in given:
        raise ParameterError("parameter 'run' is the run reported on; name it as an argument")
    return [Plan(path, _parameters_for(path, known, given, as_text=as_text)) for path in found]


def make_reports(
    runs: Iterable[Run | Sweep | ReplayOutput],
    plans: Sequence[Plan],
    *,
    out: Path | str = "reports",
    gates: Sequence[Gate] = (),
    gate_on: Bound = "value",
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Report]:
    """Make a report of every run with every notebook, and the index of all reports.

    A notebook that fails keeps its page, marked, and the others go on; :func:`raise_for` turns
    that and missed gates into the error that tells it.

    Args:
        runs: What the reports are about.
        plans: From :func:`plan_notebooks`.
        out: The folder of all reports.
        gates: Judged on every run before a kernel starts.
        gate_on: The estimate, or the bound of its interval, that the gates judge.
        jobs: Processes at most; one per core if left out. One report is made in this process.
        progress: Called with (done, total): reports, or the cells of an only report.

    Raises:
        UsageError: A gate names no figure, or nothing can be written in ``out``.
    """
    out = Path(out)
    orders = [
        _Order(plan, subject, verdicts, spot_for(out, subject, plan.notebook.stem, plan.parameters))
        for subject, verdicts in _judged(runs, gates, gate_on)
        for plan in plans
    ]
    workers = min(jobs or os.cpu_count() or 1, len(orders))
    reports = (
        [_make(order, progress if len(orders) == 1 else None) for order in orders]
        if workers <= 1
        else _made_in_processes(orders, workers, progress)
    )
    write_index(out)
    return reports


def raise_for(reports: Iterable[Report]) -> None:
    """Tell by an error what went wrong with the reports, if anything did.

    Raises:
        NotebookError: A notebook failed; this comes before a missed gate.
        TargetMissedError: A gate was not met.
    """
    reports = list(reports)
    failed = [report for report in reports if report.manifest.failure]
    if failed:
        raise NotebookError("\n".join(_told_failure(report) for report in failed))
    missed = {
        f"{report.manifest.run.name}: {verdict}": None
        for report in reports
        for verdict in report.manifest.gates
        if not verdict.met
    }
    if missed:
        raise TargetMissedError("target missed: " + "\n".join(missed))


def _parameters_for(
    path: Path,
    known: Mapping[Path, Mapping[str, declared_parameters.Parameter]],
    given: Mapping[str, object],
    *,
    as_text: bool,
) -> dict[str, object]:
    own = known[path]
    if "run" not in own:
        raise ParameterError(
            f"notebook '{path.stem}' takes no parameter 'run'; give it a cell tagged "
            "'parameters' with a line such as: run: str = \"data/runs/example\""
        )
    elsewhere = {name for other in known.values() for name in other} - set(own)
    mine = {name: value for name, value in given.items() if name not in elsewhere}
    if as_text:
        mine = {
            name: declared_parameters.from_text(name, str(text), own, notebook=path.stem)
            for name, text in mine.items()
        }
    return declared_parameters.check(mine, own, notebook=path.stem)


def _judged(
    runs: Iterable[Run | Sweep | ReplayOutput], gates: Sequence[Gate], on: Bound
) -> list[tuple[Subject, tuple[Verdict, ...]]]:
    subjects = [subject_of(run) for run in runs]
    return [
        (subject, tuple(judge(gate, subject.figures, on=on) for gate in gates))
        for subject in subjects
    ]


def _made_in_processes(
    orders: Sequence[_Order], workers: int, progress: Callable[[int, int], None] | None
) -> list[Report]:
    """The reports in the order of the orders.

    Processes and not threads, for papermill keeps its working directory and its file handlers
    for the whole process.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_ctrl_c) as pool:
        futures = [pool.submit(_make, order) for order in orders]
        for done, _ in enumerate(as_completed(futures), start=1):
            if progress:
                progress(done, len(orders))
        return [future.result() for future in futures]


def _leave_ctrl_c() -> None:
    """A terminal sends ctrl-C to every process; only the first one is to act on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _make(order: _Order, progress: Callable[[int, int], None] | None = None) -> Report:
    """Execute, render, and move page, notebook and manifest into place together."""
    from simulator.reports.execution import execute
    from simulator.reports.page import page, render

    plan, subject, spot = order.plan, order.subject, order.spot
    made_at = datetime.now().astimezone()
    with drafting(spot) as draft:
        run = execute(
            plan.notebook,
            {"run": subject.folder, **plan.parameters},
            draft.notebook,
            progress=progress,
        )
        began = time.perf_counter()
        failure = run.failure
        rendered = render(
            run.notebook, name=plan.notebook.stem, failed_cell=failure.cell if failure else None
        )
        manifest = Manifest(
            title=rendered.title,
            made_at=made_at.isoformat(timespec="seconds"),
            notebook=Source(
                plan.notebook.stem, file_sha256(plan.notebook), git_commit(plan.notebook)
            ),
            parameters=plan.parameters,
            run=subject,
            failure=asdict(failure) if failure else None,
            gates=order.verdicts,
            figures=key_figures(subject),
            versions=versions(),
            seconds={"execute": round(run.seconds, 3)},
            files={},
        )
        text = page(
            rendered, manifest, notebook_file=spot.notebook.name, manifest_file=spot.manifest.name
        )
        draft.page.write_text(text, encoding="utf-8", newline="\n")
        manifest = replace(
            manifest,
            seconds=manifest.seconds | {"render": round(time.perf_counter() - began, 3)},
            files={file.name: file_sha256(file) for file in (draft.page, draft.notebook)},
        )
        draft.manifest.write_text(to_json(manifest), encoding="utf-8", newline="\n")
        put(draft, spot)
    return Report(spot.page, manifest)


def _told_failure(report: Report) -> str:
    failure: dict[str, Any] = report.manifest.failure or {}
    return (
        f"notebook '{report.manifest.notebook.name}' on {report.manifest.run.name} failed in cell "
        f"{failure['cell']}: {failure['error']}: {failure['message'].strip().splitlines()[0]}\n"
        f"  as far as it came: {report.page}"
    )
