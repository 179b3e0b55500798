"""What a replay may talk to. It fails closed: what is not known to be a test tenant is refused.

Checked when a target is named, and again for every single request, inside the transport, on the
address as it will be sent. Sandboxes of customers share their hosts with production, so no host
name proves that a tenant may be played with; such a pair must stand in the user's own file.

| host | |
|---|---|
| ``localhost``, 127.0.0.0/8, ``[::1]`` | allowed, over http too |
| ``sod``, ``sodN``, ``app-sod`` under superoffice.com | allowed: development |
| ``stage``, ``stageN``, ``app-stage``, ``qaonline`` under superoffice.com | allowed: stage |
| any other under superoffice.com | production: only as a sandbox in the file |
| anything else | only in the file |
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from simulator.errors import GuardError
from simulator.replay.endpoint.allowed import file_of_allowed
from simulator.replay.endpoint.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.replay.endpoint.allowed import Allowed

__all__ = ["check_argv", "check_request", "checked_target", "same_context"]

_ADDRESS: Final = re.compile(r"[A-Za-z0-9:/.\[\]_-]{1,300}")
"""Characters of a plain address: no userinfo, no escapes, no query, nothing that is not ASCII."""
_NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z][a-z0-9-]{0,62}")
"""A host by name, in lower case; its last label begins with a letter, so it is no number."""
_CONTEXT: Final = re.compile(r"[Cc][Uu][Ss][Tt][0-9]{1,10}")
_LOCAL_CONTEXT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")

_REQUEST: Final = re.compile(
    r"""
    (?P<base> https?://[a-z0-9.:\[\]-]+ )
    (?P<path> (?: / [A-Za-z0-9_~$@-] [A-Za-z0-9_.~$@-]* )+ )  # no escapes, no empty part, no ..
    (?: \? [^\#\x00-\x1f\x7f]* )?
    """,
    re.VERBOSE,
)
"""An address as a request may have it; there is one way only to read it."""
_TOKENS: Final = "/login/common/oauth/tokens"

_FAMILY: Final = ".superoffice.com"
_LOGIN: Final = (
    (re.compile(r"sod[0-9]{0,4}|app-sod"), "https://sod.superoffice.com"),
    (re.compile(r"stage[0-9]{0,4}|app-stage|qaonline"), "https://qaonline.superoffice.com"),
)
"""Hosts of development and stage, each with its login host."""
_PRODUCTION_LOGIN: Final = "https://online.superoffice.com"

_SECRETS: Final = (
    re.compile(r"(?i)\b(bearer|soticket|basic|xsrf)[\s:=]+\S{6,}"),
    re.compile(r"(?<![A-Za-z0-9])[78][AT]:[A-Za-z0-9.+/=_-]{4,}"),
    re.compile(r"(?i)[a-z]+://[^/\s@]*@"),
    re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"),
    re.compile(r"(?i)(token|ticket|secret|password|passwd)[=:]\S{6,}"),
)
"""What tokens, tickets, passwords in addresses and signed tokens look like."""


def checked_target(url: str, context: str, allowed: Allowed) -> Target:
    """The target, if a replay may go there.

    Args:
        url: ``https://HOST``, with the ContextId as its path or without.
        context: the ContextId.
        allowed: what the user's own file allows besides.

    Raises:
        GuardError: it may not; the message tells the rule.
    """
    parts = _split(url)
    host = _host(parts)
    path = parts.path.strip("/")
    if path and not same_context(path, context):
        raise GuardError(
            f"the path of --target is {parts.path!r}, and --context {context!r}; give the host "
            "alone, as in https://sod2.superoffice.com"
        )
    at_port = _at_port(parts, host)
    if _is_loopback(host):
        _check_context(context, _LOCAL_CONTEXT, "letters, digits, - and _")
        base = f"{parts.scheme}://{at_port}"
        return Target(base, context, base, is_loopback=True)
    if parts.scheme != "https":
        raise GuardError(
            f"{parts.scheme}:// to {host} would show tokens to the network; only https goes to "
            "another machine"
        )
    _check_context(context, _CONTEXT, "Cust and digits, such as Cust12345")
    return _remote(host, at_port, context, allowed)


def check_request(url: str, target: Target) -> None:
    """See that an address belongs to the target, character by character.

    Its own API, its state and its token endpoint are all there is.

    Raises:
        GuardError: another host, port or tenant, or an address that could be read in two ways.
    """
    read = _REQUEST.fullmatch(url)
    if read is None:
        raise GuardError(f"a request whose address may lead away from {target.base} was held back")
    base, path = read["base"], read["path"].lower()
    if base not in (target.base, target.login):
        raise GuardError(f"a request to {base} was held back: only {target.base} is the target")
    context = target.context.lower()
    if base == target.base and path.startswith(f"/{context}/api/v1/"):
        return
    if base == target.login and path in (
        f"/api/state/{context}",
        _TOKENS,
        f"/{context}{_TOKENS}",
    ):
        return
    raise GuardError(f"a request outside tenant {target.context} was held back")


def same_context(one: str, other: str) -> bool:
    """Whether two ContextIds are the same tenant's; case does not matter."""
    return one.lower() == other.lower()


def check_argv(arguments: Iterable[str]) -> None:
    """See that no secret stands on the command line, where every user of the machine reads it.

    Raises:
        GuardError: one does; the message does not repeat it.
    """
    for position, text in enumerate(arguments, start=1):
        if any(form.search(text) for form in _SECRETS):
            raise GuardError(
                f"argument {position} looks like a secret, and everybody on this machine can read "
                "a command line: put it into an environment variable, name that in the map of "
                "agents, and change the secret, as it is in your shell's history now"
            )


def _split(url: str) -> SplitResult:
    """The address in its parts; anything but scheme, host, port and a plain path is refused."""
    if not _ADDRESS.fullmatch(url):
        raise GuardError(
            "--target is no plain address; write https://HOST, without user, password or query"
        )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise GuardError(f"--target is no address ({error}); write https://HOST") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GuardError("--target has no https:// and host; write https://HOST")
    return parts


def _host(parts: SplitResult) -> str:
    """The host in the one way to write it; other ways to write it are refused."""
    host = parts.hostname or ""
    if host == "localhost":
        return "127.0.0.1"  # whatever the machine's table of hosts may say
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _NAME.fullmatch(host) and "xn--" not in host:
            return host
    else:
        return f"[{address}]" if address.version == 6 else host
    raise GuardError(
        f"host {host!r} is not written plainly; write the name its owner gave it: no number in "
        "another form, no dot at the end, no letters of other alphabets"
    )


def _at_port(parts: SplitResult, host: str) -> str:
    """The host with its port, if that is not the scheme's own."""
    usual = 443 if parts.scheme == "https" else 80
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def _is_loopback(host: str) -> bool:
    """127.0.0.0/8 and ::1."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_loopback
    return address == ipaddress.IPv6Address("::1")


def _remote(host: str, at_port: str, context: str, allowed: Allowed) -> Target:
    base = f"https://{at_port}"
    pair = allowed.find(at_port, context)
    if host == at_port and host.endswith(_FAMILY):
        for form, login in _LOGIN:
            if form.fullmatch(host.removesuffix(_FAMILY)):
                return Target(base, context, login, is_loopback=False)
    if f".{host}".endswith(_FAMILY):
        return _production(base, at_port, context, is_sandbox=bool(pair and pair.is_sandbox))
    if pair is None:
        raise GuardError(
            f"{at_port} with {context} is not known as a test tenant; if it is one, write the pair "
            f"into {file_of_allowed()}: - {{host: '{at_port}', context: {context}}}"
        )
    return Target(base, context, base, is_loopback=False, is_allowed_by_file=True)


def _production(base: str, at_port: str, context: str, *, is_sandbox: bool) -> Target:
    if not is_sandbox:
        raise GuardError(
            f"{at_port} is a production host: real customers would be picked up. If {context} is a "
            f"sandbox, write into {file_of_allowed()}: - {{host: '{at_port}', context: {context}, "
            "sandbox: true}"
        )
    return Target(base, context, _PRODUCTION_LOGIN, is_loopback=False, is_allowed_by_file=True)


def _check_context(context: str, form: re.Pattern[str], rule: str) -> None:
    if not form.fullmatch(context):
        raise GuardError(f"--context is {context!r}; a ContextId is {rule}")
