"""``pickup replay report``, and ``pickup report`` of a replay, as a shell sees them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass

import pytest

from simulator.cli import main
from tests.replay.made import made_plan, made_run
from tests.replay.made_journal import write_replay


@dataclass
class Done:
    """How the command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def replay(run, tmp_path):
    """A replay of which all went well but one pickup."""
    plan = made_plan(tmp_path, run=run, mode="full").plan
    return write_replay(tmp_path / "replay", plan, say={13: "unknown"}).path


@pytest.fixture
def pickup(tmp_path, monkeypatch, capsys):
    """``pickup …`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def ran(*arguments):
        monkeypatch.setattr("sys.argv", ["pickup", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return ran


def test_tables_alone(pickup, replay):
    done = pickup("replay", "report", replay, "--no-page")
    assert (done.code, done.out) == (0, f"{replay}\n")
    assert "Of 127 planned calls: 126 done, 1 unknown." in done.err
    names = {path.name for path in replay.iterdir()}
    assert names >= {"calls.parquet", "observed.parquet", "summary.json", "manifest.json"}


def test_the_outcomes_in_the_summary_add_up(pickup, replay):
    pickup("replay", "report", replay, "--no-page")
    calls = json.loads((replay / "summary.json").read_text())["overall"]["calls"]
    assert (calls["done"]["value"], calls["unknown"]["value"]) == (126, 1)


def test_a_second_report_replaces_the_first(pickup, replay):
    first, second = (pickup("replay", "report", replay, "--no-page") for _ in range(2))
    assert first == second
    assert list(replay.glob(".*partial")) == []


@pytest.mark.parametrize(
    ("gate", "code"),
    [("calls.unknown<=1", 0), ("calls.unknown<=0", 3), ("response_s.p99<=1", 0),
     ("position_equal>=99%", 3)],
)  # fmt: skip
def test_gates(pickup, replay, gate, code):
    done = pickup("replay", "report", replay, "--no-page", "--gate", gate)
    assert done.code == code
    assert ("target missed" in done.err) == (code == 3)


def test_a_gate_that_names_no_figure(pickup, replay):
    done = pickup("replay", "report", replay, "--no-page", "--gate", "calls.unknwon<=0")
    assert done.code == 2
    assert "calls.unknown" in done.err


def test_no_replay_there(pickup, tmp_path):
    done = pickup("replay", "report", tmp_path, "--no-page")
    assert done.code != 0
    assert "no folder of a replay" in done.err


def test_a_run_that_is_gone_is_told_with_its_remedy(pickup, tmp_path):
    run = made_run(tmp_path)
    plan = made_plan(tmp_path, run=run, mode="full").plan
    path = write_replay(tmp_path / "replay", plan).path
    shutil.move(run, tmp_path / "moved")
    done = pickup("replay", "report", path, "--no-page")
    assert done.code != 0
    assert "--run" in done.err
    assert pickup("replay", "report", path, "--no-page", "--run", tmp_path / "moved").code == 0


def test_no_word_of_a_secret_is_written(pickup, replay, monkeypatch):
    monkeypatch.setenv("PICKUP_ADA", "Bearer 7T:topsecret")
    done = pickup("replay", "report", replay, "--no-page")
    written = b"".join(path.read_bytes() for path in replay.iterdir())
    assert b"topsecret" not in written
    assert "topsecret" not in done.out + done.err


@pytest.mark.slow
def test_a_page_from_either_command(pickup, replay, tmp_path):
    one = pickup("replay", "report", replay, "--out", tmp_path / "one")
    other = pickup("report", replay, "--out", tmp_path / "other", "--gate", "calls.unknown<=0")
    assert (one.code, other.code) == (0, 3)
    assert all(done.out.rstrip().endswith("replay_report.html") for done in (one, other))
    assert (tmp_path / "one" / "index.html").is_file()


def test_a_replay_and_a_run_are_not_reported_together(pickup, replay, run):
    done = pickup("report", replay, run)
    assert done.code == 2
    assert "is a replay, and others are not" in done.err
