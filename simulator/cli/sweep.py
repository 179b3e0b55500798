"""``pickup sweep``: a study file in, a folder of results out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.simulate import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from simulator.sweep import Study
    from simulator.sweep.survey import Survey

__all__ = ["command"]


def command(
    study: Annotated[Path, typer.Argument(help="Study file (YAML).", show_default=False)],
    replications: Annotated[
        int | None,
        typer.Option(
            "--replications",
            "-n",
            min=1,
            help="Of each case, or the most if the study stops by itself.  "
            "[default: as the study says]",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", "-s", min=0, help="[default: as the study says]"),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="auto takes the fastest there is.")] = Engine.AUTO,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Processes.  [default: one per core]"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="tcp://HOST:PORT",
            help="Address of a Dask scheduler, whose workers do the work in place of processes.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The folder of results.  [default: data/runs/sweeps/<study>-<hash8>]",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace another study that stands there.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Make the report sweep_report, too.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Neither progress nor table, only the path.")
    ] = False,
) -> None:
    """Simulate every case of a study on the same customers, and estimate its figures.

    Prints the folder's path; the table of cases goes to stderr. Stopped half-way, by ctrl-C or
    worse, the same command goes on where it was; the same complete study is used again. Another
    one in that place is refused (exit 2) without --overwrite.
    """
    from simulator.sweep import read_study

    _check_work(jobs, scheduler)
    asked = read_study(study, replications=replications, seed=seed)
    path = _run(asked, engine, jobs, scheduler, out, overwrite=overwrite, quiet=quiet)
    if not quiet:
        typer.echo(_told(path), err=True)
    typer.echo(path)
    if report:
        _report(path)


def _check_work(jobs: int | None, scheduler: str | None) -> None:
    from simulator.errors import ParameterError

    if jobs is not None and scheduler is not None:
        raise ParameterError(
            f"--jobs {jobs} and --scheduler {scheduler} both say who does the work; give one"
        )


def _run(
    asked: "Study",
    engine: Engine,
    jobs: int | None,
    scheduler: str | None,
    out: Path | None,
    *,
    overwrite: bool,
    quiet: bool,
) -> Path:
    from simulator.cli.progress import Progress
    from simulator.study import cores
    from simulator.sweep import run_sweep

    def run(progress: "Callable[[int, int], None] | None") -> Path:
        return run_sweep(
            asked,
            engine=engine.value,
            jobs=jobs or cores(),
            scheduler=scheduler,
            out=out,
            overwrite=overwrite,
            progress=progress,
        )

    if quiet:
        return run(None)
    try:
        with Progress("replication", "replications") as progress:
            return run(progress)
    except KeyboardInterrupt:
        typer.echo("Stopped; the same command goes on where it was.", err=True)
        raise


def _told(folder: Path) -> str:
    """The cases with their figures, then which is best."""
    from simulator.sweep import surveying, telling

    found = surveying.surveyed(folder)
    return "\n".join([_table(found), "", *filter(None, [found.verdict]), *telling.sentences(found)])


def _table(found: "Survey") -> str:
    """A row per case: its figures, each with its 95 % interval, and its replications."""
    figures = (found.measure, *found.others)
    columns = [["case", *found.names]]
    for figure in figures:
        told = found.told(figure).to_dict(orient="records")
        columns.append([figure.words, *(_figure(figure.unit, row) for row in told)])
    counts = found.told(found.measure)["replications"]
    columns.append(["replications", *(f"{count:.0f}" for count in counts)])
    return _lines(columns)


def _figure(unit: str, row: "Mapping[Hashable, Any]") -> str:
    from simulator.sweep.wording import amount, interval

    bounds = interval(unit, row["low"], row["high"])
    return amount(unit, row["value"]) + ("" if bounds == "–" else f" ({bounds})")


def _lines(columns: "Sequence[Sequence[str]]") -> str:
    """Columns beside each other, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in columns]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in zip(*columns, strict=True)
    )


def _report(folder: Path) -> None:
    from simulator import reports
    from simulator.cli.progress import Progress
    from simulator.sweep import open_sweep

    plans = reports.plan_notebooks(["sweep_report"], {})
    with Progress("cell", "cells") as progress:
        made = reports.make_reports([open_sweep(folder)], plans, progress=progress)
    for page in made:
        typer.echo(page.page)
    reports.raise_for(made)
