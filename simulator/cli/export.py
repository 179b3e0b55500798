"""``pickup export``: a run's sessions as the tenant's records, for other programs and for Excel."""

import csv
import io
import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from simulator.errors import DataError, ParameterError, PickupError, Place

if TYPE_CHECKING:
    import pyarrow as pa

    from simulator.entity.flat import Cell
    from simulator.sessions import Run

__all__ = ["Dates", "Format", "command"]

ROWS: Final = 16_384
"""Sessions read at a time, so that memory does not grow with the run."""

SHEET_ROWS: Final = 1_048_576
"""What a worksheet holds, the heading included."""


class Format(StrEnum):
    """What the records are written as."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


class Dates(StrEnum):
    """How dates are written."""

    OFFSET = "offset"
    NONE = "none"
    UTC = "utc"


def command(
    run: Annotated[Path, typer.Argument(help="Run folder.", show_default=False)],
    form: Annotated[
        Format, typer.Option("--format", "-f", help="xlsx needs --out.")
    ] = Format.JSONL,
    replication: Annotated[
        int | None,
        typer.Option(
            "--replication",
            "-r",
            help="This one only: ids count anew in each.  [default: all of them]",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file.  [default: stdout]")
    ] = None,
    dates: Annotated[
        Dates,
        typer.Option(help="Local with the zone's offset, local without it, or UTC."),
    ] = Dates.OFFSET,
) -> None:
    """Write a run's sessions as ChatSessionEntity records.

    jsonl and json hold whole records; csv and xlsx a row each with the root columns and, of what
    is linked to a session, id and name. Customers and their words are made up.
    """
    from simulator.sessions import open_run

    if form is Format.XLSX and out is None:
        raise ParameterError("a workbook cannot go to stdout; name a file with --out")
    export = _Export(open_run(run, verify=True), replication, dates)
    if out is None:
        _to_stdout(_WRITERS[form], export)
    else:
        with _beside(out) as file:
            _WRITERS[form](export, file)


class _Export:
    """The sessions asked for, read batch by batch."""

    def __init__(self, run: "Run", replication: int | None, dates: Dates) -> None:
        import pyarrow.parquet as pq

        self.run = run
        self.replication = replication
        self.dates = dates
        self.path = run.path / "sessions.parquet"
        self._file = pq.ParquetFile(self.path)
        self._groups = self._groups_asked_for()

    def _groups_asked_for(self) -> list[int]:
        """Row groups that may hold the replication, by their statistics."""
        metadata = self._file.metadata
        column = self._file.schema_arrow.names.index("replication")
        groups = range(metadata.num_row_groups)
        if self.replication is None:
            return list(groups)
        spans = [metadata.row_group(group).column(column).statistics for group in groups]
        asked = [
            group
            for group, span in zip(groups, spans, strict=True)
            if span is None or span.min <= self.replication <= span.max
        ]
        if not asked:
            held = [edge for span in spans for edge in (span.min, span.max)]
            there = f"it has {min(held)} to {max(held)}" if held else "it has no sessions at all"
            raise ParameterError(
                f"the run has no replication {self.replication}; {there}", Place(self.run.path)
            )
        return asked

    def batches(self) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            for batch in self._file.iter_batches(ROWS, row_groups=self._groups):
                if self.replication is None:
                    yield batch
                else:
                    yield batch.filter(pc.equal(batch.column("replication"), self.replication))
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                f"sessions.parquet cannot be read to its end ({error}); simulate the run again",
                Place(self.path),
            ) from error

    def lines(self, batches: Iterable["pa.RecordBatch"]) -> Iterator[bytes]:
        from simulator.sessions.entities import records

        seed = self.run.manifest["seed"]
        return records(batches, self.run.scenario, seed, dates=self.dates.value)

    def rows(self) -> Iterator[list["Cell"]]:
        """Cells under ``headings()``: the replication, then those of ``entity.flat``."""
        import orjson

        from simulator.entity import flat

        for batch in self.batches():
            replications = batch.column("replication").to_pylist()
            for replication, line in zip(replications, self.lines([batch]), strict=True):
                yield [replication, *flat.row(orjson.loads(line))]


def headings() -> list[str]:
    """The first row of a table; ``replication`` is ours, the others are the tenant's names."""
    from simulator.entity import flat

    return ["replication", *flat.COLUMNS]


# ------------------------------------------------------------------------------- the formats


def _write_jsonl(export: _Export, file: BinaryIO) -> None:
    file.writelines(export.lines(export.batches()))


def _write_json(export: _Export, file: BinaryIO) -> None:
    """One array, a record a line."""
    before = b"[\n"
    for line in export.lines(export.batches()):
        file.write(before + line.removesuffix(b"\n"))
        before = b",\n"
    file.write(b"\n]\n" if before == b",\n" else b"[]\n")


def _write_csv(export: _Export, file: BinaryIO) -> None:
    from simulator.entity import flat

    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(headings())
        for row in export.rows():
            writer.writerow([_csv_cell(flat.safe_cell(cell)) for cell in row])
        text.flush()
    finally:
        text.detach()  # the file is closed by whoever opened it


def _csv_cell(cell: "Cell") -> "Cell":
    return str(cell).lower() if isinstance(cell, bool) else cell


def _write_xlsx(export: _Export, file: BinaryIO) -> None:
    """A worksheet with the dates as local wall-clock times, as Excel knows no zones.

    Text is stored as text whatever it begins with, so no cell can be a formula.
    """
    import xlsxwriter

    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # Left by an error, it is closed as well, which clears away what it keeps beside.
    with xlsxwriter.Workbook(file, {"constant_memory": True, **plain}) as workbook:
        _fill(workbook, export)


def _fill(workbook: Any, export: _Export) -> None:
    # The bytes depend on the run alone, not on when it is exported.
    workbook.set_properties({"created": export.run.scenario.start.replace(tzinfo=None)})
    sheet = workbook.add_worksheet("sessions")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, headings(), workbook.add_format({"bold": True}))
    date = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    write = _cell_writers(sheet, date)
    for number, row in enumerate(export.rows(), start=1):
        if number >= SHEET_ROWS:
            raise ParameterError(
                f"a worksheet holds {SHEET_ROWS:,} rows and the run has more; choose one with "
                "--replication, or another --format"
            )
        for column, cell in enumerate(row):
            if cell is not None and cell != "":
                write[column](number, column, cell)


def _cell_writers(sheet: Any, date: Any) -> list[Any]:
    """For each column what writes a cell into it."""
    from simulator.entity import flat

    def as_date(row: int, column: int, cell: str) -> None:
        sheet.write_datetime(row, column, flat.wall_clock(cell), date)

    def as_it_is(row: int, column: int, cell: "Cell") -> None:
        if isinstance(cell, str):
            sheet.write_string(row, column, cell)
        elif isinstance(cell, bool):
            sheet.write_boolean(row, column, cell)
        else:
            sheet.write_number(row, column, cell)

    return [as_date if heading in flat.DATES else as_it_is for heading in headings()]


_WRITERS: Final = {
    Format.JSONL: _write_jsonl,
    Format.JSON: _write_json,
    Format.CSV: _write_csv,
    Format.XLSX: _write_xlsx,
}


# ---------------------------------------------------------------------------------- the file


@contextmanager
def _beside(out: Path) -> Iterator[BinaryIO]:
    """A file that takes the name ``out`` when all is written, and is gone when that fails."""
    draft = out.with_name(f".{secrets.token_hex(4)}.partial")
    try:
        if out.is_dir() or not out.parent.is_dir():
            raise ParameterError(f"{out} cannot be a file; give a file name in a folder there is")
        with draft.open("xb") as file:
            try:
                yield file
                file.close()
                draft.replace(out)
            finally:
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise PickupError(
            f"{out} could not be written: {error.strerror}; what stood there before still does"
        ) from error


def _to_stdout(write: Any, export: _Export) -> None:
    """A reader that has seen enough (``| head``) ends the export, and that is no error."""
    try:
        write(export, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python flushes once more at the end: give it somewhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
