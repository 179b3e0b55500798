"""A day as it goes: arrivals and staffing that change with time, by the forward equations.

``poisson_queue`` is the one case with a closed form (giving up as fast as being served, so that
the number of agents does not matter to anybody's stay). ``forward_equations`` integrates
Kolmogorov's equations for M(t)/M/c(t) with or without impatience and with the model's rule for a
falling headcount. ``one_day`` reads the figures of a desk that opens empty off them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.errors import ParameterError
from simulator.theory.figures import require_positive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Surplus = Literal["finishes", "drops"]

__all__ = [
    "DayFigures",
    "Stretch",
    "forward_equations",
    "offered_load",
    "one_day",
    "poisson_queue",
]

NEGLIGIBLE = 1e-10
LARGEST_QUEUE = 4096
STEPS_PER_EVENT = 1.0
"""Steps per mean time between events in the fastest state; Runge–Kutta stays stable above 0.72."""


def offered_load(
    arrival_rate: Callable[[float], float], *, service_rate: float, at: float
) -> float:
    """Mean number busy at ``at`` with no lack of agents, empty at 0 (Eick, Massey & Whitt 1993).

    m(t) = ∫₀ᵗ λ(u)·e^(−μ(t−u)) du, by quadrature, for a smooth rate.
    """
    from scipy.integrate import quad

    value, _ = quad(
        lambda u: arrival_rate(u) * math.exp(-service_rate * (at - u)),
        0.0,
        at,
        limit=200,
        epsabs=1e-11,
        epsrel=1e-12,
    )
    return float(value)


def poisson_queue(load: float, *, agents: int) -> tuple[float, float]:
    """P(all agents busy) and mean queue where the number in the system is Poisson(``load``).

    So it is in M(t)/M/c+M from empty when patience and handle time have the same mean.
    """
    from scipy.special import pdtrc

    require_positive(load=load, agents=agents)
    all_busy = float(pdtrc(agents - 1, load))
    return all_busy, load * all_busy - agents * float(pdtrc(agents, load))


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What happened between two changes of the headcount.

    Arrays have a row per number of surplus agents (still busy after the headcount fell below
    them) and a column per number of customers in the system.
    """

    begins: float
    ends: float
    agents: int
    """On duty by the staffing table; surplus agents come on top."""
    found: Floats
    """Expected number of arrivals that find each state."""
    spent: Floats
    """Expected time in each state."""

    @property
    def arrivals(self) -> float:
        """Expected number, blocked ones included."""
        return float(self.found.sum())

    @property
    def p_wait(self) -> float:
        """Share of arrivals who find no agent free."""
        return 1 - float(self.found[0, : self.agents].sum()) / self.arrivals

    @property
    def queue_length(self) -> float:
        """Mean number waiting."""
        surplus, present = np.indices(self.spent.shape)
        waiting = np.maximum(present - self.agents - surplus, 0)
        return float((self.spent * waiting).sum() / (self.ends - self.begins))

    @property
    def busy(self) -> float:
        """Mean number of agents with a chat, surplus ones included."""
        surplus, present = np.indices(self.spent.shape)
        busy = np.minimum(present, self.agents + surplus)
        return float((self.spent * busy).sum() / (self.ends - self.begins))


def forward_equations(
    arrival_rate: Callable[[float], float],
    *,
    service_rate: float,
    staffing: Sequence[tuple[float, int]],
    until: float,
    patience_rate: float = 0.0,
    waiting_places: int | None = None,
    surplus: Surplus = "finishes",
) -> list[Stretch]:
    """Integrate the forward equations from an empty desk; a ``Stretch`` per entry of staffing.

    ``staffing`` lists (from, agents) in order, beginning at 0; the rate must be smooth within an
    entry (add entries where it is not). When the headcount falls, surplus agents finish their
    chat and leave, the first to finish first, and take nobody from the queue: the model's rule.
    The literature's M/M/c(t) is ``surplus="drops"``: they drop it, and its customer waits again,
    so that min(n, c(t)) are served at any time. Without a limit to
    waiting, as many customers are followed as ever come together with more than a negligible
    chance. Classical Runge–Kutta with Hermite–Simpson integrals, both of fourth order.

    Raises:
        ParameterError: if thousands of customers come together, or staffing is not as described.
    """
    counts = [agents for _, agents in staffing]
    if not counts or staffing[0][0] != 0:
        raise ParameterError("staffing must list (from, agents) beginning at 0")
    edges = [*(at for at, _ in staffing), until]

    def follow(most: int) -> list[Stretch]:
        drifts = _drifts(counts, service_rate, patience_rate, most=most, surplus=surplus)
        return _followed(arrival_rate, edges, drifts)

    if waiting_places is not None:
        if len(set(counts)) > 1:
            raise ParameterError("waiting places need one headcount; give a single staffing entry")
        most = counts[0] + waiting_places
        return follow(most)
    room = 32
    while room <= LARGEST_QUEUE:
        most = max(counts) + room
        stretches = follow(most)
        if all(float(s.spent[:, -1].sum()) < NEGLIGIBLE * (s.ends - s.begins) for s in stretches):
            return stretches
        room *= 2
    raise ParameterError(
        f"more than {LARGEST_QUEUE} customers wait; give more agents, or a patience"
    )


def _drifts(
    counts: list[int], service_rate: float, patience_rate: float, *, most: int, surplus: Surplus
) -> list[_Drift]:
    """A drift per headcount, with room for ``most`` customers and for every surplus possible."""
    falls = (high - low for i, high in enumerate(counts) for low in counts[i + 1 :])
    rows = max((0, *falls)) + 1 if surplus == "finishes" else 1
    return [_Drift((rows, most + 1), service_rate, agents, patience_rate) for agents in counts]


def _followed(
    arrival_rate: Callable[[float], float], edges: list[float], drifts: list[_Drift]
) -> list[Stretch]:
    """One pass from empty through all headcounts."""
    state = np.zeros(drifts[0].served.shape)
    state[0, 0] = 1.0
    stretches: list[Stretch] = []
    for k, drift in enumerate(drifts):
        if k and len(state) > 1:
            state = _with_headcount(state, drifts[k - 1].agents, drift.agents)
        state, stretch = _integrated(state, drift, arrival_rate, edges[k], edges[k + 1])
        stretches.append(stretch)
    return stretches


def _with_headcount(state: Floats, before: int, after: int) -> Floats:
    """The same chats in hand, seen from another headcount.

    Agents who come on take the waiting at once, so only who is busy beyond the new count remains
    as surplus.
    """
    changed = np.zeros_like(state)
    surplus, present = np.nonzero(state)
    busy = np.where(surplus > 0, before + surplus, np.minimum(present, before))
    np.add.at(changed, (np.maximum(busy - after, 0), present), state[surplus, present])
    return changed


class _Drift:
    """dp/dt of one headcount, for a given arrival rate."""

    def __init__(
        self, shape: tuple[int, ...], service_rate: float, agents: int, patience_rate: float
    ) -> None:
        surplus, present = np.indices(shape)
        possible = (surplus == 0) | (present >= agents + surplus)
        in_hand = np.minimum(present, agents + surplus)
        self.agents = agents
        self.served = np.where(possible, service_rate * in_hand, 0.0)
        self.gives_up = np.where(possible, patience_rate * (present - in_hand), 0.0)
        self.fastest = float((self.served + self.gives_up).max())

    def __call__(self, state: Floats, arrival_rate: float) -> Floats:
        change = np.empty_like(state)
        ended, left = self.served * state, self.gives_up * state
        np.negative(ended + left, out=change)
        come = arrival_rate * state[:, :-1]
        change[:, :-1] -= come
        change[:, 1:] += come
        change[:, :-1] += left[:, 1:]
        change[0, :-1] += ended[0, 1:]
        change[:-1, :-1] += ended[1:, 1:]
        return change


def _integrated(
    state: Floats,
    drift: _Drift,
    arrival_rate: Callable[[float], float],
    begins: float,
    ends: float,
) -> tuple[Floats, Stretch]:
    probes = np.linspace(begins, ends, 101)
    fastest = drift.fastest + max(arrival_rate(float(t)) for t in probes)
    steps = math.ceil((ends - begins) * fastest * STEPS_PER_EVENT)
    h = (ends - begins) / steps
    found, spent = np.zeros_like(state), np.zeros_like(state)
    for k in range(steps):
        t = begins + k * h
        now, middle, then = arrival_rate(t), arrival_rate(t + h / 2), arrival_rate(t + h)
        slope = drift(state, now)
        second = drift(state + h / 2 * slope, middle)
        third = drift(state + h / 2 * second, middle)
        fourth = drift(state + h * third, then)
        following = state + h / 6 * (slope + 2 * second + 2 * third + fourth)
        halfway = (state + following) / 2 + h / 8 * (slope - drift(following, then))
        spent += h / 6 * (state + 4 * halfway + following)
        found += h / 6 * (now * state + 4 * middle * halfway + then * following)
        state = following
    return state, Stretch(begins, ends, drift.agents, found, spent)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Expected totals of one day, and the ratios of totals."""

    arrivals: float
    blocked: float
    served: float
    abandoned: float
    in_time: float
    """Served with wait ≤ T."""
    asa: float
    """Mean wait of the served."""
    of_all: float
    """In time ÷ (arrivals − blocked)."""
    occupancy: float
    """Busy agents ÷ agents while the day lasts; the time after closing is apart."""


def one_day(
    *,
    arrival_rate: float,
    service_rate: float,
    agents: int,
    length: float,
    threshold: float,
    patience_rate: float = 0.0,
    waiting_places: int | None = None,
) -> DayFigures:
    """One day of ``length`` that starts empty and serves its queue out after closing.

    Whoever finds j waiting before an agent is free waits for j + 1 departures from the full desk,
    at rates cμ + iθ, i = 0 … j; later arrivals do not matter to them, and neither does closing.
    Weighing by e^(−θx), the chance to still be there, shifts every rate by θ; the sum is then
    the logarithm of a Beta variable, or Erlang where θ is 0.
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, agents=agents)
    (day,) = forward_equations(
        lambda _: arrival_rate,
        service_rate=service_rate,
        staffing=[(0.0, agents)],
        until=length,
        patience_rate=patience_rate,
        waiting_places=waiting_places,
    )
    found = day.found[0]
    blocked = 0.0 if waiting_places is None else float(found[-1])
    waiting = found[agents:] if waiting_places is None else found[agents:-1]
    full_rate = agents * service_rate
    stages = np.arange(1, waiting.size + 1)
    still_there = full_rate / (full_rate + patience_rate * stages)
    mean_wait = np.cumsum(1 / (full_rate + patience_rate * stages))
    at_once = float(found[:agents].sum())
    served = at_once + float((waiting * still_there).sum())
    soon = _departures_within(threshold, stages, full_rate, patience_rate)
    in_time = at_once + float((waiting * still_there * soon).sum())
    return DayFigures(
        arrivals=day.arrivals,
        blocked=blocked,
        served=served,
        abandoned=float((waiting * (1 - still_there)).sum()),
        in_time=in_time,
        asa=float((waiting * still_there * mean_wait).sum()) / served,
        of_all=in_time / (day.arrivals - blocked),
        occupancy=day.busy / agents,
    )


def _departures_within(
    within: float, stages: NDArray[np.int64], full_rate: float, patience_rate: float
) -> Floats:
    """P(exponential times of rates full_rate + iθ, i = 1 … stages, add up to ≤ ``within``)."""
    from scipy.special import betainc, gammainc

    if patience_rate == 0:
        return np.asarray(gammainc(stages, full_rate * within), dtype=np.float64)
    left = -math.expm1(-patience_rate * within)
    return np.asarray(betainc(stages, full_rate / patience_rate + 1, left), dtype=np.float64)
