"""The figures of a replay, as leaves of a summary: value, low, high, n."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulator.comparison.observing.beside import BROUGHT
from simulator.comparison.observing.differences import COMPARED, SAME, UNEXPLAINED

if TYPE_CHECKING:
    import pandas as pd

    from simulator.comparison.observing.beside import Beside

__all__ = ["OUTCOMES", "order_is_first_come", "summary"]

OUTCOMES: Final = ("done", "recovered", "empty", "rejected", "unknown", "skipped", "shed")

Leaf = dict[str, Any]

TIMES: Final = ("lag_s", "service_s", "response_s")


def summary(beside: Beside) -> dict[str, Any]:
    """The figures under ``overall``, so that gates find them.

    Percentiles are of the calls that were sent, exact and not rounded to classes. A single replay
    is one observation, so a figure has no interval; shares of chats have Wilson's.
    """
    calls, chats = beside.calls, beside.chats
    sent = calls[calls["dispatched_us"].notna()]
    compared = chats[chats["difference"].isin(COMPARED)]
    counts = beside.observed.counts
    pickups = calls[(calls["kind"] == "pickup") & calls["outcome"].isin(BROUGHT)]
    figures: dict[str, Any] = {name: _percentiles(sent[name]) for name in TIMES}
    figures["calls"] = {
        "planned": _count(len(calls), len(calls)),
        "per_s": _leaf(_rate(sent), len(sent)),
        **{name: _count(counts.get(name, 0), len(calls)) for name in (*OUTCOMES, *_OPEN)},
    }
    figures["position_equal"] = _share(compared["difference"] == SAME)
    figures["unexplained"] = _count(
        int((compared["difference"] == UNEXPLAINED).sum()), len(compared)
    )
    figures["order_equal"] = _share(_same_order(chats))
    figures["first_come"] = _share(order_is_first_come(chats))
    figures["rank_equal"] = _share(_same(chats, "simulated_rank", "rank"))
    figures["wait_difference_s"] = _percentiles(_wait_differences(chats).abs())
    figures["foreign"] = _count(_foreign(beside, pickups), len(pickups))
    return {"overall": figures}


_OPEN: Final = ("left", "unanswered")


def order_is_first_come(chats: pd.DataFrame) -> pd.Series:
    """Whether each session that was picked up came before all that were picked up after it.

    Within its topic, by the tenant's ids, which rise with the requests.
    """
    picked = chats[chats["order"].notna() & chats["session_id"].notna()].sort_values("order")
    ids = picked["session_id"].astype(np.int64)
    later = ids.iloc[::-1].groupby(picked["topic_id"].iloc[::-1]).cummin().iloc[::-1]
    first: pd.Series = ids <= later
    return first


def _same_order(chats: pd.DataFrame) -> pd.Series:
    """Whether each planned pickup took the chat it was for."""
    both = chats[chats["simulated_order"].notna() & chats["picked_up_for"].notna()]
    same: pd.Series = both["picked_up_for"].astype(np.int64) == both["chat_session_id"]
    return same


def _same(chats: pd.DataFrame, one: str, other: str) -> pd.Series:
    both = chats[chats[one].notna() & chats[other].notna()]
    same: pd.Series = both[one].astype(np.int64) == both[other].astype(np.int64)
    return same


def _wait_differences(chats: pd.DataFrame) -> pd.Series:
    whole = chats[~chats["is_carried"]]
    return (whole["wait_s"] - whole["simulated_wait_s"]).dropna()


def _foreign(beside: Beside, pickups: pd.DataFrame) -> int:
    if not (beside.calls["kind"] == "create").any():
        return 0
    ours = set(beside.chats["session_id"].dropna())
    return int((~pickups["session_id"].isin(ours)).sum())


def _rate(sent: pd.DataFrame) -> float | None:
    """Calls a second, from the first that was sent to the last."""
    if len(sent) < 2:
        return None
    span = (sent["sent_at"].max() - sent["sent_at"].min()).total_seconds()
    return None if span <= 0 else (len(sent) - 1) / span


def _percentiles(values: pd.Series) -> dict[str, Leaf]:
    known = values.dropna().to_numpy(dtype=np.float64)
    if not known.size:
        return {name: _leaf(None, 0) for name in ("p50", "p90", "p99", "max")}
    found = np.quantile(known, (0.5, 0.9, 0.99, 1.0), method="inverted_cdf")
    names = ("p50", "p90", "p99", "max")
    return {name: _leaf(float(value), known.size) for name, value in zip(names, found, strict=True)}


def _share(is_so: pd.Series) -> Leaf:
    """A share with Wilson's 95 % interval (Wilson, 1927)."""
    count, hits = len(is_so), int(is_so.sum())
    if not count:
        return _leaf(None, 0)
    z, share = 1.959963984540054, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return {
        "value": share,
        "low": max(0.0, middle - half),
        "high": min(1.0, middle + half),
        "n": count,
    }


def _count(number: int, of: int) -> Leaf:
    return _leaf(float(number), of)


def _leaf(value: float | None, n: int) -> Leaf:
    return {"value": value, "low": None, "high": None, "n": n}
