"""Where compiled code is kept from one process to the next.

Numba keeps it beside the source and looks whether that one file has changed; it does not see an
edited rule in another. So the folder's name is a digest of every source that goes into the code,
and folders of other sources are removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

from simulator.files import users_cache

__all__ = ["kept_in"]

HERE = Path(__file__).parent
SOURCES = (HERE, HERE.parents[1] / "desk")


@cache
def kept_in() -> Path | None:
    """The folder, made if need be; None where no place can be written to.

    Beside the sources, as Python's own; ``NUMBA_CACHE_DIR`` or the user's cache where these are
    read-only.
    """
    name = f"rules-{_digest()}"
    given = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(given)] if given else [HERE / "__pycache__", users_cache()]
    for place in places:
        folder = place / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            _remove_others(folder)
            return folder
    return None


def _digest() -> str:
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted(folder.glob("*.py")):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _remove_others(folder: Path) -> None:
    for other in folder.parent.glob("rules-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
