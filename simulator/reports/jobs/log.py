"""The log of a job: JSON lines, each with its instant, flushed as it is written."""

from __future__ import annotations

import json
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Log"]

LONGEST = 2_000
"""Characters of a text in the log; a kernel may complain at any length."""


class Log:
    """Appends to a file; a line is one write, so a kill leaves at most its end missing."""

    def __init__(self, path: Path, run: str, heard: Callable[[str], None] | None = None) -> None:
        """Open the log.

        Args:
            path: the file; runs of one date follow each other in it.
            run: tells this run's lines from those of others.
            heard: also told each event, in words for people.
        """
        self._file: IO[str] = path.open("a", encoding="utf-8", newline="\n")
        self._run, self._heard = run, heard

    def write(self, event: str, **told: Any) -> None:
        """One event with what there is to tell of it."""
        line = {"at": now(), "run": self._run, "event": event} | {
            name: value[:LONGEST] if isinstance(value, str) else value
            for name, value in told.items()
        }
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self._file.flush()
        if self._heard and "message" in told:
            self._heard(str(told["message"]))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def now() -> str:
    """This instant, with the local offset, to the millisecond."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
