"""Histories of requests alone, made by hand or by a Poisson process whose rates are known."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from simulator.calibration.history import OUTCOMES, History, Problems

ZONE = ZoneInfo("Europe/Oslo")
MONDAY = pd.Timestamp("2026-02-02")
WEEKDAYS = (0, 1, 2, 3, 4)
NINE_TO_FIVE = range(18, 34)
"""Half-hours of the day."""


def history_of(clock, outcome="served", topic="Chat"):
    """Sessions requested at these local times; ``outcome`` and ``topic`` for all or one each."""
    clock = pd.Series(pd.DatetimeIndex(clock).as_unit("us"))
    instants = clock.dt.tz_localize(ZONE, ambiguous=np.ones(len(clock), dtype=bool))
    rows = pd.DataFrame({"requested_at": instants})
    rows["outcome"] = pd.Categorical(np.broadcast_to(outcome, len(rows)), categories=OUTCOMES)
    rows["topic"] = pd.Categorical(np.broadcast_to(topic, len(rows)))
    rows = rows.sort_values("requested_at", ignore_index=True)
    return History(rows, ZONE, Problems.none(), ())


def spread(counts, *, step_min=30, seed=0):
    """A history with these counts, a frame of dates by slots of the day, anywhere in the slot."""
    rng = np.random.default_rng(seed)
    dates, slots = np.nonzero(counts.to_numpy())
    often = counts.to_numpy()[dates, slots]
    second = (slots.repeat(often) + rng.random(often.sum())) * step_min * 60
    return history_of(counts.index[dates].repeat(often) + pd.to_timedelta(second, unit="s"))


def flat(per_slot, *, days=14, slots=NINE_TO_FIVE, weekdays=WEEKDAYS, start=MONDAY):
    """The same count in these half-hours of these weekdays."""
    dates = pd.date_range(start, periods=days)
    counts = pd.DataFrame(0, dates, range(48))
    counts.loc[dates.day_of_week.isin(weekdays), list(slots)] = per_slot
    return counts


def poisson(expected, *, shape=np.inf, seed=0):
    """Poisson counts about a frame of expectations, each day at its own Gamma busyness."""
    rng = np.random.default_rng([seed, 1])
    busy = np.ones(len(expected))
    if np.isfinite(shape):
        busy = rng.gamma(shape, 1 / shape, len(expected))
    return pd.DataFrame(
        rng.poisson(expected.to_numpy() * busy[:, None]), expected.index, expected.columns
    )
