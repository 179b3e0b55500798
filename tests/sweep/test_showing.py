"""The cards of a study: every one of them, for studies of every kind."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from simulator.sweep import showing
from simulator.sweep.known_figures import FIGURES
from tests.sweep.made_surveys import (
    COUNT,
    counts,
    counts_and_scales,
    day,
    fifty,
    figures,
    grid,
    level_of,
    survey,
)

CARDS = [
    *(showing.about, showing.verdict, showing.best, showing.cases, showing.next_steps),
    *(showing.cost_and_quality, showing.sensitive, showing.fans, showing.over_the_day),
    *(showing.half_widths, showing.replications, showing.provenance),
]


def scales():
    cases, paths = grid(scale=["0.9", "1", "1.1"])
    means = {f"scale {at}": level_of(4, at) for at in ("0.9", "1", "1.1")}
    return survey(cases, paths, figures(means))


def unnumbered():
    """One path that has no order, and waits instead of shares."""
    cases, paths = grid(roster=["early.csv", "late.csv", "none"])
    means = {case: 40.0 + 300.0 * at for at, case in enumerate(cases["case"])}
    wait = FIGURES["wait_s.mean"]
    return survey(cases, paths, figures(means, shared=9.0), measure=wait, target=None)


def empty():
    cases, paths = grid(count=["3", "4"])
    nothing = figures({"count 3": np.nan, "count 4": np.nan})
    return survey(cases, paths, nothing, over_the_day=day("count 3").head(0))


STUDIES = {
    "one case": lambda: counts(4),
    "one replication": lambda: counts(3, 4, 5, replications=1),
    "a path": lambda: counts(*range(2, 9)),
    "a grid": counts_and_scales,
    "circumstances": scales,
    "no numbers": unnumbered,
    "fifty": fifty,
    "nobody": empty,
}


@pytest.fixture(scope="module")
def surveys():
    return {name: make() for name, make in STUDIES.items()}


def bundle(card):
    return card._repr_mimebundle_()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.__name__)
@pytest.mark.parametrize("name", STUDIES)
def test_every_card_of_every_study_is_shown(surveys, name, card):
    shown = bundle(card(surveys[name]))
    assert shown["text/plain"].strip()
    assert not re.search(r"\bnan\b|\bNone\b|NaT", shown["text/html"])
    for drawing in re.findall(r"<svg[^>]*>", shown["text/html"]):
        assert re.search(r'aria-label="[^"]{20,}"', drawing)


def test_circumstances_have_a_card_each(surveys):
    page = bundle(showing.best(surveys["a grid"]))["text/html"]
    assert page.count("<svg") == 3
    assert "With Sales: arrivals, scale 1.1." in page
    assert bundle(showing.cost_and_quality(surveys["a grid"]))["text/html"].count("<svg") == 3


def test_what_customers_do_has_no_price(surveys):
    assert "has no price" in bundle(showing.cost_and_quality(surveys["circumstances"]))["text/html"]


def heads(card):
    return re.findall(r"<th[^>]*>([^<]*)</th>", bundle(card)["text/html"])


def test_cases_are_told_with_figures_and_cost(surveys):
    assert heads(showing.cases(surveys["a path"])) == [
        *("case", "service level (%)", "abandonment (%)", "cost (agent-hours)")
    ]
    page = bundle(showing.cases(surveys["a path"]))["text/html"].replace("\u2060", "")
    assert re.search(r"82\.\d\u00a0\(81\.\d–84\.\d\)", page)


def test_settings_that_a_name_does_not_tell_have_a_column():
    cases, paths = grid(count=["3", "4"])
    cases["case"] = ["today", "more"]
    found = survey(cases, paths, figures({"today": 0.7, "more": 0.8}))
    assert heads(showing.cases(found))[:2] == ["case", "Generalists: count"]


@pytest.mark.parametrize("name", ["one case", "one replication"])
def test_what_cannot_be_told_is_not_claimed(surveys, name):
    assert "95 % confidence" not in bundle(showing.best(surveys[name]))["text/html"]


def test_one_replication_has_no_spread(surveys):
    for card in (showing.fans, showing.over_the_day):
        assert "<svg" not in bundle(card(surveys["one replication"]))["text/html"]


def test_a_long_study_has_all_cases_in_the_table(surveys):
    page = bundle(showing.best(surveys["fifty"]))["text/html"]
    assert page.count("<tr>") == 51


def test_tables_are_in_per_cent_and_points(surveys):
    assert {"value (%)", "difference (points)"} <= set(heads(showing.best(surveys["a path"])))


def plain(card):
    return bundle(card)["text/plain"]


def states(found):
    page = bundle(showing.replications(found))["text/html"]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page)
    return [cell for cell in cells if "study" in cell or "narrow" in cell or "put out" in cell]


def test_a_case_put_out_is_told_from_one_that_was_simulated_to_the_end():
    found = counts(
        3, 4, eliminated=frozenset({"count 3"}), verdict="With 95 % the case chosen is the best."
    )
    assert states(found) == ["put out before the end", "all of the study"]
    assert "With 95&nbsp;% the case chosen" in bundle(showing.replications(found))["text/html"]


def test_a_case_that_is_narrow_enough_is_told_from_one_that_ran_out_of_replications():
    found = counts(3, 4)
    last = found.narrowing.groupby("case")["half_width"].last()
    between = counts(3, 4, half_width=float(last.mean()))
    assert sorted(states(between)) == ["all of the study", "narrow enough"]


def test_where_all_had_as_many_a_sentence_is_enough():
    assert plain(showing.replications(counts(3, 4))) == "Every case had 20: all of the study."
    assert "narrow enough" in plain(showing.replications(counts(3, 4, half_width=0.5)))


def test_what_was_studied_is_told():
    assert plain(showing.about(counts(3, 4))) == "made: 2 cases, 20 replications each."
    once = counts(3, replications=1, about="A test")
    assert plain(showing.about(once)) == "made: A test. 1 case, 1 replication each."


def test_frames_are_left_as_they_are(surveys):
    found = surveys["a grid"]
    frames = ("cases", "estimates", "values", "alone", "narrowing", "over_the_day")
    before = {name: getattr(found, name).copy() for name in frames}
    for card in CARDS:
        card(found)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, getattr(found, name))


def test_circumstances_hold_the_cases_that_share_them(surveys):
    parts = surveys["a grid"].under()
    assert [where for where, _ in parts] == [
        f"Sales: arrivals, scale {at}" for at in ("1", "0.9", "1.1")
    ]
    assert [part.names for _, part in parts][1] == [f"count {at}, scale 0.9" for at in (3, 4, 5)]
    assert parts[1][1].cases[COUNT].tolist() == ["3", "4", "5"]
    (only,) = surveys["a path"].under()
    assert only == ("", surveys["a path"])
