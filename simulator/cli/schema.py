"""``pickup schema``: what may stand in a scenario file, for editors."""

import json

import typer

__all__ = ["command"]


def command() -> None:
    """Print the JSON Schema of scenario files.

    Editors with a YAML language server check and complete a file that begins with
    "# yaml-language-server: $schema=scenario.schema.json".
    """
    from simulator.scenario import schema

    typer.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
