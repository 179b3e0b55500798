"""The distributions that are made of others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.distributions.parametric import Exponential
from simulator.distributions.protocol import require
from simulator.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.distributions.protocol import Distribution

__all__ = ["Hyperexponential", "Mixture"]


@dataclass(frozen=True, slots=True)
class Mixture:
    """Each draw comes from one of several distributions; ``Fixed(0)`` is a point mass at zero.

    >>> from simulator.distributions import Fixed
    >>> Mixture((0.1, 0.9), (Fixed(0.0), Exponential(1000.0))).mean
    900.0
    """

    weights: tuple[float, ...]
    """0 or more, any sum above 0."""
    parts: tuple[Distribution, ...]
    """One for each weight."""

    def __post_init__(self) -> None:
        if not self.parts or len(self.parts) != len(self.weights):
            raise UsageError(
                f"the mixture has {len(self.parts)} parts and {len(self.weights)} weights; "
                "give one weight for each part, and at least one part"
            )
        for weight in self.weights:
            require("weight in the mixture", weight)
        require("sum of the mixture's weights", math.fsum(self.weights), above=0)

    @property
    def shares(self) -> NDArray[np.float64]:
        """The weights, scaled to sum to 1."""
        return np.array(self.weights) / math.fsum(self.weights)

    @property
    def mean(self) -> float:
        """Seconds."""
        return float(sum(s * p.mean for s, p in self._present()))

    @property
    def cv(self) -> float:
        """From the second moments of the parts."""
        mean = self.mean
        if mean == 0:
            return 0.0
        second = sum(s * p.mean**2 * (1 + p.cv**2) for s, p in self._present())
        return math.sqrt(max(float(second) / mean**2 - 1, 0.0))

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds: first which part, for all; then every part's draws, part by part."""
        shares = self.shares
        which = np.searchsorted(np.cumsum(shares)[:-1], rng.random(size), side="right")
        drawn = np.empty(size)
        for number, part in enumerate(self.parts):
            mine = which == number
            drawn[mine] = part.sample(rng, int(mine.sum()))
        return drawn

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """By bisection of the cdf, to the last bit: it lies between the parts' own quantiles."""
        asked = np.asarray(q, dtype=float)
        own = np.array([part.quantile(asked) for _, part in self._present()])
        low, high = own.min(axis=0), own.max(axis=0)
        high = np.where(np.isinf(high), self._bound(asked, low), high)
        high = np.where(self.cdf(low) >= asked, low, high)
        while True:
            gap = np.where(np.isinf(high), 0.0, high - np.where(np.isinf(high), 0.0, low))
            middle = np.where(gap > 0, low + gap / 2, high)
            if not ((middle > low) & (middle < high)).any():
                break
            reached = self.cdf(middle) >= asked
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return high

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The weighted mean of the parts' cdfs."""
        parts = [s * part.cdf(x) for s, part in self._present()]
        return np.asarray(np.sum(parts, axis=0), dtype=float)

    def _present(self) -> list[tuple[float, Distribution]]:
        return [(s, p) for s, p in zip(self.shares, self.parts, strict=True) if s > 0]

    def _bound(self, asked: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Durations at which the cdf has reached ``asked``: by doubling, ``inf`` if none has."""
        bound = np.maximum(start, 1.0)
        while (short := np.isfinite(bound) & (self.cdf(bound) < asked)).any():
            with np.errstate(over="ignore"):
                bound = np.where(short, bound * 2, bound)
        return bound


@dataclass(frozen=True, slots=True)
class Hyperexponential:
    """Two exponentials with balanced means (each brings half the mean); cv of at least 1.

    With c = cv: p = (1 + √((c² − 1)/(c² + 1)))/2, and the branch means are mean/(2p) and
    mean/(2(1 − p)); Tijms, *A First Course in Stochastic Models*, appendix B.
    """

    mean: float
    """Seconds, above 0."""
    cv: float
    """1 or more."""

    def __post_init__(self) -> None:
        require("mean of the hyperexponential", self.mean, above=0)
        require("cv of the hyperexponential", self.cv, least=1)

    @property
    def mixture(self) -> Mixture:
        """The two branches."""
        square = self.cv**2
        p = (1 + math.sqrt((square - 1) / (square + 1))) / 2
        shorter, longer = Exponential(self.mean / (2 * p)), Exponential(self.mean / (2 * (1 - p)))
        return Mixture((p, 1 - p), (shorter, longer))

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds."""
        shorter, longer = self.mixture.parts
        means = np.where(rng.random(size) < self.mixture.shares[0], shorter.mean, longer.mean)
        return means * rng.standard_exponential(size)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """By bisection."""
        return self.mixture.quantile(q)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of two exponential cdfs, weighted."""
        return self.mixture.cdf(x)
