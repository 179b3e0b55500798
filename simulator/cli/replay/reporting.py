"""``pickup replay report``: what a replay observed, beside what was simulated."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simulator.comparison.observing import ReplayOutput
    from simulator.reports import Gate

__all__ = ["report"]


def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the replay.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of all reports.")] = Path(
        "reports"
    ),
    gate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE>=NUMBER",
            help='A figure and what it must be, such as "position_equal>=99%" or '
            '"response_s.p99<=0.2"; missed: exit code 3. May be repeated.',
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="Folder of the simulated run, where it is no longer where the plan says.",
        ),
    ] = None,
    page: Annotated[
        bool, typer.Option("--page/--no-page", help="Make the page, too, or the tables alone.")
    ] = True,
) -> None:
    """Write the tables and figures of a replay into its folder, and make its page.

    calls.parquet has a row per planned call, observed.parquet a row per chat, summary.json the
    figures. Prints the page's path, or the folder's. Nothing is sent. Exit code 3 if a gate was
    missed.
    """
    from simulator import reports
    from simulator.comparison.observing import compare, telling, write_output
    from simulator.replay.observed import read_observed

    gates = [reports.parse(text) for text in gate or ()]
    beside = compare(read_observed(folder), run=run)
    output = write_output(beside)
    for sentence in telling.verdict(beside, output.summary["overall"]):
        typer.echo(sentence, err=True)
    if page:
        _make_page(output, run, out, gates)
        return
    typer.echo(folder)
    _judge(output, gates)


def _make_page(output: "ReplayOutput", run: Path | None, out: Path, gates: "list[Gate]") -> None:
    from simulator import reports
    from simulator.cli.progress import Progress

    given = {} if run is None else {"simulated_folder": str(run.absolute())}
    plans = reports.plan_notebooks(["replay_report"], given)
    with Progress("cell", "cells") as progress:
        made = reports.make_reports([output], plans, out=out, gates=gates, progress=progress)
    for each in made:
        typer.echo(each.page)
    reports.raise_for(made)


def _judge(output: "ReplayOutput", gates: "list[Gate]") -> None:
    from simulator import reports
    from simulator.errors import TargetMissedError

    known = reports.figures(output.summary)
    verdicts = [reports.judge(gate, known) for gate in gates]
    if missed := [str(verdict) for verdict in verdicts if not verdict.met]:
        raise TargetMissedError("target missed: " + "\n".join(missed))
