"""Reading from a tenant: GET alone, at a pace, and again where that failed.

Unlike a pickup a read may be repeated, so what failed on the way or was turned away for now is
asked for again, a few times, and not before the tenant's Retry-After.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, NoReturn

from simulator.errors import GuardError, PickupError
from simulator.replay.outcomes import read_answer, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.replay.endpoint.answer import Answer
    from simulator.replay.endpoint.client import Endpoint

__all__ = ["LANE", "TRIES", "USUAL_RATE", "Reader"]

LANE: Final = "history"
"""What the one credential is called."""

USUAL_RATE: Final = 2.0
"""Requests a second to a tenant that others work with."""

TRIES: Final = 6
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 300.0
_FOR_NOW: Final = frozenset({408, 429})
_GO_ON: Final = "the same command goes on where this one stopped"


class Reader:
    """Reads one address after another; ``requests`` counts them."""

    def __init__(self, endpoint: Endpoint, *, rate: float | None = None) -> None:
        """``rate``: requests a second at most; None is no limit."""
        self._endpoint = endpoint
        self._gap_s = 0.0 if rate is None else 1.0 / rate
        self._due = 0.0
        self.requests = 0

    async def read(self, path: str, options: Mapping[str, str] | None = None) -> Any:
        """The JSON value at a path below ``/api/v1/``.

        Raises:
            GuardError: the tenant says that this is the wrong place or credential for it.
            PickupError: it could not be read, after several tries.
        """
        for tries in range(1, TRIES + 1):
            await self._turn()
            self.requests += 1
            answer = await self._endpoint.call(LANE, "GET", path, query=options)
            value, wrong = read_answer(answer)
            if not wrong:
                return value
            _check_status(answer, path)
            if tries < TRIES:
                await asyncio.sleep(_wait_s(answer, tries))
        raise PickupError(f"{path} {wrong}, {TRIES} times; {_GO_ON}")

    async def _turn(self) -> None:
        """Wait until the next request may go."""
        now = time.monotonic()
        wait_s = self._due - now
        self._due = max(self._due, now) + self._gap_s
        if wait_s > 0:
            await asyncio.sleep(wait_s)


def _wait_s(answer: Answer, tries: int) -> float:
    """Seconds until the next try: what the tenant asks for, or 0.5, 1, 2 and so on."""
    asked = retry_after_s(answer.headers, wall_s=time.time())
    if asked is None:
        return _FIRST_WAIT_S * 2.0 ** (tries - 1)
    if asked > _LONGEST_WAIT_S:
        raise PickupError(f"the tenant asks to be left alone for {asked:,.0f} s; then {_GO_ON}")
    return asked


def _check_status(answer: Answer, path: str) -> None:
    """Stop at an answer that will be the same next time."""
    status = answer.http
    if status is None or status == 200 or status >= 500 or status in _FOR_NOW:
        return
    _refuse(status, path)


def _refuse(status: int, path: str) -> NoReturn:
    if status == 401:
        raise GuardError(
            "the tenant does not accept the credential (HTTP 401); put a new token into the "
            f"variable, then {_GO_ON}"
        )
    if status == 403:
        raise GuardError(f"the credential may not read {path} (HTTP 403); take another one")
    if status == 421 or 300 <= status < 400:
        raise GuardError(
            f"the tenant is served elsewhere (HTTP {status}); ask its login host where, and give "
            "that as --target"
        )
    raise PickupError(f"the tenant does not answer {path} (HTTP {status}); it takes no such list")
