"""The spread over replications: percentiles that were there, and how often a target is met."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.sweep.fans import fan, fan_over_the_day


def outcomes(case, values):
    return pd.DataFrame({"case": case, "replication": range(1, len(values) + 1), "value": values})


def test_percentiles_are_values_of_replications():
    found = fan(outcomes("a", np.arange(1.0, 21.0)), ["a"])
    names = ["least", "p10", "p50", "p90", "most", "replications"]
    assert found.loc[0, names].tolist() == [1.0, 2.0, 10.0, 18.0, 20.0, 20]
    assert "share_met" not in found


@pytest.mark.parametrize(("better", "share"), [(1, 0.75), (-1, 0.5)])
def test_the_share_that_meets_the_target_counts_equality(better, share):
    values = outcomes("a", [0.7, 0.8, 0.9, 0.95])
    assert fan(values, ["a"], better=better, target=0.8)["share_met"].tolist() == [share]


def test_replications_without_anything_to_count_are_left_out():
    found = fan(outcomes("a", [np.nan, 0.5]), ["a", "b"], target=0.1)
    assert found["replications"].tolist() == [1, 0]
    assert found["p50"].tolist()[0] == 0.5
    assert found.loc[1, ["least", "most", "share_met"]].isna().all()


def parts(replications=3, days=2, zone="Europe/Oslo"):
    """Half of ten chats in time at nine o'clock, all at ten; nobody comes at eleven."""
    starts = [
        pd.Timestamp(f"2026-03-{23 + day} {hour:02d}:00", tz=zone).tz_convert("UTC")
        for day in range(days)
        for hour in (9, 10, 11)
    ]
    share = {9: 5.0, 10: 10.0, 11: 0.0}
    rows = [
        {
            "replication": at,
            "start": start,
            "numerator": share[start.tz_convert(zone).hour],
            "denominator": 0.0 if start.tz_convert(zone).hour == 11 else 10.0,
        }
        for at in range(1, replications + 1)
        for start in starts
    ]
    return pd.DataFrame(rows)


def test_days_are_put_together_by_local_time():
    found = fan_over_the_day(parts(), zone="Europe/Oslo")
    assert found["time"].tolist() == ["09:00", "10:00"]
    assert found["time_h"].tolist() == [9.0, 10.0]
    assert found["p50"].tolist() == [0.5, 1.0]
    assert found["replications"].tolist() == [3, 3]


def test_days_weigh_by_what_was_counted():
    frame = parts(replications=1)
    second = frame["start"] > pd.Timestamp("2026-03-24", tz="UTC")
    frame.loc[second, ["numerator", "denominator"]] = [30.0, 30.0]
    assert fan_over_the_day(frame, zone="Europe/Oslo")["p50"].iloc[0] == 35 / 40


def test_nothing_counted_is_an_empty_frame():
    found = fan_over_the_day(parts().assign(denominator=0.0), zone="Europe/Oslo")
    assert found.empty
    assert {"time", "time_h", "p10", "p50", "p90"} <= set(found.columns)
