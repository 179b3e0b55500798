"""``pickup report``: runs, sweeps, replays, scenarios or records in, self-contained pages out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import report_verify
from simulator.cli.defaulting import DefaultingGroup

if TYPE_CHECKING:
    from simulator.reports import Plan, Report
    from simulator.reports.provenance import Reported

__all__ = ["GateOn", "app"]


class GateOn(StrEnum):
    """What of a figure a gate judges."""

    VALUE = "value"
    LOW = "low"
    HIGH = "high"


def report(
    context: typer.Context,
    about: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN_OR_SCENARIO...",
            help="Run folders, or scenario files to simulate first; with --scenario records of "
            "chats: files, or folders of them.",
            show_default=False,
        ),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The arguments are records; hold a day of them (-p day=2026-03-31, else "
            "yesterday) against what this scenario predicts.",
        ),
    ] = None,
    notebook: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of a notebook in notebooks/, or a path; may be repeated.  "
            "[default: service_report; daily_report of records]",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of all reports.")] = Path(
        "reports"
    ),
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter", "-p", metavar="NAME=VALUE", help="For the notebooks; may be repeated."
        ),
    ] = None,
    gate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE>=NUMBER",
            help='A figure of summary.json and what it must be, such as "service_level>=0.8"; '
            "missed: exit code 3. May be repeated.",
        ),
    ] = None,
    gate_on: Annotated[
        GateOn, typer.Option(help="Judge the estimate, or a bound of its interval.")
    ] = GateOn.VALUE,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print each page to a PDF beside it.")] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Make also what stands already, unchanged.")
    ] = False,
    replications: Annotated[
        int, typer.Option("--replications", "-n", min=1, help="For scenarios.")
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="For scenarios.")] = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace another run of a scenario.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Processes.  [default: one per core]"),
    ] = None,
    job: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Do instead what a job file says, unattended: lock, time limit, log, gates, hook, "
            "retention. See docs/scheduling.",
        ),
    ] = None,
) -> None:
    """Make self-contained HTML reports of runs, sweeps, replays, scenarios or records.

    Prints each page's path, also that of a notebook that failed, whose page tells how far it came.
    What stands already, made of the same things, is not made again. Exit code 1 if a notebook
    failed, 3 if only a gate was missed, 4 if another run of the job is at work.
    """
    from simulator import reports

    if job is not None:
        _run_job(job, context, anew=anew)
        return
    gates = [reports.parse(text) for text in gate or ()]
    given = dict(_name_and_value(text) for text in parameter or ())
    study = _Study(replications, seed, jobs, overwrite)
    subjects, plans = (
        _of_runs(about or [], notebook, given, study)
        if scenario is None
        else _of_records(about or [], scenario, notebook, given)
    )
    made = _made(
        subjects, plans, out=out, gates=gates, gate_on=gate_on.value, pdf=pdf, anew=anew, jobs=jobs
    )
    for report in made:
        typer.echo(report.page)
    reports.raise_for(made)


def _made(subjects: list[Reported], plans: list[Plan], **how: Any) -> list[Report]:
    from simulator import reports
    from simulator.cli.progress import Progress

    single = len(subjects) * len(plans) == 1
    with Progress(*(("cell", "cells") if single else ("report", "reports"))) as progress:
        return reports.make_reports(subjects, plans, progress=progress, **how)


def _run_job(file: Path, context: typer.Context, *, anew: bool) -> None:
    from simulator.errors import UsageError
    from simulator.reports.jobs import read_job, run_job

    # By name: typer may bring a click of its own, whose enum is another.
    given = [
        name
        for name in context.params
        if name not in {"job", "anew"}
        and getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise UsageError(
            f"--job was given with {', '.join(sorted(given))}; the job file says all of that, "
            "so leave the others out"
        )
    run = run_job(read_job(file), anew=anew, heard=lambda text: typer.echo(text, err=True))
    for report in run.reports:
        typer.echo(report["page"])
    typer.echo(f"log: {run.log}", err=True)
    run.raise_if_unwell()


def _name_and_value(text: str) -> tuple[str, str]:
    from simulator.errors import ParameterError

    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise ParameterError(f"--parameter '{text}' cannot be read; write NAME=VALUE")
    return name.strip(), value


@dataclass(frozen=True, slots=True)
class _Study:
    """How scenarios are simulated."""

    replications: int
    seed: int
    jobs: int | None
    overwrite: bool


def _of_runs(
    paths: list[Path], notebook: list[str] | None, given: dict[str, str], study: _Study
) -> tuple[list[Reported], list[Plan]]:
    from simulator import reports
    from simulator.errors import UsageError
    from simulator.reports.subjects import open_subject, usual_notebook

    if not paths:
        raise UsageError("nothing to report on; name run folders or scenario files, or a --job")
    plans = reports.plan_notebooks(notebook or [usual_notebook(paths)], given, as_text=True)
    folders = [path if path.is_dir() else _simulated(path, study) for path in paths]
    return [open_subject(folder) for folder in folders], plans


def _of_records(
    paths: list[Path], scenario: Path, notebook: list[str] | None, given: dict[str, str]
) -> tuple[list[Reported], list[Plan]]:
    from simulator import reports
    from simulator.errors import UsageError
    from simulator.reports.remembered_days import day_of_records

    if not paths:
        raise UsageError("--scenario was given without records; name their files or folders")
    usual = {"day": "yesterday", "kind": "auto", "zone": ""}
    day, kind, zone = (given.pop(name, text) for name, text in usual.items())
    plans = reports.plan_notebooks(
        notebook or ["daily_report"], given, as_text=True, told_by=reports.OF_RECORDS
    )
    return [day_of_records(scenario, paths, day=day, kind=kind, zone=zone).subject], plans


def _simulated(path: Path, study: _Study) -> Path:
    from simulator import scenario
    from simulator import study as studies
    from simulator.cli.progress import Progress
    from simulator.errors import UsageError

    if not path.is_file():
        raise UsageError(
            f"'{path}' is neither a folder of a run, a sweep or a replay, nor a scenario file; "
            "check the name"
        )
    with Progress("replication", "replications") as progress:
        return studies.simulate(
            scenario.load(path),
            replications=study.replications,
            seed=study.seed,
            jobs=study.jobs or studies.cores(),
            overwrite=study.overwrite,
            progress=progress,
        )


app = typer.Typer(name="report", cls=DefaultingGroup, add_completion=False, rich_markup_mode=None)
app.command(
    "report",
    epilog="pickup report verify REPORT makes a report again and tells whether its figures are "
    "the same.",
)(report)
app.command("verify")(report_verify.command)
