"""The figures compared are those of ``summary.json``, and leaving one out is just that."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.comparison.figures import FIGURES, ONLY_OF_ALL, grouped_figures

ADDED = {"in_time", "agent_hours", "agent_min_per_served"}
IN_SUMMARY = [name for name in FIGURES if name not in ADDED]


def leaf(section, name):
    parent, _, child = name.partition(".")
    return section[parent][child]["value"] if child else section[parent]["value"]


@pytest.fixture(scope="module")
def overall(today):
    return grouped_figures(today.scenario, today.sessions, today.agents).figures


@pytest.mark.parametrize("name", IN_SUMMARY)
def test_is_the_figure_of_the_summary(today, overall, name):
    assert overall[name].of_all[0] == pytest.approx(leaf(today.summary["overall"], name), abs=1e-9)


@pytest.mark.parametrize("name", IN_SUMMARY)
def test_is_the_figure_of_the_summary_by_topic(today, name):
    found = grouped_figures(today.scenario, today.sessions, today.agents, per="topic")
    told = [leaf(section, name) for section in today.summary["topics"].values()]
    assert found.figures[name].of_all.tolist() == pytest.approx(told, abs=1e-9)


@pytest.fixture(scope="module")
def left_out(today):
    """The figures of the run's tables with each replication taken out of them."""

    def without(frame, number):
        rest = frame[frame["replication"] != number]
        return rest.assign(replication=rest["replication"].cat.remove_unused_categories())

    return [
        grouped_figures(
            today.scenario, without(today.sessions, number), without(today.agents, number)
        ).figures
        for number in today.sessions["replication"].cat.categories
    ]


@pytest.mark.parametrize("name", FIGURES)
def test_leaving_out_a_replication_is_simulating_without_it(overall, left_out, name):
    brute = [figures[name].of_all[0] for figures in left_out]
    assert overall[name].without[:, 0].tolist() == pytest.approx(brute)


def test_agents_hours_are_those_of_the_rosters(today, overall):
    shifts_h = 7.5 + 10 + 2 * 10  # Ada, Bo and the helpers, on each of two days
    per_day = overall["agent_hours"].of_all[0] / 2
    assert shifts_h + 2 <= per_day <= shifts_h + 3 + 0.1  # and the table, and Cy on Monday


def test_times_of_day_add_up_to_the_whole(today, overall):
    by_time = grouped_figures(today.scenario, today.sessions, today.agents, by="time_of_day")
    for name in ("counts.served", "in_time", "agent_hours"):
        assert np.nansum(by_time.figures[name].of_all) == pytest.approx(overall[name].of_all[0])


def test_what_belongs_to_no_topic_is_not_given_by_topic(today):
    found = grouped_figures(today.scenario, today.sessions, today.agents, per="topic")
    assert FIGURES.keys() - found.figures.keys() == ONLY_OF_ALL
