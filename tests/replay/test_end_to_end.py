"""The whole way by the command line: simulate, serve a tenant, plan, replay, report, pull."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from tests.replay.desks import (
    OPEN_BREAKER,
    Desk,
    check_account,
    check_pickups,
    desk,
    outcomes,
)

ROOT = Path(__file__).parents[2]
CHAT_DESK = ROOT / "data/scenarios/chat_desk.yaml"
HOUR = ("--from", "2026-03-23T10:00", "--to", "2026-03-23T11:00")


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """An hour of the shipped desk, sixty times as fast, with everything that customers do."""
    from simulator.tenant.serving import running_tenant

    folder = tmp_path_factory.mktemp("whole")
    with running_tenant("--like", str(CHAT_DESK), kit=folder / "kit") as tenant:
        made = Desk(tenant, folder, folder / "run")
        made.pickup("simulate", CHAT_DESK, "--replications", 1, "--out", made.run)
        plan = made.plan("--mode", "full", "--warp", 60, *HOUR)
        made.pickup(
            *("replay", "apply", folder / "plan.json", "--confirm", "local"),
            *("--out", folder / "replay"),
        )
        truth = made.truth()
        made.pickup(
            *("history", "pull", "--target", tenant.url, "--context", tenant.context),
            *("--credential", "env:PICKUP_CUSTOMERS", "--out", folder / "history.jsonl"),
        )
    told = made.pickup(
        *("replay", "report", folder / "replay", "--no-page"),
        *("--gate", "position_equal>=99%", "--gate", "unexplained<=0"),
    )
    return made, plan, truth, told


@pytest.mark.slow
@pytest.mark.xdist_group("replay_end_to_end")
def test_every_call_is_accounted_for_and_the_tenant_agrees(replayed):
    made, plan, truth, _ = replayed
    found = outcomes(made.folder / "replay")
    counts = check_account(plan, found)
    assert counts["done"] == len(plan.calls)
    check_pickups(plan, found, truth)
    assert truth["created"] == plan.head.counts["create"]


@pytest.mark.slow
@pytest.mark.xdist_group("replay_end_to_end")
def test_every_session_stands_beside_its_simulation(replayed):
    made, plan, _, _ = replayed
    chats = pd.read_parquet(made.folder / "replay/observed.parquet")
    figures = json.loads((made.folder / "replay/summary.json").read_text())["overall"]

    assert len(chats) == len({call.chat for call in plan.calls})
    assert chats["session_id"].is_unique
    assert figures["position_equal"]["value"] >= 0.99
    assert figures["position_equal"]["n"] >= 60
    assert figures["unexplained"]["value"] == 0
    assert figures["order_equal"]["value"] >= 0.97
    assert figures["foreign"]["value"] == 0
    assert figures["calls"]["planned"]["value"] == len(plan.calls)


@pytest.mark.slow
@pytest.mark.xdist_group("replay_end_to_end")
def test_the_findings_are_told_in_sentences(replayed):
    _, plan, _, told = replayed
    assert f"Of {len(plan.calls)} planned calls: {len(plan.calls)} done." in told.stderr
    assert "Queue positions agree for" in told.stderr


@pytest.mark.slow
@pytest.mark.xdist_group("replay_end_to_end")
def test_the_pulled_history_has_the_replayed_sessions(replayed):
    from simulator.calibration.history import read_history

    made, plan, _, _ = replayed
    history = read_history([made.folder / "history.jsonl"], zone=ZoneInfo("Europe/Oslo"))
    assert len(history.sessions) == plan.head.counts["create"]


CUSTOMER = {
    "CustomerName": "Zebulon Quackenbush",
    "CustomerEmail": "zebulon.quackenbush@example.com",
    "CustomerPhone": "+47 5550 81931",
    "CustomerHost": "zebulon-laptop.example.com",
    "CustomerAlias": "zebquack",
    "CustomerCompanyName": "Quackenbush Widgets",
    "FirstMessage": "my-order-4711-never-came",
}


@pytest.mark.slow
@pytest.mark.xdist_group("replay_leaks")
def test_no_secret_and_no_customer_reaches_anything_that_is_written(tmp_path):
    import httpx

    faults = tmp_path / "faults.yaml"
    faults.write_text("rules: []\n")
    with desk(tmp_path, "--faults", str(faults), "--set", "fraction_digits=3") as made:
        made.fill(60)
        api = f"{made.tenant.url}/{made.tenant.context}/api/v1/ChatSession"
        headers = {"Authorization": made.tenant.secrets["PICKUP_CUSTOMERS"]}
        keys = []
        with httpx.Client(trust_env=False, headers=headers) as client:
            for number in range(1, 121):
                session = client.get(f"{api}/{number}").json()
                keys.append(session["SessionKey"])
                client.put(f"{api}/{number}", json={**session, **CUSTOMER}).raise_for_status()
        made.plan("--mode", "pickups", *OPEN_BREAKER)
        lost = {"fault": "status_500_after", "path": "ChatSession/Pickup", "share": 0.2}
        made.tenant.admin("PUT", "faults", {"rules": [lost]})
        told = [
            made.pickup(
                *("replay", "apply", tmp_path / "plan.json", "--confirm", "local"),
                *("--out", tmp_path / "replay", "--timeout", "1"),
            ),
            made.pickup("replay", "reconcile", tmp_path / "replay"),
            made.pickup("replay", "report", tmp_path / "replay", "--out", tmp_path / "reports"),
            made.pickup(
                *("history", "pull", "--target", made.tenant.url),
                *("--context", made.tenant.context),
                *("--credential", "env:PICKUP_ADA", "--out", tmp_path / "history.jsonl"),
            ),
        ]
        secrets = {value.rpartition(" ")[2] for value in made.tenant.secrets.values()}
    hidden = {*secrets, *filter(None, keys), *CUSTOMER.values()}
    written = {f"output {n}": done.stdout + done.stderr for n, done in enumerate(told)}
    for path in [*(tmp_path / "replay").rglob("*"), *(tmp_path / "reports").rglob("*")]:
        if path.suffix == ".parquet":
            written[path.name] = pd.read_parquet(path).to_csv()
        elif path.is_file():
            written[path.name] = path.read_text(encoding="utf-8")
    for name in ("plan.json", "history.jsonl"):
        written[name] = (tmp_path / name).read_text()

    assert {"calls.parquet", "observed.parquet", "replay_report.html", "summary.json"} <= set(
        written
    )
    assert len(hidden) > 120
    leaks = [
        (name, text) for name, content in written.items() for text in hidden if text in content
    ]
    assert leaks == []
