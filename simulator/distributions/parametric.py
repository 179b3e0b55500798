"""The distributions that have a formula."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.distributions.protocol import require
from simulator.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Erlang", "Exponential", "Fixed", "Gamma", "Lognormal", "Uniform", "Weibull"]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same.

    >>> Fixed(180.0).quantile(np.array([0.1, 0.9]))
    array([180., 180.])
    """

    value: float
    """Seconds, 0 or more."""

    def __post_init__(self) -> None:
        require("fixed duration", self.value)

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def cv(self) -> float:
        """0."""
        return 0.0

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:  # noqa: ARG002
        """The value, ``size`` times; the generator is not touched."""
        return np.full(size, self.value)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """The value."""
        return np.full(np.shape(q), self.value)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 below the value, 1 from it on."""
        return (np.asarray(x, dtype=float) >= self.value).astype(float)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory."""

    mean: float
    """Seconds, above 0."""

    def __post_init__(self) -> None:
        require("mean of the exponential", self.mean, above=0)

    @property
    def cv(self) -> float:
        """1."""
        return 1.0

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds."""
        return rng.exponential(self.mean, size)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """−mean · ln(1 − q)."""
        return self.mean * _unit_exponential_quantile(q)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 − exp(−x / mean)."""
        return -np.expm1(-_nonnegative(x) / self.mean)


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma by mean and coefficient of variation: shape 1/cv², scale mean·cv²."""

    mean: float
    """Seconds, above 0."""
    cv: float
    """Above 0; 1 is the exponential."""

    def __post_init__(self) -> None:
        require("mean of the gamma", self.mean, above=0)
        require("cv of the gamma", self.cv, above=0)

    @classmethod
    def by_shape(cls, shape: float, scale: float) -> Gamma:
        """By its natural parameters; ``scale`` in seconds."""
        require("shape of the gamma", shape, above=0)
        require("scale of the gamma", scale, above=0)
        return cls(mean=shape * scale, cv=1 / math.sqrt(shape))

    @property
    def shape(self) -> float:
        """1/cv²."""
        return self.cv**-2

    @property
    def scale(self) -> float:
        """Seconds."""
        return self.mean * self.cv**2

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds."""
        return rng.gamma(self.shape, self.scale, size)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """By the inverse of the regularised incomplete gamma function."""
        return _gamma_quantile(q, self.shape, self.scale)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The regularised incomplete gamma function."""
        return _gamma_cdf(x, self.shape, self.scale)


@dataclass(frozen=True, slots=True)
class Erlang:
    """The sum of k equal exponential stages."""

    k: int
    """Stages, 1 or more."""
    mean: float
    """Of the sum; seconds, above 0."""

    def __post_init__(self) -> None:
        if self.k != int(self.k) or self.k < 1:
            raise UsageError(f"k of the Erlang is {self.k}; give a whole number of 1 or more")
        require("mean of the Erlang", self.mean, above=0)

    @property
    def cv(self) -> float:
        """1/√k."""
        return 1 / math.sqrt(self.k)

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds."""
        return rng.gamma(self.k, self.mean / self.k, size)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """As of the gamma with shape k."""
        return _gamma_quantile(q, self.k, self.mean / self.k)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """As of the gamma with shape k."""
        return _gamma_cdf(x, self.k, self.mean / self.k)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Its logarithm is normal; ``by_mean`` takes mean and cv instead.

    >>> round(Lognormal.by_mean(660.0, 1.1).mean, 6)
    660.0
    """

    log_mean: float
    """Mean of ln(seconds)."""
    log_sd: float
    """Standard deviation of ln(seconds), above 0."""

    def __post_init__(self) -> None:
        require("log_mean of the lognormal", self.log_mean, least=-math.inf)
        require("log_sd of the lognormal", self.log_sd, above=0)

    @classmethod
    def by_mean(cls, mean: float, cv: float) -> Lognormal:
        """With this mean in seconds and this coefficient of variation, both above 0."""
        require("mean of the lognormal", mean, above=0)
        require("cv of the lognormal", cv, above=0)
        variance = math.log1p(cv**2)
        return cls(log_mean=math.log(mean) - variance / 2, log_sd=math.sqrt(variance))

    @property
    def mean(self) -> float:
        """exp(log_mean + log_sd²/2), seconds."""
        return math.exp(self.log_mean + self.log_sd**2 / 2)

    @property
    def cv(self) -> float:
        """√(exp(log_sd²) − 1)."""
        return math.sqrt(math.expm1(self.log_sd**2))

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds."""
        return rng.lognormal(self.log_mean, self.log_sd, size)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """The exponential of the normal quantile."""
        from scipy.special import ndtri

        return np.exp(self.log_mean + self.log_sd * np.asarray(ndtri(q), dtype=float))

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The normal cdf of ln x."""
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            z = (np.log(_nonnegative(x)) - self.log_mean) / self.log_sd
        return np.asarray(ndtr(z), dtype=float)


@dataclass(frozen=True, slots=True)
class Weibull:
    """Hazard rising (shape above 1) or falling (below 1) with time."""

    scale: float
    """Seconds, above 0."""
    shape: float
    """Above 0; 1 is the exponential."""

    def __post_init__(self) -> None:
        require("scale of the Weibull", self.scale, above=0)
        require("shape of the Weibull", self.shape, above=0)

    @classmethod
    def by_mean(cls, mean: float, shape: float) -> Weibull:
        """With this mean in seconds: scale = mean / Γ(1 + 1/shape)."""
        require("mean of the Weibull", mean, above=0)
        require("shape of the Weibull", shape, above=0)
        return cls(scale=mean / math.exp(math.lgamma(1 + 1 / shape)), shape=shape)

    @classmethod
    def by_cv(cls, mean: float, cv: float) -> Weibull:
        """With this mean in seconds and this coefficient of variation (0.01 to 100)."""
        require("cv of the Weibull", cv, above=0)
        low, high = 0.1, 200.0
        if not _weibull_cv(high) <= cv <= _weibull_cv(low):
            raise UsageError(f"cv of the Weibull is {cv:g}; give one between 0.01 and 100")
        for _ in range(60):  # halves the bracket to the last bit
            middle = (low + high) / 2
            low, high = (middle, high) if _weibull_cv(middle) > cv else (low, middle)
        return cls.by_mean(mean, (low + high) / 2)

    @property
    def mean(self) -> float:
        """The scale times Γ(1 + 1/shape), seconds."""
        return self.scale * math.exp(math.lgamma(1 + 1 / self.shape))

    @property
    def cv(self) -> float:
        """√(Γ(1 + 2/shape) / Γ(1 + 1/shape)² − 1)."""
        return _weibull_cv(self.shape)

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds."""
        return self.scale * rng.weibull(self.shape, size)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scale times (−ln(1 − q))^(1/shape)."""
        return self.scale * _unit_exponential_quantile(q) ** (1 / self.shape)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 − exp(−(x / scale)^shape)."""
        return -np.expm1(-((_nonnegative(x) / self.scale) ** self.shape))


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anywhere between two bounds."""

    low: float
    """Seconds, 0 or more."""
    high: float
    """Seconds, at least ``low``."""

    def __post_init__(self) -> None:
        require("low of the uniform", self.low)
        require("high of the uniform", self.high, least=self.low)

    @property
    def mean(self) -> float:
        """The middle, seconds."""
        return (self.low + self.high) / 2

    @property
    def cv(self) -> float:
        """Width / √12 over the mean."""
        return (self.high - self.low) / math.sqrt(12) / self.mean if self.mean else 0.0

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds."""
        return rng.uniform(self.low, self.high, size)

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """Straight from low to high."""
        return self.low + (self.high - self.low) * np.asarray(q, dtype=float)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Straight from 0 at low to 1 at high."""
        points = np.asarray(x, dtype=float)
        if self.high == self.low:
            return (points >= self.low).astype(float)
        return np.clip((points - self.low) / (self.high - self.low), 0.0, 1.0)


def _nonnegative(x: NDArray[np.float64]) -> NDArray[np.float64]:
    points: NDArray[np.float64] = np.asarray(x, dtype=float)
    return np.maximum(points, 0.0)


def _unit_exponential_quantile(q: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):  # the quantile of 1 is infinite, and that is meant
        logged: NDArray[np.float64] = np.log1p(-np.asarray(q, dtype=float))
    return -logged


def _gamma_quantile(q: NDArray[np.float64], shape: float, scale: float) -> NDArray[np.float64]:
    from scipy.special import gammaincinv

    unit: NDArray[np.float64] = np.asarray(gammaincinv(shape, q), dtype=float)
    return scale * unit


def _gamma_cdf(x: NDArray[np.float64], shape: float, scale: float) -> NDArray[np.float64]:
    from scipy.special import gammainc

    return np.asarray(gammainc(shape, _nonnegative(x) / scale), dtype=float)


def _weibull_cv(shape: float) -> float:
    log_ratio = math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape)
    return math.sqrt(math.expm1(log_ratio))
