"""A proxy in front of the tenant that spoils connections byte by byte.

It knows of HTTP/1.1 only where a message ends. A request is taken in whole before it is passed
on, so that a fault before commit can be sure that nothing was; with a fault after commit the
tenant's answer is taken in whole before anything of it is sent on. Everything else is passed
through as it comes, and a client that goes away is gone for the tenant too.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING, Final, Self

from simulator.tenant.faults.framing import (
    FramingError,
    ends_with_connection,
    pieces_of_answer,
    pieces_of_request,
    read_head,
)
from simulator.tenant.faults.rules import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from simulator.tenant.faults.framing import Head
    from simulator.tenant.faults.rules import Rule
    from simulator.tenant.faults.switch import Faults

__all__ = ["FaultProxy"]

HOST: Final = "127.0.0.1"
REUSED_WITHIN_S: Final = 1.0
"""A connection to the tenant that rested longer is not used again: the tenant may be closing it."""
LOOKS_EVERY_S: Final = 0.02
"""How often a shut port looks whether it may open again."""
DRIP_EVERY_S: Final = 0.01
CLOSED_WITHIN_S: Final = 1.0

_BROKEN: Final = (OSError, EOFError, FramingError, asyncio.LimitOverrunError)
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class FaultProxy:
    """Listens on 127.0.0.1 and lets the faults of the TCP level befall what it passes on.

    ::

        async with FaultProxy("127.0.0.1", tenant_port, faults) as proxy:
            ...  # clients talk to proxy.url
    """

    def __init__(
        self, upstream_host: str, upstream_port: int, faults: Faults, *, port: int = 0
    ) -> None:
        self.upstream = (upstream_host, upstream_port)
        self.faults = faults
        self.port = port
        """Where it listens; chosen by the system if 0 was asked for."""
        self._server: asyncio.Server | None = None
        self._open: dict[_Connection, asyncio.Task[None]] = {}
        self._shut_until = -math.inf
        self._changed = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._unlisten: Callable[[], None] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{HOST}:{self.port}"

    @property
    def is_shut(self) -> bool:
        """Whether connections are refused now."""
        return self.faults.is_shut or time.monotonic() < self._shut_until

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    async def __aenter__(self) -> Self:
        """Listen; from here on faults of the TCP level may be switched on."""
        await self._listen()
        self._loop = asyncio.get_running_loop()
        self._unlisten = self.faults.listen(self._tell_loop)
        self.faults.has_proxy = True
        self._shut_if_need_be()
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, and end every connection and task."""
        self.faults.has_proxy = False
        self._unlisten()
        self._stop_listening()
        tasks = [*self._open.values(), *([self._keeper] if self._keeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def shut_for(self, seconds: float) -> None:
        """Refuse connections for that long, from now on."""
        self._shut_until = time.monotonic() + seconds
        self._switched()

    def _tell_loop(self) -> None:
        """Take notice of a switch, in whichever thread it was made."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._switched)

    def _switched(self) -> None:
        self._shut_if_need_be()
        self._changed.set()

    def _shut_if_need_be(self) -> None:
        if self.is_shut:
            self._stop_listening()
            for connection in [*self._open]:
                connection.close_if_idle()

    async def _keep(self) -> None:
        """Open the port again when its time has come."""
        while True:
            self.faults.look()
            if not self.is_shut and self._server is None:
                with contextlib.suppress(OSError):  # taken for the moment: try again
                    await self._listen()
            pause = LOOKS_EVERY_S if self._server is None else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)
            self._changed.clear()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Wire(self._begin), HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _begin(self, wire: _Wire, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, wire, writer)
        task = asyncio.get_running_loop().create_task(connection.run())
        self._open[connection] = task
        task.add_done_callback(lambda _: self._open.pop(connection))


class _Wire(asyncio.StreamReaderProtocol):
    """A client's side of a connection, which tells when the client has gone."""

    def __init__(self, begin: Callable[[_Wire, asyncio.StreamWriter], None]) -> None:
        self.reader = asyncio.StreamReader()
        self.gone = asyncio.Event()
        self.when_gone: Callable[[], None] = lambda: None
        super().__init__(self.reader, lambda _, writer: begin(self, writer))

    def eof_received(self) -> bool | None:
        self._tell()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell()
        super().connection_lost(exc)

    def _tell(self) -> None:
        self.gone.set()
        self.when_gone()


class _Connection:
    """One client's connection, and the one to the tenant that serves it."""

    def __init__(self, proxy: FaultProxy, wire: _Wire, writer: asyncio.StreamWriter) -> None:
        self._proxy, self._wire, self._writer = proxy, wire, writer
        self._tenant: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._rests_since = -math.inf
        self._carried = 0
        self._is_idle = True
        wire.when_gone = self._drop_tenant

    async def run(self) -> None:
        """Carry requests until the connection ends."""
        try:
            with contextlib.suppress(*_BROKEN):
                while await self._carry_one():
                    self._is_idle = True
        finally:
            self._drop_tenant()
            await _close(self._writer)

    def close_if_idle(self) -> None:
        """End the connection if no request is on its way."""
        if self._is_idle:
            self._writer.close()

    async def _carry_one(self) -> bool:
        """Take a request in and answer it, or not; whether the connection goes on."""
        head = await read_head(self._wire.reader)
        if head is None:
            return False
        self._is_idle = False
        message = head.raw + await self._body(head)
        request = Request(head.line[0], head.path, kept_alive=self._carried > 0)
        self._carried += 1
        rule = self._proxy.faults.next("tcp", request)
        if rule is None:
            return await self._relay(head, message)
        if rule.fault.name == "refused":
            await self._relay(head, message, is_last=True)
            self._proxy.shut_for(rule.seconds)
            return False
        if rule.fault.when == "before":
            return self._break_before(rule)
        return await self._spoil(rule, head, await self._whole_answer(head, message))

    async def _body(self, head: Head) -> bytes:
        if head.headers.get("expect", "").lower() == "100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return await _joined(pieces_of_request(head, self._wire.reader))

    async def _relay(self, head: Head, message: bytes, *, is_last: bool = False) -> bool:
        """Pass the request on and its answer back, as it comes."""
        method = head.line[0]
        reader, answer = await self._ask(message)
        is_last = is_last or self._proxy.is_shut
        self._writer.write(answer.closing() if is_last else answer.raw)
        async for piece in pieces_of_answer(answer, reader, method=method):
            self._writer.write(piece)
            await self._writer.drain()
        return not is_last and self._goes_on(head, answer)

    async def _whole_answer(self, head: Head, message: bytes) -> tuple[Head, bytes]:
        """Pass the request on and take its whole answer in: the tenant has done what it does."""
        reader, answer = await self._ask(message)
        body = await _joined(pieces_of_answer(answer, reader, method=head.line[0]))
        return answer, body

    async def _ask(self, message: bytes) -> tuple[asyncio.StreamReader, Head]:
        reader, writer = await self._to_tenant()
        writer.write(message)
        await writer.drain()
        while answer := await read_head(reader):
            if answer.status >= 200:
                return reader, answer
        raise FramingError("the tenant ended the connection without an answer")

    async def _to_tenant(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        rested_s = time.monotonic() - self._rests_since
        if self._tenant and rested_s < REUSED_WITHIN_S and not self._tenant[0].at_eof():
            return self._tenant
        self._drop_tenant()
        self._tenant = await asyncio.open_connection(*self._proxy.upstream)
        if self._wire.gone.is_set():
            raise EOFError
        return self._tenant

    def _goes_on(self, head: Head, answer: Head) -> bool:
        self._rests_since = time.monotonic()
        if answer.is_last:
            self._drop_tenant()
        until_end = ends_with_connection(answer, method=head.line[0])
        return not (head.is_last or answer.is_last or until_end or self._proxy.is_shut)

    def _break_before(self, rule: Rule) -> bool:
        """End the connection before anything is passed on."""
        if rule.fault.name == "reset_before":
            self._reset()
        return False

    async def _spoil(self, rule: Rule, head: Head, answered: tuple[Head, bytes]) -> bool:
        """Send of the tenant's answer what the fault lets through."""
        answer, body = answered
        name = rule.fault.name
        if name == "drip":
            await self._drip(answer.raw + body, rule.seconds)
            return self._goes_on(head, answer)
        if name == "reset_after":
            self._reset()
        elif name == "half_close":
            self._writer.write_eof()
            await self._hold(rule.seconds)
        else:
            self._writer.write(_half(answer.raw, body))
            await self._writer.drain()
            if name == "stall":
                await self._hold(rule.seconds)
        return False

    async def _drip(self, message: bytes, seconds: float) -> None:
        size = math.ceil(len(message) * DRIP_EVERY_S / seconds)
        began = time.monotonic()
        times = math.ceil(len(message) / size)
        for at in range(times):
            due_s = began + seconds * at / max(1, times - 1)
            await asyncio.sleep(due_s - time.monotonic())
            self._writer.write(message[at * size : (at + 1) * size])
            await self._writer.drain()

    async def _hold(self, seconds: float) -> None:
        """Wait until the client has gone, but no longer than that."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wire.gone.wait(), seconds)

    def _reset(self) -> None:
        """End the connection with a reset instead of an orderly end."""
        found = self._writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._writer.transport.abort()

    def _drop_tenant(self) -> None:
        if self._tenant is not None:
            self._tenant[1].close()
            self._tenant = None


async def _joined(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def _half(head: bytes, body: bytes) -> bytes:
    """The head and half the body; of an answer without a body half the head."""
    return head + body[: len(body) // 2] if body else head[: len(head) // 2]


async def _close(writer: asyncio.StreamWriter) -> None:
    """End a connection in order, and if the other side does not read, without."""
    writer.close()
    try:
        with contextlib.suppress(OSError):
            await asyncio.wait_for(writer.wait_closed(), CLOSED_WITHIN_S)
    finally:
        writer.transport.abort()
