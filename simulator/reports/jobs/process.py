"""The process that does a job's work: started, listened to, and ended with all it has started."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.reports.jobs.working import Errand

__all__ = ["Worker"]

GRACE_S: Final = 15.0
"""To end kernels and to take drafts away, once told to stop."""


class Worker:
    """The process, as a context: whatever happens, it is not left behind."""

    def __init__(self, errand: Errand, held: IO[str]) -> None:
        """Start it.

        Args:
            errand: what it is to do.
            held: a file whose lock it shares: nobody else may begin while it lives, even if
                this process is killed.
        """
        command = [sys.executable, "-m", "simulator.reports.jobs"]
        more: dict[str, Any]
        if sys.platform == "win32":
            more = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        else:
            more = {"start_new_session": True, "pass_fds": (held.fileno(),)}
        self._process = subprocess.Popen(  # noqa: S603 - this very Python, fixed words
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )
        self._heard: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._listeners = [
            threading.Thread(target=self._listen, args=(each,), daemon=True)
            for each in (self._process.stdout, self._process.stderr)
        ]
        for each in self._listeners:
            each.start()
        self._say(errand.to_json())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        for each in self._listeners:
            each.join(timeout=GRACE_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    @property
    def exit_code(self) -> int | None:
        """Negative: the signal that ended it; None while it runs."""
        return self._process.poll()

    def events(self, until: float | None) -> Iterator[dict[str, Any]]:
        """What it tells, until it ends or the time is up.

        Args:
            until: a ``time.monotonic`` instant; None: as long as it takes.

        Raises:
            TimeoutError: the time was up.
        """
        speaking = len(self._listeners)
        while speaking:
            left = None if until is None else max(until - time.monotonic(), 0.0)
            try:
                event = self._heard.get(timeout=left)
            except queue.Empty:
                raise TimeoutError from None
            if event is None:
                speaking -= 1
            else:
                yield event
        self._process.wait()

    def end(self) -> None:
        """Tell it to stop, and after a while make it; with whatever it has started."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        if sys.platform != "win32":
            self._signal(signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def _signal(self, number: int) -> None:
        if sys.platform == "win32":
            self._process.terminate()
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _say(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.write(line.encode() + b"\n")
                pipe.flush()

    def _listen(self, pipe: IO[bytes] | None) -> None:
        """Hand on what comes: events on standard output, and words of any kind on the other."""
        try:
            for line in pipe or ():
                self._heard.put(_event(line.decode(errors="replace").rstrip()))
        finally:
            self._heard.put(None)


def _event(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {"event": "said", "text": line}
    return told if isinstance(told, dict) and "event" in told else {"event": "said", "text": line}
