"""The notebook of a comparison, run by the machinery of the reports."""

from __future__ import annotations

import re

import pytest

from simulator.comparison import runs_of
from simulator.reports import find_notebook, make_reports, plan_notebooks
from simulator.reports.parameters import declared
from simulator.scenario import loads
from tests.comparison.worlds import TODAY, like_today

NOTEBOOK = "scenario_comparison"


def test_parameters_are_typed():
    types = {name: each.type_name for name, each in declared(find_notebook(NOTEBOOK)).items()}
    assert types == {
        "run": "str",
        "other_runs": "list[str]",
        "names": "list[str]",
        "replications": "int | None",
    }


def test_relative_paths_are_those_of_the_caller():
    (plan,) = plan_notebooks([NOTEBOOK], {"other_runs": '["plan.yaml"]'}, as_text=True)
    assert plan.parameters["other_runs"][0].startswith("/")


@pytest.mark.slow
@pytest.mark.parametrize("with_another", [True, False])
def test_page_has_sentence_charts_and_no_failure(tmp_path, with_another):
    plan_b = loads(like_today("plan", ("count: 2", "count: 3")))
    runs = runs_of([loads(TODAY), plan_b], replications=2, folder=tmp_path / "runs")
    given = {"other_runs": [str(runs[1].path)]} if with_another else {}
    (report,) = make_reports(runs[:1], plan_notebooks([NOTEBOOK], given), out=tmp_path / "out")
    assert report.manifest.failure is None
    page = report.page.read_text()
    assert len(re.findall(r'<svg role="img"', page)) == 5
    assert ("plan has 20.0" in page or "within 60 s than today" in page) or "Between" in page
    assert "today +1 Helpers" in page
