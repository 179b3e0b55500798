"""The notebook of a replay, run by the machinery of the reports."""

from __future__ import annotations

import html
import re
import shutil

import pytest

from simulator.comparison.observing import compare, write_output
from simulator.replay.observed import read_observed
from simulator.reports import find_notebook, make_reports, plan_notebooks
from simulator.reports.parameters import declared
from simulator.sessions import open_run
from tests.replay.made import made_plan, made_run
from tests.replay.made_journal import write_replay

NOTEBOOK = "replay_report"


def test_parameters_are_typed():
    types = {name: each.type_name for name, each in declared(find_notebook(NOTEBOOK)).items()}
    assert types == {"run": "str", "simulated_folder": "str"}


def test_relative_paths_are_those_of_the_caller():
    (plan,) = plan_notebooks([NOTEBOOK], {"simulated_folder": "run"}, as_text=True)
    assert plan.parameters["simulated_folder"].startswith("/")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


def replay(run, folder, *, mode="full", **told):
    plan = made_plan(folder, run=run, mode=mode).plan
    return write_replay(folder / "replay", plan, **told).path


def page_of(subject, out, **parameters):
    (report,) = make_reports([subject], plan_notebooks([NOTEBOOK], parameters), out=out)
    assert report.manifest.failure is None
    return html.unescape(report.page.read_text(encoding="utf-8")), report


def charts_of(page):
    return len(re.findall(r'<svg role="img"', page))


@pytest.mark.slow
def test_the_page_of_a_faulty_replay(run, tmp_path):
    say = {3: "shed", 9: "unknown", 14: "recovered!", 60: "rejected", 127: "left"}
    path = replay(run, tmp_path, say=say, stops_after=(40,), parts=2)
    page, report = page_of(write_output(compare(read_observed(path))), tmp_path / "reports")
    assert charts_of(page) == 5
    assert "1 recovered" in page
    assert "an earlier call was not done" in page
    assert "two counters replayed" in page
    assert report.manifest.run.name == "two counters replayed, seed 26"
    assert report.manifest.run.engine == "tenant"
    assert "PICKUP_ADA" not in page


@pytest.mark.slow
def test_a_replay_that_sent_nothing_still_has_a_page(run, tmp_path):
    path = replay(run, tmp_path, mode="pickups", say=dict.fromkeys(range(1, 99), "left"))
    page, _ = page_of(write_output(compare(read_observed(path))), tmp_path / "reports")
    assert "No call was sent" in page
    assert "Only pickups were replayed" in page


@pytest.mark.slow
def test_a_run_that_was_moved_is_named(tmp_path):
    run = made_run(tmp_path)
    path = replay(run, tmp_path)
    moved = shutil.move(run, tmp_path / "moved")
    output = write_output(compare(read_observed(path), run=moved))
    page, _ = page_of(output, tmp_path / "reports", simulated_folder=str(moved))
    assert "43 of 43 chats had the simulated queue position" in page


@pytest.mark.slow
def test_of_a_run_a_small_replay_is_made_as_an_example(run, tmp_path):
    page, _ = page_of(open_run(run), tmp_path / "reports")
    assert "This is an example: no tenant answered" in page
    assert charts_of(page) == 5
