"""The course of all chats, laid out so that a table is soon computed from it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes

__all__ = ["contiguous", "first_of"]


def contiguous(outcomes: Outcomes) -> Outcomes:
    """The same outcomes, the entries of each column side by side.

    An engine may hand over columns that are cut out of records, and each use of such a column
    reads the whole records.
    """
    columns: dict[str, Any] = {
        field.name: np.ascontiguousarray(getattr(outcomes, field.name))
        for field in fields(outcomes)
        if field.name != "engine"
    }
    return replace(outcomes, **columns)


def first_of(one: NDArray[np.int64], *others: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """The earliest instant of each entry, int64 microseconds; -1 is one that never came.

    Read without a sign, -1 is the last instant of all, so this is a plain minimum.

    >>> first_of(np.array([5, -1, -1]), np.array([9, 7, -1])).tolist()
    [5, 7, -1]
    """
    first = one.view(np.uint64)
    for other in others:
        first = np.minimum(first, np.asarray(other, dtype=np.int64).view(np.uint64))
    return first.view(np.int64)
