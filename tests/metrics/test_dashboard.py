"""The product's dashboard: traffic by hour and today's numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.metrics import todays_numbers, traffic

DAY_S = 86_400.0


def served(at, wait_s, work_s, replication=1):
    picked_up = at + wait_s
    return {
        "replication": replication, "topic_id": 3, "at": at, "outcome": "served", "wait_s": wait_s,
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


def test_numbers_of_a_steady_study_begin_after_the_warm_up(steady, sessions_of):
    # Warm-up of 2 h 30 min, rounded up to 3:00; 68 of the 71 hours are left.
    chats = sessions_of(
        [served(9000.0, 500.0, 60.0), served(10_800.0, 4.0, 60.0), served(20_000.0, 6.0, 60.0),
         served(DAY_S, 2.0, 60.0)]
    )  # fmt: skip
    numbers = todays_numbers(steady, chats).set_index("figure")["value"]
    assert numbers["average waiting time"] == pytest.approx(4.0)
    assert numbers["maximum waiting time"] == pytest.approx((6.0 + 2.0) / 2)
    assert numbers["sessions requested"] == pytest.approx(3 / (68 / 24))


def test_warm_up_of_a_one_day_run_leaves_its_numbers(steady, sessions_of):
    day = replace(steady, horizon_us=24 * 3_600_000_000, dates=steady.dates[:1])
    chats = sessions_of([served(9000.0, 500.0, 60.0), served(20_000.0, 6.0, 60.0)])
    numbers = todays_numbers(day, chats).set_index("figure")["value"]
    assert numbers["maximum waiting time"] == pytest.approx(6.0)


def test_day_on_which_the_clocks_change_is_one_day(scenario, sessions_of):
    third = 2 * DAY_S
    chats = sessions_of([served(third, 3.0, 60.0), served(third + 22 * 3600.0, 7.0, 60.0)])
    numbers = todays_numbers(scenario, chats).set_index("figure")["value"]
    assert numbers["maximum waiting time"] == pytest.approx(7.0)


def test_no_number_has_a_bound_below_zero(scenario, sessions_of):
    chats = sessions_of([served(10.0, 1.0, 60.0, 1), served(10.0, 500.0, 60.0, 2),
                         served(20.0, 500.0, 60.0, 2)])  # fmt: skip
    numbers = todays_numbers(scenario, chats)
    assert (numbers["low"] == 0.0).all()
    assert (numbers["high"] > numbers["value"]).all()
