"""``pickup doctor``: what this machine has, what it lacks, and how to get it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.reports.checkup import Finding

__all__ = ["command"]

_SIGNS = {"ok": "ok  ", "optional": "–   ", "missing": "MISS"}


def command(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of all reports.")] = Path(
        "reports"
    ),
    runs: Annotated[Path, typer.Option("--runs", help="Folder of all runs.")] = Path("data/runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at Python, packages, kernel, fonts, Chromium, time zones, disk and write rights.

    Exit code 1 if something is missing that the main job needs.
    """
    from simulator.reports.checkup import check_machine, is_fit

    findings = check_machine(folders=[runs, out])
    fit = is_fit(findings)
    if as_json:
        typer.echo(json.dumps({"fit": fit, "findings": [asdict(each) for each in findings]}))
    else:
        typer.echo(_told(findings))
    raise typer.Exit(0 if fit else 1)


def _told(findings: "Sequence[Finding]") -> str:
    width = max(len(each.name) for each in findings)
    lines = []
    for each in findings:
        lines.append(f"{_SIGNS[each.state]}  {each.name:<{width}}  {each.found}")
        if each.remedy:
            lines.append(f"      {'':<{width}}  → {each.remedy}")
    return "\n".join(lines)
