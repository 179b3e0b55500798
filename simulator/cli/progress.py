"""Telling on stderr how far something is: one line that changes, or a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Progress", "duration"]

EVERY_S = 10.0
"""How often a log gets a line."""


class Progress:
    """Says "3 of 20 replications, 12 s left" as it is called with (done, total).

    On a terminal one line is written over and over and wiped out in the end; anywhere else a line
    comes at most every ten seconds, and none if all is over before the first is due.
    """

    def __init__(
        self,
        one: str,
        many: str,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._one, self._many = one, many
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._clock = clock
        self._began = self._told = clock()
        self._before: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __call__(self, done: int, total: int) -> None:
        """Tell that ``done`` of ``total`` are finished; those told first were so before."""
        now = self._clock()
        if self._before is None:
            self._before = done if done < total else 0
        text = f"{done} of {total} {self._one if total == 1 else self._many}"
        if self._before < done < total:
            left_s = (now - self._began) * (total - done) / (done - self._before)
            text += f", {duration(left_s)} left"
        if self._terminal:
            self._stream.write(f"\r\x1b[K{text}")
        elif now - self._told >= EVERY_S:
            self._told = now
            self._stream.write(f"{text}\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """A length of time for people, in its two largest units.

    >>> duration(12.4), duration(75), duration(7265)
    ('12 s', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
