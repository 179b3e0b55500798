"""The server under many clients at once, over its restarts and after its sudden end."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from http.client import HTTPException
from itertools import cycle, islice

import httpx
import orjson
import pytest

from simulator.errors import UsageError
from simulator.tenant.serving import HOST, running_tenant
from tests.tenant.house import ADA, BLANK, SALES, House, Picker, open_store

AGENTS = ("ADA", "BO", "CY")
CLIENTS = 64
PATIENCE_S = 60


@pytest.fixture
def tenant(house):
    """As ``house``."""
    return house


class Crowd:
    """Clients that pick up from one queue until it is empty or the tenant is gone."""

    def __init__(self, tenants, clients=CLIENTS):
        self.taken = []
        """(id, who) of every answer, as the clients had them."""
        self.unanswered = 0
        self._start = threading.Barrier(clients + 1)
        seats = zip(islice(cycle(tenants), clients), cycle(AGENTS), strict=False)
        self._threads = [threading.Thread(target=self._pick_up, args=seat) for seat in seats]

    def _pick_up(self, tenant, who):
        with closing(Picker(tenant, who)) as picker:
            self._start.wait(PATIENCE_S)
            while True:
                try:
                    session = orjson.loads(picker.pick_up())
                except (OSError, HTTPException):
                    self.unanswered += 1
                    return
                if session is None:
                    return
                self.taken.append((session["ChatSessionId"], session["User"]["AssociateId"]))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self._start.wait(PATIENCE_S)
        return self

    def __exit__(self, *_):
        for thread in self._threads:
            thread.join(PATIENCE_S)

    @property
    def ids(self):
        return [number for number, _ in self.taken]


def by_caller(taken):
    return {str(who): count for who, count in Counter(who for _, who in taken).items()}


# ------------------------------------------------------------------------------ many at once


def test_64_clients_never_get_a_session_twice_and_none_is_lost(tenant):
    first = tenant.seed(2000)
    with Crowd([tenant.running]) as crowd:
        pass
    assert crowd.unanswered == 0
    assert sorted(crowd.ids) == list(range(first, first + 2000))
    truth = tenant.truth()
    assert truth["pickups"] == by_caller(crowd.taken)
    assert (truth["in_queue"], truth["double_pickups"], truth["welcome_messages"]) == (0, 0, 2000)
    log = [(each["id"], each["associate_id"]) for each in truth["pickup_log"]]
    assert sorted(log) == sorted(crowd.taken)
    assert [number for number, _ in log] == list(range(first, first + 2000))  # first come


def test_two_servers_on_one_file_never_give_a_session_twice_either(tmp_path):
    database = ("--db", str(tmp_path / "tenant.db"))
    with ExitStack() as stack:
        tenants = [stack.enter_context(running_tenant(*database)) for _ in range(2)]
        tenants[0].admin("POST", "seed", {"topic_id": SALES, "sessions": 1000})
        with Crowd(tenants) as crowd:
            pass
        truths = [tenant.admin("GET", "truth") for tenant in tenants]
    assert crowd.unanswered == 0
    assert sorted(crowd.ids) == list(range(1, 1001))
    assert truths[0] == truths[1]
    assert (truths[0]["picked_up"], truths[0]["double_pickups"]) == (1000, 0)
    assert truths[0]["pickups"] == by_caller(crowd.taken)


def test_two_servers_that_start_at_once_make_one_tenant(tmp_path):
    database = ("--db", str(tmp_path / "tenant.db"))
    found = []

    def start():
        with running_tenant(*database) as tenant:
            found.append(tenant.secrets["PICKUP_ADA"])

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(found) == 2
    assert found[0] == found[1]


def test_a_token_of_one_server_is_known_to_the_other(tmp_path):
    database = ("--db", str(tmp_path / "tenant.db"))
    with ExitStack() as stack:
        web = stack.enter_context(httpx.Client(trust_env=False))
        one, other = (House(stack.enter_context(running_tenant(*database)), web) for _ in range(2))
        form = {"grant_type": "refresh_token", "client_id": "x"}
        form["refresh_token"] = one.running.secrets["PICKUP_ADA_REFRESH"]
        told = web.post(f"{one.running.url}/login/common/oauth/tokens", data=form).json()
        token = {"Authorization": f"Bearer {told['access_token']}"}
        principal = other.get("User/currentPrincipal", who="", headers=token)
        assert principal["AssociateId"] == ADA


def test_creating_and_picking_up_at_once_loses_nobody(tenant):
    """16 customers' clients against 24 agents' clients, until all that came are picked up."""
    made, came = [], threading.Event()

    def come():
        with httpx.Client(trust_env=False) as web:
            own = House(tenant.running, web)
            for _ in range(15):
                session = own.post(f"ChatTopic/{SALES}/Sessions", who="CUSTOMERS")
                made.append((session["ChatSessionId"], session["InitialQueuePos"]))

    taken = []

    def pick(who):
        with closing(Picker(tenant.running, who)) as picker:
            while True:
                done = came.is_set()
                session = orjson.loads(picker.pick_up())
                if session is not None:
                    taken.append(session["ChatSessionId"])
                elif done:
                    return

    customers = [threading.Thread(target=come) for _ in range(16)]
    agents = [threading.Thread(target=pick, args=(who,)) for who in AGENTS * 8]
    for thread in (*customers, *agents):
        thread.start()
    for thread in customers:
        thread.join(PATIENCE_S)
    came.set()
    for thread in agents:
        thread.join(PATIENCE_S)
    assert sorted(taken) == sorted(number for number, _ in made) == list(range(1, 241))
    assert all(1 <= position <= 240 for _, position in made)


# ------------------------------------------------------------------------------ what lasts


def test_everything_is_there_again_after_a_restart(tmp_path):
    database = ("--db", str(tmp_path / "tenant.db"))
    utc = {"SO-TimeZone": "UTC, includeTZOffset"}

    def everything(tenant):
        return {
            "sessions": tenant.get("ChatSession/ForCurrentUser", who="CY", headers=utc),
            "messages": tenant.get("ChatSession/1/Messages"),
            "topics": tenant.get("ChatTopic/ForCurrentUser", who="CY"),
            "presence": tenant.get("Presence/GetAll"),
            "truth": tenant.truth(),
            "secrets": {k: v for k, v in tenant.running.secrets.items() if k != "TENANT_ADMIN"},
        }

    with httpx.Client(trust_env=False) as web:
        with running_tenant(*database) as running:
            tenant = House(running, web)
            tenant.seed(4)
            tenant.post("ChatSession/Pickup")
            tenant.post("ChatSession/1/Messages", {"Message": "Hi", "Type": "ToUser"})
            tenant.post("ChatSession/1/TransferTo/13")
            tenant.ask("PATCH", "ChatSession/2", {"Status": "Closed", "Person": {"PersonId": 5}})
            tenant.ask("DELETE", "ChatSession/4")
            tenant.post("Presence/SaveAll", [{"UserId": 712, "Present": False}])
            before = everything(tenant)
        with running_tenant(*database) as running:
            tenant = House(running, web)
            assert everything(tenant) == before
            assert tenant.post("ChatSession/Pickup", who="BO")["ChatSessionId"] == 3
            assert tenant.seed() == 5


@pytest.mark.crash
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("after_s", [0.05, 0.15, 0.3, 0.6])
def test_a_killed_tenant_has_lost_nothing_that_it_answered(tmp_path, after_s):
    database = ("--db", str(tmp_path / "tenant.db"))
    with running_tenant(*database) as tenant:
        tenant.admin("POST", "seed", {"topic_id": SALES, "sessions": 20_000})
        with Crowd([tenant], 16) as crowd:
            time.sleep(after_s)
            os.kill(tenant.process.pid, signal.SIGKILL)
    assert crowd.unanswered == 16
    assert crowd.taken
    with running_tenant(*database) as tenant, httpx.Client(trust_env=False) as web:
        truth = House(tenant, web).truth()
        kept = [(each["id"], each["associate_id"]) for each in truth["pickup_log"]]
        lost = set(crowd.taken) - set(kept)
        assert not lost
        assert len(crowd.ids) == len(set(crowd.ids))
        # what was taken without an answer: at most one of each client
        assert len(kept) - len(crowd.taken) <= 16
        assert (truth["double_pickups"], truth["in_queue"]) == (0, 20_000 - len(kept))
        again = House(tenant, web).post("ChatSession/Pickup")["ChatSessionId"]
        assert again == max(number for number, _ in kept) + 1


# ------------------------------------------------------------------------------ start and end


def start(*arguments):
    command = [sys.executable, "-m", "simulator.cli", "tenant", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one process there")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_one_line_tells_the_address_and_a_signal_ends_it(sign):
    with start("--port", "0") as process:
        line = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/Cust12345\n", line)
        with httpx.Client(trust_env=False) as web:  # one that keeps its connection open
            assert web.get(f"{line.strip()}/api").is_success
            process.send_signal(sign)
            out, err = process.communicate(timeout=15)
    assert out == ""
    assert "Traceback" not in err


def test_a_port_that_is_taken_is_told(house):
    port = house.running.url.rpartition(":")[2]
    with start("--port", port) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert f"port {port} is taken" in err


def test_a_tenant_that_does_not_start_is_told():
    with pytest.raises(UsageError, match="the tenant did not start"), running_tenant("--db", "/"):
        pass


def test_it_listens_on_this_machine_alone_and_keeps_secrets_to_their_owner(house):
    assert house.running.url.startswith(f"http://{HOST}:")
    path = house.running.kit / "tenant.env"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = " ".join(house.running.process.args)
    assert not any(value in told for value in house.running.secrets.values())


@pytest.mark.skipif(sys.platform == "win32", reason="files have no mode there")
def test_the_file_is_its_owners_alone_as_it_has_secrets(tmp_path):
    path = tmp_path / "tenant.db"
    with open_store(path) as store:
        store.seed(SALES, 1, BLANK)
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}


def test_with_faults_the_proxy_is_in_front_and_the_api_is_whole(tmp_path):
    (tmp_path / "faults.yaml").write_text("seed: 7\nrules: []\n", encoding="utf-8")
    told = ("--faults", str(tmp_path / "faults.yaml"))
    with running_tenant(*told) as running, httpx.Client(trust_env=False) as web:
        tenant = House(running, web)
        tenant.seed(3)
        rule = {"fault": "reset_after", "path": "ChatSession/Pickup", "times": 1}
        running.admin("PUT", "faults", {"seed": 7, "rules": [rule]})
        with pytest.raises(httpx.TransportError):
            tenant.ask("POST", "ChatSession/Pickup")
        assert tenant.post("ChatSession/Pickup")["ChatSessionId"] == 2
        assert tenant.truth()["picked_up"] == 2
        links = tenant.get("ChatSession", query={"$top": 1})["odata.nextLink"]
        assert links.startswith(running.url)


def test_a_fault_after_commit_is_picked_up_and_one_before_is_not(tenant):
    tenant.seed(2)
    for fault, picked_up in (("status_500_before", 0), ("status_500_after", 1)):
        rule = {"fault": fault, "path": "ChatSession/Pickup"}
        tenant.running.admin("PUT", "faults", {"seed": 1, "rules": [rule]})
        assert tenant.ask("POST", "ChatSession/Pickup").status_code == 500
        assert tenant.truth()["picked_up"] == picked_up
    tenant.running.admin("PUT", "faults", {"seed": 1, "rules": []})
