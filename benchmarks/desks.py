"""The desks that the benchmarks run: K1, one chat per agent, and K3, three with sharing.

20 agents; arrivals at rate lambda * (1 + 0.4 sin(2 pi t / day)); handle time lognormal with mean
600 s and CV 1; patience Weibull with shape 1.5 and scale 900 s; first come first served. K1 has
lambda = 0.9 * 20 / 600 per second; K3 has r = (1, 1.3, 1.5) and lambda = 0.9 * 20 * 1.5 / 600.
The draws are made here, once, and every implementation is given the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from simulator.distributions import Fixed
from simulator.scenario.world import Agent, Arrivals, Group, Opening, Scenario, Topic
from simulator.workload import Duty, Workload

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
