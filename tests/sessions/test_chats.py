"""The session table: what each column says about chats whose course is given by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from simulator.desk import codes
from simulator.sessions import session_table, sessions_schema
from tests.sessions.made import MINUTE, SECOND, desk, outcomes, workload

if TYPE_CHECKING:
    import pyarrow as pa

HORIZON = 60 * MINUTE


def table(*chats: dict, customers: tuple[dict, ...] | None = None, **scenario) -> pa.Table:
    drawn = workload(*(customers or [{}] * len(chats)))
    return session_table(desk(horizon_us=HORIZON, **scenario), drawn, outcomes(*chats))


def course(outcome: int, **seconds: int) -> dict:
    """A chat with instants given in seconds: ``picked_up=5`` is picked_up_us of five seconds."""
    return {"outcome": outcome} | {f"{name}_us": at * SECOND for name, at in seconds.items()}


COURSES = [
    # how it went, (status, wait, handle time, second wait)
    (
        course(codes.SERVED, requested=10, picked_up=25, ended=100),
        ("Finished", 15.0, 75.0, None),
    ),
    (course(codes.ABANDONED, requested=10, ended=40), ("ClosedFromQueue", 30.0, None, None)),
    (course(codes.CLOSED, requested=10, ended=50), ("Closed", 40.0, None, None)),
    (course(codes.FORM_IN_QUEUE, requested=10, ended=70), ("RequestPosted", 60.0, None, None)),
    (course(codes.FORM_AT_ARRIVAL, requested=10, ended=10), ("RequestPosted", 0.0, None, None)),
    (course(codes.FORM_CLOSED, requested=10, ended=10), ("OfflineForm", 0.0, None, None)),
    # silent: gone after 20 s of patience, picked up after 30
    (
        course(codes.SILENT, requested=10, picked_up=40, ended=160),
        ("Finished", 20.0, 120.0, None),
    ),
    # at the horizon: still waiting; picked up and still open
    (course(codes.UNFINISHED, requested=10), ("InQueue", None, None, None)),
    (course(codes.UNFINISHED, requested=10, picked_up=15), ("CustomerLast", 5.0, None, None)),
    # transferred: 50 s with the first agent, 20 s waiting, 30 s with the second
    (
        course(
            codes.SERVED,
            requested=0,
            picked_up=10,
            transferred=60,
            transfer_picked_up=80,
            ended=110,
        ),
        ("Finished", 10.0, 80.0, 20.0),
    ),
    # … given up in the second wait
    (
        course(codes.SERVED, requested=0, picked_up=10, transferred=60, ended=75),
        ("Finished", 10.0, 50.0, 15.0),
    ),
    # … at the horizon with the second agent, and still waiting for one
    (
        course(codes.UNFINISHED, requested=0, picked_up=10, transferred=60, transfer_picked_up=61),
        ("CustomerLast", 10.0, None, 1.0),
    ),
    (
        course(codes.UNFINISHED, requested=0, picked_up=10, transferred=60),
        ("CustomerLast", 10.0, None, None),
    ),
]


@pytest.mark.parametrize(("chat", "expected"), COURSES)
def test_status_and_durations_follow_from_how_it_went(chat, expected):
    (row,) = table(chat, customers=({"patience_us": 20 * SECOND},)).to_pylist()
    shown = (row["status"], row["wait_s"], row["handle_s"], row["transfer_wait_s"])
    assert shown == expected


ALERTS = [
    # seconds until picked up (None: never), topic, alert level; warnings after 120 and 300 s
    (119, 0, 0),
    (120, 0, 0),  # picked up at the very instant of the warning: that comes first
    (121, 0, 1),
    (300, 0, 1),
    (301, 0, 2),
    (None, 0, 2),  # unanswered until the horizon
    (None, 1, 0),  # a topic without warnings
]


@pytest.mark.parametrize(("picked_up", "topic", "level"), ALERTS)
def test_alert_level_counts_the_warnings_that_went_out(picked_up, topic, level):
    if picked_up is None:
        chat = course(codes.UNFINISHED, requested=0)
    else:
        chat = course(codes.SERVED, requested=0, picked_up=picked_up, ended=3000)
    assert table(chat, customers=({"topic": topic},))["alert_level"].to_pylist() == [level]


def test_a_form_at_the_door_warns_nobody():
    chat = course(codes.FORM_CLOSED, requested=0)
    assert table(chat)["alert_level"].to_pylist() == [0]


def test_a_silent_customer_alerts_for_as_long_as_the_session_is_queued():
    chat = course(codes.SILENT, requested=0, picked_up=130, ended=200)
    made = table(chat, customers=({"patience_us": 5 * SECOND},))
    assert made["alert_level"].to_pylist() == [1]


def test_who_and_where_come_by_id_and_by_name():
    chat = course(
        codes.SERVED, requested=0, picked_up=1, transferred=2, transfer_picked_up=3, ended=4
    )
    chat |= {"agent": 1, "rank": 2, "transfer_agent": 2, "transfer_rank": 1}
    (row,) = table(chat, customers=({"topic": 0, "transfer_topic": 1},)).to_pylist()
    assert {name: row[name] for name in ("topic_id", "topic", "agent_id", "agent", "rank")} == {
        "topic_id": 7,
        "topic": "Sales",
        "agent_id": 2,
        "agent": "Desk 2",
        "rank": 2,
    }
    second = ("transfer_topic_id", "transfer_agent_id", "transferred_to", "transfer_rank")
    assert [row[name] for name in second] == [9, 3, "Second line 1", 1]


def test_a_transfer_pending_at_the_horizon_knows_who_it_was_offered_to():
    chat = course(codes.UNFINISHED, requested=0, picked_up=1, transferred=2)
    (row,) = table(chat | {"agent": 0, "transfer_offered_to": 2}).to_pylist()
    assert (row["transfer_offered_agent_id"], row["transferred_to"]) == (3, None)


def test_a_transfer_that_was_drawn_but_did_not_happen_leaves_no_trace():
    chat = course(codes.ABANDONED, requested=0, ended=9)
    (row,) = table(chat, customers=({"transfer_topic": 1},)).to_pylist()
    assert row["transfer_topic_id"] is None


def test_missing_numbers_are_null_and_never_zero_or_minus_one():
    chat = course(codes.FORM_CLOSED, requested=0, ended=0) | {"initial_queue_pos": 0}
    (row,) = table(chat).to_pylist()
    missing = sorted(name for name, value in row.items() if value is None)
    assert missing == sorted(
        {field.name for field in sessions_schema("UTC") if field.nullable} - {"wait_s", "ended_at"}
    )


def test_sessions_are_numbered_as_they_arrive_and_know_their_customers():
    chats = [course(codes.ABANDONED, requested=at, ended=at) | {"row": 2 - at} for at in range(3)]
    customers = ({"customer_id": 8, "attempt": 2}, {"customer_id": 8}, {"customer_id": 5})
    made = table(*chats, customers=customers)
    assert made["chat_session_id"].to_pylist() == [1, 2, 3]
    assert made["customer_id"].to_pylist() == [5, 8, 8]
    assert made["attempt"].to_pylist() == [1, 1, 2]


def test_instants_are_local_and_exact_to_the_microsecond():
    chat = {"requested_us": 3 * 3600 * SECOND + 1, "outcome": codes.UNFINISHED}
    scenario = desk()
    start = datetime(2026, 3, 29, tzinfo=scenario.timezone)  # at 02:00 clocks go to 03:00
    (row,) = table(chat, start=start).to_pylist()
    assert row["requested_at"].isoformat() == "2026-03-29T04:00:00.000001+02:00"


def test_two_agents_of_one_name_share_a_category():
    scenario = desk()
    agents = tuple(
        type(agent)(id=agent.id, name="Kim", group=agent.group, duty=())
        for agent in scenario.agents
    )
    chats = [
        course(codes.SERVED, requested=0, picked_up=1, ended=2) | {"agent": agent}
        for agent in (0, 2)
    ]
    frame = table(*chats, agents=agents).to_pandas()
    assert frame["agent"].tolist() == ["Kim", "Kim"]
    assert frame["agent_id"].tolist() == [1, 3]


def test_categories_stand_in_the_order_of_the_scenario_whether_used_or_not():
    chat = course(codes.ABANDONED, requested=0, ended=1)
    frame = table(chat, customers=({"topic": 1},)).to_pandas()
    assert frame["topic"].cat.categories.tolist() == ["Sales", "Support"]
    assert frame["outcome"].cat.categories.tolist() == list(codes.OUTCOMES)


def test_no_sessions_make_an_empty_table_of_the_same_columns():
    made = table(customers=())
    assert made.num_rows == 0
    assert made.schema.equals(sessions_schema("Europe/Oslo"), check_metadata=True)


def test_pandas_reads_integers_that_may_be_missing_as_integers():
    chat = course(codes.SERVED, requested=0, picked_up=1, ended=2) | {"agent": 0, "rank": 1}
    frame = table(chat, course(codes.ABANDONED, requested=1, ended=2)).to_pandas()
    assert frame["agent_id"].dtype == pd.Int32Dtype()
    assert frame["agent_id"].tolist() == [1, pd.NA]
    assert frame["initial_queue_pos"].dtype == pd.Int32Dtype()
    assert str(frame["requested_at"].dtype) == "datetime64[us, Europe/Oslo]"
