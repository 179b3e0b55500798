"""Time put into clock intervals, without a loop over spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Clock", "Time", "blocks"]

LONGEST_TABLE: Final = 2**20
"""Steps of the common measure of all edges; beyond, instants are looked up by bisection."""

BLOCK: Final = 2**15
"""Rows worked on at once: few enough for their arrays to stay in the processor's cache."""


def blocks(size: int) -> Iterator[slice]:
    """The slices of ``BLOCK`` rows that make up ``size`` rows.

    >>> [(part.start, part.stop) for part in blocks(40_000)]
    [(0, 32768), (32768, 40000)]
    """
    for start in range(0, size, BLOCK):
        yield slice(start, min(start + BLOCK, size))


class Clock:
    """Consecutive intervals [edge, next edge), in microseconds since the scenario's start."""

    def __init__(self, edges_us: NDArray[np.int64]) -> None:
        """The edges in order; at least two."""
        self.edges_us = edges_us
        self.lengths_us = np.diff(edges_us)
        self.low, self.high = int(edges_us[0]), int(edges_us[-1])
        self.next_us = np.append(edges_us[1:], self.high)
        """The end of each interval, and of the last edge, which counts as one of no length."""
        self._measure = int(np.gcd.reduce(self.lengths_us))
        self._table: NDArray[np.intp] | None = None
        if (self.high - self.low) // self._measure <= LONGEST_TABLE:
            steps = self.lengths_us // self._measure
            self._table = np.append(np.repeat(np.arange(len(self)), steps), len(self))

    def __len__(self) -> int:
        return len(self.lengths_us)

    def place(self, at_us: NDArray[np.int64]) -> NDArray[np.intp]:
        """The interval of each instant from the first edge to the last, whose place is ``len``."""
        if self._table is None:
            return np.searchsorted(self.edges_us, at_us, side="right") - 1
        return self._table[(at_us - self.low) // self._measure]


class Time:
    """What spans [from, until) spend in each interval, added up by column.

    Summed are whole microseconds in float64: exact below 2**53, some 285 years, so that no sum
    depends on the order of the additions.
    """

    def __init__(self, clock: Clock, columns: int) -> None:
        """A sum for each of the clock's intervals and ``columns`` kinds of spans, at 0."""
        self._clock = clock
        # The last edge counts as an interval of no length.
        self._shape = (columns, len(clock) + 1 if len(clock) > 1 else 1)
        self._size = self._shape[0] * self._shape[1]
        self._inside = np.zeros(self._size)
        self._entered = np.zeros(self._size, dtype=np.int64)

    def add(
        self,
        from_us: NDArray[np.int64],
        until_us: NDArray[np.int64],
        column: NDArray[np.int64],
    ) -> None:
        """Add spans, none of which ends before it begins, or after the last interval.

        What lies before the first interval is not counted.
        """
        clock, width = self._clock, self._shape[1]
        begins, ends = from_us, until_us
        if clock.low > 0:
            begins, ends = np.maximum(from_us, clock.low), np.maximum(until_us, clock.low)
        if width == 1:
            self._sum(column, ends - begins)
            return
        first, last = clock.place(begins), clock.place(ends)
        crosses = first != last
        self._sum(column * width + first, np.where(crosses, 0, ends - begins))
        rows = np.flatnonzero(crosses)
        if len(rows):
            from_cell = column[rows] * width + first[rows]
            until_cell = column[rows] * width + last[rows]
            self._entered += np.bincount(from_cell, minlength=self._size)
            self._entered -= np.bincount(until_cell, minlength=self._size)
            self._sum(from_cell, clock.next_us[first[rows]] - begins[rows])
            self._sum(until_cell, ends[rows] - clock.next_us[last[rows]])

    def _sum(self, cell: NDArray[np.intp], us: NDArray[np.int64]) -> None:
        self._inside += np.bincount(cell, weights=us, minlength=self._size)

    def total_us(self) -> NDArray[np.float64]:
        """The microseconds so far: (columns, intervals)."""
        entered, inside = self._entered.reshape(self._shape), self._inside.reshape(self._shape)
        # What is under way at an edge fills the interval that begins there.
        under_way = np.cumsum(entered, axis=1) - entered
        intervals = len(self._clock)
        return inside[:, :intervals] + under_way[:, :intervals] * self._clock.lengths_us
