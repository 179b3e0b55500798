"""``pickup report verify``: is a report still what would be made, and are its figures the same?"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simulator.reports.verifying import Verified

__all__ = ["command"]

_SIGNS = {"ok": "ok  ", "note": "–   ", "wrong": "DIFF"}


def command(
    report: Annotated[
        Path,
        typer.Argument(
            metavar="REPORT",
            help="A page, its manifest, its executed notebook, or a folder with one report.",
        ),
    ],
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="FOLDER",
            help="Folder of the run, sweep or replay, where it is no longer where the report says.",
        ),
    ] = None,
    simulate: Annotated[
        bool,
        typer.Option("--simulate", help="Simulate the run anew, too, and compare its files."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Keep the notebook as it was executed now."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a report again and tell whether its figures are the same.

    Compares the files with the hashes in the manifest, then runs the notebook anew with the same
    parameters on the same data and compares what every cell shows. Nothing of the report is
    touched. Exit code 0 if it is the same, 1 if anything differs or it cannot be told.
    """
    from simulator.cli.progress import Progress
    from simulator.reports.verifying import verify
    from simulator.study import cores

    with Progress("cell", "cells") as progress:
        verified = verify(
            report, run=run, simulate=simulate, jobs=cores(), out=out, progress=progress
        )
    typer.echo(_as_json(verified) if as_json else _told(verified))
    raise typer.Exit(0 if verified.verdict == "same" else 1)


def _as_json(verified: "Verified") -> str:
    return json.dumps(asdict(verified), ensure_ascii=False, default=str)


def _told(verified: "Verified") -> str:
    width = max(len(check.name) for check in verified.checks)
    lines = []
    for check in verified.checks:
        first, *more = check.told.splitlines()
        lines.append(f"{_SIGNS[check.state]}  {check.name:<{width}}  {first}")
        lines += [f"      {'':<{width}}  {line}" for line in more]
    for difference in verified.differences:
        lines += ["", *str(difference).splitlines()]
    if verified.differing > len(verified.differences):
        lines += ["", f"… {verified.differing - len(verified.differences)} differences more"]
    return "\n".join([*lines, "", f"{verified.verdict}: {verified.reason}"])
