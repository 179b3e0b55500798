"""Pacing, tried on a clock of its own: never early, never too fast, in order within a queue."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.replay.calls import Call
from simulator.replay.pacing import Holds, RateCap, due_ns, lateness

SECOND = 1_000_000_000
MS = 1_000  # in µs


def call(number, due_us, touches=(1,)) -> Call:
    return Call(number, due_us, "pickup", number, 1, touches, "Ada", 1)


@pytest.mark.parametrize(
    ("due_us", "t0_ns", "warp", "at_ns"),
    [
        (0, 7, 60.0, 7),
        (60_000_000, 0, 60.0, SECOND),
        (1_000_000, 5, 1.0, SECOND + 5),
        (1_000_000, 0, 0.5, 2 * SECOND),
        (1, 0, 3.0, 334),  # 333.3 ns: rather late than early
    ],
)
def test_a_call_is_due_at_its_instant_on_the_warped_clock(due_us, t0_ns, warp, at_ns):
    assert due_ns(call(1, due_us), t0_ns, warp) == at_ns


@given(st.integers(0, 10**12), st.floats(0.001, 10_000), st.integers(0, 2**60))
def test_no_call_is_due_before_its_instant_nor_a_microsecond_after(due_us, warp, t0_ns):
    at_ns = due_ns(call(1, due_us), t0_ns, warp) - t0_ns
    exact = due_us * 1000 / warp
    assert exact <= at_ns <= exact + 1000


@pytest.mark.parametrize(
    ("policy", "late_us", "fate"),
    [
        ("fire", 9_000_000, "fire"),
        ("shed", 5_000_000, "fire"),  # as late as is allowed
        ("shed", 5_000_001, "shed"),
        ("abort", 5_000_000, "fire"),
        ("abort", 5_000_001, "abort"),
        ("shed", -20, "fire"),
    ],
)
def test_what_becomes_of_a_late_call(policy, late_us, fate):
    assert lateness(late_us, {"policy": policy, "after_s": 5.0}) == fate


@pytest.mark.parametrize(
    ("calls", "waits_for"),
    [
        # (due in ms, topics); each waits for the numbers told
        ([(0, (1,)), (49, (1,))], [[], [1]]),
        ([(0, (1,)), (50, (1,))], [[], []]),  # min_gap is enough
        ([(0, (1,)), (10, (2,))], [[], []]),  # other queues do not matter
        ([(0, (1,)), (10, (2,)), (20, (1, 2))], [[], [], [1, 2]]),
        ([(0, (1,)), (10, ()), (20, (1,))], [[], [], [1]]),  # an end touches no queue
        ([(0, (1,)), (30, (1,)), (60, (1,))], [[], [1], [2]]),  # one after the other
        ([(0, (1, 2)), (0, (1, 2))], [[], [1]]),
    ],
)
def test_calls_of_one_queue_that_come_close_wait_for_each_other(calls, waits_for):
    holds = Holds(min_gap_us=50 * MS)
    found = [
        holds.join(call(number, due * MS, touches), due * MS)
        for number, (due, touches) in enumerate(calls, start=1)
    ]
    assert found == waits_for


def test_a_warp_brings_calls_nearer_to_each_other():
    calls = [call(1, 0), call(2, 1_000_000)]
    waits = {}
    for warp in (1, 60):
        holds = Holds(min_gap_us=50 * MS)
        waits[warp] = [holds.join(c, due_ns(c, 0, warp) // 1000) for c in calls]
    assert waits == {1: [[], []], 60: [[], [1]]}


@st.composite
def days(draw):
    """Calls in the order they are due, and how long each answer takes, in µs."""
    due, calls, service = 0, [], []
    for number in range(1, draw(st.integers(1, 40)) + 1):
        due += draw(st.integers(0, 200_000))
        touches = tuple(draw(st.sets(st.sampled_from([1, 2, 3]), max_size=2)))
        calls.append(call(number, due, touches))
        service.append(draw(st.integers(0, 300_000)))
    return calls, service


def simulated(calls, service, warp, max_rate, min_gap_us):
    """When each call is sent and answered (ns), if nothing but pacing holds it back.

    The clock is read with some delay at each call; calls get their place under the cap in the
    order in which they are ready.
    """
    holds, cap = Holds(min_gap_us), RateCap(max_rate)
    waits = {c.number: holds.join(c, due_ns(c, 0, warp) // 1000) for c in calls}
    sent, answered, left = {}, {}, list(calls)
    while left:
        ready = {
            c: max([due_ns(c, 0, warp), *(answered[n] for n in waits[c.number])])
            for c in left
            if all(n in answered for n in waits[c.number])
        }
        first = min(ready, key=lambda c: (ready[c], c.number))
        sent[first.number] = cap.reserve(ready[first])
        answered[first.number] = sent[first.number] + service[first.number - 1] * 1000
        left.remove(first)
    return sent, answered, waits


@given(days(), st.sampled_from([1.0, 7.0, 600.0]), st.sampled_from([2.0, 30.0, 1000.0]))
def test_never_early_never_too_fast_and_in_order_within_a_queue(day, warp, max_rate):
    calls, service = day
    sent, answered, waits = simulated(calls, service, warp, max_rate, 50 * MS)
    assert all(sent[c.number] >= due_ns(c, 0, warp) for c in calls)
    assert all(sent[c.number] >= answered[n] for c in calls for n in waits[c.number])
    times = sorted(sent.values())
    for at in times:
        assert sum(at <= other < at + SECOND for other in times) <= max_rate
    by_number = {c.number: c for c in calls}
    for number, others in waits.items():
        for other in others:
            assert other < number
            assert set(by_number[other].touches) & set(by_number[number].touches)


@given(days(), st.sampled_from([1.0, 600.0]))
def test_close_calls_of_one_queue_are_always_answered_in_order(day, warp):
    calls, service = day
    sent, answered, _ = simulated(calls, service, warp, 1000.0, 50 * MS)
    due = {c.number: due_ns(c, 0, warp) // 1000 for c in calls}
    for one in calls:
        for other in calls[one.number :]:
            close = due[other.number] - due[one.number] < 50 * MS
            if close and set(one.touches) & set(other.touches):
                assert sent[other.number] >= answered[one.number]


@given(st.lists(st.integers(0, 5_000), max_size=200), st.integers(1, 500))
def test_a_slow_call_delays_no_later_one_that_is_not_held(gaps_us, warp):
    due = 0
    cap = RateCap(1e9)
    for number, gap in enumerate(gaps_us, start=1):
        due += gap
        at = due_ns(call(number, due, ()), 0, warp)
        assert 0 <= cap.reserve(at) - at <= number  # the cap's own nanosecond, and no drift


@given(st.lists(st.integers(0, 2 * SECOND), max_size=60), st.floats(0.5, 2000))
def test_no_second_holds_more_calls_than_the_cap(asked, most_per_s):
    cap, now, places = RateCap(most_per_s), 0, []
    for gap in asked:
        now += gap // 20
        places.append(cap.reserve(now))
        assert places[-1] >= now
    for at in places:
        assert sum(at <= other < at + SECOND for other in places) <= max(1, -(-most_per_s // 1))
    spans = [(b - a) * most_per_s >= SECOND for a, b in itertools.pairwise(places)]
    assert all(spans)
