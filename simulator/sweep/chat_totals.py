"""What one replication's sessions add up to, by topic and clock interval."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.desk.codes import (
    ABANDONED,
    CLOSED,
    FORM_AT_ARRIVAL,
    FORM_CLOSED,
    FORM_IN_QUEUE,
    OUTCOMES,
    SERVED,
    SILENT,
    UNFINISHED,
)
from simulator.sweep.clock import Time, blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.sweep.clock import Clock
    from simulator.workload import Workload

__all__ = ["QUEUED", "ChatSums", "left_queue_us", "waits_us"]

_CODES: Final = np.arange(len(OUTCOMES))
QUEUED: Final = np.isin(_CODES, (SERVED, ABANDONED, SILENT, FORM_IN_QUEUE, CLOSED))
"""By outcome: went through the queue."""
AT_THE_DOOR: Final = np.isin(_CODES, (FORM_CLOSED, FORM_AT_ARRIVAL))
FINISHED: Final = _CODES != UNFINISHED

SHARES: Final = {"wait_p50_s": 0.50, "wait_p90_s": 0.90, "wait_p99_s": 0.99}


def left_queue_us(outcomes: Outcomes, part: slice) -> NDArray[np.int64]:
    """When sessions left the queue, by pickup or otherwise; -1 for those that have not."""
    picked_up = outcomes.picked_up_us[part]
    return np.where(picked_up >= 0, picked_up, outcomes.ended_us[part])


def waits_us(
    workload: Workload, outcomes: Outcomes, part: slice, left_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How long sessions waited; right only where the outcome is one of the queued."""
    wait: NDArray[np.int64] = left_us - outcomes.requested_us[part]
    silent = np.flatnonzero(outcomes.outcome[part] == SILENT)
    wait[silent] = workload.patience_us[outcomes.row[part][silent]]
    return wait


class ChatSums:
    """The sums of one replication's sessions, made block by block.

    Counted are the sessions requested from the clock's first edge on, in the interval of their
    request; time in the queue counts where the clock says, that of earlier sessions too.
    """

    def __init__(
        self, scenario: Scenario, workload: Workload, outcomes: Outcomes, clock: Clock
    ) -> None:
        """Everything is added up at once."""
        self._scenario, self._workload, self._outcomes = scenario, workload, outcomes
        self._clock = clock
        self._topics = topics = len(scenario.topics)
        self._count = np.zeros((len(OUTCOMES), 2, 2, topics, len(clock)), dtype=np.int64)
        self._sums = np.zeros((3, len(OUTCOMES), topics, len(clock)))
        """Waits, places in the queue and handle times, by outcome."""
        self._handled = np.zeros((topics, len(clock)), dtype=np.int64)
        deepest = int(outcomes.initial_queue_pos.max(initial=0))
        self._at_position = np.zeros((topics, deepest + 1), dtype=np.int64)
        self._queue_time = Time(clock, topics)
        self._waits: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._again = np.flatnonzero(outcomes.transferred_us >= 0)
        first = int(np.searchsorted(outcomes.requested_us, clock.low))
        for part in blocks(len(outcomes.row)):
            topic = workload.topic[outcomes.row[part]]
            left = left_queue_us(outcomes, part)
            self._add_queue_time(part, topic, left)
            if part.stop > first:
                skipped = max(first - part.start, 0)
                counted = slice(part.start + skipped, part.stop)
                self._count_sessions(counted, topic[skipped:], left[skipped:])
        self._add_second_waits()

    def _count_sessions(
        self, part: slice, topic: NDArray[np.int64], left_us: NDArray[np.int64]
    ) -> None:
        """Counts and sums by course of the sessions, topic and interval."""
        outcomes = self._outcomes
        requested, outcome = outcomes.requested_us[part], outcomes.outcome[part]
        place = self._clock.place(requested)
        # In order of arrival, a block of sessions concerns few of many intervals.
        low, high = int(place[0]), int(place[-1]) + 1
        shape = (self._topics, high - low)
        cell = place - low if self._topics == 1 else topic * shape[1] + (place - low)
        ending = outcome * (shape[0] * shape[1]) + cell

        wait = waits_us(self._workload, outcomes, part, left_us)
        soon = wait <= self._scenario.service_level.threshold_us
        delayed = outcomes.reaction_began_us[part] != requested
        course = (outcome * 4 + (soon * 2 + delayed)) * (shape[0] * shape[1]) + cell
        self._count[..., low:high] += _binned(course, (len(OUTCOMES), 2, 2, *shape))
        position = outcomes.initial_queue_pos[part]
        handle = self._handle_us(part)
        handled = handle >= 0
        self._handled[:, low:high] += _binned(cell[np.flatnonzero(handled)], shape)
        for sums, values in zip(
            self._sums, (wait, position, np.where(handled, handle, 0)), strict=True
        ):
            sums[..., low:high] += _summed(ending, values, (len(OUTCOMES), *shape))

        placed = np.where(outcome == UNFINISHED, 0, position)
        width = self._at_position.shape[1]
        self._at_position += _binned(topic * width + placed, self._at_position.shape)
        queued = np.flatnonzero(QUEUED[outcome])
        self._waits.append((topic[queued], wait[queued]))

    def _handle_us(self, part: slice) -> NDArray[np.int64]:
        """Pickup to end, less the second wait of a transferred chat; -1 where not both happened."""
        outcomes = self._outcomes
        picked_up, ended = outcomes.picked_up_us[part], outcomes.ended_us[part]
        handled = (picked_up >= 0) & (ended >= 0)
        handle: NDArray[np.int64] = np.where(handled, ended - picked_up, -1)
        if len(self._again):
            transferred = outcomes.transferred_us[part]
            again = np.flatnonzero(handled & (transferred >= 0))
            answered = outcomes.transfer_picked_up_us[part][again]
            left = np.where(answered >= 0, answered, ended[again])
            handle[again] -= left - transferred[again]
        return handle

    def _add_queue_time(
        self, part: slice, topic: NDArray[np.int64], left_us: NDArray[np.int64]
    ) -> None:
        began = self._outcomes.requested_us[part]
        until = np.where(left_us >= 0, left_us, self._scenario.horizon_us)
        until = np.where(AT_THE_DOOR[self._outcomes.outcome[part]], began, until)
        self._queue_time.add(began, until, topic)

    def _add_second_waits(self) -> None:
        """A transferred chat waits in its new topic."""
        outcomes, again = self._outcomes, self._again
        if not len(again):
            return
        answered, ended = outcomes.transfer_picked_up_us[again], outcomes.ended_us[again]
        left = np.where(answered >= 0, answered, ended)
        left = np.where(left >= 0, left, self._scenario.horizon_us)
        target = self._workload.transfer_topic[outcomes.row[again]]
        self._queue_time.add(outcomes.transferred_us[again], left, target)

    def sums(self) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
        """Counts, and sums in seconds: (topics, intervals) each."""
        by_outcome = self._count.sum(axis=(1, 2))
        within = self._count[:, 1].sum(axis=1)
        wait_us, position, handle_us = self._sums
        with_place = FINISHED & (_CODES != FORM_CLOSED)
        return {
            "requested": by_outcome.sum(axis=0),
            "queued": by_outcome[QUEUED].sum(axis=0),
            **{name: by_outcome[code] for code, name in enumerate(OUTCOMES)},
            "served_within": within[SERVED],
            "abandoned_within": within[ABANDONED],
            "waited_at_arrival": self._count[QUEUED, :, 1].sum(axis=(0, 1)),
            "handled": self._handled,
            "placed": by_outcome[with_place].sum(axis=0),
            "queue_pos_sum": position[FINISHED].sum(axis=0),
            "wait_sum_s": wait_us[QUEUED].sum(axis=0) / 1e6,
            "served_wait_sum_s": wait_us[SERVED] / 1e6,
            "handle_sum_s": handle_us.sum(axis=0) / 1e6,
            "queue_time_s": self._queue_time.total_us() / 1e6,
        }

    def order_figures(self) -> dict[str, NDArray[np.float64]]:
        """What does not add up: quantiles and maxima of the queued, of all and by topic.

        A quantile is the smallest value with at least that share of the sessions at or below it.

        Returns:
            (topics + 1,) each, that of all topics first; NaN where nobody queued or got a place.
        """
        none = np.zeros(0, dtype=np.int64)
        topic = np.concatenate([none, *(topic for topic, _ in self._waits)])
        wait = np.concatenate([none, *(wait for _, wait in self._waits)])
        if self._topics == 1:
            read = [_wait_figures(wait)] * 2
        else:
            apart = [wait[np.flatnonzero(topic == t)] for t in range(self._topics)]
            read = [_wait_figures(part) for part in (wait, *apart)]
        figures = {name: np.array([row[name] for row in read]) for name in read[0]}
        return figures | {"queue_pos_p90": self._position_p90()}

    def _position_p90(self) -> NDArray[np.float64]:
        """The place that nine in ten got at most; 0 is no place."""
        overall = self._at_position.sum(axis=0)
        found = np.full(self._topics + 1, np.nan)
        for row, counts in enumerate([overall, *self._at_position]):
            up_to = np.cumsum(counts[1:])
            if len(up_to) and up_to[-1]:
                found[row] = np.searchsorted(up_to, _rank(0.90, int(up_to[-1])) + 1) + 1
        return found


def _binned(cell: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.intp]:
    return np.bincount(cell, minlength=prod(shape)).reshape(shape)


def _summed(
    cell: NDArray[np.int64], weights: NDArray[np.int64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    summed = np.bincount(cell, weights=weights, minlength=prod(shape))
    return summed.reshape(shape).astype(np.float64, copy=False)


def _wait_figures(wait_us: NDArray[np.int64]) -> dict[str, float]:
    """The quantiles and the longest of some waits, in seconds."""
    if not len(wait_us):
        return dict.fromkeys((*SHARES, "wait_max_s"), np.nan)
    ranks = [*(_rank(share, len(wait_us)) for share in SHARES.values()), len(wait_us) - 1]
    found = np.partition(wait_us, ranks)[ranks] / 1e6
    return dict(zip((*SHARES, "wait_max_s"), found.tolist(), strict=True))


def _rank(share: float, size: int) -> int:
    """The place of a quantile among ordered values, from 0."""
    # The tolerance keeps 0.9 x 10 from becoming the tenth value by a rounding error.
    return min(max(int(np.ceil(share * size - 1e-9)) - 1, 0), size - 1)
