"""Customers who give up and come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import ParameterError
from simulator.theory.chains import stationary_of_growing
from simulator.theory.figures import require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.theory.chains import State

__all__ = ["RetryFigures", "retrying_desk"]


@dataclass(frozen=True, slots=True)
class RetryFigures:
    """The steady state of a desk to which lost customers partly come back."""

    attempt_rate: float
    """First attempts and retries per unit of time."""
    p_wait: float
    """Share of attempts that do not get an agent at once."""
    p_abandon: float
    """Share of attempts given up."""
    mean_wait: float
    """Of all attempts, however they ended."""
    finally_lost: float
    """Share of customers (not attempts) who give up for good."""
    away: float
    """Mean number of customers who will come back."""


def retrying_desk(
    *,
    arrival_rate: float,
    service_rate: float,
    agents: int,
    patience_rate: float,
    probability: float,
    delay_rate: float,
) -> RetryFigures:
    """M/M/c+M where whoever gives up comes back with ``probability``, any number of times.

    They stay away for an exponential time, ``delay_rate`` being 1 ÷ its mean. Solved exactly as
    the chain of (in the system, away). The common short cut, a fixed point of Erlang A with more
    arrivals, is its limit for long delays: it overlooks that retries come while the desk is still
    as busy as it was.
    """
    require_positive(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        agents=agents,
        patience_rate=patience_rate,
        delay_rate=delay_rate,
    )
    if not 0 <= probability < 1:
        raise ParameterError(f"probability is {probability:g}; give a share from 0 to below 1")

    def moves(state: State, most: int) -> Iterator[tuple[State, float]]:
        present, away = state
        giving_up = max(present - agents, 0) * patience_rate
        if present < most:
            yield (present + 1, away), arrival_rate
            yield (present + 1, away - 1), away * delay_rate
        yield (present - 1, away), min(present, agents) * service_rate
        yield (present - 1, away), giving_up * (1 - probability)
        if away < most:
            yield (present - 1, away + 1), giving_up * probability

    states, shares = stationary_of_growing((0, 0), moves, growing=[0, 1])
    present, away = states.T
    mean_away = float(shares @ away)
    attempts = arrival_rate + delay_rate * mean_away
    waiting = float(shares @ np.maximum(present - agents, 0))
    arriving = shares * (arrival_rate + delay_rate * away)
    return RetryFigures(
        attempt_rate=attempts,
        p_wait=float(arriving[present >= agents].sum()) / attempts,
        p_abandon=patience_rate * waiting / attempts,
        mean_wait=waiting / attempts,
        finally_lost=patience_rate * waiting * (1 - probability) / arrival_rate,
        away=mean_away,
    )
