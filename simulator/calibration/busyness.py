"""How much more whole days differ than chance explains: the Gamma factor of a day's busyness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.metrics.uncertainty import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DayFactor", "day_factor"]

NOT_CHANCE: Final = 0.10
"""Days spread more than chance if chance spreads so much less often than this."""
FEW_FREE: Final = 20
"""With fewer degrees of freedom the words warn of the interval."""
LARGEST_SHAPE: Final = 1e9


@dataclass(frozen=True, slots=True)
class DayFactor:
    """The spread of daily counts about what was expected of each day."""

    mean_count: float
    """Of a comparable day."""
    variance_to_mean: float | None
    """Σ(count − expected)²/expected ÷ degrees of freedom; 1 for Poisson counts."""
    gamma_shape: Estimate | None
    """a in Var(count) = m + m²/a. ``high`` is None where no bound can be told. The whole is None:
    no more spread than chance, or fewer than two comparable days."""
    planning_shape: float | None
    """The same for predicting other days: smaller, as the level and the spread are themselves
    estimated, 1/a·(1 + p/n)·ν/(ν − 2) for n days, p estimated levels, ν = n − p."""
    dates: int
    free: float
    """Degrees of freedom, ν."""
    words: str


def day_factor(
    counts: NDArray[np.float64], expected: NDArray[np.float64], *, levels: float = 1.0
) -> DayFactor:
    """The Gamma factor behind daily counts, by generalised moments.

    The shape is the a with Σ (N − m)²/(m + m²/a) = ν (Breslow, Applied Statistics 33, 1984); its
    interval takes the sum as χ² with ν degrees of freedom. With one level for all days this is
    mean²/(variance − mean).

    Args:
        counts: requests of each day.
        expected: of each day, from the same days; above 0.
        levels: how many numbers of ``expected`` were estimated from the days' totals.
    """
    n, free = counts.size, counts.size - levels
    mean = float(counts.mean()) if n else 0.0
    if free < 0.5:
        return DayFactor(mean, None, None, None, n, max(free, 0.0), _too_few(n))
    ratio = _spread(counts, expected, np.inf) / free
    if _chance(ratio * free, free) > NOT_CHANCE:
        words = (
            f"The {n} days spread no more than chance does (variance ÷ mean {ratio:.1f}), so no "
            "day factor is needed"
            + (" as far as so few days can tell." if free < FEW_FREE else ".")
        )
        return DayFactor(mean, ratio, None, None, n, free, words)
    shape = _shape_where(counts, expected, free) or LARGEST_SHAPE
    low = _shape_where(counts, expected, _quantile(0.025, free)) or LARGEST_SHAPE
    high = _shape_where(counts, expected, _quantile(0.975, free))
    return DayFactor(
        mean_count=mean,
        variance_to_mean=ratio,
        gamma_shape=Estimate(shape, low, high, n),
        planning_shape=_planning_shape(shape, n, free),
        dates=n,
        free=free,
        words=_words(n, free, ratio, shape, low, high),
    )


def _spread(counts: NDArray[np.float64], expected: NDArray[np.float64], shape: float) -> float:
    """Σ (N − m)²/(m + m²/a)."""
    return float(((counts - expected) ** 2 / (expected + expected**2 / shape)).sum())


def _shape_where(
    counts: NDArray[np.float64], expected: NDArray[np.float64], target: float
) -> float | None:
    """The shape at which the spread, which rises with it, is the target; None if it stays below."""
    from scipy.optimize import brentq

    if _spread(counts, expected, LARGEST_SHAPE) <= target:
        return None
    if _spread(counts, expected, 1e-6) >= target:
        return 1e-6
    found = brentq(
        lambda log_shape: _spread(counts, expected, float(np.exp(log_shape))) - target,
        np.log(1e-6),
        np.log(LARGEST_SHAPE),
    )
    return float(np.exp(found))


def _chance(statistic: float, free: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(free, statistic))


def _quantile(share: float, free: float) -> float:
    from scipy.special import chdtri

    return float(chdtri(free, 1 - share))


def _planning_shape(shape: float, n: int, free: float) -> float:
    """The t distribution's variance in place of the normal's, as far as it has one."""
    inflation = (1 + (n - free) / n) * (free / (free - 2) if free > 4 else 2.0)
    return shape / inflation


def _too_few(n: int) -> str:
    return (
        f"{n} comparable day{'s' if n != 1 else ''} cannot tell how much days differ; predictions "
        "of other days will be too sure of themselves until more are added."
    )


def _words(n: int, free: float, ratio: float, shape: float, low: float, high: float | None) -> str:
    about = f"±{100 / np.sqrt(shape):.0f} %"
    upper = f"{high:.0f}" if high is not None else "no upper bound"
    told = (
        f"Days differ by {about} (one standard deviation) beyond chance: variance ÷ mean "
        f"{ratio:.1f}, Gamma shape {shape:.0f} (95 % interval {low:.0f} to {upper})."
    )
    if free < FEW_FREE:
        told += f" {n} days tell this only roughly; with more days the interval narrows."
    return told
