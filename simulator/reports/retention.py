"""Retention: which old reports go, and what a killed process left behind; told first, then done.

A report belongs to a series: the mornings of a job, or the same scenario, notebook and parameters
(dates in them left aside, as in the index). With ``keep`` the newest of each series stay, with
``days`` the younger ones; given both, a report goes only if it is neither. Drafts (what a process
that was killed was writing) go when nothing was written in them for a day.

A morning goes as a whole. What ``latest`` shows stays, and so does all of a job that is at work.
What belongs to a report, and that nothing else is touched: :mod:`.belongings`. Replays and their
journals are no business of this module, and no draft that may be the only copy of a run.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import unquote_to_bytes

from simulator.errors import ParameterError, PickupError, UsageError
from simulator.locking import holder, lock
from simulator.replay.folder import is_replay
from simulator.reports.belongings import (
    LATEST,
    OF_A_MORNING,
    day_of,
    files_of_morning,
    files_of_report,
    folders_in,
    is_half_removed,
    is_index,
    is_morning,
    remove_draft,
    remove_morning,
    remove_report,
    size,
    tree,
)
from simulator.reports.survey import survey
from simulator.sessions.folder import MANIFEST_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from simulator.reports.survey import Survey

__all__ = ["Cleaning", "Doomed", "carry_out", "index_folder", "plan"]

DRAFT_AGE: Final = timedelta(days=1)
"""Whoever makes something may still be at it; what is half removed goes at once."""

_DRAFTS: Final = (".draft-*", "*/.draft-*", "*/*/.draft-*", "*/*/*/.draft-*")
"""Where they are made: beside the index, a job's or a run's files, a morning's, a report's."""

_RUN_DRAFT: Final = re.compile(r"\.(.+)\.[0-9a-f]{8}\.partial")
_EXPORT_DRAFT: Final = re.compile(r"\.[0-9a-f]{8}\.partial")
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
    changed_ns: int
    """When it was last written; if that is later by now, it is another and stays."""


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
    unread: int
    """Manifests that cannot be read, and so vouch for nothing; what they stand beside stays."""

    @property
    def bytes(self) -> int:
        """That would be freed."""
        return sum(each.bytes for each in self.doomed)


@dataclass(frozen=True, slots=True)
class _Item:
    """A report, a morning or a draft, and when it was made."""

    path: Path
    kind: Kind
    series: str
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
        days: what is not older stays, in whole days.
        now: with its offset.
        runs: folders of runs, whose drafts go too.

    Raises:
        ParameterError: keep is below 1, or days below 0.
        UsageError: a folder is not there, cannot be read, or is not one of reports.
    """
    _check("keep", keep, 1)
    _check("days", days, 0)
    for folder in (out, *runs):
        _check_folder(folder)
    if (day_of(out.resolve()) or out.name == LATEST) and _has_any(out, OF_A_MORNING):
        raise UsageError(f"{out} is one morning of a job; name the job's folder, {out.parent}")
    try:
        return _planned(out, keep, days, now, runs)
    except OSError as error:
        raise UsageError(
            f"{error.filename or out} cannot be read ({error.strerror}); "
            "clean as the user who makes the reports"
        ) from error


def carry_out(cleaning: Cleaning) -> int:
    """Delete what was planned, the oldest first, and give the number of bytes freed.

    What is gone already does no harm; what changed since, or is in use by now, stays.

    Raises:
        PickupError: some of it could not be deleted; all the rest is.
    """
    freed, wrong = 0, []
    # Drafts first: a folder goes only when it is empty.
    for each in sorted(cleaning.doomed, key=lambda each: each.kind != "draft"):
        if _changed_ns(each.path, each.kind) != each.changed_ns or _is_in_use(each):
            continue
        try:
            freed += _REMOVE[each.kind](each.path)
        except OSError as error:
            wrong.append(f"{error.filename or each.path} ({error.strerror})")
    if wrong:
        others = f", nor {len(wrong) - 1} others" if len(wrong) > 1 else ""
        raise PickupError(
            f"{wrong[0]} could not be deleted{others}; the rest is done. "
            "Clean as the user who makes the reports"
        )
    return freed


def index_folder(out: Path) -> Path:
    """Where the index stands that lists the reports of a folder: for that of a job, above it."""
    above = out.absolute().parent
    is_of_a_job = any(map(is_morning, folders_in(out))) or (out / ".lock").is_file()
    return above if is_of_a_job and is_index(above / "index.html") else out


_REMOVE: Final[dict[Kind, Callable[[Path], int]]] = {
    "report": remove_report,
    "morning": remove_morning,
    "draft": remove_draft,
}


def _check(name: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise ParameterError(f"{name} is {value}; give a whole number from {least}")


def _check_folder(folder: Path) -> None:
    """A mistyped folder must not cost anybody their home."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; check its name")
    own = folder.resolve()
    homes = []
    with suppress(RuntimeError):  # a user without a home
        homes = [Path.home().resolve()]
    if own == Path(own.anchor) or any(home.is_relative_to(own) for home in homes):
        raise UsageError(
            f"{folder} holds more than reports and runs; name the folder in it that holds nothing "
            "else"
        )


def _planned(
    out: Path, keep: int | None, days: int | None, now: datetime, runs: Sequence[Path]
) -> Cleaning:
    found = survey(out)
    items = [*_reports(out, found, now), *_mornings(out, now)]
    drafts = [*_drafts(out), *(draft for each in runs for draft in _run_drafts(each))]
    if not items:
        _check_holds_nothing_else(out)
    busy = [job for job in (out, *folders_in(out)) if _is_at_work(job)]
    free = [item for item in items if not _is_below(item.path, busy)]
    gone = [] if keep is None and days is None else list(_outlived(free, keep, days, now))
    old = [
        draft
        for draft in drafts
        if (is_half_removed(draft.path) or now - draft.made_at > DRAFT_AGE)
        and not _is_below(draft.path, busy)
    ]
    doomed = sorted([*gone, *old], key=lambda each: (each.made_at, str(each.path)))
    return Cleaning(
        out=out,
        doomed=tuple(doomed),
        kept=len(items) - len(gone),
        busy=tuple(job.absolute().name for job in busy),
        unread=len(found.unread),
    )


def _check_holds_nothing_else(out: Path) -> None:
    """Of a folder without a report: that it could be one that has none yet, or none any more."""
    others = [each.name for each in out.iterdir() if not each.name.startswith(".")]
    if others and not is_index(out / "index.html"):
        raise UsageError(f"{out} holds no report; name the folder that holds the reports")


def _has_any(folder: Path, names: Iterable[str]) -> bool:
    return any((folder / name).exists() for name in names)


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


# ---------------------------------------------------------------------------------- what there is


def _reports(out: Path, found: Survey, now: datetime) -> Iterator[_Item]:
    """Reports that are not of a morning; one whose manifest cannot be read is none."""
    for entry in found.entries:
        parts = [os.fsdecode(unquote_to_bytes(part)) for part in entry.links.manifest.split("/")]
        path = out.joinpath(*parts)
        is_own = len(parts) == 2 and not path.parent.is_symlink() and not path.is_symlink()
        if is_own and day_of(path.parent) is None and parts[0] != LATEST:
            yield _Item(path, "report", entry.series, entry.at.astimezone(now.tzinfo))


def _mornings(out: Path, now: datetime) -> Iterator[_Item]:
    for job in (out, *folders_in(out)):
        for folder in folders_in(job):
            day = day_of(folder)
            if day is not None and is_morning(folder):
                at = datetime.combine(day, time(), now.tzinfo)
                yield _Item(folder, "morning", str(job), at)


def _is_at_work(job: Path) -> bool:
    """Whether a run of the job holds its lock, and it is not this process that cleans up."""
    try:
        with (job / ".lock").open("r+", encoding="ascii") as file:
            return not lock(file) and holder(file) != f"process {os.getpid()}"
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True


def _drafts(out: Path) -> Iterator[Doomed]:
    for pattern in _DRAFTS:
        for path in sorted(out.glob(pattern)):
            parents = path.relative_to(out).parents
            if not any(_is_elsewhere(out / parent) for parent in parents if parent.name):
                yield _draft(path)


def _is_elsewhere(folder: Path) -> bool:
    return folder.is_symlink() or folder.name.startswith(".")


def _run_drafts(folder: Path) -> Iterator[Doomed]:
    for path in sorted(folder.iterdir()):
        of_a_run = _RUN_DRAFT.fullmatch(path.name)
        if of_a_run and path.is_dir() and not path.is_symlink():
            if not _is_only_copy(path, of_a_run[1]):
                yield _draft(path)
        elif _EXPORT_DRAFT.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            yield _draft(path)


def _is_only_copy(draft: Path, name: str) -> bool:
    """Whether a run is whole in it that stands nowhere else, or a replay stands in it.

    A process that replaces a run may be killed when the one before is out of the way and the new
    one not yet there.
    """
    if is_replay(draft) or any(draft.glob("journal-*")):
        return True
    return _has_any(draft, (MANIFEST_FILE, name)) and not (draft.parent / name).exists()


def _draft(path: Path) -> Doomed:
    """A draft, as old as what was last written in it."""
    at = datetime.fromtimestamp(_changed_ns(path, "draft") // 10**9, UTC)
    return _doomed(_Item(path, "draft", "", at.astimezone()), "left by a process that was killed")


def _own(path: Path, kind: Kind) -> Iterable[Path]:
    """The files that go with it."""
    if kind == "draft":
        return tree(path)
    return files_of_report(path) if kind == "report" else files_of_morning(path)


def _changed_ns(path: Path, kind: Kind) -> int:
    """When it was last written; 0 if it is not there."""
    newest = 0
    for file in (path,) if kind == "report" else _own(path, kind):
        with suppress(OSError):
            newest = max(newest, file.lstat().st_mtime_ns)
    return newest


# ------------------------------------------------------------------------------------- what goes


def _outlived(
    items: Iterable[_Item], keep: int | None, days: int | None, now: datetime
) -> Iterator[Doomed]:
    series: dict[tuple[str, str], list[_Item]] = {}
    for item in items:
        series.setdefault((item.kind, item.series), []).append(item)
    for members in series.values():
        members.sort(key=lambda item: (item.made_at, str(item.path)), reverse=True)
        for rank, item in enumerate(members, start=1):
            age = (now - item.made_at).days
            is_outlived = (keep is None or rank > keep) and (days is None or age > days)
            if is_outlived and not _is_shown(item.path):
                yield _doomed(item, _why(rank, age, keep, days))


def _doomed(item: _Item, why: str) -> Doomed:
    return Doomed(
        path=item.path,
        kind=item.kind,
        bytes=sum(map(size, _own(item.path, item.kind))),
        made_at=item.made_at,
        why=why,
        changed_ns=_changed_ns(item.path, item.kind),
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


def _is_in_use(each: Doomed) -> bool:
    """Whether a job began to work on it, or to show it, since it was planned."""
    if each.kind != "morning":
        return False
    return _is_at_work(each.path.parent) or _is_shown(each.path)
