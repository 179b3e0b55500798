"""A study for the eye: a card for each question, with the numbers in a table below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from simulator import charts
from simulator.charts import repeating, sweeping
from simulator.sweep import telling
from simulator.sweep.contenders import contenders
from simulator.sweep.fans import fan
from simulator.sweep.frontier import CLOSE, FRONT, frontier
from simulator.sweep.sensitivity import sensitivity
from simulator.sweep.settings import changed, plain, spoken
from simulator.sweep.steps import OVER_ALL, steps
from simulator.sweep.wording import NO_BREAK, compact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.charts.display import Displayed
    from simulator.sweep.survey import Survey

__all__ = [
    "about",
    "best",
    "cases",
    "cost_and_quality",
    "fans",
    "half_widths",
    "next_steps",
    "over_the_day",
    "provenance",
    "replications",
    "sensitive",
    "verdict",
]

MOST_CARDS: Final = 4
"""Circumstances that get a card of their own."""

_FULL_DOTS: Final = (
    "Full dots: with 95 % confidence the best is one of them, by paired differences over the same "
    "customers (Bonferroni)."
)

ALL, NARROW, PUT_OUT = "all of the study", "narrow enough", "put out before the end"


def about(found: Survey) -> Displayed:
    """What was studied."""
    return charts.prose(telling.about(found))


def verdict(found: Survey) -> Displayed:
    """Which case is best for what, and how sure that is."""
    return charts.prose(*telling.sentences(found))


def best(found: Survey) -> Displayed:
    """The cases ranked by the measure; apart by circumstances that no desk decides."""
    return charts.stacked(*(_ranked(part, where) for where, part in _parts(found)))


def _parts(found: Survey) -> list[tuple[str, Survey]]:
    return found.under()[:MOST_CARDS]


def _ranked(found: Survey, where: str) -> Displayed:
    measure = found.measure
    order = contenders(found.of(measure), found.names, better=measure.better or 1)
    told = found.told(measure)[["case", "value", "low", "high"]].merge(
        order[["case", "difference", "could_be_best", "replications"]], on="case"
    )
    table = told.set_index("case").loc[list(order["case"])].reset_index()
    return charts.show(
        sweeping.ranking(table, words=measure.words, unit=measure.unit, target=found.target),
        alt=f"{_start(where)}Cases by {measure.words}, best first, with their intervals.",
        table=_measured(table, measure.unit, ["value", "low", "high"], ["difference"]),
        caption=f"{_start(where)}{_FULL_DOTS if len(table) > 1 and found.replications > 1 else ''}",
        decimals=2,
    )


def _start(where: str) -> str:
    return f"With {where}. " if where else ""


def _measured(
    table: pd.DataFrame, unit: str, values: Iterable[str] = (), differences: Iterable[str] = ()
) -> pd.DataFrame:
    """Columns named with their unit; shares in per cent, their differences in points."""
    share = unit == "share"
    units = dict.fromkeys(values, "%" if share else unit)
    units |= dict.fromkeys(differences, "points" if share else unit)
    scaled = {name: table[name].astype(float) * (100 if share else 1) for name in units}
    named = {name: f"{name} ({of})" for name, of in units.items()}
    return table.assign(**scaled).rename(columns=named)


def cases(found: Survey) -> Displayed:
    """Every case with its settings and the main figures, each with its interval; as text."""
    names = found.cases["case"]
    table = pd.DataFrame({"case": names.str.replace(" ", NO_BREAK)})
    for path in changed(found.cases, found.paths):
        settings = found.cases[path]
        if not all(text in name for text, name in zip(settings, names, strict=True)):
            table[spoken(path)] = settings.map(plain)
    for figure in (found.measure, *found.others):
        rows = found.told(figure)[["value", "low", "high"]]
        unit = "%" if figure.unit == "share" else figure.unit
        table[f"{figure.words} ({unit})"] = [
            compact(figure.unit, *row) for row in rows.itertuples(index=False, name=None)
        ]
    table[f"cost ({found.cost_unit})"] = found.cases["cost"]
    counts = found.told(found.measure)["replications"]
    if len(set(counts)) > 1:
        table["replications"] = counts
    return charts.table_card(table, caption="Of a replication; 95 % intervals in brackets.")


def next_steps(found: Survey) -> Displayed:
    """What one more of each number buys."""
    measure = found.measure
    frame = steps(found.cases, found.of(measure), found.paths)
    if frame["difference"].isna().all():
        return charts.prose("No two cases differ by one step of one number alone.")
    return charts.stacked(
        charts.prose(*telling.step_sentences(found)),
        charts.show(
            sweeping.next_steps(frame, words=measure.words, unit=measure.unit, over_all=OVER_ALL),
            alt=f"The change of the {measure.words} at each step of each number, with intervals.",
            table=_measured(
                frame.drop(columns=["path", "case", "next_case"]).rename(
                    columns={"words": "what", "setting": "from", "next": "to"}
                ),
                measure.unit,
                differences=["difference", "low", "high"],
            ),
            caption="Differences of cases alike in all else, paired over the same customers; "
            "95 % intervals.",
            decimals=2,
        ),
    )


def cost_and_quality(found: Survey) -> Displayed:
    """The Pareto front; apart by circumstances that no desk decides."""
    if found.nothing_to_decide:
        return charts.prose("What varies is the customers' doing, and has no price.")
    if len(found.cases) < 2:
        return charts.prose("One case is not enough to trade cost against quality.")
    return charts.stacked(*(_front(part, where) for where, part in _parts(found)))


def _front(found: Survey, where: str) -> Displayed:
    measure = found.measure
    columns = ["case", "cost", "value", "low", "high"]
    frame = frontier(found.told(measure)[columns], found.of(measure), better=measure.better or 1)
    return charts.show(
        sweeping.frontier(
            frame,
            words=measure.words,
            unit=measure.unit,
            cost_unit=found.cost_unit,
            front=FRONT,
            close=CLOSE,
            target=found.target,
        ),
        alt=f"{_start(where)}Cost against {measure.words}, with the cases that no other beats.",
        table=_measured(frame, measure.unit, ["value", "low", "high"]),
        caption=f"{_start(where)}On the front: no other costs no more and does better. Beaten: "
        "one that costs no more is better beyond chance.",
        decimals=2,
    )


def sensitive(found: Survey) -> Displayed:
    """How far each setting by itself moves the measure."""
    measure = found.measure
    frame = sensitivity(found.cases, found.of(measure), found.paths, base=found.base)
    if frame.empty or frame["difference"].isna().all():
        return charts.prose(f"No case differs from '{found.base}' in one setting alone.")
    frame = frame.assign(setting=frame["setting"].map(plain))
    return charts.show(
        sweeping.tornado(
            frame, words=measure.words, unit=measure.unit, better=measure.better, base=found.base
        ),
        alt=f"How far each setting by itself moves the {measure.words}, the widest range on top.",
        table=_measured(
            frame.drop(columns=["path"]).rename(columns={"words": "what"}),
            measure.unit,
            ["value"],
            ["difference", "low", "high", "range"],
        ),
        caption=f"All else as in {found.base}; paired differences, 95 % intervals.",
        decimals=2,
    )


def fans(found: Survey) -> Displayed:
    """How differently each case may turn out."""
    measure = found.measure
    if found.replications < 2:
        return charts.prose("One replication shows one course of things; simulate more for others.")
    order = contenders(found.of(measure), found.names, better=measure.better or 1)["case"]
    frame = fan(found.alone, list(order), better=measure.better or 1, target=found.target)
    return charts.show(
        repeating.fans(frame, words=measure.words, unit=measure.unit, target=found.target),
        alt=f"The spread of the {measure.words} over replications, a bar per case.",
        table=_measured(frame, measure.unit, ["least", "p10", "p50", "p90", "most"]),
        caption="A replication is one course that the simulated days may take. The bars say what "
        "to expect of it, and do not shrink with more of them.",
        decimals=2,
    )


def over_the_day(found: Survey) -> Displayed:
    """The same by time of day, of a few cases."""
    measure, frame = found.measure, found.over_the_day
    if found.replications < 2:
        return charts.prose("By time of day there is no more to see of it.")
    if frame.empty:
        return charts.prose("The study keeps no totals by interval, or none of this figure.")
    return charts.show(
        repeating.fans_over_the_day(
            frame, words=measure.words, unit=measure.unit, zone=found.zone, step_h=found.step_h
        ),
        alt=f"The spread of the {measure.words} over replications by time of day.",
        table=_measured(frame, measure.unit, ["p10", "p50", "p90"]),
        caption="All days of a replication together.",
        decimals=2,
    )


def half_widths(found: Survey) -> Displayed:
    """How the intervals narrow with the replications."""
    measure = found.measure
    if not (found.narrowing["half_width"] > 0).any():
        return charts.prose(f"One replication gives no interval of the {measure.words}.")
    return charts.show(
        repeating.half_widths(
            found.narrowing, words=measure.words, unit=measure.unit, target=found.half_width
        ),
        alt=f"Half of the interval's width of the {measure.words} against replications.",
        table=_measured(_last(found.narrowing), measure.unit, ["value"], ["half_width"]),
        caption="A quarter as wide takes sixteen times as many. The table has the last of each.",
        decimals=3,
    )


def _last(narrowing: pd.DataFrame) -> pd.DataFrame:
    return narrowing.groupby("case", sort=False, observed=True).tail(1)


def replications(found: Survey) -> Displayed:
    """Where the replications went, and what ranking and selection chose."""
    frame = found.told(found.measure)[["case", "replications"]].assign(state=_states(found))
    said = [charts.prose(found.verdict)] if found.verdict else []
    if len(frame[["replications", "state"]].drop_duplicates()) == 1:
        state, count = frame["state"].iloc[0], frame["replications"].iloc[0]
        return charts.stacked(*said, charts.prose(f"Every case had {count:,}: {state}."))
    card = charts.show(
        repeating.replications_used(frame, states=[ALL, NARROW, PUT_OUT]),
        alt="Replications of each case, and why it had no more.",
        table=frame,
    )
    return charts.stacked(*said, card)


def _states(found: Survey) -> list[str]:
    """Why each case had no more replications."""
    last = _last(found.narrowing).set_index("case")["half_width"].to_dict()
    wanted = -1.0 if found.half_width is None else found.half_width
    return [
        PUT_OUT if case in found.eliminated else NARROW if last.get(case, 1.0) <= wanted else ALL
        for case in found.names
    ]


def provenance(found: Survey) -> Displayed:
    """Where it all comes from."""
    return charts.table_card(found.provenance)
