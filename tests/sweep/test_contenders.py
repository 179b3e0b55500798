"""Which cases could be the best: the truly best one is kept as often as promised."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.sweep.contenders import contenders
from tests.sweep.made_surveys import figures


def kept(frame):
    return set(frame.loc[frame["could_be_best"], "case"])


def test_a_clear_winner_stands_alone_and_first():
    found = contenders(figures({"a": 0.7, "b": 0.8, "c": 0.75}), ["a", "b", "c"], better=1)
    assert list(found["case"]) == ["b", "c", "a"]
    assert kept(found) == {"b"}
    assert found["difference"].tolist() == pytest.approx([0.0, -0.05, -0.1], abs=0.002)
    assert (found["low"] <= found["difference"]).all()


def test_less_is_better_where_it_is():
    found = contenders(figures({"a": 30.0, "b": 20.0}), ["a", "b"], better=-1)
    assert list(found["case"]) == ["b", "a"]
    assert kept(found) == {"b"}


def test_cases_too_close_to_tell_are_all_kept():
    values = figures({"a": 0.8, "b": 0.8001, "c": 0.6}, noise=0.01)
    assert kept(contenders(values, ["a", "b", "c"], better=1)) == {"a", "b"}


def test_equals_are_kept_in_the_order_of_the_study():
    values = figures({"a": 0.8, "b": 0.8}, noise=0.0)
    found = contenders(values, ["b", "a"], better=1)
    assert list(found["case"]) == ["b", "a"]
    assert kept(found) == {"a", "b"}


def test_one_replication_puts_nobody_out():
    found = contenders(figures({"a": 0.7, "b": 0.8}, replications=1), ["a", "b"], better=1)
    assert kept(found) == {"a", "b"}
    assert found["low"].isna().all()


def test_one_case_is_the_best_of_itself():
    found = contenders(figures({"a": 0.7}), ["a"], better=1)
    assert kept(found) == {"a"}


def test_a_case_in_which_nothing_was_counted_stands_last_and_is_out():
    values = pd.concat([figures({"a": 0.7}), figures({"b": np.nan})])
    found = contenders(values, ["b", "a"], better=1)
    assert list(found["case"]) == ["a", "b"]
    assert kept(found) == {"a"}


def test_the_best_is_kept_as_often_as_promised():
    """Ten cases, nine equal ones just behind the best, independent luck: the hardest to tell."""
    rng, missed = np.random.default_rng(5), 0
    names = [f"case {at}" for at in range(10)]
    index = pd.MultiIndex.from_product([range(8), names], names=["replication", "case"])
    for _ in range(150):
        noise = rng.normal(size=(8, 10))
        noise[:, 0] += 0.05
        values = pd.DataFrame({"value": noise.ravel()}, index=index).reset_index()
        missed += names[0] not in kept(contenders(values, names, better=1, level=0.9))
    assert missed <= 25  # at most 15 expected; 25 and more in fewer than 1 of 100


def test_the_frame_is_left_as_it_is():
    values = figures({"a": 0.7, "b": 0.8})
    before = values.copy()
    contenders(values, ["a", "b"], better=1)
    pd.testing.assert_frame_equal(values, before)
