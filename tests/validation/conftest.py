"""Validation: the simulated figure beside the exact one, for every row that asks for it.

The rule: the exact value lies inside the 99.9 % interval, and the interval is narrow: half-width
at most 3 % of the value (10 % for the waits of M/G/1, for D1, and for probabilities under .05).
``VALIDATION_SEED`` in the environment draws other luck; all rows are printed at the end.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from simulator.study import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator.scenario.world import Scenario
    from tests.validation.estimates import Sure
    from tests.validation.replications import Measure, Totals

SEED = int(os.environ.get("VALIDATION_SEED", "1"))


@pytest.fixture(scope="session")
def executor() -> Iterator[Executor | None]:
    """The processes of the whole group; none where pytest-xdist has spread the tests already."""
    if os.environ.get("PYTEST_XDIST_WORKER") or cores() == 1:
        yield None
        return
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores(), mp_context=spawned) as processes:
        yield processes


@dataclass
class Row:
    """One row of the table: its figures are compared one by one, then judged together."""

    name: str
    executor: Executor | None
    record: Callable[[str, Any], None]
    outside: list[str] = field(default_factory=list)
    compared: int = 0
    seed: int = SEED
    began: float = field(default_factory=time.perf_counter)

    def totals(self, scenario: Scenario, measure: Measure, *, replications: int) -> Totals:
        """The totals of independent replications."""
        from tests.validation.replications import totals

        return totals(
            scenario, measure, replications=replications, seed=self.seed, executor=self.executor
        )

    def compare(
        self, figure: str, exact: float, sure: Sure, *, within: float | None = None
    ) -> None:
        """Note a figure; ``within`` is the widest half-width ÷ value, by the rule if left out."""
        if within is None:
            within = 0.10 if exact < 0.05 and figure.startswith("P(") else 0.03
        line = f"{exact:>13.6f} {sure.value:>13.6f} ± {sure.half_width:.6f}"
        line += f"  {sure.half_width / exact:>7.2%} of {within:.0%}"
        self.record("validation", (self.name, figure, line, time.perf_counter() - self.began))
        self.compared += 1
        if abs(sure.value - exact) > sure.half_width:
            self.outside.append(f"{figure}: exact value outside: {line}")
        if sure.half_width > within * exact:
            self.outside.append(f"{figure}: interval too wide: {line}")

    def judge(self) -> None:
        """Fail unless every figure is inside, and sharp."""
        assert self.compared, "nothing was compared"
        assert not self.outside, "\n".join([self.name, *self.outside])


@pytest.fixture
def row(
    executor: Executor | None,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, Any], None],
) -> Row:
    """The row that this test compares; it ends with ``row.judge()``."""
    return Row(request.node.name.removeprefix("test_"), executor, record_property)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print every figure that was compared."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    lines = [
        values
        for report in reports
        if report.when == "call"
        for name, values in report.user_properties
        if name == "validation"
    ]
    if not lines:
        return
    terminalreporter.section("exact, simulated ± 99.9 % half-width")
    for name, figure, line, seconds in lines:
        terminalreporter.write_line(f"{name:<44} {figure:<22} {line}  {seconds:5.1f} s")
