"""What customers bring with them: attempts, durations, decisions, and their numbers."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.distributions import Exponential, Fixed, Survival
from simulator.scenario.world import OfflineForm, Retry
from simulator.workload import LONGEST_US, Workload, sample
from tests.workload.worlds import DAY, HOUR, expected, topic, world

MANY = expected((0, DAY, 40_000.0))


def drawn(**settings):
    """One replication of a world with a single, busy topic."""
    return sample(world(topic(arrivals=MANY, **settings)), 1, 0)


def trace(*instants):
    return expected((0, DAY, 0.0), trace_us=np.array(instants, dtype=np.int64))


# ------------------------------------------------------------------------------ durations


def test_patience_work_and_reaction_follow_their_distributions():
    workload = drawn(
        patience=Exponential(240.0), work=Exponential(300.0), reaction=Exponential(20.0)
    )
    for column, mean_s in (("patience_us", 240.0), ("work_us", 300.0), ("reaction_us", 20.0)):
        seconds = getattr(workload, column) / 1e6
        assert seconds.mean() == pytest.approx(mean_s, rel=0.02), column
        assert seconds.std() == pytest.approx(mean_s, rel=0.03), column


@pytest.mark.parametrize(
    ("column", "setting", "seconds", "microseconds"),
    [
        ("work_us", "work", 0.0, 1),  # work is at least one microsecond
        ("patience_us", "patience", 0.0, 1),
        ("reaction_us", "reaction", 0.0, 0),  # a reaction may take no time
        ("work_us", "work", 1.4e-6, 1),  # rounded to the nearest, not down
        ("work_us", "work", 1.6e-6, 2),
        ("work_us", "work", 1e300, LONGEST_US),
        ("patience_us", "patience", 1e300, -1),  # as good as for ever
    ],
)
def test_seconds_become_microseconds(column, setting, seconds, microseconds):
    workload = sample(world(topic(**{setting: Fixed(seconds)})), 1, 0)
    assert set(getattr(workload, column)) == {microseconds}


def test_without_distributions_nobody_loses_patience_and_reactions_take_no_time():
    workload = drawn(patience=None, reaction=None)
    assert set(workload.patience_us) == {-1}
    assert set(workload.reaction_us) == {0}


def test_those_beyond_the_end_of_the_survival_curve_never_give_up():
    workload = drawn(patience=Survival((60.0,), (0.3,), tail="never"))
    assert (workload.patience_us == -1).mean() == pytest.approx(0.3, abs=0.01)
    assert workload.patience_us.max() <= 60_000_000


def test_wrap_up_luck_is_uniform_and_never_on_the_edge():
    workload = drawn()
    for luck in (workload.wrap_up_q, workload.transfer_wrap_up_q):
        assert 0 < luck.min() < luck.max() < 1
        assert luck.mean() == pytest.approx(0.5, abs=0.01)


# ------------------------------------------------------------------------------ decisions


def test_silent_and_form_happen_at_their_shares():
    workload = drawn(silent_share=0.25, offline_form=OfflineForm(9, 9, "or", 0.4))
    assert workload.silent.mean() == pytest.approx(0.25, abs=0.01)
    assert workload.takes_form.mean() == pytest.approx(0.4, abs=0.01)


def test_without_the_features_nobody_is_silent_or_takes_a_form():
    assert not drawn().silent.any()
    assert not drawn().takes_form.any()


def test_transfers_go_to_each_target_at_its_probability():
    topics = [topic(1, arrivals=MANY, transfer=((2, 0.08), (1, 0.3))), topic(2), topic(3)]
    workload = sample(world(*topics), 1, 0)
    target = workload.transfer_topic[workload.topic == 0]
    assert np.mean(target == 2) == pytest.approx(0.08, abs=0.006)
    assert np.mean(target == 1) == pytest.approx(0.3, abs=0.01)
    assert set(workload.transfer_topic[workload.topic != 0]) == {-1}


def test_every_chat_is_transferred_at_probability_one():
    assert set(drawn(transfer=((0, 1.0),)).transfer_topic) == {0}


def test_the_second_part_is_drawn_as_the_target_topics_chats_are():
    first = topic(1, arrivals=MANY, transfer=((1, 0.5),), work=Fixed(7.0))
    second = topic(2, work=Exponential(660.0), reaction=Fixed(3.0), patience=None)
    workload = sample(world(first, second), 1, 0)
    goes = workload.transfer_topic == 1
    assert workload.transfer_work_us[goes].mean() / 1e6 == pytest.approx(660.0, rel=0.03)
    assert set(workload.transfer_reaction_us[goes]) == {3_000_000}
    assert set(workload.transfer_patience_us) == {-1}
    assert set(workload.transfer_work_us[~goes]) == {-1}


# ------------------------------------------------------------------------------- attempts


@pytest.mark.parametrize(
    ("probability", "at_most", "mean"),
    [
        (0.0, 5, 1.0),
        (0.2, 2, 1.2),  # 1 + q
        (0.5, 64, 2.0),  # 1 ÷ (1 − q)
        (0.5, 3, 1.75),  # 1 + q + q²
        (1.0, 4, 4.0),
    ],
)
def test_attempts_are_geometric_and_cut(probability, at_most, mean):
    workload = drawn(retry=Retry(probability, Exponential(600.0), at_most))
    assert workload.attempt.size / workload.customer_id.max() == pytest.approx(mean, rel=0.01)
    assert workload.attempt.max() <= at_most


def test_attempts_of_a_customer_stand_in_a_row_and_only_the_first_has_an_instant():
    workload = drawn(retry=Retry(0.5, Exponential(600.0), 4))
    again = np.flatnonzero(workload.attempt > 1)
    assert (workload.customer_id[again] == workload.customer_id[again - 1]).all()
    assert (workload.attempt[again] == workload.attempt[again - 1] + 1).all()
    assert ((workload.requested_us == -1) == (workload.attempt > 1)).all()


def test_only_further_attempts_have_a_delay():
    workload = drawn(retry=Retry(0.5, Fixed(0.0), 4))
    assert set(workload.retry_delay_us[workload.attempt == 1]) == {-1}
    assert set(workload.retry_delay_us[workload.attempt > 1]) == {1}


def test_every_attempt_has_luck_of_its_own():
    workload = drawn(retry=Retry(1.0, Exponential(600.0), 2))
    first, second = workload.work_us[::2], workload.work_us[1::2]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert second.mean() == pytest.approx(first.mean(), rel=0.02)


# -------------------------------------------------------------------------------- numbers


def test_customers_are_numbered_by_arrival_over_all_topics():
    workload = sample(
        world(topic(1, arrivals=trace(5, 30)), topic(2, arrivals=trace(10, 20))), 1, 0
    )
    assert list(zip(workload.customer_id, workload.topic, workload.requested_us, strict=True)) == [
        (1, 0, 5),
        (2, 1, 10),
        (3, 1, 20),
        (4, 0, 30),
    ]


def test_ties_go_by_topic_id_not_by_the_order_of_the_file():
    workload = sample(world(topic(8, arrivals=trace(5, 5)), topic(3, arrivals=trace(5))), 1, 0)
    assert list(zip(workload.customer_id, workload.topic, strict=True)) == [(1, 1), (2, 0), (3, 0)]


@given(
    one=st.lists(st.integers(0, 20)),
    two=st.lists(st.integers(0, 20)),
    probability=st.sampled_from([0.0, 0.5, 1.0]),
    seed=st.integers(0, 2**32),
)
def test_rows_are_sorted_and_numbers_leave_no_gap(one, two, probability, seed):
    retry = Retry(probability, Exponential(600.0), 3)
    topics = [
        topic(5, arrivals=trace(*sorted(one)), retry=retry),
        topic(2, arrivals=trace(*sorted(two)), transfer=((0, 0.5),)),
    ]
    workload = sample(world(*topics), seed, 0)
    assert len({getattr(workload, field.name).size for field in fields(Workload)[1:]}) == 1
    keys = list(zip(workload.customer_id.tolist(), workload.attempt.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert set(workload.customer_id) == set(range(1, len(one) + len(two) + 1))
    first = workload.requested_us[workload.attempt == 1]
    assert first.tolist() == sorted(one + two)


def test_arrivals_of_two_hours_keep_their_customers_luck_apart():
    workload = sample(world(topic(arrivals=expected((0, HOUR, 900.0)))), 1, 0)
    assert np.unique(workload.work_us).size > 0.999 * workload.work_us.size
    assert abs(np.corrcoef(workload.work_us, workload.patience_us)[0, 1]) < 0.1


@pytest.mark.parametrize("retry", [None, Retry(0.5, Exponential(600.0), 3)])
def test_columns_are_contiguous_and_share_no_entry(retry):
    workload = drawn(retry=retry)
    columns = [getattr(workload, field.name) for field in fields(Workload)[1:]]
    for column in columns:
        assert column.flags.c_contiguous
        assert column.flags.writeable
    for number, column in enumerate(columns):
        assert not any(np.shares_memory(column, other) for other in columns[:number])


def test_a_single_topic_gives_the_same_customers_as_one_beside_a_quiet_one():
    quiet = topic(2, arrivals=trace())
    alone, beside = sample(world(topic(1)), 1, 0), sample(world(topic(1), quiet), 1, 0)
    for field in fields(Workload):
        mine, theirs = getattr(alone, field.name), getattr(beside, field.name)
        np.testing.assert_array_equal(mine, theirs, err_msg=field.name, strict=True)


def test_recorded_instants_out_of_order_are_numbered_by_arrival():
    workload = sample(world(topic(arrivals=trace(30, 10, 20))), 1, 0)
    assert workload.requested_us.tolist() == [10, 20, 30]
    assert workload.customer_id.tolist() == [1, 2, 3]
