"""A run in which nobody came: every figure, chart and sentence of the report says so plainly."""

from __future__ import annotations

import math

import pytest

from simulator import charts, metrics
from simulator.scenario import load
from simulator.sessions import open_run
from simulator.study import simulate

QUIET = """
name: quiet
timezone: Europe/Oslo
start: 2026-03-23T00:00
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["08:00-18:00"]}
    arrivals: {rate_per_hour: 0}
    work: {fixed: 5m}
agents:
  - group: Desk
    count: 2
    topics: [Sales]
    cap: 2
    output: [1, 1.5]
"""
DAY = {"zone": "Europe/Oslo", "step_h": 0.5}
HEAT = {"definition": "of_all", "threshold": "60 s", "target": 0.8, "zone": "Europe/Oslo"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiet")
    (folder / "quiet.yaml").write_text(QUIET, encoding="utf-8")
    return open_run(simulate(load(folder / "quiet.yaml"), replications=2, out=folder / "run"))


def drawn(run, name):
    """The chart, by the words of its title."""
    world, sessions, agents = run.scenario, run.sessions, run.agents
    by_day = {"by": "time_of_day"}
    weekday = {"by": "weekday_time", "per": "topic"}
    frame, options = {
        "traffic_by_hour": (lambda: metrics.traffic(world, sessions), {"zone": "UTC"}),
        "chats_by_agent": (lambda: metrics.chats_per_agent(world, sessions, agents), {}),
        "outcomes": (lambda: metrics.outcome_counts(world, sessions), {}),
        "waits_over_the_day": (
            lambda: metrics.waiting_times(world, sessions, per="topic", **by_day),
            {"threshold_s": 60.0, **DAY},
        ),
        "wait_tail": (
            lambda: metrics.wait_tail(world, sessions, per="topic"),
            {"threshold_s": 60.0},
        ),
        "service_level_heatmap": (lambda: metrics.service_level(world, sessions, **weekday), HEAT),
        "queue_positions_over_the_day": (
            lambda: metrics.queue_position(world, sessions, **by_day),
            DAY,
        ),
        "wait_by_position": (lambda: metrics.wait_given_position(world, sessions), {}),
        "queue_length_over_the_day": (
            lambda: metrics.queue_length(world, sessions, per="topic", **by_day),
            {"staffing": metrics.agents_on_duty(world, sessions, agents), **DAY},
        ),
        "open_chats_over_the_day": (lambda: metrics.open_chats(world, sessions, agents), DAY),
        "patience_curve": (lambda: metrics.patience(world, sessions), {}),
        "giving_up_over_the_day": (lambda: metrics.abandonment(world, sessions, **by_day), DAY),
    }[name]
    return getattr(charts, name)(frame(), **options).get_suptitle().replace("\n", " ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("traffic_by_hour", "Nobody asked for a chat in this run"),
        ("chats_by_agent", "No agent picked up a chat in this run"),
        ("outcomes", "There were no sessions in this run"),
        ("waits_over_the_day", "Nobody queued in this run"),
        ("wait_tail", "Nobody queued in this run"),
        ("service_level_heatmap", "Nobody queued in this run, so there is no service level"),
        ("queue_positions_over_the_day", "Nobody got a place in the queue in this run"),
        ("wait_by_position", "Nobody queued in this run"),
        (
            "queue_length_over_the_day",
            "There is never a queue: 0 sessions wait at any time of the day",
        ),
        ("open_chats_over_the_day", "No agent had a chat open in this run"),
        ("patience_curve", "Nobody waited in this run, so nothing is known of patience"),
        ("giving_up_over_the_day", "Nobody queued in this run"),
    ],
)
def test_chart_says_plainly_that_there_is_nothing(run, name, said):
    assert drawn(run, name) == said


def test_sentences_and_tiles_say_that_nobody_queued(run):
    assert metrics.headline(run.scenario, run.summary).startswith("Nobody queued in this run")
    lost = metrics.customers_finally_lost(run.scenario, run.sessions)
    assert metrics.lost_for_good(lost) == "Nobody queued in this run, so nobody was lost."
    assert metrics.key_figures(run.scenario, run.summary)["value"].tolist() == [
        "–", "–", "–", "–", "0.0 %", "–"
    ]  # fmt: skip
    assert len(metrics.all_figures(run.scenario, run.summary)) > 10


def test_counts_are_zero_and_what_nobody_waited_is_unknown(run):
    counts = run.summary["overall"]["counts"]
    assert {leaf["value"] for leaf in counts.values()} == {0.0}
    numbers = metrics.todays_numbers(run.scenario, run.sessions).set_index("figure")["value"]
    assert numbers[["sessions requested", "chats started"]].tolist() == [0.0, 0.0]
    assert math.isnan(numbers["average waiting time"])
    assert math.isnan(numbers["maximum waiting time"])
    sent = metrics.warnings_sent(run.scenario, run.sessions)
    assert sent[["to_agents", "to_managers"]].to_numpy().tolist() == [[0.0, 0.0]]


def test_hour_under_the_lens_is_empty(run):
    start = metrics.busiest_hour(run.scenario, run.sessions, replication=2)
    frame = metrics.hour_strip(run.scenario, run.sessions, start=start, replication=2)
    figure = charts.hour_strip(frame, start=start, replication=2)
    assert figure.get_suptitle() == "Nothing happens in the hour from 00:00"
