"""Charts of a backtest: what they draw of a frame, and what their titles say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.charts.backtesting import coverage_of_bands, prediction_fan, rank_histogram
from simulator.charts.style import VERMILLION

EDGES = {"p2_5": 2.0, "p10": 4.0, "p25": 6.0, "p50": 8.0, "p75": 10.0, "p90": 12.0, "p97_5": 14.0}


def bands(actual, *, figure="volume", days=1, scale=1.0):
    """These actuals from 9 o'clock on, day after day, each on a band from 2 to 14."""
    starts = [
        pd.Timestamp("2026-03-02 09:00", tz="Europe/Oslo") + pd.Timedelta(days=day, hours=hour)
        for day in range(days)
        for hour in range(len(actual))
    ]
    columns = {name: value * scale for name, value in EDGES.items()}
    return pd.DataFrame(
        {"start": starts, "figure": figure, "actual": list(actual) * days, **columns}
    )


def fan(frame, figure="volume"):
    return prediction_fan(frame, figure=figure, step_h=1.0, zone="Europe/Oslo")


def dots(panel, colour=None):
    """The heights of the recorded figures drawn, of one colour or all."""
    lines = [line for line in panel.lines if line.get_marker() == "o"]
    return [y for line in lines if colour in (None, line.get_color()) for y in line.get_ydata()]


def title(drawing):
    return drawing.get_suptitle().replace("\n", " ")


def test_a_fan_counts_what_lies_within_the_widest_band():
    drawing = fan(bands([8, 2, 14, 15]))
    assert title(drawing) == (
        "Volume: 3 of 4 recorded intervals (75 %) lie within their predicted 95 % band"
    )
    (panel,) = drawing.axes
    assert dots(panel, VERMILLION) == [15]
    assert sorted(dots(panel)) == [2, 8, 14, 15]


@pytest.mark.parametrize(("days", "panels"), [(1, 1), (4, 4), (9, 9), (40, 28)])
def test_a_fan_has_a_panel_for_each_of_the_last_28_days(days, panels):
    drawing = fan(bands([8, 9], days=days))
    drawn = [panel for panel in drawing.axes if panel.get_title(loc="left")]
    assert len(drawn) == panels


def test_a_fan_breaks_where_an_interval_is_missing():
    drawing = fan(bands([8, 8, 8]).drop(index=1))
    median = next(line for line in drawing.axes[0].lines if line.get_marker() != "o")
    across, height = median.get_xdata(), median.get_ydata()
    assert across.tolist() == [9, 10, 10, 11, 12, 12]
    assert np.isnan(height[[2, 5]]).all()


def test_long_waits_are_drawn_in_minutes():
    drawing = fan(bands([480.0], figure="mean_wait_s", scale=60), "mean_wait_s")
    assert dots(drawing.axes[0]) == [pytest.approx(8)]
    assert drawing.get_supylabel() == "mean wait (min)"


def test_unknown_actuals_are_no_dots():
    drawing = fan(bands([8, np.nan]))
    assert "1 of 1 recorded intervals" in title(drawing)


def test_a_figure_without_actuals_says_so():
    assert "nothing to compare in volume" in title(fan(bands([np.nan])))


def coverage(covered, luck=(0.7, 0.9)):
    rows = {"figure": ["volume"] * 3, "level": [0.5, 0.8, 0.95], "covered": [0.5, covered, 0.95]}
    low, high = [0.4, luck[0], 0.9], [0.6, luck[1], 1.0]
    return pd.DataFrame({**rows, "low": low, "high": high, "luck_low": low, "luck_high": high})


@pytest.mark.parametrize(
    ("covered", "finding"),
    [
        (0.78, "hold 78 % of the recorded intervals: as wide as they should be"),
        (0.55, "of volume hold 55 % of the recorded intervals: too narrow or misplaced"),
        (0.97, "of volume hold 97 % of the recorded intervals: too wide"),
    ],
)
def test_coverage_says_what_is_wrong_with_the_bands(covered, finding):
    assert finding in title(coverage_of_bands(coverage(covered)))


def ranks(shares):
    low = np.linspace(0, 0.9, 10)
    return pd.DataFrame(
        {
            "figure": "mean_wait_s",
            "low": low,
            "high": low + 0.1,
            "share": shares,
            "luck_low": 0.05,
            "luck_high": 0.15,
        }
    )


def test_even_ranks_are_called_even():
    assert "10 of 10 bars" in title(rank_histogram(ranks([0.1] * 10)))


def test_the_rank_that_is_too_frequent_is_named():
    drawing = rank_histogram(ranks([0.03] * 9 + [0.73]))
    assert title(drawing).startswith("Mean wait: 73 % of the recorded intervals rank between 0.9")
    assert len(drawing.axes[0].patches) >= 10


@pytest.mark.parametrize("chart", [coverage_of_bands, rank_histogram])
def test_without_a_judged_interval_there_is_a_card_that_says_so(chart):
    assert "No interval could be judged" in title(chart(pd.DataFrame({"figure": []})))
