"""Luck belongs to the customer: what a change of the scenario leaves as it was."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from simulator.distributions import Exponential
from simulator.scenario import load
from simulator.scenario.world import OfflineForm, Retry
from simulator.study import simulate
from simulator.workload import STREAMS, Workload, generator, sample
from tests.workload.worlds import DAY, expected, group, staffed, topic, world

COLUMNS = [field.name for field in fields(Workload) if field.name != "replication"]
RETRY = Retry(probability=0.4, delay=Exponential(600.0), at_most=3)


def rows(workload, *, where=None, without=()):
    """The workload's rows as one array per column, for comparing."""
    chosen = slice(None) if where is None else where
    return {name: getattr(workload, name)[chosen] for name in COLUMNS if name not in without}


def assert_same(one, other):
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# ------------------------------------------------------------------- same and different


def test_same_scenario_seed_and_replication_give_the_same_customers():
    busy = world(topic(1, retry=RETRY, transfer=((1, 0.3),)), topic(2))
    assert_same(rows(sample(busy, 7, 3)), rows(sample(busy, 7, 3)))


@pytest.mark.parametrize(("seed", "replication"), [(7, 4), (8, 3)])
def test_another_seed_or_replication_gives_other_customers(seed, replication):
    one, other = sample(world(), 7, 3), sample(world(), seed, replication)
    assert not np.isin(one.requested_us, other.requested_us).any()
    assert not np.isin(one.work_us, other.work_us).any()


def test_stream_numbers_are_distinct_and_the_first_ones_are_for_good():
    assert len(set(STREAMS.values())) == len(STREAMS)
    assert list(STREAMS.items())[:14] == [
        ("arrivals", 1),
        ("day factor", 2),
        ("patience", 3),
        ("work", 4),
        ("reaction", 5),
        ("silent", 6),
        ("form", 7),
        ("attempts", 8),
        ("retry delay", 9),
        ("transfer", 10),
        ("transfer work", 11),
        ("rating", 12),
        ("identity", 13),
        ("absence", 14),
    ]


def test_a_stream_is_the_seed_sequence_of_replication_scope_and_number():
    documented = np.random.SeedSequence(5, spawn_key=(2, 1, STREAMS["work"], 9))
    theirs = np.random.Generator(np.random.PCG64(documented)).random(4)
    assert generator(5, 2, 1, STREAMS["work"], 9).random(4).tolist() == theirs.tolist()


def test_streams_and_scopes_are_independent():
    draws = [generator(1, 0, scope, n).random(2000) for scope in (0, 1, 2) for n in (1, 2, 3)]
    correlations = np.corrcoef(draws)[np.triu_indices(len(draws), 1)]
    assert np.abs(correlations).max() < 0.1


# ------------------------------------------------------------------------------- agents


def test_another_roster_changes_no_customer():
    alone = staffed((group(), (((0, DAY, 0),),)))
    crowd = staffed(
        (group("Nights", absent=0.5, wrap_up=Exponential(30.0)), ((), (), ())),
        (group("Days"), ((), ())),
    )
    assert_same(rows(sample(world(**alone), 1, 0)), rows(sample(world(**crowd), 1, 0)))


SHOP = """
name: shop
timezone: Europe/Oslo
start: 2026-03-23
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["08:00-18:00"]}
    arrivals: {rate_per_hour: 12}
    work: {exponential: {mean: 8m}}
    patience: {exponential: {mean: 5m}}
    retry: {probability: 0.4, delay: {exponential: {mean: 10m}}, at_most: 3}
"""
MORNING = """
agents:
  - group: Desk
    roster: [{agent: Ada, weekday: mon, start: "08:00", end: "12:00"}]
    topics: [Sales]
"""
ALL_DAY = """
agents:
  - {group: Helpers, count: 1, topics: [Sales], absent: 0.5, wrap_up: {fixed: 30s}}
  - group: Desk
    roster:
      - {agent: Ada, weekday: mon, start: "08:00", end: "18:00", breaks: "12:00-12:30"}
      - {agent: Bo, weekday: mon, start: "09:00", end: "17:00"}
    topics: [Sales]
    cap: 2
    output: [1, 1.5]
"""


def test_the_workload_files_of_two_rosters_are_the_same_bytes(tmp_path):
    tables = {}
    for name, agents in {"one": MORNING, "two": ALL_DAY}.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(SHOP + agents)
        run = simulate(load(path), replications=1, jobs=1, out=tmp_path / name)
        tables[name] = [(run / f"{of}.parquet").read_bytes() for of in ("workload", "sessions")]
    assert tables["one"][0] == tables["two"][0]
    assert tables["one"][1] != tables["two"][1]


# ------------------------------------------------------------------------------- topics


def test_a_new_topic_re_deals_nobody():
    sales = topic(1, retry=RETRY)
    before = sample(world(sales), 1, 0)
    after = sample(world(topic(9), sales), 1, 0)
    theirs = after.topic == 1
    assert_same(
        rows(before, without=("topic", "customer_id")),
        rows(after, where=theirs, without=("topic", "customer_id")),
    )


def test_the_order_of_topics_in_the_file_re_deals_nobody():
    one, two = topic(1), topic(2)
    straight, turned = sample(world(one, two), 1, 0), sample(world(two, one), 1, 0)
    assert_same(rows(straight, without=("topic",)), rows(turned, without=("topic",)))


# ------------------------------------------------------- one feature leaves the others alone


def test_retries_re_deal_nobodys_first_attempt():
    before = sample(world(topic(transfer=((0, 0.2),))), 1, 0)
    after = sample(world(topic(transfer=((0, 0.2),), retry=RETRY)), 1, 0)
    assert after.attempt.size > before.attempt.size
    assert_same(rows(before), rows(after, where=after.attempt == 1))


def test_more_attempts_allowed_leave_the_earlier_ones():
    few = sample(world(topic(retry=RETRY)), 1, 0)
    many = sample(world(topic(retry=replace(RETRY, at_most=10))), 1, 0)
    assert_same(rows(few), rows(many, where=many.attempt <= 3))


def test_who_is_willing_to_come_back_is_so_at_a_higher_probability():
    some = sample(world(topic(retry=RETRY)), 1, 0)
    more = sample(world(topic(retry=replace(RETRY, probability=0.5))), 1, 0)
    assert set(zip(some.customer_id, some.attempt, strict=True)) < set(
        zip(more.customer_id, more.attempt, strict=True)
    )


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"silent_share": 0.3, "silent_timeout_us": 5}, {"silent"}),
        ({"offline_form": OfflineForm(9, None, "or", 0.4)}, {"takes_form"}),
        ({"patience": Exponential(9.0)}, {"patience_us"}),
        ({"work": Exponential(9.0)}, {"work_us"}),
        ({"reaction": None}, {"reaction_us"}),
        (
            {"transfer": ((0, 0.5),)},
            {"transfer_topic"}
            | {f"transfer_{part}_us" for part in ("work", "reaction", "patience")},
        ),
    ],
)
def test_a_setting_changes_its_own_columns_only(change, touched):
    before, after = sample(world(topic()), 1, 0), sample(world(topic(**change)), 1, 0)
    assert_same(rows(before, without=touched), rows(after, without=touched))


def test_more_transfers_leave_the_second_part_of_those_transferred():
    few = sample(world(topic(1, transfer=((1, 0.2),)), topic(2)), 1, 0)
    many = sample(world(topic(1, transfer=((1, 0.6),)), topic(2)), 1, 0)
    chosen = few.transfer_topic >= 0
    assert_same(rows(few, where=chosen), rows(many, where=chosen))


def test_a_new_target_leaves_the_second_part_of_those_sent_to_the_old_one():
    topics = topic(2), topic(3)
    one = sample(world(topic(1, transfer=((1, 0.3),)), *topics), 1, 0)
    two = sample(world(topic(1, transfer=((1, 0.3), (2, 0.3))), *topics), 1, 0)
    chosen = one.transfer_topic == 1
    assert_same(rows(one, where=chosen), rows(two, where=chosen))


def test_a_longer_week_keeps_the_business_of_its_first_days():
    def counts(days):
        arrivals = expected(
            *((day * DAY, (day + 1) * DAY, 100.0) for day in range(days)), day_factor_shape=2.0
        )
        return np.bincount(
            sample(world(topic(arrivals=arrivals), days=days), 1, 0).requested_us // DAY
        )

    assert counts(7)[:3].tolist() == counts(3).tolist()
