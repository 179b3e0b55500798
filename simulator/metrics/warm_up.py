"""How much of a steady study's beginning is deleted, so that the empty start does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.metrics.timeline import Timeline, timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.metrics.chats import Chats
    from simulator.scenario.world import Scenario

__all__ = ["mser5", "observed", "warm_up_us"]

BATCH = 5


def observed(scenario: Scenario, chat: Chats, *, step_us: int | None = None) -> Timeline:
    """The intervals that count: of a terminating study all, of a steady one those after warm-up.

    The warm-up is rounded up to the scenario's next interval: the agents table has no finer time.
    """
    return timeline(scenario, step_us=step_us, from_us=warm_up_us(scenario, chat))


def warm_up_us(scenario: Scenario, chat: Chats) -> int:
    """The deleted beginning in microseconds: 0 for a terminating study.

    Else as the scenario gives it or by ``mser5``, rounded up to an edge of its intervals.
    """
    if scenario.study == "terminating" or scenario.warm_up_us is None:
        return 0
    given = scenario.warm_up_us
    wanted = _mser5_us(chat) if given == "mser5" else given
    edges = timeline(scenario).edges_us
    return int(edges[edges >= min(wanted, edges[-1])][0])


def _mser5_us(chat: Chats) -> int:
    """The instant up to which MSER-5 deletes, one for all replications.

    The series is the mean over replications of the wait of the k-th customer who queued, as far
    as the shortest of those in which anybody queued goes. The cut is the latest request of the last
    deleted customer.
    """
    rows = np.flatnonzero(chat.queued)
    rows = rows[np.lexsort((chat.requested_us[rows], chat.replication[rows]))]
    counts = np.bincount(chat.replication[rows], minlength=chat.replications)
    starts, counts = (np.cumsum(counts) - counts)[counts > 0], counts[counts > 0]
    length = int(counts.min()) if len(counts) else 0
    table = rows[starts[:, np.newaxis] + np.arange(length)]
    deleted = mser5(chat.wait_s[table].mean(axis=0)) if length else 0
    if deleted == 0:
        return 0
    return int(chat.requested_us[table[:, deleted - 1]].max()) + 1


def mser5(series: NDArray[np.float64]) -> int:
    """How many observations at the beginning of a series to delete (White, 1997).

    Batches of five are averaged; the truncation d minimises the squared standard error of the
    mean of the rest, ``sum((y - mean)²) / (m - d)²``, over the first half of the m batches. The
    earliest of equals wins. A series of fewer than ten observations is left whole.

    >>> mser5(np.array([90.0] * 5 + [1.0, 2.0, 3.0, 2.0, 1.0] * 20))
    5
    """
    batches = len(series) // BATCH
    if batches < 2:
        return 0
    means = series[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)
    left = np.arange(batches, 0, -1)
    sums = np.cumsum(means[::-1])[::-1]
    squares = np.cumsum((means**2)[::-1])[::-1]
    error = ((squares - sums**2 / left) / left.astype(np.float64) ** 2)[: batches // 2 + 1]
    # Of equals but for rounding, the earliest: a flat series must not lose its beginning.
    return int(np.argmax(error <= error.min() + 1e-12 * squares[0] / batches**2)) * BATCH
