"""A replay in sentences: what was sent, what came of it, and how far the tenant agreed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.comparison.observing.differences import COMPARED, SAME
from simulator.comparison.observing.summing import OUTCOMES
from simulator.replay.observed import LEFT, UNANSWERED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.comparison.observing.beside import Beside

__all__ = ["about", "verdict"]


_WORDS = {LEFT: "not come to", UNANSWERED: "cut off before an answer came"}


def about(beside: Beside) -> str:
    """What was replayed against what."""
    head = beside.observed.folder.plan.head
    warp = (
        f"{head.warp:g} times as fast as simulated" if head.warp != 1 else "at the simulated pace"
    )
    what = "all of every chat" if head.mode == "full" else "the pickups alone"
    example = (
        "This is an example: no tenant answered, its answers were made up. "
        if beside.observed.is_example
        else ""
    )
    return (
        f"{example}Replication {head.replication} of {head.scenario}, from "
        f"{head.first_at[:16].replace('T', ' ')} ({head.timezone}): {what}, {warp}, against "
        f"{head.base}, tenant {head.context}."
    )


def verdict(beside: Beside, figures: Mapping[str, Any]) -> list[str]:
    """The findings, the most important first."""
    return [
        *_outcomes(beside, figures),
        *_pickups(figures),
        *_speed(figures),
        *_positions(beside, figures),
        *_order(figures),
        *_endings(beside),
    ]


def _outcomes(beside: Beside, figures: Mapping[str, Any]) -> Iterator[str]:
    calls = figures["calls"]
    parts = [
        f"{int(calls[name]['value']):,} {_WORDS.get(name, name)}"
        for name in OUTCOMES
        if calls[name]["value"]
    ]
    told = ", ".join(parts) or "none was sent"
    yield f"Of {calls['planned']['value']:,.0f} planned calls: {told}."
    folder = beside.observed.folder.path
    if unknown := int(calls["unknown"]["value"]):
        yield (
            f"What came of {unknown:,} is not known; `pickup replay reconcile {folder}` looks "
            "once more, and sends no call."
        )
    if calls[LEFT]["value"] or calls[UNANSWERED]["value"]:
        yield f"The replay is not at its end; `pickup replay resume {folder}` goes on with it."


def _pickups(figures: Mapping[str, Any]) -> Iterator[str]:
    """What should not have happened."""
    if twice := int(figures["taken_twice"]["value"]):
        yield f"{_number(twice, 'pickup')} got a session that another one had got before."
    if foreign := int(figures["foreign"]["value"] or 0):
        yield f"{_number(foreign, 'pickup')} took a session that no known call of this replay made."
    if empty := int(figures["calls"]["empty_pickups"]["value"]):
        yield f"{_number(empty, 'pickup')} found the queue empty."


def _speed(figures: Mapping[str, Any]) -> Iterator[str]:
    lag, response = figures["lag_s"]["p99"]["value"], figures["response_s"]["p99"]["value"]
    if lag is None or response is None:
        return
    rate = figures["calls"]["per_s"]["value"]
    pace = "" if rate is None else f" at {rate:,.1f} calls a second"
    yield (
        f"Sent{pace}: 99 % within {1000 * lag:,.1f} ms of their time, and answered within "
        f"{1000 * response:,.1f} ms of it."
    )


def _positions(beside: Beside, figures: Mapping[str, Any]) -> Iterator[str]:
    equal = figures["position_equal"]
    if not beside.has_creates:
        yield "Only pickups were replayed, so queue positions and waits are not compared."
        return
    if equal["value"] is None:
        yield "No queue position can be compared."
        return
    others = int(beside.chats["difference"].isin(COMPARED - {SAME}).sum())
    unexplained = int(figures["unexplained"]["value"])
    told = f"; of the other {others:,}, {unexplained:,} unexplained" if others else ""
    yield f"Queue positions agree for {_of(equal)} chats{told}."


def _order(figures: Mapping[str, Any]) -> Iterator[str]:
    same, first = figures["order_equal"], figures["first_come"]
    if same["value"] is not None:
        yield f"{_of(same)} chats that were picked up were so by the pickup planned for them."
    if first["value"] is not None:
        yield f"{_of(first)} pickups left no older session of the topic waiting."


def _endings(beside: Beside) -> Iterator[str]:
    """Runs that did not come to their end."""
    runs = beside.observed.runs
    last = runs.groupby("part")["run"].max()
    several = len(last) > 1
    for run in runs.to_dict(orient="records"):
        which = f"Run {run['run']}" + (f" of part {run['part']}" if several else "")
        if pd.isna(run["ended"]):
            is_last = run["run"] == last[run["part"]]
            yield f"{which} was cut off{', or is still going' if is_last else ''}."
        elif run["ended"] != "done":
            reason = f": {run['reason']}" if run["reason"] else ""
            yield f"{which} ended early ({run['ended']}){reason}."


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _of(share: Mapping[str, Any]) -> str:
    """A share as counts, with the per cent cut and not rounded, so that 100 % means all.

    >>> _of({"value": 4999 / 5000, "n": 5000})
    '4,999 of 5,000 (99.9 %)'
    """
    hits, cut = round(share["value"] * share["n"]), math.floor(share["value"] * 1000 + 1e-9) / 10
    return f"{hits:,} of {share['n']:,} ({cut:g} %)"
