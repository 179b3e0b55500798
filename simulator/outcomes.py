"""What the engines hand over: one replication's outcomes as arrays, in the clock's microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Outcomes"]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """One replication, an entry per session in order of arrival (so ``chat_session_id - 1``).

    Instants are int64 microseconds since the scenario's start, -1 where the thing did not happen
    before the horizon. All arrays of the first part have length n, the number of sessions.
    """

    row: NDArray[np.int64]
    """The session's row of the Workload."""
    requested_us: NDArray[np.int64]
    initial_queue_pos: NDArray[np.int64]
    """1 in an empty queue; 0 for form_closed, which never asks for a place."""
    reaction_began_us: NDArray[np.int64]
    """When the first reaction to this chat began (= pickup where reactions take no time)."""
    picked_up_us: NDArray[np.int64]
    agent: NDArray[np.int64]
    """Index into Scenario.agents of who picked it up first, or -1."""
    rank: NDArray[np.int64]
    """From 1; 0 when not picked up."""
    ended_us: NDArray[np.int64]
    wrapped_up_us: NDArray[np.int64]
    """When the (last) agent's slot was free again; = ended_us where there is no wrap-up, and -1
    for chats that nobody picked up or whose wrap-up the horizon cut."""
    outcome: NDArray[np.int64]
    """desk.codes.OUTCOMES by number."""
    transferred_us: NDArray[np.int64]
    """When the first agent's work ended in a transfer; their slot was free at that instant."""
    transfer_picked_up_us: NDArray[np.int64]
    transfer_agent: NDArray[np.int64]
    """Who picked it up the second time; -1 as long as nobody has (also when the customer left in
    this second wait: then ended_us is that instant and outcome still served)."""
    transfer_rank: NDArray[np.int64]
    transfer_offered_to: NDArray[np.int64]
    """Agent reacting to the transferred chat at the horizon (TransferTo pending), else -1."""

    reactions: NDArray[np.int64]
    """(m, 3): agent, began_us, ended_us of every slot held reacting for longer than no time, by
    pickup or stand-down, cut at the horizon; sorted."""
    presence: NDArray[np.int64]
    """(p, 3): agent, from_us, until_us: from the start of duty until duty is over *and* nothing
    is in hand, cut at the horizon; sorted."""
    duty: NDArray[np.int64]
    """(q, 3): agent, from_us, until_us: on duty as far as beginning reactions goes (overtime to
    serve out a queue included; finishing chats in hand after duty not); sorted."""
    engine: str
    """"simpy" or "compiled"."""
