"""A small commented scenario to start from, with its tables."""

from __future__ import annotations

import json
from contextlib import ExitStack
from importlib import resources
from pathlib import Path

from simulator.errors import UsageError
from simulator.files import into_place
from simulator.scenario.reading import schema

__all__ = ["write_starter"]

STARTER = ("scenario.yaml", "forecast.csv", "roster.csv")
SCHEMA = "scenario.schema.json"


def write_starter(folder: Path | str) -> Path:
    """Write the starter scenario into ``folder``, and give its path.

    Raises UsageError, before anything is written, if one of the files is there already.
    """
    folder = Path(folder)
    taken = [name for name in (*STARTER, SCHEMA) if (folder / name).exists()]
    if taken:
        raise UsageError(
            f"{folder / taken[0]} exists already; name another folder or move the file away"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made ({error}); name another folder") from error
    shelf = resources.files("simulator.scenario") / "starter"
    contents = {name: (shelf / name).read_bytes() for name in STARTER}
    contents[SCHEMA] = (json.dumps(schema(), indent=2) + "\n").encode()
    with ExitStack() as all_or_none:
        for name, content in contents.items():
            all_or_none.enter_context(into_place(folder / name)).write_bytes(content)
    return folder / STARTER[0]
