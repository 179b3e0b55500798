"""When agents were there: seen, present, busy, and chats open, by date and time of day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.calibration.agent_groups import waiting_for
from simulator.calibration.levels import held_chats
from simulator.calibration.moments import moments, running_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.calibration.agent_groups import AgentGroup
    from simulator.calibration.history import History
    from simulator.calibration.levels import Held
    from simulator.calibration.moments import Moments

__all__ = ["ABSENCE_S", "LONG_GAP_S", "Stays", "presence", "presence_over_the_day", "stays"]

ABSENCE_S: Final = 300.0
"""Who has picked up nothing while somebody waited for so long was not there."""
LONG_GAP_S: Final = 2700.0
"""Nor was, whether or not anybody waited, who did nothing for so long."""
DAY_MIN: Final = 1440


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """Stretches of time in which an agent was there, by agent and time."""

    agent: NDArray[np.intp]
    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]


def stays(
    history: History,
    groups: Sequence[AgentGroup],
    *,
    absence_s: float = ABSENCE_S,
    long_gap_s: float = LONG_GAP_S,
) -> Stays:
    """Each agent's presence, from a first pickup to a last end.

    A gap without an open chat breaks it if somebody the agent may answer waited for more than
    ``absence_s`` of it, or if it is longer than ``long_gap_s``. An agent who sat ready before the
    first pickup of the day or after the last end is not seen.
    """
    seen = moments(history)
    return _stays(seen, held_chats(history, seen=seen), groups, absence_s, long_gap_s)


def _stays(
    seen: Moments,
    held: Held,
    groups: Sequence[AgentGroup],
    absence_s: float,
    long_gap_s: float,
) -> Stays:
    busy = _busy(held)
    if not len(busy.agent):
        return busy
    left, back = busy.until_s[:-1], busy.from_s[1:]
    away = (busy.agent[1:] != busy.agent[:-1]) | (back - left > long_gap_s)
    for group in groups:
        came, gone = waiting_for(seen, group.topics)
        queue = running_count((came, 1), (gone, -1))
        waited = queue.seconds(queue.count > 0, back) - queue.seconds(queue.count > 0, left)
        away |= np.isin(busy.agent[1:], _numbers(seen, group)) & (waited > absence_s)
    broken = np.concatenate([[True], away])
    first = np.flatnonzero(broken)
    last = np.append(first[1:], len(broken)) - 1
    return Stays(busy.agent[first], busy.from_s[first], busy.until_s[last])


def _numbers(seen: Moments, group: AgentGroup) -> list[int]:
    return [seen.agents.index(name) for name in group.agents]


def _busy(held: Held) -> Stays:
    """Stretches with at least one chat open."""
    spells = held.spells
    if not len(spells.agent):
        return Stays(spells.agent, spells.from_s, spells.until_s)
    new = np.ones(len(spells.agent), dtype=bool)
    new[1:] = (spells.agent[1:] != spells.agent[:-1]) | (spells.from_s[1:] > spells.until_s[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(new)) - 1
    return Stays(spells.agent[first], spells.from_s[first], spells.until_s[last])


def presence(
    history: History,
    groups: Sequence[AgentGroup],
    *,
    step_min: int = 30,
    absence_s: float = ABSENCE_S,
    long_gap_s: float = LONG_GAP_S,
) -> pd.DataFrame:
    """Agents and their chats by date, group and interval.

    ::

        date        group   start_min  seen  present  busy  open
        1999-02-01  Agents        420     4     3.21  2.74  2.75

    A row for every date of the history, group and interval of the day. ``seen``: agents with a
    chat open in some part. Time-weighted mean numbers: ``present`` (:func:`stays`), ``busy``
    (agents with a chat open), ``open`` (chats). Intervals are of local time; one that the clocks
    skip has zeros, one that they repeat is of double length.
    """
    seen = moments(history)
    held = held_chats(history, seen=seen)
    there = _stays(seen, held, groups, absence_s, long_gap_s)
    busy = _busy(held)
    edges = _edges(history, seen, step_min)
    tables = [_of_group(seen, held, there, busy, group, edges) for group in groups]
    columns = ["date", "group", "start_min", "seen", "present", "busy", "open"]
    if not tables:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(tables, ignore_index=True)
    return frame.sort_values(["date", "group", "start_min"], ignore_index=True)[columns]


def presence_over_the_day(
    frame: pd.DataFrame, group: str, *, weekdays: Sequence[int] = range(7)
) -> pd.DataFrame:
    """Means of a group's :func:`presence` by time of day, over the dates on which it was seen.

    ::

        time_h   time  seen  present  busy  open  dates
           9.0  09:00  7.67     6.46  4.59  4.65     12

    Args:
        frame: of ``presence``.
        group: name of the group.
        weekdays: which count; 0 is Monday.
    """
    own = frame[frame["group"] == group]
    at_work = own.groupby("date")["seen"].transform("sum") > 0
    own = own[at_work & own["date"].map(lambda day: day.weekday()).isin(list(weekdays))]
    columns = ["seen", "present", "busy", "open"]
    by_time = own.groupby("start_min")
    means = by_time[columns].mean().assign(dates=by_time["date"].nunique()).reset_index()
    start = means.pop("start_min").astype(int)
    means.insert(0, "time_h", start / 60)
    means.insert(1, "time", [f"{minute // 60:02d}:{minute % 60:02d}" for minute in start])
    return means


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    dates: tuple[object, ...]
    starts_min: NDArray[np.int64]
    from_s: NDArray[np.float64]
    """(dates, intervals)."""
    until_s: NDArray[np.float64]


def _edges(history: History, seen: Moments, step_min: int) -> _Edges:
    """The intervals of every date as instants; of a repeated hour the first occurrence."""
    starts = np.arange(0, DAY_MIN, step_min)
    days = pd.DatetimeIndex(pd.to_datetime(list(history.dates)))
    minutes = pd.to_timedelta(np.append(starts, DAY_MIN), unit="min")
    wall = pd.DatetimeIndex((days.to_numpy()[:, None] + minutes.to_numpy()).ravel())
    local = wall.tz_localize(
        history.zone, nonexistent="shift_forward", ambiguous=np.ones(len(wall), dtype=bool)
    )
    instants = (local - seen.origin).total_seconds().to_numpy(dtype=np.float64)
    grid = instants.reshape(len(days), len(starts) + 1)
    return _Edges(history.dates, starts, grid[:, :-1], grid[:, 1:])


def _of_group(
    seen: Moments, held: Held, there: Stays, busy: Stays, group: AgentGroup, edges: _Edges
) -> pd.DataFrame:
    numbers = _numbers(seen, group)
    mine = np.isin(held.agent, numbers)
    chats = Stays(held.agent[mine], held.start_s[mine], held.end_s[mine])
    lengths = np.where(edges.until_s > edges.from_s, edges.until_s - edges.from_s, np.nan)
    means = {
        name: np.nan_to_num(_time_within(spans, edges) / lengths)
        for name, spans in (
            ("present", _only(there, numbers)),
            ("busy", _only(busy, numbers)),
            ("open", chats),
        )
    }
    dates, intervals = edges.from_s.shape
    return pd.DataFrame(
        {
            "date": np.repeat(np.array(edges.dates, dtype=object), intervals),
            "group": group.name,
            "start_min": np.tile(edges.starts_min, dates),
            "seen": _agents_within(_only(busy, numbers), edges).ravel(),
            **{name: mean.ravel() for name, mean in means.items()},
        }
    )


def _only(spans: Stays, numbers: list[int]) -> Stays:
    mine = np.isin(spans.agent, numbers)
    return Stays(spans.agent[mine], spans.from_s[mine], spans.until_s[mine])


def _time_within(spans: Stays, edges: _Edges) -> NDArray[np.float64]:
    """Seconds of all spans together in each interval, (dates, intervals)."""
    return _time_before(spans, edges.until_s) - _time_before(spans, edges.from_s)


def _time_before(spans: Stays, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds of all spans that lie before each instant: since their starts, less since ends."""
    total = np.zeros(at_s.shape)
    for instants, sign in ((spans.from_s, 1.0), (spans.until_s, -1.0)):
        ordered = np.sort(instants)
        sums = np.concatenate([[0.0], np.cumsum(ordered)])
        place = np.searchsorted(ordered, at_s)
        total += sign * (at_s * place - sums[place])
    return total


def _agents_within(spans: Stays, edges: _Edges) -> NDArray[np.int64]:
    """How many different agents have a span in some part of each interval."""
    starts, ends = edges.from_s.ravel(), edges.until_s.ravel()
    first = np.searchsorted(ends, spans.from_s, side="right")
    beyond = np.searchsorted(starts, spans.until_s, side="left")
    count = np.maximum(beyond - first, 0)
    skipped = starts == ends
    place = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    cells = np.unique(np.repeat(spans.agent, count) * starts.size + place)
    number = np.bincount(cells % starts.size, minlength=starts.size)
    return np.where(skipped, 0, number).reshape(edges.from_s.shape)
