"""The front of cost against a figure: who is on it, who is beaten, who cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.sweep.frontier import BEATEN, CLOSE, FRONT, frontier
from tests.sweep.made_surveys import figures


def of(cost, means, *, better=1, **more):
    """Standing by case."""
    values = figures(means, **more)
    value = values.groupby("case")["value"].mean()
    table = pd.DataFrame({"case": list(means), "cost": [cost[case] for case in means]})
    table["value"] = table["case"].map(value)
    found = frontier(table.assign(low=np.nan, high=np.nan), values, better=better)
    return dict(
        zip(found["case"], zip(found["standing"], found["beaten_by"], strict=True), strict=True)
    )


def test_who_costs_more_and_does_worse_is_beaten():
    cost = {"cheap": 100.0, "good": 200.0, "waste": 250.0}
    found = of(cost, {"cheap": 0.7, "good": 0.9, "waste": 0.8})
    assert found == {"cheap": (FRONT, ""), "good": (FRONT, ""), "waste": (BEATEN, "good")}


def test_a_difference_within_chance_is_too_close_to_call():
    found = of({"a": 100.0, "b": 100.0}, {"a": 0.8, "b": 0.801}, noise=0.02)
    (front,) = [case for case, (standing, _) in found.items() if standing == FRONT]
    (other,) = {"a", "b"} - {front}
    assert found[other] == (CLOSE, front)


def test_seconds_of_overtime_are_no_difference_in_cost():
    found = of({"a": 100.0, "b": 100.05}, {"a": 0.8, "b": 0.9})
    assert found["a"] == (BEATEN, "b")


def test_less_is_better_where_it_is():
    found = of({"a": 1.0, "b": 2.0}, {"a": 10.0, "b": 20.0}, better=-1)
    assert found == {"a": (FRONT, ""), "b": (BEATEN, "a")}


def test_one_replication_beats_nobody():
    found = of({"a": 1.0, "b": 2.0}, {"a": 0.9, "b": 0.5}, replications=1)
    assert found["b"] == (CLOSE, "a")


def test_equals_share_the_front():
    found = of({"a": 1.0, "b": 1.0}, {"a": 0.9, "b": 0.9}, noise=0.0)
    assert [standing for standing, _ in found.values()] == [FRONT, FRONT]


def test_rows_stand_in_order_of_cost_and_unknown_ones_are_left_out():
    values = figures({"a": 0.8, "b": 0.7, "c": np.nan})
    table = pd.DataFrame(
        {"case": list("abc"), "cost": [2.0, 1.0, 0.5], "value": [0.8, 0.7, np.nan]}
    )
    assert list(frontier(table, values, better=1)["case"]) == ["b", "a"]


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20)), min_size=1, max_size=12))
def test_nobody_on_the_front_is_beaten_and_everybody_else_is_by_somebody(points):
    names = [f"case {at}" for at in range(len(points))]
    means = {name: value / 20 for name, (_, value) in zip(names, points, strict=True)}
    found = of(
        {name: float(cost) for name, (cost, _) in zip(names, points, strict=True)},
        means,
        replications=2,
        noise=0.0,
        shared=0.0,
    )
    at = dict(zip(names, points, strict=True))
    for name, (standing, by) in found.items():
        better = [
            other
            for other in names
            if at[other][0] <= at[name][0] and at[other][1] >= at[name][1] and at[other] != at[name]
        ]
        assert (standing == FRONT) == (not better)
        assert by in ([""] if standing == FRONT else better)


def test_the_table_is_left_as_it_is():
    values = figures({"a": 0.8, "b": 0.7})
    table = pd.DataFrame({"case": ["a", "b"], "cost": [2.0, 1.0], "value": [0.8, 0.7], "more": 1})
    before = table.copy()
    found = frontier(table, values, better=1)
    pd.testing.assert_frame_equal(table, before)
    assert "more" in found


def test_an_empty_table_has_no_front():
    table = pd.DataFrame({"case": ["a"], "cost": [np.nan], "value": [0.8]})
    assert frontier(table, figures({"a": 0.8}), better=1).empty


@pytest.mark.parametrize("number", [300])
def test_hundreds_of_cases_take_no_time(number):
    means = {f"case {at:03d}": at / number for at in range(number)}
    found = of({case: 1.0 + at % 17 for at, case in enumerate(means)}, means, replications=5)
    assert sum(standing == FRONT for standing, _ in found.values()) >= 1
