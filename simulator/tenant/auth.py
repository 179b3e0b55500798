"""Who sends a request: Basic, SOTicket with SO-AppToken, Bearer, or the browser's XSRF token."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.tenant.store import now_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.tenant.settings import Settings
    from simulator.tenant.store import Store

__all__ = ["APP_TOKEN", "Door"]

APP_TOKEN: Final = "pickup-lab-local-app"  # noqa: S105 - the local tenant's own, and no secret
"""The application token that goes with a ticket; the local tenant takes any that is not empty."""

LAPSING: Final = ("bearer", "ticket")
"""Kinds of secrets that end."""


@dataclass(slots=True)
class _Pass:
    associate: int
    kind: str
    expires_us: int | None


class Door:
    """Knows every token of a tenant; asked for each request, so it answers from memory.

    Ends of access tokens are kept in the tenant's file; when a ticket was last used is not.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._passes = {
            value: _Pass(associate, kind, expires)
            for associate, kind, value, expires in store.secrets()
        }

    def caller(self, headers: Mapping[str, str], settings: Settings) -> int | None:
        """The associate who sends a request with these headers; None if nobody known does."""
        scheme, _, value = headers.get("authorization", "").partition(" ")
        scheme, value = scheme.lower(), value.strip()
        if scheme == "bearer":
            return self._known(value, "bearer", settings)
        if scheme == "soticket":
            return self._by_ticket(value, headers, settings)
        if scheme == "basic":
            return self._by_password(value)
        if not scheme and (token := headers.get("x-xsrf-token")):
            return self._by_xsrf(token, headers, settings)
        return None

    def issue(self, form: Mapping[str, str], settings: Settings) -> dict[str, object] | None:
        """A new access token for a refresh token; None if that is not known."""
        found = self._passes.get(form.get("refresh_token", ""))
        asked = form.get("grant_type") == "refresh_token" and form.get("client_id")
        if found is None or found.kind != "refresh" or not asked:
            return None
        lasts_s = settings.access_token_lifetime_s
        ends = now_us() + round(lasts_s * 1e6)
        token = self._store.add_secret(found.associate, "bearer", ends)
        self._passes[token] = _Pass(found.associate, "bearer", ends)
        return {
            "token_type": "Bearer",
            "access_token": token,
            "expires_in": int(lasts_s) if lasts_s == int(lasts_s) else lasts_s,
            "refresh_token": form["refresh_token"],
        }

    def expire(self) -> int:
        """End every access token and ticket at once; how many there were."""
        ended = [each for each in self._passes.values() if each.kind in LAPSING]
        for each in ended:
            each.expires_us = 0
        self._store.end_secrets(LAPSING)
        return len(ended)

    def _known(self, value: str, kind: str, settings: Settings) -> int | None:
        found = self._passes.get(value) or self._told(value)
        if found is None or found.kind != kind:
            return None
        now = now_us()
        if found.expires_us is not None and now >= found.expires_us:
            return None
        if kind == "ticket":  # it lasts for as long again as it was used
            found.expires_us = now + round(settings.ticket_lifetime_s * 1e6)
        return found.associate

    def _told(self, value: str) -> _Pass | None:
        """A secret that another process on the tenant's file has issued since."""
        row = self._store.secret(value)
        if row is None:
            return None
        found = self._passes[value] = _Pass(*row)
        return found

    def _by_ticket(self, value: str, headers: Mapping[str, str], settings: Settings) -> int | None:
        if not headers.get("so-apptoken"):
            return None
        return self._known(value, "ticket", settings)

    def _by_password(self, value: str) -> int | None:
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        found = self._passes.get(password)
        if found is None or found.kind != "password":
            return None
        return found.associate if self._store.user_named(user) == found.associate else None

    def _by_xsrf(self, token: str, headers: Mapping[str, str], settings: Settings) -> int | None:
        """The token of the header must be that of the cookie: another site cannot read it."""
        cookies = (part.strip() for part in headers.get("cookie", "").split(";"))
        if f"XSRF-TOKEN={token}" not in cookies:
            return None
        return self._known(token, "xsrf", settings)
