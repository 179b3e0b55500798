"""What a replay observed, as two tables: a row per planned call, and a row per chat.

Times of calls are microseconds since their run's first instant (``…_us``) and seconds between
them; of a replay that was resumed each run has its own. The tables hold ids, times and numbers,
and nothing of a customer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa

from simulator.replay.calls import CUSTOMERS
from simulator.replay.folder import open_folder
from simulator.replay.journal import has_begun, read_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.replay.calls import Call
    from simulator.replay.folder import ReplayFolder
    from simulator.replay.journal import JournalState, Outcome

__all__ = ["CALLS", "LEFT", "Observed", "calls_schema", "read_observed"]

LEFT: Final = "left"
"""The class of a planned call that a replay which stopped early has not come to."""

UNANSWERED: Final = "unanswered"
"""That of one that was being sent when the replay was cut off; a resume settles it."""

_NAME: Final = pa.dictionary(pa.int32(), pa.string())
_INSTANT: Final = pa.timestamp("us", tz="UTC")

_COLUMNS: Final = (
    ("call", pa.int32(), "number of the call in the plan, from 1"),
    ("part", pa.int32(), "the part of the plan that sent it, from 1; 0 if none did"),
    ("kind", _NAME, "create, pickup, end, leave, transfer or accept"),
    ("chat_session_id", pa.int64(), "the simulated chat"),
    ("topic_id", pa.int32(), "the simulated topic"),
    ("lane", _NAME, "whose credential sent it"),
    ("agent_id", pa.int32(), "the simulated agent; 0 for customers"),
    ("due_s", pa.float64(), "on the simulated clock, since the plan's first instant"),
    (
        "outcome",
        _NAME,
        "done, recovered, empty, rejected, unknown, skipped, shed; left, unanswered",
    ),
    ("reason", pa.string(), "why, where it is not done"),
    ("http", pa.int32(), "status of the last answer"),
    ("tries", pa.int32(), "how often it was sent"),
    ("session_id", pa.int64(), "the tenant's session that came of it"),
    ("observed_topic_id", pa.int32(), "the tenant's TopicId"),
    ("position", pa.int32(), "InitialQueuePos"),
    ("rank", pa.int32(), "Rank"),
    ("status", _NAME, "ChatSessionStatus by name"),
    ("requested_at", _INSTANT, "WhenRequested, by the tenant's clock"),
    ("started_at", _INSTANT, "WhenStarted, by the tenant's clock"),
    ("ended_at", _INSTANT, "WhenEnded, by the tenant's clock"),
    ("sent_at", _INSTANT, "when it was sent the last time, by our clock"),
    ("intended_us", pa.int64(), "when it was to be sent, since the run's first instant"),
    ("dispatched_us", pa.int64(), "when it was handed to the transport"),
    ("first_byte_us", pa.int64(), "when its first byte left"),
    ("answered_us", pa.int64(), "when the last byte of its answer was there"),
    ("lag_s", pa.float64(), "dispatched less intended"),
    ("service_s", pa.float64(), "answered less dispatched"),
    ("response_s", pa.float64(), "answered less intended"),
)


def calls_schema() -> pa.Schema:
    """The columns of ``calls.parquet``, each with its meaning."""
    return pa.schema([pa.field(name, kind, metadata={"doc": doc}) for name, kind, doc in _COLUMNS])


CALLS: Final = calls_schema()


@dataclass(frozen=True)
class Observed:
    """A replay, read: its folder, its calls, its journals."""

    folder: ReplayFolder
    calls: pd.DataFrame
    """A row per planned call, in the order of the plan; columns: ``CALLS``."""
    notes: list[dict[str, Any]]
    """Notes of all journals: how runs began and ended."""
    transports: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Planned calls by their outcome; they add up to all that were planned."""
        return {
            str(name): int(number) for name, number in self.calls["outcome"].value_counts().items()
        }


def read_observed(path: Path) -> Observed:
    """The replay in a folder, as far as it came; nothing is written.

    Raises:
        DataError: there is none, or a journal is damaged.
    """
    folder = open_folder(path)
    states = {
        part: read_state(journal) for part, journal in folder.journals() if has_begun(journal)
    }
    rows = [_row(call, *_found(call, states)) for call in folder.plan.calls]
    table = pa.Table.from_pylist(rows, schema=CALLS)
    frame = table.to_pandas(integer_object_nulls=False, types_mapper=_NULLABLE.get)
    notes = [note for state in states.values() for note in state.notes]
    transports = {str(state.head.get("transport", "httpx")) for state in states.values()}
    return Observed(folder, frame, notes, tuple(sorted(transports)))


_NULLABLE: Final[Mapping[pa.DataType, Any]] = {
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
}


def _found(
    call: Call, states: Mapping[tuple[int, int], JournalState]
) -> tuple[int, Outcome | None, str]:
    """The part that came to a call, what came of it, and its class if nothing did."""
    for (part, _), state in states.items():
        if call.number in state.outcomes:
            return part, state.outcomes[call.number], ""
        if call.number in state.intents:
            return part, None, UNANSWERED
    return 0, None, LEFT


def _row(call: Call, part: int, outcome: Outcome | None, cls: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "call": call.number,
        "part": part,
        "kind": call.kind,
        "chat_session_id": call.chat,
        "topic_id": call.topic,
        "lane": call.lane,
        "agent_id": call.agent,
        "due_s": call.due_us / 1e6,
        "outcome": cls,
        "reason": "",
        "tries": 0,
    }
    if outcome is None:
        return row
    told = asdict(outcome)
    row |= {
        name: told[name]
        for name in ("http", "reason", "tries", "session_id", "position", "rank", "status")
    }
    row |= {
        name: told[name]
        for name in ("intended_us", "dispatched_us", "first_byte_us", "answered_us")
    }
    row["outcome"], row["observed_topic_id"] = outcome.cls, outcome.topic_id
    row |= {
        "requested_at": outcome.requested_us,
        "started_at": outcome.started_us,
        "ended_at": outcome.ended_us,
        "sent_at": outcome.sent_at_us,
    }
    row["lag_s"] = _between(outcome.intended_us, outcome.dispatched_us)
    row["service_s"] = _between(outcome.dispatched_us, outcome.answered_us)
    row["response_s"] = _between(outcome.intended_us, outcome.answered_us)
    return row


def _between(first_us: int | None, last_us: int | None) -> float | None:
    return None if first_us is None or last_us is None else (last_us - first_us) / 1e6


def is_of_customers(calls: pd.DataFrame) -> pd.Series:
    """Which calls customers made."""
    mine: pd.Series = calls["lane"] == CUSTOMERS
    return mine
