"""Yesterday pulled from a tenant's archive, and looked back on, as a job does it every morning."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from simulator.calibration.daily import look_back, recorded_day
from simulator.calibration.daily.dates import today_in
from simulator.calibration.daily.measuring import OVERALL
from simulator.calibration.daily.telling import about, row
from simulator.reports.jobs.job_file import read_job
from simulator.reports.jobs.pulling import pulled
from simulator.tenant.serving import running_tenant
from tests.calibration.made_desks import simulated

pytestmark = pytest.mark.slow

DAYS = 4
DESK = """\
name: pulled desk
timezone: Europe/Oslo
start: {start}T00:00
days: {days}
topics:
  - id: 101
    name: Sales
    opening_hours: {{mon-sun: ["09:00-17:00"]}}
    arrivals: {{rate_per_hour: 12}}
    work: {{exponential: {{mean: 7m}}}}
    patience: {{exponential: {{mean: 5m}}}}
agents:
  - {{group: Desk, names: [Ada, Bo], topics: [Sales]}}
"""
STATUS = {"served": 7, "abandoned": 11}


@pytest.fixture(scope="module")
def yesterday():
    """By the desk's clock; the archive has nothing of today."""
    return today_in(ZoneInfo("Europe/Oslo")) - timedelta(days=1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory, yesterday):
    path = tmp_path_factory.mktemp("pulled") / "desk.yaml"
    path.write_text(DESK.format(start=yesterday - timedelta(days=DAYS - 1), days=DAYS))
    return path


@pytest.fixture(scope="module")
def recorded(desk):
    sessions = simulated(desk.read_text()).sessions
    asked, left = sessions["requested_at"], sessions["picked_up_at"].fillna(sessions["ended_at"])
    pending = [int((left[:number] > at).sum()) for number, at in enumerate(asked)]
    return sessions.assign(initial_queue_pos=[1 + number for number in pending])


@pytest.fixture
def job(desk, recorded, tmp_path, monkeypatch):
    """A job that pulls from a tenant with these sessions, and the tenant."""
    database = tmp_path / "tenant.db"
    with running_tenant("--like", str(desk), "--db", str(database)) as tenant:
        with closing(sqlite3.connect(database)) as store, store:
            filled(store, recorded)
        for name, value in tenant.secrets.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        pull = {"target": tenant.url, "context": tenant.context, "credential": "env:PICKUP_ADA"}
        part = {"notebooks": ["daily_report"], "scenarios": [str(desk)], "pull": pull}
        path = tmp_path / "morning.yaml"
        path.write_text(json.dumps({"reports": [part]}))  # which is YAML too
        told = read_job(path)
        told.folder.mkdir(parents=True)
        yield told, tenant


def filled(store, recorded):
    """The archive with these sessions, under the names that the tenant gave its users."""
    users = dict(store.execute("SELECT name, associate_id FROM users").fetchall())
    agents = {f"Agent {number}": users[name] for number, name in enumerate(("Ada", "Bo"), 1)}
    (topic,) = store.execute("SELECT id FROM topics").fetchone()
    for each in recorded.to_dict("records"):
        instants = [
            None if pd.isna(each[name]) else each[name].value // 1000
            for name in ("requested_at", "picked_up_at", "ended_at")
        ]
        agent = agents.get(each["agent"])
        place = each["initial_queue_pos"]
        values = (topic, agent, STATUS[each["outcome"]], *instants, place)
        store.execute(
            "INSERT INTO sessions (topic_id, user_id, status, when_requested, when_started,"
            " when_ended, initial_queue_pos, customer_name) VALUES (?, ?, ?, ?, ?, ?, ?, 'Kim')",
            values,
        )


def pulled_by(job, today):
    told = []
    file = pulled(job.parts[0].pull, job, job.parts[0], today, lambda *what, **how: told.append(
        (what[0], how)
    ))  # fmt: skip
    return file, told


def test_yesterday_is_pulled_and_beside_its_prediction(job, desk, recorded, yesterday):
    file, told = pulled_by(job[0], yesterday + timedelta(days=1))
    assert [what for what, _ in told] == ["pulled"]
    found = recorded_day(desk, [file])
    assert (found.day, found.state) == (yesterday, "whole")
    mine = recorded[recorded["requested_at"].dt.date == yesterday]
    assert found.figures["counts.offered"]["value"] == len(mine)
    served = mine.loc[mine["outcome"].astype(str) == "served", "wait_s"].astype(float)
    assert found.figures["asa_s"]["value"] == pytest.approx(served.mean())
    position = mine["initial_queue_pos"].mean()
    assert found.figures["queue_position.mean"]["value"] == pytest.approx(position)
    looked = look_back(desk, [file], yesterday, replications=50, coming=1)
    assert about(looked) == []
    assert row(looked.seen.days, "volume", OVERALL)["actual"] == len(mine)
    assert looked.verdict.kind in ("expected", "luck")
    assert looked.past.days["start"].nunique() == DAYS - 1


def test_a_tenant_that_is_away_leaves_the_last_pull_and_the_day_late(job, desk, yesterday):
    job, tenant = job
    file, _ = pulled_by(job, yesterday + timedelta(days=1))
    before = file.read_bytes()
    tenant.process.terminate()
    tenant.process.wait(30)
    _, told = pulled_by(job, yesterday + timedelta(days=2))
    assert [what for what, _ in told] == ["lost"]
    assert file.read_bytes() == before
    found = recorded_day(desk, [file], today=yesterday + timedelta(days=2))
    assert found.state == "late"
    assert "are not there yet, where" in found.sentence


def test_a_first_pull_that_fails_is_a_day_unread(job, desk, yesterday, monkeypatch):
    monkeypatch.delenv("PICKUP_ADA")
    file, told = pulled_by(job[0], yesterday + timedelta(days=1))
    assert "PICKUP_ADA" in told[0][1]["message"]
    found = recorded_day(desk, [file])
    assert found.state == "unread"
    assert "there is no such file" in found.sentence
