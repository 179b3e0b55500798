"""The whole way by the command line: simulate, serve a tenant, plan, replay, report, pull."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.replay.desks import Desk, check_account, check_pickups, desk, outcomes

ROOT = Path(__file__).parents[2]
CHAT_DESK = ROOT / "data/scenarios/chat_desk.yaml"
HOUR = ("--from", "2026-03-23T10:00", "--to", "2026-03-23T11:00")


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """An hour of the shipped desk, sixty times as fast, with everything that customers do."""
    from simulator.tenant.serving import running_tenant

    folder = tmp_path_factory.mktemp("whole")
    with running_tenant("--like", str(CHAT_DESK)) as tenant:
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
    history = read_history([made.folder / "history.jsonl"])
    assert len(history.sessions) == plan.head.counts["create"]


GUARDED = [
    # options that take the place of the right ones, exit code, what the message names
    (["--target", "https://online3.superoffice.com"], 4, "production"),
    (["--target", "https://crm.example.com"], 4, "not known as a test tenant"),
    (["--target", "http://sod2.superoffice.com"], 4, "https"),
    (["--target", "https://user:secret-word@sod2.superoffice.com"], 4, "secret"),
    (["--target", "https://localhost.example.com"], 4, "not known as a test tenant"),
    (["--context", "Cust99999"], 4, "Cust"),
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("guarded")) as made:
        made.fill(5)
        yield made


@pytest.mark.xdist_group("replay_guards")
@pytest.mark.parametrize(("options", "code", "named"), GUARDED, ids=lambda value: str(value)[:40])
def test_a_plan_for_the_wrong_place_is_refused(guarded, options, code, named):
    done = guarded.pickup(*guarded.plan_arguments(*options), code=code)
    assert named in done.stderr
    assert "secret-word" not in done.stderr
    assert guarded.truth()["picked_up"] == 0


@pytest.mark.xdist_group("replay_guards")
def test_missing_caps_are_refused_before_anything_is_asked(guarded):
    arguments = [str(each) for each in guarded.plan_arguments()]
    at = arguments.index("--max-rate")
    done = guarded.pickup(*arguments[:at], *arguments[at + 2 :], code=4)
    assert "--max-rate" in done.stderr


@pytest.mark.xdist_group("replay_guards")
def test_a_token_on_the_command_line_is_refused_and_not_repeated(guarded):
    token = guarded.tenant.secrets["PICKUP_ADA"]
    done = guarded.pickup(*guarded.plan_arguments("--out", f"plan-{token}.json"), code=4)
    assert token.removeprefix("Bearer ") not in done.stderr


@pytest.mark.xdist_group("replay_guards")
@pytest.mark.parametrize("change", ["run", "map", "plan", "expiry", "confirmation"])
def test_apply_refuses_what_is_not_as_it_was_planned(guarded, change, tmp_path):
    guarded.plan("--mode", "pickups")
    plan, confirm = guarded.folder / "plan.json", "local"
    undo = lambda: None  # noqa: E731
    if change == "run":
        file = guarded.run / "scenario.yaml"
        before = file.read_bytes()
        file.write_bytes(before + b"\n")
        undo = lambda: file.write_bytes(before)  # noqa: E731
    elif change == "map":
        file = guarded.tenant.kit / "topics.yaml"
        before = file.read_bytes()
        file.write_bytes(before + b"# changed\n")
        undo = lambda: file.write_bytes(before)  # noqa: E731
    elif change == "plan":
        text = plan.read_text()
        plan.write_text(text.replace('"max_pickups": 1000', '"max_pickups": 9000'))
        assert plan.read_text() != text
    elif change == "expiry":
        plan = expired(guarded, tmp_path)
    else:
        confirm = guarded.tenant.context
    out = tmp_path / "replay"
    try:
        done = guarded.pickup(
            "replay", "apply", plan, "--confirm", confirm, "--out", out, code=None
        )
    finally:
        undo()
    assert done.returncode in ((2, 4) if change == "run" else (4,)), done.stderr
    assert guarded.truth()["picked_up"] == 0


def expired(guarded, folder):
    """The plan as it would be, had it been made two days ago."""
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta

    from simulator.replay.plan import Plan, read_plan, write_plan

    plan = read_plan(guarded.folder / "plan.json")
    made = datetime.now(UTC) - timedelta(days=2)
    head = replace(
        plan.head,
        made_at=made.isoformat(timespec="seconds"),
        expires_at=(made + timedelta(days=1)).isoformat(timespec="seconds"),
    )
    write_plan(Plan(head, plan.calls), folder / "old.json")
    return folder / "old.json"


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

    with desk(tmp_path, "--db", str(tmp_path / "tenant.db")) as made:
        made.fill(60)
        api = f"{made.tenant.url}/{made.tenant.context}/api/v1/ChatSession"
        headers = {"Authorization": made.tenant.secrets["PICKUP_CUSTOMERS"]}
        keys = []
        with httpx.Client(trust_env=False, headers=headers) as client:
            for number in range(1, 121):
                session = client.get(f"{api}/{number}").json()
                keys.append(session["SessionKey"])
                client.put(f"{api}/{number}", json={**session, **CUSTOMER}).raise_for_status()
        made.plan("--mode", "pickups", "--warp", 600)
        told = [
            made.pickup(
                *("replay", "apply", tmp_path / "plan.json", "--confirm", "local"),
                *("--out", tmp_path / "replay"),
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
            written[path.name] = pd.read_parquet(path).to_json()
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
