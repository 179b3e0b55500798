"""``pickup calibrate``: from a history file to a scenario."""

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli.histories import First, HistoryFiles, Jobs, Kind, Last, told_of, zone_of

if TYPE_CHECKING:
    from simulator.calibration.fitting import Calibration

__all__ = ["command"]

NAME = re.compile(r"\w[\w .+-]*")
"""What a scenario may be called."""


def command(
    history: HistoryFiles,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The scenario to write (YAML).", show_default=False)
    ],
    kind: Kind = "auto",
    zone: Annotated[
        str | None,
        typer.Option(
            "--zone",
            help="IANA time zone of the desk, such as Europe/Oslo; asked for where a file has "
            "none.",
        ),
    ] = None,
    first: First = None,
    last: Last = None,
    about: Annotated[
        str | None, typer.Option(help="What the scenario is, in a line.  [default: its dates]")
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=NAME",
            help="What the topic of that id is called, where the records hold ids alone; may be "
            "repeated.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0)] = 1,
    jobs: Jobs = None,
    chats: Annotated[
        int,
        typer.Option(
            min=1000,
            help="Simulated in each round of the search for the staffing: fewer for a quick look.",
        ),
    ] = 60_000,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a scenario that stands there.")
    ] = False,
    report: Annotated[
        bool,
        typer.Option(
            "--report", help="Make the page of the notebook calibration, too, and print its path."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all estimates and their grounds as JSON.")
    ] = False,
) -> None:
    """Estimate a scenario from records of a real desk.

    Writes the scenario, its tables and its evidence (NAME.calibration.json), and prints the
    scenario's path. Every estimate is told on stderr with its interval, and so is what the
    records cannot tell.
    """
    from simulator import study
    from simulator.calibration.fitting import calibrate
    from simulator.calibration.history import read_history
    from simulator.cli.progress import Progress
    from simulator.errors import UsageError

    _check_place(out, overwrite=overwrite)
    names = dict(_id_and_name(text) for text in topic or ())
    read = read_history(history, kind=kind, zone=zone_of(zone))
    typer.echo(told_of(read), err=True)
    try:
        with Progress("round", "rounds of the search for the staffing") as progress:
            found = calibrate(
                read,
                name=out.stem,
                about=about,
                first=None if first is None else first.date(),
                last=None if last is None else last.date(),
                names=names,
                seed=seed,
                jobs=jobs or study.cores(),
                chats=chats,
                progress=progress,
            )
    except UsageError as error:
        if error.place is not None:
            raise
        files = ", ".join(str(path) for path in history)
        raise type(error)(f"{error.message} ({files})") from error
    found.write(out, overwrite=overwrite)
    typer.echo(_told(found), err=True)
    typer.echo(json.dumps(found.evidence(), ensure_ascii=False) if as_json else out)
    if report:
        read_from = [str(path.absolute()) for path in history]
        _report(out, {"history_files": read_from, "kind": kind, "zone": zone or ""}, jobs=jobs)


def _report(scenario: Path, parameters: dict[str, object], *, jobs: int | None) -> None:
    """The page of the notebook ``calibration``, on a run of the new scenario."""
    from simulator import reports, sessions, study
    from simulator import scenario as scenarios
    from simulator.cli.progress import Progress

    given = {"scenario_file": str(scenario.absolute()), **parameters}
    plans = reports.plan_notebooks(["calibration"], given)
    run = study.simulate(scenarios.load(scenario), jobs=jobs or study.cores())
    with Progress("cell", "cells") as progress:
        made = reports.make_reports([sessions.open_run(run)], plans, jobs=jobs, progress=progress)
    for page in made:
        typer.echo(page.page)
    reports.raise_for(made)


def _id_and_name(text: str) -> tuple[int, str]:
    from simulator.errors import ParameterError

    number, equals, name = text.partition("=")
    if not equals or not number.strip().isdigit() or not name.strip():
        raise ParameterError(f"--topic '{text}' cannot be read; write ID=NAME, as in 1=Sales")
    return int(number), name.strip()


def _check_place(out: Path, *, overwrite: bool) -> None:
    """Before anything is read: a search of a minute must not end with a refusal."""
    from simulator.calibration.drafting import evidence_path
    from simulator.errors import UsageError

    if out.suffix not in (".yaml", ".yml"):
        raise UsageError(f"--out is {out}; give the name of a scenario file, ending in .yaml")
    if not NAME.fullmatch(out.stem):
        raise UsageError(
            f"--out is {out}, and the scenario is called as its file is; use letters, digits, "
            "blanks and _ . + -"
        )
    for path in (evidence_path(out), out):
        if path.exists() and not overwrite:
            raise UsageError(f"{path} exists; give another --out, or --overwrite to replace it")
    folder = next(folder for folder in out.absolute().parents if folder.exists())
    if out.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(f"{out} cannot be written; give another --out")


def _told(found: "Calibration") -> str:
    rows = [
        f"  {row['what']:<34} {row['of']:<16} {_figure(row['value']):>9} {row['unit']:<12}"
        f"{_interval(row['low'], row['high']):<22} n = {row['n']:,}"
        for row in found.estimates.table.to_dict(orient="records")
    ]
    bands = found.staffing.judged
    within = (
        f"staffing: simulated wait and abandonment within 25 % of the observed in "
        f"{bands['within'].sum()} of {len(bands)} hours of the day, which hold "
        f"{found.staffing.share_within:.0%} of the chats that queued"
    )
    unknown = [f"  - {sentence}" for sentence in found.cannot_tell]
    return "\n".join(["estimates (95 % intervals):", *rows, within, "to know:", *unknown])


def _figure(value: float | None) -> str:
    return "–" if _unknown(value) else f"{value:,.4g}"


def _unknown(value: float | None) -> bool:
    return value is None or value != value  # nan


def _interval(low: float | None, high: float | None) -> str:
    if _unknown(low) and _unknown(high):
        return ""
    return f"{_figure(low)} to {_figure(high)}"
