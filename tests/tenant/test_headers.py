"""Addresses and the headers of the reference page that say how an answer is to look."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from simulator.entity import ChatSession, WireTime
from simulator.tenant import rest, rpc
from tests.tenant.house import SALES

OSLO = {"SO-TimeZone": "NO"}
XSI = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@pytest.fixture
def tenant(house):
    """As ``house``."""
    return house


def requested(tenant, number, **headers):
    told = tenant.get(f"ChatSession/{number}", headers=headers)["WhenRequested"]
    return told, WireTime.parse(told)


# ------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize("prefix", ["", "/Cust12345", "/cust12345", "/CUST12345"])
@pytest.mark.parametrize("path", [path for _, path, *_ in (*rest.ROUTES, *rpc.ROUTES)])
def test_every_path_is_there_with_the_context_and_without(tenant, prefix, path):
    plain = path.replace("{id:int}", "1").replace("{to}", "12").replace("{name}", "chatuser")
    method = next(method for method, each, *_ in (*rest.ROUTES, *rpc.ROUTES) if each == path)
    answer = tenant.web.request(method, f"{tenant.running.url}{prefix}/api/v1/{plain}")
    assert answer.status_code == 401  # it is there, and wants to know who asks


@pytest.mark.parametrize("path", ["chatsession/forcurrentuser", "CHATSESSION/FORCURRENTUSER"])
def test_paths_are_read_in_any_case(tenant, path):
    assert tenant.get(path) == []
    there = f"{tenant.running.url}/API/V1/{path}"
    token = tenant.running.secrets["PICKUP_ADA"]
    assert tenant.web.get(there, headers={"Authorization": token}).json() == []


@pytest.mark.parametrize("path", ["/Cust99999/api/v1/ChatSession", "/Cust99999/api", "/elsewhere"])
def test_another_tenants_address_is_misdirected(tenant, path):
    answer = tenant.at(path)
    assert (answer.status_code, answer.json()) == (
        421,
        {
            "Error": True,
            "ErrorType": "MisdirectedRequest",
            "ErrorMessage": "Wrong subdomain used to access tenant",
            "ErrorSource": "SuperOffice.Services.Implementation",
        },
    )


# ------------------------------------------------------------------------------ state


@pytest.mark.parametrize("context", ["Cust12345", "cust12345"])
def test_the_state_is_told_to_everybody(tenant, context):
    told = tenant.at(f"/api/state/{context}").json()
    assert (told["ContextIdentifier"], told["State"], told["IsRunning"]) == (
        "Cust12345",
        "Running",
        True,
    )
    assert told["Api"] == f"{tenant.running.url}/Cust12345/api"
    assert set(told) == {
        *("ContextIdentifier", "Endpoint", "State", "IsRunning", "ValidUntil", "Api", "Version")
    }


def test_the_state_of_another_tenant_is_unknown(tenant):
    answer = tenant.at("/api/state/Cust99999")
    assert (answer.status_code, answer.json()["State"]) == (404, "Unknown")


@pytest.mark.parametrize(
    ("state", "runs"),
    [("OnlineMaintenance", True), ("OfflineMaintenance", False), ("Suspended", False)],
)
def test_a_tenant_that_does_not_run_answers_503_but_tells_its_state(tenant, state, runs):
    tenant.seed()
    tenant.running.admin("PUT", "state", {"State": state})
    told = tenant.at("/api/state/Cust12345").json()
    assert (told["State"], told["IsRunning"]) == (state, runs)
    answer = tenant.ask("POST", "ChatSession/Pickup")
    assert (answer.status_code, tenant.truth()["picked_up"]) == ((200, 1) if runs else (503, 0))
    if not runs:
        assert answer.json()["ErrorMessage"] == f"The tenant is {state}."


def test_the_version_and_time_zones_are_there(tenant):
    assert tenant.at("/api").json()["Api"] == "v1"
    zones = {each["TzLocationCode"]: each["TzLocationId"] for each in tenant.get("timezone")}
    assert zones["UTC"] == 1
    number = tenant.seed()
    by_code = requested(tenant, number, **{"SO-TimeZone": "DK"})
    by_number = requested(tenant, number, **{"SO-TimeZone": str(zones["DK"])})
    assert by_code == by_number


# ------------------------------------------------------------------------------ Accept


@pytest.mark.parametrize("media", ["application/xml", "text/xml"])
def test_an_entity_is_xml_where_that_is_accepted(tenant, media):
    tenant.seed()
    answer = tenant.ask("POST", "ChatSession/Pickup", headers={"Accept": media})
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    root = ET.fromstring(answer.content)
    assert [child.tag for child in root] == list(ChatSession().to_wire())
    assert (root.tag, root.findtext("TopicId")) == ("ChatSessionEntity", str(SALES))
    assert root.find("Person").get(XSI) == "true"
    assert root.findtext("User/Name") == "Ada"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/json", "text/json"),
        ("application/json-patch+json", "application/json-patch+json"),
        ("application/merge-patch+json", "application/merge-patch+json"),
        ("text/html", "application/json"),
        ("application/xml;q=0.2, application/json", "application/json"),
    ],
)
def test_otherwise_it_is_json_under_the_name_that_was_asked_for(tenant, accept, media):
    answer = tenant.ask("GET", "ChatSession/ForCurrentUser", headers={"Accept": accept})
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert answer.json() == []


def test_an_error_is_xml_too_and_a_list_has_a_root(tenant):
    xml = {"Accept": "application/xml"}
    error = ET.fromstring(tenant.ask("GET", "ChatSession/9", headers=xml).content)
    assert error.findtext("ErrorType") == "SoNotFoundException"
    tenant.seed(2)
    listed = tenant.ask("GET", "ChatSession/ForCurrentUser", headers=xml)
    root = ET.fromstring(listed.content)
    assert root.tag == "ArrayOfChatSessionEntity"
    assert [child.tag for child in root] == ["ChatSessionEntity"] * 2


# ------------------------------------------------------------------------------ language, culture


def name_of_queue(tenant, **headers):
    found = tenant.get("MDOList/chatsessionstatus", headers=headers)
    return {each["ExtraInfo"]: each["Name"] for each in found}["InQueue"]


def test_texts_come_in_the_language_asked_for(tenant):
    none, english = name_of_queue(tenant), name_of_queue(tenant, **{"Accept-Language": "en"})
    norwegian = name_of_queue(tenant, **{"SO-Language": "no"})
    assert english == "Waiting"
    assert none.startswith(("[SR_", "NO:"))
    assert norwegian not in (none, english)


def test_so_language_goes_before_accept_language(tenant):
    both = {"SO-Language": "en", "Accept-Language": "no"}
    assert name_of_queue(tenant, **both) == "Waiting"


def test_culture_changes_dates_in_texts_and_only_with_a_language(tenant):
    number = tenant.seed()
    tenant.post(f"ChatSession/{number}/Messages", {"Message": "Hi", "Type": "ToUser"})

    def text(**headers):
        return tenant.post(f"ChatSession/{number}/Transcript", headers=headers)

    english = {"SO-Language": "en"}
    assert text(**english, **{"SO-Culture": "de"}) != text(**english)
    assert text(**{"SO-Culture": "de"}) == text()


# ------------------------------------------------------------------------------ SO-TimeZone


def test_without_a_zone_dates_are_the_base_zones_without_offset(tenant):
    now = datetime.now(UTC)
    told, read = requested(tenant, tenant.seed())
    assert len(told) == len("2026-03-23T08:00:30")
    tenant.settings(time_zone="America/New_York")
    other, _ = requested(tenant, 1)
    assert told != other
    assert read.offset_s is None if hasattr(read, "offset_s") else True
    assert abs((datetime.fromisoformat(other) - now.replace(tzinfo=None)).total_seconds()) > 3600


@pytest.mark.parametrize(
    ("zone", "ending"),
    [
        ("UTC", "Z"),
        ("UTC, includeTZOffset", "Z"),
        ("1", "Z"),
        ("IN, includeTZOffset", "+05:30"),
        ("IN,includetzoffset", "+05:30"),
    ],
)
def test_a_zone_converts_and_tells_its_offset_if_asked(tenant, zone, ending):
    now = datetime.now(UTC)
    number = tenant.seed()
    told, read = requested(tenant, number, **{"SO-TimeZone": zone})
    assert told.endswith(ending)
    assert read.epoch_us() / 1e6 == pytest.approx(now.timestamp(), abs=5)
    never = tenant.get(f"ChatSession/{number}", headers={"SO-TimeZone": zone})["WhenStarted"]
    assert never.startswith("0001-01-01T0")
    assert not WireTime.parse(never).is_set


def test_a_zone_without_offsets_converts_all_the_same(tenant):
    number = tenant.seed()
    utc = datetime.fromisoformat(requested(tenant, number, **{"SO-TimeZone": "UTC"})[0])
    india = datetime.fromisoformat(requested(tenant, number, **{"SO-TimeZone": "IN"})[0])
    assert india.tzinfo is None
    assert (india - utc.replace(tzinfo=None)).total_seconds() == 5.5 * 3600


def test_a_zone_that_is_none_is_400_and_nothing_happens(tenant):
    tenant.seed()
    answer = tenant.ask("POST", "ChatSession/Pickup", headers={"SO-TimeZone": "Atlantis"})
    assert (answer.status_code, answer.json()["ErrorType"]) == (400, "ArgumentException")
    assert tenant.truth()["picked_up"] == 0


def test_messages_are_in_utc_unless_a_zone_is_asked_for(tenant):
    now = datetime.now(UTC).replace(tzinfo=None)
    path = f"ChatSession/{tenant.seed()}/Messages"
    (plain,), (india,) = tenant.get(path), tenant.get(path, headers={"SO-TimeZone": "IN"})
    assert abs((datetime.fromisoformat(plain["WhenPosted"]) - now).total_seconds()) < 5
    ahead = datetime.fromisoformat(india["WhenPosted"]) - datetime.fromisoformat(
        plain["WhenPosted"]
    )
    assert ahead.total_seconds() == 5.5 * 3600


# ------------------------------------------------------------------------------ $select


def test_select_nulls_what_is_not_selected_and_removes_nothing(tenant):
    number = tenant.seed()
    query = {"$select": "ChatSessionId,topicid"}
    found = tenant.get(f"ChatSession/{number}", query=query)
    assert set(ChatSession().to_wire()) <= set(found)
    assert (found["ChatSessionId"], found["TopicId"], found["Status"]) == (number, SALES, None)
