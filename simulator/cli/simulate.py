"""``pickup simulate``: a scenario in, a run folder out."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Engine", "command"]


class Engine(StrEnum):
    """The engines one can ask for."""

    AUTO = "auto"
    SIMPY = "simpy"
    COMPILED = "compiled"


def command(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (YAML).", show_default=False)],
    replications: Annotated[int, typer.Option("--replications", "-n", min=1)] = 20,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0)] = 1,
    engine: Annotated[Engine, typer.Option(help="auto takes the fastest there is.")] = Engine.AUTO,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Processes.  [default: one per core]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The run folder.  [default: data/runs/<scenario>-seed<S>-<hash8>]",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace another run that stands there.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print path, manifest and overall figures as one JSON object."),
    ] = False,
) -> None:
    """Simulate a scenario and write the run folder.

    Prints the folder's path. The same complete run is used again, another one in that place is
    refused (exit 2) without --overwrite.
    """
    from simulator import engines, sessions, study, workload
    from simulator import scenario as scenarios
    from simulator.cli.progress import Progress

    world, processes = scenarios.load(scenario), jobs or study.cores()
    chats = workload.expected_chats(world) * replications / min(processes, replications)
    if remark := engines.remark(engine.value, chats):
        typer.echo(remark, err=True)
    with Progress("replication", "replications") as progress:
        path = study.simulate(
            world,
            replications=replications,
            seed=seed,
            engine=engine.value,
            jobs=processes,
            out=out,
            overwrite=overwrite,
            progress=progress,
        )
    if as_json:
        run = sessions.open_run(path)
        told = {"path": str(path), "manifest": run.manifest, "overall": run.summary["overall"]}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(path)
