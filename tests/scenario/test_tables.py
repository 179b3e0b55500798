"""CSV as offices write it, and Excel."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from simulator.errors import Place, ScenarioError
from simulator.scenario.documents import Entry
from simulator.scenario.tables import Table, read_table

if TYPE_CHECKING:
    from pathlib import Path


def table(path: Path, sheet: str = "") -> Table:
    return read_table(path.name + sheet, Entry(path.name, Place("desk.yaml", 7), path.parent))


def cells(found: Table) -> list[list[str | None]]:
    return [[row.cells[column] for column in found.columns] for row in found.rows]


# story, text
ALIKE = [
    ("plain", "weekday,start,Sales\nmon,08:00,6.5\n"),
    ("with a byte order mark", "\ufeffweekday,start,Sales\nmon,08:00,6.5\n"),
    ("with Windows line ends", "weekday,start,Sales\r\nmon,08:00,6.5\r\n"),
    (
        "with blanks, blank lines and comments",
        "# ours\n\nweekday, start , Sales\n\nmon, 08:00,6.5\n,,\n",
    ),
    ("quoted", '"weekday","start","Sales"\n"mon","08:00","6.5"\n'),
    ("with semicolons and a decimal comma", "weekday;start;Sales\nmon;08:00;6,5\n"),
    ("with tabs", "weekday\tstart\tSales\nmon\t08:00\t6.5\n"),
    ("with empty columns at the end", "weekday,start,Sales,,\nmon,08:00,6.5,,\n"),
]


@pytest.mark.parametrize(("story", "text"), ALIKE, ids=[row[0] for row in ALIKE])
def test_csv_is_read_as_offices_write_it(write, story: str, text: str):
    path = write("table.csv", "")
    path.write_bytes(text.encode())
    found = table(path)
    (row,) = found.rows
    assert found.columns == ("weekday", "start", "Sales")
    assert (row.text("weekday"), row.clock("start"), float(row.number_in("Sales"))) == (
        "mon",
        8 * 3_600_000_000,
        6.5,
    )


def test_rows_know_their_line(write):
    path = write("table.csv", "a,b\n\n1,2\n# note\n3,4\n")
    assert [str(row.place("b")) for row in table(path).rows] == [
        f"{path}:3, column b",
        f"{path}:5, column b",
    ]


def test_short_rows_are_blank_at_the_end(write):
    assert cells(table(write("table.csv", "a,b,c\n1\n"))) == [["1", None, None]]


def test_a_comma_is_no_point_between_commas(write):
    (row,) = table(write("table.csv", 'a,b\n"6,5",1\n')).rows
    with pytest.raises(ValueError, match="a is '6,5'; give a number"):
        row.number_in("a")


# text, what is said
WRONG = [
    ("", "table.csv is empty; give it a heading and rows"),
    ("a,,b\n1,2,3\n", "column 2 of table.csv has no heading; name it"),
    ("a,b,a\n1,2,3\n", "table.csv has two columns 'a'; keep one"),
    ("a,b\n1,2,3\n", "this row has 3 cells and the heading 2"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_csv_that_is_no_table(write, text: str, said: str):
    with pytest.raises(ScenarioError) as caught:
        table(write("table.csv", text))
    assert said in str(caught.value)


def test_a_file_in_another_encoding(tmp_path: Path):
    (tmp_path / "latin.csv").write_bytes(b"caf\xe9,b\n1,2\n")
    with pytest.raises(ScenarioError, match="save it as CSV in UTF-8"):
        table(tmp_path / "latin.csv")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Two sheets; the second holds a roster with the types that Excel knows."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write_row(0, 0, ["about"])
        sheet = book.add_worksheet("Roster")
        day, clock, span = (
            book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "hh:mm", "[h]:mm")
        )
        sheet.write_row(0, 0, ["agent", "date", "start", "end", "chats"])
        sheet.write_string(2, 0, "Ada")
        sheet.write_datetime(2, 1, date(2026, 3, 23), day)
        sheet.write_datetime(2, 2, time(8, 30), clock)
        sheet.write_datetime(2, 3, timedelta(hours=24), span)
        sheet.write_number(2, 4, 6.5)
        sheet.write_string(3, 0, "Bo")
        sheet.write_datetime(3, 1, datetime(2026, 3, 23, 9, 15), day)  # noqa: DTZ001
        sheet.write_string(3, 2, "08:30")
        sheet.write_number(3, 4, 7)
    return path


def test_excel_cells_become_what_a_csv_would_hold(workbook: Path):
    found = table(workbook, "#Roster")
    assert cells(found) == [
        ["Ada", "2026-03-23", "08:30:00", "24:00:00", "6.5"],
        ["Bo", "2026-03-23T09:15:00", "08:30", None, "7"],
    ]
    assert [row.number for row in found.rows] == [3, 4]


def test_the_first_sheet_unless_one_is_named(workbook: Path):
    with pytest.raises(ScenarioError, match="has no sheet 'Rooster'; did you mean 'Roster'"):
        table(workbook, "#Rooster")
    assert table(workbook).columns == ("about",)


def test_a_workbook_that_is_none(write):
    with pytest.raises(ScenarioError, match="cannot be read"):
        table(write("broken.xlsx", "this is no workbook"))
