"""``pickup report``: runs, sweeps, replays or scenarios in, self-contained pages out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simulator.comparison.observing import ReplayOutput
    from simulator.sessions import Run
    from simulator.sweep import Sweep

__all__ = ["GateOn", "command"]


class GateOn(StrEnum):
    """What of a figure a gate judges."""

    VALUE = "value"
    LOW = "low"
    HIGH = "high"


def command(
    runs_or_scenarios: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN_OR_SCENARIO...",
            help="Run folders, or scenario files to simulate first.",
            show_default=False,
        ),
    ],
    notebook: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of a notebook in notebooks/, or a path; may be repeated.  "
            "[default: service_report]",
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
) -> None:
    """Make self-contained HTML reports of runs, sweeps, replays or scenarios.

    Prints each page's path, also that of a notebook that failed, whose page tells how far it came.
    Exit code 1 if a notebook failed, 3 if only a gate was missed.
    """
    from simulator import reports
    from simulator.cli.progress import Progress

    gates = [reports.parse(text) for text in gate or ()]
    plans = reports.plan_notebooks(
        notebook or [_usual_notebook(runs_or_scenarios)],
        dict(_name_and_value(text) for text in parameter or ()),
        as_text=True,
    )
    study = _Study(replications, seed, jobs, overwrite)
    runs = [_run(path, study) for path in runs_or_scenarios]
    single = len(runs) * len(plans) == 1
    with Progress(*(("cell", "cells") if single else ("report", "reports"))) as progress:
        made = reports.make_reports(
            runs, plans, out=out, gates=gates, gate_on=gate_on.value, jobs=jobs, progress=progress
        )
    for report in made:
        typer.echo(report.page)
    reports.raise_for(made)


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


def _is_sweep(path: Path) -> bool:
    return (path / "study.json").is_file()


def _is_replay(path: Path) -> bool:
    return (path / "plan.json").is_file()


def _usual_notebook(paths: list[Path]) -> str:
    """What is made of runs, sweeps or replays, unless a notebook is named."""
    from simulator import reports
    from simulator.errors import UsageError

    for is_one, name, notebook in (
        (_is_sweep, "sweep", "sweep_report"),
        (_is_replay, "replay", "replay_report"),
    ):
        found = [path for path in paths if is_one(path)]
        if found and len(found) < len(paths):
            raise UsageError(
                f"'{found[0]}' is a {name}, and others are not; report them by commands of their "
                "own, or name a notebook"
            )
        if found:
            return notebook
    return reports.DEFAULT_NOTEBOOK


def _run(path: Path, study: _Study) -> Run | Sweep | ReplayOutput:
    """The run, sweep or replay that stands at a path, or the run of the scenario there."""
    from simulator.sessions import open_run
    from simulator.sweep import open_sweep

    if _is_sweep(path):
        return open_sweep(path)
    if _is_replay(path):
        from simulator.comparison.observing import compare, write_output
        from simulator.replay.observed import read_observed

        return write_output(compare(read_observed(path)))
    return open_run(path if path.is_dir() else _simulated(path, study), verify=True)


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
