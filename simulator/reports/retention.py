"""Retention: which old reports go, and what a killed process left behind; told first, then done.

A report belongs to a series: the mornings of a job, or the same scenario, notebook and parameters.
With ``keep`` the newest of each series stay, with ``days`` the younger ones; given both, a report
goes only if it is neither. Drafts (what a process that was killed was writing) go when they are
older than a day.

Nothing is touched that is not ours: of a report its manifest, the files that the manifest names and
the PDF beside it, of a morning also its record and log; a folder only once it is empty. Links are
not followed. What ``latest`` shows stays, and so does all of a job that is at work.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from simulator.errors import DataError, ParameterError, UsageError
from simulator.locking import lock
from simulator.reports.provenance import read_manifest
from simulator.reports.shelf import MANIFEST_SUFFIX, Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Cleaning", "Doomed", "carry_out", "plan"]

LATEST: Final = "latest"
OF_A_MORNING: Final = ("log.jsonl", "job.json")
DRAFT_AGE: Final = timedelta(days=1)

_RUN_DRAFT = re.compile(r"\.(?:.+\.)?[0-9a-f]{8}\.partial")
"""What a run folder and an export are called until they are whole; none of them is resumed."""

Kind = Literal["report", "morning", "draft"]


@dataclass(frozen=True, slots=True)
class Doomed:
    """One thing that goes."""

    path: Path
    """A report's manifest, a morning's folder, or a draft."""
    kind: Kind
    bytes: int
    made_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What would go, and what stays."""

    out: Path
    doomed: tuple[Doomed, ...]
    """Oldest first."""
    kept: int
    """Reports and mornings that stay."""
    busy: tuple[str, ...]
    """Jobs at work, of which nothing goes."""

    @property
    def bytes(self) -> int:
        """That would be freed."""
        return sum(each.bytes for each in self.doomed)


@dataclass(frozen=True, slots=True)
class _Item:
    """A report or a morning."""

    path: Path
    kind: Kind
    series: tuple[str, ...]
    made_at: datetime


def plan(
    out: Path,
    *,
    keep: int | None,
    days: int | None,
    now: datetime,
    runs: Sequence[Path] = (),
) -> Cleaning:
    """What would go from a folder of reports, or from that of one job; nothing is deleted.

    Args:
        out: the folder.
        keep: the newest of each series stay; None: no bound of that kind. Without either, drafts
            alone go.
        days: what is not older stays.
        now: with its offset.
        runs: folders of runs, whose drafts go too.

    Raises:
        ParameterError: keep is below 1, or days below 0.
        UsageError: there is no such folder.
    """
    _check("keep", keep, 1)
    _check("days", days, 0)
    for folder in (out, *runs):
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}; name the one that holds the reports")
    busy = [job.name for job in _folders(out) if _is_at_work(job)]
    items = [item for item in _items(out) if not set(busy) & set(item.path.parts)]
    gone = [] if keep is None and days is None else list(_outlived(items, keep, days, now))
    drafts = [
        *_drafts(out),
        *(draft for each in runs for draft in _run_drafts(each)),
    ]
    doomed = [*gone, *(draft for draft in drafts if now - draft.made_at > DRAFT_AGE)]
    doomed.sort(key=lambda each: (each.made_at, str(each.path)))
    return Cleaning(out, tuple(doomed), len(items) - len(gone), tuple(busy))


def carry_out(cleaning: Cleaning) -> int:
    """Delete what was planned, the oldest first, and give the number of bytes freed.

    A manifest goes before the files that it vouches for, so that a kill in the middle leaves no
    report that looks whole. What is gone already does no harm.
    """
    freed = 0
    for each in cleaning.doomed:
        if each.kind == "draft":
            _remove_draft(each.path)
        elif each.kind == "morning":
            _remove_morning(each.path)
        else:
            _remove_report(each.path)
            _remove_empty(each.path.parent)
        freed += each.bytes
    return freed


def _check(name: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise ParameterError(f"{name} is {value}; give a whole number from {least}")


# ---------------------------------------------------------------------------------- what there is


def _items(out: Path) -> Iterator[_Item]:
    """The reports and mornings of a folder; of the reports in a morning the morning alone."""
    for folder in (out, *_folders(out)):
        for child in _folders(folder):
            day = _day(child)
            if day is not None and any((child / name).is_file() for name in OF_A_MORNING):
                yield _Item(child, "morning", (folder.name,), _midnight(day))
    for folder in _folders(out):
        for manifest in sorted(folder.glob(f"*{MANIFEST_SUFFIX}")):
            item = _report(manifest)
            if item is not None and _day(folder) is None:
                yield item


def _report(path: Path) -> _Item | None:
    """A report by its manifest; one that cannot be read vouches for nothing and stays."""
    try:
        told = read_manifest(path)
    except DataError:
        return None
    parameters = sorted(f"{name}={value}" for name, value in told.parameters.items())
    series = (told.run.scenario, told.notebook.name, *parameters)
    return _Item(path, "report", series, datetime.fromisoformat(told.made_at))


def _folders(folder: Path) -> list[Path]:
    return sorted(
        each
        for each in folder.iterdir()
        if each.is_dir() and not each.is_symlink() and not each.name.startswith(".")
        and each.name != LATEST
    )  # fmt: skip


def _day(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day).astimezone()


def _is_at_work(job: Path) -> bool:
    """Whether a run of the job holds its lock."""
    path = job / ".lock"
    if not path.is_file():
        return False
    try:
        with path.open("r+", encoding="ascii") as file:
            return not lock(file)
    except OSError:
        return True


# ------------------------------------------------------------------------------------- what goes


def _outlived(
    items: Iterable[_Item], keep: int | None, days: int | None, now: datetime
) -> Iterator[Doomed]:
    series: dict[tuple[str, ...], list[_Item]] = {}
    for item in items:
        series.setdefault((item.kind, *item.series), []).append(item)
    for members in series.values():
        members.sort(key=lambda item: (item.made_at, str(item.path)), reverse=True)
        for rank, item in enumerate(members, start=1):
            age = (now - item.made_at).days
            is_outlived = (keep is None or rank > keep) and (days is None or age > days)
            if is_outlived and not _is_shown(item.path):
                yield Doomed(
                    item.path, item.kind, _bytes(item), item.made_at, _why(rank, age, keep, days)
                )


def _why(rank: int, age: int, keep: int | None, days: int | None) -> str:
    reasons = []
    if keep is not None:
        reasons.append(f"number {rank} of its series, {keep} are kept")
    if days is not None:
        reasons.append(f"{age} days old, {days} are kept")
    return "; ".join(reasons)


def _is_shown(path: Path) -> bool:
    """Whether ``latest`` shows it."""
    latest = path.parent / LATEST
    return latest.exists() and latest.resolve() == path.resolve()


def _bytes(item: _Item) -> int:
    files = _files_of(item.path) if item.kind == "report" else list(_files_below(item.path))
    return sum(_size(file) for file in files)


def _files_of(manifest: Path) -> list[Path]:
    """A report's own files, the manifest first; a name with a path in it is none of them."""
    spot = Spot(manifest.parent, manifest.name.removesuffix(MANIFEST_SUFFIX))
    named = {spot.page.name, spot.notebook.name, spot.pdf.name}
    with suppress(DataError):
        named |= {name for name in read_manifest(manifest).files if Path(name).name == name}
    own = (manifest.parent / name for name in sorted(named))
    return [manifest, *(file for file in own if file.is_file() and not file.is_symlink())]


def _files_below(morning: Path) -> Iterator[Path]:
    """A morning's own files: its record and log, and those of its reports."""
    for name in OF_A_MORNING:
        if (morning / name).is_file():
            yield morning / name
    for folder in _folders(morning):
        for manifest in sorted(folder.glob(f"*{MANIFEST_SUFFIX}")):
            yield from _files_of(manifest)


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_size
    return 0


def _drafts(folder: Path) -> Iterator[Doomed]:
    for path in sorted(folder.rglob(".draft-*")):
        if ".draft-" not in path.relative_to(folder).parent.as_posix():
            yield _draft(path)


def _run_drafts(folder: Path) -> Iterator[Doomed]:
    for path in sorted(folder.iterdir()):
        if _RUN_DRAFT.fullmatch(path.name):
            yield _draft(path)


def _draft(path: Path) -> Doomed:
    """A draft, as old as what was last written in it."""
    inside = [] if path.is_symlink() or not path.is_dir() else list(path.rglob("*"))
    stamps = []
    for each in (path, *inside):
        with suppress(OSError):
            stamps.append(each.lstat().st_mtime)
    at = datetime.fromtimestamp(max(stamps, default=0.0)).astimezone()
    size = sum(_size(each) for each in (path, *inside))
    return Doomed(path, "draft", size, at, "left by a process that was killed")


# -------------------------------------------------------------------------------------- deleting


def _remove_report(manifest: Path) -> None:
    for file in _files_of(manifest):
        file.unlink(missing_ok=True)


def _remove_morning(folder: Path) -> None:
    for child in _folders(folder):
        for manifest in sorted(child.glob(f"*{MANIFEST_SUFFIX}")):
            _remove_report(manifest)
        _remove_empty(child)
    for name in OF_A_MORNING:
        (folder / name).unlink(missing_ok=True)
    _remove_empty(folder)


def _remove_draft(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_empty(folder: Path) -> None:
    """The folder, unless somebody put something else in it."""
    with suppress(OSError):
        folder.rmdir()
