"""When a call that was turned away is sent again."""

from __future__ import annotations

import pytest

from simulator.replay.outcomes import Verdict
from simulator.replay.retries import TRIES, wait_s


def rejected(**told) -> Verdict:
    return Verdict("rejected", "HTTP 429", **{"may_retry": True, **told})


@pytest.mark.parametrize(
    ("verdict", "tries", "left_s", "pause"),
    [
        (rejected(), 1, 60, 0.5),
        (rejected(), 2, 60, 1.0),
        (rejected(), 3, 60, 2.0),
        (rejected(), TRIES, 60, None),  # enough
        (rejected(may_retry=False), 1, 60, None),
        (rejected(retry_after_s=7.0), 1, 60, 7.0),
        (rejected(retry_after_s=7.0), 3, 60, 7.0),
        (rejected(retry_after_s=0.0), 1, 60, 0.0),
        (rejected(retry_after_s=61.0), 1, 60, None),  # never sooner than asked
        (rejected(), 1, 0.1, None),
    ],
)
def test_pause_before_the_next_try(verdict, tries, left_s, pause):
    assert wait_s(verdict, tries, left_s) == pause
