"""A sweep: the same bytes whoever simulates, enough replications and no more, refusals."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator import metrics
from simulator.errors import ParameterError, RunExistsError, UsageError
from simulator.sessions import open_run
from simulator.study import simulate
from simulator.sweep import open_sweep, run_sweep
from simulator.sweep.estimates import figures, half_widths
from simulator.sweep.running import default_folder
from simulator.sweep.study_file import study_hash
from tests.sweep.studies import CHOOSE, GRID, STOP, TWO_TOPICS, contents, study


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    return study(tmp_path_factory.mktemp("grid"))


@pytest.fixture(scope="module")
def made(grid, tmp_path_factory) -> Path:
    """Six cases of four replications, made in this process; not to be changed."""
    return run_sweep(grid, engine="simpy", out=tmp_path_factory.mktemp("sweeps") / "grid")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    asked = study(folder, STOP)
    return open_sweep(run_sweep(asked, engine="simpy", out=folder / "sweep"))


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chosen")
    asked = study(folder, CHOOSE)
    return open_sweep(run_sweep(asked, engine="simpy", out=folder / "sweep"))


def test_bytes_are_the_same_from_one_process_and_from_two(grid, made, tmp_path):
    spread = run_sweep(grid, engine="simpy", jobs=2, out=tmp_path / "spread")
    assert contents(spread) == contents(made)
    assert multiprocessing.active_children() == []


def test_nothing_but_results_is_left(made):
    assert sorted(contents(made)) == ["cases.parquet", "results.parquet", "study.json"]


def test_rows_are_sorted_by_level_case_replication_topic_and_start(grid, made):
    table = pq.read_table(made / "results.parquet").to_pandas()
    names = [case.name for case in grid.cases]
    levels = ["replication", "topic", "interval", "topic_interval"]
    keys = zip(
        (levels.index(level) for level in table["level"]),
        (names.index(case) for case in table["case"]),
        table["replication"],
        table["topic"].fillna(""),
        table["start"].astype("int64"),
        strict=True,
    )
    ordered = list(keys)
    assert ordered == sorted(ordered)
    assert len(set(ordered)) == len(ordered) == 6 * 4 * 2 * (1 + 48)


def test_figures_are_those_of_a_run_of_the_case(grid, made, tmp_path):
    sweep = open_sweep(made)
    found = figures(sweep.table("replication")).set_index(["case", "figure"])["value"]
    for case in grid.cases[::3]:
        run = open_run(simulate(case.scenario, replications=4, seed=7, out=tmp_path / case.name))
        told = metrics.summary(case.scenario, run.sessions, run.agents)["overall"]
        for name in ("of_all", "of_served"):
            expected = told["service_level"][name]["value"]
            assert found[case.name, f"service_level.{name}"] == pytest.approx(expected, abs=1e-9)
        expected = told["abandonment"]["value"]
        assert found[case.name, "abandonment"] == pytest.approx(expected, abs=1e-9)


def test_cases_meet_the_same_customers(made):
    rows = open_sweep(made).table("replication").to_pandas()
    scale = "topics[Sales].arrivals.scale"
    arrived = rows.pivot_table(
        index=[scale, "replication"],
        columns="agents[Desk].count",
        values="requested",
        observed=True,
    )
    assert (arrived.nunique(axis=1) == 1).all()
    assert arrived.loc["1"].to_numpy().sum() < arrived.loc["1.5"].to_numpy().sum()


def test_intervals_are_left_out_where_the_study_says_so(tmp_path):
    asked = study(tmp_path, GRID + "intervals: false\n", desk=TWO_TOPICS)
    sweep = open_sweep(run_sweep(asked, engine="simpy", out=tmp_path / "sweep"))
    rows = {level: sweep.table(level).num_rows for level in ("replication", "topic", "interval")}
    assert rows == {"replication": 24, "topic": 48, "interval": 0}


def test_the_same_sweep_is_used_again(grid, made):
    before = {file: file.stat().st_mtime_ns for file in made.iterdir()}
    told = []
    again = run_sweep(grid, engine="simpy", out=made, progress=lambda *n: told.append(n))
    after = {file: file.stat().st_mtime_ns for file in made.iterdir()}
    assert (again, after, told) == (made, before, [])


def test_progress_counts_the_replications_of_all_cases(tmp_path):
    told = []
    asked = study(tmp_path, GRID.replace("replications: 4", "replications: 2"))
    run_sweep(
        asked, engine="simpy", out=tmp_path / "s", progress=lambda *counts: told.append(counts)
    )
    assert told[0] == (0, 12)
    assert told[-1] == (12, 12)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_a_sweep_goes_to_a_folder_named_for_study_and_hash(grid, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert default_folder(grid) == Path(f"data/runs/sweeps/how-many-{study_hash(grid)[:8]}")


# ---------------------------------------------------------------------------------- enough


def test_every_case_is_simulated_until_its_interval_is_narrow_enough(stopped):
    widths = half_widths(stopped.table("replication"), "service_level.of_all")
    counts = dict(zip(widths["case"], widths["replications"], strict=True))
    assert (widths["half_width"] <= 0.06).all()
    assert counts == stopped.manifest["replications_by_case"]
    assert stopped.manifest["stop"]["reached"] == list(counts)


def test_it_stops_early_but_not_before_the_least(stopped):
    counts = stopped.manifest["replications_by_case"].values()
    assert 4 <= min(counts) < max(counts) < 60


def test_a_case_that_would_take_too_long_ends_with_the_most(tmp_path):
    text = STOP.replace("0.06", "0.0001").replace("replications: 60", "replications: 7")
    sweep = open_sweep(run_sweep(study(tmp_path, text), engine="simpy", out=tmp_path / "s"))
    assert set(sweep.manifest["replications_by_case"].values()) == {7}
    assert sweep.manifest["stop"]["reached"] == []


def test_a_figure_that_has_no_value_stops_nothing(tmp_path):
    nobody = STOP.replace("4]}", "4], topics[Sales].arrivals.rate_per_hour: [0]}")
    text = nobody.replace("replications: 60", "replications: 6")
    sweep = open_sweep(run_sweep(study(tmp_path, text), engine="simpy", out=tmp_path / "s"))
    assert set(sweep.manifest["stop"]["half_widths"].values()) == {None}


def test_the_best_case_is_chosen_and_others_are_dropped(chosen):
    choice, counts = chosen.manifest["choice"], chosen.manifest["replications_by_case"]
    assert (choice["best"], choice["is_decided"]) == ("count 3", True)
    assert choice["survivors"] == ["count 3"]
    assert set(choice["eliminated"]) == {"count 1", "count 2"}
    assert counts["count 1"] == 5
    assert counts["count 1"] <= counts["count 2"] <= counts["count 3"] < 60
    assert "95 %" in choice["guarantee"]


def test_a_choice_cut_short_says_that_it_is_none(tmp_path):
    text = CHOOSE.replace("0.05", "0.0001").replace("replications: 60", "replications: 5")
    text = text.replace("[1, 2, 3]", "[3, 4]")
    sweep = open_sweep(run_sweep(study(tmp_path, text), engine="simpy", out=tmp_path / "s"))
    assert not sweep.manifest["choice"]["is_decided"]
    assert sweep.manifest["choice"]["survivors"] == ["count 3", "count 4"]


@pytest.mark.slow
@pytest.mark.parametrize("text", [STOP, CHOOSE], ids=["stop", "choose"])
def test_decisions_are_the_same_from_two_processes(text, stopped, chosen, tmp_path):
    alone = stopped if text == STOP else chosen
    spread = run_sweep(study(tmp_path, text), engine="simpy", jobs=2, out=tmp_path / "s")
    assert contents(spread) == contents(alone.path)
    for key in ("stop", "choice", "replications_by_case"):
        assert open_sweep(spread).manifest.get(key) == alone.manifest.get(key)


# ------------------------------------------------------------------------------- sessions

KEPT = GRID.replace("[1, 2, 3]", "[1, 2]").replace("[1, 1.5]", "[1]") + "sessions: [2, 3]\n"


def test_sessions_are_kept_of_the_replications_asked_for(tmp_path):
    asked = study(tmp_path, KEPT)
    sweep = open_sweep(run_sweep(asked, engine="simpy", out=tmp_path / "sweep"))
    for case in asked.cases:
        folder = sweep.sessions(case.name)
        run = open_run(simulate(case.scenario, replications=4, seed=7, out=tmp_path / case.name))
        for name in ("sessions", "agents", "workload"):
            kept = pq.read_table(folder / f"{name}.parquet").to_pandas()
            whole = pq.read_table(run.path / f"{name}.parquet").to_pandas()
            expected = whole[whole["replication"].isin([2, 3])].reset_index(drop=True)
            assert kept.equals(expected)
        assert (folder / "scenario.yaml").read_text() == case.scenario.resolved


def test_no_sessions_are_kept_otherwise(grid, made):
    assert open_sweep(made).sessions(grid.cases[0].name) is None


def test_all_sessions_are_kept_of_as_many_replications_as_there_are(tmp_path):
    asked = study(tmp_path, STOP.replace("[1, 2, 4]", "[1, 4]") + "sessions: all\n")
    sweep = open_sweep(run_sweep(asked, engine="simpy", out=tmp_path / "sweep"))
    for case, count in sweep.manifest["replications_by_case"].items():
        column = pq.read_table(sweep.sessions(case) / "sessions.parquet", columns=["replication"])
        assert set(np.unique(column["replication"])) == set(range(1, count + 1))


# ------------------------------------------------------------------------------- refusals


def test_another_study_in_the_place_is_refused_and_replaced_on_demand(grid, tmp_path):
    small = GRID.replace("replications: 4", "replications: 1").replace("[1, 2, 3]", "[1]")
    path = run_sweep(study(tmp_path / "a", small), engine="simpy", out=tmp_path / "sweep")
    before = contents(path)
    other = study(tmp_path / "b", small.replace("seed: 7", "seed: 8"))
    with pytest.raises(RunExistsError, match=r"already holds another sweep; .*--overwrite"):
        run_sweep(other, engine="simpy", out=path)
    assert contents(path) == before
    run_sweep(other, engine="simpy", out=path, overwrite=True)
    assert open_sweep(path).manifest["seed"] == 8


def test_a_folder_of_other_things_is_left_alone_whatever_is_said(grid, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "diary.txt").write_text("dear")
    with pytest.raises(RunExistsError, match=r"'diary\.txt', which is no part of a sweep"):
        run_sweep(grid, out=tmp_path / "home", overwrite=True)
    assert [file.name for file in (tmp_path / "home").iterdir()] == ["diary.txt"]


def test_a_file_in_the_place_is_refused(grid, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunExistsError, match="is a file"):
        run_sweep(grid, out=tmp_path / "file")


def test_a_damaged_sweep_is_called_damaged(tmp_path):
    asked = study(tmp_path, GRID.replace("replications: 4", "replications: 1"))
    path = run_sweep(asked, engine="simpy", out=tmp_path / "sweep")
    results = path / "results.parquet"
    before = results.read_bytes()
    results.write_bytes(before[:-1])
    with pytest.raises(RunExistsError, match=r"a damaged one: results\.parquet .*--overwrite"):
        run_sweep(asked, engine="simpy", out=path)
    run_sweep(asked, engine="simpy", out=path, overwrite=True)
    assert results.read_bytes() == before


def test_an_option_out_of_range_is_refused(grid, tmp_path):
    with pytest.raises(ParameterError, match="jobs is 0; give a whole number from 1"):
        run_sweep(grid, jobs=0, out=tmp_path / "sweep")
    with pytest.raises(UsageError, match="engine 'sundial' is not there"):
        run_sweep(grid, engine="sundial", out=tmp_path / "sweep")
    assert list(tmp_path.iterdir()) == []
