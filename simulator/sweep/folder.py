"""The folder of a sweep: whose it is, whether it is complete, and who is at work in it."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

from simulator.errors import DataError, Place, RunExistsError
from simulator.files import into_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = [
    "CASES_FILE",
    "FILES",
    "MANIFEST_FILE",
    "PARTS",
    "RESULTS_FILE",
    "SESSIONS",
    "STUDY_FILE",
    "check_place",
    "claimed",
    "complete",
    "finish",
    "finished",
    "prepare",
    "read_manifest",
    "write_json",
    "write_text",
]

RESULTS_FILE: Final = "results.parquet"
CASES_FILE: Final = "cases.parquet"
STUDY_FILE: Final = "study.json"
MANIFEST_FILE: Final = "manifest.json"
MAKING_FILE: Final = "making.json"
"""Whose parts stand in the folder; there as long as the sweep is not complete."""
LOCK_FILE: Final = ".lock"
PARTS: Final = "parts"
SESSIONS: Final = "sessions"

FILES: Final = (RESULTS_FILE, CASES_FILE, STUDY_FILE)
"""What the manifest vouches for."""

FORMAT: Final = 1
"""Rises when a folder of before can no longer be read as one of now."""

SAME: Final = ("study_hash", "package")
"""What makes two complete sweeps the same."""


def check_place(path: Path, identity: Mapping[str, Any], *, overwrite: bool) -> None:
    """See that a sweep may be made, or gone on with, at ``path``.

    With ``overwrite``, only a folder that holds a sweep's files and nothing else is given up.

    Args:
        path: where it is to stand.
        identity: of the sweep that is wanted, with the keys ``SAME`` and versions of packages.
        overwrite: whether another sweep may go.

    Raises:
        RunExistsError: there is a file, a folder of other things, or without ``overwrite`` a
            damaged sweep, or another one, complete or begun.
    """
    if not path.exists():
        return
    if not path.is_dir():
        raise RunExistsError(f"{path} is a file; give the name of a new folder for the sweep")
    known = {*FILES, MANIFEST_FILE, MAKING_FILE, LOCK_FILE, PARTS, SESSIONS}
    names = {entry.name for entry in path.iterdir() if not entry.name.endswith(".partial")}
    if strange := sorted(names - known):
        raise RunExistsError(
            f"{path} holds {strange[0]!r}, which is no part of a sweep, and is left alone; "
            "choose another folder with --out"
        )
    if overwrite or not names - {LOCK_FILE} or _begun(path) == dict(identity):
        return
    if _begun(path) is not None:
        raise RunExistsError(
            f"{path} holds a sweep that was begun for another study or with other versions; "
            "choose another folder with --out, or replace it with --overwrite"
        )
    damage = ""
    if (path / MANIFEST_FILE).exists():
        try:
            read_manifest(path)
        except DataError as error:
            damage = f", and a damaged one: {error}"
    raise RunExistsError(
        f"{path} already holds another sweep{damage}; choose another folder with --out, "
        "or replace it with --overwrite"
    )


def complete(path: Path, identity: Mapping[str, Any]) -> bool:
    """Whether the folder holds the same sweep, complete."""
    try:
        manifest = read_manifest(path)
    except DataError:
        return False
    return all(manifest.get(key) == identity[key] for key in SAME)


def finished(path: Path, identity: Mapping[str, Any]) -> bool:
    """Whether it does, and nothing is left that served its making."""
    return complete(path, identity) and _begun(path) is None


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """The folder for this process alone; the claim ends with the process, however that ends.

    Raises:
        RunExistsError: another process is at work in it.
    """
    path.mkdir(parents=True, exist_ok=True)
    with (path / LOCK_FILE).open("a", encoding="utf-8") as lock:
        _lock(lock, path)
        yield


def prepare(path: Path, identity: Mapping[str, Any], study_text: str) -> None:
    """Leave the parts of this sweep in the folder, and nothing of another one."""
    if _begun(path) != dict(identity) or (path / MANIFEST_FILE).exists():
        _clear(path)
        write_text(path / STUDY_FILE, study_text)
        write_json(path / MAKING_FILE, identity)


def finish(path: Path) -> None:
    """Take away what served the making of a complete sweep."""
    if (path / PARTS).exists():
        shutil.rmtree(path / PARTS)
    (path / MAKING_FILE).unlink(missing_ok=True)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a complete sweep, after a look at the files that it tells of.

    Raises:
        DataError: no complete sweep stands there, or a file is missing, truncated or changed.
    """
    if not path.is_dir():
        raise DataError(f"there is no folder {str(path)!r}; `pickup sweep STUDY` prints its path")
    file = path / MANIFEST_FILE
    manifest = _json(file)
    if manifest is None:
        why = (
            "the sweep in it was not finished; give the same command again, and it goes on"
            if (path / MAKING_FILE).exists()
            else f"it has no {MANIFEST_FILE}; give the folder that `pickup sweep` prints"
        )
        raise DataError(f"{path} is no complete sweep: {why}")
    if manifest.get("format") != FORMAT:
        raise DataError(
            f"sweep of format {manifest.get('format')!r}, this version reads {FORMAT}; make it "
            "again with --overwrite",
            Place(file),
        )
    files = manifest.get("files", {})
    for name in FILES:
        told = files.get(name, {}).get("bytes")
        found = (path / name).stat().st_size if (path / name).is_file() else None
        if told is None or found != told:
            raise DataError(
                f"{name} has {found} bytes, and the manifest tells {told}; make the sweep again "
                "with --overwrite",
                Place(path / name),
            )
    return manifest


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """A JSON file, whole or not there."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """A text file, whole or not there."""
    with into_place(path, alone=True) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def _begun(path: Path) -> dict[str, Any] | None:
    """The identity of the sweep whose parts stand there."""
    return _json(path / MAKING_FILE)


def _json(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _clear(path: Path) -> None:
    """Take away all but the lock; the manifest first, so that no half of a sweep looks whole."""
    (path / MANIFEST_FILE).unlink(missing_ok=True)
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != LOCK_FILE:
            entry.unlink()


def _lock(file: IO[str], path: Path) -> None:
    """Have the system hold the file for this process."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise RunExistsError(
            f"another process is at work on the sweep in {path}; wait for it, or choose another "
            "folder with --out"
        ) from error
