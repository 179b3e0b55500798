"""Queue length and places: Little's law, second waits, silent customers, the horizon."""

from __future__ import annotations

import pytest

from simulator.metrics import queue_length, queue_position, queue_position_distribution

HORIZON_S = 71 * 3600


def session(at, **what):
    return {"replication": 1, "topic_id": 3, "at": at, "outcome": "served", "position": 1} | what


def served(at, wait_s, **what):
    picked_up = {"picked_up": at + wait_s, "reaction_began": at + wait_s, "wait_s": wait_s}
    return session(at, **picked_up, ended=at + wait_s + 60.0, **what)


def waiting_s(scenario, chats, **cut):
    """Session-seconds in the queue, from the mean length."""
    return (queue_length(scenario, chats, **cut)["mean"] * HORIZON_S).tolist()


def test_littles_law_holds_to_the_microsecond(scenario, sessions_of):
    chats = sessions_of([served(100.0, 7.5), served(4000.0, 3000.25), served(5000.0, 0.0)])
    assert waiting_s(scenario, chats, by="overall") == [pytest.approx(3007.75, abs=1e-6)]


@pytest.mark.parametrize(
    ("chat", "expected_s"),
    [
        # gone after 50 s, but the session stays until somebody picks it up
        (session(0.0, outcome="silent", wait_s=50.0, picked_up=80.0, ended=200.0), 80.0),
        # and until closing time where nobody does
        (session(0.0, outcome="closed", wait_s=90.0, ended=90.0), 90.0),
        (session(0.0, outcome="abandoned", wait_s=40.0, ended=40.0), 40.0),
        (session(0.0, outcome="form_in_queue", wait_s=30.0, ended=30.0), 30.0),
        # offered the form at the door: never in the queue
        (session(0.0, outcome="form_at_arrival", wait_s=0.0, ended=0.0), 0.0),
        (session(0.0, outcome="form_closed", wait_s=0.0, ended=0.0, position=None), 0.0),
        # still waiting, or still being answered, when the world ends
        (session(HORIZON_S - 25.0, outcome="unfinished"), 25.0),
        (session(HORIZON_S - 25.0, outcome="unfinished", picked_up=HORIZON_S - 5.0), 20.0),
    ],
)
def test_time_in_the_queue_by_outcome(scenario, sessions_of, chat, expected_s):
    found = waiting_s(scenario, sessions_of([chat]), by="overall")
    assert found == [pytest.approx(expected_s, abs=1e-6)]


def test_second_wait_counts_in_the_topic_it_waits_for(scenario, sessions_of):
    # 10 s for Sales, then transferred to Support, where it waits 40 s more.
    chat = served(0.0, 10.0) | {
        "ended": 200.0, "transferred": 100.0, "transfer_topic_id": 1, "transfer_picked_up": 140.0,
    }  # fmt: skip
    found = waiting_s(scenario, sessions_of([chat]), by="overall", per="topic")
    assert found == [pytest.approx(10.0, abs=1e-6), pytest.approx(40.0, abs=1e-6)]


def test_second_wait_that_ends_in_leaving(scenario, sessions_of):
    chat = served(0.0, 10.0) | {"ended": 170.0, "transferred": 100.0, "transfer_topic_id": 1}
    found = waiting_s(scenario, sessions_of([chat]), by="overall", per="topic")
    assert found[1] == pytest.approx(70.0, abs=1e-6)


def test_a_wait_over_the_hour_is_shared_by_both(scenario, sessions_of):
    frame = queue_length(scenario, sessions_of([served(3000.0, 1200.0)]))
    assert frame["mean"].head(3).tolist() == pytest.approx([600 / 3600, 600 / 3600, 0.0])


def test_by_time_of_day_the_days_are_averaged(scenario, sessions_of):
    frame = queue_length(scenario, sessions_of([served(3000.0, 600.0)]), by="time_of_day")
    # one of three nights; the hour from 2 to 3 came twice only
    assert frame.set_index("time")["mean"]["00:00"] == pytest.approx(600 / (3 * 3600))


def test_places_are_shares_of_those_who_got_one(scenario, sessions_of):
    places = [1, 1, 2, 5, 9]
    chats = [served(float(at), 0.0, position=place) for at, place in enumerate(places)]
    chats += [
        session(5.0, outcome="form_at_arrival", position=9, ended=5.0),
        session(6.0, outcome="form_closed", position=None, ended=6.0),
        session(7.0, outcome="unfinished", position=3),
    ]
    frame = queue_position(scenario, sessions_of(chats), by="overall")
    shares = ["share_1", "share_2_3", "share_4_6", "share_7_plus"]
    assert frame[shares].iloc[0].tolist() == pytest.approx([2 / 6, 1 / 6, 1 / 6, 2 / 6])
    assert frame["n"].tolist() == [6]
    assert frame["p90"].tolist() == [9.0]


def test_distribution_of_places_sums_to_one(scenario, sessions):
    frame = queue_position_distribution(scenario, sessions)
    assert frame["position"].tolist() == list(range(1, len(frame) + 1))
    assert frame["share"].sum() == pytest.approx(1.0)
