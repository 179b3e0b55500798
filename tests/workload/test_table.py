"""The workload as a table: its columns, and the way there and back without a loss."""

from __future__ import annotations

import doctest
from dataclasses import fields, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simulator.workload
from simulator.distributions import Exponential
from simulator.errors import DataError
from simulator.scenario.world import OfflineForm, Retry
from simulator.workload import LONGEST_US, Workload, from_table, sample, to_table
from tests.workload.worlds import DAY, HOUR, expected, topic, world

EVERYTHING = world(
    topic(
        4,
        silent_share=0.2,
        offline_form=OfflineForm(9, 9, "or", 0.4),
        retry=Retry(0.5, Exponential(600.0), 3),
        transfer=((1, 0.3),),
    ),
    topic(2, patience=None, reaction=None),
)


def assert_equal(one, other):
    for field in fields(Workload):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        np.testing.assert_array_equal(mine, theirs, err_msg=field.name, strict=True)


def test_the_documented_columns_come_first():
    assert to_table(sample(world(), 1, 0), world()).column_names[:8] == [
        "replication",
        "topic_id",
        "customer_id",
        "attempt",
        "requested_at",
        "patience_s",
        "work_s",
        "reaction_s",
    ]


def test_instants_are_in_the_scenarios_zone():
    table = to_table(sample(EVERYTHING, 1, 0), EVERYTHING)
    assert table.schema.field("requested_at").type == pa.timestamp("us", "Europe/Oslo")


def test_what_there_is_not_is_null():
    workload = sample(EVERYTHING, 1, 0)
    table = to_table(workload, EVERYTHING)
    for column, missing in [
        ("requested_at", workload.attempt > 1),
        ("retry_delay_s", workload.attempt == 1),
        ("patience_s", workload.topic == 1),
        ("transfer_topic_id", workload.transfer_topic < 0),
        ("transfer_patience_s", workload.transfer_patience_us < 0),
    ]:
        assert table[column].is_null().to_numpy().tolist() == missing.tolist(), column
    assert table["reaction_s"].null_count == 0


def test_a_table_gives_back_the_same_workload():
    workload = sample(EVERYTHING, 1, 5)
    [back] = from_table(to_table(workload, EVERYTHING), EVERYTHING)
    assert_equal(workload, back)


def test_a_file_gives_back_the_same_workloads(tmp_path):
    workloads = [sample(EVERYTHING, 1, replication) for replication in (0, 1, 2)]
    tables = [to_table(workload, EVERYTHING) for workload in workloads]
    pq.write_table(pa.concat_tables(tables), tmp_path / "workload.parquet", row_group_size=300)
    back = from_table(pq.read_table(tmp_path / "workload.parquet"), EVERYTHING)
    assert [workload.replication for workload in back] == [0, 1, 2]
    for one, other in zip(workloads, back, strict=True):
        assert_equal(one, other)


@given(st.lists(st.integers(1, LONGEST_US) | st.integers(1, 10**9), min_size=1))
def test_seconds_give_back_every_microsecond(durations_us):
    exact = np.array(durations_us, dtype=np.int64)
    trace = expected((0, DAY, 0.0), trace_us=np.arange(exact.size))
    workload = replace(sample(world(topic(arrivals=trace)), 1, 0), work_us=exact)
    [back] = from_table(to_table(workload, world()), world())
    np.testing.assert_array_equal(back.work_us, exact)


@pytest.mark.parametrize(
    ("midnight", "elapsed_hours", "local_hour", "fold"),
    [
        # clocks go forward: 02:00 is 03:00
        ("2026-03-29", 2, 3, 0),
        # clocks go back: 02:30 comes twice
        ("2026-10-25", 2, 2, 0),
        ("2026-10-25", 3, 2, 1),
    ],
)
def test_elapsed_time_becomes_local_time(midnight, elapsed_hours, local_hour, fold):
    oslo = ZoneInfo("Europe/Oslo")
    trace = expected((0, DAY, 0.0), trace_us=np.array([elapsed_hours * HOUR]))
    desk = world(topic(arrivals=trace), start=datetime.fromisoformat(midnight).replace(tzinfo=oslo))
    workload = sample(desk, 1, 0)
    table = to_table(workload, desk)
    instant = table["requested_at"][0].as_py()
    assert (instant.hour, instant.fold) == (local_hour, fold)
    assert_equal(workload, from_table(table, desk)[0])


def test_an_empty_workload_has_its_columns_and_no_replication():
    nobody = world(topic(arrivals=expected((0, DAY, 0.0))))
    table = to_table(sample(nobody, 1, 0), nobody)
    assert table.schema == to_table(sample(EVERYTHING, 1, 0), EVERYTHING).schema
    assert from_table(table, nobody) == []


# ---------------------------------------------------------------------------- bad tables


def test_a_missing_column_is_named():
    table = to_table(sample(world(), 1, 0), world()).drop_columns(["work_s"])
    with pytest.raises(DataError, match="no column work_s"):
        from_table(table, world())


def test_a_topic_of_another_scenario_is_named():
    table = to_table(sample(world(topic(7)), 1, 0), world(topic(7)))
    with pytest.raises(DataError, match=r"topic id 7 is not in scenario 'small', .* \[1\]"):
        from_table(table, world())


def test_replications_out_of_order_are_refused():
    one, two = (to_table(sample(world(), 1, r), world()) for r in (0, 1))
    with pytest.raises(DataError, match="sort it by replication"):
        from_table(pa.concat_tables([one, two, one]), world())


def test_examples_in_docstrings_hold():
    assert doctest.testmod(simulator.workload).failed == 0
