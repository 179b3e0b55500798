"""Every fault of the catalogue befalls one pickup: its outcome class, and that none is repeated."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import contextmanager

import pytest

from simulator.errors import UnknownLeftError
from simulator.replay.journal import read_state
from simulator.replay.plan import read_plan
from simulator.tenant.faults import CATALOGUE
from tests.replay.desks import OPEN_BREAKER, check_account, desk, outcomes

PICKUPS = 4
SECOND = 2
"""The pickup that the fault befalls."""

NOT_ON_A_PICKUP = {"refused"}
"""Shuts the port, so it has a test of its own."""

FAULTS = sorted(set(CATALOGUE) - NOT_ON_A_PICKUP)

ONE_AGENT = """
name: one agent
timezone: Europe/Oslo
start: 2026-03-23T00:00
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-10:00"]}
    arrivals: {rate_per_hour: 30}
    work: {fixed: 1m}
agents:
  - group: Desk
    names: [Ada]
    topics: [Sales]
    cap: 3
    output: [1, 1.5, 2]
"""


@pytest.fixture(scope="module")
def at_desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "faults.yaml").write_text("rules: []\n")
    faults = ("--faults", str(folder / "faults.yaml"), "--set", "fraction_digits=3")
    with desk(folder, *faults, scenario=ONE_AGENT) as made:
        yield made


def replayed(at_desk, name, rule, *options):
    """Some pickups of a filled queue, with one rule on; plan, outcomes and what the tenant says."""
    at_desk.tenant.admin("PUT", "faults", {"rules": []})
    at_desk.tenant.admin("POST", "reset", {})
    at_desk.tenant.admin("POST", "seed", {"topic_id": 101, "sessions": 50})
    asked = ("--mode", "pickups", "--warp", 3600, "--max-pickups", PICKUPS, *OPEN_BREAKER)
    done = at_desk.invoke(*at_desk.plan_arguments(*asked))
    assert done.exit_code == 0, done.output
    plan = read_plan(at_desk.folder / "plan.json")
    at_desk.tenant.admin("PUT", "faults", {"rules": [rule]})
    folder = at_desk.folder / name
    done = at_desk.invoke(
        *("replay", "apply", at_desk.folder / "plan.json", "--confirm", "local"),
        *("--out", folder, "--timeout", "1.5", *options),
    )
    assert isinstance(done.exception, UnknownLeftError | None), repr(done.exception)
    at_desk.tenant.admin("PUT", "faults", {"rules": []})
    return plan, outcomes(folder), at_desk.truth(), folder


def rule_for(name):
    rule = {"fault": name, "path": "ChatSession/Pickup", "first": SECOND, "last": SECOND}
    if name in ("delay", "drip"):
        rule["seconds"] = 0.3
    if name.startswith("status_429"):
        rule["seconds"] = 1
    return rule


@pytest.mark.slow
@pytest.mark.xdist_group("fault_matrix")
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("transport", ["httpx", "aiohttp"])
def test_a_fault_gives_its_class_and_is_not_repeated(at_desk, name, transport):
    fault = CATALOGUE[name]
    rule = rule_for(name)
    plan, found, truth, _ = replayed(at_desk, f"{name}-{transport}", rule, "--transport", transport)

    befallen = found[SECOND]
    retried = name.startswith("status_429")  # turned away, asked to come back: sent again
    assert befallen.cls == ("done" if retried else fault.settled), befallen
    assert befallen.tries == (2 if retried else 1)
    others = [outcome for number, outcome in found.items() if number != SECOND]
    assert {outcome.cls for outcome in others} == {"done"}
    counts = check_account(plan, found)
    assert truth["picked_up"] == counts["done"] + counts["recovered"]
    assert truth["double_pickups"] == 0


@pytest.mark.slow
@pytest.mark.xdist_group("fault_matrix")
@pytest.mark.parametrize("name", ["status_429_seconds", "status_429_date"])
def test_retry_after_is_obeyed_in_both_forms(at_desk, name):
    rule = {**rule_for(name), "seconds": 2}
    _, found, _, folder = replayed(at_desk, f"{name}-obeyed", rule)

    lines = [json.loads(line) for line in next(folder.glob("journal-*")).read_text().splitlines()]
    tries = [line["at"] for line in lines if line["k"] == "intent" and line["n"] == SECOND]
    assert len(tries) == 2
    least = 2.0 if name.endswith("seconds") else 1.0  # a date is cut to whole seconds
    assert (tries[1] - tries[0]) / 1e6 >= least
    assert found[SECOND].cls == "done"


@pytest.mark.slow
@pytest.mark.xdist_group("fault_matrix")
def test_a_port_that_is_shut_for_a_while_is_a_rejection_that_is_tried_again(at_desk):
    """Preflight is answered, then nobody listens: no byte leaves, so sending again is safe."""
    rule = {"fault": "refused", "path": "User/currentPrincipal", "times": 1, "seconds": 1}
    plan, found, truth, _ = replayed(at_desk, "refused", rule)
    assert {outcome.cls for outcome in found.values()} == {"done"}
    assert found[1].tries > 1
    assert truth["picked_up"] == len(plan.calls)


@contextmanager
def under_way(at_desk, name, *options):
    """A replay that takes a minute, of which the first call was answered; (process, folder)."""
    at_desk.tenant.admin("PUT", "faults", {"rules": []})
    at_desk.tenant.admin("POST", "reset", {})
    at_desk.tenant.admin("POST", "seed", {"topic_id": 101, "sessions": 50})
    at_desk.plan("--mode", "pickups", "--warp", 60, "--max-pickups", 12, *options)
    folder = at_desk.folder / name
    process = subprocess.Popen(
        at_desk.command(
            *("replay", "apply", at_desk.folder / "plan.json", "--confirm", "local"),
            *("--out", folder),
        ),
        env=at_desk.environment | {"LOCAL_SECRET": "any"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_an_outcome(folder)
        yield process, folder
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.xdist_group("fault_matrix")
def test_a_tenant_that_goes_to_maintenance_stops_the_replay(at_desk):
    with under_way(at_desk, "maintenance") as (process, folder):
        at_desk.tenant.admin("PUT", "state", {"State": "OfflineMaintenance"})
        _, told = process.communicate(timeout=60)
        at_desk.tenant.admin("PUT", "state", {"State": "Running"})
    assert process.returncode == 5, told
    assert "OfflineMaintenance" in told
    assert 0 < len(outcomes(folder)) < 12


@pytest.mark.slow
@pytest.mark.xdist_group("fault_matrix")
def test_tokens_that_end_in_the_middle_are_refreshed_and_no_call_is_lost(at_desk, monkeypatch):
    monkeypatch.setenv("LOCAL_SECRET", "any")
    agents = at_desk.folder / "refreshing.yaml"
    agents.write_text(
        "agents:\n  Ada: {env: PICKUP_ADA, refresh_token: {env: PICKUP_ADA_REFRESH}}\n"
        f"refresh: {{url: '{at_desk.tenant.url}/login/common/oauth/tokens', client_id: local, "
        "client_secret: {env: LOCAL_SECRET}}\n"
    )
    with under_way(at_desk, "refreshed", "--agents", agents) as (process, folder):
        assert at_desk.tenant.admin("POST", "expire-tokens", {})["expired"] > 0
        _, told = process.communicate(timeout=120)
    found = outcomes(folder)
    assert process.returncode == 0, told
    assert [outcome.cls for outcome in found.values()] == ["done"] * 12
    assert {outcome.tries for outcome in found.values()} == {1}
    assert at_desk.truth()["picked_up"] == 12


def wait_for_an_outcome(folder):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for path in folder.glob("journal-*.jsonl"):
            if read_state(path).outcomes:
                return
        time.sleep(0.05)
    raise AssertionError("nothing was answered")
