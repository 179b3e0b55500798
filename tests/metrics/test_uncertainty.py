"""Intervals over replications: against the textbook, against the jackknife, and in coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simulator.metrics.uncertainty import (
    SHARE,
    Estimate,
    mean_interval,
    quantile_interval,
    quantile_intervals,
    ratio_interval,
)


def test_mean_interval_is_student_t():
    values = [3.1, 4.7, 2.2, 5.9, 4.4]
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    estimate = mean_interval(values)
    assert (estimate.low, estimate.high) == (pytest.approx(low), pytest.approx(high))
    assert estimate.n == 5


def test_ratio_is_of_totals_and_not_the_mean_of_ratios():
    # 1 of 1 and 10 of 100: totals give 11/101, the mean of ratios would be 0.55
    assert ratio_interval([1, 10], [1, 100]).value == pytest.approx(11 / 101)


def test_ratio_interval_by_hand():
    # R = 6/8; residuals N - R D: 2 - 2.25, 4 - 3.75; s² = 0.125; se = sqrt(0.125 / 2) / 4
    half = stats.t.ppf(0.975, 1) * math.sqrt(0.125 / 2) / 4
    estimate = ratio_interval([2, 4], [3, 5])
    assert estimate.value == 0.75
    assert estimate.high - estimate.value == pytest.approx(half)


def test_delta_method_agrees_with_the_jackknife():
    rng = np.random.default_rng(2)
    of = rng.poisson(200, 30).astype(float)
    hits = rng.binomial(of.astype(int), 0.8).astype(float)
    left_out = (hits.sum() - hits) / (of.sum() - of)
    pseudo = 30 * hits.sum() / of.sum() - 29 * left_out
    jackknife = stats.t.ppf(0.975, 29) * stats.sem(pseudo)
    estimate = ratio_interval(hits, of)
    assert estimate.high - estimate.value == pytest.approx(jackknife, rel=0.02)


@pytest.mark.parametrize(
    ("numerators", "denominators", "expected"),
    [
        ([8], [10], Estimate(0.8, None, None, 10)),  # one replication has no interval
        ([0, 0], [0, 0], Estimate(None, None, None, 0)),  # nothing to count
        ([3, 0], [4, 0], Estimate(0.75, None, None, 4)),  # only one replication counts anything
        ([5, 5], [5, 5], Estimate(1.0, 1.0, 1.0, 10)),  # certain, as far as seen
    ],
)
def test_what_cannot_be_known_is_none(numerators, denominators, expected):
    assert ratio_interval(numerators, denominators, bounds=SHARE) == expected


def test_share_stays_between_0_and_1():
    estimate = ratio_interval([1, 9], [10, 10], bounds=SHARE)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_higher_level_is_wider():
    narrow, wide = (mean_interval([1.0, 2.0, 4.0], level=level) for level in (0.95, 0.999))
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 0.1])
def test_quantile_is_numpys_inverted_cdf(share):
    rng = np.random.default_rng(3)
    values, replication = rng.exponential(60, 997).round(1), rng.integers(0, 7, 997)
    expected = np.quantile(values, share, method="inverted_cdf")
    estimate = quantile_interval(values, replication, share)
    assert estimate.value == expected
    assert estimate.low <= expected <= estimate.high


def test_quantile_of_a_mass_at_zero_is_surely_zero():
    estimate = quantile_interval([0, 0, 0, 5, 0, 0, 0, 7], [1, 1, 1, 1, 2, 2, 2, 2], 0.5)
    assert (estimate.low, estimate.value, estimate.high) == (0.0, 0.0, 0.0)


def test_quantiles_of_groups_do_not_mix():
    # value     1  2  3  |  10  20  30, groups a and b, the third one empty
    values = np.array([3.0, 10.0, 1.0, 30.0, 2.0, 20.0])
    estimates = quantile_intervals(
        values,
        0.5,
        group=np.array([0, 1, 0, 1, 0, 1]),
        groups=3,
        replication=np.zeros(6, dtype=np.intp),
        replications=1,
    )
    assert estimates.value[:2].tolist() == [2.0, 20.0]
    assert math.isnan(estimates.value[2])
    assert estimates.n.tolist() == [3, 3, 0]


def test_intervals_cover_the_truth_as_often_as_they_say():
    # Waits that share a replication's luck: 20 replications of some 60 sessions, 400 studies.
    rng = np.random.default_rng(4)
    covered = np.zeros(2)
    truth = rng.gamma(50, 1 / 50, 10**6) * rng.exponential(1.0, 10**6)
    true_p90, true_share = np.quantile(truth, 0.9), (truth > 1.0).mean()
    for _ in range(400):
        sizes = rng.poisson(60, 20)
        replication = np.repeat(np.arange(20), sizes)
        luck = rng.gamma(50, 1 / 50, 20)
        waits = luck[replication] * rng.exponential(1.0, sizes.sum())
        p90 = quantile_interval(waits, replication, 0.9)
        late = np.bincount(replication, waits > 1.0, minlength=20)
        share = ratio_interval(late, sizes)
        covered += [p90.low <= true_p90 <= p90.high, share.low <= true_share <= share.high]
    assert np.all((covered / 400 > 0.92) & (covered / 400 < 0.98))
