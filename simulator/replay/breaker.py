"""The circuit breaker: when a replay must not go on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

__all__ = ["Breaker"]

ENOUGH = 20
"""Answers before a share of errors says anything."""


@dataclass(slots=True)
class Breaker:
    """Watches the classes of answers as they come; ``tripped`` says why to stop.

    >>> breaker = Breaker(unknown_in_a_row=3)
    >>> for answered in ("done", "unknown", "unknown", "unknown"):
    ...     breaker.saw(answered)
    >>> breaker.tripped
    '3 answers in a row were unknown'
    """

    unknown_in_a_row: float = 3
    unknown_share: float = 0.02
    """Of the last ``of_last`` answers; those yet to come count as known."""
    of_last: float = 100
    error_share: float = 0.5
    """Rejected and unknown, of the last ``of_last`` answers, from the twentieth answer."""
    tripped: str = ""
    _last: deque[str] = field(default_factory=deque)
    _row: int = 0

    def saw(self, cls: str) -> None:
        """Count one answer: done, empty, rejected (each time it was turned away) or unknown."""
        self._last.append(cls)
        if len(self._last) > self.of_last:
            self._last.popleft()
        self._row = self._row + 1 if cls == "unknown" else 0
        if cls in ("unknown", "rejected") and not self.tripped:
            self.tripped = self._reason()

    def _reason(self) -> str:
        unknown = self._last.count("unknown")
        errors = unknown + self._last.count("rejected")
        seen = len(self._last)
        if self._row >= self.unknown_in_a_row:
            return f"{self._row} answers in a row were unknown"
        if unknown > self.unknown_share * self.of_last:
            return f"{unknown} of the last {seen} answers were unknown"
        if seen >= min(ENOUGH, self.of_last) and errors > self.error_share * seen:
            return f"{errors} of the last {seen} answers were errors"
        return ""
