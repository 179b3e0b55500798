"""One run of a plan's calls over an open journal: settle what is unknown, send what is left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from simulator.replay import pacing
from simulator.replay.accounts import Account
from simulator.replay.calls import CUSTOMERS
from simulator.replay.doubts import Doubts, Taken
from simulator.replay.driver import MAY_HAVE_TAKEN, Drive, Limits
from simulator.replay.journal import Outcome
from simulator.replay.lanes import Desk
from simulator.replay.outcomes import BROKEN_OFF
from simulator.replay.sending import Sender
from simulator.replay.stopping import (
    Stopping,
    stopped_by_ctrl_c,
    watch_clock,
    watch_file,
    watch_state,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from simulator.replay.calls import Call
    from simulator.replay.driver import Snapshot
    from simulator.replay.endpoint.client import Endpoint
    from simulator.replay.journal import Intent, Journal
    from simulator.replay.plan import Plan
    from simulator.replay.reconciling import Found
    from simulator.replay.settling import Doubt

__all__ = ["Course", "Surroundings", "drive", "settle_alone"]

TOLD_EVERY_S: Final = 1.0

CUT_OFF: Final = "the run was cut off before an answer came"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run knows besides its plan and its journal."""

    principals: Mapping[str, int] = field(default_factory=dict)
    """The associate behind each lane."""
    skew_s: float = 0.0
    """The tenant's clock against ours."""
    timeout_s: float = 30.0
    """How long an answer is waited for."""
    max_in_flight: int = 100
    part: tuple[int, int] = (1, 1)
    canary: bool = False
    """End after the first pickup."""
    stop_file: Path | None = None
    state: Callable[[], Awaitable[str]] | None = None
    """Asks the tenant for its state; "" if it does not tell."""
    elsewhere: Callable[[str], AbstractSet[int]] = field(default=lambda _: frozenset())
    """The tenant's ids in the folder's other journals, by kind of call."""
    progress: Callable[[Snapshot], None] | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """How a run went."""

    account: Account
    ended: str
    """done, canary, stopped, breaker, interrupted or cap."""
    reason: str
    first_pickup: Outcome | None = None


async def drive(
    plan: Plan,
    calls: Sequence[Call],
    journal: Journal,
    endpoint: Endpoint,
    around: Surroundings,
    *,
    stopping: Stopping | None = None,
) -> Course:
    """Settle the calls of ``calls`` that the journal leaves unknown, and send those it lacks."""
    stopping = stopping or Stopping()
    made = _Made(plan, calls, journal, endpoint, around)
    work = asyncio.ensure_future(made.work(stopping))
    stopping.on_abort(work.cancel)
    watchers = [asyncio.ensure_future(watcher) for watcher in made.watchers(stopping)]
    for watcher in watchers:
        watcher.add_done_callback(lambda done: _stop_unwatched(done, stopping))
    try:
        with stopped_by_ctrl_c(stopping):
            await work
    except asyncio.CancelledError:
        if stopping.ended != "interrupted":
            work.cancel()
            raise
    except BaseExceptionGroup as errors:
        raise _first(errors) from errors
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(work, *watchers, return_exceptions=True)
    made.account.check()
    return made.course(stopping)


def _stop_unwatched(watcher: asyncio.Future[None], stopping: Stopping) -> None:
    """A run that nobody watches must not go on."""
    if not watcher.cancelled() and (error := watcher.exception()) is not None:
        stopping.stop("breaker", f"watching the run failed ({type(error).__name__})")


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that ended the run; the others are its calls being cancelled."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


class _Made:
    """The parts of a run, put together."""

    def __init__(
        self,
        plan: Plan,
        calls: Sequence[Call],
        journal: Journal,
        endpoint: Endpoint,
        around: Surroundings,
    ) -> None:
        self.plan, self.calls, self.journal, self.around = plan, calls, journal, around
        self.account = Account.of(calls)
        self.taken = Taken(around.elsewhere)
        self.doubts = Doubts(endpoint, self.taken, around.skew_s, alone=around.part[1] == 1)
        desk = Desk(
            frozenset(call.chat for call in calls if call.kind == "create"),
            frozenset(call.lane for call in calls) - {CUSTOMERS},
            around.principals,
        )
        self.sender = Sender(plan.head, journal, endpoint, desk, around.timeout_s)
        self.driver: Drive | None = None

    def learn(self) -> None:
        """Take in what the journal tells of earlier runs."""
        outcomes = self.journal.state().outcomes
        for call in self.calls:
            outcome = outcomes.get(call.number)
            if outcome is not None:
                self.account.add(call, outcome)
                self.sender.desk.learn(call, outcome)
                self.taken.learn(call, outcome)

    async def work(self, stopping: Stopping) -> None:
        """Settle, then send."""
        self.learn()
        await settle_unknown([self])
        outcomes = self.journal.state().outcomes
        left = [call for call in self.calls if call.number not in outcomes]
        before = sum(self.account.counts["pickup", cls] for cls in MAY_HAVE_TAKEN)
        self.driver = Drive(
            left,
            self.sender,
            self.doubts,
            self.account,
            stopping,
            self._limits(),
            pickups_before=before,
        )
        await self.driver.run()

    def _limits(self) -> Limits:
        """This part's share of the caps."""
        caps, parts = self.plan.head.caps, self.around.part[1]
        pickups = int(caps["max_pickups"])
        return Limits(
            max_in_flight=self.around.max_in_flight,
            max_rate=caps["max_rate"] / parts,
            max_pickups=min(pickups, self.account.planned["pickup"]) if parts > 1 else pickups,
            max_duration_s=caps["max_duration_s"],
            canary=self.around.canary,
        )

    def share(self, other: _Made) -> None:
        """Have one book of doubts, and of what was taken, with another run."""
        self.taken, self.doubts = other.taken, other.doubts

    def unsettled(self) -> list[tuple[Outcome | None, Doubt]]:
        """The calls that the journal leaves unknown, with what stands there of them."""
        state = self.journal.state()
        found = []
        for call in self.calls:
            intent, was = state.intents.get(call.number), state.outcomes.get(call.number)
            if intent is not None or (was is not None and was.cls == "unknown"):
                found.append((was, _doubt(self.sender, call, intent, was)))
        return found

    def close(self, was: Outcome | None, doubt: Doubt, found: Found) -> None:
        """Write down what a doubt of an earlier run came to."""
        call, outcome = doubt.call, _outcome(self.sender, doubt, was, found)
        if was is None:
            self.account.add(call, outcome)
        else:
            self.account.revise(call, was.cls, found.cls)
        if was is None or (found.cls, outcome.reason) != (was.cls, was.reason):
            self.journal.outcome(call.number, outcome)
        self.sender.desk.learn(call, outcome)
        self.taken.learn(call, outcome)
        if found.blocks and call.lane != CUSTOMERS:
            self.sender.desk.blocked.add(call.lane)

    def watchers(self, stopping: Stopping) -> list[Coroutine[None, None, None]]:
        """What stops the run from outside, and tells of it."""
        around = self.around
        watching = [watch_clock(stopping, self.plan.head.caps["max_duration_s"])]
        if around.stop_file is not None:
            watching.append(watch_file(stopping, around.stop_file))
        if around.state is not None:
            watching.append(watch_state(stopping, around.state, self.doubts.worth_a_look))
        if around.progress is not None:
            watching.append(self._tell(around.progress))
        return watching

    async def _tell(self, progress: Callable[[Snapshot], None]) -> None:
        while True:
            await asyncio.sleep(TOLD_EVERY_S)
            if self.driver is not None:
                progress(self.driver.snapshot())

    def course(self, stopping: Stopping) -> Course:
        """How it went."""
        ended, reason = stopping.ended or "done", stopping.reason
        if ended == "done" and self.driver is not None and self.driver.capped:
            ended, reason = "cap", "the cap on pickups was reached; those beyond it were skipped"
        outcomes = self.journal.state().outcomes
        sent = (
            outcomes[call.number]
            for call in self.calls
            if call.kind == "pickup" and call.number in outcomes and outcomes[call.number].tries
        )
        return Course(self.account, ended, reason, next(sent, None))


async def settle_alone(
    plan: Plan,
    parts: Sequence[tuple[Sequence[Call], Journal]],
    endpoint: Endpoint,
    around: Surroundings,
) -> Course:
    """Settle what the journals of all parts leave unknown, and send nothing."""
    runs = [_Made(plan, calls, journal, endpoint, around) for calls, journal in parts]
    for run in runs:
        run.share(runs[0])
        run.learn()
    found = await settle_unknown(runs)
    account = runs[0].account
    for run in runs[1:]:
        account.join(run.account)
    account.check()
    return Course(account, "done", f"{found} of the unknown calls were recovered")


async def settle_unknown(runs: Sequence[_Made]) -> int:
    """Settle every call that the runs' journals leave unknown; how many were recovered.

    A call with an INTENT and no outcome is one; so is one whose outcome is unknown, which is
    looked for once more. A lane that may hold a session nobody can tell of is blocked.
    """
    unsettled = [(run, *each) for run in runs for each in run.unsettled()]
    for run, _, doubt in unsettled:
        run.doubts.enter(doubt)
    found = await asyncio.gather(*(run.doubts.settle(doubt) for run, _, doubt in unsettled))
    for (run, was, doubt), each in zip(unsettled, found, strict=True):
        run.close(was, doubt, each)
    return sum(each.cls == "recovered" for each in found)


def _doubt(sender: Sender, call: Call, intent: Intent | None, was: Outcome | None) -> Doubt:
    if intent is not None:
        sent_us, reason = intent.at_us, CUT_OFF
    else:
        sent_us = (was.sent_at_us if was else None) or 0
        reason = (was.reason if was else "").partition(";")[0]
    last_us = sent_us + _at_work_us(was, sender.timeout_s)
    session_id = (was.session_id if was else None) or sender.desk.session_of(call)
    return sender.doubt_about(call, reason, sent_us, last_us, session_id)


def _at_work_us(was: Outcome | None, timeout_s: float) -> int:
    """How long the tenant may have been at work on a call: to its answer, or to its deadline."""
    if was is None or was.http is None or was.http in BROKEN_OFF:
        return round(timeout_s * 1_000_000)
    return (was.answered_us or 0) - (was.dispatched_us or 0)


def _outcome(sender: Sender, doubt: Doubt, was: Outcome | None, found: Found) -> Outcome:
    call, facts = doubt.call, found.facts
    before = was or Outcome(
        cls="unknown",
        tries=sender.journal.state().tries.get(call.number, 1),
        session_id=doubt.session_id,
        intended_us=pacing.due_ns(call, 0, sender.head.warp) // 1000,
        sent_at_us=doubt.sent_us,
    )
    if facts is None:
        return replace(before, cls=found.cls, reason=found.reason)
    return replace(
        before,
        cls=found.cls,
        reason=found.reason,
        session_id=facts.session_id,
        topic_id=facts.topic_id,
        position=facts.position,
        rank=facts.rank,
        status=facts.status,
        requested_us=facts.requested_us,
        started_us=facts.started_us,
        ended_us=facts.ended_us,
    )
