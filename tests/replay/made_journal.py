"""Journals written by hand: a tenant of a few lines answers the calls of a plan, as told.

It knows each topic's queue and hands out its oldest session, so what it counts is what a tenant
would have counted, whatever goes wrong with the calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulator.replay.folder import ReplayFolder, make_folder
from simulator.replay.journal import Journal, Outcome
from simulator.replay.lanes import in_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from simulator.replay.calls import Call
    from simulator.replay.plan import Plan

BEGAN_US = 1_774_252_800_000_000
SERVICE_US = 2_000


@dataclass
class HandMade:
    """What a tenant has, and answers."""

    plan: Plan
    queues: dict[int, list[int]] = field(default_factory=dict)
    """Sessions by simulated topic, the oldest first."""
    session_of: dict[int, int] = field(default_factory=dict)
    asked_us: dict[int, int] = field(default_factory=dict)
    last: int = 0

    def enter(self, topic: int, at_us: int) -> int:
        """A new session in a queue."""
        self.last += 1
        self.queues.setdefault(topic, []).append(self.last)
        self.asked_us[self.last] = at_us
        return self.last

    def answer(self, call: Call, at_us: int) -> Outcome:
        """What is done, and what is said about it."""
        if call.kind == "create":
            number = self.session_of[call.chat] = self.enter(call.topic, at_us)
            return self.told(number, call.topic, position=len(self.queues[call.topic]))
        if call.kind == "pickup":
            return self.picked_up(call, at_us)
        number = self.session_of.get(call.chat, 0)
        if call.kind == "leave":
            if number not in self.queues.get(call.topic, ()):
                return Outcome("skipped", reason="no longer in the queue")
            self.queues[call.topic].remove(number)
        return self.told(number, call.topic)

    def picked_up(self, call: Call, at_us: int) -> Outcome:
        """The oldest session of the caller's topics."""
        first = (
            min((self.queues[each][0], each) for each in call.touches if self.queues.get(each))
            if any(self.queues.get(each) for each in call.touches)
            else None
        )
        if first is None:
            return Outcome("empty", reason="null", http=200)
        number, topic = first
        self.queues[topic].remove(number)
        return replace(self.told(number, topic), rank=1, started_us=at_us)

    def told(self, number: int, topic: int, **more: int) -> Outcome:
        """A session's facts."""
        topic_id = self.plan.head.topics[str(topic)]["topic_id"]
        asked_us = self.asked_us.get(number)
        return Outcome("done", http=200, session_id=number, topic_id=topic_id,
                       requested_us=asked_us, **more)  # fmt: skip


Say = dict[int, "str | Callable[[HandMade, int], Outcome | None]"]
"""By call: a class that the tenant had no part in (shed, rejected, empty, left, unknown), or
``<class>!`` where it did the call and its answer was lost, or a function of tenant and instant."""


def write_replay(
    folder: Path,
    plan: Plan,
    *,
    say: Say | None = None,
    parts: int = 1,
    stops_after: Iterable[int] = (),
    pause_us: int = 3_600_000_000,
    lag_us: Callable[[Call], int] = lambda _: 100,
    service_us: Callable[[Call], int] = lambda _: SERVICE_US,
    between: Callable[[HandMade, Call, int], None] | None = None,
    ends: str | None = "done",
) -> ReplayFolder:
    """A replay's folder with its journals.

    Args:
        folder: a new one.
        plan: what was to be sent.
        say: calls that did not come to what the tenant would have done.
        parts: as many journals.
        stops_after: the replay is cut off after each of these calls and goes on after a pause.
        pause_us: how long that is.
        lag_us: how late each call is sent; the tenant takes them in this order.
        service_us: how long each is under way; the tenant does it at once.
        between: called before each call, with its instant.
        ends: how the last run ends; None if it was cut off.
    """
    made = make_folder(folder, plan)
    tenant, say = HandMade(plan), say or {}
    lanes = {call.lane for call in plan.calls}
    journals = [
        Journal.create(made.journal((k, parts)), {"plan": plan.hash, "part": [k, parts]})
        for k in range(1, parts + 1)
    ]
    lags = {call.number: lag_us(call) for call in plan.calls}
    sent = sorted(
        plan.calls, key=lambda each: (_due_us(plan, each) + lags[each.number], each.number)
    )
    t0_us = BEGAN_US
    _begin(journals, t0_us)
    for call in sent:
        (journal,) = (
            each for k, each in enumerate(journals, 1) if in_part(call, lanes, (k, parts))
        )
        _send(journal, tenant, call, t0_us, lags[call.number], service_us(call), say, between)
        if call.number in stops_after:
            t0_us += pause_us
            _begin(journals, t0_us + _due_us(plan, call))
    for journal in journals:
        if ends is not None:
            journal.note("ended", ended=ends, reason="" if ends == "done" else "as told")
        journal.close()
    return made


def _due_us(plan: Plan, call: Call) -> int:
    return round(call.due_us / plan.head.warp)


def _begin(journals: list[Journal], at_us: int) -> None:
    at = datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="milliseconds")
    for journal in journals:
        journal.note("begun", at=at, skew_s=0.0, way={"transport": "httpx"})


def _send(journal, tenant, call, t0_us, lag_us, service_us, say, between):
    due_us = _due_us(tenant.plan, call)
    sent_us = due_us + lag_us
    at_us = t0_us + sent_us
    if between is not None:
        between(tenant, call, at_us)
    told = say.get(call.number, "done!")
    if told == "left":
        return
    outcome = _outcome(tenant, call, at_us, told)
    if outcome is None:
        journal.intent(call.number, 1, at_us)
        return
    if outcome.cls in ("shed", "skipped"):
        journal.outcome(call.number, replace(outcome, intended_us=due_us))
        return
    journal.intent(call.number, 1, at_us)
    journal.outcome(
        call.number,
        replace(
            outcome, tries=1, intended_us=due_us, dispatched_us=sent_us, first_byte_us=sent_us + 10,
            answered_us=sent_us + service_us, sent_at_us=at_us,
        ),
    )  # fmt: skip


def _outcome(tenant, call, at_us, told):
    """What is written of a call; None where the journal ends at its INTENT."""
    if callable(told):
        return told(tenant, at_us)
    cls, _, _ = told.partition("!")
    answered = tenant.answer(call, at_us) if told.endswith("!") else None
    if cls == "unanswered":
        return None
    if answered is None or cls == "unknown":
        return Outcome(cls, reason="as told")
    if cls == "recovered" and answered.cls == "done":
        return replace(answered, cls="recovered", http=None)
    return answered


def first(plan: Plan, kind: str, *, at: int = 0, **wanted: object) -> Call:
    """The call of a kind in a plan, by its place among those that are as wanted."""
    found = [
        call
        for call in plan.calls
        if call.kind == kind and all(getattr(call, name) == value for name, value in wanted.items())
    ]
    return found[at]
