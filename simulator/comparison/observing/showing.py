"""A replay for the eye: a card for each question, with the numbers in a table below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator import charts
from simulator.charts import replaying
from simulator.comparison.observing import telling
from simulator.comparison.observing.differences import COMPARED, DIFFERENCES
from simulator.comparison.observing.summing import OUTCOMES, summary, topic_mix

if TYPE_CHECKING:
    from simulator.charts.display import Displayed
    from simulator.comparison.observing.beside import Beside

__all__ = [
    "about",
    "account",
    "differences",
    "latencies",
    "outcomes",
    "positions",
    "provenance",
    "punctuality",
    "topics",
    "verdict",
    "waits",
]

MOST_POINTS = 400
"""Dots of a chart; a page holds its charts as drawings."""

MOST_STEPS = 400

SHORTEST_S = 1e-5
"""On a logarithmic axis; a call may be sent in the very microsecond that it is due."""

MEASURES = {"lag": "lag_s", "service": "service_s", "response": "response_s"}


def about(beside: Beside) -> Displayed:
    """What was replayed against what."""
    return charts.prose(telling.about(beside))


def verdict(beside: Beside) -> Displayed:
    """The findings in sentences."""
    return charts.prose(*telling.verdict(beside, summary(beside)["overall"]))


def account(beside: Beside) -> Displayed:
    """Every planned call with its outcome, by kind; the columns add up to what was planned."""
    counts = pd.crosstab(beside.calls["kind"].astype(str), beside.calls["outcome"].astype(str))
    names = [name for name in OUTCOMES if name in counts]
    table = counts[names].assign(planned=counts.sum(axis=1))[["planned", *names]]
    table.loc["all"] = table.sum()
    return charts.table_card(
        table.reset_index(names="kind"),
        caption=" ".join(f"{name}: {_MEANT[name]}." for name in names if name in _MEANT),
    )


_MEANT = {
    "recovered": "its answer was lost, and reading showed what it had done",
    "empty": "there was nothing to pick up, or nothing was changed",
    "rejected": "the tenant surely did nothing",
    "unknown": "nobody can tell, and it was not sent again",
    "skipped": "it could not be sent, as one before it had not been done",
    "shed": "it was too late",
    "unanswered": "the replay was cut off before an answer came",
    "left": "the replay stopped before it",
}


def punctuality(beside: Beside) -> Displayed:
    """When calls were due and when they were sent."""
    sent = _sent(beside.calls)
    p99 = summary(beside)["overall"]["lag_s"]["p99"]["value"] or 0.0
    left = len(sent) - MOST_POINTS
    some = f" The {MOST_POINTS:,} calls with the longest lag have a dot." if left > 0 else ""
    return charts.show(
        replaying.punctuality(sent, _latest(sent, "lag_s"), lag_p99_s=p99),
        alt="Calls a second, due and sent, and below how late each call was.",
        table=_by_tenths(sent),
        caption="Lag: from the instant a call was due to its being handed to the transport, "
        "waiting for its turn and for a tenant that asked for time included. Pauses between the "
        f"runs of a replay are left out.{some}",
        decimals=3,
    )


def latencies(beside: Beside) -> Displayed:
    """Lag, service time and response time."""
    figures = summary(beside)["overall"]
    names = ("p50", "p90", "p99", "max")
    table = pd.DataFrame(
        [
            {
                "measure": name,
                "calls": figures[column]["max"]["n"],
                **{f"{p}_s": figures[column][p]["value"] for p in names},
            }
            for name, column in MEASURES.items()
        ]
    ).astype({f"{p}_s": float for p in names})
    p99 = figures["response_s"]["p99"]["value"] or 0.0
    return charts.show(
        replaying.latency_tails(_tails(beside.calls), response_p99_s=p99),
        alt="The share of calls whose lag, service time and response time was longer.",
        table=table,
        caption="Response time counts from the instant a call was due, so a sender that falls "
        "behind cannot hide it; service time counts from when it was sent the last time. A call "
        "whose answer was lost counts until it was given up.",
        decimals=4,
    )


def outcomes(beside: Beside) -> Displayed:
    """What came of the calls over time."""
    at_s = beside.calls["due_s"] / beside.observed.folder.plan.head.warp
    frame = pd.DataFrame(
        {"at_s": at_s - at_s.min(), "outcome": beside.calls["outcome"].astype(str)}
    )
    reasons = beside.calls["reason"].where(beside.calls["outcome"] != "done", "")
    counts = frame.assign(reason=reasons).groupby(["outcome", "reason"]).size()
    table = counts.sort_values(ascending=False, kind="stable").reset_index(name="calls")
    return charts.show(
        replaying.outcomes_over_time(frame),
        alt="Calls by their outcome over the planned time.",
        table=table[["outcome", "calls", "reason"]],
    )


def positions(beside: Beside) -> Displayed:
    """Queue positions, simulated against observed."""
    chats = beside.chats[beside.chats["difference"].isin(COMPARED)]
    pairs = chats.groupby(["simulated_position", "position"]).size().reset_index(name="chats")
    pairs = pairs.rename(columns={"simulated_position": "simulated", "position": "observed"})
    return charts.show(
        replaying.positions(pairs.astype(int)),
        alt="Numbers of chats by their simulated and their observed queue position.",
        table=pairs,
        caption="On the line: the tenant counted as the simulation did.",
    )


def differences(beside: Beside) -> Displayed:
    """Why positions differ: every chat has one reason."""
    counts = beside.chats["difference"].value_counts()
    table = pd.DataFrame(
        [
            {"reason": name, "chats": int(counts[name]), "meaning": meaning}
            for name, meaning in DIFFERENCES.items()
            if name in counts
        ],
        columns=["reason", "chats", "meaning"],
    )
    return charts.table_card(table, caption="Queue positions: every chat of the plan, by reason.")


def waits(beside: Beside) -> Displayed:
    """Waits and the order of pickups."""
    chats = beside.chats[~beside.chats["is_carried"]]
    chats = chats[chats["wait_s"].notna() & chats["simulated_order"].notna()]
    columns = ["simulated_wait_s", "wait_s", "simulated_order", "order"]
    frame = chats[columns].astype(np.float64)
    drawn = frame.iloc[:: max(1, -(-len(frame) // MOST_POINTS))]
    gap = summary(beside)["overall"]["wait_difference_s"]["p50"]["value"] or 0.0
    some = f" {len(drawn):,} of {len(frame):,} chats are drawn." if len(drawn) < len(frame) else ""
    return charts.show(
        replaying.waits_and_order(drawn, difference_s=gap),
        alt="Observed against simulated waits, and observed against simulated order of pickup.",
        table=chats[["chat_session_id", "topic", *columns]],
        caption="Waits are measured by our clock and put back on the simulated one by the warp, "
        f"which blows up every delay by as much.{some}",
    )


def topics(beside: Beside) -> Displayed:
    """Topic by topic: what was planned, what pickups took, and how far the tenant agreed."""
    frame = topic_mix(beside)
    return charts.table_card(
        frame,
        caption="By topic: pickups planned and sessions taken, by the TopicId that the tenant "
        "told; chats with the simulated queue position; and those with the simulated rank, which "
        "is lower at first, as chats that agents had in hand at the start are not replayed.",
    )


def provenance(beside: Beside) -> Displayed:
    """Where it all comes from."""
    head, plan = beside.observed.folder.plan.head, beside.observed.folder.plan
    runs = beside.observed.runs
    facts: list[tuple[str, Any]] = [
        # That of an example names a temporary folder: another one each time.
        ("plan", "an example" if beside.observed.is_example else plan.hash[:16]),
        ("run", head.run_hash[:16]),
        ("planned", head.made_at),
        ("mode, warp", f"{head.mode}, {head.warp:g}"),
        ("caps", ", ".join(f"{name} {value:g}" for name, value in head.caps.items())),
        ("late calls", f"{head.late['policy']} after {head.late['after_s']:g} s"),
        ("transport", ", ".join(sorted(set(runs["transport"].dropna()))) or "none"),
        ("parts, runs", f"{runs['part'].nunique()}, {len(runs)}"),
        *(("warning", warning) for warning in head.warnings),
        *((f"left out: {reason}", number) for reason, number in head.left_out.items()),
    ]
    return charts.table_card(pd.DataFrame(facts, columns=["what", "value"]).astype(str))


def _sent(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls that were sent, in order of their instants on the clock of their run.

    That clock stands at 0 when the plan's first call is due, in every run of a replay.
    """
    sent = calls[calls["dispatched_us"].notna()].sort_values("intended_us", kind="stable")
    frame = pd.DataFrame(
        {
            "at_s": sent["intended_us"].astype(np.float64) / 1e6,
            "sent_s": sent["dispatched_us"].astype(np.float64) / 1e6,
            "lag_s": sent["lag_s"],
        }
    )
    began = frame["at_s"].min()
    return frame.assign(at_s=frame["at_s"] - began, sent_s=frame["sent_s"] - began)


def _latest(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """As many points as a page can carry: the greatest, in their old order."""
    return frame.nlargest(MOST_POINTS, by).sort_index() if len(frame) > MOST_POINTS else frame


def _by_tenths(sent: pd.DataFrame) -> pd.DataFrame:
    """Ten spans of the run: calls and lags, for the table below the chart."""
    if sent.empty:
        return sent
    span = np.minimum((sent["at_s"] / (sent["at_s"].max() + 1e-9) * 10).astype(int), 9)
    rows = sent.groupby(span)
    return pd.DataFrame(
        {
            "from_s": rows["at_s"].min(),
            "calls": rows.size(),
            "lag_p50_s": rows["lag_s"].median(),
            "lag_max_s": rows["lag_s"].max(),
        }
    ).reset_index(drop=True)


def _tails(calls: pd.DataFrame) -> pd.DataFrame:
    """The steps of each measure; of many calls the last ones each, of the others some."""
    parts = []
    for name, column in MEASURES.items():
        known = np.sort(calls[column].dropna().to_numpy(dtype=np.float64))
        longer = 1 - np.arange(known.size) / max(known.size, 1)
        shares = np.geomspace(1 / max(known.size, 1), 1, MOST_STEPS)
        chosen = np.unique(np.searchsorted(-longer, -shares).clip(max=max(known.size - 1, 0)))
        if known.size:
            seconds = np.maximum(known[chosen], SHORTEST_S)
            parts.append(
                pd.DataFrame({"measure": name, "seconds": seconds, "share_longer": longer[chosen]})
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(
        {"measure": [], "seconds": [], "share_longer": []}
    )  # fmt: skip
