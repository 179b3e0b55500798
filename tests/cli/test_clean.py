"""``pickup clean`` tells before it deletes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from simulator.cli.clean import command
from simulator.errors import ParameterError
from simulator.reports.index import write_index
from tests.reports.test_retention import NOW, stand

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

app = typer.Typer()
app.command()(command)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Three reports of one series: of today, of a month ago, of two."""
    today = (datetime.now(NOW.tzinfo) - NOW).days
    for age in (0, 30, 60):
        stand(tmp_path / f"r{age}", days_ago=age - today)
    write_index(tmp_path)
    return tmp_path


def run(*words: object) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_nothing_is_deleted_unless_said(out: Path) -> None:
    done = run(out, "--keep", 1)
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["report", "report"]
    assert str(out / "r60") in lines[0]
    assert "(number 3 of its series, 1 are kept)" in lines[0]
    assert "would delete 2, 0.0 MB, and leave 1; --yes does it" in done.stderr
    assert (out / "r60" / "report.html").exists()


def test_with_yes_it_is_and_the_index_follows(out: Path) -> None:
    assert "r60" in (out / "index.html").read_text(encoding="utf-8")
    done = run(out, "--days", 45, "--yes")
    assert "deleted 1, 0.0 MB; 2 stay" in done.stderr
    assert not (out / "r60").exists()
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "r60" not in index
    assert "r30" in index


def test_machines_get_json(out: Path) -> None:
    told = json.loads(run(out, "--keep", 2, "--json").stdout)
    assert (told["done"], told["kept"], told["busy"]) == (False, 2, [])
    (doomed,) = told["doomed"]
    assert doomed["path"] == str(out / "r60" / "report.manifest.json")
    assert datetime.fromisoformat(doomed["made_at"]) < datetime.now(NOW.tzinfo) - timedelta(days=59)


def test_nothing_to_do_is_said(out: Path) -> None:
    assert "nothing to delete; 3 stay" in run(out).stderr


def test_a_bound_out_of_range_is_an_error(out: Path) -> None:
    with pytest.raises(ParameterError, match="keep is 0"):
        run(out, "--keep", 0)
