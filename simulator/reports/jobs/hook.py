"""The alert hook: a command that is told, once, that a job did not end well."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["call_hook"]

PATIENCE_S: Final = 60.0


def call_hook(command: Sequence[str], folder: Path, told: Mapping[str, Any]) -> str | None:
    """Call the command with one JSON on its standard input.

    Args:
        command: program and arguments; no shell is in between.
        folder: in which it runs, and from which a program with a path is looked for.
        told: what the JSON says.

    Returns:
        What went wrong with the call itself, in a sentence; None if it ended with 0.
    """
    program, *arguments = command
    own = folder / program
    found = str(own) if ("/" in program or "\\" in program) and own.is_file() else program
    try:
        called = subprocess.run(  # noqa: S603 - the user's own command from the job file, no shell
            [found, *arguments],
            input=json.dumps(told, ensure_ascii=False, default=str).encode(),
            cwd=folder,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the hook '{program}' took more than {PATIENCE_S:.0f} s and was ended"
    except OSError as error:
        return (
            f"the hook '{program}' could not be called: {error.strerror}; "
            "check its path in the job file"
        )
    if called.returncode != 0:
        said = (called.stderr or called.stdout).decode(errors="replace").strip()[-500:]
        return f"the hook '{program}' ended with {called.returncode}: {said or 'no word'}"
    return None
