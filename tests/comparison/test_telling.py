"""What is said of a comparison, word for word, from hand-made differences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.comparison import FIGURES, difference_table
from simulator.comparison.telling import amount, change

LEVEL = "service_level.of_all"


@pytest.fixture
def told(found):
    """A maker of comparisons whose service level differs as told; waits and hours do not."""

    def made(value, low, high, *, agreeing=6, base_value=0.8, ratio=4.0, replications=6):
        rows = found.differences.assign(difference=0.0, low=0.0, high=0.0, variance_ratio=ratio)
        level = rows["figure"] == LEVEL
        rows.loc[level, ["base_value", "value"]] = [base_value, base_value + value]
        rows.loc[level, ["difference", "low", "high"]] = [value, low, high]
        own = found.by_replication.copy()
        chosen = own["figure"] == LEVEL
        signs = [1.0] * agreeing + [-1.0] * (chosen.sum() - agreeing)
        own.loc[chosen, "difference"] = [value * sign for sign in signs]
        return replace(
            found,
            names=("A", "B"),
            replications=replications,
            differences=rows.assign(scenario="B"),
            by_replication=own.assign(scenario="B"),
        )

    return made


def test_a_sure_difference(told):
    (said,) = told(0.041, 0.032, 0.050).sentences
    assert said == (
        "B answers 4.1 points more within 60 s than A (84.1 % against 80.0 %; 95 % interval 3.2 to "
        "5.0), in 6 of 6 replications. "
        "(Independent runs would need 4.0 times as many replications for this.)"
    )


def test_a_loss_is_told_without_signs(told):
    (said,) = told(-0.041, -0.050, -0.032, agreeing=5).sentences
    assert said.startswith(
        "B answers 4.1 points less within 60 s than A (75.9 % against 80.0 %; 95 % interval 3.2 to "
        "5.0), in 5 of 6 replications."
    )


def test_an_open_question_names_the_most_and_the_replications_to_settle_it(told):
    (said,) = told(0.003, -0.005, 0.011, replications=20).sentences
    assert said.startswith(
        "Between B and A there is no difference in the share answered within 60 s that 20 "
        "replications can show: +0.30 points (95 % interval −0.50 to +1.10), so it is at most "
        "1.1 points. About 150 replications would settle it, if it is as large as it looks."
    )


def test_what_would_take_too_many_replications_is_as_good_as_equal(told):
    (said,) = told(0.00001, -0.01, 0.01002, replications=20).sentences
    assert "10,000 replications would not settle it: take the two as equal in this." in said


def test_pairing_that_does_not_help_is_told(told):
    assert (
        "Pairing does not help here: variance ratio 0.8."
        in told(0.04, 0.03, 0.05, ratio=0.8).sentences[0]
    )


def test_waits_abandonment_and_hours_are_told_when_sure(found):
    (said,) = found.sentences
    assert "With it the mean wait is " in said
    assert "s shorter" in said
    assert "It takes 20.0 agent-hours more a replication." in said


def test_one_replication_tells_nothing(told):
    nan = float("nan")
    (said,) = told(0.05, nan, nan, replications=1).sentences
    assert "in the one replication there is, which cannot tell a difference from chance" in said


def test_nobody_queued(told):
    nan = float("nan")
    (said,) = told(nan, nan, nan).sentences
    assert said.startswith("Nobody queued with B or with A")


def test_simultaneous_intervals_are_named(told):
    several = replace(told(0.04, 0.03, 0.05), names=("A", "B", "B"), level_each=0.975)
    assert "95 % simultaneous interval" in several.sentences[0]
    assert several.sentences[-1] == (
        "The intervals of the 2 differences of a figure hold together with 95 % "
        "(Bonferroni: each with 97.5 %)."
    )


def test_an_hour_is_told_with_what_it_buys(found):
    (said,) = found.hour_sentences
    assert said.startswith("today +1 Helpers has 20.0 agent-hours a replication more than today. ")
    assert "answered within 60 s (95 % interval +" in said


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("share", 0.041, "+4.1 points"),
        ("share", -0.0004, "−0.040 points"),
        ("s", 0.0, "±0.0 s"),
        ("chats", 1234.5, "+1,234.5 chats"),
        ("agent-hours", float("nan"), "–"),
    ],
)
def test_a_change_has_its_sign_and_two_digits(unit, value, words):
    assert change(unit, value) == words


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("share", 0.8345, "83.5 %"),
        ("s", 200.0, "3 min 20 s"),
        ("chats", 1.853, "1.85 chats"),
        ("agent-hours", 322.57, "322.6 agent-hours"),
        ("min", float("nan"), "–"),
    ],
)
def test_an_amount_has_its_unit(unit, value, words):
    assert amount(unit, value) == words


def test_table_has_every_figure_in_order(found):
    table = difference_table(found)
    assert table["figure"].tolist() == [figure.words for figure in FIGURES.values()]
    assert list(table) == [
        *("figure", "today", "value", "difference", "interval", "verdict", "pairing")
    ]


def test_table_tells_verdicts_by_direction(found):
    verdicts = difference_table(found).set_index("figure")["verdict"]
    assert verdicts["service level, of all"] == "better"
    assert verdicts["agents on duty, a replication"] == "worse"
    assert verdicts["occupancy, busy"] == "less"


def test_table_of_a_split_names_it_and_leaves_the_night_out(found):
    by_time = found.by_interval[found.by_interval["figure"] == LEVEL]
    table = difference_table(found, by_time)
    assert list(table)[:2] == ["figure", "time"]
    assert table["time"].iloc[0] == "08:00"


def test_a_bound_beside_zero_does_not_read_as_zero(told):
    table = difference_table(told(0.041, 0.0002, 0.082))
    assert table.set_index("figure")["interval"]["service level, of all"] == "+0.020 to +8.200"
