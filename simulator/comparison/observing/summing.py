"""The figures of a replay, as leaves of a summary: value, low, high, n."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.comparison.observing.differences import COMPARED, SAME, UNEXPLAINED
from simulator.comparison.observing.ledger import BROUGHT
from simulator.replay.observed import LEFT, UNANSWERED

if TYPE_CHECKING:
    from simulator.comparison.observing.beside import Beside

__all__ = ["OUTCOMES", "first_come", "summary", "topic_mix"]

OUTCOMES: Final = (
    "done",
    "recovered",
    "empty",
    "rejected",
    "unknown",
    "skipped",
    "shed",
    UNANSWERED,
    LEFT,
)
"""The last two are of a replay that was cut off, or stopped early."""

Leaf = dict[str, Any]

TIMES: Final = ("lag_s", "service_s", "response_s")


def summary(beside: Beside) -> dict[str, Any]:
    """The figures under ``overall``, so that gates find them.

    Percentiles are of the calls that were sent, exact and not rounded to classes; a call whose
    answer was lost counts until it was given up. A single replay is one observation, so a figure
    has no interval; shares of chats have Wilson's. What cannot be known is None: of a replay of
    pickups alone whose sessions are whose, and what the queue was.
    """
    calls, chats = beside.calls, beside.chats
    sent = calls[calls["dispatched_us"].notna()]
    is_compared = chats["difference"].isin(COMPARED)
    reasons = chats["difference"][is_compared]
    taken = _pickups(calls)
    figures: dict[str, Any] = {name: _percentiles(sent[name]) for name in TIMES}
    figures["calls"] = _counts(beside, sent)
    figures["position_equal"] = _share(reasons == SAME)
    figures["unexplained"] = _count(int((reasons == UNEXPLAINED).sum()), len(reasons))
    figures["order_equal"] = _share(_same_chat(beside))
    figures["first_come"] = _share(first_come(calls))
    figures["rank_equal"] = _share(_same_rank(beside))
    figures["wait_difference_s"] = _percentiles(_wait_differences(chats).abs())
    figures["foreign"] = _foreign(beside, taken)
    figures["taken_twice"] = _count(int(taken.duplicated("session_id").sum()), len(taken))
    return {"overall": figures}


def _counts(beside: Beside, sent: pd.DataFrame) -> dict[str, Leaf]:
    counts, planned = beside.observed.counts, len(beside.calls)
    pickups = beside.calls[beside.calls["kind"] == "pickup"]
    return {
        "planned": _count(planned, planned),
        "per_s": _leaf(_rate(sent), len(sent)),
        **{name: _count(counts.get(name, 0), planned) for name in OUTCOMES},
        "empty_pickups": _count(int((pickups["outcome"] == "empty").sum()), len(pickups)),
    }


def _pickups(calls: pd.DataFrame) -> pd.DataFrame:
    """Those that took a session."""
    is_one = (calls["kind"] == "pickup") & calls["outcome"].isin(BROUGHT)
    return calls[is_one & calls["session_id"].notna()]


def first_come(calls: pd.DataFrame) -> pd.Series:
    """Whether each session that was picked up left none waiting that had come before it.

    Within a topic of the tenant's, by its ids, which rise with the requests. One that came before
    has surely waited where its own pickup was sent after the answer to this one's, or where it was
    created by this replay and nobody took it, nor did it leave.
    """
    taken = _pickups(calls).drop_duplicates("session_id").assign(is_taken=True)
    left_behind = _never_taken(calls, taken).assign(is_taken=False)
    both = pd.concat([taken, left_behind]) if len(left_behind) else taken
    both = both.sort_values(["observed_topic_id", "session_id"])
    began = (both["sent_at"].astype("int64") / 1e6).where(both["is_taken"], np.inf)
    over = (began + both["service_s"]).fillna(np.inf)
    earlier = began.groupby(both["observed_topic_id"].fillna(0)).cummax()
    found: pd.Series = (earlier <= over)[both["is_taken"]]
    return found


def _never_taken(calls: pd.DataFrame, taken: pd.DataFrame) -> pd.DataFrame:
    """Creates whose session was neither picked up nor left the queue, as far as is known."""
    creates = calls[(calls["kind"] == "create") & calls["outcome"].isin(BROUGHT)]
    leaves = calls[(calls["kind"] == "leave") & calls["dispatched_us"].notna()]
    waits = creates["session_id"].notna() & ~creates["session_id"].isin(taken["session_id"])
    maybe = calls[(calls["kind"] == "pickup") & calls["outcome"].isin(("unknown", UNANSWERED))]
    if len(maybe):  # one of these may have taken it
        return creates.iloc[:0]
    return creates[waits & ~creates["chat_session_id"].isin(leaves["chat_session_id"])]


def topic_mix(beside: Beside) -> pd.DataFrame:
    """A row per topic of the plan, by simulated id.

    ``topic, chats, pickups, taken, positions_equal, compared, ranks_equal``: ``taken`` are the
    sessions that pickups took, by the tenant's TopicId; a row "other" holds those of topics that
    the plan does not know.
    """
    told = beside.observed.folder.plan.head.topics
    chats, calls = beside.chats, beside.calls
    taken = _pickups(calls)["observed_topic_id"].value_counts()
    pickups = calls.loc[calls["kind"] == "pickup", "topic_id"].value_counts()
    rows = []
    for number in sorted(told, key=int):
        here = chats[chats["topic_id"] == int(number)]
        rows.append(
            {
                "topic": told[number]["name"],
                "chats": len(here),
                "pickups": int(pickups.get(int(number), 0)),
                "taken": int(taken.pop(told[number]["topic_id"]))
                if told[number]["topic_id"] in taken
                else 0,
                "positions_equal": int((here["difference"] == SAME).sum()),
                "compared": int(here["difference"].isin(COMPARED).sum()),
                "ranks_equal": int((here["rank"] == here["simulated_rank"]).sum()),
            }
        )
    if len(taken):
        rows.append({"topic": "other", "taken": int(taken.sum())})
    return pd.DataFrame(rows).astype({name: "Int64" for name in rows[0] if name != "topic"})


def _same_chat(beside: Beside) -> pd.Series:
    """Whether each planned pickup took the chat it was for."""
    if not beside.has_creates:
        return pd.Series(dtype=bool)
    chats = beside.chats
    took = chats[chats["picked_up_for"].notna()]
    same: pd.Series = took["picked_up_for"] == took["chat_session_id"]
    return same


def _same_rank(beside: Beside) -> pd.Series:
    if not beside.has_creates:
        return pd.Series(dtype=bool)
    both = beside.chats.dropna(subset=["simulated_rank", "rank"])
    same: pd.Series = both["simulated_rank"] == both["rank"]
    return same


def _wait_differences(chats: pd.DataFrame) -> pd.Series:
    whole = chats[~chats["is_carried"]]
    return (whole["wait_s"] - whole["simulated_wait_s"]).dropna()


def _foreign(beside: Beside, taken: pd.DataFrame) -> Leaf:
    """Pickups of sessions that no known create of the replay made."""
    if not beside.has_creates:
        return _leaf(None, len(taken))
    ours = set(beside.chats["session_id"].dropna())
    return _count(int((~taken["session_id"].isin(ours)).sum()), len(taken))


def _rate(sent: pd.DataFrame) -> float | None:
    """Calls a second while runs were going, the pauses between them left out."""
    began_s = sent["sent_at"].astype("int64") / 1e6
    runs = began_s.groupby(sent["run"].to_numpy(dtype=object, na_value=1))
    span, steps = float((runs.max() - runs.min()).sum()), len(sent) - len(runs)
    return steps / span if span > 0 and steps > 0 else None


def _percentiles(values: pd.Series) -> dict[str, Leaf]:
    names = ("p50", "p90", "p99", "max")
    known = values.dropna().to_numpy(dtype=np.float64)
    if not known.size:
        return {name: _leaf(None, 0) for name in names}
    found = np.quantile(known, (0.5, 0.9, 0.99, 1.0), method="inverted_cdf")
    return {name: _leaf(float(value), known.size) for name, value in zip(names, found, strict=True)}


def _share(is_so: pd.Series) -> Leaf:
    """A share with Wilson's 95 % interval (Wilson, 1927)."""
    count, hits = len(is_so), int(is_so.sum())
    if not count:
        return _leaf(None, 0)
    z, share = 1.959963984540054, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    low = 0.0 if hits == 0 else middle - half
    return {
        "value": share,
        "low": low,
        "high": 1.0 if hits == count else middle + half,
        "n": count,
    }


def _count(number: int, of: int) -> Leaf:
    return _leaf(float(number), of)


def _leaf(value: float | None, n: int) -> Leaf:
    return {"value": value, "low": None, "high": None, "n": n}
