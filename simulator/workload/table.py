"""A workload as a table, and back (``workload.parquet``)."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulator.errors import DataError
from simulator.workload.drawn import Workload

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from simulator.scenario.world import Scenario

__all__ = ["from_table", "to_table"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_SECONDS: Final = (
    ("patience_s", "patience_us"),
    ("work_s", "work_us"),
    ("reaction_s", "reaction_us"),
    ("retry_delay_s", "retry_delay_us"),
    ("transfer_work_s", "transfer_work_us"),
    ("transfer_reaction_s", "transfer_reaction_us"),
    ("transfer_patience_s", "transfer_patience_us"),
)


def to_table(workload: Workload, scenario: Scenario) -> pa.Table:
    """The workload as ``workload.parquet`` holds it; ``from_table`` gives back the same arrays.

    A row per attempt: instants in the scenario's zone, durations in seconds, topics by id, and
    null where the Workload has -1 (a second attempt has no instant yet, endless patience no
    length)::

        replication topic_id customer_id attempt  requested_at         patience_s  work_s …
                  0        1           1       1  2026-03-23 08:00:41      75.031  310.5  …
                  0        1           1       2  null                    130.902  288.04 …
    """
    import pyarrow as pa

    ids = np.array([topic.id for topic in scenario.topics] + [-1], dtype=np.int64)
    seconds = {name: _seconds(getattr(workload, field)) for name, field in _SECONDS}
    size = workload.topic.size
    columns = {
        "replication": pa.array(np.full(size, workload.replication), pa.int32()),
        "topic_id": pa.array(ids[workload.topic], pa.int32()),
        "customer_id": pa.array(workload.customer_id),
        "attempt": pa.array(workload.attempt, pa.int32()),
        "requested_at": _instants(workload.requested_us, scenario),
        "patience_s": seconds["patience_s"],
        "work_s": seconds["work_s"],
        "reaction_s": seconds["reaction_s"],
        "silent": pa.array(workload.silent),
        "takes_form": pa.array(workload.takes_form),
        "retry_delay_s": seconds["retry_delay_s"],
        "transfer_topic_id": pa.array(
            ids[workload.transfer_topic], pa.int32(), mask=workload.transfer_topic < 0
        ),
        "transfer_work_s": seconds["transfer_work_s"],
        "transfer_reaction_s": seconds["transfer_reaction_s"],
        "transfer_patience_s": seconds["transfer_patience_s"],
        "wrap_up_q": pa.array(workload.wrap_up_q),
        "transfer_wrap_up_q": pa.array(workload.transfer_wrap_up_q),
    }
    return pa.table(columns)


def from_table(table: pa.Table, scenario: Scenario) -> list[Workload]:
    """The workloads in a table of ``to_table`` form, one per replication that has customers.

    Raises:
        DataError: a column is missing, the rows are not in order of replication, or a topic id
            is not one of the scenario's.
    """
    missing = sorted(_columns() - set(table.column_names))
    if missing:
        raise DataError(
            f"the workload table has no column {', '.join(missing)}; "
            "a workload needs all of them, as `pickup simulate` writes them"
        )
    replication = table["replication"].to_numpy()
    if (np.diff(replication) < 0).any():
        raise DataError("the workload table is not in order of replication; sort it by replication")
    _, starts, counts = np.unique(replication, return_index=True, return_counts=True)
    return [
        _workload(table.slice(int(start), int(count)), scenario)
        for start, count in zip(starts, counts, strict=True)
    ]


def _columns() -> set[str]:
    named = {"replication", "topic_id", "requested_at", "transfer_topic_id"}
    same = {"customer_id", "attempt", "silent", "takes_form", "wrap_up_q", "transfer_wrap_up_q"}
    return named | same | {name for name, _ in _SECONDS}


def _workload(table: pa.Table, scenario: Scenario) -> Workload:
    columns: dict[str, NDArray[Any]] = {
        field: _microseconds(table[name]) for name, field in _SECONDS
    }
    own = {field.name for field in fields(Workload)} & set(table.column_names)
    columns |= {name: table[name].to_numpy() for name in own - {"replication", "attempt"}}
    return Workload(
        replication=int(table["replication"][0].as_py()),
        topic=_topic_indexes(table["topic_id"], scenario),
        attempt=table["attempt"].to_numpy().astype(np.int64),
        requested_us=_offsets(table["requested_at"], scenario),
        transfer_topic=_topic_indexes(table["transfer_topic_id"], scenario),
        **columns,
    )


def _start_us(scenario: Scenario) -> int:
    return (scenario.start - _EPOCH) // _MICROSECOND


def _instants(offset_us: NDArray[np.int64], scenario: Scenario) -> pa.Array:
    import pyarrow as pa

    zone = pa.timestamp("us", scenario.timezone.key)
    return pa.array(offset_us + _start_us(scenario), mask=offset_us < 0).cast(zone)


def _offsets(instants: pa.ChunkedArray, scenario: Scenario) -> NDArray[np.int64]:
    import pyarrow as pa

    first = _start_us(scenario)
    offsets: NDArray[np.int64] = instants.cast(pa.int64()).fill_null(first - 1).to_numpy() - first
    return offsets


def _seconds(duration_us: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa

    return pa.array(duration_us / 1e6, mask=duration_us < 0)


def _microseconds(seconds: pa.ChunkedArray) -> NDArray[np.int64]:
    exact = np.rint(seconds.fill_null(0.0).to_numpy() * 1e6).astype(np.int64)
    return np.where(seconds.is_null().to_numpy(), -1, exact)


def _topic_indexes(ids: pa.ChunkedArray, scenario: Scenario) -> NDArray[np.int64]:
    known = {topic.id: index for index, topic in enumerate(scenario.topics)}
    distinct, inverse = np.unique(ids.fill_null(-1).to_numpy(), return_inverse=True)
    unknown = [int(number) for number in distinct if number not in known and number != -1]
    if unknown:
        raise DataError(
            f"topic id {unknown[0]} is not in scenario {scenario.name!r}, whose topics are "
            f"{sorted(known)}; open the workload with the scenario that it was drawn from"
        )
    indexes = np.array([known.get(int(number), -1) for number in distinct], dtype=np.int64)
    return indexes[inverse]
