"""Rows of tables: CSV in any of its dialects, and Excel."""

from __future__ import annotations

import csv
import io
import math
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from simulator.calibration.history.dates import order_seen
from simulator.calibration.history.fields import HEADINGS, check_fields, found_fields, near_misses
from simulator.calibration.history.typed import TIMES, Block
from simulator.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.calibration.history.complaints import Complaints
    from simulator.calibration.history.dates import Order
    from simulator.calibration.history.files import SourceFile

__all__ = ["heading", "separator", "table_blocks"]

ROWS: Final = 65_536
BLOCK: Final = 1 << 24
"""Bytes; a row is shorter than that."""
MISSHAPEN: Final = "not as many cells as the heading"


def separator(head: str) -> str:
    """Comma, semicolon or tab: that which the first row has most of.

    >>> separator("Status;Agent, name;Chat requested")
    ';'
    """
    first = _first_row(head)
    bare = "".join(first.split('"')[::2])  # without what stands in quotes
    return max(",;\t", key=bare.count)


def _first_row(head: str) -> str:
    return next((line for line in head.splitlines() if line.strip()), "")


def heading(source: SourceFile) -> list[str]:
    """The cells of the first row."""
    if source.is_workbook:
        return [str(cell).strip() for cell in next(_sheet(source))[1]]
    return _table_head(source)[0]


def _table_head(source: SourceFile) -> tuple[list[str], str, int]:
    """The headings, what separates them, and how many lines they and those before them take."""
    head, said = source.head, None
    skipped = len(head) - len(head.lstrip("\r\n"))
    if _first_row(head).lower().startswith("sep="):  # for Excel
        said = _first_row(head)[4:5]
        head = head.lstrip("\r\n").partition("\n")[2]
    mark = said or separator(head)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=mark)
    row = next((row for row in reader if any(row)), [])
    lines = reader.line_num + (said is not None) + (skipped if said is not None else 0)
    return [cell.strip() for cell in row], mark, lines


def table_blocks(source: SourceFile, complaints: Complaints) -> Iterator[Block]:
    """The rows of a table, block by block; the row number counts from the heading, which is 1.

    Raises:
        DataError: columns are missing, or whether day or month comes first cannot be told.
    """
    names = heading(source)
    fields = found_fields(names)
    check_fields(fields, names, source.path, HEADINGS)
    for name, clause in [] if "WhenRequested" in names else near_misses(names):
        what = f"column {name!r} is not read{clause}"
        complaints.put_it_right(what, 1, [(source.path.name, 1, name, None)])
    if source.has_odd_quotes:
        _check_quotes(source)
    order = _order(source, {name: fields[name] for name in TIMES if name in fields}, names)
    called = {field: names[column] for field, column in fields.items()}
    for rows, cells in _cells(source, fields, complaints):
        yield Block(source.path.name, rows, cells, called, order=order)


def _cells(
    source: SourceFile, fields: dict[str, int], complaints: Complaints | None
) -> Iterator[tuple[Any, dict[str, pa.Array]]]:
    if source.is_workbook:
        return _sheet_cells(source, fields)
    return _text_cells(source, fields, complaints)


# ----------------------------------------------------------------------------------------- CSV


def _text_cells(
    source: SourceFile, fields: dict[str, int], complaints: Complaints | None
) -> Iterator[tuple[Any, dict[str, pa.Array]]]:
    from pyarrow import csv as arrow_csv

    names, mark, lines = _table_head(source)
    misshapen: list[int | None] = []

    def skip(row: Any) -> str:
        misshapen.append(row.number)
        return "skip"

    wanted = {str(column): pa.string() for column in fields.values()}
    reading = arrow_csv.ReadOptions(
        block_size=BLOCK,
        skip_rows=lines,
        column_names=[str(column) for column in range(len(names))],
        use_threads=False,
    )
    parsing = arrow_csv.ParseOptions(
        delimiter=mark, newlines_in_values=True, invalid_row_handler=skip
    )
    converting = arrow_csv.ConvertOptions(
        column_types=wanted,
        include_columns=list(wanted),
        null_values=[""],
        strings_can_be_null=True,
    )
    last = 1
    try:
        for batch in arrow_csv.open_csv(source.stream(), reading, parsing, converting):
            told = [row - lines + 1 for row in misshapen if row is not None]
            rows = np.arange(last + 1, last + 1 + batch.num_rows + len(misshapen))
            last += len(rows)
            if complaints is not None and misshapen:
                _tell(misshapen, told, source, complaints)
            rows = _without(rows, told) if len(told) == len(misshapen) else rows
            misshapen.clear()
            yield (
                rows[: batch.num_rows],
                {field: batch.column(str(column)) for field, column in fields.items()},
            )
    except UnicodeDecodeError as error:
        raise source.undecodable() from error
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error) or "Could not skip" in str(error):  # nothing but a heading
            return
        raise DataError(f"the table cannot be read: {error}", Place(source.path)) from error


def _check_quotes(source: SourceFile) -> None:
    """That no quotation mark is left open: all after it would be one cell, and be lost.

    Raises:
        DataError: one is.
    """
    row = 0
    with source.path.open(encoding=source.encoding, errors="replace", newline="") as text:
        reader = csv.reader(text, delimiter=_table_head(source)[1], strict=True)
        try:
            for row, _ in enumerate(reader, 1):  # noqa: B007 - where it broke off is told
                pass
        except csv.Error as error:
            raise DataError(
                f"a quotation mark is left open or stands within a cell ({error}); export again",
                Place(source.path, row + 1),
            ) from error


def _tell(
    misshapen: list[int | None], told: list[int], source: SourceFile, complaints: Complaints
) -> None:
    complaints.rows_read += len(misshapen)
    where = [(source.path.name, row, None, None) for row in told]
    complaints.leave_out(MISSHAPEN, len(misshapen), where)


def _without(rows: Any, these: list[int]) -> Any:
    return rows[~np.isin(rows, these)]


# --------------------------------------------------------------------------------------- Excel


def _sheet(source: SourceFile) -> Iterator[tuple[int, list[Any]]]:
    """The rows of the first worksheet that has any, with their numbers, blank ones passed over."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(source.path))
        sheets = (workbook.get_sheet_by_index(at) for at in range(len(workbook.sheet_names)))
        sheet = next((each for each in sheets if each.height), None)
    except CalamineError as error:
        raise DataError(f"the workbook cannot be read: {error}", Place(source.path)) from error
    if sheet is None:
        raise DataError("the workbook is empty; export the chats again", Place(source.path))
    numbered = enumerate(sheet.iter_rows(), 1)
    return ((number, row) for number, row in numbered if any(cell != "" for cell in row))


def _sheet_cells(
    source: SourceFile, fields: dict[str, int]
) -> Iterator[tuple[Any, dict[str, pa.Array]]]:
    rows = islice(_sheet(source), 1, None)
    while chunk := list(islice(rows, ROWS)):
        yield (
            np.array([number for number, _ in chunk]),
            {
                field: pa.array([_text(row[column]) for _, row in chunk], pa.string())
                for field, column in fields.items()
            },
        )


def _text(cell: Any) -> str | None:
    """An Excel cell as the text that a CSV would have."""
    if cell == "":
        return None
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, date):
        return f"{cell.isoformat()}T00:00:00"
    if isinstance(cell, time):
        return str(
            timedelta(
                hours=cell.hour,
                minutes=cell.minute,
                seconds=cell.second,
                microseconds=cell.microsecond,
            ).total_seconds()
        )
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    if isinstance(cell, float) and math.isfinite(cell) and cell.is_integer():
        return str(int(cell))
    return str(cell)


# ------------------------------------------------------------------------- day or month first


def _order(source: SourceFile, times: dict[str, int], names: list[str]) -> Order:
    """Whether ``01/02/2026`` is the first of February, by the first date that tells.

    Raises:
        DataError: no date tells, and it matters.
    """
    ambiguous: tuple[int, str] | None = None
    for rows, cells in _cells(source, times, None):
        for field, texts in cells.items():
            day_first, month_first, differs = order_seen(texts)
            if day_first is not None or month_first is not None:
                return _told(source, rows, day_first, month_first, names[times[field]])
            if differs and ambiguous is None:
                ambiguous = int(rows[0]), names[times[field]]
        if ambiguous is None and not _has_strokes(cells):
            return "day first"
    if ambiguous is not None:
        raise DataError(
            "whether day or month comes first cannot be told, as no date has a day after the "
            "12th; give a longer export, or write the dates as 2026-12-31 13:05",
            Place(source.path, *ambiguous),
        )
    return "day first"


def _has_strokes(cells: dict[str, pa.Array]) -> bool:
    import pyarrow.compute as pc

    return any(
        pc.any(pc.match_substring_regex(texts, r"^\s*\d{1,2}[/-]")).as_py()
        for texts in cells.values()
    )


def _told(
    source: SourceFile, rows: Any, day_first: int | None, month_first: int | None, column: str
) -> Order:
    if day_first is not None and month_first is not None:
        raise DataError(
            f"the day comes first in row {rows[day_first]} and the month in row "
            f"{rows[month_first]}; write all dates as 2026-12-31 13:05",
            Place(source.path, int(rows[max(day_first, month_first)]), column),
        )
    return "day first" if day_first is not None else "month first"
