"""Clocks over the one set of rules: each runs a workload and hands over the same outcomes.

``simpy_engine`` is the model to read first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

__all__ = ["ENGINES", "Engine", "EngineName", "engine"]

EngineName = Literal["auto", "simpy", "compiled"]
Engine = Callable[["Scenario", "Workload", "Duty"], "Outcomes"]

ENGINES = ("simpy",)
"""The engines that stand here, by name."""


def engine(name: str = "auto") -> Engine:
    """The engine of that name; ``auto`` takes the fastest there is.

    Raises:
        UsageError: there is no such engine here.
    """
    if name in ("auto", "simpy"):
        from simulator.engines import simpy_engine

        return simpy_engine.run
    raise UsageError(f"engine {name!r} is not there; take one of {', '.join(('auto', *ENGINES))}")
