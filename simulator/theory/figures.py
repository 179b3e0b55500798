"""What a steady desk does to its customers, as theory gives it."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.errors import ParameterError

__all__ = ["QueueFigures", "require_positive", "require_stable"]


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The steady-state figures of one desk; times in the unit of the rates that were given.

    A blocked customer never queues: shares and waits are of those who were let in, as in
    ``metrics``, where a form taken at arrival is not counted as queued.
    """

    p_wait: float
    """Share of the queued who do not get an agent at once."""
    p_block: float
    """Share of all arrivals that find every waiting place taken."""
    p_abandon: float
    """Share of the queued who give up."""
    mean_wait: float
    """Of all queued, however their wait ended."""
    mean_wait_served: float
    mean_wait_abandoned: float | None
    """``None`` where nobody gives up."""
    queue_length: float
    """Mean number waiting."""
    occupancy: float
    """Output ÷ capacity: share of the time that an agent is busy, with one chat at a time."""
    threshold: float
    """The T of the three service levels."""
    of_all: float
    """Served with wait ≤ T ÷ queued."""
    of_served: float
    """Served with wait ≤ T ÷ served."""
    excl_short_abandons: float
    """Served with wait ≤ T ÷ (queued − abandoned with wait ≤ T)."""


def require_positive(**values: float) -> None:
    """Check that every named value is a finite number above 0.

    Raises:
        ParameterError: naming the first that is not.
    """
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise ParameterError(f"{name} is {value:g}; give a positive number")


def require_stable(*, arrival_rate: float, full_rate: float) -> None:
    """Check that a desk whose customers never give up keeps up with them.

    Raises:
        ParameterError: if arrivals come as fast as the full desk can finish, or faster.
    """
    if arrival_rate >= full_rate:
        raise ParameterError(
            f"{arrival_rate:g} arrivals per unit of time meet a desk that finishes at most "
            f"{full_rate:g}; a queue that nobody leaves has no steady state then: "
            "give more agents, or a patience"
        )
