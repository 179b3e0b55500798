"""Replications that left no row: they are part of every mean over replications."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.errors import ParameterError
from simulator.metrics import (
    agents_on_duty,
    busiest_hour,
    hour_strip,
    outcome_counts,
    queue_length,
    summary,
    warnings_sent,
)
from simulator.metrics.chats import chats
from simulator.sessions.run import with_replications


def served(replication):
    return {
        "replication": replication, "topic_id": 3, "at": 36_000.0, "outcome": "served",
        "wait_s": 71.0, "position": 1, "reaction_began": 36_071.0, "picked_up": 36_071.0,
        "ended": 36_100.0, "handle_s": 29.0, "alert": 1,
    }  # fmt: skip


@pytest.fixture
def fourteen(sessions_of):
    """Ten replications with 14 served chats together; nobody came in the last one."""
    return with_replications(sessions_of([served(r) for r in (*range(1, 10), *range(1, 6))]), 10)


def test_empty_replication_counts_in_the_mean_number_of_sessions(scenario, fourteen, agents):
    frame = outcome_counts(scenario, fourteen).set_index(["topic", "outcome"])
    assert frame.loc[("Sales", "served"), ["sessions", "n"]].tolist() == [1.4, 14]
    leaf = summary(scenario, fourteen, with_replications(agents, 10))["overall"]["counts"]["served"]
    assert (leaf["value"], leaf["n"]) == (1.4, 14)


def test_empty_replication_had_no_queue_and_no_warnings(scenario, fourteen):
    length = queue_length(scenario, fourteen, by="overall")
    assert length["mean"].tolist() == [pytest.approx(14 * 71.0 / (71 * 3600) / 10)]
    assert length["n"].tolist() == [10]
    assert warnings_sent(scenario, fourteen)["to_agents"].tolist() == [1.4, 0.0]


def test_order_of_the_rows_does_not_matter(scenario, fourteen):
    mixed = fourteen.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(
        outcome_counts(scenario, mixed), outcome_counts(scenario, fourteen)
    )


def test_agent_absent_in_six_of_ten_replications_is_there_to_four_tenths(
    scenario, sessions, agents
):
    ten_oclock = agents[(agents["agent_id"] == 1) & (agents["interval_start"].dt.hour == 10)]
    day = ten_oclock[ten_oclock["replication"] == 1].assign(duty_s=3600.0, on_duty_s=3600.0)
    present = pd.concat([day.assign(replication=number) for number in (1, 2, 5, 9)])
    frame = agents_on_duty(scenario, sessions, with_replications(present, 10)).set_index("time")
    assert frame.loc["10:00", ["duty", "present", "n"]].tolist() == [0.4, 0.4, 10]


def test_run_without_any_session_has_counts_of_zero(scenario, sessions, agents):
    nobody = with_replications(sessions.iloc[:0], 3)
    overall = summary(scenario, nobody, agents)["overall"]
    assert overall["counts"]["served"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 0}
    assert overall["queue_length"]["mean"]["value"] == 0.0
    assert overall["wait_s"]["mean"] == {"value": None, "low": None, "high": None, "n": 0}


def test_plain_column_knows_its_distinct_values_only(scenario, fourteen):
    plain = fourteen.assign(replication=fourteen["replication"].astype("int32"))
    assert chats(scenario, plain).replications == 9


def test_warm_up_goes_by_the_replications_in_which_anybody_queued(steady, sessions_of):
    from dataclasses import replace

    from simulator.metrics.warm_up import warm_up_us

    slow_start = [90.0] * 10 + [1.0, 2.0, 3.0, 2.0, 1.0] * 20
    rows = [
        served(replication) | {"at": 1800.0 * place, "wait_s": wait}
        for replication in (1, 3)
        for place, wait in enumerate(slow_start)
    ]
    world = replace(steady, warm_up_us="mser5")
    found = [
        warm_up_us(world, chats(world, with_replications(sessions_of(rows), n))) for n in (3, 4)
    ]
    assert found[0] == found[1] > 0


def test_lens_on_one_of_many_replications_sees_that_one_alone(scenario, sessions):
    known = with_replications(sessions, 5)
    for number in (1, 3):
        start = busiest_hour(scenario, known, replication=number)
        assert start == busiest_hour(scenario, sessions, replication=number)
        one, other = (
            hour_strip(scenario, table, start=start, replication=number)
            for table in (known, sessions)
        )
        pd.testing.assert_frame_equal(one, other)


def test_lens_on_an_empty_replication_shows_nothing(scenario, sessions):
    known = with_replications(sessions, 4)
    start = busiest_hour(scenario, known, replication=4)
    assert hour_strip(scenario, known, start=start, replication=4).empty
    with pytest.raises(ParameterError, match="choose from 1 to 4"):
        busiest_hour(scenario, known, replication=5)


def test_opened_run_tells_of_the_replications_without_a_row(tmp_path):
    from simulator.scenario import load
    from simulator.sessions import open_run
    from simulator.study import simulate

    file = tmp_path / "rare.yaml"
    file.write_text(RARE, encoding="utf-8")
    run = open_run(simulate(load(file), replications=8, seed=1, out=tmp_path / "run"))
    came = run.sessions["replication"].value_counts(sort=False)
    assert came.index.tolist() == list(range(1, 9))
    assert 0 in came.tolist()
    counts = run.summary["overall"]["counts"].values()
    assert sum(leaf["value"] for leaf in counts) == np.mean(came)
    there = agents_on_duty(run.scenario, run.sessions, run.agents, by="overall")
    assert there["duty"].iloc[0] == pytest.approx(run.agents["duty_s"].sum() / (8 * 86_400))
    assert 0 in run.agents["replication"].value_counts(sort=False).tolist()


RARE = """
name: rare
timezone: UTC
start: 2026-03-23T00:00
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-sun: ["00:00-23:00"]}
    arrivals: {rate_per_hour: 0.05}
    work: {fixed: 1m}
agents:
  - group: Desk
    count: 1
    absent: 0.5
    topics: [Sales]
    cap: 1
    output: [1]
"""
