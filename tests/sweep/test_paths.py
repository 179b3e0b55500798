"""Paths into a scenario: how they are spelt, where they lead, and what is put there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import Place, ScenarioError
from simulator.scenario.documents import Entry, compose, plain
from simulator.sweep.paths import ScenarioPath, parse_path, placed, value_at

DESK = """
name: desk
routing: least_loaded
topics:
  - {id: 1, name: Sales, arrivals: {rate_per_hour: 6}, opening_hours: {mon-fri: "08:00-18:00"}}
  - {id: 2, name: "On [hold]", transfer: {to: {Sales: 0.1}}}
  - {id: 3, name: Sales}
agents:
  - {group: Sales desk, names: [Ada, Bo], output: [1, 1.7]}
  - {group: Night}
"""

HERE = Place("study.yaml", 7)


def tree(text: str = DESK) -> Entry:
    return compose(text, file="desk.yaml", folder=Path("scenarios"))


def entry(text: str) -> Entry:
    return Entry(compose(text, file="", folder=Path()).value, HERE, Path("studies"))


def after(path: str, value: str) -> object:
    """The desk with the value at the path, without its places."""
    return plain(placed(tree(), parse_path(path), entry(value)))


# what is written, its steps
SPELT = [
    ("routing", ["routing"]),
    ("service_level.target", ["service_level", "target"]),
    ("agents[Sales desk].count", ["agents", "[Sales desk]", "count"]),
    ("topics[On [hold]].patience", ["topics", "[On [hold]]", "patience"]),
    ("agents[A].output[1]", ["agents", "[A]", "output", "[1]"]),
    (
        "topics[A.b].transfer.to[After sales]",
        ["topics", "[A.b]", "transfer", "to", "[After sales]"],
    ),
    (" topics[ Sales ] . arrivals . scale ", ["topics", "[Sales]", "arrivals", "scale"]),
    ("topics[A].opening_hours.mon-fri", ["topics", "[A]", "opening_hours", "mon-fri"]),
]


@pytest.mark.parametrize(("text", "steps"), SPELT)
def test_a_path_has_keys_and_brackets(text: str, steps: list[str]):
    assert [str(step) for step in parse_path(text).steps] == steps


@pytest.mark.parametrize(
    "text", ["", "[a]", "a..b", "a[", "a[]", "a.", ".a", "a]b", "a[b]c", "a[[b]"]
)
def test_what_is_no_path_is_refused_with_its_place(text: str):
    with pytest.raises(ScenarioError, match=r"is no path; .* \(study\.yaml:7\)"):
        parse_path(text, HERE)


def test_extends_is_no_part_of_the_world():
    with pytest.raises(ScenarioError, match="a study for each base"):
        parse_path("extends")


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9 _-]{0,8}[A-Za-z0-9]", fullmatch=True)


@given(NAMES, st.lists(st.tuples(NAMES, st.booleans()), max_size=5))
def test_a_path_is_spelt_in_one_form(first: str, rest: list[tuple[str, bool]]):
    text = first + "".join(f"[{name}]" if picked else f".{name}" for name, picked in rest)
    path = parse_path(text)
    assert str(path) == text
    assert parse_path(str(path)) == path
    assert path.covers(path)
    assert len(path.steps) == 1 + len(rest)


def test_brackets_and_dots_lead_to_the_same_key():
    assert parse_path("a.b[c]") == parse_path("a[b].c")
    assert len({parse_path("a.b"), parse_path("a[b]")}) == 1


def test_a_path_covers_what_lies_beneath():
    form = parse_path("topics[Sales].offline_form")
    assert form.covers(parse_path("topics[Sales].offline_form.after"))
    assert not form.covers(parse_path("topics[Sales].offline_forms"))
    assert not parse_path("topics[Sales].offline_form.after").covers(form)


# path, what stands there
FOUND = [
    ("routing", "least_loaded"),
    ("topics[Sales].arrivals.rate_per_hour", "6"),
    ("topics[Sales].id", "1"),  # the first of two namesakes, as a reader would take it
    ("topics[On [hold]].transfer.to.Sales", "0.1"),
    ("agents[Sales desk].names", ["Ada", "Bo"]),
    ("agents[Sales desk].output[1]", "1.7"),
    ("agents.Night.group", "Night"),
    ("topics[Sales].patience", None),
    ("topics[Sales].arrivals.rate_per_hour.x", None),
    ("agents[Day].count", None),
    ("agents[Sales desk].output[2]", None),
    ("closing", None),
]


@pytest.mark.parametrize(("path", "value"), FOUND)
def test_what_stands_at_a_path(path: str, value: object):
    found = value_at(tree(), parse_path(path))
    assert (None if found is None else plain(found)) == value


# path, value
PUT = [
    ("routing", "fill_first"),
    ("closing", "drain"),
    ("holidays[2026-12-25]", "closed"),
    ("topics[Sales].arrivals.scale", "1.1"),
    ("topics[Sales].arrivals", {"trace": "t.csv"}),
    ("topics[On [hold]].offline_form.after", "5m"),
    ("topics[On [hold]].reaction.lognormal.mean", "20s"),
    ("agents[Night].hours.mon-fri", ["08:00-16:00"]),
    ("agents[Sales desk].output", ["1", "1.8"]),
    ("agents[Sales desk].output[1]", "1.9"),
    ("agents", [{"group": "Only"}]),
]


@pytest.mark.parametrize(("path", "value"), PUT)
def test_a_value_is_found_where_it_was_put_and_all_else_stays(path: str, value: object):
    before, where = tree(), parse_path(path)
    given_value = entry(str(value))
    changed = placed(before, where, given_value)
    assert value_at(changed, where) is given_value
    assert plain(before) == plain(tree())
    back = value_at(before, where)
    if back is not None:
        assert plain(placed(changed, where, back)) == plain(before)


def test_a_mapping_put_somewhere_is_not_merged_with_what_stood_there():
    found = after("topics[Sales].arrivals", "{forecast: f.csv}")
    assert found["topics"][0]["arrivals"] == {"forecast": "f.csv"}  # type: ignore[index]


def test_a_new_mapping_stands_where_the_study_asks_for_it():
    found = placed(tree(), parse_path("topics[Sales].offline_form.after"), entry("5m"))
    made = value_at(found, parse_path("topics[Sales].offline_form"))
    assert made is not None
    assert (made.place, made.folder) == (HERE, Path("studies"))


def test_null_takes_out_what_is_there():
    assert (
        "rate_per_hour"
        not in after("topics[Sales].arrivals.rate_per_hour", "null")["topics"][0]["arrivals"]
    )  # type: ignore[index]
    assert [g["group"] for g in after("agents[Sales desk]", "null")["agents"]] == ["Night"]  # type: ignore[index]
    assert "routing" not in after("routing", "null")  # type: ignore[operator]


def test_null_for_what_is_not_there_is_left_to_the_scenario_to_judge():
    """So that a misspelt key does not go unnoticed."""
    assert after("topics[Sales].patince", "null")["topics"][0]["patince"] is None  # type: ignore[index]


# path, what is said
ASTRAY = [
    ("topics[Sale].arrivals.scale", "there is no topics[Sale]; did you mean 'Sales'?"),
    ("agents[Day].count", "there is no agents[Day]; there are Sales desk, Night"),
    ("agents[Sales desk].output[2]", "there is no agents[Sales desk].output[2]; there are 0, 1"),
    ("topics.Sales.id", "topics is a list; name one of topics[Sales], topics[On [hold]]"),
    ("routing.x", "routing is least_loaded and has no x in it; vary it whole"),
]


@pytest.mark.parametrize(("path", "said"), ASTRAY)
def test_a_path_that_leads_nowhere_is_told_with_the_place_of_its_value(path: str, said: str):
    with pytest.raises(ScenarioError) as caught:
        placed(tree(), parse_path(path), entry("1"))
    assert str(caught.value) == f"{said} (study.yaml:7)"


def test_a_step_aside_is_another_key_of_the_same_mapping():
    assert str(parse_path("agents[A].cap").beside("output")) == "agents[A].output"
    assert isinstance(parse_path("closing").beside("routing"), ScenarioPath)
