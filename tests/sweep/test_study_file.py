"""Study files: what they say, what is assumed, and every complaint with its line."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import sweep
from simulator.errors import ParameterError, ScenarioError
from simulator.scenario import load, scenario_hash
from simulator.sweep import Case, Study, read_study
from simulator.sweep.study_file import Choose, Stop, study_hash

SHIPPED = Path(__file__).parents[2] / "data" / "studies" / "how_many_generalists.yaml"

DESK = """
name: desk
timezone: UTC
start: 2026-03-23
days: 1
topics:
  - {id: 1, name: Sales, arrivals: {rate_per_hour: 6}, work: {exponential: {mean: 8m}}}
agents:
  - {group: Sales desk, count: 2, topics: [Sales]}
"""

STUDY = """
name: how many
base: scenarios/desk.yaml
vary:
  agents[Sales desk].count: [2, 3]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "desk.yaml").write_text(DESK)
    return tmp_path


def file(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(dedent(text))
    return path


def study(folder: Path, more: str = "", text: str = STUDY) -> Study:
    return read_study(file(folder, dedent(text) + dedent(more)))


def complaints(folder: Path, more: str = "", text: str = STUDY, **options: int) -> list[str]:
    """What is said of a study file, a line each, without the folder."""
    with pytest.raises(ScenarioError) as caught:
        read_study(file(folder, dedent(text) + dedent(more)), **options)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_what_is_left_out_has_its_default(folder: Path):
    found = study(folder)
    assert (found.name, found.about, found.base) == ("how many", "", "scenarios/desk.yaml")
    assert [case.name for case in found.cases] == ["count 2", "count 3"]
    assert found.paths == ("agents[Sales desk].count",)
    assert (found.replications, found.seed, found.intervals) == (100, 1, True)
    assert (found.stop, found.choose, found.sessions) == (None, None, frozenset())
    assert found.cost_per_agent_hour is None


def test_every_key_is_understood(folder: Path):
    found = study(
        folder,
        """
        about: A desk of a few
        cases:
          - {name: today}
          - {name: busy, set: {topics[Sales].arrivals.scale: 1.5}}
        replications: 50
        seed: 7
        choose: {figure: asa_s, goal: min, indifference: 5, confidence: 0.9, at_least: 10}
        intervals: false
        sessions: [1, 2]
        cost: {per_agent_hour: 35.5}
        """,
    )
    assert [case.name for case in found.cases] == [
        "today, count 2",
        "today, count 3",
        "busy, count 2",
        "busy, count 3",
    ]
    assert found.about == "A desk of a few"
    assert (found.replications, found.seed) == (50, 7)
    assert found.choose == Choose("asa_s", "min", 5.0, 0.9, 10)
    assert (found.intervals, found.sessions) == (False, frozenset({1, 2}))
    assert found.cost_per_agent_hour == 35.5
    assert found.paths == ("agents[Sales desk].count", "topics[Sales].arrivals.scale")


def test_a_study_stops_when_a_figure_is_known_well_enough(folder: Path):
    found = study(folder, "stop: {figure: service_level.of_all, half_width: 0.01}")
    assert found.stop == Stop("service_level.of_all", 0.01, 20)
    few = study(folder, "replications: 5\nstop: {figure: asa_s, half_width: 3}")
    assert few.stop == Stop("asa_s", 3.0, 5)


# what is chosen by, the goal that goes without saying
GOALS = [("service_level.of_all", "max"), ("asa_s", "min"), ("abandonment", "min")]


@pytest.mark.parametrize(("figure", "goal"), GOALS)
def test_the_goal_is_what_is_better_unless_told(folder: Path, figure: str, goal: str):
    found = study(folder, f"choose: {{figure: {figure}, indifference: 0.01}}")
    assert found.choose == Choose(figure, goal, 0.01, 0.95, 20)  # type: ignore[arg-type]


def test_a_figure_that_is_neither_better_nor_worse_wants_a_goal(folder: Path):
    said = complaints(folder, "choose: {figure: occupancy.busy, indifference: 0.01}")
    assert said == ["choose.goal is missing; write it (study.yaml:6)"]


# what is written, what is kept
SESSIONS = [
    ("none", frozenset()),
    ("all", None),
    ("null", frozenset()),
    ("[3]", frozenset({3})),
    ("[1, 100, 1]", frozenset({1, 100})),
    ("[]", frozenset()),
]


@pytest.mark.parametrize(("written", "kept"), SESSIONS)
def test_sessions_are_kept_where_asked(folder: Path, written: str, kept: frozenset[int] | None):
    assert study(folder, f"sessions: {written}").sessions == kept


def test_without_anything_that_varies_the_base_is_the_one_case(folder: Path):
    found = study(folder, text="name: alone\nbase: scenarios/desk.yaml\n")
    assert [case.name for case in found.cases] == ["base"]
    assert found.paths == ()
    assert found.cases[0].scenario == load(folder / "scenarios" / "desk.yaml")


def test_options_stand_in_for_what_the_file_says(folder: Path):
    path = file(folder, STUDY + "replications: 50\nseed: 7\n")
    found = read_study(path, replications=3, seed=0)
    assert (found.replications, found.seed) == (3, 0)
    assert found == dataclasses.replace(
        read_study(file(folder, STUDY + "replications: 3\nseed: 0\n")), text=found.text
    )


def test_options_are_held_against_the_rest_of_the_file(folder: Path):
    more = "stop: {figure: asa_s, half_width: 3, at_least: 20}\nsessions: [40]\n"
    assert study(folder, more).stop is not None
    assert complaints(folder, more, replications=10) == [
        "stop.at_least is 20, above the 10 replications; give fewer (study.yaml:6)",
        "sessions is [40]; give none, all, or numbers of replications from 1 to 10 (study.yaml:7)",
    ]


@pytest.mark.parametrize("option", [{"replications": 0}, {"seed": -1}])
def test_options_out_of_range_are_refused(folder: Path, option: dict[str, int]):
    with pytest.raises(ParameterError, match="give a whole number from"):
        read_study(file(folder, STUDY), **option)


# --- paths in flow style, as the notation's own examples write them -----------------------------

FLOW = """
name: flow
base: scenarios/desk.yaml
vary: {agents[Sales desk].count: [2, 3], topics[Sales].arrivals.scale: [0.9, 1]}
cases: [{name: a}, {name: b, set: {topics[Sales].opening_hours.mon-fri: "8:00-16:00"}}]
about: "of topics[Sales].work: and more"
"""


def test_paths_with_brackets_need_no_quotes_within_braces(folder: Path):
    found = study(folder, text=FLOW)
    assert found.paths == (
        "agents[Sales desk].count",
        "topics[Sales].arrivals.scale",
        "topics[Sales].opening_hours.mon-fri",
    )
    assert len(found.cases) == 8
    assert found.about == "of topics[Sales].work: and more"


def test_flow_style_and_block_style_are_one_study(folder: Path):
    quoted = FLOW.replace("agents[Sales desk].count", '"agents[Sales desk].count"')
    assert study(folder, text=quoted) == study(folder, text=FLOW)


def test_yaml_s_own_complaint_is_told_where_quoting_does_not_help(folder: Path):
    (said,) = complaints(folder, text=FLOW + "cost: {per_agent_hour: 3\n")
    assert said.startswith("this is not YAML")


# --- identity -----------------------------------------------------------------------------------


def test_the_text_tells_the_study_and_names_each_scenario_by_its_hash(folder: Path):
    found = study(folder, "stop: {figure: asa_s, half_width: 3}\nsessions: [2, 1]\n")
    told = json.loads(found.text)
    assert told["stop"] == {"figure": "asa_s", "half_width": 3.0, "at_least": 20}
    assert told["sessions"] == [1, 2]
    assert [case["name"] for case in told["cases"]] == ["count 2", "count 3"]
    assert told["cases"][1]["settings"] == {"agents[Sales desk].count": "3"}
    assert told["cases"][1]["scenario_hash"] == scenario_hash(found.cases[1].scenario)
    assert study_hash(found) == hashlib.sha256(found.text.encode()).hexdigest()


def test_every_field_of_a_study_is_in_its_text(folder: Path):
    found = study(folder)
    assert json.loads(found.text).keys() == {field.name for field in dataclasses.fields(Study)} - {
        "text"
    }


@pytest.mark.parametrize(
    "more",
    [
        "seed: 2",
        "replications: 99",
        "intervals: false",
        "sessions: all",
        "stop: {figure: asa_s, half_width: 3}",
        "choose: {figure: asa_s, indifference: 3}",
        "cases: [{name: a}]",
    ],
)
def test_studies_that_differ_have_another_text(folder: Path, more: str):
    assert study(folder, more).text != study(folder).text


def test_a_table_s_contents_are_part_of_the_text_and_comments_are_not(folder: Path):
    before = study(folder)
    assert study(folder, "# a word\n").text == before.text
    (folder / "scenarios" / "desk.yaml").write_text(DESK.replace("8m", "9m"))
    assert study(folder).text != before.text


def test_the_place_of_the_files_is_no_part_of_the_text(folder: Path, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "scenarios").mkdir()
    (other / "scenarios" / "desk.yaml").write_text(DESK)
    assert study(other).text == study(folder).text


def test_studies_travel_to_another_process(folder: Path):
    found = study(folder)
    assert pickle.loads(pickle.dumps(found)) == found


# --- complaints ---------------------------------------------------------------------------------

# what is added to the study (its last line is 5), what is said
WRONG = [
    ("sede: 3", "unknown key sede; did you mean 'seed'? (study.yaml:6)"),
    ("extends: other.yaml", "unknown key extends; there are name, about, base"),
    ("replications: 0", "replications is 0; give a whole number from 1 (study.yaml:6)"),
    ("replications: 1.5", "replications is 1.5; give a whole number from 1"),
    ("seed: -1", "seed is -1; give a whole number from 0"),
    ("seed: [1]", "seed is a list; give a whole number from 0"),
    ("about: {a: b}", "about is no text; give a few words"),
    ("intervals: sometimes", "intervals is sometimes; give true or false"),
    ("sessions: some", "sessions is some; give none, all, or numbers of replications from 1"),
    ("sessions: [0]", "sessions is [0]; give none, all, or numbers of replications from 1 to 100"),
    ("cost: 35", "cost is no mapping; give it the keys per_agent_hour"),
    ("cost: {per_agent_hour: 0}", "cost.per_agent_hour is 0; give a number above 0"),
    ("cost: {per_agent: 5}", "unknown key cost.per_agent; did you mean 'per_agent_hour'?"),
    ("stop: {figure: asa_s}", "stop.half_width is missing; write it (study.yaml:6)"),
    ("stop: {figure: asa, half_width: 1}", "stop.figure is 'asa'; did you mean 'asa_s'?"),
    ("stop: {half_width: 1}", "stop.figure is missing; write it"),
    ("stop: {figure: asa_s, half_width: nan}", "stop.half_width is nan; give a number above 0"),
    ("stop: {figure: asa_s, half_width: wide}", "stop.half_width is wide; give a number above 0"),
    (
        "stop: {figure: asa_s, half_width: 1, at_least: 1}",
        "stop.at_least is 1; give a whole number from 2",
    ),
    (
        "stop: {figure: asa_s, half_width: 1, at_least: 101}",
        "stop.at_least is 101, above the 100 replications; give fewer",
    ),
    (
        "choose: {figure: asa_s, indifference: 1, confidence: 95}",
        "choose.confidence is 95; give a number above 0.5 and below 1",
    ),
    (
        "choose: {figure: asa_s, goal: mni, indifference: 1}",
        "choose.goal is mni; give one of max, min; did you mean 'min'?",
    ),
    (
        "stop: {figure: asa_s, half_width: 1}\nchoose: {figure: asa_s, indifference: 1}",
        "choose and stop both decide how long to simulate; keep one (study.yaml:7)",
    ),
    ("cases: {name: a}", "cases is no list; write - {name: …, set: {…}} for each"),
    ("cases: []", "cases is no list"),
    ("cases: [today]", "cases[0] is no mapping; give it the keys name, set (study.yaml:6)"),
    ("cases: [{name: a/b}]", "cases[0].name is 'a/b'; use letters, digits, blanks and _ . + -"),
    ("cases: [{name: a, sets: {}}]", "unknown key cases[0].sets; did you mean 'set'?"),
    ("cases: [{name: a, set: [x]}]", "cases[0].set is no mapping from paths to values"),
    ("cases: [{name: a, set: {a..b: 1}}]", "'a..b' is no path"),
    ("cases: [{name: a}, {name: a}]", "2 cases are called 'a, count 2'; give each a name"),
    (
        "cases: [{name: a, set: {routing: fastest}}]",
        "case 'a, count 2': routing is fastest; give one of least_loaded",
    ),
    (
        "cases: [{name: a, set: {'agents[Sales desk].count': 1}}]",
        "case 'a, count 2': agents[Sales desk].count undoes what agents[Sales desk].count sets",
    ),
]


@pytest.mark.parametrize(("more", "said"), WRONG)
def test_what_is_wrong_is_told(folder: Path, more: str, said: str):
    assert said in complaints(folder, more)[0]


def test_all_that_is_wrong_is_told_at_once(folder: Path):
    assert len(complaints(folder, "sede: 3\nreplications: x\nintervals: 1\nname2: a\n")) == 4


# the grid, what is said
GRIDS = [
    ("3", "vary is no mapping from paths to values (study.yaml:3)"),
    ("{routing: fill_first}", "vary.routing has no list of values; write [3, 4, 5]"),
    ("{routing: []}", "vary.routing has no list of values"),
    ("{days: [1, 2, 1.0]}", "vary.days gives 1 twice; keep one"),
    ("{a.b: [1], 'a[b]': [1]}", "vary.a[b] is given twice; keep one"),
    ("{topics[Sale].work: [1]}", "there is no topics[Sale]; did you mean 'Sales'?"),
    ("{extends: [a.yaml]}", "extends cannot vary; write a study for each base"),
    ("{'agents[Sales desk].cuont': [1]}", "did you mean 'count'? (study.yaml:3)"),
]


@pytest.mark.parametrize(("grid", "said"), GRIDS)
def test_what_is_wrong_with_the_grid_is_told(folder: Path, grid: str, said: str):
    text = f"name: x\nbase: scenarios/desk.yaml\nvary: {grid}\n"
    assert said in complaints(folder, text=text)[0]


def test_choosing_wants_two_cases(folder: Path):
    more = "choose: {figure: asa_s, indifference: 1}"
    text = "name: x\nbase: scenarios/desk.yaml\n"
    assert complaints(folder, more, text) == [
        "choose has one case to choose from; give two or more (study.yaml:3)"
    ]


def test_the_base_has_to_be_there_and_right(folder: Path):
    near = complaints(folder, text="name: x\nbase: scenarios/desc.yaml\n")[0]
    assert near.startswith("base is scenarios/desc.yaml, and there is no file scenarios/desc.yaml")
    assert "did you mean 'desk.yaml'?" in near
    assert near.endswith("(study.yaml:2)")
    (folder / "scenarios" / "desk.yaml").write_text(DESK.replace("count: 2", "count: 0"))
    (said,) = complaints(folder)
    assert said.startswith("agents[Sales desk].count is 0")
    assert said.endswith("(scenarios/desk.yaml:9)")


def test_name_and_base_must_be_given(folder: Path):
    said = complaints(folder, text="replications: 3\n")
    assert said == [
        "name is missing; write it (study.yaml:1)",
        "base is missing; write it (study.yaml:1)",
    ]
    assert "is 'a/b'; use letters" in complaints(folder, text=STUDY.replace("how many", "a/b"))[0]


@pytest.mark.parametrize("text", ["", "- a\n", "word\n"])
def test_what_is_no_mapping_is_no_study(folder: Path, text: str):
    assert "holds no study; write a mapping of keys" in complaints(folder, text=text)[0]


def test_a_file_that_is_not_there_or_cannot_be_read(folder: Path):
    for path, said in (
        (folder / "nowhere.yaml", "there is no file"),
        (folder, "is a folder; name a study file"),
        (folder / "bytes.yaml", "cannot be read"),
    ):
        (folder / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ScenarioError, match=said):
            read_study(path)


@given(st.text(max_size=60))
def test_no_text_brings_it_to_fall(tmp_path_factory, text: str):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="ignore")
    with pytest.raises(ScenarioError):
        read_study(path)


# --- what is shipped ----------------------------------------------------------------------------


def test_the_shipped_study_is_read():
    found = read_study(SHIPPED)
    assert found.name == SHIPPED.stem
    assert len(found.cases) == 6
    assert found.stop is not None
    assert {len(case.settings) for case in found.cases} == {2}


def test_the_package_gives_its_names_when_asked():
    assert (sweep.read_study, sweep.Study, sweep.Case) == (read_study, Study, Case)
    with pytest.raises(AttributeError, match="no attribute 'studies'"):
        sweep.studies  # noqa: B018
