"""The yardstick's own check: intervals with and without controls."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.metrics.uncertainty import ratio_interval
from tests.validation.estimates import LEVEL, controlled_ratio, controlled_sum
from tests.validation.replications import MINUTE, endless_desk


def test_without_controls_it_is_the_interval_of_the_metrics() -> None:
    rng = np.random.default_rng(1)
    below = rng.poisson(100, 30).astype(float)
    above = rng.binomial(below.astype(int), 0.3).astype(float)
    plain = ratio_interval(above, below, level=LEVEL)
    sure = controlled_ratio(above, below)
    assert plain.value is not None
    assert plain.low is not None
    assert sure.value == pytest.approx(plain.value)
    assert sure.value - sure.half_width == pytest.approx(plain.low)


def test_a_control_takes_its_luck_away() -> None:
    rng = np.random.default_rng(2)
    luck = rng.normal(size=200)
    figure = 5 + 3 * luck + rng.normal(scale=0.1, size=200)
    assert controlled_sum(figure, [luck]).half_width < controlled_sum(figure).half_width / 20
    assert controlled_sum(figure, [luck]).value == pytest.approx(5, abs=0.03)


def test_the_interval_with_controls_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    outside = 0
    for _ in range(2000):
        luck = rng.normal(size=(2, 20))
        sure = controlled_sum(7 + luck[0] + rng.normal(size=20), list(luck))
        outside += abs(sure.value - 7) > sure.half_width
    # two are expected at 99.9 %; more than nine have a chance of 1 in 20,000
    assert outside <= 9


def test_a_control_that_never_moves_is_left_out() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert controlled_sum(values, [np.zeros(4)]) == controlled_sum(values)


def test_the_endless_desk_counts_who_is_still_there() -> None:
    # the third customer comes as the first leaves, and does not meet them
    requested = np.array([0, 1, 5]) * MINUTE
    stay = np.array([5, 9, 1]) * MINUTE
    assert endless_desk(requested, stay).tolist() == [0, 1, 1]
