"""Which state of the sources something was made from."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["git_commit"]


def git_commit(source: Path) -> str | None:
    """The commit that holds a file or folder, ``-dirty`` if it was changed since.

    ``None`` where git is not there or does not track it: an installed package may lie inside
    somebody else's repository.
    """
    git = shutil.which("git")
    if git is None:
        return None

    def answer(*question: str) -> str:
        asked = subprocess.run(  # noqa: S603 - fixed words and a path, no shell
            [git, "-C", str(source.parent), *question], capture_output=True, text=True, check=False
        )
        return asked.stdout.strip() if asked.returncode == 0 else ""

    if not answer("ls-files", "--", source.name):
        return None
    commit = answer("rev-parse", "HEAD")
    changed = answer("status", "--porcelain", "--untracked-files=no", "--", source.name)
    return f"{commit}-dirty" if changed else commit or None
