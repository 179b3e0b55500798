"""Why a chat's queue position at the tenant is not the simulated one.

The reasons are looked for in the order of ``DIFFERENCES``; what none of them explains is called
unexplained, and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from simulator.replay.observed import Observed

__all__ = [
    "CARRIED",
    "COMPARED",
    "DIFFERENCES",
    "NOT_CREATED",
    "SAME",
    "UNEXPLAINED",
    "explained",
]

SAME: Final = "same"
NOT_CREATED: Final = "not created"
CARRIED: Final = "waited at the start"
TRANSFER: Final = "a transferred chat waited"
FOREIGN: Final = "a foreign session"
FAILED: Final = "an earlier call was not done"
OTHER_CHAT: Final = "another chat was taken before"
CLOCK: Final = "within the clock's resolution"
NO_POSITION: Final = "no position told"
UNEXPLAINED: Final = "unexplained"

DIFFERENCES: Final = {
    SAME: "the tenant counted as the simulation did",
    NOT_CREATED: "the tenant has no session for this chat",
    CARRIED: "created at the start of the replay, as it waited already: not compared",
    NO_POSITION: "the tenant told no queue position: not compared",
    TRANSFER: (
        "the simulation counts chats that wait for their second agent, the tenant does not queue "
        "them"
    ),
    FOREIGN: "somebody else created or picked up sessions in the queue",
    FAILED: "a call before it, on the same queue, was not done as planned",
    OTHER_CHAT: "an agent took another chat of the queue than in the simulation",
    CLOCK: "a call on the same queue was under way at the same moment, or came before its turn",
    UNEXPLAINED: "none of these",
}
"""Reasons with what they mean."""

COMPARED: Final = frozenset(DIFFERENCES) - {NOT_CREATED, CARRIED, NO_POSITION}
"""Of chats whose positions can be held against each other."""

_BROUGHT: Final = frozenset({"done", "recovered"})


def explained(chats: pd.DataFrame, observed: Observed, sessions: pd.DataFrame) -> pd.Series:
    """The reason for each row of ``chats``.

    ``sessions`` are all simulated ones of the replication, from whose transfers the chats come
    that wait a second time.
    """
    calls = _queue_calls(observed)
    transfers = _Transfers(sessions)
    asked = sessions.set_index("chat_session_id")["requested_at"]
    foreign = _foreign_since(chats, observed.calls)
    swapped = _swapped_since(chats, observed.calls)
    reasons = [
        _reason(
            row,
            waiting=transfers.waiting(row.topic, asked.loc[row.chat]),
            calls=calls,
            foreign_since=foreign,
            swapped_since=swapped,
        )
        for row in map(_Row, chats.to_dict(orient="records"))
    ]
    return pd.Series(reasons, index=chats.index, dtype=object)


class _Transfers:
    """When transferred chats waited for their second agent, by the topic they waited in."""

    def __init__(self, sessions: pd.DataFrame) -> None:
        moved = sessions[sessions["transferred_at"].notna()]
        until = moved["transferred_at"] + pd.to_timedelta(
            moved["transfer_wait_s"].astype(np.float64), unit="s"
        )
        self._moved = pd.DataFrame(
            {
                "topic": moved["transfer_topic_id"],
                "since": moved["transferred_at"],
                "until": moved["transfer_picked_up_at"].fillna(until),
            }
        )

    def waiting(self, topic: int, at: pd.Timestamp) -> int:
        """How many there were at an instant."""
        moved = self._moved
        there = (moved["topic"] == topic) & (moved["since"] <= at)
        return int((there & ((moved["until"] > at) | moved["until"].isna())).sum())


def _queue_calls(observed: Observed) -> pd.DataFrame:
    """Calls that touch a queue, with the topics they touch and the span they were under way."""
    touches = {call.number: call.touches for call in observed.folder.plan.calls}
    calls = observed.calls
    found = calls.assign(touches=calls["call"].map(touches))
    found = found[[bool(each) for each in found["touches"]]].explode("touches")
    return found.reset_index(drop=True)


def _foreign_since(chats: pd.DataFrame, calls: pd.DataFrame) -> pd.Timestamp | None:
    """When a pickup first took a session that no call of ours created."""
    ours = set(chats["session_id"].dropna())
    pickups = calls[(calls["kind"] == "pickup") & calls["session_id"].notna()]
    if not (calls["kind"] == "create").any():
        return None
    foreign = pickups[~pickups["session_id"].isin(ours)]
    return foreign["sent_at"].min() if len(foreign) else None


def _swapped_since(chats: pd.DataFrame, calls: pd.DataFrame) -> pd.Timestamp | None:
    """When a pickup first took another chat than it was planned for."""
    other = chats[chats["picked_up_for"].notna()]
    other = other[other["picked_up_for"] != other["chat_session_id"]]
    if other.empty:
        return None
    pickups = calls[calls["kind"] == "pickup"].set_index("chat_session_id")
    first: pd.Timestamp = pickups.loc[other["picked_up_for"].astype(np.int64), "sent_at"].min()
    return first


def _reason(
    found: _Row,
    *,
    waiting: int,
    calls: pd.DataFrame,
    foreign_since: pd.Timestamp | None,
    swapped_since: pd.Timestamp | None,
) -> str:
    if found.create is not None and found.create not in _BROUGHT:
        return NOT_CREATED
    if found.is_carried:
        return CARRIED
    if found.position is None or found.simulated is None:
        return NO_POSITION
    if found.position == found.simulated:
        return SAME
    if waiting and found.position == found.simulated - waiting:
        return TRANSFER
    return _from_the_calls(found, calls, foreign_since, swapped_since)


class _Row:
    """What is asked of a chat's row."""

    def __init__(self, given: Mapping[Hashable, Any]) -> None:
        self.chat = int(given["chat_session_id"])
        self.topic = int(given["topic_id"])
        self.create = None if pd.isna(given["create"]) else str(given["create"])
        self.is_carried = bool(given["is_carried"])
        self.position = _whole(given["position"])
        self.simulated = _whole(given["simulated_position"])


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _from_the_calls(
    found: _Row,
    calls: pd.DataFrame,
    foreign_since: pd.Timestamp | None,
    swapped_since: pd.Timestamp | None,
) -> str:
    """The reason that the calls on the same queue give."""
    here = calls[calls["touches"] == found.topic]
    own = here[(here["kind"] == "create") & (here["chat_session_id"] == found.chat)]
    if own.empty:
        return UNEXPLAINED
    mine = own.iloc[0]
    if foreign_since is not None and foreign_since <= mine["sent_at"]:
        return FOREIGN
    before = here[here["call"] < mine["call"]]
    if (~before["outcome"].isin(_BROUGHT)).any():
        return FAILED
    if swapped_since is not None and swapped_since <= mine["sent_at"]:
        return OTHER_CHAT
    return CLOCK if any(_near(here, mine)) else UNEXPLAINED


def _near(here: pd.DataFrame, mine: pd.Series) -> Iterator[bool]:
    """Calls that were under way at the same moment, or sent out of turn."""
    begun, ended = here["dispatched_us"], here["answered_us"]
    overlaps = (begun <= mine["answered_us"]) & (ended >= mine["dispatched_us"])
    early = (here["call"] > mine["call"]) & (begun < mine["dispatched_us"])
    late = (here["call"] < mine["call"]) & (begun > mine["dispatched_us"])
    others = here["call"] != mine["call"]
    yield bool(((overlaps | early | late).fillna(value=False) & others).any())
