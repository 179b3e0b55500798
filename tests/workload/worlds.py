"""Small worlds, built by hand: the fixtures of these tests say only what a test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from simulator.distributions import Exponential
from simulator.scenario.world import Agent, Arrivals, Group, Opening, Scenario, Topic

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def expected(*intervals: tuple[int, int, float], slope: float = 0.0, **more: Any) -> Arrivals:
    """Intervals (start_us, end_us, expected chats), each lying on the date of its start."""
    starts, ends, counts = (np.array(column) for column in zip(*intervals, strict=True))
    return Arrivals(
        starts_us=starts.astype(np.int64),
        ends_us=ends.astype(np.int64),
        expected=counts.astype(np.float64),
        slope=np.full(len(intervals), slope),
        day=starts.astype(np.int64) // DAY,
        **more,
    )


def topic(number: int = 1, arrivals: Arrivals | None = None, **more: Any) -> Topic:
    given = {
        "name": f"Topic {number}",
        "openings": (Opening(0, DAY),),
        "arrivals": arrivals or expected((0, DAY, 500.0)),
        "work": Exponential(300.0),
        "patience": Exponential(240.0),
        "reaction": Exponential(20.0),
    }
    return Topic(id=number, **(given | more))


def world(*topics: Topic, agents: tuple[Agent, ...] = (), **more: Any) -> Scenario:
    days = more.pop("days", 1)
    zone = more.pop("timezone", ZoneInfo("Europe/Oslo"))
    start = datetime(2026, 1, 5, tzinfo=zone)
    given = {
        "name": "small",
        "about": "",
        "timezone": zone,
        "start": start,
        "horizon_us": days * DAY,
        "dates": tuple((start + timedelta(days=day)).date() for day in range(days)),
        "study": "terminating",
        "warm_up_us": None,
        "topics": topics or (topic(),),
        "groups": (),
        "agents": agents,
    }
    return Scenario(**(given | more))


def staffed(*groups: tuple[Group, tuple[tuple[tuple[int, int, int], ...], ...]]) -> dict[str, Any]:
    """Groups, each with the duty of its agents (() for a staffing table's), as world's keywords."""
    placed, agents = [], []
    for index, (group, duties) in enumerate(groups):
        placed.append(replace(group, first_agent=len(agents), agent_count=len(duties)))
        for number, duty in enumerate(duties):
            name = f"{group.name} {number + 1}"
            agents.append(Agent(id=len(agents) + 1, name=name, group=index, duty=duty))
    return {"groups": tuple(placed), "agents": tuple(agents)}


def group(name: str = "Desk", **more: Any) -> Group:
    given = {"first_agent": 0, "agent_count": 0, "topics": (0,), "cap": 1, "output": ("1",)}
    return Group(name=name, **(given | more))
