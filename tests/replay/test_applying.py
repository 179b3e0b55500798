"""Applying, resuming and reconciling a plan: guards, folder, locks, exit codes, kills."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import pytest

from simulator.errors import DataError, GuardError, RunExistsError, UsageError
from simulator.files import file_sha256
from simulator.replay import applying
from simulator.replay.journal import read_state
from simulator.replay.plan import Plan, run_hash, write_plan
from simulator.sessions import open_run
from tests.replay.driven import ASSOCIATES, BREAKER, chats, classes, pickups
from tests.replay.made import made_run
from tests.replay.stub import Queue, Reply, running

HOME: dict = {}


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """Locks, allowed targets and tokens of these tests alone."""
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    for lane in ASSOCIATES:
        monkeypatch.setenv(f"PICKUP_{lane.upper()}", f"Bearer token-{lane}")


@pytest.fixture(scope="module", autouse=True)
def run_folder(tmp_path_factory):
    """A run for the plans to be of; what they send is made by hand."""
    HOME["run"] = made_run(tmp_path_factory.mktemp("made"))


def tenant(waiting=0, faults=None) -> Queue:
    return Queue(ASSOCIATES, waiting=range(waiting), faults=faults)


def at_home(plan: Plan, stub, folder, **facts):
    """The plan with a run and a map behind it, written to a file."""
    run, agents = shutil.copytree(HOME["run"], folder / "run"), folder / "agents.yaml"
    agents.write_text("agents: {}\n", encoding="utf-8")
    head = replace(
        plan.head,
        base=stub.url,
        run=str(run),
        run_hash=run_hash(open_run(run).manifest),
        inputs={str(agents): file_sha256(agents)},
        lanes={lane: {"env": f"PICKUP_{lane.upper()}"} for lane in ASSOCIATES},
        counts=dict(Counter(call.kind for call in plan.calls)),
        **facts,
    )
    path = folder / "plan.json"
    write_plan(Plan(head, plan.calls), path)
    return path


def applied(path, folder, **facts):
    facts = {"confirm": "local", "out": folder / "out", "timeout_s": 1.0, **facts}
    return applying.apply(path, **facts)


def test_a_plan_is_applied_once_and_a_resume_has_nothing_left(tmp_path):
    queue = tenant()
    with running(queue) as stub:
        path = at_home(chats(10), stub, tmp_path)
        result = applied(path, tmp_path)
        assert (classes(result), result.ended) == ({"done": 10 + 8 + 8 + 2}, "done")
        with pytest.raises(RunExistsError, match="resume"):
            applied(path, tmp_path)
        again = applying.resume(tmp_path / "out", timeout_s=1.0)
    assert classes(again) == classes(result)
    assert stub.count("Pickup") == 8


def test_folder_holds_the_plan_and_a_journal_that_tells_how_it_ended(tmp_path):
    with running(tenant()) as stub:
        result = applied(at_home(chats(3), stub, tmp_path), tmp_path)
    assert result.folder == tmp_path / "out"
    state = read_state(tmp_path / "out" / "journal-1-of-1.jsonl")
    notes = {note["note"]: note for note in state.notes}
    assert notes["ended"]["account"]["pickup"] == {"planned": 3, "done": 3}
    assert state.head["context"] == "Cust1"
    assert set(notes) == {"begun", "clock", "ended"}


REFUSED = [
    # what is changed, what it says
    (lambda folder, facts: facts.update(confirm="Cust1"), "give --confirm local"),
    (
        lambda folder, facts: (folder / "run/manifest.json").write_text("{ }"),
        "run is not as it was",
    ),
    (lambda folder, facts: (folder / "agents.yaml").unlink(), "was changed or is gone"),
    (lambda folder, facts: (folder / "agents.yaml").write_text("x"), "was changed or is gone"),
    (lambda folder, facts: facts.update(part=(3, 2)), "no part 3 of 2"),
]


@pytest.mark.parametrize(("change", "says"), REFUSED)
def test_what_a_guard_refuses_sends_nothing(tmp_path, change, says):
    facts: dict = {}
    with running(tenant(5)) as stub:
        path = at_home(pickups(3), stub, tmp_path)
        change(tmp_path, facts)
        with pytest.raises((GuardError, UsageError), match=says):
            applied(path, tmp_path, **facts)
    assert stub.got == []


def test_an_expired_plan_is_refused(tmp_path):
    with running(tenant(5)) as stub:
        path = at_home(pickups(3), stub, tmp_path, expires_at="2026-03-24T07:00:00+00:00")
        with pytest.raises(GuardError, match="expired"):
            applied(path, tmp_path)
    assert stub.got == []


def test_a_tenant_that_is_not_running_is_refused(tmp_path):
    queue = tenant(5)
    queue.state = "OfflineMaintenance"
    with running(queue) as stub:
        path = at_home(pickups(3), stub, tmp_path)
        with pytest.raises(GuardError, match="OfflineMaintenance"):
            applied(path, tmp_path)
    assert stub.count("Pickup") == 0


def test_two_agents_who_are_one_associate_are_refused(tmp_path):
    queue = tenant(5)
    queue.associates = {**ASSOCIATES, "Bo": ASSOCIATES["Ada"]}
    with running(queue) as stub:
        path = at_home(pickups(3), stub, tmp_path)
        with pytest.raises(GuardError, match="the same associate"):
            applied(path, tmp_path)
    assert stub.count("Pickup") == 0


def test_a_missing_secret_is_named_and_nothing_is_sent(tmp_path, monkeypatch):
    monkeypatch.delenv("PICKUP_BO")
    with running(tenant(5)) as stub:
        path = at_home(pickups(3), stub, tmp_path)
        with pytest.raises(UsageError, match="PICKUP_BO"):
            applied(path, tmp_path)
    assert stub.got == []


def test_a_tenant_that_goes_into_maintenance_stops_the_run(tmp_path):
    queue = tenant(500)

    def faults(got, n):
        if n == 20:
            queue.state = "OfflineMaintenance"
            return ("before", Reply(503, None))
        return None

    queue.faults = faults
    with running(queue) as stub:
        result = applied(at_home(pickups(400, every_ms=20), stub, tmp_path), tmp_path)
    assert (result.ended, result.account.left > 300) == ("breaker", True)
    assert "OfflineMaintenance" in result.reason


def test_a_canary_shows_its_pickup_and_a_resume_goes_on(tmp_path):
    with running(tenant(9)) as stub:
        first = applied(at_home(pickups(6), stub, tmp_path), tmp_path, canary=True)
        assert (first.ended, first.first_pickup.session_id, stub.count("Pickup")) == (
            "canary",
            1,
            1,
        )
        second = applying.resume(tmp_path / "out", timeout_s=1.0)
    assert classes(second) == {"done": 6}
    assert stub.count("Pickup") == 6


def test_a_stop_file_keeps_a_resume_from_going_on(tmp_path):
    with running(tenant(9)) as stub:
        applied(at_home(pickups(6), stub, tmp_path), tmp_path, canary=True)
        (tmp_path / "out" / "STOP").touch()
        with pytest.raises(GuardError, match="STOP"):
            applying.resume(tmp_path / "out", timeout_s=1.0)
    assert stub.count("Pickup") == 1


def test_parts_share_a_plan_and_each_has_its_own_journal(tmp_path):
    queue = tenant()
    with running(queue) as stub:
        path = at_home(chats(20, lanes=("Ada", "Bo", "Cy")), stub, tmp_path)
        parts = [applied(path, tmp_path, part=(k, 2)) for k in (1, 2)]
    assert sum(result.account.planned.total() for result in parts) == 20 + 16 + 16 + 4
    assert stub.count("Pickup") == 16
    names = sorted(file.name for file in (tmp_path / "out").glob("journal*"))
    assert names == ["journal-1-of-2.jsonl", "journal-2-of-2.jsonl"]


def test_what_stayed_unknown_is_recovered_by_a_reconcile(tmp_path):
    queue = tenant(9, faults=lambda _, n: ("after", Reply(500, None)) if n == 2 else None)
    hidden = [True]

    def script(got, stub):
        listing = got.path.partition("?")[0].endswith(("ForCurrentUser", "v1/ChatSession"))
        return Reply(500, None) if listing and hidden[0] else queue(got, stub)

    with running(script) as stub:
        first = applied(at_home(pickups(4, lanes=("Ada",)), stub, tmp_path), tmp_path)
        assert classes(first) == {"done": 1, "unknown": 1, "skipped": 2}
        hidden[0] = False
        sent = stub.count("Pickup")
        found = applying.reconcile(tmp_path / "out", timeout_s=1.0)
        assert stub.count("Pickup") == sent
    assert classes(found) == {"done": 1, "recovered": 1, "skipped": 2}


def test_there_is_nothing_to_reconcile_or_resume_before_an_apply(tmp_path):
    with pytest.raises(DataError, match="no folder of a replay"):
        applying.reconcile(tmp_path)
    with pytest.raises(DataError, match="no folder of a replay"):
        applying.resume(tmp_path)


# -------------------------------------------------------------------- at the prompt


def pickup(*arguments, **more) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "simulator.cli", "replay", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


def told(process) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_exit_codes_and_what_is_said(tmp_path):
    queue = tenant(9, faults=lambda _, n: ("before", Reply(500, None)) if n == 3 else None)
    with running(queue) as stub:
        path, out = at_home(pickups(5), stub, tmp_path), tmp_path / "out"
        code, _, err = told(pickup("apply", path, "--confirm", "Cust1", "-o", out))
        assert (code, "--confirm local" in err) == (4, True)
        code, printed, err = told(pickup("apply", path, "--confirm", "local", "-o", out))
        assert (code, printed.strip()) == (6, str(out))
        assert "all: 5 planned = 4 done + 1 unknown" in err
        assert "the first pickup: done, HTTP 200, session 1 of topic 101" in err
        code, _, err = told(pickup("reconcile", out))
        assert (code, "pickup replay reconcile" in err) == (6, True)
    assert "token" not in err


def test_a_breaker_ends_with_five(tmp_path):
    queue = tenant(99, faults=lambda *_: ("before", Reply(500, None)))
    with running(queue) as stub:
        path = at_home(pickups(50, breaker=BREAKER), stub, tmp_path)
        code, _, err = told(pickup("apply", path, "--confirm", "local", "-o", tmp_path / "out"))
    assert (code, "3 answers in a row were unknown" in err) == (5, True)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal as Ctrl-C sends it")
def test_ctrl_c_drains_and_a_resume_sends_the_rest(tmp_path):
    with running(tenant(400)) as stub:
        path, out = at_home(pickups(300, every_ms=10), stub, tmp_path), tmp_path / "out"
        process = pickup("apply", path, "--confirm", "local", "-o", out)
        _wait_for(lambda: stub.count("Pickup") > 20)
        process.send_signal(signal.SIGINT)
        code, _, err = told(process)
        assert (code, "interrupted: stopped by Ctrl-C" in err) == (130, True)
        assert read_state(out / "journal-1-of-1.jsonl").intents == {}
        code, _, err = told(pickup("resume", out))
    assert (code, "all: 300 planned = 300 done" in err) == (0, True)
    assert stub.count("Pickup") == 300


@pytest.mark.crash
@pytest.mark.parametrize("after", [5, 17, 41])
def test_kill_in_the_middle_and_resume_keep_the_sum_and_send_nothing_twice(tmp_path, after):
    queue = tenant(faults=lambda got, n: ("after", Reply(500, None)) if n % 23 == 0 else None)
    with running(queue) as stub:
        path, out = at_home(chats(60, every_ms=10), stub, tmp_path), tmp_path / "out"
        process = pickup("apply", path, "--confirm", "local", "-o", out, "--timeout", "0.5")
        _wait_for(lambda: stub.count("Pickup") >= after)
        process.kill()
        process.communicate(timeout=10)
        result = applying.resume(out, timeout_s=0.5)
    account = result.account
    account.check()
    assert (account.left, account.planned.total()) == (0, account.settled)
    kept = account.counts["pickup", "done"] + account.counts["pickup", "recovered"]
    assert kept == sum(queue.pickups.values())
    assert stub.count("Pickup") <= 48


def _wait_for(there) -> None:
    until = time.monotonic() + 20
    while not there():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_no_secret_and_no_customer_is_left_in_the_folder(tmp_path):
    with running(tenant()) as stub:
        applied(at_home(chats(5), stub, tmp_path), tmp_path)
    for file in (tmp_path / "out").iterdir():
        text = file.read_text(encoding="utf-8")
        assert not any(word in text for word in ("Kim", "example.com", "key-", "token-", "Hello"))
