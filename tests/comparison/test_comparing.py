"""Paired differences: known truths, and what a frame of them holds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator import theory
from simulator.comparison import compare, one_more_agent
from simulator.comparison.figures import FIGURES
from simulator.errors import DataError, ParameterError, UsageError
from simulator.metrics.uncertainty import mean_interval
from simulator.scenario import loads
from tests.comparison.worlds import TODAY, like_today, queue

COLUMNS = [
    *("scenario", "figure", "unit", "base_value", "value", "difference"),
    *("low", "high", "replications", "better", "variance_ratio"),
]


def row(frame, figure):
    (found,) = frame[frame["figure"] == figure].to_dict("records")
    return found


@pytest.fixture(scope="module")
def queues(run_of):
    """The same eight-hour M/M/c day with three agents and with four."""
    runs = [run_of(queue(f"c{c}", agents=c), replications=40) for c in (3, 4)]
    return compare(runs, level=0.99)


@pytest.fixture(scope="module")
def truth():
    """The exact expected totals of those days."""
    day = {"arrival_rate": 54 / 3600, "service_rate": 1 / 180, "length": 8 * 3600.0}
    return [theory.one_day(agents=c, threshold=20.0, **day) for c in (3, 4)]


@pytest.mark.parametrize(
    ("figure", "exact"),
    [
        ("service_level.of_all", lambda day: day.of_all),
        ("asa_s", lambda day: day.asa),
        ("in_time", lambda day: day.in_time),
        ("counts.served", lambda day: day.served),
    ],
)
def test_interval_holds_the_difference_that_theory_gives(queues, truth, figure, exact):
    found = row(queues.differences, figure)
    three, four = (exact(day) for day in truth)
    assert found["low"] - 1e-9 <= four - three <= found["high"] + 1e-9
    if figure != "counts.served":
        assert 0 < (found["high"] - found["low"]) / 2 < 0.5 * abs(four - three)


def test_customers_alike_make_the_difference_surer(queues):
    assert row(queues.differences, "service_level.of_all")["variance_ratio"] > 1
    assert row(queues.differences, "asa_s")["variance_ratio"] > 1


def test_a_roster_change_is_seen_surer_than_by_independent_runs(found):
    helped = found.differences.set_index("figure")["variance_ratio"]
    assert helped["service_level.of_all"] > 1
    assert helped["wait_s.mean"] > 1


def test_variance_ratio_is_that_of_independent_runs(found):
    own = found.by_replication[found.by_replication["figure"] == "counts.served"]
    apart = own["base_value"].var() + own["value"].var()
    told = row(found.differences, "counts.served")["variance_ratio"]
    assert told == pytest.approx(apart / own["difference"].var())


def test_the_same_world_differs_by_exactly_nothing(run_of, today):
    twin = compare([today, run_of(like_today("twin"))])
    for frame in (twin.differences, twin.by_topic, twin.by_interval):
        known = frame.dropna(subset="low")
        assert (known[["difference", "low", "high"]] == 0).all(axis=None)
    assert twin.differences["better"].isna().all()
    assert twin.sentences == (
        "twin and today are exactly alike in every figure of each of 6 replications.",
    )


def test_swapping_the_base_turns_every_difference_round(today, helped, found):
    back = compare([today, helped], base=1)
    assert back.names == tuple(reversed(found.names))
    there, here = (f.differences.set_index("figure").sort_index() for f in (found, back))
    assert here["difference"].tolist() == (-there["difference"]).tolist()
    assert here["low"].tolist() == pytest.approx((-there["high"]).tolist())
    sure = there["better"].notna()
    assert (here["better"][sure] == ~there["better"][sure].astype(bool)).all()


def test_columns_and_units(found):
    assert list(found.differences) == COLUMNS
    assert set(found.differences["figure"]) == FIGURES.keys()
    assert list(found.by_topic) == [*COLUMNS[:3], "topic", *COLUMNS[3:]]
    assert list(found.by_interval) == [*COLUMNS[:3], "time", "time_h", *COLUMNS[3:]]


def test_largest_differences_of_a_unit_come_first(found):
    for _, part in found.differences.groupby("unit", sort=False):
        assert part["difference"].abs().is_monotonic_decreasing


def test_counts_have_the_plain_paired_interval(found):
    own = found.by_replication[found.by_replication["figure"] == "counts.served"]
    plain = mean_interval(own["difference"])
    told = row(found.differences, "counts.served")
    assert (told["low"], told["high"]) == pytest.approx((plain.low, plain.high))


def test_better_follows_the_direction_of_the_figure(found):
    assert row(found.differences, "service_level.of_all")["better"] is True
    assert row(found.differences, "wait_s.mean")["better"] is True  # shorter
    assert row(found.differences, "agent_hours")["better"] is False  # dearer
    assert pd.isna(row(found.differences, "occupancy.busy")["better"])  # neither


def test_one_more_helper_is_twenty_agent_hours(found):
    told = row(found.differences, "agent_hours")
    assert (told["difference"], told["low"], told["high"]) == pytest.approx((20.0,) * 3, abs=0.01)


def test_topics_and_times_add_up_to_the_whole(found):
    whole = row(found.differences, "in_time")["difference"]
    for frame in (found.by_topic, found.by_interval):
        parts = frame.loc[frame["figure"] == "in_time", "difference"]
        assert parts.sum() == pytest.approx(whole)


def test_agent_hour_buys_the_difference_shared_out(found):
    gain = row(found.per_agent_hour, "in_time")
    whole = row(found.differences, "in_time")
    assert gain["agent_hours"] == pytest.approx(20.0, abs=0.01)
    assert gain["difference"] == pytest.approx(whole["difference"] / gain["agent_hours"])
    assert gain["high"] == pytest.approx(whole["high"] / 20, rel=1e-3)


def test_agents_who_work_as_long_buy_nothing_per_hour(run_of, today):
    patient = run_of(like_today("patient", ("mean: 5m", "mean: 50m")))
    assert compare([today, patient]).per_agent_hour.empty


def test_more_than_two_scenarios_have_wider_intervals(run_of, today, helped, found):
    third = run_of(one_more_agent(loads(TODAY), "Sellers"))
    three = compare([today, helped, third])
    assert three.level_each == pytest.approx(0.975)
    first = three.differences[three.differences["scenario"] == found.names[1]]
    for name in ("service_level.of_all", "asa_s"):
        one, of_two = row(found.differences, name), row(first, name)
        assert of_two["difference"] == one["difference"]
        assert of_two["high"] - of_two["low"] > one["high"] - one["low"]


def test_one_replication_gives_values_without_intervals(run_of):
    runs = [
        run_of(text, replications=1) for text in (TODAY, like_today("b", ("count: 2", "count: 3")))
    ]
    alone = compare(runs).differences
    assert alone["low"].isna().all()
    assert alone["difference"].notna().all()


def test_other_thresholds_are_counted_as_the_base_does(run_of, today):
    strict = run_of(
        like_today("strict") + "service_level: {threshold: 5s, definition: of_served}\n"
    )
    found = compare([today, strict])
    assert row(found.differences, "service_level.of_all")["difference"] == 0
    assert found.definition == "service_level.of_all"
    assert "strict defines its service level otherwise (of_served within 5.0 s)" in found.notes[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("rate_per_hour: 14", "rate_per_hour: 15"), "their arrivals differ"),
        (("mean: 10m", "mean: 11m"), "their work differs"),
        (("mean: 8m}}\nagents", "mean: 9m}}\nagents"), "their patience differs"),
    ],
)
def test_other_customers_are_told(run_of, today, change, words):
    found = compare([today, run_of(like_today("other", change))])
    assert words in found.notes[0]
    assert "luck only" in found.notes[0]


def test_a_steady_study_leaves_out_the_longest_warm_up(run_of):
    steady = "days: 2\nstudy: steady\nwarm_up: {}\n"
    runs = [
        run_of(like_today(name, ("days: 2\n", steady.format(length))), replications=2)
        for name, length in (("short", "2h"), ("long", "9h"))
    ]
    found = compare(runs)
    assert found.notes == ("The longest warm-up of all, 9 h, is left out of all.",)
    assert (found.differences["difference"].dropna() == 0).all()


def test_tails_of_all_scenarios_are_known_at_the_threshold(found):
    at_threshold = found.wait_tail[found.wait_tail["wait_s"] == found.threshold_s]
    assert at_threshold["scenario"].tolist() == list(found.names)


def test_to_draw_names_figures_in_words(found):
    drawn = found.to_draw()
    assert "service level, of all ↑" in set(drawn["figure"])
    assert len(drawn) == len(found.key_figures)
    assert drawn["difference"].notna().all()


def test_one_scenario_is_no_comparison(today):
    with pytest.raises(UsageError, match="1 scenario \\('today'\\) compares nothing; give two"):
        compare([today])


def test_namesakes_are_refused_unless_told_apart(today):
    with pytest.raises(DataError, match="two scenarios are called 'today'"):
        compare([today, today])
    assert compare([today, today], names=["a", "b"]).names == ("a", "b")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("name: Support", "name: Help"),
            "differ in topics: 1 Sales, 2 Support and 1 Sales, 2 Help",
        ),
        (("days: 2", "days: 3"), "differ in days: 2 and 3"),
        (("2026-03-23", "2026-03-24"), "differ in start"),
        (
            ("Europe/Oslo", "Europe/Helsinki"),
            "differ in time zone: Europe/Oslo and Europe/Helsinki",
        ),
    ],
)
def test_other_worlds_are_refused(run_of, today, change, words):
    text = like_today("other", change).replace("topics: [Support]", "topics: [Sales]")
    if "Help" in change[1]:
        text = text.replace("[Sales, Support]", "[Sales, Help]")
    with pytest.raises(DataError, match=words):
        compare([today, run_of(text, replications=1)])


@pytest.mark.parametrize("other", [{"seed": 2}, {"replications": 3}])
def test_runs_that_are_no_pairs_are_refused(run_of, today, other):
    with pytest.raises(DataError, match="no pairs; simulate both with the same"):
        compare([today, run_of(like_today("b"), **other)])


def test_level_has_to_be_a_share(today, helped):
    with pytest.raises(ParameterError, match="level is 95"):
        compare([today, helped], level=95)


def test_base_has_to_be_one_of_them(today, helped):
    with pytest.raises(UsageError, match="base is 2; give 0 to 1"):
        compare([today, helped], base=2)


def test_a_desk_to_which_nobody_comes_compares_to_nothing(run_of):
    empty = ("rate_per_hour: 14", "rate_per_hour: 0"), ("rate_per_hour: 6", "rate_per_hour: 0")
    runs = [run_of(like_today(name, *empty), replications=2) for name in ("a", "b")]
    found = compare(runs)
    assert math.isnan(row(found.differences, "asa_s")["difference"])
    assert np.isnan(found.by_topic["difference"]).any()


def test_comparison_is_frozen(found):
    with pytest.raises(AttributeError):
        found.level = 0.9
    assert replace(found, level=0.9).level == 0.9
