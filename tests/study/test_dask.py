"""Dask does the same tasks: the same bytes, also when a worker dies; what is not right is told."""

from __future__ import annotations

import operator
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("distributed")

from simulator.errors import PickupError, UsageError
from simulator.study import dask_spreading, spread
from simulator.sweep import run_sweep
from tests.study import clusters
from tests.study.clusters import cluster, kill
from tests.sweep.studies import GRID, contents, study

pytestmark = pytest.mark.xdist_group("dask")

LONG = GRID.replace("replications: 4", "replications: 16")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A cluster of two workers, not to be harmed."""
    with cluster(tmp_path_factory.mktemp("cluster"), workers=2) as made:
        yield made


@pytest.fixture
def impatient(monkeypatch):
    """Do not wait long for what does not come."""
    monkeypatch.setattr(dask_spreading, "CONNECT_S", 1.0)
    monkeypatch.setattr(dask_spreading, "FIRST_WORKER_S", 0.5)
    monkeypatch.setattr(dask_spreading, "NO_WORKER_S", 0.5)


def test_results_come_in_the_order_of_the_tasks(two):
    tasks = [(number, 2) for number in range(40)]
    with spread(1, two.address) as results:
        found = list(results(operator.pow, tasks))
        again = list(results(operator.add, tasks[:3]))
    assert (found, again) == ([number**2 for number in range(40)], [2, 3, 4])


def test_tasks_are_taken_as_they_are_needed(two):
    taken = []

    def coming():
        for number in range(100):
            taken.append(number)
            yield (number, 1)

    with spread(1, two.address) as results:
        numbers = results(operator.add, coming())
        assert [next(numbers) for _ in range(3)] == [1, 2, 3]
        assert len(taken) <= 2 * 2 + 3


def test_an_error_in_a_task_is_raised_here(two):
    with spread(1, two.address) as results, pytest.raises(ZeroDivisionError):
        list(results(operator.floordiv, [(1, 1), (1, 0)]))


def test_an_error_like_a_lost_connection_is_still_the_tasks_own(two):
    with spread(1, two.address) as results, pytest.raises(FileNotFoundError, match="nowhere"):
        list(results(os.listdir, [("/nowhere/at/all",)]))


def test_nothing_is_left_open(two):
    before = set(threading.enumerate())
    with spread(1, two.address) as results:
        assert list(results(operator.add, [(1, 2)])) == [3]
    left = {thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()}
    assert not {name for name in left if not name.startswith("Dask-Offload")}


def test_a_sweep_gives_the_same_bytes_as_in_one_process(two, tmp_path):
    asked = study(tmp_path)
    alone = run_sweep(asked, engine="simpy", out=tmp_path / "alone")
    spread_out = run_sweep(asked, engine="simpy", scheduler=two.address, out=tmp_path / "dask")
    assert contents(spread_out) == contents(alone)


@pytest.mark.slow
def test_a_sweep_survives_the_death_of_a_worker(tmp_path):
    asked = study(tmp_path, LONG)
    killed = []

    def tell(done, most):
        if done >= most // 4 and not killed:
            kill(own.workers[0])
            killed.append(done)

    with cluster(tmp_path, workers=2) as own:
        path = run_sweep(
            asked, engine="simpy", scheduler=own.address, out=tmp_path / "dask", progress=tell
        )
        assert own.workers[1].poll() is None
    assert killed
    alone = run_sweep(asked, engine="simpy", jobs=1, out=tmp_path / "alone")
    assert contents(path) == contents(alone)


# ---------------------------------------------------------------------- what is not right


def test_a_scheduler_that_is_not_there(impatient):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with (
            pytest.raises(UsageError, match=f"no scheduler answers at {address}"),
            spread(1, address),
        ):
            pass


def test_an_address_that_is_none(impatient):
    with (
        pytest.raises(UsageError, match="no scheduler answers at nonsense://x"),
        spread(1, "nonsense://x"),
    ):
        pass


def test_dask_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'pickup-lab\[dask\]'"),
        spread(1, "tcp://127.0.0.1:1"),
    ):
        pass


# what a worker runs first, what is said of it
OTHERS = [
    (clusters.STRANGER, "cannot import what it needs .*; install pickup-lab"),
    (clusters.OTHER_VERSION, r"has pickup-lab 0\.0\.1, and this process"),
]


@pytest.mark.slow
def test_workers_that_are_not_there_or_not_alike(tmp_path, impatient):
    with cluster(tmp_path) as own:
        with (
            pytest.raises(UsageError, match="has no workers; start some with `dask worker"),
            spread(1, own.address),
        ):
            pass
        for first, words in OTHERS:
            worker = own.start_worker(first=first)
            clusters.wait_for_workers(own.address, 1)
            with pytest.raises(UsageError, match=words), spread(1, own.address):
                pass
            kill(worker)


@pytest.mark.slow
def test_workers_that_all_go_are_not_waited_for_for_ever(tmp_path, impatient):
    with cluster(tmp_path, workers=1) as own, spread(1, own.address) as results:
        numbers = results(operator.add, [(number, 1) for number in range(20)])
        assert next(numbers) == 1
        kill(own.workers[0])
        with pytest.raises(PickupError, match="has had no worker for a while"):
            list(numbers)


@pytest.mark.slow
def test_a_scheduler_that_goes_is_told(tmp_path):
    with (
        cluster(tmp_path, workers=1) as own,
        ThreadPoolExecutor(1) as later,
        spread(1, own.address) as results,
    ):
        numbers = results(time.sleep, [(0.3,) for _ in range(20)])
        assert next(numbers) is None
        later.submit(kill, own.scheduler)
        with pytest.raises(PickupError, match=r"the scheduler at .* was lost"):
            list(numbers)


@pytest.mark.slow
def test_a_task_that_ends_its_workers_is_given_up(tmp_path):
    none = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with (
        cluster(tmp_path, workers=1, **none) as own,
        spread(1, own.address) as results,
        pytest.raises(PickupError, match="a task ended several workers"),
    ):
        list(results(os._exit, [(1,)]))
