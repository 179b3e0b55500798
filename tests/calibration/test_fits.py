"""What agents answer, and how many are away: shares and spread by hand."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.fits import MOST_ABSENT, _absent, answers
from tests.calibration.made_desks import chat, recorded

MONDAY = date(2026, 1, 5)


def presence(hours, *, agents=10):
    """A group on consecutive dates with these agent hours, as many agents at once."""
    return pd.DataFrame(
        [
            (MONDAY + timedelta(days=day), step, agents * share)
            for day, share in enumerate(hours)
            for step in (540, 570)
        ],
        columns=["date", "start_min", "present"],
    )


def test_days_alike_have_nobody_away():
    assert _absent(presence([1.0] * 28)) == 0


def test_weekdays_may_differ_without_anybody_away():
    assert _absent(presence([1.0, 2.0, 0.5, 1.0, 1.0, 0.25, 3.0] * 4)) == 0


def test_absences_are_found_again():
    # Twenty agents, each away with probability 0.1, for 40 weeks
    there = np.random.default_rng(3).binomial(20, 0.9, 280) / 20
    assert _absent(presence(there, agents=20)) == pytest.approx(0.1, abs=0.025)


def test_too_few_dates_say_nothing_and_wild_ones_are_cut():
    wild = np.random.default_rng(1).random(28) + 0.01
    assert _absent(presence(wild[:8])) == 0
    assert _absent(presence(wild)) == MOST_ABSENT
    assert _absent(presence([])) == 0


def test_answers_are_shares_of_what_a_group_picks_up():
    history = recorded(
        *(chat(n, n + 1, n + 2, "Ann", topic="Sales") for n in range(3)),
        chat(5, 6, 7, "Ann", topic="Help"),
        chat(8, 9, 10, "Bo", topic="Help"),
        chat(11, 12, 13, None, topic="Help"),  # nobody's
        chat(14, 15, 16, "Cy", topic="Other"),
    )
    groups = {"Both": ("Agent 1",), "Helpers": ("Agent 2",), "Idle": ("Agent 9",)}
    agents = [
        SimpleNamespace(group=SimpleNamespace(name=name, agents=own))
        for name, own in groups.items()
    ]
    topics = [SimpleNamespace(name=name) for name in ("Help", "Sales")]
    told = answers(history, agents, topics)
    assert list(told.index) == list(groups)
    assert list(told.columns) == ["Help", "Sales"]
    assert told.to_numpy().tolist() == [[0.25, 0.75], [1, 0], [0, 0]]
