"""Which days are judged: those of the history that the scenario was not fitted to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from simulator.calibration.drafting import evidence_path
from simulator.errors import DataError, Place, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.calibration.history import History

__all__ = ["LeftOut", "fitted_dates", "judged_days", "spans"]

BRIDGED_DAYS: Final = 2
"""A gap this long (a weekend) is simulated along, as its days cost little; a longer one is not."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days that were not judged, and why."""

    fitted: tuple[date, ...]
    """In the history, but the scenario was estimated from them."""
    holes: tuple[date, ...]
    """Not in the history though their weekday is elsewhere: missing is no actual zero."""
    evidence: bool
    """Whether a file beside the scenario tells which days were fitted."""


def fitted_dates(scenario_path: Path) -> frozenset[date] | None:
    """The dates that the scenario was estimated from; None if no file beside it tells.

    Raises:
        DataError: the file is there and does not tell.
    """
    path = evidence_path(scenario_path)
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return frozenset(date.fromisoformat(day) for day in told["fitted"]["dates"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"the file does not tell which dates were fitted ({type(error).__name__}: {error}); "
            "calibrate anew, or take the file away and judge all days",
            Place(path),
        ) from error


def judged_days(
    history: History,
    fitted: frozenset[date] | None,
    *,
    first: date | None,
    last: date | None,
    all_days: bool,
) -> tuple[tuple[date, ...], LeftOut]:
    """The dates to judge, in order, and those left out.

    Raises:
        UsageError: there are none.
    """
    within = history.between(first, last)
    dates, held_out = within.dates, fitted or frozenset()
    if not dates:
        raise UsageError(_nothing_there(history, first, last))
    judged = dates if all_days else tuple(day for day in dates if day not in held_out)
    if not judged:
        raise UsageError(
            f"the scenario was fitted to every day of the history from {dates[0]} to {dates[-1]}, "
            "so none is left to judge it by; give later records, or --all-days to see how well it "
            "fits what it was made from"
        )
    known = () if all_days else tuple(day for day in dates if day in held_out)
    return judged, LeftOut(known, within.holes, evidence=fitted is not None)


def _nothing_there(history: History, first: date | None, last: date | None) -> str:
    if not history.dates:
        return "the history holds no session; give records of at least one day"
    return (
        f"the history has no session from {first or 'its beginning'} to {last or 'its end'}; "
        f"it reaches from {history.dates[0]} to {history.dates[-1]}"
    )


def spans(dates: tuple[date, ...]) -> tuple[tuple[date, date], ...]:
    """First and last date of each stretch to simulate in one go.

    >>> spans((date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6), date(2026, 3, 12)))[0]
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 6))
    """
    found: list[tuple[date, date]] = []
    for day in dates:
        if found and day - found[-1][1] <= timedelta(days=BRIDGED_DAYS + 1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple(found)
