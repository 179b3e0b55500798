"""YAML without its traps, and one file extending another."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.scenario import load
from simulator.scenario.documents import Entry, compose, parse, plain, read
from simulator.scenario.reading import from_tree
from tests.scenario.written import complaint, desk


def values(text: str) -> object:
    return plain(parse(text, file="desk.yaml", folder=Path()))


def test_scalars_stay_what_was_written():
    text = "{a: 10:00, b: no, c: 2026-03-23, d: 1.70, e: 0x10, f: 1_000, g: on, h: 1e3}"
    assert values(text) == {
        "a": "10:00",
        "b": "no",
        "c": "2026-03-23",
        "d": "1.70",
        "e": "0x10",
        "f": "1_000",
        "g": "on",
        "h": "1e3",
    }


def test_null_true_and_false_are_what_they_say_unless_quoted():
    assert values("{a: null, b: ~, c: , d: true, e: False, f: 'null', g: \"true\"}") == {
        "a": None,
        "b": None,
        "c": None,
        "d": True,
        "e": False,
        "f": "null",
        "g": "true",
    }


def test_an_alias_stands_for_what_it_names():
    assert values("a: &x {b: 1}\nc: *x") == {"a": {"b": "1"}, "c": {"b": "1"}}


# text, what is said
NO_YAML = [
    ("a: 1\nb: 2\na: 3", "the key 'a' is given twice, first in line 1; keep one (desk.yaml:3)"),
    ("a: [1", "this is not YAML"),
    ("a: 1\n  b: 2", "(desk.yaml:2)"),
    ("a: &x [*x]", "contains itself"),
    ("? [a]\n: 1", "a key is not plain text"),
    ("", "the scenario is empty"),
    ("# nothing but a comment\n", "the scenario is empty"),
    ("- a\n- b", "the scenario is a list; write a mapping"),
    ("just text", "the scenario is a str; write a mapping"),
    ("a: 1\n---\nb: 2", "this is not YAML"),
    ("a: \x00", "this is not YAML"),
]


@pytest.mark.parametrize(("text", "said"), NO_YAML)
def test_what_is_no_scenario_document(text: str, said: str):
    with pytest.raises(ScenarioError) as caught:
        values(text)
    assert said in str(caught.value)


def test_a_file_says_only_what_differs_from_the_one_it_extends(write):
    write("base.yaml", desk(topic="patience: {exponential: {mean: 4m}}"))
    more = write(
        "more.yaml",
        """
        extends: base.yaml
        name: more
        topics:
          - {name: Sales, arrivals: {scale: 1.5}}
        agents:
          - {group: Desk, count: 3}
        """,
    )
    base, scenario = load(more.with_name("base.yaml")), load(more)
    assert (base.name, len(base.agents), base.topics[0].arrivals.expected.sum()) == ("tiny", 2, 144)
    assert (scenario.name, len(scenario.agents)) == ("more", 3)
    assert scenario.topics[0].arrivals.expected.sum() == 216
    assert scenario.topics[0].patience == base.topics[0].patience


def test_topics_and_groups_of_new_names_are_added(write):
    write("base.yaml", desk())
    path = write(
        "more.yaml",
        """
        extends: base.yaml
        topics:
          - {id: 2, name: Support, arrivals: {rate_per_hour: 3}, work: {fixed: 9m}}
        agents:
          - {group: Night desk, count: 1, topics: [Sales, Support]}
        """,
    )
    scenario = load(path)
    assert [topic.name for topic in scenario.topics] == ["Sales", "Support"]
    assert [group.topics for group in scenario.groups] == [(0,), (0, 1)]


def test_a_distribution_is_replaced_whole(write):
    write("base.yaml", desk(work="{gamma: {mean: 7m, cv: 0.9}}"))
    path = write("x.yaml", "extends: base.yaml\ntopics: [{name: Sales, work: {fixed: 5m}}]")
    assert load(path).topics[0].work.mean == 300


def test_null_takes_out_what_is_inherited(write):
    write("base.yaml", desk(topic="patience: {fixed: 4m}"))
    path = write(
        "x.yaml",
        """
        extends: base.yaml
        topics:
          - name: Sales
            patience: null
            arrivals: {rate_per_hour: null, trace: [{at: 2026-03-23T09:00}]}
        """,
    )
    topic = load(path).topics[0]
    assert topic.patience is None
    assert topic.arrivals.trace_us is not None


def test_tables_are_looked_for_beside_the_file_that_names_them(tmp_path: Path, write):
    (tmp_path / "base").mkdir()
    write("base/roster.csv", "agent,weekday,start,end\nAda,mon,09:00,17:00\n")
    write("base/desk.yaml", desk(people="roster: roster.csv"))
    path = write("variant.yaml", "extends: base/desk.yaml\nname: variant\n")
    assert [agent.name for agent in load(path).agents] == ["Ada"]


def test_an_error_names_the_file_it_is_in(write):
    base = write("base.yaml", desk(work="{exponential: {mean: -8m}}"))
    path = write("x.yaml", "extends: base.yaml\ndays: none\n")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert f"({base}:10)" in str(caught.value)
    assert f"({path}:2)" in str(caught.value)


def test_files_may_not_extend_each_other_in_a_ring(write):
    write("a.yaml", "extends: b.yaml")
    path = write("b.yaml", "extends: a.yaml")
    with pytest.raises(ScenarioError, match=r"extends itself.*a\.yaml:1"):
        load(path)


def test_files_that_are_not_there_or_cannot_be_read(write, tmp_path: Path):
    path = write("a.yaml", "name: a\nextends: nowhere.yaml")
    with pytest.raises(ScenarioError, match=r"there is no file .*nowhere.yaml.*a\.yaml:2"):
        load(path)
    with pytest.raises(ScenarioError, match="there is no file"):
        load(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(tmp_path / "latin.yaml")


def test_a_folder_is_no_scenario_but_may_hold_one(write, tmp_path: Path):
    with pytest.raises(ScenarioError, match=r"is a folder; name a scenario file$"):
        load(tmp_path)
    path = write("scenario.yaml", "name: a")
    with pytest.raises(ScenarioError, match=f"is a folder; name a scenario file, such as {path}$"):
        load(tmp_path)


def test_extends_names_one_file():
    assert "extends is not a path" in complaint("extends: [a.yaml, b.yaml]")


def test_any_yaml_has_a_tree_as_it_stands():
    tree = compose("- extends: nowhere.yaml", file="list.yaml", folder=Path())
    assert plain(tree) == [{"extends": "nowhere.yaml"}]


def test_a_tree_that_was_changed_is_read_like_a_file(write):
    tree = read(write("base.yaml", desk()))
    assert isinstance(tree.value, dict)
    assert len(from_tree(tree).dates) == 1
    tree.value["days"] = Entry("3", tree.place)
    assert len(from_tree(tree).dates) == 3
