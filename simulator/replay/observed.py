"""What a replay observed, as two tables: a row per planned call, and a row per run of a part.

Stamps of calls (``…_us``) are microseconds on the clock of their run, which stands at 0 when the
plan's first call is due: a replay that was resumed goes on where it stopped, so the pause between
two runs is not in them. ``sent_at`` is the wall clock. The tables hold ids, times and numbers, and
nothing of a customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from simulator.errors import DataError, Place
from simulator.replay.folder import open_folder
from simulator.replay.journal import Outcome, has_begun, read_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from simulator.replay.calls import Call
    from simulator.replay.folder import ReplayFolder
    from simulator.replay.journal import JournalState

__all__ = [
    "CALLS",
    "LEFT",
    "NAME",
    "UNANSWERED",
    "Observed",
    "calls_schema",
    "documented",
    "read_observed",
    "typed",
]

LEFT: Final = "left"
"""The class of a planned call that a replay which stopped early has not come to."""

UNANSWERED: Final = "unanswered"
"""That of one that was being sent when the replay was cut off; a resume settles it."""

NAME: Final = pa.dictionary(pa.int32(), pa.string())
_INSTANT: Final = pa.timestamp("us", tz="UTC")

_COLUMNS: Final = (
    ("call", pa.int32(), "number of the call in the plan, from 1"),
    ("part", pa.int32(), "the part of the plan that came to it, from 1; 0 if none did"),
    ("run", pa.int32(), "which run of the part sent it, from 1; null if it was not sent"),
    ("kind", NAME, "create, pickup, end, leave, transfer or accept"),
    ("chat_session_id", pa.int64(), "the simulated chat"),
    ("topic_id", pa.int32(), "the simulated topic"),
    ("lane", NAME, "whose credential sends it"),
    ("agent_id", pa.int32(), "the simulated agent; 0 for customers"),
    ("due_s", pa.float64(), "on the simulated clock, since the plan's first instant"),
    (
        "outcome",
        NAME,
        (
            "done, recovered, empty, rejected, unknown, skipped or shed; left: not come to; "
            "unanswered: the replay was cut off before an answer came"
        ),
    ),
    ("reason", pa.string(), "why, where it is not done"),
    ("http", pa.int32(), "status of the last answer"),
    ("tries", pa.int32(), "how often it was sent"),
    ("session_id", pa.int64(), "the tenant's session that came of it"),
    ("observed_topic_id", pa.int32(), "the tenant's TopicId"),
    ("position", pa.int32(), "InitialQueuePos"),
    ("rank", pa.int32(), "Rank"),
    ("status", NAME, "ChatSessionStatus by name"),
    ("requested_at", _INSTANT, "WhenRequested, by the tenant's clock"),
    ("started_at", _INSTANT, "WhenStarted, by the tenant's clock"),
    ("ended_at", _INSTANT, "WhenEnded, by the tenant's clock"),
    ("sent_at", _INSTANT, "when it was sent the last time, by our clock"),
    ("intended_us", pa.int64(), "when it was to be sent, on its run's clock"),
    ("dispatched_us", pa.int64(), "when it was handed to the transport the last time"),
    ("first_byte_us", pa.int64(), "when its first byte left"),
    (
        "answered_us",
        pa.int64(),
        "when the last byte of its answer was there, or the answer was given up",
    ),
    ("lag_s", pa.float64(), "dispatched less intended"),
    ("service_s", pa.float64(), "answered less dispatched"),
    ("response_s", pa.float64(), "answered less intended"),
)


def documented(columns: Sequence[tuple[str, pa.DataType, str]]) -> pa.Schema:
    """A schema of (name, type, meaning), the meaning in each field's metadata."""
    return pa.schema([pa.field(name, kind, metadata={"doc": doc}) for name, kind, doc in columns])


def calls_schema() -> pa.Schema:
    """The columns of ``calls.parquet``, each with its meaning."""
    return documented(_COLUMNS)


CALLS: Final = calls_schema()

_NULLABLE: Final[Mapping[pa.DataType, Any]] = {
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
}


def typed(table: pa.Table) -> pd.DataFrame:
    """The table as a frame whose integers may be missing without becoming floats."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=_NULLABLE.get)
    return frame


@dataclass(frozen=True)
class Observed:
    """A replay, read: its folder, its calls, its runs."""

    folder: ReplayFolder
    calls: pd.DataFrame
    """A row per planned call, in the order of the plan; columns: ``CALLS``."""
    runs: pd.DataFrame
    """A row per run of a part: ``part, run`` (both from 1), ``began_at, transport, skew_s, ended,
    reason``; ``ended`` is missing of one that was cut off, or is still going."""
    is_example: bool = False
    """No tenant answered: the journals were made up."""

    @property
    def counts(self) -> dict[str, int]:
        """Planned calls by their outcome; they add up to all that were planned."""
        counted = self.calls["outcome"].value_counts()
        return {str(name): int(number) for name, number in counted.items() if number}


def read_observed(path: Path) -> Observed:
    """The replay in a folder, as far as it came; nothing is written.

    Raises:
        DataError: there is none, or a journal is damaged or of another plan.
    """
    folder = open_folder(path)
    states = {
        part[0]: _state(journal, folder.plan.hash)
        for part, journal in folder.journals()
        if has_begun(journal)
    }
    runs = pd.DataFrame([row for part in sorted(states) for row in _runs(part, states[part])],
                        columns=["part", "run", "began_at", "transport", "skew_s", "ended",
                                 "reason"])  # fmt: skip
    calls = _calls(folder.plan.calls, states)
    calls["run"] = _run_of(calls, runs)
    for name, (first, last) in _SPANS.items():
        calls[name] = (calls[last] - calls[first]).astype("float64") / 1e6
    is_example = any(state.head.get("example") for state in states.values())
    return Observed(folder, calls[CALLS.names], runs, is_example)


_SPANS: Final = {
    "lag_s": ("intended_us", "dispatched_us"),
    "service_s": ("dispatched_us", "answered_us"),
    "response_s": ("intended_us", "answered_us"),
}

_TOLD: Final = {
    "outcome": "cls",
    "observed_topic_id": "topic_id",
    "requested_at": "requested_us",
    "started_at": "started_us",
    "ended_at": "ended_us",
    "sent_at": "sent_at_us",
} | {
    name: name
    for name in ("reason", "http", "tries", "session_id", "position", "rank", "status",
                 "intended_us", "dispatched_us", "first_byte_us", "answered_us")
}  # fmt: skip
"""Columns that an outcome tells, by what it calls them."""


def _state(journal: Path, plan: str) -> JournalState:
    state = read_state(journal)
    if state.head.get("plan") != plan:
        raise DataError(
            "this is the journal of another plan than the folder's; take it out of the folder",
            Place(journal, 1),
        )
    return state


def _runs(part: int, state: JournalState) -> Iterator[dict[str, Any]]:
    """The runs that a journal tells of, in order."""
    began = [at for at, note in enumerate(state.notes) if note["note"] == "begun"]
    ends_at = [*began[1:], None]
    for run, (at, until) in enumerate(zip(began, ends_at, strict=False), start=1):
        note = state.notes[at]
        ends = [each for each in state.notes[at:until] if each["note"] == "ended"]
        ended = ends[-1] if ends else {}
        yield {
            "part": part,
            "run": run,
            "began_at": pd.Timestamp(note["at"]),
            "transport": note.get("way", {}).get("transport"),
            "skew_s": float(note.get("skew_s", 0.0)),
            "ended": ended.get("ended"),
            "reason": ended.get("reason", ""),
        }


def _calls(calls: Sequence[Call], states: Mapping[int, JournalState]) -> pd.DataFrame:
    """All columns but those that are reckoned from others."""
    came = {number: each for part in states for number, each in _come_to(part, states[part])}
    parts, outcomes = zip(*(came.get(call.number, _NOTHING) for call in calls), strict=True) if (
        calls
    ) else ((), ())  # fmt: skip
    table = {
        "call": [call.number for call in calls],
        "part": parts,
        "kind": [call.kind for call in calls],
        "chat_session_id": [call.chat for call in calls],
        "topic_id": [call.topic for call in calls],
        "lane": [call.lane for call in calls],
        "agent_id": [call.agent for call in calls],
        "due_s": [call.due_us / 1e6 for call in calls],
        **{name: [getattr(outcome, told) for outcome in outcomes] for name, told in _TOLD.items()},
    }
    fields = [CALLS.field(name) for name in table]
    return typed(pa.table(table, schema=pa.schema(fields)))


_NOTHING: Final = (0, Outcome(cls=LEFT))


def _come_to(part: int, state: JournalState) -> Iterator[tuple[int, tuple[int, Outcome]]]:
    """What a journal tells of each call that it names."""
    for number, tries in state.tries.items():
        yield number, (part, Outcome(cls=LEFT, tries=tries))
    for number, intent in state.intents.items():
        sent = Outcome(cls=UNANSWERED, tries=intent.try_, sent_at_us=intent.at_us)
        yield number, (part, sent)
    for number, outcome in state.outcomes.items():
        yield number, (part, outcome)


def _run_of(calls: pd.DataFrame, runs: pd.DataFrame) -> pd.Series:
    """The run of its part in which each call was sent the last time."""
    found = pd.Series(pd.NA, calls.index, dtype="Int32")
    for part, of_part in runs.groupby("part"):
        mine = (calls["part"] == part) & calls["sent_at"].notna()
        began = of_part["began_at"].to_numpy(dtype="datetime64[us]")
        sent = calls.loc[mine, "sent_at"].to_numpy(dtype="datetime64[us]")
        found[mine] = np.maximum(np.searchsorted(began, sent, side="right"), 1).astype(np.int32)
    return found
