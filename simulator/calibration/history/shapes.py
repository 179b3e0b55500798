"""Texts grouped by their shape, so that a column is parsed shape by shape and not row by row.

The shape of ``2026-03-23 08:15`` is ``0000-00-00 00:00``: every digit becomes 0, and all else stays
as it is. A column has a handful of shapes however long it is. A regular expression is tried on
the shape once, and where its groups stand, the digits of all its rows are read at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Shaped", "by_shape", "is_blank"]

LONGEST: Final = 48
"""Bytes; what is longer is no date, no duration and no number."""


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """Texts of one shape."""

    shape: str
    """A letter per byte of the text."""
    rows: NDArray[np.int64]
    """Where in the column they stand."""
    letters: NDArray[np.uint8]
    """A row of bytes per text."""

    def number(self, match: re.Match[str], group: str | int) -> NDArray[np.int64]:
        """The digits of a group of ``match`` (of the shape) as whole numbers; 0 if it is empty."""
        first, last = match.span(group)
        digits = self.letters[:, max(first, 0) : max(last, 0)].astype(np.int64) - ord("0")
        return digits @ 10 ** np.arange(digits.shape[1])[::-1]

    def decimal(self, match: re.Match[str], whole: str | int, fraction: str | int) -> Any:
        """Two groups as a number with decimals."""
        first, last = match.span(fraction)
        return self.number(match, whole) + self.number(match, fraction) / 10.0 ** (last - first)


def is_blank(texts: pa.Array) -> NDArray[np.bool_]:
    """Where nothing stands: null, or nothing but blanks."""
    lengths = pc.fill_null(pc.binary_length(pc.utf8_trim_whitespace(texts)), 0)
    blank: NDArray[np.bool_] = lengths.to_numpy(zero_copy_only=False) == 0
    return blank


def by_shape(texts: pa.Array) -> Iterator[Shaped]:
    """The texts by shape, each with its blanks at both ends taken away.

    Nulls, empty texts and those longer than 48 bytes are in no shape.
    """
    column = pc.utf8_trim_whitespace(texts.cast(pa.large_string()))
    lengths = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    starts, data = _buffers(column)
    for length in np.unique(lengths):
        if 0 < length <= LONGEST:
            rows = np.flatnonzero(lengths == length)
            yield from _of_length(_letters(data, starts, rows, int(length)), rows)


def _letters(
    data: NDArray[np.uint8], starts: NDArray[np.int64], rows: NDArray[np.int64], length: int
) -> NDArray[np.uint8]:
    """The bytes of texts of one length, a row for each."""
    first, last = starts[rows[0]], starts[rows[-1]] + length
    letters: NDArray[np.uint8]
    if last - first == len(rows) * length:  # nothing but these, one after another
        letters = data[first:last].reshape(-1, length)
    else:
        letters = data[starts[rows][:, None] + np.arange(length)]
    return letters


def _buffers(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    _, offsets, data = column.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[column.offset :]
    return starts, np.frombuffer(data or b"", dtype=np.uint8)


def _of_length(letters: NDArray[np.uint8], rows: NDArray[np.int64]) -> Iterator[Shaped]:
    is_digit = (letters >= ord("0")) & (letters <= ord("9"))
    shapes = np.ascontiguousarray(np.where(is_digit, np.uint8(ord("0")), letters))
    found = _coded(shapes)
    if len(found.dictionary) == 1:
        yield Shaped(found.dictionary[0].as_py().decode("latin-1"), rows, letters)
        return
    codes = found.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(found.dictionary) + 1))
    for code, shape in enumerate(found.dictionary.to_pylist()):
        of_shape = order[edges[code] : edges[code + 1]]
        # A letter per byte: a group's span is then its columns of ``letters``.
        yield Shaped(shape.decode("latin-1"), rows[of_shape], letters[of_shape])


def _coded(shapes: NDArray[np.uint8]) -> pa.DictionaryArray:
    count, width = shapes.shape
    fixed = pa.binary(width)
    return pa.FixedSizeBinaryArray.from_buffers(
        fixed, count, [None, pa.py_buffer(shapes)]
    ).dictionary_encode()
