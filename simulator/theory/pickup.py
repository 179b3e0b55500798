"""The pickup stage: agents take time to react, and customers can leave before and during it."""

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

__all__ = ["PickupFigures", "pickup_desk"]


@dataclass(frozen=True, slots=True)
class PickupFigures:
    """The steady state of a desk with reactions, one chat per agent."""

    p_wait: float
    """Share of arrivals for whom no reaction begins at once: every slot is held."""
    p_abandon: float
    p_abandon_in_queue: float
    """Share of arrivals who give up while nobody reacts to them."""
    mean_wait: float
    """Of all, reaction included, however it ended."""
    queue_length: float
    """Mean number waiting to whom nobody reacts."""
    reacting: float
    """Mean number of agents reacting ("offered")."""
    in_service: float
    """Mean number of open chats."""


def pickup_desk(
    *,
    arrival_rate: float,
    service_rate: float,
    agents: int,
    reaction_rate: float,
    patience_rate: float,
) -> PickupFigures:
    """Exponential reactions (δ) and patience (θ), by the pull rule of the model.

    As many agents react as customers wait, as far as agents are free; so the state is (waiting,
    open chats). Waiting is cut where it weighs nothing; without patience (θ = 0) it must die out
    by itself.

    Raises:
        ParameterError: if it does not: the desk cannot keep up.
    """
    require_positive(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        agents=agents,
        reaction_rate=reaction_rate,
    )
    if not 0 <= patience_rate < float("inf"):
        raise ParameterError(f"patience_rate is {patience_rate:g}; give 0 or more")

    def moves(state: State, most: int) -> Iterator[tuple[State, float]]:
        waiting, chats = state
        if waiting < most:
            yield (waiting + 1, chats), arrival_rate
        if waiting:
            yield (waiting - 1, chats), waiting * patience_rate
            yield (waiting - 1, chats + 1), min(waiting, agents - chats) * reaction_rate
        yield (waiting, chats - 1), chats * service_rate

    states, shares = stationary_of_growing((0, 0), moves, growing=[0])
    waiting, chats = states.T
    reacting = np.minimum(waiting, agents - chats)
    mean_waiting = float(shares @ waiting)
    mean_reacting = float(shares @ reacting)
    queued = mean_waiting - mean_reacting
    return PickupFigures(
        p_wait=float(shares[waiting >= agents - chats].sum()),
        p_abandon=patience_rate * mean_waiting / arrival_rate,
        p_abandon_in_queue=patience_rate * queued / arrival_rate,
        mean_wait=mean_waiting / arrival_rate,
        queue_length=queued,
        reacting=mean_reacting,
        in_service=float(shares @ chats),
    )
