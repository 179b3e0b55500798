"""The charts of a comparison: findings as titles, units on axes, nothing on top of else."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axis import Tick
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from simulator.charts.comparing import differences, differences_over_the_day, wait_tails

HALF = {"service level ↑": 0.01, "abandonment ↓": 0.004, "mean wait ↓": 3.0}
UNITS = {"service level ↑": "share", "abandonment ↓": "share", "mean wait ↓": "s"}
SIZES = {"service level ↑": 0.041, "abandonment ↓": -0.003, "mean wait ↓": -12.0}


def rows(scenario="plan", factor=1.0, **labels):
    """The three figures of one scenario; the service level and the wait differ surely."""
    return [
        {
            "scenario": scenario,
            "figure": name,
            "unit": UNITS[name],
            **labels,
            "difference": factor * SIZES[name],
            "low": factor * SIZES[name] - HALF[name],
            "high": factor * SIZES[name] + HALF[name],
        }
        for name in SIZES
    ]


@pytest.fixture
def overall():
    return pd.DataFrame(rows())


@pytest.fixture
def by_topic():
    parts = [
        rows(name, at, topic=topic)
        for name, at in (("plan", 1), ("dream", 2))
        for topic in ("Sales", "Help")
    ]
    return pd.DataFrame([row for part in parts for row in part])


@pytest.fixture
def over_the_day():
    times = np.arange(16, 36) / 2
    parts = [
        rows(name, at * np.sin(hour), time=f"{int(hour):02d}:{int(hour % 1 * 60):02d}", time_h=hour)
        for name, at in (("plan", 1), ("dream", 2))
        for hour in times
    ]
    return pd.DataFrame([row for part in parts for row in part])


@pytest.fixture
def tails():
    """Waits that are exponential with means of 60, 50, 40, 30 and 20 seconds."""
    waits = np.arange(0, 401, 5.0)
    parts = [
        pd.DataFrame({"scenario": name, "wait_s": waits, "share": np.exp(-waits / mean), "n": 900})
        for name, mean in zip(("today", "b", "c", "d", "e"), (60, 50, 40, 30, 20), strict=True)
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(share_low=frame["share"] * 0.8, share_high=frame["share"] * 1.2)


@pytest.fixture
def drawn(overall, by_topic, over_the_day, tails):
    """Each chart by its name."""
    day = {"base": "today", "zone": "Europe/Oslo", "step_h": 0.5}
    return {
        "overall": differences(overall, base="today"),
        "two": differences(by_topic[by_topic["topic"] == "Sales"], base="today"),
        "topic": differences(by_topic, base="today", rows="topic", panels="figure"),
        "hour": differences(
            by_topic[by_topic["topic"] == "Sales"],
            base="today",
            rows="scenario",
            panels="figure",
            per="per agent-hour",
        ),
        "day": differences_over_the_day(over_the_day, **day),
        "tails": wait_tails(tails, threshold_s=60.0),
    }


NAMES = ("overall", "two", "topic", "hour", "day", "tails")


def title(figure):
    return figure.get_suptitle().replace("\n", " ")


def test_title_counts_what_is_beyond_chance_and_names_the_largest(drawn):
    assert title(drawn["overall"]) == (
        "2 of 3 differences from today are beyond chance; the largest: service level, +4.1 points "
        "with plan"
    )


def test_title_names_the_topic_of_the_largest(drawn):
    assert "service level in Sales, +8.2 points with dream" in title(drawn["topic"])


def test_title_of_the_day_names_the_time(drawn):
    assert title(drawn["day"]).startswith(
        "The service level differs most from today at 11:00: −8.2"
    )


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("overall", ["difference (points)", "difference (s)"]),
        ("hour", ["difference (points per agent-hour)"] * 2 + ["difference (s per agent-hour)"]),
    ],
)
def test_axes_name_their_unit(drawn, name, labels):
    assert [axes.get_xlabel() for axes in drawn[name].axes] == labels


def test_local_time_names_its_zone(drawn):
    assert drawn["day"].axes[-1].get_xlabel() == "local time (Europe/Oslo)"


def test_every_panel_has_its_zero_line(drawn):
    for name in set(NAMES) - {"tails"}:
        for axes in drawn[name].axes:
            lines = [(*line.get_xdata(), *line.get_ydata()) for line in axes.lines]
            assert {(0, 0, 0, 1), (0, 1, 0, 0)} & set(map(tuple, lines))


def test_shares_are_drawn_as_points(drawn):
    dots = [line for line in drawn["overall"].axes[0].lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == pytest.approx([4.1, -0.3])


def test_a_dot_is_hollow_where_the_interval_holds_zero(drawn):
    dots = [line for line in drawn["overall"].axes[0].lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == "#ffffff" for dot in dots] == [False, True]


def test_rows_stand_in_the_order_of_the_frame(drawn):
    labels = [label.get_text() for label in drawn["overall"].axes[0].get_yticklabels()]
    assert labels == ["service level ↑", "abandonment ↓"]
    top, bottom = drawn["overall"].axes[0].get_ylim()[::-1]
    assert top < 0 < bottom


@pytest.mark.parametrize("name", NAMES)
def test_no_two_labels_overlap(drawn, name):
    figure = drawn[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [(text, Text.get_window_extent(text, renderer)) for text in written(figure)]
    for (first, one), (second, other) in combinations(boxes, 2):
        met = one.padded(-1).overlaps(other.padded(-1))
        assert not met, (first.get_text(), second.get_text())


def written(figure):
    """Every text that is drawn: of ticks only those within the limits of their axis."""
    axes = [axis for part in figure.axes for axis in (part.xaxis, part.yaxis)]
    ticks = {
        id(text) for axis in axes for tick in axis.findobj(Tick) for text in tick.findobj(Text)
    }
    others = [text for text in figure.findobj(Text) if id(text) not in ticks]
    seen = [
        label
        for axis in axes
        for at, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
        if sorted((*axis.get_view_interval(), at))[1] == at
    ]
    return [text for text in others + seen if text.get_text().strip() and text.get_visible()]


def test_frames_are_not_changed(overall, over_the_day):
    before = overall.copy(deep=True), over_the_day.copy(deep=True)
    differences(overall, base="today")
    differences_over_the_day(over_the_day, base="today", zone="UTC", step_h=0.5)
    pd.testing.assert_frame_equal(overall, before[0])
    pd.testing.assert_frame_equal(over_the_day, before[1])


def test_one_replication_has_dots_without_intervals(overall):
    alone = overall.assign(low=np.nan, high=np.nan)
    assert title(differences(alone, base="today")).startswith("0 of 3 differences")


def test_no_difference_at_all_is_said(overall, over_the_day):
    zero = {"difference": 0.0, "low": 0.0, "high": 0.0}
    assert title(differences(overall.assign(**zero), base="today")) == (
        "None of 3 figures differs from today at all"
    )
    day = differences_over_the_day(over_the_day.assign(**zero), base="a", zone="UTC", step_h=0.5)
    assert title(day) == "The service level is the same as with a at all 20 times of day"


def test_nothing_to_compare_gets_a_card_that_says_so(overall, over_the_day):
    assert "nobody queued" in title(differences(overall.iloc[:0], base="a"))
    day = differences_over_the_day(over_the_day.iloc[:0], base="a", zone="UTC", step_h=0.5)
    assert "nobody queued" in title(day)


def test_a_wild_band_does_not_flatten_the_lines(over_the_day):
    wild = over_the_day.assign(low=over_the_day["low"] - 900, high=over_the_day["high"] + 900)
    axes = differences_over_the_day(wild, base="a", zone="UTC", step_h=0.5).axes[0]
    assert max(map(abs, axes.get_ylim())) < 30


def test_more_than_four_scenarios_are_cut():
    frame = pd.DataFrame([row for name in "abcdef" for row in rows(name)])
    shown = differences(frame, base="today", rows="scenario", panels="figure").axes[0]
    assert [label.get_text() for label in shown.get_yticklabels()] == list("abcd")


def test_tails_tell_the_base_and_the_best(drawn):
    assert title(drawn["tails"]) == ("36.8 % wait longer than 60 s with today, 13.5 % with d")


def test_tails_are_four_lines_marked_at_the_threshold(drawn):
    (axes,) = drawn["tails"].axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [pytest.approx(1.0)] * 4  # minutes


def test_nobody_waited_is_said(tails):
    assert title(wait_tails(tails.assign(share=0.0), threshold_s=60.0)).startswith("Nobody waited")
