"""Kim and Nelson's procedure: what it promises, and what it does with hand-made figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError, ParameterError
from simulator.sweep.selection import KimNelson

ALPHA, DELTA, N0 = 0.1, 1.0, 10


def run(choice, figures):
    """Show (replications, systems) ten at a time until it is decided or they are all shown."""
    while not choice.is_decided and choice.replications < len(figures):
        at = choice.replications
        choice.observe(figures[at : at + 10, list(choice.survivors)])
    return choice


def choices(means, *, spread, shared=0.0, repeats=300, seed=7):
    """The procedure run again and again on normal figures, of which a part is shared."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(repeats):
        own = rng.normal(0, spread * np.sqrt(1 - shared), (400, len(means)))
        common = rng.normal(0, spread * np.sqrt(shared), (400, 1))
        choice = KimNelson(N0, DELTA, ALPHA, len(means), "max")
        made.append(run(choice, np.asarray(means) + own + common))
    return made


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_the_best_is_chosen_as_often_as_promised_in_the_slippage_configuration(shared):
    made = choices([0, 0, DELTA, 0, 0], spread=2.5, shared=shared)
    assert all(choice.is_decided for choice in made)
    assert np.mean([choice.best == 2 for choice in made]) >= 1 - ALPHA


def test_two_systems_with_unequal_spreads():
    rng = np.random.default_rng(3)
    right = 0
    for _ in range(400):
        figures = rng.normal([0, DELTA], [1.0, 5.0], (2000, 2))
        right += run(KimNelson(N0, DELTA, ALPHA, 2, "max"), figures).best == 1
    assert right >= 400 * (1 - ALPHA)


@pytest.mark.slow
@pytest.mark.parametrize(("systems", "shared"), [(2, 0.0), (10, 0.0), (10, 0.9), (40, 0.5)])
def test_the_best_is_chosen_as_often_as_promised_at_length(systems, shared):
    means = np.zeros(systems)
    means[-1] = DELTA
    made = choices(means, spread=2.0, shared=shared, repeats=1500, seed=systems)
    assert np.mean([choice.is_decided and choice.best == systems - 1 for choice in made]) >= 0.9


def test_shared_luck_makes_it_quick():
    alone = choices([0, 0, DELTA], spread=3.0, repeats=40)
    together = choices([0, 0, DELTA], spread=3.0, shared=0.9, repeats=40)
    mean = [np.mean([choice.replications for choice in made]) for made in (alone, together)]
    assert mean[1] < mean[0] / 2


def test_what_is_far_behind_goes_at_once_and_what_is_close_stays_longer():
    (choice,) = choices([0.0, 9.7, 10.0, -20.0], spread=3.0, repeats=1)
    assert choice.best == 2
    assert choice.eliminated[0] == choice.eliminated[3] == N0
    assert choice.eliminated[1] > N0


def test_a_tie_ends_by_the_bound():
    made = choices([5.0, 5.0, 5.0], spread=2.0, repeats=50)
    assert all(choice.is_decided for choice in made)
    assert max(choice.replications for choice in made) < 200


def test_those_that_keep_level_are_told_apart_at_the_bound():
    choice = KimNelson(N0, DELTA, ALPHA, 2, "max")
    choice.observe(np.array([[3.0, 0.0], [0.0, 3.0]] * (N0 // 2)))
    bound = choice.at_most
    assert bound == 38 + 1  # eta = (0.2^(-2/9) - 1)/2, h² = 18 eta, S² = 10, delta = 1
    while not choice.is_decided:
        behind = 1 - choice.best
        choice.observe(np.eye(2)[[behind]] * 0.3)  # whoever is behind catches up
    assert bound - 2 <= choice.replications <= bound
    assert choice.at_most == choice.replications


def test_equal_systems_are_settled_in_favour_of_the_first():
    figures = np.random.default_rng(5).normal(0, 1, (40, 1)) * np.ones((1, 4))
    choice = KimNelson(N0, DELTA, ALPHA, 4, "min")
    assert run(choice, figures).best == 0
    assert choice.replications == N0
    assert choice.eliminated == {1: N0, 2: N0, 3: N0}


def test_the_variances_are_those_of_the_differences():
    # Two systems that move together: their difference is 1 in every replication.
    rng = np.random.default_rng(5)
    luck = rng.normal(0, 100, 30)
    choice = KimNelson(N0, 0.5, 0.05, 2, "min")
    choice.observe(np.column_stack([luck + 1.0, luck]))
    assert (choice.best, choice.replications, choice.at_most) == (1, N0, N0)


def test_the_bound_is_the_one_of_the_paper():
    # n0 = 3, k = 2, alpha = 0.05: eta = (0.1^-1 - 1)/2 = 4.5 and h² = 2 x 4.5 x 2 = 18.
    # Differences 0, 1, 2 have S² = 1; with delta = 0.5 N = 18 x 1 / 0.25 = 72.
    choice = KimNelson(3, 0.5, 0.05, 2, "max")
    assert choice.at_most is None
    choice.observe(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    # The sums differ by 3, the margin is 0.25 x (72 - 3).
    assert choice.survivors == (0, 1)
    assert choice.at_most == 73


def test_the_margin_is_the_one_of_the_paper():
    # As above: out as soon as the lead in sums is above 0.25 x (72 - n), 15 at n = 12.
    choice = KimNelson(3, 0.5, 0.05, 2, "max")
    choice.observe(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    choice.observe(np.tile([1.25, 0.0], (8, 1)))
    assert choice.survivors == (0, 1)
    choice.observe(np.array([[2.0, 0.0]]))  # exactly 15: not above
    assert choice.survivors == (0, 1)
    choice.observe(np.array([[0.0, 0.0]]))  # the margin falls below it
    assert choice.survivors == (0,)
    assert choice.eliminated == {1: 13}


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    sizes=st.lists(st.integers(1, 23), min_size=1, max_size=12),
    systems=st.integers(2, 6),
    goal=st.sampled_from(["max", "min"]),
)
def test_parts_do_not_show(seed, sizes, systems, goal):
    rng = np.random.default_rng(seed)
    figures = rng.normal(0, 2, (sum(sizes), systems)) + rng.normal(0, 1, systems)
    at_once = KimNelson(5, 0.8, 0.1, systems, goal)
    at_once.observe(figures)
    in_parts = KimNelson(5, 0.8, 0.1, systems, goal)
    at = 0
    for size in sizes:
        in_parts.observe(figures[at : at + size, list(in_parts.survivors)])
        at += size
    assert in_parts.survivors == at_once.survivors
    assert in_parts.eliminated == at_once.eliminated
    assert in_parts.replications == at_once.replications
    assert in_parts.best == at_once.best


@given(seed=st.integers(0, 1000))
def test_the_smallest_is_the_largest_of_the_opposite(seed):
    figures = np.random.default_rng(seed).normal([0.0, 1.0, 2.0], 2.0, (60, 3))
    most, least = (KimNelson(5, 0.5, 0.1, 3, goal) for goal in ("max", "min"))
    assert most.observe(figures) == least.observe(-figures)
    assert most.eliminated == least.eliminated


def test_one_system_is_the_best_without_a_replication():
    choice = KimNelson(N0, DELTA, ALPHA, 1, "max")
    assert choice.is_decided
    assert choice.best == 0
    assert choice.observe(np.ones((3, 1))) == (0,)
    assert choice.replications == 0


def test_it_says_in_words_what_may_be_relied_on():
    choice = KimNelson(3, 0.5, 0.05, 2, "max")
    choice.observe(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    assert choice.guarantee == (
        "With probability at least 95 % the case with the largest mean, if it is better than "
        "every other by 0.5 or more, is among the 2 cases that are still in after 3 replications "
        "(Kim and Nelson's sequential procedure, 2001, on common random numbers)."
    )
    choice.observe(np.tile([100.0, 0.0], (2, 1)))
    assert choice.guarantee == (
        "With probability at least 95 % the case chosen is the case with the largest mean, if it "
        "is better than every other by 0.5 or more (Kim and Nelson's sequential procedure, 2001, "
        "on common random numbers)."
    )


def test_a_replication_without_a_figure_is_refused():
    choice = KimNelson(3, 0.5, 0.05, 2, "max")
    with pytest.raises(DataError, match="replication 2 has nothing to count"):
        choice.observe(np.array([[0.0, 1.0], [np.nan, 1.0]]))


def test_a_system_that_is_out_may_have_no_figure():
    choice = KimNelson(3, 0.5, 0.05, 3, "max")
    first = np.random.default_rng(1).normal([0, 0, -100], 1, (3, 3))
    rest = np.array([[0.0, 0.1, np.nan]])
    assert choice.observe(np.concatenate([first, rest])) == (0, 1)
    assert choice.eliminated == {2: 3}


def test_a_column_too_few_is_refused():
    with pytest.raises(ParameterError, match="3 systems are still in; give a row per replication"):
        KimNelson(3, 0.5, 0.05, 3, "max").observe(np.zeros((4, 2)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n0": 1}, "n0 is 1; give 2 or more"),
        ({"delta": 0.0}, "worth detecting is 0; give a positive"),
        ({"delta": float("nan")}, "worth detecting is nan"),
        ({"alpha": 0.0}, "alpha is 0"),
        ({"alpha": 0.7}, "below 0.666667, which guessing"),
        ({"systems": 0}, "0 systems"),
    ],
)
def test_what_is_out_of_range_is_refused(options, said):
    given = {"n0": 10, "delta": 0.1, "alpha": 0.05, "systems": 3, "goal": "max"} | options
    with pytest.raises(ParameterError, match=said):
        KimNelson(**given)
