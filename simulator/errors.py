"""Every error that Pickup Lab raises on purpose.

::

    PickupError                     exit 1   something failed
    ├── UsageError                  exit 2   the user can put it right
    │   ├── ScenarioError                    a scenario file or one of its tables
    │   ├── DataError                        a data file: history, run folder, Parquet
    │   ├── RunExistsError                   another run stands where this one should go
    │   └── ParameterError                   a notebook parameter or an option
    ├── NotebookError               exit 1   a notebook failed; its partial copy is kept
    ├── JobError                    exit 1   a job did not end as it should
    ├── TargetMissedError           exit 3   a gate was not met
    ├── GuardError                  exit 4   a replay may not go there, or not like this; or
    │                                        another process is at work on the same
    ├── BreakerError                exit 5   a replay stopped itself
    └── UnknownLeftError            exit 6   calls of a replay whose outcome nobody knows

A message says what was found, what the rule is, what to do, and where:
*"mean handle time is -3 s in topic 'Billing'; give a positive duration (desk.yaml:12)"*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BreakerError",
    "DataError",
    "GuardError",
    "JobError",
    "NotebookError",
    "ParameterError",
    "PickupError",
    "Place",
    "RunExistsError",
    "ScenarioError",
    "TargetMissedError",
    "UnknownLeftError",
    "UsageError",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file and, as far as known, line (or row) and column."""

    file: Path | str | None = None
    line: int | None = None
    column: str | int | None = None

    def __str__(self) -> str:
        """``file:line`` as editors link it, and ``column X`` where there is one.

        >>> str(Place("desk.yaml", 12))
        'desk.yaml:12'
        >>> str(Place("forecast.csv", 3, "Sales"))
        'forecast.csv:3, column Sales'
        """
        text = "" if self.file is None else str(self.file)
        if self.line is not None:
            text += f":{self.line}"
        if self.column is not None:
            text += f", column {self.column}"
        return text


class PickupError(Exception):
    """The root of the tree; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class UsageError(PickupError):
    """The user can put it right: a value, a file or an option is not as it must be."""

    exit_code = 2

    def __init__(self, message: str, place: Place | None = None) -> None:
        self.message = message
        self.place = place
        where = str(place) if place is not None else ""
        super().__init__(f"{message} ({where})" if where else message)


class ScenarioError(UsageError):
    """A scenario file, or a table beside it, does not describe a possible world."""


class DataError(UsageError):
    """A data file is missing, damaged or not of the expected form."""


class RunExistsError(UsageError):
    """The output folder already holds another run; nothing was overwritten."""


class ParameterError(UsageError):
    """A notebook parameter or a command's option is unknown or of the wrong type."""


class NotebookError(PickupError):
    """A notebook failed; the partial copy is kept and rendered."""


class JobError(PickupError):
    """A job did not end as it should: a report is not there, or the time was up."""


class TargetMissedError(PickupError):
    """A gate on a figure was not met."""

    exit_code = 3


class GuardError(PickupError):
    """A guard of the replay refused; nothing was sent after that."""

    exit_code = 4


class BreakerError(PickupError):
    """A replay stopped itself: the circuit breaker, a foreign topic, a tenant that went away."""

    exit_code = 5


class UnknownLeftError(PickupError):
    """A replay ended with calls whose outcome could not be settled by reading."""

    exit_code = 6
