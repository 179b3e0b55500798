"""Arrivals: hours from requests, expected counts, incidents, the day factor, the Poisson test."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulator.calibration.arrivals import (
    arrival_profile,
    day_factor,
    nhpp_test,
    opening_hours,
)
from simulator.calibration.poisson_test import log_transformed
from simulator.errors import DataError, ParameterError
from tests.calibration.made_arrivals import (
    MONDAY,
    NINE_TO_FIVE,
    WEEKDAYS,
    ZONE,
    flat,
    history_of,
    poisson,
    spread,
)

RECORDS = Path(__file__).parents[3] / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"
with_records = pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)
OFFICE = dict.fromkeys(WEEKDAYS, ((540, 1020),))


def hours(counts, **options):
    return opening_hours(spread(counts), "Chat", **options)


# ------------------------------------------------------------------------------- opening hours


def test_hours_are_those_in_which_requests_come():
    assert hours(flat(5)) == OFFICE


def test_weekdays_with_other_hours_keep_their_own():
    counts = flat(20)
    saturdays = counts.index.day_of_week == 5
    counts.loc[saturdays, 20:27] = 15
    assert hours(counts) == {**OFFICE, 5: ((600, 840),)}


def test_a_request_at_night_opens_no_night():
    counts = flat(5)
    counts.iloc[2, 5] = 1
    assert hours(counts) == OFFICE


def test_stray_requests_on_a_closed_weekday_leave_it_among_the_short_ones():
    # nothing tells a stray from a customer where there is nothing else on the weekday
    counts = flat(20)
    counts.iloc[6, 22] = 1
    assert set(hours(counts)) - {6} == set(WEEKDAYS)


def test_an_empty_slot_on_a_quiet_day_is_chance():
    counts = flat(1, days=1)
    counts.iloc[0, 25] = 0
    assert hours(counts) == {0: ((540, 1020),)}


def test_a_lunch_that_nobody_disturbs_is_closed():
    counts = flat(8)
    counts.loc[:, 24:25] = 0
    assert hours(counts) == dict.fromkeys(WEEKDAYS, ((540, 720), (780, 1020)))


def test_strays_in_the_lunch_leave_it_closed():
    counts = flat(8)
    counts.loc[:, 24:25] = 0
    counts.iloc[1, 24] = 1
    assert hours(counts) == dict.fromkeys(WEEKDAYS, ((540, 720), (780, 1020)))


def test_a_weekday_seen_once_learns_its_hours_from_the_others():
    counts = flat(3, days=8)
    counts.iloc[2, [18, 33]] = 0  # the only Wednesday, without a first and last request
    assert hours(counts)[2] == ((540, 1020),)


def test_a_desk_that_never_closes_has_one_span():
    assert hours(flat(3, slots=range(48), weekdays=range(7))) == dict.fromkeys(
        range(7), ((0, 1440),)
    )


def test_a_slow_but_regular_night_is_open():
    counts = flat(40, slots=range(48), weekdays=range(7))
    counts.loc[:, 0:11] = 1
    assert hours(counts)[3] == ((0, 1440),)


def test_hours_can_be_told_by_the_quarter():
    clock = pd.date_range("2026-02-02 09:15", "2026-02-02 16:44", freq="1min")
    assert opening_hours(history_of(clock), "Chat", step_min=15) == {0: ((555, 1005),)}


def test_what_met_a_closed_topic_is_no_request():
    clock = pd.date_range("2026-02-02 09:00", "2026-02-02 20:59", freq="5min")
    outcome = np.where(clock.hour < 17, "served", "form_closed")
    assert opening_hours(history_of(clock, outcome), "Chat") == {0: ((540, 1020),)}


def test_one_request_is_a_history():
    assert opening_hours(history_of(["2026-02-02 09:10"]), "Chat") == {0: ((540, 570),)}


@pytest.mark.parametrize("step_min", [0, 7, -30])
def test_steps_that_do_not_divide_the_day_are_refused(step_min):
    with pytest.raises(ParameterError, match="divide a day"):
        opening_hours(history_of(["2026-02-02 09:10"]), "Chat", step_min=step_min)


def test_a_topic_nobody_asked_for_is_missed_by_name():
    with pytest.raises(DataError, match="topic 'Sales'; the history has requests for Chat"):
        opening_hours(history_of(["2026-02-02 09:10"]), "Sales")


# ------------------------------------------------------------------------------------- profile


def profile(counts):
    return arrival_profile(spread(counts), "Chat")


def by_slot(found, column="expected"):
    return found.expected.pivot_table(index="weekday", columns="start_min", values=column)


def test_days_that_are_alike_are_expected_to_come_again():
    found = profile(flat(30))
    assert found.expected["expected"].to_numpy() == pytest.approx(30.0)
    assert found.expected["dates"].tolist() == [2] * 80
    assert (len(found.incidents), len(found.left_out), found.outside) == (0, 0, 0)
    assert found.day_counts["count"].tolist() == [480] * 10


def test_a_busy_afternoon_of_a_weekday_is_its_own():
    counts = flat(100)
    counts.loc[counts.index.day_of_week == 1, 30:33] = 200
    expected = by_slot(profile(counts))
    assert expected.loc[1, 930] > 1.5 * expected.loc[0, 930]
    assert expected.loc[1, 600] == pytest.approx(expected.loc[0, 600], rel=0.15)


def test_a_busy_weekday_is_busier_when_weeks_have_shown_it():
    counts = flat(50, days=28)
    counts.loc[counts.index.day_of_week == 0] = counts[counts.index.day_of_week == 0] * 3 // 2
    totals = by_slot(profile(poisson(counts))).sum(axis=1)
    assert totals[0] / totals[2] == pytest.approx(1.5, rel=0.1)


def test_one_week_leaves_the_differences_of_its_days_to_the_day_factor():
    counts = flat(50, days=7)
    counts.iloc[0] *= 2
    found = profile(counts)
    totals = by_slot(found).sum(axis=1)
    assert totals.to_numpy() == pytest.approx(totals[0])
    assert found.day_factor.gamma_shape.value < 30


def test_luck_in_small_counts_is_not_taken_for_a_pattern():
    counts = poisson(flat(3))
    expected = by_slot(profile(counts)).loc[1] - 3
    raw = counts[counts.index.day_of_week == 1][list(NINE_TO_FIVE)].mean() - 3
    assert expected.std() < 0.7 * raw.std()


def test_intervals_hold_the_truth_nineteen_times_in_twenty():
    truth = flat(20, days=28).astype(float)
    truth.loc[:, 24:27] *= 1.6
    held = []
    for seed in range(12):
        found = profile(poisson(truth, shape=40, seed=seed)).expected
        at = found["start_min"].to_numpy() // 30
        inside = truth.iloc[0].to_numpy()[at]
        held.append(((found["low"] <= inside) & (inside <= found["high"])).mean())
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_a_weekday_not_seen_is_closed_and_said_so():
    found = profile(flat(30, days=3))
    assert set(found.opening_hours) == {0, 1, 2}
    assert found.words[0] == (
        "Thursday, Friday, Saturday and Sunday are not among the dates of the history: taken as "
        "closed."
    )
    assert found.words[1].startswith("Monday, Tuesday and Wednesday are seen once")


def test_one_day_gives_a_profile_without_a_day_factor():
    found = profile(flat(30, days=1))
    assert found.expected["expected"].sum() == pytest.approx(480)
    assert found.day_factor.gamma_shape is None
    assert "1 comparable day cannot tell" in found.day_factor.words
    assert found.within_day.variance_to_mean is None


def test_the_doubled_hour_of_the_clock_change_stays_in_its_hour():
    counts = flat(4, days=7, slots=range(48), weekdays=range(7), start=pd.Timestamp("2025-10-20"))
    assert profile(counts).day_counts["count"].tolist() == [192] * 7


# ---------------------------------------------------------------- incidents and dates left out


def test_an_incident_is_set_back_to_the_usual_and_listed():
    counts = flat(30)
    counts.iloc[8, 22] = 150
    found = profile(counts)
    listed = found.incidents[["start_min", "end_min", "count"]]
    assert listed.to_numpy().tolist() == [[660, 690, 150]]
    assert found.incidents["usual"][0] == pytest.approx(30, abs=8)
    assert found.expected["expected"].max() < 33
    assert found.day_counts["count"].max() == 600


def test_a_rush_on_every_date_of_a_weekday_is_its_habit():
    counts = flat(30)
    counts.loc[counts.index.day_of_week == 0, 22] = 150
    found = profile(counts)
    assert found.incidents.empty
    assert by_slot(found).loc[0, 660] > 100


def test_a_rush_on_a_weekday_seen_once_is_no_habit_yet():
    counts = flat(30, days=8)
    counts.iloc[2, 22] = 150
    assert len(profile(counts).incidents) == 1


def test_a_holiday_is_left_out():
    counts = flat(30)
    counts.iloc[9] = 0
    counts.iloc[9, 20] = 3
    found = profile(counts)
    assert found.left_out["count"].tolist() == [3]
    assert "closed that day" in found.left_out["reason"][0]
    assert found.expected["expected"].to_numpy() == pytest.approx(30.0)
    assert found.day_factor.gamma_shape is None


def test_a_first_day_that_begins_at_noon_is_left_out():
    counts = flat(30)
    counts.iloc[0, :24] = 0
    found = profile(counts)
    assert found.left_out["date"].tolist() == [MONDAY]
    assert found.left_out["reason"][0] == "the history begins in the middle of the day"


def test_a_last_day_that_ends_at_noon_is_left_out():
    counts = flat(30, days=12)
    counts.iloc[-1, 24:] = 0
    found = profile(counts)
    assert found.left_out["reason"].tolist() == ["the history ends in the middle of the day"]


def test_requests_outside_the_hours_are_counted():
    counts = flat(30)
    counts.iloc[3, 4] = 2
    assert profile(counts).outside == 2


# ---------------------------------------------------------------------------------- day factor


def test_day_factor_finds_the_gamma_behind_the_days():
    rng = np.random.default_rng(4)
    counts = rng.poisson(1580 * rng.gamma(51, 1 / 51, 2000)).astype(float)
    found = day_factor(counts, np.full(2000, counts.mean()))
    assert found.variance_to_mean == pytest.approx(1 + 1580 / 51, rel=0.1)
    assert found.gamma_shape.value == pytest.approx(51, rel=0.1)
    assert found.gamma_shape.low < 51 < found.gamma_shape.high
    assert found.planning_shape == pytest.approx(found.gamma_shape.value, rel=0.01)


def test_day_factor_is_the_moment_estimate_where_all_days_are_alike():
    counts = np.array([1500.0, 1700.0, 1400.0, 1800.0, 1600.0, 1550.0])
    mean, variance = counts.mean(), counts.var(ddof=1)
    found = day_factor(counts, np.full(6, mean))
    assert found.gamma_shape.value == pytest.approx(mean**2 / (variance - mean), rel=1e-6)
    assert found.variance_to_mean == pytest.approx(variance / mean)


def test_interval_of_the_day_factor_holds_the_truth():
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(200):
        counts = rng.poisson(1000 * rng.gamma(50, 1 / 50, 10)).astype(float)
        shape = day_factor(counts, np.full(10, counts.mean())).gamma_shape
        held += shape is not None and shape.low <= 50 <= (shape.high or np.inf)
    assert 0.90 <= held / 200 <= 0.99


def test_planning_shape_covers_later_days_better_than_the_estimate():
    rng = np.random.default_rng(9)
    covered = {"gamma_shape": [], "planning_shape": []}
    for _ in range(150):
        counts = rng.poisson(1000 * rng.gamma(50, 1 / 50, 8)).astype(float)
        mean, later = counts.mean(), rng.poisson(1000 * rng.gamma(50, 1 / 50))
        found = day_factor(counts, np.full(8, mean))
        for name, shape in (
            ("gamma_shape", found.gamma_shape.value),
            ("planning_shape", found.planning_shape),
        ):
            p = 1 / (1 + mean / shape)
            low, high = stats.nbinom.ppf([0.025, 0.975], shape, p)
            covered[name].append(low <= later <= high)
    assert np.mean(covered["planning_shape"]) > np.mean(covered["gamma_shape"])
    assert np.mean(covered["planning_shape"]) == pytest.approx(0.95, abs=0.02)


def test_few_days_are_said_to_tell_only_roughly():
    counts = np.array([1200.0, 1800.0, 1500.0, 1650.0])
    assert "4 days tell this only roughly" in day_factor(counts, np.full(4, counts.mean())).words


def test_days_that_spread_no_more_than_chance_have_no_factor():
    found = day_factor(np.array([100.0, 108.0, 95.0, 101.0]), np.full(4, 101.0))
    assert found.gamma_shape is None
    assert found.planning_shape is None
    assert "no more than chance" in found.words


def test_a_bound_that_cannot_be_told_is_none():
    counts = np.array([84.0, 100.0, 116.0, 115.0, 86.0])
    shape = day_factor(counts, np.full(5, counts.mean())).gamma_shape
    assert shape.low < shape.value
    assert shape.high is None


def test_within_days_poisson_counts_pass():
    found = profile(poisson(flat(20).astype(float), shape=30)).within_day
    assert found.variance_to_mean == pytest.approx(1, abs=0.25)
    assert found.p_value > 0.01


def test_within_days_bursts_are_noticed():
    counts = 4 * poisson(flat(5).astype(float))
    found = profile(counts).within_day
    assert found.variance_to_mean > 2
    assert "more than Poisson" in found.words


# -------------------------------------------------------------------------------- Poisson test


def test_transformed_times_by_hand():
    # two arrivals at 10 and 30 of 60: 2·−ln(50/60), then 1·−ln(30/50)
    found = log_transformed(np.array([0, 0]), np.array([30.0, 10.0]), 60.0)
    assert found == pytest.approx([2 * np.log(60 / 50), np.log(50 / 30)])


def test_transformed_times_begin_anew_in_every_interval():
    found = log_transformed(np.array([0, 1]), np.array([30.0, 30.0]), 60.0)
    assert found == pytest.approx([np.log(2), np.log(2)])


def test_a_poisson_process_passes_on_whole_seconds_too():
    history = spread(poisson(flat(40, days=28).astype(float), shape=20))
    whole = history.sessions.assign(
        requested_at=history.sessions["requested_at"].dt.floor("s").dt.as_unit("us")
    )
    found = nhpp_test(type(history)(whole, ZONE, history.problems, ()), "Chat")
    assert (found["p_value"] > 0.05).all()
    assert (found["n"] == len(whole)).all()
    assert found["intervals"].tolist() == [20 * 32, 20 * 16, 20 * 8]


def test_p_values_are_uniform_under_the_hypothesis():
    history = [spread(poisson(flat(20.0), seed=seed), seed=seed) for seed in range(40)]
    p = [nhpp_test(one, "Chat", minutes=(30,))["p_value"][0] for one in history]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_bursts_fail():
    history = spread(flat(10))
    burst = history.sessions["requested_at"].repeat(3) + pd.to_timedelta([0, 1, 2] * 1600, "s")
    found = nhpp_test(history_of(burst.dt.tz_localize(None)), "Chat")
    assert (found["p_value"] < 0.001).all()


def test_a_rate_that_changes_within_the_interval_fails_at_that_length_only():
    counts = flat(10, days=28)
    counts.loc[:, 18::2] *= 10
    found = nhpp_test(spread(counts), "Chat", minutes=(30, 60)).set_index("minutes")["p_value"]
    assert found[30] > 0.01 > found[60]


def test_a_length_that_does_not_divide_the_day_is_refused():
    with pytest.raises(ParameterError, match="minutes is 25"):
        nhpp_test(spread(flat(3)), "Chat", minutes=(25,))


# ------------------------------------------------- against the figures published with the records


@pytest.fixture(scope="module")
def calls():
    """All calls but the phantoms, by the instant at which they entered."""
    rows = pd.read_csv(RECORDS, dtype={"date": "string"})
    return at(rows[rows["outcome"] != "PHANTOM"], "vru_entry")


@pytest.fixture(scope="module")
def requests():
    """The calls that asked for an agent, by the instant at which the announcements ended."""
    rows = pd.read_csv(RECORDS, dtype={"date": "string"})
    return at(rows[(rows["outcome"] == "AGENT") | (rows["q_start"] != "0:00:00")], "vru_exit")


def at(rows, instant):
    clock = pd.to_datetime(rows["date"], format="%y%m%d") + pd.to_timedelta(rows[instant])
    return history_of(clock, topic="Banking")


@pytest.fixture(scope="module")
def sunday_to_thursday(calls):
    rows = calls.sessions
    kept = rows["requested_at"].dt.day_of_week.isin([6, 0, 1, 2, 3])
    return type(calls)(rows[kept].reset_index(drop=True), calls.zone, calls.problems, ())


@with_records
def test_opening_hours_of_the_records(requests):
    found = opening_hours(requests, "Banking")
    assert {found[day] for day in (6, 0, 1, 2, 3)} == {((420, 1440),)}
    assert found[4] == ((420, 840),)
    assert found[5] == ((1140, 1440),)  # published: from 20:00; the calls come from 19:15 on


@with_records
def test_day_factor_of_the_records(sunday_to_thursday):
    counts = sunday_to_thursday.sessions.groupby(
        sunday_to_thursday.sessions["requested_at"].dt.date
    ).size()
    found = day_factor(counts.to_numpy(float), np.full(10, counts.mean()))
    assert found.mean_count == pytest.approx(1580.7)
    assert found.variance_to_mean == pytest.approx(31.8, abs=0.05)
    assert found.gamma_shape.value == pytest.approx(51, abs=0.5)


@with_records
def test_poisson_test_of_the_records(sunday_to_thursday):
    # published: p .52; the spreading over the second moves it between about .5 and .6
    found = nhpp_test(sunday_to_thursday, "Banking", minutes=(30,))
    assert 0.4 < found["p_value"][0] < 0.75


@with_records
def test_ten_days_of_the_records_are_enough(requests):
    first = requests.dates[0]
    found = arrival_profile(requests.between(first, first + timedelta(days=9)), "Banking")
    assert len(found.opening_hours) == 7
    assert "seen once" in found.words[0]
