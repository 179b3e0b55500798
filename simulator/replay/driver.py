"""The driver: calls of a plan become requests, each at its time and none of them twice.

Every call has a task of its own from the moment it is due. The task waits for the calls before it
in its lines (``lanes``), for the holds of the queue it touches (``pacing``), for a free place among
the calls in flight and for the cap on the rate; then it is late by as much as it is, and is sent,
shed or ends the run, as the plan says. What an answer means is for ``outcomes`` to tell, and what
becomes of an unknown call for ``doubts``.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.entity import ChatSessionStatus
from simulator.replay import pacing, retries
from simulator.replay.accounts import CLASSES
from simulator.replay.breaker import Breaker
from simulator.replay.calls import CUSTOMERS
from simulator.replay.lanes import Lines
from simulator.replay.outcomes import Verdict
from simulator.replay.sending import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.replay.accounts import Account
    from simulator.replay.calls import Call
    from simulator.replay.doubts import Doubts
    from simulator.replay.journal import Outcome
    from simulator.replay.sending import Sender
    from simulator.replay.stopping import Stopping

__all__ = ["Drive", "Limits", "Snapshot"]

LEAD_S: Final = 0.2
"""From the start of a run to its first call."""

SHORT_NS: Final = 50_000_000
"""A wait for which a call for a stop may be left unheard."""

MOST_WAITING: Final = 20_000
"""Tasks that wait at one time; while there are more, none is made."""

MAY_HAVE_TAKEN: Final = frozenset({"done", "recovered", "unknown"})
"""Outcomes of a pickup that count against the cap."""

BROUGHT: Final = ("done", "recovered")

_QUEUED: Final = ChatSessionStatus.InQueue.name
_WORTH_A_LOOK: Final = frozenset({"unknown", "rejected"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds one run; the caps are this part's share of the plan's."""

    max_in_flight: int = 100
    max_rate: float = 100.0
    max_pickups: int = 0
    max_duration_s: float = 3600.0
    canary: bool = False
    """Stop after the first pickup that was sent."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a run is, for whoever watches."""

    planned: int
    settled: int
    counts: dict[str, int]
    in_flight: int
    waiting: int
    """Calls that are due and wait for their turn."""
    queue: int | None
    """Sessions created less those picked up and those that left; None where none are created."""
    lag_p99_ms: float


class Drive:
    """One run of the calls that are left, from its first instant to its last answer."""

    def __init__(
        self,
        calls: Sequence[Call],
        sender: Sender,
        doubts: Doubts,
        account: Account,
        stopping: Stopping,
        limits: Limits,
        *,
        pickups_before: int = 0,
    ) -> None:
        head = sender.head
        self.calls, self.sender, self.doubts = calls, sender, doubts
        self.account, self.stopping, self.limits = account, stopping, limits
        self.head, self.desk, self.journal = head, sender.desk, sender.journal
        self.capped = False
        self._breaker = Breaker(
            unknown_in_a_row=head.breaker["unknown_in_a_row"],
            unknown_share=head.breaker["unknown_share"],
            of_last=head.breaker["of_last"],
            error_share=head.breaker["error_share"],
        )
        self._topic_ids = {topic["topic_id"] for topic in head.topics.values()}
        self._lines = Lines()
        self._holds = pacing.Holds(round(head.min_gap_s * 1e6))
        self._rate = pacing.RateCap(limits.max_rate)
        self._unanswered: dict[int, asyncio.Future[None]] = {}
        self._slots = asyncio.Semaphore(limits.max_in_flight)
        self._quiet_until_ns: dict[str, int] = {}
        self._pickups = pickups_before
        self._in_flight = self._waiting = 0
        self._lags_us: deque[int] = deque(maxlen=1000)
        self._t0_ns = 0

    # ------------------------------------------------------------------------ the run

    async def run(self) -> None:
        """Send what is left, until all is answered or the run is to stop."""
        if not self.calls:
            return
        first_ns = pacing.due_ns(self.calls[0], 0, self.head.warp)
        self._t0_ns = time.perf_counter_ns() + round(LEAD_S * 1e9) - first_ns
        ahead_us = (self._t0_ns - time.perf_counter_ns()) // 1000
        self.journal.note("clock", t0_us=time.time_ns() // 1000 + ahead_us, calls=len(self.calls))
        async with asyncio.TaskGroup() as group:
            await self._conduct(group)

    async def _conduct(self, group: asyncio.TaskGroup) -> None:
        """Give every call its task when it is due."""
        loop = asyncio.get_running_loop()
        for number, call in enumerate(self.calls):
            await self._until_due(call, number)
            if self.stopping.asked:
                return
            finished: asyncio.Future[None] = loop.create_future()
            before = self._lines.join(call, finished) + self._held_by(call)
            self._unanswered[call.number] = loop.create_future()
            self._waiting += 1
            group.create_task(self._run(call, before, finished))
            if self.limits.canary and call.kind == "pickup":
                await finished

    def _held_by(self, call: Call) -> list[asyncio.Future[None]]:
        """The answers that must have come before the call may go: those of its queue."""
        numbers = self._holds.join(call, self._intended_us(call))
        return [self._unanswered[number] for number in numbers if number in self._unanswered]

    async def _until_due(self, call: Call, number: int) -> None:
        wait_ns = pacing.due_ns(call, self._t0_ns, self.head.warp) - time.perf_counter_ns()
        if wait_ns > SHORT_NS:
            await self.stopping.sleep(wait_ns / 1e9)
        elif wait_ns > 0:
            await asyncio.sleep(wait_ns / 1e9)
        elif number % 50 == 0:
            await asyncio.sleep(0)
        while self._waiting > MOST_WAITING and not self.stopping.asked:
            await self.stopping.sleep(0.05)

    async def _run(
        self, call: Call, before: list[asyncio.Future[None]], finished: asyncio.Future[None]
    ) -> None:
        """One call from its turn to its outcome; without one if the run stops before."""
        try:
            for each in before:
                await each
            tries = self.journal.state().tries.get(call.number, 0)
            outcome = await self._come_to(Trial(call, self._intended_us(call), tries=tries))
            if outcome is not None:
                self._close(call, outcome)
        finally:
            self._is_answered(call)
            if not finished.done():
                finished.set_result(None)

    def _is_answered(self, call: Call) -> None:
        """Let those go that waited for this call's answer; what follows is its own affair."""
        answered = self._unanswered.pop(call.number, None)
        if answered is not None and not answered.done():
            answered.set_result(None)

    # ------------------------------------------------------------------------ one call

    async def _come_to(self, trial: Trial) -> Outcome | None:
        """The outcome of a call: as many tries as it takes, or none."""
        try:
            while not self.stopping.asked:
                verdict = await self._attempt(trial)
                if verdict is None or verdict.cls != "rejected":
                    break
                pause_s = retries.wait_s(verdict, trial.rounds, self._left_s())
                if pause_s is None:
                    break
                self._turned_away(trial, verdict, pause_s)
                await self.stopping.sleep(pause_s)
            else:
                verdict = None
        finally:
            self._waiting -= 1
        if verdict is None:
            return None
        if verdict.cls == "unknown":
            self._is_answered(trial.call)
            return await self._settled(trial, verdict)
        return trial.outcome(self._t0_ns, verdict.cls, verdict.reason, verdict.facts)

    async def _attempt(self, trial: Trial) -> Verdict | None:
        """One try, when there is a place for it; None if the run stops first."""
        if reason := self.desk.why_not(trial.call):
            return Verdict("skipped", reason)
        quiet_ns = self._quiet_until_ns.get(trial.call.lane, 0) - time.perf_counter_ns()
        if quiet_ns > 0:
            await self.stopping.sleep(quiet_ns / 1e9)
        async with self._slots:
            kept = self._too_late(trial)
            if kept is not None or await self._wait_for_rate():
                return kept
            if self._is_capped(trial.call):
                return Verdict(
                    "skipped", f"the cap of {self.limits.max_pickups} pickups is reached"
                )
            self._in_flight += 1
            try:
                return await self._send(trial)
            finally:
                self._in_flight -= 1

    async def _wait_for_rate(self) -> bool:
        """Wait for the cap on the rate; True if the run is to stop."""
        now_ns = time.perf_counter_ns()
        wait_ns = self._rate.reserve(now_ns) - now_ns
        if wait_ns > 0 and not self.stopping.asked:
            await self.stopping.sleep(wait_ns / 1e9)
        return self.stopping.asked

    def _too_late(self, trial: Trial) -> Verdict | None:
        """What the plan says about a call that is as late as this one is now."""
        late_us = self._now_us() - trial.intended_us
        what = pacing.lateness(late_us, self.head.late)
        late = f"late by {late_us / 1e6:.3f} s"
        if what == "shed":
            return Verdict("rejected" if trial.tries else "shed", late)
        if what == "abort":
            self.stopping.stop("breaker", f"call {trial.call.number} was {late}; the plan aborts")
        return None

    def _is_capped(self, call: Call) -> bool:
        if call.kind != "pickup" or self._pickups < self.limits.max_pickups:
            return False
        self.capped = True
        return True

    async def _send(self, trial: Trial) -> Verdict:
        """Send it; what its answer says, and what that means for the run."""
        call = trial.call
        self._lags_us.append(self._now_us() - trial.intended_us)
        if call.kind == "create":
            with self.doubts.creating(self.sender.topic_id(call)):
                verdict = await self._answered(trial)
        elif call.kind == "pickup":
            verdict = await self._picked_up(trial)
        else:
            verdict = await self._answered(trial)
        return verdict

    async def _picked_up(self, trial: Trial) -> Verdict:
        """A pickup holds its place under the cap until it is known to have taken nothing."""
        self._pickups += 1
        verdict = await self._answered(trial)
        if verdict.cls not in MAY_HAVE_TAKEN:
            self._pickups -= 1
        return verdict

    async def _answered(self, trial: Trial) -> Verdict:
        verdict = await self.sender.send(trial)
        if trial.answer is not None:
            self._breaker.saw(verdict.cls)
        if verdict.cls in _WORTH_A_LOOK:
            self.doubts.worth_a_look.set()
        if verdict.cls == "unknown":
            self.doubts.enter(self.sender.doubt(trial, verdict))
        self._look(trial.call, verdict)
        return verdict

    def _turned_away(self, trial: Trial, verdict: Verdict, pause_s: float) -> None:
        """Leave the lane alone for as long as the tenant asked; say so in the journal."""
        until_ns = time.perf_counter_ns() + round(pause_s * 1e9)
        lane = trial.call.lane
        self._quiet_until_ns[lane] = max(self._quiet_until_ns.get(lane, 0), until_ns)
        if trial.answer is not None:
            self.journal.turned_away(
                trial.call.number, trial.tries, trial.answer.http, verdict.retry_after_s
            )
            trial.answer = None

    async def _settled(self, trial: Trial, verdict: Verdict) -> Outcome:
        """The outcome of an unknown call; its lane waits for it."""
        call = trial.call
        found = await self.doubts.settle(self.sender.doubt(trial, verdict))
        if found.blocks and call.lane != CUSTOMERS:
            self.desk.blocked.add(call.lane)
        return trial.outcome(self._t0_ns, found.cls, found.reason, found.facts)

    def _close(self, call: Call, outcome: Outcome) -> None:
        """Write the outcome down, and learn from it."""
        self.journal.outcome(call.number, outcome)
        self.account.add(call, outcome)
        self.desk.learn(call, outcome)
        self.doubts.taken.learn(call, outcome)
        if self.limits.canary and call.kind == "pickup" and outcome.tries:
            self.stopping.stop("canary", "the first pickup was sent and answered")

    def _look(self, call: Call, verdict: Verdict) -> None:
        """Stop the run where an answer shows that it must not go on."""
        if self._breaker.tripped:
            self.stopping.stop("breaker", self._breaker.tripped)
        facts = verdict.facts
        if facts is None:
            return
        if facts.topic_id is not None and facts.topic_id not in self._topic_ids:
            self.stopping.stop(
                "breaker",
                f"session {facts.session_id} has TopicId {facts.topic_id}, which is not in the "
                "plan: the caller belongs to other topics too",
            )
        if call.kind == "create" and facts.status not in ("", _QUEUED):
            self.stopping.stop(
                "breaker",
                f"a created session is {facts.status}, not {_QUEUED}: nobody could pick it up; "
                "replay pickups against a filled queue, or turn the topic's form off",
            )

    # ------------------------------------------------------------------------ the clock

    def _intended_us(self, call: Call) -> int:
        return pacing.due_ns(call, 0, self.head.warp) // 1000

    def _now_us(self) -> int:
        return (time.perf_counter_ns() - self._t0_ns) // 1000

    def _left_s(self) -> float:
        first_us = self._intended_us(self.calls[0])
        return self.limits.max_duration_s - (self._now_us() - first_us) / 1e6

    def snapshot(self) -> Snapshot:
        """How far the run is."""
        counts = self.account.counts
        queue = sum(counts["create", cls] for cls in BROUGHT)
        queue -= sum(counts[kind, cls] for kind in ("pickup", "leave") for cls in BROUGHT)
        lags = sorted(self._lags_us)
        return Snapshot(
            self.account.planned.total(),
            self.account.settled,
            {cls: number for cls in CLASSES if (number := self.account.of_class(cls))},
            self._in_flight,
            self._waiting - self._in_flight,
            queue if self.account.planned["create"] else None,
            lags[int(0.99 * (len(lags) - 1))] / 1000 if lags else 0.0,
        )
