"""The charts of a replay: findings as titles, units on axes, nothing on top of else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.charts.replaying import (
    COLOURS,
    latency_tails,
    outcomes_over_time,
    positions,
    punctuality,
    waits_and_order,
)
from simulator.charts.style import BLUE, VERMILLION
from simulator.comparison.observing.summing import OUTCOMES
from tests.charts.looks import cut_off, overlapping, title, words


def sent(number=300, *, span_s=120.0, lag_s=0.004):
    rng = np.random.default_rng(1)
    at = np.sort(rng.uniform(0, span_s, number))
    lag = rng.exponential(lag_s, number)
    return pd.DataFrame({"at_s": at, "sent_s": at + lag, "lag_s": lag})


def punctual(frame, p99=0.0123):
    return punctuality(frame, frame, lag_p99_s=p99)


def tails(number=400, *, scale=1.0, measures=("lag", "service", "response")):
    rng = np.random.default_rng(2)
    longer = 1 - np.arange(number) / number
    return pd.concat(
        pd.DataFrame(
            {
                "measure": name,
                "seconds": np.sort(rng.lognormal(-6 + at, 0.8, number)) * scale,
                "share_longer": longer,
            }
        )
        for at, name in enumerate(measures)
    )


def outcomes(*names, number=40):
    frames = [
        pd.DataFrame({"at_s": np.linspace(0, 90 + at, number), "outcome": name})
        for at, name in enumerate(names)
    ]
    return pd.concat(frames, ignore_index=True)


def pairs(last=4, *, off=1):
    rows = [(at, at, 200 // at) for at in range(1, last + 1)]
    rows += [(at, at + off, 3) for at in range(1, last + 1 - off)]
    return pd.DataFrame(rows, columns=["simulated", "observed", "chats"])


def waits(number=120, *, longest=400.0):
    rng = np.random.default_rng(3)
    wait = rng.exponential(longest / 5, number).clip(max=longest)
    order = np.arange(1.0, number + 1)
    return pd.DataFrame(
        {
            "simulated_wait_s": wait,
            "wait_s": wait + rng.exponential(0.5, number),
            "simulated_order": order,
            "order": order,
        }
    )


FIGURES = {
    "punctuality": lambda: punctual(sent()),
    "punctuality of two calls": lambda: punctual(sent(2)),
    "punctuality of one call": lambda: punctual(sent(1)),
    "punctuality of a day": lambda: punctual(sent(span_s=86_400.0)),
    "punctuality of a second": lambda: punctual(sent(span_s=0.8)),
    "punctuality of a sender that fell behind": lambda: punctual(sent(lag_s=30.0), 140.0),
    "tails": lambda: latency_tails(tails(), response_p99_s=0.03),
    "tails of one call": lambda: latency_tails(tails(1), response_p99_s=0.03),
    "tails of half a minute": lambda: latency_tails(tails(scale=1000.0), response_p99_s=30.0),
    "tails of equal times": lambda: latency_tails(
        tails().assign(seconds=0.002), response_p99_s=0.002
    ),
    "outcomes": lambda: outcomes_over_time(outcomes("done")),
    "outcomes of all kinds": lambda: outcomes_over_time(outcomes(*COLOURS, number=12_345)),
    "outcomes of one call": lambda: outcomes_over_time(outcomes("unknown", number=1)),
    "positions": lambda: positions(pairs()),
    "positions of one": lambda: positions(pairs(1)),
    "twelve positions": lambda: positions(pairs(11)),
    "a hundred positions": lambda: positions(pairs(100, off=7)),
    "positions from nought": lambda: positions(pairs().assign(observed=[0, 1, 2, 3, 1, 2, 3])),
    "waits": lambda: waits_and_order(waits(), difference_s=0.4),
    "one wait": lambda: waits_and_order(waits(1), difference_s=0.4),
    "long waits": lambda: waits_and_order(waits(2000, longest=9000.0), difference_s=147.0),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_texts_neither_overlap_nor_leave_the_figure(name):
    figure = FIGURES[name]()
    assert overlapping(figure) == []
    assert cut_off(figure) == []


@pytest.mark.parametrize("name", FIGURES)
def test_every_axis_says_what_it_counts(name):
    for axes in FIGURES[name]().axes:
        assert axes.get_ylabel()
    assert FIGURES[name]().axes[-1].get_xlabel()


def test_punctuality_tells_the_figure_it_was_given():
    assert (
        title(punctual(sent(), 0.0123))
        == "99 % of the calls were sent within 12.3 ms of their time"
    )
    assert "within 3.50 s of" in title(punctual(sent(lag_s=1.0), 3.5))


def test_due_and_sent_are_drawn_to_the_last_call():
    frame = sent(lag_s=5.0)
    rates, lags = punctual(frame).axes
    assert len(rates.lines) == 2
    assert rates.lines[0].get_xdata().max() >= frame["sent_s"].max()
    assert lags.get_ylabel() == "lag (s)"


def test_lags_of_milliseconds_are_told_in_milliseconds():
    _, lags = punctual(sent(lag_s=0.001)).axes
    assert lags.get_ylabel() == "lag (ms)"


def test_the_rate_is_per_second_whatever_the_bins():
    frame = pd.DataFrame({"at_s": np.arange(0, 600, 0.5)}).assign(
        sent_s=lambda f: f["at_s"], lag_s=0.0
    )
    line = punctual(frame).axes[0].lines[0]
    assert np.median(line.get_ydata()) == pytest.approx(2.0)


def test_the_tails_tell_the_summarys_figure():
    assert title(latency_tails(tails(), response_p99_s=0.0300)) == (
        "From the instant it was due, 99 of 100 calls were answered within 30.0 ms"
    )


def test_each_measure_has_its_line_and_its_name():
    figure = latency_tails(tails(), response_p99_s=0.03)
    told = words(figure)
    assert all(name in told for name in ("lag", "service", "response", "1 in 100"))
    assert len({line.get_color() for line in figure.axes[0].lines}) == 4


def test_every_outcome_has_a_colour_and_is_in_the_key():
    assert set(COLOURS) == set(OUTCOMES)
    assert len(set(COLOURS.values())) == len(COLOURS)
    told = words(outcomes_over_time(outcomes(*OUTCOMES, number=7)))
    assert all(f"{name} 7" in told for name in OUTCOMES)


def test_outcomes_are_counted_whole():
    figure = outcomes_over_time(outcomes("done", "recovered", "shed", "left"))
    assert title(figure) == "80 of 160 planned calls were done"
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 160


def test_positions_off_the_line_are_of_another_colour():
    figure = positions(pairs(3))
    (dots,) = figure.axes[0].collections
    colours = {tuple(colour[:3].round(3)) for colour in dots.get_facecolor()}
    from matplotlib.colors import to_rgb

    assert colours == {tuple(np.round(to_rgb(name), 3)) for name in (BLUE, VERMILLION)}
    assert title(figure) == "366 of 372 chats had the simulated queue position"


def test_numbers_stand_on_positions_while_there_is_room():
    assert "200" in words(positions(pairs(4)))
    assert len(positions(pairs(100, off=7)).axes[0].texts) == 0


@pytest.mark.parametrize(
    ("difference_s", "told"),
    [(0.0806, "0.081 s"), (3.0, "3 s"), (147.3, "147 s"), (12_345.0, "12,345 s")],
)
def test_waits_tell_the_median_difference(difference_s, told):
    figure = waits_and_order(waits(), difference_s=difference_s)
    assert title(figure) == f"Half of the waits differ by at most {told} on the simulated clock"


def test_nothing_to_draw_is_said():
    none = pd.DataFrame()
    assert title(punctual(none)) == "No call was sent"
    assert title(latency_tails(none, response_p99_s=0.0)) == "No call was sent"
    assert title(outcomes_over_time(none)) == "No call was planned"
    assert title(positions(none)) == "No chat has a queue position to compare"
    assert title(waits_and_order(none, difference_s=0.0)).endswith("no waits to compare")


def test_frames_are_left_as_they_are():
    drawn = [
        (sent(), punctual),
        (tails(), lambda frame: latency_tails(frame, response_p99_s=1.0)),
        (outcomes("done", "shed"), outcomes_over_time),
        (pairs(), positions),
        (waits(), lambda frame: waits_and_order(frame, difference_s=1.0)),
    ]
    for frame, draw in drawn:
        before = frame.copy()
        draw(frame)
        pd.testing.assert_frame_equal(frame, before)
