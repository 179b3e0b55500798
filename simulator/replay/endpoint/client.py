"""The client: one request in, one :class:`Answer` out; the network raises nothing.

Calls in flight are bounded by a semaphore in front of httpx, which collapses when more are
offered than it can send, and spread over several transports by lane. A request is sent once: no
redirect, no retry, but for one after a 401, which the tenant surely did not act on.

Transports are used without httpx's client on top: that one keeps cookies, and one agent's would
go out with the next agent's call; and it costs as much again as a quick transport.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
import orjson

from simulator.errors import GuardError
from simulator.replay.endpoint.answer import Answer, Failure
from simulator.replay.endpoint.guard import check_request
from simulator.replay.endpoint.transports import FIRST_BYTE, NOT_SENT, transport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.replay.endpoint.credentials import Credential, Credentials, Refreshing
    from simulator.replay.endpoint.target import Target
    from simulator.replay.endpoint.transports import Guarded

__all__ = ["Answer", "Endpoint", "Failure"]

MOST_BYTES: Final = 8_000_000
"""Of an answer; a session has 8 KB, a page of the archive some hundred."""

CONNECT_S: Final = 5.0
"""How long a connection may take, of half the time for all at most: so that it is told apart."""


class Endpoint:
    """A target with the lanes' credentials; use it in an ``async with``.

    Args:
        target: from the guard.
        credentials: by lane.
        transport: one of ``transports.NAMES``.
        max_in_flight: requests under way at once; more wait, and are dispatched later.
        timeout_s: for one request, from its dispatch to the last byte of its answer.
        clients: pools of connections; a lane keeps to one.
        language: ISO 639-1 code that texts are translated to; None leaves them untranslated.
        reads_only: hold back everything but GET.

    Raises:
        GuardError: a credential would be refreshed elsewhere than at the target's login.
    """

    def __init__(
        self,
        target: Target,
        credentials: Credentials,
        *,
        transport: str = "httpx",
        max_in_flight: int = 100,
        timeout_s: float = 30.0,
        clients: int = 4,
        language: str | None = None,
        reads_only: bool = False,
    ) -> None:
        for url in credentials.refreshed_at:
            check_request(url, target)
        self.target, self.credentials = target, credentials
        self.timeout_s = timeout_s
        self._slots = asyncio.Semaphore(max_in_flight)
        self._headers = httpx.Headers(_common_headers(language))
        self._transport, self._reads_only = transport, reads_only
        self._connections, self._count = max_in_flight, clients
        self._pools: list[Guarded] = []

    async def __aenter__(self) -> Self:
        context = httpx.create_ssl_context(trust_env=False)
        self._pools = [
            transport(
                self._transport,
                self.target,
                context,
                self._connections,
                reads_only=self._reads_only,
            )
            for _ in range(self._count)
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(pool.aclose() for pool in self._pools))

    async def call(
        self,
        lane: str,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """Send one request below ``/api/v1/`` with a lane's credential.

        A 401 is answered by one refresh, where the lane has a refresh token, and one more try.

        Raises:
            GuardError: the address is not the target's; nothing was sent.
        """
        url = self.target.url(path)
        check_request(url, self.target)  # before it is put in order: no .. and no escapes
        content = None if body is None else orjson.dumps(body)
        wanted = _Wanted(method, url, timeout_s or self.timeout_s, content, query)
        credential = self.credentials.of(lane)
        async with self._slots:
            if credential.ends_soon:
                await credential.refresh(credential.generation, self._ask)
            seen = credential.generation
            answer = await self._once(lane, credential, wanted)
            if answer.http != 401 or not await credential.refresh(seen, self._ask):
                return answer
            return replace(await self._once(lane, credential, wanted), refreshed=True)

    async def read_state(self) -> Answer:
        """Ask what state the tenant is in; no credential is sent."""
        request = self._request(_Wanted("GET", self.target.state_url, self.timeout_s))
        return await _sent(self._pools[0], request, self.timeout_s)

    async def _once(self, lane: str, credential: Credential, wanted: _Wanted) -> Answer:
        request = self._request(wanted)
        credential.sign(request.headers)
        pool = self._pools[zlib.crc32(lane.encode()) % self._count]
        answer = await _sent(pool, request, wanted.timeout_s)
        if answer.http is not None and answer.http < 400:
            credential.note_use()
        return answer

    def _request(self, wanted: _Wanted) -> httpx.Request:
        request = httpx.Request(
            wanted.method,
            _parsed(wanted.url),
            headers=self._headers,
            content=wanted.content,
            params=wanted.query,
        )
        if wanted.content is not None:
            request.headers["Content-Type"] = "application/json; charset=utf-8"
        return request

    async def _ask(self, how: Refreshing) -> tuple[int | None, bytes]:
        """Post a form for a new token; the guard sees to where."""
        request = httpx.Request("POST", how.url, headers=self._headers, data=how.form())
        answer = await _sent(self._pools[0], request, self.timeout_s)
        return answer.http, answer.body


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request without whose it is."""

    method: str
    url: str
    timeout_s: float
    content: bytes | None = None
    query: Mapping[str, str] | None = None


class _Stamps:
    """When a request was dispatched, left and was answered."""

    __slots__ = ("dispatched", "first_byte")

    def __init__(self) -> None:
        self.dispatched = time.perf_counter_ns()
        self.first_byte: int | None = None

    async def note(self, event: str, _: Any) -> None:
        """What the transport tells of its progress."""
        if event == FIRST_BYTE:
            self.first_byte = time.perf_counter_ns()

    def answered(self, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
        return Answer(
            status,
            headers,
            body,
            dispatched_ns=self.dispatched,
            first_byte_ns=self.first_byte or self.dispatched,
            answered_ns=time.perf_counter_ns(),
        )

    def failed(self, error: str, *, never_connected: bool = False) -> Answer:
        """Not sent only if the failure and the stamps both say so."""
        not_sent = never_connected and self.first_byte is None
        return Answer(
            None,
            failure=Failure.NOT_SENT if not_sent else Failure.BROKEN,
            error=error,
            dispatched_ns=self.dispatched,
            first_byte_ns=None if not_sent else self.first_byte or self.dispatched,
            answered_ns=time.perf_counter_ns(),
        )


async def _sent(pool: Guarded, request: httpx.Request, timeout_s: float) -> Answer:
    """Send it, and read all of the answer, within the time."""
    stamps = _Stamps()
    request.extensions["trace"] = stamps.note
    request.extensions["timeout"] = {
        "connect": min(CONNECT_S, timeout_s / 2),
        "pool": timeout_s / 2,
        "read": timeout_s,
        "write": timeout_s,
    }
    try:
        async with asyncio.timeout(timeout_s):
            response = await pool.handle_async_request(request)
            try:
                body = await _body(response)
            finally:
                await response.aclose()
    except TimeoutError:
        return stamps.failed("Timeout")
    except NOT_SENT as error:
        return stamps.failed(type(error).__name__, never_connected=True)
    except GuardError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the request may have arrived
        return stamps.failed(type(error).__name__)
    if body is None:
        return stamps.failed("TooLarge")
    return stamps.answered(response.status_code, _headers(response), body)


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    """The address in its parts; most calls of a replay have the same."""
    return httpx.URL(url)


async def _body(response: httpx.Response) -> bytes | None:
    """The whole body; None if it is larger than any answer should be."""
    parts, size = [], 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _headers(response: httpx.Response) -> dict[str, str]:
    """Its headers but for cookies, which are secrets."""
    told = response.headers.raw
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in told}
    headers.pop("set-cookie", None)
    return headers


def _common_headers(language: str | None) -> dict[str, str]:
    """What every request says: JSON, times in UTC with their offset, no compression.

    Without a language texts come untranslated, so that nothing has to be translated back.
    """
    told = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "SO-TimeZone": "UTC, includeTZOffset",
        "User-Agent": "pickup-lab",
    }
    if language is None:
        return {**told, "Accept-Language": "*"}
    return {**told, "Accept-Language": language, "SO-Language": language, "SO-Culture": language}
