"""Who may come in: the schemes of the reference page, and tokens that end."""

from __future__ import annotations

import base64
import time
from urllib.parse import urlencode

import pytest

from tests.tenant.served import PICKUP, Served

ME = "/Cust12345/api/v1/User/currentPrincipal"
TOKENS = "/login/common/oauth/tokens"


@pytest.fixture
def tenant(house):
    """The sample tenant as it was at the start, asked by name."""
    house.as_new()
    return Served(house.running)


def who(tenant, **headers):
    """The status, and who the tenant takes the sender for."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    told = tenant.send("GET", ME, None, sent)
    return told.status, told.json.get("Associate")


def test_each_scheme_says_who_one_is(tenant):
    of = tenant.secrets
    xsrf = of["PICKUP_CY_XSRF"]
    asked = [
        who(tenant, Authorization=of["PICKUP_ADA"]),
        who(tenant, Authorization=of["PICKUP_BO_BASIC"]),
        who(tenant, Authorization=of["PICKUP_BO_TICKET"], SO_AppToken="any"),
        who(tenant, X_XSRF_TOKEN=xsrf, Cookie=f"a=b; XSRF-TOKEN={xsrf}"),
    ]
    assert asked == [(200, "Ada"), (200, "Bo"), (200, "Bo"), (200, "Cy")]


def test_the_name_of_a_scheme_is_read_in_any_case(tenant):
    scheme, _, ticket = tenant.secrets["PICKUP_ADA_TICKET"].partition(" ")
    assert scheme == "SOTicket"
    assert who(tenant, Authorization=f"SoTicket {ticket}", SO_AppToken="any") == (200, "Ada")


def test_who_is_not_known_gets_401_with_the_body_of_an_error(tenant):
    of = tenant.secrets
    bearer = of["PICKUP_ADA"].removeprefix("Bearer ")
    wrong = base64.b64encode(b"Ada:wrong").decode()
    others = base64.b64decode(of["PICKUP_BO_BASIC"].split()[1]).partition(b":")[2]
    bos_word = base64.b64encode(b"Ada:" + others).decode()
    xsrf = of["PICKUP_CY_XSRF"]
    for headers in (
        {},
        {"Authorization": f"Bearer {bearer}x"},
        {"Authorization": f"Basic {bearer}"},
        {"Authorization": f"Basic {wrong}"},
        {"Authorization": f"Basic {bos_word}"},
        {"Authorization": f"Negotiate {bearer}"},
        {"Authorization": f"Bearer {of['PICKUP_BO_TICKET'].split()[1]}"},
        {"Authorization": of["PICKUP_BO_TICKET"]},  # without SO-AppToken
        {"X_XSRF_TOKEN": xsrf},  # without the cookie
        {"X_XSRF_TOKEN": xsrf, "Cookie": f"XSRF-TOKEN={xsrf}x"},
        {"X_XSRF_TOKEN": xsrf, "Cookie": f"XSRF-TOKEN={xsrf}", "Authorization": "Bearer x"},
    ):
        assert who(tenant, **headers) == (401, None), headers
    told = tenant.send("POST", f"/api/v1/{PICKUP}")
    assert told.json == {
        "Error": True,
        "ErrorType": "SoSessionException",
        "ErrorMessage": "Authentication is required.",
        "ErrorSource": "SuperOffice.Services.Implementation",
    }
    assert told.headers["www-authenticate"] == "Bearer"


def test_who_is_turned_away_has_picked_up_nothing(tenant):
    tenant.seed(1)
    assert tenant.send("POST", f"/Cust12345/api/v1/{PICKUP}").status == 401
    assert tenant.truth()["picked_up"] == 0


# ------------------------------------------------------------------------------ tokens that end


def refreshed(tenant, prefix="", **form):
    given = {
        "grant_type": "refresh_token",
        "refresh_token": tenant.secrets["PICKUP_ADA_REFRESH"],
        "client_id": "x",
        "client_secret": "y",
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return tenant.send("POST", prefix + TOKENS, urlencode(given | form).encode(), kind)


@pytest.mark.parametrize("prefix", ["", "/Cust12345"])
def test_a_refresh_token_gives_an_access_token(tenant, prefix):
    told = refreshed(tenant, prefix).json
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] == 3600
    assert told["refresh_token"] == tenant.secrets["PICKUP_ADA_REFRESH"]
    assert told["access_token"].startswith("8A:Cust12345.")
    assert who(tenant, Authorization=f"Bearer {told['access_token']}") == (200, "Ada")


@pytest.mark.parametrize(
    "form", [{"grant_type": "password"}, {"refresh_token": "other"}, {"client_id": ""}], ids=str
)
def test_without_what_it_takes_there_is_no_token(tenant, form):
    told = refreshed(tenant, **form)
    assert (told.status, told.json) == (400, {"error": "invalid_grant"})


def test_an_access_token_lasts_as_long_as_the_setting_says(tenant):
    tenant.set(access_token_lifetime_s=0.2)
    told = refreshed(tenant).json
    assert told["expires_in"] == 0.2
    header = f"Bearer {told['access_token']}"
    assert who(tenant, Authorization=header)[0] == 200
    time.sleep(0.25)
    assert who(tenant, Authorization=header)[0] == 401


def test_a_ticket_lasts_on_while_it_is_used(tenant):
    tenant.set(ticket_lifetime_s=0.6)
    header = {"Authorization": tenant.secrets["PICKUP_CUSTOMERS_TICKET"], "SO_AppToken": "any"}
    told = []
    for pause_s in (0, 0.4, 0.4, 0.8, 0):
        time.sleep(pause_s)
        told.append(who(tenant, **header)[0])
    assert told == [200, 200, 200, 401, 401]
