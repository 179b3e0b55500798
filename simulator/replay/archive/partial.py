"""The file while it is being pulled: what is there stays, however the pull ends.

::

    history.jsonl.part           the lines of the pages so far
    history.jsonl.part.cursor    how many bytes of it count, and after which id it goes on

A page is appended and flushed to the disk, and only then does the cursor count it. So whatever a
killed pull left behind the cursor's mark is cut off, and asked for again.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from simulator.errors import DataError, UsageError
from simulator.replay.locks import claimed_journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Cursor", "Partial", "check_place", "opened"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a pull is."""

    question: Mapping[str, Any]
    after: int = 0
    """The last id that was read."""
    size: int = 0
    """Bytes that count."""
    sessions: int = 0
    picked_up: int = 0
    without_agent: int = 0
    """Sessions picked up by nobody knows whom."""
    is_whole: bool = False
    statuses: dict[str, str] | None = field(default=None)
    """What the tenant calls its statuses → their names; None: not asked yet."""


class Partial:
    """The file so far and its cursor; made by ``opened``."""

    def __init__(self, out: Path, cursor: Cursor) -> None:
        self._out, self._part = out, _part(out)
        self.cursor = cursor
        self.began_at = cursor.sessions
        """Sessions that were there when it was opened."""

    def append(self, lines: bytes, cursor: Cursor) -> None:
        """Take over a page, and then the cursor that counts it."""
        with self._part.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        self.keep(replace(cursor, size=self.cursor.size + len(lines)))

    def keep(self, cursor: Cursor) -> None:
        """Write the cursor, whole or not at all."""
        path = _cursor(self._out)
        beside = path.with_name(f"{path.name}.new")
        with beside.open("wb") as file:
            file.write(orjson.dumps(asdict(cursor)))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        self.cursor = cursor

    def finish(self) -> None:
        """Give the file its name."""
        self.keep(replace(self.cursor, is_whole=True))
        if self._part.exists():  # or it has its name, and only the cursor is left
            self._part.replace(self._out)
        _cursor(self._out).unlink(missing_ok=True)

    def drop(self) -> None:
        """Forget the pull."""
        _cursor(self._out).unlink(missing_ok=True)


@contextmanager
def opened(out: Path, question: Mapping[str, Any]) -> Iterator[Partial]:
    """The partial file for ``out``, as the last pull of the same question left it.

    Raises:
        GuardError: another process is pulling into it.
        UsageError: what is there belongs to another question.
    """
    part = _part(out)
    try:
        with claimed_journal(part):
            partial = Partial(out, _read_cursor(out, question))
            _cut(part, partial.cursor)
            yield partial
    finally:
        if not _cursor(out).exists():
            _sweep(part)


def check_place(out: Path, *, overwrite: bool) -> None:
    """See that the file may be written.

    Raises:
        UsageError: something stands there, or there is no such folder.
    """
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise UsageError(f"--out is {out}; give the name of a file in a folder that is there")
    was_named = _cursor(out).exists() and not _part(out).exists()
    if out.exists() and not overwrite and not was_named:
        raise UsageError(f"{out} exists; give another --out, or --overwrite to replace it")


def _sweep(part: Path) -> None:
    """Take away what a pull leaves beside its file when it is done, or never began."""
    part.unlink(missing_ok=True)
    part.with_name(f".{part.name}.lock").unlink(missing_ok=True)


def _part(out: Path) -> Path:
    return out.with_name(f"{out.name}.part")


def _cursor(out: Path) -> Path:
    return out.with_name(f"{out.name}.part.cursor")


def _read_cursor(out: Path, question: Mapping[str, Any]) -> Cursor:
    path = _cursor(out)
    if not path.exists():
        return Cursor(question)
    try:
        cursor = Cursor(**orjson.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} cannot be read; delete it and {_part(out).name}") from error
    if cursor.question != question:
        raise UsageError(
            f"{_part(out)} is the beginning of another pull; give the options of that one to go "
            f"on with it, another --out, or delete it and {path.name}"
        )
    return cursor


def _cut(part: Path, cursor: Cursor) -> None:
    """Take off what the cursor does not count."""
    if cursor.is_whole:
        return
    with part.open("ab") as file:
        if file.tell() < cursor.size:
            raise DataError(f"{part} is shorter than its cursor says; delete both, and pull again")
        file.truncate(cursor.size)
