"""``pickup init``: a scenario to start from."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["command"]


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to; made if it is not there.")
    ] = Path(),
) -> None:
    """Write a scenario to start from, with its tables and its schema for editors.

    Prints the scenario's path. Files that stand there already are never overwritten: then nothing
    is written (exit 2).
    """
    from simulator.scenario import write_starter

    typer.echo(write_starter(folder))
