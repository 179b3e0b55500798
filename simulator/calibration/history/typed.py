"""Rows of a file from text to numbers and instants, column by column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simulator.calibration.history.complaints import PER_REASON, places
from simulator.calibration.history.dates import Instants, Order, instants, parse_dates
from simulator.calibration.history.lengths import parse_lengths
from simulator.calibration.history.shapes import is_blank
from simulator.entity.labels import status_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from simulator.calibration.history.complaints import Complaints

__all__ = ["Block", "Names", "typed"]

TIMES: Final[tuple[str, ...]] = ("requested_at", "picked_up_at", "ended_at", "last_poll_at")
LENGTHS: Final = {"time_in_queue": "time_in_queue_s", "duration": "duration_s"}
COUNTS: Final = ("queue_pos", "queue_length")
_WHOLE: Final = "^-?[0-9]{1,18}$"
_NUMBER: Final = r"^\[I:(-?[0-9]+)\]$"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows of a file, as text."""

    file: str
    """Its name, without the folder."""
    rows: NDArray[np.int64]
    """Where they stand in the file: lines, or rows with the heading as row 1."""
    cells: dict[str, pa.Array]
    """Field → text; null where nothing stands. What a file does not have is not there."""
    called: dict[str, str]
    """Field → what the file calls it."""
    wire: bool = False
    """Dates stand in the forms of the tenant's JSON."""
    order: Order = "day first"


@dataclass(slots=True, eq=False)
class Names:
    """Numbers for the names met: of files, topics, agents. They never leave the reader."""

    files: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)
    agents: dict[str, int] = field(default_factory=dict)
    replications: set[str] = field(default_factory=set)
    has_ids: bool = True
    """Whether the files number their sessions."""


def typed(block: Block, zone: ZoneInfo, names: Names, complaints: Complaints) -> pd.DataFrame:
    """The rows that can be read, with what cannot be left to ``complaints``.

    Columns: ``file``, ``row``, ``session_id`` (the row where the file has no ids), the instants
    (UTC, without zone), ``time_in_queue_s``, ``duration_s`` and ``queue_pos``, ``queue_length``
    where the file has them, and ``status``, ``topic``, ``agent`` as numbers (−1: none).
    """
    complaints.rows_read += len(block.rows)
    rows = _Rows(block, complaints)
    frame: dict[str, Any] = {
        "file": np.full(len(block.rows), names.files.setdefault(block.file, len(names.files))),
        "row": block.rows.astype(np.int32),
        "session_id": _session_id(rows),
        **_times(rows, zone),
        **{to: rows.seconds(name) for name, to in LENGTHS.items() if name in block.cells},
        **{name: rows.count(name) for name in COUNTS if name in block.cells},
        "status": _status(rows),
        "topic": _topic(block, names.topics),
        "agent": _agent(block, names.agents),
    }
    frame["file"] = frame["file"].astype(np.int16)
    names.replications |= _replications(block)
    names.has_ids &= "session_id" in block.cells
    return pd.DataFrame(frame)[rows.good]


class _Rows:
    """The rows of a block, and which of them are still good."""

    def __init__(self, block: Block, complaints: Complaints) -> None:
        self.block = block
        self.good: NDArray[np.bool_] = np.ones(len(block.rows), np.bool_)
        self._complaints = complaints

    def leave_out(self, reason: str, bad: NDArray[np.bool_], name: str) -> None:
        """These rows, unless they are already left out for another reason."""
        bad = bad & self.good
        if bad.any():
            self._complaints.leave_out(reason, int(bad.sum()), self.where(bad, name))
            self.good &= ~bad

    def put_right(self, what: str, these: NDArray[np.bool_], name: str) -> None:
        these = these & self.good
        if these.any():
            self._complaints.put_it_right(what, int(these.sum()), self.where(these, name))

    def where(self, these: NDArray[np.bool_], name: str) -> list[Any]:
        """File, row, column and value of the first."""
        block, first = self.block, np.flatnonzero(these)[:PER_REASON]
        shows = name in (*TIMES, *LENGTHS, *COUNTS, "session_id") and name in block.cells
        values = block.cells[name].take(pa.array(first)).to_pylist() if shows else None
        column = block.called.get(name, name)
        return places(block.file, block.rows[first].tolist(), column, values)

    def instants(self, name: str, zone: ZoneInfo) -> tuple[Instants, NDArray[np.bool_]]:
        """A column of dates, and where it has one."""
        dates = parse_dates(self.block.cells[name], order=self.block.order, wire=self.block.wire)
        self.leave_out("not a date", dates.unreadable, name)
        return instants(dates, zone), ~dates.missing & ~dates.unreadable

    def seconds(self, name: str) -> NDArray[np.float64]:
        """A column of durations; nan where none stands."""
        found, unreadable = parse_lengths(self.block.cells[name])
        self.leave_out("not a duration", unreadable, name)
        self.leave_out("a negative duration", found < 0, name)
        return found

    def whole(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """A column of whole numbers, and where it has one."""
        texts = _digits(self.block.cells[name])
        plain = pc.fill_null(pc.match_substring_regex(texts, _WHOLE), fill_value=False)
        numbers = pc.if_else(plain, texts, "0").cast(pa.int64()).to_numpy(zero_copy_only=False)
        stands = plain.to_numpy(zero_copy_only=False)
        self.leave_out("not a whole number", ~stands & ~is_blank(texts), name)
        return numbers, stands

    def count(self, name: str) -> pd.Series[int]:
        """A column of whole numbers that may be missing."""
        numbers, stands = self.whole(name)
        stands &= np.abs(numbers) < 2**31
        return pd.Series(np.where(stands, numbers, 0), dtype="Int32").where(stands)


def _digits(texts: pa.Array) -> pa.Array:
    """Without blanks, the archive's ``[I:…]`` and Excel's ``.0``."""
    texts = pc.utf8_trim_whitespace(texts)
    for mark, form, bare in (("[", _NUMBER, r"\1"), (".", r"\.0+$", "")):
        if pc.any(pc.match_substring(texts, mark)).as_py():
            texts = pc.replace_substring_regex(texts, form, bare)
    return texts


def _session_id(rows: _Rows) -> NDArray[np.int64]:
    if "session_id" not in rows.block.cells:
        return rows.block.rows
    numbers, stands = rows.whole("session_id")
    rows.leave_out("no id", ~stands, "session_id")
    return numbers


# ------------------------------------------------------------------------------------ instants


def _times(rows: _Rows, zone: ZoneInfo) -> dict[str, NDArray[np.datetime64]]:
    """The instants by name, NaT where there is none."""
    there = [name for name in TIMES if name in rows.block.cells]
    read = {name: rows.instants(name, zone) for name in there}
    if "requested_at" in read:
        rows.leave_out("no date of request", ~read["requested_at"][1], "requested_at")
    us = _second_time_round(rows, read)
    none = np.full(len(rows.good), "NaT", "datetime64[us]")
    return {name: _instant(us[name], read[name][1]) if name in us else none for name in TIMES}


def _instant(us: NDArray[np.int64], stands: NDArray[np.bool_]) -> NDArray[np.datetime64]:
    instant: NDArray[np.datetime64] = us.astype("datetime64[us]")
    return np.where(stands, instant, np.datetime64("NaT", "us"))


class _Told:
    """Says of a row but once what was done to several of its columns."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows
        self._done: dict[str, NDArray[np.bool_]] = {}

    def tell(self, what: str, these: NDArray[np.bool_], name: str) -> None:
        done = self._done.setdefault(what, np.zeros(len(these), np.bool_))
        self._rows.put_right(what, these & ~done, name)
        done |= these


def _second_time_round(
    rows: _Rows, read: dict[str, tuple[Instants, NDArray[np.bool_]]]
) -> dict[str, NDArray[np.int64]]:
    """The instants with a doubled hour's second time where the first would come too early."""
    us: dict[str, NDArray[np.int64]] = {}
    told = _Told(rows)
    latest = np.full(len(rows.good), np.iinfo(np.int64).min)
    for name, (found, stands) in read.items():
        again = (found.again_us > 0) & stands
        second = again & (found.utc_us < latest)
        us[name] = found.utc_us + np.where(second, found.again_us, 0)
        if name != "last_poll_at":
            latest = np.where(stands, np.maximum(latest, us[name]), latest)
        told.tell(
            "a local time that the clock skipped, read as if it had not",
            found.skipped & stands,
            name,
        )
        told.tell("a local time that came twice, taken as the first", again & ~second, name)
        told.tell("a local time that came twice, taken as the second", second, name)
    return us


# --------------------------------------------------------------------------------------- names


def _status(rows: _Rows) -> NDArray[np.int8]:
    """The status by number; −1 where there is none, or none that is known."""
    texts = pc.utf8_trim_whitespace(rows.block.cells["status"]).dictionary_encode()
    labels = texts.dictionary.to_pylist()
    found = [status_of(label) for label in labels]
    numbers = np.array([-1 if each is None else each.value for each in found] + [-1], np.int8)
    codes = pc.fill_null(texts.indices, len(labels)).to_numpy(zero_copy_only=False)
    statuses: NDArray[np.int8] = numbers[codes]
    unknown = [code for code, each in enumerate(found) if each is None and labels[code]]
    told = unknown if len(unknown) <= LABELS_TOLD else []
    for code in told:
        what = f"status {labels[code][:40]!r} is not known: outcome unknown"
        rows.put_right(what, codes == code, "status")
    said = "one of too many statuses to be any: outcome unknown"
    rows.put_right(said, np.isin(codes, [] if told else unknown), "status")
    blank = [code for code, label in enumerate(labels) if not label]
    rows.put_right("no status: outcome unknown", np.isin(codes, [*blank, len(labels)]), "status")
    return statuses


LABELS_TOLD: Final = 20
"""Labels of a block that are told; a column with more holds no statuses, but maybe names."""


def _topic(block: Block, numbers: dict[str, int]) -> NDArray[np.int32]:
    """Topics by number: by their name, or one made of their id, or "Chat"."""
    found = _none(block)
    if "topic" in block.cells:
        found = _numbered(block.cells["topic"], numbers, str)
    if "topic_id" in block.cells and (found < 0).any():
        by_id = _numbered(
            block.cells["topic_id"], numbers, lambda number: f"Topic {_plain(number)}"
        )
        found = np.where(found < 0, by_id, found)
    if (found < 0).any():
        found = np.where(found < 0, numbers.setdefault("Chat", len(numbers)), found)
    return found.astype(np.int32)


def _agent(block: Block, numbers: dict[str, int]) -> NDArray[np.int32]:
    """Agents by number: told apart by the id, or else by the name; −1 for nobody."""
    found = _none(block)
    if "agent_id" in block.cells:
        found = _numbered(block.cells["agent_id"], numbers, _agent_id)
    if "agent" in block.cells and (found < 0).any():
        by_name = _numbered(block.cells["agent"], numbers, lambda name: f"name:{name}")
        found = np.where(found < 0, by_name, found)
    return found.astype(np.int32)


def _agent_id(number: str) -> str | None:
    return None if _plain(number) in ("0", "-1") else f"id:{_plain(number)}"


def _plain(number: str) -> str:
    """A number without the archive's marker: ``[I:7]`` is 7."""
    return re.sub(_NUMBER, r"\1", number)


def _none(block: Block) -> NDArray[np.int32]:
    return np.full(len(block.rows), -1, np.int32)


def _numbered(
    texts: pa.Array, numbers: dict[str, int], named: Callable[[str], str | None]
) -> NDArray[np.int32]:
    """What the texts name by number, new names being given the next; −1 for nothing."""
    coded = texts.dictionary_encode()
    bare = [text.strip() for text in coded.dictionary.to_pylist()]
    names = [named(text) if text else None for text in bare]
    known = [-1 if name is None else numbers.setdefault(name, len(numbers)) for name in names]
    codes = pc.fill_null(coded.indices, len(known)).to_numpy(zero_copy_only=False)
    found: NDArray[np.int32] = np.array([*known, -1], np.int32)[codes]
    return found


def _replications(block: Block) -> set[str]:
    if "replication" not in block.cells:
        return set()
    return set(pc.drop_null(block.cells["replication"].unique()).to_pylist())
