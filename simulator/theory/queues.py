"""One chat per agent: the classical queues, by their textbook names.

Rates count per any one unit of time, and every time given or returned is in that unit. Options
are keyword-only: ``arrival_rate`` λ, ``service_rate`` μ (1 ÷ mean handle time), ``agents`` c,
``threshold`` T of the service levels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import ParameterError
from simulator.theory.erlang import erlang_b
from simulator.theory.figures import QueueFigures, require_positive, require_stable
from simulator.theory.full_desk import waits_behind_full_desk
from simulator.theory.patience import EndlessPatience, ExponentialPatience

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.theory.patience import Patience

__all__ = [
    "ReactingAgent",
    "count_sd",
    "erlang_a",
    "mdc_wait",
    "mg1_wait",
    "mmc",
    "mmc_g",
    "mmc_k",
    "reacting_agent",
]


def mmc(
    *, arrival_rate: float, service_rate: float, agents: int, threshold: float = 0.0
) -> QueueFigures:
    """M/M/c with patient customers (Erlang C).

    Raises:
        ParameterError: if the desk cannot keep up.
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, agents=agents)
    require_stable(arrival_rate=arrival_rate, full_rate=agents * service_rate)
    return mmc_g(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        agents=agents,
        patience=EndlessPatience(),
        threshold=threshold,
    )


def erlang_a(
    *,
    arrival_rate: float,
    service_rate: float,
    agents: int,
    patience_rate: float,
    threshold: float = 0.0,
) -> QueueFigures:
    """M/M/c+M (Palm's Erlang A): ``patience_rate`` θ is 1 ÷ mean patience."""
    require_positive(patience_rate=patience_rate)
    return mmc_g(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        agents=agents,
        patience=ExponentialPatience(1 / patience_rate),
        threshold=threshold,
    )


def mmc_g(
    *,
    arrival_rate: float,
    service_rate: float,
    agents: int,
    patience: Patience,
    threshold: float = 0.0,
) -> QueueFigures:
    """M/M/c+G: any patience (Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005)."""
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, agents=agents)
    return waits_behind_full_desk(
        arrival_rate=arrival_rate,
        full_rate=agents * service_rate,
        p_full_without_queue=erlang_b(agents, arrival_rate / service_rate),
        patience=patience,
        threshold=threshold,
    )


def mmc_k(
    *,
    arrival_rate: float,
    service_rate: float,
    agents: int,
    waiting_places: int,
    threshold: float = 0.0,
) -> QueueFigures:
    """M/M/c with so many waiting places; whoever finds them taken is blocked.

    Whoever finds j waiting before an agent is free waits for j + 1 finished chats: an Erlang time.
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, agents=agents)
    if waiting_places < 0:
        raise ParameterError(f"waiting_places is {waiting_places}; give 0 or more")
    full_rate = agents * service_rate
    lost = erlang_b(agents, arrival_rate / service_rate)
    waiting = np.arange(waiting_places + 1)
    full = lost * (arrival_rate / full_rate) ** waiting
    total = (1 - lost) + float(full.sum())
    p_block = float(full[-1]) / total
    # chances of the accepted: a free agent, or 0 … waiting_places − 1 ahead
    ahead = full[:-1] / total / (1 - p_block)
    p_wait = float(ahead.sum())
    queue_length = float((waiting * full).sum()) / total
    mean_wait = queue_length / (arrival_rate * (1 - p_block))
    in_time = (1 - p_wait) + float((ahead * _erlang_within(full_rate, threshold, ahead.size)).sum())
    return QueueFigures(
        p_wait=p_wait,
        p_block=p_block,
        p_abandon=0.0,
        mean_wait=mean_wait,
        mean_wait_served=mean_wait,
        mean_wait_abandoned=None,
        queue_length=queue_length,
        occupancy=arrival_rate * (1 - p_block) / full_rate,
        threshold=threshold,
        of_all=in_time,
        of_served=in_time,
        excl_short_abandons=in_time,
    )


def _erlang_within(rate: float, within: float, stages: int) -> NDArray[np.float64]:
    """P(the sum of 1, 2, … ``stages`` exponential times of ``rate`` is at most ``within``)."""
    from scipy.special import gammainc

    return np.asarray(gammainc(np.arange(1, stages + 1), rate * within), dtype=np.float64)


def mg1_wait(*, arrival_rate: float, mean: float, cv: float) -> float:
    """Mean wait of M/G/1 (Pollaczek–Khinchine): λ·E[S²] ÷ 2(1 − ρ).

    ``mean`` and ``cv`` are of the handle time.

    >>> round(mg1_wait(arrival_rate=0.8, mean=1, cv=2), 6)
    10.0
    """
    require_positive(arrival_rate=arrival_rate, mean=mean)
    require_stable(arrival_rate=arrival_rate, full_rate=1 / mean)
    return arrival_rate * mean**2 * (1 + cv**2) / (2 * (1 - arrival_rate * mean))


def mdc_wait(*, arrival_rate: float, handle: float, agents: int) -> float:
    """Mean wait of M/D/c: every chat takes exactly ``handle``.

    Looked at every ``handle``, the number waiting walks with steps Poisson(λD) − c and stops at 0
    (Crommelin 1932); the mean of such a walk is Σ E[(Poisson(lλD) − lc)⁺] ÷ l (Spitzer 1956), and
    Little's law makes a wait of it.
    """
    from scipy.special import pdtrc

    require_positive(arrival_rate=arrival_rate, handle=handle, agents=agents)
    require_stable(arrival_rate=arrival_rate, full_rate=agents / handle)
    queue_length = 0.0
    first, block = 1, 256
    while True:
        spans = np.arange(first, first + block, dtype=np.float64)
        arrived, served = spans * arrival_rate * handle, spans * agents
        # E[(N − k)⁺] = m·P(N ≥ k) − k·P(N ≥ k + 1)
        surplus = arrived * pdtrc(served - 1, arrived) - served * pdtrc(served, arrived)
        terms = surplus / spans
        queue_length += float(terms.sum())
        if terms[-1] <= 1e-16 * queue_length:
            return queue_length / arrival_rate
        first += block


@dataclass(frozen=True, slots=True)
class ReactingAgent:
    """One agent with one slot that is held by reactions and chats alike."""

    mean_wait_for_reaction: float
    mean_wait: float
    """Until pickup, the reaction included."""
    slots: float
    """Share of the time the slot is held."""
    busy: float
    """Share of the time a chat is open."""


def reacting_agent(
    *,
    arrival_rate: float,
    mean_reaction: float,
    cv_reaction: float,
    mean_handle: float,
    cv_handle: float,
) -> ReactingAgent:
    """M/G/1 whose service is a reaction and then a chat; nobody gives up."""
    mean = mean_reaction + mean_handle
    sd = math.hypot(mean_reaction * cv_reaction, mean_handle * cv_handle)
    until_reaction = mg1_wait(arrival_rate=arrival_rate, mean=mean, cv=sd / mean)
    return ReactingAgent(
        mean_wait_for_reaction=until_reaction,
        mean_wait=until_reaction + mean_reaction,
        slots=arrival_rate * mean,
        busy=arrival_rate * mean_handle,
    )


def count_sd(mean: float, *, gamma_shape: float) -> float:
    """Standard deviation of a Poisson count whose mean carries a Gamma factor of that shape.

    Var = m + m²/a: the count is negative binomial.

    >>> round(count_sd(1660, gamma_shape=10), 2)
    526.52
    """
    require_positive(mean=mean, gamma_shape=gamma_shape)
    return math.sqrt(mean + mean**2 / gamma_shape)
