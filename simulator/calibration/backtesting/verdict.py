"""What to think of a backtest, in sentences: is it fit for planning, and if not, what is off?

A wrong level is told from bad luck in two ways that have to agree: the scenario's own luck (the
actual lies outside 95 of 100 simulated periods) and the recorded days (their errors differ from 0
by more than they differ from each other). Where only the first holds, days differ more than the
scenario's do. Nothing is called wrong that a planner would not notice: see ``NOTICED``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulator.calibration.backtesting.measuring import OVERALL
from simulator.calibration.backtesting.scoring import far_off

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pandas as pd

    from simulator.calibration.backtesting.days import LeftOut

__all__ = ["NOTICED", "Verdict", "verdict"]

NOTICED: Final = {
    "volume": (0.05, 0.0),
    "mean_wait_s": (0.2, 5.0),
    "p90_wait_s": (0.2, 10.0),
    "abandonment": (0.0, 2.0),
    "service_level": (0.0, 3.0),
}
"""The least error that matters to a planner: relative, and in the figure's unit; both are asked."""
NAMES: Final = {
    "volume": "volume",
    "mean_wait_s": "mean wait",
    "p90_wait_s": "90th percentile of waits",
    "abandonment": "abandonment",
    "service_level": "service level",
}
SURE: Final = 0.01
"""A p-value below this is no luck, though a dozen figures are looked at."""
HOUR_SD: Final = 3.5
"""An hour this many standard deviations off is no luck, though dozens of hours are looked at."""
LEAST_SHARE: Final = 0.005
"""An hour's volume is off when this share of all volume is."""
INCIDENT_SD: Final = 6.0
BAND: Final = 0.8
"""The band whose coverage is judged: enough lie outside it to be counted."""
WIDE: Final = 0.95
"""A band this wide has to fail too before BAND's failure counts."""
BAND_OFF: Final = 0.05
"""The least difference from BAND that is worth a word; twice this much misleads."""
FEW_DAYS: Final = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and the reasons."""

    is_fit: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """Something to say; with ``short`` something that speaks against the scenario."""

    sentence: str
    short: str = ""
    name: str = ""
    """What a wrong level was found of."""


def verdict(
    levels: pd.DataFrame,
    coverage: pd.DataFrame,
    hours: pd.DataFrame,
    errors: pd.DataFrame,
    intervals: pd.DataFrame,
    *,
    dates: tuple[date, ...],
    left_out: LeftOut,
    in_sample: bool,
) -> Verdict:
    """Judge by the frames of ``scoring``; the first sentence is the answer.

    Args:
        levels: all judged days together.
        coverage: by interval and by day.
        hours: by time of day.
        errors: by interval and by day.
        intervals: the bands by interval.
        dates: the days judged.
        left_out: those that were not.
        in_sample: whether fitted days are among the judged.
    """
    level = list(_levels(levels, len(dates)))
    wrong = {found.name for found in level if found.name}
    found = [
        *level,
        *_hours(hours, wrong),
        *_widths(coverage, wrong),
        *_incidents(intervals),
        *_outside(intervals),
        *_skill(errors),
        *_provisos(dates, left_out, in_sample=in_sample),
    ]
    problems = [each.short for each in found if each.short]
    return Verdict(not problems, (_answer(problems, dates), *(each.sentence for each in found)))


def _answer(problems: list[str], dates: tuple[date, ...]) -> str:
    days = _days(len(dates))
    span = f"{dates[0]} to {dates[-1]}" if len(dates) > 1 else f"{dates[0]}"
    if not problems:
        return (
            f"Fit for planning, as far as {days} ({span}) can tell: level and spread of volume, "
            "waits, abandonment and service level are those that were recorded."
        )
    return f"Not fit for planning as it stands, by {days} ({span}): {'; '.join(problems)}."


# ------------------------------------------------------------------------------------ level


def _levels(levels: pd.DataFrame, days: int) -> Iterator[_Found]:
    for row in _records(levels):
        found = _level(row, days)
        if row["topic"] == OVERALL or found.name:
            yield found


def _level(row: dict[str, Any], days: int) -> _Found:
    name = _name(row)
    if np.isnan(row["actual"]) or np.isnan(row["predicted"]):
        return _Found(f"{_capital(name)}: nothing to compare.")
    told = f"{_capital(name)}: {_beside(row, days)}"
    if not _noticed(row["figure"], row["bias"], row["relative"]):
        inside = row["low"] <= row["actual"] <= row["high"]
        words = "the level is right" if inside else "off by more than luck, by too little to matter"
        return _Found(f"{told}: {words}.")
    if row["p_value"] >= SURE:
        if row["low"] <= row["actual"] <= row["high"]:
            return _Found(f"{told}: chance alone does as much.")
        return _Found(f"{told}: luck does as much in {row['p_value']:.0%} of cases; no proof yet.")
    side = "too high" if row["bias"] > 0 else "too low"
    if row["bias_low"] <= 0 <= row["bias_high"]:
        return _Found(
            f"{told}: more than the scenario's luck explains, but the recorded days differ so much "
            "from each other that no wrong level is shown; the scenario's days are too much alike.",
            f"{name}: days too much alike" if row["topic"] == OVERALL else "",
            name,
        )
    return _Found(f"{told}: predicted {side}, and that is not luck.", f"{name} {side}", name)


def _beside(row: dict[str, Any], days: int) -> str:
    """Actual and predicted in words."""
    actual, predicted, low, high = (
        _value(row["figure"], row[key], days) for key in ("actual", "predicted", "low", "high")
    )
    return f"{actual}{_unit(row['figure'])}, predicted {predicted} ({low} to {high} by luck)"


def _value(figure: str, value: float, days: int = 1) -> str:
    if figure == "volume":
        return f"{value / days:,.0f}" if value / days >= 100 else f"{value / days:,.1f}"
    if figure.endswith("_s"):
        return f"{value:,.0f} s" if value >= 10 else f"{value:.1f} s"
    return f"{100 * value:.1f} %"


def _unit(figure: str) -> str:
    return " chats a day" if figure == "volume" else ""


def _noticed(figure: str, bias: float, relative: float) -> bool:
    least_relative, least = NOTICED[figure]
    # An actual of 0 has no relative error: then the absolute one decides.
    return abs(bias) >= least and (np.isnan(relative) or abs(relative) >= least_relative)


def _name(row: dict[str, Any]) -> str:
    name = NAMES[str(row["figure"])]
    return name if row["topic"] == OVERALL else f"{name} of {row['topic']}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ------------------------------------------------------------------------------------ hours


def _hours(hours: pd.DataFrame, wrong: set[str]) -> Iterator[_Found]:
    """Times of day that are off in a way the level does not tell already."""
    for figure, part in hours[hours["topic"] == OVERALL].groupby("figure", observed=True):
        name = NAMES[str(figure)]
        off = part[_is_off(part, str(figure))]
        too_low = off[off["actual"] > off["mean"]]
        too_high = off[off["actual"] < off["mean"]]
        for side, rows in (("too low", too_low), ("too high", too_high)):
            told = name in wrong and len(rows) > len(part) / 2
            if len(rows) and not told:
                yield _hour(name, side, str(figure), rows)


def _hour(name: str, side: str, figure: str, rows: pd.DataFrame) -> _Found:
    worst = _worst(rows)
    times = _listed([str(start) for start in rows["start"]])
    total = ", over all days" if figure == "volume" else ""
    return _Found(
        f"{_capital(name)} is predicted {side} at {times}; at {worst['start']} it is "
        f"{_value(figure, worst['actual'])}, predicted {_value(figure, worst['mean'])}{total}.",
        f"{name} {side} at {times}",
    )


def _is_off(part: pd.DataFrame, figure: str) -> pd.Series[bool]:
    """Far outside the band, on one day like on the other, and by enough to matter."""
    # Outside the 95 % band by rank, or beyond all where they are too few to tell.
    outside = part["rank_low"] > 0.975
    outside |= (part["rank_high"] < 0.025) | (part["rank_high"] == 1) | (part["rank_low"] == 0)
    by_days = (part["bias_low"] <= 0) & (part["bias_high"] >= 0)
    least_relative, least = NOTICED[figure]
    if figure in ("abandonment", "service_level"):
        least = least / 100
    elif figure == "volume":
        least = LEAST_SHARE * float(part["actual"].sum())
    size = part["bias"].abs()
    matters = (size >= least) & (size >= 2 * least_relative * part["actual"].abs())
    return outside & ~by_days & matters & (far_off(part) > HOUR_SD)


def _worst(rows: pd.DataFrame) -> dict[str, Any]:
    """The row that is furthest off."""
    return _records(rows)[int(np.nanargmax((rows["actual"] - rows["mean"]).abs().to_numpy()))]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _incidents(intervals: pd.DataFrame) -> Iterator[_Found]:
    """Single intervals with a volume that no such day would have."""
    volumes = intervals[(intervals["topic"] == OVERALL) & (intervals["figure"] == "volume")]
    far = volumes[far_off(volumes) > INCIDENT_SD]
    if len(far):
        worst = _worst(far)
        yield _Found(
            f"Volumes that the scenario never has in {len(far)} of {len(volumes)} intervals, most "
            f"of all on {worst['start']:%Y-%m-%d %H:%M} ({worst['actual']:.0f} chats, predicted "
            f"{worst['mean']:.0f}): an incident, or records to look at."
        )


def _outside(intervals: pd.DataFrame) -> Iterator[_Found]:
    """Sessions at times when nobody ever comes in the scenario."""
    volumes = intervals[(intervals["topic"] == OVERALL) & (intervals["figure"] == "volume")]
    closed = volumes[volumes["mean"] == 0]
    count, total = closed["actual"].sum(), volumes["actual"].sum()
    if count > 0:
        yield _Found(
            f"{count:,.0f} sessions ({100 * count / total:.1f} %) came at times when nobody comes "
            "in the scenario: outside its hours, or its forecast is 0 there."
        )


def _listed(items: list[str], most: int = 4) -> str:
    """The first few.

    >>> _listed(["08:00", "09:00"]), _listed(list("abcdefg"))
    ('08:00 and 09:00', 'a, b, c, d and 3 more')
    """
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


# ------------------------------------------------------------------------------------ width


def _widths(coverage: pd.DataFrame, wrong: set[str]) -> Iterator[_Found]:
    """Of every figure by interval; by day of volume, which tells whether days differ enough."""
    overall = coverage[coverage["topic"] == OVERALL]
    for (by, figure), rows in overall.groupby(["by", "figure"], sort=False):
        name = NAMES[str(figure)]
        if name not in wrong and (by == "interval" or figure == "volume"):
            by_level = {row["level"]: row for row in _records(rows)}
            yield from _width(by_level[BAND], by_level[WIDE], name)


def _width(row: dict[str, Any], wider: dict[str, Any], name: str) -> Iterator[_Found]:
    unit = "days" if row["by"] == "day" else "intervals"
    told = (
        f"{BAND:.0%} bands of {name} hold {row['covered']:.0%} of {row['intervals']} {unit} "
        f"({row['luck_low']:.0%} to {row['luck_high']:.0%} by luck)"
    ).replace("%", " %")
    off = row["covered"] - BAND
    if not _is_missed(row) or abs(off) < BAND_OFF:
        if row["by"] == "interval":
            yield _Found(f"{told}: {_spread_words(row)}.")
    elif off > 0:
        yield _Found(f"{told}: too wide, so plans made of them are cautious.")
    elif off > -2 * BAND_OFF or not _is_missed(wider):
        yield _Found(f"{told}: somewhat too narrow.")
    else:
        yield _Found(f"{told}: too narrow.", f"{name}: bands by {row['by']} too narrow")


def _spread_words(row: dict[str, Any]) -> str:
    if row["luck_low"] <= row["covered"] <= row["luck_high"]:
        return "the spread is right"
    side = "fewer" if row["covered"] < BAND else "more"
    return f"{side} than luck allows, but the recorded days differ too much to prove it"


def _is_missed(row: dict[str, Any]) -> bool:
    """Whether neither the scenario's luck nor the recorded days' differences explain it."""
    by_luck = row["luck_low"] <= row["covered"] <= row["luck_high"]
    by_days = row["low"] <= row["level"] <= row["high"]
    return not by_luck and not by_days


# ---------------------------------------------------------------------------- skill, provisos


def _skill(errors: pd.DataFrame) -> Iterator[_Found]:
    rows = errors[(errors["topic"] == OVERALL) & (errors["by"] == "interval")]
    for row in _records(rows):
        if row["figure"] not in ("volume", "mean_wait_s") or np.isnan(row["skill"]):
            continue
        better = "better than" if row["skill"] > 0 else "no better than"
        yield _Found(
            f"By interval {NAMES[row['figure']]} is off by {100 * row['wape']:.0f} % of the "
            f"actual on average, {better} the mean of other days ({100 * row['naive_wape']:.0f} %)."
        )


def _provisos(dates: tuple[date, ...], left_out: LeftOut, *, in_sample: bool) -> Iterator[_Found]:
    if in_sample:
        yield _Found(
            "The scenario was fitted to some of these days, so this flatters it: it shows whether "
            "the model can be like these days, not whether it foretells others."
        )
    elif not left_out.evidence:
        yield _Found(
            "No file beside the scenario tells which days it was fitted to; if these are among "
            "them, this flatters it."
        )
    if left_out.fitted:
        yield _Found(f"Left out as fitted: {_days(len(left_out.fitted))}.")
    if left_out.holes:
        holes = _listed([str(day) for day in left_out.holes])
        yield _Found(f"The history has no session on {holes}: not judged, as missing is no zero.")
    if len(dates) < FEW_DAYS:
        told = f"{_days(len(dates))} can tell little of how days differ"
        yield _Found(f"{told}; judge more of them.")


def _days(count: int) -> str:
    return f"{count} day{'s' * (count != 1)}"
