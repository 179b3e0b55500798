"""Each engine and the naive oracle give the same outcomes, array by array."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from simulator.engines import compiled, simpy_engine
from tests.oracle.agreement import Engine, disagreement, kind, smallest, told
from tests.oracle.oracle import simulated
from tests.oracle.worlds import World, random_world, worlds

ENGINES = {"simpy": simpy_engine.run, "compiled": compiled.run}
every_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


def assert_agreement(world: World, engine: Engine, name: str = "") -> None:
    if what := kind(world, engine):
        small = smallest(world, lambda smaller: kind(smaller, engine) == what)
        pytest.fail(f"{name}\n{told(small, engine)}")


@every_engine
@settings(
    max_examples=300,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(worlds())
def test_engine_agrees_with_the_oracle(engine, world):
    if disagreement(world, engine):
        pytest.fail(told(world, engine))


@every_engine
@pytest.mark.parametrize("first", range(0, 2000, 500))
def test_engine_agrees_on_seeded_worlds(engine, first):
    for seed in range(first, first + 500):
        assert_agreement(random_world(random.Random(seed)), engine, f"seed {seed}")


@pytest.mark.slow
@every_engine
@pytest.mark.parametrize("first", range(100_000, 120_000, 5_000))
def test_engine_agrees_on_many_seeded_worlds(engine, first):
    for seed in range(first, first + 5_000):
        assert_agreement(random_world(random.Random(seed)), engine, f"seed {seed}")


@every_engine
@pytest.mark.parametrize("seed", range(30))
def test_engine_agrees_on_crowded_worlds(engine, seed):
    assert_agreement(random_world(random.Random(seed), customers=60), engine, f"seed {seed}")


@every_engine
@pytest.mark.parametrize(
    "having",
    [
        "staffing hours busy",  # overtime of those who are winding down
        "shifts hours transfers",  # transfers into topics that close
        "reactions patience silent retries",  # reactions that lose their chat
    ],
)
def test_engine_agrees_on_worlds_where_rules_meet(engine, having):
    for seed in range(200):
        world = random_world(random.Random(seed), customers=20, having=having.split())
        assert_agreement(world, engine, f"{having}, seed {seed}")


# What has to happen in the seeded worlds, and in how many of the first 2,000 it does at least.
HAPPENINGS = {
    "WORK_ENDS": 1000,
    "WRAP_UP_ENDS": 400,
    "REACTION_ENDS": 800,
    "DUTY_STARTS": 1000,
    "DUTY_ENDS": 1000,
    "served": 1000,
    "abandoned": 300,
    "silent": 100,
    "leaves without a word": 150,
    "form_closed": 1000,
    "form_at_arrival": 80,
    "form declined at arrival": 80,
    "form_in_queue": 100,
    "form declined": 100,
    "form not offered": 80,
    "closed": 80,
    "served, transferred": 150,
    "abandoned, transferred": 40,
    "closed, transferred": 40,
    "picks up another": 200,
    "turns": 200,
    "stands down": 150,
    "winding down": 250,
    "leaves": 300,
    "comes on": 400,
    "off duty with chats in hand": 300,
    "back with chats in hand": 200,
    "lunch": 300,
    "stays": 80,
    "begins in overtime": 40,
    "comes back": 150,
}


def test_seeded_worlds_have_everything_happen():
    """A comparison says nothing about what never occurs."""
    happened = Counter()
    for seed in range(2000):
        world = random_world(random.Random(seed))
        desk = simulated(world.scenario, world.workload, world.duty)
        happened.update(desk.tally.keys())
    rare = {what: happened[what] for what, least in HAPPENINGS.items() if happened[what] < least}
    assert rare == {}
