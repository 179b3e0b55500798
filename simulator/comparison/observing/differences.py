"""Why a chat's queue position at the tenant is not the simulated one.

The ledger tells how many stood before a chat by the plan, and by the journals: where the
tenant's number lies within the latter, the calls that make up most of the difference give the
reason. What the ledger does not account for is called unexplained, and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.comparison.observing.ledger import (
    AS_PLANNED,
    BROUGHT,
    ELSEWHERE,
    FOREIGN,
    NOT_DONE,
    WHYS,
    Ledger,
)

if TYPE_CHECKING:
    from simulator.replay.observed import Observed

__all__ = ["COMPARED", "DIFFERENCES", "NOT_CREATED", "SAME", "UNEXPLAINED", "explained"]

SAME: Final = "same"
TRANSFERRED: Final = "a transferred chat waited"
FOREIGN_SESSION: Final = "a foreign session"
FAILED: Final = "an earlier call was not done"
OTHER_TOPIC: Final = "a pickup took from another topic"
OUT_OF_TURN: Final = "calls at the same moment, or out of turn"
UNEXPLAINED: Final = "unexplained"
CARRIED: Final = "waited at the start"
NO_POSITION: Final = "no position told"
NOT_CREATED: Final = "not created"

DIFFERENCES: Final = {
    SAME: "the tenant counted as the simulation did",
    TRANSFERRED: "the simulation counts chats that wait for their second agent, and the tenant "
    "does not queue them",
    FOREIGN_SESSION: "in the queue stood a session that no known create of this replay made",
    FAILED: "a create, pickup or leave before it, on the same queue, was not done, or nobody knows",
    OTHER_TOPIC: "an agent took a session of another topic than in the simulation",
    OUT_OF_TURN: "another call on the same queue was under way at the same moment, or was sent "
    "before or after its turn",
    UNEXPLAINED: "the calls of this replay do not give it: the tenant counts otherwise, or "
    "somebody else uses it",
    CARRIED: "it waited already at the first instant, and was created then: not compared",
    NO_POSITION: "the tenant told no queue position: not compared",
    NOT_CREATED: "this replay created no session for it, or nobody knows: not compared",
}
"""Reasons with what they mean."""

COMPARED: Final = frozenset(DIFFERENCES) - {NOT_CREATED, CARRIED, NO_POSITION}
"""Of chats whose positions can be held against each other."""

_REASON_OF: Final = {
    FOREIGN: FOREIGN_SESSION,
    NOT_DONE: FAILED,
    ELSEWHERE: OTHER_TOPIC,
    AS_PLANNED: OUT_OF_TURN,
}


def explained(chats: pd.DataFrame, observed: Observed) -> pd.Series:
    """The reason for each row of ``chats``; one of ``DIFFERENCES``.

    ``chats`` has ``chat_session_id, create, is_carried, simulated_position, position``.
    """
    created = chats["create"].isin(BROUGHT)
    known = chats["position"].notna() & chats["simulated_position"].notna()
    same = (chats["position"] == chats["simulated_position"]).fillna(value=False)
    reasons = pd.Series(
        np.select(
            [~created, chats["is_carried"], ~known, same],
            [NOT_CREATED, CARRIED, NO_POSITION, SAME],
            UNEXPLAINED,
        ),
        chats.index,
        dtype=object,
    )
    differing = chats[reasons == UNEXPLAINED]
    if len(differing):
        reasons[differing.index] = _reasons(differing, Ledger.of(observed))
    return reasons


def _reasons(chats: pd.DataFrame, ledger: Ledger) -> np.ndarray:
    """What makes the difference of each chat, by the ledger.

    A part of it that is sure goes before one that is only possible, then the larger part.
    """
    before = ledger.before(pd.Index(chats["chat_session_id"]))
    simulated = chats["simulated_position"].to_numpy(dtype=np.float64)
    off = chats["position"].to_numpy(dtype=np.float64) - simulated
    by_plan = before[list(WHYS)].to_numpy()
    waited = by_plan.sum(axis=1) + 1 - simulated
    parts_low = np.column_stack([waited, before[[f"{why}_low" for why in WHYS]] - by_plan])
    parts_high = np.column_stack([waited, before[[f"{why}_high" for why in WHYS]] - by_plan])
    is_given = (parts_low.sum(axis=1) <= off) & (off <= parts_high.sum(axis=1))
    sign = np.sign(off)[:, None]
    ends = np.stack([parts_low * sign, parts_high * sign])
    surely, maybe = ends.min(axis=0), ends.max(axis=0)
    is_sure = surely.max(axis=1) > 0
    largest = np.where(is_sure, surely.argmax(axis=1), maybe.argmax(axis=1))
    names = np.array([TRANSFERRED, *(_REASON_OF[why] for why in WHYS)], dtype=object)
    found: np.ndarray = np.where(is_given, names[largest], UNEXPLAINED)
    return found
