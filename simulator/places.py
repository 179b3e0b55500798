"""Where files are: those within a folder that was named, and the user's own cache."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["files_within", "users_cache"]


def files_within(given: Path) -> list[Path]:
    """The file itself, or the visible files of a folder, by name."""
    if not given.is_dir():
        return [given]
    return sorted(each for each in given.iterdir() if each.is_file() and each.name[0] != ".")


def users_cache() -> Path:
    """The folder for what may be deleted at any time; it need not be there.

    Raises:
        RuntimeError: the user has no home.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "pickup-lab"
