"""The tenant's queues, kept like an account: what the plan changes in them, and what was changed.

A create adds one to its topic's queue, a pickup and a leave take one off. The plan says in which
order, the journals say between which two instants. So for each chat it can be told how many stood
before it by the plan, and how many at least and at most by the journals, and which calls make the
difference. A queue is one topic's; whom a pickup took does not change its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.replay.observed import UNANSWERED

if TYPE_CHECKING:
    from simulator.replay.observed import Observed

__all__ = ["AS_PLANNED", "BROUGHT", "ELSEWHERE", "FOREIGN", "NOT_DONE", "WHYS", "Ledger"]

BROUGHT: Final = frozenset({"done", "recovered"})
"""Outcomes of calls that did what they were to do."""

MAYBE: Final = frozenset({"unknown", UNANSWERED})
"""Of calls that may have done it."""

FOREIGN: Final = "foreign"
"""Of a session that no known create of the replay made."""
NOT_DONE: Final = "not done"
ELSEWHERE: Final = "elsewhere"
"""Of a pickup that took a session of another topic than planned."""
AS_PLANNED: Final = "as planned"
"""Done, though maybe out of turn."""

WHYS: Final = (FOREIGN, NOT_DONE, ELSEWHERE, AS_PLANNED)

DATES_S: Final = 1.0
"""Dates of a tenant may be cut to whole seconds."""


@dataclass(frozen=True)
class Ledger:
    """Changes of queues: a row per change that was planned, and per change that was made.

    ``planned``: ``topic, change, why, call``. ``made``: ``topic, change, why, begun_us, over_us``,
    epoch microseconds between which it was made; ``over_us`` is infinite if perhaps never.
    """

    planned: pd.DataFrame
    made: pd.DataFrame
    creates: pd.DataFrame
    """A row per chat that was created, by its id: ``topic, call, begun_us, over_us``."""

    @classmethod
    def of(cls, observed: Observed) -> Ledger:
        """The account of a replay."""
        calls = _queue_calls(observed)
        calls["why"] = _whys(calls)
        planned = calls[["topic_id", "change", "why", "call"]]
        made = pd.concat([_surely(calls), _maybe(calls, observed), _foreign(calls, observed)])
        created = calls[(calls["kind"] == "create") & calls["is_brought"]]
        creates = created.set_index("chat_session_id")[["topic_id", "call", "begun_us", "over_us"]]
        names = {"topic_id": "topic"}
        return cls(
            planned.rename(columns=names),
            made[["topic_id", "change", "why", "begun_us", "over_us"]].rename(columns=names),
            creates.rename(columns=names),
        )

    def before(self, chats: pd.Index) -> pd.DataFrame:
        """Who stood before each of ``chats`` in its queue when it was created.

        A row per chat; for each reason ``why``: ``why``, ``why_low`` and ``why_high`` are how many
        by the plan, and at least and at most by the journals.
        """
        asked = self.creates.loc[chats]
        found = {
            f"{why}{end}": np.zeros(len(asked)) for why in WHYS for end in ("", "_low", "_high")
        }
        of_topic = asked.groupby("topic").indices
        planned, made = (
            dict(list(table.groupby(["topic", "why"]))) for table in (self.planned, self.made)
        )
        for topic, rows in of_topic.items():
            here = asked.iloc[rows]
            for why in WHYS:
                if (topic, why) in planned:
                    found[why][rows] = _planned_before(planned[topic, why], here)
                if (topic, why) in made:
                    low, high = _made_before(made[topic, why], here)
                    found[f"{why}_low"][rows], found[f"{why}_high"][rows] = low, high
        found[f"{AS_PLANNED}_high"] -= 1  # its own create, which is under way all the while
        return pd.DataFrame(found, index=chats)


_CHANGES: Final = {"create": 1, "pickup": -1, "leave": -1}


def _queue_calls(observed: Observed) -> pd.DataFrame:
    """The calls that change a queue, with the change and the instants between which it was made."""
    calls = observed.calls[observed.calls["kind"].isin(list(_CHANGES))].copy()
    calls["kind"] = calls["kind"].astype(str)
    calls["change"] = calls["kind"].map(_CHANGES)
    calls["is_brought"] = calls["outcome"].isin(BROUGHT)
    calls["begun_us"] = _epoch_us(calls["sent_at"])
    answered = calls["begun_us"] + 1e6 * calls["service_s"]
    calls["over_us"] = answered.fillna(_next_run_us(calls, observed.runs))
    sessions = calls[
        (calls["kind"] == "create") & calls["is_brought"] & calls["session_id"].notna()
    ]
    topic_of = sessions.drop_duplicates("session_id").set_index("session_id")["topic_id"]
    calls["took_from"] = calls["session_id"].map(topic_of)
    return calls


def _epoch_us(instants: pd.Series) -> pd.Series:
    at = instants.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return pd.Series(np.where(instants.isna(), np.nan, at), instants.index)


def _next_run_us(calls: pd.DataFrame, runs: pd.DataFrame) -> pd.Series:
    """When the next run of its part began: what an earlier one began is over then."""
    found = np.full(len(calls), np.inf)
    for part, of_part in runs.groupby("part"):
        began = np.append(_epoch_us(of_part["began_at"]).to_numpy(), np.inf)
        mine = (calls["part"] == part).to_numpy(dtype=bool)
        sent = calls["begun_us"].to_numpy()[mine]
        found[mine] = began[np.searchsorted(began, sent, side="right").clip(max=len(began) - 1)]
    return pd.Series(found, calls.index)


def _whys(calls: pd.DataFrame) -> pd.Series:
    """How each call relates to its plan."""
    is_pickup = calls["kind"] == "pickup"
    is_again = is_pickup & calls["is_brought"] & calls.duplicated(["kind", "session_id"])
    elsewhere = is_pickup & (
        (calls["took_from"] != calls["topic_id"]).fillna(value=True) | is_again
    )
    return pd.Series(
        np.select(
            [~calls["is_brought"], is_pickup & calls["took_from"].isna(), elsewhere],
            [NOT_DONE, FOREIGN, ELSEWHERE],
            AS_PLANNED,
        ),
        calls.index,
    )


def _surely(calls: pd.DataFrame) -> pd.DataFrame:
    """Changes that were made to the queues of our own sessions, a session's pickup once."""
    made = calls[calls["is_brought"] & (calls["why"] != FOREIGN)]
    again = (made["kind"] == "pickup") & made.duplicated(["kind", "session_id"])
    made = made[~again]
    is_pickup = made["kind"] == "pickup"
    return made.assign(topic_id=made["topic_id"].where(~is_pickup, made["took_from"]))


def _maybe(calls: pd.DataFrame, observed: Observed) -> pd.DataFrame:
    """Changes that were perhaps made; a pickup may have taken from any queue it touches."""
    touches = {call.number: call.touches for call in observed.folder.plan.calls}
    made = calls[calls["outcome"].isin(MAYBE)]
    return made.assign(
        topic_id=pd.Series([touches[number] for number in made["call"]], made.index, dtype=object),
        over_us=np.inf,
    ).explode("topic_id")


def _foreign(calls: pd.DataFrame, observed: Observed) -> pd.DataFrame:
    """What pickups took that no create of ours had made: it came at its request, and went then."""
    topics = observed.folder.plan.head.topics
    simulated = {told["topic_id"]: int(number) for number, told in topics.items()}
    taken = calls[calls["why"] == FOREIGN].drop_duplicates("session_id")
    there = taken["observed_topic_id"].map(simulated)
    gone = taken.assign(topic_id=there.fillna(taken["topic_id"]))
    asked_us = _epoch_us(gone["requested_at"])
    off_us = 1e6 * (DATES_S + observed.runs["skew_s"].abs().max())
    come = gone.assign(
        change=1,
        begun_us=(asked_us - off_us).fillna(-np.inf),
        over_us=(asked_us + off_us).fillna(np.inf).clip(upper=gone["begun_us"]),
    )
    return pd.concat([come, gone])


def _planned_before(changes: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
    """The sum of the changes before each create, in the order of the plan."""
    sums = np.append(0, changes["change"].to_numpy().cumsum())
    before = np.searchsorted(changes["call"].to_numpy(), asked["call"].to_numpy())
    found: np.ndarray = sums[before]
    return found


def _made_before(changes: pd.DataFrame, asked: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest sum of the changes before each create took effect."""
    more, less = changes[changes["change"] > 0], changes[changes["change"] < 0]
    surely_more, maybe_more = _surely_before(more, asked), _maybe_before(more, asked)
    surely_less, maybe_less = _surely_before(less, asked), _maybe_before(less, asked)
    return surely_more - maybe_less, maybe_more - surely_less


def _surely_before(changes: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
    return np.searchsorted(np.sort(changes["over_us"].to_numpy()), asked["begun_us"].to_numpy())


def _maybe_before(changes: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
    begun = np.sort(changes["begun_us"].to_numpy())
    return np.searchsorted(begun, asked["over_us"].to_numpy(), side="right")
