"""``pickup replay plan`` as a shell sees it: what it prints, reads, refuses, and its exit codes."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass

import pytest

from simulator.cli import main
from simulator.replay.plan import read_plan
from tests.replay.made import AGENTS, CONTEXT, TOPICS, made_run
from tests.replay.stub import Reply, running

CAPS = ("--max-pickups", "100", "--max-rate", "50", "--max-duration", "10m")

ASSOCIATES = {"Ada": 11, "Bo": 12, "Cy": 13, "customers": 10}


class Tenant:
    """What a tenant tells of itself."""

    def __init__(self):
        self.state = {"ContextIdentifier": CONTEXT, "State": "Running", "IsRunning": True}
        self.status = 200

    def __call__(self, got, _):
        if "/api/state/" in got.path:
            return Reply(self.status, self.state, {"Location": "http://127.0.0.1:1/"})
        return Reply(body={"AssociateId": ASSOCIATES[got.lane], "Associate": got.lane})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def tenant():
    return Tenant()


@pytest.fixture
def stub(tenant):
    with running(tenant) as made:
        yield made


@dataclass
class Done:
    """How the command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def plan(run, stub, tmp_path, monkeypatch, capsys):
    """Runs the command; ``more`` comes after the arguments that are always there."""
    (tmp_path / "topics.yaml").write_text(TOPICS)
    (tmp_path / "agents.yaml").write_text(AGENTS)
    for name in ASSOCIATES:
        monkeypatch.setenv(f"PICKUP_{name.upper()}", f"Bearer secret-token-{name}")
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the handler is the shell's affair

    def planned(*more, caps=CAPS, target=None, context=CONTEXT):
        arguments = ("--target", target or stub.url, "--context", context, "--warp", "600")
        maps = ("--topics", "topics.yaml", "--agents", "agents.yaml", "--out", "plan.json")
        command = ["pickup", "replay", "plan", str(run), *arguments, *maps, *caps, *more]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(ended.value.code or 0, said.out, said.err)

    return planned


def test_it_prints_the_plans_path_and_says_what_will_be_sent(plan, tmp_path):
    done = plan()
    assert (done.returncode, done.stdout) == (0, "plan.json\n"), done.stderr
    made = read_plan(tmp_path / "plan.json")
    said = done.stderr
    assert f"{len(made.calls)} calls (43 create, 10 leave, 33 pickup, 4 transfer" in said
    assert "topics: Sales = TopicId 101, Support = TopicId 102" in said
    assert "Ada = associate 11" in said
    assert "at most 100 pickups, 50 calls a second, 10 min 0 s" in said
    assert f"holds until {made.head.expires_at}" in said
    assert "pickup replay apply plan.json --confirm local" in said
    assert made.head.lanes["Bo"]["associate_id"] == 12


def test_it_sends_nothing_but_reads(plan, stub):
    plan()
    assert {each.method for each in stub.got} == {"GET"}
    paths = [each.path for each in stub.got]
    assert paths[0] == f"/api/state/{CONTEXT}"
    assert paths[1:] == [f"/{CONTEXT}/api/v1/User/currentPrincipal"] * 4


def test_no_secret_is_printed_or_written(plan, tmp_path):
    done = plan()
    assert "secret-token" not in done.stdout + done.stderr
    assert "secret-token" not in (tmp_path / "plan.json").read_text()


@pytest.mark.parametrize("left", [0, 2, 4])
def test_missing_caps_are_refused_before_anything_is_asked(plan, stub, left):
    done = plan(caps=CAPS[:left] + CAPS[left + 2 :])
    assert done.returncode == 4
    assert f"{CAPS[left]} not given" in done.stderr
    assert stub.got == []


@pytest.mark.parametrize(
    ("target", "context", "why"),
    [
        ("https://online.superoffice.com", CONTEXT, "production host"),
        ("https://chat.example.com", CONTEXT, "not known as a test tenant"),
        ("http://sod.superoffice.com", CONTEXT, "https"),
        ("https://user:pass@sod.superoffice.com", CONTEXT, "looks like a secret"),
        (None, "Cust99999", "the target is tenant 'Cust12345', not Cust99999"),
    ],
)
def test_a_target_that_is_none_is_refused(plan, tmp_path, target, context, why):
    done = plan(target=target, context=context)
    assert done.returncode == 4, done.stderr
    assert why in done.stderr
    assert not (tmp_path / "plan.json").exists()


def test_a_tenant_in_maintenance_is_refused(plan, tenant):
    tenant.state["State"] = "OfflineMaintenance"
    done = plan()
    assert (done.returncode, "OfflineMaintenance" in done.stderr) == (4, True)


def test_a_redirect_is_refused(plan, tenant):
    tenant.status = 302
    done = plan()
    assert (done.returncode, "redirects are not followed" in done.stderr) == (4, True)


def test_a_variable_that_is_not_set_is_named(plan, monkeypatch):
    monkeypatch.delenv("PICKUP_BO")
    done = plan()
    assert (done.returncode, "variable PICKUP_BO" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        (("--from", "2026-03-23T12:00", "--to", "2026-03-23T13:00"), 2, "no chat is requested"),
        (("--replication", "3"), 2, "the run has 1 to 2"),
        (("--late-after", "soon"), 2, "--late-after is 'soon'"),
        (("--max-duration", "5s"), 4, "--max-duration allows 5 s"),
        (("--max-rate", "0"), 4, "--max-rate is 0"),
        (("--end-by", "delete"), 2, "--end-by"),
    ],
)
def test_what_makes_no_plan_is_told(plan, more, code, why):
    done = plan(*more)
    assert (done.returncode, why in done.stderr) == (code, True), done.stderr


def test_its_settings_stand_in_the_plan(plan, tmp_path):
    plan(
        *("--mode", "pickups", "--late", "abort", "--late-after", "2s", "--min-gap", "10ms"),
        *("--end-by", "patch", "--breaker-in-a-row", "5", "--from", "2026-03-23T09:10:00+0100"),
    )
    head = read_plan(tmp_path / "plan.json").head
    assert head.mode == "pickups"
    assert head.late == {"policy": "abort", "after_s": 2.0}
    assert head.min_gap_s == 0.01
    assert head.wire == {"end": "patch", "leave": "put"}
    assert head.breaker["unknown_in_a_row"] == 5
    assert head.first_at == "2026-03-23T09:10:00+01:00"
    assert head.caps == {"max_pickups": 100, "max_rate": 50.0, "max_duration_s": 600.0}
