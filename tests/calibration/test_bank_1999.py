"""The scenario that is shipped: that it runs like the bank, and comes from `pickup calibrate`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator import scenario, workload
from simulator.calibration.evidence import read_evidence
from simulator.calibration.fitting import calibrate
from simulator.calibration.history import read_history
from simulator.desk import codes
from simulator.engines import simpy_engine

HOME = Path(__file__).parents[2]
BANK = HOME / "data/scenarios/bank_1999.yaml"
RECORDS = HOME.parent / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"

with_records = pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)


def test_the_shipped_scenario_waits_and_abandons_like_the_bank():
    # recorded over all 16,290 requests: 11.6 % hung up, mean wait 37.1 s
    shipped = scenario.load(BANK)
    waits, abandoned = [], 0
    for week in range(8):
        customers = workload.sample(shipped, 7, week)
        course = simpy_engine.run(shipped, customers, workload.on_duty(shipped, 7, week))
        gave_up, served = course.outcome == codes.ABANDONED, course.outcome == codes.SERVED
        left_queue = np.where(served, course.picked_up_us, course.ended_us)
        waits.append((left_queue - course.requested_us)[served | gave_up] / 1e6)
        abandoned += int(gave_up.sum())
        assert not (course.outcome == codes.UNFINISHED).any()
    wait_s = np.concatenate(waits)
    assert abandoned / wait_s.size == pytest.approx(0.116, rel=0.2)
    assert wait_s.mean() == pytest.approx(37.1, rel=0.2)


def test_the_shipped_week_follows_the_records_and_ends_when_all_is_closed():
    shipped = scenario.load(BANK)
    assert str(shipped.timezone) == "Asia/Jerusalem"
    assert [day.isoformat() for day in shipped.dates] == [f"1999-02-{n}" for n in range(20, 27)]


def test_the_shipped_evidence_says_how_well_each_hour_fits():
    told = read_evidence(BANK)
    assert [day.day for day in told.dates] == list(range(1, 15))
    hours = told.hours[~told.hours["few"]]
    assert len(hours) == 17
    assert hours["within"].all()
    naive, right = (
        told.estimates.set_index("what").loc[what, "value"]
        for what in ("patience, naive mean", "patience, mean if without memory")
    )
    assert naive == pytest.approx(57.35, abs=0.01)
    assert right == pytest.approx(320, abs=1)


@pytest.mark.slow
@with_records
def test_the_shipped_files_are_what_calibrate_gives(tmp_path):
    about = scenario.load(BANK).about
    found = calibrate(read_history(RECORDS, kind="anonymous_bank"), name=BANK.stem, about=about)
    out = tmp_path / "scenarios" / BANK.name
    found.write(out)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("bank_1999*"))
    assert len(made) == 5
    for path in made:
        assert (tmp_path / path).read_text() == (HOME / "data" / path).read_text(), path
