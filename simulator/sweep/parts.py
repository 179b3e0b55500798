"""What is finished of a sweep, on disk as it comes, so that a sweep broken off can go on.

Tasks are done in one fixed order. A part holds the totals of a run of them as an Arrow file with a
batch per level and case, and says which tasks they are; the parts of a folder are, in the order of
their numbers, all tasks from the first one on. A part is there as a whole or not at all.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from simulator.files import into_place
from simulator.sweep.totals import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from simulator.sweep.tasks import Done

__all__ = ["Parts"]

EVERY_S: Final = 10.0
EVERY_SHARE: Final = 0.02
"""How much work may be lost: so many seconds, or this share of all there was, if that is more."""
MOST_BYTES: Final = 32 * 2**20
"""Of totals before a part is written."""

_ABOUT: Final = b"pickup_lab"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part that is written: its file, and what is in it."""

    path: Path
    first: int
    """Number of the first task in it, from 0."""
    tasks: int
    places: dict[tuple[int, int], int]
    """The batch by level and case."""
    engines: frozenset[str]


class Parts:
    """The parts in a folder; those that are there already are taken over.

    A part that cannot be read ends what is taken over: it and those after it go.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, self._clock = folder, clock
        self._parts: list[_Part] = []
        self._waiting: list[tuple[Done, list[pa.RecordBatch]]] = []
        self._bytes, self._began = 0, clock()
        self._since = self._began
        self._take_over()

    @property
    def tasks(self) -> int:
        """How many tasks are done, those that wait to be written among them."""
        last = self._parts[-1].first + self._parts[-1].tasks if self._parts else 0
        return last + len(self._waiting)

    @property
    def engines(self) -> frozenset[str]:
        """The engines that ran the tasks written."""
        return frozenset().union(*(part.engines for part in self._parts))

    @property
    def columns(self) -> pa.Schema:
        """The columns of the rows; there must be some."""
        with _reading(self._parts[0].path) as reader:
            return reader.schema.remove_metadata()

    def add(self, done: Done) -> None:
        """Take in the next task; it is on disk when it has waited for some seconds, or flushed."""
        for kept in done.kept:
            for name, content in kept.tables.items():
                _put(self.kept(kept.case, done.replication, name), content)
        with pa.ipc.open_stream(done.totals) as stream:
            batches = list(stream)
        self._waiting.append((done, batches))
        self._bytes += sum(batch.nbytes for batch in batches)
        now = self._clock()
        patience = max(EVERY_S, EVERY_SHARE * (now - self._began))
        if self._bytes >= MOST_BYTES or now - self._since >= patience:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            cells = _cells(self._waiting)
            about = {
                "first": self.tasks - len(self._waiting),
                "tasks": len(self._waiting),
                "cells": list(cells),
                "engines": sorted(frozenset().union(*(done.engines for done, _ in self._waiting))),
            }
            path = self._folder / f"{len(self._parts) + 1:06}.arrow"
            _put(path, _file(list(cells.values()), about))
            self._parts.append(_opened(path))
        self._waiting, self._bytes, self._since = [], 0, self._clock()

    def rows(self, level: int, case: int, *, first: int = 0) -> Iterator[pa.RecordBatch]:
        """The rows of a level and case in order of replication, in batches.

        Args:
            level: index into ``LEVELS``.
            case: index into the study's cases.
            first: parts whose first task comes before this one are left out.
        """
        for part in self._parts:
            place = part.places.get((level, case))
            if part.first >= first and place is not None:
                with _reading(part.path) as reader:
                    yield reader.get_batch(place)

    def kept(self, case: int, replication: int, table: str) -> Path:
        """The file of a table of a replication whose sessions are kept."""
        return self._folder / f"kept-{case:05}-{replication:06}-{table}.arrows"

    def _take_over(self) -> None:
        paths = sorted(self._folder.glob("*.arrow"))
        for path in paths:
            with suppress(pa.ArrowException, OSError, ValueError, KeyError):
                part = _opened(path)
                if part.first == self.tasks:
                    self._parts.append(part)
                    continue
            break
        for path in paths[len(self._parts) :]:
            path.unlink()


def _cells(waiting: list[tuple[Done, list[pa.RecordBatch]]]) -> dict[tuple[int, int], pa.Table]:
    """The rows of every level and case, sorted by these; replications in their order."""
    found: dict[tuple[int, int], list[pa.RecordBatch]] = {}
    for done, batches in waiting:
        for case, batch in zip(done.cases, batches, strict=True):
            codes = batch.column("level").indices.to_numpy()
            starts = codes.searchsorted(range(len(LEVELS) + 1)).tolist()
            for level in range(len(LEVELS)):
                if starts[level + 1] > starts[level]:
                    rows = batch.slice(starts[level], starts[level + 1] - starts[level])
                    found.setdefault((level, case), []).append(rows)
    return {cell: pa.Table.from_batches(found[cell]) for cell in sorted(found)}


def _file(tables: list[pa.Table], about: dict[str, Any]) -> bytes:
    """An Arrow file with a batch per table, that says what it is about."""
    sink = pa.BufferOutputStream()
    schema = tables[0].schema.with_metadata({_ABOUT: json.dumps(about)})
    packed = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(sink, schema, options=packed) as file:
        for table in tables:
            file.write_batch(table.combine_chunks().to_batches()[0])
    return bytes(sink.getvalue())


def _put(path: Path, content: bytes) -> None:
    with into_place(path, alone=True) as draft:
        draft.write_bytes(content)


def _opened(path: Path) -> _Part:
    with _reading(path) as reader:
        about = json.loads(reader.schema.metadata[_ABOUT])
        if reader.num_record_batches != len(about["cells"]):
            raise ValueError(f"{path} has {reader.num_record_batches} batches")
    places = {(level, case): place for place, (level, case) in enumerate(about["cells"])}
    return _Part(path, about["first"], about["tasks"], places, frozenset(about["engines"]))


@contextmanager
def _reading(path: Path) -> Iterator[pa.RecordBatchFileReader]:
    with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as reader:
        yield reader
