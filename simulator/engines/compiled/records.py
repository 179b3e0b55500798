"""The desk's records (`desk.state`) as NumPy tables: the same fields, an int64 each."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.desk.state import Agent, Bucket, Chat, Group, Seat, Tally, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["RECORDS", "columns", "dtype", "table"]

RECORDS = {
    "chats": Chat,
    "topics": Topic,
    "groups": Group,
    "agents": Agent,
    "seats": Seat,
    "buckets": Bucket,
}
"""What the desk's lists hold, by their names."""

Record = Agent | Bucket | Chat | Group | Seat | Tally | Topic


def dtype(kind: type[Record]) -> np.dtype[Any]:
    """The NumPy type of a record."""
    return np.dtype([(field.name, np.int64) for field in fields(kind)], align=True)


def table(kind: type[Record], rows: Sequence[Record]) -> NDArray[Any]:
    """The records as they stand, in a table."""
    read = attrgetter(*(field.name for field in fields(kind)))
    return np.array([read(row) for row in rows], dtype=dtype(kind))


def columns(rows: NDArray[Any]) -> NDArray[np.int64]:
    """(rows, fields): the same memory, by number of row and field."""
    return rows.view(np.int64).reshape(len(rows), rows.dtype.itemsize // 8)
