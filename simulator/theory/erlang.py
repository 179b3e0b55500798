"""Erlang's two formulas, for any number of agents, whole or not, large or small."""

from __future__ import annotations

import math

from simulator.errors import ParameterError
from simulator.theory.figures import require_positive

__all__ = ["erlang_b", "erlang_c", "fewest_agents"]


def erlang_b(agents: float, load: float) -> float:
    """Share of customers lost by M/M/c/c: every agent busy, no place to wait.

    ``load`` is arrival rate × mean handle time (erlang). By the recursion
    B(c) = a·B(c−1) ÷ (c + a·B(c−1)), which only adds positive numbers and so loses no digits at
    any size. A number of agents that is not whole starts it at the fraction, from the incomplete
    gamma function (Jagerman 1974: 1/B = ∫₀^∞ e^(−y)·(1 + y/a)^c dy).

    >>> round(erlang_b(10, 5), 8)
    0.01838457
    """
    require_positive(load=load)
    if not 0 <= agents < math.inf:
        raise ParameterError(f"agents is {agents:g}; give 0 or more")
    whole = math.floor(agents)
    fraction = agents - whole
    lost = 1.0 if fraction == 0 else _erlang_b_below_one(fraction, load)
    for n in range(1, whole + 1):
        lost = load * lost / (fraction + n + load * lost)
    return lost


def _erlang_b_below_one(agents: float, load: float) -> float:
    """B for less than one agent: aᶜe⁻ᵃ ÷ Γ(c+1, a), or its integral where that underflows."""
    from scipy.special import gammaincc, gammaln

    density = math.exp(agents * math.log(load) - load - float(gammaln(agents + 1)))
    if density > 0:
        return density / float(gammaincc(agents + 1, load))
    from scipy.integrate import quad

    inverse, _ = quad(lambda y: math.exp(-y) * (1 + y / load) ** agents, 0, math.inf)
    return float(1 / inverse)


def erlang_c(agents: float, load: float) -> float:
    """Share of customers who wait in M/M/c with patient customers: c·B ÷ (c − a·(1−B)).

    1 where the desk cannot keep up (load ≥ agents): then everyone waits in the end.

    >>> round(erlang_c(100, 99), 6)
    0.882768
    """
    lost = erlang_b(agents, load)
    if load >= agents:
        return 1.0
    return agents * lost / (agents - load * (1 - lost))


def fewest_agents(load: float, *, p_wait: float) -> int:
    """The smallest whole desk at which at most the share ``p_wait`` of customers waits.

    >>> fewest_agents(8.4, p_wait=0.20)
    12
    """
    if not 0 < p_wait < 1:
        raise ParameterError(f"p_wait is {p_wait:g}; give a share between 0 and 1")
    agents = math.floor(load) + 1
    while erlang_c(agents, load) > p_wait:
        agents += 1
    return agents
