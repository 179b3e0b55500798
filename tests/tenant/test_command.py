"""``pickup tenant``: what it takes, what it prints, and how it tells what it cannot do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simulator.tenant.serving import running_tenant
from tests.tenant.served import Served

DESK = """\
context: Cust7
topics: [{id: 7, name: Night, welcome: Hei, open: false}]
users: [{id: 1, name: Zoe, responds: [7]}]
"""
SCENARIO = """\
name: shop
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: 5
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-17:00"]}
    arrivals: {rate_per_hour: 10}
    work: {exponential: {mean: 4m}}
  - id: 2
    name: Support
    opening_hours: {mon-fri: ["09:00-17:00"]}
    arrivals: {rate_per_hour: 10}
    work: {exponential: {mean: 4m}}
agents:
  - {group: Front, names: [Ada, Bo], topics: [Sales]}
  - {group: Back, names: [Cy], topics: [Sales, Support]}
"""


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_topics_and_users_come_from_a_file(tmp_path):
    with running_tenant("--desk", written(tmp_path / "desk.yaml", DESK)) as running:
        night = Served(running)
        assert running.context == "Cust7"
        assert night.ask("ZOE", "GET", "ChatTopic/7/IsOpen").json is False
        number = night.seed(1, topic=7)
        assert night.ask("ZOE", "POST", "ChatSession/Pickup").json["ChatSessionId"] == number
        said = night.ask("ZOE", "GET", f"ChatSession/{number}/Messages").json
        assert said[-1]["Message"] == "Hei"


def test_a_tenant_may_be_like_a_scenario(tmp_path):
    scenario, file = written(tmp_path / "shop.yaml", SCENARIO), tmp_path / "tenant.db"
    with running_tenant("--like", scenario, "--db", str(file)) as running:
        shop = Served(running)
        topics = shop.ask("CY", "GET", "ChatTopic/ForCurrentUser").json
        assert [(each["ChatTopicId"], each["Name"]) for each in topics] == [
            (101, "Sales"),
            (102, "Support"),
        ]
        shop.seed(1, topic=102)
        assert shop.ask("ADA", "POST", "ChatSession/Pickup").json is None
        assert shop.ask("CY", "POST", "ChatSession/Pickup").json["TopicId"] == 102
    other = written(tmp_path / "other.yaml", SCENARIO.replace("Bo", "Bea"))
    told = failed("--like", other, "--db", str(file))
    assert "holds a tenant with other topics or users; give another --db" in told


def test_settings_come_from_a_file_and_from_the_line_which_wins(tmp_path):
    file = written(tmp_path / "settings.yaml", "empty_pickup: '404'\npage_size: 7\n")
    with running_tenant("--settings", file, "--set", "empty_pickup=204") as running:
        told = running.admin("GET", "settings")
    assert (told["empty_pickup"], told["page_size"]) == ("204", 7)


def failed(*arguments):
    """What the command says when it ends with a mistake of its caller's."""
    done = subprocess.run(
        [sys.executable, "-m", "simulator.cli", "tenant", "--port", "0", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "page_size"], "write NAME=VALUE"),
        (["--set", "page_sise=7"], "did you mean"),
        (["--set", "time_zone=Nowhere"], "time zone 'Nowhere' is not known"),
        (["--settings", "none.yaml"], "settings cannot be read"),
        (["--desk", "a.yaml", "--like", "b.yaml"], "give one"),
        (["--db", "no_such_folder/tenant.db"], "is no file of a tenant"),
    ],
)
def test_what_the_command_cannot_do_is_told(arguments, told):
    assert told in failed(*arguments)


def test_the_address_alone_is_on_stdout_and_no_secret_anywhere_but_in_the_kit(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.cli", "tenant", "--port", "0", "--kit", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        first = process.stdout.readline()
        process.terminate()
        rest = process.stdout.read() + process.stderr.read()
    assert first.startswith("http://127.0.0.1:")
    assert first.endswith("/Cust12345\n")
    assert rest == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "agents.yaml",
        "tenant.env",
        "topics.yaml",
    ]
