"""A small scripted HTTP server on 127.0.0.1 that keeps what it got: no tenant, no rules."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

JSON = "application/json; charset=utf-8"


@dataclass
class Reply:
    """What to answer; ``cut`` breaks the connection off after so many bytes of the answer."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    cut: int | None = None

    def bytes(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = {"Content-Type": JSON, "Content-Length": str(len(body)), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Said\r\n{lines}\r\n".encode() + body


@dataclass
class Got:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def lane(self) -> str:
        """The name in the token, ``Bearer token-Ada``."""
        return self.headers.get("authorization", "").rpartition("-")[2]


class Stub:
    """Answers with what ``script(got, self)`` gives; keeps the requests in ``got``."""

    def __init__(self, script):
        self.script = script
        self.got: list[Got] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, ending: str, method: str = "POST") -> int:
        return sum(each.path.endswith(ending) and each.method == method for each in self.got)

    async def serve(self, reader, writer):
        try:
            while got := await self.read(reader):
                self.got.append(got)
                reply = self.script(got, self)
                if reply.after_s:
                    await asyncio.sleep(reply.after_s)
                writer.write(reply.bytes()[: reply.cut])
                await writer.drain()
                if reply.cut is not None:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def read(self, reader) -> Got | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Got(method, path, headers, body)


@contextmanager
def running(script):
    """The stub in a thread of its own."""
    stub, ready, loop = Stub(script), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def main():
        server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
        stub.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: (loop.run_until_complete(main()), loop.close()))
    thread.start()
    ready.wait(5)
    try:
        yield stub
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)


def now(ahead_us: int = 0) -> str:
    """The time as a tenant writes it that was asked for UTC with offsets."""
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() + ahead_us / 1e6, UTC)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


NEVER = "0001-01-01T00:00:00Z"


class Queue:
    """A queue behind the stub: enough of a tenant to hold the driver to account.

    ``faults(got, n)`` may give a Reply in the place of the right answer: ("before", reply) is sent
    without doing anything, ("after", reply) once it is done. ``n`` counts the POSTs, from 1.
    """

    def __init__(self, associates, *, waiting=(), topic=101, context="Cust1", faults=None):
        self.associates = associates
        self.context = context
        self.sessions: dict[int, dict] = {}
        self.waiting: list[int] = []
        self.faults = faults or (lambda got, n: None)
        self.posts = 0
        self.state = "Running"
        self.pickups: Counter[str] = Counter()
        for _ in waiting:
            self.create(topic)

    def create(self, topic) -> dict:
        number = len(self.sessions) + 1
        self.waiting.append(number)
        self.sessions[number] = {
            "ChatSessionId": number, "TopicId": topic, "User": None, "Status": "InQueue",
            "CustomerName": "Kim Example", "CustomerEmail": "kim@example.com",
            "SessionKey": f"key-{number}", "FirstMessage": "Hello there",
            "WhenRequested": now(), "WhenStarted": NEVER, "WhenEnded": NEVER,
            "InitialQueuePos": len(self.waiting), "Rank": 0, "TransferTo": None,
        }  # fmt: skip
        return self.sessions[number]

    def pickup(self, lane) -> dict | None:
        if not self.waiting:
            return None
        session = self.sessions[self.waiting.pop(0)]
        self.pickups[lane] += 1
        session |= {"User": self.user(lane), "Status": "CustomerLast", "WhenStarted": now()}
        session["Rank"] = 1
        return session

    def user(self, lane):
        return {"AssociateId": self.associates[lane], "Name": lane}

    def put(self, number, status):
        session = self.sessions[number]
        if number in self.waiting:
            self.waiting.remove(number)
        session |= {"Status": status, "WhenEnded": now()}
        return session

    def __call__(self, got, stub) -> Reply:
        if "/api/state/" in got.path:
            return Reply(body=self.tenant_state())
        path = got.path.partition("/api/v1/")[2].partition("?")[0]
        if path == "User/currentPrincipal":
            return Reply(body=self.principal(got.lane))
        if got.method == "GET":
            return self.read(path)
        self.posts += 1
        fault = self.faults(got, self.posts)
        if fault and fault[0] == "before":
            return fault[1]
        right = Reply(body=self.act(got, path))
        return fault[1] if fault else right

    def tenant_state(self):
        return {"ContextIdentifier": self.context, "Endpoint": "", "State": self.state,
                "IsRunning": self.state == "Running", "Api": "", "Version": ""}  # fmt: skip

    def principal(self, lane):
        return {"AssociateId": self.associates.get(lane, 1), "Associate": lane, "FullName": lane,
                "EjUserId": 1, "DatabaseContextIdentifier": self.context}  # fmt: skip

    def read(self, path) -> Reply:
        if path == "ChatSession/ForCurrentUser":
            return Reply(body=list(self.sessions.values()))
        if path == "ChatSession":
            rows = [{"PrimaryKey": str(number), "EntityName": "chat"} for number in self.sessions]
            return Reply(body={"odata.nextLink": None, "value": rows})
        session = self.sessions.get(int(path.rpartition("/")[2]))
        return Reply(body=session) if session else Reply(404, {"Error": True})

    def act(self, got, path):
        if path == "ChatSession/Pickup":
            return self.pickup(got.lane)
        if path.startswith("ChatTopic/"):
            return self.create(int(path.split("/")[1]))
        number = int(path.split("/")[1])
        session = self.sessions[number]
        if "TransferTo" in path:
            by_id = {str(number): lane for lane, number in self.associates.items()}
            session["TransferTo"] = self.user(by_id[path.rpartition("/")[2]])
        elif path.endswith("AcceptTransfer"):
            session |= {"User": self.user(got.lane), "TransferTo": None}
        else:
            return self.put(number, json.loads(got.body)["Status"])
        return session
