"""Studies made by hand: what cases are set to, and the figures of their replications."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd

from simulator.metrics.uncertainty import mean_interval
from simulator.sweep.known_figures import FIGURES
from simulator.sweep.survey import Survey

LEVEL = replace(FIGURES["service_level.of_all"], words="service level")
ABANDONMENT = FIGURES["abandonment"]

COUNT, SCALE = "agents[Generalists].count", "topics[Sales].arrivals.scale"
ROSTER, CAP = "agents[Sales desk].roster", "agents[Generalists].cap"


def grid(**settings):
    """``case`` and a column per path, every combination; paths by their short names."""
    named = {"count": COUNT, "scale": SCALE, "roster": ROSTER, "cap": CAP}
    paths = [named[key] for key in settings]
    rows = list(itertools.product(*settings.values()))
    cases = [
        ", ".join(f"{key} {value}" for key, value in zip(settings, row, strict=True))
        for row in rows
    ]
    return pd.DataFrame(rows, columns=paths).assign(case=cases)[["case", *paths]], tuple(paths)


def figures(means, *, replications=20, noise=0.001, shared=0.05, seed=1):
    """``case``, ``replication``, ``value``: means with common luck, and little of their own."""
    rng = np.random.default_rng(seed)
    luck = shared * rng.standard_normal(replications)
    return pd.DataFrame(
        [
            {"case": case, "replication": at + 1, "value": mean + luck[at] + own}
            for case, mean in means.items()
            for at, own in enumerate(noise * rng.standard_normal(replications))
        ]
    )


def level_of(count, scale="1"):
    """A service level with falling returns to agents."""
    return 0.95 - 0.5 * float(scale) ** 2 * 0.5 ** (int(count) - 2)


def estimates(values, figure):
    """A row per case with its mean and interval."""
    rows = []
    for case, part in values.groupby("case", sort=False)["value"]:
        told = mean_interval(part.dropna())
        rows.append(
            {"case": case, "figure": figure}
            | {key: np.nan if x is None else x for key, x in told.as_dict().items()}
            | {"replications": len(part)}
        )
    return pd.DataFrame(rows)


def narrowing(values):
    """The half-width after 2, 3, … replications of each case."""
    rows = []
    for case, part in values.dropna().groupby("case", sort=False)["value"]:
        for count in range(2, len(part) + 1):
            told = mean_interval(part.iloc[:count])
            half = np.nan if told.high is None else (told.high - told.low) / 2
            rows.append(
                {"case": case, "replications": count, "value": told.value, "half_width": half}
            )
    columns = ["case", "replications", "value", "half_width"]
    return pd.DataFrame(rows, columns=columns)


def day(case, *, middle=0.8):
    """A fan over ten hours of a day."""
    hours = np.arange(8.0, 18.0, 0.5)
    width = 0.02 + 0.1 * np.abs(np.sin(hours))
    return pd.DataFrame(
        {
            "case": case,
            "time": [f"{int(hour):02d}:{int(60 * (hour % 1)):02d}" for hour in hours],
            "time_h": hours,
            "p10": middle - width,
            "p50": middle,
            "p90": middle + width,
        }
    )


def survey(cases, paths, values, *, target=0.8, measure=LEVEL, cost=None, **more):
    """A survey of one figure, and abandonment as the rest of it."""
    left = values.assign(value=(1 - values["value"]) / 2)
    both = pd.concat(
        [values.assign(figure=measure.name), left.assign(figure=ABANDONMENT.name)],
        ignore_index=True,
    )
    hours = 50.0 * cases[COUNT].astype(float) if COUNT in cases else 100.0
    given = {
        "name": "made",
        "about": "",
        "measure": measure,
        "others": (ABANDONMENT,),
        "paths": paths,
        "cases": cases.assign(cost=hours if cost is None else cost),
        "cost_unit": "agent-hours",
        "estimates": pd.concat(
            [estimates(values, measure.name), estimates(left, ABANDONMENT.name)],
            ignore_index=True,
        ),
        "values": both,
        "alone": values,
        "narrowing": narrowing(values),
        "over_the_day": day(cases["case"].iloc[0]),
        "target": target,
        "half_width": None,
        "eliminated": frozenset(),
        "verdict": "",
        "provenance": pd.DataFrame({"what": ["study"], "value": ["made"]}),
        "zone": "Europe/Oslo",
        "step_h": 0.5,
    }
    return Survey(**(given | more))


def counts(*numbers, replications=20, **more):
    """Cases that differ in the number of agents alone."""
    cases, paths = grid(count=[str(number) for number in numbers])
    means = {row["case"]: level_of(row[COUNT]) for _, row in cases.iterrows()}
    return survey(cases, paths, figures(means, replications=replications), **more)


def counts_and_scales(replications=20, **more):
    """Nine cases: three counts by three scales."""
    cases, paths = grid(count=["3", "4", "5"], scale=["0.9", "1", "1.1"])
    means = {row["case"]: level_of(row[COUNT], row[SCALE]) for _, row in cases.iterrows()}
    return survey(cases, paths, figures(means, replications=replications), **more)


def rosters(replications=20, **more):
    """Two rosters by two counts: a path without an order, and a tie."""
    cases, paths = grid(count=["3", "4"], roster=["early.csv", "late.csv"])
    means = {row["case"]: level_of(row[COUNT]) for _, row in cases.iterrows()}
    return survey(cases, paths, figures(means, replications=replications), **more)


def fifty(replications=12, **more):
    """Ten counts by five settings of a cap."""
    cases, paths = grid(count=[str(at) for at in range(1, 11)], cap=["1", "2", "3", "4", "5"])
    means = {row["case"]: level_of(int(row[COUNT]) + 2) for _, row in cases.iterrows()}
    caps = {row["case"]: 0.004 * int(row[CAP]) for _, row in cases.iterrows()}
    means = {case: mean + caps[case] - 0.02 for case, mean in means.items()}
    return survey(cases, paths, figures(means, replications=replications), **more)
