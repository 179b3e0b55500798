"""The clock intervals that figures are given by, and ways to fold them into a day or a week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from simulator.errors import UsageError
from simulator.sessions.intervals import epoch_us, interval_edges_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario.world import Scenario

__all__ = ["By", "Folding", "Timeline", "fold", "timeline"]

By = Literal["interval", "time_of_day", "weekday_time", "overall"]
"""How intervals are put together: each on its own, by local time of day over all days, by
weekday and local time, or all as one."""

HOUR_US = 3_600_000_000
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Consecutive intervals [edge, next edge), counted in steps from each local midnight."""

    edges_us: NDArray[np.int64]
    """Microseconds since the scenario's start; one more than there are intervals."""
    starts: pd.DatetimeIndex
    """The start of each interval in local time."""

    def __len__(self) -> int:
        return len(self.edges_us) - 1

    @property
    def lengths_us(self) -> NDArray[np.int64]:
        """The elapsed length of each interval."""
        return np.diff(self.edges_us)

    def locate(self, at_us: NDArray[np.int64]) -> NDArray[np.intp]:
        """The interval each instant lies in; -1 before the first, ``len`` from the end on."""
        return np.searchsorted(self.edges_us, at_us, side="right") - 1


def timeline(scenario: Scenario, *, step_us: int | None = None, from_us: int = 0) -> Timeline:
    """The scenario's intervals, from ``from_us`` (an edge, or rounded up to one) to the horizon.

    Intervals count from local midnight in elapsed time, so a day on which the clocks change has
    one hour's worth of them fewer or more, and the last one before midnight may be short.

    Args:
        scenario: whose days and interval are meant.
        step_us: another interval than the scenario's.
        from_us: the end of the warm-up.

    Raises:
        UsageError: nothing is left after the warm-up.
    """
    step = scenario.interval_us if step_us is None else step_us
    edges = interval_edges_us(replace(scenario, interval_us=step))
    kept = edges[edges >= from_us]
    if len(kept) < 2:
        raise UsageError(
            f"the warm-up of {from_us / 1e6:g} s leaves no whole interval of "
            f"{step / 1e6:g} s before the horizon at {scenario.horizon_us / 1e6:g} s; "
            "simulate longer or give a shorter warm-up"
        )
    starts = pd.DatetimeIndex(
        pd.to_datetime(kept[:-1] + epoch_us(scenario.start), unit="us", utc=True)
    ).tz_convert(scenario.timezone)
    return Timeline(kept, starts)


@dataclass(frozen=True, slots=True, eq=False)
class Folding:
    """Which group each interval of a timeline belongs to, and what the groups are called."""

    group: NDArray[np.intp]
    """An entry per interval."""
    labels: pd.DataFrame
    """A row per group, in order of time."""

    def __len__(self) -> int:
        return len(self.labels)


def fold(line: Timeline, by: By) -> Folding:
    """Put a timeline's intervals together.

    The labels are ``start`` (local timestamp) by interval; ``time`` ("08:30") and ``time_h``
    (hours since midnight) by time of day; those and ``weekday`` ("Mon") by weekday; none overall.
    In the hour that a clock change doubles, both passes have one time of day.
    """
    if by == "interval":
        return Folding(np.arange(len(line)), pd.DataFrame({"start": line.starts}))
    if by == "overall":
        return Folding(np.zeros(len(line), dtype=np.intp), pd.DataFrame(index=range(1)))
    minute = np.asarray(line.starts.hour * 60 + line.starts.minute, dtype=np.int64)
    second = minute * 60 + np.asarray(line.starts.second, dtype=np.int64)
    if by == "time_of_day":
        times, group = np.unique(second, return_inverse=True)
        return Folding(group, _time_labels(times))
    weekday = np.asarray(line.starts.day_of_week, dtype=np.int64)
    keys, group = np.unique(weekday * 86_400 + second, return_inverse=True)
    names = pd.Categorical(np.array(WEEKDAYS)[keys // 86_400], categories=WEEKDAYS, ordered=True)
    labels = pd.concat([pd.DataFrame({"weekday": names}), _time_labels(keys % 86_400)], axis=1)
    return Folding(group, labels)


def _time_labels(seconds: NDArray[np.int64]) -> pd.DataFrame:
    """Local times of day as text and as hours."""
    text = [f"{second // 3600:02d}:{second // 60 % 60:02d}" for second in seconds.tolist()]
    return pd.DataFrame({"time": text, "time_h": seconds / 3600})
