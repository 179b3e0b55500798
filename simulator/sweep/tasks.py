"""What one process does at a time: a replication of a few cases that the same customers meet."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from simulator.engines import EngineName
    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.sweep.rounds import Round
    from simulator.sweep.study_file import Study
    from simulator.workload import Workload

__all__ = ["KEPT_TABLES", "Done", "Kept", "Task", "Way", "simulated", "tasks"]

MOST: Final = 2_000_000
"""Chats to simulate, or figures to give back, in one task of several cases."""
MOST_KEPT: Final = 200_000
"""The same where sessions are kept."""
MOST_CASES: Final = 16

KEPT_TABLES: Final = ("workload", "sessions", "agents")
"""The tables of a replication whose sessions are kept."""


@dataclass(frozen=True, slots=True)
class Way:
    """How all tasks of a study are done."""

    seed: int
    engine: EngineName
    chats: float
    """To be expected of one process: what an engine is chosen by."""
    intervals: bool
    timezone: str
    """Of the instants in all tables."""


@dataclass(frozen=True, slots=True)
class Task:
    """One replication of cases with equal customers, which are drawn once."""

    replication: int
    cases: tuple[int, ...]
    """Indexes into the study's cases."""
    scenarios: tuple[Scenario, ...]
    way: Way
    keep_sessions: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The tables of a case's replication, each as an Arrow stream."""

    case: int
    tables: dict[str, bytes]
    """By the names of ``KEPT_TABLES``."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a task gives back."""

    replication: int
    cases: tuple[int, ...]
    totals: bytes
    """An Arrow stream with a batch per case."""
    engines: frozenset[str]
    """Those that ran."""
    kept: tuple[Kept, ...]


def tasks(study: Study, asked: Round, way: Way) -> Iterator[Task]:
    """The tasks of a round, in order: those of a replication before those of the next.

    The order and the size of tasks depend on the study alone, and not on who does them.
    """
    alike = _alike([study.cases[case].scenario for case in asked.cases])
    groups = [[asked.cases[place] for place in group] for group in alike]
    sizes = {case: _size(study.cases[case].scenario, study) for case in asked.cases}
    for number in asked.replications:
        keep = study.sessions is None or number in study.sessions
        for group in groups:
            for block in _blocks(group, [sizes[c] for c in group], MOST_KEPT if keep else MOST):
                scenarios = tuple(study.cases[case].scenario for case in block)
                yield Task(number, tuple(block), scenarios, way, keep)


def simulated(task: Task) -> Done:
    """Draw once, then simulate and add up each case."""
    from simulator import workload

    drawn = workload.sample(task.scenarios[0], task.way.seed, task.replication)
    found = [
        _of_case(task, case, scenario, drawn)
        for case, scenario in zip(task.cases, task.scenarios, strict=True)
    ]
    return Done(
        replication=task.replication,
        cases=task.cases,
        totals=_stream([totals for totals, _, _ in found]),
        engines=frozenset(engine for _, engine, _ in found),
        kept=tuple(kept for _, _, kept in found if kept is not None),
    )


def _of_case(
    task: Task, case: int, scenario: Scenario, drawn: Workload
) -> tuple[pa.Table, str, Kept | None]:
    """Totals, the engine that ran, and the tables if they are kept; no session is left behind."""
    from simulator import engines, workload

    way = task.way
    run = engines.engine(engines.chosen(way.engine, way.chats))
    outcomes = run(scenario, drawn, workload.on_duty(scenario, way.seed, task.replication))
    tables = _tables(task, scenario, drawn, outcomes) if task.keep_sessions else None
    return (
        _totals(task, scenario, drawn, outcomes),
        outcomes.engine,
        None if tables is None else Kept(case, tables),
    )


def _totals(task: Task, scenario: Scenario, drawn: Workload, outcomes: Outcomes) -> pa.Table:
    """The replication's totals as a table, with its number, in the time zone of the study."""
    import pyarrow as pa

    from simulator.sweep.totals import schema, to_table, totals

    columns = totals(scenario, drawn, outcomes, intervals=task.way.intervals)
    table = to_table(scenario, columns).cast(schema(task.way.timezone))
    number = pa.array([task.replication], pa.int32()).take(pa.array([0] * table.num_rows))
    return table.add_column(0, pa.field("replication", pa.int32(), nullable=False), number)


def _tables(
    task: Task, scenario: Scenario, drawn: Workload, outcomes: Outcomes
) -> dict[str, bytes]:
    from simulator import sessions, workload

    made = (
        workload.to_table(drawn, scenario),
        sessions.session_table(scenario, drawn, outcomes),
        sessions.agent_table(scenario, outcomes, task.replication),
    )
    return {name: _stream([table]) for name, table in zip(KEPT_TABLES, made, strict=True)}


def _stream(tables: Sequence[pa.Table]) -> bytes:
    """Tables of one schema as an Arrow stream, each as one batch."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    packed = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, tables[0].schema, options=packed) as stream:
        for table in tables:
            stream.write_batch(_one_batch(table))
    return bytes(sink.getvalue())


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    import pyarrow as pa

    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


def _alike(scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Places of scenarios with equal customers, together; in order of the first of each."""
    groups: dict[str, list[int]] = {}
    for place, scenario in enumerate(scenarios):
        groups.setdefault(_customers(scenario), []).append(place)
    return list(groups.values())


def _customers(scenario: Scenario) -> str:
    """A hash of all that ``workload.sample`` reads; names, hours and agents are not."""
    topics = [
        (
            *(topic.id, topic.arrivals, topic.work, topic.patience, topic.reaction),
            *(topic.silent_share, topic.offline_form and topic.offline_form.taken_by),
            *(topic.retry, topic.transfer),
        )
        for topic in scenario.topics
    ]
    told: Any = (len(scenario.dates), scenario.shared_day_factor_shape, topics)
    return hashlib.sha256(pickle.dumps(told, protocol=5)).hexdigest()


def _size(scenario: Scenario, study: Study) -> float:
    """Of one case in a task: its chats, or the figures that it gives back."""
    from simulator.sweep.totals import COUNTS, ORDER_FIGURES, SUMS
    from simulator.workload import expected_chats

    rows = 1 + len(scenario.topics)
    if study.intervals:
        rows *= 1 + len(scenario.dates) * (86_400_000_000 // scenario.interval_us)
    return max(expected_chats(scenario), float(rows * len((*COUNTS, *SUMS, *ORDER_FIGURES))))


def _blocks(cases: Sequence[int], sizes: Sequence[float], most: float) -> Iterator[list[int]]:
    """The cases in runs of at most ``MOST_CASES`` that are not too large together."""
    block: list[int] = []
    weight = 0.0
    for case, size in zip(cases, sizes, strict=True):
        if block and (weight + size > most or len(block) == MOST_CASES):
            yield block
            block, weight = [], 0.0
        block.append(case)
        weight += size
    yield block
