"""One try of one call: read first what must be read, write the INTENT, send, and see."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.replay import requests
from simulator.replay.journal import Outcome
from simulator.replay.outcomes import Verdict, classify, read_answer
from simulator.replay.settling import Doubt

if TYPE_CHECKING:
    from simulator.replay.calls import Call
    from simulator.replay.endpoint.answer import Answer
    from simulator.replay.endpoint.client import Endpoint
    from simulator.replay.facts import Facts
    from simulator.replay.journal import Journal
    from simulator.replay.lanes import Desk
    from simulator.replay.plan import PlanHead

__all__ = ["Sender", "Trial"]


@dataclass(slots=True)
class Trial:
    """A call on its way: how often it was sent, and what came of the last time."""

    call: Call
    intended_us: int
    """Since the run's first instant."""
    rounds: int = 0
    """Times it had its turn: to be sent, or to be read for and then sent."""
    tries: int = 0
    session_id: int | None = None
    """The session it acts on, where it acts on a known one."""
    intent_us: int | None = None
    """Wall clock of the last INTENT, epoch µs."""
    intent_ns: int = 0
    """The same instant on the monotonic clock."""
    answer: Answer | None = None

    @property
    def sent_at_us(self) -> int | None:
        """Wall clock of the last dispatch, epoch µs."""
        if self.intent_us is None or self.answer is None:
            return self.intent_us
        return self.intent_us + (self.answer.dispatched_ns - self.intent_ns) // 1000

    def outcome(self, t0_ns: int, cls: str, reason: str, facts: Facts | None = None) -> Outcome:
        """The outcome of the call, with the stamps of its last try since ``t0_ns``."""
        answer = self.answer
        return Outcome(
            cls=cls,
            http=answer.http if answer else None,
            reason=reason,
            tries=self.tries,
            session_id=facts.session_id if facts else self.session_id,
            topic_id=facts.topic_id if facts else None,
            position=facts.position if facts else None,
            rank=facts.rank if facts else None,
            status=facts.status if facts else "",
            requested_us=facts.requested_us if facts else None,
            started_us=facts.started_us if facts else None,
            ended_us=facts.ended_us if facts else None,
            intended_us=self.intended_us,
            dispatched_us=_since(t0_ns, answer.dispatched_ns) if answer else None,
            first_byte_us=_since(t0_ns, answer.first_byte_ns) if answer else None,
            answered_us=_since(t0_ns, answer.answered_ns) if answer else None,
            sent_at_us=self.sent_at_us,
        )


def _since(t0_ns: int, at_ns: int | None) -> int | None:
    return None if at_ns is None else (at_ns - t0_ns) // 1000


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends calls of a plan, each after its INTENT stands in the journal."""

    head: PlanHead
    journal: Journal
    endpoint: Endpoint
    desk: Desk
    timeout_s: float

    async def send(self, trial: Trial) -> Verdict:
        """One try; what its answer says."""
        call = trial.call
        trial.rounds += 1
        trial.session_id = self.desk.session_of(call)
        first = requests.reading(call, self.head.wire, trial.session_id)
        record = None
        if first is not None:
            answer = await self.endpoint.call(call.lane, first.method, first.path)
            verdict, record = _first_read(call, answer)
            if verdict is not None:
                return verdict
        request = requests.sending(
            call,
            topic_id=self.topic_id(call),
            session_id=trial.session_id,
            to_associate=self.desk.principals.get(call.to_lane),
            record=record,
        )
        trial.tries += 1
        trial.intent_us, trial.intent_ns = time.time_ns() // 1000, time.perf_counter_ns()
        self.journal.intent(call.number, trial.tries, trial.intent_us)
        trial.answer = await self.endpoint.call(
            call.lane, request.method, request.path, body=request.body
        )
        return _as_asked(call, classify(call, trial.answer, wall_s=time.time()))

    def topic_id(self, call: Call) -> int | None:
        """The tenant's id of the call's topic."""
        topic = self.head.topics.get(str(call.topic))
        return topic["topic_id"] if topic else None

    def doubt(self, trial: Trial, verdict: Verdict) -> Doubt:
        """What is known about a call whose answer is unknown."""
        sent_us, answer = trial.intent_us or 0, trial.answer
        last_us = sent_us
        if answer is not None:
            last_us += (answer.answered_ns - trial.intent_ns) // 1000
        if verdict.settles_late:
            last_us = max(last_us, sent_us + round(self.timeout_s * 1_000_000))
        return self.doubt_about(trial.call, verdict.reason, sent_us, last_us, trial.session_id)

    def doubt_about(
        self, call: Call, reason: str, sent_us: int, last_us: int, session_id: int | None
    ) -> Doubt:
        """A doubt with all that the plan knows."""
        known = self.desk.principals
        return Doubt(
            call,
            reason,
            sent_us,
            last_us,
            session_id=session_id,
            caller=known.get(call.lane),
            to=known.get(call.to_lane),
            topic_id=self.topic_id(call),
        )


def _as_asked(call: Call, said: Verdict) -> Verdict:
    """An end or a leave that was accepted but changed nothing came to nothing."""
    facts = said.facts
    if call.kind not in ("end", "leave") or said.cls != "done" or facts is None:
        return said
    if facts.status in ("", call.status):
        return said
    return Verdict("empty", f"the session stayed {facts.status}", facts)


def _first_read(call: Call, answer: Answer) -> tuple[Verdict | None, Any]:
    """The session that is to be ended, or the verdict that ends the try: nothing was sent yet."""
    said = classify(call, answer, wall_s=time.time())
    if said.cls == "rejected":
        return said, None
    if said.cls == "empty":
        return Verdict("empty", f"its session is not there: {said.reason}"), None
    record, wrong = read_answer(answer)
    if wrong or said.facts is None:
        return Verdict("rejected", f"its session {wrong or said.reason}", may_retry=True), None
    if call.kind == "leave" and not requests.is_queued(said.facts.status):
        return Verdict("skipped", f"no longer in the queue ({said.facts.status})", said.facts), None
    return None, record
