"""When a topic is open, told from when people ask; and which weekdays keep the same hours.

A history does not say when the desk was open. It shows when requests came regularly: a slot of
the day is open where they did, and where none came only by chance. Single requests at night
(from a page that was left open, say) are strays, not opening hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.history import History

__all__ = ["WEEKDAY_NAMES", "Kind", "Spans", "kinds_of_day", "opening_hours", "slot_counts"]

Spans = tuple[tuple[int, int], ...]
"""Minutes after local midnight, [opens, closes), closes at most 1440; in order."""

WEEKDAY_NAMES: Final = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)
DAY_MIN: Final = 1_440
STRAY_SHARE: Final = 0.01
"""Requests apart from the others are strays up to this share of the weekday's."""
STRAY_COUNT: Final = 2
"""Or up to this many, of at least ``ENOUGH``."""
ENOUGH: Final = 20
QUIET_SHARE: Final = 0.1
"""A slot with less than this part of a typical slot's requests may hold strays alone."""
BY_CHANCE: Final = 0.001
"""A gap that chance leaves empty less often than this is closed; so for hours that differ."""
NEIGHBOURS: Final = 4
"""Slots on either side of a gap that tell what it would hold if it were open."""
ALIKE: Final = 3.0
"""Weekdays whose days differ by more than this factor are of different kinds."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Weekdays with the same opening hours, and about as busy."""

    weekdays: tuple[int, ...]
    """0 is Monday; in order."""
    slots: tuple[int, ...]
    """Numbers of the open slots of the day, from 0."""
    spans: Spans


def opening_hours(history: History, topic: str, *, step_min: int = 30) -> dict[int, Spans]:
    """The hours of each weekday (0 is Monday) on which the topic is open; others are missing.

    Weekdays whose hours differ by no more than chance are taken to keep the same hours, so that
    one seen once learns from the others.

    Args:
        history: of the desk.
        topic: its name.
        step_min: hours begin and end at multiples of this; a divisor of 1440.

    Raises:
        DataError: nobody asked for the topic.
        ParameterError: ``step_min`` does not divide the day.
    """
    kinds = kinds_of_day(slot_counts(history, topic, step_min=step_min))
    hours = {weekday: kind.spans for kind in kinds for weekday in kind.weekdays}
    return dict(sorted(hours.items()))


def slot_counts(history: History, topic: str, *, step_min: int) -> pd.DataFrame:
    """Requests by local date (rows, all dates of the history) and slot of the day (columns).

    Everything counts as a request but what met a closed topic (``form_closed``).

    Raises:
        DataError: nobody asked for the topic.
        ParameterError: ``step_min`` does not divide the day.
    """
    if step_min < 1 or DAY_MIN % step_min:
        raise ParameterError(f"step_min is {step_min}; give minutes that divide a day, such as 30")
    asked = requests(history, topic)
    slots = DAY_MIN // step_min
    dates = pd.DatetimeIndex(history.dates, name="date")
    place = dates.get_indexer(pd.DatetimeIndex(asked["date"]))
    slot = (asked["second"].to_numpy() // (60 * step_min)).astype(np.intp)
    counts = np.bincount(place * slots + slot, minlength=len(dates) * slots)
    return pd.DataFrame(counts.reshape(len(dates), slots), index=dates, columns=range(slots))


def requests(history: History, topic: str) -> pd.DataFrame:
    """``date`` (local midnight, naive) and ``second`` (after it, by the clock) of each request.

    Raises:
        DataError: nobody asked for the topic.
    """
    sessions = history.of_topic(topic)
    asked = sessions.loc[sessions["outcome"] != "form_closed", "requested_at"].dropna()
    if asked.empty:
        known = ", ".join(sorted(history.sessions["topic"].astype(str).unique())) or "none"
        raise DataError(f"nobody asked for topic {topic!r}; the history has requests for {known}")
    clock = asked.dt.tz_localize(None)
    date = clock.dt.normalize()
    return pd.DataFrame({"date": date, "second": (clock - date).dt.total_seconds()})


# ------------------------------------------------------------------------------ kinds of day


def kinds_of_day(counts: pd.DataFrame) -> list[Kind]:
    """The weekdays that keep the same hours, together; those with the most requests first.

    Args:
        counts: ``slot_counts``.
    """
    weekday = np.asarray(pd.DatetimeIndex(counts.index).day_of_week)
    matrix = counts.to_numpy()
    by_weekday = {int(day): matrix[weekday == day] for day in np.unique(weekday)}
    busiest = sorted(by_weekday, key=lambda day: (-by_weekday[day].sum(), day))
    groups: list[list[int]] = []
    for day in busiest:
        if not open_slots(by_weekday[day]).any():
            continue
        rows = by_weekday[day]
        home = next((g for g in groups if _same_kind(_rows(by_weekday, g), rows)), None)
        if home is None:
            groups.append([day])
        else:
            home.append(day)
    return [_kind(group, _rows(by_weekday, group)) for group in groups]


def _rows(by_weekday: dict[int, NDArray[np.intp]], days: list[int]) -> NDArray[np.intp]:
    return np.concatenate([by_weekday[day] for day in days])


def _kind(days: list[int], rows: NDArray[np.intp]) -> Kind:
    mask = open_slots(rows)
    step_min = DAY_MIN // mask.size
    spans = tuple((first * step_min, end * step_min) for first, end in _runs(mask))
    return Kind(tuple(sorted(days)), tuple(np.flatnonzero(mask).tolist()), spans)


def _same_kind(one: NDArray[np.intp], other: NDArray[np.intp]) -> bool:
    """Whether chance can explain where their hours differ, and they are about as busy."""
    mine, theirs = open_slots(one), open_slots(other)
    both = mine & theirs
    a, b = one.sum(axis=0), other.sum(axis=0)
    if not both.any() or not a[both].sum() or not b[both].sum():
        return False
    if not 1 / ALIKE <= a.sum() / len(one) / (b.sum() / len(other)) <= ALIKE:
        return False
    ratio = b[both].sum() / a[both].sum()
    return _by_chance(b[mine & ~theirs].sum(), ratio * a[mine & ~theirs].sum()) and _by_chance(
        a[theirs & ~mine].sum(), b[theirs & ~mine].sum() / ratio
    )


def _by_chance(seen: float, expected: float) -> bool:
    """Whether so few are seen, where so many were expected, now and then."""
    from scipy.special import pdtr

    return float(pdtr(seen, expected)) > BY_CHANCE


# -------------------------------------------------------------------------- slots of one kind


def open_slots(rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which slots of the day are open; ``rows`` are the counts of dates with the same hours."""
    counts = rows.sum(axis=0)
    total = counts.sum()
    if not total:
        return np.zeros(counts.size, dtype=bool)
    strays = max(STRAY_SHARE * total, STRAY_COUNT if total >= ENOUGH else 0)
    doubtful = np.where(_slow_but_regular(rows), total, counts)
    mask = ~_quiet(counts, doubtful, strays)
    mask = _gaps_by_chance_closed(mask, counts)
    mask = _edges_trimmed(mask, doubtful, strays)
    return _strays_dropped(mask, doubtful, strays)


def _slow_but_regular(rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Two slots or more together, each with a request on half of the dates: a slow night.

    A single one beside the opening hours holds those who come a little early or late.
    """
    counts = rows.sum(axis=0)
    regular = ((rows > 0).mean(axis=0) >= 0.5) & (counts <= QUIET_SHARE * _typical(counts))
    together = np.zeros(counts.size, dtype=np.bool_)
    for first, end in _runs(regular):
        together[first:end] = end - first > 1 and len(rows) > 2
    return together


def _typical(counts: NDArray[np.intp]) -> float:
    """The count of the slot of a typical request."""
    return float((counts**2).sum() / counts.sum())


def _quiet(
    counts: NDArray[np.intp], doubtful: NDArray[np.intp], strays: float
) -> NDArray[np.bool_]:
    """Slots in which there is nothing, or nothing but strays."""
    quiet: NDArray[np.bool_] = counts == 0
    for first, end in _runs(counts <= QUIET_SHARE * _typical(counts)):
        if doubtful[first:end].sum() <= strays:
            quiet[first:end] = True
    return quiet


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[first, end) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _gaps_by_chance_closed(mask: NDArray[np.bool_], counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Gaps between open slots opened where their neighbours would leave them empty by chance."""
    closed = mask.copy()
    for first, end in _runs(~mask):
        if first == 0 or end == mask.size:
            continue
        before = counts[max(first - NEIGHBOURS, 0) : first].mean()
        after = counts[end : end + NEIGHBOURS].mean()
        closed[first:end] = np.exp(-min(before, after) * (end - first)) > BY_CHANCE
    return closed


def _edges_trimmed(
    mask: NDArray[np.bool_], counts: NDArray[np.intp], strays: float
) -> NDArray[np.bool_]:
    """Runs without a first or last part that holds strays alone."""
    trimmed = mask.copy()
    for first, end in _runs(mask):
        lead = _stray_lead(counts[first:end], strays)
        trail = _stray_lead(counts[first:end][::-1], strays)
        trimmed[first : first + lead] = False
        trimmed[end - trail : end] = False
    return trimmed


def _stray_lead(run: NDArray[np.intp], strays: float) -> int:
    """The longest first part with strays alone, where what follows would bring many more."""
    longest = 0
    for length in range(1, run.size // 2 + 1):
        seen = run[:length].sum()
        if seen > strays:
            break
        expected = length * run[length : length + NEIGHBOURS].mean()
        if seen < 0.25 * expected and not _by_chance(seen, expected):
            longest = length
    return longest


def _strays_dropped(
    mask: NDArray[np.bool_], counts: NDArray[np.intp], strays: float
) -> NDArray[np.bool_]:
    """Without runs that hold strays alone, unless nothing else is left."""
    kept = np.zeros_like(mask)
    for first, end in _runs(mask):
        kept[first:end] = counts[first:end].sum() > strays
    return kept if kept.any() else mask
