"""Outcomes and worlds made by hand: a test names only the columns it is about."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.desk import codes
from simulator.outcomes import Outcomes
from simulator.workload import Workload
from tests.workload.worlds import group, staffed, topic, world

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def spans(*rows: tuple[int, int, int]) -> np.ndarray:
    """(agent, from, until) as an engine gives them."""
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)


def workload(*customers: dict[str, Any], replication: int = 1) -> Workload:
    """A row per customer; what is not given is as plain as can be."""
    plain = {
        "topic": 0,
        "customer_id": 1,
        "attempt": 1,
        "requested_us": 0,
        "patience_us": -1,
        "work_us": 1,
        "reaction_us": 0,
        "silent": False,
        "takes_form": False,
        "retry_delay_us": -1,
        "transfer_topic": -1,
        "transfer_work_us": -1,
        "transfer_reaction_us": -1,
        "transfer_patience_us": -1,
        "wrap_up_q": 0.5,
        "transfer_wrap_up_q": 0.5,
    }
    dtypes = {"silent": bool, "takes_form": bool, "wrap_up_q": float, "transfer_wrap_up_q": float}
    rows = [plain | {"customer_id": number} | row for number, row in enumerate(customers, 1)]
    columns = {
        name: np.array([row[name] for row in rows], dtype=dtypes.get(name, np.int64))
        for name in plain
    }
    return Workload(replication=replication, **columns)


def outcomes(*chats: dict[str, Any], **slots: np.ndarray) -> Outcomes:
    """An entry per chat with the columns that matter; ``slots`` are reactions, presence, duty."""
    plain = {
        "row": 0,
        "requested_us": 0,
        "initial_queue_pos": 1,
        "reaction_began_us": -1,
        "picked_up_us": -1,
        "agent": -1,
        "rank": 0,
        "ended_us": -1,
        "wrapped_up_us": -1,
        "outcome": codes.SERVED,
        "transferred_us": -1,
        "transfer_picked_up_us": -1,
        "transfer_agent": -1,
        "transfer_rank": 0,
        "transfer_offered_to": -1,
    }
    rows = [plain | {"row": number} | chat for number, chat in enumerate(chats)]
    columns = {name: np.array([row[name] for row in rows], dtype=np.int64) for name in plain}
    held = {name: spans() for name in ("reactions", "presence", "duty")} | slots
    return Outcomes(**columns, **held, engine="simpy")


def desk(**more: Any) -> Any:
    """Two topics with warnings; Ada and Bo hold three chats each, Cy (id 3) one."""
    given = {
        "topics": (
            topic(7, name="Sales", warn_agents_us=2 * MINUTE, warn_managers_us=5 * MINUTE),
            topic(9, name="Support"),
        ),
        **staffed(
            (group("Desk", cap=3, output=("1", "1.7", "2.2"), topics=(0,)), ((), ())),
            (group("Second line", cap=1, output=("0.8",), topics=(0, 1)), ((),)),
        ),
    }
    return world(**(given | more))
