"""Distributions fitted to durations, some of them cut short: maximum likelihood, compared by AIC.

Durations that were cut short (censored on the right) enter the likelihood by their survival
function. A share that cannot belong to the family (zeros, or all below ``short_s``) stands apart
as a part of a mixture; likelihood, AIC, distance and parameters are then those of the rest.

>>> fits = fit_durations([31.0, 12.0, 77.0, 140.0, 58.0, 64.0, 25.0, 301.0, 90.0, 43.0, 110.0])
>>> fits.best.family
'lognormal'
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.calibration.families import FAMILIES, seconds_text
from simulator.calibration.survival import Z95, durations, steps
from simulator.distributions import Fixed, Mixture, Uniform
from simulator.errors import DataError, ParameterError
from simulator.metrics.uncertainty import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from simulator.calibration.families import Family
    from simulator.calibration.survival import Steps
    from simulator.distributions import Distribution

__all__ = ["Fit", "Fits", "fit_durations"]

FEWEST_FOR_SHAPE: Final = 10
"""Fewer durations than this do not tell a family with a shape from the exponential."""
MANY: Final = 5_000
"""More values than this are rounded to four digits and counted: fast, and far below any error."""
FEWEST_AT_RISK: Final = 30
"""Where fewer are left, single durations draw the Kaplan–Meier curve."""
POINTS: Final = 240
"""Of a curve for a chart."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One family, fitted."""

    family: str
    parameters: dict[str, float]
    mean_s: float
    """Of the whole distribution, what stands apart included."""
    cv: float
    log_likelihood: float
    """nan, like ``aic`` and ``ks``, of a fit to equal durations."""
    aic: float
    ks: float
    """Greatest distance to the empirical cdf, or to Kaplan–Meier's if some are censored (as far
    as 30 are left at risk)."""
    notation: dict[str, Any]
    """As it is written in a scenario."""
    distribution: Distribution
    errors: dict[str, tuple[float, float]]
    """95 % intervals of the parameters by observed information; nan where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """The families beside each other, and the one that is taken."""

    best: Fit
    """The one with the smallest AIC."""
    all: tuple[Fit, ...]
    """By AIC."""
    observed: int
    censored: int
    mean_s: Estimate
    """Of the durations themselves; if some are censored, of the best fit."""
    apart: float
    """The share that stands apart (zeros, or shorter than ``short_s``)."""
    table: pd.DataFrame
    """A row per family: ``family``, ``parameters`` (in words, with intervals), ``mean_s``, ``cv``,
    ``log_likelihood``, ``aic``, ``delta_aic``, ``ks``, ``chosen``."""
    curves: pd.DataFrame
    """``series`` (``data`` or a family), ``time_s``, ``share``: cdfs on one grid."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Durations above 0, counted: values and how often each was met."""

    observed: NDArray[np.float64]
    observed_weights: NDArray[np.float64]
    censored: NDArray[np.float64]
    censored_weights: NDArray[np.float64]

    @property
    def events(self) -> float:
        """How many ended by themselves."""
        return float(self.observed_weights.sum())

    @property
    def steps(self) -> Steps:
        """Kaplan–Meier."""
        return steps(
            self.observed,
            self.censored,
            event_weights=self.observed_weights,
            censored_weights=self.censored_weights,
        )


def fit_durations(
    observed_s: ArrayLike,
    censored_s: ArrayLike | None = None,
    *,
    families: Sequence[str] = ("exponential", "gamma", "lognormal", "weibull"),
    short_s: float | None = None,
) -> Fits:
    """The families fitted to durations, the best by AIC first.

    With fewer than ten observed durations only the exponential is tried, if it is among the
    families. Durations that are all equal (and none of them censored later) give a fixed one.

    Args:
        observed_s: seconds, 0 or more.
        censored_s: durations that were cut short, seconds.
        families: which to try.
        short_s: durations below it stand apart, spread evenly from 0 to it. Left out: only
            zeros stand apart, as zeros.

    Raises:
        DataError: no observed duration, or one that is negative or no number.
        ParameterError: an unknown family, or ``short_s`` not above 0.
    """
    observed = durations(observed_s, what="duration")
    cut = durations(censored_s, what="censored duration")
    censored = cut[cut > 0]  # "longer than nothing" says nothing
    _check(families, short_s)
    if not observed.size:
        raise DataError("no duration was observed to its end; a distribution needs at least one")
    apart = _apart(observed, censored, short_s)
    sample = _sample(apart.kept(observed), apart.kept(censored))
    fitted = [apart.around(fit) for fit in _fitted(sample, _tried(families, sample))]
    if not fitted:
        fitted = [apart.around(_fixed(sample))] if sample.observed.size else [apart.alone()]
    return _side_by_side(sorted(fitted, key=_by_aic), observed, censored, apart)


def _check(families: Sequence[str], short_s: float | None) -> None:
    unknown = [name for name in families if name not in FAMILIES]
    if unknown or not families:
        named = repr(unknown[0]) if unknown else "missing"
        raise ParameterError(f"family is {named}; give some of {', '.join(FAMILIES)}")
    if short_s is not None and not (short_s > 0 and math.isfinite(short_s)):
        raise ParameterError(f"short_s is {short_s:g}; give a number of seconds above 0")


def _by_aic(fit: Fit) -> float:
    return fit.aic if math.isfinite(fit.aic) else math.inf


# ------------------------------------------------------------------------- what stands apart


@dataclass(frozen=True, slots=True)
class _Apart:
    """The part of a mixture that no family is fitted to."""

    weight: float
    short_s: float | None

    @property
    def distribution(self) -> Distribution:
        return Fixed(0.0) if self.short_s is None else Uniform(0.0, self.short_s)

    @property
    def notation(self) -> dict[str, Any]:
        if self.short_s is None:
            return {"fixed": "0s"}
        return {"uniform": {"low": "0s", "high": seconds_text(self.short_s)}}

    def kept(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a family is fitted to."""
        return values[values > 0] if self.short_s is None else values[values >= self.short_s]

    def around(self, fit: Fit) -> Fit:
        """The fit as the other part of the mixture."""
        if self.weight == 0:
            return fit
        rest = round(1 - self.weight, 6)
        mixture = Mixture((1 - rest, rest), (self.distribution, fit.distribution))
        notation = {
            "mixture": [
                {"weight": round(1 - rest, 6), **self.notation},
                {"weight": rest, **fit.notation},
            ]
        }
        return replace(
            fit, mean_s=mixture.mean, cv=mixture.cv, notation=notation, distribution=mixture
        )

    def alone(self) -> Fit:
        """Everything stands apart."""
        whole = self.distribution
        name = "fixed" if self.short_s is None else "uniform"
        return Fit(
            family=name,
            parameters={},
            mean_s=whole.mean,
            cv=whole.cv,
            log_likelihood=math.nan,
            aic=math.nan,
            ks=math.nan,
            notation=self.notation,
            distribution=whole,
            errors={},
        )


def _apart(
    observed: NDArray[np.float64], censored: NDArray[np.float64], short_s: float | None
) -> _Apart:
    """The share of durations below the limit, those cut short before it left aside (KM)."""
    limit = np.array([0.0 if short_s is None else np.nextafter(short_s, 0)])
    return _Apart(float(1 - steps(observed, censored).at(limit)[0]), short_s)


# -------------------------------------------------------------------------------- likelihood


def _sample(observed: NDArray[np.float64], censored: NDArray[np.float64]) -> Sample:
    values, counts = np.unique(_rounded(observed), return_counts=True)
    cut, cuts = np.unique(_rounded(censored), return_counts=True)
    return Sample(values, counts.astype(np.float64), cut, cuts.astype(np.float64))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """To four digits if there are many; whole numbers below 10,000 stay as they are."""
    if values.size <= MANY:
        return values
    unit = 10.0 ** (np.floor(np.log10(values)) - 3)
    return np.round(values / unit) * unit


def _tried(families: Sequence[str], sample: Sample) -> list[Family]:
    """What the durations can tell apart; empty if they are all equal."""
    if not sample.observed.size or _all_equal(sample):
        return []
    few = sample.events < FEWEST_FOR_SHAPE or sample.observed.size < 2
    if few and "exponential" in families:
        return [FAMILIES["exponential"]]
    return [FAMILIES[name] for name in dict.fromkeys(families)]


def _all_equal(sample: Sample) -> bool:
    one = sample.observed.size == 1
    return one and not (sample.censored > sample.observed[0]).any()


def _fitted(sample: Sample, tried: list[Family]) -> list[Fit]:
    curve = sample.steps if tried else None
    return [_fit(family, sample, curve) for family in tried if curve is not None]


def _fit(family: Family, sample: Sample, curve: Steps) -> Fit:
    found = _greatest(family, sample)
    log_likelihood = _log_likelihood(family, found, sample)
    distribution = family.distribution(found)
    return Fit(
        family=family.name,
        parameters=family.parameters(found),
        mean_s=distribution.mean,
        cv=distribution.cv,
        log_likelihood=log_likelihood,
        aic=2 * len(found) - 2 * log_likelihood,
        ks=_distance(distribution, sample, curve),
        notation={family.name: family.notation(found)},
        distribution=distribution,
        errors=_errors(family, found, sample),
    )


def _fixed(sample: Sample) -> Fit:
    value = float(sample.observed[0])
    return Fit(
        family="fixed",
        parameters={"value_s": value},
        mean_s=value,
        cv=0.0,
        log_likelihood=math.nan,
        aic=math.nan,
        ks=math.nan,
        notation={"fixed": seconds_text(value)},
        distribution=Fixed(value),
        errors={},
    )


def _log_likelihood(family: Family, theta: NDArray[np.float64], sample: Sample) -> float:
    """Σ ln f over the observed + Σ ln S over the censored; −inf where that has no value."""
    with np.errstate(all="ignore"):
        seen = sample.observed_weights @ family.log_density(theta, sample.observed)
        cut = sample.censored_weights @ family.log_survival(theta, sample.censored)
    total = float(seen + cut)
    return total if math.isfinite(total) else -math.inf


def _greatest(family: Family, sample: Sample) -> NDArray[np.float64]:
    """The parameters, on the family's free scale, with the greatest likelihood."""
    from scipy.optimize import minimize

    start = family.start(sample)
    if len(start) == 1:  # the exponential's is exact
        return start

    def loss(theta: NDArray[np.float64]) -> float:
        return -_log_likelihood(family, theta, sample) / sample.events

    exact: Any = {"xatol": 1e-8, "fatol": 1e-13, "maxiter": 2_000}
    least = minimize(loss, start, method="Nelder-Mead", options=exact)
    return np.asarray(least.x, dtype=np.float64)


def _errors(
    family: Family, theta: NDArray[np.float64], sample: Sample
) -> dict[str, tuple[float, float]]:
    """Wald's intervals on the free scale, read back."""
    half = Z95 * np.sqrt(np.diag(_covariance(family, theta, sample)))
    low, high = family.parameters(theta - half), family.parameters(theta + half)
    return {name: (low[name], high[name]) for name in low}


def _covariance(family: Family, theta: NDArray[np.float64], sample: Sample) -> NDArray[np.float64]:
    """The inverse of the observed information; nan where it has none."""
    information = -_curvature(lambda at: _log_likelihood(family, at, sample), theta)
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 0:
        return np.full(information.shape, np.nan)
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def _curvature(function: Any, at: NDArray[np.float64], step: float = 1e-3) -> NDArray[np.float64]:
    """Second derivatives by central differences; the free scales are all of size one."""
    size = len(at)
    steps_ = step * np.eye(size)
    matrix = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
            values = [s * t * function(at + s * steps_[i] + t * steps_[j]) for s, t in signs]
            matrix[i, j] = matrix[j, i] = math.fsum(values) / (4 * step**2)
    return matrix


def _distance(distribution: Distribution, sample: Sample, curve: Steps) -> float:
    """Kolmogorov's, on both sides of every step.

    Where some are censored, only as far as enough are left to draw the curve.
    """
    fitted = distribution.cdf(curve.time_s)
    after = 1 - curve.survival
    before = np.append(0.0, after[:-1])
    apart = np.maximum(np.abs(fitted - after), np.abs(fitted - before))
    if sample.censored.size:
        enough = min(FEWEST_AT_RISK, float(curve.at_risk[0]))
        apart = apart[curve.at_risk >= enough]
    return float(apart.max())


# ------------------------------------------------------------------------------ side by side


def _side_by_side(
    fits: list[Fit], observed: NDArray[np.float64], censored: NDArray[np.float64], apart: _Apart
) -> Fits:
    sample = _sample(apart.kept(observed), apart.kept(censored))
    return Fits(
        best=fits[0],
        all=tuple(fits),
        observed=observed.size,
        censored=censored.size,
        mean_s=_mean(fits[0], observed, censored, sample),
        apart=apart.weight,
        table=_table(fits),
        curves=_curves(fits, observed, censored),
    )


def _mean(
    best: Fit, observed: NDArray[np.float64], censored: NDArray[np.float64], sample: Sample
) -> Estimate:
    if not censored.size:
        value = float(observed.mean())
        if observed.size < 2:
            return Estimate(value, None, None, observed.size)
        half = _student(observed.size) * float(observed.std(ddof=1)) / math.sqrt(observed.size)
        return Estimate(value, max(value - half, 0.0), value + half, observed.size)
    return _censored_mean(best, observed.size, sample)


def _student(n: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.975))


def _censored_mean(best: Fit, n: int, sample: Sample) -> Estimate:
    """The fit's mean; its interval by the delta method on ln(mean) of the family's own part."""
    if best.family not in FAMILIES or not math.isfinite(best.mean_s):
        return Estimate(best.mean_s if math.isfinite(best.mean_s) else None, None, None, n)
    family = FAMILIES[best.family]
    theta = family.free(best.parameters)
    step = 1e-5 * np.eye(len(theta))
    slope = (
        np.array(
            [
                math.log(family.distribution(theta + d).mean / family.distribution(theta - d).mean)
                for d in step
            ]
        )
        / 2e-5
    )
    error = math.sqrt(float(slope @ _covariance(family, theta, sample) @ slope))
    if not math.isfinite(error):
        return Estimate(best.mean_s, None, None, n)
    return Estimate(
        best.mean_s, best.mean_s * math.exp(-Z95 * error), best.mean_s * math.exp(Z95 * error), n
    )


def _table(fits: list[Fit]) -> pd.DataFrame:
    rows = [
        {
            "family": fit.family,
            "parameters": _in_words(fit),
            "mean_s": fit.mean_s,
            "cv": fit.cv,
            "log_likelihood": fit.log_likelihood,
            "aic": fit.aic,
            "delta_aic": fit.aic - fits[0].aic,
            "ks": fit.ks,
            "chosen": number == 0,
        }
        for number, fit in enumerate(fits)
    ]
    return pd.DataFrame(rows)


def _in_words(fit: Fit) -> str:
    parts = []
    for name, value in fit.parameters.items():
        low, high = fit.errors.get(name, (math.nan, math.nan))
        interval = f" ({low:.4g} to {high:.4g})" if math.isfinite(low + high) else ""
        parts.append(f"{name} {value:.4g}{interval}")
    return ", ".join(parts)


def _curves(
    fits: list[Fit], observed: NDArray[np.float64], censored: NDArray[np.float64]
) -> pd.DataFrame:
    grid = _grid(observed, censored)
    shares = {"data": 1 - steps(observed, censored).at(grid)}
    shares |= {fit.family: fit.distribution.cdf(grid) for fit in fits}
    return pd.concat(
        [
            pd.DataFrame({"series": series, "time_s": grid, "share": share})
            for series, share in shares.items()
        ],
        ignore_index=True,
    )


def _grid(observed: NDArray[np.float64], censored: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points evenly on the logarithmic scale, from the shortest that matters to the longest."""
    every = np.append(observed, censored)
    positive = every[every > 0]
    if not positive.size:
        return np.array([0.0, 1.0])
    low = max(float(np.quantile(positive, 0.001)), float(positive.max()) / 1e5)
    return np.geomspace(low, max(float(positive.max()), low * 1.01), POINTS)
