"""Time inside intervals, against a loop that cannot be wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from simulator.metrics.spans import time_within, touching
from simulator.metrics.timeline import Timeline

EDGES = [10, 20, 25, 40]
LINE = Timeline(np.array(EDGES) * 1_000_000, pd.DatetimeIndex([]))

spans = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20), st.integers(0, 1)).map(
        lambda span: (span[0], span[0] + span[1], span[2])
    ),
    max_size=12,
)


def arrays(rows):
    begin, end, group = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return {"from_us": begin * 1_000_000, "until_us": end * 1_000_000, "group": group, "groups": 2}


@given(spans.filter(bool))
def test_time_within_is_the_sum_of_the_overlaps(rows):
    slow = np.zeros((2, 3))
    for begin, end, group in rows:
        for place, (low, high) in enumerate(pairwise(EDGES)):
            slow[group, place] += max(0, min(end, high) - max(begin, low))
    assert time_within(LINE, **arrays(rows)).tolist() == slow.tolist()


@given(spans.filter(bool))
def test_touching_counts_every_span_that_has_a_part(rows):
    slow = np.zeros((2, 3))
    for begin, end, group in rows:
        for place, (low, high) in enumerate(pairwise(EDGES)):
            slow[group, place] += min(end, high) > max(begin, low)
    assert touching(LINE, **arrays(rows)).tolist() == slow.tolist()
