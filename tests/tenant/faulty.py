"""A little application under uvicorn, a proxy in front of it, and a client that reads bytes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from simulator.tenant.faults import FaultMiddleware, Faults
from simulator.tenant.proxy import FaultProxy

PICKUP = "/Cust12345/api/v1/ChatSession/Pickup"


class Desk:
    """Counts what reaches it: the tenant's own truth."""

    def __init__(self) -> None:
        self.pickups = 0
        self.left = 0
        """Requests of Slow whose client went away."""

    def app(self) -> Starlette:
        every = ["GET", "POST", "PUT"]
        return Starlette(
            routes=[
                Route("/{context}/api/v1/ChatSession/Pickup", self.pickup, methods=every),
                Route("/{context}/api/v1/Echo", self.echo, methods=every),
                Route("/{context}/api/v1/Stream", self.stream),
                Route("/{context}/api/v1/Slow", self.slow),
                Route("/admin/truth", self.truth),
            ]
        )

    async def pickup(self, request):
        self.pickups += 1
        told = {"ChatSessionId": self.pickups, "FirstMessage": "Hei " * 50}
        return Response(json.dumps(told), media_type="application/json")

    async def echo(self, request):
        return Response(await request.body())

    async def stream(self, request):
        async def pieces():
            for at in range(3):
                yield f"piece {at};"

        return StreamingResponse(pieces())

    async def slow(self, request):
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        self.left += 1
        return Response("late")

    async def truth(self, request):
        return Response(json.dumps({"picked_up": self.pickups}))


@dataclass
class Running:
    """What runs in a thread of its own, with its loop."""

    port: int
    faults: Faults
    desk: Desk
    loop: asyncio.AbstractEventLoop
    proxy: FaultProxy | None = None
    server_port: int = 0
    tasks: set = field(default_factory=set)
    """The loop's tasks before the first request."""
    trouble: list = field(default_factory=list)
    """What the loop complained of."""

    def call(self) -> Caller:
        return Caller(self.port)

    def tasks_left(self) -> set:
        """Tasks that were not there before the first request, once all has settled."""
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and (left := self._tasks() - self.tasks):
            time.sleep(0.01)
        return left

    def _tasks(self) -> set:
        async def now() -> set:
            await asyncio.sleep(0)
            return asyncio.all_tasks() - {asyncio.current_task()}

        return asyncio.run_coroutine_threadsafe(now(), self.loop).result(5)


@contextlib.contextmanager
def running(faults: Faults | None = None, *, proxied: bool = False, loop: str = "asyncio"):
    """The application with its faults, served from a thread, perhaps behind a proxy."""
    faults = faults or Faults()
    desk = Desk()
    config = uvicorn.Config(
        FaultMiddleware(desk.app(), faults),
        port=0,
        loop=loop,
        log_level="error",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    made: list[Running] = []
    ready = threading.Event()
    ended = threading.Event()

    async def serve() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        this = asyncio.get_running_loop()
        async with contextlib.AsyncExitStack() as stack:
            proxy = None
            if proxied:
                proxy = await stack.enter_async_context(FaultProxy("127.0.0.1", port, faults))
            told = Running(proxy.port if proxy else port, faults, desk, this, proxy, port)
            await asyncio.sleep(0.01)
            told.tasks = asyncio.all_tasks()
            this.set_exception_handler(lambda _, about: told.trouble.append(about))
            made.append(told)
            ready.set()
            while not ended.is_set():
                await asyncio.sleep(0.01)
        server.should_exit = True
        await serving

    thread = threading.Thread(target=_run, args=(config, serve), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield made[0]
    finally:
        ended.set()
        thread.join(10)
        assert not thread.is_alive()


def _run(config: uvicorn.Config, serve) -> None:
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())


@dataclass(frozen=True)
class Heard:
    """All the bytes of an answer, and how it ended: whole, end, reset, silence."""

    raw: bytes
    ended: str

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


class Caller:
    """A client on one connection that knows no HTTP but how to see that an answer is whole."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, path: str = PICKUP, *, method: str = "POST", body: bytes = b"") -> None:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)

    def ask(
        self,
        path: str = PICKUP,
        *,
        method: str = "POST",
        body: bytes = b"",
        patience_s: float = 5.0,
    ) -> Heard:
        self.send(path, method=method, body=body)
        return self.hear(patience_s=patience_s)

    def hear(self, *, patience_s: float = 5.0) -> Heard:
        self.socket.settimeout(patience_s)
        raw = bytearray()
        while not _is_whole(raw):
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                return Heard(bytes(raw), "reset")
            except TimeoutError:
                return Heard(bytes(raw), "silence")
            if not piece:
                return Heard(bytes(raw), "end")
            raw += piece
        return Heard(bytes(raw), "whole")


def _is_whole(raw: bytearray) -> bool:
    head, mark, _ = bytes(raw[:4096]).partition(b"\r\n\r\n")
    if not mark:
        return False
    head = head.lower()
    if b"transfer-encoding: chunked" in head:
        return raw.endswith(b"\r\n0\r\n\r\n")
    if b"content-length: " in head:
        told = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        return len(raw) >= len(head) + 4 + told
    return b" 204 " in head
