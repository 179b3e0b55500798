"""A file that one process holds at a time.

Held by the operating system, so a lock ends with its process, however that ends, and is never
stale. What stands in a lock's file only tells people who holds it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO, Final

__all__ = ["holder", "lock", "sign"]


def sign(file: IO[str]) -> None:
    """Write this process's id into the file of a lock that it holds, if there is room for it."""
    with suppress(OSError):
        os.ftruncate(file.fileno(), 0)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        os.write(file.fileno(), str(os.getpid()).encode())


def holder(file: IO[str]) -> str:
    """Who holds the lock, for people: ``process 4711``."""
    file.seek(0)
    pid = file.read(20)
    return f"process {pid}" if pid.isdigit() else "another process"


if sys.platform == "win32":
    import msvcrt

    _FAR: Final = 1 << 20
    """Where the lock's byte lies: beyond the text, which others may then read."""

    def lock(file: IO[str]) -> bool:
        """Have the system hold the file for this process; False if another one has it."""
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def lock(file: IO[str]) -> bool:
        """Have the system hold the file for this process; False if another one has it."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
