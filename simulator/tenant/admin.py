"""The admin face, which no real tenant has: seed, look, change, break; and the ground truth."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response
from starlette.routing import Route

from simulator.errors import PickupError
from simulator.tenant.settings import changed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from simulator.tenant.asking import Tenant
    from simulator.tenant.faults import Faults

__all__ = ["HEADER", "STATES", "admin_routes"]

HEADER: Final = "X-Tenant-Admin"

STATES: Final = (
    *("Unknown", "Provisioning", "Running", "Deleted", "Suspended", "OnlineMaintenance"),
    *("OfflineMaintenance", "ProvisioningFailed", "Deleting", "DeleteFailed", "MigrationPending"),
)
"""What a tenant may be."""

MOST_SEEDED: Final = 200_000

Act = "Callable[[Any], object]"


def admin_routes(tenant: Tenant, faults: Faults, token: str) -> list[Route]:
    """The routes; every request must carry the token in ``X-Tenant-Admin``."""

    def seed(body: Any) -> object:
        topic, count = int(body["topic_id"]), int(body["sessions"])
        if not 0 <= count <= MOST_SEEDED:
            raise ValueError(f"sessions is {count}; give 0 to {MOST_SEEDED}")
        numbers = tenant.store.seed(topic, count, tenant.settings)
        return {"first": numbers[0] if numbers else None, "sessions": len(numbers)}

    def reset(_: Any) -> object:
        tenant.store.forget_sessions()
        return {}

    def set_state(body: Any) -> object:
        if body["State"] not in STATES:
            raise ValueError(f"State is {body['State']!r}; give one of {', '.join(STATES)}")
        tenant.state = body["State"]
        return {"State": tenant.state}

    def set_settings(body: Any) -> object:
        tenant.settings = changed(tenant.settings, body)
        return asdict(tenant.settings)

    def set_faults(body: Any) -> object:
        faults.switch(body)
        return faults.told()

    acts: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
        ("GET", "/admin/truth", lambda _: tenant.store.truth()),
        ("POST", "/admin/seed", seed),
        ("POST", "/admin/reset", reset),
        ("GET", "/admin/settings", lambda _: asdict(tenant.settings)),
        ("PUT", "/admin/settings", set_settings),
        ("PUT", "/admin/state", set_state),
        ("GET", "/admin/faults", lambda _: faults.told()),
        ("PUT", "/admin/faults", set_faults),
        ("POST", "/admin/expire-tokens", lambda _: {"expired": tenant.door.expire()}),
    )
    return [Route(path, _guarded(act, token), methods=[method]) for method, path, act in acts]


def _guarded(act: Callable[[Any], object], token: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if request.headers.get(HEADER) != token:
            return _json({"Message": f"{HEADER} is not the token of this tenant"}, 401)
        text = await request.body()
        try:
            return _json(act(orjson.loads(text) if text else {}))
        except PickupError as error:
            return _json({"Message": str(error)}, 400)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"Message": f"{type(error).__name__}: {error}"}, 400)

    return endpoint


def _json(found: object, status: int = 200) -> Response:
    return Response(orjson.dumps(found), status, media_type="application/json")
