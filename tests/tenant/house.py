"""A running tenant as the tests visit it: who asks, for what, and what really happened."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.tenant.settings import Settings
from simulator.tenant.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from simulator.tenant.serving import RunningTenant

SALES, SUPPORT = 101, 102
ADA, BO, CY, CUSTOMERS = 11, 12, 13, 90
"""Topics and associates of the tenant's own sample."""
EJ_USER = 700
"""Added to an associate's id: the number of presence."""

BLANK = Settings()


@dataclass(frozen=True)
class House:
    """A tenant of the sample's people, and a connection to it."""

    running: RunningTenant
    web: httpx.Client

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: str = "ADA",
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """An answer to somebody; ``who`` "" says nothing of who asks. Paths are below /api/v1."""
        known = {"Authorization": self.running.secrets[f"PICKUP_{who}"]} if who else {}
        return self.web.request(
            method,
            f"{self.running.url}/{self.running.context}/api/v1/{path}",
            json=body,
            headers={**known, **(headers or {})},
            params=query,
        )

    def get(self, path: str, **more: Any) -> Any:
        """What a GET gives, which must be there."""
        return self.told(self.ask("GET", path, **more))

    def post(self, path: str, body: object = None, **more: Any) -> Any:
        """What a POST gives, which must be there."""
        return self.told(self.ask("POST", path, body, **more))

    def call(self, name: str, body: object = None, **more: Any) -> Any:
        """What an Agents call gives."""
        return self.post(f"Agents/Chat/{name}", body, **more)

    @staticmethod
    def told(answer: httpx.Response) -> Any:
        """The object of a good answer; None where there is no body."""
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def at(self, path: str, **more: Any) -> httpx.Response:
        """A GET of any path of the server."""
        return self.web.get(f"{self.running.url}{path}", **more)

    def seed(self, count: int = 1, topic: int = SALES) -> int:
        """So many waiting sessions; the first one's id."""
        made = self.running.admin("POST", "seed", {"topic_id": topic, "sessions": count})
        return int(made["first"])

    def settings(self, **values: Any) -> None:
        """Change behaviours."""
        self.running.admin("PUT", "settings", values)

    def truth(self) -> dict[str, Any]:
        """What really happened."""
        return dict(self.running.admin("GET", "truth"))

    def as_new(self) -> None:
        """Forget what was done to it."""
        for method, path, body in (
            ("POST", "reset", None),
            ("PUT", "settings", asdict(BLANK)),
            ("PUT", "state", {"State": "Running"}),
            ("PUT", "faults", {"rules": []}),
        ):
            self.running.admin(method, path, body)
        there = [{"UserId": EJ_USER + user, "Present": True} for user in (ADA, BO, CY)]
        self.post("Presence/SaveAll", there)


@contextmanager
def open_store(path: Path | str = ":memory:", people: Any = None) -> Iterator[Store]:
    """A store with the sample's people, or with others."""
    from simulator.tenant.people import SAMPLE

    with Store(path, people or SAMPLE) as found:
        yield found


class Picker:
    """A client that does nothing but pick up, on one connection of its own."""

    def __init__(self, tenant: RunningTenant, who: str) -> None:
        self._line = HTTPConnection(urlsplit(tenant.url).netloc, timeout=60)
        self._path = f"/{tenant.context}/api/v1/ChatSession/Pickup"
        self._headers = {"Authorization": tenant.secrets[f"PICKUP_{who}"]}

    def pick_up(self) -> bytes:
        """The body of one answer; OSError or HTTPException if there is none."""
        self._line.request("POST", self._path, headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:200])
        return body

    def close(self) -> None:
        self._line.close()
