"""What the benchmarks compare is the same: peers, C and engines simulate one model."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from simulator.desk.codes import OUTCOMES
from simulator.engines import compiled, simpy_engine

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import desks
import idiomatic
import limit
import peers
import scaling

CHATS = 3_000
DESKS = pytest.mark.parametrize("desk", [desks.K1, desks.K3], ids=["K1", "K3"])


def world(desk, chats=CHATS):
    rate, output = desk
    draws = desks.draws(rate, chats)
    return draws, desks.desk(draws, output)


@DESKS
def test_the_loop_in_c_gives_what_the_engines_give(desk, tmp_path):
    if why := limit.why_not():
        pytest.skip(why)
    draws, given = world(desk)
    found = limit.Limit(tmp_path).run(draws, desks.AGENTS, desk[1], given[0].horizon_us)
    assert found.equals(compiled.run(*given))
    assert found.equals(simpy_engine.run(*given))
    assert found.cpu_s > 0


@pytest.mark.parametrize("library", peers.LIBRARIES)
@pytest.mark.filterwarnings("ignore")
def test_a_peer_gives_the_same_waits(library):
    if why := peers.why_no(library):
        pytest.skip(why)
    draws, given = world(desks.K1)
    theirs = peers.LIBRARIES[library](draws, desks.AGENTS)
    assert theirs.agrees(peers.of_engine(compiled.run(*given)))
    assert 0 < theirs.is_served.sum() < CHATS


def test_the_idiomatic_model_gives_the_same_waits():
    draws, given = world(desks.K1)
    records = sorted(idiomatic.one_chat_each(draws, desks.AGENTS), key=lambda one: one.customer)
    until = [one.ended if one.picked_up is None else one.picked_up for one in records]
    waits = np.array(until) - np.array([one.arrived for one in records])
    ours = peers.of_engine(compiled.run(*given))
    assert np.allclose(waits, ours.wait_s, rtol=0, atol=1e-6)


def test_everything_happens_on_the_full_desk():
    given = desks.full_desk(60_000)
    found = compiled.run(*given)
    assert {OUTCOMES[code] for code in set(found.outcome.tolist())} >= {
        *("served", "abandoned", "silent", "form_closed", "form_at_arrival", "form_in_queue"),
    }
    assert (found.transfer_picked_up_us >= 0).any()
    assert (given[1].attempt[found.row] > 1).any()
    assert (found.wrapped_up_us > found.ended_us).any()


def test_a_waiting_customer_counts_until_picked_up_or_gone():
    _, given = world(desks.K1, 200)
    found = compiled.run(*given)
    ours = peers.of_engine(found)
    assert scaling.waiting(found, 10_000_000) == pytest.approx(ours.wait_s.sum() / 10)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_the_slope_is_the_exponent(exponent):
    sizes = [10.0, 100.0, 1_000.0]
    assert scaling.slope(sizes, [7 * size**exponent for size in sizes]) == pytest.approx(exponent)


def test_n_log_n_is_a_little_more_than_linear():
    assert 1.0 < scaling.n_log_n([1e4, 1e5, 1e6, 1e7]) < 1.1


def test_a_point_is_simulated_with_its_parts_told():
    small = scaling.points("agents", [10])[0]
    found = scaling.cost(scaling.replace(small, chats=500))
    assert found.chats == pytest.approx(500, rel=0.3)
    assert found.whole_s >= found.loop_s > 0
