"""The charts of replications: fans, half-widths, and where the replications went."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from simulator.charts.repeating import fans, fans_over_the_day, half_widths, replications_used
from simulator.charts.style import BLUE, GREY
from tests.charts.looks import cut_off, overlapping, title, words

LEVEL = {"words": "service level", "unit": "share"}
STATES = ["all there are", "narrow enough", "dropped before the end"]


def spread(number=5):
    middle = 0.9 - 0.03 * np.arange(number)
    return pd.DataFrame(
        {
            "case": [f"count {number - at}" for at in range(number)],
            "least": middle - 0.08,
            "p10": middle - 0.04,
            "p50": middle,
            "p90": middle + 0.03,
            "most": middle + 0.05,
            "share_met": np.linspace(1, 0, number),
        }
    )


def days(cases=("best", "today")):
    hours = np.arange(8, 18, 0.5)
    return pd.DataFrame(
        [
            {
                "case": case,
                "time": f"{int(at):02d}:{int(at % 1 * 60):02d}",
                "time_h": at,
                "p10": 0.8 - at / 50,
                "p50": 0.85,
                "p90": 0.9,
            }
            for case in cases
            for at in hours
        ]
    )


def narrowing(number=4, most=100, width=0.1):
    return pd.DataFrame(
        [
            {
                "case": f"count {case}",
                "replications": count,
                "half_width": width * (1 + case / 10) / np.sqrt(count),
            }
            for case in range(number)
            for count in range(2, most - 5 * case)
        ]
    )


def used(counts=(100, 40, 20), states=(0, 1, 2)):
    return pd.DataFrame(
        {
            "case": [f"count {at}" for at in range(len(counts))],
            "replications": counts,
            "state": [STATES[at] for at in states],
        }
    )


def by_day(frame):
    return fans_over_the_day(frame, **LEVEL, zone="Europe/Oslo", step_h=0.5)


FIGURES = {
    "fans": lambda: fans(spread(), **LEVEL, target=0.8),
    "fan of one": lambda: fans(spread(1), **LEVEL),
    "fifty fans": lambda: fans(spread(25), **LEVEL, target=0.8),
    "day": lambda: by_day(days()),
    "day of one": lambda: by_day(days(("best",))),
    "half-widths": lambda: half_widths(narrowing(), **LEVEL, target=0.01),
    "half-widths of two replications": lambda: half_widths(narrowing(1, most=3), **LEVEL),
    "half-widths of fifty": lambda: half_widths(narrowing(19), **LEVEL, target=0.03),
    "half-widths of many replications": lambda: half_widths(narrowing(2, most=3000), **LEVEL),
    "used": lambda: replications_used(used(), states=STATES),
    "used of one": lambda: replications_used(used((7,), (0,)), states=STATES),
}


@pytest.mark.parametrize("name", FIGURES)
def test_texts_neither_overlap_nor_leave_the_figure(name):
    figure = FIGURES[name]()
    assert overlapping(figure) == []
    assert cut_off(figure) == []


def test_a_fan_says_what_to_expect_of_a_replication():
    assert title(fans(spread(), **LEVEL, target=0.8)) == (
        "count 5: in eight of ten replications the service level lies between 86.0 % and 93.0 %; "
        "100 % of all meet the target"
    )
    assert title(fans(spread(), **LEVEL)).endswith("between 86.0 % and 93.0 %")


def test_how_often_the_target_is_met_stands_beside_each_case():
    told = words(fans(spread(3), **LEVEL, target=0.8))
    assert all(f"met in {share} %" in told for share in (100, 50, 0))
    assert "met in" not in words(fans(spread(3), **LEVEL))


def test_the_day_is_told_by_its_widest_hour():
    figure = by_day(days())
    assert title(figure) == (
        "best: the service level varies most at 17:30, from 45.0 % to 90.0 % in eight of ten "
        "replications"
    )
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["best", "today"]
    assert figure.axes[-1].get_xlabel() == "local time (Europe/Oslo)"


def test_half_widths_are_told_with_the_wanted_one():
    figure = half_widths(narrowing(), **LEVEL, target=0.0105)
    assert title(figure) == (
        "1 of 4 cases are as narrow as wanted; the widest interval of the service level is ±1.42 "
        "points after 84 replications"
    )
    assert "wanted: 1.05 points" in words(figure)
    assert "the widest interval" in title(half_widths(narrowing(), **LEVEL)).lower()


def test_half_widths_have_logarithmic_axes_with_round_numbers():
    (axes,) = half_widths(narrowing(), **LEVEL).axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["2", "5", "10", "20", "50", "100"]
    assert axes.get_ylabel() == "half-width of the 95 % interval (points)"


def test_an_interval_of_no_width_has_no_place_on_a_logarithmic_axis():
    frame = narrowing(2)
    frame.loc[frame["case"] == "count 1", "half_width"] = 0.0
    (axes,) = half_widths(frame, **LEVEL).axes
    assert sum(len(line.get_xdata()) > 1 for line in axes.lines) == 1


def test_replications_have_the_colour_of_their_end():
    (axes,) = replications_used(used(), states=STATES).axes
    colours = [to_hex(bar.get_facecolor()) for bar in axes.patches]
    assert colours[0] == to_hex(BLUE)
    assert colours[1] == to_hex(GREY)
    told = words(replications_used(used((9, 9), (0, 0)), states=STATES))
    assert STATES[2] not in told
    assert "18 replications, as many of each case" in told


def test_what_was_saved_is_told():
    assert title(replications_used(used(), states=STATES)) == (
        "160 replications in all; as many of each case as of the longest would have been 300 "
        "(47 % saved)"
    )


def test_nothing_to_draw_is_said():
    assert title(fans(spread().assign(p50=np.nan), **LEVEL)).startswith("The service level is not")
    assert title(by_day(days().head(0))).endswith("any time of day")
    assert title(half_widths(narrowing().head(0), **LEVEL)).startswith("One replication")
    assert title(replications_used(used().head(0), states=STATES)) == "No case was simulated"


def test_frames_are_left_as_they_are():
    makers = (
        (spread(), lambda frame: fans(frame, **LEVEL, target=0.8)),
        (days(), by_day),
        (narrowing(), lambda frame: half_widths(frame, **LEVEL)),
        (used(), lambda frame: replications_used(frame, states=STATES)),
    )
    for frame, draw in makers:
        before = frame.copy()
        draw(frame)
        pd.testing.assert_frame_equal(frame, before)
