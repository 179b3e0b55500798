"""The families that are fitted: likelihoods on a free scale, starts, and how they are written.

A family's free scale has no bounds: a parameter that must be positive stands as its logarithm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from simulator.distributions import Exponential, Gamma, Lognormal, Weibull

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from simulator.distributions import Distribution

    Array = NDArray[np.float64]

__all__ = ["FAMILIES", "Counted", "Family", "seconds_text"]

LEAST_SHARE: Final = 1e-300
"""Where a survival function has run out of numbers, it stops here."""


class Counted(Protocol):
    """Durations above 0 and how often each was met."""

    @property
    def observed(self) -> Array:
        """Different durations that ended by themselves, seconds."""

    @property
    def observed_weights(self) -> Array:
        """How often each was met."""

    @property
    def censored(self) -> Array:
        """Different durations that were cut short."""

    @property
    def censored_weights(self) -> Array:
        """How often each was met."""


@dataclass(frozen=True, slots=True)
class Family:
    """One family of distributions of positive durations."""

    name: str
    names: tuple[str, ...]
    """Of the parameters, as reported."""
    positive: tuple[bool, ...]
    """Whether each stands as its logarithm on the free scale."""
    made: Callable[..., Distribution]
    log_density: Callable[[Array, Array], Array]
    """(free parameters, durations)."""
    log_survival: Callable[[Array, Array], Array]
    start: Callable[[Counted], Array]
    """Where the search begins."""
    written: Callable[..., dict[str, Any]]

    def natural(self, theta: Array) -> list[float]:
        """The parameters themselves."""
        pairs = zip(theta, self.positive, strict=True)
        return [math.exp(value) if logged else float(value) for value, logged in pairs]

    def free(self, parameters: Mapping[str, float]) -> Array:
        """The parameters on the free scale."""
        pairs = zip(self.names, self.positive, strict=True)
        return np.array(
            [math.log(parameters[name]) if logged else parameters[name] for name, logged in pairs]
        )

    def parameters(self, theta: Array) -> dict[str, float]:
        """By name; a bound that no number holds is inf, one that is not known is nan."""
        with np.errstate(over="ignore"):
            values = np.where(self.positive, np.exp(theta), theta)
        return dict(zip(self.names, values.tolist(), strict=True))

    def distribution(self, theta: Array) -> Distribution:
        """As the simulator samples it."""
        return self.made(*self.natural(theta))

    def notation(self, theta: Array) -> dict[str, Any]:
        """What stands behind the family's name in a scenario."""
        return self.written(*self.natural(theta))


def seconds_text(seconds: float) -> str:
    """A duration as a scenario takes it, to five digits.

    >>> seconds_text(166.8612), seconds_text(10.0), seconds_text(0.0123456)
    ('166.86s', '10s', '0.012346s')
    """
    if seconds == 0:
        return "0s"
    decimals = max(4 - math.floor(math.log10(abs(seconds))), 0)
    text = f"{seconds:.{decimals}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}s"


def _digits(number: float) -> float:
    return float(f"{number:.5g}")


# -------------------------------------------------------------------------------- exponential


def _exponential_density(theta: Array, x: Array) -> Array:
    return -float(theta[0]) - x * math.exp(-theta[0])


def _exponential_survival(theta: Array, x: Array) -> Array:
    return -x * math.exp(-theta[0])


def _time_per_event(sample: Counted) -> float:
    """All time ÷ events: the exponential's mean."""
    time = sample.observed @ sample.observed_weights + sample.censored @ sample.censored_weights
    return float(time / sample.observed_weights.sum())


def _exponential_start(sample: Counted) -> Array:
    return np.array([math.log(_time_per_event(sample))])


# -------------------------------------------------------------------------------------- gamma


def _gamma_density(theta: Array, x: Array) -> Array:
    shape, log_scale = _gamma_shape_and_log_scale(theta)
    normal = math.lgamma(shape) + shape * log_scale
    return (shape - 1) * np.log(x) - x * math.exp(-log_scale) - normal


def _gamma_survival(theta: Array, x: Array) -> Array:
    from scipy.special import gammaincc

    shape, log_scale = _gamma_shape_and_log_scale(theta)
    left = np.asarray(gammaincc(shape, x * math.exp(-log_scale)), dtype=np.float64)
    return np.log(np.maximum(left, LEAST_SHARE))


def _gamma_shape_and_log_scale(theta: Array) -> tuple[float, float]:
    """From ln mean and ln cv, held where numbers suffice."""
    log_cv = float(np.clip(theta[1], -12, 6))
    return math.exp(-2 * log_cv), float(np.clip(theta[0] + 2 * log_cv, -600, 600))


def _gamma_start(sample: Counted) -> Array:
    return np.array([math.log(_time_per_event(sample)), math.log(_spread(sample))])


def _spread(sample: Counted) -> float:
    """A cv with the deviation of the logarithms of all durations, cut short or not."""
    return math.sqrt(math.expm1(min(_log_moments(sample)[1], 1.5) ** 2))


def _log_moments(sample: Counted) -> tuple[float, float]:
    """Mean and deviation of the logarithms, as if nothing were cut short; the latter above 0."""
    logged = np.log(np.append(sample.observed, sample.censored[sample.censored > 0]))
    weights = np.append(sample.observed_weights, sample.censored_weights[sample.censored > 0])
    mean = float(np.average(logged, weights=weights))
    variance = float(np.average((logged - mean) ** 2, weights=weights))
    return mean, max(math.sqrt(variance), 1e-3)


# ---------------------------------------------------------------------------------- lognormal


def _lognormal_density(theta: Array, x: Array) -> Array:
    logged = np.log(x)
    z = (logged - float(theta[0])) * math.exp(-theta[1])
    return -(z**2) / 2 - logged - (float(theta[1]) + math.log(2 * math.pi) / 2)


def _lognormal_survival(theta: Array, x: Array) -> Array:
    from scipy.special import log_ndtr

    z = (np.log(x) - theta[0]) * math.exp(-theta[1])
    return np.asarray(log_ndtr(-z), dtype=np.float64)


def _lognormal_start(sample: Counted) -> Array:
    mean, deviation = _log_moments(sample)
    missing = 1 + sample.censored_weights.sum() / sample.observed_weights.sum()
    return np.array([mean + math.log(missing), math.log(deviation)])


# ------------------------------------------------------------------------------------ Weibull


def _weibull_density(theta: Array, x: Array) -> Array:
    shape = math.exp(min(theta[1], 12.0))
    logged = np.log(x) - float(theta[0])
    return float(theta[1] - theta[0]) + (shape - 1) * logged - np.exp(shape * logged)


def _weibull_survival(theta: Array, x: Array) -> Array:
    return -np.exp(math.exp(min(theta[1], 12.0)) * (np.log(x) - float(theta[0])))


def _weibull_start(sample: Counted) -> Array:
    return np.array([math.log(_time_per_event(sample)), -math.log(_log_moments(sample)[1]) + 0.25])


FAMILIES: Final = {
    family.name: family
    for family in (
        Family(
            "exponential",
            ("mean_s",),
            (True,),
            Exponential,
            _exponential_density,
            _exponential_survival,
            _exponential_start,
            lambda mean: {"mean": seconds_text(mean)},
        ),
        Family(
            "gamma",
            ("mean_s", "cv"),
            (True, True),
            Gamma,
            _gamma_density,
            _gamma_survival,
            _gamma_start,
            lambda mean, cv: {"mean": seconds_text(mean), "cv": _digits(cv)},
        ),
        Family(
            "lognormal",
            ("log_mean", "log_sd"),
            (False, True),
            Lognormal,
            _lognormal_density,
            _lognormal_survival,
            _lognormal_start,
            lambda mean, sd: {"log_mean": _digits(mean), "log_sd": _digits(sd), "unit": "s"},
        ),
        Family(
            "weibull",
            ("scale_s", "shape"),
            (True, True),
            Weibull,
            _weibull_density,
            _weibull_survival,
            _weibull_start,
            lambda scale, shape: {"scale": seconds_text(scale), "shape": _digits(shape)},
        ),
    )
}
"""By name."""
