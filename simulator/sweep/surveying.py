"""From a sweep's folder to the frames of its report: estimates, pairs, fans, the choice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from simulator.errors import UsageError
from simulator.spelling import did_you_mean
from simulator.sweep.assembling import setting_column
from simulator.sweep.contenders import contenders
from simulator.sweep.estimates import figures, half_width_path, per_replication
from simulator.sweep.fans import fan_over_the_day
from simulator.sweep.folder import RESULTS_FILE
from simulator.sweep.known_figures import FIGURES, ONLY_OF_THE_WHOLE
from simulator.sweep.linearised import linearised
from simulator.sweep.results import open_sweep
from simulator.sweep.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.scenario.world import ServiceLevel
    from simulator.sweep.known_figures import Figure
    from simulator.sweep.results import Sweep

__all__ = ["folder_of", "surveyed"]

NO_FAN: Final = pd.DataFrame(columns=["case", "time", "time_h", "p10", "p50", "p90"])

ALWAYS_TOLD: Final = ("abandonment", "wait_s.mean", "wait_s.p90", "occupancy.busy")


def folder_of(path: str) -> Path | None:
    """The sweep's folder that a path leads to; None where it is empty or leads to a single run."""
    return None if not path or (Path(path) / "summary.json").is_file() else Path(path)


def surveyed(folder: Path | str, *, figure: str = "") -> Survey:
    """What the sweep in a folder found, judged by one figure.

    Args:
        folder: of a finished sweep.
        figure: a name of ``known_figures.FIGURES``; empty: what the study stops on or chooses by,
            else the service level by the scenarios' own definition.

    Raises:
        DataError: no finished sweep stands there.
        UsageError: there is no such figure.
    """
    return survey_of(open_sweep(folder), figure=figure)


def survey_of(sweep: Sweep, *, figure: str = "") -> Survey:
    """The same of a sweep that is open."""
    world = sweep.scenario(sweep.cases["case"].iloc[0])
    usual = f"service_level.{world.service_level.definition}"
    measure = _measure(sweep, figure, usual)
    others = tuple(FIGURES[name] for name in (usual, *ALWAYS_TOLD) if name != measure.name)
    names = [measure.name, *(other.name for other in others)]
    totals = sweep.table("replication").to_pandas().astype({"case": "object"})
    paths = tuple(sweep.study["paths"])
    zone = world.timezone.key
    found = Survey(
        name=sweep.study["name"],
        about=sweep.study["about"],
        measure=measure,
        others=others,
        paths=paths,
        cases=sweep.cases[["case", *map(setting_column, paths), "cost"]].set_axis(
            ["case", *paths, "cost"], axis=1
        ),
        cost_unit="agent-hours" if sweep.study["cost_per_agent_hour"] is None else "wage units",
        estimates=figures(
            totals.drop(columns=[setting_column(path) for path in paths]), names=names
        ),
        values=linearised(totals, names),
        alone=per_replication(totals, measure.name),
        narrowing=half_width_path(totals, measure.name),
        over_the_day=NO_FAN,
        target=_target(sweep, world.service_level, measure),
        half_width=_half_width(sweep, measure),
        eliminated=frozenset(sweep.manifest.get("choice", {}).get("eliminated", ())),
        verdict=_verdict(sweep),
        provenance=_provenance(sweep),
        zone=zone,
        step_h=world.interval_us / 3.6e9,
    )
    order = contenders(found.of(measure), found.names, better=measure.better or 1)
    few = list(dict.fromkeys([str(order["case"].iloc[0]), found.base]))
    return replace(found, over_the_day=_over_the_day(sweep, measure, few, zone))


def _measure(sweep: Sweep, figure: str, usual: str) -> Figure:
    """What the cases are judged by; a service level is called so, whichever it is."""
    judged = sweep.study["stop"] or sweep.study["choose"]
    name = figure or (judged["figure"] if judged else usual)
    if name not in FIGURES:
        raise UsageError(
            f"there is no figure '{name}'{did_you_mean(name, FIGURES)} "
            f"Give one of: {', '.join(FIGURES)}"
        )
    found = FIGURES[name]
    return replace(found, words="service level") if name.startswith("service_level.") else found


def _target(sweep: Sweep, level: ServiceLevel, measure: Figure) -> float | None:
    """Of the service level counted as the scenarios do, where they have the same one."""
    varied = any(path.partition(".")[0] == "service_level" for path in sweep.study["paths"])
    same = measure.name == f"service_level.{level.definition}" and not varied
    return level.target if same else None


def _half_width(sweep: Sweep, measure: Figure) -> float | None:
    stop = sweep.study["stop"]
    return stop["half_width"] if stop and stop["figure"] == measure.name else None


def _verdict(sweep: Sweep) -> str:
    """What ranking and selection came to."""
    choice = sweep.manifest.get("choice")
    if not choice:
        return ""
    words = FIGURES[choice["figure"]].words
    if choice["is_decided"]:
        return f"Chosen by {words}: {choice['best']}. {choice['guarantee']}"
    return (
        f"Not decided by {words} within the study's replications: {len(choice['survivors'])} cases "
        f"are left, ahead is {choice['best']}. {choice['guarantee']}"
    )


def _over_the_day(sweep: Sweep, measure: Figure, cases: Sequence[str], zone: str) -> pd.DataFrame:
    """The fan by time of day of a few cases; no rows where there are no totals by interval."""
    if measure.name in ONLY_OF_THE_WHOLE:
        return NO_FAN
    rows = _by_interval(sweep, measure, cases)
    fans = [
        fan_over_the_day(_parts(rows[rows["case"] == case], measure), zone=zone).assign(case=case)
        for case in cases
    ]
    return pd.concat(fans, ignore_index=True)


def _by_interval(sweep: Sweep, measure: Figure, cases: Sequence[str]) -> pd.DataFrame:
    """What the figure is made of in these cases by interval; of a large study the least part."""
    import pyarrow.dataset as ds

    chosen = (ds.field("level") == "interval") & ds.field("case").isin(list(cases))
    data = ds.dataset(sweep.path / RESULTS_FILE, format="parquet")
    columns = ["case", "replication", "start", *dict.fromkeys(measure.columns())]
    frame: pd.DataFrame = data.to_table(columns=columns, filter=chosen).to_pandas()
    return frame


def _parts(rows: pd.DataFrame, measure: Figure) -> pd.DataFrame:
    """Numerators and denominators of the figure by interval."""
    part, whole = measure.parts({name: rows[name].to_numpy(float) for name in measure.columns()})
    return rows[["replication", "start"]].assign(numerator=part, denominator=whole)


def _provenance(sweep: Sweep) -> pd.DataFrame:
    """What made the results, as the other reports tell it."""
    told, study = sweep.manifest, sweep.study
    counts = sweep.cases["replications"]
    few, many = int(counts.min()), int(counts.max())
    rows = {
        "study": study["name"],
        "about": study["about"] or "–",
        "study hash": told["study_hash"],
        "base scenario": study["base"],
        "cases": len(sweep.cases),
        "replications of a case": f"{few:,}" if few == many else f"{few:,} to {many:,}",
        "seed": study["seed"],
        "engine": told["engine"],
        "version of Pickup Lab": told["package"],
    }
    return pd.DataFrame({"what": list(rows), "value": [str(value) for value in rows.values()]})
