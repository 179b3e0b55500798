"""The worked example of the report: small, and able to tell something."""

from __future__ import annotations

from simulator.sweep import telling
from simulator.sweep.example import example_study, worked_example
from simulator.sweep.surveying import surveyed


def test_three_counts_by_two_demands_over_two_days(tmp_path):
    study = example_study(tmp_path)
    assert len(study.cases) == 6
    assert {len(case.scenario.dates) for case in study.cases} == {2}
    assert study.replications == 20


def test_it_ends_up_in_the_folder_given_and_has_findings(tmp_path):
    folder = worked_example(tmp_path, replications=3)
    assert folder.parent == tmp_path
    said = telling.sentences(surveyed(folder))
    assert said[0].startswith("With Sales: arrivals, scale 1: ")
    assert "'count 5, scale 1'" in said[0]
