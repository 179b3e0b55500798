"""The desk that comes along has every feature on, and holds together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.distributions import Exponential, Gamma, Lognormal, Weibull
from simulator.scenario import Scenario, load, loads

HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def chat_desk() -> Scenario:
    return load(Path(__file__).parents[2] / "data" / "scenarios" / "chat_desk.yaml")


def test_the_customers(chat_desk: Scenario):
    sales, support = chat_desk.topics
    assert (sales.id, sales.name, support.id, support.name) == (1, "Sales", 2, "Support")
    assert sales.work == Gamma(450.0, 0.9)
    assert sales.patience == Weibull.by_mean(240.0, 1.5)
    assert sales.reaction == Lognormal.by_mean(20.0, 1.2)
    assert support.work == Lognormal.by_mean(660.0, 1.1)
    assert support.patience == Exponential(360.0)
    assert sales.transfer == ((1, 0.08),)
    assert None not in (sales.offline_form, sales.retry, sales.warn_agents_us)


def test_the_hours(chat_desk: Scenario):
    sales, support = chat_desk.topics
    assert [(o.opens_us // HOUR, o.closes_us / HOUR) for o in sales.openings[:2]] == [
        (8, 12),
        (12, 18),
    ]
    assert [o.lunch_follows for o in sales.openings] == [True, False] * 5
    assert [(o.opens_us / HOUR, o.closes_us / HOUR) for o in support.openings[5:]] == [(130, 135)]
    assert chat_desk.horizon_us == (7 * 24 - 1) * HOUR


def test_the_people(chat_desk: Scenario):
    assert [agent.name for agent in chat_desk.agents][:4] == ["Ada", "Bo", "Cy", "Generalists 1"]
    assert [group.topics for group in chat_desk.groups] == [(0,), (0, 1)]
    assert {group.output for group in chat_desk.groups} == {("1", "1.7", "2.2")}
    ada = chat_desk.agents[0].duty[:3]
    assert [(a / HOUR, b / HOUR, day) for a, b, day in ada] == [
        (8, 10, 0),
        (10.25, 12, 0),
        (12.5, 16, 0),
    ]


def test_the_load_is_sensible(chat_desk: Scenario):
    """In the busiest half-hour, work arrives at two thirds to nine tenths of all output."""
    offered = np.zeros(7 * 48)
    for topic in chat_desk.topics:
        where = topic.arrivals.starts_us // (HOUR // 2)
        np.add.at(offered, where, topic.arrivals.expected * topic.work.mean / 1800)
    assert 0.65 < offered.max() / (7 * 2.2) < 0.9


def test_it_is_read_again_as_the_same(chat_desk: Scenario):
    assert loads(chat_desk.resolved) == chat_desk
