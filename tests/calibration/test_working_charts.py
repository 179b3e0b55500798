"""The charts of what agents do say what they show."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.calibration.working import (
    agent_groups,
    gaps,
    presence,
    presence_over_the_day,
    reaction,
)
from simulator.charts.working import (
    agents_there,
    gaps_between_chats,
    output_by_open_chats,
    reaction_times,
)
from tests.calibration.made_desks import CHAT_DESK, simulated


@pytest.fixture(scope="module")
def chat_desk():
    return simulated(CHAT_DESK)


@pytest.fixture(scope="module")
def groups(chat_desk):
    return agent_groups(chat_desk)


def title(figure):
    figure.canvas.draw()
    return " ".join(figure.get_suptitle().split())


def test_output_is_told_by_level(groups):
    group = groups[1]
    text = title(output_by_open_chats(group.levels, group=group.name))
    assert f"with two chats open, {group.output[1].value:.2f} times" in text
    assert f"with three {group.output[2].value:.2f} times" in text


def test_one_chat_at_a_time_has_no_levels_to_show(groups):
    text = title(output_by_open_chats(groups[0].levels.head(1), group="Agents"))
    assert "one chat open at a time" in text


def test_reaction_is_told_with_mean_and_median(chat_desk, groups):
    best = reaction(chat_desk, groups, "Sales").fits
    figure = reaction_times(
        best.curves, topic="Sales", family=best.best.family, mean_s=best.best.mean_s
    )
    assert "a free agent takes the next chat after" in title(figure)
    assert figure.axes[0].get_xscale() == "log"


def test_gaps_show_where_absence_begins(chat_desk, groups):
    found = gaps(chat_desk, groups, groups[1])
    figure = gaps_between_chats(
        found.curve, found.hazard, group="Generalists", absence_s=found.absence_s
    )
    assert "nobody stays away longer than" in title(figure)
    cutoffs = [line.get_xdata()[0] for axes in figure.axes for line in axes.lines[-1:]]
    assert cutoffs == [found.absence_s] * 2


def test_agents_there_tells_the_peak(chat_desk, groups):
    day = presence_over_the_day(presence(chat_desk, groups), "Sales + Support")
    figure = agents_there(day, group="Generalists", zone="Europe/Oslo", step_h=0.5)
    assert "agents are seen" in title(figure)
    assert {text.get_text() for text in figure.axes[0].texts} >= {"seen", "there", "chats open"}


def test_nothing_to_show_is_said(chat_desk, groups):
    found = gaps(chat_desk, groups, groups[1])
    empty = title(gaps_between_chats(found.curve.head(0), found.hazard, group="Ann", absence_s=300))
    assert "never needed" in empty
    day = presence_over_the_day(presence(chat_desk, groups), "Sales")
    quiet = day.assign(seen=np.zeros(len(day)))
    assert "nobody was seen" in title(agents_there(quiet, group="Ann", zone="UTC", step_h=0.5))
