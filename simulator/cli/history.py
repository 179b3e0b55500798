"""``pickup history pull``: the history of chats from a tenant's archive."""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from simulator.cli.histories import zone_of

if TYPE_CHECKING:
    from simulator.replay.archive import Pulled

__all__ = ["app"]

app = typer.Typer(
    name="history",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Pull the history of chats from a tenant.",
)

_ENV: Final = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)", re.IGNORECASE)
_KEYRING: Final = re.compile(r"keyring:([^/\s]+/\S+)", re.IGNORECASE)
_FORMS: Final = "env:NAME, where NAME is an environment variable, or keyring:SERVICE/USER"


@app.callback()
def _history() -> None:
    """Pull the history of chats from a tenant."""


@app.command("pull")
def pull(
    target: Annotated[
        str, typer.Option(help="Host, as in https://sod2.superoffice.com.", show_default=False)
    ],
    context: Annotated[
        str, typer.Option(help="The tenant's ContextId, such as Cust12345.", show_default=False)
    ],
    credential: Annotated[
        str,
        typer.Option(
            metavar="env:NAME|keyring:SERVICE/USER",
            help="Where the secret is; never the secret itself.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write (.jsonl).", show_default=False)
    ],
    app_token: Annotated[
        str | None,
        typer.Option(
            metavar="env:NAME|keyring:SERVICE/USER",
            help="Where the application's token is, which an SOTicket needs online.",
        ),
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First date to pull.  [default: all]"),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="Last date to pull.  [default: all]"),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", help="IANA time zone in which those dates begin.  [default: UTC]"),
    ] = None,
    topic: Annotated[
        list[int] | None,
        typer.Option(metavar="TOPICID", min=1, help="Only this topic; may be repeated."),
    ] = None,
    page_size: Annotated[int, typer.Option(min=1, help="Sessions asked for at a time.")] = 500,
    rate: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            help="Requests a second at most.  [default: 2; on this machine no limit]",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that stands there.")
    ] = False,
) -> None:
    """Pull the history of chats from a tenant's archive, for calibrate and backtest.

    Only reads, and only what calibration needs: ids, dates, lengths, status, topic. Stopped, or
    killed, the same command goes on where it was. Prints the file's path.
    """
    from simulator.replay.archive import Question, pull_history
    from simulator.replay.endpoint.guard import check_argv

    check_argv(sys.argv[1:])
    question = Question(
        first=_date(first),
        last=_date(last),
        zone=zone_of(zone) or UTC,
        topics=tuple(topic or ()),
        page_size=page_size,
    )
    source = _source(credential, "--credential")
    if app_token is not None:
        source["app_token"] = _source(app_token, "--app-token")
    found = pull_history(
        target,
        context,
        question,
        out,
        credential=source,
        rate=rate,
        overwrite=overwrite,
        progress=_Progress(),
    )
    typer.echo(_told(found), err=True)
    typer.echo(out)


def _date(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _source(text: str, option: str) -> dict[str, object]:
    """Where a secret is. What is neither form is not repeated: it may be the secret."""
    from simulator.errors import ParameterError

    for name, form in (("env", _ENV), ("keyring", _KEYRING)):
        if found := form.fullmatch(text):
            return {name: found[1]}
    raise ParameterError(f"{option} cannot be read; give {_FORMS}")


class _Progress:
    """Says how many sessions are there: one line that changes, or a line now and then."""

    def __init__(self) -> None:
        import time

        self._clock = time.monotonic
        self._told = self._clock()

    def __call__(self, sessions: int) -> None:
        from simulator.cli.progress import EVERY_S

        text = f"{sessions:,} sessions"
        if sys.stderr.isatty():
            typer.echo(f"\r\x1b[K{text}", err=True, nl=False)
        elif self._clock() - self._told >= EVERY_S:
            self._told = self._clock()
            typer.echo(text, err=True)


def _told(found: "Pulled") -> str:
    wipe = "\r\x1b[K" if sys.stderr.isatty() else ""
    lines = [f"{wipe}pulled {found.sessions:,} sessions in {found.requests:,} requests"]
    if found.began_at:
        lines[0] += f"; {found.began_at:,} were there from before"
    if not found.knows_statuses:
        lines.append("  the tenant does not tell what its statuses are called: known labels only")
    if found.without_agent:
        lines.append(
            f"  {found.without_agent:,} of {found.picked_up:,} picked up do not tell by whom: "
            "calibration cannot tell agents apart in these"
        )
    return "\n".join(lines)
