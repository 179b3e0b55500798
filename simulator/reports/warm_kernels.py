"""Kernels that start at once: forks of a process that has imported what they need.

To start a kernel and to import pandas, matplotlib and this package takes about as long as many a
report takes to compute. Where several reports are made, on Linux, each is made by a fork of
multiprocessing's fork server, which has imported all that (:mod:`.preloaded`), and the kernel is a
fork of that one. It is taken before there is a second thread, so no lock can be held in it forever.
"""

# jupyter_client is typed in part only.
# mypy: allow-untyped-calls

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.reports.jupyter import IPKernelApp, LocalProvisioner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.context import ForkProcess

__all__ = ["WarmProvisioner"]


class WarmProvisioner(LocalProvisioner):
    """Forks a kernel of this Python where its base class starts one; for the rest they agree."""

    def __init__(self, **options: Any) -> None:
        super().__init__(kernel_id=str(uuid.uuid4()), **options)

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Start a kernel with the arguments, the folder and the environment of the command."""
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.cwd = options.get("cwd") or str(Path.cwd())
        forked = _Forked(_serve, arguments, self.cwd, options["env"])
        self.process: Any = forked
        self.pid = self.pgid = forked.pid
        return self.connection_info


class _Forked:
    """A fork as the base class expects a process: like ``subprocess.Popen``, without pipes."""

    stdin = stdout = stderr = None

    def __init__(self, target: Any, *arguments: object) -> None:
        context = multiprocessing.get_context("fork")
        self._process: ForkProcess = context.Process(target=target, args=arguments)
        self._process.start()
        self.pid = int(self._process.pid or 0)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()


def _serve(arguments: Sequence[str], folder: str, environment: Mapping[str, str]) -> None:
    """In the fork: be a kernel of its own, in a group of its own, for as long as its maker is."""
    import numpy as np

    os.setsid()
    os.chdir(folder)
    os.environ.update(environment)
    os.environ.pop("JPY_PARENT_PID", None)
    np.random.seed()  # noqa: NPY002 - else all forks would draw the same numbers
    asyncio.set_event_loop(asyncio.new_event_loop())  # the one here is that of the maker
    threading.Thread(
        target=_end_with, args=(multiprocessing.parent_process(),), daemon=True
    ).start()
    sys.argv = ["ipykernel_launcher", *arguments]
    IPKernelApp.launch_instance(sys.argv[1:])


def _end_with(maker: Any) -> None:
    maker.join()
    os._exit(1)
