"""Histories made by hand and by simulation, in the form in which records are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from simulator import study
from simulator.calibration.history import OUTCOMES, History, Problems
from simulator.scenario import loads

SCENARIOS = Path(__file__).parents[2] / "data/scenarios"
OSLO = ZoneInfo("Europe/Oslo")
MONDAY = datetime(2026, 1, 5, 9, tzinfo=OSLO)
INSTANTS = ("requested_at", "picked_up_at", "ended_at", "last_poll_at")


def chat(requested, picked_up, ended, agent="Ann", *, topic="Chat", outcome="served", poll=None):
    """A session; instants in seconds after Monday nine o'clock, None for none."""
    instants = (requested, picked_up, ended, poll)
    row = {
        name: pd.NaT if at is None else MONDAY + timedelta(seconds=at)
        for name, at in zip(INSTANTS, instants, strict=True)
    }
    return row | {"topic": topic, "agent": agent, "outcome": outcome}


def gone(requested, left, *, topic="Chat"):
    """A customer who gave up."""
    return chat(requested, None, left, None, topic=topic, outcome="abandoned")


def recorded(*rows, zone=OSLO):
    """The history of these sessions, agents named as a reader names them."""
    frame = pd.DataFrame(list(rows)).sort_values("requested_at", kind="stable")
    return tidy(frame.reset_index(drop=True), zone)


def tidy(frame, zone):
    """A frame with instants, topic, agent and outcome as a history."""
    instants = {
        name: pd.to_datetime(frame[name], utc=True).dt.tz_convert(zone).dt.as_unit("us")
        for name in INSTANTS
    }
    picked = frame.assign(at=instants["picked_up_at"]).dropna(subset=["at", "agent"])
    order = picked.sort_values("at", kind="stable")["agent"].astype(str).drop_duplicates()
    names = {name: f"Agent {number}" for number, name in enumerate(order, 1)}
    left = instants["picked_up_at"].fillna(instants["ended_at"])
    left = left.where(frame["outcome"].astype(str) != "silent", instants["last_poll_at"])
    sessions = pd.DataFrame(
        {
            "session_id": np.arange(1, len(frame) + 1),
            "topic": pd.Categorical(frame["topic"].astype(str)),
            **instants,
            "wait_s": (left - instants["requested_at"]).dt.total_seconds(),
            "handle_s": (instants["ended_at"] - instants["picked_up_at"]).dt.total_seconds(),
            "outcome": pd.Categorical(frame["outcome"].astype(str), categories=OUTCOMES),
            "agent": pd.Categorical(
                frame["agent"].astype(object).map(names), categories=list(names.values())
            ),
            "initial_queue_pos": pd.array([pd.NA] * len(frame), dtype="Int32"),
        }
    )
    return History(sessions, zone, Problems.none(), ())


def simulated(text, *, seed=1, whole_seconds=True):
    """One replication of a scenario as a record that knows whole seconds, like most."""
    scenario = loads(text, folder=SCENARIOS)
    with study.replicate(scenario, 1, seed=seed, engine="auto", jobs=1) as made:
        table = next(iter(made)).sessions.to_pandas()
    silent = table["outcome"].astype(str) == "silent"
    polled = table["requested_at"] + pd.to_timedelta(table["wait_s"], unit="s")
    table["last_poll_at"] = polled.where(silent)
    if whole_seconds:
        for name in INSTANTS:
            table[name] = table[name].dt.round("s")
    table = table.sort_values("requested_at", kind="stable").reset_index(drop=True)
    return tidy(table, scenario.timezone)


def one_group(
    *,
    days=20,
    agents=4,
    cap=3,
    output="[1, 1.7, 2.2]",
    per_hour=50,
    work="gamma: {mean: 5m, cv: 0.8}",
    reaction="lognormal: {mean: 15s, cv: 1}",
    wrap_up="exponential: {mean: 40s}",
    patience="exponential: {mean: 10m}",
):
    """A desk that is always open, with one topic and one group."""
    wrap = f"wrap_up: {{{wrap_up}}}" if wrap_up else ""
    react = f"reaction: {{{reaction}}}" if reaction else ""
    return f"""\
name: small
timezone: Europe/Oslo
start: 2026-01-05T00:00
days: {days}
topics:
  - id: 1
    name: Chat
    arrivals: {{rate_per_hour: {per_hour}}}
    work: {{{work}}}
    patience: {{{patience}}}
    {react}
agents:
  - group: Desk
    count: {agents}
    topics: [Chat]
    cap: {cap}
    output: {output}
    {wrap}
"""


CHAT_DESK = """\
extends: chat_desk.yaml
name: weeks
start: 2026-04-13T00:00
days: 28
topics:
  - id: 1
    name: Sales
    transfer: null
"""
"""The shipped desk without transfers, of which a record keeps only the first agent."""
