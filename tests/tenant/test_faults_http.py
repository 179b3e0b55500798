"""The faults of the HTTP level: what is on the wire, and what reached the application."""

import json
import logging
import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from simulator.tenant.faults import CATALOGUE, Faults
from tests.tenant.faulty import PICKUP, running

HTTP = [fault for fault in CATALOGUE.values() if fault.level == "http"]
AFTER = [fault.name for fault in HTTP if fault.when == "after"]
BEFORE = [fault.name for fault in HTTP if fault.when == "before"]
QUICK = {"delay": {"seconds": 0.05}, "huge": {"megabytes": 1}}


@pytest.fixture(scope="module")
def served():
    """One server for the module; each test switches on what it needs."""
    with running(Faults()) as found:
        yield found
        assert found.tasks_left() == set()


@pytest.fixture
def tenant(served):
    """The server, with nothing on and nothing picked up."""
    served.desk.pickups = 0
    yield served
    served.faults.switch(None)


def switch(tenant, name, **more):
    told = {"fault": name, "path": "ChatSession/Pickup", **QUICK.get(name, {}), **more}
    tenant.faults.switch({"rules": [told]})


def heard(tenant, name, *, patience_s=5.0, **more):
    switch(tenant, name, **more)
    with tenant.call() as caller:
        return caller.ask(patience_s=patience_s)


# --- all of them: what reached the application


@pytest.mark.parametrize("name", BEFORE)
def test_before_commit_nothing_reaches_the_application(tenant, name):
    heard(tenant, name, patience_s=0.2)
    assert tenant.desk.pickups == 0
    assert tenant.faults.told()["injected"] == {name: 1}


@pytest.mark.parametrize("name", AFTER)
def test_after_commit_the_application_has_done_it_exactly_once(tenant, name):
    heard(tenant, name, patience_s=0.2)
    assert tenant.desk.pickups == 1
    assert tenant.faults.told()["injected"] == {name: 1}


@pytest.mark.parametrize("name", [fault.name for fault in HTTP])
def test_a_request_that_the_fault_does_not_befall_is_answered_as_ever(tenant, name):
    switch(tenant, name, first=2)
    with tenant.call() as caller:
        assert json.loads(caller.ask().body)["ChatSessionId"] == 1
        assert caller.ask("/Cust12345/api/v1/Echo", body=b"x" * 100_000).body == b"x" * 100_000


# --- one by one: what is on the wire


@pytest.mark.parametrize("fault", [f for f in HTTP if (f.status or 0) >= 400], ids=lambda f: f.name)
def test_a_status_comes_with_an_error_body_and_the_connection_goes_on(tenant, fault):
    switch(tenant, fault.name, times=1)
    with tenant.call() as caller:
        answer = caller.ask(body=b"{}")
        assert (answer.status, answer.ended) == (fault.status, "whole")
        assert answer.headers["content-type"].startswith("application/json")
        assert json.loads(answer.body)["Error"] is True
        assert caller.ask().status == 200


def test_retry_after_in_seconds(tenant):
    assert heard(tenant, "status_429_seconds", seconds=2.5).headers["retry-after"] == "3"


def test_retry_after_as_a_date(tenant):
    answer = heard(tenant, "status_429_date", seconds=7)
    until, now = (parsedate_to_datetime(answer.headers[key]) for key in ("retry-after", "date"))
    assert 7 <= (until - now).total_seconds() <= 9


def test_a_delay_gives_the_tenants_own_answer_late(tenant):
    began = time.monotonic()
    answer = heard(tenant, "delay", seconds=0.3)
    assert time.monotonic() - began >= 0.3
    assert json.loads(answer.body)["ChatSessionId"] == 1


@pytest.mark.parametrize("name", ["timeout_before", "timeout_after"])
def test_a_timeout_sends_not_one_byte(tenant, name):
    answer = heard(tenant, name, patience_s=0.3)
    assert (answer.raw, answer.ended) == (b"", "silence")


def test_a_request_is_not_held_for_ever(tenant):
    assert heard(tenant, "timeout_before", seconds=0.1).status == 504


def test_malformed_json_has_its_full_length(tenant):
    answer = heard(tenant, "malformed")
    assert (answer.status, answer.ended) == (200, "whole")
    assert answer.headers["content-type"] == "application/json"
    assert answer.body.startswith(b'{"ChatSessionId": 1')
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


def test_a_truncated_body_is_shorter_than_its_length(tenant):
    answer = heard(tenant, "truncated")
    assert (answer.status, answer.ended) == (200, "end")
    assert 0 < len(answer.body) == int(answer.headers["content-length"]) // 2


def test_a_huge_answer_is_json_of_that_size_without_a_session(tenant):
    answer = heard(tenant, "huge", megabytes=3)
    assert (answer.status, answer.ended) == (200, "whole")
    assert len(answer.raw) == pytest.approx(3e6, rel=0.05)
    switch(tenant, "huge", megabytes=1)
    told = httpx.post(f"http://127.0.0.1:{tenant.port}{PICKUP}", trust_env=False).json()
    assert set(told) == {0}


def test_the_wrong_type_is_a_page(tenant):
    answer = heard(tenant, "wrong_type")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_null_and_no_content(tenant):
    answer = heard(tenant, "null")
    assert (answer.status, answer.body) == (200, b"null")
    answer = heard(tenant, "no_content")
    assert (answer.status, answer.body, answer.ended) == (204, b"", "whole")


def test_a_real_client_is_deceived_as_claimed(tenant):
    url = f"http://127.0.0.1:{tenant.port}{PICKUP}"
    with httpx.Client(trust_env=False, timeout=0.3) as client:
        for name, error in [
            ("timeout_after", httpx.ReadTimeout),
            ("truncated", httpx.RemoteProtocolError),
        ]:
            switch(tenant, name)
            with pytest.raises(error):
                client.post(url)
    assert tenant.desk.pickups == 2


# --- while it runs


def test_it_is_switched_while_a_connection_stays_open(tenant):
    with tenant.call() as caller:
        statuses = [caller.ask().status]
        switch(tenant, "status_503_after")
        statuses.append(caller.ask().status)
        tenant.faults.switch(None)
        statuses.append(caller.ask().status)
    assert statuses == [200, 503, 200]
    assert tenant.desk.pickups == 3


def test_equal_seeds_give_equal_faults_on_the_wire(tenant):
    rules = [{"fault": "status_500_before", "share": 0.3}, {"fault": "null", "share": 0.2}]

    def run(seed):
        tenant.faults.switch({"seed": seed, "rules": rules})
        with tenant.call() as caller:
            answers = [caller.ask() for _ in range(60)]
        return [(answer.status, answer.body == b"null") for answer in answers]

    first = run(7)
    assert run(7) == first != run(8)
    assert {(500, False), (200, True), (200, False)} == set(first)


def test_the_admin_face_answers_through_every_fault(tenant):
    tenant.faults.switch({"rules": [{"fault": "status_500_before"}]})
    with tenant.call() as caller:
        assert json.loads(caller.ask("/admin/truth", method="GET").body) == {"picked_up": 0}


def test_an_answer_cut_off_on_purpose_is_not_logged(tenant):
    seen = []
    handler = logging.Handler()
    handler.emit = seen.append
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(handler)
    try:
        heard(tenant, "truncated")
    finally:
        logger.removeHandler(handler)
    assert seen == []


def test_a_server_with_held_requests_ends_in_time():
    with running(Faults({"rules": [{"fault": "timeout_after"}]})) as tenant:
        caller = tenant.call()
        caller.send()
        while not tenant.desk.pickups:
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 20
    caller.socket.close()
