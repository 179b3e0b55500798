"""The notebook of a calibration, run by the machinery of the reports."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import sessions, study
from simulator.calibration.example import worked_example
from simulator.reports import find_notebook, make_reports, plan_notebooks
from simulator.reports.parameters import declared
from simulator.scenario import load

NOTEBOOK = "calibration"
DESK = Path(__file__).parents[2] / "data/scenarios/chat_desk.yaml"


def test_parameters_are_typed():
    types = {name: each.type_name for name, each in declared(find_notebook(NOTEBOOK)).items()}
    assert types == {
        "run": "str",
        "history_files": "list[str]",
        "scenario_file": "str",
        "kind": "str",
        "zone": "str",
        "replications": "int",
    }


def test_relative_paths_are_those_of_the_caller():
    given = {"history_files": '["march.csv"]', "scenario_file": "desk.yaml"}
    (plan,) = plan_notebooks([NOTEBOOK], given, as_text=True)
    assert plan.parameters["history_files"][0].startswith("/")
    assert plan.parameters["scenario_file"].startswith("/")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """Records of a desk whose truth is known, and the scenario that was made of them."""
    return worked_example(DESK, tmp_path_factory.mktemp("example"), chats=3_000)


@pytest.mark.slow
def test_page_has_every_estimate_and_the_backtest(example, tmp_path):
    history, scenario = example
    run = sessions.open_run(study.simulate(load(scenario), replications=2, out=tmp_path / "run"))
    given = {
        "history_files": [str(history)],
        "scenario_file": str(scenario),
        "replications": 20,
    }
    (report,) = make_reports([run], plan_notebooks([NOTEBOOK], given), out=tmp_path / "out")
    assert report.manifest.failure is None
    page = report.page.read_text()
    # by topic: arrivals, days, Poisson, work, patience, hazard, reaction and waits; by group:
    # output, gaps, presence and agents; then three fans, coverage and ranks
    assert len(re.findall(r'<svg role="img"', page)) == 2 * 8 + 2 * 4 + 5
    assert "What the records cannot tell" in page
    assert "patience, naive mean" in page
    assert "planning" in page


@pytest.mark.slow
def test_the_example_recovers_what_is_known_of_the_desk(example):
    _, scenario = example
    fitted, truth = load(scenario), load(DESK)
    assert [topic.name for topic in fitted.topics] == [topic.name for topic in truth.topics]
    assert [group.cap for group in fitted.groups] == [3, 3]
    work = [(a.work.mean, b.work.mean) for a, b in zip(fitted.topics, truth.topics, strict=True)]
    # transferred chats count with the first agent's time: a little long, most of all for Sales
    assert all(found == pytest.approx(right, rel=0.15) for found, right in work)
    assert fitted.topics[0].reaction.mean == pytest.approx(20, rel=0.2)
    assert fitted.topics[0].silent_share == pytest.approx(0.25, abs=0.1)
    assert fitted.topics[0].silent_timeout_us == pytest.approx(120e6, rel=0.05)


@pytest.mark.slow
def test_calibrate_makes_the_page_when_asked(example, tmp_path):
    history, _ = example
    pickup = Path(sys.executable).with_name("pickup")
    told = ["--zone", "Europe/Oslo", "--until", "2026-04-05", "--chats", "2000", "--report"]
    done = subprocess.run(
        [pickup, "calibrate", str(history), "--out", "desk.yaml", *told],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    scenario, page = done.stdout.splitlines()
    assert scenario == "desk.yaml"
    assert (tmp_path / page).is_file()
    assert 'role="img"' in (tmp_path / page).read_text()
