"""The tornado: each setting by itself, around the case in the middle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.sweep.sensitivity import COLUMNS, central_case, sensitivity
from tests.sweep.made_surveys import (
    COUNT,
    ROSTER,
    SCALE,
    counts,
    counts_and_scales,
    figures,
    grid,
    rosters,
)


def of(found, base):
    return sensitivity(found.cases, found.of(found.measure), found.paths, base=base)


def test_the_centre_of_a_grid_is_in_the_middle_of_every_path():
    cases, paths = grid(count=["3", "4", "5"], scale=["0.9", "1", "1.1"])
    assert central_case(cases, paths) == "count 4, scale 1"
    assert central_case(cases.iloc[::-1], paths) == "count 4, scale 1"


def test_the_centre_of_a_list_is_the_case_that_others_change_one_thing_of():
    cases = pd.DataFrame(
        {
            "case": ["more", "today", "late", "both"],
            COUNT: ["5", "4", "4", "5"],
            ROSTER: ["early", "early", "late", "late"],
            SCALE: ["1", "1", "1", "2"],
        }
    )
    assert central_case(cases, (COUNT, ROSTER, SCALE)) == "today"


def test_of_one_case_it_is_that_case():
    cases, paths = grid(count=["3"])
    assert central_case(cases, paths) == "count 3"


def test_settings_stand_in_order_and_the_widest_path_first():
    rows = of(counts_and_scales(), "count 4, scale 1")
    assert list(zip(rows["path"], rows["setting"], strict=True)) == [
        *((COUNT, number) for number in ("3", "4", "5")),
        *((SCALE, number) for number in ("0.9", "1", "1.1")),
    ]
    assert rows["range"].is_monotonic_decreasing
    base = rows[rows["case"] == "count 4, scale 1"]
    assert base[["difference", "low", "high"]].to_numpy().tolist() == [[0.0, 0.0, 0.0]] * 2
    assert rows["difference"].iloc[0] == pytest.approx(-0.125, abs=0.002)


def test_settings_without_an_order_are_told_too():
    rows = of(rosters(), "count 3, roster early.csv")
    own = rows[rows["path"] == ROSTER]
    assert own["setting"].tolist() == ["early.csv", "late.csv"]
    assert own["difference"].abs().max() < 0.002


def test_a_path_that_nobody_changes_by_itself_has_no_rows():
    cases = pd.DataFrame({"case": ["a", "b"], COUNT: ["3", "4"], SCALE: ["1", "2"]})
    rows = sensitivity(cases, figures({"a": 0.1, "b": 0.2}), (COUNT, SCALE), base="a")
    assert rows.empty
    assert list(rows.columns) == list(COLUMNS)


def test_a_case_that_is_a_double_of_the_base_stands_back_behind_it():
    cases = pd.DataFrame({"case": ["a", "b", "c"], COUNT: ["3", "3", "4"]})
    rows = sensitivity(cases, figures({"a": 0.1, "b": 0.2, "c": 0.3}), (COUNT,), base="b")
    assert rows["case"].tolist() == ["b", "c"]


def test_one_replication_has_differences_without_intervals():
    rows = of(counts(3, 4, replications=1), "count 3")
    assert rows["difference"].notna().all()
    assert rows["low"].isna().all()


def test_a_case_with_nothing_counted_is_unknown():
    values = figures({"count 3": 0.7, "count 4": np.nan})
    cases, paths = grid(count=["3", "4"])
    rows = sensitivity(cases, values, paths, base="count 3")
    assert rows["value"].isna().tolist() == [False, True]
    assert rows["range"].tolist() == [0.0, 0.0]
