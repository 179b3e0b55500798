"""The runs of a comparison: simulated with one seed, used again, kept apart."""

from __future__ import annotations

import pytest

from simulator.comparison import opened, runs_of
from simulator.errors import DataError, UsageError
from simulator.scenario import Scenario, loads
from simulator.sessions import Run
from tests.comparison.worlds import TODAY, like_today


@pytest.fixture
def worlds():
    return [loads(TODAY), loads(like_today("b", ("count: 2", "count: 3")))]


def test_scenarios_share_seed_and_replications(worlds, tmp_path):
    runs = runs_of(worlds, replications=2, seed=7, folder=tmp_path)
    assert [(run.manifest["seed"], run.manifest["replications"]) for run in runs] == [(7, 2)] * 2
    assert runs[0].workload.equals(runs[1].workload)


def test_a_finished_run_decides_for_the_others(worlds, tmp_path):
    (first,) = runs_of(worlds[:1], replications=1, seed=3, folder=tmp_path)
    runs = runs_of([first, worlds[1]], folder=tmp_path)
    assert runs[0] is first
    assert (runs[1].manifest["seed"], runs[1].manifest["replications"]) == (3, 1)


@pytest.mark.parametrize("asked", [{"seed": 4}, {"replications": 2}])
def test_a_finished_run_is_not_contradicted(worlds, tmp_path, asked):
    (first,) = runs_of(worlds[:1], replications=1, seed=3, folder=tmp_path)
    with pytest.raises(DataError, match=r"leave --(seed|replications) out"):
        runs_of([first, worlds[1]], folder=tmp_path, **asked)


def test_other_numbers_of_replications_stand_side_by_side(worlds, tmp_path):
    (one,) = runs_of(worlds[:1], replications=1, folder=tmp_path)
    (two,) = runs_of(worlds[:1], replications=2, folder=tmp_path)
    (again,) = runs_of(worlds[:1], replications=1, folder=tmp_path)
    assert two.path.name == f"{one.path.name}-n2"
    assert again.path == one.path


def test_progress_is_told_of_all_together(worlds, tmp_path):
    told = []
    runs_of(worlds, replications=2, folder=tmp_path, progress=lambda *at: told.append(at))
    assert told == [(0, 4), (1, 4), (2, 4), (2, 4), (3, 4), (4, 4)]


def test_opened_knows_runs_and_scenarios(worlds, tmp_path):
    (tmp_path / "today.yaml").write_text(TODAY)
    (run,) = runs_of(worlds[:1], replications=1, folder=tmp_path)
    assert isinstance(opened(run.path), Run)
    assert isinstance(opened(str(tmp_path / "today.yaml")), Scenario)


def test_a_path_to_nothing_is_refused(tmp_path):
    with pytest.raises(UsageError, match="neither a run folder nor a scenario file"):
        opened(tmp_path / "nowhere.yaml")
