"""From a sweep's folder to the frames of a report: small sweeps of a small desk, made for real."""

from __future__ import annotations

import doctest

import pandas as pd
import pytest

import simulator.sweep.settings
import simulator.sweep.wording
from simulator.errors import DataError, UsageError
from simulator.sweep import open_sweep, read_study, run_sweep
from simulator.sweep.surveying import folder_of, surveyed
from tests.comparison.worlds import TODAY

COUNT, SCALE = "agents[Helpers].count", "topics[Shop].arrivals.scale"

GRID = "vary: {agents[Helpers].count: [1, 2, 3]}\nreplications: 6"
CHOOSE = (
    "vary: {agents[Helpers].count: [1, 3]}\nreplications: 12\n"
    "choose: {figure: service_level.of_all, goal: max, indifference: 0.05, at_least: 5}"
)
STOP = (
    "vary: {agents[Helpers].count: [2, 3]}\nreplications: 12\nintervals: false\n"
    "stop: {figure: abandonment, half_width: 0.05, at_least: 5}\ncost: {per_agent_hour: 35}"
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Three sweeps by name."""
    folder = tmp_path_factory.mktemp("sweeps")
    (folder / "today.yaml").write_text(TODAY)
    for name, text in {"grid": GRID, "choose": CHOOSE, "stop": STOP}.items():
        (folder / f"{name}.yaml").write_text(f"name: {name}\nbase: today.yaml\n{text}\n")
        run_sweep(read_study(folder / f"{name}.yaml"), out=folder / name)
    return folder


@pytest.fixture(scope="module")
def grid(folders):
    return surveyed(folders / "grid")


def test_cases_have_their_settings_and_their_planned_cost(folders, grid):
    assert grid.names == ["count 1", "count 2", "count 3"]
    assert grid.paths == (COUNT,)
    assert grid.cases[COUNT].tolist() == ["1", "2", "3"]
    assert grid.cases["cost"].is_monotonic_increasing
    assert grid.cost_unit == "agent-hours"
    planned = open_sweep(folders / "grid").cases["agent_hours"]
    assert grid.cases["cost"].tolist() == planned.tolist()


def test_cases_are_judged_by_the_service_level_of_the_scenario(grid):
    assert grid.measure.name == "service_level.of_all"
    assert grid.measure.words == "service level"
    assert grid.target == 0.8
    assert [other.name for other in grid.others] == [
        *("abandonment", "wait_s.mean", "wait_s.p90", "occupancy.busy")
    ]


def test_what_is_paired_has_the_estimates_for_means(grid):
    for measure in (grid.measure, *grid.others):
        means = grid.of(measure).groupby("case")["value"].mean()
        told = grid.told(measure).set_index("case")["value"]
        pd.testing.assert_series_equal(means, told, check_names=False, check_index_type=False)


def test_there_is_a_fan_over_the_day_of_the_best_and_of_the_middle(grid):
    assert list(grid.over_the_day["case"].unique()) == ["count 3", "count 2"]
    assert (grid.over_the_day["p10"] <= grid.over_the_day["p90"]).all()
    assert grid.zone
    assert 0 < grid.step_h <= 1


def test_half_widths_go_from_two_replications_on(grid):
    counts = grid.narrowing.groupby("case")["replications"].agg(["min", "max"])
    assert counts.to_numpy().tolist() == [[2, 6]] * 3
    assert grid.half_width is None


def test_another_figure(folders):
    found = surveyed(folders / "grid", figure="wait_s.p90")
    assert found.measure.name == "wait_s.p90"
    assert found.target is None
    assert found.over_the_day.empty  # a percentile is kept of the whole time alone
    assert "service_level.of_all" in [other.name for other in found.others]
    assert set(found.alone["case"]) == set(found.names)


def test_an_unknown_figure_is_refused_with_the_nearest(folders):
    with pytest.raises(UsageError, match=r"no figure 'abandonmnt'.*abandonment"):
        surveyed(folders / "grid", figure="abandonmnt")


def test_ranking_and_selection_is_told(folders):
    found = surveyed(folders / "choose")
    assert found.verdict.startswith("Chosen by service level, of all: count 3. With probability")
    assert found.eliminated == {"count 1"}


def test_a_study_that_stops_is_judged_by_what_it_stops_on(folders):
    found = surveyed(folders / "stop")
    assert found.measure.name == "abandonment"
    assert found.half_width == 0.05
    assert found.cost_unit == "wage units"
    assert found.over_the_day.empty  # intervals: false


def test_provenance_tells_the_study(grid):
    told = grid.provenance.set_index("what")["value"]
    assert (told["study"], told["cases"], told["replications of a case"]) == ("grid", "3", "6")


def test_a_run_or_nothing_is_no_sweep(folders, tmp_path):
    (tmp_path / "summary.json").write_text("{}")
    assert folder_of("") is None
    assert folder_of(str(tmp_path)) is None
    assert folder_of(str(folders / "grid")) == folders / "grid"


def test_a_folder_that_is_no_sweep_is_refused(tmp_path):
    with pytest.raises(DataError):
        surveyed(tmp_path)


@pytest.mark.parametrize("module", [simulator.sweep.settings, simulator.sweep.wording])
def test_examples_hold(module):
    assert doctest.testmod(module).failed == 0
