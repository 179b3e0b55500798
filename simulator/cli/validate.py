"""``pickup validate``: what scenario files describe, or everything that is wrong with them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simulator.scenario import Account

__all__ = ["command"]


def command(
    scenarios: Annotated[
        list[Path],
        typer.Argument(metavar="SCENARIO...", help="Scenario files (YAML).", show_default=False),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each file, one a line.")
    ] = False,
) -> None:
    """Check scenario files and tell what they describe.

    Every error of every file is told, with its line; then the exit code is 2.
    """
    from simulator.errors import ScenarioError
    from simulator.scenario import account

    failed = False
    for path in scenarios:
        try:
            found = account(path)
        except ScenarioError as error:
            failed = True
            _tell_errors(path, str(error), as_json=as_json)
        else:
            typer.echo(json.dumps(found.as_dict()) if as_json else _told(path, found))
    if failed:
        raise typer.Exit(2)


def _tell_errors(path: Path, errors: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"path": str(path), "valid": False, "errors": errors.splitlines()}))
        return
    indented = "\n".join(f"  {line}" for line in errors.splitlines())
    typer.echo(f"{path}: not valid\n{indented}", err=True)


def _told(path: Path, found: "Account") -> str:
    lines = [
        f"{path}: valid",
        f"  {found.name}, {found.days} days from {found.start}",
        *(
            f"  topic {name}: {chats:.1f} chats a day expected"
            for name, chats in found.chats_per_day.items()
        ),
        *(
            f"  group {name}: {agents} agent{'s' * (agents > 1)}"
            for name, agents in found.agents.items()
        ),
        *(f"  {rows} rows read from {table}" for table, rows in found.rows.items()),
    ]
    return "\n".join(lines)
