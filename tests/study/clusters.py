"""A Dask scheduler and workers as processes of their own, on the loopback interface alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START_S = 60.0
"""How long a process may take to start."""

STRANGER = """
import sys
sys.modules["simulator"] = None
"""
"""What a worker runs first that has no such package."""

OTHER_VERSION = """
import simulator
simulator.__version__ = "0.0.1"
"""


class Cluster:
    """A scheduler and its workers, started one by one."""

    def __init__(self, folder: Path, processes: ExitStack, settings: dict[str, str]) -> None:
        self._folder, self._processes = folder, processes
        self._settings = settings
        self.workers: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start(
            *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
            *("--no-dashboard", "--scheduler-file", str(file)),
        )
        self.address: str = _wait(lambda: _address(file))

    def start_worker(self, *, first: str = "") -> subprocess.Popen[bytes]:
        """Start a worker with one thread, which runs the source ``first`` first.

        It is there when the scheduler knows it: ``distributed.Client.wait_for_workers``.
        """
        number = len(self.workers)
        more = []
        if first:
            script = self._folder / f"first_{number}.py"
            script.write_text(first)
            more = ["--preload", str(script)]
        worker = self._start(
            *("distributed.cli.dask_worker", self.address, "--host", "127.0.0.1"),
            *("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", f"w{number}"),
            *("--local-directory", str(self._folder), *more),
        )
        self.workers.append(worker)
        return worker

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = self._processes.enter_context((self._folder / f"{module}.log").open("ab"))
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, *arguments],
            cwd=self._folder,
            env=os.environ | self._settings,
            stdout=log,
            stderr=log,
        )
        self._processes.callback(_end, process)
        return process


@contextmanager
def cluster(folder: Path, *, workers: int = 0, **settings: str) -> Iterator[Cluster]:
    """A cluster whose processes end with the context; settings go into their environment."""
    with ExitStack() as processes:
        made = Cluster(folder, processes, settings)
        for _ in range(workers):
            made.start_worker()
        wait_for_workers(made.address, workers)
        yield made


def wait_for_workers(address: str, number: int) -> None:
    """Until the scheduler knows so many."""
    from distributed import Client

    if number:
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=START_S)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to that process alone."""
    process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    process.wait()


def _address(file: Path) -> str | None:
    """What the scheduler has written, once it has all of it."""
    try:
        address: str = json.loads(file.read_text())["address"]
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    assert address.startswith("tcp://127.0.0.1:")
    return address


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


def _wait(told: Callable[[], str | None]) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if found := told():
            return found
        time.sleep(0.02)
    raise TimeoutError("a process of the cluster did not start")
