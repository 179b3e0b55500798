"""What one replication adds up to: a few hundred numbers instead of a row per session.

A study of any size keeps these and forgets the sessions. The definitions are those of
``metrics.summary``; here they are computed from the engine's arrays at once, without tables.

=====================  ============================================================================
level                  a row for
=====================  ============================================================================
``replication``        the whole replication
``topic``              each topic
``interval``           each interval of the clock
``topic_interval``     each topic and interval
=====================  ============================================================================

Sums add up: over intervals, over topics (agents' time excepted, which counts for each topic that
the agent may answer), over replications. Quantiles and maxima do not, and stand only in the rows of
``replication`` and ``topic``.

Of a steady study the warm-up is left out. Where ``mser5`` is to find it, every replication deletes
its own beginning, as in White (1997): the replications of a sweep are never all at hand, whereas a
run's summary finds one cut for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulator.desk.codes import OUTCOMES
from simulator.sweep.agent_totals import TIMES, agent_sums
from simulator.sweep.chat_totals import QUEUED, ChatSums, left_queue_us, waits_us
from simulator.sweep.clock import Clock

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Workload

__all__ = ["COUNTS", "LEVELS", "ORDER_FIGURES", "SUMS", "schema", "to_table", "totals"]

LEVELS: Final = ("replication", "topic", "interval", "topic_interval")
"""The kinds of rows, in the order in which they stand."""

COUNTS: Final = {
    "requested": "sessions asked for, retries included",
    "queued": "through with the queue: served, abandoned, silent, form_in_queue or closed",
    **{name: f"outcome {name}" for name in OUTCOMES},
    "served_within": "served after a wait of at most the threshold",
    "abandoned_within": "abandoned after a wait of at most the threshold",
    "waited_at_arrival": "queued, and no reaction began at the instant of arrival",
    "handled": "picked up and ended",
    "placed": "got a place in the queue, and not cut short by the horizon",
    "queue_pos_sum": "sum of the places in the queue of the placed",
}
"""The whole numbers, by column, with their meaning."""

SUMS: Final = {
    "wait_sum_s": "waits of the queued",
    "served_wait_sum_s": "waits of the served",
    "handle_sum_s": "pickup to end, less the wait of a transfer, of the handled",
    "queue_time_s": "session-seconds pending, by the clock",
    "elapsed_s": "how long the clock ran in this row",
    "duty_s": "agents' time on duty, by the clock",
    "present_s": "agents' time on duty and finishing chats after it",
    "busy_s": "agents' time with at least one chat open",
    "open_chat_s": "agents' time weighted with the number of chats open",
    "slots_held_s": "slot-seconds held: reacting, open or in wrap-up",
    "slots_offered_s": "slot-seconds offered: cap x present_s",
    "work_s": "work done, in seconds at solo speed: the integral of r(k)",
    "work_offered_s": "work that r(cap) would have done over present_s",
}
"""The sums in seconds, by column, with their meaning."""

ORDER_FIGURES: Final = {
    "wait_p50_s": "median wait of the queued",
    "wait_p90_s": "nine of ten who queued waited no longer",
    "wait_p99_s": "99 of a hundred who queued waited no longer",
    "wait_max_s": "longest wait of the queued",
    "queue_pos_p90": "nine of ten who got a place got none further back",
}
"""What does not add up, by column, with its meaning."""


def totals(
    scenario: Scenario, workload: Workload, outcomes: Outcomes, *, intervals: bool
) -> dict[str, NDArray[Any]]:
    """One replication's totals as columns of equal length, a row per cell.

    ``level`` holds indexes into ``LEVELS``, ``topic`` into the scenario's topics (-1 for all of
    them), ``start_us`` microseconds since the scenario's start (-1 for the whole time); then
    ``COUNTS`` as int64, ``SUMS`` and ``ORDER_FIGURES`` as float64, the last NaN where there are
    none. Rows stand in the order of ``LEVELS``, topic and start, and are all there, whether
    anything happened in the cell or not.

    Args:
        scenario: whose topics, threshold, intervals and warm-up count.
        workload: what was drawn.
        outcomes: what an engine made of it.
        intervals: the levels by interval too.

    Raises:
        UsageError: the warm-up leaves no whole interval.
    """
    edges = _edges_us(scenario)
    kept = edges[edges >= _warm_up_us(scenario, workload, outcomes, edges)]
    if len(kept) < 2:
        from simulator.metrics.timeline import timeline

        timeline(scenario, from_us=int(edges[-1]))  # tells what is wrong
    clock = Clock(kept if intervals else kept[[0, -1]])
    chats = ChatSums(scenario, workload, outcomes, clock)
    of_topics = chats.sums()
    names = (*of_topics, *TIMES, "elapsed_s")
    cells = np.empty((len(names), len(scenario.topics) + 1, len(clock)))
    cells[: len(of_topics), 1:] = np.stack(list(of_topics.values()))
    cells[: len(of_topics), 0] = cells[: len(of_topics), 1:].sum(axis=1)
    cells[len(of_topics) : -1] = agent_sums(scenario, outcomes, clock)
    cells[-1] = clock.lengths_us / 1e6
    rows = cells.sum(axis=2)
    if intervals:
        rows = np.concatenate([rows, cells.reshape(len(names), -1)], axis=1)
    columns = dict(zip(names, rows, strict=True))
    whole = np.full(rows.shape[1] - cells.shape[1], np.nan)
    return (
        _labels(len(scenario.topics), kept[:-1] if intervals else kept[:0])
        | {name: columns[name].astype(np.int64) for name in COUNTS}
        | {name: columns[name] for name in SUMS}
        | {name: np.append(values, whole) for name, values in chats.order_figures().items()}
    )


def _edges_us(scenario: Scenario) -> NDArray[np.int64]:
    from simulator.sessions.intervals import interval_edges_us

    return interval_edges_us(scenario)


def _warm_up_us(
    scenario: Scenario, workload: Workload, outcomes: Outcomes, edges: NDArray[np.int64]
) -> int:
    """The end of the deleted beginning, rounded up to an edge; 0 for a terminating study."""
    wanted = scenario.warm_up_us
    if scenario.study == "terminating" or wanted is None:
        return 0
    if wanted == "mser5":
        from simulator.metrics.warm_up import mser5

        rows = np.flatnonzero(QUEUED[outcomes.outcome])
        every = slice(None)
        left = left_queue_us(outcomes, every)
        deleted = mser5(waits_us(workload, outcomes, every, left)[rows] / 1e6)
        wanted = int(outcomes.requested_us[rows[deleted - 1]]) + 1 if deleted else 0
    return int(edges[edges >= min(wanted, int(edges[-1]))][0])


def _labels(topics: int, starts_us: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """``level``, ``topic`` and ``start_us`` of all rows; no starts, no levels by interval."""
    sizes = np.array([1, topics, len(starts_us), topics * len(starts_us)])
    every = np.arange(topics)
    whole = np.full(1 + topics, -1)
    return {
        "level": np.repeat(np.arange(len(LEVELS)), sizes).astype(np.int8),
        "topic": np.concatenate(
            [[-1], every, np.full(len(starts_us), -1), np.repeat(every, len(starts_us))]
        ).astype(np.int32),
        "start_us": np.concatenate([whole, np.tile(starts_us, topics + 1)]).astype(np.int64),
    }


def schema(timezone: str) -> pa.Schema:
    """The columns of a table of totals, with instants in the IANA zone ``timezone``.

    Each field carries its meaning as ``metadata["doc"]``.
    """
    import pyarrow as pa

    seconds = pa.float64()
    return pa.schema(
        [
            _field("level", pa.dictionary(pa.int8(), pa.string()), f"one of {', '.join(LEVELS)}"),
            _field("topic?", pa.string(), "the topic's name; null for all topics"),
            _field("start?", pa.timestamp("us", tz=timezone), "of the interval; null for all"),
            *(_field(name, pa.int64(), words) for name, words in COUNTS.items()),
            *(_field(name, seconds, words) for name, words in SUMS.items()),
            *(_field(f"{name}?", seconds, words) for name, words in ORDER_FIGURES.items()),
        ]
    )


def _field(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    """A field that may be null where its name ends in ``?``."""
    import pyarrow as pa

    return pa.field(name.rstrip("?"), kind, nullable=name.endswith("?"), metadata={"doc": meaning})


def to_table(scenario: Scenario, columns: dict[str, NDArray[Any]]) -> pa.Table:
    """What ``totals`` gives, as an Arrow table of ``schema`` in the scenario's time zone."""
    import pyarrow as pa

    from simulator.sessions.intervals import epoch_us

    wanted = schema(scenario.timezone.key)
    names = pa.array([topic.name for topic in scenario.topics], pa.string())
    topic, start = columns["topic"], columns["start_us"]
    arrays = {
        "level": pa.DictionaryArray.from_arrays(columns["level"], pa.array(LEVELS)),
        "topic": names.take(pa.array(topic, mask=topic < 0)),
        "start": pa.array(start + epoch_us(scenario.start), mask=start < 0).cast(
            wanted.field("start").type
        ),
        **{name: pa.array(columns[name]) for name in (*COUNTS, *SUMS)},
        **{name: pa.array(x, mask=np.isnan(x)) for name in ORDER_FIGURES for x in [columns[name]]},
    }
    return pa.Table.from_arrays([arrays[name] for name in wanted.names], schema=wanted)
