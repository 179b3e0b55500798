"""Runs of the small desks, simulated once for all tests."""

from __future__ import annotations

import pytest

from simulator.comparison import compare, one_more_agent, runs_of
from simulator.scenario import loads
from tests.comparison.worlds import TODAY

REPLICATIONS = 6


@pytest.fixture(scope="session")
def run_of(tmp_path_factory):
    """A maker of the run of a scenario or its text."""
    folder = tmp_path_factory.mktemp("runs")

    def made(world, *, replications=REPLICATIONS, seed=1):
        scenario = loads(world) if isinstance(world, str) else world
        (run,) = runs_of([scenario], replications=replications, seed=seed, folder=folder)
        return run

    return made


@pytest.fixture(scope="session")
def today(run_of):
    return run_of(TODAY)


@pytest.fixture(scope="session")
def helped(run_of):
    """Today's desk with one more helper."""
    return run_of(one_more_agent(loads(TODAY), "Helpers"))


@pytest.fixture(scope="session")
def found(today, helped):
    return compare([today, helped])
