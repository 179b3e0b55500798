"""A sweep opened again: its study, cases, tables by level; what is damaged is told."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from simulator.errors import DataError, UsageError
from simulator.scenario import scenario_hash
from simulator.sweep import open_sweep, run_sweep
from simulator.sweep.planning import planned_agent_hours
from simulator.sweep.study_file import study_hash
from simulator.sweep.totals import LEVELS, schema
from tests.sweep.studies import GRID, TWO_TOPICS, study

TEXT = GRID.replace("replications: 4", "replications: 2") + "cost: {per_agent_hour: 30}\n"
COUNT, SCALE = "agents[Desk].count", "topics[Sales].arrivals.scale"


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return study(tmp_path_factory.mktemp("study"), TEXT, desk=TWO_TOPICS)


@pytest.fixture(scope="module")
def path(asked, tmp_path_factory):
    """Not to be changed."""
    return run_sweep(asked, engine="simpy", out=tmp_path_factory.mktemp("sweep") / "made")


@pytest.fixture
def damaged(asked, tmp_path):
    """To be changed."""
    return run_sweep(asked, engine="simpy", out=tmp_path / "made")


def test_it_tells_what_it_is(asked, path):
    sweep = open_sweep(path)
    sweep.verify()
    assert sweep.study == json.loads(asked.text)
    keys = ("study", "study_hash", "seed", "replications", "engine", "package")
    assert [sweep.manifest[key] for key in keys[:5]] == [
        *("how many", study_hash(asked), 7, 2, "simpy")
    ]
    about = pq.read_metadata(path / "results.parquet").metadata
    for key in ("study", "study_hash", "seed", "package"):
        assert about[key.encode()].decode() == str(sweep.manifest[key])


def test_a_row_for_each_case_with_its_settings_and_its_cost(asked, path):
    cases = open_sweep(path).cases
    assert list(cases["case"]) == [case.name for case in asked.cases]
    assert list(cases[COUNT]) == ["1", "1", "2", "2", "3", "3"]
    assert list(cases[SCALE]) == ["1", "1.5"] * 3
    assert list(cases["replications"]) == [2] * 6
    hours = [planned_agent_hours(case.scenario) for case in asked.cases]
    assert list(cases["agent_hours"]) == hours
    assert list(cases["cost"]) == [30 * own for own in hours]
    assert list(cases["scenario_hash"]) == [scenario_hash(case.scenario) for case in asked.cases]


def test_without_wages_the_cost_is_in_hours(tmp_path):
    text = GRID.replace("replications: 4", "replications: 1")
    sweep = open_sweep(run_sweep(study(tmp_path, text), engine="simpy", out=tmp_path / "made"))
    assert sweep.cases["cost"].equals(sweep.cases["agent_hours"].rename("cost"))


def test_a_case_gives_its_scenario(asked, path):
    sweep = open_sweep(path)
    for case in asked.cases:
        assert sweep.scenario(case.name).resolved == case.scenario.resolved
    with pytest.raises(UsageError, match=r"there is no case 'count 1'.*did you mean"):
        sweep.scenario("count 1")


# level, rows of a replication: topics by half-hours of a day
ROWS = [("replication", 1), ("topic", 2), ("interval", 48), ("topic_interval", 96)]


@pytest.mark.parametrize(("level", "rows"), ROWS)
def test_a_table_has_the_rows_of_its_level(path, level, rows):
    table = open_sweep(path).table(level)
    own = schema("Europe/Oslo").names
    assert table.schema.names == ["case", COUNT, SCALE, "replication", *own]
    assert table.num_rows == 6 * 2 * rows
    assert set(table["level"].to_pylist()) == {level}
    assert table.schema.field("start").type == schema("Europe/Oslo").field("start").type


def test_sums_by_interval_and_topic_are_those_of_the_whole(path):
    sweep = open_sweep(path)
    found = []
    for level in LEVELS:
        frame = sweep.table(level).to_pandas()
        keys = [frame["case"].astype(str), "replication"]
        found.append(frame.groupby(keys)[["requested", "served", "wait_sum_s"]].sum())
    for other in found[1:]:
        assert (found[0] - other).abs().max().max() < 1e-6


def test_a_table_of_a_few_cases_and_columns(asked, path):
    name = asked.cases[3].name
    table = open_sweep(path).table("topic", cases=[name], columns=["served"])
    labels = ["case", COUNT, SCALE, "replication", "level", "topic", "start"]
    assert table.schema.names == [*labels, "served"]
    assert table["case"].to_pylist() == [name] * 4
    assert table["replication"].to_pylist() == [1, 1, 2, 2]


def test_there_is_no_such_level(path):
    with pytest.raises(UsageError, match="there is no level 'day'; give one of replication"):
        open_sweep(path).table("day")


def test_a_path_called_as_a_column_of_totals_does_not_hide_it(tmp_path):
    text = 'name: when\nbase: desk.yaml\nvary: {start: ["2026-03-23T00:00", "2026-03-24T00:00"]}\n'
    asked = study(tmp_path, text + "replications: 1\n")
    sweep = open_sweep(run_sweep(asked, engine="simpy", out=tmp_path / "made"))
    table = sweep.table("interval")
    assert table.schema.names[:3] == ["case", "scenario.start", "replication"]
    assert len(table["start"].unique()) == 96


def test_cases_of_several_zones_have_instants_of_one(tmp_path):
    text = "name: where\nbase: desk.yaml\nvary: {timezone: [Europe/Oslo, America/New_York]}\n"
    asked = study(tmp_path, text + "replications: 1\n")
    sweep = open_sweep(run_sweep(asked, engine="simpy", out=tmp_path / "made"))
    starts = sweep.table("interval").to_pandas().groupby("case", observed=True)["start"].min()
    assert str(starts.dt.tz) == "UTC"
    assert [str(start) for start in starts] == [
        *("2026-03-22 23:00:00+00:00", "2026-03-23 04:00:00+00:00")
    ]


# what is done to the folder, what is said
DAMAGES = [
    (lambda sweep: (sweep / "cases.parquet").unlink(), r"cases\.parquet has None bytes"),
    (lambda sweep: (sweep / "manifest.json").unlink(), r"it has no manifest\.json"),
    (lambda sweep: (sweep / "manifest.json").write_text('{"format": 9}'), "sweep of format 9"),
    (lambda sweep: (sweep / "study.json").write_text("{}"), r"study\.json has 2 bytes"),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
def test_what_is_damaged_is_told(damage, words, damaged):
    damage(damaged)
    with pytest.raises(DataError, match=words):
        open_sweep(damaged)


def test_a_changed_file_is_found_by_its_hash(damaged):
    results = damaged / "results.parquet"
    content = bytearray(results.read_bytes())
    content[100] ^= 1
    results.write_bytes(content)
    with pytest.raises(DataError, match="was changed"):
        open_sweep(damaged).verify()


def test_there_is_no_folder(tmp_path):
    with pytest.raises(DataError, match="there is no folder"):
        open_sweep(tmp_path / "nowhere")
