"""Leaving out one replication at a time: exact arithmetic, and the same as doing it by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.comparison.jackknife import half_width, of_quantile, of_ratio, standard_error
from simulator.metrics.uncertainty import ratio_interval


def column(*values):
    return np.array(values, dtype=np.float64)[:, np.newaxis]


def test_ratio_of_totals_three_ways():
    ratio = of_ratio(column(8, 3, 10), column(10, 5, 20))
    assert ratio.of_all.tolist() == [21 / 35]
    assert ratio.without[:, 0].tolist() == [13 / 25, 18 / 30, 11 / 15]
    assert ratio.alone[:, 0].tolist() == [0.8, 0.6, 0.5]


def test_difference_of_ratios_is_no_mean_of_differences():
    before = of_ratio(column(1, 90), column(2, 100))
    after = of_ratio(column(2, 90), column(2, 100))
    assert (after - before).of_all.tolist() == [pytest.approx(92 / 102 - 91 / 102)]
    assert (after - before).alone.mean() == 0.25  # what must not be told


def test_interval_of_a_mean_is_the_paired_t_interval():
    before, after = np.array([5.0, 7.0, 4.0, 9.0]), np.array([6.0, 7.5, 7.0, 9.0])
    ones = np.ones((4, 1))
    gain = of_ratio(column(*after), ones) - of_ratio(column(*before), ones)
    half = half_width(gain.error(), replications=4, level=0.95)
    low, high = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert (gain.of_all - half)[0] == pytest.approx(low)
    assert (gain.of_all + half)[0] == pytest.approx(high)


def test_ratio_agrees_with_the_delta_method_to_the_first_order():
    rng = np.random.default_rng(3)
    queued = rng.poisson(1000, 40).astype(float)
    met = rng.binomial(queued.astype(int), 0.8).astype(float)
    ratio = of_ratio(met[:, np.newaxis], queued[:, np.newaxis])
    half = half_width(ratio.error(), replications=40, level=0.95)[0]
    delta = ratio_interval(met, queued)
    assert half == pytest.approx((delta.high - delta.low) / 2, rel=0.01)


numbers = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 60), st.integers(0, 50), st.integers(1, 60)),
    min_size=2,
    max_size=8,
)


@given(numbers)
def test_error_is_that_of_brute_force(rows):
    table = np.array(rows, dtype=np.float64)
    gain = of_ratio(table[:, [0]], table[:, [1]]) - of_ratio(table[:, [2]], table[:, [3]])
    left = []
    for out in range(len(table)):
        part = np.delete(table, out, axis=0).sum(axis=0)
        left.append(part[0] / part[1] - part[2] / part[3])
    m = len(left)
    error = np.sqrt((m - 1) / m * sum((value - np.mean(left)) ** 2 for value in left))
    assert gain.error()[0] == pytest.approx(error, abs=1e-10)


def test_quantiles_are_those_of_what_is_left():
    rng = np.random.default_rng(5)
    values = rng.exponential(60, 300)
    group, replication = rng.integers(0, 3, 300), rng.integers(0, 4, 300)
    found = of_quantile(values, 0.9, group=group, groups=3, replication=replication, replications=4)
    for at in range(3):
        mine = values[group == at]
        assert found.of_all[at] == np.quantile(mine, 0.9, method="inverted_cdf")
        for out in range(4):
            rest = values[(group == at) & (replication != out)]
            own = values[(group == at) & (replication == out)]
            assert found.without[out, at] == np.quantile(rest, 0.9, method="inverted_cdf")
            assert found.alone[out, at] == np.quantile(own, 0.9, method="inverted_cdf")


def test_a_group_without_values_has_no_quantile():
    nobody = np.zeros(0, dtype=np.intp)
    found = of_quantile(
        np.zeros(0), 0.5, group=nobody, groups=2, replication=nobody, replications=3
    )
    assert np.isnan(found.of_all).all()
    assert found.without.shape == (3, 2)


def test_nothing_to_count_is_not_known():
    ratio = of_ratio(column(0, 0), column(0, 0))
    assert np.isnan(ratio.of_all[0])
    assert np.isnan(ratio.error()[0])


def test_one_replication_alone_with_anything_gives_no_interval():
    assert np.isnan(of_ratio(column(3, 0, 0), column(4, 0, 0)).error()[0])


def test_one_replication_has_no_error():
    assert np.isnan(standard_error(np.array([[1.0, 2.0]]))).all()


def test_rounding_is_no_spread():
    thirds = of_ratio(column(*[0.1] * 7), column(*[0.3] * 7))
    assert thirds.error().tolist() == [0.0]


def test_gain_per_hour_is_unknown_where_no_hour_was_added():
    ones = np.ones((2, 1))
    gain, hours = of_ratio(column(1, 2), ones), of_ratio(column(0, 0), ones)
    assert np.isnan((gain / hours).of_all[0])
