"""The scenario that is shipped: that it runs like the bank, and comes from the records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator import scenario, workload
from simulator.calibration import anonymous_bank as bank
from simulator.desk import codes
from simulator.engines import simpy_engine

HOME = Path(__file__).parents[2]
DATA = HOME / "data"
RECORDS = HOME.parent / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"

with_records = pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)


@pytest.fixture(scope="module")
def calls():
    return bank.read_calls(RECORDS)


# ---------------------------------------------------------------------- what is shipped


def test_the_shipped_scenario_waits_and_abandons_like_the_bank():
    # observed over all 16,290 requests: 11.6 % hung up, mean wait 37.1 s
    shipped = scenario.load(DATA / bank.SCENARIO)
    waits, abandoned = [], 0
    for week in range(4):
        customers = workload.sample(shipped, 7, week)
        course = simpy_engine.run(shipped, customers, workload.on_duty(shipped, 7, week))
        gave_up, served = course.outcome == codes.ABANDONED, course.outcome == codes.SERVED
        left_queue = np.where(served, course.picked_up_us, course.ended_us)
        waits.append((left_queue - course.requested_us)[served | gave_up] / 1e6)
        abandoned += int(gave_up.sum())
        assert not (course.outcome == codes.UNFINISHED).any()
    wait_s = np.concatenate(waits)
    assert abandoned / wait_s.size == pytest.approx(0.116, rel=0.15)
    assert wait_s.mean() == pytest.approx(37.1, rel=0.15)


def test_the_shipped_week_is_one_of_the_records():
    shipped = scenario.load(DATA / bank.SCENARIO)
    assert str(shipped.timezone) == "Asia/Jerusalem"
    assert [day.isoformat() for day in shipped.dates] == [f"1999-02-{n:02d}" for n in range(6, 13)]


# ------------------------------------------------- against the figures published with the records


@with_records
def test_the_oddities_of_the_records_are_all_met(calls):
    assert len(calls.rows) == 17_313
    assert (calls.rows["outcome"] == "served").sum() == 14_405
    assert (calls.rows["outcome"] != "served").sum() == 2_908
    assert calls.rows["queued"].sum() == 8_871
    assert list(calls.oddities.values()) == [143, 1_023, 16, 275, 9, 0, 2, 0]


@with_records
def test_mean_waits_of_the_records(calls):
    rows = calls.rows
    served = rows[rows["outcome"] == "served"]
    assert served["wait_s"].mean() == pytest.approx(34.41, abs=0.005)
    assert rows.loc[rows["outcome"] == "abandoned", "wait_s"].mean() == pytest.approx(
        57.35, abs=0.005
    )


@with_records
def test_handle_time_of_the_records(calls):
    found = bank.handle_time(calls)
    assert (round(found.log_mean, 4), round(found.log_sd, 4)) == (4.7342, 0.9447)
    assert found.mean_s == pytest.approx(166.86, abs=0.005)
    assert found.short_share == pytest.approx(0.067, abs=0.0005)


@with_records
def test_patience_of_the_records(calls):
    # a little below the published ones, which include the backdated waits
    found = bank.patience(calls)
    survival = found.curve.set_index("time")["survival"]
    published = {15: 0.9383, 30: 0.8917, 60: 0.8070, 120: 0.6922, 180: 0.5935, 300: 0.4987}
    for time, value in published.items():
        assert survival[time] == pytest.approx(value, abs=0.001)
    assert found.exponential_mean_s == pytest.approx(320.3, rel=0.005)


@with_records
def test_busyness_of_the_records(calls):
    found = bank.busyness(calls.rows)
    assert found.mean == pytest.approx(1580.7)
    assert found.variance_to_mean == pytest.approx(31.8, abs=0.05)
    assert found.gamma_shape == pytest.approx(51, abs=0.5)


@pytest.mark.slow
@with_records
def test_the_shipped_files_are_what_the_records_give(calls, tmp_path):
    bank.write_scenario(calls, tmp_path)
    for path in (bank.SCENARIO, bank.FORECAST, bank.STAFFING, bank.PATIENCE):
        assert (tmp_path / path).read_text() == (DATA / path).read_text(), path
