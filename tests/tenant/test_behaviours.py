"""Every setting changes what the running tenant does: one line of the table for each."""

from __future__ import annotations

import time
from dataclasses import fields

import httpx
import pytest

from simulator.tenant.settings import Settings
from tests.tenant.house import BLANK, CY, EJ_USER, SALES, SUPPORT

APP = {"SO-AppToken": "x"}


@pytest.fixture
def tenant(house):
    """As ``house``."""
    return house


def raw_pickup(tenant, **more):
    answer = tenant.ask("POST", "ChatSession/Pickup", **more)
    return answer.status_code, answer.content


def ids_in_turn(tenant, who="ADA"):
    found = []
    while (session := tenant.post("ChatSession/Pickup", who=who)) is not None:
        found.append(session["ChatSessionId"])
    return found


def scope_of_pickup(tenant):
    tenant.seed(topic=SUPPORT)
    return ids_in_turn(tenant)


def away(tenant):
    tenant.seed()
    tenant.post("Presence/SaveAll", [{"UserId": EJ_USER + CY, "Present": False}])
    return raw_pickup(tenant, who="CY")[0]


def system_user(tenant):
    tenant.seed()
    return raw_pickup(tenant, who="CUSTOMERS")[0]


def position(tenant):
    tenant.seed(topic=SUPPORT)
    return tenant.post(f"ChatTopic/{SALES}/Sessions", who="CUSTOMERS")["InitialQueuePos"]


def created(tenant):
    made = tenant.post(f"ChatTopic/{SALES}/Sessions", who="CUSTOMERS")
    return made["Status"], tenant.post("ChatSession/Pickup") is None


def after_pickup(tenant):
    tenant.seed()
    return tenant.post("ChatSession/Pickup")["Status"]


def ended_by_put(tenant):
    path = f"ChatSession/{tenant.seed()}"
    saved = tenant.told(tenant.ask("PUT", path, {"Status": "Finished"}))
    return saved["WhenEnded"].startswith("0001")


def ended_are_listed(tenant):
    number = tenant.seed()
    tenant.ask("PATCH", f"ChatSession/{number}", {"Status": "Closed"})
    time.sleep(0.01)
    return len(tenant.get("ChatSession/ForCurrentUser"))


def rows_of_a_page(tenant):
    tenant.seed(5)
    return len(tenant.get("ChatSession")["value"])


def length_of_a_date(tenant):
    return len(tenant.get(f"ChatSession/{tenant.seed()}")["WhenRequested"])


def never_in_the_base_zone(tenant):
    """Whether the base zone's clock is behind that of UTC."""
    path = f"ChatSession/{tenant.seed()}"
    base = tenant.get(path)["WhenRequested"]
    return base < tenant.get(path, headers={"SO-TimeZone": "UTC"})["WhenRequested"]


def queue_length(tenant):
    tenant.seed(2)
    found = tenant.get("ChatSession", query={"$select": "queueLength"})["value"]
    return [int(row["queueLength"]) for row in found]


def time_in_queue(tenant):
    tenant.seed()
    tenant.post("ChatSession/Pickup")
    (row,) = tenant.get("ChatSession", query={"$select": "timeInQueue"})["value"]
    return str(row["timeInQueue"]).startswith("[TS:")


def lifetime(tenant):
    form = {"grant_type": "refresh_token", "client_id": "x"}
    form["refresh_token"] = tenant.running.secrets["PICKUP_ADA_REFRESH"]
    told = tenant.web.post(f"{tenant.running.url}/login/common/oauth/tokens", data=form).json()
    return told["expires_in"]


def ticket_after_a_while(tenant):
    headers = {"Authorization": tenant.running.secrets["PICKUP_ADA_TICKET"], **APP}
    found = []
    for _ in range(2):
        found.append(tenant.ask("GET", "ChatSession/default", who="", headers=headers).status_code)
        time.sleep(0.02)
    return found


def forbidden(tenant):
    return tenant.ask("POST", f"ChatSession/{tenant.seed(topic=SUPPORT)}/Pickup").status_code


def other_host(tenant):
    return [
        tenant.ask("GET", "ChatSession/default", headers={"Host": host}).status_code
        for host in ("sod2.example.com", "SOD2.example.com:8900", "elsewhere.example.com")
    ]


def key_of_text(tenant):
    return [key for key in tenant.ask("GET", "ChatSession/9").json() if "Message" in key]


TABLE = [
    # setting, value, what is looked at, as it is by itself, as it is then
    ("empty_pickup", "204", raw_pickup, (200, b"null"), (204, b"")),
    ("empty_pickup", "empty", raw_pickup, (200, b"null"), (200, b"")),
    ("empty_pickup", "404", lambda tenant: raw_pickup(tenant)[0], 200, 404),
    ("pickup_scope", "all", scope_of_pickup, [], [1]),
    ("away_may_pick_up", False, away, 200, 403),
    ("system_user_may_pick_up", True, system_user, 403, 200),
    ("position_scope", "tenant", position, 1, 2),
    ("created_status", "PreChatForm", created, ("InQueue", False), ("PreChatForm", True)),
    ("created_status", "Faq", created, ("InQueue", False), ("Faq", True)),
    ("status_after_pickup", "UserLast", after_pickup, "CustomerLast", "UserLast"),
    ("put_status_ends", False, ended_by_put, False, True),
    ("recent_hours", 0, ended_are_listed, 1, 0),
    ("page_size", 2, rows_of_a_page, 5, 2),
    ("fraction_digits", 7, length_of_a_date, 19, 27),
    ("time_zone", "America/New_York", never_in_the_base_zone, False, True),
    ("queue_length_column", "position_less_one", queue_length, [1, 2], [0, 1]),
    ("timespan_text", "marked", time_in_queue, False, True),
    ("access_token_lifetime_s", 60, lifetime, 3600, 60),
    ("forbidden_status", 404, forbidden, 403, 404),
    ("served_host", "sod2.example.com", other_host, [200, 200, 200], [200, 200, 421]),
    ("error_text_key", "Message", key_of_text, ["ErrorMessage"], ["Message"]),
]


@pytest.mark.parametrize(("name", "value", "seen", "itself", "then"), TABLE)
def test_a_setting_changes_what_is_answered(tenant, name, value, seen, itself, then):
    assert seen(tenant) == itself
    tenant.as_new()
    tenant.settings(**{name: value})
    assert seen(tenant) == then


def test_every_setting_is_in_the_table():
    elsewhere = {"ticket_lifetime_s", "pickup_order"}  # below, and in test_store
    told = {line[0] for line in TABLE}
    assert told | elsewhere == {field.name for field in fields(Settings)}
    assert not told & elsewhere


def test_the_table_changes_each_from_what_it_is_by_itself():
    assert all(getattr(BLANK, name) != value for name, value, *_ in TABLE)


def test_a_setting_may_be_given_at_the_start(house):
    from simulator.tenant.serving import running_tenant
    from tests.tenant.house import House

    told = ("--set", "ticket_lifetime_s=0.01", "--set", "empty_pickup=204")
    with running_tenant(*told) as running, httpx.Client(trust_env=False) as web:
        own = House(running, web)
        assert ticket_after_a_while(own) == [200, 401]
        assert raw_pickup(own) == (204, b"")
    assert ticket_after_a_while(house) == [200, 200]
