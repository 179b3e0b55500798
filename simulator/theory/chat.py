"""Several chats per agent: the exact chain of the whole desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import ParameterError
from simulator.theory.chains import stationary
from simulator.theory.figures import require_positive, require_stable
from simulator.theory.full_desk import waits_behind_full_desk
from simulator.theory.patience import EndlessPatience

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.theory.chains import State
    from simulator.theory.figures import QueueFigures
    from simulator.theory.patience import Patience

__all__ = ["ChatFigures", "chat_desk"]


@dataclass(frozen=True, slots=True)
class ChatFigures:
    """The steady state of a chat desk."""

    waiting: QueueFigures
    """Here ``occupancy`` is the one by work: r(k) ÷ r(K), time-weighted."""
    mean_handle: float
    """Pickup → end, stretched by the chats beside it."""
    busy: float
    """Share of agents with at least one open chat."""
    slots: float
    """Slots held ÷ slots offered."""
    concurrency: float
    """Mean number of open chats of an agent who has any."""
    open_share: tuple[float, ...]
    """Share of agents with 0, 1, … K open chats."""


def chat_desk(
    *,
    arrival_rate: float,
    output: Sequence[float],
    agents: int,
    patience: Patience,
    threshold: float = 0.0,
) -> ChatFigures:
    """Chats with exponential work on agents of whom one with k open chats works at ``output[k-1]``.

    ``output`` is r(1..K) in chats per unit of time, so a solo chat lasts 1 ÷ ``output[0]``. The
    arriving chat goes to an agent with the fewest (``least_loaded``). The state is how many
    agents have 0, 1, … K chats, C(agents + K, K) states; who waits changes nothing in it as long
    as the desk is full, so the queue is solved apart (``full_desk``) and any patience will do.
    """
    require_positive(arrival_rate=arrival_rate, agents=agents, **_named(output))
    full_rate = agents * output[-1]
    if isinstance(patience, EndlessPatience):
        require_stable(arrival_rate=arrival_rate, full_rate=full_rate)
    cap = len(output)
    empty = (agents,) + (0,) * cap
    states, shares = stationary(empty, lambda state: _moves(state, arrival_rate, output))
    full = int(np.flatnonzero(states[:, cap] == agents)[0])
    waiting = waits_behind_full_desk(
        arrival_rate=arrival_rate,
        full_rate=full_rate,
        p_full_without_queue=float(shares[full]),
        patience=patience,
        threshold=threshold,
    )
    # with the queue the full desk weighs more, the others keep their proportions
    shares[full] = 0.0
    shares *= (1 - waiting.p_wait) / shares.sum()
    shares[full] = waiting.p_wait
    open_share = shares @ states / agents
    open_chats = float(open_share @ np.arange(cap + 1))
    busy = 1 - float(open_share[0])
    return ChatFigures(
        waiting=waiting,
        mean_handle=agents * open_chats / (arrival_rate * (1 - waiting.p_abandon)),
        busy=busy,
        slots=open_chats / cap,
        concurrency=open_chats / busy,
        open_share=tuple(float(share) for share in open_share),
    )


def _named(output: Sequence[float]) -> dict[str, float]:
    if not output:
        raise ParameterError("output is empty; give r(1), r(2), … up to the cap")
    return {f"output({k})": rate for k, rate in enumerate(output, start=1)}


def _moves(
    state: State, arrival_rate: float, output: Sequence[float]
) -> Iterator[tuple[State, float]]:
    """One chat more for an agent with the fewest, or one less for an agent with k."""
    fewest = next(k for k, count in enumerate(state) if count)
    if fewest < len(output):
        yield _moved(state, fewest, fewest + 1), arrival_rate
    for k, rate in enumerate(output, start=1):
        if state[k]:
            yield _moved(state, k, k - 1), state[k] * rate


def _moved(state: State, source: int, target: int) -> State:
    counts = list(state)
    counts[source] -= 1
    counts[target] += 1
    return tuple(counts)
