"""The notebook of a sweep, run by the machinery of the reports."""

from __future__ import annotations

import html
import re

import pytest

from simulator.reports import find_notebook, make_reports, plan_notebooks
from simulator.reports.parameters import declared
from simulator.scenario import loads
from simulator.sessions import open_run
from simulator.study import simulate
from simulator.sweep import read_study, run_sweep
from tests.comparison.worlds import TODAY

NOTEBOOK = "sweep_report"

STUDY = """
name: helpers
base: today.yaml
vary: {agents[Helpers].count: [1, 2, 3]}
replications: 4
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "today"
    return open_run(simulate(loads(TODAY), replications=2, out=folder))


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "today.yaml").write_text(TODAY)
    (folder / "helpers.yaml").write_text(STUDY)
    return run_sweep(read_study(folder / "helpers.yaml"), out=folder / "sweep")


def test_parameters_are_typed():
    types = {name: each.type_name for name, each in declared(find_notebook(NOTEBOOK)).items()}
    assert types == {"run": "str", "sweep_folder": "str", "figure": "str"}


def test_relative_paths_are_those_of_the_caller():
    (plan,) = plan_notebooks([NOTEBOOK], {"sweep_folder": "sweep"}, as_text=True)
    assert plan.parameters["sweep_folder"].startswith("/")


def page_of(run, out, **parameters):
    (report,) = make_reports([run], plan_notebooks([NOTEBOOK], parameters), out=out)
    assert report.manifest.failure is None
    return report.page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_of_a_sweep(run, sweep, tmp_path):
    page = page_of(run, tmp_path, sweep_folder=str(sweep))
    assert "helpers: 3 cases, 4 replications each." in page
    assert re.search(r"Of 3 cases .count 3. has the highest service level: \d", html.unescape(page))
    assert len(re.findall(r'<svg role="img"', page)) == 7


@pytest.mark.slow
def test_another_figure_to_judge_by(run, sweep, tmp_path):
    page = page_of(run, tmp_path, sweep_folder=str(sweep), figure="wait_s.mean")
    assert "has the lowest mean wait" in page


@pytest.mark.slow
def test_of_a_run_a_small_study_is_made_as_an_example(run, tmp_path):
    page = page_of(run, tmp_path)
    assert "could be the best" in page or "has the highest service level" in page
    assert "Generalists" in page
