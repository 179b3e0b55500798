"""A scenario is written out as one document, and read from it as the same scenario."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.scenario import Scenario, load, loads, scenario_hash, to_yaml
from tests.scenario.written import desk, read

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = """
name: everything
about: "Every key that there is: 100 %"
timezone: Europe/Oslo
start: 2026-03-27T06:00
days: 4
study: steady
warm_up: 2h
interval: 15m
holidays: {2026-03-28: closed}
day_factor: {gamma_shape: 40, shared: false}
topics:
  - id: 7
    name: Sales
    opening_hours: {daily: ["08:00-12:00", "12:30-18:00"], 2026-03-29: ["10:00-12:00"]}
    arrivals: {forecast: forecast.csv, column: chats, shape: linear, scale: 1.1}
    work: {empirical: {file: work.csv, unit: m}}
    patience: {survival: {file: km.csv, unit: s, tail: exponential}}
    reaction: {mixture: [{weight: 1, fixed: 0s}, {weight: 3, uniform: {low: 5s, high: 40s}}]}
    silent: {share: 0.25, timeout: 2m}
    offline_form: {after: 5m, queue_length: 8, join: and, taken_by: 0.4}
    retry: {probability: 0.2, delay: {exponential: {mean: 10m}}, at_most: 2}
    transfer: {to: {"On: hold": 0.08, Night: 0.01}}
    warnings: {agents_after: 2m, managers_after: 5m}
  - id: 2
    name: "On: hold"
    opening_hours: {mon-sun: ["20:00-06:00+1"], lunch: "23:00-23:30"}
    arrivals: {trace: trace.csv}
    work: {erlang: {k: 3, mean: 4m}}
  - id: 3
    name: Night
    arrivals: {resample: trace.csv}
    work: {hyperexponential: {mean: 4m, cv: 2}}
  - id: 4
    name: Always
    arrivals: {rate_per_hour: 3, during: always, day_factor: {gamma_shape: 9}}
    work: {weibull: {mean: 4m, shape: 1.5}}
agents:
  - {group: By count, count: 2, topics: [Sales], cap: 3, output: [1, 1.70, 2.2], absent: 0.1}
  - group: By name
    names: [Ada, "no", "12:30"]
    hours: {mon-fri: ["08:00-16:00"], lunch: "12:00-12:30"}
    topics: ["On: hold", Sales]
    wrap_up: {gamma: {mean: 30s, cv: 0.5}}
  - {group: By roster, roster: roster.csv, topics: [Night, Always]}
  - {group: By staffing, staffing: staffing.csv, count: 5, topics: [Always]}
routing: longest_idle
queue_position: tenant
closing: drain
service_level: {threshold: 45s, definition: of_served, target: 0.9}
"""

TABLES = {
    "forecast.csv": """\
weekday,date,start,end,chats
mon-sat,,08:00,18:00,50
,2026-03-29,10:00,12:00,7
""",
    "work.csv": "value,weight\n0.1,1\n7.3,5\n",
    "km.csv": "time,survival\n30,0.9\n60,0.7\n120,0.5\n",
    "trace.csv": "at,topic\n2026-03-27T21:00:00.000001,On: hold\n2026-03-29T03:30,Night\n",
    "roster.csv": "agent,weekday,date,start,end,breaks\nBo,daily,,22:00,06:00+1,23:00-23:30; "
    "02:00-02:30\nBo,,2026-03-28,,,\n",
    "staffing.csv": "weekday,start,end,agents\ndaily,00:00,24:00,3\n",
}


@pytest.fixture
def everything(tmp_path: Path, write) -> Scenario:
    for name, text in TABLES.items():
        write(name, text)
    return load(write("everything.yaml", EVERYTHING))


def test_every_key_comes_back(everything: Scenario, tmp_path: Path):
    for name in (*TABLES, "everything.yaml"):
        (tmp_path / name).unlink()
    again = loads(to_yaml(everything))
    assert again == everything
    assert again.resolved == everything.resolved


def test_it_travels_to_another_process(everything: Scenario):
    assert pickle.loads(pickle.dumps(everything)) == everything


def test_every_key_is_understood(everything: Scenario):
    sales, hold, night, always = everything.topics
    groups = everything.groups
    assert (sales.id, sales.silent_share, sales.silent_timeout_us) == (7, 0.25, 120_000_000)
    assert sales.transfer == ((1, 0.08), (2, 0.01))
    assert (sales.warn_agents_us, sales.warn_managers_us) == (120_000_000, 300_000_000)
    assert sales.offline_form is not None
    assert (sales.offline_form.after_us, sales.offline_form.queue_length) == (300_000_000, 8)
    assert (sales.offline_form.join, sales.offline_form.taken_by) == ("and", 0.4)
    assert sales.retry is not None
    assert (sales.retry.probability, sales.retry.at_most) == (0.2, 2)
    assert sales.arrivals.day_factor_shape == 40
    assert hold.arrivals.trace_us is not None
    assert night.arrivals.recorded_days is not None
    assert always.arrivals.day_factor_shape == 9
    assert [group.agent_count for group in groups] == [2, 3, 1, 5]
    assert [agent.name for agent in everything.agents][2:6] == ["Ada", "no", "12:30", "Bo"]
    assert groups[0].absent == 0.1
    assert groups[1].wrap_up is not None
    assert groups[3].headcount is not None
    assert (everything.routing, everything.queue_position) == ("longest_idle", "tenant")
    assert (everything.closing, everything.study) == ("drain", "steady")
    assert (everything.warm_up_us, everything.interval_us) == (7_200_000_000, 900_000_000)
    assert everything.service_level.threshold_us == 45_000_000
    assert (everything.service_level.definition, everything.service_level.target) == (
        "of_served",
        0.9,
    )
    assert everything.start.isoformat() == "2026-03-27T06:00:00+01:00"
    assert everything.horizon_us == 95 * 3_600_000_000  # four days less the hour that is missing
    assert [day.day for day in everything.dates] == [27, 28, 29, 30, 31]


def test_what_is_left_out_has_its_default():
    scenario = read()
    assert (scenario.routing, scenario.closing) == ("least_loaded", "serve_out")
    assert (scenario.queue_position, scenario.study) == ("topic", "terminating")
    assert (scenario.warm_up_us, scenario.interval_us) == (None, 1_800_000_000)
    assert (scenario.service_level.threshold_us, scenario.service_level.target) == (60_000_000, 0.8)
    assert read(top="study: steady").warm_up_us == "mser5"
    assert read(topic="retry: {probability: 0.5, delay: {fixed: 1m}}").topics[0].retry.at_most == 64  # type: ignore[union-attr]


def test_defaults_are_written_out():
    text = read().resolved
    for line in ("routing: least_loaded", "closing: serve_out", "interval: 30m", "scale: 1.0"):
        assert line in text.replace('"30m"', "30m")


def test_one_meaning_has_one_text():
    plain = read(work="{fixed: 90s}", topic='opening_hours: {mon-fri: "8:00-18:00"}')
    other = read(
        work="{fixed: 1m30s}", topic='opening_hours: {Monday-Friday: ["08:00 - 18:00"]}', top="# !"
    )
    assert plain.resolved == other.resolved
    assert scenario_hash(plain) == scenario_hash(other)


def test_the_hash_tells_scenarios_apart():
    assert scenario_hash(read()) != scenario_hash(read(work="{fixed: 90s}"))
    assert len(scenario_hash(read())) == 64


def test_a_table_and_its_rows_written_into_the_file_are_one_scenario(write):
    write("f.csv", "weekday,start,end,Sales,Other\nmon,00:00,24:00,48,7\n")
    beside = load(write("a.yaml", desk(arrivals="{forecast: f.csv}")))
    within = read(arrivals='{forecast: [{weekday: mon, start: 0:00, end: "24:00", Sales: 48}]}')
    assert beside == within


@given(
    st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])),
)
@settings(max_examples=100)
def test_any_name_survives(topic: str, about: str):
    text = desk(top=f"about: {json.dumps(about)}").replace("Sales", json.dumps(topic))
    scenario = loads(text)
    assert (scenario.topics[0].name, scenario.about) == (topic, about)
    assert loads(scenario.resolved) == scenario


def test_names_beyond_the_first_plane_survive():
    assert loads(read(top="about: Ünïcode 💬").resolved).about == "Ünïcode 💬"


def test_equal_arrivals_are_equal_and_others_are_not():
    one, two, other = (read(arrivals=f"{{rate_per_hour: {rate}}}") for rate in (6, "6.0", 7))
    assert one.topics[0].arrivals == two.topics[0].arrivals
    assert hash(one.topics[0].arrivals) == hash(two.topics[0].arrivals)
    assert one.topics[0].arrivals != other.topics[0].arrivals
    assert one.topics[0].arrivals != replace(one.topics[0].arrivals, day_factor_shape=3.0)
    assert one.topics[0].arrivals != "arrivals"
