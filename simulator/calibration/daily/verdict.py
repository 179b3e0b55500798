"""Luck, a day of its own, or a wrong model? And if not luck: the customers' number or the desk?

The day is odd when one of its figures, or the number of intervals outside their bands, is beyond
what luck does (``SURE``, allowing for several figures being looked at). Whether the model is wrong
the days before tell: if they too are off together, it is not that day. Whose doing it is the
prediction with the chats that came tells: a desk that waits as long as the model's does with the
very same arrivals had more customers; one that waits longer had fewer or slower agents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from simulator.calibration.daily.judging import SURE, matters, surest
from simulator.calibration.daily.measuring import JUDGED, OVERALL, SERVICE

if TYPE_CHECKING:
    import pandas as pd

    from simulator.calibration.daily.judging import Past, Seen

__all__ = ["ENOUGH_DAYS", "Verdict", "judged"]

ENOUGH_DAYS: Final = 3
"""Fewer days before do not tell a day of its own from a wrong model."""

EXPLAINS: Final = 0.05
"""The least part by which agents or handle time are off to explain anything."""

Kind = Literal["unjudged", "expected", "luck", "own", "wrong_model", "drift", "odd"]
Cause = Literal["", "demand", "desk", "both", "hours"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer."""

    kind: Kind
    """unjudged, expected (nothing odd), luck (something outside, no more than luck does), own (odd,
    unlike the days before), wrong_model (odd like them), drift (not odd itself, but the days before
    are off together), odd (too few days before to tell)."""
    cause: Cause = ""
    """Of an odd day: demand (how many came), desk (how they were served), both, hours (single hours
    alone)."""
    reasons: tuple[str, ...] = ()
    """Of a desk's doing: ``agents`` (fewer picked up) or ``handle_s`` (chats took longer)."""
    drifting: tuple[str, ...] = ()
    """Figures of the days before that are off together."""


def judged(seen: Seen, past: Past) -> Verdict:
    """Judge by the frames of ``judging``."""
    drifting = _drifting(past)
    counts = [each for each in (seen.outside, seen.met_outside) if each and each.judged]
    if not counts:
        return Verdict("unjudged", drifting=drifting)
    day, met = _overall(seen.days), _overall(seen.met_days)
    by_count = min(each.p_value for each in counts) * len(counts)
    if min(surest(day), surest(met, SERVICE), by_count) >= SURE:
        if drifting:
            return Verdict("drift", drifting=drifting)
        return Verdict("luck" if any(each.count for each in counts) else "expected")
    cause = _cause(day, met)
    reasons = _reasons(met) if cause != "demand" else ()
    return Verdict(_kind(past, cause, drifting), cause, reasons, drifting)


def _overall(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["topic"] == OVERALL]


def _kind(past: Past, cause: Cause, drifting: tuple[str, ...]) -> Kind:
    if past.days["start"].nunique() < ENOUGH_DAYS:
        return "odd"
    demand = cause in ("demand", "both") and "volume" in drifting
    desk = cause in ("desk", "both", "hours") and bool(set(drifting) & set(SERVICE))
    return "wrong_model" if demand or desk else "own"


def _drifting(past: Past) -> tuple[str, ...]:
    """Figures of the days before, together, that are beyond luck and off by enough to matter."""
    found: list[str] = []
    if past.days["start"].nunique() < ENOUGH_DAYS:
        return ()
    for frame, figures in ((past.together, ("volume",)), (past.met_together, SERVICE)):
        rows = _overall(frame)
        rows = rows[rows["figure"].isin(figures) & (rows["p_value"] * len(JUDGED) < SURE)]
        found += [str(figure) for figure in rows.loc[matters(rows), "figure"]]
    return tuple(found)


def _cause(day: pd.DataFrame, met: pd.DataFrame) -> Cause:
    # The day is odd already: that its volume lies outside the 95 % band is enough to name it.
    demand = bool((day.loc[day["figure"] == "volume", "outside"] != 0).any())
    desk = surest(met, SERVICE) < SURE
    if demand and desk:
        return "both"
    if demand or (surest(day, SERVICE) < SURE and not desk):
        return "demand"
    return "desk" if desk else "hours"


def _reasons(met: pd.DataFrame) -> tuple[str, ...]:
    """Which explaining figure is outside its band, on the side that makes customers wait."""
    found = []
    for figure, side in (("agents", -1), ("handle_s", 1)):
        rows = met[(met["figure"] == figure) & (met["outside"] == side)]
        off = (rows["actual"] - rows["mean"]).abs() >= EXPLAINS * rows["mean"]
        found += [figure] if off.any() else []
    return tuple(found)
