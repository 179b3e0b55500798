"""When the breaker trips, and what it says."""

from __future__ import annotations

import pytest

from simulator.replay.breaker import Breaker


def fed(breaker: Breaker, *classes: str) -> str:
    for cls in classes:
        breaker.saw(cls)
    return breaker.tripped


STORIES = [
    # answers, why it trips
    (["unknown", "unknown", "done"], ""),
    (["unknown", "unknown", "unknown"], "3 answers in a row were unknown"),
    (["unknown", "done", "unknown", "done", "unknown"], "3 of the last 5 answers were unknown"),
    (["unknown", *["done"] * 99, "unknown", "done", "unknown"], ""),  # the first has left
    (["rejected"] * 19, ""),
    (["rejected"] * 20, "20 of the last 20 answers were errors"),
    (["done", "rejected"] * 50, ""),  # half, not more
    (["empty"] * 500, ""),
]


@pytest.mark.parametrize(("answers", "why"), STORIES)
def test_trips_when_it_should_and_not_before(answers, why):
    assert fed(Breaker(), *answers) == why


def test_first_reason_is_kept():
    breaker = Breaker()
    fed(breaker, "unknown", "unknown", "unknown")
    assert fed(breaker, "unknown") == "3 answers in a row were unknown"


def test_numbers_of_the_plan_decide():
    assert fed(Breaker(unknown_in_a_row=1), "unknown")
    lenient = Breaker(unknown_in_a_row=99, unknown_share=0.5, error_share=0.9)
    assert fed(lenient, *["unknown"] * 15) == ""
