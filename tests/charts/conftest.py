"""A small real run of the two-topic desk, and the frames of every chart."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import metrics
from simulator.scenario import load
from simulator.sessions import open_run
from simulator.study import simulate

SCENARIOS = Path(__file__).parents[2] / "data/scenarios"


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Two replications of the chat desk's week."""
    folder = tmp_path_factory.mktemp("runs") / "chat_desk"
    return open_run(simulate(load(SCENARIOS / "chat_desk.yaml"), replications=2, out=folder))


@pytest.fixture(scope="session")
def frames(run):
    """Each chart's frame, by the chart's name."""
    world, sessions, agents = run.scenario, run.sessions, run.agents
    start = metrics.busiest_hour(world, sessions)
    day = {"by": "time_of_day"}
    return {
        "waits_over_the_day": metrics.waiting_times(world, sessions, per="topic", **day),
        "wait_tail": metrics.wait_tail(world, sessions, per="topic"),
        "wait_by_position": metrics.wait_given_position(world, sessions),
        "service_level_heatmap": metrics.service_level(
            world, sessions, by="weekday_time", per="topic"
        ),
        "queue_positions_over_the_day": metrics.queue_position(world, sessions, **day),
        "queue_length_over_the_day": metrics.queue_length(world, sessions, per="topic", **day),
        "staffing": metrics.agents_on_duty(world, sessions, agents),
        "open_chats_over_the_day": metrics.open_chats(world, sessions, agents),
        "patience_curve": metrics.patience(world, sessions),
        "giving_up_over_the_day": metrics.abandonment(world, sessions, **day),
        "traffic_by_hour": metrics.traffic(world, sessions),
        "chats_by_agent": metrics.chats_per_agent(world, sessions, agents),
        "outcomes": metrics.outcome_counts(world, sessions),
        "hour_strip": metrics.hour_strip(world, sessions, start=start),
        "start": start,
    }


@pytest.fixture(scope="session")
def draw(frames):
    """A maker of each chart by its name, from the run's frame or another one like it."""
    from simulator import charts

    day = {"zone": "Europe/Oslo", "step_h": 0.5}
    heat = {"definition": "of_all", "threshold": "60 s", "target": 0.8, "zone": "Europe/Oslo"}
    options = {
        "waits_over_the_day": {"threshold_s": 60.0, **day},
        "wait_tail": {"threshold_s": 60.0},
        "service_level_heatmap": heat,
        "queue_positions_over_the_day": day,
        "queue_length_over_the_day": {"staffing": frames["staffing"], **day},
        "open_chats_over_the_day": day,
        "giving_up_over_the_day": day,
        "traffic_by_hour": {"zone": "Europe/Oslo"},
        "hour_strip": {"start": frames["start"]},
    }

    def drawn(name, frame=None):
        chosen = frames[name] if frame is None else frame
        return getattr(charts, name)(chosen, **options.get(name, {}))

    return drawn
