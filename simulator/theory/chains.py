"""Markov chains in continuous time, solved as sparse linear systems."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Moves", "State", "stationary", "stationary_of_growing"]

State = tuple[int, ...]
Moves = Callable[[State], Iterable[tuple[State, float]]]
"""Where the chain can go from a state, and at what rate; rates of 0 are left out."""

NEGLIGIBLE = 1e-13
LARGEST_CUT = 4096


def stationary(start: State, moves: Moves) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every state that can be reached from ``start`` (a row each) and its long-run share of time.

    The chain must be finite and able to come back to ``start``.
    """
    number = {start: 0}
    found = [start]
    rates = []
    for state in found:  # grows while it is walked
        for target, rate in moves(state):
            if rate <= 0:
                continue
            if target not in number:
                number[target] = len(found)
                found.append(target)
            rates.append((number[state], number[target], rate))
    return np.array(found, dtype=np.int64), _shares(len(found), rates)


def _shares(count: int, rates: list[tuple[int, int, float]]) -> NDArray[np.float64]:
    """Solve inflow = outflow.

    State 0 is held at 1 and its own equation, which follows from the others, left out: so the
    system stays sparse. The result is scaled to sum 1 afterwards.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    source, target, rate = (np.array(column) for column in zip(*rates, strict=True))
    inflow = coo_array((rate, (target, source)), shape=(count, count))
    outflow = coo_array((rate, (source, source)), shape=(count, count))
    balance = (inflow - outflow).tocsc()
    rest = spsolve(balance[1:, 1:], -balance[1:, [0]].toarray().ravel())
    weights = np.concatenate([[1.0], rest])
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def stationary_of_growing(
    start: State,
    moves: Callable[[State, int], Iterable[tuple[State, float]]],
    *,
    growing: list[int],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The same for a chain without end, cut where it weighs nothing.

    ``growing`` are the coordinates without a bound of their own; ``moves`` is told the largest
    value that they may take, and must not go beyond.

    Raises:
        ParameterError: if the chain runs away to ever larger values.
    """
    largest = 64
    while largest <= LARGEST_CUT:
        states, shares = stationary(start, lambda state, most=largest: moves(state, most))  # type: ignore[misc]
        if float(shares[(states[:, growing] == largest).any(axis=1)].sum()) < NEGLIGIBLE:
            return states, shares
        largest *= 2
    raise ParameterError(
        f"more than {LARGEST_CUT} customers wait: the desk does not keep up; "
        "give more agents, or a shorter patience"
    )
