"""The answers that take the place of the tenant's own."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.tenant.faults.rules import Rule

__all__ = ["Answer", "huge_body", "instead", "malformed_body"]

JSON: Final = b"application/json; charset=utf-8"
HTML: Final = b"text/html; charset=utf-8"

_PAGE: Final = b"<!DOCTYPE html><html><head><title>One moment</title></head><body></body></html>"
_PIECE: Final = b"0," * 32768

_KINDS: Final = {
    401: ("SoSessionException", "Authentication failed."),
    403: ("SoSecurityException", "Access denied."),
    421: ("SoSessionException", "Wrong subdomain used to access tenant"),
    429: ("ThrottledException", "Too many requests."),
    500: ("Exception", "An error has occurred."),
    503: ("Exception", "The service is unavailable."),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""


def instead(rule: Rule, *, now_s: float | None = None) -> Answer:
    """The answer of a fault that has one of its own; ``now_s`` (since 1970) is for dates."""
    status = rule.fault.status or 504
    if status == 204:
        return Answer(204, ())
    if rule.fault.name == "null":
        return _sized(200, JSON, b"null")
    if rule.fault.name == "wrong_type":
        return _sized(200, HTML, _PAGE)
    return _sized(status, JSON, _error_body(status), _retry_after(rule, now_s))


def malformed_body(body: bytes) -> bytes:
    """A body that begins like the tenant's and is no JSON.

    >>> malformed_body(b'{"ChatSessionId": 7}')
    b'{"ChatSess'
    """
    half = body[: len(body) // 2]
    return half if half.startswith((b"{", b"[")) else b'{"ChatSessionId":'


def huge_body(megabytes: float) -> Iterator[bytes]:
    """JSON of about that size, in pieces: one long list of zeros, and no session in it."""
    yield b"["
    for _ in range(max(1, round(megabytes * 1e6 / len(_PIECE)))):
        yield _PIECE
    yield b"0]"


def _sized(
    status: int, kind: bytes, body: bytes, more: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    length = (b"content-length", str(len(body)).encode())
    return Answer(status, ((b"content-type", kind), length, *more), body)


def _error_body(status: int) -> bytes:
    kind, message = _KINDS.get(status, ("Exception", "No answer came in time."))
    told = {"Error": True, "ErrorType": kind, "ErrorMessage": message, "ErrorSource": ""}
    return json.dumps(told).encode()


def _retry_after(rule: Rule, now_s: float | None) -> tuple[tuple[bytes, bytes], ...]:
    if rule.fault.name == "status_429_seconds":
        return ((b"retry-after", str(math.ceil(rule.seconds)).encode()),)
    if rule.fault.name == "status_429_date":
        until = math.ceil((time.time() if now_s is None else now_s) + rule.seconds)
        return ((b"retry-after", formatdate(until, usegmt=True).encode()),)
    return ()
