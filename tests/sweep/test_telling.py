"""Findings in sentences: which case is best, the cheapest good one, and how sure it all is."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.sweep.known_figures import FIGURES
from simulator.sweep.telling import sentences, step_sentences
from tests.sweep.made_surveys import (
    LEVEL,
    SCALE,
    counts,
    counts_and_scales,
    figures,
    grid,
    level_of,
    rosters,
    survey,
)


def told(found):
    return " ".join(sentences(found))


def test_the_best_comes_first_with_its_interval_and_how_sure_that_is():
    first = sentences(counts(3, 4, 5))[0]
    assert first.startswith("Of 3 cases 'count 5' has the highest service level: 8")
    assert "(95 % interval " in first
    assert "holds with 95 % confidence: the next, 'count 4', is 6." in first
    assert "points (6." in first


def test_the_cheapest_that_meets_the_target_has_its_price():
    assert "The cheapest that meets the target of 80.0 % is 'count 4': 82." in (
        said := told(counts(3, 4, 5))
    )
    assert "for 200 agent-hours a replication." in said


def test_a_target_inside_the_interval_is_not_surely_met():
    said = told(counts(3, 4, 5, target=0.82))
    assert "Its interval holds the target; the cheapest that surely meets it is 'count 5'" in said


def test_nobody_surely_meets_the_target():
    said = told(counts(3, 4, target=0.82))
    assert "Its interval reaches below the target, and so does that of every other." in said


def test_nobody_meets_the_target():
    assert "No case meets the target of 99.0 %." in told(counts(3, 4, target=0.99))


def test_without_a_target_there_is_no_cheapest():
    assert "cheapest" not in told(counts(3, 4, target=None))


def test_cases_that_cannot_be_told_apart_are_named():
    said = told(rosters())
    assert said.startswith("2 of 4 cases could be the best in service level, as far as 20")
    assert {"'count 4, roster early.csv'", "'count 4, roster late.csv'"} == set(
        said.partition("can tell: ")[2].partition(". Ahead")[0].split(" and ")
    )


def test_all_of_them():
    cases, paths = grid(roster=["a.csv", "b.csv"])
    found = survey(cases, paths, figures({"roster a.csv": 0.8, "roster b.csv": 0.8}, noise=0.01))
    assert told(found).startswith("All 2 cases could be the best")


def test_circumstances_are_told_apart_those_in_the_middle_first():
    said = sentences(counts_and_scales())
    assert [one.partition(":")[2].partition(":")[0] for one in said[:3]] == [
        f" arrivals, scale {scale}" for scale in ("1", "0.9", "1.1")
    ]
    assert all("of 3 cases 'count 5, scale" in one for one in said[:3])


def test_what_was_chosen_comes_first():
    said = sentences(counts(3, 4, verdict="Chosen by service level: count 4."))
    assert said[0] == "Chosen by service level: count 4."
    assert said[1].startswith("Of 2 cases")


def test_of_many_circumstances_some_are_told():
    scales = [str(at / 10) for at in range(7, 15)]
    cases, paths = grid(count=["3", "4"], scale=scales)
    means = {row["case"]: level_of(3, row[SCALE]) for _, row in cases.iterrows()}
    said = sentences(survey(cases, paths, figures(means)))
    assert "… and 3 more circumstances in the table." in said


def test_customers_are_no_choice():
    cases, paths = grid(scale=["0.9", "1", "1.1"])
    means = {f"scale {at}": level_of(4, at) for at in ("0.9", "1", "1.1")}
    said = told(survey(cases, paths, figures(means)))
    assert said.startswith("The service level goes from 8")
    assert "with 'scale 1.1' to" in said
    assert "no case is a choice" in said


def test_one_case():
    said = told(counts(4))
    assert said.startswith("The service level of the one case, 'count 4', is 82.")
    assert "cheapest" not in said


def test_one_replication():
    said = told(counts(3, 4, replications=1))
    assert "interval" not in said
    assert said.endswith("One replication cannot tell a difference from chance; simulate more.")


def test_nobody_queued():
    cases, paths = grid(count=["3", "4"])
    found = survey(cases, paths, figures({"count 3": np.nan, "count 4": np.nan}))
    assert told(found) == "Nobody queued in any case, so there is nothing to tell."


def test_a_wait_is_better_short():
    cases, paths = grid(count=["3", "4"])
    values = figures({"count 3": 90.0, "count 4": 30.0}, shared=5.0, noise=1.0)
    found = survey(cases, paths, values, measure=FIGURES["wait_s.mean"], target=None)
    assert told(found).startswith("Of 2 cases 'count 4' has the lowest mean wait: ")


def test_steps_have_their_gain_and_their_price():
    (said,) = step_sentences(counts(3, 4, 5))
    assert said.startswith("Generalists: count from 3 to 4 changes the service level by +12.")
    assert "and takes 50.0 agent-hours more; from 4 to 5 by +6." in said
    assert said.endswith("The first step is worth +0.25 points per agent-hour.")


def test_steps_over_other_settings_are_means():
    first, second = step_sentences(counts_and_scales())
    assert "the mean over the other settings" in first
    assert second.startswith("Sales: arrivals, scale from 0.9 to 1 changes the service level by −")
    assert "agent-hours" not in second


@pytest.mark.parametrize("found", [counts(4), counts(3, 4, replications=1)], ids=["case", "rep"])
def test_steps_of_little(found):
    said = step_sentences(found)
    assert len(said) == len(found.names) - 1
    assert "interval" not in " ".join(said)


def test_no_sentence_says_nan():
    for found in (counts(3), counts(3, 4, replications=1), counts_and_scales(), rosters()):
        assert "nan" not in " ".join([*sentences(found), *step_sentences(found)])
        assert LEVEL.words in told(found)
