"""What stands in a folder of reports: every report, what cannot be read, how the jobs ended.

Manifests are looked for where single reports and those of jobs stand (:mod:`.shelf`)::

    reports/<run>/<stem>.manifest.json
    reports/<job>/<date>/<run>/<stem>.manifest.json     and not below latest

Anything may change or vanish meanwhile, and anything may stand in a file: what is gone is left
out, what cannot be read is named, and an entry that is there can be shown.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from simulator.errors import DataError
from simulator.reports.key_figures import KNOWN, Estimate, Target, reason, target_of
from simulator.reports.provenance import FORMAT, Manifest, read_manifest
from simulator.reports.shelf import MANIFEST_SUFFIX
from simulator.reports.trust import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.reports.gates import Figure

__all__ = ["Entry", "JobEnd", "Links", "Survey", "Unread", "line", "survey"]

LATEST: Final = "latest"
LOG_FILE: Final = "log.jsonl"
RECORD_FILE: Final = "job.json"
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOST_WORDS: Final = 300
_DAMAGED: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
_STATUSES: Final = {"ok": "ok", "missed": "missed", "failed": "failed", "timeout": "failed"}


@dataclass(frozen=True, slots=True)
class Links:
    """Relative to the index, percent-encoded; None where there is no such file."""

    manifest: str
    page: str | None
    notebook: str | None
    pdf: str | None
    log: str | None
    data: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One report as the index tells it; its texts are such as can be shown."""

    manifest: Manifest
    links: Links
    title: str
    scenario: str
    notebook: str
    job: str | None
    parameters: str
    """``by_min = 30, kind = archive``; empty without any, and without dates."""
    series: str
    """What the reports of one series have in common."""
    made_at: datetime
    checked_at: datetime | None
    day: date | None
    """The day it is about, if it is about one."""
    status: str
    reasons: tuple[str, ...]
    figures: dict[str, Estimate]
    """Those that are known, by name."""
    targets: dict[str, Target]

    @property
    def at(self) -> datetime:
        """When it was last found to be true."""
        return self.checked_at or self.made_at


@dataclass(frozen=True, slots=True)
class Unread:
    """A manifest that gives no entry."""

    name: str
    """Its path below the folder of reports."""
    why: str
    title: str | None
    page: str | None
    """Link to the page, if it stands."""
    is_outdated: bool
    """It was made by an older version; nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How the newest run of a job ended."""

    name: str
    day: date
    status: str
    """``ok``, ``missed``, ``failed``; empty if there is no record of its end."""
    ended_at: datetime | None
    lost: tuple[str, ...]
    """What could not be made at all, and why."""
    log: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """All that stands in a folder of reports."""

    entries: tuple[Entry, ...]
    """The newest first."""
    unread: tuple[Unread, ...]
    jobs: tuple[JobEnd, ...]


def survey(out: Path) -> Survey:
    """Everything under a folder of reports, the newest first."""
    data = _Data(out)
    entries: list[Entry] = []
    unread: list[Unread] = []
    jobs: list[JobEnd] = []
    for folder, log in _folders(out, jobs):
        for name in sorted(folder.files):
            if not name.endswith(MANIFEST_SUFFIX):
                continue
            found = _read(folder, name, log, data)
            if isinstance(found, Entry):
                entries.append(found)
            elif found is not None:
                unread.append(found)
    entries.sort(key=lambda entry: entry.links.manifest)
    entries.sort(key=lambda entry: entry.at, reverse=True)
    jobs.sort(key=lambda job: (job.day, job.name), reverse=True)
    return Survey(tuple(entries), tuple(unread), tuple(jobs))


def line(text: object, most: int = _MOST_WORDS) -> str:
    """The first line of a text as it can be shown: no control characters, no end without end."""
    text = plain_text(str(text)).encode("utf-8", "replace").decode("utf-8")
    first = text.strip().partition("\n")[0].rstrip()
    return first if len(first) <= most else first[: most - 1] + "…"


# Folders


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    parts: tuple[str, ...]
    """Its path below the folder of reports."""
    folders: tuple[str, ...]
    files: frozenset[str]

    @property
    def stamp(self) -> str:
        return "/".join(self.parts)

    def below(self, name: str) -> _Folder:
        return _listed(self.path / name, (*self.parts, name))

    def link(self, name: str) -> str | None:
        """To a file in it; None if it is not there."""
        return _href((*self.parts, name)) if name in self.files else None


def _listed(path: Path, parts: tuple[str, ...] = ()) -> _Folder:
    folders: list[str] = []
    files: list[str] = []
    with suppress(OSError), os.scandir(path) as found:
        for each in found:
            if each.name.startswith("."):
                continue
            with suppress(OSError):
                (folders if each.is_dir() else files).append(each.name)
    return _Folder(path, parts, tuple(sorted(folders)), frozenset(files))


def _folders(out: Path, jobs: list[JobEnd]) -> Iterator[tuple[_Folder, str | None]]:
    """Every folder that may hold manifests, with the link to its job's log."""
    root = _listed(out)
    for top in map(root.below, root.folders):
        yield top, None
        newest: _Folder | None = None
        for date_folder in (top.below(name) for name in top.folders if name != LATEST):
            log = date_folder.link(LOG_FILE)
            if _day(date_folder.parts[-1]) and date_folder.files & {LOG_FILE, RECORD_FILE}:
                newest = date_folder
            for name in date_folder.folders:
                yield date_folder.below(name), log
        if newest is not None:
            jobs.append(_job_end(newest))


def _job_end(folder: _Folder) -> JobEnd:
    name, day = folder.parts[-2:]
    told: dict[str, Any] = {}
    with suppress(OSError, ValueError, RecursionError):
        read = json.loads((folder.path / RECORD_FILE).read_text(encoding="utf-8"))
        told = read if isinstance(read, dict) else {}
    lost = told.get("lost")
    return JobEnd(
        name=line(name),
        day=date.fromisoformat(day),
        status=_STATUSES.get(str(told.get("status")), ""),
        ended_at=_instant_or_none(told.get("ended_at")),
        lost=tuple(map(line, lost)) if isinstance(lost, list) else (),
        log=folder.link(LOG_FILE),
    )


def _href(parts: tuple[str, ...]) -> str:
    return "/".join(quote(os.fsencode(part), safe="") for part in parts)


# Manifests


def _read(folder: _Folder, name: str, log: str | None, data: _Data) -> Entry | Unread | None:
    path = folder.path / name
    try:
        return _entry(read_manifest(path), folder, name, log, data)
    except DataError as error:
        return _unread(folder, name, error) if path.is_file() else None
    except _DAMAGED as error:
        return _unread(folder, name, error)


def _entry(manifest: Manifest, folder: _Folder, name: str, log: str | None, data: _Data) -> Entry:
    stem = name.removesuffix(MANIFEST_SUFFIX)
    run = manifest.run
    links = Links(
        manifest=_href((*folder.parts, name)),
        page=folder.link(f"{stem}.html"),
        notebook=folder.link(f"{stem}.ipynb"),
        pdf=folder.link(f"{stem}.pdf"),
        log=log,
        data=data.link(run.folder, run.inputs, is_of_a_folder=run.kind != "records"),
    )
    undated = {str(key): _undated(value) for key, value in manifest.parameters.items()}
    job = None if manifest.job is None else line(manifest.job)
    identity = [run.kind, run.scenario, manifest.notebook.name, undated, job]
    return Entry(
        manifest=manifest,
        links=links,
        title=line(manifest.title) or "Untitled",
        scenario=line(run.scenario),
        notebook=line(manifest.notebook.name),
        job=job,
        parameters=_spelled(undated),
        series=json.dumps(identity, sort_keys=True, default=str),
        made_at=_instant(manifest.made_at),
        checked_at=_instant_or_none(manifest.checked_at),
        day=_day_about(run.day, manifest.parameters),
        status=manifest.status,
        reasons=_reasons(manifest),
        figures={
            known.name: _estimate(manifest.figures[known.name])
            for known in KNOWN
            if known.name in manifest.figures
        },
        targets=_targets(manifest),
    )


def _unread(folder: _Folder, name: str, error: Exception) -> Unread:
    """What can still be told of a manifest: whether it is only old, its title and its page."""
    told: dict[str, Any] = {}
    with suppress(OSError, ValueError, RecursionError):
        read = json.loads((folder.path / name).read_text(encoding="utf-8"))
        told = read if isinstance(read, dict) else {}
    format_ = told.get("format")
    return Unread(
        name=line("/".join((*folder.parts, name))),
        why=line(error),
        title=line(told["title"]) if isinstance(told.get("title"), str) else None,
        page=folder.link(name.removesuffix(MANIFEST_SUFFIX) + ".html"),
        is_outdated=isinstance(format_, int) and 0 < format_ < FORMAT,
    )


def _reasons(manifest: Manifest) -> tuple[str, ...]:
    missed = tuple(line(reason(verdict)) for verdict in manifest.gates if not verdict.met)
    if not manifest.failure:
        return missed
    failure = manifest.failure
    error, message = line(failure["error"]), line(failure["message"])
    stopped = f"Stopped in cell {line(failure['cell'])}: {error}"
    return (f"{stopped}: {message}" if message else stopped, *missed)


def _targets(manifest: Manifest) -> dict[str, Target]:
    found = {verdict.figure: target_of(verdict) for verdict in manifest.gates}
    return {name: target for name, target in found.items() if target is not None}


def _estimate(figure: Figure) -> Estimate:
    return Estimate(*(_number(figure.get(bound)) for bound in ("value", "low", "high")))


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if isfinite(number) else None


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _instant_or_none(text: object) -> datetime | None:
    with suppress(ValueError):
        return _instant(text) if isinstance(text, str) else None
    return None


# Parameters and days

_DATE: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    r"|(?<![0-9a-f])20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![0-9a-f])"
    r"|(?<!\d)\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?(?!\d)"
)
_SOME_DATE: Final = "<date>"


def _day(text: object) -> date | None:
    if isinstance(text, str) and _ISO_DATE.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    return None


def _day_about(recorded: str | None, parameters: dict[str, object]) -> date | None:
    """That of the records, or else the one date that a parameter gives."""
    days = [_day(recorded)] if recorded else [*map(_day, parameters.values())]
    known = [day for day in days if day is not None]
    return known[0] if len(known) == 1 else None


def _undated(value: object) -> object:
    """A parameter's value without the dates that change from morning to morning."""
    if isinstance(value, str):
        return _DATE.sub(_SOME_DATE, value)
    if isinstance(value, list):
        return [_undated(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _undated(item) for key, item in value.items()}
    return value


def _spelled(parameters: dict[str, object]) -> str:
    told = [
        f"{name} = {_short(value)}" for name, value in parameters.items() if value != _SOME_DATE
    ]
    return line(", ".join(told), 120)


def _short(value: object) -> str:
    """Of paths the last part, so that a line can be read."""
    if isinstance(value, list):
        return ", ".join(map(_short, value)) or "none"
    if isinstance(value, str):
        return re.split(r"[/\\]", value.rstrip("/\\"))[-1] or "empty"
    return json.dumps(value, ensure_ascii=False, default=str)


# Data


@dataclass
class _Data:
    """Links to what reports were made of, as long as it is what it was."""

    out: Path
    _told: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    @cached_property
    def _root(self) -> Path:
        return self.out.resolve()

    def link(self, written: str, inputs: dict[str, str], *, is_of_a_folder: bool) -> str | None:
        """To a run's folder or a file of records beside the reports; None if it has changed."""
        now = self._files(written)
        if now is None or (is_of_a_folder and now["files"] != inputs):
            return None
        return str(now["link"])

    def _files(self, written: str) -> dict[str, Any] | None:
        if written not in self._told:
            self._told[written] = None
            with suppress(OSError, *_DAMAGED):
                self._told[written] = self._looked_up(written)
        return self._told[written]

    def _looked_up(self, written: str) -> dict[str, Any] | None:
        path = Path(written).resolve()
        if not Path(written).is_absolute() or not path.is_relative_to(self._root.parent):
            return None
        href = _href(Path(os.path.relpath(path, self._root)).parts)
        if not path.is_dir():
            return {"link": href, "files": {}} if path.is_file() else None
        told = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        files = {name: file["sha256"] for name, file in told["files"].items()}
        return {"link": f"{href}/", "files": files}
