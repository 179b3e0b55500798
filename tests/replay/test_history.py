"""``pickup history pull``: what it prints and writes, and what it says when it may not."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from simulator import scenario
from simulator.calibration.history import read_history
from simulator.cli import main
from simulator.tenant.serving import running_tenant
from tests.calibration.made_desks import simulated
from tests.replay.old_chats import CONTEXT, TOKEN, OldChats, some_chats
from tests.replay.stub import Reply, running


@pytest.fixture(autouse=True)
def secret(monkeypatch, tmp_path):
    monkeypatch.setenv("PICKUP_HISTORY", TOKEN)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def arguments(url, out, *more):
    given = ["history", "pull", "--target", url, "--context", CONTEXT, "--out", str(out)]
    return [*given, *(more or ("--credential", "env:PICKUP_HISTORY")), "--page-size", "5"]


def called(monkeypatch, *given) -> int:
    """The exit code of ``pickup`` with these arguments."""
    monkeypatch.setattr(sys, "argv", ["pickup", *given])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_it_prints_the_path_and_tells_what_it_did(tmp_path, monkeypatch, capsys):
    out = tmp_path / "h.jsonl"
    with running(OldChats(some_chats(12))) as stub:
        assert called(monkeypatch, *arguments(stub.url, out)) == 0
    told = capsys.readouterr()
    assert told.out == f"{out}\n"
    assert told.err == "pulled 12 sessions in 5 requests\n"


def test_what_calibration_will_miss_is_told(tmp_path, monkeypatch, capsys):
    def no_list(path, *_):
        return Reply(status=404) if path.startswith("MDOList") else None

    chats = some_chats(3)
    for chat in chats:
        chat.agent = None
    script = OldChats(chats, instead=no_list)
    with running(script) as stub:
        assert called(monkeypatch, *arguments(stub.url, tmp_path / "h.jsonl")) == 0
    told = capsys.readouterr().err
    assert "known labels only" in told
    assert "2 of 2 picked up do not tell by whom" in told


@pytest.mark.parametrize(
    ("credential", "code", "said"),
    [
        ("Bearer 8A:Cust1.abcdefgh", 4, "looks like a secret"),
        ("8A:Cust1.abcdefgh", 4, "looks like a secret"),
        ("hunter2", 2, "--credential cannot be read; give env:NAME"),
        ("env:hunter-2", 2, "--credential cannot be read; give env:NAME"),
        ("env:PICKUP_NOT_SET", 2, "variable PICKUP_NOT_SET"),
    ],
)
def test_a_credential_is_named_and_never_given(
    credential, code, said, tmp_path, monkeypatch, capsys
):
    out = tmp_path / "h.jsonl"
    given = arguments("http://127.0.0.1:1", out, "--credential", credential)
    assert called(monkeypatch, *given) == code
    told = capsys.readouterr().err
    assert said in told
    assert "abcdefgh" not in told
    assert "hunter" not in told
    assert not out.exists()


def test_production_is_refused(tmp_path, monkeypatch, capsys):
    given = arguments("https://online3.superoffice.com", tmp_path / "h.jsonl")
    assert called(monkeypatch, *given) == 4
    assert "production host" in capsys.readouterr().err


def test_no_secret_and_no_customer_in_the_output_or_the_files(tmp_path, monkeypatch, capsys):
    out = tmp_path / "h.jsonl"
    chats = OldChats(some_chats(12))
    with running(chats) as stub:
        chats.instead = lambda path, number, _: Reply(status=401) if number >= 2 else None
        assert called(monkeypatch, *arguments(stub.url, out)) == 4
    told = capsys.readouterr()
    left = [path.read_text("utf-8") for path in tmp_path.iterdir() if path.is_file()]
    everything = "".join([told.out, told.err, *left])
    assert "ChatSession" in everything or "chatSessionId" in everything
    for word in ("token-history", "Kim", "kim@", "my secret wish", "Ada Example"):
        assert word not in everything


@pytest.mark.crash
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is unix")
def test_killed_again_and_again_it_comes_to_the_same_bytes(tmp_path):
    with running(OldChats(some_chats(200))) as stub:
        command = [sys.executable, "-m", "simulator.cli", *arguments(stub.url, tmp_path / "w")]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        out, kills = tmp_path / "h.jsonl", 0
        command = [sys.executable, "-m", "simulator.cli", *arguments(stub.url, out), "--rate", "60"]
        while not out.exists():
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.PIPE)
            lasts_s = 0.5 + 0.07 * kills
            try:
                process.communicate(timeout=lasts_s)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                kills += 1
            assert kills < 40
    assert kills >= 2
    assert out.read_bytes() == (tmp_path / "w").read_bytes()


# ------------------------------------------------------------------------- from the local tenant

DESK = """\
name: shop
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: {days}
topics:
  - id: 1
    name: Sales
    opening_hours: {{mon-fri: ["09:00-11:00"]}}
    arrivals: {{rate_per_hour: 40}}
    work: {{exponential: {{mean: 4m}}}}
    patience: {{exponential: {{mean: 4m}}}}
agents:
  - {{group: Desk, names: [Ada, Bo, Cy], topics: [Sales]}}
"""
COLUMNS = ["requested_at", "picked_up_at", "ended_at", "outcome", "wait_s", "handle_s", "topic"]


@contextmanager
def old_tenant(folder, *, days, **settings):
    """A local tenant whose archive holds some days of that desk, and these days' sessions."""
    desk, database = folder / "shop.yaml", folder / "tenant.db"
    desk.write_text(DESK.format(days=days), encoding="utf-8")
    recorded = simulated(desk.read_text("utf-8")).sessions
    told = [f"--set={name}={value}" for name, value in settings.items()]
    with running_tenant("--like", str(desk), "--db", str(database), *told) as tenant:
        with closing(sqlite3.connect(database)) as store, store:
            users = dict(store.execute("SELECT name, associate_id FROM users").fetchall())
            agents = {f"Agent {n}": users[name] for n, name in enumerate(("Ada", "Bo", "Cy"), 1)}
            store.executemany(
                "INSERT INTO sessions (topic_id, user_id, status, when_requested, when_started,"
                " when_ended, initial_queue_pos, customer_name, customer_email, first_message)"
                " VALUES (101, ?, ?, ?, ?, ?, 1, 'Kim Example', 'kim@example.com', 'my wish')",
                list(rows_of(recorded, agents)),
            )
        yield tenant, recorded


def rows_of(recorded, agents):
    """The tenant's rows; instants as microseconds since 1970."""
    times = [
        [None if pd.isna(at) else at.value // 1000 for at in recorded[name]]
        for name in ("requested_at", "picked_up_at", "ended_at")
    ]
    status = recorded["outcome"].astype(str).map({"served": 7, "abandoned": 11})
    names = recorded["agent"].astype(object)
    for agent, state, *instants in zip(names, status, *times, strict=True):
        yield agents.get(agent), int(state), *instants


def pull(monkeypatch, tenant, out, *more):
    """Pull as Ada."""
    for name, value in tenant.secrets.items():
        monkeypatch.setenv(name, value)
    given = ["--target", tenant.url, "--context", tenant.context, "--credential", "env:PICKUP_ADA"]
    assert called(monkeypatch, "history", "pull", *given, "--out", str(out), *more) == 0


@pytest.mark.parametrize("timespans", ["seconds", "marked"])
@pytest.mark.parametrize("queue_length", ["position", "position_less_one"])
def test_what_the_tenant_has_is_what_calibration_reads(
    timespans, queue_length, tmp_path, monkeypatch
):
    settings = {
        "timespan_text": timespans,
        "queue_length_column": queue_length,
        "time_zone": "America/New_York",
        "page_size": 30,
    }
    out = tmp_path / "h.jsonl"
    with old_tenant(tmp_path, days=2, **settings) as (tenant, recorded):
        pull(monkeypatch, tenant, out, "--page-size", "40")
    read = read_history(out, zone=ZoneInfo("Europe/Oslo"))
    assert len(read.sessions) > 100
    assert not read.problems.left_out
    pd.testing.assert_frame_equal(
        read.sessions[COLUMNS], recorded[COLUMNS], check_categorical=False, check_dtype=False
    )
    agents = [frame["agent"].astype(object) for frame in (read.sessions, recorded)]
    assert agents[0].equals(agents[1])
    assert set(read.sessions["initial_queue_pos"]) == {1}
    assert "kim" not in out.read_text("utf-8").lower()


def test_days_are_cut_as_the_desk_counts_them(tmp_path, monkeypatch):
    out = tmp_path / "h.jsonl"
    dates = ("--from", "2026-03-03", "--until", "2026-03-04", "--zone", "Europe/Oslo")
    with old_tenant(tmp_path, days=4) as (tenant, recorded):
        pull(monkeypatch, tenant, out, *dates, "--topic", "101")
    read = read_history(out, zone=ZoneInfo("Europe/Oslo"))
    days = recorded["requested_at"].dt.day
    assert [str(day) for day in read.dates] == ["2026-03-03", "2026-03-04"]
    assert len(read.sessions) == days.isin([3, 4]).sum()


@pytest.mark.slow
def test_a_pulled_history_makes_a_scenario(tmp_path, monkeypatch, capsys):
    out, made = tmp_path / "h.jsonl", tmp_path / "new.yaml"
    with old_tenant(tmp_path, days=12) as (tenant, _):
        pull(monkeypatch, tenant, out)
    given = [str(out), "--zone", "Europe/Oslo", "--out", str(made), "--jobs", "1"]
    assert called(monkeypatch, "calibrate", *given, "--chats", "1000") == 0
    (topic,) = scenario.load(made).topics
    assert topic.name == "Sales"
    assert "h.jsonl (archive, " in capsys.readouterr().err
