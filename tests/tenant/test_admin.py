"""The admin face: seeding, the ground truth, states, tokens and faults; and who may use it."""

from __future__ import annotations

import asyncio
import time
import urllib.error

import httpx
import pytest

from simulator.tenant.admin import STATES
from simulator.tenant.app import make_app
from simulator.tenant.serving import running_tenant
from tests.tenant.house import ADA, BLANK, BO, SALES, SUPPORT, House, open_store

PATHS = [
    ("GET", "truth"),
    ("POST", "seed"),
    ("POST", "reset"),
    ("GET", "settings"),
    ("PUT", "settings"),
    ("PUT", "state"),
    ("GET", "faults"),
    ("PUT", "faults"),
    ("POST", "expire-tokens"),
]


def refusal(house, method, path, body):
    """What the admin face says against it."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        house.running.admin(method, path, body)
    with caught.value as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("headers", [{}, {"X-Tenant-Admin": "wrong"}])
def test_without_its_token_nothing_is_told_or_done(house, method, path, headers):
    house.seed()
    address = f"{house.running.url}/admin/{path}"
    answer = house.web.request(method, address, headers=headers, json={})
    assert answer.status_code == 401
    assert house.truth()["sessions"] == 1


def test_an_agents_token_is_no_admin_token(house):
    token = {"Authorization": house.running.secrets["PICKUP_CY"]}
    assert house.at("/admin/truth", headers=token).status_code == 401


async def status_of_truth(app):
    there = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=there, base_url="http://tenant") as web:
        return (await web.get("/admin/truth")).status_code


def test_the_face_is_not_there_without_a_token_to_guard_it():
    with open_store() as store:
        found = [
            asyncio.run(status_of_truth(make_app(store, BLANK, admin_token=token)))
            for token in ("", "x")
        ]
    assert found == [404, 401]


def test_seeding_makes_sessions_that_wait_in_turn(house):
    assert house.running.admin("POST", "seed", {"topic_id": SALES, "sessions": 3}) == {
        "first": 1,
        "sessions": 3,
    }
    house.seed(1, SUPPORT)
    found = house.get("ChatSession/ForCurrentUser", who="CY")
    assert [(each["TopicId"], each["InitialQueuePos"]) for each in found] == [
        (SALES, 1),
        (SALES, 2),
        (SALES, 3),
        (SUPPORT, 1),
    ]
    assert house.running.admin("POST", "seed", {"topic_id": SALES, "sessions": 0})["first"] is None


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("seed", {"topic_id": 999, "sessions": 1}, "there is no topic 999"),
        ("seed", {"topic_id": SALES, "sessions": -1}, "give 0 to"),
        ("seed", {"topic_id": SALES}, "sessions"),
        ("seed", [], "TypeError"),
        ("seed", {"topic_id": "Sales", "sessions": 1}, "ValueError"),
    ],
)
def test_seeding_what_cannot_be_is_told(house, path, body, told):
    status, text = refusal(house, "POST", path, body)
    assert (status, told in text) == (400, True)
    assert house.truth()["sessions"] == 0


def test_truth_is_who_picked_up_what_when_and_by_which_request(house):
    house.seed(3)
    before = time.time()
    for who in ("ADA", "BO", "ADA"):
        house.post("ChatSession/Pickup", who=who)
    truth = house.truth()
    assert truth["pickups"] == {str(ADA): 2, str(BO): 1}
    log = truth["pickup_log"]
    assert [(each["id"], each["associate_id"]) for each in log] == [(1, ADA), (2, BO), (3, ADA)]
    requests = [each["request"] for each in log]
    assert requests == list(range(requests[0], requests[0] + 3))
    assert all(before - 1 < each["at_us"] / 1e6 < time.time() + 1 for each in log)


def test_what_a_save_puts_back_on_the_queue_is_not_picked_up_double(house):
    house.seed()
    for who in ("ADA", "BO"):
        assert house.post("ChatSession/Pickup", who=who)["ChatSessionId"] == 1
        house.ask("PATCH", "ChatSession/1", {"Status": "InQueue"})
    truth = house.truth()
    assert (truth["picked_up"], truth["double_pickups"], truth["in_queue"]) == (2, 0, 1)


def test_reset_forgets_sessions_and_counts_from_one_again(house):
    house.seed(2)
    house.post("ChatSession/Pickup")
    house.running.admin("POST", "reset")
    truth = house.truth()
    assert not any(truth.values())
    assert house.seed() == 1


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_product_can_be_set(house, state):
    house.running.admin("PUT", "state", {"State": state})
    assert house.at("/api/state/Cust12345").json()["State"] == state


@pytest.mark.parametrize("body", [{"State": "Napping"}, {}, [], {"State": ["Running"]}])
def test_another_state_is_refused(house, body):
    assert refusal(house, "PUT", "state", body)[0] == 400
    assert house.at("/api/state/Cust12345").json()["State"] == "Running"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"empty_pickups": "null"}, "did you mean"),
        ({"page_size": 0}, "give a number from 1"),
        ({"page_size": 7, "time_zone": "Atlantis"}, "Atlantis"),
        ([], "mapping"),
    ],
)
def test_settings_that_are_none_are_refused_whole(house, body, told):
    status, text = refusal(house, "PUT", "settings", body)
    assert (status, told in text) == (400, True)
    assert house.running.admin("GET", "settings")["page_size"] == BLANK.page_size


def test_faults_are_switched_on_and_off_and_counted(house):
    rule = {"fault": "status_503_before", "path": "ChatSession/Pickup"}
    house.running.admin("PUT", "faults", {"seed": 1, "rules": [rule]})
    assert house.ask("POST", "ChatSession/Pickup").status_code == 503
    assert house.running.admin("GET", "faults")["injected"] == {"status_503_before": 1}
    assert refusal(house, "PUT", "faults", {"rules": [{"fault": "nap"}]})[0] == 400
    assert house.ask("POST", "ChatSession/Pickup").status_code == 503  # what was on stays on
    house.running.admin("PUT", "faults", {"rules": []})
    assert house.ask("POST", "ChatSession/Pickup").status_code == 200


def test_a_fault_of_the_wire_needs_the_proxy(house):
    body = {"rules": [{"fault": "reset_before", "path": "ChatSession/Pickup"}]}
    status, text = refusal(house, "PUT", "faults", body)
    assert (status, "--faults" in text or "proxy" in text) == (400, True)


def test_all_tokens_end_at_once_and_a_refresh_token_gives_a_new_one():
    with running_tenant() as running, httpx.Client(trust_env=False) as web:
        own = House(running, web)
        assert running.admin("POST", "expire-tokens") == {"expired": 8}
        assert own.ask("POST", "ChatSession/Pickup").status_code == 401
        form = {"grant_type": "refresh_token", "client_id": "x"}
        form["refresh_token"] = running.secrets["PICKUP_ADA_REFRESH"]
        told = web.post(f"{running.url}/login/common/oauth/tokens", data=form).json()
        token = {"Authorization": f"Bearer {told['access_token']}"}
        assert own.post("ChatSession/Pickup", who="", headers=token) is None


def test_a_body_that_is_no_json_is_400(house):
    token = {"X-Tenant-Admin": house.running.admin_token}
    answer = house.web.put(f"{house.running.url}/admin/state", content=b"{", headers=token)
    assert answer.status_code == 400
