"""The proxy: bytes as they are on the wire, and what reached the application behind it."""

import asyncio
import contextlib
import gc
import json
import socket
import sys
import threading
import time

import httpx
import pytest

from simulator.tenant.faults import CATALOGUE, Faults
from simulator.tenant.proxy import FaultProxy
from tests.tenant.faulty import PICKUP, running

TCP = [fault for fault in CATALOGUE.values() if fault.level == "tcp"]
AFTER = [fault.name for fault in TCP if fault.when == "after"]
BEFORE = ["reset_before", "stale_keep_alive"]
ECHO = "/Cust12345/api/v1/Echo"


@pytest.fixture(
    scope="module",
    params=[
        "asyncio",
        pytest.param("uvloop", marks=pytest.mark.skipif(sys.platform == "win32", reason="unix")),
    ],
)
def served(request):
    """A server behind a proxy, on each kind of loop."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    with running(Faults(), proxied=True, loop=request.param) as found:
        yield found
        assert found.tasks_left() == set()
        assert found.proxy.connections == 0
        assert found.trouble == []


@pytest.fixture
def tenant(served):
    """The server, with nothing on and nothing picked up."""
    served.desk.pickups = 0
    yield served
    served.faults.switch(None)
    wait_until(lambda: not refused(served.port))


def switch(tenant, name, **more):
    more = {"path": "ChatSession/Pickup", **({"seconds": 0.3} if name == "drip" else {}), **more}
    tenant.faults.switch({"rules": [{"fault": name, **more}]})


def heard(tenant, name, *, patience_s=2.0, **more):
    """The answer to the second request on a connection: the fault befalls that one."""
    switch(tenant, name, **more)
    with tenant.call() as caller:
        assert caller.ask(ECHO).status == 200
        return caller.ask(patience_s=patience_s)


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # let in, and shut out again before it was greeted
        return False
    return False


def wait_until(condition, *, within_s=5.0):
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# --- without a fault it is not there


def test_requests_and_answers_pass_unchanged(tenant):
    with tenant.call() as caller:
        assert json.loads(caller.ask().body)["ChatSessionId"] == 1
        assert caller.ask(ECHO, body=b"x" * 3_000_000).body == b"x" * 3_000_000
        assert caller.ask("/Cust12345/api/v1/Stream?a=1", method="GET").body == (
            b"8\r\npiece 0;\r\n8\r\npiece 1;\r\n8\r\npiece 2;\r\n0\r\n\r\n"
        )
        assert caller.ask("/nowhere").status == 404


def test_a_client_of_its_own_kind_is_served(tenant):
    with httpx.Client(base_url=tenant.proxy.url, trust_env=False) as client:
        assert client.post(ECHO, content=iter([b"in ", b"chunks"])).content == b"in chunks"
        assert client.head("/Cust12345/api/v1/Stream").status_code == 200
        assert client.get("/Cust12345/api/v1/Stream").text == "piece 0;piece 1;piece 2;"
        assert client.post(PICKUP, headers={"connection": "close"}).json()["ChatSessionId"] == 1
        assert client.post(PICKUP).json()["ChatSessionId"] == 2


def test_requests_sent_together_are_answered_in_order(tenant):
    with tenant.call() as caller:
        caller.send(ECHO, body=b"one")
        caller.send(ECHO, body=b"two")
        raw = b""
        while b"two" not in raw:
            raw += caller.socket.recv(65536)
    assert raw.index(b"one") < raw.index(b"two")


def test_a_client_that_expects_to_be_asked_for_its_body_is_asked(tenant):
    with tenant.call() as caller:
        head = f"POST {ECHO} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
        caller.socket.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
        assert caller.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        caller.socket.sendall(b"ok")
        assert caller.hear().body == b"ok"


def test_a_client_that_goes_away_is_gone_for_the_tenant(tenant):
    left = tenant.desk.left
    with tenant.call() as caller:
        caller.send("/Cust12345/api/v1/Slow", method="GET")
        time.sleep(0.05)
    wait_until(lambda: tenant.desk.left == left + 1)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf",
        b"\r\n",
        b"A" * 200_000,
    ],
)
def test_what_is_no_request_ends_the_connection(tenant, nonsense):
    with tenant.call() as caller:
        with contextlib.suppress(OSError):
            caller.socket.sendall(nonsense)
            caller.socket.shutdown(socket.SHUT_WR)
        assert caller.hear().ended in ("end", "reset")
    wait_until(lambda: tenant.proxy.connections == 0)


def test_an_answer_cut_off_by_the_tenant_arrives_as_far_as_it_came(tenant):
    tenant.faults.switch({"rules": [{"fault": "truncated"}]})
    with tenant.call() as caller:
        answer = caller.ask()
    assert answer.ended == "end"
    assert 0 < len(answer.body) == int(answer.headers["content-length"]) // 2


def test_without_a_tenant_behind_it_the_connection_ends():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def ask():
        async with FaultProxy("127.0.0.1", port, Faults()) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            told = await reader.read()
            writer.close()
            await writer.wait_closed()
            return told

    assert asyncio.run(ask()) == b""


# --- every fault: what reached the application


@pytest.mark.parametrize("name", BEFORE)
def test_before_commit_nothing_reaches_the_application(tenant, name):
    heard(tenant, name)
    assert tenant.desk.pickups == 0
    assert tenant.faults.told()["injected"] == {name: 1}


@pytest.mark.parametrize("name", AFTER)
def test_after_commit_the_application_has_done_it_exactly_once(tenant, name):
    heard(tenant, name, patience_s=0.6)
    assert tenant.desk.pickups == 1
    assert tenant.faults.told()["injected"] == {name: 1}


@pytest.mark.parametrize("name", [*BEFORE, *AFTER, "refused"])
def test_a_request_that_the_fault_does_not_befall_is_answered_as_ever(tenant, name):
    switch(tenant, name, first=3)
    with tenant.call() as caller:
        assert json.loads(caller.ask().body)["ChatSessionId"] == 1
        assert json.loads(caller.ask().body)["ChatSessionId"] == 2


@pytest.mark.parametrize("name", [*BEFORE, *AFTER])
def test_nothing_stays_open_behind_a_fault(tenant, name):
    heard(tenant, name, patience_s=0.4)
    assert tenant.tasks_left() == set()
    assert tenant.proxy.connections == 0


# --- one by one: what is on the wire


@pytest.mark.parametrize("name", ["reset_before", "reset_after"])
def test_a_reset_is_a_reset_without_a_byte(tenant, name):
    answer = heard(tenant, name)
    assert (answer.raw, answer.ended) == (b"", "reset")


def test_a_stall_sends_half_the_body_and_keeps_the_connection(tenant):
    answer = heard(tenant, "stall", patience_s=0.3)
    assert answer.ended == "silence"
    assert 0 < len(answer.body) == int(answer.headers["content-length"]) // 2


def test_a_stall_is_not_held_for_ever(tenant):
    assert heard(tenant, "stall", seconds=0.1).ended == "end"


def test_a_cut_body_ends_in_order_in_the_middle(tenant):
    answer = heard(tenant, "cut_body")
    assert answer.ended == "end"
    assert 0 < len(answer.body) == int(answer.headers["content-length"]) // 2


def test_an_answer_without_a_body_is_cut_in_its_head(tenant):
    switch(tenant, "cut_body", path="Echo")
    with tenant.call() as caller:
        answer = caller.ask(ECHO)
    assert answer.ended == "end"
    assert answer.raw.startswith(b"HTTP/1.1 200")
    assert b"\r\n\r\n" not in answer.raw


def test_a_chunked_answer_is_cut_before_its_last_chunk(tenant):
    switch(tenant, "cut_body", path="Stream")
    with tenant.call() as caller:
        answer = caller.ask("/Cust12345/api/v1/Stream", method="GET")
    assert answer.ended == "end"
    assert answer.body.startswith(b"8\r\npiece 0;")
    assert not answer.body.endswith(b"0\r\n\r\n")


def test_a_drip_comes_whole_in_many_small_pieces(tenant):
    switch(tenant, "drip", seconds=0.4)
    with tenant.call() as caller:
        began = time.monotonic()
        caller.send()
        raw, pieces = b"", 0
        while not raw.endswith(b"}"):
            raw += caller.socket.recv(65536)
            pieces += 1
        assert 0.38 <= time.monotonic() - began < 10
        assert pieces >= 10
        assert json.loads(raw.partition(b"\r\n\r\n")[2])["ChatSessionId"] == 1
        assert caller.ask(ECHO).status == 200


def test_a_half_closed_connection_still_takes_bytes(tenant):
    switch(tenant, "half_close")
    with tenant.call() as caller:
        answer = caller.ask()
        assert (answer.raw, answer.ended) == (b"", "end")
        for _ in range(3):
            caller.socket.sendall(b"still here")  # to a closed connection the second one fails
            time.sleep(0.02)
        assert tenant.proxy.connections == 1


def test_a_stale_connection_ends_as_its_next_request_arrives(tenant):
    switch(tenant, "stale_keep_alive")
    with tenant.call() as caller:
        assert caller.ask().status == 200
        assert caller.hear(patience_s=0.1).ended == "silence"  # alive until it is used
        answer = caller.ask()
    assert (answer.raw, answer.ended) == (b"", "end")
    assert tenant.desk.pickups == 1


def test_a_new_connection_is_not_stale(tenant):
    switch(tenant, "stale_keep_alive")
    for _ in range(3):
        with tenant.call() as caller:
            assert caller.ask().status == 200


# --- refused


def test_without_a_path_the_port_is_shut_as_long_as_the_rule_stands(tenant):
    with tenant.call() as idle:
        assert idle.ask(ECHO).status == 200
        tenant.faults.switch({"rules": [{"fault": "refused"}]})
        wait_until(lambda: refused(tenant.port))
        assert idle.hear().ended == "end"  # one kept alive is no way in
    time.sleep(0.1)
    assert refused(tenant.port)
    assert not refused(tenant.server_port)
    tenant.faults.switch(None)
    wait_until(lambda: not refused(tenant.port))
    with tenant.call() as caller:
        assert caller.ask().status == 200


def test_with_a_path_it_is_shut_after_each_request_befallen(tenant):
    switch(tenant, "refused", seconds=0.2, times=1)
    with tenant.call() as caller:
        answer = caller.ask()
        assert json.loads(answer.body)["ChatSessionId"] == 1
        assert answer.headers["connection"] == "close"
        wait_until(lambda: refused(tenant.port))
    wait_until(lambda: not refused(tenant.port))
    with tenant.call() as caller:
        assert caller.ask().status == 200


def test_a_refused_client_knows_that_nothing_was_sent(tenant):
    switch(tenant, "refused", path="Echo", seconds=0.5)
    with httpx.Client(base_url=tenant.proxy.url, trust_env=False) as client:
        client.post(ECHO)
        wait_until(lambda: refused(tenant.port))
        with pytest.raises(httpx.ConnectError):
            client.post(PICKUP)
    assert tenant.desk.pickups == 0


def test_an_answer_on_its_way_arrives_though_the_port_is_shut(tenant):
    tenant.faults.switch({"rules": [{"fault": "delay", "seconds": 0.3}]})
    with tenant.call() as caller:
        caller.send()
        wait_until(lambda: tenant.desk.pickups == 1)
        tenant.faults.switch({"rules": [{"fault": "refused"}]})
        answer = caller.hear()
        assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_a_file_opens_a_shut_port_though_no_request_comes(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text("rules: [{fault: refused}]")
    with running(Faults(file=path), proxied=True) as tenant:
        assert refused(tenant.port)
        path.write_text("rules: []")
        wait_until(lambda: not refused(tenant.port))


# --- while it runs


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("reset_before", httpx.ReadError),
        ("reset_after", httpx.ReadError),
        ("cut_body", httpx.RemoteProtocolError),
        ("half_close", httpx.RemoteProtocolError),
        ("stall", httpx.ReadTimeout),
    ],
)
def test_a_real_client_is_deceived_as_claimed(tenant, name, error):
    switch(tenant, name)
    with (
        httpx.Client(base_url=tenant.proxy.url, trust_env=False, timeout=0.3) as client,
        pytest.raises(error),
    ):
        client.post(PICKUP)


def test_it_is_switched_while_a_connection_stays_open(tenant):
    with tenant.call() as caller:
        assert caller.ask().status == 200
        switch(tenant, "drip", seconds=0.05)
        assert caller.ask().status == 200
        switch(tenant, "reset_after")
        assert caller.ask().ended == "reset"
    tenant.faults.switch(None)
    with tenant.call() as caller:
        assert json.loads(caller.ask().body)["ChatSessionId"] == 4


def test_equal_seeds_give_equal_faults_on_the_wire(tenant):
    rules = [{"fault": "reset_before", "share": 0.3}, {"fault": "cut_body", "share": 0.2}]

    def run(seed):
        tenant.faults.switch({"seed": seed, "rules": rules})
        ended = []
        for _ in range(40):
            with tenant.call() as caller:
                ended.append(caller.ask().ended)
        return ended

    first = run(7)
    assert run(7) == first != run(8)
    assert set(first) == {"whole", "reset", "end"}


def test_faults_of_both_levels_stand_side_by_side(tenant):
    rules = [{"fault": "reset_after", "first": 2}, {"fault": "status_500_after", "last": 1}]
    tenant.faults.switch({"rules": rules})
    with tenant.call() as caller:
        assert caller.ask().status == 500
        assert caller.ask().ended == "reset"
    assert tenant.desk.pickups == 2


def test_the_admin_face_answers_through_every_fault(tenant):
    tenant.faults.switch({"rules": [{"fault": "reset_before"}]})
    with tenant.call() as caller:
        assert json.loads(caller.ask("/admin/truth", method="GET").body) == {"picked_up": 0}


def test_many_clients_at_once_get_each_its_own_answer(tenant):
    tenant.faults.switch({"seed": 3, "rules": [{"fault": "reset_before", "share": 0.2}]})
    found = []

    def work():
        for _ in range(25):
            with tenant.call() as caller:
                found.append(caller.ask())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    numbers = [json.loads(answer.body)["ChatSessionId"] for answer in found if answer.raw]
    broken = tenant.faults.told()["injected"]["reset_before"]
    assert len(numbers) + broken == 200
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_it_ends_with_requests_held_and_connections_idle():
    with running(Faults(), proxied=True) as tenant:
        callers = [tenant.call() for _ in range(3)]
        callers[0].ask(ECHO)
        switch(tenant, "stall")
        callers[1].send()
        wait_until(lambda: tenant.desk.pickups == 1)
        began = time.monotonic()
    assert time.monotonic() - began < 20
    assert refused(tenant.port)
    assert not tenant.faults.has_proxy
    for caller in callers:
        caller.socket.close()
    gc.collect()  # a socket left open would warn, and a warning fails


def test_after_the_proxy_its_faults_can_no_longer_be_switched_on():
    faults = Faults()

    async def pass_by():
        async with FaultProxy("127.0.0.1", 9, faults):
            faults.switch({"rules": [{"fault": "drip"}]})
            faults.switch(None)

    asyncio.run(pass_by())
    faults.switch(None)
    assert not faults.has_proxy
