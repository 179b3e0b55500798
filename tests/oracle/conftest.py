"""The oracle and the engines, to run the same story on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.engines import compiled, simpy_engine
from tests.oracle import oracle

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.outcomes import Outcomes
    from tests.oracle.worlds import World

ENGINES = {"oracle": oracle.run, "simpy": simpy_engine.run, "compiled": compiled.run}


@pytest.fixture(params=list(ENGINES))
def simulate(request: pytest.FixtureRequest) -> Callable[[World], Outcomes]:
    """Each engine in turn, as a function of a world."""
    engine = ENGINES[request.param]
    return lambda world: engine(world.scenario, world.workload, world.duty)
