"""``pickup sweep`` as a shell sees it: stdout, stderr, exit codes; and as it hands options on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

import simulator.sweep.running
from simulator.cli import main
from simulator.cli.sweep import command
from simulator.errors import ParameterError, ScenarioError, UsageError
from simulator.reports import subjects
from simulator.sweep import open_sweep
from tests.comparison.worlds import TODAY

if TYPE_CHECKING:
    from collections.abc import Callable

    Pickup = Callable[..., tuple[int, str, str]]

app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command()(command)

STUDY = """
name: helpers
base: today.yaml
vary: {agents[Helpers].count: [1, 2]}
replications: 3
"""

CHOICE = (
    STUDY.replace("replications: 3", "replications: 12")
    + "choose: {figure: service_level.of_all, indifference: 0.05, at_least: 4}\n"
)

ONE = ("--jobs", "1", "--engine", "simpy")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a scenario and studies of it."""
    (tmp_path / "today.yaml").write_text(TODAY)
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "choice.yaml").write_text(CHOICE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pickup(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def done(*arguments):
    """The result of a call that goes well."""
    result = pickup(*arguments)
    if result.exception is not None:
        raise result.exception
    return result


def test_the_path_alone_goes_to_stdout_and_the_table_to_stderr(folder):
    said = done("study.yaml", *ONE)
    (path,) = said.stdout.splitlines()
    assert Path(path).parent == Path("data/runs/sweeps")
    assert Path(path).name.startswith("helpers-")
    assert (folder / path / "manifest.json").is_file()
    head, *rows = said.stderr.splitlines()
    assert head.split()[0] == "case"
    assert [row.split("  ")[0] for row in rows[:2]] == ["count 1", "count 2"]
    assert all(row.endswith(" 3") for row in rows[:2])
    assert " % (" in rows[0]


def test_the_finding_is_told_in_a_sentence(folder):
    _, finding = done("study.yaml", *ONE).stderr.split("\n\n")
    assert finding.startswith("Of 2 cases 'count 2' has the highest service level")


def test_what_was_chosen_is_told(folder):
    _, finding = done("choice.yaml", *ONE).stderr.split("\n\n")
    assert "count 2" in finding.splitlines()[0]
    assert "With probability at least 95 %" in finding.splitlines()[0]


def test_quiet_says_nothing_but_the_path(folder):
    said = done("study.yaml", *ONE, "--quiet", "--out", "here")
    assert (said.stdout, said.stderr) == ("here\n", "")


def test_the_same_study_is_used_again(folder):
    done("study.yaml", *ONE, "-q", "--out", "here")
    before = (folder / "here" / "manifest.json").stat().st_mtime_ns
    done("study.yaml", *ONE, "-q", "--out", "here")
    assert (folder / "here" / "manifest.json").stat().st_mtime_ns == before


def test_options_stand_in_for_what_the_study_says(folder):
    done("study.yaml", *ONE, "-n", "2", "--seed", "5", "-q", "--out", "here")
    manifest = open_sweep(folder / "here").manifest
    assert (manifest["seed"], manifest["replications"]) == (5, 2)


@pytest.mark.slow
def test_report_is_made(folder):
    path, page = done("study.yaml", *ONE, "--report", "--out", "here").stdout.splitlines()
    assert path == "here"
    text = (folder / page).read_text()
    assert "has the highest service level" in text
    manifest = json.loads((folder / page).with_suffix(".manifest.json").read_text())
    assert manifest["run"]["folder"] == str(folder / "here")


def test_a_sweep_and_a_run_are_not_reported_together(folder):
    (folder / "sweep").mkdir()
    (folder / "sweep" / "study.json").write_text("{}")
    with pytest.raises(UsageError, match="'sweep' is a sweep, and others are not"):
        subjects.usual_notebook([Path("sweep"), Path("study.yaml")])
    assert subjects.usual_notebook([Path("sweep")]) == "sweep_report"
    assert subjects.usual_notebook([Path("study.yaml")]) == "service_report"


def test_options_are_handed_on(folder, monkeypatch):
    given = {}

    def run_sweep(study, **options):
        given.update(options, study=study.name)
        return Path("somewhere")

    monkeypatch.setattr(simulator.sweep.running, "run_sweep", run_sweep)
    address = "tcp://127.0.0.1:8786"
    options = ("--scheduler", address, "--engine", "compiled", "--out", "x", "--overwrite", "-q")
    assert done("study.yaml", *options).stdout == "somewhere\n"
    assert given | {"jobs": None} == {
        "study": "helpers",
        "engine": "compiled",
        "jobs": None,
        "scheduler": address,
        "out": Path("x"),
        "overwrite": True,
        "progress": None,
    }


def test_progress_is_told_while_it_runs(folder, monkeypatch):
    def run_sweep(study, *, progress, **_):
        progress(0, 6)
        raise InterruptedError

    monkeypatch.setattr(simulator.sweep.running, "run_sweep", run_sweep)
    monkeypatch.setattr("simulator.cli.progress.EVERY_S", 0.0)
    result = pickup("study.yaml", *ONE)
    assert isinstance(result.exception, InterruptedError)
    assert result.stderr == "0 of 6 replications\n"


# arguments, the error, what is said
WRONG = [
    (("nowhere.yaml",), ScenarioError, "there is no file nowhere.yaml"),
    (("today.yaml",), ScenarioError, "unknown key timezone"),
    (
        ("study.yaml", "-j", "2", "--scheduler", "tcp://127.0.0.1:1"),
        ParameterError,
        "both say who does the work; give one",
    ),
]


@pytest.mark.parametrize(("arguments", "error", "words"), WRONG)
def test_what_cannot_be_done_is_refused_before_anything_is_simulated(
    folder, arguments, error, words
):
    before = sorted(folder.iterdir())
    with pytest.raises(error, match=words):
        raise pickup(*arguments).exception
    assert sorted(folder.iterdir()) == before


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Pickup:
    """``shell("sweep", ...)``: exit code, stdout and stderr of ``pickup``, in this process."""
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pickup", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    return call


def test_exit_codes_are_those_of_every_command(folder, shell):
    assert shell("sweep", "study.yaml", *ONE, "-q", "--out", "here") == (0, "here\n", "")
    code, out, err = shell("sweep", "choice.yaml", *ONE, "-q", "--out", "here")
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert "--overwrite" in err
    (folder / "study.yaml").write_text(STUDY.replace("count", "cuont"))
    code, out, err = shell("sweep", "study.yaml")
    assert (code, out) == (2, "")
    assert "did you mean 'count'? (study.yaml:4)" in err


def test_ctrl_c_ends_it_with_130(folder, shell, monkeypatch):
    def run_sweep(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(simulator.sweep.running, "run_sweep", run_sweep)
    code, out, err = shell("sweep", "study.yaml")
    assert (code, out) == (130, "")
    assert err.endswith("Stopped; the same command goes on where it was.\n")
