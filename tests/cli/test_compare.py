"""``pickup compare`` through an app of its own: what goes to stdout, what to stderr, exit codes."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from simulator.cli.compare import command
from simulator.comparison import runs_of
from simulator.errors import DataError, ParameterError, UsageError
from simulator.scenario import loads
from tests.comparison.worlds import TODAY, like_today

app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command()(command)

FEW = ("-n", "2", "--jobs", "1")


def pickup(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def done(*arguments):
    """The result of a call that goes well."""
    result = pickup(*arguments)
    if result.exception is not None:
        raise result.exception
    return result


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder to work in, with two scenarios in it."""
    (tmp_path / "today.yaml").write_text(TODAY)
    (tmp_path / "plan.yaml").write_text(
        "name: plan\nextends: today.yaml\nagents:\n  - {group: Helpers, count: 3}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_sentences_and_table_go_to_stdout(desk):
    said = done("today.yaml", "plan.yaml", *FEW)
    first, *rest = said.stdout.splitlines()
    assert "within 60 s than today (" in first or first.startswith("Between plan and today")
    assert "It takes 20.0 agent-hours more a replication." in first
    heads = next(line for line in rest if line.startswith("figure"))
    assert heads.split() == [
        "figure",
        "today",
        "value",
        "difference",
        "interval",
        "verdict",
        "pairing",
    ]
    assert said.stderr == ""


def test_runs_are_kept_and_used_again(desk):
    done("today.yaml", "plan.yaml", *FEW)
    folders = {path.name: path.stat().st_mtime_ns for path in (desk / "data/runs").iterdir()}
    done("today.yaml", "plan.yaml", *FEW)
    assert {
        path.name: path.stat().st_mtime_ns for path in (desk / "data/runs").iterdir()
    } == folders
    assert len(folders) == 2


def test_finished_runs_are_compared_as_they_are(desk):
    runs = runs_of([loads(TODAY), loads(like_today("b"))], replications=2, folder=desk / "made")
    said = done(*(run.path for run in runs))
    assert "b and today are exactly alike in every figure of each of 2 replications." in said.stdout
    assert not (desk / "data").exists()


def test_one_more_agent_needs_no_second_file(desk):
    said = done("today.yaml", "--one-more-agent", "Helpers", *FEW, "--json")
    told = json.loads(said.stdout)
    assert told["scenarios"] == ["today", "today +1 Helpers"]
    hours = next(row for row in told["differences"] if row["figure"] == "agent_hours")
    assert hours["difference"] == pytest.approx(20, abs=0.01)


def test_json_is_one_object_without_nan(desk):
    said = done("today.yaml", "same=today.yaml", *FEW, "--json")
    told = json.loads(said.stdout, parse_constant=pytest.fail)
    assert {row["difference"] for row in told["differences"]} == {0.0}
    assert told["replications"] == 2


def test_base_is_named(desk):
    told = json.loads(done("today.yaml", "plan.yaml", "--base", "plan", *FEW, "--json").stdout)
    assert told["scenarios"] == ["plan", "today"]


def test_labels_tell_namesakes_apart(desk):
    said = done("now=today.yaml", "then=today.yaml", *FEW)
    assert said.stdout.startswith("then and now are exactly alike")


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (("--figure", "wait_s"), 4),
        (("--figure", "asa_s", "--figure", "handle_s"), 2),
        (("--by", "topic"), 2),
        (("--by", "topic", "--figure", "wait_s"), 8),
        (("--by", "interval", "--figure", "agent_hours"), 48),
    ],
)
def test_figures_and_splits_are_chosen(desk, options, rows):
    said = done("today.yaml", "plan.yaml", *FEW, *options, "--out", "found.csv")
    assert said.stdout == "found.csv\n"
    assert len(pd.read_csv(desk / "found.csv")) == rows


def test_a_file_takes_the_place_of_the_table(desk):
    said = done("today.yaml", "plan.yaml", *FEW, "--out", "deep/found.parquet")
    assert said.stdout == "deep/found.parquet\n"
    assert "plan" in said.stderr
    frame = pd.read_parquet(desk / "deep/found.parquet")
    assert {"scenario", "figure", "low", "high", "better"} <= set(frame)


@pytest.mark.slow
def test_report_is_made(desk):
    said = done("now=today.yaml", "then=today.yaml", *FEW, "--report")
    (page,) = said.stdout.splitlines()
    text = (desk / page).read_text()
    assert "Which is better, by how much, how sure?" in text
    assert "then and now are exactly alike in every figure" in text


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("today.yaml",), UsageError, r"1 scenario \('today'\) compares nothing; give two or more"),
        (("today.yaml", "today.yaml"), DataError, "two scenarios are called 'today'"),
        (("today.yaml", "nowhere.yaml"), UsageError, "neither a run folder nor a scenario file"),
        (("today.yaml", "plan.yaml", "--base", "plam"), ParameterError, "did you mean 'plan'"),
        (("today.yaml", "plan.yaml", "--figure", "asa"), ParameterError, "did you mean 'asa_s'"),
        (
            ("today.yaml", "plan.yaml", "--out", "x.xlsx"),
            ParameterError,
            "neither .csv nor .parquet",
        ),
        (("today.yaml", "--one-more-agent", "Helper"), UsageError, "did you mean 'Helpers'"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_simulated(desk, arguments, error, words):
    result = pickup(*arguments)
    with pytest.raises(error, match=words):
        raise result.exception
    assert not (desk / "data").exists()
