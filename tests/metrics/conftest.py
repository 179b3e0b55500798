"""A made-up run: three days of two topics with every outcome, drawn, not simulated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from simulator.desk.codes import OUTCOMES
from simulator.scenario.world import Agent, Arrivals, Group, Opening, Scenario, ServiceLevel, Topic
from simulator.sessions.intervals import epoch_us, interval_edges_us

HOUR_US = 3_600_000_000
OSLO = ZoneInfo("Europe/Oslo")
NOTHING = np.zeros(0, dtype=np.int64)
NO_ARRIVALS = Arrivals(NOTHING, NOTHING, NOTHING.astype(float), NOTHING.astype(float), NOTHING)


class _Minute:
    """A distribution nobody samples here."""

    mean = 60.0
    cv = 0.0


def _topic(number, name):
    opening = (Opening(8 * HOUR_US, 16 * HOUR_US),)
    return Topic(id=number, name=name, openings=opening, arrivals=NO_ARRIVALS, work=_Minute())


@pytest.fixture
def scenario():
    """Two topics with ids 3 and 1, four agents with three slots, hours as intervals."""
    start = datetime(2026, 3, 27, tzinfo=OSLO)
    return Scenario(
        name="made up",
        about="",
        timezone=OSLO,
        start=start,
        horizon_us=71 * HOUR_US,  # the clocks go forward on the third day
        dates=(date(2026, 3, 27), date(2026, 3, 28), date(2026, 3, 29)),
        study="terminating",
        warm_up_us=None,
        topics=(_topic(3, "Sales"), _topic(1, "Support")),
        groups=(
            Group("Sales desk", 0, 2, (0,), cap=3, output=("1", "1.7", "2.2")),
            Group("All-round", 2, 2, (0, 1), cap=2, output=("1", "1.5")),
        ),
        agents=tuple(Agent(i + 1, n, i // 2, ()) for i, n in enumerate(("Ada", "Bo", "Cy", "Di"))),
        service_level=ServiceLevel(threshold_us=60_000_000),
        interval_us=HOUR_US,
    )


@pytest.fixture
def sessions_of(scenario):
    """A maker of sessions tables from rows of seconds since the start; see ``frame``."""

    def frame(rows):
        """Rows of dicts: replication, topic_id, at, and what happened at which second."""
        table = pd.DataFrame(rows)
        zero = epoch_us(scenario.start)

        def instant(name):
            seconds = table[name] if name in table else pd.Series(np.nan, index=table.index)
            us = (seconds.astype("Float64") * 1e6).round().astype("Int64") + zero
            moments = pd.to_datetime(us.astype("float64"), unit="us", utc=True).dt.as_unit("us")
            return moments.dt.tz_convert(OSLO)

        def whole(name):
            values = table[name] if name in table else pd.Series(np.nan, index=table.index)
            return values.astype("Float64").astype("Int32")

        def seconds(name):
            values = table[name] if name in table else pd.Series(np.nan, index=table.index)
            return values.astype("float64")

        def whole_or(name, default):
            return whole(name).fillna(pd.Series(default, index=table.index))

        ids = table.groupby("replication").cumcount() + 1
        return pd.DataFrame(
            {
                "replication": table["replication"].astype("int32"),
                "chat_session_id": ids.astype("int64"),
                "customer_id": whole_or("customer", ids).astype("int64"),
                "attempt": whole_or("attempt", 1).astype("int32"),
                "topic_id": table["topic_id"].astype("int32"),
                "topic": table["topic_id"].map({3: "Sales", 1: "Support"}).astype("category"),
                "requested_at": instant("at"),
                "reaction_began_at": instant("reaction_began"),
                "picked_up_at": instant("picked_up"),
                "ended_at": instant("ended"),
                "wrapped_up_at": instant("wrapped_up"),
                "wait_s": seconds("wait_s"),
                "handle_s": seconds("handle_s"),
                "initial_queue_pos": whole("position"),
                "rank": whole("rank"),
                "agent_id": whole("agent_id"),
                "outcome": table["outcome"].astype("category"),
                "transfer_wait_s": seconds("transfer_wait_s"),
                "transfer_topic_id": whole("transfer_topic_id"),
                "transferred_at": instant("transferred"),
                "transfer_picked_up_at": instant("transfer_picked_up"),
                "transfer_agent_id": whole("transfer_agent_id"),
                "transfer_rank": whole("transfer_rank"),
                "alert_level": whole_or("alert", 0).astype("int8"),
            }
        )

    return frame


@pytest.fixture
def sessions(sessions_of):
    """Three replications of some 400 sessions with every outcome."""
    rng = np.random.default_rng(7)
    rows = [_session(rng, replication) for replication in (1, 2, 3) for _ in range(400)]
    rows.sort(key=lambda row: (row["replication"], row["at"]))
    return sessions_of(rows)


def _session(rng, replication):
    """One session, its course drawn at random but possible."""
    outcome = OUTCOMES[rng.choice(8, p=[0.02, 0.6, 0.14, 0.06, 0.04, 0.04, 0.06, 0.04])]
    at = round(float(rng.integers(0, 3) * 86_400 + rng.uniform(8, 16) * 3600), 6)
    at = min(at, 71 * 3600.0 - 600.0)
    wait = 0.0 if rng.random() < 0.3 else round(float(rng.exponential(60)), 6)
    work = round(float(rng.exponential(300)), 6)
    row = {
        "replication": replication,
        "topic_id": int(rng.choice([1, 3])),
        "at": at,
        "outcome": outcome,
        "position": int(rng.geometric(0.4)),
        "wait_s": wait,
    }
    if outcome in ("served", "silent"):
        late = 0.0 if outcome == "served" else 30.0
        picked_up = round(at + wait + late, 6)
        began = at if rng.random() < 0.5 else picked_up
        row |= {
            "reaction_began": began,
            "picked_up": picked_up,
            "ended": round(picked_up + work, 6),
            "handle_s": work,
            "rank": 1,
            "agent_id": int(rng.integers(1, 5)),
        }
        row["wrapped_up"] = row["ended"] + 20.0
    elif outcome in ("abandoned", "form_in_queue", "closed"):
        row |= {"ended": round(at + wait, 6)}
    elif outcome == "unfinished":
        row |= {"wait_s": np.nan}
    else:
        row |= {"ended": at, "wait_s": 0.0}
    if outcome == "form_closed":
        row["position"] = np.nan
    if outcome == "served" and rng.random() < 0.1:
        row |= {
            "transfer_topic_id": 1,
            "transferred": round(row["picked_up"] + work / 2, 6),
            "transfer_picked_up": round(row["picked_up"] + work / 2 + 15.0, 6),
            "transfer_wait_s": 15.0,
        }
    return row


@pytest.fixture
def agents(scenario):
    """Three replications of agents on duty from 8 to 16, their time drawn at random."""
    rng = np.random.default_rng(8)
    edges = interval_edges_us(scenario)
    rows = [
        _agent_hour(rng, scenario, replication, agent, edge)
        for replication in (1, 2, 3)
        for agent in scenario.agents
        for edge in edges[:-1].tolist()
        if 8 * HOUR_US <= edge % (24 * HOUR_US) < 16 * HOUR_US
    ]
    frame = pd.DataFrame(rows)
    for name in ("agent", "group"):
        frame[name] = frame[name].astype("category")
    return frame


def _agent_hour(rng, scenario, replication, agent, edge):
    group = scenario.groups[agent.group]
    shares = np.zeros(4)
    shares[: group.cap + 1] = rng.dirichlet(np.ones(group.cap + 1))
    on_duty = float(rng.choice([3600.0, 1800.0]))
    output = np.array([0.0] + [float(rate) for rate in group.output])
    open_s = shares * on_duty
    start = pd.Timestamp(edge + epoch_us(scenario.start), unit="us", tz="UTC")
    return {
        "replication": replication,
        "agent_id": agent.id,
        "agent": agent.name,
        "group": group.name,
        "interval_start": start.as_unit("us").tz_convert(OSLO),
        "interval_s": 3600.0,
        "duty_s": on_duty * 0.9,
        "on_duty_s": on_duty,
        "reacting_s": 10.0,
        "wrap_up_s": 20.0,
        **{f"open_{k}_s": open_s[k] for k in range(4)},
        "work_s": float(open_s[: group.cap + 1] @ output),
        "work_capacity_s": on_duty * output[-1],
        "slots_s": on_duty * group.cap,
        "held_s": float(open_s @ np.arange(4)) + 30.0,
        "picked_up": int(rng.integers(0, 12)),
    }


@pytest.fixture
def steady(scenario):
    """The same world as a steady study, two and a half hours of warm-up given."""
    return replace(scenario, study="steady", warm_up_us=int(2.5 * HOUR_US))
