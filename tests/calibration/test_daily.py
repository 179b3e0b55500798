"""A day looked back on: whether it was luck, whose doing it was, and what is said of it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from simulator.calibration.daily import look_back
from simulator.calibration.daily.measuring import OVERALL
from simulator.calibration.daily.telling import headline, luck, row
from simulator.errors import ParameterError
from tests.calibration.made_days import (
    DAY,
    DESK,
    TODAY,
    busier,
    days_and_day,
    short_of_staff,
    written,
)

REPLICATIONS = 50


def looked(folder, day=DAY, *, coming=2, today=TODAY, files=None, **how):
    files = [folder / "records"] if files is None else files
    options = {"replications": REPLICATIONS, "coming": coming, "today": today, **how}
    return look_back(written(folder), files, day, **options)


def days_of(tmp_path_factory, text=DESK, before=DESK):
    folder = tmp_path_factory.mktemp("days")
    days_and_day(folder, text, before=before)
    return looked(folder, before=3)


@pytest.fixture(scope="module")
def normal(tmp_path_factory):
    return days_of(tmp_path_factory)


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    return days_of(tmp_path_factory, busier())


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    return days_of(tmp_path_factory, short_of_staff())


def test_a_day_like_the_models_is_luck_at_most(normal):
    assert normal.verdict.kind in ("expected", "luck")
    assert normal.verdict.drifting == ()
    assert normal.state.kind == "whole"
    assert "no luck" not in " ".join(headline(normal))


def test_every_figure_of_every_open_hour_is_beside_its_band(normal):
    rows = normal.seen.intervals[normal.seen.intervals["topic"] == OVERALL]
    assert [f"{start:%H}" for start in rows.loc[rows["figure"] == "volume", "start"]] == [
        f"{hour:02d}" for hour in range(9, 17)
    ]
    known = rows[rows["figure"].isin(["volume", "mean_wait_s", "queue_position"])]
    assert known[["actual", "p2_5", "p97_5"]].notna().all(axis=None)
    edges = ["p2_5", "p10", "p25", "p50", "p75", "p90", "p97_5"]
    assert (np.diff(known[edges].to_numpy(), axis=1) >= 0).all()


def test_topics_add_up_to_the_whole(normal):
    days = normal.seen.days
    volume = days[days["figure"] == "volume"].set_index("topic")["actual"]
    assert volume["Sales"] + volume["Support"] == volume[OVERALL]


def test_luck_is_counted_with_the_number_of_intervals_in_mind(normal):
    outside = normal.seen.outside
    assert outside.judged == 5 * 8
    assert 0.2 < outside.expected < 4
    assert outside.expected <= outside.most <= 12
    assert luck(normal).startswith(f"{outside.count} of 40 figures by interval")


def test_with_the_chats_that_came_the_volume_is_the_recorded_one(normal):
    volume = row(normal.seen.met_days, "volume")
    assert volume["p2_5"] == volume["p97_5"] == volume["actual"]
    wide, narrow = (row(frame, "mean_wait_s") for frame in (normal.seen.days, normal.seen.met_days))
    assert narrow["p97_5"] - narrow["p2_5"] < 2 * (wide["p97_5"] - wide["p2_5"])


def test_twice_the_volume_is_the_customers_doing(twice):
    assert (twice.verdict.kind, twice.verdict.cause) == ("own", "demand")
    said = " ".join(headline(twice))
    assert "This was no luck. It was how many came" in said
    assert "more chats than predicted" in said
    assert "so it was this day, and not the model" in said


def test_fewer_agents_are_the_desks_doing(short):
    assert (short.verdict.kind, short.verdict.cause) == ("own", "desk")
    assert short.verdict.reasons == ("agents",)
    said = " ".join(headline(short))
    assert "not the number of chats but how they were served" in said
    assert "fewer agents picked up chats than planned" in said
    assert "It counts on all agents" in said


def test_days_that_are_all_off_are_a_wrong_model(tmp_path_factory):
    found = days_of(tmp_path_factory, short_of_staff(), short_of_staff())
    assert found.verdict.kind == "wrong_model"
    assert "mean_wait_s" in found.verdict.drifting
    said = " ".join(headline(found))
    assert "it is the model that is wrong; calibrate it anew" in said
    assert "so is this outlook" in said


def test_a_normal_day_after_odd_ones_is_a_drift(tmp_path_factory):
    found = days_of(tmp_path_factory, DESK, busier())
    assert found.verdict.kind == "drift"
    assert found.verdict.drifting[0] == "volume"
    assert "But the model is off: over the 3 recorded days before" in " ".join(headline(found))


def test_the_outlook_has_open_days_alone(tmp_path_factory, normal):
    assert sorted(normal.coming["start"].unique()) == [DAY + timedelta(1), DAY + timedelta(2)]
    assert normal.coming["actual"].isna().all()
    folder = tmp_path_factory.mktemp("friday")
    friday = looked(folder, date(2026, 3, 13), files=[], today=date(2026, 3, 14), coming=3)
    assert sorted(friday.coming["start"].unique()) == [date(2026, 3, 16)]
    assert headline(friday)[-1].startswith("Next is Monday 16 March 2026: ")


def test_the_same_again_gives_the_same(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    days_and_day(folder, days=1)
    one, other = (looked(folder, before=1, coming=0) for _ in range(2))
    assert one.seen.intervals.equals(other.seen.intervals)
    assert one.verdict == other.verdict


def test_half_hours_are_intervals_too(tmp_path_factory):
    folder = tmp_path_factory.mktemp("halves")
    days_and_day(folder, days=1)
    found = looked(folder, by_min=30, coming=0, before=0)
    assert found.seen.outside.judged <= 5 * 16
    assert len(found.seen.intervals["start"].unique()) == 16


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("replications", 3, "replications is 3; give a whole number from 50 to 2000"),
        ("coming", -1, "outlook_days is -1; give a whole number from 0 to 60"),
        ("by_min", 7, "intervals of 7 min do not divide a day"),
    ],
)
def test_an_option_out_of_range_is_told(tmp_path, option, value, said):
    with pytest.raises(ParameterError, match=said):
        looked(tmp_path, files=[], **{option: value})
