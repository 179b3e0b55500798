"""Busy and quiet hours within a day: what hourly counts spread beyond Poisson and the day's level.

Within half an hour arrivals are as Poisson as a test can tell, yet from hour to hour they stray
from the forecast by more than chance. What strays is measured as a forecaster would meet it: each
date is foretold from the others, at the level it turned out to have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.calibration.arrivals import arrival_profile
from simulator.errors import DataError
from simulator.metrics.uncertainty import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from simulator.calibration.arrivals import ArrivalProfile
    from simulator.calibration.history import History

__all__ = ["PeriodSpread", "period_spread"]

PERIOD_MIN: Final = 60
FOLDS: Final = 14
"""Dates are foretold one by one, or in this many groups when there are more."""
FEWEST_DATES: Final = 4
LEAST_EXPECTED: Final = 5.0
"""Hours in which fewer are expected say little of their busyness."""


@dataclass(frozen=True, slots=True)
class PeriodSpread:
    """The period factor: Gamma with mean 1, neighbours alike."""

    gamma_shape: Estimate | None
    """None: no more spread than chance explains, or too few dates to tell."""
    planning_shape: float | None
    """The same for predicting other days: smaller, as the spread is itself estimated from n dates,
    by ν/(ν − 2) with ν = n − 1, the variance of Student's t."""
    correlation: float
    """Between neighbouring hours."""
    day_variance: float
    """What the factor adds to the relative variance of a day's total."""
    words: str

    @property
    def notation(self) -> dict[str, Any] | None:
        """As a scenario takes it."""
        if self.planning_shape is None:
            return None
        return {
            "gamma_shape": float(f"{self.planning_shape:.3g}"),
            "every": "1h",
            "correlation": round(self.correlation, 2),
        }


def period_spread(
    history: History, topic: str, profile: ArrivalProfile, *, step_min: int = 30
) -> PeriodSpread:
    """The spread of hourly counts about what the other dates foretell.

    By moments: of counts c and expectations e (scaled to the day's own total, which takes up what
    its hours share), the excess of Σ(c − e)² and of its neighbours' products over what Poisson
    counts have is set equal to what a factor of that variance and correlation leaves; 95 % by the
    jackknife over dates (the rate model of Oreshkin, Régnard and L'Ecuyer, *Operations Research*
    64(2), 2016). Hours much alike (above 0.7) are hardly told from a busy day, whose factor takes
    up what is missed.

    Args:
        history: of the fitted dates.
        topic: by name.
        profile: of the whole history, for its incidents and hours.
        step_min: the profile's.
    """
    dates = history.dates
    if len(dates) < FEWEST_DATES:
        return _nothing("Too few days to tell whether hours stray from the forecast.")
    counts, expected = _foretold(history, topic, profile, step_min)
    used = (expected >= LEAST_EXPECTED).any(axis=1)
    counts, expected = counts[used], expected[used]
    if len(counts) < FEWEST_DATES:
        return _nothing("Too few arrivals an hour to tell whether hours stray from the forecast.")
    variance, correlation, error = _solved(_moments(counts, expected))
    if variance - 1.96 * error <= 0:
        return _nothing("Hours stray from the forecast no more than chance explains.")
    shape = Estimate(
        1 / variance, 1 / (variance + 1.96 * error), 1 / (variance - 1.96 * error), len(counts)
    )
    words = (
        f"Hours stray by {variance**0.5:.0%} from what the other days foretell, beyond chance and "
        f"the day's own level (shape {shape.low:.3g} to {shape.high:.3g}); neighbouring hours "
        f"correlate by {correlation:.2f}."
    )
    planned = variance * _inflation(len(counts))
    words += f" Written is {1 / planned:.3g}, wider, as {len(counts)} days tell the spread roughly."
    day_variance = _day_variance(expected.mean(axis=0), planned, correlation)
    return PeriodSpread(shape, 1 / planned, correlation, day_variance, words)


def _inflation(dates: int) -> float:
    free = dates - 1
    return free / (free - 2) if free > 4 else 2.0


def _nothing(words: str) -> PeriodSpread:
    return PeriodSpread(None, None, 0.0, 0.0, words)


def _foretold(
    history: History, topic: str, profile: ArrivalProfile, step_min: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(dates, 24): hourly counts, and what the other dates foretell at the day's own total.

    Hours with an incident, and hours outside the opening hours, are 0 in both.
    """
    counts = _hourly_counts(history, topic)
    expected = np.full(counts.shape, np.nan)
    dates = list(history.dates)
    folds = min(FOLDS, len(dates))
    for fold in range(folds):
        left_out = range(fold, len(dates), folds)
        weekly = _expected_without(history, topic, {dates[i] for i in left_out}, step_min)
        for index in left_out:
            expected[index] = weekly[dates[index].weekday()]
    incident = _incident_hours(profile, dates)
    counts, expected = (np.where(incident, 0.0, figure) for figure in (counts, expected))
    counts = np.where(np.isnan(expected) | (expected == 0), 0.0, counts)
    expected = np.nan_to_num(expected)
    total = expected.sum(axis=1, keepdims=True)
    level = np.divide(counts.sum(axis=1, keepdims=True), total, out=total * 0, where=total > 0)
    return counts, expected * level


def _hourly_counts(history: History, topic: str) -> NDArray[np.float64]:
    chats = history.of_topic(topic)
    requested = chats.loc[chats["outcome"] != "form_closed", "requested_at"]
    day = pd.Index(history.dates).get_indexer(pd.Index(requested.dt.date))
    cell = day * 24 + requested.dt.hour.to_numpy()
    size = len(history.dates) * 24
    return np.bincount(cell, minlength=size).reshape(-1, 24).astype(np.float64)


def _expected_without(
    history: History, topic: str, dates: set[date], step_min: int
) -> NDArray[np.float64]:
    """(7, 24): the forecast by weekday and hour from the other dates; nan where they show none."""
    hourly = np.full((7, 24), np.nan)
    kept = ~history.sessions["requested_at"].dt.date.isin(dates)
    others = replace(history, sessions=history.sessions[kept].reset_index(drop=True))
    try:
        table = arrival_profile(others, topic, step_min=step_min).expected
    except DataError:  # too little is left to foretell anything
        return hourly
    for weekday in table["weekday"].unique():
        own = table[table["weekday"] == weekday]
        hour = own["start_min"].to_numpy() // 60
        hourly[int(weekday)] = np.bincount(hour, own["expected"], minlength=24)
    return hourly


def _incident_hours(profile: ArrivalProfile, dates: Sequence[date]) -> NDArray[np.bool_]:
    hours = np.zeros((len(dates), 24), dtype=np.bool_)
    place = {day: index for index, day in enumerate(dates)}
    incidents = profile.incidents
    for day, start in zip(incidents["date"].dt.date, incidents["start_min"], strict=True):
        if day in place:
            hours[place[day], int(start) // 60] = True
    return hours


CORRELATIONS: Final = np.linspace(0.0, 0.95, 96)
"""Which are tried."""


def _moments(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the records hold of the two moments, and what a factor leaves of them.

    (dates, 2 + 2 · correlations): excess of squares and of neighbours' products, then what a
    factor of variance 1 adds to each, for every correlation tried.

    With w = e ÷ Σe and R = ρ^|i − j|, a day scaled to its own total keeps of the factor
    Cov(i, j) = ρ^|i − j| − (Rw)_i − (Rw)_j + wᵀRw, and of Poisson noise e_i [i = j] − e_i e_j ÷ Σe.
    """
    off = counts - expected
    total = np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
    squares = (off**2 - expected + expected**2 / total).sum(axis=1)
    side = expected[:, 1:] * expected[:, :-1]
    products = (off[:, 1:] * off[:, :-1] + side / total).sum(axis=1)
    columns = [_left_of_factor(expected, side, expected / total, rho) for rho in CORRELATIONS]
    of_squares, of_products = np.array(columns).swapaxes(0, 1)
    return np.column_stack([squares, products, of_squares.T, of_products.T])


def _left_of_factor(
    expected: NDArray[np.float64],
    side: NDArray[np.float64],
    weights: NDArray[np.float64],
    rho: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hours = np.arange(expected.shape[1])
    alike = rho ** np.abs(hours[:, None] - hours[None, :])
    shared = weights @ alike
    whole = (shared * weights).sum(axis=1, keepdims=True)
    squares = (expected**2 * (1 - 2 * shared + whole)).sum(axis=1)
    products = (side * (rho - shared[:, 1:] - shared[:, :-1] + whole)).sum(axis=1)
    return squares, products


def _solved(moments: NDArray[np.float64]) -> tuple[float, float, float]:
    """Variance, correlation, and the variance's standard error by the jackknife over dates."""
    total = moments.sum(axis=0)
    variance, correlation = _variance_and_correlation(total)
    without = np.array([_variance_and_correlation(total - date)[0] for date in moments])
    n = len(moments)
    error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    return variance, correlation, error


def _variance_and_correlation(total: NDArray[np.float64]) -> tuple[float, float]:
    """The pair whose two moments are met, or come nearest to the products at the squares' own."""
    squares, products = total[:2]
    of_squares, of_products = np.split(total[2:], 2)
    variances = squares / np.maximum(of_squares, 1e-12)
    best = int(np.argmin(np.abs(variances * of_products - products)))
    return float(variances[best]), float(CORRELATIONS[best])


def _day_variance(expected: NDArray[np.float64], variance: float, correlation: float) -> float:
    """The relative variance of a day's total that the factor makes by itself."""
    weights = expected / max(expected.sum(), 1e-12)
    hours = np.arange(weights.size)
    alike = correlation ** np.abs(hours[:, None] - hours[None, :])
    return float(variance * weights @ alike @ weights)
