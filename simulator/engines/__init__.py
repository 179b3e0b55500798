"""Clocks over the one set of rules: each runs a workload and hands over the same outcomes.

``simpy_engine`` is the model to read first; ``compiled`` is the same, some hundred times as fast,
where Numba is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from simulator.engines import compiled
from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

__all__ = ["ENGINES", "Engine", "EngineName", "chosen", "engine", "prepared", "remark"]

EngineName = Literal["auto", "simpy", "compiled"]
Engine = Callable[["Scenario", "Workload", "Duty"], "Outcomes"]

ENGINES: Final = ("simpy", "compiled")
"""The engines by name."""

PAYS_TO_LOAD: Final = 50_000
"""Chats from which loading the compiled code pays: it takes as long as SimPy for some 30,000."""
PAYS_TO_COMPILE: Final = 1_000_000
"""Chats from which compiling it pays, which is done once for a machine and version."""


def engine(name: EngineName = "auto") -> Engine:
    """The engine of that name; ``auto`` chooses by the size of each workload.

    Raises:
        UsageError: there is no such engine here.
    """
    if name == "auto":
        return _automatic
    if chosen(name, 0) == "compiled":
        return compiled.run
    from simulator.engines import simpy_engine

    return simpy_engine.run


def chosen(name: EngineName, chats: float) -> EngineName:
    """The engine that runs so many chats in one process: the one named, or the quicker one.

    Raises:
        UsageError: there is no such engine here.
    """
    if name == "auto":
        pays_from = PAYS_TO_LOAD if compiled.is_compiled() else PAYS_TO_COMPILE
        return "compiled" if compiled.is_there() and chats >= pays_from else "simpy"
    if name not in ENGINES:
        raise UsageError(
            f"engine {name!r} is not there; take one of {', '.join(('auto', *ENGINES))}"
        )
    if name == "compiled" and not compiled.is_there():
        raise UsageError(
            "the compiled engine needs Numba, which is not installed here: "
            "pip install 'pickup-lab[compiled]', or take --engine simpy (slower, the same results)"
        )
    return name


def prepared(name: EngineName, chats: float) -> EngineName:
    """`chosen`, and compiled if need be, so that processes that are started later find its code."""
    found = chosen(name, chats)
    if found == "compiled" and not compiled.is_compiled():
        compiled.prepare()
    return found


def remark(name: EngineName, chats: float) -> str | None:
    """What somebody who waits for so many chats should know of the engine, if anything."""
    if name == "auto" and not compiled.is_there() and chats >= PAYS_TO_COMPILE:
        return (
            f"Numba is not installed, so SimPy simulates these {chats:,.0f} chats, which takes "
            "about a hundred times as long: pip install 'pickup-lab[compiled]'"
        )
    if chosen(name, chats) == "compiled" and not compiled.is_compiled():
        return "compiling the engine, once for this version: about half a minute"
    return None


def _automatic(scenario: Scenario, workload: Workload, duty: Duty) -> Outcomes:
    return engine(chosen("auto", len(workload.topic)))(scenario, workload, duty)
