"""A small run and its plan, made in a blink: two topics, three agents, some forty chats.

Everything that can become of a chat is among them: served, transferred, given up, lost in
silence, sent to the form from the queue and at the door, closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.replay.endpoint.target import Target
from simulator.replay.plan import Plan, write_plan
from simulator.replay.planning import Window
from simulator.replay.proposal import Caps, Manner, propose
from simulator.scenario import loads
from simulator.sessions import open_run
from simulator.study import simulate

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT = "Cust12345"

SCENARIO = """
name: two counters
timezone: Europe/Oslo
start: 2026-03-23T00:00
days: 1
closing: clear
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-10:00"]}
    arrivals: {rate_per_hour: 28}
    work: {exponential: {mean: 4m}}
    patience: {exponential: {mean: 2m}}
    reaction: {exponential: {mean: 10s}}
    silent: {share: 0.3, timeout: 1m}
    transfer: {to: {Support: 0.25}}
    offline_form: {after: 90s, queue_length: 2, join: or, taken_by: 0.5}
  - id: 2
    name: Support
    opening_hours: {mon-fri: ["09:00-10:00"]}
    arrivals: {rate_per_hour: 14}
    work: {exponential: {mean: 4m}}
    patience: {exponential: {mean: 3m}}
    reaction: {exponential: {mean: 10s}}
agents:
  - group: Desk
    names: [Ada, Bo]
    topics: [Sales, Support]
    cap: 2
    output: [1, 1.5]
  - group: Second line
    names: [Cy]
    topics: [Support]
    cap: 1
    output: [1]
"""

TOPICS = "Sales: 101\nSupport: 102\n"

AGENTS = """
customers: {env: PICKUP_CUSTOMERS}
agents:
  Ada: {env: PICKUP_ADA}
  Bo: {env: PICKUP_BO}
  Cy: {env: PICKUP_CY}
"""


@dataclass(frozen=True)
class Made:
    """A plan, its file, and what it was made of."""

    path: Path
    plan: Plan
    run: Path
    topics: Path
    agents: Path


def made_run(folder: Path, *, scenario: str = SCENARIO, seed: int = 26) -> Path:
    """A run folder of two replications."""
    return simulate(loads(scenario), replications=2, seed=seed, engine="simpy", out=folder / "run")


def made_plan(
    folder: Path,
    base_url: str = "http://127.0.0.1:9",
    *,
    run: Path | None = None,
    context: str = CONTEXT,
    topics: str = TOPICS,
    agents: str = AGENTS,
    window: Window | None = None,
    max_pickups: int = 1000,
    max_rate: float = 1000.0,
    max_duration_s: float = 3600.0,
    replication: int = 1,
    now: Any = None,
    **manner: Any,
) -> Made:
    """A plan in ``folder``, without asking the target anything; 600 times as fast unless told."""
    run = run or made_run(folder)
    maps = {"topics": folder / "topics.yaml", "agents": folder / "agents.yaml"}
    maps["topics"].write_text(topics)
    maps["agents"].write_text(agents)
    plan = propose(
        open_run(run),
        Target(base_url, context, base_url, is_loopback=True),
        replication=replication,
        topics_map=maps["topics"],
        agents_map=maps["agents"],
        window=window or Window(),
        caps=Caps(max_pickups, max_rate, max_duration_s),
        manner=Manner(**{"warp": 600.0, **manner}),
        now=now,
    )
    write_plan(plan, folder / "plan.json")
    return Made(folder / "plan.json", plan, run, maps["topics"], maps["agents"])
