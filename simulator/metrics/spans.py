"""Time inside clock intervals: how long spans that begin and end anywhere lie in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.metrics.timeline import Timeline

__all__ = ["time_within", "touching"]


def time_within(
    line: Timeline,
    from_us: NDArray[np.int64],
    until_us: NDArray[np.int64],
    *,
    group: NDArray[np.intp],
    groups: int,
) -> NDArray[np.float64]:
    """Seconds that the spans [from, until) of each group spend in each interval.

    A span that starts in an interval fills it from there on; one that ends in it stops filling;
    between the two, what is under way at an edge is a running count. No loop over spans.

    Returns:
        (groups, intervals).
    """
    low, high = int(line.edges_us[0]), int(line.edges_us[-1])
    begins, ends = np.clip(from_us, low, high), np.clip(until_us, low, high)
    shape = (groups, len(line) + 1)
    entered, filled = _counts_and_rests(line, begins, group, shape)
    left, unfilled = _counts_and_rests(line, ends, group, shape)
    under_way = np.cumsum(entered - left, axis=1)
    under_way = np.concatenate([np.zeros((groups, 1)), under_way[:, :-1]], axis=1)
    lengths = np.append(line.lengths_us, 0)
    seconds: NDArray[np.float64] = (under_way * lengths + filled - unfilled) / 1e6
    return seconds[:, :-1]


def _counts_and_rests(
    line: Timeline, at_us: NDArray[np.int64], group: NDArray[np.intp], shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many instants lie in each interval, and the sum of what is left of it after each.

    Both (groups, intervals + 1): the end of the timeline counts as an interval of no length.
    """
    place = line.locate(at_us)
    until = np.append(line.edges_us[1:], line.edges_us[-1])
    cell = group * shape[1] + place
    size = shape[0] * shape[1]
    counts = np.bincount(cell, minlength=size).reshape(shape)
    rests = np.bincount(cell, weights=(until[place] - at_us).astype(np.float64), minlength=size)
    return counts.astype(np.float64), rests.reshape(shape).astype(np.float64, copy=False)


def touching(
    line: Timeline,
    from_us: NDArray[np.int64],
    until_us: NDArray[np.int64],
    *,
    group: NDArray[np.intp],
    groups: int,
) -> NDArray[np.float64]:
    """How many spans [from, until) of each group have a part in each interval.

    Returns:
        (groups, intervals). A span wholly outside the timeline touches nothing.
    """
    low, high = int(line.edges_us[0]), int(line.edges_us[-1])
    inside = (until_us > low) & (from_us < high) & (until_us > from_us)
    first = line.locate(np.maximum(from_us[inside], low))
    after = line.locate(np.minimum(until_us[inside], high) - 1) + 1
    shape = (groups, len(line) + 1)
    size = shape[0] * shape[1]
    entered = np.bincount(group[inside] * shape[1] + first, minlength=size)
    left = np.bincount(group[inside] * shape[1] + after, minlength=size)
    return np.cumsum((entered - left).reshape(shape), axis=1)[:, :-1].astype(np.float64)
