"""Who is at work: one process on a journal, one plan on a tenant.

The locks are the operating system's (:mod:`simulator.locking`), so none is ever stale.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from simulator.errors import GuardError
from simulator.files import users_cache
from simulator.locking import holder, sign
from simulator.locking import lock as lock_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator.replay.plan import PlanHead

__all__ = ["claimed_journal", "claimed_tenant", "folder_of_locks"]

DOOR_S: Final = 10.0
"""How long another process may take to look who is there: it takes a millisecond."""

_HOLDER: Final = re.compile(r"([0-9a-f]+)\.(\d+)\.[0-9a-f]+\.lock")


@contextmanager
def claimed_journal(path: Path) -> Iterator[None]:
    """The journal for this process alone.

    Raises:
        GuardError: another process writes it.
    """
    with path.with_name(f".{path.name}.lock").open("a+", encoding="ascii") as lock:
        if not lock_file(lock):
            raise GuardError(f"{holder(lock)} writes {path}; wait for it, or stop it")
        sign(lock)
        yield


@contextmanager
def claimed_tenant(head: PlanHead, plan_hash: str) -> Iterator[None]:
    """The tenant for this plan, whose parts share it.

    Every holder locks a file of its own, whose name tells plan and process; a file that nobody
    locks is what a process left behind that has ended, and is taken away.

    Raises:
        GuardError: another plan is being replayed against it from this account.
    """
    folder = folder_of_locks() / _name_of(head)
    folder.mkdir(parents=True, exist_ok=True)
    own = folder / f"{plan_hash[:32]}.{os.getpid()}.{secrets.token_hex(4)}.lock"
    with _through_door(folder):
        for other in _holders(folder):
            if other.plan != plan_hash[:32]:
                raise GuardError(
                    f"{_who(other.pid)} replays another plan against {head.context} on "
                    f"{head.base}; two replays would take each other's sessions: wait for it, or "
                    "stop it"
                )
        lock = own.open("a+", encoding="ascii")
        lock_file(lock)
    try:
        yield
    finally:
        lock.close()
        with suppress(OSError):
            own.unlink()


def folder_of_locks() -> Path:
    """Where the tenants' locks of this account stand."""
    return users_cache() / "locks"


def _name_of(head: PlanHead) -> str:
    """The tenant as a file's name; this machine has one name, however it is called."""
    base = f"here-{urlsplit(head.base).port}" if head.is_loopback else head.base
    return re.sub(r"[^a-z0-9]+", "-", f"{base}-{head.context}".lower()).strip("-")


@dataclass(frozen=True, slots=True)
class _Holder:
    plan: str
    pid: str


def _holders(folder: Path) -> list[_Holder]:
    """Who holds the tenant now; what the dead left is taken away."""
    there = []
    for path in sorted(folder.glob("*.lock")):
        told = _HOLDER.fullmatch(path.name)
        if told is None:
            continue
        with path.open("a+", encoding="ascii") as lock:
            is_free = lock_file(lock)
        if is_free:
            path.unlink(missing_ok=True)
        else:
            there.append(_Holder(told[1], told[2]))
    return there


@contextmanager
def _through_door(folder: Path) -> Iterator[None]:
    """One process at a time, for as long as it takes to look who is there."""
    until = time.monotonic() + DOOR_S
    with (folder / "door").open("a+", encoding="ascii") as door:
        while not lock_file(door):
            if time.monotonic() > until:
                raise GuardError(f"another process keeps {folder} locked; end it, and try again")
            time.sleep(0.01)
        yield


def _who(pid: str) -> str:
    return f"process {pid}" if pid.isdigit() else "another process"
