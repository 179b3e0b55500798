"""Ask a target what it is, before anything is sent to it that it would act on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from simulator.errors import GuardError
from simulator.replay.endpoint.guard import same_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.replay.endpoint.answer import Answer
    from simulator.replay.endpoint.client import Endpoint
    from simulator.replay.endpoint.target import Target

__all__ = ["RUNNING", "Preflight", "Principal", "check", "check_host", "state"]

RUNNING: Final = frozenset({"Running", "OnlineMaintenance"})
"""States of a tenant whose API is in use."""

DATE_AGE_S: Final = 2.0
"""A Date header is cut to whole seconds, and many servers write it anew only once a second."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a lane's credential is, in the tenant."""

    associate_id: int
    name: str
    """The login name: of an agent, not of a customer."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a target told of itself."""

    state: str
    context: str
    """As the tenant spells it."""
    skew_s: float
    """By how much its clock may differ from ours, at most."""
    principals: dict[str, Principal]
    """By lane."""


async def check(endpoint: Endpoint, lanes: Iterable[str]) -> Preflight:
    """What the target is, and who each lane is.

    Raises:
        GuardError: it is not running, is another tenant, sends us elsewhere, or does not know a
            lane's credential.
    """
    began = time.time()
    told = await endpoint.read_state()
    found = _state_of(told, endpoint)
    skew_s = _skew_s(told, began, time.time())
    principals: dict[str, Principal] = {}
    for lane in lanes:
        began = time.time()
        answer = await endpoint.call(lane, "GET", "User/currentPrincipal")
        skew_s = max(skew_s, _skew_s(answer, began, time.time()))
        principals[lane] = _principal(answer, lane, endpoint)
    return Preflight(found["State"], found["ContextIdentifier"], skew_s, principals)


async def state(endpoint: Endpoint) -> str:
    """The tenant's state by name; "" where it could not be read."""
    told = _object(await endpoint.read_state())
    if told is None or not same_context(_text(told, "ContextIdentifier"), endpoint.target.context):
        return ""
    return _text(told, "State")


def _state_of(answer: Answer, endpoint: Endpoint) -> dict[str, Any]:
    target = endpoint.target
    _refuse_elsewhere(answer, target.state_url)
    told = _object(answer)
    if not told or not _text(told, "State"):
        why = f"HTTP {answer.http}" if answer.failure is None else answer.error
        raise GuardError(f"{target.state_url} does not tell the tenant's state ({why})")
    name = _text(told, "ContextIdentifier")
    if not same_context(name, target.context):
        raise GuardError(f"the target is tenant {name!r}, not {target.context}; check --context")
    if told["State"] not in RUNNING:
        raise GuardError(f"tenant {name} is {told['State']}; a replay needs one that is Running")
    check_host(told, target)
    return {**told, "ContextIdentifier": name}


def check_host(told: Mapping[str, Any], target: Target) -> None:
    """See that the tenant has not moved to another host.

    Raises:
        GuardError: it has.
    """
    place = told.get("Endpoint")
    if target.is_loopback or not isinstance(place, str) or not place:
        return
    parts = urlsplit(place)
    host = parts.netloc.lower().removesuffix(":443")
    if f"{parts.scheme}://{host}" != target.base:
        raise GuardError(
            f"the tenant is served by {host} now, not by {target.base}; give "
            f"--target https://{host}"
        )


def _principal(answer: Answer, lane: str, endpoint: Endpoint) -> Principal:
    _refuse_elsewhere(answer, "User/currentPrincipal")
    told = _object(answer)
    number = told.get("AssociateId") if told else None
    if not told or type(number) is not int or number < 1:
        why = f"HTTP {answer.http}" if answer.failure is None else answer.error
        raise GuardError(
            f"the tenant does not say who the credential of {lane!r} is ({why}); check the "
            "variable that the map of agents names for it"
        )
    context = _text(told, "DatabaseContextIdentifier")
    if context and not same_context(context, endpoint.target.context):
        raise GuardError(
            f"the credential of {lane!r} belongs to tenant {context}, not to "
            f"{endpoint.target.context}"
        )
    return Principal(number, _text(told, "Associate") or _text(told, "UserName"))


def _refuse_elsewhere(answer: Answer, what: str) -> None:
    if answer.http == 421:
        raise GuardError(
            f"{what}: wrong host for this tenant (HTTP 421); ask its login host which one serves it"
        )
    if answer.http is not None and 300 <= answer.http < 400:
        raise GuardError(
            f"{what}: the target sends us elsewhere (HTTP {answer.http}); redirects are not "
            "followed, give the address itself as --target"
        )


def _object(answer: Answer) -> dict[str, Any] | None:
    if answer.http != 200:
        return None
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return told if isinstance(told, dict) else None


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _skew_s(answer: Answer, began: float, ended: float) -> float:
    """At most how far the target's clock is from ours, by the Date of an answer."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (ValueError, TypeError, IndexError):
        return DATE_AGE_S
    return max(abs(told + DATE_AGE_S - began), abs(told - ended))
