"""Clock intervals, where the clocks change too, and how they fold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest

from simulator.errors import UsageError
from simulator.metrics.timeline import fold, timeline

HOUR_US = 3_600_000_000


def test_hours_count_from_midnight_and_the_missing_hour_is_missing(scenario):
    line = timeline(scenario)
    third = [start.strftime("%H:%M") for start in line.starts[48:]]
    assert len(line) == 71
    assert third[:4] == ["00:00", "01:00", "03:00", "04:00"]


def test_doubled_hour_folds_onto_one_time_of_day(scenario):
    autumn = replace(
        scenario,
        start=datetime(2026, 10, 25, tzinfo=scenario.timezone),
        dates=(date(2026, 10, 25),),
        horizon_us=25 * HOUR_US,
    )
    line = timeline(autumn)
    folding = fold(line, "time_of_day")
    assert len(line) == 25
    assert len(folding) == 24
    assert np.bincount(folding.group)[2] == 2  # 02:00 twice


def test_locate_takes_the_start_and_not_the_end(scenario):
    line = timeline(scenario)
    at_us = np.array([-1, 0, HOUR_US - 1, HOUR_US, 71 * HOUR_US])
    assert line.locate(at_us).tolist() == [-1, 0, 0, 1, 71]


def test_weekdays_in_order_of_the_week(scenario):
    labels = fold(timeline(scenario), "weekday_time").labels
    assert labels["weekday"].unique().tolist() == ["Fri", "Sat", "Sun"]
    assert labels.iloc[25][["weekday", "time", "time_h"]].tolist() == ["Sat", "01:00", 1.0]


def test_warm_up_that_leaves_nothing_is_refused(scenario):
    with pytest.raises(UsageError, match="warm-up of 255600 s leaves no whole interval"):
        timeline(scenario, from_us=71 * HOUR_US)
