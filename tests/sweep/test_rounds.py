"""Rounds: replications one after the other, cases that are done leave, never more than asked."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from simulator.sweep.rounds import Round, deciding
from tests.sweep.studies import CHOOSE, GRID, STOP, study


def play(asked, *, share, noise, seed=1, queued=1000):
    """The rounds of a study whose cases serve such shares of 1,000 in time; and the account."""
    rng = np.random.default_rng(seed)
    decisions = deciding(asked)
    rounds = []
    while (found := decisions.next_round()) is not None:
        rounds.append(found)
        rows = [
            {"case": asked.cases[case].name, "replication": number}
            | {"level": "replication", "topic": None, "start": None, "queued": queued}
            | {"served_within": 1000 * (share[case] + noise[case] * rng.standard_normal())}
            for case in found.cases
            for number in found.replications
        ]
        table = pa.Table.from_pylist(rows)
        decisions.observe(lambda columns, table=table: table.select([*columns, "case"]))
    return rounds, decisions.account()


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    return {text: study(tmp_path_factory.mktemp("study"), text) for text in (GRID, STOP, CHOOSE)}


def in_a_row(rounds, *, most):
    """Whether replications follow one another and cases only leave."""
    numbers = [number for found in rounds for number in found.replications]
    leave = all(set(later.cases) <= set(found.cases) for found, later in pairwise(rounds))
    return numbers == list(range(1, len(numbers) + 1)) and len(numbers) <= most and leave


def test_as_asked_is_one_round(studies):
    rounds, account = play(studies[GRID], share=[0.5] * 6, noise=[0.1] * 6)
    assert rounds == [Round((0, 1, 2, 3, 4, 5), range(1, 5))]
    assert account == {}


@pytest.mark.parametrize("seed", range(5))
def test_a_case_leaves_when_its_interval_is_narrow_enough(studies, seed):
    rounds, account = play(
        studies[STOP], share=[0.5, 0.7, 0.9], noise=[0.2, 0.1, 0.0001], seed=seed
    )
    assert in_a_row(rounds, most=60)
    assert rounds[0] == Round((0, 1, 2), range(1, 5))
    assert 2 not in rounds[1].cases
    counts = [sum(len(r.replications) for r in rounds if case in r.cases) for case in range(3)]
    assert counts[0] > counts[1] > counts[2] == 4
    # 1.96 x 0.2 / sqrt(n) = 0.06 at n = 43, and the last round is not much longer than it must be.
    assert 20 < counts[0] <= 60
    widths = account["stop"]["half_widths"]
    assert all(width <= 0.06 for name, width in widths.items()) == (
        len(account["stop"]["reached"]) == 3
    )


def test_rounds_grow_with_what_there_is(studies):
    rounds, account = play(studies[STOP], share=[0.5] * 3, noise=[9.0] * 3)
    assert [found.replications.stop - 1 for found in rounds] == [4, 9, 18, 36, 60]
    assert account["stop"]["reached"] == []


def test_nothing_to_count_is_not_narrow(studies):
    rounds, account = play(studies[STOP], share=[0.0] * 3, noise=[0.0] * 3, queued=0)
    assert rounds[-1].replications.stop - 1 == 60
    assert set(account["stop"]["half_widths"].values()) == {None}


@pytest.mark.parametrize("seed", range(5))
def test_cases_that_cannot_be_best_leave(studies, seed):
    rounds, account = play(
        studies[CHOOSE], share=[0.2, 0.7, 0.8], noise=[0.1, 0.08, 0.08], seed=seed
    )
    assert in_a_row(rounds, most=60)
    assert rounds[0] == Round((0, 1, 2), range(1, 6))
    choice = account["choice"]
    assert choice["best"] == "count 3"
    assert "count 1" in choice["eliminated"]
    names = [*choice["eliminated"], *choice["survivors"]]
    assert sorted(names) == ["count 1", "count 2", "count 3"]
    assert choice["is_decided"] == (choice["survivors"] == ["count 3"])


def test_a_clear_choice_takes_no_more_than_the_least(studies):
    rounds, account = play(studies[CHOOSE], share=[0.1, 0.2, 0.9], noise=[0.001] * 3)
    assert rounds == [Round((0, 1, 2), range(1, 6))]
    assert account["choice"]["is_decided"]


def test_a_tie_ends_with_the_most(studies):
    rounds, account = play(studies[CHOOSE], share=[0.5] * 3, noise=[0.5] * 3)
    assert sum(len(found.replications) for found in rounds) == 60
    assert not account["choice"]["is_decided"]
    assert account["choice"]["best"] in account["choice"]["survivors"]
