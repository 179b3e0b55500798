"""Settings in their order, paths in words."""

from __future__ import annotations

import pytest

from simulator.sweep import settings
from tests.sweep.made_surveys import COUNT, ROSTER, SCALE, grid


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (COUNT, "Generalists: count"),
        (SCALE, "Sales: arrivals, scale"),
        ("topics[Sales].offline_form.after", "Sales: offline form, after"),
        ("agents[A b].output", "A b: output"),
        ("service_level.threshold", "service level, threshold"),
        ("closing", "closing"),
        ("agents[A]", "A"),
    ],
)
def test_paths_are_spoken(path, words):
    assert settings.spoken(path) == words


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (["10", "9", "10"], ["9", "10"]),
        (["90s", "1m", "2h"], ["1m", "90s", "2h"]),
        (["-1", "0.5", "0"], ["-1", "0", "0.5"]),
        (["late", "early"], ["late", "early"]),
        (["3", "none"], ["3", "none"]),
        (["[1, 1.7]", "[1]"], ["[1, 1.7]", "[1]"]),
        (["inf", "1"], ["inf", "1"]),
    ],
)
def test_numbers_and_durations_have_an_order_and_others_stay(given, order):
    assert settings.in_order(given) == order


def test_what_is_the_same_in_all_cases_is_not_varied():
    cases, paths = grid(count=["3", "4"], scale=["1"])
    assert settings.changed(cases, paths) == (COUNT,)
    assert settings.changed(cases.head(1), paths) == ()


def test_circumstances_are_the_customers_doing():
    paths = (COUNT, SCALE, ROSTER, "topics[S].patience", "topics[S].offline_form.after", "closing")
    assert settings.circumstances(paths) == (SCALE, "topics[S].patience")
