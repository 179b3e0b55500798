"""The look back in sentences: what happened, whether it was luck, and what is to be expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.daily.dates import said
from simulator.calibration.daily.judging import SURE
from simulator.calibration.daily.measuring import OVERALL, SERVICE
from simulator.charts.daily import NAMES, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from simulator.calibration.daily.judging import Outside
    from simulator.calibration.daily.looking import LookBack

__all__ = ["about", "band", "cause", "headline", "in_sample", "luck", "outlook", "row", "threshold"]


def row(frame: pd.DataFrame, figure: str, topic: str = OVERALL) -> dict[str, Any]:
    """The first row of a figure; empty if there is none."""
    rows = frame[(frame["figure"] == figure) & (frame["topic"] == topic)]
    return {str(name): value for name, value in rows.iloc[0].items()} if len(rows) else {}


def band(figure: str, values: dict[str, Any]) -> str:
    """The 95 % band of a row: ``18 to 51 s``; empty where there is none."""
    if not values or np.isnan(values["p2_5"]):
        return ""
    low, high = (told(figure, values[name]) for name in ("p2_5", "p97_5"))
    unit = high.partition("\N{NO-BREAK SPACE}")[2]
    same = unit and " " not in unit and low.endswith(f"\N{NO-BREAK SPACE}{unit}")
    return f"{low.partition(chr(160))[0] if same else low} to {high}"


def threshold(found: LookBack) -> str:
    """The service level's threshold as one says it."""
    return told("mean_wait_s", found.service_level.threshold_us / 1e6)


def about(found: LookBack) -> list[str]:
    """What is missing, before anything else is said."""
    state = [] if found.state.kind == "whole" else [found.state.sentence]
    if found.not_covered:
        state.append(
            f"Scenario {found.scenario} says nothing of {said(found.day)}, so there is no "
            f"prediction to compare with: {found.not_covered}."
        )
    return [*state, *in_sample(found), *found.records.notes]


def in_sample(found: LookBack) -> list[str]:
    """Whether the scenario was fitted to what it is compared with, which flatters it."""
    parts = []
    if found.day in found.fitted and found.state.is_compared:
        parts.append(
            f"The scenario was fitted to {said(found.day)} itself (one of {len(found.fitted)} "
            "days), which flatters it: days that it has not seen lie further from their bands."
        )
    before = set(found.past.days["start"])
    if seen := before & found.fitted:
        parts.append(
            f"Of the recorded days before it {len(seen)} of {len(before)} were fitted, too: to "
            "agree with them says less for the model than to agree with days that it has not seen."
        )
    if found.fitted_note:
        parts.append(f"Which days the scenario was fitted to is not known: {found.fitted_note}.")
    return parts


def headline(found: LookBack) -> list[str]:
    """The page in a few paragraphs."""
    return [*about(found), *_what_happened(found), *_verdict(found), *outlook(found)]


def _what_happened(found: LookBack) -> Iterator[str]:
    days = found.seen.days
    volume = row(days, "volume")
    if not volume:
        return
    if np.isnan(volume["actual"]):
        expected = band("volume", volume)
        if expected:
            yield (
                f"{said(found.day)} was predicted to bring {expected}, a mean wait of "
                f"{band('mean_wait_s', row(days, 'mean_wait_s'))} and a service level of "
                f"{band('service_level', row(days, 'service_level'))} (95 % of such days)."
            )
        return
    so_far = "" if found.state.kind == "whole" else " in the part that is known"
    asked = f"{told('volume', volume['actual'])} asked for an agent{_predicted('volume', volume)}"
    parts = [f"{said(found.day)}{so_far}: {asked}"]
    words = {
        "mean_wait_s": "they waited {} on average",
        "service_level": f"{{}} were answered within {threshold(found)}",
        "abandonment": "{} gave up",
    }
    for figure, said_so in words.items():
        values = row(days, figure)
        if values and not np.isnan(values["actual"]):
            parts.append(
                said_so.format(told(figure, values["actual"])) + _predicted(figure, values)
            )
    yield "; ".join(parts) + "."


def _predicted(figure: str, values: dict[str, Any]) -> str:
    expected = band(figure, values)
    return f" ({expected} predicted)" if expected else ""


# ----------------------------------------------------------------------------------- verdict


def _verdict(found: LookBack) -> Iterator[str]:
    kind = found.verdict.kind
    if kind == "unjudged":
        if found.state.is_compared and not found.not_covered:
            yield "Too little of the day is known to judge it."
        yield from _drift(found)
        return
    if kind in ("expected", "luck", "drift"):
        yield (
            "Nothing was unusual: every figure of every interval lies within its 95 % band."
            if kind == "expected"
            else f"Luck is enough to explain the day. {luck(found)}"
        )
        yield from _drift(found)
        return
    yield f"This was no luck. {cause(found)} {_whose(found)}"


def _drift(found: LookBack) -> Iterator[str]:
    if found.verdict.drifting:
        yield (
            f"But the model is off: over {_before(found)}, {_off(found)}. Luck does not do that; "
            "calibrate it anew."
        )


def luck(found: LookBack) -> str:
    """How many intervals are outside their bands, beside what luck leaves there."""
    parts = []
    for count, start in (
        (found.seen.outside, ""),
        (found.seen.met_outside, "Held against the model with the very chats that came, "),
    ):
        if count is not None and count.judged:
            parts.append(f"{start}{_counted(count)}")
    return " ".join(parts)


def _counted(count: Outside) -> str:
    lie = "lies outside its" if count.count == 1 else "lie outside their"
    return (
        f"{count.count} of {count.judged} figures by interval {lie} 95 % bands; luck alone leaves "
        f"{count.expected:.1f} there, and on 19 days of 20 no more than {count.most:.0f}."
    )


def cause(found: LookBack) -> str:
    """Whose doing the odd day was."""
    demand, desk = _demand(found), _desk(found)
    words = {
        "demand": f"It was how many came, and when: {demand}.",
        "desk": f"It was not the number of chats but how they were served: {desk}.",
        "both": f"It was both: {demand}; and {desk}.",
        "hours": f"The day as a whole is not odd, single hours are. {luck(found)}",
    }
    return words.get(found.verdict.cause, "")


def _demand(found: LookBack) -> str:
    volume, wait = row(found.seen.days, "volume"), row(found.seen.met_days, "mean_wait_s")
    side = "more" if volume["actual"] > volume["mean"] else "fewer"
    change = abs(volume["actual"] / volume["mean"] - 1) if volume["mean"] else 0.0
    text = f"{100 * change:.0f} % {side} chats than predicted"
    if found.verdict.cause == "demand" and wait and not np.isnan(wait["actual"]):
        text += (
            f". With these very chats the model's customers wait {band('mean_wait_s', wait)} "
            f"on average, and {told('mean_wait_s', wait['actual'])} it was: the desk did what it "
            "could be expected to"
        )
    return text


def _desk(found: LookBack) -> str:
    figure, values = _furthest(found)
    if not values:
        return "with the very chats that came the model does otherwise"
    predicted, actual = band(figure, values), told(figure, values["actual"])
    same = f"with the very chats that came the model's {NAMES[figure]} is {predicted}"
    parts = [f"{same}, and {actual} it was"]
    reasons = {
        "agents": "fewer agents picked up chats than planned",
        "handle_s": "chats took longer than usual",
    }
    for figure in found.verdict.reasons:
        values = row(found.seen.met_days, figure)
        seen = f"{told(figure, values['actual'])}, {band(figure, values)} predicted"
        parts.append(f"{reasons[figure]} ({seen})")
    if not found.verdict.reasons:
        parts.append(
            "neither the number of agents who picked up nor the length of chats explains it, so "
            "they were slow to pick up, or away between chats"
        )
    return "; ".join(parts)


def _furthest(found: LookBack) -> tuple[str, dict[str, Any]]:
    """The figure of the service that tells most: the wait, unless another is less like luck."""
    rows = {figure: row(found.seen.met_days, figure) for figure in SERVICE}
    odd = {name: each for name, each in rows.items() if each and each["p_value"] < SURE}
    return next(iter(odd.items()), ("", {}))


def _whose(found: LookBack) -> str:
    """This day alone, or the model."""
    before = _before(found, start=True)
    if found.verdict.kind == "own":
        return f"{before} were as predicted, so it was this day, and not the model."
    if found.verdict.kind == "wrong_model":
        return (
            f"{before} are off in the same way ({_off(found)}): it is the model that is wrong; "
            "calibrate it anew."
        )
    return (
        "Too few days before it are recorded to tell an odd day from a wrong model: give the "
        "records of a week."
    )


def _before(found: LookBack, *, start: bool = False) -> str:
    days = found.past.days["start"].nunique()
    return f"{'The' if start else 'the'} {days} recorded days before"


def _off(found: LookBack) -> str:
    parts = []
    for figure in found.verdict.drifting:
        frame = found.past.together if figure == "volume" else found.past.met_together
        values = row(frame, figure)
        parts.append(
            f"{NAMES[figure]} {told(figure, values['actual'])}, {band(figure, values)} predicted"
        )
    return "; ".join(parts)


# ----------------------------------------------------------------------------------- outlook


def outlook(found: LookBack) -> list[str]:
    """What the next open day brings, and what speaks against believing it."""
    rows = found.coming[(found.coming["figure"] == "volume") & (found.coming["topic"] == OVERALL)]
    if rows.empty:
        why = f": {found.coming_note}" if found.coming_note else ", or the desk stays closed"
        return [f"There is no outlook: none was asked for{why}."]
    day = rows["start"].iloc[0]
    own = found.coming[found.coming["start"] == day]
    parts = [
        f"{NAMES[figure]} {band(figure, row(own, figure))}"
        for figure in ("mean_wait_s", "service_level", "abandonment")
        if band(figure, row(own, figure))
    ]
    text = (
        f"Next is {said(day)}: {band('volume', row(own, 'volume'))}, {', '.join(parts)} on 95 of "
        "100 such days."
    )
    doubts = []
    if found.verdict.kind in ("wrong_model", "drift") or found.verdict.drifting:
        doubts.append("As the model is off, so is this outlook.")
    elif found.verdict.kind == "own" and "agents" in found.verdict.reasons:
        doubts.append("It counts on all agents of the scenario being there again.")
    if found.coming_note:
        doubts.append(f"The scenario does not reach further: {found.coming_note}.")
    return [" ".join([text, *doubts])]
