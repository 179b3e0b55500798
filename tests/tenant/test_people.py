"""Topics and users from a file, and the kit of maps and secrets that is written for them."""

from __future__ import annotations

import base64
import stat
import sys

import pytest

from simulator.errors import ScenarioError
from simulator.replay.maps import read_agents, read_topics
from simulator.tenant.auth import Door
from simulator.tenant.kit import write_kit
from simulator.tenant.people import SAMPLE, Staffing, TopicOf, UserOf, read_staffing
from simulator.tenant.settings import Settings
from simulator.tenant.store import Store

DESK = """\
context: Cust77
topics: [{id: 101, name: Sales, welcome: Hei}, {id: 102, name: Support, open: false}]
users:
  - {id: 11, name: Ada, responds: [101, 102], manages: [101]}
  - {id: 90, name: customers, listens: [101], system: true}
"""


def read(folder, text):
    path = folder / "desk.yaml"
    path.write_text(text, encoding="utf-8")
    return read_staffing(path)


def test_a_file_tells_topics_users_and_rights(tmp_path):
    assert read(tmp_path, DESK) == Staffing(
        "Cust77",
        (TopicOf(101, "Sales", "Hei"), TopicOf(102, "Support", is_open=False)),
        (
            UserOf(11, "Ada", (101, 102), manages=(101,)),
            UserOf(90, "customers", listens=(101,), is_system=True),
        ),
    )


@pytest.mark.parametrize(
    ("was", "is_now", "told"),
    [
        ("welcome: Hei", "welcom: Hei", "unknown key welcom.*did you mean.*welcome"),
        ("id: 102", "id: 101", "topic 101 is there twice"),
        ("id: 90", "id: 11", "user 11 is there twice"),
        ("name: customers", "name: Ada", "user Ada is there twice"),
        ("responds: [101, 102]", "responds: [101, 103]", "user Ada names topic 103"),
        ("id: 11,", "", "id is missing"),
        ("id: 11,", "id: eleven,", "'eleven' is no whole number from 1"),
        ("name: Sales,", "", "name is missing"),
        ("open: false", "open: sometimes", "open is 'sometimes'; give true or false"),
        ("topics:", "topic:", "unknown key topic"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(tmp_path, was, is_now, told):
    assert was in DESK
    with pytest.raises(ScenarioError, match=rf"(?s){told}.*desk\.yaml"):
        read(tmp_path, DESK.replace(was, is_now))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ScenarioError, match=r"none\.yaml cannot be read"):
        read_staffing(tmp_path / "none.yaml")


# ------------------------------------------------------------------------------ the kit


def variables(folder):
    lines = (folder / "tenant.env").read_text(encoding="utf-8").splitlines()
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def kit_of(folder, staffing):
    with Store(":memory:", staffing) as store:
        write_kit(folder, store, "admin")
        door = Door(store)
    return variables(folder), door


def test_the_maps_are_those_that_a_replay_reads(tmp_path):
    kit_of(tmp_path, SAMPLE)
    topics = read_topics(tmp_path / "topics.yaml", {1: "Sales", 2: "Support"})
    agents = read_agents(tmp_path / "agents.yaml", ("Ada", "Bo", "Cy"))
    assert topics == {1: 101, 2: 102}
    assert {lane: told["env"] for lane, told in agents.lanes.items()} == {
        "Ada": "PICKUP_ADA",
        "Bo": "PICKUP_BO",
        "Cy": "PICKUP_CY",
    }
    assert agents.customers["env"] == "PICKUP_CUSTOMERS"


def test_every_secret_of_the_kit_opens_the_door(tmp_path):
    told, door = kit_of(tmp_path, SAMPLE)
    app = {"so-apptoken": "any"}
    cookie = {"cookie": f"XSRF-TOKEN={told['PICKUP_BO_XSRF']}"}
    callers = [
        door.caller(headers, Settings())
        for headers in (
            {"authorization": told["PICKUP_BO"]},
            {"authorization": told["PICKUP_BO_TICKET"], **app},
            {"authorization": told["PICKUP_BO_BASIC"]},
            {"x-xsrf-token": told["PICKUP_BO_XSRF"], **cookie},
        )
    ]
    assert callers == [12, 12, 12, 12]
    assert base64.b64decode(told["PICKUP_BO_BASIC"].split()[1]).startswith(b"Bo:")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are another thing there")
def test_secrets_are_for_their_owner_alone_also_over_an_older_file(tmp_path):
    (tmp_path / "tenant.env").write_text("open to all")
    kit_of(tmp_path, SAMPLE)
    assert stat.S_IMODE((tmp_path / "tenant.env").stat().st_mode) == 0o600


def test_names_of_any_kind_have_a_variable_each(tmp_path):
    names = ("Ada Holm", "Ada-Holm", "Łódź", "山", 'Kim "O\'Neil"')
    users = tuple(UserOf(number, name, (1,)) for number, name in enumerate(names, start=1))
    told, door = kit_of(tmp_path, Staffing("Cust1", (TopicOf(1, "a: 'b' \"c\""),), users))
    lanes = read_agents(tmp_path / "agents.yaml", names).lanes
    assert read_topics(tmp_path / "topics.yaml", {7: "a: 'b' \"c\""}) == {7: 1}
    callers = [
        door.caller({"authorization": told[lanes[name]["env"]]}, Settings()) for name in names
    ]
    assert callers == [1, 2, 3, 4, 5]


def test_who_has_no_token_left_gets_a_new_one(tmp_path):
    with Store(tmp_path / "tenant.db", SAMPLE) as store:
        Door(store).expire()
    with Store(tmp_path / "tenant.db", SAMPLE) as store:
        write_kit(tmp_path, store, "admin")
        token = variables(tmp_path)["PICKUP_ADA"]
        assert Door(store).caller({"authorization": token}, Settings()) == 11
