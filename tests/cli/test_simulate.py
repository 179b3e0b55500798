"""``pickup`` and ``pickup simulate`` as a shell sees them: stdout, stderr, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from simulator.cli import COMMANDS
from simulator.sessions import open_run
from tests.study.worlds import BUSIER, LONG, SMALL

if TYPE_CHECKING:
    from pathlib import Path

PICKUP = [sys.executable, "-m", "simulator.cli"]

ONE = ("--replications", "1", "--jobs", "1", "--out", "here")


def pickup(*arguments: str, folder: Path, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PICKUP, *arguments], cwd=folder, capture_output=True, text=True, check=False, **more
    )


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder to work in, with the scenarios in it."""
    for name, text in (("small", SMALL), ("busier", BUSIER), ("long", LONG)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_the_path_alone_goes_to_stdout(desk):
    done = pickup("simulate", "small.yaml", "--replications", "2", folder=desk)
    assert (done.returncode, done.stderr) == (0, "")
    (path,) = done.stdout.splitlines()
    assert path.startswith("data/runs/corner-shop-seed1-")
    assert open_run(desk / path, verify=True).manifest["replications"] == 2


def test_options_say_where_and_how_much(desk):
    options = ("-n", "1", "--seed", "5", "--engine", "simpy", "--jobs", "1", "--out", "here")
    done = pickup("simulate", "small.yaml", *options, folder=desk)
    assert done.stdout == "here\n"
    manifest = open_run(desk / "here").manifest
    assert (manifest["seed"], manifest["engine"]) == (5, "simpy")


def test_json_tells_path_manifest_and_overall_figures(desk):
    done = pickup("simulate", "small.yaml", *ONE, "--json", folder=desk)
    told = json.loads(done.stdout)
    assert told["path"] == "here"
    assert told["manifest"] == open_run(desk / "here").manifest
    assert told["overall"] == open_run(desk / "here").summary["overall"]


def test_two_processes_make_the_same_bytes(desk):
    for out, jobs in (("one", "1"), ("two", "2")):
        pickup("simulate", "small.yaml", "-n", "3", "-j", jobs, "--out", out, folder=desk)
    for name in ("workload.parquet", "sessions.parquet", "agents.parquet", "summary.json"):
        assert (desk / "one" / name).read_bytes() == (desk / "two" / name).read_bytes(), name


def test_another_run_in_the_place_is_refused_without_overwrite(desk):
    pickup("simulate", "small.yaml", *ONE, folder=desk)
    refused = pickup("simulate", "busier.yaml", *ONE, folder=desk)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Error: here already holds another run")
    replaced = pickup("simulate", "busier.yaml", *ONE, "--overwrite", folder=desk)
    assert (replaced.returncode, replaced.stdout) == (0, "here\n")


WRONG = [
    # arguments, what stands on stderr
    (["simulate", "small.yaml", "--sede", "3"], "No such option: --sede"),
    (["simulat"], "Did you mean 'simulate'?"),
    (["simulate"], "Missing argument"),
    (["simulate", "small.yaml", "-n", "0"], "'--replications' / '-n'"),
    (["simulate", "small.yaml", "--engine", "sundial"], "sundial"),
    (["simulate", "nowhere.yaml"], "nowhere.yaml"),
]


@pytest.mark.parametrize(("arguments", "complaint"), WRONG)
def test_a_wrong_command_line_is_exit_2_with_a_reason_and_no_traceback(desk, arguments, complaint):
    before = sorted(desk.iterdir())
    done = pickup(*arguments, folder=desk)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(desk.iterdir()) == before


def test_an_engine_that_is_not_there_is_exit_2(desk):
    blocked = "import sys; sys.modules['numba'] = None; from simulator.cli import main; main()"
    command = [sys.executable, "-c", blocked, "simulate", "small.yaml", "--engine", "compiled"]
    done = subprocess.run(command, cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the compiled engine needs Numba, which is not installed here" in done.stderr


def test_a_wrong_scenario_is_told_with_its_place(desk):
    (desk / "small.yaml").write_text(SMALL.replace("8m", "-3s"))
    done = pickup("simulate", "small.yaml", folder=desk)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert "small.yaml:11" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_half_way_it_leaves_nothing_behind(desk, signum, code):
    command = [*PICKUP, "simulate", "long.yaml", "-n", "500", "-j", "2", "--out", "runs/here"]
    with subprocess.Popen(command, cwd=desk, stdout=subprocess.PIPE, text=True) as running:
        wait_for(running, desk / "runs", ".here.*.partial/sessions.parquet")
        running.send_signal(signum)
        out, _ = running.communicate(timeout=60)
    assert (running.returncode, out) == (code, "")
    assert list((desk / "runs").iterdir()) == []


def wait_for(running: subprocess.Popen, folder: Path, pattern: str) -> None:
    for _ in range(600):
        if list(folder.glob(pattern)):
            return
        assert running.poll() is None, "it ended by itself"
        time.sleep(0.1)
    raise AssertionError(f"no {pattern} within a minute")


def test_help_lists_every_command_with_its_line(tmp_path):
    done = pickup("--help", folder=tmp_path)
    assert done.returncode == 0
    for name, line in COMMANDS.items():
        assert f"  {name}" in done.stdout
        assert line in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_module(name):
    module = import_module(f"simulator.cli.{name}")
    assert hasattr(module, "app") != hasattr(module, "command")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_plain_text(tmp_path, name):
    done = pickup(name, "--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: pickup {name}")
    assert "\x1b" not in done.stdout
    assert "╭" not in done.stdout


def test_version_is_that_of_the_package(tmp_path):
    import simulator

    assert pickup("--version", folder=tmp_path).stdout == f"pickup {simulator.__version__}\n"


def test_a_reader_that_has_gone_is_no_reason_for_noise(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PICKUP, "--help"], cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert done.stderr == b""
