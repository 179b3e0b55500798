"""From an engine's outcomes to the session table, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from simulator.desk import codes
from simulator.sessions.columns import sessions_schema
from simulator.sessions.intervals import epoch_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Workload

__all__ = ["named", "session_table"]

STATUSES: Final = (
    "Finished",
    "ClosedFromQueue",
    "OfflineForm",
    "RequestPosted",
    "Closed",
    "InQueue",
    "CustomerLast",
)
"""The ChatSessionStatus names that a simulated session can have."""

_STATUS_OF_OUTCOME: Final = {
    codes.UNFINISHED: "InQueue",
    codes.SERVED: "Finished",
    codes.ABANDONED: "ClosedFromQueue",
    codes.SILENT: "Finished",
    codes.FORM_CLOSED: "OfflineForm",
    codes.FORM_AT_ARRIVAL: "RequestPosted",
    codes.FORM_IN_QUEUE: "RequestPosted",
    codes.CLOSED: "Closed",
}

_NEVER: Final = np.iinfo(np.int64).max


def session_table(scenario: Scenario, workload: Workload, outcomes: Outcomes) -> pa.Table:
    """One replication's sessions, a row each in order of ``chat_session_id``.

    The columns are those of :func:`simulator.sessions.sessions_schema`. Readings of our own: an
    unfinished chat waits until its pickup, if it had one; a chat that was picked up and is not
    ended, or waits for its second agent, is ``CustomerLast`` ("waiting for agent"); the alert
    level goes by the first time in the queue, which for a silent customer lasts until the pickup.
    """
    count = len(outcomes.row)
    topic = workload.topic[outcomes.row]
    topics, agents = scenario.topics, scenario.agents
    topic_ids = _ids(topics)
    agent_ids = _ids(agents)
    agent_names = [agent.name for agent in agents]
    transferred = outcomes.transferred_us >= 0
    to_topic = np.where(transferred, workload.transfer_topic[outcomes.row], -1)
    schema = sessions_schema(scenario.timezone.key)
    instants = _Instants(epoch_us(scenario.start), schema.field("requested_at").type)
    columns = {
        "replication": _plain(np.full(count, workload.replication), np.int32),
        "chat_session_id": _plain(np.arange(1, count + 1), np.int64),
        "customer_id": _plain(workload.customer_id[outcomes.row], np.int64),
        "attempt": _plain(workload.attempt[outcomes.row], np.int32),
        "topic_id": _plain(topic_ids[topic], np.int32),
        "topic": named(topic, [topic.name for topic in topics]),
        "requested_at": instants.column(outcomes.requested_us),
        "reaction_began_at": instants.column(outcomes.reaction_began_us),
        "picked_up_at": instants.column(outcomes.picked_up_us),
        "ended_at": instants.column(outcomes.ended_us),
        "wrapped_up_at": instants.column(outcomes.wrapped_up_us),
        "wait_s": _seconds(_wait_us(workload, outcomes)),
        "handle_s": _seconds(_handle_us(outcomes)),
        "initial_queue_pos": _known(outcomes.initial_queue_pos, above=0),
        "rank": _known(outcomes.rank, above=0),
        "agent_id": _looked_up(outcomes.agent, agent_ids),
        "agent": named(outcomes.agent, agent_names),
        "status": _status(outcomes),
        "outcome": named(outcomes.outcome, codes.OUTCOMES),
        "transferred_to": named(outcomes.transfer_agent, agent_names),
        "transfer_wait_s": _seconds(_transfer_wait_us(outcomes)),
        "transfer_topic_id": _looked_up(to_topic, topic_ids),
        "transferred_at": instants.column(outcomes.transferred_us),
        "transfer_picked_up_at": instants.column(outcomes.transfer_picked_up_us),
        "transfer_agent_id": _looked_up(outcomes.transfer_agent, agent_ids),
        "transfer_rank": _known(outcomes.transfer_rank, above=0),
        "alert_level": _alert_level(scenario, topic, outcomes),
        "transfer_offered_agent_id": _looked_up(outcomes.transfer_offered_to, agent_ids),
    }
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def _wait_us(workload: Workload, outcomes: Outcomes) -> NDArray[np.int64]:
    """The wait as its definition has it; -1 for a chat still waiting at the horizon."""
    left = _left_queue_us(outcomes)
    wait = np.where(left >= 0, left - outcomes.requested_us, -1)
    wait = np.where(_at_the_door(outcomes), 0, wait)
    silent = outcomes.outcome == codes.SILENT
    return np.where(silent, workload.patience_us[outcomes.row], wait)


def _left_queue_us(outcomes: Outcomes) -> NDArray[np.int64]:
    """When the session left the queue, by pickup or otherwise; -1 if it has not."""
    return np.where(outcomes.picked_up_us >= 0, outcomes.picked_up_us, outcomes.ended_us)


def _at_the_door(outcomes: Outcomes) -> NDArray[np.bool_]:
    """Whether the chat was given the form at its arrival and never stood in the queue."""
    return np.isin(outcomes.outcome, (codes.FORM_CLOSED, codes.FORM_AT_ARRIVAL))


def _handle_us(outcomes: Outcomes) -> NDArray[np.int64]:
    """Pickup to end, less the second wait of a transferred chat; -1 where not both happened."""
    handled = (outcomes.picked_up_us >= 0) & (outcomes.ended_us >= 0)
    second_wait = np.maximum(_transfer_wait_us(outcomes), 0)
    return np.where(handled, outcomes.ended_us - outcomes.picked_up_us - second_wait, -1)


def _transfer_wait_us(outcomes: Outcomes) -> NDArray[np.int64]:
    """Transfer to second pickup, or to leaving; -1 without either."""
    again = outcomes.transfer_picked_up_us
    left = np.where(again >= 0, again, outcomes.ended_us)
    known = (outcomes.transferred_us >= 0) & (left >= 0)
    return np.where(known, left - outcomes.transferred_us, -1)


def _status(outcomes: Outcomes) -> pa.Array:
    code_of_outcome = np.array(
        [STATUSES.index(_STATUS_OF_OUTCOME[code]) for code in range(len(codes.OUTCOMES))]
    )
    status = code_of_outcome[outcomes.outcome]
    active = (outcomes.outcome == codes.UNFINISHED) & (outcomes.picked_up_us >= 0)
    return named(np.where(active, STATUSES.index("CustomerLast"), status), STATUSES)


def _alert_level(scenario: Scenario, topic: NDArray[np.int64], outcomes: Outcomes) -> pa.Array:
    """0, 1 or 2. The limits are exclusive: who leaves at the instant of a warning does so first."""
    left = _left_queue_us(outcomes)
    queued = np.where(left >= 0, left, scenario.horizon_us) - outcomes.requested_us
    queued = np.where(_at_the_door(outcomes), 0, queued)
    to_agents = _limits(topic.warn_agents_us for topic in scenario.topics)
    to_managers = _limits(topic.warn_managers_us for topic in scenario.topics)
    level = np.where(queued > to_agents[topic], 1, 0)
    return _plain(np.where(queued > to_managers[topic], 2, level), np.int8)


def _limits(limits: Any) -> NDArray[np.int64]:
    return np.array([_NEVER if limit is None else limit for limit in limits], dtype=np.int64)


def _ids(things: Sequence[Any]) -> NDArray[np.int32]:
    return np.array([thing.id for thing in things], dtype=np.int32)


class _Instants:
    """Turns microseconds since the scenario's start into timestamps; -1 becomes null."""

    def __init__(self, start_us: int, kind: pa.DataType) -> None:
        self._start_us = start_us
        self._kind = kind

    def column(self, us: NDArray[np.int64]) -> pa.Array:
        return _masked(us + self._start_us, us < 0).view(self._kind)


def named(index: NDArray[np.int64], names: Sequence[str]) -> pa.DictionaryArray:
    """``names`` by index as a dictionary column; null where the index is negative.

    The dictionary keeps the order of ``names``, with equal ones (two agents of one name) once,
    since categories have to differ.
    """
    distinct = list(dict.fromkeys(names))
    place = {name: code for code, name in enumerate(distinct)}
    codes_of_names = np.array([place[name] for name in names], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(
        _looked_up(index, codes_of_names), pa.array(distinct, type=pa.string())
    )


def _looked_up(index: NDArray[np.int64], values: NDArray[np.int32]) -> pa.Array:
    """``values[index]``, null where the index is negative."""
    unknown = index < 0
    if not len(values):
        return pa.nulls(len(index), pa.int32())
    return _masked(values[np.where(unknown, 0, index)], unknown)


def _known(values: NDArray[np.int64], *, above: int) -> pa.Array:
    return _masked(values.astype(np.int32), values <= above)


def _seconds(us: NDArray[np.int64]) -> pa.Array:
    """Microseconds as seconds; negative ones mean that there is none."""
    return _masked(us / 1e6, us < 0)


def _plain(values: NDArray[Any], dtype: type[np.signedinteger[Any]]) -> pa.Array:
    return pa.array(values.astype(dtype))


def _masked(values: NDArray[Any], missing: NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, mask=missing if missing.any() else None)
