"""Charts of what records show: titles that say it, axes with units, calm and empty histories."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from simulator.calibration.arrivals import arrival_profile, nhpp_test
from simulator.calibration.durations import fit_durations
from simulator.calibration.history import OUTCOMES
from simulator.calibration.patience import patience
from simulator.charts import arriving, fitting
from tests.calibration.made_arrivals import flat, poisson, spread

CHARTS = {
    # chart: label of its vertical axis
    "arrivals_by_weekday": "requests in 30 min",
    "arrivals_by_date": "requests per day",
    "poisson_test": "p-value",
    "duration_fits": "share that is over",
    "patience_fits": "share still willing to wait",
    "hazard_of_leaving": "leave per minute",
}


@pytest.fixture(scope="module")
def arrivals():
    counts = poisson(flat(20, weekdays=range(6)).astype(float), shape=40)
    counts.iloc[8, 22] = 150
    history = spread(counts)
    return arrival_profile(history, "Chat"), nhpp_test(history, "Chat")


@pytest.fixture(scope="module")
def fits():
    return fit_durations(np.random.default_rng(1).lognormal(5, 0.8, 900).round(), short_s=10)


@pytest.fixture(scope="module")
def waits():
    rng = np.random.default_rng(2)
    willing, offered = rng.weibull(0.8, 2_000) * 200, rng.exponential(150, 2_000)
    outcome = np.where(willing < offered, "abandoned", "served")
    named = pd.Categorical(outcome, categories=OUTCOMES)
    return patience(pd.DataFrame({"wait_s": np.minimum(willing, offered), "outcome": named}))


@pytest.fixture(scope="module")
def figures(arrivals, fits, waits):
    profile, tested = arrivals
    return {
        "arrivals_by_weekday": arriving.arrivals_by_weekday(
            profile.expected, profile.slot_counts, zone="Europe/Oslo"
        ),
        "arrivals_by_date": arriving.arrivals_by_date(profile.day_counts),
        "poisson_test": arriving.poisson_test(tested),
        "duration_fits": fitting.duration_fits(fits.curves, fits.table, what="Handle time"),
        "patience_fits": patience_chart(waits),
        "hazard_of_leaving": fitting.hazard_of_leaving(waits.hazard),
    }


def patience_chart(found):
    return fitting.patience_fits(
        found.curve,
        None if found.fits is None else found.fits.curves,
        naive_mean_s=found.naive_mean_s,
        median_s=found.median_s.value,
    )


def title(figure):
    return figure.get_suptitle().replace("\n", " ")


@pytest.mark.parametrize("name", CHARTS)
def test_title_is_a_sentence_with_its_number(figures, name):
    assert re.search(r"\d", title(figures[name]))
    assert len(title(figures[name]).split()) > 5


@pytest.mark.parametrize("name", CHARTS)
def test_axis_says_what_and_in_which_unit(figures, name):
    assert figures[name].axes[0].get_ylabel() == CHARTS[name]


@pytest.mark.parametrize("name", CHARTS)
def test_no_two_labels_overlap(figures, name):
    figure = figures[name]
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
        notes = [(note, Text.get_window_extent(note, renderer)) for note in axes.texts]
        for (first, one), (second, other) in combinations(ticks + notes, 2):
            met = one.padded(-1).overlaps(other.padded(-1))
            assert not met, (first.get_text(), second.get_text())


@pytest.mark.parametrize("name", CHARTS)
def test_title_stands_clear_of_the_axis_label(figures, name):
    figure = figures[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    head = figure._suptitle.get_window_extent(renderer)
    for axes in figure.axes:
        label = axes.yaxis.label
        assert not label.get_text() or not label.get_window_extent(renderer).overlaps(head)


def test_every_weekday_has_its_panel_and_says_how_often_it_was_seen(figures):
    panels = [axes.get_title(loc="left") for axes in figures["arrivals_by_weekday"].axes]
    assert panels[0] == "Monday (seen 2 times)"
    assert [panel for panel in panels if panel.startswith("Sunday")] == []


def test_an_incident_above_the_picture_is_a_triangle_and_counted_in_the_title(figures):
    figure = figures["arrivals_by_weekday"]
    above = [line for axes in figure.axes for line in axes.lines if line.get_marker() == "^"]
    assert sum(len(line.get_xdata()) for line in above) == 1
    assert "1 incident (red) is set aside" in title(figure)


def test_hours_that_are_closed_at_lunch_break_the_line():
    counts = flat(8)
    counts.loc[:, 24:25] = 0
    profile = arrival_profile(spread(counts), "Chat")
    figure = arriving.arrivals_by_weekday(profile.expected, profile.slot_counts, zone="UTC")
    assert len([p for p in figure.axes[0].patches if hasattr(p, "get_data")]) == 2


def test_the_date_farthest_off_makes_the_title():
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2026-02-02", periods=3),
            "count": [100, 60, 110],
            "expected": [100.0, 100.0, 100.0],
        }
    )
    assert title(arriving.arrivals_by_date(frame)).startswith(
        "3 February lies farthest off: 40 % fewer"
    )


@pytest.mark.parametrize(
    ("p_values", "said"),
    [
        ([0.6, 0.4, 0.01], "Within 30 minutes requests come as a Poisson process (p = 0.40"),
        ([0.001, 1e-5, 1e-9], "less evenly than a Poisson process, even within 15 minutes"),
    ],
)
def test_poisson_title_names_the_longest_interval_that_passes(p_values, said):
    frame = pd.DataFrame({"minutes": [15, 30, 60], "n": 900, "intervals": [60, 30, 15]})
    assert said in title(arriving.poisson_test(frame.assign(p_value=p_values)))


def test_fits_title_names_the_chosen_one_and_its_mean(figures):
    assert title(figures["duration_fits"]).startswith("Handle time is lognormal with a mean of ")


def test_equal_durations_are_said_to_be_alike():
    fits = fit_durations([90.0] * 5)
    figure = fitting.duration_fits(fits.curves, fits.table, what="Handle time")
    assert "all that was measured is alike" in title(figure)


def test_patience_title_sets_the_naive_mean_right(figures, waits):
    assert title(figures["patience_fits"]).startswith("Half would have left after ")
    assert "which only the impatient do" in title(figures["patience_fits"])


def test_patience_without_a_median_tells_how_far_it_is_known(waits):
    figure = fitting.patience_fits(waits.curve[:5], None, naive_mean_s=None, median_s=None)
    assert re.match(r"\d+ % would have left after ", title(figure))


@pytest.mark.parametrize(
    "figure",
    [
        lambda nothing: arriving.arrivals_by_weekday(nothing, nothing, zone="UTC"),
        arriving.arrivals_by_date,
        arriving.poisson_test,
        fitting.hazard_of_leaving,
        lambda nothing: fitting.duration_fits(nothing, nothing, what="Handle time"),
    ],
)
def test_nothing_to_show_gets_a_card_that_says_so(figure):
    assert len(title(figure(pd.DataFrame())).split()) > 3


def test_nobody_left_gets_a_card_that_says_so():
    served = pd.Categorical(["served"] * 3, categories=OUTCOMES)
    found = patience(pd.DataFrame({"wait_s": [5.0, 8.0, 9.0], "outcome": served}))
    assert title(patience_chart(found)).startswith("Nobody left the queue")
    assert title(fitting.hazard_of_leaving(found.hazard)).startswith("Nobody left the queue")


def test_frames_are_not_changed(arrivals):
    profile, _ = arrivals
    before = profile.expected.copy(deep=True), profile.slot_counts.copy(deep=True)
    arriving.arrivals_by_weekday(profile.expected, profile.slot_counts, zone="UTC")
    pd.testing.assert_frame_equal(profile.expected, before[0])
    pd.testing.assert_frame_equal(profile.slot_counts, before[1])
