"""A study: the same bytes however it is made, used again, refused, replaced, broken off."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from simulator import scenario as scenarios
from simulator.errors import ParameterError, RunExistsError, UsageError
from simulator.sessions import open_run
from simulator.study import default_folder, simulate
from tests.study.worlds import BUSIER, SMALL

STABLE = (
    "agents.parquet",
    "scenario.yaml",
    "sessions.parquet",
    "summary.json",
    "workload.parquet",
)
"""Every file but the manifest, which holds the time of day."""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return scenarios.loads(SMALL, folder=tmp_path_factory.mktemp("scenario"))


@pytest.fixture(scope="module")
def busier(tmp_path_factory):
    return scenarios.loads(BUSIER, folder=tmp_path_factory.mktemp("scenario"))


@pytest.fixture(scope="module")
def made(small, tmp_path_factory) -> Path:
    """Three replications, made in this process; not to be changed."""
    return simulate(small, replications=3, out=tmp_path_factory.mktemp("runs") / "three")


def contents(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in STABLE}


def test_bytes_are_the_same_from_one_process_and_from_two(small, made, tmp_path):
    spread = simulate(small, replications=3, jobs=2, out=tmp_path / "spread")
    assert contents(spread) == contents(made)


def test_replications_stand_in_their_order_and_differ(made):
    sessions = open_run(made).sessions
    assert sessions["replication"].is_monotonic_increasing
    first = [set(part["requested_at"]) for _, part in sessions.groupby("replication")]
    assert len(first) == 3
    assert first[0].isdisjoint(first[1])


def test_a_replication_does_not_depend_on_how_many_there_are(small, made, tmp_path):
    alone = open_run(simulate(small, replications=1, out=tmp_path / "one")).sessions
    three = open_run(made).sessions
    first = three[three["replication"] == 1].reset_index(drop=True)
    assert first.drop(columns="replication").equals(alone.drop(columns="replication"))


def test_another_seed_is_another_day(small, made, tmp_path):
    other = simulate(small, replications=3, seed=2, out=tmp_path / "run")
    assert contents(other)["sessions.parquet"] != contents(made)["sessions.parquet"]


def test_the_run_tells_what_it_is(small, made):
    run = open_run(made, verify=True)
    assert run.scenario.resolved == small.resolved
    told = {name: run.manifest[name] for name in ("scenario", "seed", "replications", "engine")}
    assert told == {"scenario": "corner shop", "seed": 1, "replications": 3, "engine": "simpy"}
    assert run.manifest["scenario_hash"] == scenarios.scenario_hash(small)


def test_the_summary_counts_every_session(made):
    run = open_run(made)
    counts = run.summary["overall"]["counts"]
    assert sum(leaf["n"] for leaf in counts.values()) == len(run.sessions)


def test_progress_is_told_before_the_first_and_after_each(small, tmp_path):
    told: list[tuple[int, int]] = []
    simulate(
        small,
        replications=2,
        out=tmp_path / "run",
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_a_run_goes_to_a_folder_named_for_scenario_seed_and_hash(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = simulate(small, replications=1, seed=7)
    digits = scenarios.scenario_hash(small)[:8]
    assert path == Path(f"data/runs/corner-shop-seed7-{digits}") == default_folder(small, 7)
    assert open_run(path).manifest["seed"] == 7


def test_the_same_run_is_used_again(small, tmp_path):
    path = simulate(small, replications=1, out=tmp_path / "run")
    before = (path / "manifest.json").read_bytes()
    told = []
    simulate(small, replications=1, out=path, progress=lambda *done: told.append(done))
    assert ((path / "manifest.json").read_bytes(), told) == (before, [])


def test_the_same_run_made_meanwhile_by_somebody_else_is_used(small, tmp_path):
    def meanwhile(done: int, _: int) -> None:
        if done:
            simulate(small, replications=1, out=tmp_path / "run")

    path = simulate(small, replications=1, out=tmp_path / "run", progress=meanwhile)
    assert open_run(path, verify=True).manifest["replications"] == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


OTHERS = [
    # what is different the second time
    {"seed": 2},
    {"replications": 2},
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_another_run_in_the_place_is_refused(small, tmp_path, other):
    path = simulate(small, replications=1, out=tmp_path / "run")
    before = contents(path)
    with pytest.raises(RunExistsError, match="--overwrite"):
        simulate(small, out=path, **({"replications": 1} | other))
    assert contents(path) == before


def test_another_scenario_in_the_place_is_refused_and_replaced_on_demand(small, busier, tmp_path):
    path = simulate(small, replications=1, out=tmp_path / "run")
    with pytest.raises(RunExistsError):
        simulate(busier, replications=1, out=path)
    simulate(busier, replications=1, out=path, overwrite=True)
    assert open_run(path, verify=True).scenario.resolved == busier.resolved


def test_a_run_of_another_version_is_not_used_again(small, tmp_path):
    path = simulate(small, replications=1, out=tmp_path / "run")
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | {"package": "0.0.1"}))
    with pytest.raises(RunExistsError):
        simulate(small, replications=1, out=path)


def test_a_damaged_run_is_not_used_again(small, tmp_path):
    path = simulate(small, replications=1, out=tmp_path / "run")
    sessions = path / "sessions.parquet"
    sessions.write_bytes(sessions.read_bytes()[:-1])
    with pytest.raises(RunExistsError):
        simulate(small, replications=1, out=path)
    simulate(small, replications=1, out=path, overwrite=True)
    assert open_run(path, verify=True).manifest["replications"] == 1


OUT_OF_RANGE = [
    # option, what is said
    ({"replications": 0}, "replications is 0; give a whole number from 1"),
    ({"seed": -1}, "seed is -1; give a whole number from 0"),
    ({"jobs": 0}, "jobs is 0; give a whole number from 1"),
]


@pytest.mark.parametrize(("option", "complaint"), OUT_OF_RANGE)
def test_an_option_out_of_range_is_refused(small, tmp_path, option, complaint):
    with pytest.raises(ParameterError, match=complaint):
        simulate(small, out=tmp_path / "run", **option)


def test_an_engine_that_is_not_there_is_refused_even_where_the_run_is(small, made):
    with pytest.raises(UsageError, match="engine 'sundial' is not there"):
        simulate(small, replications=3, out=made, engine="sundial")


@pytest.mark.parametrize("jobs", [1, 2])
def test_breaking_off_leaves_no_file_and_no_process(small, tmp_path, jobs):
    def stop(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(small, replications=50, jobs=jobs, out=tmp_path / "run", progress=stop)
    assert list(tmp_path.iterdir()) == []
    assert multiprocessing.active_children() == []


def test_a_damaged_run_in_the_place_is_called_damaged(small, tmp_path):
    path = simulate(small, replications=1, out=tmp_path / "run")
    table = path / "sessions.parquet"
    table.write_bytes(table.read_bytes()[:-100])

    with pytest.raises(RunExistsError, match=r"damaged run: .*sessions\.parquet.*\n.*--overwrite"):
        simulate(small, replications=1, out=path)


def test_the_summary_counts_replications_in_which_nothing_happened(tmp_path):
    quiet = scenarios.loads(
        """
        name: quiet
        timezone: Europe/Oslo
        start: 2026-03-23T00:00
        days: 1
        study: terminating
        topics: [{id: 1, name: Chat, arrivals: {rate_per_hour: 0}, work: {fixed: 5m}}]
        agents: [{group: Desk, count: 1, topics: [Chat], cap: 1, output: [1]}]
        """,
        folder=tmp_path,
    )

    counts = open_run(simulate(quiet, replications=3, out=tmp_path / "run")).summary["overall"]

    assert counts["counts"]["served"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 0}
