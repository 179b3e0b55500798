"""Paired differences: known by hand, and narrow where luck is shared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.sweep.pairing import by_replication, one_against_all, one_sided, two_sided
from tests.sweep.made_surveys import figures

NAN = np.nan


def test_replications_are_rows_and_cases_columns_in_the_order_asked_for():
    values = pd.DataFrame(
        {"case": ["b", "a", "a"], "replication": [1, 1, 2], "value": [3.0, 1.0, 2.0]}
    )
    wide = by_replication(values, ["a", "b", "c"])
    np.testing.assert_array_equal(wide, [[1.0, 3.0, NAN], [2.0, NAN, NAN]])


def test_the_interval_is_the_paired_t_interval():
    wide = by_replication(figures({"a": 0.8, "b": 0.82}, replications=9), ["a", "b"])
    low, high = two_sided(one_against_all(wide, wide[:, 0]), level=0.9)
    told = stats.ttest_rel(wide[:, 1], wide[:, 0]).confidence_interval(0.9)
    assert (low[1], high[1]) == pytest.approx((told.low, told.high))


def test_common_luck_falls_out():
    wide = by_replication(figures({"a": 0.8, "b": 0.82}, shared=0.5, noise=0.001), ["a", "b"])
    assert one_against_all(wide, wide[:, 0]).error[1] < 0.001 < wide.std() / 10


def test_only_shared_replications_count():
    wide = np.array([[1.0, 2.0], [1.0, 4.0], [9.0, NAN]])
    paired = one_against_all(wide, wide[:, 0])
    assert (paired.mean[1], paired.n.tolist()) == (2.0, [3, 2])


@pytest.mark.parametrize("rows", [0, 1])
def test_fewer_than_two_replications_have_no_error(rows):
    paired = one_against_all(np.ones((rows, 2)), np.ones(rows))
    assert np.isnan(paired.error).all()
    assert np.isnan(two_sided(paired, level=0.95)).all()
    assert np.isnan(paired.mean).all() == (rows == 0)


def test_rounding_is_no_difference():
    wide = np.array([[0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2]])
    paired = one_against_all(wide, wide[:, 0])
    assert paired.mean.tolist() == paired.error.tolist() == [0.0, 0.0]


def test_a_one_sided_margin_is_narrower_than_half_the_interval():
    wide = np.random.default_rng(1).normal(size=(8, 3))
    paired = one_against_all(wide, wide[:, 0])
    low, high = two_sided(paired, level=0.95)
    assert (one_sided(paired, level=0.95)[1:] < ((high - low) / 2)[1:]).all()


@given(st.integers(2, 6), st.integers(1, 5), st.integers(0, 10**6))
def test_differences_turn_their_sign_with_the_sides(rows, columns, seed):
    wide = np.random.default_rng(seed).normal(size=(rows, columns))
    there = one_against_all(wide, wide[:, 0])
    back = one_against_all(wide[:, [0]], wide[:, -1])
    assert back.mean[0] == pytest.approx(-there.mean[-1])
    assert back.error[0] == pytest.approx(there.error[-1])
