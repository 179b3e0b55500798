"""How long customers are willing to wait, from those who left and those who were answered sooner.

A pickup says only that patience was longer than the wait, so the mean wait of those who left is
no patience: it knows only the impatient. Kaplan and Meier's curve, the hazard, and fits under
censoring use both (Brown et al., JASA 100(469), 2005, §5; Mandelbaum and Zeltyn, 2013).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.calibration.durations import FEWEST_AT_RISK, Fits, fit_durations
from simulator.calibration.families import seconds_text
from simulator.calibration.survival import hazard, steps, survival_curve
from simulator.metrics.uncertainty import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.durations import Fit
    from simulator.calibration.survival import Steps

__all__ = ["Patience", "patience"]

GAVE_UP: Final = ("abandoned", "silent")
NEVER_QUEUED: Final = ("form_closed", "form_at_arrival")
LEAST_CHANCE: Final = 0.05
"""A family is taken unless leavers by time waited contradict it at this level."""
CLOSE_ENOUGH: Final = 0.01
"""A family this near to Kaplan–Meier everywhere is taken however many data say otherwise."""
POINTS: Final = 50
"""Of the curve that is written down."""
FEWEST_IN_TAIL: Final = 30
"""Events behind the hazard of the tail, as far as there are so many."""
TAIL_SHARE: Final = 0.1
"""The part of the events behind the hazard of the tail."""


@dataclass(frozen=True, slots=True, eq=False)
class Patience:
    """What the records tell of patience; ``None`` where they tell nothing."""

    naive_mean_s: float | None
    """Mean wait of those who left: too short, as the patient are answered before they leave."""
    exponential_mean_s: Estimate
    """If patience had no memory: all time waited ÷ leavers. Where nobody left only ``low``."""
    median_s: Estimate
    """Where Kaplan–Meier's curve, and its band, come down to a half."""
    curve: pd.DataFrame
    """``survival_curve``: ``time_s``, ``survival``, ``low``, ``high``, ``at_risk``."""
    hazard: pd.DataFrame
    """``hazard``: leavers per minute waited, by time waited."""
    fits: Fits | None
    notation: dict[str, Any] | None
    """As a scenario takes it. ``{"survival": …}`` lacks its ``file``: that is ``table``."""
    table: pd.DataFrame | None
    """``time`` (s) and ``survival``, for the file of a survival notation; else ``None``."""
    tail_mean_s: float | None
    """Mean time beyond the table; ``None`` without a table."""
    events: int
    """Who left, openly or silently."""
    censored: int
    """Who waited more than 0 s and did not leave."""
    words: str


def patience(sessions: pd.DataFrame) -> Patience:
    """How long the customers of one topic would wait.

    Losing patience (``abandoned``, ``silent``) is the event, at ``wait_s``; whatever else ended a
    wait of more than 0 s censors it. Rows without a ``wait_s``, and those who never queued
    (``form_closed``, ``form_at_arrival``), say nothing.

    Args:
        sessions: of one topic, with ``outcome`` and ``wait_s``.
    """
    known = sessions[sessions["wait_s"].notna() & ~sessions["outcome"].isin(NEVER_QUEUED)]
    gave_up = known["outcome"].isin(GAVE_UP).to_numpy(dtype=bool)
    wait_s = known["wait_s"].to_numpy(dtype=np.float64)
    events, censored = wait_s[gave_up], wait_s[~gave_up & (wait_s > 0)]
    if not events.any():
        return _unknown(events, censored)
    fits = fit_durations(events, censored)
    curve = steps(events, censored)
    chosen = _chosen(fits, events, censored)
    table, tail_mean_s = (None, None) if chosen else _table(events, censored, curve)
    told = Patience(
        naive_mean_s=float(events.mean()),
        exponential_mean_s=_exponential_mean(events, censored),
        median_s=_median(events, censored),
        curve=survival_curve(events, censored),
        hazard=hazard(events, censored),
        fits=fits,
        notation=chosen.notation if chosen else _survival_notation(tail_mean_s),
        table=table,
        tail_mean_s=tail_mean_s,
        events=events.size,
        censored=censored.size,
        words="",
    )
    return _with_words(told, chosen)


def _with_words(told: Patience, chosen: Fit | None) -> Patience:
    return replace(told, words=_words(told, chosen))


def _unknown(events: NDArray[np.float64], censored: NDArray[np.float64]) -> Patience:
    """Nobody left, or only in the very second of the request."""
    return Patience(
        naive_mean_s=float(events.mean()) if events.size else None,
        exponential_mean_s=_exponential_mean(events, censored),
        median_s=Estimate(None, None, None, events.size + censored.size),
        curve=survival_curve(events, censored),
        hazard=hazard(events, censored),
        fits=None,
        notation=None,
        table=None,
        tail_mean_s=None,
        events=events.size,
        censored=censored.size,
        words=_unknown_words(events, censored),
    )


def _unknown_words(events: NDArray[np.float64], censored: NDArray[np.float64]) -> str:
    if events.size:
        return (
            f"{events.size:,} left within the second of their request and nobody later: nothing "
            "is known of how long customers would wait."
        )
    if not censored.size:
        return "Nobody waited, so nothing is known of patience."
    low = _exponential_mean(events, censored).low or 0.0
    return (
        f"Nobody left: all that is known is that patience is mostly longer than the "
        f"{censored.size:,} waits seen, of which the longest was {censored.max():.0f} s. If "
        f"patience had no memory, its mean would be at least {low:.0f} s (95 % sure)."
    )


def _exponential_mean(events: NDArray[np.float64], censored: NDArray[np.float64]) -> Estimate:
    """All time waited ÷ events, with the exact interval of a Poisson rate."""
    from scipy.special import chdtri

    time_s, number = float(events.sum() + censored.sum()), events.size
    n = number + censored.size
    if time_s == 0:
        return Estimate(None, None, None, n)
    if number == 0:
        return Estimate(None, time_s / float(chdtri(2, 0.05) / 2), None, n)
    low, high = (
        2 * time_s / float(chdtri(2 * d, p)) for d, p in ((number + 1, 0.025), (number, 0.975))
    )
    return Estimate(time_s / number, low, high, n)


def _median(events: NDArray[np.float64], censored: NDArray[np.float64]) -> Estimate:
    """Where curve and band come down to a half (Brookmeyer and Crowley, Biometrics 38, 1982)."""
    from simulator.calibration.survival import log_log_band

    curve = steps(events, censored)
    low, high = log_log_band(curve.survival, curve.greenwood)
    value, first, last = (_half_at(curve.time_s, share) for share in (curve.survival, low, high))
    return Estimate(value, first, last, events.size + censored.size)


def _half_at(time_s: NDArray[np.float64], share: NDArray[np.float64]) -> float | None:
    reached = np.flatnonzero(share <= 0.5)
    return float(time_s[reached[0]]) if reached.size else None


# ------------------------------------------------------------------------- what is written down


def _chosen(fits: Fits, events: NDArray[np.float64], censored: NDArray[np.float64]) -> Fit | None:
    """The best family, if the leavers of no time waited speak against it; else None."""
    best = fits.best
    near = best.ks <= CLOSE_ENOUGH
    return best if near or _chance_of_worse(best, events, censored) >= LEAST_CHANCE else None


def _chance_of_worse(fit: Fit, events: NDArray[np.float64], censored: NDArray[np.float64]) -> float:
    """The p-value of leavers by time waited against what the fit's hazard expects of them.

    Σ (observed − expected)²/expected over the intervals of ``hazard``, as χ² with a degree of
    freedom less for each parameter (Akritas, JASA 83, 1988; Hjort, Int. Stat. Rev. 58, 1990). A
    distance between cdfs would hardly feel a hazard that goes up and down in the first minute.
    """
    from scipy.special import chdtrc

    seen = hazard(events, censored)
    degrees = len(seen) - len(fit.parameters)
    if degrees < 1:
        return 1.0
    edges = np.append(0.0, seen["to_s"].to_numpy())
    every = np.append(events, censored)
    risk = np.array([_cumulated_hazard(fit, np.minimum(every, edge)).sum() for edge in edges[1:]])
    expected = np.maximum(np.diff(risk, prepend=0.0), LEAST_CHANCE)
    return float(chdtrc(degrees, ((seen["events"] - expected) ** 2 / expected).sum()))


def _cumulated_hazard(fit: Fit, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    return -np.log(np.maximum(1 - fit.distribution.cdf(times_s), 1e-300))


def _table(
    events: NDArray[np.float64], censored: NDArray[np.float64], curve: Steps
) -> tuple[pd.DataFrame, float]:
    """The curve at instants between which it falls about evenly, and the mean beyond them."""
    enough = min(FEWEST_AT_RISK, curve.at_risk[curve.time_s > 0].max())
    usable = (curve.at_risk >= enough) & (curve.time_s > 0)
    time_s, survival = curve.time_s[usable], curve.survival[usable].round(4)
    levels = np.linspace(1.0, survival[-1], POINTS + 1)[1:]
    place = np.unique(np.searchsorted(-survival, -levels, side="left").clip(max=time_s.size - 1))
    table = pd.DataFrame({"time": time_s[place], "survival": survival[place]})
    return table, _tail_mean(events, censored)


def _tail_mean(events: NDArray[np.float64], censored: NDArray[np.float64]) -> float:
    """Time waited ÷ leavers, both beyond the instant after which the last tenth of them left."""
    late = int(np.clip(TAIL_SHARE * events.size, min(FEWEST_IN_TAIL, events.size), None))
    since = np.sort(events)[-late - 1] if late < events.size else 0.0
    waited = np.maximum(np.append(events, censored) - since, 0).sum()
    return float(waited / (events > since).sum())


def _survival_notation(tail_mean_s: float | None) -> dict[str, Any]:
    tail_mean = seconds_text(tail_mean_s or 0.0)
    return {"survival": {"unit": "s", "tail": "exponential", "tail_mean": tail_mean}}


def _words(told: Patience, chosen: Fit | None) -> str:
    mean = told.exponential_mean_s
    return " ".join(
        [
            f"{told.events:,} left, after {told.naive_mean_s:.0f} s on average; that is no measure "
            f"of patience, as {told.censored:,} others were answered (or closed) before theirs "
            "could end."
            if told.censored
            else f"All {told.events:,} who waited left, so that patience is seen as it is.",
            f"All time waited ÷ leavers is {mean.value:.0f} s ({mean.low:.0f} to {mean.high:.0f}).",
            _median_words(told.median_s),
            f"The {chosen.family} describes it within what chance explains."
            if chosen
            else "No family fits, so the measured curve is used, with a constant hazard beyond it.",
        ]
    )


def _median_words(median: Estimate) -> str:
    if median.value is None:
        return "So few waited long that it is not seen when half would have left."
    if median.low is None or median.high is None:
        return f"Half would have left by {median.value:.0f} s, which rests on few long waits."
    return f"Half would have left by {median.value:.0f} s ({median.low:.0f} to {median.high:.0f})."
