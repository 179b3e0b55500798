"""A server that is scripted byte by byte, and what tests of the endpoint have in common."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from simulator.replay.endpoint.client import Endpoint
from simulator.replay.endpoint.credentials import Credential, Credentials
from simulator.replay.endpoint.hidden import Secret
from simulator.replay.endpoint.target import Target

CONTEXT = "Cust12345"


def said(body=b"{}", status=200, **headers) -> bytes:
    """An HTTP answer; headers are given with _ for -."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content-Length": len(content), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + content


@dataclass
class Got:
    """One request as it came, and where in its connection."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    in_connection: int


@dataclass
class Wire:
    """Answers with what ``script(got, wire)`` gives.

    bytes are written; None closes without a word; "reset" breaks the connection off; "hang" says
    nothing; (bytes, None) closes after them.
    """

    script: object
    got: list[Got] = field(default_factory=list)
    port: int = 0
    busy: int = 0
    busiest: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, ending: str) -> int:
        return sum(each.path.endswith(ending) for each in self.got)

    async def serve(self, reader, writer):
        number = 1
        while await self.answer(reader, writer, number):
            number += 1

    async def answer(self, reader, writer, number) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.got.append(Got(method, path, headers, body, number))
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        try:
            return await self.write(writer, self.script(self.got[-1], self))
        finally:
            self.busy -= 1

    async def write(self, writer, what) -> bool:
        if asyncio.iscoroutine(what):
            what = await what
        if what == "hang":
            await asyncio.sleep(60)
        if what == "reset":
            reset(writer)
        if what in (None, "reset"):
            return False
        data, more = (what[0], False) if isinstance(what, tuple) else (what, True)
        writer.write(data)
        await writer.drain()
        return more


def reset(writer) -> None:
    """Close with RST in the place of FIN."""
    now = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
    writer.transport.abort()


@asynccontextmanager
async def listening(serve, **options):
    """Any server of streams; its port."""
    tasks = set()

    async def served(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed goes


@asynccontextmanager
async def serving(script):
    """A Wire that listens."""
    wire = Wire(script)
    async with listening(wire.serve) as wire.port:
        yield wire


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def local(url) -> Target:
    return Target(url, CONTEXT, url, is_loopback=True)


def endpoint(url, lanes=None, **options) -> Endpoint:
    """A client of a local server; lanes are Ada, Bo with Bearer tokens if none are given."""
    lanes = lanes or {name: Credential("Bearer", Secret(f"token-{name}")) for name in ("Ada", "Bo")}
    return Endpoint(local(url), Credentials(lanes), **{"timeout_s": 2.0, **options})


def within(text: str, *words: str) -> list[str]:
    """Those of the words that stand in the text."""
    return [word for word in words if re.search(re.escape(word), text)]
