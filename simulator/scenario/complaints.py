"""What is wrong with a scenario, gathered so that one reading reports all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import ScenarioError
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.errors import Place

__all__ = ["Complaints", "known_names"]


class Complaints:
    """Errors, each once."""

    def __init__(self) -> None:
        self._errors: dict[str, ScenarioError] = {}

    def add(self, message: str, place: Place | None) -> None:
        """Note what is wrong and where; a message already noted for that place is not repeated."""
        error = ScenarioError(message, place)
        self._errors.setdefault(str(error), error)

    def __len__(self) -> int:
        return len(self._errors)

    def raise_if_any(self) -> None:
        """Raise one ScenarioError that tells every complaint, a line each, file by file."""
        errors = list(self._errors.values())
        if len(errors) == 1:
            raise errors[0]
        if errors:
            files = list(dict.fromkeys(_file(error) for error in errors))
            errors.sort(key=lambda error: (files.index(_file(error)), _line(error)))
            raise ScenarioError("\n".join(str(error) for error in errors))


def _file(error: ScenarioError) -> str:
    return "" if error.place is None else str(error.place.file)


def _line(error: ScenarioError) -> int:
    return (error.place and error.place.line) or 0


def known_names(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?``, or the names there are when none is close.

    >>> known_names("patince", ["patience", "work"])
    "; did you mean 'patience'?"
    >>> known_names("zzz", ["patience", "work"])
    '; there are patience, work'
    """
    names = list(known)
    every = f"; there are {', '.join(names)}" if 0 < len(names) <= 30 else ""
    return did_you_mean(word, names) or every
