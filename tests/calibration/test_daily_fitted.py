"""Days that the scenario was fitted to: it is told, for agreeing with them is no merit."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from simulator.calibration.daily import look_back, showing
from simulator.calibration.daily.lineage import files_behind, fitted_to, lineage
from simulator.calibration.daily.telling import headline, in_sample
from simulator.errors import DataError
from tests.calibration.made_days import DAY, TODAY, days_and_day, written

BEFORE = [DAY - timedelta(days=back) for back in (2, 1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted")
    days_and_day(folder, days=2)
    return folder


def looked(folder, *fitted, text=None):
    scenario = written(folder)
    evidence = folder / "desk.calibration.json"
    dates = [str(day) for day in fitted]
    evidence.write_text(text or json.dumps({"fitted": {"dates": dates}}))
    return look_back(
        scenario, [folder / "records"], DAY, replications=50, coming=0, today=TODAY, before=2
    )


def test_a_fitted_day_is_told_first(folder):
    found = looked(folder, DAY, *BEFORE)
    day, before = headline(found)[:2]
    assert day.startswith(
        "The scenario was fitted to Wednesday 11 March 2026 itself (one of 3 days)"
    )
    assert before.startswith("Of the recorded days before it 2 of 2 were fitted, too")


def test_fitted_days_before_are_counted(folder):
    (told,) = in_sample(looked(folder, BEFORE[0], date(2025, 1, 7)))
    assert told.startswith("Of the recorded days before it 1 of 2 were fitted, too")


def test_of_other_days_nothing_is_said_but_in_the_provenance(folder):
    found = looked(folder, date(2025, 1, 6), date(2025, 1, 7))
    assert in_sample(found) == []
    page = showing.provenance(found)._repr_mimebundle_()["text/html"]
    assert "2 days from 2025-01-06 to 2025-01-07" in page


def test_a_damaged_file_does_not_take_the_page_with_it(folder):
    (told,) = in_sample(looked(folder, text='{"fitted": {}}'))
    assert told.startswith(
        "Which days the scenario was fitted to is not known: desk.calibration.json: the file "
        "does not tell"
    )


def test_a_scenario_is_fitted_to_what_its_base_is(tmp_path):
    base = written(tmp_path, name="base")
    (tmp_path / "base.calibration.json").write_text(
        json.dumps({"fitted": {"dates": ["2026-03-02"]}})
    )
    changed = tmp_path / "changed.yaml"
    changed.write_text("extends: base.yaml\nname: changed\n")
    assert lineage(changed) == (changed, base)
    assert fitted_to(changed) == {date(2026, 3, 2)}
    assert files_behind(changed) == (changed, base, tmp_path / "base.calibration.json")
    (tmp_path / "changed.calibration.json").write_text("[]")
    with pytest.raises(DataError, match="does not tell which dates"):
        fitted_to(changed)
