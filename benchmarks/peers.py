"""K1 as other simulation libraries would have it, on the same draws: Ciw, salabim, simmer.

Each model is written the way its library's manual teaches, with floats for time, and notes what
became of every customer. simmer is R: its model is ``simmer_desk.R``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections import deque
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from desks import Draws
    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes

SIMMER = Path(__file__).with_name("simmer_desk.R")


@dataclass(frozen=True)
class Waits:
    """Of every customer, by order of arrival."""

    wait_s: NDArray[np.float64]
    is_served: NDArray[np.bool_]

    def agrees(self, other: Waits) -> bool:
        """Whether the same customers were served and all waits are equal to a microsecond."""
        return np.array_equal(self.is_served, other.is_served) and np.allclose(
            self.wait_s, other.wait_s, rtol=0, atol=1e-6
        )


def of_engine(outcomes: Outcomes) -> Waits:
    """The waits of an engine's outcomes."""
    is_served = outcomes.picked_up_us >= 0
    end = np.where(is_served, outcomes.picked_up_us, outcomes.ended_us)
    return Waits((end - outcomes.requested_us) / 1e6, is_served)


def seconds(draws: Draws) -> tuple[list[float], ...]:
    """Arrivals, work and patience as floats."""
    columns = (draws.arrival_us, draws.work_us, draws.patience_us)
    return tuple((column / 1e6).tolist() for column in columns)


def ciw_desk(draws: Draws, agents: int) -> Waits:
    """A node with that many servers and reneging customers."""
    import ciw

    arrivals, work, patience = seconds(draws)

    class Arrivals(ciw.dists.Distribution):  # type: ignore[misc]
        def __init__(self) -> None:
            self.gaps = iter([*np.diff(arrivals, prepend=0.0).tolist(), float("inf")])

        def sample(self, **_: object) -> float:
            return next(self.gaps)

    class OfCustomer(ciw.dists.Distribution):  # type: ignore[misc]
        def __init__(self, values: list[float]) -> None:
            self.values = values

        def sample(self, *, ind: Any, **_: object) -> float:
            return self.values[ind.id_number - 1]

    network = ciw.create_network(
        arrival_distributions=[Arrivals()],
        service_distributions=[OfCustomer(work)],
        reneging_time_distributions=[OfCustomer(patience)],
        number_of_servers=[agents],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(arrivals[-1] + 10 * 86_400)
    wait, is_served = np.empty(len(work)), np.empty(len(work), dtype=bool)
    for record in simulation.get_all_records():
        wait[record.id_number - 1] = record.waiting_time
        is_served[record.id_number - 1] = record.record_type == "service"
    return Waits(wait, is_served)


def salabim_desk(draws: Draws, agents: int) -> Waits:
    """A process per agent: takes the longest-waiting customer who is still there, or rests."""
    import salabim

    salabim.yieldless(value=False)
    arrivals, work, patience = seconds(draws)
    wait, is_served = np.array(patience), np.zeros(len(work), dtype=bool)
    env = salabim.Environment(trace=False, random_seed=None)
    line: deque[int] = deque()
    resting: deque[Any] = deque()

    class Source(salabim.Component):  # type: ignore[misc]
        def process(self) -> Generator[object]:
            for customer, arrival in enumerate(arrivals):
                yield self.hold(till=arrival)
                line.append(customer)
                if resting:
                    resting.popleft().activate()

    class Agent(salabim.Component):  # type: ignore[misc]
        def process(self) -> Generator[object]:
            while True:
                while not line:
                    resting.append(self)
                    yield self.passivate()
                customer = line.popleft()
                waited = env.now() - arrivals[customer]
                if waited <= patience[customer]:
                    wait[customer] = waited
                    is_served[customer] = True
                    yield self.hold(work[customer])

    for _ in range(agents):
        Agent()
    Source()
    env.run()
    return Waits(wait, is_served)


def simmer_desk(draws: Draws, agents: int) -> tuple[Waits, float]:
    """Also the CPU seconds of R, without starting it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = np.column_stack(seconds(draws))
        np.savetxt(
            folder / "draws.csv", columns, "%.6f", ",", header="time,work,patience", comments=""
        )
        command = ["Rscript", "--vanilla", SIMMER, folder, str(agents)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        found = np.loadtxt(folder / "waits.csv", delimiter=",", skiprows=1)
    return Waits(found[:, 0], found[:, 1] == 1), float(json.loads(told.stdout)["cpu_s"])


def why_no_simmer() -> str | None:
    """Why simmer cannot be measured here, if it cannot."""
    if not shutil.which("Rscript"):
        return "R is not installed here"
    asked = subprocess.run(
        ["Rscript", "--vanilla", "-e", "library(simmer)"], check=False, capture_output=True
    )
    return "R has no package simmer here" if asked.returncode else None


LIBRARIES: dict[str, Callable[[Draws, int], Waits]] = {"ciw": ciw_desk, "salabim": salabim_desk}
"""Python's, by the name to import."""


def why_no(library: str) -> str | None:
    """Why a library of Python cannot be measured here, if it cannot."""
    return None if find_spec(library) else f"{library} is not installed here (extra 'peers')"
