"""Locust's master and workers, as processes, against the local tenant: each part is its own."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.replay.journal import read_state
from simulator.tenant.serving import running_tenant
from tests.replay.made import SCENARIO, made_plan, made_run

pytestmark = [
    pytest.mark.slow,
    # Found, and not imported: locust patches the process that imports it.
    pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="needs the extra"),
]

PARTS = 2


class Herd:
    """A tenant, a plan for it, and the processes that replay it."""

    def __init__(self, folder: Path, tenant, run: Path, warp: float) -> None:
        self.tenant, self.folder = tenant, folder / "replay"
        maps = {name: (tenant.kit / f"{name}.yaml").read_text() for name in ("topics", "agents")}
        self.made = made_plan(
            folder, tenant.url, run=run, context=tenant.context, warp=warp, **maps
        )
        self.environment = {**os.environ, **tenant.secrets}
        self.port = free_port()
        self.processes: list[subprocess.Popen] = []
        self.logs: dict[int, Path] = {}

    def start(self, *arguments) -> subprocess.Popen:
        command = [sys.executable, "-m", "locust", "-f", locustfile(), *arguments]
        log = self.folder.with_name(f"log-{len(self.processes)}")
        with log.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(command, env=self.environment, stdout=file, stderr=file)
        self.processes.append(process)
        self.logs[process.pid] = log
        return process

    def finished(self, process, timeout=60) -> tuple[int, str]:
        """The exit code, and what was said."""
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(self.told())
        return process.returncode, self.logs[process.pid].read_text("utf-8")

    def told(self) -> str:
        """What everybody said."""
        return "\n".join(log.read_text("utf-8") for log in self.logs.values())

    def master(self) -> subprocess.Popen:
        where = ("--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port))
        return self.start(
            "--master", "--headless", "--expect-workers", str(PARTS), *where,
            "--json-file", str(self.folder.with_name("statistics")),
        )  # fmt: skip

    def worker(self, part: str, *, plan: Path | None = None) -> subprocess.Popen:
        return self.start(
            "--worker", "--master-port", str(self.port), "--part", part, "--confirm", "local",
            "--plan", str(plan or self.made.path), "--folder", str(self.folder),
        )  # fmt: skip

    def journals(self):
        """The state of each part's journal."""
        paths = sorted(self.folder.glob("journal-*.jsonl"))
        return {path.name: read_state(path) for path in paths}

    def outcomes(self) -> Counter:
        return Counter(
            outcome.cls for state in self.journals().values() for outcome in state.outcomes.values()
        )

    def begun(self, part: int, many: int = 5) -> bool:
        """Whether a part has come to some outcomes."""
        path = self.folder / f"journal-{part}-of-{PARTS}.jsonl"
        return path.exists() and path.read_bytes().count(b'"k":"outcome"') >= many

    def truth(self) -> dict:
        return self.tenant.admin("GET", "truth")

    def statistics(self) -> dict[str, int]:
        """Requests by name, as the master counted them."""
        (told,) = self.folder.parent.glob("statistics*")
        return {row["name"]: row["num_requests"] for row in json.loads(told.read_text())}

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def locustfile() -> str:
    return str(Path(sys.modules["simulator.replay"].__file__).with_name("locusts.py"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def herd(folder, run, *, warp=600.0):
    desk = folder / "desk.yaml"
    desk.write_text(SCENARIO, encoding="utf-8")
    with running_tenant("--like", str(desk), kit=folder / "kit") as tenant:
        made = Herd(folder, tenant, run, warp)
        try:
            yield made
        finally:
            made.end()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


def until(there, timeout=60.0):
    """Wait for ``there()``."""
    end = time.monotonic() + timeout
    while not (found := there()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def test_two_workers_send_the_whole_plan_between_them(tmp_path, run):
    with herd(tmp_path, run) as herd_:
        master, workers = herd_.master(), [herd_.worker("1/2"), herd_.worker("2/2")]
        code, told = herd_.finished(master)
        assert [herd_.finished(worker)[0] for worker in workers] == [0, 0], told
        assert code == 0, told
        truth, outcomes, calls = herd_.truth(), herd_.outcomes(), herd_.made.plan.calls
        journals = herd_.journals()
        statistics = herd_.statistics()

    assert [*journals] == ["journal-1-of-2.jsonl", "journal-2-of-2.jsonl"]
    assert outcomes.total() == len(calls)
    assert not {*journals["journal-1-of-2.jsonl"].outcomes} & {
        *journals["journal-2-of-2.jsonl"].outcomes
    }
    kinds = {call.number: call.kind for call in calls}
    brought = [
        outcome.session_id
        for state in journals.values()
        for number, outcome in state.outcomes.items()
        if kinds[number] == "pickup" and outcome.cls in ("done", "recovered")
    ]
    assert truth["double_pickups"] == 0
    assert sorted(brought) == sorted({row["id"] for row in truth["pickup_log"]})
    assert truth["created"] == sum(call.kind == "create" for call in calls)
    assert statistics["pickup"] >= len(brought)
    assert f"all: {len(calls)} planned = " in told


def test_a_lost_workers_part_stays_its_own_and_is_gone_on_with(tmp_path, run):
    with herd(tmp_path, run, warp=250.0) as herd_:
        master, one, two = herd_.master(), herd_.worker("1/2"), herd_.worker("2/2")
        until(lambda: herd_.begun(1))
        one.kill()
        code, told = herd_.finished(master)
        assert (code, herd_.finished(two)[0]) == (1, 0), told
        assert "part 1 of 2 is lost" in told
        first, second = herd_.journals().values()
        mine = {*second.outcomes}
        assert first.notes[-1]["ended"] == "interrupted"  # the part saw that its worker was gone
        assert herd_.outcomes().total() < len(herd_.made.plan.calls)

        master, one, two = herd_.master(), herd_.worker("1/2"), herd_.worker("2/2")
        code, told = herd_.finished(master)
        assert (code, herd_.finished(one)[0], herd_.finished(two)[0]) == (0, 0, 0), herd_.told()
        first, second = herd_.journals().values()
        assert {*second.outcomes} == mine
        assert herd_.outcomes().total() == len(herd_.made.plan.calls)
        assert herd_.truth()["double_pickups"] == 0


def test_a_worker_that_comes_back_takes_up_its_own_part(tmp_path, run):
    with herd(tmp_path, run, warp=150.0) as herd_:
        master, one, two = herd_.master(), herd_.worker("1/2"), herd_.worker("2/2")
        until(lambda: herd_.begun(1))
        one.kill()
        again = herd_.worker("1/2")
        code, _ = herd_.finished(master)
        assert (code, herd_.finished(again)[0], herd_.finished(two)[0]) == (0, 0, 0), herd_.told()
        assert herd_.outcomes().total() == len(herd_.made.plan.calls)
        assert herd_.truth()["double_pickups"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are unix")
def test_ctrl_c_drains_every_part(tmp_path, run):
    with herd(tmp_path, run, warp=100.0) as herd_:
        master, one, two = herd_.master(), herd_.worker("1/2"), herd_.worker("2/2")
        until(lambda: herd_.begun(1) and herd_.begun(2, 1))
        master.send_signal(signal.SIGINT)
        herd_.finished(master)
        herd_.finished(one)
        herd_.finished(two)
        for state in herd_.journals().values():
            assert state.notes[-1]["ended"] == "interrupted"
            assert not state.intents


def test_a_part_that_two_workers_claim_is_not_begun(tmp_path, run):
    with herd(tmp_path, run) as herd_:
        master, *workers = herd_.master(), herd_.worker("1/2"), herd_.worker("1/2")
        code, told = herd_.finished(master, 20)
        assert code == 4
        assert "part 1 of 2 is with another worker already" in told
        assert {herd_.finished(worker)[0] for worker in workers} <= {4, 130}
        assert not herd_.journals()
        assert herd_.truth()["created"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--part", "1/2", "--confirm", "Cust1"], 4, "--confirm is 'Cust1'"),
        (["--part", "3/2", "--confirm", "local"], 2, "--part '3/2' is no part of a plan"),
        (["--part", "1/2", "--confirm", "local", "--plan", "none.json"], 2, "there is no plan"),
    ],
)
def test_a_worker_that_cannot_begin_ends_it_all(arguments, code, said, tmp_path, run):
    with herd(tmp_path, run) as herd_:
        master = herd_.master()
        worker = herd_.start(
            "--worker", "--master-port", str(herd_.port), "--plan", str(herd_.made.path), *arguments
        )
        assert herd_.finished(worker)[0] == code
        found, told = herd_.finished(master, 20)
        assert (found, said in told) == (code, True), told


def test_alone_it_says_what_to_do_instead(tmp_path):
    command = [sys.executable, "-m", "locust", "-f", locustfile(), "--headless"]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )
    assert ended.returncode == 2
    assert "give --master or --worker" in ended.stderr


def test_the_module_prints_where_the_locustfile_is():
    told = subprocess.run(
        [sys.executable, "-m", "simulator.replay.locusts"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert Path(told.stdout.strip()).samefile(locustfile())
