"""Applying a plan: the checks, the locks, the folder and the journal around a run of its calls."""

from __future__ import annotations

import asyncio
import gc
import platform
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import simulator
from simulator.errors import DataError, GuardError, RunExistsError, UsageError
from simulator.replay import locks
from simulator.replay.calls import CUSTOMERS
from simulator.replay.course import Course, Surroundings, drive, settle_alone
from simulator.replay.endpoint import preflight
from simulator.replay.endpoint.allowed import read_allowed
from simulator.replay.endpoint.client import Endpoint
from simulator.replay.endpoint.credentials import read_credentials
from simulator.replay.endpoint.guard import checked_target
from simulator.replay.folder import claim_part, make_folder, open_folder, usual_folder
from simulator.replay.journal import Journal, has_begun, read_state
from simulator.replay.lanes import in_part
from simulator.replay.plan import check_confirmed, check_inputs, check_unexpired, read_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from simulator.replay.accounts import Account
    from simulator.replay.calls import Call
    from simulator.replay.driver import Snapshot
    from simulator.replay.endpoint.target import Target
    from simulator.replay.folder import ReplayFolder
    from simulator.replay.journal import Outcome
    from simulator.replay.plan import Plan, PlanHead

__all__ = ["Result", "Way", "apply", "reconcile", "resume"]

READING: Final = 16
"""Places among the calls in flight that are kept for reading."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the calls of a plan are sent; none of it changes what is sent."""

    transport: str = "httpx"
    max_in_flight: int = 100
    timeout_s: float = 30.0
    clients: int = 4


@dataclass(frozen=True, slots=True)
class Result:
    """How a replay, or a part of one, went."""

    folder: Path
    account: Account
    ended: str
    """done, canary, stopped, breaker, interrupted or cap."""
    reason: str = ""
    first_pickup: Outcome | None = None


def apply(
    plan_path: Path,
    *,
    confirm: str,
    part: tuple[int, int] = (1, 1),
    out: Path | None = None,
    canary: bool | None = None,
    transport: str = "httpx",
    timeout_s: float = 30.0,
    max_in_flight: int = 100,
    progress: Callable[[Snapshot], None] | None = None,
) -> Result:
    """Send the calls of a plan, or of one part of it, for the first time.

    Args:
        plan_path: the plan file.
        confirm: the target's ContextId, or ``local`` for one on this machine.
        part: (k, n): the k-th of n parts, each with its own journal and its share of the caps.
        out: the replay's folder; ``data/runs/replays/<name>-<hash8>`` if left out.
        canary: whether to end after the first pickup; left out, so it is except on this machine.
        transport: what carries the requests (``endpoint.transports.NAMES``).
        timeout_s: how long an answer is waited for.
        max_in_flight: calls in flight at one time, at most.
        progress: called every second.

    Raises:
        GuardError: the plan does not hold any more, or the target is not what it should be.
        RunExistsError: the part was applied before; resume it.
        UsageError: a secret is missing, or there is no such part.
    """
    plan = read_plan(plan_path)
    check_confirmed(plan.head, confirm)
    target = _permitted(plan.head)
    if canary is False and not target.is_loopback:
        raise GuardError("the first run against a tenant is a canary of one pickup; resume goes on")
    _check_part(part)
    folder = make_folder(usual_folder(plan) if out is None else out, plan)
    is_canary = not target.is_loopback if canary is None else canary
    way = Way(transport, max_in_flight, timeout_s)
    return _Run(folder, target, part, way, is_canary, progress).begin()


def resume(
    folder: Path,
    *,
    part: tuple[int, int] = (1, 1),
    transport: str = "httpx",
    timeout_s: float = 30.0,
    max_in_flight: int = 100,
    progress: Callable[[Snapshot], None] | None = None,
) -> Result:
    """Go on with a replay that stopped: settle what is unknown, then send what is left.

    Raises:
        GuardError: as ``apply``, or a STOP file stands in the folder.
        DataError: there is no such replay.
    """
    opened = open_folder(folder)
    target = _permitted(opened.plan.head)
    _check_part(part)
    way = Way(transport, max_in_flight, timeout_s)
    return _Run(opened, target, part, way, is_canary=False, progress=progress).go_on()


def reconcile(folder: Path, *, transport: str = "httpx", timeout_s: float = 30.0) -> Result:
    """Settle what all journals of a replay leave unknown; it only reads, and sends no call.

    Raises:
        GuardError: a part of the replay is still running, or the target is not what it should be.
        DataError: there is no such replay.
    """
    opened = open_folder(folder)
    head = opened.plan.head
    target = checked_target(head.base, head.context, read_allowed())
    way = Way(transport, timeout_s=timeout_s)
    return _Run(opened, target, (1, 1), way, is_canary=False, progress=None).settle()


# ------------------------------------------------------------------------------ the checks


def _permitted(head: PlanHead) -> Target:
    """The target, if the plan still holds and nothing it was made of has changed."""
    check_unexpired(head)
    check_inputs(head)
    return checked_target(head.base, head.context, read_allowed())


def _check_part(part: tuple[int, int]) -> None:
    number, of = part
    if not 1 <= number <= of:
        raise UsageError(f"there is no part {number} of {of}; give --part K/N with 1 <= K <= N")


def _principals(found: preflight.Preflight) -> dict[str, int]:
    """The associate behind each lane; GuardError where two agents' lanes are the same one."""
    known = {lane: who.associate_id for lane, who in found.principals.items()}
    lane_of: dict[int, str] = {}
    for lane, number in known.items():
        other = lane_of.setdefault(number, lane) if lane != CUSTOMERS else lane
        if other != lane:
            raise GuardError(
                f"the credentials of {other!r} and {lane!r} are the same associate ({number}), so "
                "nobody could tell whose a lost pickup is; give both agents one lane ('*')"
            )
    return known


# ------------------------------------------------------------------------------ a run


@dataclass(frozen=True, slots=True)
class _Run:
    folder: ReplayFolder
    target: Target
    part: tuple[int, int]
    way: Way
    is_canary: bool
    progress: Callable[[Snapshot], None] | None

    @property
    def plan(self) -> Plan:
        return self.folder.plan

    def calls(self, part: tuple[int, int]) -> Sequence[Call]:
        """The calls of one part."""
        if part[1] == 1:
            return self.plan.calls
        lanes = {call.lane for call in self.plan.calls}
        return [call for call in self.plan.calls if in_part(call, lanes, part)]

    def begin(self) -> Result:
        """Over a new journal."""
        claim_part(self.folder, self.part)
        self._check_new(self.part)
        with self._claimed([self.part]) as claims:
            return self._run(claims, self._created)

    def go_on(self) -> Result:
        """Over the journal that is there."""
        if self.folder.stop_file.exists():
            raise GuardError(f"{self.folder.stop_file} stands there; take it away to go on")
        path = self.folder.journal(self.part)
        if not path.exists():
            raise DataError(
                f"part {self.part[0]} of {self.part[1]} was not begun in {self.folder.path}; "
                "`pickup replay apply PLAN` begins it"
            )
        with self._claimed([self.part]) as claims:
            # A kill may have torn the very first line: nothing was sent then.
            return self._run(claims, self._opened if has_begun(path) else self._created)

    def settle(self) -> Result:
        """Over all journals, without sending."""
        parts = [part for part, path in self.folder.journals() if has_begun(path)]
        if not parts:
            raise DataError(f"{self.folder.path} holds no journal; nothing was applied yet")
        with self._claimed(parts) as claims:
            journals = [claims.enter_context(self._opened(part)) for part in parts]
            return _run(self._settle(parts, journals))

    def _run(self, claims: ExitStack, journal: Callable[..., Journal]) -> Result:
        calls = self.calls(self.part)
        return _run(self._drive(calls, claims, journal))

    async def _drive(
        self, calls: Sequence[Call], claims: ExitStack, journal: Callable[..., Journal]
    ) -> Result:
        async with self._endpoint(calls) as endpoint:
            found = await preflight.check(endpoint, _lanes(calls))
            principals = _principals(found)
            opened = claims.enter_context(journal(self.part, found.skew_s))
            around = Surroundings(
                principals=principals,
                skew_s=found.skew_s,
                timeout_s=self.way.timeout_s,
                max_in_flight=self.way.max_in_flight,
                part=self.part,
                canary=self.is_canary,
                stop_file=self.folder.stop_file,
                state=lambda: preflight.state(endpoint),
                elsewhere=self._elsewhere,
                progress=self.progress,
            )
            opened.note("begun", at=_now(), skew_s=found.skew_s, way=_told(self.way))
            course = await drive(self.plan, calls, opened, endpoint, around)
            opened.note("ended", at=_now(), ended=course.ended, reason=course.reason,
                        account=course.account.as_dict())  # fmt: skip
            return self._result(course)

    async def _settle(
        self, parts: Sequence[tuple[int, int]], journals: Sequence[Journal]
    ) -> Result:
        calls = [self.calls(part) for part in parts]
        everyone = [call for each in calls for call in each]
        async with self._endpoint(everyone) as endpoint:
            found = await preflight.check(endpoint, _lanes(everyone))
            around = Surroundings(
                principals=_principals(found), skew_s=found.skew_s, timeout_s=self.way.timeout_s
            )
            course = await settle_alone(
                self.plan, list(zip(calls, journals, strict=True)), endpoint, around
            )
        return self._result(course)

    def _result(self, course: Course) -> Result:
        return Result(
            self.folder.path, course.account, course.ended, course.reason, course.first_pickup
        )

    def _endpoint(self, calls: Iterable[Call]) -> Endpoint:
        """The client, with the credentials of the lanes that are needed and no others."""
        lanes = {lane: self.plan.head.lanes[lane] for lane in _lanes(calls)}
        return Endpoint(
            self.target,
            read_credentials(lanes),
            transport=self.way.transport,
            max_in_flight=self.way.max_in_flight + READING,
            timeout_s=self.way.timeout_s,
            clients=self.way.clients,
        )

    def _claimed(self, parts: Iterable[tuple[int, int]]) -> ExitStack:
        """The tenant for this plan, and the journals for this process."""
        with ExitStack() as claims:
            claims.enter_context(locks.claimed_tenant(self.plan.head, self.plan.hash))
            for part in parts:
                claims.enter_context(locks.claimed_journal(self.folder.journal(part)))
            return claims.pop_all()

    def _created(self, part: tuple[int, int], skew_s: float) -> Journal:
        head = {
            "plan": self.plan.hash,
            "part": list(part),
            "base": self.target.base,
            "context": self.target.context,
            "at": _now(),
            "skew_s": skew_s,
            "versions": {"pickup": simulator.__version__, "python": platform.python_version()},
        }
        return Journal.create(self.folder.journal(part), head, fsync=not self.target.is_loopback)

    def _opened(self, part: tuple[int, int], _: float = 0.0) -> Journal:
        fsync = not self.target.is_loopback
        return Journal.open(self.folder.journal(part), plan=self.plan.hash, fsync=fsync)

    def _check_new(self, part: tuple[int, int]) -> None:
        if has_begun(self.folder.journal(part)):
            raise RunExistsError(
                f"part {part[0]} of {part[1]} was begun in {self.folder.path} already; go on with "
                f"it by `pickup replay resume {self.folder.path}`"
            )

    def _elsewhere(self, kind: str) -> AbstractSet[int]:
        """The tenant's ids in the other journals, which other processes may be writing."""
        own, kinds = self.folder.journal(self.part), {c.number: c.kind for c in self.plan.calls}
        return {
            outcome.session_id
            for _, path in self.folder.journals()
            if path != own and has_begun(path)
            for number, outcome in read_state(path).outcomes.items()
            if outcome.session_id is not None
            and outcome.cls in ("done", "recovered")
            and kinds[number] == kind
        }


def _lanes(calls: Iterable[Call]) -> list[str]:
    """The lanes that calls need credentials of; of transfers both."""
    return sorted({call.lane for call in calls})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _told(way: Way) -> dict[str, Any]:
    return {"transport": way.transport, "max_in_flight": way.max_in_flight,
            "timeout_s": way.timeout_s}  # fmt: skip


def _run(work: Any) -> Result:
    """Run to the end in a loop of its own: uvloop's, where it is there."""
    # What was made so far (the plan's calls above all) is not looked through again and again.
    gc.collect()
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            result: Result = runner.run(work)
    finally:
        gc.unfreeze()
    return result


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
