"""One hour of one replication as spans."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from simulator.errors import ParameterError
from simulator.metrics import busiest_hour, hour_strip

NINE = 9 * 3600.0


def chat(at, **what):
    course = {"replication": 1, "topic_id": 3, "at": NINE + at, "outcome": "served", "position": 1}
    instants = {"reaction_began", "picked_up", "ended", "wrapped_up", "transferred",
                "transfer_picked_up"}  # fmt: skip
    return course | {k: NINE + v if k in instants else v for k, v in what.items()}


def strip(scenario, chats):
    start = pd.Timestamp("2026-03-27 09:00", tz="Europe/Oslo")
    frame = hour_strip(scenario, chats, start=start)
    columns = ["row", "kind", "from_min", "to_min", "ended"]
    return [tuple(row) for row in frame[columns].itertuples(index=False)]


def test_queue_reaction_chat_and_wrap_up_follow_each_other(scenario, sessions_of):
    chats = [chat(60, reaction_began=120, picked_up=180, ended=600, wrapped_up=660, agent_id=2)]
    assert strip(scenario, sessions_of(chats)) == [
        ("Queue", "waiting", 1.0, 2.0, ""),
        ("Queue", "reacting", 2.0, 3.0, "picked up"),
        ("Bo", "chat", 3.0, 10.0, ""),
        ("Bo", "wrap-up", 10.0, 11.0, ""),
    ]


def test_who_gives_up_ends_in_the_queue_and_spans_are_cut_at_the_hour(scenario, sessions_of):
    chats = [
        chat(-120, outcome="abandoned", ended=60),
        chat(3540, outcome="abandoned", ended=3720),
    ]
    assert strip(scenario, sessions_of(chats)) == [
        ("Queue", "waiting", 0.0, 1.0, "gave up"),
        ("Queue", "waiting", 59.0, 60.0, ""),
    ]


def test_transferred_chat_lies_with_two_agents_and_waits_twice(scenario, sessions_of):
    chats = [
        chat(0, reaction_began=0, picked_up=0, agent_id=1, transferred=60, transfer_topic_id=1,
             transfer_picked_up=120, transfer_agent_id=3, ended=240, wrapped_up=300)
    ]  # fmt: skip
    assert strip(scenario, sessions_of(chats)) == [
        ("Queue", "waiting", 1.0, 2.0, "picked up"),
        ("Ada", "chat", 0.0, 1.0, ""),
        ("Cy", "chat", 2.0, 4.0, ""),
        ("Cy", "wrap-up", 4.0, 5.0, ""),
    ]


def test_transferred_chat_that_waits_at_the_horizon_has_not_given_up(scenario, sessions_of):
    last = 70 * 3600.0 - NINE  # the last hour of the three days
    course = {"reaction_began": last, "picked_up": last, "agent_id": 1}
    course |= {"transferred": last + 60, "transfer_topic_id": 1}
    start = pd.Timestamp("2026-03-29 23:00", tz="Europe/Oslo")
    for rest, ended in (({"outcome": "unfinished"}, ""), ({"ended": last + 3600}, "gave up")):
        spans = hour_strip(scenario, sessions_of([chat(last, **(course | rest))]), start=start)
        again = spans[(spans["row"] == "Queue") & (spans["from_min"] == 1.0)]
        assert again[["to_min", "ended"]].to_numpy().tolist() == [[60.0, ended]]


def test_spans_of_one_lane_never_overlap(scenario, sessions):
    frame = hour_strip(scenario, sessions, start=busiest_hour(scenario, sessions))
    for _, lane in frame.groupby(["row", "lane"], observed=True):
        ordered = lane.sort_values("from_min")
        spans = list(zip(ordered["from_min"], ordered["to_min"], strict=True))
        assert all(first[1] <= second[0] + 1e-9 for first, second in pairwise(spans))


def test_busiest_hour_has_the_longest_queue(scenario, sessions_of):
    # three who are answered at once at 9, one who waits half an hour from 14:45 on
    chats = [chat(at, reaction_began=at, picked_up=at, ended=at + 60) for at in (0, 10, 20)]
    chats.append(chat(5.75 * 3600, outcome="abandoned", ended=6.25 * 3600))
    assert busiest_hour(scenario, sessions_of(chats)).hour == 14


def test_unknown_replication_is_refused_with_those_there_are(scenario, sessions):
    with pytest.raises(ParameterError, match=r"replication 7 is not in this run.* from 1 to 3"):
        busiest_hour(scenario, sessions, replication=7)
