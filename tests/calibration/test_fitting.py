"""From records to a scenario, end to end: the truth is found, told, written and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from simulator import scenario
from simulator.calibration.evidence import read_evidence
from simulator.calibration.fits import incidents
from simulator.calibration.fitting import calibrate, estimate
from simulator.errors import DataError, ParameterError, UsageError
from tests.calibration.made_desks import chat, gone, one_group, recorded, simulated

SHOP = """\
name: shop
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: 12
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-12:00"]}
    arrivals: {rate_per_hour: 40}
    work: {exponential: {mean: 4m}}
    patience: {exponential: {mean: 4m}}
agents:
  - {group: Desk, count: 3, topics: [Sales]}
"""
DATES = [date(2026, 3, day) for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)]
QUICK = 1
"""Chats a round: the fewest replications there are."""


@pytest.fixture(scope="module")
def history():
    """Two weeks of a shop with three agents, one chat each."""
    return simulated(SHOP)


@pytest.fixture(scope="module")
def found(history):
    return calibrate(history, name="shop", chats=QUICK)


def figure(found, what):
    return found.estimates.table.set_index("what").loc[what]


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ------------------------------------------------------------------------------ what is found


@pytest.mark.parametrize(
    ("what", "truth"),
    [
        ("arrivals a day", 120),
        ("work, mean", 240),
        ("patience, mean if without memory", 240),
    ],
)
def test_the_truth_lies_in_its_interval(found, what, truth):
    row = figure(found, what)
    assert row["low"] < truth < row["high"]


def test_naive_patience_stands_beside_and_is_far_too_short(found):
    assert figure(found, "patience, naive mean")["value"] < 120


def test_what_cannot_be_estimated_has_no_number(found):
    for what in ("reaction, mean", "wrap-up, mean", "silent share"):
        assert pd.isna(figure(found, what)["value"])


def test_every_figure_says_its_unit_and_its_method(found):
    table = found.estimates.table
    assert list(table) == ["what", "of", "value", "low", "high", "unit", "n", "method"]
    assert (table["method"] != "").all()
    assert set(table["of"]) == {"Sales", "Agents"}


def test_the_scenario_is_that_of_a_week_after_the_history(found, tmp_path):
    found.write(tmp_path / "shop.yaml")
    world = scenario.load(tmp_path / "shop.yaml")
    assert world.name == "shop"
    assert (world.dates[0], len(world.dates)) == (date(2026, 3, 16), 7)
    (topic,) = world.topics
    assert len(topic.openings) == 5
    assert topic.arrivals.expected.sum() == pytest.approx(5 * 120, rel=0.1)
    text = (tmp_path / "shop.yaml").read_text()
    assert text.startswith("# Estimated by `pickup calibrate` from ")
    assert "10 days, 2026-03-02 to 2026-03-13" in text


def test_presence_is_between_the_seen_and_the_staffed(found):
    (agents,) = found.estimates.agents
    assert list(agents.present.index) == [0, 1, 2, 3, 4]
    assert list(agents.present.columns[agents.present.notna().any()]) == [*range(540, 720, 30)]
    inside = agents.present.to_numpy()[:, 18:24]
    assert inside.max() <= 3.01
    assert inside.mean() > 2


def test_a_closed_desk_needs_nobody_and_an_open_one_somebody(history):
    # On Tuesdays from eleven on, nobody was seen, though the desk is open on other days.
    at = history.sessions["requested_at"].dt
    absent = (at.day_of_week == 1) & (at.hour == 11)
    chats = history.sessions.copy()
    chats.loc[absent, ["picked_up_at", "agent", "handle_s"]] = [pd.NaT, None, None]
    chats.loc[absent, "outcome"] = "abandoned"
    chats.loc[absent, "ended_at"] = chats.loc[absent, "requested_at"] + timedelta(minutes=1)
    chats.loc[absent, "wait_s"] = 60.0
    (agents,) = estimate(replace(history, sessions=chats)).agents
    assert agents.present.loc[1, 690] == pytest.approx(0.2)
    assert agents.present.loc[1, 600] > 2


@pytest.mark.slow
def test_a_chat_desk_is_found_again():
    history = simulated(one_group(days=16, agents=5, per_hour=60), seed=4)
    found = calibrate(history, name="desk", chats=3_000)
    table = found.estimates.table.set_index("what")
    for what, truth in (
        ("work, mean", 300),
        ("reaction, mean", 15),
        ("output with 2 chats open", 1.7),
        ("output with 3 chats open", 2.2),
        ("arrivals a day", 60 * 24),
        ("patience, mean if without memory", 600),
    ):
        row = table.loc[what]
        slack = (row["high"] - row["low"]) / 4  # seven intervals of 95 %: one may miss a little
        assert row["low"] - slack < truth < row["high"] + slack, what
    assert table.loc["handle time, naive mean", "value"] > table.loc["work, mean", "high"]
    (agents,) = found.estimates.agents
    assert agents.group.cap == 3
    assert found.staffing.factors["factor"].mean() == pytest.approx(1, abs=0.15)
    staffed = found.staffing.tables[agents.group.name]["agents"].mean()
    assert staffed == pytest.approx(5, rel=0.15)


# --------------------------------------------------------------------------- which days are used


def test_fitted_dates_are_exactly_those_given(history):
    first, last = DATES[1], DATES[6]
    found = calibrate(history, name="shop", first=first, last=last, chats=QUICK)
    told = found.evidence()["fitted"]
    assert told["dates"] == [day.isoformat() for day in DATES[1:7]]
    assert told["sessions"] == len(history.between(first, last).sessions)
    assert found.draft.start > last


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (
            date(2026, 4, 1),
            None,
            "no session from 2026-04-01; it runs from 2026-03-02 to 2026-03-1",
        ),
        (None, date(2026, 2, 1), "no session until 2026-02-01; it runs"),
        (date(2026, 3, 7), date(2026, 3, 8), "no session from 2026-03-07 until 2026-03-08; it"),
        (date(2026, 3, 9), date(2026, 3, 3), "no session from 2026-03-09 until 2026-03-03; it"),
    ],
)
def test_days_that_are_not_there_are_told(history, first, last, told):
    with pytest.raises(DataError, match=told):
        calibrate(history, name="shop", first=first, last=last)


def test_an_empty_history_is_told(history):
    empty = history.between(date(2030, 1, 1), None)
    with pytest.raises(DataError, match="the history has no session; it is empty"):
        estimate(empty)


@pytest.mark.parametrize(
    ("chats", "told"),
    [
        ([chat(0, 1, 5)], "holds 1 session on 1 day, 1 of them answered; a desk needs at least 30"),
        ([gone(n, n + 9) for n in range(40)], "40 sessions in which the customer left and none"),
        ([chat(n, n + 1, n + 9, None) for n in range(40)], "no answered chat names its agent"),
    ],
)
def test_too_little_for_a_desk_is_told(chats, told):
    with pytest.raises(DataError, match=told):
        estimate(recorded(*chats))


def test_a_name_for_a_topic_that_is_not_there_is_told(history):
    with pytest.raises(ParameterError, match="--topic 9=Help"):
        estimate(history, names={9: "Help"})


def test_a_topic_that_nobody_answers_is_left_out(history):
    chats = history.sessions.copy()
    lost = chats[chats["outcome"] == "abandoned"].index[:20]
    chats["topic"] = chats["topic"].cat.add_categories(["Lost"])
    chats.loc[lost, "topic"] = "Lost"
    found = estimate(replace(history, sessions=chats))
    assert [topic.name for topic in found.topics] == ["Sales"]


# ---------------------------------------------------------------------------------- incidents


def test_a_flight_is_an_incident(history):
    chats = history.sessions.copy()
    day = chats["requested_at"].dt.date == DATES[3]
    ten = day & (chats["requested_at"].dt.hour == 10) & (chats["requested_at"].dt.minute < 30)
    chats.loc[ten, "wait_s"] = 1.0
    chats.loc[ten, "outcome"] = "abandoned"
    found = estimate(replace(history, sessions=chats))
    (row,) = incidents(found.history, found.topics).to_dict("records")
    assert (row["topic"], row["date"], row["start_min"]) == ("Sales", DATES[3], 600)
    assert row["why"] == "more left than their waits explain"


def test_calm_weeks_have_no_incident(found):
    assert found.estimates.incidents.empty
    assert list(found.estimates.incidents) == ["topic", "date", "start_min", "why"]


# ----------------------------------------------------------------------------- files, and again


def test_the_same_history_gives_the_same_bytes_and_so_do_two_processes(found, history, tmp_path):
    again = calibrate(history, name="shop", chats=QUICK, jobs=2)
    written = []
    for made, folder in ((found, tmp_path / "one"), (again, tmp_path / "two")):
        made.write(folder / "shop.yaml")
        written.append(files_of(folder))
    assert written[0] == written[1]
    assert sorted(written[0]) == [
        "shop.calibration.json",
        "shop.forecast.csv",
        "shop.staffing.csv",
        "shop.yaml",
    ]


def test_evidence_is_read_back(found, tmp_path):
    out = tmp_path / "shop.yaml"
    found.write(out)
    told = read_evidence(out)
    assert list(told.dates) == DATES
    assert told.cannot_tell == found.cannot_tell
    assert told.estimates["what"].tolist() == found.estimates.table["what"].tolist()
    same = {"rtol": 1e-5, "check_dtype": False}
    pd.testing.assert_frame_equal(told.hours, found.staffing.bands, **same)
    pd.testing.assert_frame_equal(told.factors, found.staffing.factors, **same)
    pd.testing.assert_frame_equal(told.rounds, found.staffing.rounds, **same)


def test_writing_again_needs_leave(found, tmp_path):
    out = tmp_path / "shop.yaml"
    found.write(out)
    before = files_of(tmp_path)
    with pytest.raises(UsageError, match="exists"):
        found.write(out)
    found.write(out, overwrite=True)
    assert files_of(tmp_path) == before


def test_progress_is_told_round_by_round(history):
    told = []
    calibrate(history, name="shop", chats=QUICK, progress=lambda *now: told.append(now))
    assert told[0] == (0, told[0][1])
    assert told[-1][0] == told[-1][1]


def test_evidence_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match=r"no shop\.calibration\.json beside shop\.yaml"):
        read_evidence(tmp_path / "shop.yaml")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"fitted": {}}', json.dumps({"fitted": {"dates": ["x"]}})]
)
def test_evidence_that_is_damaged_is_told(tmp_path, text):
    (tmp_path / "shop.calibration.json").write_text(text)
    with pytest.raises(DataError, match=r"cannot be read .*shop\.calibration\.json"):
        read_evidence(tmp_path / "shop.yaml")
