"""Agents' time: shares that add up, staffing by the clock, chats per head."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.metrics import agents_on_duty, chats_per_agent, concurrency, occupancy, open_chats


def test_shares_of_open_chats_add_up_to_one_on_duty(scenario, sessions, agents):
    frame = open_chats(scenario, sessions, agents)
    shares = frame[["open_0", "open_1", "open_2", "open_3"]].sum(axis=1, min_count=1)
    on_duty = frame["agents"] > 0
    assert shares[on_duty].tolist() == pytest.approx([1.0] * on_duty.sum())
    assert shares[~on_duty].isna().all()


def test_staffing_is_a_mean_over_days_and_replications(scenario, sessions, agents):
    frame = agents_on_duty(scenario, sessions, agents).set_index("time")
    ten = agents[agents["interval_start"].dt.hour == 10]
    assert frame["present"]["10:00"] == pytest.approx(ten["on_duty_s"].sum() / (3 * 3 * 3600))
    assert frame["duty"]["10:00"] == pytest.approx(ten["duty_s"].sum() / (3 * 3 * 3600))
    assert frame["duty"]["03:00"] == 0.0


def test_topic_sees_those_who_may_answer_it(scenario, sessions, agents):
    frame = agents_on_duty(scenario, sessions, agents, by="overall", per="topic")
    all_of_them = agents_on_duty(scenario, sessions, agents, by="overall")
    sales, support = frame["duty"].tolist()
    assert sales == pytest.approx(all_of_them["duty"].iloc[0])  # all four answer Sales
    assert support < sales


def test_occupancy_by_agent_is_their_own(scenario, sessions, agents):
    frame = occupancy(scenario, sessions, agents, per="agent")
    ada = agents[agents["agent_id"] == 1]
    busy = (ada["on_duty_s"] - ada["open_0_s"]).sum() / ada["on_duty_s"].sum()
    assert frame["agent"].tolist() == ["Ada", "Bo", "Cy", "Di"]
    assert frame["busy"].iloc[0] == pytest.approx(busy)


def test_concurrency_lies_between_one_and_the_cap(scenario, sessions, agents):
    found = concurrency(scenario, sessions, agents, per="agent")["concurrency"]
    assert np.all((found >= 1) & (found <= [3, 3, 2, 2]))


def test_chats_per_agent_counts_every_pickup_once(scenario, sessions, agents):
    frame = chats_per_agent(scenario, sessions, agents)
    assert frame["n"].sum() == agents["picked_up"].sum()
    assert frame["picked_up"].is_monotonic_decreasing
    first = frame.iloc[0]
    assert first["per_hour"] == pytest.approx(first["picked_up"] / first["hours_present"])


def test_steady_study_takes_no_time_of_the_warm_up(steady, sessions, agents):
    frame = agents_on_duty(steady, sessions, agents, by="interval")
    assert frame["start"].iloc[0].hour == 3
