"""Each chat of a plan twice: as it was simulated, and as the tenant had it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from simulator.comparison.observing.differences import explained
from simulator.comparison.observing.ledger import BROUGHT
from simulator.errors import DataError, Place
from simulator.replay.observed import NAME, documented, typed
from simulator.replay.plan import run_hash
from simulator.sessions import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.replay.observed import Observed
    from simulator.replay.plan import PlanHead
    from simulator.sessions import Run

__all__ = ["CHATS", "Beside", "compare"]

CHATS: Final = documented(
    (
        ("chat_session_id", pa.int64(), "the simulated chat"),
        ("topic_id", pa.int32(), "the simulated topic asked for"),
        ("topic", NAME, "its name"),
        ("is_carried", pa.bool_(), ("it waited already at the plan's first instant, and was "
         "created then")),
        ("session_id", pa.int64(), ("the tenant's session; of a replay of pickups alone the one "
         "that the chat's pickup took")),
        ("observed_topic_id", pa.int32(), "its TopicId"),
        ("simulated_position", pa.int32(), "initial_queue_pos of the simulation"),
        ("position", pa.int32(), "InitialQueuePos of the session"),
        ("simulated_wait_s", pa.float64(), "request to pickup, or to leaving the queue otherwise"),
        ("wait_s", pa.float64(), ("the answer of its create to that of its pickup, by our clock, "
         "times the warp; null if either was lost, or the replay stood still between them")),
        ("simulated_order", pa.int32(), "of its planned pickup, from 1"),
        ("order", pa.int32(), "of the pickup that took the session, from 1, by our clock"),
        ("simulated_rank", pa.int32(), "rank of the simulation, at its pickup"),
        ("rank", pa.int32(), "Rank of the session, at its pickup"),
        ("agent", NAME, "who picked it up in the simulation"),
        ("lane", NAME, "whose credential its planned pickup has"),
        ("picked_up_for", pa.int64(), "the chat whose planned pickup took the session"),
        *((kind, NAME, f"what came of its {kind}; null if none was planned")
          for kind in ("create", "pickup", "transfer", "accept", "leave", "end")),
        ("difference", NAME, "why the queue positions differ; 'same' if they do not"),
    )
)  # fmt: skip
"""The columns of ``observed.parquet``, each with its meaning."""

_KINDS: Final = ("create", "pickup", "transfer", "accept", "leave", "end")


@dataclass(frozen=True)
class Beside:
    """A replay and its simulation."""

    observed: Observed
    chats: pd.DataFrame
    """A row per chat of the plan, in order of the simulated ids; columns: ``CHATS``."""
    seed: int = 0
    """The run's."""

    @property
    def calls(self) -> pd.DataFrame:
        """A row per planned call."""
        return self.observed.calls

    @property
    def has_creates(self) -> bool:
        """Whether the replay made the sessions itself, or picked up what others had made."""
        return self.observed.folder.plan.head.mode == "full"


def compare(observed: Observed, *, run: Path | None = None) -> Beside:
    """The replay beside its run, which is read from where the plan says, or from ``run``.

    Raises:
        DataError: the run is not there any more, or is another one than the plan was made of.
    """
    head = observed.folder.plan.head
    opened = _run_of(head, run)
    sessions = opened.sessions
    sessions = sessions[sessions["replication"] == head.replication]
    chats = _simulated(observed, sessions.set_index("chat_session_id"))
    chats = _with_calls(chats, observed.calls, warp=head.warp)
    chats["difference"] = explained(chats, observed)
    table = pa.Table.from_pandas(chats, schema=CHATS, preserve_index=False)
    return Beside(observed, typed(table), opened.manifest["seed"])


def _run_of(head: PlanHead, run: Path | None) -> Run:
    try:
        opened = open_run(run or head.run)
    except DataError as error:
        raise DataError(
            f"the run that the replay is compared with cannot be read: {error}; give the folder "
            "where it is now with --run"
        ) from error
    if run_hash(opened.manifest) != head.run_hash:
        raise DataError(
            "this is not the run that the plan was made of, or it was simulated anew; give the "
            "folder of that run with --run",
            Place(opened.path),
        )
    return opened


def _simulated(observed: Observed, sessions: pd.DataFrame) -> pd.DataFrame:
    """The simulated columns."""
    planned = np.unique([call.chat for call in observed.folder.plan.calls]).astype(np.int64)
    simulated = sessions.loc[planned]
    # Who leaves in silence is picked up all the same, after the patience that is their wait_s.
    to_pickup = (simulated["picked_up_at"] - simulated["requested_at"]).dt.total_seconds()
    return pd.DataFrame(
        {
            "chat_session_id": planned,
            "topic_id": simulated["topic_id"].array,
            "topic": simulated["topic"].astype(object).array,
            "is_carried": np.isin(planned, list(observed.folder.plan.head.carried)),
            "simulated_position": simulated["initial_queue_pos"].array,
            "simulated_wait_s": to_pickup.fillna(simulated["wait_s"]).array,
            "simulated_rank": simulated["rank"].array,
            "agent": simulated["agent"].astype(object).array,
        }
    )


def _with_calls(chats: pd.DataFrame, calls: pd.DataFrame, *, warp: float) -> pd.DataFrame:
    """What the tenant made of each chat."""
    chats = chats.set_index("chat_session_id")
    kinds = {kind: calls[calls["kind"] == kind].set_index("chat_session_id") for kind in _KINDS}
    for kind, made in kinds.items():
        chats[kind] = made["outcome"].astype(object).reindex(chats.index)
    creates, pickups = kinds["create"], kinds["pickup"]
    came = creates if len(creates) else pickups
    came = came[came["outcome"].isin(BROUGHT)]
    for name in ("session_id", "observed_topic_id", "position"):
        chats[name] = came[name].reindex(chats.index)
    chats["lane"] = pickups["lane"].astype(object).reindex(chats.index)
    taken = _taken(pickups, chats["session_id"])
    chats["picked_up_for"] = taken["chat_session_id"].reindex(chats.index)
    chats["rank"] = taken["rank"].reindex(chats.index)
    chats["order"] = taken["order"].reindex(chats.index)
    chats["wait_s"] = _waits(creates, taken, warp).reindex(chats.index)
    planned = pd.Series(np.arange(1, len(pickups) + 1), pickups.index, dtype="Int32")
    chats["simulated_order"] = planned.reindex(chats.index)
    return chats.reset_index()


def _taken(pickups: pd.DataFrame, sessions: pd.Series) -> pd.DataFrame:
    """The pickups by the chat whose session they took, which may not be the one they were for."""
    known = sessions.dropna()
    chat_of = pd.Series(known.index.to_numpy(), known.to_numpy(dtype=np.int64))
    chat_of = chat_of[~chat_of.index.duplicated()]
    found = pickups[pickups["outcome"].isin(BROUGHT) & pickups["session_id"].isin(chat_of.index)]
    found = found.reset_index().sort_values("sent_at", kind="stable")
    found = found.drop_duplicates("session_id")
    found["order"] = pd.array(np.arange(1, len(found) + 1), dtype="Int32")
    found.index = pd.Index(found["session_id"].astype(np.int64).map(chat_of), dtype=np.int64)
    return found


def _waits(creates: pd.DataFrame, taken: pd.DataFrame, warp: float) -> pd.Series:
    """From the create's answer to the pickup's, on the simulated clock; by our own clock.

    The tenant's dates may be cut to whole seconds, which a warp would blow up to minutes. An
    answer that was lost and found again by reading has no instant, and a pause between two runs
    is no wait of the simulation's.
    """
    asked = creates.reindex(taken.index)
    waited = (_answered(taken) - _answered(asked)).dt.total_seconds()
    known = (asked["outcome"] == "done") & (taken["outcome"] == "done")
    known &= (asked["run"] == taken["run"]).fillna(value=False)
    found: pd.Series = (waited * warp).astype(np.float64).where(known)
    return found


def _answered(calls: pd.DataFrame) -> pd.Series:
    found: pd.Series = calls["sent_at"] + pd.to_timedelta(calls["service_s"], unit="s")
    return found
