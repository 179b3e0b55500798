"""``pickup clean`` tells before it deletes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from simulator.cli.clean import command
from simulator.errors import ParameterError, PickupError, UsageError
from simulator.locking import lock
from simulator.reports.index import write_index
from tests.reports.test_retention import NOW, left_behind, mornings, stand

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

app = typer.Typer()
app.command()(command)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Three reports of one series: of today, of a month ago, of two."""
    out = tmp_path / "reports"
    today = (datetime.now(NOW.tzinfo) - NOW).days
    for age in (0, 30, 60):
        stand(out / f"r{age}", days_ago=age - today)
    write_index(out)
    return out


def run(*words: object) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def index_of(out: Path) -> str:
    return (out / "index.html").read_text(encoding="utf-8")


def test_nothing_is_deleted_unless_said(out: Path) -> None:
    done = run(out, "--keep", 1)
    lines = done.stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["report", "60", "days"],
        ["report", "30", "days"],
    ]
    assert lines[0].split()[4:] == (
        f"kB {out / 'r60' / 'report.manifest.json'} (number 3 of its series, 1 are kept)".split()
    )
    assert "would delete 2, " in done.stderr
    assert " kB, and leave 1; --yes does it" in done.stderr
    assert (out / "r60" / "report.html").exists()


def test_with_yes_it_is_and_the_index_follows(out: Path) -> None:
    assert "r60" in index_of(out)
    done = run(out, "--days", 45, "--yes")
    assert "deleted 1, " in done.stderr
    assert " kB; 2 stay" in done.stderr
    assert not (out / "r60").exists()
    assert "r60" not in index_of(out)
    assert "r30" in index_of(out)


def test_the_index_above_a_job_follows(out: Path) -> None:
    folders = mornings(out / "job", 3)
    write_index(out)
    assert folders[2].name in index_of(out)
    run(out / "job", "--keep", 1, "--yes")
    assert folders[2].name not in index_of(out)
    assert not (out / "job" / "index.html").exists()


def test_machines_get_json(out: Path) -> None:
    told = json.loads(run(out, "--keep", 2, "--json").stdout)
    assert (told["done"], told["kept"], told["busy"], told["unread"]) == (False, 2, [], 0)
    (doomed,) = told["doomed"]
    assert doomed["path"] == str(out / "r60" / "report.manifest.json")
    assert (doomed["kind"], doomed["age_days"]) == ("report", 60)
    assert datetime.fromisoformat(doomed["made_at"]) < datetime.now(NOW.tzinfo) - timedelta(days=59)
    done = json.loads(run(out, "--keep", 2, "--json", "--yes").stdout)
    assert (done["done"], done["bytes"]) == (True, told["bytes"])


def test_half_made_runs_are_named_with_an_option(out: Path, tmp_path: Path) -> None:
    draft = left_behind(tmp_path / "runs" / ".a.0123abcd.partial" / "summary.json").parent
    os.utime(draft / "summary.json", (0, 0))
    os.utime(draft, (0, 0))
    done = run(out, "--runs", tmp_path / "runs", "--yes")
    assert done.stdout.startswith("draft ")
    assert "left by a process that was killed" in done.stdout
    assert not draft.exists()


def test_what_stays_and_why_is_said(out: Path) -> None:
    assert "nothing to delete; 3 stay" in run(out).stderr
    (mornings(out / "job", 3)[0].parent / ".lock").write_text("1")
    (out / "r0" / "report.manifest.json").write_text("{")
    with closing((out / "job" / ".lock").open("r+", encoding="ascii")) as held:
        assert lock(held)
        told = run(out, "--keep", 1).stderr
    assert "at work, so left as they are: job" in told
    assert "1 manifests cannot be read; what they stand beside stays" in told


def test_a_bound_or_a_folder_that_cannot_be_is_an_error(out: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="keep is 0"):
        run(out, "--keep", 0)
    with pytest.raises(UsageError, match="holds no report"):
        run(tmp_path / "..", "--keep", 1)


def test_an_index_that_cannot_be_written_is_told_when_all_is_deleted(out: Path) -> None:
    (out / "index.html").unlink()
    (out / "index.html").mkdir()
    with pytest.raises(PickupError, match="still lists what was deleted: it could not be written"):
        run(out, "--keep", 1, "--yes")
    assert not (out / "r60").exists()


@pytest.mark.slow
def test_the_command_ends_with_the_code_for_a_mistyped_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator.cli", "clean", "/", "--keep", "1", "--yes"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "holds more than reports and runs" in done.stderr
