"""A replay in sentences: what was sent, what came of it, and how far the tenant agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.comparison.observing.differences import COMPARED, SAME
from simulator.comparison.observing.summing import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.comparison.observing.beside import Beside

__all__ = ["about", "verdict"]


def about(beside: Beside) -> str:
    """What was replayed against what."""
    head = beside.observed.folder.plan.head
    warp = (
        f"{head.warp:g} times as fast as simulated" if head.warp != 1 else "at the simulated pace"
    )
    what = "all of every chat" if head.mode == "full" else "the pickups"
    return (
        f"Replication {head.replication} of {head.scenario}, from {head.first_at[:16]} "
        f"({head.timezone}): {what}, {warp}, against {head.base}, tenant {head.context}."
    )


def verdict(beside: Beside, figures: Mapping[str, Any]) -> list[str]:
    """The findings, the most important first."""
    return [
        *_outcomes(beside, figures),
        *_speed(figures),
        *_positions(beside, figures),
        *_endings(beside),
    ]


def _outcomes(beside: Beside, figures: Mapping[str, Any]) -> Iterator[str]:
    calls = figures["calls"]
    planned = int(calls["planned"]["value"])
    parts = [
        f"{int(calls[name]['value']):,} {name}"
        for name in (*OUTCOMES, "left", "unanswered")
        if calls[name]["value"]
    ]
    yield f"Of {planned:,} planned calls: {', '.join(parts) or 'none was sent'}."
    if unknown := int(calls["unknown"]["value"]):
        yield (
            f"What came of {unknown:,} is not known; `pickup replay reconcile "
            f"{beside.observed.folder.path}` looks once more, and sends nothing."
        )
    if foreign := int(figures["foreign"]["value"]):
        yield f"{foreign:,} pickups took a session that this replay did not create."


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
    if equal["value"] is None:
        yield "No queue position can be compared."
        return
    others = int((beside.chats["difference"].isin(COMPARED - {SAME})).sum())
    unexplained = int(figures["unexplained"]["value"])
    told = "" if not others else f"; of the {others:,} others {unexplained:,} are unexplained"
    yield f"Queue positions agree for {100 * equal['value']:.1f} % of {equal['n']:,} chats{told}."
    order, first = figures["order_equal"]["value"], figures["first_come"]["value"]
    if order is not None and first is not None:
        yield (
            f"{100 * order:.1f} % of the pickups took the chat that they took in the simulation; "
            f"{100 * first:.1f} % of the sessions were picked up first come, first served."
        )


def _endings(beside: Beside) -> Iterator[str]:
    """Runs that did not come to their end."""
    for note in beside.observed.notes:
        if note.get("note") == "ended" and note.get("ended") not in ("done", None):
            yield f"A run ended early ({note['ended']}): {note.get('reason', '')}."
