"""Charts of a day looked back on: what they draw of a frame, and what their titles say of it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from simulator.charts.daily import (
    coming_days,
    days_in_a_row,
    figure_over_the_day,
    oddness,
    told,
    two_ways,
)
from simulator.charts.display import figure_svg
from simulator.charts.style import VERMILLION
from tests.charts.looks import cut_off, overlapping, title, words

EDGES = {"p2_5": 2.0, "p10": 4.0, "p25": 6.0, "p50": 8.0, "p75": 10.0, "p90": 12.0, "p97_5": 14.0}
ZONE = "Europe/Oslo"


def rows(starts, actual, figure="volume", scale=1.0):
    """These actuals on a band from 2 to 14."""
    values = np.asarray(actual, dtype=float)
    edges = {name: value * scale for name, value in EDGES.items()}
    high, low = edges["p97_5"], edges["p2_5"]
    outside = (values > high).astype(int) - (values < low).astype(int)
    p_value = np.where(outside == 0, 0.5, 1 / (10 + np.abs(np.nan_to_num(values))))
    frame = {"start": starts, "topic": "all topics", "figure": figure, "actual": values}
    return pd.DataFrame(
        {**frame, "mean": 8.5 * scale, **edges, "p_value": p_value, "outside": outside}
    )


def hours(actual, figure="volume", first="2026-03-11 09:00", scale=1.0):
    starts = pd.date_range(first, periods=len(actual), freq="h", tz=ZONE)
    return rows(starts, actual, figure, scale)


def whole(actual, figure="volume", scale=1.0):
    return rows([date(2026, 3, 11)], [actual], figure, scale)


def dots(panel, colour=None):
    lines = [line for line in panel.lines if line.get_marker() == "o"]
    return [y for line in lines if colour in (None, line.get_color()) for y in line.get_ydata()]


def drawn(frame, day, figure="volume", **more):
    return figure_over_the_day(frame, day, figure=figure, step_h=1.0, zone=ZONE, **more)


def test_what_is_outside_is_red_named_and_counted():
    drawing = drawn(hours([8, 2, 14, 25, 1]), whole(50))
    assert title(drawing) == (
        "Volume: 50 chats, 8 predicted; 2 of 5 intervals lie outside their 95 % bands, "
        "furthest that at 12:00 with 25 chats"
    )
    (panel,) = drawing.axes
    assert dots(panel, VERMILLION) == [25, 1]
    assert "25 chats" in words(drawing)
    assert "local time (Europe/Oslo)" in words(drawing)


def test_one_outside_is_told_as_one():
    assert title(drawn(hours([8, 25]), whole(33))).endswith(
        "1 of 2 intervals lies outside its 95 % band, that at 10:00 with 25 chats"
    )


def test_a_quiet_day_says_so():
    assert title(drawn(hours([8, 8]), whole(9))).endswith(
        "all 2 intervals lie within their 95 % bands"
    )


def test_without_records_the_prediction_is_drawn_alone():
    drawing = drawn(hours([np.nan, np.nan]), whole(np.nan))
    assert title(drawing) == (
        "Volume on Wednesday 11 March: 8 chats predicted, most from 09:00 on (2 to 14 chats)"
    )
    assert dots(drawing.axes[0]) == []
    assert "recorded" not in words(drawing)


def test_without_a_prediction_the_records_are_drawn_alone():
    frame = hours([8, 9]).assign(**dict.fromkeys([*EDGES, "mean"], np.nan))
    day = whole(17).assign(**dict.fromkeys([*EDGES, "mean"], np.nan))
    assert title(drawn(frame, day)) == "Volume: 17 chats recorded, nothing predicted"


def test_nothing_at_all_is_said_in_words():
    assert "neither records nor a prediction" in title(drawn(hours([]), whole(np.nan)))


def test_the_median_with_the_chats_that_came_is_a_line_of_its_own():
    frame = hours([8, 30], "mean_wait_s", scale=1.0)
    drawing = drawn(frame, whole(9, "mean_wait_s"), "mean_wait_s", met=frame)
    assert "median with the chats that came" in words(drawing)


def test_long_waits_are_in_minutes_and_shares_in_per_cent():
    waits = drawn(
        hours([400, 800], "mean_wait_s", scale=60), whole(500, "mean_wait_s"), "mean_wait_s"
    )
    assert "mean wait (min)" in words(waits)
    shares = drawn(
        hours([0.4], "abandonment", scale=0.05), whole(0.4, "abandonment"), "abandonment"
    )
    assert "%" in words(shares)


def test_the_clock_goes_on_right_after_it_was_changed():
    """On 29 March 2026 there is no hour from 2 to 3."""
    drawing = drawn(hours([8] * 6, first="2026-03-29 00:00"), whole(48))
    said = words(drawing)
    assert "03:00" in said
    assert "02:00" not in said


def blocks(hourly=True):
    make = hours if hourly else (lambda actual, name: whole(actual[0], name))
    names = ("mean_wait_s", "service_level", "agents")
    parts = [
        make([30, 8, 1], name).assign(block=block)
        for block in ("beside the forecast", "beside the model")
        for name in names
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_map_marks_sides_and_does_not_count_what_explains():
    drawing = oddness(blocks(), zone=ZONE)
    assert title(drawing) == (
        "Outside the 95 % bands: 4 of 6 beside the forecast; 4 of 6 beside the model"
    )
    said = words(drawing)
    assert said.count("▲") == 6 + 1  # and the key
    assert said.count("▼") == 6 + 1


def test_both_predictions_stand_below_each_other():
    drawing = two_ways(blocks(hourly=False))
    assert title(drawing) == (
        "With the very chats that came the model waits 2 s to 14 s on average; it was 30 s"
    )
    assert "mean wait (s): 30 s" in words(drawing)


def dates(actual):
    days = [date(2026, 3, 9) + timedelta(days=n) for n in range(len(actual))]
    figures = (("volume", 1.0), ("mean_wait_s", 1.0), ("service_level", 0.04))
    return pd.concat(
        [rows(days, np.array(actual) * s, f, s) for f, s in figures], ignore_index=True
    )


def test_days_before_count_what_is_outside():
    drawing = days_in_a_row(dates([8, 9, 20]))
    assert (
        title(drawing) == "3 of 9 figures of the 3 days to Wed 11 Mar lie outside their 95 % bands"
    )


def test_the_busiest_coming_day_is_the_finding():
    drawing = coming_days(dates([np.nan, np.nan]))
    assert (
        title(drawing) == "Monday 9 March is to be the busiest of 2 open days ahead: 2 to 14 chats"
    )


@pytest.mark.parametrize(
    "drawing",
    [
        lambda: drawn(hours([25, 26, 1, 8, 8, 0, 8, 14]), whole(50)),
        lambda: drawn(hours([8] * 24, first="2026-03-11 00:00"), whole(50)),
        lambda: oddness(blocks(), zone=ZONE),
        lambda: two_ways(blocks(hourly=False)),
        lambda: days_in_a_row(dates([8, 9, 20, 1, 8, 8])),
        lambda: days_in_a_row(dates([8])),
        lambda: coming_days(dates([np.nan] * 7)),
        lambda: coming_days(dates([np.nan])),
    ],
)
def test_texts_neither_overlap_nor_leave_the_figure(drawing):
    figure = drawing()
    assert cut_off(figure) == []
    assert overlapping(figure) == []
    assert "<svg" in figure_svg(figure, alt="a day")


def test_empty_frames_are_said_in_words():
    nobody = blocks().head(0)
    assert title(oddness(nobody, zone=ZONE)) == "No interval could be compared"
    assert title(two_ways(nobody)) == "The day could not be compared"
    assert title(days_in_a_row(nobody)) == "No day before it could be compared"
    assert "No open day lies ahead" in title(coming_days(nobody))


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [
        ("volume", 1, "1 chat"),
        ("volume", 1234.4, "1,234 chats"),
        ("mean_wait_s", 312.0, "5 min 12 s"),
        ("abandonment", 0.0525, "5.2 %"),
        ("agents", 4.44, "4.4 agents"),
        ("queue_position", 1.5, "1.50"),
        ("service_level", np.nan, "not known"),
    ],
)
def test_values_as_one_says_them(figure, value, said):
    assert told(figure, value).replace("\u00a0", " ") == said
