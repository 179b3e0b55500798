"""The one table that the rest of the house reads: a row per chat, and the agents' time beside it.

:func:`session_table` and :func:`agent_table` turn an engine's outcomes into Arrow tables,
:func:`write_run` streams them into a run folder, and :func:`open_run` opens one.
"""

from __future__ import annotations

from simulator.sessions.agents import agent_table
from simulator.sessions.chats import session_table
from simulator.sessions.columns import AGENTS, SESSIONS, agents_schema, sessions_schema
from simulator.sessions.folder import Replication, check_place, write_run
from simulator.sessions.intervals import interval_edges_us
from simulator.sessions.run import Run, open_run

__all__ = [
    "AGENTS",
    "SESSIONS",
    "Replication",
    "Run",
    "agent_table",
    "agents_schema",
    "check_place",
    "interval_edges_us",
    "open_run",
    "session_table",
    "sessions_schema",
    "write_run",
]
