"""Mean, cv, quantile, cdf and draws of every distribution tell the same story."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from simulator.distributions import (
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Fixed,
    Gamma,
    Hyperexponential,
    Lognormal,
    Mixture,
    Survival,
    Uniform,
    Weibull,
)
from simulator.errors import UsageError

CURVE = ((10.0, 20.0, 30.0), (0.8, 0.6, 0.4))

# distribution, mean, cv; by hand or from the textbook's formula
KNOWN = [
    (Fixed(180.0), 180.0, 0.0),
    (Fixed(0.0), 0.0, 0.0),
    (Exponential(240.0), 240.0, 1.0),
    (Erlang(4, 60.0), 60.0, 0.5),
    (Gamma(450.0, 0.9), 450.0, 0.9),
    (Gamma.by_shape(4.0, 15.0), 60.0, 0.5),
    (Lognormal.by_mean(660.0, 1.1), 660.0, 1.1),
    # e^(4.7342 + .9447²/2), √(e^.9447² − 1): the services of the Anonymous Bank
    (Lognormal(4.7342, 0.9447), 177.759061, 1.200468),
    (Weibull.by_mean(240.0, 1.5), 240.0, 0.678969),
    (Weibull(240.0, 1.0), 240.0, 1.0),
    (Weibull.by_cv(100.0, 0.7), 100.0, 0.7),
    (Weibull.by_cv(100.0, 3.0), 100.0, 3.0),
    (Hyperexponential(10.0, 2.0), 10.0, 2.0),
    (Hyperexponential(10.0, 1.0), 10.0, 1.0),
    (Uniform(2.0, 6.0), 4.0, 4 / math.sqrt(12) / 4),
    (Uniform(3.0, 3.0), 3.0, 0.0),
    (Empirical((60.0, 300.0), (3.0, 1.0)), 120.0, math.sqrt((3 * 60**2 + 180**2) / 4) / 120),
    (Empirical((5.0,)), 5.0, 0.0),
    # the curve's area 9 + 7 + 5, and 0.4 × its tail's 10 / ln(…): the hazard from 15 s to 30 s
    (Survival(*CURVE), 21 + 0.4 * 15 / math.log(0.7 / 0.4), 0.864364),
    (Survival(*CURVE, tail="end"), 21.0, math.sqrt((180 + 360) / 21**2 - 1)),
    (Survival(*CURVE, tail="end", between="steps"), 24.0, 8 / 24),
    (Survival(*CURVE, tail_mean=60.0), 45.0, math.sqrt(4860 / 45**2 - 1)),
    (Survival((10.0,), (0.0,)), 5.0, 1 / math.sqrt(3)),
    # a tenth gives up at once, the others after 1000 s in the mean
    (Mixture((0.1, 0.9), (Fixed(0.0), Exponential(1000.0))), 900.0, math.sqrt(1.8 / 0.81 - 1)),
    (Mixture((2.0, 0.0), (Fixed(7.0), Exponential(1.0))), 7.0, 0.0),
]
IDS = [f"{number}-{type(row[0]).__name__}" for number, row in enumerate(KNOWN)]

each = pytest.mark.parametrize(("distribution", "mean", "cv"), KNOWN, ids=IDS)


@each
def test_mean_and_cv_are_the_known_ones(distribution: Distribution, mean: float, cv: float):
    assert (distribution.mean, distribution.cv) == pytest.approx((mean, cv), rel=2e-5, abs=1e-12)


@each
def test_draws_have_that_mean_and_spread(distribution: Distribution, mean: float, cv: float):
    draws = distribution.sample(np.random.default_rng(7), 200_000)
    tolerance = 5 * cv * mean / math.sqrt(draws.size) + 1e-9
    assert draws.shape == (200_000,)
    assert draws.min() >= 0
    assert abs(draws.mean() - mean) <= tolerance
    assert draws.std() == pytest.approx(cv * mean, rel=0.1, abs=1e-9)


@each
def test_draws_follow_the_cdf(distribution: Distribution, mean: float, cv: float):
    draws = np.sort(distribution.sample(np.random.default_rng(8), 20_000))
    points = draws[:: 20_000 // 50]
    share = np.searchsorted(draws, points, side="right") / draws.size
    assert np.abs(share - distribution.cdf(points)).max() < 0.02  # Kolmogorov at far below 1e-4


@each
def test_quantile_is_the_smallest_value_at_which_the_cdf_gets_there(
    distribution: Distribution, mean: float, cv: float
):
    q = np.linspace(0.001, 0.999, 333)
    x = distribution.quantile(q)
    assert (np.diff(x) >= 0).all()
    assert (distribution.cdf(x) >= q - 1e-9).all()
    just_below = x * (1 - 1e-6)
    assert (distribution.cdf(just_below)[x > 0] <= q[x > 0] + 1e-9).all()


@each
def test_frozen_and_equal_by_value(distribution: Distribution, mean: float, cv: float):
    assert distribution == distribution
    assert len({distribution, distribution}) == 1
    first = dataclasses.fields(distribution)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(distribution, first, 1.0)


def test_another_mean_stretches_the_same_customers():
    for one, other in [
        (Exponential(100.0), Exponential(200.0)),
        (Gamma(100.0, 0.9), Gamma(200.0, 0.9)),
        (Weibull(100.0, 1.5), Weibull(200.0, 1.5)),
        (Lognormal.by_mean(100.0, 1.1), Lognormal.by_mean(200.0, 1.1)),
        (Hyperexponential(100.0, 2.0), Hyperexponential(200.0, 2.0)),
    ]:
        draws = one.sample(np.random.default_rng(1), 1000)
        assert np.allclose(2 * draws, other.sample(np.random.default_rng(1), 1000))


def test_balanced_means_bring_half_the_mean_each():
    branches = Hyperexponential(10.0, 2.0).mixture
    halves = [
        share * part.mean for share, part in zip(branches.shares, branches.parts, strict=True)
    ]
    assert halves == pytest.approx([5.0, 5.0])


def test_survivors_of_a_curve_without_end_never_give_up():
    patience = Survival((10.0,), (0.4,), tail="never")
    assert patience.quantile(np.array([0.3, 0.6, 0.61])).tolist() == pytest.approx(
        [5.0, 10.0, math.inf]
    )
    assert patience.mean == math.inf
    assert math.isnan(patience.cv)
    assert patience.cdf(np.array([5.0, 1e9])).tolist() == pytest.approx([0.3, 0.6])


def test_a_flat_stretch_of_a_curve_is_leapt_over():
    curve = Survival((10.0, 20.0, 30.0), (0.5, 0.5, 0.0))
    assert curve.quantile(np.array([0.5, 0.5000001, 0.75])) == pytest.approx([10, 20, 25])


def test_steps_put_all_mass_on_the_points():
    curve = Survival((10.0, 20.0), (0.7, 0.0), between="steps")
    assert curve.quantile(np.array([0.3, 0.31])).tolist() == [10.0, 20.0]
    assert set(curve.sample(np.random.default_rng(1), 500)) == {10.0, 20.0}


def test_values_of_no_weight_never_come():
    values = Empirical((3.0, 1.0, 2.0), (0.0, 1.0, 1.0))
    assert values.quantile(np.array([0.0, 0.5, 0.51, 1.0])).tolist() == [1.0, 1.0, 2.0, 2.0]
    assert values.cdf(np.array([0.5, 1.0, 3.0])).tolist() == [0.0, 0.5, 1.0]


def test_mixture_with_an_endless_part_has_finite_quantiles_as_far_as_they_go():
    endless = Survival((10.0,), (0.5,), tail="never")
    mixture = Mixture((0.5, 0.5), (endless, Fixed(1.0)))
    found = mixture.quantile(np.array([0.2, 0.75, 0.76]))
    assert found.tolist() == pytest.approx([1.0, 10.0, math.inf])


# what is wrong, and a word of the message
WRONG = [
    (lambda: Fixed(-1.0), "fixed duration is -1"),
    (lambda: Fixed(math.nan), "finite"),
    (lambda: Exponential(0.0), "mean of the exponential is 0; give a finite number above 0"),
    (lambda: Exponential(math.inf), "finite"),
    (lambda: Erlang(0, 1.0), "k of the Erlang"),
    (lambda: Gamma(1.0, 0.0), "cv of the gamma"),
    (lambda: Lognormal.by_mean(-3.0, 1.0), "mean of the lognormal is -3"),
    (lambda: Lognormal(1.0, 0.0), "log_sd"),
    (lambda: Weibull(1.0, -1.0), "shape of the Weibull"),
    (lambda: Weibull.by_cv(1.0, 1e9), "between 0.01 and 100"),
    (lambda: Hyperexponential(1.0, 0.5), "at least 1"),
    (lambda: Uniform(2.0, 1.0), "high of the uniform is 1"),
    (lambda: Empirical(()), "no values"),
    (lambda: Empirical((1.0,), (1.0, 2.0)), "one weight for each"),
    (lambda: Empirical((1.0,), (0.0,)), "sum of the weights"),
    (lambda: Empirical((-1.0,)), "value of the empirical"),
    (lambda: Survival((), ()), "at least one"),
    (lambda: Survival((2.0, 1.0), (0.5, 0.4)), "rising times"),
    (lambda: Survival((1.0, 2.0), (0.5, 0.6)), "from 1 down to 0"),
    (lambda: Survival((1.0, 2.0), (0.5, 0.5)), "flat over its second half"),
    (lambda: Survival((1.0,), (0.5,), tail="end", tail_mean=3.0), "belongs to tail exponential"),
    (lambda: Mixture((1.0,), ()), "one weight for each part"),
    (lambda: Mixture((0.0,), (Fixed(1.0),)), "sum of the mixture's weights"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[row[1] for row in WRONG])
def test_impossible_parameters_are_refused(make, message: str):
    with pytest.raises(UsageError, match=message):
        make()
