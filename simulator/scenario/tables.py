"""Tables beside a scenario: CSV, Excel, or rows written into the scenario itself.

Every cell is text, None when blank; every complaint about one names file, row and column.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import Place, ScenarioError
from simulator.scenario.complaints import known_names
from simulator.scenario.durations import parse_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.scenario.complaints import Complaints
    from simulator.scenario.documents import Entry

__all__ = ["Row", "Table", "read_table", "rows_table"]

Cell = str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``number`` is its line in the file (the heading is 1)."""

    file: str
    number: int
    cells: dict[str, Cell]
    decimal_comma: bool = False

    def place(self, column: str | None = None) -> Place:
        """Where this row (and column) stands."""
        return Place(self.file, self.number, column)

    def text(self, column: str) -> str:
        """The cell; ValueError when blank."""
        cell = self.cells.get(column)
        if cell is None:
            raise ValueError(f"{column} is blank; fill it in")
        return cell

    def clock(self, column: str) -> int:
        """The cell as a time of day, microseconds."""
        try:
            return parse_clock(self.text(column))
        except ValueError as error:
            raise _about(column, error) from None

    def number_in(self, column: str) -> Decimal:
        """The cell as a finite number of at least 0."""
        text = self.text(column)
        try:
            number = Decimal(text.replace(",", ".") if self.decimal_comma else text)
        except InvalidOperation:
            raise ValueError(f"{column} is {text!r}; give a number") from None
        if not number.is_finite():
            raise ValueError(f"{column} is {text}, which is no number; give 0 or more")
        if number < 0:
            raise ValueError(f"{column} is {text}; give 0 or more")
        return number


def _about(column: str, error: ValueError) -> ValueError:
    message = str(error)
    return error if message.startswith(f"{column} ") else ValueError(f"{column} {message}")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns."""

    name: str
    """As the scenario calls it, for messages."""
    place: Place
    """Of the heading."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def require(self, *columns: str) -> None:
        """Raise a ScenarioError unless the table has rows and all of these columns."""
        if not self.rows:
            raise ScenarioError(f"{self.name} is empty; give it at least one row", self.place)
        for column in columns:
            if column not in self.columns:
                raise ScenarioError(
                    f"{self.name} has no column '{column}'{known_names(column, self.columns)}",
                    self.place,
                )

    def allow_only(self, columns: Iterable[str], complaints: Complaints) -> None:
        """Complain about columns that nothing reads, since a misspelt one would go unnoticed."""
        allowed = list(columns)
        for column in self.columns:
            if column not in allowed:
                complaints.add(
                    f"{self.name} has an unknown column '{column}'{known_names(column, allowed)}",
                    self.place,
                )


def read_table(written: str, at: Entry) -> Table:
    """The CSV or Excel file (``file.xlsx#Sheet``) named in the scenario at this entry."""
    name, _, sheet = written.partition("#")
    path = Path(os.path.normpath(at.folder / name))
    if not path.is_file():
        raise ScenarioError(
            f"there is no file {name} (looked for {path}); check the path", at.place
        )
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"):
        return _from_lines(str(path), _excel_lines(path, sheet, at), decimal_comma=False)
    if suffix not in (".csv", ".tsv", ".txt"):
        raise ScenarioError(f"{name} is neither CSV nor Excel; give one of these", at.place)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"{name} cannot be read ({error}); save it as CSV in UTF-8", Place(str(path))
        ) from error
    heading = next((line for line in text.splitlines() if _says_something(line)), "")
    delimiter = max(",;\t", key=heading.count)
    return _from_lines(str(path), _csv_lines(text, delimiter), decimal_comma=delimiter != ",")


def rows_table(items: Sequence[dict[str, object]], at: Entry, name: str) -> Table:
    """Rows written into the scenario: each a mapping from column to cell."""
    columns: dict[str, None] = {}
    rows = []
    places = at.value if isinstance(at.value, list) else []
    for position, item in enumerate(items):
        place = places[position].place if position < len(places) else at.place
        cells = {column: _cell(value) for column, value in item.items()}
        columns.update(dict.fromkeys(cells))
        rows.append(Row(str(place.file), place.line or 0, cells))
    return Table(name, at.place, tuple(columns), tuple(rows))


def _says_something(line: str) -> bool:
    return bool(line.strip(" ,;\t")) and not line.lstrip().startswith("#")


def _csv_lines(text: str, delimiter: str) -> list[tuple[int, list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    return [
        (reader.line_num, [cell.strip() or None for cell in cells])
        for cells in reader
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#")
    ]


def _excel_lines(path: Path, sheet: str, at: Entry) -> list[tuple[int, list[Cell]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            if sheet and sheet not in book.sheet_names:
                raise ScenarioError(
                    f"{path.name} has no sheet '{sheet}'{known_names(sheet, book.sheet_names)}",
                    at.place,
                )
            page = book.get_sheet_by_name(sheet or book.sheet_names[0])
            lines = page.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise ScenarioError(
            f"{path.name} cannot be read ({error}); save it as .xlsx", at.place
        ) from error
    found = [(number, [_cell(value) for value in cells]) for number, cells in enumerate(lines, 1)]
    return [(number, cells) for number, cells in found if any(cells)]


def _from_lines(file: str, lines: list[tuple[int, list[Cell]]], *, decimal_comma: bool) -> Table:
    name = Path(file).name
    if not lines:
        raise ScenarioError(f"{name} is empty; give it a heading and rows", Place(file, 1))
    heading_number, heading = lines[0]
    while heading and heading[-1] is None:
        heading = heading[:-1]
    columns = [cell or "" for cell in heading]
    for position, column in enumerate(columns):
        if not column:
            raise ScenarioError(
                f"column {position + 1} of {name} has no heading; name it",
                Place(file, heading_number),
            )
        if column in columns[:position]:
            raise ScenarioError(
                f"{name} has two columns '{column}'; keep one", Place(file, heading_number, column)
            )
    rows = []
    for number, cells in lines[1:]:
        if any(cells[len(columns) :]):
            raise ScenarioError(
                f"this row has {len(cells)} cells and the heading {len(columns)}; "
                "add a heading or take the cell out",
                Place(file, number),
            )
        padded = cells + [None] * (len(columns) - len(cells))
        rows.append(Row(file, number, dict(zip(columns, padded, strict=False)), decimal_comma))
    return Table(name, Place(file, heading_number), tuple(columns), tuple(rows))


def _cell(value: object) -> Cell:
    """A cell as the text that a CSV file would have held."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        at_midnight = value.time() == time()
        return value.date().isoformat() if at_midnight else value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return str(value).strip() or None
