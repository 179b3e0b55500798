"""What a target says of itself, and when that is a reason not to begin."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

import pytest

from simulator.errors import GuardError
from simulator.replay.endpoint import preflight
from simulator.replay.endpoint.preflight import Principal
from simulator.replay.endpoint.target import Target
from tests.replay.endpoint.wire import CONTEXT, endpoint, free_port, said, serving

ASSOCIATES = {"token-Ada": 11, "token-Bo": 12}


class Tenant:
    """Tells its state and who calls."""

    def __init__(self, *, ahead_s=0.0, status=200, principal=None, **state):
        self.state = {
            "ContextIdentifier": CONTEXT, "Endpoint": "", "State": "Running", "IsRunning": True,
            "ValidUntil": "", "Api": "", "Version": "", **state,
        }  # fmt: skip
        self.ahead_s, self.status, self.principal = ahead_s, status, principal

    def __call__(self, got, wire):
        date = formatdate(time.time() + self.ahead_s, usegmt=True)
        if "/api/state/" in got.path:
            return said(self.state, self.status, Date=date, Location="http://127.0.0.1:9/")
        if self.principal is not None:
            return self.principal
        number = ASSOCIATES.get(got.headers["authorization"].split()[1])
        told = {"AssociateId": number, "Associate": f"A{number}", "FullName": "Ada Example",
                "DatabaseContextIdentifier": CONTEXT.upper()}  # fmt: skip
        return said(told, Date=date)


def check(tenant, lanes=("Ada", "Bo"), ask=preflight.check):
    async def story():
        async with serving(tenant) as wire, endpoint(wire.url, timeout_s=1.0) as made:
            return await (ask(made, lanes) if ask is preflight.check else ask(made)), wire

    return asyncio.run(story())


def test_a_running_tenant_tells_its_name_and_who_each_lane_is():
    found, wire = check(Tenant(ContextIdentifier="CUST12345"))
    assert (found.state, found.context) == ("Running", "CUST12345")
    assert found.principals == {"Ada": Principal(11, "A11"), "Bo": Principal(12, "A12")}
    assert [got.path for got in wire.got] == [
        f"/api/state/{CONTEXT}",
        f"/{CONTEXT}/api/v1/User/currentPrincipal",
        f"/{CONTEXT}/api/v1/User/currentPrincipal",
    ]
    assert "authorization" not in wire.got[0].headers
    assert {got.method for got in wire.got} == {"GET"}


def test_online_maintenance_is_let_through():
    assert check(Tenant(State="OnlineMaintenance"))[0].state == "OnlineMaintenance"


@pytest.mark.parametrize("ahead_s", [-3600.0, -40.0, -1.0, 0.0, 1.0, 40.0, 3600.0])
def test_the_skew_is_at_least_what_the_clocks_differ_by(ahead_s):
    skew_s = check(Tenant(ahead_s=ahead_s))[0].skew_s
    assert abs(ahead_s) <= skew_s <= abs(ahead_s) + 3.5


@pytest.mark.parametrize(
    ("tenant", "told"),
    [
        (Tenant(State="OfflineMaintenance"), "is OfflineMaintenance; a replay needs"),
        (Tenant(State="Suspended"), "is Suspended"),
        (Tenant(State="running"), "is running"),
        (Tenant(State=2), "does not tell the tenant's state"),
        (Tenant(State=None), "does not tell the tenant's state"),
        (Tenant(ContextIdentifier="Cust99999"), "is tenant 'Cust99999', not Cust12345"),
        (Tenant(ContextIdentifier=""), "is tenant '', not Cust12345"),
        (Tenant(status=302), "sends us elsewhere"),
        (Tenant(status=301), "sends us elsewhere"),
        (Tenant(status=421), "wrong host for this tenant"),
        (Tenant(status=404), r"does not tell the tenant's state \(HTTP 404\)"),
        (Tenant(status=500), r"\(HTTP 500\)"),
        (lambda *_: said(b"not JSON"), "does not tell the tenant's state"),
        (lambda *_: said([]), "does not tell the tenant's state"),
        (lambda *_: None, "does not tell the tenant's state"),
        (lambda *_: "hang", r"\(Timeout\)"),
        (Tenant(principal=said(b"", 401)), r"who the credential of 'Ada' is \(HTTP 401\)"),
        (Tenant(principal=said(b"", 403)), "who the credential of 'Ada' is"),
        (Tenant(principal=said(b"", 421)), "wrong host for this tenant"),
        (Tenant(principal=said(b"", 307)), "sends us elsewhere"),
        (Tenant(principal=said({"AssociateId": 0})), "who the credential of 'Ada' is"),
        (Tenant(principal=said({"AssociateId": "7"})), "who the credential of 'Ada' is"),
        (Tenant(principal=said({"AssociateId": True})), "who the credential of 'Ada' is"),
        (Tenant(principal=said(None)), "who the credential of 'Ada' is"),
        (
            Tenant(principal=said({"AssociateId": 7, "DatabaseContextIdentifier": "Cust9"})),
            "belongs to tenant Cust9, not to Cust12345",
        ),
    ],
)
def test_a_target_that_is_not_what_was_named_is_refused(tenant, told):
    with pytest.raises(GuardError, match=told):
        check(tenant)


def test_a_target_that_is_not_there_is_refused():
    async def story():
        async with endpoint(f"http://127.0.0.1:{free_port()}") as made:
            await preflight.check(made, ["Ada"])

    with pytest.raises(GuardError, match="ConnectError"):
        asyncio.run(story())


@pytest.mark.parametrize(
    ("tenant", "name"),
    [
        (Tenant(), "Running"),
        (Tenant(State="OfflineMaintenance"), "OfflineMaintenance"),
        (Tenant(status=500), ""),
        (Tenant(ContextIdentifier="Cust9"), ""),
        (lambda *_: None, ""),
    ],
)
def test_the_state_can_be_asked_for_while_it_runs(tenant, name):
    assert check(tenant, ask=preflight.state)[0] == name


@pytest.mark.parametrize(
    ("told", "refused"),
    [("https://sod3.superoffice.com/Cust12345", True),
     ("https://sod2.superoffice.com/Cust12345/", False),
     ("https://SOD2.superoffice.com:443/Cust12345", False), ("", False)],
)  # fmt: skip
def test_a_tenant_that_has_moved_to_another_host_is_refused(told, refused):
    remote = Target("https://sod2.superoffice.com", CONTEXT, "https://sod.superoffice.com", False)

    def moved():
        preflight.check_host({"Endpoint": told}, remote)

    if refused:
        with pytest.raises(GuardError, match=r"served by sod3\.superoffice\.com now"):
            moved()
    else:
        moved()
