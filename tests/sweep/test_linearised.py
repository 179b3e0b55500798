"""Ratios of totals as means over replications: the same value and the same interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.metrics.uncertainty import mean_interval, ratio_interval
from simulator.sweep.linearised import linearised

LEVEL, P90 = "service_level.of_all", "wait_s.p90"


def totals(cases=("a", "b"), replications=12, seed=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(case, at) for at in range(1, replications + 1) for case in cases],
        columns=["case", "replication"],
    )
    queued = rng.integers(50, 200, len(frame))
    return frame.assign(
        queued=queued,
        served_within=rng.binomial(queued, 0.8),
        wait_p90_s=rng.exponential(60.0, len(frame)),
    )


def values(frame, name, case):
    found = linearised(frame, [name])
    return found.loc[found["case"] == case, "value"]


@pytest.mark.parametrize("case", ["a", "b"])
def test_mean_and_interval_are_those_of_the_ratio(case):
    frame = totals()
    own = frame[frame["case"] == case]
    ratio = ratio_interval(own["served_within"], own["queued"])
    mean = mean_interval(values(frame, LEVEL, case))
    assert (mean.value, mean.low, mean.high) == pytest.approx((ratio.value, ratio.low, ratio.high))


def test_a_figure_of_each_replication_stays_as_it_is():
    frame = totals()
    own = frame.loc[frame["case"] == "b", "wait_p90_s"]
    assert values(frame, P90, "b").tolist() == pytest.approx(own.tolist())


def test_a_replication_with_nothing_to_count_takes_the_mean_and_adds_no_information():
    frame = totals(cases=("a",), replications=3)
    frame.loc[0, ["queued", "served_within"]] = 0
    frame["wait_p90_s"] = [np.nan, 10.0, 30.0]
    ratio = frame["served_within"].sum() / frame["queued"].sum()
    assert values(frame, LEVEL, "a").iloc[0] == pytest.approx(ratio)
    assert values(frame, P90, "a").mean() == pytest.approx(20.0)


def test_nothing_counted_at_all_is_unknown():
    frame = totals().assign(queued=0, served_within=0)
    assert linearised(frame, [LEVEL])["value"].isna().all()


def test_figures_stand_below_each_other_in_the_order_asked_for():
    found = linearised(totals(), [P90, LEVEL])
    assert list(dict.fromkeys(found["figure"])) == [P90, LEVEL]
    assert len(found) == 48
