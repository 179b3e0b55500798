"""Tasks: every replication of every case once, customers drawn once, never too much at a time."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest

from simulator import scenario as scenarios
from simulator import workload
from simulator.sweep import tasks as module
from simulator.sweep.rounds import Round
from simulator.sweep.tasks import Task, Way, simulated, tasks
from tests.study.worlds import SMALL
from tests.sweep.studies import GRID, study

WAY = Way(seed=7, engine="simpy", chats=1.0, intervals=True, timezone="Europe/Oslo")


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Cases 0, 2, 4 have the base's customers, and 1, 3, 5 half as many more."""
    return study(tmp_path_factory.mktemp("grid"))


def planned(asked, *, cases=range(6), replications=range(1, 5)):
    return list(tasks(asked, Round(tuple(cases), replications), WAY))


def told(found):
    return [(task.replication, task.cases) for task in found]


def test_cases_with_equal_customers_are_done_together_and_replications_in_order(grid):
    assert told(planned(grid, replications=range(3, 5))) == [
        *((3, (0, 2, 4)), (3, (1, 3, 5))),
        *((4, (0, 2, 4)), (4, (1, 3, 5))),
    ]
    assert told(planned(grid, cases=[1, 2, 4], replications=range(1, 2))) == [
        *((1, (1,)), (1, (2, 4)))
    ]


def test_a_task_has_not_too_many_cases(grid, monkeypatch):
    monkeypatch.setattr(module, "MOST_CASES", 2)
    assert told(planned(grid, replications=range(1, 2))) == [
        *((1, (0, 2)), (1, (4,)), (1, (1, 3)), (1, (5,)))
    ]


def test_a_task_has_not_too_many_chats_but_always_a_case(grid, monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    assert [cases for _, cases in told(planned(grid, replications=range(1, 2)))] == [
        *((0,), (2,), (4,), (1,), (3,), (5,))
    ]


def test_a_task_whose_sessions_are_kept_is_smaller(tmp_path, monkeypatch):
    asked = study(tmp_path, GRID + "sessions: [2]\n")
    monkeypatch.setattr(module, "MOST_KEPT", 1)
    sizes = [len(task.cases) for task in planned(asked, replications=range(1, 3))]
    kept = [task.keep_sessions for task in planned(asked, replications=range(1, 3))]
    assert sizes == [3, 3, 1, 1, 1, 1, 1, 1]
    assert kept == [False] * 2 + [True] * 6


@pytest.mark.parametrize("most", [1, 5_000, 10**9])
def test_each_case_of_each_replication_is_done_once(grid, monkeypatch, most):
    monkeypatch.setattr(module, "MOST", most)
    found = [(task.replication, case) for task in planned(grid) for case in task.cases]
    assert sorted(found) == [(number, case) for number in range(1, 5) for case in range(6)]


def test_drawing_once_for_several_cases_changes_nothing(grid):
    together, _ = planned(grid, replications=range(1, 2))
    apart = [
        simulated(Task(1, (case,), (scenario,), WAY, keep_sessions=False))
        for case, scenario in zip(together.cases, together.scenarios, strict=True)
    ]
    batches = list(pa.ipc.open_stream(simulated(together).totals))
    assert batches == [next(iter(pa.ipc.open_stream(one.totals))) for one in apart]


def test_customers_are_drawn_once_for_a_task(grid, monkeypatch):
    drawn = []
    usual = workload.sample
    monkeypatch.setattr(workload, "sample", lambda *a: drawn.append(a[1:]) or usual(*a))
    simulated(planned(grid, replications=range(4, 5))[0])
    assert drawn == [(7, 4)]


DIFFERENCES = [
    # what is written instead, whether the customers are the same
    (("count: 2", "count: 3"), True),
    (("cap: 2", "cap: 1\n    wrap_up: {fixed: 30s}"), True),
    (("name: Sales", "name: Deals"), True),
    (("rate_per_hour: 12", "rate_per_hour: 13"), False),
    (("patience: {exponential: {mean: 5m}}", "patience: {exponential: {mean: 6m}}"), False),
    (("patience: {exponential: {mean: 5m}}", "retry: {probability: 0.1, delay: {fixed: 1m}}"), 0),
    (("08:00-18:00", "08:00-17:00"), False),
    (("days: 1", "days: 2"), False),
]


@pytest.mark.parametrize(("change", "same"), DIFFERENCES)
def test_customers_are_told_apart_by_all_that_is_drawn(change, same, tmp_path):
    usual = scenarios.loads(SMALL, folder=tmp_path)
    text = SMALL.replace(*change).replace("topics: [Sales]", "topics: [1]")
    if "cap: 1" in text:
        text = text.replace("output: [1, 1.5]", "output: [1]")
    if "Deals" in text:
        text = text.replace("topics: [1]", "topics: [Deals]")
    text = text.replace("topics: [1]", "topics: [Sales]")
    other = scenarios.loads(text, folder=tmp_path)
    assert (module._alike([usual, other]) == [[0, 1]]) == bool(same)


def test_a_task_and_what_it_gives_back_travel(grid):
    task = planned(grid)[0]
    done = pickle.loads(pickle.dumps(simulated(pickle.loads(pickle.dumps(task)))))
    assert (done.replication, done.cases, done.engines) == (1, (0, 2, 4), {"simpy"})
    assert done == simulated(task)
