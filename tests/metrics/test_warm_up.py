"""MSER-5 and the warm-up it gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.metrics.chats import chats
from simulator.metrics.warm_up import mser5, observed, warm_up_us

HOUR_US = 3_600_000_000


def slow_mser5(series):
    """The definition, literally."""
    means = [np.mean(series[i : i + 5]) for i in range(0, len(series) // 5 * 5, 5)]
    errors = [
        sum((y - np.mean(means[d:])) ** 2 for y in means[d:]) / (len(means) - d) ** 2
        for d in range(len(means) // 2 + 1)
    ]
    return 5 * int(np.argmin(errors))


@pytest.mark.parametrize("seed", range(5))
def test_mser5_is_its_definition(seed):
    rng = np.random.default_rng(seed)
    series = 30 * np.exp(-np.arange(200) / 15) + rng.exponential(3, 200)
    assert mser5(series) == slow_mser5(series)


def test_series_without_a_beginning_of_its_own_is_left_whole():
    assert mser5(np.tile([1.0, 2.0, 3.0, 2.0, 1.0], 20)) == 0


@pytest.mark.parametrize("length", [0, 4, 9])
def test_short_series_is_left_whole(length):
    assert mser5(np.arange(length, dtype=float)) == 0


def rows_with_a_slow_start(replications):
    return [
        {"replication": replication, "topic_id": 3, "at": 600.0 * k, "outcome": "served",
         "wait_s": 900.0 if k < 20 else 10.0 + k % 5, "position": 1}
        for replication in range(1, replications + 1)
        for k in range(200)
    ]  # fmt: skip


def test_warm_up_ends_at_the_edge_after_the_last_deleted_request(steady, sessions_of):
    # The first 20 waits are long; the 20th request is at 3 h 10 min: the edge is at 4 h.
    by_mser = replace(steady, warm_up_us="mser5")
    assert (
        warm_up_us(by_mser, chats(by_mser, sessions_of(rows_with_a_slow_start(2)))) == 4 * HOUR_US
    )


def test_terminating_study_has_none(scenario, sessions):
    assert observed(scenario, chats(scenario, sessions)).edges_us[0] == 0
