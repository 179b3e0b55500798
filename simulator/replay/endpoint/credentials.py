"""The secrets of the lanes: read from the environment or the keyring, never written anywhere.

| value | header |
|---|---|
| ``Bearer 8A:Cust12345.…``, or the bare token | ``Authorization`` |
| ``SOTicket 7T:…`` | ``Authorization``, with ``SO-AppToken`` where the map names an app_token |
| ``Basic dXNlcjpwYXNz`` | ``Authorization`` |
| ``XSRF …`` | ``X-XSRF-TOKEN``, and the cookie it must agree with |
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulator.errors import UsageError
from simulator.replay.endpoint.hidden import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

__all__ = ["Credential", "Credentials", "Refreshing", "read_credentials"]

SCHEMES: Final = {"bearer": "Bearer", "soticket": "SOTicket", "basic": "Basic", "xsrf": "XSRF"}

AHEAD_S: Final = 120.0
"""How long before its end a token is refreshed; of short ones the last fifth."""
TICKET_S: Final = 6 * 3600.0
"""A system user's ticket ends this long after it was last used."""
WAIT_S: Final = 10.0
"""How long nobody asks again after a token endpoint refused."""

_VALUE: Final = re.compile(r"[!-~]+")
"""What a header can carry, without a space."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class Refreshing:
    """How a new access token is had: OAuth's grant ``refresh_token``."""

    url: str
    client_id: str
    client_secret: Secret
    refresh_token: Secret

    def form(self) -> dict[str, str]:
        """The request's fields."""
        return {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal(),
            "refresh_token": self.refresh_token.reveal(),
        }


@dataclass(slots=True)
class Credential:
    """One way of saying who a caller is; lanes that name the same secret share it."""

    scheme: str
    """Bearer, SOTicket, Basic or XSRF."""
    value: Secret
    app_token: Secret | None = None
    refreshing: Refreshing | None = None
    refresh_at: float | None = None
    """``time.monotonic`` of when it should be refreshed, where its end is known."""
    generation: int = 0
    """Rises with each refresh."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _ask_again_at: float = field(default=0.0, repr=False)

    def sign(self, headers: MutableMapping[str, str]) -> None:
        """Add the request headers that say who it is."""
        if self.scheme == "XSRF":
            headers["X-XSRF-TOKEN"] = self.value.reveal()
            headers["Cookie"] = f"XSRF-TOKEN={self.value.reveal()}"
        else:
            headers["Authorization"] = f"{self.scheme} {self.value.reveal()}"
        if self.app_token is not None:
            headers["SO-AppToken"] = self.app_token.reveal()

    @property
    def ends_soon(self) -> bool:
        """Whether it should be refreshed before the next request."""
        return self.refresh_at is not None and time.monotonic() > self.refresh_at

    def note_use(self) -> None:
        """The tenant took it: a ticket's end moves on."""
        if self.scheme == "SOTicket":
            self.refresh_at = time.monotonic() + TICKET_S - AHEAD_S

    async def refresh(
        self, seen: int, ask: Callable[[Refreshing], Awaitable[tuple[int | None, bytes]]]
    ) -> bool:
        """Get a new token, unless somebody did since generation ``seen``; whether there is one.

        One caller asks, the others wait for what it gets. ``ask`` posts the form and gives status
        and body.
        """
        if self.refreshing is None:
            return False
        async with self._turn:
            if self.generation != seen:
                return True
            if time.monotonic() < self._ask_again_at:
                return False
            status, body = await ask(self.refreshing)
            renewed = status == 200 and self._renew(body)
            if not renewed:
                self._ask_again_at = time.monotonic() + WAIT_S
            return renewed

    def _renew(self, body: bytes) -> bool:
        """Take over the answer of a token endpoint; whether it held a token."""
        try:
            told = orjson.loads(body)
            token = told["access_token"]
            lasts_s = float(told.get("expires_in") or 0)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            return False
        if not isinstance(token, str) or not _VALUE.fullmatch(token):
            return False
        self.scheme, self.value = "Bearer", Secret(token)
        ahead_s = min(AHEAD_S, lasts_s / 5)
        self.refresh_at = time.monotonic() + lasts_s - ahead_s if lasts_s > 0 else None
        self._keep_refresh_token(told.get("refresh_token"))
        self.generation += 1
        return True

    def _keep_refresh_token(self, token: object) -> None:
        how = self.refreshing
        if how is not None and isinstance(token, str) and token:
            self.refreshing = Refreshing(how.url, how.client_id, how.client_secret, Secret(token))


class Credentials:
    """All lanes' credentials."""

    def __init__(self, lanes: Mapping[str, Credential]) -> None:
        self._lanes = dict(lanes)

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self._lanes))})"

    @property
    def lanes(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._lanes)

    @property
    def refreshed_at(self) -> frozenset[str]:
        """The token endpoints' addresses."""
        known = (each.refreshing for each in self._lanes.values())
        return frozenset(each.url for each in known if each is not None)

    def of(self, lane: str) -> Credential:
        """One lane's credential; KeyError if there is no such lane."""
        return self._lanes[lane]


def read_credentials(lanes: Mapping[str, Mapping[str, Any]]) -> Credentials:
    """The secrets that the plan names.

    Args:
        lanes: by lane, what ``simulator.replay.maps`` reads: env or keyring, app_token, refresh.

    Raises:
        UsageError: a variable is not set, the keyring has no such entry, or one is of no known
            form; all of them are named.
    """
    complaints: list[str] = []
    shared: dict[str, Credential] = {}
    read = {}
    for lane, told in lanes.items():
        source = json.dumps({key: told.get(key) for key in _SOURCE}, sort_keys=True)
        if source not in shared:
            shared[source] = _credential(told, complaints)
        read[lane] = shared[source]
    if complaints:
        raise UsageError(
            f"{'; '.join(dict.fromkeys(complaints))}. Set what is missing (with a local tenant: "
            "set -a; . KIT/tenant.env; set +a)"
        )
    return Credentials(read)


_SOURCE: Final = ("env", "keyring", "app_token", "refresh", "refresh_token")
"""What of a lane's entry tells its credential."""


def _credential(told: Mapping[str, Any], complaints: list[str]) -> Credential:
    scheme, value = _parted(_secret(told, complaints), _name(told), complaints)
    app = told.get("app_token")
    return Credential(
        scheme,
        value,
        None if app is None else _checked(_secret(app, complaints), _name(app), complaints),
        _refreshing(told, complaints),
    )


def _parted(whole: Secret, name: str, complaints: list[str]) -> tuple[str, Secret]:
    """Scheme and value; a word alone is a Bearer token."""
    words = whole.reveal().split(maxsplit=1)
    if len(words) < 2:
        return "Bearer", _checked(whole, name, complaints)
    scheme = SCHEMES.get(words[0].lower())
    value = Secret(words[1])
    if scheme is None:
        known = ", ".join(SCHEMES.values())
        complaints.append(f"{name} begins with no known scheme; there are {known}")
    elif scheme == "Basic" and not _BASE64.fullmatch(value.reveal()):
        complaints.append(f"{name} is not Basic and base64 of user:password")
    return scheme or "", _checked(value, name, complaints)


def _checked(value: Secret, name: str, complaints: list[str]) -> Secret:
    """See that a header can carry it."""
    if value and not _VALUE.fullmatch(value.reveal()):
        complaints.append(f"{name} has spaces or letters that no header carries")
    return value


def _refreshing(told: Mapping[str, Any], complaints: list[str]) -> Refreshing | None:
    how, token = told.get("refresh"), told.get("refresh_token")
    if how is None or token is None:
        return None
    return Refreshing(
        how["url"],
        how["client_id"],
        _secret(how["client_secret"], complaints),
        _secret(token, complaints),
    )


def _name(told: Mapping[str, Any]) -> str:
    """What a complaint calls it: where it stands, never what it is."""
    return f"variable {told['env']}" if "env" in told else f"keyring entry {told['keyring']}"


def _secret(told: Mapping[str, Any], complaints: list[str]) -> Secret:
    """What stands behind a name; an empty one and a complaint where there is none."""
    if "env" in told:
        value = Secret(os.environ.get(told["env"], "").strip())
    else:
        value = _from_keyring(told["keyring"])
    if not value:
        complaints.append(f"{_name(told)} is not there")
    return value


def _from_keyring(entry: str) -> Secret:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise UsageError(
            f"keyring entry {entry} cannot be read without the package keyring; "
            "pip install 'pickup-lab[keyring]', or name an environment variable"
        ) from error
    service, _, user = entry.partition("/")
    try:
        return Secret((keyring.get_password(service, user) or "").strip())
    except KeyringError as error:
        raise UsageError(
            f"keyring entry {entry} cannot be read ({type(error).__name__}); "
            "name an environment variable instead"
        ) from None
