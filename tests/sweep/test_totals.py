"""Totals are the sums behind ``metrics``: the same from arrays as from the tables."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pytest

from simulator import workload
from simulator.desk.codes import ABANDONED, OUTCOMES
from simulator.engines import simpy_engine
from simulator.errors import UsageError
from simulator.metrics.grouping import grouped_chats, grouped_time
from simulator.metrics.queue import folded, waiting_time, with_place
from simulator.metrics.service import within
from simulator.metrics.timeline import fold
from simulator.metrics.waiting import longest_waits, quantiles_of
from simulator.metrics.warm_up import warm_up_us
from simulator.scenario import loads
from simulator.scenario.world import ServiceLevel
from simulator.sessions import agent_table, session_table
from simulator.sessions.run import with_replications
from simulator.sweep import clock
from simulator.sweep.totals import COUNTS, LEVELS, ORDER_FIGURES, SUMS, schema, to_table, totals
from tests.comparison.worlds import TODAY, queue
from tests.oracle.worlds import random_world


def made(scenario, seed=1):
    """One replication of a scenario: what was drawn and what came of it."""
    drawn = workload.sample(scenario, seed, 1)
    return drawn, simpy_engine.run(scenario, drawn, workload.on_duty(scenario, seed, 1))


def reference(scenario, drawn, outcomes, level):
    """The same totals from the tables, by ``metrics``."""
    sessions = with_replications(session_table(scenario, drawn, outcomes).to_pandas(), 1)
    agents = with_replications(agent_table(scenario, outcomes, 1).to_pandas(), 1)
    by = "interval" if "interval" in level else "overall"
    per = "topic" if "topic" in level else "all"
    chats = grouped_chats(scenario, sessions, by=by, per=per)
    time = grouped_time(scenario, sessions, agents, by=by, per=per)
    chat, spent = chats.chat, time.time
    queued, soon = chat.queued, within(chat.wait_s, scenario.service_level.threshold_us)
    placed, handled = with_place(chats), ~np.isnan(chat.handle_s)
    waiting_s = waiting_time(scenario, sessions, chats.line)
    waiting_s = waiting_s if per == "topic" else waiting_s.sum(axis=1, keepdims=True)
    folding = fold(chats.line, by)
    elapsed_s = np.bincount(folding.group, weights=chats.line.lengths_us / 1e6)
    rows = {
        "requested": chats.totals(np.ones(len(chat), dtype=bool)),
        "queued": chats.totals(queued),
        **{name: chats.totals(chat.outcome == code) for code, name in enumerate(OUTCOMES)},
        "served_within": chats.totals(chat.served & soon),
        "abandoned_within": chats.totals((chat.outcome == ABANDONED) & soon),
        "waited_at_arrival": chats.totals(queued & chat.waited_at_arrival),
        "handled": chats.totals(handled),
        "placed": chats.totals(placed),
        "queue_pos_sum": chats.totals(placed, chat.position.astype(float)),
        "wait_sum_s": chats.totals(queued, chat.wait_s),
        "served_wait_sum_s": chats.totals(chat.served, chat.wait_s),
        "handle_sum_s": chats.totals(handled, chat.handle_s),
        "queue_time_s": folded(waiting_s, folding).reshape(1, -1),
        "elapsed_s": np.tile(elapsed_s, len(chats.labels) // len(folding)),
        "duty_s": time.totals(spent.duty_s),
        "present_s": time.totals(spent.present_s),
        "busy_s": time.totals(spent.busy_s),
        "open_chat_s": time.totals(spent.open_chat_s),
        "slots_held_s": time.totals(spent.held_s),
        "slots_offered_s": time.totals(spent.slots_s),
        "work_s": time.totals(spent.work_s),
        "work_offered_s": time.totals(spent.work_capacity_s),
    }
    if by == "overall":
        shares = {"wait_p50_s": 0.5, "wait_p90_s": 0.9, "wait_p99_s": 0.99}
        rows |= {n: quantiles_of(chats, queued, chat.wait_s, p).value for n, p in shares.items()}
        rows["wait_max_s"] = longest_waits(chats)
        position = chat.position.astype(float)
        rows["queue_pos_p90"] = quantiles_of(chats, placed, position, 0.9).value
    return {name: np.asarray(values).ravel() for name, values in rows.items()}


def assert_as_metrics(scenario, drawn, outcomes):
    found = totals(scenario, drawn, outcomes, intervals=True)
    assert set(found) == {"level", "topic", "start_us", *COUNTS, *SUMS, *ORDER_FIGURES}
    for number, level in enumerate(LEVELS):
        rows = found["level"] == number
        for name, values in reference(scenario, drawn, outcomes, level).items():
            np.testing.assert_allclose(
                found[name][rows], values, rtol=1e-9, atol=1e-9, err_msg=f"{level} {name}"
            )


def some_world(seed, **more):
    """A world of every feature at once, with a clock so coarse that everything meets."""
    world = random_world(random.Random(seed), **more)
    rng = random.Random(seed)
    horizon_us = world.scenario.horizon_us
    scenario = replace(
        world.scenario,
        interval_us=max(horizon_us // rng.choice([1, 3, 7, 20]), 1),
        service_level=ServiceLevel(threshold_us=horizon_us // rng.choice([10, 100, 1000])),
    )
    return scenario, world.workload, simpy_engine.run(scenario, world.workload, world.duty)


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_totals_are_those_of_metrics_in_worlds_of_all_features(first):
    for seed in range(first, first + 10):
        assert_as_metrics(*some_world(seed))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1400, 100))
def test_totals_are_those_of_metrics_in_many_worlds(first):
    for seed in range(first, first + 100):
        assert_as_metrics(*some_world(seed))


@pytest.mark.parametrize("seed", range(3))
def test_totals_are_those_of_metrics_on_crowded_desks(seed):
    assert_as_metrics(*some_world(seed, customers=120))


def test_totals_are_those_of_metrics_on_an_ordinary_desk():
    scenario = loads(TODAY)
    assert_as_metrics(scenario, *made(scenario))


def test_a_day_on_which_the_clocks_change():
    scenario = loads(TODAY.replace("2026-03-23", "2026-03-28").replace("mon-fri", "mon-sun"))
    assert scenario.horizon_us == 47 * 3600 * 10**6
    assert_as_metrics(scenario, *made(scenario))


def test_one_topic_and_one_chat_at_a_time():
    scenario = loads(queue("alone", agents=3))
    assert_as_metrics(scenario, *made(scenario))


@pytest.mark.parametrize("warm_up", ["10h", "13h15m", "mser5"])
def test_the_warm_up_of_a_steady_study_is_left_out(warm_up):
    text = queue("steady", agents=2) + f"study: steady\nwarm_up: {warm_up}\n"
    scenario = loads(text)
    drawn, outcomes = made(scenario)
    assert_as_metrics(scenario, drawn, outcomes)
    found = totals(scenario, drawn, outcomes, intervals=False)
    assert found["elapsed_s"][0] < 24 * 3600


def test_a_warm_up_that_mser5_finds_is_the_summarys_for_one_replication():
    scenario = loads(queue("steady", agents=2) + "study: steady\nwarm_up: mser5\n")
    drawn, outcomes = made(scenario)
    sessions = session_table(scenario, drawn, outcomes).to_pandas()
    cut_us = warm_up_us(
        scenario, grouped_chats(replace(scenario, study="terminating"), sessions).chat
    )
    found = totals(scenario, drawn, outcomes, intervals=True)
    assert found["start_us"][found["level"] == 2][0] == cut_us > 0


def test_a_warm_up_longer_than_the_study_is_refused():
    scenario = replace(
        loads(queue("brief", agents=3)), study="steady", warm_up_us=48 * 3600 * 10**6
    )
    drawn, outcomes = made(scenario)
    with pytest.raises(UsageError, match="give a shorter warm-up"):
        totals(scenario, drawn, outcomes, intervals=False)


def test_an_empty_day_has_all_its_rows_and_no_waits():
    scenario = loads(queue("empty", agents=2, per_hour=0.0))
    drawn, outcomes = made(scenario)
    assert len(outcomes.row) == 0
    found = totals(scenario, drawn, outcomes, intervals=True)
    assert found["level"].tolist() == [0, 1, *[2] * 48, *[3] * 48]
    assert found["requested"].sum() == 0
    assert found["duty_s"][0] == 2 * 8 * 3600
    assert np.isnan(found["wait_p50_s"]).all()
    assert np.isnan(found["queue_pos_p90"]).all()


def test_without_intervals_the_whole_and_the_topics_are_the_same():
    scenario = loads(TODAY)
    drawn, outcomes = made(scenario)
    whole = totals(scenario, drawn, outcomes, intervals=False)
    every = totals(scenario, drawn, outcomes, intervals=True)
    assert whole["level"].tolist() == [0, 1, 1]
    for name, values in whole.items():
        np.testing.assert_allclose(values, every[name][:3], rtol=1e-12, err_msg=name)


def test_sums_add_up_over_the_clock_and_counts_over_topics():
    scenario = loads(TODAY)
    found = totals(scenario, *made(scenario), intervals=True)
    for name in (*COUNTS, *SUMS):
        of = [found[name][found["level"] == level] for level in range(4)]
        np.testing.assert_allclose(of[2].sum(), of[0].sum(), err_msg=name)
        np.testing.assert_allclose(of[3].reshape(2, -1).sum(axis=1), of[1], err_msg=name)
        if name in COUNTS:
            assert of[1].sum() == of[0].sum(), name


def test_what_was_drawn_and_what_came_of_it_stay_as_they_are():
    scenario = loads(TODAY)
    drawn, outcomes = made(scenario)
    before = deepcopy((drawn, outcomes))
    totals(scenario, drawn, outcomes, intervals=True)
    for kept, now in zip(before, (drawn, outcomes), strict=True):
        for field in fields(now):
            np.testing.assert_array_equal(getattr(kept, field.name), getattr(now, field.name))


def test_blocks_do_not_show(monkeypatch):
    scenario = loads(TODAY)
    drawn, outcomes = made(scenario)
    at_once = totals(scenario, drawn, outcomes, intervals=True)
    monkeypatch.setattr(clock, "BLOCK", 7)
    in_pieces = totals(scenario, drawn, outcomes, intervals=True)
    for name, values in at_once.items():
        np.testing.assert_array_equal(values, in_pieces[name], err_msg=name)


def test_edges_without_a_common_measure_are_looked_up_by_bisection(monkeypatch):
    scenario = loads(TODAY)
    drawn, outcomes = made(scenario)
    looked_up = totals(scenario, drawn, outcomes, intervals=True)
    monkeypatch.setattr(clock, "LONGEST_TABLE", 1)
    bisected = totals(scenario, drawn, outcomes, intervals=True)
    for name, values in looked_up.items():
        np.testing.assert_array_equal(values, bisected[name], err_msg=name)


def test_the_table_names_levels_and_topics_and_tells_local_time():
    scenario = loads(TODAY)
    table = to_table(scenario, totals(scenario, *made(scenario), intervals=True))
    assert table.schema.equals(schema("Europe/Oslo"), check_metadata=True)
    table.validate(full=True)
    frame = table.to_pandas()
    assert frame["level"].unique().tolist() == list(LEVELS)
    assert frame["topic"].isna().sum() == 1 + 96
    assert frame["topic"].iloc[1:3].tolist() == ["Sales", "Support"]
    first = frame[frame["level"] == "interval"].iloc[0]
    assert first["start"].isoformat() == "2026-03-23T00:00:00+01:00"
    assert frame["start"].iloc[:3].isna().all()
    assert table["wait_p50_s"].null_count == len(frame) - 3


def test_every_column_says_what_it_holds():
    fields = schema("UTC")
    assert all(fields.field(name).metadata[b"doc"] for name in fields.names)
    assert fields.field("requested").type == pa.int64()
    assert {name for name in fields.names if fields.field(name).nullable} == {
        *("topic", "start"),
        *ORDER_FIGURES,
    }
