"""Where files are, and how they come there: whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["append", "file_sha256", "files_within", "into_place", "unwritten", "users_cache"]

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk is full, or this user's or this process's share of it."""


def files_within(given: Path) -> list[Path]:
    """The file itself, or the visible files of a folder, by name."""
    if not given.is_dir():
        return [given]
    return sorted(each for each in given.iterdir() if each.is_file() and each.name[0] != ".")


def file_sha256(path: Path) -> str:
    """The file's SHA-256 as hexadecimal digits, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def users_cache() -> Path:
    """The folder for what may be deleted at any time; it need not be there.

    Raises:
        RuntimeError: the user has no home.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "pickup-lab"


@contextmanager
def into_place(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """A draft that takes the name of ``path`` when it is whole, and is gone if it is not.

    Args:
        path: the file; one that stands there is replaced.
        alone: nobody else writes it, so that the draft has the same name each time and takes the
            place of one that a kill has left behind.
    """
    own = "" if alone else f".{secrets.token_hex(4)}"
    draft = path.with_name(f".{path.name}{own}.partial")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def append(descriptor: int, data: bytes) -> None:
    """Write to the end of an open file, all of it or nothing; one process at a time.

    Raises:
        OSError: nothing was written; there may be too little room.
    """
    length = os.fstat(descriptor).st_size
    if os.write(descriptor, data) < len(data):
        os.ftruncate(descriptor, length)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def unwritten(error: OSError, place: Path | None = None) -> str:
    """Why something could not be written, how much room there is, and what to do; for a message.

    Args:
        error: as it was raised; of a file that is full, it often does not tell which.
        place: where to, if that is known better; it need not be there.
    """
    if place is None and isinstance(error.filename, str):
        place = Path(error.filename)
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno not in NO_ROOM:
        return f"{reason}{f' ({place})' if place else ''}; give another place, or see to that one"
    return f"{reason}{_room(place)}; make room, for one with `pickup clean`, and do it again"


def _room(place: Path | None) -> str:
    if place is None:
        return ""
    near = next(each for each in (place.absolute(), *place.absolute().parents) if each.exists())
    return f" ({shutil.disk_usage(near).free / 1e6:,.0f} MB are free at {near})"
