"""The objects of a JSON file one by one, however large it is: lines, arrays, or pages of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = ["lines", "nested", "parsed"]

_SQUARE_TO_CURLY: Final = np.uint8(0x20)
"""The bit that makes ``[`` a ``{`` and ``]`` a ``}``; no other letters become these by it."""


def lines(blocks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines of a text, a list for each of its blocks."""
    rest = b""
    for block in blocks:
        whole, cut, end = block.rpartition(b"\n")
        if cut:
            yield (rest + whole).split(b"\n")
            rest = end
        else:
            rest += end
    if rest:
        yield [rest]


def parsed(text: bytes) -> dict[str, Any] | None:
    """The JSON object that a text is, or None."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def nested(blocks: Iterable[bytes], depth: int) -> Iterator[list[bytes]]:
    """The texts of the objects that stand within ``depth`` brackets, a list for each block.

    Raises:
        ValueError: the text ends within an object, or closes what it did not open.
    """
    scanner = _Scanner(depth)
    for block in blocks:
        yield scanner.objects(block)
    if scanner.rest.strip() or scanner.level:
        raise ValueError("the JSON ends before its last bracket is closed")


class _Scanner:
    """Cuts a text into its objects at one depth; ``rest`` is what still waits for its end."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.rest = b""
        self.level = 0
        """Brackets open where ``rest`` begins."""

    def objects(self, block: bytes) -> list[bytes]:
        text = self.rest + block
        letters = np.frombuffer(text, np.uint8)
        brackets = _brackets(letters)
        steps = np.where(letters[brackets] | _SQUARE_TO_CURLY == ord("{"), 1, -1)
        after = self.level + np.cumsum(steps)
        if (after < 0).any():
            raise ValueError("the JSON closes a bracket that it did not open")
        begins = brackets[
            (steps == 1) & (after == self.depth + 1) & (letters[brackets] == ord("{"))
        ]
        ends = brackets[(steps == -1) & (after == self.depth) & (letters[brackets] == ord("}"))]
        self._keep(text, brackets, after, begins[len(ends) :])
        return [text[begin : end + 1] for begin, end in zip(begins, ends, strict=False)]

    def _keep(self, text: bytes, brackets: Any, after: Any, unclosed: Any) -> None:
        if len(unclosed):
            self.rest, self.level = text[unclosed[0] :], self.depth
        elif len(brackets):
            self.rest, self.level = text[brackets[-1] + 1 :], int(after[-1])
        else:
            self.rest = text


def _brackets(letters: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where brackets stand that are no part of a string."""
    quotes = _quotes(letters)
    curly = letters | _SQUARE_TO_CURLY
    brackets = np.flatnonzero((curly == ord("{")) | (curly == ord("}")))
    outside: NDArray[np.int64] = brackets[np.searchsorted(quotes, brackets) % 2 == 0]
    return outside


def _quotes(letters: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where strings begin and end: quotes with an even number of backslashes before them."""
    quotes = np.flatnonzero(letters == ord('"'))
    after_slash = (letters[quotes - 1] == ord("\\")) & (quotes > 0)
    if not after_slash.any():
        return quotes
    slashes = np.flatnonzero(letters == ord("\\"))
    begins = slashes[np.diff(slashes, prepend=-2) != 1]  # of each run of slashes
    escaped = quotes[after_slash]
    begin = begins[np.searchsorted(begins, escaped) - 1]
    after_slash[after_slash] = (escaped - begin) % 2 == 1
    ends: NDArray[np.int64] = quotes[~after_slash]
    return ends
