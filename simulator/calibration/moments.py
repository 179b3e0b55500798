"""The sessions of a history as arrays of seconds, and what stood open or in the queue when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from simulator.calibration.history import History

__all__ = ["NOBODY", "Course", "Moments", "moments", "running_count"]

NOBODY: Final = -1
"""The agent of a session that nobody picked up, or nobody knows who."""
QUEUED: Final = ("served", "abandoned", "silent", "form_in_queue", "closed", "unfinished")
"""Outcomes of sessions that stood in the queue, if only for an instant; unknown ones picked up
do too."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """A row per session, as in the history; seconds since ``origin``, nan where there is none."""

    origin: pd.Timestamp
    """The first request."""
    requested_s: NDArray[np.float64]
    picked_up_s: NDArray[np.float64]
    left_queue_s: NDArray[np.float64]
    """Pickup, or leaving unanswered; nan for sessions that never stood in a queue."""
    ended_s: NDArray[np.float64]
    """An unfinished chat ends, for all that is known, at the last instant of the history."""
    unfinished: NDArray[np.bool_]
    """Picked up, and seen to be open still at the last instant."""
    outcome: NDArray[np.str_]
    topic: NDArray[np.intp]
    topics: tuple[str, ...]
    agent: NDArray[np.intp]
    """NOBODY where unknown, and for chats whose end is not known."""
    agents: tuple[str, ...]

    @property
    def held(self) -> NDArray[np.intp]:
        """The rows of the chats that a known agent held."""
        return np.flatnonzero(self.agent != NOBODY)

    def among(self, topics: tuple[str, ...]) -> NDArray[np.bool_]:
        """Whether each session is of one of these topics."""
        wanted = [code for code, name in enumerate(self.topics) if name in topics]
        return np.isin(self.topic, wanted)


def moments(history: History) -> Moments:
    """The instants of a history as seconds.

    A chat picked up and not ended on the last date of the history is taken to be open still; one
    of an earlier date was never closed in the record, says nothing, and belongs to nobody here.
    """
    sessions = history.sessions
    names = ("requested_at", "picked_up_at", "ended_at")
    instants_us = [_microseconds(sessions[name]) for name in names]
    origin = sessions["requested_at"].min()
    first_us = np.nanmin(instants_us[0]) if len(sessions) else 0.0
    requested, picked_up, ended = ((us - first_us) / 1e6 for us in instants_us)
    last = max(
        (np.nanmax(s) for s in (requested, picked_up, ended) if (~np.isnan(s)).any()), default=0.0
    )
    outcome = sessions["outcome"].astype(str).to_numpy(dtype=np.str_)
    still_open = ~np.isnan(picked_up) & np.isnan(ended)
    dates = sessions["requested_at"].dt.normalize()
    unfinished = still_open & (dates == dates.max()).to_numpy()
    usable = ~np.isnan(picked_up) & (~np.isnan(ended) | unfinished)
    return Moments(
        origin=origin,
        requested_s=requested,
        picked_up_s=picked_up,
        left_queue_s=_left_queue(requested, picked_up, ended, outcome, last),
        ended_s=np.where(unfinished, last, ended),
        unfinished=unfinished,
        outcome=outcome,
        topic=sessions["topic"].cat.codes.to_numpy().astype(np.intp),
        topics=tuple(str(name) for name in sessions["topic"].cat.categories),
        agent=np.where(usable, sessions["agent"].cat.codes.to_numpy(), NOBODY).astype(np.intp),
        agents=tuple(str(name) for name in sessions["agent"].cat.categories),
    )


def _microseconds(instants: pd.Series[pd.Timestamp]) -> NDArray[np.float64]:
    naive = instants.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(naive), np.nan, naive.astype(np.int64).astype(np.float64))


def _left_queue(
    requested_s: NDArray[np.float64],
    picked_up_s: NDArray[np.float64],
    ended_s: NDArray[np.float64],
    outcome: NDArray[np.str_],
    last_s: float,
) -> NDArray[np.float64]:
    """Pickup, else the end, else (unfinished) the last instant.

    A silent leaver stays until picked up. Nan for those who were never in a queue.
    """
    left = np.where(np.isnan(picked_up_s), ended_s, picked_up_s)
    left = np.where(np.isnan(left) & (outcome == "unfinished"), last_s, left)
    queued = np.isin(outcome, QUEUED) | ~np.isnan(picked_up_s)
    return np.where(queued & (left >= requested_s), left, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A step function of time: ``count[i]`` holds from ``at_s[i]`` until ``at_s[i + 1]``.

    Whatever happens at one instant has happened: the count is the one after it.
    """

    at_s: NDArray[np.float64]
    """Ascending, all different."""
    count: NDArray[np.int64]

    def at(self, instant_s: ArrayLike) -> NDArray[np.int64]:
        """The count at each instant, its own events included; 0 before the first."""
        place = np.searchsorted(self.at_s, instant_s, side="right")
        return np.concatenate([[0], self.count])[place]

    def before(self, instant_s: ArrayLike) -> NDArray[np.int64]:
        """The count just before each instant."""
        place = np.searchsorted(self.at_s, instant_s, side="left")
        return np.concatenate([[0], self.count])[place]

    def next_where(self, holds: NDArray[np.bool_], after_s: ArrayLike) -> NDArray[np.float64]:
        """The first change later than each instant from which ``holds``; inf if there is none."""
        instants = np.append(np.where(holds, self.at_s, np.inf), np.inf)
        coming = np.minimum.accumulate(instants[::-1])[::-1]
        return coming[np.searchsorted(self.at_s, after_s, side="right")]

    def seconds(self, holds: NDArray[np.bool_], until_s: ArrayLike) -> NDArray[np.float64]:
        """For how long ``holds`` was so, from the first change to each instant."""
        if not len(self.at_s):
            return np.zeros(np.shape(until_s))
        lengths = np.diff(self.at_s) * holds[:-1]
        sums = np.concatenate([[0.0], np.cumsum(lengths)])
        place = np.clip(np.searchsorted(self.at_s, until_s, side="right") - 1, 0, None)
        rest = np.maximum(np.asarray(until_s) - self.at_s[place], 0.0) * holds[place]
        return np.asarray(sums[place] + rest, dtype=np.float64)


def running_count(*steps: tuple[NDArray[np.float64], int]) -> Course:
    """The sum of steps: at each instant of an array (nan: never) the count changes by the number.

    >>> running_count((np.array([1.0, 2.0]), 1), (np.array([2.0, 5.0]), -1)).count
    array([1, 1, 0])
    """
    at = np.concatenate([instants for instants, _ in steps])
    by = np.concatenate([np.full(len(instants), step) for instants, step in steps])
    known = ~np.isnan(at)
    instants, place = np.unique(at[known], return_inverse=True)
    change = np.bincount(place, weights=by[known], minlength=len(instants))
    return Course(instants, np.cumsum(change).astype(np.int64))
