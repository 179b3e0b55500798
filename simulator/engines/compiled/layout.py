"""Chats into memory before the loop, and out of it afterwards: a row at a time, compiled too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.engines.compiled.memory import NUMBERS, Struct, struct_at, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["addresses", "lays_out", "reads"]

COLUMN = Struct("column", {"numbers": NUMBERS})
column_at: Any = struct_at(COLUMN)


def addresses(columns: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], Any]:
    """(columns, 2): where each of some columns is, and its length; and what must be kept."""
    kept = [np.ascontiguousarray(column, dtype=np.int64) for column in columns]
    found = [words(COLUMN, {"numbers": column}) for column in kept]
    return np.array(found, dtype=np.int64), kept


def lays_out(columns: Any, untouched: Any, cells: Any) -> None:
    """Write ``cells`` (rows, fields): the first fields from columns, the rest as they are at first.

    Args:
        columns: as `addresses` gives them, contiguous.
        untouched: of every field after those.
        cells: written.
    """
    drawn = len(columns)
    address = columns.ctypes.data
    for row in range(len(cells)):
        for field in range(drawn):
            cells[row, field] = column_at(address + 16 * field).numbers[row]
        for field in range(len(untouched)):
            cells[row, drawn + field] = untouched[field]


def reads(cells: Any, rows: Any, fields: Any, found: Any) -> None:
    """Write ``found`` (fields, rows): those fields of those rows of ``cells``."""
    for place in range(len(rows)):
        row = rows[place]
        for field in range(len(fields)):
            found[field, place] = cells[row, fields[field]]
