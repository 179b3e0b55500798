"""The second clock over the desk's rules: compiled by Numba, with identical outcomes.

The rules are the functions of `desk` themselves; only what they work on (`memory`, `records`) and
what calls them next (`agenda`, `loop`) is another. The compiled code is kept between processes, in
a folder named by the sources that it was made from.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from simulator.engines.compiled.keeping import kept_in

if TYPE_CHECKING:
    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

__all__ = ["is_compiled", "is_there", "prepare", "run", "timed"]


def is_there() -> bool:
    """Whether Numba, which compiles it, is installed."""
    return find_spec("numba") is not None


def is_compiled() -> bool:
    """Whether the compiled code of these sources is kept here, so that it need only be loaded."""
    folder = kept_in()
    return folder is not None and any(folder.rglob("loop.turns-*.nbc"))


def prepare() -> None:
    """Compile the code, which takes some 20 seconds once, or load it."""
    from simulator.engines.compiled import running

    running.prepare()


def run(scenario: Scenario, workload: Workload, duty: Duty) -> Outcomes:
    """Simulate one replication; as `simpy_engine.run`, and equal to it."""
    return timed(scenario, workload, duty)[0]


def timed(scenario: Scenario, workload: Workload, duty: Duty) -> tuple[Outcomes, dict[str, float]]:
    """Simulate one replication, and say how long it took.

    Returns:
        The outcomes, and the CPU seconds of this process for ``build`` (the desk's state), ``loop``
        and ``read`` (the outcomes), without what `prepare` does.
    """
    from simulator.engines.compiled import running

    running.prepare()
    return running.timed(scenario, workload, duty)
