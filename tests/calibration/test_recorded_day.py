"""The records of a day as what a report is about, with figures that mean what a run's mean."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator import scenario as scenarios
from simulator.calibration.daily import recorded_day
from simulator.errors import ParameterError, ScenarioError
from simulator.reports.gates import figures, judge, parse
from simulator.sessions import entities, open_run
from simulator.study import simulate

if TYPE_CHECKING:
    from simulator.sessions import Run

DESK = Path(__file__).parents[2] / "data/scenarios/chat_desk.yaml"
DAY = date(2026, 3, 24)
LATER = date(2026, 5, 1)
DEFINED_ALIKE = (
    *("service_level.of_all", "service_level.of_served", "service_level.excl_short_abandons"),
    *("asa_s", "wait_s.mean", "wait_s.p50", "wait_s.p90", "wait_s.max", "abandonment"),
    *("queue_position.mean", "queue_position.p90", "handle_s", "threshold_s"),
    *("counts.served", "counts.abandoned"),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped desk on one day, without what records do not tell apart."""
    path = tmp_path_factory.mktemp("desk") / "desk.yaml"
    text = f"extends: '{DESK}'\nstart: {DAY}T00:00\ndays: 1\n"
    path.write_text(text + "topics:\n" + "".join(
        f"  - {{name: {name}, silent: null, transfer: null, offline_form: null}}\n"
        for name in (topic.name for topic in scenarios.load(DESK).topics)
    ))  # fmt: skip
    return path


@pytest.fixture(scope="module")
def run(desk: Path) -> Run:
    return open_run(simulate(scenarios.load(desk), replications=1, seed=3, out=desk.parent / "run"))


@pytest.fixture(scope="module")
def records(desk: Path, run: Run) -> Path:
    path = desk.parent / "records.jsonl"
    with path.open("wb") as file:
        file.writelines(entities.records(run.sessions, scenarios.load(desk), 3))
    return path


def test_figures_are_those_of_the_run_that_was_recorded(
    desk: Path, run: Run, records: Path
) -> None:
    found = recorded_day(desk, [records], day=str(DAY), today=LATER)
    expected = figures(run.summary)
    assert found.state == "whole"
    for name in DEFINED_ALIKE:
        for full in (name, f"topics.Sales.{name}"):
            assert found.figures[full]["value"] == pytest.approx(expected[full]["value"]), full
            assert (found.figures[full]["low"], found.figures[full]["high"]) == (None, None)


def test_gates_are_judged_on_what_happened(desk: Path, records: Path) -> None:
    found = recorded_day(desk, [records], day=str(DAY), today=LATER)
    asked = found.figures["counts.offered"]["value"]
    assert judge(parse(f"counts.offered>={asked}"), found.figures).met
    assert not judge(parse("service_level>100%"), found.figures).met


def test_a_notebook_is_told_by_absolute_paths_and_a_date(
    desk: Path, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(records.parent)
    found = recorded_day(
        Path(desk.name), [Path(records.name)], day="yesterday", kind="records",
        zone="Europe/Oslo", today=date(2026, 3, 25),
    )  # fmt: skip
    assert found.parameters == {
        "scenario_file": str(desk),
        "history_files": [str(records)],
        "kind": "records",
        "zone": "Europe/Oslo",
        "day": "2026-03-24",
    }
    assert found.given == found.files == (records,)


def test_everything_that_the_page_depends_on_is_hashed(desk: Path, records: Path) -> None:
    found = recorded_day(desk, [records], day=str(DAY), today=LATER)
    data = DESK.parents[1]
    tables = [data / "forecasts/chat_desk.csv", data / "rosters/chat_desk.csv"]
    assert set(map(str, [desk, DESK, *tables, records])) == set(found.inputs)
    for path, sha256 in found.inputs.items():
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256


def test_what_tells_the_fitted_days_is_part_of_it(
    desk: Path, records: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(f"extends: '{desk}'\n")
    before = recorded_day(own, [records], day=str(DAY), today=LATER)
    evidence = tmp_path / "own.calibration.json"
    evidence.write_text(f'{{"fitted": {{"dates": ["{DAY}"]}}}}')
    after = recorded_day(own, [records], day=str(DAY), today=LATER)
    assert set(after.inputs) - set(before.inputs) == {str(evidence)}
    assert after.summary_sha256 != before.summary_sha256


def test_what_is_late_missing_or_damaged_is_a_state_and_no_error(
    desk: Path, records: Path, tmp_path: Path
) -> None:
    late = recorded_day(desk, [records], day="yesterday", today=date(2026, 3, 27))
    assert late.state == "late"
    assert "are not there yet, where 5" in late.sentence
    nothing = recorded_day(desk, [tmp_path / "no.csv"], day=str(DAY), today=LATER)
    assert (nothing.state, nothing.files) == ("unread", ())
    (tmp_path / "bad.jsonl").write_bytes(b"\x00\x01 not records\n")
    damaged = recorded_day(desk, [tmp_path / "bad.jsonl"], day=str(DAY), today=LATER)
    assert damaged.state == "unread"
    assert "bad.jsonl" in damaged.sentence
    both = recorded_day(desk, [tmp_path, records], day=str(DAY), today=LATER)
    assert both.state == "whole"
    assert "bad.jsonl could not be read" in both.sentence
    assert len(both.files) == 2


def test_of_a_day_without_records_no_figure_has_a_value(
    desk: Path, records: Path, tmp_path: Path
) -> None:
    """And all are there, so that gates on them are missed, and not unknown."""
    whole = recorded_day(desk, [records], day=str(DAY), today=LATER).figures
    for files, today in (([records], date(2026, 3, 27)), ([tmp_path / "no.csv"], LATER)):
        found = recorded_day(desk, files, day="yesterday", today=today).figures
        assert list(found) == list(whole)
        assert {figure["value"] for figure in found.values()} == {None}
        verdict = judge(parse("service_level>=1%"), found)
        assert (verdict.found, verdict.met) == (None, False)


def test_records_that_end_too_early_are_partial(desk: Path, records: Path, tmp_path: Path) -> None:
    cut_off = tmp_path / "records.jsonl"
    lines = records.read_text().splitlines(keepends=True)
    morning = [line for line in lines if json.loads(line)["WhenRequested"] < f"{DAY}T11"]
    cut_off.write_text("".join(morning))
    found = recorded_day(desk, [cut_off], day=str(DAY), today=LATER)
    assert found.state == "partial"
    assert "not all there yet" in found.sentence
    assert found.figures["counts.offered"]["value"] == len(morning)


def test_a_sunday_is_closed_and_not_late(desk: Path, records: Path) -> None:
    found = recorded_day(desk, [records], day="2026-03-29", today=LATER)
    assert (found.state, found.figures["counts.offered"]["value"]) == ("closed", None)


def test_a_scenario_that_does_not_reach_the_day_is_no_error(desk: Path, records: Path) -> None:
    by_date = desk.with_name("by_date.yaml")
    table = desk.with_name("table.csv")
    table.write_text("date,start,end,Sales\n2026-03-02,09:00,17:00,70\n")
    by_date.write_text(
        "name: by date\ntimezone: Europe/Oslo\nstart: 2026-03-02\ndays: 1\n"
        "topics:\n  - {id: 1, name: Sales, opening_hours: {mon-fri: ['09:00-17:00']},\n"
        "     arrivals: {forecast: table.csv}, work: {exponential: {mean: 8m}}}\n"
        "agents:\n  - {group: Helpers, count: 3, topics: [Sales]}\n"
    )
    found = recorded_day(by_date, [records], day=str(DAY), today=LATER)
    assert found.state == "whole"
    assert found.figures["counts.offered"]["value"] > 0
    assert str(table) in found.inputs


def test_a_day_that_is_not_over_is_another_one_tomorrow(desk: Path, records: Path) -> None:
    over = [recorded_day(desk, [records], day=str(DAY), today=day) for day in (LATER, date.max)]
    assert over[0].summary_sha256 == over[1].summary_sha256
    early = [
        recorded_day(desk, [records], day=str(DAY), today=date(2026, 3, day)) for day in (22, 23)
    ]
    assert [each.state for each in early] == ["future", "future"]
    assert early[0].summary_sha256 != early[1].summary_sha256
    assert recorded_day(desk, [records], day="today", today=DAY).state == "partial"


def test_another_file_is_another_subject(desk: Path, records: Path, tmp_path: Path) -> None:
    copy = tmp_path / "records.jsonl"
    copy.write_bytes(records.read_bytes())
    first = recorded_day(desk, [copy], day=str(DAY), today=LATER)
    copy.write_bytes(b"".join(records.read_bytes().splitlines(keepends=True)[:-1]))
    second = recorded_day(desk, [copy], day=str(DAY), today=LATER)
    assert first.summary_sha256 != second.summary_sha256
    assert first.inputs[str(desk)] == second.inputs[str(desk)]


def test_nobody_to_measure_on_is_no_value_and_not_0(
    desk: Path, records: Path, tmp_path: Path
) -> None:
    one = tmp_path / "one.jsonl"
    one.write_bytes(records.read_bytes().splitlines(keepends=True)[0])
    found = recorded_day(desk, [one], day=str(DAY), today=LATER).figures
    assert found["counts.offered"]["value"] == 1
    empty = [name for name, figure in found.items() if name.endswith("asa_s") and not figure["n"]]
    assert empty
    assert all(found[name]["value"] is None for name in empty)
    verdict = judge(parse(f"{empty[0]}<60"), found)
    assert not verdict.met
    assert "not defined" in str(verdict)


def test_what_cannot_be_meant_is_an_error(desk: Path, records: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="day is 'yesterdy'; did you mean 'yesterday'"):
        recorded_day(desk, [records], day="yesterdy")
    with pytest.raises(ParameterError, match="zone 'Oslo' is no time zone"):
        recorded_day(desk, [records], zone="Oslo")
    with pytest.raises(ScenarioError, match="there is no file"):
        recorded_day(tmp_path / "no.yaml", [records])
