"""The columns of ``sessions.parquet`` and ``agents.parquet``: names, types, units, meaning.

Each Arrow field carries its meaning as ``metadata["doc"]``, so a file explains itself. Instants
are ``timestamp[us]`` in the scenario's time zone, durations float64 seconds, names dictionaries.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pyarrow as pa

__all__ = ["AGENTS", "SESSIONS", "agents_schema", "sessions_schema"]

_NAME: Final = pa.dictionary(pa.int32(), pa.string())


def sessions_schema(timezone: str) -> pa.Schema:
    """The columns of ``sessions.parquet``, with instants in the IANA zone ``timezone``."""
    instant = pa.timestamp("us", tz=timezone)
    seconds = pa.float64()
    return _schema(
        ("replication", pa.int32(), "from 1"),
        ("chat_session_id", pa.int64(), "from 1, in order of arrival within the replication"),
        ("customer_id", pa.int64(), "from 1, in order of the first arrival"),
        ("attempt", pa.int32(), "from 1; a retry is a session of its own"),
        ("topic_id", pa.int32(), "the scenario's id of the topic asked for"),
        ("topic", _NAME, "its name"),
        ("requested_at", instant, "when the customer asked for the chat"),
        ("reaction_began_at?", instant, "when the first reaction to this chat began"),
        ("picked_up_at?", instant, "when an agent picked it up; null if nobody did"),
        ("ended_at?", instant, "when the chat ended, however; null at the horizon"),
        (
            "wrapped_up_at?",
            instant,
            "when the last agent's slot was free again: at the transfer, if nobody took it up",
        ),
        (
            "wait_s?",
            seconds,
            "request to leaving the queue, by pickup or otherwise (silent: the patience)",
        ),
        (
            "handle_s?",
            seconds,
            "pickup to end; for a transferred chat both parts without the second wait",
        ),
        (
            "initial_queue_pos?",
            pa.int32(),
            "pending sessions at the request + 1; null for form_closed",
        ),
        ("rank?", pa.int32(), "smallest number from 1 free among the agent's active chats"),
        ("agent_id?", pa.int32(), "who picked it up first"),
        ("agent?", _NAME, "their name"),
        ("status", _NAME, "ChatSessionStatus by name"),
        ("outcome", _NAME, "how it ended, or unfinished"),
        ("transferred_to?", _NAME, "name of the agent who picked it up the second time"),
        ("transfer_wait_s?", seconds, "the second wait: transfer to second pickup, or to leaving"),
        ("transfer_topic_id?", pa.int32(), "the topic it was transferred to"),
        ("transferred_at?", instant, "when the first agent passed it on"),
        ("transfer_picked_up_at?", instant, "when it was picked up the second time"),
        ("transfer_agent_id?", pa.int32(), "who picked it up the second time"),
        ("transfer_rank?", pa.int32(), "rank among the second agent's active chats"),
        (
            "alert_level",
            pa.int8(),
            "1 when in the queue for longer than the warning to agents, 2 than that to managers",
        ),
        (
            "transfer_offered_agent_id?",
            pa.int32(),
            "who reacts to the transferred chat at the horizon",
        ),
    )


def agents_schema(timezone: str, cap: int) -> pa.Schema:
    """The columns of ``agents.parquet`` for a scenario whose largest cap is ``cap``.

    A row per replication, agent and interval in which the agent was present or picked up a chat.
    """
    seconds = pa.float64()
    open_columns: list[tuple[str, Any, str]] = [
        (f"open_{k}_s", seconds, f"time present with {k} open chats") for k in range(cap + 1)
    ]
    return _schema(
        ("replication", pa.int32(), "from 1"),
        ("agent_id", pa.int32(), "the scenario's id of the agent"),
        ("agent", _NAME, "their name"),
        ("group", _NAME, "the name of their group"),
        ("interval_start", pa.timestamp("us", tz=timezone), "counted from local midnight"),
        ("interval_s", seconds, "how long the interval is, as it elapses"),
        ("duty_s", seconds, "time on duty: able to begin reactions"),
        ("on_duty_s", seconds, "time present: finishing chats after duty counts"),
        ("reacting_s", seconds, "slot-seconds held reacting"),
        ("wrap_up_s", seconds, "slot-seconds held in wrap-up"),
        *open_columns,
        ("work_s", seconds, "work done, in seconds at solo speed: the integral of r(k)"),
        ("work_capacity_s", seconds, "work that r(cap) would have done over on_duty_s"),
        ("slots_s", seconds, "slot-seconds offered: cap x on_duty_s"),
        ("held_s", seconds, "slot-seconds held: reacting, open or in wrap-up"),
        ("picked_up", pa.int32(), "chats picked up, second pickups of transferred ones included"),
    )


def _schema(*columns: tuple[str, Any, str]) -> pa.Schema:
    """Fields of (name, type, meaning); a name that ends in ``?`` may be null."""
    fields = [
        pa.field(name.rstrip("?"), kind, nullable=name.endswith("?"), metadata={"doc": meaning})
        for name, kind, meaning in columns
    ]
    return pa.schema(fields, metadata={"pandas": _pandas_dtypes(fields)})


def _pandas_dtypes(fields: list[pa.Field]) -> str:
    """What makes pandas read an integer that may be null as Int32, never as a float.

    Written by hand, in the form of pandas' "Storing pandas DataFrame objects in Apache Parquet
    format", since what pandas writes itself names its version: the bytes would change with it.
    """
    columns = [
        {
            "name": field.name,
            "field_name": field.name,
            "pandas_type": str(field.type),
            "numpy_type": "Int32",
            "metadata": None,
        }
        for field in fields
        if field.nullable and pa.types.is_int32(field.type)
    ]
    described = {"index_columns": [], "column_indexes": [], "columns": columns}
    return json.dumps(described, separators=(",", ":"))


SESSIONS: Final = sessions_schema("UTC")
"""The columns of ``sessions.parquet`` for a scenario in UTC."""

AGENTS: Final = agents_schema("UTC", 1)
"""The columns of ``agents.parquet`` for a scenario in UTC whose agents hold one chat each."""
