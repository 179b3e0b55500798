"""Reading the tenant to settle an unknown call; it only ever reads."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.entity import WireTime
from simulator.errors import DataError
from simulator.replay import requests
from simulator.replay.facts import Facts, facts_of
from simulator.replay.outcomes import read_answer
from simulator.replay.reconciling import Found, Window, candidates, has_come_true, verdict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container
    from collections.abc import Set as AbstractSet

    from simulator.replay.calls import Call
    from simulator.replay.endpoint.client import Endpoint
    from simulator.replay.requests import Request

    Taken = Callable[[], Awaitable[AbstractSet[int]]]

__all__ = ["Doubt", "Reader", "settle"]

READS: Final = 4
"""Times that a reading request is sent before the tenant counts as unreadable."""

READ_AGAIN_S: Final = 0.1
"""Before the second reading 0.2 s, then 0.4 s and 0.8 s."""

MOST_CANDIDATES: Final = 25
"""Sessions of the archive that are looked at one by one."""

AFTER_CLOSING_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Doubt:
    """An unknown call, and all that is known about it."""

    call: Call
    reason: str
    sent_us: int
    """Wall clock of the first byte at the earliest; epoch µs."""
    last_us: int
    """Wall clock of the moment until which the tenant may have been at work on it."""
    session_id: int | None = None
    """The session it acts on, where it acts on a known one."""
    caller: int | None = None
    """The associate behind the lane."""
    to: int | None = None
    """The associate behind the lane to which a transfer goes."""
    topic_id: int | None = None

    def window(self, skew_s: float) -> Window:
        """When it may have taken effect, by the tenant's clock."""
        return Window.around(self.sent_us, self.last_us, skew_s)


class Unreadable(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """The tenant could not be read."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads with one lane's credential."""

    endpoint: Endpoint
    lane: str

    async def read(self, request: Request) -> Any:
        """The JSON value; None for 404; Unreadable where the tenant does not tell."""
        wrong = ""
        for attempt in range(READS):
            if attempt:
                await asyncio.sleep(READ_AGAIN_S * 2**attempt)
            answer = await self.endpoint.call(
                self.lane, request.method, request.path, query=request.query
            )
            if answer.failure is None and answer.http == 404:
                return None
            value, wrong = read_answer(answer)
            if not wrong:
                return value
        raise Unreadable(wrong)

    async def mine(self) -> list[Facts]:
        """The sessions in the caller's topics."""
        listed = await self.read(requests.for_current_user())
        if not isinstance(listed, list):
            raise Unreadable("the list of sessions was none")
        return [_facts(record) for record in listed]

    async def one(self, session_id: int) -> Facts | None:
        """One session; None if the tenant has none of that id."""
        record = await self.read(requests.session(session_id))
        return None if record is None else _facts(record)

    async def archived(self, column: str, window: Window, but: Container[int]) -> list[Facts]:
        """The sessions of the archive whose ``column`` may lie in the window, those ``but``."""
        page = await self.read(requests.archive(column, window.opens_us))
        rows = page.get("value") if isinstance(page, dict) else None
        if not isinstance(rows, list):
            raise Unreadable("the archive's page was none")
        numbers = [
            number
            for row in rows
            if (number := _row_id(row)) not in but and _may_lie(row.get(column), window)
        ]
        if len(numbers) > MOST_CANDIDATES:
            raise Unreadable(f"{len(numbers)} sessions of the archive may be its own")
        found = [await self.one(number) for number in numbers]
        return [each for each in found if each is not None]


def _facts(record: object) -> Facts:
    try:
        return facts_of(record)
    except DataError as error:
        raise Unreadable("a session was none") from error


def _row_id(row: Any) -> int:
    try:
        return int(row["PrimaryKey"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable("a row of the archive had no key") from error


def _may_lie(text: object, window: Window) -> bool:
    """Whether a date of the archive may lie in the window; without an offset any may."""
    try:
        time_ = WireTime.parse(str(text))
    except DataError:
        return True
    if not time_.offset:
        return time_.is_set
    return window.holds(time_.epoch_us(), time_.digits)


async def settle(doubt: Doubt, endpoint: Endpoint, *, skew_s: float, taken: Taken) -> Found:
    """Find out what became of an unknown call.

    Looked at once, and, unless that settles it, again when the window has closed, since until
    then the tenant may still be at work. ``taken`` gives the ids that other calls brought, as they
    stand after the reading.
    """
    reader = Reader(endpoint, doubt.call.lane)
    window = doubt.window(skew_s)
    open_s = doubt.last_us / 1e6 - time.time()
    if open_s > 0:
        found = await _look(doubt, reader, window, taken, thorough=False)
        if found.cls == "recovered":
            return found
        await asyncio.sleep(doubt.last_us / 1e6 - time.time() + AFTER_CLOSING_S)
    return await _look(doubt, reader, window, taken, thorough=True)


async def _look(
    doubt: Doubt,
    reader: Reader,
    window: Window,
    taken: Taken,
    *,
    thorough: bool,
) -> Found:
    try:
        if doubt.call.kind in requests.NEEDS_SESSION:
            return await _look_at_session(doubt, reader)
        found = await _look_for(doubt, reader, window, taken, thorough=thorough)
    except Unreadable as error:
        return Found("unknown", f"{doubt.reason}; {error}", blocks=True)
    return verdict(found, doubt.reason)


async def _look_at_session(doubt: Doubt, reader: Reader) -> Found:
    if doubt.session_id is None:
        return Found("unknown", f"{doubt.reason}; which session it meant is not known")
    session = await reader.one(doubt.session_id)
    if session and has_come_true(doubt.call, session, caller=doubt.caller, to=doubt.to):
        return Found("recovered", doubt.reason, session)
    return Found("unknown", f"{doubt.reason}; the session does not show it")


async def _look_for(
    doubt: Doubt,
    reader: Reader,
    window: Window,
    taken: Taken,
    *,
    thorough: bool,
) -> list[Facts]:
    """The sessions that the call may have brought: among the caller's, then in the archive.

    One of the two must be readable: where all is well both are, but a list may be too long.
    """
    try:
        mine = await reader.mine()
    except Unreadable:
        if not thorough:
            return []
        mine = await _archived(doubt, reader, window, await taken())
        return _fitting(doubt, mine, window, await taken())
    found = _fitting(doubt, mine, window, await taken())
    if found or not thorough:
        return found
    seen = {session.session_id for session in mine} | await taken()
    try:
        rest = await _archived(doubt, reader, window, seen)
    except Unreadable:
        return found
    return _fitting(doubt, rest, window, await taken())


async def _archived(
    doubt: Doubt, reader: Reader, window: Window, but: AbstractSet[int]
) -> list[Facts]:
    column = "whenStarted" if doubt.call.kind == "pickup" else "whenRequested"
    return await reader.archived(column, window, but)


def _fitting(
    doubt: Doubt, sessions: list[Facts], window: Window, taken: Container[int]
) -> list[Facts]:
    return candidates(
        doubt.call,
        sessions,
        window,
        taken=taken,
        caller=doubt.caller,
        topic_id=doubt.topic_id,
    )
