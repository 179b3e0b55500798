"""A request as the tenant's handlers see it, and how one is answered by an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from simulator.tenant.auth import Door

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.errors import DataError
    from simulator.tenant.answers import View
    from simulator.tenant.settings import Settings
    from simulator.tenant.store import Row, Store

__all__ = ["INVALID", "Answered", "Asked", "Refused", "Tenant"]

INVALID: Final = "The request is invalid"
"""How the text of a 400 begins."""


class Tenant:
    """The store, the settings of the moment and the door, which all handlers share."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self.door = Door(store)
        self.state = "Running"
        """A name of the tenant's states; the admin face changes it."""
        self.requests = 0
        """Counts every request to the API, from 1."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """The request gets an error as its answer."""

    def __init__(self, status: int, message: str = "", kind: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.kind = status, message, kind


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that is not simply 200 with an object."""

    body: object = None
    status: int = 200
    has_body: bool = True
    name: str = ""
    """Root of an XML document, where it is not the route's usual one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a handler."""

    tenant: Tenant
    caller: int
    number: int
    """Of the request, from 1."""
    path: Mapping[str, Any]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    """Parsed JSON, or None."""
    view: View
    url: str
    """Of the request, without its query."""

    @property
    def store(self) -> Store:
        """The tenant's."""
        return self.tenant.store

    @property
    def settings(self) -> Settings:
        """Those of the moment."""
        return self.tenant.settings

    @property
    def user(self) -> Row:
        """The caller's row."""
        return self.store.users[self.caller]

    def fields(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            Refused: 400, it is none.
        """
        if isinstance(self.body, dict):
            return self.body
        raise Refused(400, f"{INVALID}: give an object as its body.")

    def may_respond(self, topic: int) -> None:
        """Raises Refused if the caller has no right to answer in a topic."""
        if self.settings.pickup_scope != "all" and topic not in self.store.responds(self.caller):
            raise Refused(
                self.settings.forbidden_status, f"You may not respond in chat topic {topic}."
            )


def not_found(what: str, number: object) -> NoReturn:
    """404, as the tenant says it."""
    raise Refused(404, f"{what} id {number} not found", "SoNotFoundException")


def readable(error: DataError) -> Refused:
    """400 for what cannot be read."""
    return Refused(400, error.message, "ArgumentException")
