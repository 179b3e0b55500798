"""How fast the draws and the tables are beside their limits and the usual ways, in one run.

    python benchmarks/tables.py [--chats 200000] [--rounds 7] [--json FILE]

What counts is the ratio within a round, both having met the same neighbours on the machine: the
median over the rounds. Rows are per CPU-second.

- Sampling K1 (see `desks`) and the shipped chat desk with everything on, its forecast scaled up;
  beside NumPy's generators alone, making the same draws and nothing of them: the limit of any
  sampling that keeps every draw as it is.
- The session table of both, and the agents' table of K3; beside a dataclass per session turned
  into a pandas frame, on a twentieth of the rows.
- Parquet as a run folder has it; beside pyarrow writing the same table by its own defaults, with
  zstd, and neither packed nor compressed.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import desks
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from simulator import scenario, sessions, workload
from simulator.distributions import Lognormal, Weibull
from simulator.engines import simpy_engine
from simulator.scenario.world import Arrivals, Scenario
from simulator.sessions.folder import parquet_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from simulator.outcomes import Outcomes
    from simulator.workload import Workload

    Contest = dict[str, tuple[Callable[[], object], int]]
    """Ours first: what is called, and how many rows it makes."""

CHAT_DESK = Path(__file__).parents[1] / "data" / "scenarios" / "chat_desk.yaml"
HOUR_S = 3600


def k1(chats: int) -> Scenario:
    """K1 as a scenario: its rate between the hours as straight lines."""
    rate, output = desks.K1
    hours = int(chats / rate) // HOUR_S + 1
    at = np.arange(hours + 1) * HOUR_S
    knots = rate * (1 + 0.4 * np.sin(2 * np.pi * at / desks.DAY_S))
    edges = at * desks.SECOND
    arrivals = Arrivals(
        starts_us=edges[:-1],
        ends_us=edges[1:],
        expected=(knots[1:] + knots[:-1]) / 2 * HOUR_S,
        slope=np.diff(knots) / HOUR_S / desks.SECOND**2,
        day=at[:-1] // desks.DAY_S,
    )
    blank, _, _ = desks.desk(desks.draws(rate, 1), output)
    topic = replace(
        blank.topics[0],
        arrivals=arrivals,
        work=Lognormal.by_mean(600.0, 1.0),
        patience=Weibull(900.0, 1.5),
    )
    dates = blank.dates[:1] * (hours // 24 + 1)
    return replace(blank, topics=(topic,), dates=dates, horizon_us=int(edges[-1]))


def chat_desk(chats: int) -> Scenario:
    """The shipped desk's world with so many customers expected in its week."""
    desk = scenario.load(CHAT_DESK)
    expected = sum(float(topic.arrivals.expected.sum()) for topic in desk.topics)
    return replace(desk, topics=tuple(scaled(topic, chats / expected) for topic in desk.topics))


def scaled(topic: Any, factor: float) -> Any:
    arrivals = topic.arrivals
    more = replace(arrivals, expected=arrivals.expected * factor, slope=arrivals.slope * factor)
    return replace(topic, arrivals=more)


def bare_draws(world: Scenario, drawn: Workload) -> Callable[[], object]:
    """The same draws from NumPy's generators, thrown away."""
    rng = np.random.Generator(np.random.PCG64(1))

    def chat(topic: Any, size: int) -> None:
        for distribution in (topic.work, topic.patience, topic.reaction):
            if distribution is not None:
                distribution.sample(rng, size)

    sizes = np.bincount(drawn.topic, minlength=len(world.topics)).tolist()
    firsts = np.bincount(drawn.topic[drawn.attempt == 1], minlength=len(sizes)).tolist()

    def draw() -> None:
        for topic, size, first in zip(world.topics, sizes, firsts, strict=True):
            chat(topic, size)
            # When they come; how often; silence, form, transfer and two wrap-ups.
            uniform = [first, first * (topic.retry is not None), size * (topic.silent_share > 0)]
            uniform += [size * (topic.offline_form is not None), size * bool(topic.transfer)]
            for number in (*uniform, size, size):
                rng.random(number)
            if topic.retry is not None:
                topic.retry.delay.sample(rng, size - first)
            for target, _ in topic.transfer:
                chat(world.topics[target], size)

    return draw


@dataclass(frozen=True)
class Run:
    """A simulated desk."""

    world: Scenario
    drawn: Workload
    outcomes: Outcomes

    def table(self) -> pa.Table:
        return sessions.session_table(self.world, self.drawn, self.outcomes)

    def agents(self) -> pa.Table:
        return sessions.agent_table(self.world, self.outcomes, 1)


def simulated_k3(chats: int) -> Run:
    world, drawn, duty = desks.desk(desks.draws(desks.K3[0], chats), desks.K3[1])
    return Run(world, drawn, simpy_engine.run(world, drawn, duty))


def chat_desk_weeks(chats: int) -> Run:
    """Weeks of the shipped desk, the sessions of one after those of the other, as if of one run."""
    world = scenario.load(CHAT_DESK)
    drawn: list[Workload] = []
    weeks: list[Outcomes] = []
    first_row = 0
    while sum(len(week.row) for week in weeks) < chats:
        number = len(weeks) + 1
        customers = workload.sample(world, 1, number)
        week = simpy_engine.run(world, customers, workload.on_duty(world, 1, number))
        weeks.append(replace(week, row=week.row + first_row))
        drawn.append(replace(customers, replication=1))
        first_row += customers.topic.size
    return Run(world, in_a_row(drawn), in_a_row(weeks))


def in_a_row(parts: list[Any]) -> Any:
    """One value of these, each array the parts' one after another."""
    arrays = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(parts[0])
        if isinstance(getattr(parts[0], field.name), np.ndarray)
    }
    return replace(parts[0], **arrays)


@dataclass
class Session:
    """What somebody would write down of each chat: a third of the columns."""

    chat_session_id: int
    customer_id: int
    topic: str
    requested_at: pd.Timestamp
    picked_up_at: pd.Timestamp | None
    ended_at: pd.Timestamp | None
    wait_s: float | None
    agent: str | None
    outcome: int


def row_by_row(run: Run, rows: int) -> pd.DataFrame:
    """A dataclass per session, and a frame of them."""
    start, agents = pd.Timestamp(run.world.start), run.world.agents
    lists = [
        getattr(run.outcomes, name)[:rows].tolist()
        for name in ("row", "requested_us", "picked_up_us", "ended_us", "agent", "outcome")
    ]

    def instant(us: int) -> pd.Timestamp | None:
        return start + pd.Timedelta(us, "us") if us >= 0 else None

    return pd.DataFrame(
        [
            Session(
                number,
                int(run.drawn.customer_id[row]),
                run.world.topics[run.drawn.topic[row]].name,
                start + pd.Timedelta(requested, "us"),
                instant(picked_up),
                instant(ended),
                (picked_up - requested) / 1e6 if picked_up >= 0 else None,
                agents[agent].name if agent >= 0 else None,
                outcome,
            )
            for number, (row, requested, picked_up, ended, agent, outcome) in enumerate(
                zip(*lists, strict=True), start=1
            )
        ]
    )


def as_in_a_run(table: pa.Table, path: Path) -> None:
    with parquet_writer(path, table.schema) as writer:
        writer.write_table(table, row_group_size=table.num_rows)


def plain(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="none", use_dictionary=False, write_statistics=False)


def contests(chats: int, folder: Path) -> dict[str, Contest]:
    """By what is made, ours and the others."""
    found: dict[str, Contest] = {}
    for name, world in (("sampling K1", k1(chats)), ("sampling chat_desk", chat_desk(chats))):
        drawn = workload.sample(world, 1, 1)
        found[name] = {
            "ours": (lambda world=world: workload.sample(world, 1, 1), drawn.topic.size),
            "bare generators": (bare_draws(world, drawn), drawn.topic.size),
        }
    k3, desk, few = simulated_k3(chats // 2), chat_desk_weeks(chats // 2), chats // 40
    for name, run in (("session table K3", k3), ("session table chat_desk", desk)):
        found[name] = {
            "ours": (run.table, len(run.outcomes.row)),
            "a dataclass per row": (lambda run=run: row_by_row(run, few), few),
        }
    found["agents' table K3, per chat"] = {"ours": (k3.agents, len(k3.outcomes.row))}
    table, rows = desk.table(), len(desk.outcomes.row)
    found["Parquet of chat_desk"] = {
        "ours": (lambda: as_in_a_run(table, folder / "ours"), rows),
        "pyarrow's defaults": (lambda: pq.write_table(table, folder / "defaults"), rows),
        "pyarrow, as it is in memory": (lambda: plain(table, folder / "plain"), rows),
        "pyarrow, zstd": (lambda: pq.write_table(table, folder / "z", compression="zstd"), rows),
    }
    return found


def rate(work: Callable[[], object], rows: int) -> float:
    """Rows per CPU-second of one call, the collector having been run before."""
    gc.collect()
    start = time.process_time()
    work()
    return rows / (time.process_time() - start)


def measured(contest: Contest, rounds: int) -> dict[str, dict[str, float]]:
    rates: dict[str, list[float]] = {name: [] for name in contest}
    for number in range(rounds + 1):
        for name, (work, rows) in contest.items():
            seen = rate(work, rows)
            if number:  # the first round warms up
                rates[name].append(seen)
    return {
        name: {
            "rows_per_cpu_second": statistics.median(each),
            "ours_is_times": statistics.median(
                ours / other for ours, other in zip(rates["ours"], each, strict=True)
            ),
        }
        for name, each in rates.items()
    }


def main() -> None:
    """Run, print and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chats", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    results = {}
    with TemporaryDirectory() as folder:
        for what, contest in contests(options.chats, Path(folder)).items():
            results[what] = measured(contest, options.rounds)
            for name, seen in results[what].items():
                beside = "" if name == "ours" else f"; ours is {seen['ours_is_times']:.2f} times"
                print(
                    f"{what}: {name} {seen['rows_per_cpu_second']:,.0f} rows per CPU-second{beside}"
                )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
