"""Verifying: is a report still what was made, and does making it again give the same figures?

Four things are looked at before anything is run: the report's own files, the data behind it, its
notebook, and the versions of what made it. Then the notebook runs again, with the parameters that
the manifest tells, in a temporary folder; what each cell shows is held against what it showed.
Only a notebook that is found on this machine is run, never code out of the report: a page that
came by mail is data.
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
from simulator.reports.planning import find_notebook
from simulator.reports.provenance import read_manifest, versions
from simulator.reports.relative_dates import date_of
from simulator.reports.shelf import MANIFEST_SUFFIX, Spot
from simulator.sessions.folder import file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simulator.reports.differences import Difference, Differences
    from simulator.reports.execution import Failure
    from simulator.reports.provenance import Manifest, Subject

__all__ = ["MOST_TOLD", "Check", "Verified", "find_report", "verify"]

MOST_TOLD: Final = 20
"""Differences that are told one by one; the rest is counted."""

State = Literal["ok", "note", "wrong"]
Verdict = Literal["same", "differs", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    """``note``: not as it was, which by itself is no fault."""
    told: str


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
    subject = manifest.run
    folder = (run or Path(subject.folder)).absolute()
    notebook = _notebook_now(spot, manifest)
    checks = [
        _check_files(spot, manifest),
        _check_records(subject) if subject.kind == "records" else _check_folder(subject, folder),
        _check_notebook(notebook, manifest),
        _check_versions(manifest),
        *_check_day(manifest),
    ]
    if simulate and folder.is_dir():
        checks.append(_check_simulation(folder, jobs))
    given = subject.given if run is None else {**subject.given, "run": str(folder)}
    remade = _remade(spot, manifest, notebook, given, checks, out, progress)
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


def _check_files(spot: Spot, manifest: Manifest) -> Check:
    faults = _changed({name: spot.folder / name for name in manifest.files}, manifest.files)
    if not faults:
        return Check("report", "ok", f"{_named(manifest.files)} are as they were made")
    meaning = "the report was changed after it was made: "
    return Check("report", "wrong", meaning + "; ".join(faults))


def _changed(places: Mapping[str, Path], hashes: Mapping[str, str]) -> list[str]:
    faults = []
    for name, place in places.items():
        if not place.is_file():
            faults.append(f"{name} is gone")
        elif file_sha256(place) != hashes[name]:
            faults.append(f"{name} is not what it was")
    return faults


def _named(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _check_folder(subject: Subject, folder: Path) -> Check:
    if not folder.is_dir():
        return Check(
            "data",
            "wrong",
            f"the {subject.kind} is gone: {folder}\n{_how_to_make(subject)}",
        )
    faults = _changed({name: folder / name for name in subject.inputs}, subject.inputs)
    if faults:
        return Check(
            "data",
            "wrong",
            f"the {subject.kind} is another one than was reported on: {'; '.join(faults)}\n"
            f"{_how_to_make(subject)}",
        )
    return Check("data", "ok", f"the {subject.kind} is as it was: {folder}")


def _how_to_make(subject: Subject) -> str:
    """What to do about a folder that is gone or is another one now."""
    if subject.kind != "run":
        return f"put it back, or name where it is with --run (it was of {subject.scenario})"
    return (
        f"make it again: pickup simulate SCENARIO --replications {subject.replications} --seed "
        f"{subject.seed}, with Pickup Lab {subject.package} and the scenario "
        f"'{subject.scenario}' whose hash begins with {subject.scenario_sha256[:8]}; or name where "
        "it is with --run"
    )


def _check_records(subject: Subject) -> Check:
    faults = _changed({name: Path(name) for name in subject.inputs}, subject.inputs)
    faults += [f"{path} is new" for path in _files_now(subject) if path not in subject.inputs]
    if not faults and (fault := _other_scenario(subject)):
        faults = [fault]
    if faults:
        return Check("data", "wrong", f"the records are not what they were: {'; '.join(faults)}")
    return Check("data", "ok", f"scenario and records of {subject.day} are as they were")


def _files_now(subject: Subject) -> list[str]:
    from simulator.calibration.daily.records import files_within

    given = subject.given.get("history_files")
    folders = [Path(str(each)) for each in given] if isinstance(given, list) else []
    return [str(path) for each in folders for path in files_within(each) if path.is_file()]


def _other_scenario(subject: Subject) -> str | None:
    """A scenario is also the files that it extends and its tables."""
    from simulator import scenario

    file = Path(str(subject.given.get("scenario_file", "")))
    try:
        found = scenario.scenario_hash(scenario.load(file))
    except UsageError as error:
        return f"{file} cannot be read any more: {error}"
    return None if found == subject.scenario_sha256 else f"{file} describes another desk now"


def _notebook_now(spot: Spot, manifest: Manifest) -> Path | None:
    """The notebook on this machine: where it was run from, or the one of its name."""
    try:
        told = json.loads(spot.notebook.read_text(encoding="utf-8"))
        place = Path(told["metadata"]["papermill"]["input_path"])
    except (OSError, ValueError, KeyError, TypeError):
        place = Path()
    if place.is_absolute() and place.stem == manifest.notebook.name and place.is_file():
        return place
    try:
        return find_notebook(manifest.notebook.name)
    except UsageError:
        return None


def _check_notebook(notebook: Path | None, manifest: Manifest) -> Check:
    name, then = manifest.notebook.name, manifest.notebook.git_commit
    if notebook is None:
        at = f"; it was of commit {then}" if then else ""
        return Check("notebook", "wrong", f"there is no notebook '{name}' any more{at}")
    if file_sha256(notebook) == manifest.notebook.sha256:
        return Check("notebook", "ok", f"{notebook} is as it was")
    at = f" (it was of commit {then})" if then else ""
    return Check("notebook", "note", f"{notebook} was changed after the report was made{at}")


def _check_versions(manifest: Manifest) -> Check:
    then, now = manifest.versions, versions()
    changed = [
        f"{name} {then.get(name, 'none')} → {now.get(name, 'none')}"
        for name in {**then, **now}
        if then.get(name) != now.get(name)
    ]
    if changed:
        return Check("versions", "note", f"other than then: {', '.join(changed)}")
    return Check("versions", "ok", "Python and packages are those of then")


def _check_day(manifest: Manifest) -> list[Check]:
    """A day that was not over is another one later; nobody can go back to it."""
    day, made_on = manifest.run.day, datetime.fromisoformat(manifest.made_at).date()
    if day is None or day < made_on.isoformat():
        return []
    told = f"{day} was not over when the report was made; its figures may differ by that alone"
    return [Check("day", "note", told)]


def _check_simulation(folder: Path, jobs: int) -> Check:
    from simulator.reports.resimulation import resimulated

    try:
        made = resimulated(folder, jobs=jobs)
    except UsageError as error:
        return Check("simulation", "wrong", f"the run cannot be simulated anew: {error}")
    if made.differing:
        package = f", by Pickup Lab {made.package} then" if made.package else ""
        files = _named(made.differing)
        return Check("simulation", "wrong", f"simulated anew{package}, other bytes in {files}")
    return Check(
        "simulation", "ok", f"simulated anew, {_named(made.files)} are the same to the byte"
    )


def _remade(
    spot: Spot,
    manifest: Manifest,
    notebook: Path | None,
    given: Mapping[str, object],
    checks: Iterable[Check],
    out: Path | None,
    progress: Callable[[int, int], None] | None,
) -> _Remade:
    gone = [check.told.splitlines()[0] for check in checks if _is_gone(check)]
    was = _executed(spot.notebook)
    if was is None:
        gone.append(f"{spot.notebook.name} cannot be read")
    if gone or notebook is None or was is None:
        return _Remade(None, Check("figures", "wrong", f"not compared: {gone[0]}"))
    try:
        values = _values(manifest, notebook, given)
    except ParameterError as error:
        return _Remade(None, Check("figures", "wrong", f"not compared: {error}"))
    now, failure = _run_again(notebook, values, out, progress)
    return _compared(was, now, manifest.failure, failure)


def _is_gone(check: Check) -> bool:
    return check.state == "wrong" and (
        check.name == "notebook" or (check.name == "data" and " is gone: " in check.told)
    )


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
        told = f"the notebook fails now, in cell {failed_now.cell}: {failed_now.error}: {first}"
        return _Remade(None, Check("figures", "wrong", f"not compared: {told}"))
    found = differences(was, now)
    if failed_then and not failed_now:
        told = f"the notebook failed then, in cell {failed_then['cell']}, and runs through now"
        return _Remade(found, Check("figures", "wrong", told))
    if found.figures:
        cells = _named([str(cell) for cell in dict.fromkeys(each.cell for each in found.figures)])
        told = f"{len(found.figures)} of them differ, in {_cells(cells)}"
        return _Remade(found, Check("figures", "wrong", told))
    told = f"all that {found.compared} cells show is the same"
    if found.redrawn:
        cells = _named([str(each.cell) for each in found.redrawn])
        return _Remade(
            found,
            Check("figures", "note", f"{told}; drawn differently, same data: {_cells(cells)}"),
        )
    return _Remade(found, Check("figures", "ok", told))


def _cells(numbers: str) -> str:
    return f"cells {numbers}" if " and " in numbers else f"cell {numbers}"


def _judged(checks: Iterable[Check], remade: _Remade) -> tuple[Verdict, str]:
    """The verdict, and why: what speaks against it first, then what may be the cause."""
    states = {check.name: check for check in checks}
    if states["report"].state == "wrong":
        return "differs", states["report"].told
    if "simulation" in states and states["simulation"].state == "wrong":
        return "differs", states["simulation"].told
    if remade.found is None:
        return "cannot tell", remade.check.told.removeprefix("not compared: ")
    if remade.check.state == "wrong":
        suspects = [
            states[name].told.splitlines()[0]
            for name in ("data", "notebook", "versions", "day")
            if name in states and states[name].state != "ok"
        ]
        cause = f"; it may be because {' and because '.join(suspects)}" if suspects else ""
        return "differs", f"figures: {remade.check.told}{cause}"
    return "same", remade.check.told
