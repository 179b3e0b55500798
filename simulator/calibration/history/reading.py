"""Read what a desk left behind, whatever form it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from simulator.calibration.history import anonymous_bank
from simulator.calibration.history.cleaning import cleaned, numbered, tidy
from simulator.calibration.history.complaints import Complaints
from simulator.calibration.history.files import source_files
from simulator.calibration.history.json_rows import json_blocks
from simulator.calibration.history.sniffing import KINDS, kind_of, written
from simulator.calibration.history.spreadsheet import table_blocks
from simulator.calibration.history.table import History, Source
from simulator.calibration.history.typed import Names, typed
from simulator.errors import DataError, ParameterError, Place, UsageError
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from simulator.calibration.history.files import SourceFile
    from simulator.calibration.history.typed import Block

__all__ = ["read_history"]

BANK: Final = "anonymous_bank"
MANY: Final = 10
"""Chats that do not all happen to be requested at midnight."""


def read_history(
    paths: Path | Sequence[Path], *, kind: str = "auto", zone: ZoneInfo | None = None
) -> History:
    """The sessions in these files, each once, and what of the files is not as it stood there.

    ``paths``: a file, several, or a folder; they are read in the order of their names. ``kind``:
    ``records``, ``archive``, ``spreadsheet`` or ``anonymous_bank``; ``auto`` tells it by what is
    in the files, and ``sources`` says what it took. ``zone``: the desk's IANA zone, in which its
    days begin and in which dates without an offset were written; dates with one are instants
    whatever the zone. Only the records of the Anonymous Bank bring their own.

    Rows that cannot have happened are left out, and counted and listed in ``problems``; where
    durations contradict the dates the dates win. Of customers nothing is read, and agents become
    numbers. Memory is bounded by the sessions, not by the file: some 100 bytes for each.

    Raises:
        DataError: a file is missing, empty, of another kind or without rows that can be read.
        UsageError: no ``zone``, or files of several kinds.
    """
    sources = source_files(paths)
    kind = _kind(sources, kind)
    zone = _zone(sources, kind, zone)
    complaints, names = Complaints(), Names()
    # No table between these steps has a name: each is as large as the history and goes at once.
    sessions = tidy(
        _some(
            _usable(_rows(sources, kind, zone, names, complaints), kind, names, complaints),
            complaints,
            sources[0],
        ),
        zone,
        [*names.topics],
    )
    _with_times_of_day(sessions, sources[0])
    read = [
        Source(each.path.name, kind, complaints.rows_of[each.path], each.sha256) for each in sources
    ]
    return History(sessions, zone, complaints.problems(), tuple(read))


def _kind(sources: tuple[SourceFile, ...], kind: str) -> str:
    if kind != "auto":
        if kind not in KINDS:
            raise ParameterError(
                f"there is no kind {kind!r}{did_you_mean(kind, ['auto', *KINDS])}; "
                f"give auto, {', '.join(KINDS)}"
            )
        return kind
    found: dict[str, SourceFile] = {}
    for source in sources:
        found.setdefault(kind_of(source), source)
    if len(found) > 1:
        told = ", ".join(f"{source.path.name} is {each}" for each, source in found.items())
        raise UsageError(f"the files are of several kinds: {told}; read one kind at a time")
    return next(iter(found))


def _zone(sources: tuple[SourceFile, ...], kind: str, zone: ZoneInfo | None) -> ZoneInfo:
    if zone is not None:
        return zone
    if kind == BANK:
        return anonymous_bank.ZONE
    raise UsageError(
        f"the days of a history need a time zone: {written(sources[0])}; name the desk's zone, "
        "as in --zone Europe/Oslo (or --zone UTC)",
        Place(sources[0].path),
    )


def _rows(
    sources: tuple[SourceFile, ...],
    kind: str,
    zone: ZoneInfo,
    names: Names,
    complaints: Complaints,
) -> pd.DataFrame:
    """The rows of all files that can be read."""
    frames: list[pd.DataFrame] = []
    for source in sources:
        before = complaints.rows_read
        frames += _of_file(source, kind, zone, names, complaints)
        complaints.rows_of[source.path] = complaints.rows_read - before
        if complaints.rows_read == before:
            raise DataError(
                "the file has a heading or a frame, and no rows; export the chats again",
                Place(source.path),
            )
    _one_run(names, sources[0])
    return pd.concat(frames, ignore_index=True)


def _usable(rows: pd.DataFrame, kind: str, names: Names, complaints: Complaints) -> pd.DataFrame:
    files = [*names.files]
    if kind == BANK:
        return numbered(rows, files, complaints)
    return cleaned(rows, files, complaints, ids=names.has_ids)


def _some(rows: pd.DataFrame, complaints: Complaints, source: SourceFile) -> pd.DataFrame:
    if rows.empty:
        raise DataError(
            f"none of the {complaints.rows_read:,} rows can be used: {_reasons(complaints)}",
            Place(source.path),
        )
    return rows


def _of_file(
    source: SourceFile, kind: str, zone: ZoneInfo, names: Names, complaints: Complaints
) -> Iterator[pd.DataFrame]:
    if kind == BANK:
        yield anonymous_bank.bank_rows(source.path, zone, names, complaints)
        return
    for block in _blocks(source, kind, complaints):
        yield typed(block, zone, names, complaints)


def _blocks(source: SourceFile, kind: str, complaints: Complaints) -> Iterator[Block]:
    is_json = source.head.lstrip().startswith(("{", "["))
    if is_json and kind == "spreadsheet":
        raise DataError(
            "the file is JSON, and no table; read it as records or archive", Place(source.path)
        )
    if not is_json and kind == "archive":
        raise DataError(
            "the file is no JSON; read it as records or spreadsheet", Place(source.path)
        )
    return json_blocks(source, complaints) if is_json else table_blocks(source, complaints)


def _one_run(names: Names, source: SourceFile) -> None:
    if len(names.replications) > 1:
        raise DataError(
            f"the file holds {len(names.replications)} replications of a simulated run, which are "
            "as many histories of the same days; export one of them with --replication 1",
            Place(source.path),
        )


def _with_times_of_day(sessions: pd.DataFrame, source: SourceFile) -> None:
    requested = sessions["requested_at"]
    if len(sessions) >= MANY and requested.dt.normalize().eq(requested).all():
        raise DataError(
            "every chat was requested at midnight, so the dates stand without a time of day; "
            "export the column with its time",
            Place(source.path),
        )


def _reasons(complaints: Complaints) -> str:
    told = (f"{reason} ({count:,})" for reason, count in complaints.left_out.items())
    return "; ".join(told) or "there are none"
