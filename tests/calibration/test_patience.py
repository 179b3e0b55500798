"""Patience: those answered in time were no less patient than those who left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.history import OUTCOMES
from simulator.calibration.patience import patience

RECORDS = Path(__file__).parents[3] / "shared/data/anonymous-bank/calls-1999-02-01-to-14.csv"
with_records = pytest.mark.skipif(
    not RECORDS.exists(), reason="the records of the Anonymous Bank are not beside the project"
)


def sessions(wait_s, outcome):
    """Sessions of one topic with these waits and outcomes (one for all, or one each)."""
    named = pd.Categorical(np.broadcast_to(outcome, np.shape(wait_s)), categories=OUTCOMES)
    return pd.DataFrame({"wait_s": np.asarray(wait_s, dtype=float), "outcome": named})


def queue(patience_s, offered_s):
    """What is recorded of customers with this patience who are offered these waits."""
    left = patience_s < offered_s
    return sessions(np.minimum(patience_s, offered_s), np.where(left, "abandoned", "served"))


def test_those_answered_in_time_were_no_less_patient():
    rng = np.random.default_rng(1)
    found = patience(queue(rng.exponential(320, 6_000), rng.exponential(80, 6_000)))
    assert found.naive_mean_s < 70
    mean = found.exponential_mean_s
    assert mean.low < 320 < mean.high
    assert mean.value == pytest.approx(320, rel=0.08)
    assert "that is no measure of patience" in found.words


@pytest.mark.parametrize(
    ("family", "draw"),
    [
        ("exponential", lambda rng, n: rng.exponential(240, n)),
        ("weibull", lambda rng, n: 260 * rng.weibull(1.5, n)),
        ("lognormal", lambda rng, n: rng.lognormal(5, 0.8, n)),
    ],
)
def test_a_family_that_fits_is_what_is_written(family, draw):
    rng = np.random.default_rng(2)
    found = patience(queue(draw(rng, 3_000), rng.exponential(150, 3_000)))
    assert list(found.notation) == [family]
    assert found.table is None
    assert f"The {family} describes it" in found.words


def test_a_hazard_with_a_peak_is_written_as_measured():
    rng = np.random.default_rng(3)
    # half would leave at an announcement after a minute, the others have no memory
    willing = np.where(
        rng.random(8_000) < 0.5, rng.normal(60, 4, 8_000), rng.exponential(400, 8_000)
    )
    found = patience(queue(willing, rng.exponential(120, 8_000)))
    survival = found.notation["survival"]
    assert (survival["unit"], survival["tail"]) == ("s", "exponential")
    assert found.table["time"].is_monotonic_increasing
    assert found.table["survival"].is_monotonic_decreasing
    at_100 = np.interp(100, found.table["time"], found.table["survival"])
    assert at_100 == pytest.approx(0.5 * np.exp(-100 / 400), abs=0.03)
    assert found.tail_mean_s == pytest.approx(400, rel=0.4)


def test_median_and_its_interval():
    rng = np.random.default_rng(4)
    found = patience(queue(rng.exponential(100, 4_000), rng.exponential(200, 4_000)))
    assert found.median_s.low < 100 * np.log(2) < found.median_s.high
    assert found.median_s.value == pytest.approx(69.3, rel=0.06)


def test_interval_of_the_median_holds_the_truth():
    held = 0
    for seed in range(60):
        rng = np.random.default_rng([seed, 5])
        found = patience(queue(rng.exponential(100, 150), rng.exponential(300, 150))).median_s
        held += found.low < 100 * np.log(2) < found.high
    assert held / 60 == pytest.approx(0.95, abs=0.06)


def test_silent_leavers_are_events_and_what_ends_a_wait_otherwise_censors():
    found = patience(
        sessions([10, 20, 30, 40, 50], ["silent", "abandoned", "closed", "form_in_queue", "served"])
    )
    assert (found.events, found.censored) == (2, 3)
    assert found.exponential_mean_s.value == 75


def test_who_never_queued_or_was_answered_at_once_says_nothing():
    found = patience(
        sessions(
            [10, 0, 0, np.nan, 5],
            ["abandoned", "served", "form_at_arrival", "unknown", "form_closed"],
        )
    )
    assert (found.events, found.censored) == (1, 0)


def test_nobody_left():
    found = patience(sessions([20.0, 45.0], "served"))
    assert (found.notation, found.fits, found.naive_mean_s) == (None, None, None)
    assert (found.exponential_mean_s.value, found.median_s.value) == (None, None)
    assert found.exponential_mean_s.low == pytest.approx(65 / 2.9957, rel=1e-3)
    assert found.words.startswith("Nobody left: all that is known is that patience is mostly")
    assert (found.curve["survival"] == 1).all()
    assert found.hazard.empty


def test_nobody_waited():
    found = patience(sessions([], "served"))
    assert found.notation is None
    assert found.words == "Nobody waited, so nothing is known of patience."


def test_everybody_left():
    rng = np.random.default_rng(6)
    found = patience(sessions(rng.exponential(60, 400), "abandoned"))
    assert found.table is None
    assert found.naive_mean_s == pytest.approx(found.exponential_mean_s.value)
    assert found.words.startswith("All 400 who waited left")


def test_leaving_within_the_second_is_no_patience_of_zero():
    found = patience(sessions([0.0, 0.0, 30.0], ["abandoned", "abandoned", "served"]))
    assert found.notation is None
    assert "within the second of their request and nobody later" in found.words


def test_one_who_left_gives_an_exponential():
    found = patience(sessions([30.0, 60.0], ["abandoned", "served"]))
    assert found.notation == {"exponential": {"mean": "90s"}}
    assert found.median_s.value == 30


def test_the_frame_is_not_changed():
    frame = sessions([30.0, 60.0], ["abandoned", "served"])
    before = frame.copy(deep=True)
    patience(frame)
    pd.testing.assert_frame_equal(frame, before)


# ------------------------------------------------- against the figures published with the records


@pytest.fixture(scope="module")
def bank():
    rows = pd.read_csv(RECORDS)
    rows = rows[(rows["outcome"] != "PHANTOM") & (rows["q_start"] != "0:00:00")]
    ended = {"AGENT": "served", "HANG": "abandoned"}
    return patience(sessions(rows["q_time"], rows["outcome"].map(ended)))


@with_records
def test_naive_and_censored_mean_of_the_records(bank):
    assert (bank.events, bank.events + bank.censored) == (1_885, 8_871)
    assert bank.naive_mean_s == pytest.approx(57.35, abs=0.005)
    assert bank.exponential_mean_s.value == pytest.approx(320.3, abs=0.05)
    assert bank.median_s.value == 296


@with_records
def test_survival_of_the_records(bank):
    curve = bank.curve.set_index("time_s")["survival"]
    published = {15: 0.9383, 30: 0.8917, 60: 0.8070, 120: 0.6922, 180: 0.5935, 300: 0.4987}
    for time_s, value in published.items():
        assert curve[curve.index <= time_s].iloc[-1] == pytest.approx(value, abs=5e-5)
        written = np.interp(time_s, bank.table["time"], bank.table["survival"])
        assert written == pytest.approx(value, abs=0.01)


@with_records
def test_no_family_fits_the_records(bank):
    assert bank.notation["survival"]["tail"] == "exponential"
    assert bank.tail_mean_s == pytest.approx(450, rel=0.1)
    assert "No family fits" in bank.words
