"""What every distribution can do, and how its parameters are checked at the door."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from simulator.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Distribution", "require"]


class Distribution(Protocol):
    """A distribution of durations in seconds, none of them negative."""

    @property
    def mean(self) -> float:
        """Seconds; ``inf`` where some of the mass never comes."""

    @property
    def cv(self) -> float:
        """Standard deviation over mean; 0 where the mean is 0, nan where it is infinite."""

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """``size`` independent draws, seconds."""

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """The smallest duration that a share ``q`` (0 to 1) does not exceed, seconds."""

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The share of durations of at most ``x`` seconds."""


def require(name: str, value: float, *, above: float | None = None, least: float = 0.0) -> None:
    """Raise a UsageError unless ``value`` is finite and at least ``least`` (or above ``above``)."""
    if math.isfinite(value) and (value > above if above is not None else value >= least):
        return
    rule = f"above {above:g}" if above is not None else f"of at least {least:g}"
    raise UsageError(f"{name} is {value:g}; give a finite number {rule}")
