"""What is drawn for one replication: its customers, and who comes to work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Duty", "Workload"]


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """One replication's customers, a row per attempt that a customer is willing to make.

    Sorted by customer_id and attempt; customer ids count from 1 in order of the first arrival
    (ties: topic id, then order of drawing). Durations and instants are int64 microseconds, -1
    where there is none. The agents have no part in it: two rosters give equal workloads.
    """

    replication: int
    topic: NDArray[np.int64]
    """Index into Scenario.topics."""
    customer_id: NDArray[np.int64]
    attempt: NDArray[np.int64]
    """From 1."""
    requested_us: NDArray[np.int64]
    """The arrival of a first attempt; -1 for later attempts, whose instant the course decides."""
    patience_us: NDArray[np.int64]
    """At least 1; -1 = never gives up."""
    work_us: NDArray[np.int64]
    """At least 1, at solo speed."""
    reaction_us: NDArray[np.int64]
    """0 or more."""
    silent: NDArray[np.bool_]
    """If this customer loses patience, they leave without a word."""
    takes_form: NDArray[np.bool_]
    """If this customer is offered the offline form, they take it."""
    retry_delay_us: NDArray[np.int64]
    """How long after giving up the previous attempt this one comes; -1 for a first attempt."""
    transfer_topic: NDArray[np.int64]
    """Index of the topic that the chat is transferred to after its work, or -1."""
    transfer_work_us: NDArray[np.int64]
    """-1 where transfer_topic is; so are the next two. Drawn as the target topic's chats are."""
    transfer_reaction_us: NDArray[np.int64]
    transfer_patience_us: NDArray[np.int64]
    """Measured from the transfer; -1 = never gives up."""
    wrap_up_q: NDArray[np.float64]
    """Uniform in (0, 1): the wrap-up takes the picking-up group's wrap_up.quantile of this."""
    transfer_wrap_up_q: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Duty:
    """Who comes to work in one replication: the scenario's duty with the absences applied."""

    replication: int
    spans: NDArray[np.int64]
    """(m, 3): agent, from_us, until_us of agents with duty of their own; sorted by from, agent.
    Spans of one agent that touch are one span."""
    headcount: NDArray[np.int64]
    """(h, 3): group, from_us, agents for staffing tables; sorted by from, group; only changes."""
    absent: NDArray[np.bool_]
    """(agents, days)."""
