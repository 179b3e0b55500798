"""Each chat of a plan twice: as it was simulated, and as the tenant had it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.comparison.observing.differences import explained
from simulator.sessions import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.replay.observed import Observed

__all__ = ["BROUGHT", "Beside", "compare"]

BROUGHT: Final = ("done", "recovered")
"""Outcomes of calls that did what they were to do."""


@dataclass(frozen=True)
class Beside:
    """A replay and its simulation."""

    observed: Observed
    chats: pd.DataFrame
    """A row per chat of the plan, in order of the simulated ids:

    ``chat_session_id, topic_id, topic, session_id, is_carried, simulated_position, position,
    simulated_wait_s, wait_s, simulated_order, order, simulated_rank, rank, agent, lane,
    picked_up_for, create, pickup, leave, end, difference``. Waits are on the simulated clock;
    ``order`` counts pickups from 1; ``picked_up_for`` is the chat whose planned pickup took the
    session; the four kinds of call hold their outcomes. ``difference`` is one of
    ``DIFFERENCES`` and speaks of the queue position.
    """
    seed: int = 0
    """The run's."""

    @property
    def calls(self) -> pd.DataFrame:
        """A row per planned call."""
        return self.observed.calls


def compare(observed: Observed, *, run: Path | None = None) -> Beside:
    """The replay beside its run, which is read from where the plan says, or from ``run``.

    Raises:
        DataError: the run is not there any more.
    """
    head = observed.folder.plan.head
    opened = open_run(run or head.run)
    sessions = opened.sessions
    sessions = sessions[sessions["replication"] == head.replication]
    planned = sorted({call.chat for call in observed.folder.plan.calls})
    simulated = sessions.set_index("chat_session_id").loc[planned]
    chats = pd.DataFrame(
        {
            "chat_session_id": planned,
            "topic_id": simulated["topic_id"].to_numpy(),
            "topic": simulated["topic"].astype(str).to_numpy(),
            "is_carried": np.isin(planned, list(head.carried)),
            "simulated_position": simulated["initial_queue_pos"].astype("Int64").to_numpy(),
            "simulated_wait_s": simulated["wait_s"].to_numpy(dtype=np.float64),
            "simulated_rank": simulated["rank"].astype("Int64").to_numpy(),
            "agent": simulated["agent"].astype(object).to_numpy(),
        }
    )
    chats = _with_calls(chats, observed.calls, warp=head.warp)
    chats["difference"] = explained(chats, observed, sessions)
    return Beside(observed, chats, opened.manifest["seed"])


def _with_calls(chats: pd.DataFrame, calls: pd.DataFrame, *, warp: float) -> pd.DataFrame:
    """What the tenant made of each chat."""
    chats = chats.set_index("chat_session_id")
    kinds = {kind: calls[calls["kind"] == kind].set_index("chat_session_id") for kind in _KINDS}
    for kind in _KINDS:
        chats[kind] = kinds[kind]["outcome"].astype(object).reindex(chats.index)
    creates, pickups = kinds["create"], kinds["pickup"]
    came = creates if len(creates) else pickups
    chats["session_id"] = came["session_id"].reindex(chats.index)
    chats["position"] = came["position"].astype("Int64").reindex(chats.index)
    chats["lane"] = pickups["lane"].astype(object).reindex(chats.index)
    taken = _taken(pickups, chats)
    chats["picked_up_for"] = taken["chat_session_id"].astype("Int64").reindex(chats.index)
    chats["rank"] = taken["rank"].astype("Int64").reindex(chats.index)
    chats["order"] = taken["order"].astype("Int64").reindex(chats.index)
    chats["wait_s"] = _waits(creates, taken, warp).reindex(chats.index)
    due = pickups["due_s"].rank(method="first").astype("Int64")
    chats["simulated_order"] = due.reindex(chats.index)
    return chats.reset_index()


_KINDS: Final = ("create", "pickup", "leave", "end")


def _taken(pickups: pd.DataFrame, chats: pd.DataFrame) -> pd.DataFrame:
    """The pickups by the chat whose session they took, which may not be the one they were for."""
    done = pickups[pickups["outcome"].isin(BROUGHT) & pickups["session_id"].notna()]
    chat_of = {
        session: chat for chat, session in chats["session_id"].items() if not pd.isna(session)
    }
    found = done.reset_index()
    found["of_chat"] = found["session_id"].map(chat_of).astype("Int64")
    found = found[found["of_chat"].notna()].sort_values("sent_at", kind="stable")
    found["order"] = np.arange(1, len(found) + 1)
    return found.drop_duplicates("of_chat").set_index(
        found.drop_duplicates("of_chat")["of_chat"].astype(np.int64)
    )


def _waits(creates: pd.DataFrame, taken: pd.DataFrame, warp: float) -> pd.Series:
    """From the create's answer to the pickup's, on the simulated clock; by our own clock.

    The tenant's dates may be cut to whole seconds, which a warp would blow up to minutes.
    """
    if creates.empty:
        return pd.Series(dtype=np.float64)
    asked = creates["sent_at"] + _seconds(creates["service_s"])
    picked = taken["sent_at"] + _seconds(taken["service_s"])
    waited = (picked - asked.reindex(picked.index)).dt.total_seconds()
    found: pd.Series = (waited * warp).astype(np.float64)
    return found


def _seconds(column: pd.Series) -> pd.Series:
    return pd.to_timedelta(column.astype(np.float64), unit="s")
