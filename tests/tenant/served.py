"""A tenant that runs, and its clients: one line a request, by name of who sends it."""

from __future__ import annotations

import contextlib
import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.tenant.serving import RunningTenant

PICKUP = "ChatSession/Pickup"
SALES, SUPPORT = 101, 102
"""Topics of the sample tenant: Ada (11) and Bo (12) respond in the first, Cy (13) in both."""
ADA, BO, CY = 11, 12, 13


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Served:
    """Sends requests to a running tenant, each on a connection of its own."""

    def __init__(self, tenant: RunningTenant) -> None:
        self.tenant, self.secrets = tenant, tenant.secrets
        self.place = urlsplit(tenant.url).netloc

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Told:
        """A request to any path, with just these headers."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with contextlib.closing(http.client.HTTPConnection(self.place, timeout=30)) as line:
            line.request(method, path, data, dict(headers or {}))
            answer = line.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Told(answer.status, answer.read(), told)

    def ask(self, who: str, method: str, path: str, body: object = None, **headers: str) -> Told:
        """A request to the API by somebody; ``so_timezone="UTC"`` is a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": self.secrets[f"PICKUP_{who}"], **sent}
        return self.send(method, f"/{self.tenant.context}/api/v1/{path}", body, sent)

    def call(self, who: str, name: str, body: object = None) -> Told:
        """A call to the Agents face."""
        return self.ask(who, "POST", f"Agents/Chat/{name}", body)

    def seed(self, sessions: int, topic: int = SALES) -> int:
        """So many waiting sessions; the first one's id."""
        return self.tenant.admin("POST", "seed", {"topic_id": topic, "sessions": sessions})["first"]

    def set(self, **settings: object) -> None:
        self.tenant.admin("PUT", "settings", settings)

    def truth(self) -> Any:
        return self.tenant.admin("GET", "truth")
