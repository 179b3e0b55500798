"""``pickup export``: a run's sessions as records, to other programs and to spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import typer
from python_calamine import CalamineWorkbook

from simulator import scenario as scenarios
from simulator.cli import app
from simulator.cli import export as exporting
from simulator.entity import flat, from_wire, to_wire
from simulator.errors import DataError, ParameterError, PickupError
from simulator.sessions import Replication, open_run, write_run
from simulator.sessions.entities import records
from tests.entity.made import SERVED, at, many, sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Export = Callable[..., bytes]

NAMES = ["Ada", '=HYPERLINK("x")<script>']
WORLD = {
    "name": "desk",
    "timezone": "Europe/Oslo",
    "start": "2026-03-23T00:00",
    "days": 1,
    "topics": [
        {
            "id": 7,
            "name": "Sales",
            "arrivals": {"rate_per_hour": 1},
            "work": {"fixed": "5m"},
        }
    ],
    "agents": [{"group": "Desk", "names": NAMES, "topics": ["Sales"], "cap": 1, "output": [1]}],
}


def made_run(path: Path, *tables: pa.Table) -> Path:
    """A run folder that holds these sessions, a table per replication, and little else."""
    world = scenarios.loads(json.dumps(WORLD), folder=path.parent)
    rest = pa.table({"replication": pa.array([], pa.int32())})
    write_run(
        path,
        [
            Replication(number, "simpy", rest, table, rest)
            for number, table in enumerate(tables, start=1)
        ],
        scenario_yaml=scenarios.to_yaml(world),
        summarise=lambda sessions, agents: {},
        provenance={"seed": 4},
    )
    return path


def numbered(replication: int, count: int) -> pa.Table:
    return many(count, replication=replication)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three replications of 2, 3 and 1 chats; the last one waits, the one before is the second
    agent's.
    """
    waiting = sessions({"replication": 3})
    last = {**SERVED, "replication": 2, "agent_id": 2}
    second = pa.concat_tables([numbered(2, 2), sessions({**last, "chat_session_id": 3})])
    folder = tmp_path_factory.mktemp("runs")
    return made_run(folder / "run", numbered(1, 2), second, waiting)


@pytest.fixture
def export(capsysbinary: pytest.CaptureFixture[bytes]) -> Export:
    """Runs the command in this process; what it writes to stdout."""

    def call(*arguments: object) -> bytes:
        command = typer.main.get_command(app)
        command(["export", *map(str, arguments)], prog_name="pickup", standalone_mode=False)
        return capsysbinary.readouterr().out

    return call


def ids(records: list[dict[str, Any]]) -> list[int]:
    return [record["ChatSessionId"] for record in records]


# ------------------------------------------------------------------------------------- records


def test_json_lines_are_the_records_of_all_replications_in_order(run, export):
    found = [json.loads(line) for line in export(run, "--format", "jsonl").splitlines()]
    assert ids(found) == [1, 2, 1, 2, 3, 1]
    assert all(to_wire(from_wire(record)) == record for record in found)


def test_json_lines_are_what_is_written_when_no_format_is_named(run, export):
    assert export(run) == export(run, "--format", "jsonl")


def test_the_records_are_those_of_the_runs_seed_and_scenario(run, export):
    opened = open_run(run)
    assert export(run) == b"".join(records(opened.sessions, opened.scenario, 4))


def test_json_is_one_array_of_the_same_records(run, export):
    lines = export(run, "--format", "jsonl").splitlines()
    assert json.loads(export(run, "--format", "json")) == [json.loads(line) for line in lines]


def test_one_replication_can_be_chosen(run, export):
    found = json.loads(export(run, "--format", "json", "--replication", 2))
    assert ids(found) == [1, 2, 3]


def test_dates_can_be_written_in_utc(run, export):
    [record] = json.loads(export(run, "-f", "json", "-r", 3, "--dates", "utc"))
    assert record["WhenRequested"] == "2026-03-23T08:00:00.0000000Z"


def test_a_run_without_sessions_is_an_empty_array(tmp_path, export):
    empty = made_run(tmp_path / "run", sessions())
    assert export(empty, "--format", "json") == b"[]\n"
    assert export(empty) == b""


# --------------------------------------------------------------------------------------- tables


def table_of(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_csv_has_a_row_per_session_with_the_replication_first(run, export):
    rows = table_of(export(run, "--format", "csv"))
    assert list(rows[0]) == ["replication", *flat.COLUMNS]
    assert [row["replication"] for row in rows] == ["1", "1", "2", "2", "2", "3"]
    assert rows[0]["WhenStarted"] == "2026-03-23T09:00:30.0000000+01:00"
    assert rows[0]["CustomerConsented"] in ("true", "false")
    assert (rows[-1]["WhenStarted"], rows[-1]["User.FullName"]) == ("", "")


def test_text_in_csv_cannot_become_a_formula(run, export):
    agents = [row["User.FullName"] for row in table_of(export(run, "--format", "csv"))]
    assert agents[4] == "'" + NAMES[1]
    assert agents[0] == "Ada"


def sheet_of(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name("sessions").to_python()


def test_a_workbook_has_text_dates_and_numbers_as_such(run, export, tmp_path):
    out = tmp_path / "sessions.xlsx"
    assert export(run, "--format", "xlsx", "--out", out) == b""
    heading, *rows = sheet_of(out)
    assert heading == ["replication", *flat.COLUMNS]
    first, last = (dict(zip(heading, rows[at], strict=True)) for at in (0, -1))
    assert first["ChatSessionId"] == 1
    assert first["WhenStarted"] == datetime(2026, 3, 23, 9, 0, 30)  # noqa: DTZ001
    assert first["CustomerConsented"] in (True, False)
    assert (last["Status"], last["WhenEnded"], last["User.FullName"]) == ("InQueue", "", "")


def test_text_in_a_workbook_is_text_and_no_formula(run, export, tmp_path):
    out = tmp_path / "sessions.xlsx"
    export(run, "--format", "xlsx", "--out", out)
    names = [row[1 + flat.COLUMNS.index("User.FullName")] for row in sheet_of(out)]
    assert NAMES[1] in names
    with zipfile.ZipFile(out) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_the_same_run_gives_the_same_workbook(run, export, tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        export(run, "--format", "xlsx", "--out", tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_workbook_that_would_be_too_long_is_refused(run, export, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "SHEET_ROWS", 6)  # heading and five sessions
    export(run, "--format", "xlsx", "--replication", 2, "--out", tmp_path / "short.xlsx")
    with pytest.raises(ParameterError, match=r"holds 6 rows .* --replication"):
        export(run, "--format", "xlsx", "--out", tmp_path / "long.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["short.xlsx"]


# ------------------------------------------------------------------------------------- the file


def test_a_file_holds_what_stdout_would(run, export, tmp_path):
    out = tmp_path / "sessions.jsonl"
    out.write_text("what stood there before")
    assert export(run, "--out", out) == b""
    assert out.read_bytes() == export(run)
    assert list(tmp_path.iterdir()) == [out]


def test_a_failed_export_leaves_what_was_there(tmp_path, export):
    strange = sessions({**SERVED, "agent_id": 99})
    damaged = made_run(tmp_path / "run", many(5), strange)
    out = tmp_path / "sessions.jsonl"
    out.write_text("before")
    with pytest.raises(DataError, match="agent 99 is not in the scenario"):
        export(damaged, "--out", out)
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "sessions.jsonl"]


def test_a_file_that_cannot_be_written_is_told(run, export, tmp_path):
    with pytest.raises(PickupError, match="could not be written: File name too long"):
        export(run, "--out", tmp_path / ("x" * 300))


def test_a_workbook_needs_a_file(run, export):
    with pytest.raises(ParameterError, match=r"workbook cannot go to stdout; .* --out"):
        export(run, "--format", "xlsx")


@pytest.mark.parametrize("place", [".", "nowhere/sessions.jsonl"])
def test_the_file_needs_a_folder_that_is_there(run, export, tmp_path, place):
    with pytest.raises(ParameterError, match="in a folder there is"):
        export(run, "--out", tmp_path / place)


def test_an_unknown_replication_is_told_with_those_there_are(run, export):
    with pytest.raises(ParameterError, match=r"no replication 4; it has 1 to 3"):
        export(run, "--replication", 4)


def test_a_folder_that_is_no_run_is_told(tmp_path, export):
    with pytest.raises(DataError, match="no run folder"):
        export(tmp_path / "nowhere")


# ------------------------------------------------------------------------------- as a process


def pickup(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "simulator.cli", "export", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_a_reader_that_goes_away_ends_the_export_quietly(tmp_path, form):
    large = made_run(tmp_path / "run", many(2000))
    with pickup(large, "--format", form) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(100)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_an_error_is_one_line_on_stderr(run):
    with pickup(run, "--format", "xlsx") as process:
        out, err = process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert err.decode().startswith("Error: a workbook cannot go to stdout")


def test_only_the_rows_asked_for_are_read_and_a_batch_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "ROWS", 50)
    large = made_run(tmp_path / "run", numbered(1, 300), numbered(2, 300))
    one = exporting._Export(open_run(large), 2, exporting.Dates.OFFSET)
    sizes = [(batch.num_rows, set(batch["replication"].to_pylist())) for batch in one.batches()]
    assert sizes == [(50, {2})] * 6
    held = pa.total_allocated_bytes()
    lines = one.lines(one.batches())
    next(lines)
    assert pa.total_allocated_bytes() - held < 2_000_000
    assert sum(1 for _ in lines) == 299


def test_a_run_cut_by_row_groups_that_hold_several_replications_is_filtered(tmp_path, export):
    mixed = sessions(*({**SERVED, "replication": number % 2 + 1} for number in range(10)))
    folder = made_run(tmp_path / "run", mixed)
    assert ids(json.loads(export(folder, "-f", "json", "-r", 2))) == [2, 4, 6, 8, 10]


def test_a_customers_patience_is_in_the_record(tmp_path, export):
    gone = {**SERVED, "outcome": "silent", "wait_s": 10.0, "ended_at": at("08:02:30")}
    [record] = json.loads(export(made_run(tmp_path / "run", sessions(gone)), "-f", "json"))
    assert record["WhenFetched"] == "2026-03-23T09:00:10.0000000+01:00"


def test_a_table_that_was_changed_after_the_run_is_refused(run, export, tmp_path):
    changed = shutil.copytree(run, tmp_path / "run")
    table = changed / "sessions.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 0xFF
    table.write_bytes(content)

    with pytest.raises(DataError, match=r"sessions\.parquet"):
        export(changed)
