"""summary.json: its keys, its figures against slow arithmetic, and what it leaves empty."""

from __future__ import annotations

import json
from math import isnan

import numpy as np
import pandas as pd
import pytest

from simulator.desk.codes import OUTCOMES
from simulator.metrics import summary

QUEUED = ["served", "abandoned", "silent", "form_in_queue", "closed"]

KEYS = {
    "threshold_s",
    "service_level.of_all",
    "service_level.of_served",
    "service_level.excl_short_abandons",
    "asa_s",
    "wait_s.mean",
    "wait_s.p50",
    "wait_s.p90",
    "wait_s.p99",
    "wait_s.max",
    "abandonment",
    "silent",
    "p_wait",
    "queue_position.mean",
    "queue_position.p90",
    "queue_length.mean",
    "occupancy.busy",
    "occupancy.slots",
    "occupancy.work",
    "concurrency",
    "handle_s",
    *(f"counts.{name}" for name in OUTCOMES),
}


def leaves(section, prefix=""):
    """Dotted names of the leaves of a section, with the leaves."""
    for key, value in section.items():
        if key == "start":
            continue
        if set(value) == {"value", "low", "high", "n"}:
            yield prefix + key, value
        else:
            yield from leaves(value, f"{prefix}{key}.")


def values(section):
    return {name: leaf["value"] for name, leaf in leaves(section)}


def slow_sessions(part, threshold_s):
    """The figures of a part of the sessions table, one obvious line each."""
    queued = part[part["outcome"].isin(QUEUED)]
    served = part[part["outcome"] == "served"]
    soon = served[served["wait_s"] <= threshold_s]
    hasty = part[(part["outcome"] == "abandoned") & (part["wait_s"] <= threshold_s)]
    placed = part[(part["outcome"] != "unfinished") & part["initial_queue_pos"].notna()]
    place = placed["initial_queue_pos"].astype(float)
    waits = queued["wait_s"].to_numpy()
    waited = queued["reaction_began_at"] != queued["requested_at"]
    quantile = {
        f"wait_s.p{share}": np.quantile(waits, share / 100, method="inverted_cdf")
        for share in (50, 90, 99)
    }
    return quantile | {
        "threshold_s": threshold_s,
        "service_level.of_all": len(soon) / len(queued),
        "service_level.of_served": len(soon) / len(served),
        "service_level.excl_short_abandons": len(soon) / (len(queued) - len(hasty)),
        "asa_s": served["wait_s"].mean(),
        "wait_s.mean": waits.mean(),
        "wait_s.max": waits.max(),
        "abandonment": (queued["outcome"] == "abandoned").mean(),
        "silent": (queued["outcome"] == "silent").mean(),
        "p_wait": waited.mean(),
        "queue_position.mean": place.mean(),
        "queue_position.p90": np.quantile(place, 0.9, method="inverted_cdf"),
        "handle_s": part["handle_s"].mean(),
        **{f"counts.{name}": (part["outcome"] == name).sum() / 3 for name in OUTCOMES},
    }


def slow_agents(part):
    """The same for a part of the agents table."""
    opened = {k: part[f"open_{k}_s"].sum() for k in range(4)}
    busy = sum(opened[k] for k in (1, 2, 3))
    return {
        "occupancy.busy": busy / part["on_duty_s"].sum(),
        "occupancy.slots": part["held_s"].sum() / part["slots_s"].sum(),
        "occupancy.work": part["work_s"].sum() / part["work_capacity_s"].sum(),
        "concurrency": sum(k * opened[k] for k in opened) / busy,
    }


def agrees(section, slow):
    found = values(section)
    assert {name: found[name] for name in slow} == {
        name: None if isnan(value) else pytest.approx(value, abs=1e-8)
        for name, value in slow.items()
    }


def test_every_section_has_exactly_the_keys(scenario, sessions, agents):
    figures = summary(scenario, sessions, agents)
    assert set(figures) == {"overall", "topics", "intervals"}
    assert set(figures["topics"]) == {"Sales", "Support"}
    for section in (figures["overall"], *figures["topics"].values(), *figures["intervals"]):
        assert set(values(section)) == KEYS


def test_overall_and_topics_are_as_computed_slowly(scenario, sessions, agents):
    figures = summary(scenario, sessions, agents)
    agrees(figures["overall"], slow_sessions(sessions, 60.0) | slow_agents(agents))
    for name in ("Sales", "Support"):
        agrees(figures["topics"][name], slow_sessions(sessions[sessions["topic"] == name], 60.0))
    # Support is answered by Cy and Di alone.
    agrees(figures["topics"]["Support"], slow_agents(agents[agents["agent_id"] >= 3]))


def test_intervals_are_as_computed_slowly(scenario, sessions, agents):
    figures = summary(scenario, sessions, agents)["intervals"]
    assert figures[0]["start"] == "2026-03-27T00:00:00+01:00"
    assert figures[-1]["start"] == "2026-03-29T23:00:00+02:00"
    for place in (9, 12, 34):
        start = pd.Timestamp(figures[place]["start"])
        inside = sessions["requested_at"].between(
            start, start + pd.Timedelta("1h"), inclusive="left"
        )
        agrees(figures[place], slow_sessions(sessions[inside], 60.0))
        agrees(figures[place], slow_agents(agents[agents["interval_start"] == start]))


def test_a_shut_hour_has_counts_and_no_ratios(scenario, sessions, agents):
    night = values(summary(scenario, sessions, agents)["intervals"][3])
    assert night["counts.served"] == 0
    assert night["queue_length.mean"] >= 0
    assert night["service_level.of_all"] is None
    assert night["occupancy.busy"] is None


def test_unfinished_sessions_are_counted_and_in_no_ratio(scenario, sessions_of, agents):
    # A served at once, B still waiting and C still being answered at the horizon.
    waiting = {"outcome": "unfinished", "position": 9}
    chats = sessions_of(
        [
            {"replication": 1, "topic_id": 3, "at": 10.0, "outcome": "served", "position": 1,
             "wait_s": 0.0, "reaction_began": 10.0, "picked_up": 10.0, "ended": 70.0,
             "handle_s": 60.0},
            {"replication": 1, "topic_id": 3, "at": 20.0, **waiting},
            {"replication": 1, "topic_id": 3, "at": 30.0, **waiting, "wait_s": 500.0,
             "reaction_began": 530.0, "picked_up": 530.0},
        ]
    )  # fmt: skip
    found = values(summary(scenario, chats, agents)["overall"])
    assert found["counts.unfinished"] == 2
    assert found["service_level.of_all"] == 1.0
    assert found["wait_s.max"] == 0.0
    assert found["queue_position.mean"] == 1.0
    assert found["handle_s"] == 60.0


def test_one_replication_has_no_bounds(scenario, sessions, agents):
    alone = summary(
        scenario, sessions[sessions["replication"] == 2], agents[agents["replication"] == 2]
    )
    bounds = [(leaf["low"], leaf["high"]) for _, leaf in leaves(alone["overall"])]
    assert set(bounds) == {(None, None)}


def test_bounds_enclose_the_value_everywhere(scenario, sessions, agents):
    figures = summary(scenario, sessions, agents)
    for section in (figures["overall"], *figures["topics"].values(), *figures["intervals"]):
        for name, leaf in leaves(section):
            if leaf["low"] is not None:
                assert leaf["low"] <= leaf["value"] <= leaf["high"], name


def test_overall_figures_all_have_bounds(scenario, sessions, agents):
    overall = summary(scenario, sessions, agents)["overall"]
    assert [name for name, leaf in leaves(overall) if leaf["low"] is None] == []


def test_same_bytes_and_arguments_untouched(scenario, sessions, agents):
    before = sessions.copy(deep=True), agents.copy(deep=True)
    first, second = (json.dumps(summary(scenario, sessions, agents)) for _ in range(2))
    assert first == second
    pd.testing.assert_frame_equal(sessions, before[0])
    pd.testing.assert_frame_equal(agents, before[1])


def test_figures_do_not_depend_on_the_order_of_rows(scenario, sessions, agents):
    shuffled = sessions.sample(frac=1.0, random_state=1).reset_index(drop=True)
    found, again = (summary(scenario, frame, agents) for frame in (sessions, shuffled))
    assert values(again["overall"]) == pytest.approx(values(found["overall"]))


def test_infinity_and_nan_never_reach_the_json(scenario, sessions, agents):
    json.dumps(summary(scenario, sessions, agents), allow_nan=False)


def test_no_sessions_at_all_is_no_error(scenario, sessions, agents):
    found = values(summary(scenario, sessions.iloc[:0], agents)["overall"])
    assert found["service_level.of_all"] is None
    assert found["occupancy.busy"] is not None


def test_steady_study_leaves_the_warm_up_out_rounded_to_an_interval(steady, sessions, agents):
    # 2 h 30 min of warm-up end at the edge at 3 h; nothing of the first three hours counts.
    figures = summary(steady, sessions, agents)
    assert figures["intervals"][0]["start"] == "2026-03-27T03:00:00+01:00"
    assert len(figures["intervals"]) == 68
