"""Tables as the product and Excel write them, in six languages."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import xlsxwriter

from simulator.calibration.history.fields import found_fields
from simulator.entity import ChatSessionStatus
from simulator.entity.labels import status_of
from simulator.errors import DataError
from tests.calibration.history.made import HEADING, LINE, listed, read, row, sheet

HEADINGS = {  # in the order of FIELDS
    "English": (
        "Chat ID;Chat requested;Chat started;Chat ended;Duration;Time in queue;"
        "Queue length;Agent;Status;Chat channel"
    ),
    "Norwegian": (
        "Chat-ID;Chat forespurt;Chat startet;Chat avsluttet;Varighet;Tid i kø;Kølengde;"
        "Saksbehandler;Status;Chat-kanal"
    ),
    "Swedish": (
        "Chatt-ID;Chatt begärd;Chatt startad;Chatt avslutad;Varaktighet;Tid i kö;Kölängd;"
        "Handläggare;Status;Chattkanal"
    ),
    "Danish": (
        "Chat-ID;Chat anmodet;Chat startet;Chat afsluttet;Varighed;Tid i kø;Kølængde;"
        "Sagsbehandler;Status;Chatkanal"
    ),
    "German": (
        "Chat-ID;Chat angefordert;Chat gestartet;Chat beendet;Dauer;"
        "Zeit in der Warteschlange;Länge der Warteschlange;Bearbeiter;Status;Chat-Kanal"
    ),
    "Dutch": (
        "Chat-ID;Chat aangevraagd;Chat gestart;Chat beëindigd;Duur;Tijd in wachtrij;"
        "Wachtrijlengte;Medewerker;Status;Chatkanaal"
    ),
}
FIELDS = [
    *("session_id", "requested_at", "picked_up_at", "ended_at", "duration", "time_in_queue"),
    *("queue_length", "agent", "status", "topic"),
]
LABELS = {  # finished, left the queue
    "English": ("Finished", "Closed in queue"),
    "Norwegian": ("Ferdig", "Lukket i kø"),
    "Swedish": ("Färdig", "Stängd i kö"),
    "Danish": ("Færdig", "Lukket i kø"),
    "German": ("Fertig", "In Warteschlange geschlossen"),
    "Dutch": ("Voltooid", "Gesloten in wachtrij"),
}


@pytest.mark.parametrize("language", HEADINGS)
def test_headings_are_known_in_every_language(language):
    names = HEADINGS[language].split(";")
    assert found_fields(names) == {field: column for column, field in enumerate(FIELDS)}


@pytest.mark.parametrize("language", LABELS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_export_is_read_in_every_language(tmp_path, language, encoding):
    finished, left = LABELS[language]
    dates = "23.03.2026 08:00:00;{};23.03.2026 08:05:00"
    history = sheet(
        tmp_path,
        f"1;{dates.format('23.03.2026 08:00:30')};4:30;30;2;Åse Ødegård;{finished};Søk",
        f"2;{dates.format('')};;5 min;1;;{left};Søk",
        heading=HEADINGS[language],
        encoding=encoding,
    )
    assert history.sessions["outcome"].tolist() == ["served", "abandoned"]
    assert history.sessions["wait_s"].tolist() == [30.0, 300.0]
    assert history.sessions["topic"].tolist() == ["Søk", "Søk"]
    assert history.problems.left_out == {}


@pytest.mark.parametrize("status", ChatSessionStatus)
def test_a_status_goes_by_name_number_and_label(status):
    assert status_of(status.name) is status_of(f" {status.value} ") is status
    assert status_of(f"[I:{status.value}]") is status


def test_a_status_may_stand_untranslated():
    assert status_of('NO:"Ferdig";US:"Finished"') is ChatSessionStatus.Finished
    assert status_of("[SR_STATUS]") is status_of("") is None


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_columns_are_told_apart_by_comma_semicolon_or_tab(tmp_path, mark):
    history = sheet(tmp_path, LINE.replace(";", mark), heading=HEADING.replace(";", mark))
    assert row(history)["handle_s"] == 270.0


def test_excels_own_line_about_the_separator_is_passed_over(tmp_path):
    assert len(sheet(tmp_path, LINE, heading=f"sep=;\n{HEADING}").sessions) == 1


def test_a_message_may_have_lines_and_marks_of_its_own(tmp_path):
    quoted = '"Hello;\n""you"", there"'
    lines = [f"{LINE};{quoted}", f"2{LINE[1:]};{quoted}"]
    assert len(sheet(tmp_path, *lines, heading=f"{HEADING};First message").sessions) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_quotation_mark_left_open_does_not_swallow_the_rest(tmp_path, encoding):
    with pytest.raises(DataError, match="quotation mark is left open") as refused:
        sheet(tmp_path, LINE, LINE.replace("Ada", '"Ada'), LINE, encoding=encoding)
    assert refused.value.place.line == 3


@pytest.mark.parametrize(
    "content", [HEADING.encode() + b"\n\x81\xe6", HEADING.encode("utf-16") + b"\n"]
)
def test_bytes_that_are_no_text_are_refused(tmp_path, content):
    path = tmp_path / "chats.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match="export it as UTF-8"):
        read(path)


def test_a_row_of_another_shape_is_left_out_and_told(tmp_path):
    history = sheet(
        tmp_path, LINE, "2;oops", f"3{LINE[1:]}", f"4{LINE[1:]};more", f"5;x{LINE[1:]}"[:20]
    )
    assert history.sessions["session_id"].tolist() == [1, 3]
    assert history.problems.left_out["not as many cells as the heading"] >= 2
    assert listed(history)[0] == (3, None, None, "not as many cells as the heading")


def test_a_place_counts_rows_from_the_heading(tmp_path):
    history = sheet(tmp_path, LINE, LINE.replace("1;23.03.2026", "2;23.13.2026", 1))
    assert listed(history) == [(3, "Chat requested", "23.13.2026 08:00:00", "not a date")]


def test_a_heading_that_is_nearly_known_is_told(tmp_path):
    history = sheet(tmp_path, f"{LINE};3", heading=f"{HEADING};Queue lenght")
    [what] = history.problems.put_right
    assert what == "column 'Queue lenght' is not read; did you mean 'Queue length'?"


def test_a_missing_column_is_named_with_what_may_be_meant(tmp_path):
    with pytest.raises(DataError, match=r"'Chat requested' \('Chat requestet'; did you mean"):
        sheet(tmp_path, LINE, heading=HEADING.replace("Chat requested", "Chat requestet"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADING, "no rows"),
        (f"{HEADING}\n", "no rows"),
        ("Name;Age\nBo;3\n", "no export of chats"),
        ("Larch;larch@example.com\n", "no export of chats"),
        ("Chat requested\n2026-03-23\n", "no export of chats"),
    ],
)
def test_a_table_without_chats_is_refused(tmp_path, text, words):
    path = tmp_path / "chats.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=words) as refused:
        read(path)
    assert refused.value.place.file == path
    assert "Larch" not in str(refused.value)


def test_dates_without_a_time_of_day_are_refused(tmp_path):
    lines = [f"{number};{number}.03.2026;;;;Closed" for number in range(1, 13)]
    with pytest.raises(DataError, match="time of day"):
        sheet(tmp_path, *lines)


# -------------------------------------------------------------------------- day or month first


def dated(*days):
    return [
        f"{number};{day} 08:00;{day} 08:01;{day} 08:05;Ada;Finished"
        for number, day in enumerate(days, 1)
    ]


def requested(history):
    return [f"{each:%Y-%m-%d}" for each in history.sessions["requested_at"]]


def test_one_day_after_the_twelfth_tells_the_order_of_the_whole_file(tmp_path):
    assert requested(sheet(tmp_path, *dated("01/02/2026", "13/02/2026"))) == [
        "2026-02-01",
        "2026-02-13",
    ]
    assert requested(sheet(tmp_path, *dated("01/02/2026", "02/13/2026"))) == [
        "2026-01-02",
        "2026-02-13",
    ]


def test_without_such_a_day_the_order_is_not_guessed(tmp_path):
    with pytest.raises(DataError, match=r"day or month.*2026-12-31 13:05") as refused:
        sheet(tmp_path, *dated("01/02/2026", "03/04/2026"))
    assert refused.value.place.column == "Chat requested"


def test_the_same_day_in_both_orders_needs_no_telling(tmp_path):
    assert requested(sheet(tmp_path, *dated("03/03/2026"))) == ["2026-03-03"]


def test_both_orders_in_a_file_are_refused(tmp_path):
    with pytest.raises(DataError, match="the day comes first in row 3 and the month in row 2"):
        sheet(tmp_path, *dated("02/13/2026", "13/02/2026"))


# --------------------------------------------------------------------------------------- Excel


def workbook(path, *rows, heading=HEADINGS["English"]):
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("empty")
        table = book.add_worksheet("chats")
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        clock = book.add_format({"num_format": "[h]:mm:ss"})
        table.write_row(0, 0, heading.split(";"))
        for number, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                form = (
                    date
                    if isinstance(cell, datetime)
                    else clock
                    if isinstance(cell, time | timedelta)
                    else None
                )
                if cell is not None:
                    table.write(number, column, cell, form)
    return path


MORNING = datetime.fromisoformat("2026-03-23T08:00:00")
CELLS = [
    *(1, MORNING, MORNING + timedelta(seconds=30), MORNING + timedelta(minutes=5)),
    *(time(0, 4, 30), timedelta(seconds=30), 2, "Ada", "Finished", "Sales"),
]


def test_excel_holds_dates_and_times_of_its_own(tmp_path):
    history = read(workbook(tmp_path / "chats.xlsx", CELLS))
    found = row(history)
    assert (found["wait_s"], found["handle_s"], found["initial_queue_pos"]) == (30.0, 270.0, 2)
    assert str(found["requested_at"]) == "2026-03-23 08:00:00+01:00"
    assert list(history.problems.put_right) == ["queue length taken as the position"]


def test_excel_dates_may_stand_as_bare_numbers(tmp_path):
    serial = [1, 46104.5, 46104.5 + 30 / 86_400, 46104.5 + 300 / 86_400, *CELLS[4:]]
    found = row(read(workbook(tmp_path / "chats.xlsx", serial)))
    assert str(found["requested_at"]) == "2026-03-23 12:00:00+01:00"
    assert found["wait_s"] == pytest.approx(30, abs=0.01)


def test_blank_rows_of_a_worksheet_count_but_are_no_chats(tmp_path):
    late = [2, None, *CELLS[2:]]
    history = read(workbook(tmp_path / "chats.xlsx", CELLS, [], late))
    assert listed(history)[0] == (4, "Chat requested", None, "no date of request")


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no more", b"\xd0\xcf\x11\xe0"])
def test_a_damaged_workbook_is_refused(tmp_path, content):
    path = tmp_path / "chats.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match="workbook"):
        read(path)


def test_a_workbook_without_rows_is_refused(tmp_path):
    path = tmp_path / "chats.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet()
    with pytest.raises(DataError, match="empty"):
        read(path)
    with pytest.raises(DataError, match="no rows"):
        read(workbook(path))
