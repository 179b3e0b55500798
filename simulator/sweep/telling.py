"""What a study found, in sentences: which case is best for what, at what cost, and how sure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.sweep.contenders import contenders
from simulator.sweep.steps import OVER_ALL, steps
from simulator.sweep.wording import amount, bounds, change, interval, listed, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simulator.sweep.known_figures import Figure
    from simulator.sweep.survey import Survey

__all__ = ["about", "sentences", "step_sentences"]

MOST_PARTS = 5
"""Circumstances that are told of one by one."""

EXTREME = {1: "highest", -1: "lowest", 0: "highest"}


def about(found: Survey) -> str:
    """What was studied, in a sentence."""
    counts = found.estimates["replications"]
    few, many = int(counts.min()), int(counts.max())
    cases, times = len(found.cases), f"{few:,}" if few == many else f"{few:,} to {many:,}"
    return (
        f"{found.name}: {f'{found.about}. ' if found.about else ''}"
        f"{cases:,} {'case' if cases == 1 else 'cases'}, {times} "
        f"{'replication' if many == 1 else 'replications'} each."
    )


def sentences(found: Survey) -> tuple[str, ...]:
    """Which case is best by the measure, which is the cheapest good one, and what else is.

    Where circumstances vary that no desk decides, a paragraph for each of them, the base's first.
    """
    if found.estimates["value"].isna().all():
        return ("Nobody queued in any case, so there is nothing to tell.",)
    if found.nothing_to_decide:
        said = [_range(found)]
    else:
        parts = found.under()
        said = [
            _under(where, " ".join(filter(None, [_best(part), _cheapest(part)])))
            for where, part in parts[:MOST_PARTS]
        ]
        if len(parts) > MOST_PARTS:
            said.append(f"… and {len(parts) - MOST_PARTS} more circumstances in the table.")
        said.append(_others(parts[0][1]))
    if found.verdict:
        said.insert(0, found.verdict)
    if found.replications < 2:
        said.append("One replication cannot tell a difference from chance; simulate more.")
    return tuple(filter(None, said))


def _under(where: str, said: str) -> str:
    return f"With {where}: {said[0].lower()}{said[1:]}" if where else said


def _range(found: Survey) -> str:
    """From the worst to the best, where no case is a choice."""
    measure = found.measure
    told = found.told(measure)
    told = told[told["value"].notna()].sort_values("value", kind="stable")
    low, high = told.iloc[0], told.iloc[-1]
    return (
        f"The {measure.words} goes from {_with_interval(measure, low)} with '{low['case']}' to "
        f"{_with_interval(measure, high)} with '{high['case']}'. What varies in this study is the "
        "customers' doing, so no case is a choice."
    )


def _best(found: Survey) -> str:
    """The sentence on top."""
    measure = found.measure
    order = contenders(found.of(measure), found.names, better=measure.better or 1)
    told = found.told(measure).set_index("case")
    first = told.loc[order["case"].iloc[0]]
    figure = _with_interval(measure, first)
    best = order["case"].iloc[0]
    if len(order) == 1:
        return f"The {measure.words} of the one case, '{best}', is {figure}."
    kept = list(order.loc[order["could_be_best"], "case"])
    if found.replications < 2:
        return f"Of {len(order)} cases '{best}' has the {_extreme(measure)}: {figure}."
    if len(kept) > 1:
        return (
            f"{_cases(len(kept), of=len(order))} could be the best in {measure.words}, as far as "
            f"{found.replications} replications can tell: {listed(_quoted(kept))}. "
            f"Ahead is '{best}' with {figure}."
        )
    second = order.iloc[1]
    return (
        f"Of {len(order)} cases '{best}' has the {_extreme(measure)}: {figure}. That it is the "
        f"best holds with 95 % confidence: the next, '{second['case']}', is "
        f"{_behind(measure, second)} behind."
    )


def _quoted(names: Sequence[str]) -> list[str]:
    return [f"'{name}'" for name in names]


def _cases(number: int, *, of: int) -> str:
    return f"All {of} cases" if number == of else f"{number} of {of} cases"


def _extreme(measure: Figure) -> str:
    return f"{EXTREME[measure.better]} {measure.words}"


def _with_interval(measure: Figure, row: pd.Series[Any]) -> str:
    figure = amount(measure.unit, row["value"])
    if math.isnan(row["low"]):
        return figure
    return f"{figure} (95 % interval {interval(measure.unit, row['low'], row['high'])})"


def _behind(measure: Figure, row: pd.Series[Any]) -> str:
    """A paired difference by its size, with its interval."""
    near, far = sorted((abs(row["low"]), abs(row["high"])))
    told = size(measure.unit, row["difference"])
    return f"{told} ({bounds(measure.unit, near, far, signs=False)})"


def _cheapest(found: Survey) -> str:
    """The cheapest case that meets the target, and the cheapest that surely does."""
    measure, target = found.measure, found.target
    if target is None or len(found.cases) < 2:
        return ""
    sign = measure.better or 1
    told = found.told(measure).sort_values(["cost"], kind="stable")
    wanted = amount(measure.unit, target)
    meeting = told[sign * told["value"] >= sign * target]
    if meeting.empty:
        return f"No case meets the target of {wanted}."
    bound = "low" if sign > 0 else "high"
    surely = meeting[sign * meeting[bound] >= sign * target]
    first = meeting.iloc[0]
    said = (
        f"The cheapest that meets the target of {wanted} is '{first['case']}': "
        f"{_with_interval(measure, first)} for {_cost(found, first)}."
    )
    if math.isnan(first["low"]) or (len(surely) and surely.iloc[0]["case"] == first["case"]):
        return said
    if surely.empty:
        return f"{said} Its interval reaches below the target, and so does that of every other."
    sure = surely.iloc[0]
    return (
        f"{said} Its interval holds the target; the cheapest that surely meets it is "
        f"'{sure['case']}': {_with_interval(measure, sure)} for {_cost(found, sure)}."
    )


def _cost(found: Survey, row: pd.Series[Any]) -> str:
    return f"{row['cost']:,.0f} {found.cost_unit} a replication"


def _others(found: Survey) -> str:
    """Who is first in the further figures."""
    if len(found.cases) < 2:
        return ""
    parts = []
    for measure in (other for other in found.others if other.better):
        told = found.told(measure)
        known = told[told["value"].notna()]
        if known.empty or known["value"].nunique() < 2:
            continue
        best = known.iloc[int((-measure.better * known["value"]).to_numpy().argmin())]
        parts.append(
            f"{_extreme(measure)}: '{best['case']}' ({amount(measure.unit, best['value'])})"
        )
    return f"Other firsts: {'; '.join(parts)}." if parts else ""


def step_sentences(found: Survey) -> tuple[str, ...]:
    """What the first and the last step of each numeric setting buys, and at what cost."""
    frame = steps(found.cases, found.of(found.measure), found.paths)
    return tuple(_steps_of(found, frame[frame["path"] == path]) for path in frame["path"].unique())


def _steps_of(found: Survey, own: pd.DataFrame) -> str:
    several = own["others"] == OVER_ALL
    rows = own[several] if several.any() else own
    first, last = rows.iloc[0], rows.iloc[-1]
    words, unit = found.measure.words, found.measure.unit
    mean = ", the mean over the other settings" if several.any() else ""
    said = (
        f"{first['words']} from {first['setting']} to {first['next']} changes the {words} by "
        f"{_step(found, first)}{mean}"
    )
    if len(rows) > 1:
        said += f"; from {last['setting']} to {last['next']} by {_step(found, last)}"
    each = first["difference"] / first["cost"] if abs(first["cost"]) > 0.05 else math.nan
    if math.isnan(each):
        return f"{said}."
    per = found.cost_unit.removesuffix("s")
    return f"{said}. The first step is worth {change(unit, each)} per {per}."


def _step(found: Survey, row: pd.Series[Any]) -> str:
    told = change(found.measure.unit, row["difference"])
    if not math.isnan(row["low"]):
        told += f" (95 % interval {bounds(found.measure.unit, row['low'], row['high'])})"
    if abs(row["cost"]) > 0.05:
        more = "more" if row["cost"] > 0 else "fewer"
        told += f" and takes {abs(row['cost']):,.1f} {found.cost_unit} {more}"
    return told
