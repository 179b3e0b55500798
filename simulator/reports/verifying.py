"""Verifying: is a report still what was made, and does making it again give the same figures?

Four things are looked at before anything is run: the report's own files, the data behind it, its
notebook, and the versions of what made it. Then the notebook runs again, with the parameters that
the manifest tells, in a temporary folder; what each cell shows is held against what it showed.
Only the notebook that this machine has is run, never code that stands among the reports: a report
that came by mail is data.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from simulator.errors import ParameterError, UsageError
from simulator.reports import parameters as declared_parameters
from simulator.reports.inspection import Case, Check, inspected, named, simulated_anew
from simulator.reports.planning import find_notebook
from simulator.reports.provenance import read_manifest
from simulator.reports.relative_dates import date_of
from simulator.reports.shelf import MANIFEST_SUFFIX, Spot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simulator.reports.differences import Difference, Differences
    from simulator.reports.execution import Failure
    from simulator.reports.provenance import Manifest, Subject

__all__ = ["MOST_TOLD", "Verified", "find_report", "verify"]

MOST_TOLD: Final = 20
"""Differences that are told one by one; the rest is counted."""
NOT_COMPARED: Final = "not compared: "

Verdict = Literal["same", "differs", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a report is the same when it is made again, and how that is known."""

    report: Path
    """Its manifest."""
    title: str
    verdict: Verdict
    reason: str
    checks: tuple[Check, ...]
    compared: int
    """Cells that were held against each other."""
    differing: int
    """How many figures are not the same."""
    differences: tuple[Difference, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True)
class _Remade:
    """The notebook, run again and compared; or why not."""

    found: Differences | None
    check: Check


def verify(
    report: Path,
    *,
    run: Path | None = None,
    simulate: bool = False,
    jobs: int = 1,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verified:
    """Hold a report against its manifest, and against itself made again.

    Args:
        report: its page, manifest, executed notebook or PDF, or a folder that holds one report.
        run: where the run, sweep or replay is now, if not where the manifest says.
        simulate: also simulate the run anew from its own scenario, and compare its files.
        jobs: processes to simulate in.
        out: keep the notebook as it was executed now in this file.
        progress: called with (cells done, cells).

    Raises:
        UsageError: there is no such report, or it is not about what could be simulated.
        DataError: the manifest is damaged.
    """
    spot = find_report(report)
    manifest = read_manifest(spot.manifest)
    _must_be_simulable(manifest.run, simulate=simulate, run=run)
    _must_not_be_of(spot, out)
    folder = (run or Path(manifest.run.folder)).absolute()
    case = Case(spot, manifest, _notebook_now(spot, manifest), folder)
    checks = inspected(case)
    if simulate and folder.is_dir():
        checks.append(simulated_anew(folder, jobs=jobs))
    gone = next((check for check in checks if check.is_gone), None)
    remade = _not_compared(_first_line(gone)) if gone else _remade(case, out, progress)
    checks.append(remade.check)
    verdict, reason = _judged(checks, remade)
    figures = remade.found.figures if remade.found else ()
    return Verified(
        report=spot.manifest,
        title=manifest.title,
        verdict=verdict,
        reason=reason,
        checks=tuple(checks),
        compared=remade.found.compared if remade.found else 0,
        differing=len(figures),
        differences=figures[:MOST_TOLD],
    )


def find_report(path: Path) -> Spot:
    """Where the files of the report stand that a path names: one of them, or its folder.

    Raises:
        UsageError: there is none, or the folder holds several.
    """
    if path.is_dir():
        return _only_one(path)
    name = path.name
    endings = (MANIFEST_SUFFIX, ".html", ".ipynb", ".pdf")
    ending = next((each for each in endings if name.endswith(each)), None)
    if ending is None or not path.exists():
        raise UsageError(
            f"there is no report {path}; give its page, its manifest, its executed notebook, or a "
            "folder with one report"
        )
    spot = Spot(path.parent, name.removesuffix(ending))
    if not spot.manifest.is_file():
        raise UsageError(
            f"there is no {spot.manifest.name} beside {path}, and without its manifest nobody can "
            "say what a report was made of"
        )
    return spot


def _only_one(folder: Path) -> Spot:
    found = sorted(folder.glob(f"[!.]*{MANIFEST_SUFFIX}"))
    if len(found) == 1:
        return Spot(folder, found[0].name.removesuffix(MANIFEST_SUFFIX))
    below = found or sorted(folder.glob(f"*/[!.]*{MANIFEST_SUFFIX}"))
    names = ", ".join(str(each.relative_to(folder)) for each in below[:8])
    raise UsageError(
        f"{folder} holds {len(found) or 'no'} reports of its own; name one"
        + (f": {names}{', …' if len(below) > 8 else ''}" if names else "")
    )


def _must_be_simulable(subject: Subject, *, simulate: bool, run: Path | None) -> None:
    if simulate and subject.kind != "run":
        raise UsageError(
            f"--simulate was given, but the report is about a {subject.kind}; only a run can be "
            "simulated anew"
        )
    if run is not None and subject.kind == "records":
        raise UsageError("--run was given, but the report is about records and not about a run")


def _must_not_be_of(spot: Spot, out: Path | None) -> None:
    if out is not None and out.absolute().parent.resolve() == spot.folder.resolve():
        raise UsageError(
            f"{out} is in the report's own folder, which is left alone; choose another"
        )


def _notebook_now(spot: Spot, manifest: Manifest) -> Path | None:
    """The notebook on this machine: where it was run from, or the one of its name."""
    name = manifest.notebook.name
    try:
        told = json.loads(spot.notebook.read_text(encoding="utf-8"))
        place = Path(told["metadata"]["papermill"]["input_path"])
    except (OSError, ValueError, KeyError, TypeError):
        place = Path()
    among_reports = place.resolve().is_relative_to(spot.folder.parent.resolve())
    if place.is_absolute() and place.is_file() and place.stem == name and not among_reports:
        return place
    try:
        return find_notebook(Path(name).stem)
    except UsageError:
        return None


def _remade(case: Case, out: Path | None, progress: Callable[[int, int], None] | None) -> _Remade:
    was = _executed(case.spot.notebook)
    if was is None or case.notebook is None:
        return _not_compared(f"{case.spot.notebook.name} cannot be read")
    try:
        values = _values(case.manifest, case.notebook, case.given)
    except ParameterError as error:
        return _not_compared(str(error))
    now, failure = _run_again(case.notebook, values, out, progress)
    return _compared(was, now, case.manifest.failure, failure)


def _not_compared(reason: str) -> _Remade:
    return _Remade(None, Check("figures", "wrong", f"{NOT_COMPARED}{reason}"))


def _first_line(check: Check) -> str:
    return check.told.splitlines()[0]


def _executed(notebook: Path) -> dict[str, Any] | None:
    """An executed notebook as it stands on disk; None if it is none."""
    try:
        found = json.loads(notebook.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "cells" in found else None


def _values(manifest: Manifest, notebook: Path, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters of then; where a default is a date relative to today, as it was then."""
    known = declared_parameters.declared(notebook)
    made_on = datetime.fromisoformat(manifest.made_at).date()
    relative = {
        name: day.isoformat()
        for name, parameter in known.items()
        if isinstance(parameter.default, str) and (day := date_of(parameter.default, made_on))
    }
    told = {**relative, **given, **manifest.parameters}
    return declared_parameters.check(told, known, notebook=notebook.stem)


def _run_again(
    notebook: Path,
    values: Mapping[str, object],
    out: Path | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[dict[str, Any], Failure | None]:
    from simulator.reports.execution import execute

    with tempfile.TemporaryDirectory(prefix="pickup-verify-", ignore_cleanup_errors=True) as folder:
        executed = Path(folder) / notebook.name
        run = execute(notebook, values, executed, progress=progress)
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(executed, out)
    return run.notebook, run.failure


def _compared(
    was: Mapping[str, Any],
    now: Mapping[str, Any],
    failed_then: Mapping[str, Any] | None,
    failed_now: Failure | None,
) -> _Remade:
    from simulator.reports.differences import differences

    if failed_now and not failed_then:
        first = (failed_now.message.strip().splitlines() or [""])[0]
        return _not_compared(
            f"the notebook fails now, in cell {failed_now.cell}: {failed_now.error}: {first}"
        )
    found = differences(was, now)
    if failed_then and not failed_now:
        told = f"the notebook failed then, in cell {failed_then['cell']}, and runs through now"
        return _Remade(found, Check("figures", "wrong", told))
    return _Remade(found, _told(found))


def _told(found: Differences) -> Check:
    number = len(found.figures)
    if number:
        what = "1 figure differs" if number == 1 else f"{number:,} figures differ"
        return Check("figures", "wrong", f"{what}, in {_cells(found.figures)}")
    count = found.compared
    cells = f"{count} cells show" if count > 1 else "1 cell shows" if count else "its cells show"
    told = f"all that {cells} is the same"
    if found.redrawn:
        told += f"; drawn differently, of the same data: {_cells(found.redrawn)}"
        return Check("figures", "note", told)
    return Check("figures", "ok", told)


def _cells(where: Iterable[Difference]) -> str:
    numbers = list(dict.fromkeys(str(each.cell) for each in where))
    return f"{'cell' if len(numbers) == 1 else 'cells'} {named(numbers)}"


def _judged(checks: Iterable[Check], remade: _Remade) -> tuple[Verdict, str]:
    """The verdict, and why: what speaks against it first, then what may be the cause."""
    states = {check.name: check for check in checks}
    if states["report"].state == "wrong":
        return "differs", states["report"].told
    if "simulation" in states and states["simulation"].state == "wrong":
        return "differs", states["simulation"].told
    if remade.found is None:
        return "cannot tell", remade.check.told.removeprefix(NOT_COMPARED)
    if remade.check.state == "wrong":
        suspects = [
            _first_line(states[name])
            for name in ("data", "notebook", "versions", "day")
            if name in states and states[name].state != "ok"
        ]
        cause = f"; it may be because {' and because '.join(suspects)}" if suspects else ""
        return "differs", f"{remade.check.told}{cause}"
    return "same", remade.check.told
