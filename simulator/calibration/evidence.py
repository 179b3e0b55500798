"""What a calibrated scenario rests on, read back from the file beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from simulator.calibration.drafting import evidence_path
from simulator.errors import DataError, Place

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Evidence", "read_evidence"]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The grounds of a scenario that ``pickup calibrate`` wrote."""

    dates: tuple[date, ...]
    """The local dates that were fitted, in order."""
    estimates: pd.DataFrame
    """``what``, ``of``, ``value``, ``low``, ``high``, ``unit``, ``n``, ``method``."""
    hours: pd.DataFrame
    """``EffectiveStaffing.bands``: observed beside simulated, by topic and hour."""
    factors: pd.DataFrame
    """``group``, ``hour``, ``factor``: effective agents ÷ agents present."""
    rounds: pd.DataFrame
    """How the search for the staffing went."""
    agents: pd.DataFrame
    """``group``, ``time_h``, ``seen``, ``present``, ``effective``: means over the weekdays."""
    cannot_tell: tuple[str, ...]


def read_evidence(scenario: Path) -> Evidence:
    """The evidence beside a scenario file.

    Raises:
        DataError: there is none, or it is damaged.
    """
    path = evidence_path(scenario)
    if not path.is_file():
        raise DataError(
            f"there is no {path.name} beside {scenario.name}, so nothing tells what it was "
            "estimated from; write the scenario with `pickup calibrate`",
            Place(scenario),
        )
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        staffing = told["staffing"]
        return Evidence(
            dates=tuple(date.fromisoformat(day) for day in told["fitted"]["dates"]),
            estimates=pd.DataFrame(told["estimates"]),
            hours=pd.DataFrame(staffing["hours"]),
            factors=pd.DataFrame(staffing["factors"]),
            rounds=pd.DataFrame(staffing["rounds"]),
            agents=pd.DataFrame(staffing["agents"]),
            cannot_tell=tuple(told["cannot_tell"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"the file cannot be read ({type(error).__name__}: {error}); write it anew with "
            "`pickup calibrate`",
            Place(path),
        ) from error
