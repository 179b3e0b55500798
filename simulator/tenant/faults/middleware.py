"""The faults of the HTTP level, around the tenant's application."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simulator.tenant.faults.answers import Answer, huge_body, instead, malformed_body
from simulator.tenant.faults.rules import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from simulator.tenant.faults.rules import Rule
    from simulator.tenant.faults.switch import Faults

__all__ = ["FaultMiddleware"]

_LENGTH: Final = b"content-length"
_FRAMING: Final = (_LENGTH, b"transfer-encoding")


class _CutOffError(Exception):
    """Raised after half an answer: the only way to have the server drop the connection."""


class _Meant(logging.Filter):
    """Keeps the server from logging what was done on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], _CutOffError))


_MEANT: Final = _Meant()


@dataclass
class _Kept:
    """The application's answer, kept back."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def with_body(self, body: bytes, *, length: int | None = None) -> Answer:
        """The answer with another body, and perhaps with another length than it has."""
        told = str(len(body) if length is None else length).encode()
        headers = [pair for pair in self.headers if pair[0].lower() not in _FRAMING]
        return Answer(self.status, (*headers, (_LENGTH, told)), body)


class FaultMiddleware:
    """Lets faults befall the requests of an ASGI application.

    *Before* commit the application is not called; *after*, it is called once, to its end, and its
    answer is kept back. Faults of the TCP level are the proxy's and pass by here.
    """

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults
        logging.getLogger("uvicorn.error").addFilter(_MEANT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as the rules will have it."""
        rule = None
        if scope["type"] == "http":
            rule = self._faults.next("http", Request(scope["method"], scope["path"]))
        if rule is None:
            await self._app(scope, receive, send)
        elif rule.fault.when == "before":
            await _receive_all(receive)
            await _before(rule, receive, send)
        else:
            kept = _Kept()
            await self._app(scope, receive, kept.send)
            await _after(rule, kept, receive, send)


async def _receive_all(receive: Receive) -> None:
    """Take in the request's body, so that the connection can carry the next request."""
    message: dict[str, Any] = {"more_body": True}
    while message.get("more_body"):
        message = dict(await receive())


async def _before(rule: Rule, receive: Receive, send: Send) -> None:
    if rule.fault.name == "timeout_before":
        await _hold(rule.seconds, receive)
    await _send(send, instead(rule))


async def _after(rule: Rule, kept: _Kept, receive: Receive, send: Send) -> None:
    name, body = rule.fault.name, bytes(kept.body)
    if name == "delay":
        await asyncio.sleep(rule.seconds)
        await _send(send, kept.with_body(body))
    elif name == "truncated":
        half = body[: len(body) // 2]
        await _send(send, kept.with_body(half, length=max(len(body), 1)), is_whole=False)
        raise _CutOffError
    elif name == "malformed":
        await _send(send, kept.with_body(malformed_body(body)))
    elif name == "huge":
        await _send_pieces(send, huge_body(rule.megabytes))
    else:
        if name == "timeout_after":
            await _hold(rule.seconds, receive)
        await _send(send, instead(rule))


async def _hold(seconds: float, receive: Receive) -> None:
    """Wait until the client has gone, but no longer than that."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


async def _send(send: Send, answer: Answer, *, is_whole: bool = True) -> None:
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)}
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": not is_whole})


async def _send_pieces(send: Send, pieces: Iterable[bytes]) -> None:
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
