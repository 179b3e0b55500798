"""The compiled engine: equal to the SimPy engine bit for bit, wherever it stops and grows."""

from __future__ import annotations

import random
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from simulator import scenario, sessions, study, workload
from simulator.engines import compiled, simpy_engine
from simulator.engines.compiled import keeping, loop, running
from simulator.errors import UsageError
from simulator.outcomes import Outcomes
from tests.oracle.agreement import differences
from tests.oracle.worlds import random_world
from tests.study.worlds import SMALL

HOME = Path(__file__).parents[2]
SHIPPED = sorted((HOME / "data/scenarios").glob("*.yaml"))

sys.path.append(str(HOME / "benchmarks"))
import desks  # noqa: E402


def assert_equal(given) -> Outcomes:
    found = compiled.run(*given)
    assert differences(simpy_engine.run(*given), found) == []
    assert found.engine == "compiled"
    return found


def drawn(world, replication=1):
    return (
        world,
        workload.sample(world, 1, replication),
        workload.on_duty(world, 1, replication),
    )


def crowded(seed):
    world = random_world(random.Random(seed), customers=60)
    return world.scenario, world.workload, world.duty


@pytest.mark.parametrize("at_most", [1, 2, 7])
def test_it_may_be_stopped_after_any_event(monkeypatch, at_most):
    monkeypatch.setattr(loop, "AT_MOST", at_most)
    for seed in range(40):
        assert_equal(crowded(seed))


def test_what_it_keeps_grows_as_needed(monkeypatch):
    monkeypatch.setattr(running, "HEAP_ROOM", 0)
    monkeypatch.setattr(running, "LOG_ROOM", 0)
    for seed in range(40):
        assert_equal(crowded(seed))


def test_a_queue_longer_than_its_heap():
    text = SMALL.replace("rate_per_hour: 12", "rate_per_hour: 1200")
    text = text.replace("patience: {exponential: {mean: 5m}}", "patience: {fixed: 20h}")
    found = assert_equal(drawn(scenario.loads(text)))
    assert found.initial_queue_pos.max() > 2 * running.HEAP_ROOM


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios(path):
    assert_equal(drawn(scenario.load(path)))


@pytest.mark.slow
@pytest.mark.parametrize("desk", [desks.K1, desks.K3], ids=["K1", "K3"])
def test_200_000_chats(desk):
    rate, output = desk
    found = assert_equal(desks.desk(desks.draws(rate, 200_000), output))
    assert len(found.row) == 200_000


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_over_200_000_chats(path):
    world, chats = scenario.load(path), 0
    for replication in range(1, 10_000):
        chats += len(assert_equal(drawn(world, replication)).row)
        if chats >= 200_000:
            break
    assert chats >= 200_000


def test_a_run_folder_has_the_same_bytes(tmp_path):
    world = scenario.load(HOME / "data/scenarios/chat_desk.yaml")
    for name in ("simpy", "compiled"):
        study.simulate(world, replications=2, engine=name, out=tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "simpy").iterdir())
    for file in set(files) - {"manifest.json"}:
        same = [(tmp_path / name / file).read_bytes() for name in ("simpy", "compiled")]
        assert same[0] == same[1], file
    assert sessions.open_run(tmp_path / "compiled").manifest["engine"] == "compiled"


def test_nobody_comes():
    world = scenario.loads(SMALL.replace("rate_per_hour: 12", "rate_per_hour: 0"))
    assert len(assert_equal(drawn(world)).row) == 0


def test_a_horizon_that_keys_cannot_hold_is_refused():
    world, chats, duty = drawn(scenario.loads(SMALL))
    far = replace(world, horizon_us=1 << 60)
    with pytest.raises(UsageError, match="more than the compiled engine can count"):
        compiled.run(far, chats, duty)


def test_it_tells_how_long_each_part_took():
    outcomes, took = compiled.timed(*crowded(1))
    assert {field.name for field in fields(outcomes)} == {field.name for field in fields(Outcomes)}
    assert list(took) == ["build", "loop", "read"]
    assert all(seconds >= 0 for seconds in took.values())


def test_instants_are_integers_of_64_bits():
    found = compiled.run(*crowded(3))
    arrays = (getattr(found, field.name) for field in fields(found) if field.name != "engine")
    assert {array.dtype for array in arrays} == {np.dtype(np.int64)}


# ------------------------------------------------------------------ where the code is kept


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """Sources of one file, kept beside themselves."""
    source = tmp_path / "sources" / "rule.py"
    source.parent.mkdir()
    source.write_text("x = 1\n")
    monkeypatch.setattr(keeping, "SOURCES", (source.parent,))
    monkeypatch.setattr(keeping, "HERE", source.parent)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    keeping.kept_in.cache_clear()
    yield source
    keeping.kept_in.cache_clear()


def test_an_edited_rule_is_kept_apart_and_the_old_code_goes(elsewhere):
    before = keeping.kept_in()
    keeping.kept_in.cache_clear()
    assert keeping.kept_in() == before
    elsewhere.write_text("x = 2\n")
    keeping.kept_in.cache_clear()
    after = keeping.kept_in()
    assert after != before
    assert [path for path in after.parent.iterdir() if path.name.startswith("rules-")] == [after]


def test_beside_read_only_sources_the_users_cache_serves(elsewhere, monkeypatch, tmp_path):
    (elsewhere.parent / "__pycache__").write_text("a file where the folder would be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert keeping.kept_in().is_relative_to(tmp_path / "home" / "pickup-lab")


def test_the_users_own_place_goes_before(elsewhere, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert keeping.kept_in().parent == tmp_path / "mine"


def test_where_nothing_can_be_kept_it_is_none(elsewhere, monkeypatch, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked / "inside"))
    assert keeping.kept_in() is None
