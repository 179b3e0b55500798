"""The server's application: routes, who may come in, and the forms of answers and errors.

Every path of the API is there with the ContextId before it and without. What a handler needs of a
request is an :class:`Asked`; handlers know nothing of HTTP.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from simulator.errors import DataError
from simulator.tenant import answers, rest, rpc
from simulator.tenant.admin import admin_routes
from simulator.tenant.asking import INVALID, Answered, Asked, Refused, Tenant, readable
from simulator.tenant.faults import FaultMiddleware, Faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from simulator.tenant.settings import Settings
    from simulator.tenant.store import Store

__all__ = ["make_app"]

API: Final = "/api/v1/"
RUNNING: Final = frozenset({"Running", "OnlineMaintenance"})
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


def make_app(
    store: Store, settings: Settings, *, faults: Faults | None = None, admin_token: str = ""
) -> ASGIApp:
    """The application over a store; the admin face is there if it has a token."""
    tenant = Tenant(store, settings)
    faults = faults or Faults()
    routes = [
        Route(f"{API}{path}", _endpoint(tenant, handler, name), methods=[method])
        for method, path, handler, name in (*rest.ROUTES, *rpc.ROUTES)
    ]
    routes += [
        Route("/api/state/{context}", _state(tenant), methods=["GET"]),
        Route("/login/common/oauth/tokens", _tokens(tenant), methods=["POST"]),
        Route("/api", _version(), methods=["GET"]),
        Route("/api/v1/timezone", _time_zones(), methods=["GET"]),
    ]
    if admin_token:
        routes += admin_routes(tenant, faults, admin_token)
    inner = Starlette(
        routes=[_any_case(route) for route in routes],
        exception_handlers={404: _failed(tenant), 405: _failed(tenant)},
    )
    inner.router.redirect_slashes = False
    return FaultMiddleware(_Addressed(inner, tenant), faults)


def _any_case(route: Route) -> Route:
    """The route, found however its letters are written."""
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return route


class _Addressed:
    """Takes the ContextId off the path, and turns away who asks for another tenant or host."""

    def __init__(self, app: ASGIApp, tenant: Tenant) -> None:
        self._app, self._tenant = app, tenant
        self._prefix = f"/{tenant.store.context}/".lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 421."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.lower().startswith(self._prefix):
            stripped = path[len(self._prefix) - 1 :]
            scope = {
                **scope,
                "path": stripped,
                "raw_path": stripped.encode(),
                "context_prefix": path[: len(self._prefix) - 1],
            }
        if self._is_elsewhere(scope):
            error = answers.error(421, "", "", self._tenant.settings)
            await _json(error, 421)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_elsewhere(self, scope: Scope) -> bool:
        """Whether another tenant, or this one under another host, is asked for."""
        path = scope["path"].lower()
        if path.startswith("/admin"):
            return False
        if not path.startswith(("/api", "/login")):
            return True
        served = self._tenant.settings.served_host.lower()
        if not served or path.startswith("/api/state/"):  # the state is told under any host
            return False
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
        return served not in (host, host.rpartition(":")[0])


def _endpoint(
    tenant: Tenant, handler: Callable[[Asked], object], name: str
) -> Callable[[Request], Awaitable[Response]]:
    """A handler as the server calls it."""

    async def endpoint(request: Request) -> Response:
        text = await request.body()
        tenant.requests += 1
        headers = request.headers
        try:
            caller = _caller(tenant, request)
            found = handler(_asked(tenant, request, caller, text))
        except Refused as refused:
            return _refusal(refused, request, tenant.settings)
        except DataError as error:
            return _refusal(readable(error), request, tenant.settings)
        except OverflowError:
            large = Refused(400, f"{INVALID}: a number is too large.")
            return _refusal(large, request, tenant.settings)
        if not isinstance(found, Answered):
            body, media = answers.respond(found, headers, name)
            return Response(body, 200, {"Content-Type": media})
        if not found.has_body:
            return Response(b"", found.status)
        body, media = answers.respond(found.body, headers, found.name or name)
        return Response(body, found.status, {"Content-Type": media})

    return endpoint


def _caller(tenant: Tenant, request: Request) -> int:
    if tenant.state not in RUNNING:
        raise Refused(503, f"The tenant is {tenant.state}.", "SoServiceUnavailableException")
    caller = tenant.door.caller(request.headers, tenant.settings)
    if caller is None:
        raise Refused(401)
    return caller


def _asked(tenant: Tenant, request: Request, caller: int, text: bytes) -> Asked:
    scope = request.scope
    raw: bytes = scope["query_string"]
    query = dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)) if raw else {}
    return Asked(
        tenant,
        caller,
        tenant.requests,
        request.path_params,
        query,
        request.headers,
        _parsed(text),
        answers.view_of(request.headers, query, tenant.settings),
        _url(request),
    )


def _url(request: Request) -> str:
    scope = request.scope
    host = request.headers.get("host", "")
    return f"{scope['scheme']}://{host}{scope.get('context_prefix', '')}{scope['path']}"


def _parsed(text: bytes) -> Any:
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"{INVALID}: its body is no JSON.") from error


def _refusal(refused: Refused, request: Request, settings: Settings) -> Response:
    if isinstance(refused, rpc.BadParameters):
        found: object = answers.invalid_request(refused.message)
    else:
        found = answers.error(refused.status, refused.kind, refused.message, settings)
    body, media = answers.respond(found, request.headers, "Error")
    headers = {"Content-Type": media}
    return Response(body, refused.status, headers | (_CHALLENGE if refused.status == 401 else {}))


def _failed(tenant: Tenant) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What is no path of the tenant, or not with that method, in the form of its errors."""

    async def handler(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        message = f"{request.method} {request.scope['path']} is not there."
        return _refusal(Refused(status, message), request, tenant.settings)

    return handler


def _state(tenant: Tenant) -> Callable[[Request], Awaitable[Response]]:
    """What state the tenant is in; nobody needs to say who they are."""

    async def endpoint(request: Request) -> Response:
        context = tenant.store.context
        if request.path_params["context"].lower() != context.lower():
            unknown = {"ContextIdentifier": request.path_params["context"], "State": "Unknown"}
            return _json({**unknown, "IsRunning": False}, 404)
        place = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
        return _json(
            {
                "ContextIdentifier": context,
                "Endpoint": place,
                "State": tenant.state,
                "IsRunning": tenant.state in RUNNING,
                "ValidUntil": "9999-12-31T00:00:00Z",
                "Api": f"{place}/{context}/api",
                "Version": "local",
            }
        )

    return endpoint


def _tokens(tenant: Tenant) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("latin-1")))
        issued = tenant.door.issue(form, tenant.settings)
        if issued is None:
            return _json({"error": "invalid_grant"}, 400)
        return _json(issued)

    return endpoint


def _version() -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return _json({"Name": "Pickup Lab's local tenant", "Api": "v1"})

    return endpoint


def _time_zones() -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return _json(
            [
                {"TzLocationId": number, "TzLocationCode": code, "Name": name}
                for number, code, name in answers.zone_codes()
            ]
        )

    return endpoint


def _json(found: object, status: int = 200) -> Response:
    return Response(orjson.dumps(found), status, media_type="application/json")
