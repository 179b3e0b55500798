"""The notebook of a day looked back on, run by the machinery of the reports."""

from __future__ import annotations

import html
import re

import pytest

from simulator.reports import find_notebook, make_reports, plan_notebooks
from simulator.reports.parameters import declared
from simulator.scenario import loads
from simulator.sessions import open_run
from simulator.study import simulate
from tests.calibration.made_days import DAY, DESK, days_and_day, short_of_staff, written

NOTEBOOK = "daily_report"


def test_parameters_are_typed():
    types = {name: each.type_name for name, each in declared(find_notebook(NOTEBOOK)).items()}
    assert types == {
        "run": "str",
        "scenario_file": "str",
        "history_files": "list[str]",
        "kind": "str",
        "day": "str",
        "zone": "str",
        "by_min": "int",
        "outlook_days": "int",
        "replications": "int",
    }


def test_relative_paths_are_those_of_the_caller():
    given = {"history_files": '["march.csv"]', "scenario_file": "desk.yaml", "day": "yesterday"}
    (plan,) = plan_notebooks([NOTEBOOK], given, as_text=True)
    assert plan.parameters["history_files"][0].startswith("/")
    assert plan.parameters["scenario_file"].startswith("/")
    assert plan.parameters["day"] == "yesterday"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "desk"
    return open_run(simulate(loads(DESK), replications=1, out=folder))


def page_of(run, out, **parameters):
    given = {"replications": 50, **parameters}
    (report,) = make_reports([run], plan_notebooks([NOTEBOOK], given), out=out)
    assert report.manifest.failure is None
    return html.unescape(report.page.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_a_day_short_of_staff(run, tmp_path):
    history = days_and_day(tmp_path, short_of_staff())
    scenario = str(written(tmp_path))
    page = page_of(
        run, tmp_path / "out", history_files=[str(history)], scenario_file=scenario, day=str(DAY)
    )
    assert "not the number of chats but how they were served" in page
    # five figures, the map, both predictions, agents, days before, the outlook, its first day
    assert len(re.findall(r'<svg role="img"', page)) == 11


@pytest.mark.slow
def test_without_records_the_page_says_so_and_predicts_by_the_run(run, tmp_path):
    page = page_of(run, tmp_path, history_files=[str(tmp_path / "gone.csv")], day="2026-03-11")
    assert "gone.csv could not be read: there is no such file" in page
    assert "was predicted to bring" in page
    assert "Next is Thursday 12 March 2026" in page


@pytest.mark.slow
def test_of_a_run_alone_an_example_is_made_and_called_one(run, tmp_path):
    page = page_of(run, tmp_path)
    assert "An example: no records were given" in page
    assert "It was not the number of chats but how they were served" in page
    assert len(re.findall(r'<svg role="img"', page)) == 11
