"""From an engine's outcomes to the session table, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from simulator.desk import codes
from simulator.sessions.columns import sessions_schema
from simulator.sessions.course import contiguous, first_of
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
    outcomes = contiguous(outcomes)
    count = len(outcomes.row)
    topic = workload.topic[outcomes.row]
    topics, agents = scenario.topics, scenario.agents
    topic_ids = _ids(topics)
    agent_ids = _ids(agents)
    agent_names = [agent.name for agent in agents]
    left = first_of(outcomes.picked_up_us, outcomes.ended_us)
    second = _Transferred.of(outcomes)
    to_topic = second.column(workload.transfer_topic[outcomes.row[second.chats]], count)
    schema = sessions_schema(scenario.timezone.key)
    instants = _Instants(epoch_us(scenario.start), schema.field("requested_at").type)
    columns = {
        "replication": pa.array(np.full(count, workload.replication, dtype=np.int32)),
        "chat_session_id": pa.array(np.arange(1, count + 1)),
        "customer_id": pa.array(workload.customer_id[outcomes.row]),
        "attempt": _plain(workload.attempt[outcomes.row], np.int32),
        "topic_id": _looked_up(topic, topic_ids),
        "topic": named(topic, [topic.name for topic in topics]),
        "requested_at": instants.column(outcomes.requested_us),
        "reaction_began_at": instants.column(outcomes.reaction_began_us),
        "picked_up_at": instants.column(outcomes.picked_up_us),
        "ended_at": instants.column(outcomes.ended_us),
        "wrapped_up_at": instants.column(outcomes.wrapped_up_us),
        "wait_s": _seconds(_wait_us(workload, outcomes, left)),
        "handle_s": _seconds(_handle_us(outcomes, second)),
        "initial_queue_pos": _known(outcomes.initial_queue_pos, above=0),
        "rank": _known(outcomes.rank, above=0),
        "agent_id": _looked_up(outcomes.agent, agent_ids),
        "agent": named(outcomes.agent, agent_names),
        "status": _status(outcomes),
        "outcome": named(outcomes.outcome, codes.OUTCOMES),
        "transferred_to": named(outcomes.transfer_agent, agent_names),
        "transfer_wait_s": _seconds(second.column(second.wait_us, count)),
        "transfer_topic_id": _looked_up(to_topic, topic_ids),
        "transferred_at": instants.column(outcomes.transferred_us),
        "transfer_picked_up_at": instants.column(outcomes.transfer_picked_up_us),
        "transfer_agent_id": _looked_up(outcomes.transfer_agent, agent_ids),
        "transfer_rank": _known(outcomes.transfer_rank, above=0),
        "alert_level": _alert_level(scenario, topic, outcomes, left),
        "transfer_offered_agent_id": _looked_up(outcomes.transfer_offered_to, agent_ids),
    }
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


@dataclass(frozen=True, slots=True)
class _Transferred:
    """The chats that were passed on, and how long each waited for the second agent."""

    chats: NDArray[np.int64]
    wait_us: NDArray[np.int64]
    """Transfer to second pickup, or to leaving; -1 without either."""

    @classmethod
    def of(cls, outcomes: Outcomes) -> _Transferred:
        chats = np.flatnonzero(outcomes.transferred_us >= 0)
        left = first_of(outcomes.transfer_picked_up_us[chats], outcomes.ended_us[chats])
        return cls(chats, np.where(left >= 0, left - outcomes.transferred_us[chats], -1))

    def column(self, values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """The values of these chats among all; -1 for the others."""
        column = np.full(count, -1)
        column[self.chats] = values
        return column


def _wait_us(workload: Workload, outcomes: Outcomes, left: NDArray[np.int64]) -> NDArray[np.int64]:
    """The wait as its definition has it; -1 for a chat still waiting at the horizon.

    ``left`` is when the session left the queue, by pickup or otherwise; -1 if it has not.
    """
    wait = left - outcomes.requested_us
    wait[np.flatnonzero(left < 0)] = -1
    wait[_at_the_door(outcomes)] = 0
    silent = np.flatnonzero(outcomes.outcome == codes.SILENT)
    wait[silent] = workload.patience_us[outcomes.row[silent]]
    return wait


def _at_the_door(outcomes: Outcomes) -> NDArray[np.int64]:
    """The chats that were given the form at their arrival and never stood in the queue."""
    given = (outcomes.outcome == codes.FORM_CLOSED) | (outcomes.outcome == codes.FORM_AT_ARRIVAL)
    return np.flatnonzero(given)


def _handle_us(outcomes: Outcomes, second: _Transferred) -> NDArray[np.int64]:
    """Pickup to end, less the second wait of a transferred chat; -1 where not both happened."""
    handle = outcomes.ended_us - outcomes.picked_up_us
    handle[second.chats] -= np.maximum(second.wait_us, 0)
    handle[np.flatnonzero((outcomes.picked_up_us < 0) | (outcomes.ended_us < 0))] = -1
    return handle


def _status(outcomes: Outcomes) -> pa.Array:
    code_of_outcome = np.array(
        [STATUSES.index(_STATUS_OF_OUTCOME[code]) for code in range(len(codes.OUTCOMES))]
    )
    status = code_of_outcome[outcomes.outcome]
    unfinished = np.flatnonzero(outcomes.outcome == codes.UNFINISHED)
    active = unfinished[outcomes.picked_up_us[unfinished] >= 0]
    status[active] = STATUSES.index("CustomerLast")
    return named(status, STATUSES)


def _alert_level(
    scenario: Scenario, topic: NDArray[np.int64], outcomes: Outcomes, left: NDArray[np.int64]
) -> pa.Array:
    """0, 1 or 2. The limits are exclusive: who leaves at the instant of a warning does so first."""
    queued = first_of(left, scenario.horizon_us) - outcomes.requested_us
    queued[_at_the_door(outcomes)] = 0
    to_agents = _limits(topic.warn_agents_us for topic in scenario.topics)
    to_managers = _limits(topic.warn_managers_us for topic in scenario.topics)
    warned = (queued > to_agents[topic]).view(np.int8)
    escalated = (queued > to_managers[topic]).view(np.int8)
    return pa.array(np.maximum(warned, 2 * escalated))


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
        return _masked(us + self._start_us, us >= 0).view(self._kind)


def named(index: NDArray[np.int64], names: Sequence[str]) -> pa.DictionaryArray:
    """``names`` by index as a dictionary column; null where the index is -1.

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
    """``values[index]``, null where the index is -1."""
    # What is looked up with -1 is the last entry, so there has to be one.
    return _masked(np.append(values, np.int32(0))[index], index >= 0)


def _known(values: NDArray[np.int64], *, above: int) -> pa.Array:
    return _masked(values.astype(np.int32), values > above)


def _seconds(us: NDArray[np.int64]) -> pa.Array:
    """Microseconds as seconds; negative ones mean that there is none."""
    return _masked(us / 1e6, us >= 0)


def _plain(values: NDArray[Any], dtype: type[np.signedinteger[Any]]) -> pa.Array:
    return pa.array(values.astype(dtype))


def _masked(values: NDArray[Any], known: NDArray[np.bool_]) -> pa.Array:
    """The values, null where they are not known.

    Arrow keeps a bit for each; NumPy packs them many times faster than ``pa.array(mask=…)`` does.
    """
    whole = pa.array(values)
    if known.all():
        return whole
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(whole.type, len(whole), [bits, whole.buffers()[1]])
