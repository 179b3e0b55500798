"""How a running replay is told to stop, and why it did.

The first call for a stop drains: nothing new is sent, what was sent is waited for. The second
aborts: what is in flight is given up, its INTENT stays open in the journal, and a resume treats
it as unknown.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulator.replay.endpoint.preflight import RUNNING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

__all__ = ["Stopping", "stopped_by_ctrl_c", "watch_clock", "watch_file", "watch_state"]

UNREADABLE_STATES = 3
"""Times in a row that the state may be unreadable."""


class Stopping:
    """Whether the replay is to stop; the first reason is the one that is told."""

    def __init__(self) -> None:
        self.ended = ""
        """How it ends early: canary, stopped, breaker, interrupted or cap; "" if it goes on."""
        self.reason = ""
        self._drain = asyncio.Event()
        self._abort: Callable[[], object] | None = None

    @property
    def asked(self) -> bool:
        """Whether nothing new may be sent."""
        return self._drain.is_set()

    def stop(self, ended: str, reason: str) -> None:
        """Send nothing new from now on."""
        if not self.asked:
            self.ended, self.reason = ended, reason
            self._drain.set()

    def on_abort(self, abort: Callable[[], object]) -> None:
        """Say what an abort does."""
        self._abort = abort

    def interrupt(self) -> None:
        """Ctrl-C: the first one drains, the next aborts."""
        if self.ended == "interrupted" and self._abort is not None:
            self.reason = "aborted by a second Ctrl-C; calls in flight were given up"
            self._abort()
        elif self.asked:
            self.ended = "interrupted"
        else:
            self.stop("interrupted", "stopped by Ctrl-C")

    async def sleep(self, seconds: float) -> bool:
        """Wait, but not beyond the call for a stop; True if there was one."""
        if seconds > 0 and not self.asked:
            try:
                async with asyncio.timeout(seconds):
                    await self._drain.wait()
            except TimeoutError:
                return False
        return self.asked


@contextmanager
def stopped_by_ctrl_c(stopping: Stopping) -> Iterator[None]:
    """Let Ctrl-C stop the replay while this lasts, where signals can be had (the main thread)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def heard(*_: Any) -> None:
        loop.call_soon_threadsafe(stopping.interrupt)

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def watch_file(stopping: Stopping, path: Path, *, every_s: float = 0.25) -> None:
    """Stop when the kill switch is there: a file that the user puts into the replay's folder."""
    while not path.exists():
        if await stopping.sleep(every_s):
            return
    stopping.stop("stopped", f"a file named {path.name} stands in the replay's folder")


async def watch_clock(stopping: Stopping, most_s: float) -> None:
    """Stop when the run has had its time."""
    if not await stopping.sleep(most_s):
        stopping.stop("cap", f"the cap of {most_s:g} s on the run's duration was reached")


async def watch_state(
    stopping: Stopping,
    state: Callable[[], Awaitable[str]],
    doubt: asyncio.Event,
    *,
    every_s: float = 5.0,
    at_most_every_s: float = 0.5,
) -> None:
    """Stop when the tenant is no longer running; it is asked now and then, and on ``doubt``."""
    unreadable = 0
    while not stopping.asked:
        await _either(stopping, doubt, every_s)
        doubt.clear()
        if stopping.asked:
            return
        told = await state()
        unreadable = 0 if told else unreadable + 1
        if told and told not in RUNNING:
            stopping.stop("breaker", f"the tenant's state is {told}, no longer Running")
        elif unreadable >= UNREADABLE_STATES:
            stopping.stop("breaker", f"the tenant's state was unreadable {unreadable} times")
        await stopping.sleep(at_most_every_s)


async def _either(stopping: Stopping, doubt: asyncio.Event, most_s: float) -> None:
    """Wait for the doubt or the stop, but not longer than that."""
    until = time.monotonic() + most_s
    while not doubt.is_set() and not stopping.asked and time.monotonic() < until:
        await stopping.sleep(min(0.1, most_s))
