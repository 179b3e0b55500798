"""Who comes, and when: opening hours, expected requests by weekday and time of day, day factor.

What days with the same opening hours have in common is estimated from all of them; a weekday
goes its own way as far as the records can tell it from luck (empirical Bayes). Incidents (a rush
that no other day of its weekday shows) are set back to the usual and listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.calibration.busyness import DayFactor, day_factor
from simulator.calibration.opening import (
    WEEKDAY_NAMES,
    Spans,
    kinds_of_day,
    opening_hours,
    slot_counts,
)
from simulator.calibration.poisson_test import nhpp_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.history import History
    from simulator.calibration.opening import Kind

    Array = NDArray[np.float64]

__all__ = [
    "ArrivalProfile",
    "DayFactor",
    "Spans",
    "WithinDay",
    "arrival_profile",
    "day_factor",
    "nhpp_test",
    "opening_hours",
]

INCIDENT_SD: Final = 6.0
"""A slot this many standard deviations above the usual of its day is an incident, …"""
INCIDENT_RATIO: Final = 1.5
"""… if it is also this many times the usual."""
NEARLY_NOTHING: Final = 0.1
"""A date with less than this part of its kind's usual day was closed, or its records are lost."""
CUT_EXPECTED: Final = 20.0
"""The first date begins late, the last ends early, if so many requests are missing there."""


@dataclass(frozen=True, slots=True)
class WithinDay:
    """Whether counts within days spread more than chance, each day's total given."""

    variance_to_mean: float | None
    """Σ(count − expected)²/expected ÷ degrees of freedom; 1: Poisson counts."""
    free: float
    p_value: float | None
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalProfile:
    """What the records tell of a topic's arrivals."""

    topic: str
    step_min: int
    opening_hours: dict[int, Spans]
    """By weekday, 0 is Monday; those never open are missing."""
    expected: pd.DataFrame
    """A row per weekday and open slot: ``weekday``, ``start_min``, ``end_min``, ``expected``
    requests with ``low`` and ``high`` (95 %, of the expectation, not of a day), ``dates`` seen."""
    day_counts: pd.DataFrame
    """``date``, ``weekday``, ``count`` (within hours), ``expected``; the dates that were used."""
    slot_counts: pd.DataFrame
    """``date``, ``weekday``, ``start_min``, ``count``, ``incident``: what ``expected`` rests on."""
    day_factor: DayFactor
    within_day: WithinDay
    incidents: pd.DataFrame
    """``date``, ``start_min``, ``end_min``, ``count``, ``usual``."""
    left_out: pd.DataFrame
    """Dates not used: ``date``, ``weekday``, ``count``, ``usual``, ``reason``."""
    outside: int
    """Requests outside the hours."""
    words: tuple[str, ...]
    """What a reader should know of these figures, a sentence each."""


def arrival_profile(history: History, topic: str, *, step_min: int = 30) -> ArrivalProfile:
    """Opening hours, expected requests, day factor and incidents of a topic.

    Args:
        history: of the desk.
        topic: its name.
        step_min: length of a slot; a divisor of 1440.

    Raises:
        DataError: nobody asked for the topic.
        ParameterError: ``step_min`` does not divide the day.
    """
    counts = slot_counts(history, topic, step_min=step_min)
    kinds = [_cleaned(kind, counts) for kind in kinds_of_day(counts)]
    levels = [_levels(days) for days in kinds]
    factor = _day_factor(kinds, levels)
    shares = [_shares(days) for days in kinds]
    hours = {weekday: days.kind.spans for days in kinds for weekday in days.kind.weekdays}
    inside = sum(int(days.recorded.to_numpy().sum()) for days in kinds)
    left_out = pd.concat([days.left_out for days in kinds], ignore_index=True)
    rows = [
        _expected(*parts, factor, step_min) for parts in zip(kinds, levels, shares, strict=True)
    ]
    return ArrivalProfile(
        topic=topic,
        step_min=step_min,
        opening_hours=dict(sorted(hours.items())),
        expected=pd.concat(rows).sort_values(["weekday", "start_min"], ignore_index=True),
        day_counts=_day_counts(kinds, levels),
        slot_counts=_slot_counts(kinds, step_min),
        day_factor=factor,
        within_day=_within_day(kinds, shares),
        incidents=_incidents(kinds, step_min),
        left_out=left_out.sort_values("date", ignore_index=True),
        outside=int(counts.to_numpy().sum()) - inside - int(left_out["count"].sum()),
        words=_words(kinds, hours, counts),
    )


# ------------------------------------------------------------------------------------ cleaning


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """The dates of one kind of day, in the slots of its hours."""

    kind: Kind
    recorded: pd.DataFrame
    """Counts by date and slot."""
    usual: pd.DataFrame
    """What each slot would have had by the other dates and the date's level."""
    incident: pd.DataFrame
    left_out: pd.DataFrame

    @property
    def clean(self) -> pd.DataFrame:
        """The counts with incidents set back to the usual."""
        return self.recorded.astype(float).where(~self.incident, self.usual)

    @property
    def weekday(self) -> NDArray[np.intp]:
        return _weekday(self.recorded)


def _weekday(by_date: pd.DataFrame) -> NDArray[np.intp]:
    return np.asarray(pd.DatetimeIndex(by_date.index).day_of_week, dtype=np.intp)


def _cleaned(kind: Kind, counts: pd.DataFrame) -> _Days:
    mine = counts.loc[np.isin(_weekday(counts), kind.weekdays), list(kind.slots)]
    left_out = _odd_dates(mine, first=counts.index[0], last=counts.index[-1])
    recorded = mine.loc[~mine.index.isin(left_out["date"])]
    usual = _usual(recorded, recorded.astype(float))
    incident = _incident(recorded, usual)
    usual = _usual(recorded, recorded.astype(float).where(~incident, usual))
    incident = _incident(recorded, usual)
    return _Days(kind, recorded, usual, incident, left_out)


def _odd_dates(mine: pd.DataFrame, *, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Dates of a weekday that is open, that tell nothing of a usual day."""
    usual_slots = mine.median()
    usual = float(mine.sum(axis=1).median())
    reasons = {}
    for day, row in mine.iterrows():
        if row.sum() < NEARLY_NOTHING * usual and usual >= CUT_EXPECTED:
            reasons[day] = "nearly no requests: closed that day, or records missing"
        elif len(mine) > 1 and day == first and _missing(row, usual_slots) > CUT_EXPECTED:
            reasons[day] = "the history begins in the middle of the day"
        elif len(mine) > 1 and day == last and _missing(row[::-1], usual_slots) > CUT_EXPECTED:
            reasons[day] = "the history ends in the middle of the day"
    odd = mine.loc[list(reasons)]
    totals = odd.sum(axis=1).to_numpy()
    return pd.DataFrame(
        {
            "date": pd.DatetimeIndex(odd.index),
            "weekday": _weekday(odd),
            "count": totals,
            "usual": usual,
            "reason": pd.array(list(reasons.values()), dtype="string"),
        }
    )


def _missing(row: pd.Series[int], usual_slots: pd.Series[float]) -> float:
    """What is usual in the slots before the first that has a request."""
    empty = (row.to_numpy() > 0).argmax()
    return float(usual_slots[row.index[:empty]].sum())


def _usual(recorded: pd.DataFrame, calm: pd.DataFrame) -> pd.DataFrame:
    """The median slot over the dates, at each date's level."""
    totals = calm.sum(axis=1)
    level = (totals / totals.mean()).where(totals > 0, 1.0)
    profile = calm.div(level, axis=0).median()
    return pd.DataFrame(np.outer(level, profile), recorded.index, recorded.columns)


def _incident(recorded: pd.DataFrame, usual: pd.DataFrame) -> pd.DataFrame:
    """Slots far above the usual; what every date of a weekday has is its habit, and stays.

    A weekday seen once has shown no habit yet.
    """
    high = (recorded > usual + INCIDENT_SD * np.sqrt(usual.clip(lower=1))) & (
        recorded > INCIDENT_RATIO * usual
    )
    by_weekday = high.groupby(_weekday(recorded))
    habit = by_weekday.transform("all") & (by_weekday.transform("size") > 1).to_numpy()[:, None]
    return high & ~habit


# ---------------------------------------------------------------------- levels, shares, factor


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """How busy the weekdays of a kind are."""

    mean: float
    """Requests of a day of the kind."""
    ratio: pd.Series[float]
    """By weekday: its days ÷ the mean, shrunk towards 1."""
    weight: pd.Series[float]
    """By weekday: how far its own days are believed, 0 to 1."""
    expected: Array
    """Of each date."""
    estimated: float
    """How many numbers were estimated: 1 for the mean, the rest as far as it is believed."""


def _levels(days: _Days) -> _Levels:
    """Weekday levels by one-way analysis of variance with shrinkage.

    With every weekday seen once, or weekdays that differ no more than their own days, all have
    the same level and the differences are left to the day factor.
    """
    totals = days.clean.sum(axis=1).to_numpy()
    mean = float(totals.mean())
    by_weekday = pd.Series(totals / mean).groupby(days.weekday)
    seen, own = by_weekday.size(), by_weekday.mean()
    within, between = _variance_components(by_weekday.transform("mean"), totals / mean, seen, own)
    weight = between / (between + within / seen) if between > 0 else own * 0.0
    ratio = 1 + weight * (own - 1)
    expected = np.asarray(mean * ratio.reindex(days.weekday).to_numpy(), dtype=np.float64)
    extra = float(weight.sum()) * (len(seen) - 1) / len(seen)
    return _Levels(mean, ratio, weight, expected, 1 + extra)


def _variance_components(
    fitted: pd.Series[float], levels: Array, seen: pd.Series[int], own: pd.Series[float]
) -> tuple[float, float]:
    """Within weekdays and between them; (0, 0) where they cannot be told apart."""
    n, groups = len(levels), len(seen)
    if groups < 2 or n - groups < 2:
        return 0.0, 0.0
    within = float(((levels - fitted.to_numpy()) ** 2).sum()) / (n - groups)
    spread = float((seen * (own - levels.mean()) ** 2).sum()) / (groups - 1)
    share = (n - float((seen**2).sum()) / n) / (groups - 1)
    return within, max((spread - within) / share, 0.0)


def _day_factor(kinds: list[_Days], levels: list[_Levels]) -> DayFactor:
    counts = np.concatenate([days.clean.sum(axis=1).to_numpy() for days in kinds])
    expected = np.concatenate([level.expected for level in levels])
    return day_factor(counts, expected, levels=sum(level.estimated for level in levels))


@dataclass(frozen=True, slots=True, eq=False)
class _Shares:
    """How the requests of a day of the kind fall on its slots."""

    profile: Array
    """Requests by slot of a day of the kind."""
    slot_total: Array
    ratio: pd.DataFrame
    """By weekday and slot: the weekday's own way, shrunk towards 1; the day's total stays."""
    weight: pd.DataFrame
    seen: pd.DataFrame
    """Requests by weekday and slot."""
    variance: float
    """Of the ratios."""


def _shares(days: _Days) -> _Shares:
    """The weekday's ratio as an empirical Bayes estimate of a Gamma–Poisson ratio.

    Marshall, *Mapping disease and mortality rates using empirical Bayes estimators*, Applied
    Statistics 40, 1991.
    """
    clean = days.clean
    profile = clean.mean()
    level = clean.sum(axis=1) / clean.sum(axis=1).mean()
    seen = clean.groupby(days.weekday).sum()
    usual = np.outer(level.groupby(days.weekday).sum(), profile)
    variance = _ratio_variance(seen.to_numpy(), usual)
    ratio = (1 + variance * seen).div(1 + variance * usual)
    kept = ratio.mul(profile).sum(axis=1) / profile.sum()
    weight = pd.DataFrame(variance * usual / (1 + variance * usual), seen.index, seen.columns)
    return _Shares(
        profile.to_numpy(), clean.sum().to_numpy(), ratio.div(kept, axis=0), weight, seen, variance
    )


def _ratio_variance(seen: Array, expected: Array) -> float:
    """Variance of the ratios (mean 1) behind Poisson counts, by moments; 0 if chance will do."""
    beyond_chance = float(((seen - expected) ** 2 - expected).sum())
    return max(beyond_chance, 0.0) / float((expected**2).sum())


# --------------------------------------------------------------------------------------- frames


def _expected(
    days: _Days, levels: _Levels, shares: _Shares, factor: DayFactor, step_min: int
) -> pd.DataFrame:
    """Rows of ``ArrivalProfile.expected`` for the weekdays of a kind."""
    seen_dates = pd.Series(days.weekday).value_counts()
    parts = []
    for weekday in shares.ratio.index:
        value = levels.ratio[weekday] * shares.ratio.loc[weekday].to_numpy() * shares.profile
        error = _relative_error(weekday, levels, shares, factor, dates=len(days.recorded))
        none = -np.log(0.025) / seen_dates[weekday]
        start = np.array(days.kind.slots) * step_min
        parts.append(
            pd.DataFrame(
                {
                    "weekday": weekday,
                    "start_min": start,
                    "end_min": start + step_min,
                    "expected": value,
                    "low": value * np.exp(-error),
                    "high": np.where(value > 0, value * np.exp(error), none),
                    "dates": seen_dates[weekday],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _relative_error(
    weekday: int, levels: _Levels, shares: _Shares, factor: DayFactor, *, dates: int
) -> Array:
    """Half of the interval of ln(expected): the level's error and the share's."""
    from scipy.special import stdtrit

    a = factor.gamma_shape
    day = 1 / levels.mean + (1 / a.value if a is not None and a.value else 0.0)
    own = max(dates * float(levels.weight[weekday]) / max(levels.weight.sum(), 1e-9), 0.0)
    believed = float(levels.weight[weekday])
    level = day * ((1 - believed) / dates + (believed / own if own else 0.0))
    weight = shares.weight.loc[weekday].to_numpy()
    total = np.maximum(shares.slot_total, 1.0)
    share = (1 - weight) / total
    if shares.variance > 0:
        share = share + 1 / (1 / shares.variance + shares.seen.loc[weekday].to_numpy())
    half: Array = float(stdtrit(max(factor.free, 2.0), 0.975)) * np.sqrt(level + share)
    return half


def _day_counts(kinds: list[_Days], levels: list[_Levels]) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "date": pd.DatetimeIndex(days.recorded.index),
                "weekday": days.weekday,
                "count": days.recorded.sum(axis=1).to_numpy(),
                "expected": level.expected,
            }
        )
        for days, level in zip(kinds, levels, strict=True)
    ]
    return pd.concat(parts).sort_values("date", ignore_index=True)


def _slot_counts(kinds: list[_Days], step_min: int) -> pd.DataFrame:
    parts = []
    for days in kinds:
        dates, slots = days.recorded.shape
        parts.append(
            pd.DataFrame(
                {
                    "date": pd.DatetimeIndex(days.recorded.index).repeat(slots),
                    "weekday": days.weekday.repeat(slots),
                    "start_min": np.tile(np.array(days.kind.slots) * step_min, dates),
                    "count": days.recorded.to_numpy().ravel(),
                    "incident": days.incident.to_numpy().ravel(),
                }
            )
        )
    return pd.concat(parts).sort_values(["date", "start_min"], ignore_index=True)


def _incidents(kinds: list[_Days], step_min: int) -> pd.DataFrame:
    parts = []
    for days in kinds:
        at, slot = np.nonzero(days.incident.to_numpy())
        start = np.array(days.kind.slots, dtype=np.intp)[slot] * step_min
        parts.append(
            pd.DataFrame(
                {
                    "date": pd.DatetimeIndex(days.recorded.index)[at],
                    "start_min": start,
                    "end_min": start + step_min,
                    "count": days.recorded.to_numpy()[at, slot],
                    "usual": days.usual.to_numpy()[at, slot],
                }
            )
        )
    return pd.concat(parts).sort_values(["date", "start_min"], ignore_index=True)


def _within_day(kinds: list[_Days], shares: list[_Shares]) -> WithinDay:
    """Pearson's statistic of the slots, the totals of the days given."""
    from scipy.special import chdtrc

    statistic = free = 0.0
    for days, share in zip(kinds, shares, strict=True):
        counts = days.clean.to_numpy()
        each = (share.ratio * share.profile).div((share.ratio * share.profile).sum(axis=1), axis=0)
        expected = counts.sum(axis=1, keepdims=True) * each.loc[days.weekday].to_numpy()
        known = expected > 0
        statistic += float(((counts - expected)[known] ** 2 / expected[known]).sum())
        free += (len(counts) - 1) * (counts.shape[1] - 1) - _ratios_estimated(share)
    if free < 1:
        return WithinDay(None, max(free, 0.0), None, "One day cannot tell how its hours spread.")
    ratio, chance = statistic / free, float(chdtrc(free, statistic))
    return WithinDay(ratio, free, chance, _within_words(ratio, chance))


def _ratios_estimated(share: _Shares) -> float:
    """How many numbers the weekdays' own ways took."""
    weekdays = len(share.weight)
    return float(share.weight.to_numpy().sum()) * (weekdays - 1) / weekdays


def _within_words(ratio: float, chance: float) -> str:
    if chance > 0.01:
        return (
            f"Within days the counts spread as Poisson counts do (variance ÷ mean {ratio:.2f}, "
            f"p = {chance:.2f})."
        )
    return (
        f"Within days the counts spread more than Poisson counts (variance ÷ mean {ratio:.2f}): "
        "single intervals will fall outside predicted bands more often than the bands say."
    )


def _words(kinds: list[_Days], hours: dict[int, Spans], counts: pd.DataFrame) -> tuple[str, ...]:
    seen = np.bincount(_weekday(counts), minlength=7)
    used = np.concatenate([days.weekday for days in kinds])
    unseen = [day for day in range(7) if not seen[day]]
    closed = [day for day in range(7) if seen[day] and day not in hours]
    once = [day for day in hours if (used == day).sum() == 1]
    told = [
        (unseen, "{} not among the dates of the history: taken as closed."),
        (closed, "{} only stray requests: taken as closed."),
        (once, "{} seen once: figures lean on the days with the same hours."),
    ]
    verbs = (("is", "are"), ("has", "have"), ("is", "are"))
    return tuple(
        text.format(f"{_named(days)} {verb[len(days) > 1]}")
        for (days, text), verb in zip(told, verbs, strict=True)
        if days
    )


def _named(weekdays: list[int]) -> str:
    names = [WEEKDAY_NAMES[day] for day in sorted(weekdays)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
