"""Spans in clock intervals: small ones by hand, random ones as ``metrics`` has them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.metrics.spans import time_within
from simulator.metrics.timeline import Timeline
from simulator.sweep import clock
from simulator.sweep.clock import Clock, Time, blocks


def spent(edges, spans, columns=1):
    """Time of (from, until, column) spans."""
    time = Time(Clock(np.array(edges)), columns)
    time.add(*np.array(spans, dtype=np.int64).reshape(-1, 3).T)
    return time.total_us().tolist()


@pytest.mark.parametrize(
    ("span", "wanted"),
    [
        ((2, 5), [3, 0, 0]),  # inside one
        ((0, 10), [10, 0, 0]),  # all of one: its end is the next one's beginning
        ((10, 20), [0, 10, 0]),
        ((5, 12), [5, 2, 0]),
        ((5, 25), [5, 10, 5]),  # over a whole one
        ((0, 30), [10, 10, 10]),
        ((29, 30), [0, 0, 1]),
        ((20, 20), [0, 0, 0]),
        ((30, 30), [0, 0, 0]),
    ],
)
def test_a_span_fills_the_intervals_that_it_lies_in(span, wanted):
    assert spent([0, 10, 20, 30], [(*span, 0)]) == [wanted]


def test_columns_are_apart_and_spans_add_up():
    spans = [(0, 15, 0), (5, 25, 1), (12, 13, 0)]
    assert spent([0, 10, 20, 30], spans, columns=3) == [[10, 6, 0], [5, 10, 5], [0, 0, 0]]


def test_what_lies_before_the_first_edge_is_not_counted():
    assert spent([10, 20, 30], [(0, 5, 0), (0, 12, 0), (0, 30, 0)]) == [[12, 10]]
    assert spent([10, 30], [(0, 5, 0), (0, 12, 0), (0, 30, 0)]) == [[22]]


def test_without_spans_nothing_was_spent():
    assert spent([0, 10, 30], [], columns=2) == [[0, 0], [0, 0]]


@settings(max_examples=100)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    start=st.integers(0, 20),
    spans=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 2))),
    parts=st.integers(1, 3),
)
def test_time_is_that_of_metrics(lengths, start, spans, parts):
    edges = start + np.concatenate([[0], np.cumsum(lengths)])
    ends = np.array(spans, dtype=np.int64).reshape(-1, 3)
    low, high = np.minimum(ends[:, 0], ends[:, 1]), np.maximum(ends[:, 0], ends[:, 1])
    from_us, until_us = np.minimum(low, edges[-1]), np.minimum(high, edges[-1])
    line = Timeline(edges, pd.DatetimeIndex([]))
    wanted = time_within(line, from_us, until_us, group=ends[:, 2], groups=3) * 1e6
    time = Time(Clock(edges), 3)
    for part in np.array_split(np.arange(len(ends)), parts):
        time.add(from_us[part], until_us[part], ends[part, 2])
    np.testing.assert_allclose(time.total_us(), wanted, atol=1e-9)


@pytest.mark.parametrize("longest", [1, 2**20])
def test_an_instant_at_an_edge_is_in_the_interval_that_begins_there(longest, monkeypatch):
    monkeypatch.setattr(clock, "LONGEST_TABLE", longest)
    found = Clock(np.array([6, 10, 16, 18])).place(np.array([6, 9, 10, 15, 16, 17, 18]))
    assert found.tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_blocks_cover_everything_once():
    parts = [range(100_000)[part] for part in blocks(100_000)]
    assert [number for part in parts for number in part] == list(range(100_000))
    assert list(blocks(0)) == []
