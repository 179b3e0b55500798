"""``pickup replay apply``, ``resume`` and ``reconcile``."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from simulator.cli.progress import EVERY_S
from simulator.errors import BreakerError, ParameterError, UnknownLeftError

if TYPE_CHECKING:
    from simulator.replay.applying import Result
    from simulator.replay.driver import Snapshot

__all__ = ["apply", "reconcile", "resume"]

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the replay.")]
Part = Annotated[
    str,
    typer.Option(
        metavar="K/N", help="The k-th of n parts of the plan, each applied by its own process."
    ),
]
Transport = Annotated[
    str, typer.Option(metavar="NAME", help="What carries the requests: httpx, or a faster one.")
]
Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", min=0.1, help="How long an answer is waited for.")
]
InFlight = Annotated[
    int, typer.Option(metavar="N", min=1, help="Calls that are in flight at one time, at most.")
]


def apply(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan file of pickup replay plan.")],
    confirm: Annotated[
        str,
        typer.Option(metavar="NAME", help="ContextId of the target, or local for this machine."),
    ],
    part: Part = "1/1",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Folder of the replay.")
    ] = None,
    canary: Annotated[
        bool, typer.Option("--canary", help="End after the first pickup, as on a remote target.")
    ] = False,
    transport: Transport = "httpx",
    timeout: Timeout = 30.0,
    max_in_flight: InFlight = 100,
) -> None:
    """Send the calls of a plan: for the first time, and each at most once.

    Against a tenant that is not on this machine, the first run ends after one pickup, whose result
    is shown; resume sends the rest. Ctrl-C stops sending and waits for what is in flight; a second
    one gives that up too. A file named STOP in the folder stops it as well.

    Prints the folder.
    """
    from simulator.replay import applying

    _check_argv()
    with _Telling() as tell:
        result = applying.apply(
            plan,
            confirm=confirm,
            part=_part(part),
            out=out,
            canary=canary or None,
            transport=transport,
            timeout_s=timeout,
            max_in_flight=max_in_flight,
            progress=tell,
        )
    _finish(result)


def resume(
    folder: Folder,
    part: Part = "1/1",
    transport: Transport = "httpx",
    timeout: Timeout = 30.0,
    max_in_flight: InFlight = 100,
) -> None:
    """Go on with a replay that stopped, or was killed: nothing is sent a second time.

    Calls that were cut off are looked up first; the clock begins anew with the first call that is
    left.
    """
    from simulator.replay import applying

    _check_argv()
    with _Telling() as tell:
        result = applying.resume(
            folder,
            part=_part(part),
            transport=transport,
            timeout_s=timeout,
            max_in_flight=max_in_flight,
            progress=tell,
        )
    _finish(result)


def reconcile(folder: Folder, transport: Transport = "httpx", timeout: Timeout = 30.0) -> None:
    """Look up what became of the calls whose outcome is unknown; only reads."""
    from simulator.replay import applying

    _check_argv()
    _finish(applying.reconcile(folder, transport=transport, timeout_s=timeout))


def _check_argv() -> None:
    from simulator.replay.endpoint.guard import check_argv

    check_argv(sys.argv[1:])


def _part(text: str) -> tuple[int, int]:
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal()):
        raise ParameterError(
            f"--part {text!r} is no part of a plan; write 1/2 for the first of two"
        )
    return int(number), int(of)


def _finish(result: "Result") -> None:
    """Tell how it went, and end with the code that says so."""
    from simulator.replay.telling import account_lines, pickup_line

    if result.first_pickup is not None:
        _say(pickup_line(result.first_pickup))
    for line in account_lines(result.account):
        _say(line)
    _say(f"{result.ended}: {result.reason}" if result.reason else result.ended)
    if result.account.left and result.ended != "breaker":
        _say(f"{result.account.left:,} calls are left: pickup replay resume {result.folder}")
    typer.echo(result.folder)
    if result.ended == "interrupted":
        raise typer.Exit(130)
    if result.ended == "breaker":
        raise BreakerError(
            f"the replay stopped itself: {result.reason}; find out why, then go on with "
            f"`pickup replay resume {result.folder}`"
        )
    if unknown := result.account.unknown:
        raise UnknownLeftError(
            f"{unknown} {'call' if unknown == 1 else 'calls'} may or may not have been applied; "
            f"look again with `pickup replay reconcile {result.folder}`, or in the tenant itself"
        )


def _say(line: str) -> None:
    typer.echo(line, err=True)


class _Telling:
    """Says how far the replay is: one line that changes, or a line now and then in a log."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, now: "Snapshot") -> None:
        from simulator.replay.telling import progress_line

        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{progress_line(now)}")
        elif time.monotonic() - self._told >= EVERY_S:
            self._told = time.monotonic()
            sys.stderr.write(f"{progress_line(now)}\n")
        sys.stderr.flush()
