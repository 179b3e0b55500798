"""The command line: one typer app, ``pickup``, whose commands are imported when they are called.

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 target missed, 130 interrupted; of a
replay also 4 guard refused, 5 breaker, 6 outcomes unknown. What a
command makes (a path, data) goes to stdout, everything said about it to stderr.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from simulator.errors import PickupError

__all__ = ["COMMANDS", "app", "main"]

COMMANDS: Final = {
    "simulate": "Simulate a scenario and write the run folder.",
    "report": "Make self-contained HTML reports of runs, scenarios or records.",
    "clean": "Delete old reports, and what was left half-made.",
    "calibrate": "Estimate a scenario from records of a real desk.",
    "backtest": "Hold a scenario against recorded days it was not fitted to.",
    "compare": "Compare scenarios: which is better, by how much, how sure.",
    "sweep": "Simulate a study: many cases, replications until it is enough.",
    "export": "Write a run's sessions as ChatSessionEntity records.",
    "tenant": "Run a local tenant to replay against.",
    "replay": "Replay a run against a test tenant, each pickup at most once.",
    "history": "Pull the history of chats from a tenant.",
    "theory": "Closed forms at the prompt: Erlang B, C, A and more.",
    "init": "Write a scenario to start from.",
    "validate": "Check scenario files and tell what they describe.",
    "doctor": "Look what this machine has and lacks, and how to get it.",
    "schema": "Print the JSON Schema of scenario files, for editors.",
}
"""Every command with its line in the overview; ``simulator.cli.<command>`` holds it, as a
function ``command`` or, if it has commands of its own, as a typer app ``app``."""


DISK: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO}
)
"""Errors of the place that is written to, and not of this package."""


class _Commands(TyperGroup):
    """Knows its commands by name; imports one when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, found, rest = super().resolve_command(ctx, args)
        return name, found if name is None else _imported(name), rest


app = typer.Typer(
    cls=_Commands,
    name="pickup",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        import simulator

        typer.echo(f"pickup {simulator.__version__}")
        raise typer.Exit


@app.callback()
def _pickup(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Simulate, staff and load-test a chat desk."""


def _listed() -> None:
    """Stands in the overview for a command; what is called is what `_imported` gives."""


for _name, _help in COMMANDS.items():
    app.command(_name, help=_help)(_listed)


def _imported(name: str) -> Any:
    module = import_module(f"simulator.cli.{name}")
    if hasattr(module, "app"):
        return typer.main.get_command(module.app)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, context_settings=app.info.context_settings)(module.command)
    return typer.main.get_command(alone)


def main() -> None:
    """Run ``pickup`` with the arguments of this process, and end it with the exit code."""
    # Being told to stop is an exit like any other: nothing half-written, no process left behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        try:
            typer.main.get_command(app)(prog_name="pickup")
        finally:
            _flush()
    except PickupError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in DISK:
            raise
        from simulator.files import unwritten

        typer.echo(f"Error: what was to be written could not be: {unwritten(error)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _flush() -> None:
    """Write out what is left; a reader that has gone (``| head``) is no error of ours."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # Python flushes once more at the end: give it somewhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise
