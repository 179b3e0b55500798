"""Desks that run on and on: rows A3, A4, A8, A9, A13, A16, A17, A18, C1, C5, P1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simulator import theory
from simulator.scenario import loads
from tests.validation.estimates import Sure, controlled_ratio
from tests.validation.replications import HOUR, Replication, Steady, controls_of
from tests.validation.scenarios import steady_desk

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.theory import Patience, QueueFigures
    from tests.validation.conftest import Row
    from tests.validation.replications import Totals

pytestmark = pytest.mark.validation


def ratio(total: Totals, above: str, below: str) -> Sure:
    """Totals by name; several joined by + are added up."""

    def added(names: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return sum((total[name] for name in names.split(" + ")), np.zeros_like(total["clock"]))

    return controlled_ratio(added(above), added(below), controls_of(total))


def compare_queue(row: Row, exact: QueueFigures, total: Totals, figures: str) -> None:
    """The figures of a queue that the row lists, by their textbook names."""
    known = {
        "P(W>0)": (exact.p_wait, "waited", "queued"),
        "P(ab)": (exact.p_abandon, "abandoned", "queued"),
        "P(block)": (exact.p_block, "blocked", "arrivals"),
        "W all": (exact.mean_wait, "wait", "queued"),
        "W served": (exact.mean_wait_served, "served wait", "served"),
        "W abandoned": (exact.mean_wait_abandoned, "abandoned wait", "abandoned"),
        "SL of_all": (exact.of_all, "in time", "queued"),
        "SL of_served": (exact.of_served, "in time", "served"),
        "SL excl_short": (exact.excl_short_abandons, "in time", "served + abandoned late"),
        "occupancy": (exact.occupancy, "open", "on_duty"),
    }
    for figure in figures.split(", "):
        value, above, below = known[figure]
        assert value is not None
        row.compare(figure, value, ratio(total, above, below))


def test_a3_fourteen_agents(row: Row, tmp_path: Path) -> None:
    scenario = loads(
        steady_desk(per_hour=200, work="exponential: {mean: 3m}", agents=14, days=8),
        folder=tmp_path,
    )
    total = row.totals(scenario, Steady(), replications=48)
    exact = theory.mmc(arrival_rate=100 / 30, service_rate=1 / 3, agents=14, threshold=1 / 3)
    compare_queue(row, exact, total, "P(W>0), SL of_served, occupancy, W all")
    row.judge()


def test_a4_twelve_agents(row: Row, tmp_path: Path) -> None:
    scenario = loads(
        steady_desk(per_hour=252, work="exponential: {mean: 2m}", agents=12, days=5),
        folder=tmp_path,
    )
    total = row.totals(scenario, Steady(), replications=48)
    exact = theory.mmc(arrival_rate=4.2, service_rate=0.5, agents=12, threshold=1 / 3)
    compare_queue(row, exact, total, "P(W>0), W all, SL of_all")
    row.judge()


def test_a8_five_waiting_places(row: Row, tmp_path: Path) -> None:
    form = ["offline_form: {queue_length: 5, taken_by: 1}"]
    scenario = loads(
        steady_desk(per_hour=252, work="exponential: {mean: 2m}", agents=12, days=3, topic=form),
        folder=tmp_path,
    )
    total = row.totals(scenario, Steady(), replications=48)
    exact = theory.mmc_k(
        arrival_rate=4.2, service_rate=0.5, agents=12, waiting_places=5, threshold=1 / 3
    )
    compare_queue(row, exact, total, "P(block), W all, SL of_served")
    row.judge()


def test_a9_one_minute_of_patience(row: Row, tmp_path: Path) -> None:
    patience = ["patience: {exponential: {mean: 1m}}"]
    scenario = loads(
        steady_desk(
            per_hour=252, work="exponential: {mean: 2m}", agents=12, days=3, topic=patience
        ),
        folder=tmp_path,
    )
    total = row.totals(scenario, Steady(), replications=48)
    exact = theory.erlang_a(
        arrival_rate=4.2, service_rate=0.5, agents=12, patience_rate=1, threshold=1 / 3
    )
    compare_queue(row, exact, total, "P(W>0), P(ab), W all, W served, W abandoned")
    compare_queue(row, exact, total, "SL of_served, SL of_all, SL excl_short, occupancy")
    row.judge()


@pytest.mark.parametrize(
    ("work", "cv", "days"),
    [
        pytest.param("fixed: 1m", 0.0, 6, id="fixed"),
        pytest.param("erlang: {k: 4, mean: 1m}", 0.5, 6, id="erlang_4"),
        pytest.param("exponential: {mean: 1m}", 1.0, 6, id="exponential"),
        pytest.param("hyperexponential: {mean: 1m, cv: 2}", 2.0, 10, id="hyperexponential"),
        pytest.param(
            f"lognormal: {{log_mean: {math.log(60) - 0.5!r}, log_sd: 1, unit: s}}",
            math.sqrt(math.e - 1),
            10,
            id="lognormal",
        ),
    ],
)
def test_a13_one_agent(row: Row, tmp_path: Path, work: str, cv: float, days: int) -> None:
    scenario = loads(steady_desk(per_hour=48, work=work, agents=1, days=days), folder=tmp_path)
    day = 24 * HOUR
    total = row.totals(
        scenario, Steady(warm_up_us=day // 2, cool_down_us=day // 2), replications=48
    )
    exact = theory.mg1_wait(arrival_rate=0.8, mean=1, cv=cv)
    row.compare("Wq", exact, ratio(total, "wait", "queued"), within=0.10)
    row.judge()


@pytest.mark.parametrize(
    ("written", "patience"),
    [
        pytest.param("exponential: {mean: 1m}", theory.ExponentialPatience(1), id="exponential"),
        pytest.param("fixed: 1m", theory.FixedPatience(1), id="fixed"),
        pytest.param("uniform: {low: 0s, high: 2m}", theory.UniformPatience(0, 2), id="uniform"),
        pytest.param(
            f"lognormal: {{log_mean: {math.log(60) - 0.5!r}, log_sd: 1, unit: s}}",
            theory.LognormalPatience(1, log_sd=1),
            id="lognormal",
        ),
    ],
)
def test_a16_nine_agents(row: Row, tmp_path: Path, written: str, patience: Patience) -> None:
    scenario = loads(
        steady_desk(
            per_hour=252,
            work="exponential: {mean: 2m}",
            agents=9,
            days=2,
            topic=[f"patience: {{{written}}}"],
        ),
        folder=tmp_path,
    )
    total = row.totals(scenario, Steady(), replications=40)
    exact = theory.mmc_g(
        arrival_rate=4.2, service_rate=0.5, agents=9, patience=patience, threshold=1 / 3
    )
    compare_queue(row, exact, total, "P(W>0), P(ab), SL of_all")
    row.judge()


class Retrying(Steady):
    """The same totals, and what became of the customers whose first attempt was inside."""

    __slots__ = ()

    def __call__(self, replication: Replication) -> Totals:
        """A customer is lost who gave up an attempt and is not willing to make another."""
        ends = replication.scenario.horizon_us - self.cool_down_us
        chat, table = replication.chats, replication.sessions
        first = (table["attempt"] == 1).to_numpy()
        begins = (chat.requested_us >= self.warm_up_us) & (chat.requested_us < ends)
        counted = set(table["customer_id"][first & begins])
        last = table.drop_duplicates("customer_id", keep="last")
        lost = last[(last["outcome"] == "abandoned") & last["customer_id"].isin(counted)]
        return {
            **super().__call__(replication),
            "customers": np.array([float(len(counted))]),
            "lost": np.array([float(len(lost))]),
        }


def test_a17_half_of_the_lost_come_back(row: Row, tmp_path: Path) -> None:
    impatient = [
        "patience: {exponential: {mean: 1m}}",
        "retry: {probability: 0.5, delay: {exponential: {mean: 5m}}}",
    ]
    scenario = loads(
        steady_desk(
            per_hour=252, work="exponential: {mean: 2m}", agents=9, days=3, topic=impatient
        ),
        folder=tmp_path,
    )
    total = row.totals(scenario, Retrying(), replications=48)
    exact = theory.retrying_desk(
        arrival_rate=4.2,
        service_rate=0.5,
        agents=9,
        patience_rate=1,
        probability=0.5,
        delay_rate=0.2,
    )
    row.compare("attempts/min", exact.attempt_rate, ratio(total, "arrivals", "clock"))
    row.compare("P(ab)", exact.p_abandon, ratio(total, "abandoned", "queued"))
    row.compare("finally lost", exact.finally_lost, ratio(total, "lost", "customers"))
    row.judge()


def test_a18_an_agent_who_reacts(row: Row, tmp_path: Path) -> None:
    scenario = loads(
        steady_desk(
            per_hour=6,
            work="exponential: {mean: 6m}",
            agents=1,
            days=60,
            topic=["reaction: {exponential: {mean: 30s}}"],
        ),
        folder=tmp_path,
    )
    day = 24 * HOUR
    total = row.totals(scenario, Steady(warm_up_us=day, cool_down_us=day), replications=48)
    exact = theory.reacting_agent(
        arrival_rate=0.1, mean_reaction=0.5, cv_reaction=1, mean_handle=6, cv_handle=1
    )
    row.compare(
        "until reaction",
        exact.mean_wait_for_reaction,
        ratio(total, "wait for reaction", "queued"),
        within=0.10,
    )
    row.compare("wait", exact.mean_wait, ratio(total, "wait", "queued"), within=0.10)
    row.compare("slots held", exact.slots, ratio(total, "held", "slots"))
    row.compare("busy", exact.busy, ratio(total, "open", "on_duty"))
    row.judge()


@pytest.mark.parametrize(
    ("output", "per_minute"),
    [
        pytest.param("1, 1.7, 2.2", 1.5, id="c1"),
        pytest.param("1, 1.7, 2.2, 2.1", 1.8, id="c5"),
    ],
)
def test_chat_five_agents(row: Row, tmp_path: Path, output: str, per_minute: float) -> None:
    scenario = loads(
        steady_desk(
            per_hour=60 * per_minute,
            work="exponential: {mean: 6m}",
            agents=5,
            days=5,
            topic=["patience: {exponential: {mean: 4m}}"],
            output=output,
        ),
        folder=tmp_path,
    )
    rates = [float(rate) / 6 for rate in output.split(",")]
    exact = theory.chat_desk(
        arrival_rate=per_minute, output=rates, agents=5, patience=theory.ExponentialPatience(4)
    )
    total = row.totals(scenario, Steady(stretch=exact.mean_handle / 6), replications=48)
    compare_queue(row, exact.waiting, total, "P(W>0), P(ab), W all")
    total["busy"] = total["on_duty"] - total["open_0"]
    row.compare("chat length", exact.mean_handle, ratio(total, "handle", "served"))
    row.compare("agents busy", exact.busy, ratio(total, "busy", "on_duty"))
    row.compare("mean k when busy", exact.concurrency, ratio(total, "open", "busy"))
    row.compare("occupancy, work", exact.waiting.occupancy, ratio(total, "work", "work_capacity"))
    row.judge()


def test_p1_customers_leave_before_and_during_the_reaction(row: Row, tmp_path: Path) -> None:
    scenario = loads(
        steady_desk(
            per_hour=24,
            work="exponential: {mean: 6m}",
            agents=3,
            days=14,
            topic=[
                "patience: {exponential: {mean: 4m}}",
                "reaction: {exponential: {mean: 30s}}",
            ],
        ),
        folder=tmp_path,
    )
    total = row.totals(scenario, Steady(), replications=40)
    exact = theory.pickup_desk(
        arrival_rate=0.4, service_rate=1 / 6, agents=3, reaction_rate=2, patience_rate=0.25
    )
    row.compare("P(must queue)", exact.p_wait, ratio(total, "waited", "queued"))
    row.compare("P(ab)", exact.p_abandon, ratio(total, "abandoned", "queued"))
    row.compare(
        "P(ab in queue)", exact.p_abandon_in_queue, ratio(total, "abandoned unanswered", "queued")
    )
    row.compare("E[queue]", exact.queue_length, ratio(total, "wait for reaction", "clock"))
    row.compare("E[offered]", exact.reacting, ratio(total, "reacting", "clock"))
    row.compare("E[in service]", exact.in_service, ratio(total, "open", "clock"))
    row.judge()
