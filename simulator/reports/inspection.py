"""Inspecting a report before anything is run: is all that it was made of still what it was?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simulator.errors import UsageError
from simulator.files import file_sha256, files_within
from simulator.reports.provenance import versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.reports.provenance import Manifest, Subject
    from simulator.reports.shelf import Spot

__all__ = ["Case", "Check", "inspected", "named", "simulated_anew"]

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    """``note``: not as it was, which by itself is no fault."""
    told: str
    is_gone: bool = False
    """There is nothing left to make the report of."""


@dataclass(frozen=True, slots=True)
class Case:
    """A report with what there is now of what it was made of."""

    spot: Spot
    manifest: Manifest
    notebook: Path | None
    """As it is on this machine now."""
    folder: Path
    """Where the run, sweep or replay is now, or should be."""

    @property
    def given(self) -> dict[str, object]:
        """The parameters by which the notebook is told what it is about."""
        given = self.manifest.run.given
        return {**given, "run": str(self.folder)} if "run" in given else given


def inspected(case: Case) -> list[Check]:
    """The report's own files, its data, its notebook, what made it, and its day."""
    subject = case.manifest.run
    return [
        _check_files(case.spot, case.manifest),
        _check_records(subject)
        if subject.kind == "records"
        else _check_folder(subject, case.folder),
        _check_notebook(case.notebook, case.manifest),
        _check_versions(case.manifest),
        *_check_day(case.manifest),
    ]


def named(names: Iterable[str]) -> str:
    """Some names as one says them.

    >>> named(["page", "notebook", "manifest"])
    'page, notebook and manifest'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _check_files(spot: Spot, manifest: Manifest) -> Check:
    faults = _changed({name: spot.folder / name for name in manifest.files}, manifest.files)
    if not manifest.files:
        return Check("report", "wrong", "the manifest names no file, so it vouches for none")
    if not faults:
        return Check("report", "ok", f"{named(manifest.files)} are as they were made")
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


def _check_folder(subject: Subject, folder: Path) -> Check:
    if not folder.is_dir():
        return Check(
            "data",
            "wrong",
            f"the {subject.kind} is gone: {folder}\n{_how_to_make(subject)}",
            is_gone=True,
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
    if faults:
        return Check("data", "wrong", f"the records are not what they were: {'; '.join(faults)}")
    return Check("data", "ok", f"scenario and records of {subject.day} are as they were")


def _files_now(subject: Subject) -> list[str]:
    given = subject.given.get("history_files")
    folders = [Path(str(each)) for each in given] if isinstance(given, list) else []
    return [
        str(path.resolve()) for each in folders for path in files_within(each) if path.is_file()
    ]


def _check_notebook(notebook: Path | None, manifest: Manifest) -> Check:
    name, then = manifest.notebook.name, manifest.notebook.git_commit
    if notebook is None:
        at = f"; it was of commit {then}" if then else ""
        return Check(
            "notebook", "wrong", f"there is no notebook '{name}' any more{at}", is_gone=True
        )
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


def simulated_anew(folder: Path, *, jobs: int) -> Check:
    """Whether the run's own scenario, simulated now, gives the files of the run."""
    from simulator.reports.resimulation import resimulated

    try:
        made = resimulated(folder, jobs=jobs)
    except UsageError as error:
        return Check("simulation", "wrong", f"the run cannot be simulated anew: {error}")
    if made.differing:
        package = f", by Pickup Lab {made.package} then" if made.package else ""
        files = named(made.differing)
        return Check("simulation", "wrong", f"simulated anew{package}, other bytes in {files}")
    return Check(
        "simulation", "ok", f"simulated anew, {named(made.files)} are the same to the byte"
    )
