"""Cases: which there are, what they are called, and that every path reaches its scenario."""

from __future__ import annotations

import doctest
import pickle
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.scenario import loads, scenario_hash
from simulator.scenario.documents import Entry, compose
from simulator.sweep import naming, paths
from simulator.sweep.cases import Axis, Case, Listed, cases
from simulator.sweep.paths import parse_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.scenario import Scenario

DESK = """
name: desk
timezone: Europe/Oslo
start: 2026-03-23
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["08:00-18:00"]}
    arrivals: {forecast: forecast.csv}
    work: {exponential: {mean: 8m}}
    reaction: {lognormal: {mean: 20s, cv: 1.2}}
    offline_form: {after: 5m, queue_length: 8, join: or, taken_by: 0.4}
  - {id: 2, name: Support, arrivals: {rate_per_hour: 3}, work: {fixed: 9m}}
agents:
  - group: Sales desk
    names: [Ada, Bo]
    roster: roster.csv
    topics: [Sales]
    cap: 3
    output: [1, 1.70, 2.2]
  - {group: Generalists, count: 4, topics: [Sales, Support]}
closing: serve_out
"""

TABLES = {
    "forecast.csv": "weekday,start,end,Sales\nmon,08:00,18:00,100\n",
    "busy.csv": "weekday,start,end,Sales\nmon,08:00,18:00,150\n",
    "roster.csv": "agent,weekday,start,end\nAda,mon,08:00,16:00\nBo,mon,10:00,18:00\n",
    "late.csv": "agent,weekday,start,end\nAda,mon,12:00,18:00\nBo,mon,12:00,18:00\n",
    "staffing.csv": "weekday,start,end,agents\nmon,08:00,18:00,3\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def tree(text: str, folder: Path, file: str = "study.yaml") -> Entry:
    return compose(dedent(text), file=file, folder=folder)


def made(
    folder: Path, vary: str = "{}", listed: Mapping[str | None, str] | None = None
) -> tuple[Case, ...]:
    """The cases of the desk over a grid, and with what is listed by name."""
    grid = tree(vary, folder).value
    assert isinstance(grid, dict)
    axes = [Axis(parse_path(path), tuple(values.value)) for path, values in grid.items()]  # type: ignore[arg-type, union-attr]
    every = []
    for name, text in (listed or {}).items():
        settings = tree(text, folder).value
        assert isinstance(settings, dict)
        every.append(Listed(name, tuple((parse_path(p), v) for p, v in settings.items())))
    return cases(tree(DESK, folder, "desk.yaml"), axes, every)


def one(folder: Path, path: str, value: str) -> Scenario:
    """The scenario with one value at one path."""
    (case,) = made(folder, listed={"x": f"'{path}': {value}"})
    return case.scenario


def names(found: tuple[Case, ...]) -> list[str]:
    return [case.name for case in found]


def test_the_grid_has_every_combination_and_its_first_path_goes_slowest(folder: Path):
    found = made(
        folder,
        """
        agents[Generalists].count: [3, 4]
        topics[Sales].arrivals.scale: [0.9, 1, 1.10]
        """,
    )
    assert names(found) == [
        "count 3, scale 0.9",
        "count 3, scale 1",
        "count 3, scale 1.1",
        "count 4, scale 0.9",
        "count 4, scale 1",
        "count 4, scale 1.1",
    ]
    assert [len(case.scenario.agents) for case in found] == [5, 5, 5, 6, 6, 6]
    assert [case.scenario.topics[0].arrivals.expected.sum() for case in found[:3]] == pytest.approx(
        [90, 100, 110]
    )
    assert found[2].settings == {
        "agents[Generalists].count": "3",
        "topics[Sales].arrivals.scale": "1.1",
    }


def test_listed_cases_go_over_the_whole_grid(folder: Path):
    found = made(
        folder,
        "agents[Generalists].count: [3, 4]",
        {"today": "{}", "late shift": "'agents[Sales desk].roster': late.csv"},
    )
    assert names(found) == [
        "today, count 3",
        "today, count 4",
        "late shift, count 3",
        "late shift, count 4",
    ]
    assert [case.settings["agents[Sales desk].roster"] for case in found] == [
        "roster.csv",
        "roster.csv",
        "late.csv",
        "late.csv",
    ]
    assert list(found[0].settings) == ["agents[Generalists].count", "agents[Sales desk].roster"]


def test_without_grid_and_list_the_base_is_the_one_case(folder: Path):
    (case,) = made(folder)
    assert (case.name, case.settings) == ("base", {})
    assert case.scenario == loads(DESK, folder=folder)


def test_a_case_that_says_nothing_has_the_values_of_the_base_and_the_defaults(folder: Path):
    today, _ = made(
        folder,
        listed={
            "today": "{}",
            "other": """
                agents[Sales desk].output: [1, 1.5, 2]
                topics[Support].arrivals.scale: 2
                topics[Support].patience: {fixed: 3m}
                agents[Generalists].cap: 1
                queue_position: tenant
                topics[Sales].reaction.lognormal.mean: 30s
                """,
        },
    )
    assert today.settings == {
        "agents[Sales desk].output": "[1, 1.7, 2.2]",
        "topics[Support].arrivals.scale": "1",
        "topics[Support].patience": "none",
        "agents[Generalists].cap": "1",
        "queue_position": "topic",
        "topics[Sales].reaction.lognormal.mean": "20s",
    }


def test_a_case_equal_to_the_base_is_the_base(folder: Path):
    found = one(folder, "agents[Generalists].count", "4")
    assert scenario_hash(found) == scenario_hash(loads(DESK, folder=folder))


def test_the_base_is_left_as_it_is(folder: Path):
    base = tree(DESK, folder)
    axis = Axis(parse_path("agents[Generalists].count"), (Entry("9", base.place, folder),))
    cases(base, [axis], [])
    assert base == tree(DESK, folder)


def test_cases_travel_to_another_process(folder: Path):
    found = made(folder, "agents[Generalists].count: [3, 4]")
    assert pickle.loads(pickle.dumps(found)) == found


# --- every path that a study may want -----------------------------------------------------------


def test_agents_are_counted(folder: Path):
    assert one(folder, "agents[Generalists].count", "7").groups[1].agent_count == 7


def test_a_cap_keeps_the_output_up_to_it(folder: Path):
    found = made(folder, "agents[Sales desk].cap: [1, 2, 3]")
    assert [(c.scenario.groups[0].cap, c.scenario.groups[0].output) for c in found] == [
        (1, ("1",)),
        (2, ("1", "1.70")),
        (3, ("1", "1.70", "2.2")),
    ]


def test_a_cap_above_the_output_wants_an_output(folder: Path):
    with pytest.raises(ScenarioError, match=r"output has length 3 with a cap of 4.*desk\.yaml"):
        one(folder, "agents[Sales desk].cap", "4")


def test_cap_and_output_go_together_over_a_grid(folder: Path):
    found = made(
        folder,
        """
        agents[Generalists].cap: [2, 3]
        agents[Generalists].output: [[1, 1.5, 2], [1, 1.9, 2.6]]
        """,
    )
    assert names(found) == [
        "cap 2, output 1 1.5 2",
        "cap 2, output 1 1.9 2.6",
        "cap 3, output 1 1.5 2",
        "cap 3, output 1 1.9 2.6",
    ]
    assert [case.scenario.groups[1].output for case in found][1:3] == [
        ("1", "1.9"),
        ("1", "1.5", "2"),
    ]


def test_output_is_set_whole_or_entry_by_entry(folder: Path):
    whole = one(folder, "agents[Sales desk].output", "[1, 1.8, 2.4]")
    entry = one(folder, "agents[Sales desk].output[1]", "1.8")
    assert whole.groups[0].output == ("1", "1.8", "2.4")
    assert entry.groups[0].output == ("1", "1.8", "2.2")


def test_reactions_are_set_by_a_parameter_or_whole_or_taken_out(folder: Path):
    found = made(folder, "topics[Sales].reaction.lognormal.mean: [10s, 1m]")
    assert names(found) == ["reaction mean 10s", "reaction mean 1m"]
    means = [c.scenario.topics[0].reaction.mean for c in found]  # type: ignore[union-attr]
    assert means == pytest.approx([10, 60])
    whole = made(folder, "topics[Sales].reaction: [{fixed: 10s}, {exponential: {mean: 20s}}, null]")
    assert names(whole) == [
        "reaction fixed 10s",
        "reaction exponential mean 20s",
        "reaction none",
    ]
    assert [c.scenario.topics[0].reaction is None for c in whole] == [False, False, True]


def test_forecasts_are_scaled_or_exchanged(folder: Path):
    assert one(folder, "topics[Sales].arrivals.scale", "1.5").topics[
        0
    ].arrivals.expected.sum() == pytest.approx(150)
    exchanged = one(folder, "topics[Sales].arrivals.forecast", "busy.csv")
    assert exchanged.topics[0].arrivals.expected.sum() == pytest.approx(150)
    rate = one(folder, "topics[Sales].arrivals", "{rate_per_hour: 5}")
    assert rate.topics[0].arrivals.expected.sum() == pytest.approx(50)


def test_rosters_are_exchanged(folder: Path):
    found = made(folder, "agents[Sales desk].roster: [roster.csv, late.csv]")
    assert names(found) == ["roster roster", "roster late"]
    hours = [
        sum(until - since for agent in c.scenario.agents[:2] for since, until, _ in agent.duty)
        for c in found
    ]
    assert [us / 3_600_000_000 for us in hours] == [16, 12]


def test_a_roster_takes_the_place_of_a_count_that_is_taken_out(folder: Path):
    (case,) = made(
        folder,
        listed={
            "x": "{'agents[Generalists].count': null, 'agents[Generalists].staffing': staffing.csv}"
        },
    )
    assert case.scenario.groups[1].headcount is not None
    with pytest.raises(ScenarioError, match="gives count and roster, which contradict"):
        one(folder, "agents[Generalists].roster", "late.csv")


def test_tables_of_a_study_are_looked_for_beside_it(tmp_path: Path):
    studies, scenarios = tmp_path / "studies", tmp_path / "scenarios"
    for place, kept in ((studies, ["late.csv"]), (scenarios, ["roster.csv", "forecast.csv"])):
        place.mkdir()
        for name in kept:
            (place / name).write_text(TABLES[name])
    base = tree(DESK, scenarios, "desk.yaml")
    late = (parse_path("agents[Sales desk].roster"), tree("late.csv", studies))
    (case,) = cases(base, [], [Listed("late", (late,))])
    assert case.scenario.agents[0].duty[0][0] == 12 * 3_600_000_000


def test_opening_hours_are_set_whole_or_by_day(folder: Path):
    found = made(
        folder,
        """
        topics[Sales].opening_hours:
          - {mon-fri: ["08:00-18:00"]}
          - {mon-fri: ["08:00-17:00"]}
        """,
    )
    assert names(found) == [
        "opening hours mon-fri 08:00-18:00",
        "opening hours mon-fri 08:00-17:00",
    ]
    assert [c.scenario.topics[0].openings[0].closes_us // 3_600_000_000 for c in found] == [18, 17]
    by_day = one(folder, "topics[Sales].opening_hours.mon-fri", '["09:00-12:00", "13:00-17:00"]')
    assert len(by_day.topics[0].openings) == 2
    support = one(folder, "topics[Support].opening_hours", '{mon: ["10:00-12:00"]}').topics[1]
    assert support.arrivals.expected.sum() == pytest.approx(6)


# value by setting of the offline form
FORMS = [
    ("after", "3m", "after_us", 180_000_000),
    ("queue_length", "4", "queue_length", 4),
    ("join", "and", "join", "and"),
    ("taken_by", "0.9", "taken_by", 0.9),
]


@pytest.mark.parametrize(("key", "value", "field", "found"), FORMS)
def test_settings_of_the_offline_form(folder: Path, key: str, value: str, field: str, found):
    scenario = one(folder, f"topics[Sales].offline_form.{key}", value)
    assert getattr(scenario.topics[0].offline_form, field) == found


def test_an_offline_form_is_introduced_where_there_was_none_or_taken_out(folder: Path):
    form = "{after: 2m, taken_by: 0.5}"
    assert one(folder, "topics[Support].offline_form", form).topics[1].offline_form is not None
    assert one(folder, "topics[Sales].offline_form", "null").topics[0].offline_form is None
    with pytest.raises(ScenarioError, match=r"offline_form.taken_by is missing.*\(study\.yaml:1\)"):
        one(folder, "topics[Support].offline_form.after", "2m")


def test_closing_and_routing_are_set_for_the_whole_desk(folder: Path):
    found = made(
        folder, "{closing: [serve_out, drain, clear], routing: [longest_idle, fill_first]}"
    )
    assert [(c.scenario.closing, c.scenario.routing) for c in found[:2]] == [
        ("serve_out", "longest_idle"),
        ("serve_out", "fill_first"),
    ]
    assert names(found)[-1] == "closing clear, routing fill_first"


def test_a_topic_or_a_group_is_taken_out(folder: Path):
    (case,) = made(
        folder,
        listed={"x": "{'topics[Support]': null, 'agents[Generalists].topics': [Sales]}"},
    )
    assert [topic.name for topic in case.scenario.topics] == ["Sales"]
    assert len(one(folder, "agents[Sales desk]", "null").groups) == 1


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["serve_out", "drain", "clear"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["today", "late", "busy"]), max_size=3, unique=True),
)
@settings(max_examples=20)
def test_every_combination_is_a_case_of_its_own(counts, closings, called):
    text = DESK.replace("forecast: forecast.csv", "rate_per_hour: 6").replace(
        "    roster: roster.csv\n", ""
    )
    base = tree(text, Path())
    axes = [
        Axis(parse_path(path), tuple(Entry(str(value), base.place) for value in values))
        for path, values in (("agents[Generalists].count", counts), ("closing", closings))
    ]
    found = cases(base, axes, [Listed(name, ()) for name in called])
    assert len({case.name for case in found}) == len(found)
    assert len(found) == len(counts) * len(closings) * max(len(called), 1)
    for case in found:
        count, closing = case.settings.values()
        assert case.scenario.groups[1].agent_count == int(count)
        assert case.scenario.closing == closing


# --- names --------------------------------------------------------------------------------------


def test_labels_say_whose_they_are_when_two_are_alike(folder: Path):
    found = made(
        folder,
        "{'topics[Sales].arrivals.scale': [1, 2], 'topics[Support].arrivals.scale': [1, 2]}",
    )
    assert names(found)[1] == "Sales scale 1, Support scale 2"


def test_long_values_are_numbered(folder: Path):
    found = made(
        folder,
        """
        topics[Sales].work:
          - {mixture: [{weight: 1, fixed: 3m}, {weight: 2, exponential: {mean: 9m}}]}
          - {fixed: 5m}
        """,
    )
    assert names(found) == ["work no. 1", "work no. 2"]


def test_what_does_not_vary_is_not_in_the_names(folder: Path):
    found = made(folder, "{closing: [drain], routing: [fill_first, longest_idle]}")
    assert names(found) == ["routing fill_first", "routing longest_idle"]
    assert names(made(folder, "{closing: [drain]}")) == ["closing drain"]


def test_a_listed_case_without_a_name_is_called_by_what_it_sets(folder: Path):
    found = made(folder, "closing: [drain, clear]", {None: "{'agents[Generalists].count': 5}"})
    assert names(found) == ["count 5, closing drain", "count 5, closing clear"]


def test_two_cases_of_one_name_are_refused(folder: Path):
    grid = tree("{routing: [least_loaded, least_loaded]}", folder).value
    assert isinstance(grid, dict)
    axis = Axis(parse_path("routing"), tuple(grid["routing"].value))  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="2 cases are called 'routing least_loaded'"):
        cases(tree(DESK, folder), [axis], [])


@pytest.mark.parametrize("module", [naming, paths])
def test_examples_are_true(module):
    assert doctest.testmod(module).failed == 0


# --- what is refused ----------------------------------------------------------------------------


def test_an_unknown_key_is_told_with_the_study_s_line_and_what_was_meant(folder: Path):
    with pytest.raises(ScenarioError) as caught:
        one(folder, "agents[Generalists].cuont", "3")
    assert str(caught.value) == (
        "case 'x': unknown key agents[Generalists].cuont; did you mean 'count'? (study.yaml:1)"
    )


def test_a_wrong_value_is_told_with_the_study_s_line(folder: Path):
    with pytest.raises(ScenarioError) as caught:
        made(folder, "agents[Generalists].count:\n  - 3\n  - many\n")
    assert str(caught.value) == (
        "case 'count many': agents[Generalists].count is many; give a whole number (study.yaml:3)"
    )


def test_every_complaint_is_made_once_with_the_first_case_that_it_befalls(folder: Path):
    with pytest.raises(ScenarioError) as caught:
        made(folder, "{'agents[Generalists].count': [0, 3], closing: [never, drain]}")
    first, second = str(caught.value).splitlines()
    assert first.startswith("case 'count 0, closing never': agents[Generalists].count is 0")
    assert second.startswith("case 'count 0, closing never': closing is never")


def test_a_setting_that_undoes_another_is_refused(folder: Path):
    with pytest.raises(ScenarioError, match=r"offline_form undoes what .*offline_form.after sets"):
        made(
            folder,
            "'topics[Sales].offline_form': [{after: 1m, taken_by: 1}, null]",
            {"x": "'topics[Sales].offline_form.after': 3m"},
        )


def test_a_finer_setting_may_follow_a_coarser_one(folder: Path):
    found = made(
        folder,
        "'topics[Support].offline_form.after': [1m, 2m]",
        {"forms": "'topics[Support].offline_form': {after: 9m, taken_by: 0.3}"},
    )
    assert [c.scenario.topics[1].offline_form.after_us for c in found] == [60_000_000, 120_000_000]  # type: ignore[union-attr]


def test_a_grid_out_of_all_proportion_is_refused(folder: Path):
    many = ", ".join(str(number) for number in range(1, 102))
    with pytest.raises(ScenarioError, match="the study has 10,201 cases; give at most 10,000"):
        made(folder, f"{{'agents[Generalists].count': [{many}], days: [{many}]}}")
