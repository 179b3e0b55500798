"""The desks that the benchmarks run: K1, one chat per agent, K3, three with sharing, a full one.

20 agents; arrivals at rate lambda * (1 + 0.4 sin(2 pi t / day)); handle time lognormal with mean
600 s and CV 1; patience Weibull with shape 1.5 and scale 900 s; first come first served. K1 has
lambda = 0.9 * 20 / 600 per second; K3 has r = (1, 1.3, 1.5) and lambda = 0.9 * 20 * 1.5 / 600.
The draws are made here, once, and every implementation is given the same ones.

`full_desk` is a desk with everything on, written as a scenario is.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from simulator.distributions import Fixed
from simulator.scenario import load
from simulator.scenario.world import Agent, Arrivals, Group, Opening, Scenario, Topic
from simulator.workload import Duty, Workload, on_duty, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGENTS = 20
DAY_S = 86_400
SECOND = 1_000_000


@dataclass(frozen=True)
class Draws:
    """The same customers for every implementation: whole microseconds."""

    arrival_us: NDArray[np.int64]
    work_us: NDArray[np.int64]
    patience_us: NDArray[np.int64]


def draws(rate_per_s: float, chats: int, seed: int = 1) -> Draws:
    """That many customers, by thinning a Poisson process at the peak rate."""
    rng = np.random.default_rng(seed)
    times = np.empty(0)
    while len(times) < chats:
        start = times[-1] if len(times) else 0.0
        more = start + np.cumsum(rng.exponential(1 / (1.4 * rate_per_s), chats))
        share = (1 + 0.4 * np.sin(2 * np.pi * more / DAY_S)) / 1.4
        times = np.concatenate([times, more[rng.random(chats) < share]])
    sigma = np.sqrt(np.log(2.0))
    work = rng.lognormal(np.log(600) - sigma**2 / 2, sigma, chats)
    patience = 900 * rng.weibull(1.5, chats)
    whole = [
        np.maximum(1, np.rint(x * SECOND)).astype(np.int64) for x in (times[:chats], work, patience)
    ]
    return Draws(*whole)


def desk(draws: Draws, output: tuple[str, ...]) -> tuple[Scenario, Workload, Duty]:
    """The desk with these customers, as the engines take it."""
    n = len(draws.arrival_us)
    days = int(draws.arrival_us[-1] // (DAY_S * SECOND)) + 2
    horizon = days * DAY_S * SECOND
    start = datetime(2026, 1, 5, tzinfo=UTC)
    none = np.full(n, -1, dtype=np.int64)
    empty = np.empty(0)
    whole = np.empty(0, dtype=np.int64)
    topic = Topic(
        id=1,
        name="Chat",
        openings=(Opening(0, horizon),),
        arrivals=Arrivals(whole, whole, empty, empty, whole, trace_us=draws.arrival_us),
        work=Fixed(600.0),
    )
    scenario = Scenario(
        name="benchmark",
        about="",
        timezone=ZoneInfo("UTC"),
        start=start,
        horizon_us=horizon,
        dates=tuple((start + timedelta(days=d)).date() for d in range(days)),
        study="terminating",
        warm_up_us=None,
        topics=(topic,),
        groups=(Group("Desk", 0, AGENTS, (0,), len(output), output),),
        agents=tuple(Agent(a + 1, f"Agent {a + 1}", 0, ((0, horizon, 0),)) for a in range(AGENTS)),
    )
    workload = Workload(
        replication=0,
        topic=np.zeros(n, dtype=np.int64),
        customer_id=np.arange(1, n + 1),
        attempt=np.ones(n, dtype=np.int64),
        requested_us=draws.arrival_us,
        patience_us=draws.patience_us,
        work_us=draws.work_us,
        reaction_us=np.zeros(n, dtype=np.int64),
        silent=np.zeros(n, dtype=bool),
        takes_form=np.zeros(n, dtype=bool),
        retry_delay_us=none,
        transfer_topic=none,
        transfer_work_us=none,
        transfer_reaction_us=none,
        transfer_patience_us=none,
        wrap_up_q=np.full(n, 0.5),
        transfer_wrap_up_q=np.full(n, 0.5),
    )
    spans = np.array([(a, 0, horizon) for a in range(AGENTS)], dtype=np.int64)
    duty = Duty(0, spans, np.empty((0, 3), dtype=np.int64), np.zeros((AGENTS, days), dtype=bool))
    return scenario, workload, duty


K1 = (0.9 * AGENTS / 600, ("1",))
K3 = (0.9 * AGENTS * 1.5 / 600, ("1", "1.3", "1.5"))

FULL = """\
name: full_desk
about: Five topics, 60 agents in six groups, three chats each, everything on
timezone: Europe/Oslo
start: 2026-01-05T00:00
days: {days}
study: terminating
topics:
  - id: 1
    name: Sales
    opening_hours: {{mon-sun: ["08:00-22:00"], lunch: "12:00-12:30"}}
    arrivals: {{forecast: forecast.csv, day_factor: {{gamma_shape: 60}}}}
    work: {{gamma: {{mean: 7m30s, cv: 0.9}}}}
    patience: {{weibull: {{mean: 4m, shape: 1.5}}}}
    reaction: {{lognormal: {{mean: 20s, cv: 1.2}}}}
    silent: {{share: 0.25, timeout: 2m}}
    offline_form: {{after: 5m, queue_length: 15, join: or, taken_by: 0.4}}
    retry: {{probability: 0.2, delay: {{exponential: {{mean: 10m}}}}, at_most: 2}}
    transfer: {{to: {{Support: 0.05, Billing: 0.04}}}}
  - id: 2
    name: Support
    opening_hours: {{mon-sun: ["08:00-22:00"]}}
    arrivals: {{forecast: forecast.csv, shape: linear}}
    work: {{lognormal: {{mean: 10m, cv: 1.1}}}}
    patience: {{exponential: {{mean: 6m}}}}
    reaction: {{lognormal: {{mean: 20s, cv: 1.2}}}}
    silent: {{share: 0.2, timeout: 2m}}
    offline_form: {{after: 8m, queue_length: 10, join: and, taken_by: 0.3}}
    retry: {{probability: 0.25, delay: {{exponential: {{mean: 20m}}}}, at_most: 2}}
    transfer: {{to: {{Orders: 0.05}}}}
  - id: 3
    name: Orders
    opening_hours: {{mon-sun: ["08:00-22:00"]}}
    arrivals: {{forecast: forecast.csv}}
    work: {{gamma: {{mean: 5m, cv: 0.8}}}}
    patience: {{weibull: {{mean: 5m, shape: 1.3}}}}
    reaction: {{lognormal: {{mean: 15s, cv: 1}}}}
    silent: {{share: 0.3, timeout: 90s}}
    retry: {{probability: 0.2, delay: {{exponential: {{mean: 15m}}}}, at_most: 2}}
  - id: 4
    name: Billing
    opening_hours: {{mon-sun: ["09:00-20:00"]}}
    arrivals: {{forecast: forecast.csv}}
    work: {{lognormal: {{mean: 8m, cv: 1}}}}
    patience: {{exponential: {{mean: 5m}}}}
    reaction: {{lognormal: {{mean: 20s, cv: 1.2}}}}
    silent: {{share: 0.2, timeout: 2m}}
    transfer: {{to: {{Support: 0.06}}}}
  - id: 5
    name: Returns
    opening_hours: {{mon-sun: ["09:00-20:00"]}}
    arrivals: {{forecast: forecast.csv}}
    work: {{gamma: {{mean: 6m, cv: 1}}}}
    patience: {{weibull: {{mean: 5m, shape: 1.5}}}}
    reaction: {{lognormal: {{mean: 20s, cv: 1}}}}
    silent: {{share: 0.2, timeout: 2m}}
    offline_form: {{after: 6m, taken_by: 0.5}}
agents:
{agents}
routing: least_loaded
closing: serve_out
"""
SKILLS = (
    ("Sales desk", 12, "Sales"),
    ("Support desk", 12, "Support"),
    ("Orders desk", 8, "Orders, Returns"),
    ("Billing desk", 8, "Billing, Sales"),
    ("Generalists", 12, "Sales, Support, Orders, Billing, Returns"),
    ("Second line", 8, "Support, Billing"),
)
SHIFTS = (
    ("08:00", "16:00", "10:00-10:15; 12:30-13:00"),
    ("14:00", "22:00", "16:30-16:45; 18:00-18:30"),
    ("10:00", "18:00", "13:30-14:00; 15:45-16:00"),
)
EXPECTED = {"Sales": 76.0, "Support": 60.0, "Orders": 55.0, "Billing": 48.0, "Returns": 36.0}
"""Chats per half-hour in the middle of the day."""
SHORT_HOURS = ("Billing", "Returns")
CHATS_A_DAY = 6_000


def full_desk(chats: int, seed: int = 1) -> tuple[Scenario, Workload, Duty]:
    """The full desk, for as many days as bring about that many chats."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = load(write_full_desk(Path(folder), max(1, round(chats / CHATS_A_DAY))))
    return scenario, sample(scenario, seed, 1), on_duty(scenario, seed, 1)


def write_full_desk(folder: Path, days: int) -> Path:
    """The scenario with its forecast and roster, in a folder."""
    people, roster = [], ["agent,weekday,start,end,breaks"]
    for group, count, topics in SKILLS:
        names = [f"{group} {number}" for number in range(1, count + 1)]
        people += [
            f"  - group: {group}",
            f"    names: [{', '.join(names)}]",
            "    roster: roster.csv",
            f"    topics: [{topics}]",
            "    cap: 3",
            "    output: [1, 1.7, 2.2]",
            "    absent: 0.03",
            "    wrap_up: {exponential: {mean: 30s}}",
        ]
        for number, name in enumerate(names):
            start, end, breaks = SHIFTS[number % len(SHIFTS)]
            roster.append(f"{name},mon-sun,{start},{end},{breaks}")
    (folder / "roster.csv").write_text("\n".join(roster) + "\n")

    forecast = [f"weekday,start,end,{','.join(EXPECTED)}"]
    for half_hour in range(16, 44):
        hour, half = divmod(half_hour, 2)
        until, other = divmod(half_hour + 1, 2)
        level = 1 - 0.35 * abs(half_hour + 0.5 - 30) / 14
        is_early_or_late = not 18 <= half_hour < 40
        counts = ",".join(
            f"{0 if is_early_or_late and topic in SHORT_HOURS else level * count:.1f}"
            for topic, count in EXPECTED.items()
        )
        times = f"{hour:02}:{30 * half:02},{until:02}:{30 * other:02}"
        forecast.append(f"mon-sun,{times},{counts}")
    (folder / "forecast.csv").write_text("\n".join(forecast) + "\n")

    path = folder / "full_desk.yaml"
    path.write_text(FULL.format(days=days, agents="\n".join(people)))
    return path
