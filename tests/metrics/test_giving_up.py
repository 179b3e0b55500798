"""Patience by Kaplan and Meier, customers lost for good, warnings."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.metrics import customers_finally_lost, patience, warnings_sent


def session(at, outcome, wait_s=0.0, **what):
    course = {"replication": 1, "topic_id": 3, "at": float(at), "outcome": outcome}
    return course | {"wait_s": wait_s, "position": 1, "ended": at + wait_s} | what


def test_curve_by_hand(scenario, sessions_of):
    # 40 customers: 10 lose patience at 10 s, 10 are picked up at 20 s, 20 lose it at 30 s.
    chats = [session(i, "abandoned", 10.0) for i in range(5)]
    chats += [session(i, "silent", 10.0) for i in range(5)]
    chats += [session(i, "served", 20.0) for i in range(10)]
    chats += [session(i, "abandoned", 30.0) for i in range(20)]
    frame = patience(scenario, sessions_of(chats), points=21)
    # 30 of the 40 are left after 10 s: the curve ends at 20 s, where just 30 are at risk.
    assert frame["wait_s"].iloc[[0, -1]].tolist() == [0.0, 20.0]
    assert frame.set_index("wait_s")["share"][[9.0, 10.0, 20.0]].tolist() == [1.0, 0.75, 0.75]
    assert frame.set_index("wait_s")["at_risk"][[9.0, 10.0, 20.0]].tolist() == [40, 40, 30]


def test_band_encloses_the_curve(scenario, sessions):
    frame = patience(scenario, sessions)
    assert np.all(frame["share_low"] <= frame["share"])
    assert np.all(frame["share"] <= frame["share_high"])
    assert frame["share"].is_monotonic_decreasing


def test_exponential_patience_comes_back_though_most_are_picked_up(scenario, sessions_of):
    rng = np.random.default_rng(5)
    patient, offered = rng.exponential(300, 4000), rng.exponential(100, 4000)
    chats = [
        session(i, "abandoned" if lost else "served", float(min(p, o)))
        for i, (p, o, lost) in enumerate(zip(patient, offered, patient < offered, strict=True))
    ]
    frame = patience(scenario, sessions_of(chats))
    known = frame[frame["at_risk"] >= 200]
    true = np.exp(-known["wait_s"] / 300)
    assert known["share"].tolist() == pytest.approx(true.tolist(), abs=0.03)


def test_nobody_in_the_queue_gives_an_empty_curve(scenario, sessions_of):
    assert patience(scenario, sessions_of([session(0, "form_closed")])).empty


def test_lost_is_who_went_and_never_came_back_to_be_served(scenario, sessions_of):
    chats = [
        session(1, "abandoned", customer=1),  # came back, served
        session(2, "abandoned", customer=2),  # never came back: lost
        session(3, "abandoned", customer=3),  # came back, gave up again: lost
        session(4, "served", customer=4),
        session(5, "form_in_queue", customer=5),  # left a request
        session(6, "closed", customer=6),  # sent away at closing time: lost
        session(7, "form_closed", customer=7),  # never queued: not counted
        session(8, "abandoned", customer=8),  # back in the queue at the horizon: not counted
        session(11, "served", customer=1, attempt=2),
        session(13, "silent", customer=3, attempt=2),
        session(18, "unfinished", customer=8, attempt=2),
    ]
    lost = customers_finally_lost(scenario, sessions_of(chats))
    assert (lost.value, lost.n) == (pytest.approx(3 / 6), 6)


def test_customers_of_two_replications_are_not_the_same_person(scenario, sessions_of):
    chats = [
        session(1, "abandoned", customer=1),
        session(2, "served", customer=1, replication=2, attempt=1),
    ]
    assert customers_finally_lost(scenario, sessions_of(chats)).value == 0.5


def test_warning_to_managers_was_one_to_agents_before(scenario, sessions_of):
    chats = [session(i, "served", alert=level) for i, level in enumerate((0, 1, 1, 2))]
    frame = warnings_sent(scenario, sessions_of(chats)).set_index("topic")
    assert frame.loc["Sales", ["to_agents", "to_managers"]].tolist() == [3.0, 1.0]
