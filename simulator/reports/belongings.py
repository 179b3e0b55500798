"""What belongs to a report and to a morning of a job, and its removal, safe at every moment.

Nothing is ours but what is vouched for: of a report its manifest, the files that the manifest names
and the PDF beside it; of a morning also its record and log; a folder only once it is empty. Links
are not followed.

A manifest goes first, to a hidden name, and last, for good. Whoever looks in between finds no
report there, and when the removal is killed the hidden manifest still tells what is left to remove.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.errors import DataError
from simulator.files import file_sha256
from simulator.reports.provenance import read_manifest
from simulator.reports.shelf import MANIFEST_SUFFIX, Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "LATEST",
    "OF_A_MORNING",
    "day_of",
    "files_of_morning",
    "files_of_report",
    "folders_in",
    "is_half_removed",
    "is_index",
    "is_morning",
    "remove_draft",
    "remove_morning",
    "remove_report",
    "size",
    "tree",
]

LATEST: Final = "latest"
OF_A_MORNING: Final = ("log.jsonl", "job.json")

_HIDDEN: Final = ".draft-removed-"
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAKER: Final = b'<meta name="generator" content="Pickup Lab">'


def folders_in(folder: Path) -> list[Path]:
    """The folders in it that may hold reports: no links, nothing hidden, not ``latest``."""
    names: list[str] = []
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        names += (
            each.name
            for each in found
            if each.is_dir(follow_symlinks=False)
            and not each.name.startswith(".")
            and each.name != LATEST
        )
    return [folder / name for name in sorted(names)]


def day_of(folder: Path) -> date | None:
    """The date that a folder is named for."""
    if not _ISO_DATE.fullmatch(folder.name):
        return None
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None


def is_morning(folder: Path) -> bool:
    """Whether a job left it: named for a date, with a log or a record in it."""
    return day_of(folder) is not None and any((folder / name).is_file() for name in OF_A_MORNING)


def is_half_removed(path: Path) -> bool:
    """Whether it is the hidden manifest of a report whose removal was killed."""
    return path.name.startswith(_HIDDEN)


def is_index(path: Path) -> bool:
    """Whether it is an index of reports, and not somebody's home page."""
    with suppress(OSError), path.open("rb") as file:
        return _MAKER in file.read(2000)
    return False


def files_of_report(manifest: Path) -> list[Path]:
    """A report's own files, the manifest first; a name with a path in it is none of them."""
    return [manifest, *_vouched(manifest, _hashes(manifest))]


def files_of_morning(folder: Path) -> Iterator[Path]:
    """A morning's own files: those of its reports, its log and its record."""
    for child in folders_in(folder):
        for manifest in _manifests(child):
            yield from files_of_report(manifest)
    for name in OF_A_MORNING:
        if (folder / name).is_file():
            yield folder / name


def size(path: Path) -> int:
    """In bytes; of what is not there 0, of a link that of the link."""
    with suppress(OSError):
        return path.lstat().st_size
    return 0


def tree(path: Path) -> Iterator[Path]:
    """A file, a link, or a folder with all that is in it."""
    yield path
    if not path.is_symlink():
        for parent, folders, files in os.walk(path):
            yield from (Path(parent, name) for name in (*folders, *files))


def remove_report(manifest: Path) -> int:
    """Remove a report and, if nothing else is in it, its folder; bytes freed.

    Raises:
        OSError: something could not be removed; a report that cannot be read is no more.
    """
    own = files_of_report(manifest)
    freed = sum(map(size, own))
    folder = manifest.parent
    try:
        manifest = manifest.replace(folder / f"{_HIDDEN}{manifest.name}")
    except OSError:  # no room for another name on a full disk
        manifest.unlink()
    for file in (*own[1:], manifest):
        file.unlink(missing_ok=True)
    _remove_empty(folder)
    return freed


def remove_morning(folder: Path) -> int:
    """Remove a morning's reports, then its log and record, then its folder; bytes freed.

    Raises:
        OSError: something could not be removed.
    """
    freed = 0
    for child in folders_in(folder):
        for hidden in sorted(child.glob(f"{_HIDDEN}*")):
            freed += remove_draft(hidden)
        for manifest in _manifests(child):
            freed += remove_report(manifest)
        _remove_empty(child)
    for name in OF_A_MORNING:
        freed += size(folder / name)
        (folder / name).unlink(missing_ok=True)
    _remove_empty(folder)
    return freed


def remove_draft(path: Path) -> int:
    """Remove what was left half-made, or what was left half-removed; bytes freed.

    Raises:
        OSError: something could not be removed.
    """
    freed = sum(map(size, tree(path)))
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif is_half_removed(path):
        freed += _finish_removal(path)
    else:
        path.unlink(missing_ok=True)
    return freed


def _finish_removal(hidden: Path) -> int:
    """Remove the files of a hidden manifest, unless another report has taken their place."""
    if not hidden.exists():  # another cleaning was quicker
        return 0
    manifest = hidden.with_name(hidden.name.removeprefix(_HIDDEN))
    hashes = _hashes(hidden)
    freed = 0
    for file in [] if manifest.exists() else _vouched(manifest, hashes):
        if hashes.get(file.name) in (None, file_sha256(file)):
            freed += size(file)
            file.unlink(missing_ok=True)
    hidden.unlink(missing_ok=True)
    _remove_empty(hidden.parent)
    return freed


def _hashes(manifest: Path) -> dict[str, str]:
    """What it vouches for; nothing, if it cannot be read."""
    with suppress(DataError):
        return read_manifest(manifest).files
    return {}


def _vouched(manifest: Path, hashes: Iterable[str]) -> list[Path]:
    """The files of that name that are there, and those that every report has."""
    spot = Spot(manifest.parent, manifest.name.removesuffix(MANIFEST_SUFFIX))
    named = {spot.page.name, spot.notebook.name, spot.pdf.name}
    named |= {name for name in hashes if Path(name).name == name and name != manifest.name}
    own = (manifest.parent / name for name in sorted(named))
    return [file for file in own if file.is_file() and not file.is_symlink()]


def _manifests(folder: Path) -> list[Path]:
    found = folder.glob(f"*{MANIFEST_SUFFIX}")
    return sorted(each for each in found if each.is_file() and not each.name.startswith("."))


def _remove_empty(folder: Path) -> None:
    """The folder, unless somebody put something else in it."""
    with suppress(OSError):
        folder.rmdir()
