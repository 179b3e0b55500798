"""How long something lasts when part of it was cut short: Kaplan–Meier and hazards.

An *event* ends a duration by itself (a customer gives up); a *censored* duration was ended by
something else (a pickup), so that it says only "at least so long". Events come before censorings
of the same instant, as everywhere in survival analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Z95", "Steps", "durations", "hazard", "steps", "survival_curve"]

Z95: Final = 1.959963984540054
"""The standard normal's two-sided 95 % point."""
MOST_POINTS: Final = 2_000
"""A curve is listed at this many instants or fewer; the estimate itself uses all."""
MOST_INTERVALS: Final = 12
FEWEST_EVENTS: Final = 10
"""In an interval of the hazard, as far as the events allow."""


def durations(values_s: ArrayLike | None, *, what: str) -> NDArray[np.float64]:
    """The values as an array of seconds, checked.

    Raises:
        DataError: one is negative or no number.
    """
    values = np.asarray([] if values_s is None else values_s, dtype=np.float64).ravel()
    wrong = np.flatnonzero(~(values >= 0) | np.isinf(values))
    if wrong.size:
        raise DataError(
            f"{what} number {wrong[0] + 1} is {values[wrong[0]]:g} s; give durations of 0 s or "
            "more and leave out what is not known"
        )
    return values


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A Kaplan–Meier curve as its steps; arrays of one length, an entry per instant of an event."""

    time_s: NDArray[np.float64]
    survival: NDArray[np.float64]
    """Just after each instant."""
    greenwood: NDArray[np.float64]
    """Σ d/(n(n − d)), the squared relative error of ``survival``; inf once it is 0."""
    at_risk: NDArray[np.float64]
    """Just before each instant."""

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """S at these times; beyond the last event it stays."""
        return self._read(self.survival, times_s, before=1.0)

    def squared_error(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Greenwood's sum at these times."""
        return self._read(self.greenwood, times_s, before=0.0)

    def _read(
        self, values: NDArray[np.float64], times_s: NDArray[np.float64], *, before: float
    ) -> NDArray[np.float64]:
        place = np.searchsorted(self.time_s, times_s, side="right")
        return np.concatenate([[before], values])[place]


def steps(
    events_s: NDArray[np.float64],
    censored_s: NDArray[np.float64],
    *,
    event_weights: NDArray[np.float64] | None = None,
    censored_weights: NDArray[np.float64] | None = None,
) -> Steps:
    """The product-limit estimate (Kaplan and Meier, JASA 53, 1958) with Greenwood's error.

    Weights say how many durations a value stands for.
    """
    time_s, place = np.unique(events_s, return_inverse=True)
    weights = _ones(events_s, event_weights)
    died = np.bincount(place, weights=weights, minlength=time_s.size).astype(np.float64)
    at_risk = _at_risk(time_s, time_s, died)
    at_risk += _at_risk(time_s, censored_s, _ones(censored_s, censored_weights))
    stayed = at_risk - died
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(np.where(stayed > 0, died / (at_risk * stayed), np.inf))
    survival = np.cumprod(np.maximum(stayed, 0) / at_risk).astype(np.float64)
    return Steps(time_s, survival, greenwood, at_risk)


def _ones(values: NDArray[np.float64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.ones(values.size) if weights is None else weights


def _at_risk(
    times_s: NDArray[np.float64], values_s: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weight of the values of at least each time."""
    order = np.argsort(values_s, kind="stable")
    left = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)
    return left[np.searchsorted(values_s[order], times_s, side="left")]


def log_log_band(
    survival: NDArray[np.float64], squared_error: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95 % band on the log-log scale, S^exp(±z·se/ln S); the curve itself where S is 1 or 0.

    Kalbfleisch and Prentice, *The Statistical Analysis of Failure Time Data*, 2nd ed., §1.4.
    """
    inside = (survival > 0) & (survival < 1)
    share = np.where(inside, survival, 0.5)
    error = np.sqrt(np.where(inside, squared_error, 0.0))
    reach = np.exp(Z95 * error / -np.log(share))
    low, high = share**reach, share ** (1 / reach)
    return np.where(inside, low, survival), np.where(inside, high, survival)


def survival_curve(events_s: ArrayLike, censored_s: ArrayLike | None) -> pd.DataFrame:
    """The share that lasts longer than each time, by Kaplan and Meier, with its 95 % band.

    ::

        time_s  survival    low   high  at_risk
           0.0     1.000  1.000  1.000     8871
           1.0     0.998  0.997  0.999     8871

    A row at 0 and one per instant of an event; with more than 2,000 instants, 2,000 of them,
    evenly by rank. The band is pointwise, on the log-log scale.

    Raises:
        DataError: a duration is negative or no number.
    """
    events = durations(events_s, what="event")
    censored = durations(censored_s, what="censored duration")
    curve = steps(events, censored)
    time_s = np.unique(np.append(0.0, _thinned(curve.time_s)))
    survival = curve.at(time_s)
    low, high = log_log_band(survival, curve.squared_error(time_s))
    at_risk = _at_risk(time_s, np.append(events, censored), np.ones(events.size + censored.size))
    return pd.DataFrame(
        {
            "time_s": time_s,
            "survival": survival,
            "low": low,
            "high": high,
            "at_risk": at_risk.astype(np.int64),
        }
    )


def _thinned(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    if times_s.size <= MOST_POINTS:
        return times_s
    return times_s[np.linspace(0, times_s.size - 1, MOST_POINTS).round().astype(np.intp)]


def hazard(
    events_s: ArrayLike, censored_s: ArrayLike | None, *, edges_s: ArrayLike | None = None
) -> pd.DataFrame:
    """Events per minute at risk, by time since the beginning, with exact Poisson intervals.

    ::

        from_s  to_s  events  exposure_s  per_min    low   high
           0.0  15.0     532    126000.0   0.2533  0.2322  0.2758

    Intervals are [from, to). The interval of a rate is Garwood's (Biometrika 28, 1936): the
    exposure is taken as given.

    Args:
        events_s: durations that ended by themselves, seconds.
        censored_s: durations that something else ended.
        edges_s: rising; left out: up to twelve intervals with equally many events.

    Raises:
        DataError: a duration is negative or no number.
    """
    events = durations(events_s, what="event")
    censored = durations(censored_s, what="censored duration")
    every = np.append(events, censored)
    edges = _even_edges(events) if edges_s is None else np.asarray(edges_s, dtype=np.float64)
    low, high = edges[:-1], edges[1:]
    counts = np.diff(np.searchsorted(np.sort(events), edges, side="left"))
    exposure = _time_below(every, high) - _time_below(every, low)
    rate = _poisson_rate(counts, exposure / 60)
    return pd.DataFrame(
        {"from_s": low, "to_s": high, "events": counts, "exposure_s": exposure, **rate}
    )


def _even_edges(events: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges between which about as many events lie, on whole seconds where they differ."""
    if not events.size:
        return np.zeros(1)
    number = int(np.clip(events.size // FEWEST_EVENTS, 1, MOST_INTERVALS))
    inner = np.quantile(events, np.linspace(0, 1, number + 1)[1:-1])
    last = np.nextafter(events.max(), np.inf) if events.max() < 2 else np.floor(events.max()) + 1
    rounded = np.round(inner) if events.max() >= 2 * MOST_INTERVALS else inner
    return np.unique(np.concatenate([[0.0], rounded[(rounded > 0) & (rounded < last)], [last]]))


def _time_below(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Σ min(value, edge) for every edge."""
    ordered = np.sort(values)
    total = np.append(0.0, np.cumsum(ordered))
    below = np.searchsorted(ordered, edges, side="left")
    return total[below] + edges * (values.size - below)


def _poisson_rate(
    counts: NDArray[np.intp], exposure: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    from scipy.special import chdtri

    number = counts.astype(np.float64)
    exposed = np.where(exposure > 0, exposure, np.nan)
    low = np.where(number > 0, chdtri(2 * np.maximum(number, 1), 0.975) / 2, 0.0)
    high = chdtri(2 * number + 2, 0.025) / 2
    return {"per_min": number / exposed, "low": low / exposed, "high": high / exposed}
