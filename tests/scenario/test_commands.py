"""``pickup init``, ``validate`` and ``schema`` at the prompt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from simulator.cli import init, validate
from simulator.cli import schema as schema_command
from simulator.errors import UsageError
from simulator.scenario import load, schema
from tests.scenario.written import desk

if TYPE_CHECKING:
    from pathlib import Path

run = CliRunner().invoke


def app(command) -> typer.Typer:
    alone = typer.Typer()
    alone.command()(command)
    return alone


INIT, VALIDATE, SCHEMA = (app(m.command) for m in (init, validate, schema_command))


def test_init_writes_a_scenario_that_is_valid(tmp_path: Path):
    folder = tmp_path / "new" / "desk"
    result = run(INIT, [str(folder)])
    assert (result.exit_code, result.stdout) == (0, f"{folder / 'scenario.yaml'}\n")
    assert sorted(path.name for path in folder.iterdir()) == [
        "forecast.csv",
        "roster.csv",
        "scenario.schema.json",
        "scenario.yaml",
    ]
    assert load(folder / "scenario.yaml").name == "my_desk"
    assert json.loads((folder / "scenario.schema.json").read_text()) == schema()


def test_init_overwrites_nothing(tmp_path: Path):
    (tmp_path / "roster.csv").write_text("mine")
    result = run(INIT, [str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "roster.csv exists already; name another folder" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["roster.csv"]


def test_init_cannot_make_a_folder_below_a_file(tmp_path: Path):
    (tmp_path / "file").write_text("")
    result = run(INIT, [str(tmp_path / "file" / "folder")])
    assert "cannot be made" in str(result.exception)


def test_validate_tells_what_a_scenario_describes(tmp_path: Path, monkeypatch):
    run(INIT, [str(tmp_path)])
    monkeypatch.chdir(tmp_path)
    result = run(VALIDATE, ["scenario.yaml"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "scenario.yaml: valid",
        "  my_desk, 7 days from 2026-03-23T00:00+01:00 Europe/Oslo",
        "  topic Sales: 131.1 chats a day expected",
        "  group Sales desk: 2 agents",
        "  group Helpers: 1 agent",
        "  48 rows read from forecast.csv",
        "  2 rows read from roster.csv",
    ]


def test_validate_tells_all_errors_of_all_files(write, monkeypatch):
    folder = write("good.yaml", desk()).parent
    write("bad.yaml", desk(top="clossing: drain", work="{fixed: -3s}"))
    monkeypatch.chdir(folder)
    result = run(VALIDATE, ["bad.yaml", "good.yaml", "none.yaml"])
    assert result.exit_code == 2
    assert result.stdout.startswith("good.yaml: valid")
    assert result.stderr.splitlines() == [
        "bad.yaml: not valid",
        "  unknown key clossing; did you mean 'closing'? (bad.yaml:5)",
        "  topics[Sales].work.fixed is -3s; give a duration of 0s or more (bad.yaml:10)",
        "none.yaml: not valid",
        "  there is no file none.yaml; check the path",
    ]


def test_validate_for_a_machine(write):
    good, bad = write("good.yaml", desk()), write("bad.yaml", desk(work="{fixed: -3s}"))
    result = run(VALIDATE, ["--json", str(good), str(bad)])
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 2
    assert [one["valid"] for one in told] == [True, False]
    assert told[0]["chats_per_day"] == {"Sales": 144.0}
    assert "give a duration of 0s or more" in told[1]["errors"][0]


@pytest.mark.parametrize(
    ("source", "chats"),
    [
        ("{trace: [{at: 2026-03-23T08:00}, {at: 2026-03-24T08:00}]}", 1.0),
        # Monday one of 1 and 2, Tuesday 1
        (
            "{resample: [{at: 2025-03-03}, {at: 2025-03-10}, {at: 2025-03-10}, {at: 2025-03-11}]}",
            1.2,
        ),
    ],
)
def test_recorded_chats_are_counted_too(write, source: str, chats: float):
    path = write("desk.yaml", desk(arrivals=source, days=2))
    (told,) = run(VALIDATE, ["--json", str(path)]).stdout.splitlines()
    assert json.loads(told)["chats_per_day"] == {"Sales": chats}


def test_schema_prints_json():
    assert json.loads(run(SCHEMA, []).stdout) == schema()
