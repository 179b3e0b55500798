"""What a step buys: pairs that differ in one number alone, and the mean over all else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.sweep.steps import COLUMNS, OVER_ALL, steps
from tests.sweep.made_surveys import COUNT, SCALE, counts, counts_and_scales, figures, grid, rosters


def of(found, **more):
    return steps(found.cases, found.of(found.measure), found.paths, **more)


def test_each_step_of_one_path_is_a_row():
    rows = of(counts(3, 4, 6))
    assert list(zip(rows["setting"], rows["next"], strict=True)) == [("3", "4"), ("4", "6")]
    # 0.95 - 0.5 / 2, / 4, / 16: the level of 3, 4 and 6 agents
    assert rows["difference"].tolist() == pytest.approx([0.125, 0.09375], abs=0.002)
    assert rows["cost"].tolist() == [50.0, 100.0]
    assert rows["others"].tolist() == ["", ""]
    assert (rows["low"] < rows["difference"]).all()


def test_a_step_under_several_settings_has_their_mean_behind_them():
    rows = of(counts_and_scales())
    first = rows[(rows["path"] == COUNT) & (rows["setting"] == "3")]
    *single, mean = first.to_dict("records")
    assert [row["others"] for row in single] == [
        f"Sales: arrivals, scale {scale}" for scale in ("0.9", "1", "1.1")
    ]
    assert mean["others"] == OVER_ALL
    assert mean["difference"] == pytest.approx(np.mean([row["difference"] for row in single]))
    assert (mean["cost"], mean["case"]) == (50.0, "")
    assert single[1]["next_case"] == "count 4, scale 1"


def test_the_interval_of_the_mean_is_over_replications():
    found = counts_and_scales()
    wide = found.of(found.measure).pivot_table(index="replication", columns="case", values="value")
    scales = ("0.9", "1", "1.1")
    mean = sum(wide[f"count 4, scale {at}"] - wide[f"count 3, scale {at}"] for at in scales) / 3
    rows = of(found)
    (row,) = rows[(rows["setting"] == "3") & (rows["others"] == OVER_ALL)].to_dict("records")
    error = mean.std(ddof=1) / np.sqrt(len(mean))
    assert row["high"] - row["difference"] == pytest.approx(2.0930240544 * error)  # t of 19


def test_paths_without_an_order_have_no_steps():
    assert set(of(rosters())["path"]) == {COUNT}


def test_durations_are_stepped_through_in_their_order():
    cases, paths = grid(scale=["10m", "90s", "3m"])
    values = figures({"scale 10m": 0.7, "scale 90s": 0.9, "scale 3m": 0.8})
    rows = steps(cases.assign(cost=1.0), values, paths)
    assert rows["setting"].tolist() == ["90s", "3m"]
    assert rows["difference"].tolist() == pytest.approx([-0.1, -0.1], abs=0.002)


def test_a_list_of_cases_pairs_only_what_differs_in_one_setting():
    cases = pd.DataFrame(
        {"case": ["a", "b", "c"], COUNT: ["3", "4", "5"], SCALE: ["1", "1", "2"], "cost": 1.0}
    )
    rows = steps(cases, figures({"a": 0.1, "b": 0.2, "c": 0.3}), (COUNT, SCALE))
    assert rows[["case", "next_case"]].to_numpy().tolist() == [["a", "b"]]


@pytest.mark.parametrize("found", [counts(3), counts(3, 4, replications=1)], ids=["case", "rep"])
def test_one_case_and_one_replication(found):
    rows = of(found)
    assert list(rows.columns) == list(COLUMNS)
    assert rows["low"].isna().all()
    assert len(rows) == len(found.names) - 1


def test_cases_that_were_dropped_early_are_paired_over_what_both_have():
    found = counts(3, 4)
    values = found.of(found.measure)
    short = values[(values["case"] == "count 4") | (values["replication"] <= 5)]
    assert steps(found.cases, short, found.paths)["replications"].tolist() == [5]
