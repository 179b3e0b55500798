"""Rows of JSON files: records of the tenant, and pages of its archive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from simulator.calibration.history.complaints import places
from simulator.calibration.history.fields import check_fields, found_fields
from simulator.calibration.history.json_objects import lines, nested, parsed
from simulator.calibration.history.typed import Block
from simulator.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from simulator.calibration.history.complaints import Complaints
    from simulator.calibration.history.files import SourceFile

__all__ = ["depth_of", "json_blocks"]

NOT_JSON: Final = "not a JSON object"
MANY: Final = 1000
"""Rows that tell which keys there are."""


def depth_of(head: str) -> int:
    """Within how many brackets the rows of a file with this beginning stand.

    0: an object a line. 1: an array of them. 2: a page with its rows under ``value``, or several
    pages one after another. 3: an array of pages.
    """
    text = head.lstrip()
    return (1 if text.startswith("[") else 0) + (2 if _PAGE.match(text) else 0)


_PAGE: Final = re.compile(
    r'(?:\[\s*)?\{\s*(?:"[^"]*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[a-z]+|-?[\d.]+)\s*,\s*)*"value"\s*:\s*\['
)
"""A page until its first row: what stands before ``value`` are plain texts."""


def json_blocks(source: SourceFile, complaints: Complaints) -> Iterator[Block]:
    """The rows of a JSON file, block by block; what is no object is left out and told.

    Raises:
        DataError: no row tells what a chat is made of, or the file is cut off.
    """
    fields: dict[str, str] = {}
    for rows, texts in _numbered(source):
        fields = fields or _fields(texts[:MANY], source)
        root = [key for key in fields.values() if not key.startswith(_USER)]
        of_user = [key[len(_USER) :] for key in fields.values() if key.startswith(_USER)]
        values = [_values(parsed(text), root, of_user) for text in texts]
        good = np.array([each is not None for each in values], np.bool_)
        _tell(rows[~good], source, complaints)
        columns = zip(*(each for each in values if each is not None), strict=True)
        cells = {field: _as_text(column) for field, column in zip(fields, columns, strict=False)}
        if cells:
            yield Block(source.path.name, rows[good], cells, fields, wire=True)


def _numbered(source: SourceFile) -> Iterator[tuple[NDArray[np.int64], list[bytes]]]:
    """The texts of rows, with their numbers; blank lines have a number and are no rows."""
    last = 0
    for texts in _texts(source):
        filled = [number for number, text in enumerate(texts, last + 1) if text.strip()]
        last += len(texts)
        if filled:
            yield np.array(filled, np.int64), [text for text in texts if text.strip()]


def _values(found: dict[str, Any] | None, root: list[str], of_user: list[str]) -> list[Any] | None:
    """What stands under the keys. The rest is dropped at once, before the collector looks at it."""
    if found is None:
        return None
    user = found.get("User") if of_user else None
    inner: dict[str, Any] = user if isinstance(user, dict) else {}
    return [*map(found.get, root), *map(inner.get, of_user)]


_USER: Final = "User."


def _tell(rows: NDArray[np.int64], source: SourceFile, complaints: Complaints) -> None:
    complaints.rows_read += len(rows)
    complaints.leave_out(NOT_JSON, len(rows), places(source.path.name, rows.tolist(), None))


def _texts(source: SourceFile) -> Iterator[list[bytes]]:
    depth = depth_of(source.head)
    if depth == 0 and _LINE.search(source.head):
        yield from lines(source.blocks())
        return
    try:
        yield from nested(source.blocks(), depth)
    except ValueError as error:
        raise DataError(f"{error}; export the chats again", Place(source.path)) from error


_LINE: Final = re.compile(r"^[ \t]*\{.*\}[ \t\r]*$", re.MULTILINE)
"""An object on a line of its own."""


def _fields(texts: list[bytes], source: SourceFile) -> dict[str, str]:
    """Field → key, by the keys that any of the first rows has; those within User come last."""
    found = [each for each in map(parsed, texts) if each is not None]
    if not found:
        raise DataError("its first rows are no JSON objects; export again", Place(source.path, 1))
    users = [each["User"] for each in found if isinstance(each.get("User"), dict)]
    names = [
        *dict.fromkeys(key for each in found for key in each),
        *dict.fromkeys(f"{_USER}{key}" for user in users for key in user),
    ]
    fields = found_fields(names)
    check_fields(fields, names, source.path, _CALLED)
    called = {field: names[column] for field, column in fields.items()}
    return dict(sorted(called.items(), key=lambda each: each[1].startswith(_USER)))


_CALLED: Final = {
    "requested_at": "WhenRequested",
    "picked_up_at": "WhenStarted",
    "ended_at": "WhenEnded",
    "status": "Status",
}


def _as_text(values: Sequence[Any]) -> pa.Array:
    try:
        found = pa.array(values)  # a type for all of them
    except (pa.ArrowException, OverflowError):  # texts and numbers among one another
        return _one_by_one(values)
    if found.type in (pa.string(), pa.int64(), pa.null()):
        return found.cast(pa.string())
    return _one_by_one(values)


def _one_by_one(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if each is None else str(each) for each in values], pa.string())
