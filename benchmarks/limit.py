"""The C event loop of K1 and K3, built with gcc into a temporary folder and called in place.

It is given the same draws as the engines and keeps the same rules; see ``limit.c``.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.desk.codes import NONE
from simulator.engines.setting_up import speeds

if TYPE_CHECKING:
    from desks import Draws
    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes

SOURCE = Path(__file__).with_name("limit.c")
FLAGS = ("-O3", "-march=native", "-std=c11", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror")
COLUMNS = ("initial_queue_pos", "picked_up_us", "ended_us", "agent")


@dataclass(frozen=True)
class Courses:
    """What became of the chats, by order of arrival, as the engines' outcomes name it."""

    initial_queue_pos: NDArray[np.int64]
    picked_up_us: NDArray[np.int64]
    ended_us: NDArray[np.int64]
    agent: NDArray[np.int64]
    cpu_s: float

    def equals(self, outcomes: Outcomes) -> bool:
        """Whether every place in the queue, pickup, end and agent is that of an engine."""
        return all(np.array_equal(getattr(self, name), getattr(outcomes, name)) for name in COLUMNS)


def why_not() -> str | None:
    """Why the loop cannot be built here, if it cannot."""
    return None if shutil.which("gcc") else "there is no gcc here"


class Limit:
    """The loop, built into a folder."""

    def __init__(self, folder: Path) -> None:
        library = folder / "limit.so"
        subprocess.run(["gcc", *FLAGS, "-o", library, SOURCE], check=True)
        self._simulate = ctypes.CDLL(str(library)).simulate
        self._simulate.restype = ctypes.c_double

    def run(self, draws: Draws, agents: int, output: tuple[str, ...], horizon_us: int) -> Courses:
        """Simulate; the CPU seconds are those of C's own clock, without building the memory."""
        n = len(draws.arrival_us)
        unit, by_load = speeds(output)
        given = [draws.arrival_us, draws.work_us, draws.patience_us]
        found = [np.full(n, NONE) for _ in COLUMNS]
        speed = np.array(by_load, dtype=np.int64)
        seconds = self._simulate(
            ctypes.c_int64(n),
            *(_pointer(column) for column in given),
            ctypes.c_int(agents),
            ctypes.c_int(len(output)),
            ctypes.c_int64(unit),
            _pointer(speed),
            ctypes.c_int64(horizon_us),
            *(_pointer(column) for column in found),
        )
        if seconds < 0:
            raise MemoryError(f"no room for {n:,} chats of {agents} agents with {len(output)} each")
        return Courses(*found, cpu_s=seconds)


def _pointer(column: NDArray[np.int64]) -> ctypes.c_void_p:
    return ctypes.c_void_p(column.ctypes.data)
