"""How long customers would wait at most, as the formulas need it: a survival curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "EndlessPatience",
    "ExponentialPatience",
    "FixedPatience",
    "LognormalPatience",
    "Patience",
    "UniformPatience",
    "WeibullPatience",
]


class Patience(Protocol):
    """A distribution of patience, in the unit of time of the rates it is used with."""

    @property
    def kinks(self) -> tuple[float, ...]:
        """Where the survival curve jumps or bends, besides at 0."""
        ...

    def survival(self, x: Floats) -> Floats:
        """Share of customers still there after waiting ``x``: P(patience > x)."""
        ...

    def mean_within(self, x: Floats) -> Floats:
        """Mean wait of customers who are left alone for ``x``: E min(patience, x)."""
        ...


@dataclass(frozen=True, slots=True)
class EndlessPatience:
    """Nobody gives up."""

    kinks: tuple[float, ...] = ()

    def survival(self, x: Floats) -> Floats:
        """1 everywhere."""
        return np.ones_like(x)

    def mean_within(self, x: Floats) -> Floats:
        """``x`` itself."""
        return x


@dataclass(frozen=True, slots=True)
class ExponentialPatience:
    """Giving up at a constant rate, 1/mean."""

    mean: float
    kinks: tuple[float, ...] = ()

    def survival(self, x: Floats) -> Floats:
        """e^(−x/mean)."""
        return np.exp(-x / self.mean)

    def mean_within(self, x: Floats) -> Floats:
        """Mean × (1 − e^(−x/mean)), without cancellation near 0."""
        return -self.mean * np.expm1(-x / self.mean)


@dataclass(frozen=True, slots=True)
class FixedPatience:
    """Everyone gives up after exactly the same time."""

    length: float

    @property
    def kinks(self) -> tuple[float, ...]:
        """The jump."""
        return (self.length,)

    def survival(self, x: Floats) -> Floats:
        """1 before the length, 0 from it on."""
        return (x < self.length).astype(np.float64)

    def mean_within(self, x: Floats) -> Floats:
        """The smaller of ``x`` and the length."""
        return np.minimum(x, self.length)


@dataclass(frozen=True, slots=True)
class UniformPatience:
    """Any time between ``low`` and ``high``, all alike."""

    low: float
    high: float

    @property
    def kinks(self) -> tuple[float, ...]:
        """Both ends."""
        return (self.low, self.high)

    def survival(self, x: Floats) -> Floats:
        """Falls in a straight line from 1 at ``low`` to 0 at ``high``."""
        return np.clip((self.high - x) / (self.high - self.low), 0.0, 1.0)

    def mean_within(self, x: Floats) -> Floats:
        """The area under the survival curve up to ``x``."""
        over = np.clip(x, self.low, self.high) - self.low
        return np.minimum(x, self.low) + over - over**2 / (2 * (self.high - self.low))


@dataclass(frozen=True, slots=True)
class LognormalPatience:
    """The logarithm is normal with standard deviation ``log_sd``."""

    mean: float
    log_sd: float
    kinks: tuple[float, ...] = ()

    def _standardised(self, x: Floats) -> Floats:
        log_mean = math.log(self.mean) - self.log_sd**2 / 2
        return np.asarray((np.log(np.maximum(x, 1e-300)) - log_mean) / self.log_sd)

    def survival(self, x: Floats) -> Floats:
        """Φ(−z), z the standardised logarithm."""
        from scipy.special import ndtr

        return np.asarray(ndtr(-self._standardised(x)), dtype=np.float64)

    def mean_within(self, x: Floats) -> Floats:
        """x·Φ(−z) + mean·Φ(z − σ)."""
        from scipy.special import ndtr

        z = self._standardised(x)
        return np.asarray(x * ndtr(-z) + self.mean * ndtr(z - self.log_sd), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class WeibullPatience:
    """Giving up at a rate that grows with the wait (``shape`` > 1) or falls (< 1)."""

    mean: float
    shape: float
    kinks: tuple[float, ...] = ()

    def _hazard(self, x: Floats) -> Floats:
        return np.asarray((x * math.gamma(1 + 1 / self.shape) / self.mean) ** self.shape)

    def survival(self, x: Floats) -> Floats:
        """e^(−(x/scale)^shape)."""
        return np.exp(-self._hazard(x))

    def mean_within(self, x: Floats) -> Floats:
        """Mean × the regularised incomplete gamma function of 1/shape."""
        from scipy.special import gammainc

        part = gammainc(1 / self.shape, self._hazard(x))
        return np.asarray(self.mean * part, dtype=np.float64)
