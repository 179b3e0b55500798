"""What a report's parameters mean: the day, the zone, the scenario."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from simulator.calibration.daily import day_meant, look_back, zone_named
from simulator.calibration.daily.asking import asked
from simulator.calibration.daily.dates import said
from simulator.errors import ParameterError
from simulator.scenario import loads
from simulator.study import simulate
from tests.calibration.made_days import DESK, written

OSLO = ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yesterday", date(2026, 2, 28)),
        (" Today ", date(2026, 3, 1)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_days(text, meant):
    assert day_meant(text, date(2026, 3, 1)) == meant


@pytest.mark.parametrize("text", ["", "yesterdy", "2026-02-30", "01.03.2026", "\x00"])
def test_a_day_that_is_none_is_told_with_the_remedy(text):
    with pytest.raises(ParameterError, match="give yesterday, today or a date"):
        day_meant(text, date(2026, 3, 1))


def test_zones():
    assert zone_named("", OSLO) == OSLO
    assert zone_named("UTC", OSLO).key == "UTC"
    with pytest.raises(ParameterError, match="zone 'Oslo' is no time zone"):
        zone_named("Oslo", OSLO)


def test_a_date_as_one_says_it():
    assert said(date(2026, 3, 11)) == "Wednesday 11 March 2026"


def test_the_scenario_is_that_of_the_run_where_no_file_is_given(tmp_path):
    run = simulate(loads(DESK), replications=1, out=tmp_path / "run")
    by_run = asked(tmp_path, run=str(run), history_files=["x"], today=date(2026, 3, 12))
    assert by_run.scenario == run / "scenario.yaml"
    assert (by_run.day, by_run.is_example) == (date(2026, 3, 11), False)
    named = asked(tmp_path, run=str(run), scenario_file=str(written(tmp_path)), history_files=["x"])
    assert named.scenario.name == "desk.yaml"


def test_the_scenario_of_a_run_folder_predicts_other_dates(tmp_path):
    run = simulate(loads(DESK), replications=1, out=tmp_path / "run")
    found = look_back(
        run / "scenario.yaml", [], date(2026, 3, 11), replications=50, coming=1,
        today=date(2026, 3, 12),
    )  # fmt: skip
    assert found.not_covered == ""
    assert found.seen.days["p50"].notna().any()


def test_records_without_a_scenario_are_an_error(tmp_path):
    with pytest.raises(ParameterError, match="no scenario_file is given"):
        asked(tmp_path, run="nowhere", history_files=["x"])


def test_without_records_there_is_an_example(tmp_path):
    found = asked(tmp_path)
    assert found.is_example
    assert found.day == date(2026, 4, 1)
    assert all(file.is_file() for file in (found.scenario, *found.files))
