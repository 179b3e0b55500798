"""Every chart: a finding with its number as the title, axes with units, nothing on top of else."""

from __future__ import annotations

import re
from itertools import combinations

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from simulator import charts

CHARTS = [
    "waits_over_the_day",
    "wait_tail",
    "wait_by_position",
    "service_level_heatmap",
    "queue_positions_over_the_day",
    "queue_length_over_the_day",
    "open_chats_over_the_day",
    "patience_curve",
    "giving_up_over_the_day",
    "traffic_by_hour",
    "chats_by_agent",
    "outcomes",
    "hour_strip",
]


def title(figure):
    return figure.get_suptitle().replace("\n", " ")


def test_every_chart_is_looked_at():
    frames = ("show", "stacked", "tiles", "table_card", "prose")
    makers = {name for name in charts.__all__ if name not in frames}
    assert makers == set(CHARTS)


@pytest.mark.parametrize("name", CHARTS)
def test_title_is_a_sentence_with_its_number(draw, name):
    assert re.search(r"\d", title(draw(name)))
    assert len(title(draw(name)).split()) > 5


@pytest.mark.parametrize("name", CHARTS)
def test_frame_is_not_changed(draw, frames, name):
    before = frames[name].copy(deep=True)
    draw(name)
    pd.testing.assert_frame_equal(frames[name], before)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("waits_over_the_day", "wait (s)"),
        ("wait_tail", "share who waited longer"),
        ("queue_length_over_the_day", "sessions waiting (mean)"),
        ("traffic_by_hour", "sessions per day"),
    ],
)
def test_axis_says_what_and_in_which_unit(draw, name, label):
    assert draw(name).axes[0].get_ylabel() == label


@pytest.mark.parametrize(
    "name", ["waits_over_the_day", "queue_positions_over_the_day", "traffic_by_hour"]
)
def test_local_time_names_its_zone(draw, name):
    assert draw(name).axes[-1].get_xlabel() == "local time (Europe/Oslo)"


@pytest.mark.parametrize("name", ["traffic_by_hour", "chats_by_agent", "outcomes"])
def test_bars_start_at_zero(draw, name):
    for axes in draw(name).axes:
        limits = axes.get_ylim() if name == "traffic_by_hour" else axes.get_xlim()
        assert limits[0] == 0


@pytest.mark.parametrize("name", CHARTS)
def test_no_two_labels_overlap(draw, name):
    figure = draw(name)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    for axes in figure.axes:
        ticks = [
            (label, Text.get_window_extent(label, renderer))
            for axis in (axes.xaxis, axes.yaxis)
            for at, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
            if sorted((*axis.get_view_interval(), at))[1] == at and label.get_text()
        ]
        # Only the text of an annotation counts, not the thin line to its place.
        notes = [(note, Text.get_window_extent(note, renderer)) for note in axes.texts]
        for (first, one), (second, other) in combinations(ticks + notes, 2):
            met = one.padded(-1).overlaps(other.padded(-1))
            assert not met, (first.get_text(), second.get_text())


@pytest.mark.parametrize("name", [name for name in CHARTS if name != "queue_length_over_the_day"])
def test_run_without_sessions_gets_a_card_that_says_so(draw, frames, name):
    assert "n" not in frames[name] or title(draw(name, frames[name].iloc[:0]))


def test_nobody_on_duty_gets_a_card_that_says_so(frames):
    empty = frames["staffing"].assign(duty=0.0)
    figure = charts.queue_length_over_the_day(
        frames["queue_length_over_the_day"], empty, zone="UTC", step_h=0.5
    )
    assert title(figure) == "Nobody was on duty in this run"


@pytest.mark.parametrize(
    ("name", "calm", "expected"),
    [
        ("waits_over_the_day", {"p90_s": 0.0}, "nine in ten do not wait at all"),
        ("queue_positions_over_the_day", {"share_1": 1.0}, "100 % find an empty queue"),
        ("queue_length_over_the_day", {"mean": 0.0}, "There is never a queue"),
        ("giving_up_over_the_day", {"abandoned": 0.0}, "Nobody gives up"),
        ("patience_curve", {"share": 1.0}, "Nobody lost patience"),
        ("wait_by_position", {"p50_s": 0.0}, "At place 1 half do not wait at all"),
    ],
)
def test_calm_desk_gets_a_title_that_is_true_of_it(draw, frames, name, calm, expected):
    assert expected in title(draw(name, frames[name].assign(**calm)))


def test_heatmap_strikes_through_what_rests_on_few(frames, draw):
    known = frames["service_level_heatmap"].dropna(subset="of_all")
    few = known.assign(n=29)
    figure = draw("service_level_heatmap", few)
    strokes = [
        tuple(stroke[0].astype(int))
        for axes in figure.axes
        for collection in axes.collections
        if isinstance(collection, LineCollection)
        for stroke in collection.get_segments()
    ]
    assert len(strokes) == 3 * len(few)


def test_heatmap_title_counts_the_cells_that_miss(frames, draw):
    frame = frames["service_level_heatmap"]
    judged = frame[frame["n"] >= 30]
    missed = (judged["of_all"] < 0.8).sum()
    assert title(draw("service_level_heatmap")).startswith(f"{missed} of {len(judged)} ")


def test_heatmap_that_meets_the_target_says_so(frames, draw):
    frame = frames["service_level_heatmap"].assign(of_all=0.9, n=100)
    assert title(draw("service_level_heatmap", frame)).startswith("Every weekday interval meets")


def test_p99_of_few_sessions_is_not_drawn(frames, draw):
    few = frames["waits_over_the_day"].assign(n=99)
    labels = {
        text.get_text() for axes in draw("waits_over_the_day", few).axes for text in axes.texts
    }
    assert "P90" in labels
    assert "P99" not in labels


def test_stacked_shares_reach_the_top_all_day(draw):
    axes = draw("queue_positions_over_the_day").axes[0]
    tops = axes.patches[-1].get_data()[0]
    assert tops.tolist() == pytest.approx([1.0] * len(tops))


def test_tail_is_marked_at_the_threshold(draw):
    dots = [line for line in draw("wait_tail").axes[0].lines if line.get_marker() == "o"]
    assert len(dots) == 2  # one for each topic
