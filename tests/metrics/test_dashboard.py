"""The product's dashboard: traffic by hour and today's numbers."""

from __future__ import annotations

import pytest

from simulator.metrics import todays_numbers, traffic

DAY_S = 86_400.0


def served(at, wait_s, work_s):
    picked_up = at + wait_s
    return {
        "replication": 1, "topic_id": 3, "at": at, "outcome": "served", "wait_s": wait_s,
        "position": 1, "picked_up": picked_up, "ended": picked_up + work_s, "handle_s": work_s,
    }  # fmt: skip


def test_long_chat_is_active_in_every_hour_it_touches(scenario, sessions_of):
    # Requested at 9:50, picked up at 10:05, ended at 12:00 sharp: active from 10 to 12.
    chats = sessions_of([served(9.0 * 3600 + 3000, 900.0, 6900.0)])
    frame = traffic(scenario, chats).set_index("time") * 3  # per day, and there are three
    assert frame["incoming"].round(9).loc["09:00":"12:00"].tolist() == [1, 0, 0, 0]
    assert frame["active"].round(9).loc["09:00":"12:00"].tolist() == [0, 1, 1, 0]


def test_all_that_comes_in_is_incoming(scenario, sessions):
    frame = traffic(scenario, sessions)
    # the hour from 2 to 3 exists on two of the three days only
    assert (frame["incoming"] * 3).sum() == pytest.approx(400)


def test_maximum_wait_is_the_mean_of_the_days_longest(scenario, sessions_of):
    chats = sessions_of(
        [served(10.0, 5.0, 60.0), served(20.0, 9.0, 60.0), served(DAY_S, 1.0, 60.0)]
    )
    numbers = todays_numbers(scenario, chats).set_index("figure")["value"]
    assert numbers["average waiting time"] == pytest.approx(5.0)
    assert numbers["maximum waiting time"] == pytest.approx((9.0 + 1.0) / 2)
    assert numbers["chats started"] == pytest.approx(3 / (71 / 24))
