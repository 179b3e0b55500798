"""The log of a job: JSON lines, each with its instant, written at once.

A log that cannot be written must not keep a job from its reports, nor its hook from being called:
it is told once, and what happens goes on.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from simulator.files import append, unwritten

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Log"]

LONGEST = 2_000
"""Characters of a text in the log; a kernel may complain at any length."""


class Log:
    """Appends to a file; a line is one write, so that only a kill can tear it."""

    def __init__(self, path: Path, run: str, heard: Callable[[str], None] | None = None) -> None:
        """Open the log.

        Args:
            path: the file; runs of one date follow each other in it.
            run: tells this run's lines from those of others.
            heard: also told each event, in words for people.
        """
        self._path, self._run, self._heard = path, run, heard
        self._file: IO[bytes] | None = None
        self._is_whole = True

    def write(self, event: str, **told: Any) -> None:
        """One event with what there is to tell of it."""
        line = {"at": now(), "run": self._run, "event": event} | {
            name: value[:LONGEST] if isinstance(value, str) else value
            for name, value in told.items()
        }
        try:
            if self._file is None:
                self._file = self._path.open("ab", buffering=0)
            told_in_json = json.dumps(line, ensure_ascii=False, default=str)
            append(self._file.fileno(), told_in_json.encode() + b"\n")
        except OSError as error:
            if self._is_whole and self._heard:
                self._heard(f"the log lacks events: {unwritten(error, self._path)}")
            self._is_whole = False
        if self._heard and "message" in told:
            self._heard(str(told["message"]))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def now() -> str:
    """This instant, with the local offset, to the millisecond."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
