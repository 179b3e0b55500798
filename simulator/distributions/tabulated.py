"""The distributions that are measured: weighted values, and a survival curve with its tail."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.distributions.parametric import Exponential, Fixed
from simulator.distributions.protocol import require
from simulator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Empirical", "Survival"]


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the given values, each with its weight.

    >>> Empirical((60.0, 300.0), (3.0, 1.0)).mean
    120.0
    """

    values: tuple[float, ...]
    """Seconds, 0 or more; in any order."""
    weights: tuple[float, ...] = ()
    """One for each value, 0 or more, any sum above 0; left out: all equal."""

    def __post_init__(self) -> None:
        if not self.values:
            raise UsageError("the empirical distribution has no values; give at least one")
        if not self.weights:
            object.__setattr__(self, "weights", (1.0,) * len(self.values))
        if len(self.weights) != len(self.values):
            raise UsageError(
                f"the empirical distribution has {len(self.values)} values and "
                f"{len(self.weights)} weights; give one weight for each value"
            )
        for value in self.values:
            require("value of the empirical distribution", value)
        for weight in self.weights:
            require("weight of the empirical distribution", weight)
        require("sum of the weights", math.fsum(self.weights), above=0)

    @property
    def mean(self) -> float:
        """Weighted mean, seconds."""
        return _weighted_mean(self.values, self.weights)

    @property
    def cv(self) -> float:
        """Weighted standard deviation over the mean."""
        mean = self.mean
        variance = _weighted_mean([(v - mean) ** 2 for v in self.values], self.weights)
        return math.sqrt(variance) / mean if mean else 0.0

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds, by inversion: one uniform each."""
        return self.quantile(rng.random(size))

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """The first value, in rising order, at which the cumulated weight reaches ``q``."""
        values, cumulated = self._steps()
        position = np.searchsorted(cumulated, q, side="left").clip(max=len(values) - 1)
        return np.take(values, position)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The weight of the values of at most ``x``."""
        values, cumulated = self._steps()
        return np.take(np.append(0.0, cumulated), np.searchsorted(values, x, side="right"))

    def _steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        values, weights = np.array(self.values), np.array(self.weights)
        order = np.argsort(values, kind="stable")
        order = order[weights[order] > 0]
        cumulated = np.cumsum(weights[order])
        return values[order], cumulated / cumulated[-1]


@dataclass(frozen=True, slots=True)
class Survival:
    """A survival curve S(t), such as Kaplan–Meier gives, and what comes after its last point.

    ``tail`` disposes of the mass that the curve leaves over:

    - ``exponential``: goes on at a constant hazard; its mean is ``tail_mean``, or else what the
      curve's own second half (in time) shows
    - ``end``: all of it falls on the last point
    - ``never``: it never comes (``inf``; for patience: never gives up)
    """

    times: tuple[float, ...]
    """Seconds, rising, the first above 0 (S(0) = 1 goes without saying)."""
    survival: tuple[float, ...]
    """S at these times: from 1 to 0, never rising."""
    tail: Literal["exponential", "end", "never"] = "exponential"
    tail_mean: float | None = None
    """Mean time beyond the last point, seconds; for ``exponential`` only."""
    between: Literal["linear", "steps"] = "linear"
    """``linear``: events spread evenly between two points. ``steps``: all on the later one."""
    _knots: tuple[tuple[float, ...], tuple[float, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._check_curve()
        times, survival = (0.0, *self.times), (1.0, *self.survival)
        object.__setattr__(self, "_knots", (times, survival))
        if self.tail_mean is not None and self.tail != "exponential":
            raise UsageError(f"tail_mean belongs to tail exponential, not to {self.tail}")
        if self.tail == "exponential" and survival[-1] > 0:
            mean = self._second_half_mean() if self.tail_mean is None else self.tail_mean
            require("tail_mean of the survival curve", mean, above=0)
            object.__setattr__(self, "tail_mean", mean)

    def _check_curve(self) -> None:
        if not self.times or len(self.times) != len(self.survival):
            raise UsageError(
                f"the survival curve has {len(self.times)} times and {len(self.survival)} "
                "values; give one value for each time, and at least one"
            )
        for earlier, later in zip((0.0, *self.times), self.times, strict=False):
            if not later > earlier:
                raise UsageError(
                    f"time {later:g} of the survival curve follows {earlier:g}; give rising times"
                )
        for earlier, later in zip((1.0, *self.survival), self.survival, strict=False):
            if not 0 <= later <= earlier:
                raise UsageError(
                    f"survival {later:g} follows {earlier:g}; give values from 1 down to 0"
                )

    def _second_half_mean(self) -> float:
        end, left = self.times[-1], self.survival[-1]
        halfway = float(np.interp(end / 2, *self._knots))
        if halfway <= left:
            raise UsageError(
                "the survival curve is flat over its second half, so it shows no hazard for its "
                "exponential tail; give tail_mean, or tail: end or never"
            )
        return (end / 2) / math.log(halfway / left)

    @property
    def mean(self) -> float:
        """∫ S dt, seconds; ``inf`` for ``never``."""
        return self._moments()[0]

    @property
    def cv(self) -> float:
        """From ∫ S dt and 2 ∫ t S dt."""
        first, second = self._moments()
        if not math.isfinite(first):
            return math.nan
        return math.sqrt(max(second - first**2, 0.0)) / first

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws, seconds, by inversion: one uniform each."""
        return self.quantile(rng.random(size))

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """The first time at which 1 − S reaches ``q``."""
        times, survival = (np.array(knots) for knots in self._knots)
        left = 1.0 - np.asarray(q, dtype=float)
        later = np.searchsorted(-survival, -left, side="left").clip(1, len(times) - 1)
        before, after = survival[later - 1], survival[later]
        if self.between == "steps":
            found = np.where(left >= 1.0, 0.0, times[later])
        else:
            drop = np.where(before > after, before - after, 1.0)
            share = np.clip((before - left) / drop, 0.0, 1.0)
            found = times[later - 1] + share * (times[later] - times[later - 1])
        return np.where(left < survival[-1], self._tail_quantile(left), found)

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 − S."""
        times, survival = (np.array(knots) for knots in self._knots)
        points = np.asarray(x, dtype=float)
        on_curve: NDArray[np.float64]
        if self.between == "steps":
            on_curve = survival[np.searchsorted(times, points, side="right").clip(1) - 1]
        else:
            on_curve = np.interp(points, times, survival)
        beyond = self._tail().cdf(points - times[-1]) if self.tail != "never" else 0.0
        return np.where(points >= times[-1], 1.0 - survival[-1] * (1.0 - beyond), 1.0 - on_curve)

    def _tail(self) -> Exponential | Fixed:
        if self.tail == "exponential" and self.tail_mean is not None:
            return Exponential(self.tail_mean)
        return Fixed(0.0)

    def _tail_quantile(self, left: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.tail == "never":
            return np.full(left.shape, math.inf)
        if self.survival[-1] == 0.0:
            return np.full(left.shape, self.times[-1])
        share = np.clip(1.0 - left / self.survival[-1], 0.0, 1.0)
        return self.times[-1] + self._tail().quantile(share)

    def _moments(self) -> tuple[float, float]:
        """E[X] and E[X²] as sums over the masses between the points and the tail's."""
        times, survival = (np.array(knots) for knots in self._knots)
        mass = -np.diff(survival)
        low, high = times[:-1] if self.between == "linear" else times[1:], times[1:]
        left, end = float(survival[-1]), float(times[-1])
        if self.tail == "never" and left > 0:
            return math.inf, math.inf
        beyond = self._tail()
        second_beyond = beyond.mean**2 * (1 + beyond.cv**2)
        first = float(mass @ (low + high)) / 2 + left * (end + beyond.mean)
        second = float(mass @ (low**2 + low * high + high**2)) / 3
        return first, second + left * (end**2 + 2 * end * beyond.mean + second_beyond)


def _weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    total = math.fsum(weights)
    return math.fsum(v * w for v, w in zip(values, weights, strict=True)) / total
