"""Waits by the clock, in the tail, given the place; service level and what stands beside it."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.metrics import (
    abandonment,
    outcome_counts,
    service_level,
    share_that_waited,
    speed_of_answer,
    wait_given_position,
    wait_tail,
    waiting_times,
)


def rows(*courses):
    """Sessions of (outcome, wait in seconds), one a second."""
    return [
        {"replication": 1, "topic_id": 3, "at": float(at), "outcome": outcome, "wait_s": wait_s,
         "position": at + 1, "ended": at + wait_s}
        for at, (outcome, wait_s) in enumerate(courses)
    ]  # fmt: skip


# served within 60 s: 2 · served: 3 · queued: 7 · abandoned within 60 s: 1
SEVEN = (
    ("served", 0.0),
    ("served", 60.0),  # just the threshold is within it
    ("served", 60.000001),
    ("abandoned", 5.0),
    ("abandoned", 61.0),
    ("silent", 10.0),
    ("form_in_queue", 70.0),
    ("form_at_arrival", 0.0),
    ("form_closed", 0.0),
)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [("of_all", 2 / 7), ("of_served", 2 / 3), ("excl_short_abandons", 2 / 6)],
)
def test_service_level_by_its_three_definitions(scenario, sessions_of, definition, expected):
    frame = service_level(scenario, sessions_of(rows(*SEVEN)))
    assert frame[definition].tolist() == [pytest.approx(expected)]


def test_ways_of_leaving_each_on_a_line_of_its_own(scenario, sessions_of):
    frame = abandonment(scenario, sessions_of(rows(*SEVEN)))
    shares = frame[["abandoned", "silent", "form_in_queue", "closed"]].iloc[0] * 7
    assert shares.tolist() == pytest.approx([2, 1, 1, 0])


def test_asa_is_of_the_served_and_waits_of_all(scenario, sessions_of):
    chats = sessions_of(rows(("served", 10.0), ("served", 20.0), ("abandoned", 90.0)))
    assert speed_of_answer(scenario, chats)["asa_s"].tolist() == [15.0]
    assert waiting_times(scenario, chats, by="overall")["mean_s"].tolist() == [40.0]


def test_waited_is_who_found_nobody_to_react_at_once(scenario, sessions_of):
    # picked up after a reaction of 5 s that began at once; after 9 s; never
    chats = rows(("served", 5.0), ("served", 9.0), ("abandoned", 3.0))
    chats[0] |= {"reaction_began": 0.0, "picked_up": 5.0}
    chats[1] |= {"reaction_began": 4.0, "picked_up": 10.0}
    frame = share_that_waited(scenario, sessions_of(chats))
    assert frame["p_wait"].tolist() == [pytest.approx(2 / 3)]


def test_interval_of_a_wait_is_that_of_the_request(scenario, sessions_of):
    chats = rows(("served", 10.0))
    chats[0] |= {"at": 3599.0, "ended": 3609.0}
    frame = waiting_times(scenario, sessions_of(chats))
    assert frame.loc[frame["n"] > 0, "start"].dt.hour.tolist() == [0]


def test_topics_stand_in_the_scenarios_order(scenario, sessions):
    frame = waiting_times(scenario, sessions, by="overall", per="topic")
    assert frame["topic"].tolist() == ["Sales", "Support"]


def test_tail_is_the_share_that_waited_longer(scenario, sessions):
    frame = wait_tail(scenario, sessions)
    waits = sessions.loc[
        sessions["outcome"].isin(["served", "abandoned", "silent", "form_in_queue", "closed"]),
        "wait_s",
    ].to_numpy()
    slow = [(waits > limit).mean() for limit in frame["wait_s"]]
    assert frame["share"].tolist() == pytest.approx(slow)
    assert 60.0 in frame["wait_s"].tolist()
    assert frame["share"].iloc[-1] == 0.0


def test_far_places_are_put_together(scenario, sessions_of):
    chats = rows(*[("served", float(wait)) for wait in range(6)])
    frame = wait_given_position(scenario, sessions_of(chats), at_most=3)
    assert frame[["position", "n"]].to_numpy().tolist() == [["1", 1], ["2", 1], ["3", 1], ["4+", 3]]
    assert frame["p50_s"].tolist() == [0.0, 1.0, 2.0, 4.0]


def test_arrivals_are_the_sum_of_the_outcomes(scenario, sessions):
    frame = outcome_counts(scenario, sessions)
    assert frame["n"].sum() == len(sessions)
    assert frame["sessions"].sum() == pytest.approx(len(sessions) / 3)
    assert np.all(frame["sessions_low"] >= 0)
