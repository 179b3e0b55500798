"""Durations in whole microseconds, and uniform numbers that are never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.distributions import Distribution

__all__ = ["LONGEST_US", "durations", "patience_durations", "uniform"]

LONGEST_US: Final = 2**50
"""36 years, as good as for ever. Durations are cut here, so that an instant plus a duration always
fits 64 bits and seconds as float64 give back every microsecond."""


def uniform(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Uniform in (0, 1): NumPy's own draws may be 0, and neither logarithm nor root like that."""
    draws = rng.random(size)
    return np.maximum(draws, 2.0**-54, out=draws)


def durations(
    distribution: Distribution,
    rng: np.random.Generator,
    size: int,
    chosen: NDArray[np.int64] | None = None,
    *,
    at_least: int,
) -> NDArray[np.int64]:
    """``size`` draws, or the chosen ones of them: microseconds, rounded to the nearest."""
    seconds = distribution.sample(rng, size)
    exact = seconds if chosen is None else seconds[chosen]
    exact *= 1e6
    np.clip(np.rint(exact, out=exact), at_least, LONGEST_US, out=exact)
    return exact.astype(np.int64)


def patience_durations(
    distribution: Distribution,
    rng: np.random.Generator,
    size: int,
    chosen: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Microseconds; -1 for a patience without end."""
    patience = durations(distribution, rng, size, chosen, at_least=1)
    patience[patience == LONGEST_US] = -1
    return patience
