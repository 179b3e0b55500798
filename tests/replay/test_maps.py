"""The maps: names to TopicIds and to variables, with places, and never a secret."""

from __future__ import annotations

import pytest

from simulator.errors import GuardError, ScenarioError
from simulator.replay.maps import read_agents, read_topics

TOPICS = {1: "Sales", 2: "Support", 7: "2"}
AGENTS = ("Ada", "Bo", "Cy")


@pytest.fixture
def topics(tmp_path):
    def read(text):
        (tmp_path / "topics.yaml").write_text(text)
        return read_topics(tmp_path / "topics.yaml", TOPICS)

    return read


@pytest.fixture
def agents(tmp_path):
    def read(text):
        (tmp_path / "agents.yaml").write_text(text)
        return read_agents(tmp_path / "agents.yaml", AGENTS)

    return read


def test_topics_go_by_name_or_id_and_a_name_goes_first(topics):
    assert topics("Sales: 101\n2: 103\n") == {1: 101, 7: 103}
    assert topics("1: 101\n") == {1: 101}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Sales: 101\nSuport: 102\n", r"no topic 'Suport'; did you mean 'Support'\?.*yaml:2"),
        ("Sales: many\n", r"Sales is 'many'; give the tenant's TopicId.*yaml:1"),
        ("Sales: 0\n", "give the tenant's TopicId"),
        ("Sales: {id: 3}\n", "give the tenant's TopicId"),
        ("Sales: 5\nSupport: 5\n", r"TopicId 5 stands for two topics.*yaml:2"),
        ("Sales: 5\n1: 6\n", r"Sales is given twice.*yaml:2"),
        ("- Sales\n", "is no mapping"),
        ("", "is no mapping"),
        ("Sales: [\n", "not YAML"),
    ],
)
def test_what_is_wrong_with_topics_is_told_with_its_place(topics, text, told):
    with pytest.raises(ScenarioError, match=told):
        topics(text)


def test_a_map_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ScenarioError, match="there is no file"):
        read_topics(tmp_path / "none.yaml", TOPICS)


def test_every_complaint_is_told_at_once(topics):
    with pytest.raises(ScenarioError) as caught:
        topics("Sails: 1\nSupport: x\n")
    assert len(str(caught.value).splitlines()) == 2


FULL = """
customers: {env: PICKUP_CUSTOMERS}
agents:
  Ada: {env: PICKUP_ADA, refresh_token: {env: PICKUP_ADA_REFRESH}}
  Bo: {keyring: pickup-lab/bo}
  "*": {env: PICKUP_SHARED}
app_token: {env: PICKUP_APP_TOKEN}
refresh: {url: "https://sod.superoffice.com/x", client_id: abc, client_secret: {env: PICKUP_APP}}
"""


def test_each_agent_has_a_lane_or_shares_one(agents):
    found = agents(FULL)
    assert [found.lane_of(name) for name in AGENTS] == ["Ada", "Bo", "*"]
    assert agents("agents: {Ada: {env: A}}").lane_of("Bo") is None


def test_a_lanes_credential_has_what_all_share(agents):
    shared = {
        "app_token": {"env": "PICKUP_APP_TOKEN"},
        "refresh": {
            "url": "https://sod.superoffice.com/x",
            "client_id": "abc",
            "client_secret": {"env": "PICKUP_APP"},
        },
    }
    found = agents(FULL)
    assert found.credential("Ada") == {
        "env": "PICKUP_ADA",
        "refresh_token": {"env": "PICKUP_ADA_REFRESH"},
        **shared,
    }
    assert found.credential("Bo") == {"keyring": "pickup-lab/bo", **shared}
    assert found.credential("customers") == {"env": "PICKUP_CUSTOMERS", **shared}


def test_customers_go_by_the_first_agents_credential_unless_told(agents):
    assert agents("agents: {Bo: {env: B}, Ada: {env: A}}").credential("customers") == {"env": "B"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("agents: {Adda: {env: A}}", r"no agent 'Adda'; did you mean 'Ada'\?.*yaml:1"),
        ("agents: {Ada: {environment: A}}", r"unknown key agents.Ada.environment"),
        ("agent: {Ada: {env: A}}", r"unknown key agent; did you mean 'agents'\?"),
        ("agents: {Ada: {env: A, keyring: a/b}}", "needs one of env and keyring"),
        ("agents: {Ada: {}}", "needs one of env and keyring"),
        ("agents: {Ada: [A]}", "is no mapping"),
        ("customers: {env: C}", "names no agents"),
        ("agents: {Ada: {env: A}}\nrefresh: {url: u, client_id: i}", "client_secret is missing"),
    ],
)
def test_what_is_wrong_with_agents_is_told(agents, text, told):
    with pytest.raises(ScenarioError, match=told):
        agents(text)


SECRET = "8A:Cust1.AbCdEfGh12"


@pytest.mark.parametrize(
    "text",
    [
        f"agents: {{Ada: '{SECRET}'}}",
        f"agents: {{Ada: {{env: '{SECRET}'}}}}",
        f"agents: {{Ada: {{keyring: '{SECRET}'}}}}",
        f"agents: {{Ada: {{env: A, refresh_token: '{SECRET}'}}}}",
        f"customers: 'Bearer {SECRET}'\nagents: {{Ada: {{env: A}}}}",
        f"agents: {{Ada: {{env: A}}}}\napp_token: {SECRET}",
        "agents: {Ada: {env: aB3dE6gH9}}",
    ],
)
def test_what_may_be_a_secret_is_refused_and_not_repeated(agents, text):
    with pytest.raises(GuardError, match="may be a secret") as caught:
        agents(text)
    assert "AbCd" not in str(caught.value)
    assert "aB3d" not in str(caught.value)
