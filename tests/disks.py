"""A small disk of its own, for tests that fill it."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Disk", "small_disk"]


@dataclass(frozen=True, slots=True)
class Disk:
    """Mounted at a folder."""

    path: Path

    @property
    def out(self) -> Path:
        """For reports."""
        return self.path / "reports"

    def fill(self, *, but: int = 0) -> None:
        """Leave so many bytes."""
        filler = self.path / "filler"
        with suppress(OSError), filler.open("ab", buffering=0) as file:
            while file.write(bytes(4096)) == 4096:
                pass
        os.truncate(filler, filler.stat().st_size - but)

    def clear(self) -> None:
        """Give the room back."""
        (self.path / "filler").unlink()


@contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    """Of 600 kB, where this user may mount one; elsewhere the test is skipped."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(path)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no disk can be mounted by this user")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", str(path)], check=True)
