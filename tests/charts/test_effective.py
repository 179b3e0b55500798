"""Charts of the effective staffing: titles that say how well it fits, axes with units."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text

from simulator.charts import effective
from simulator.charts.style import INK, VERMILLION

DAY = {"zone": "Europe/Oslo"}


def bands(*, within=(True, False, True), few=(False, False, True)):
    """Three hours from nine o'clock on, of 300, 100 and 20 who queued."""
    queued = np.array([300, 100, 20])
    wait, left = np.array([20.0, 60.0, 5.0]), np.array([0.1, 0.2, 0.0])
    columns = {"hour": [9, 10, 11], "queued": queued, "within": within, "few": few}
    for name, values, unit in (("wait", wait, "_s"), ("abandonment", left, "")):
        for which, factor in (("observed", 1.0), ("simulated", 1.1)):
            for end, off in (("", 1.0), ("_low", 0.8), ("_high", 1.2)):
                columns[f"{which}_{name}{end}{unit}"] = values * factor * off
    return pd.DataFrame(columns)


def agents():
    return pd.DataFrame(
        {
            "time_h": [9.0, 9.5, 10.0],
            "seen": [4.0, 5.0, 3.0],
            "present": [4.0, 4.5, 2.5],
            "effective": [3.0, 4.0, 2.0],
        }
    )


def fitted(frame):
    return effective.fitted_waiting(frame, topic="Sales", **DAY)


def words(figure):
    FigureCanvasAgg(figure).draw()
    return " ".join(
        text.get_text().replace("\n", " ") for text in figure.findobj(Text) if text.get_text()
    )


def test_the_title_says_how_many_hours_fit_and_how_much_they_hold():
    # 300 of the 400 who queued in hours that are judged
    assert "within 25 % in 1 of 2 hours, which hold 75 % of those who queued" in words(
        fitted(bands())
    )


def test_both_figures_have_their_units():
    left, right = fitted(bands()).axes[:2]
    assert left.get_ylabel() == "mean wait of those who queued, s"
    told = [right.get_ylabel(), right.get_title(loc="left")]
    assert any("abandonment, of those who queued" in each for each in told)


def test_hours_that_do_not_fit_stand_out_and_few_chats_are_not_shown():
    def dots(colour, figure):
        lines = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
        own = [line for line in lines if to_hex(line.get_color()) == to_hex(colour)]
        return [float(at) for line in own for at in line.get_xdata()]

    figure = fitted(bands())
    assert dots(INK, figure) == [9.5]
    assert dots(VERMILLION, figure) == [10.5]
    assert "more than 25 % off" in words(figure)
    assert "more than 25 % off" not in words(fitted(bands(within=(True, True, False))))


def test_hours_without_abandonment_are_drawn():
    frame = bands(within=(True, True, True))
    frame.loc[:, frame.columns.str.contains("abandonment")] = 0.0
    assert "in 2 of 2 hours" in words(fitted(frame))


def test_agents_are_told_as_a_share_of_those_seen():
    figure = effective.effective_agents(agents(), group="Desk", step_h=0.5, **DAY)
    told = words(figure)
    assert "Desk: of the agents seen at work in a half-hour, 75 % of their number" in told
    for name in ("seen at work", "present", "effective", "agents, mean over the weekdays"):
        assert name in told
    low, high = figure.axes[0].get_xlim()
    assert (low, high) == (9.0, 10.5)


def test_nothing_to_draw_is_said():
    few = bands(few=(True, True, True))
    assert "Sales: too few waited in any hour to judge the staffing by" in words(fitted(few))
    none = effective.effective_agents(agents().head(0), group="Desk", step_h=0.5, **DAY)
    assert "Desk: no agents" in words(none)


@pytest.mark.parametrize(
    "figure",
    [
        pytest.param(lambda: fitted(bands()), id="fitted_waiting"),
        pytest.param(
            lambda: effective.effective_agents(agents(), group="Desk", step_h=0.5, **DAY),
            id="effective_agents",
        ),
    ],
)
def test_texts_do_not_lie_over_each_other(figure):
    made = figure()
    renderer = FigureCanvasAgg(made).get_renderer()
    made.draw(renderer)
    for axes in made.axes:
        ticks = [
            label
            for axis in (axes.xaxis, axes.yaxis)
            for at, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
            if sorted((*axis.get_view_interval(), at))[1] == at and label.get_text()
        ]
        boxes = {
            text: Text.get_window_extent(text, renderer).padded(-1) for text in ticks + axes.texts
        }
        met = [pair for pair in combinations(boxes, 2) if boxes[pair[0]].overlaps(boxes[pair[1]])]
        assert [(one.get_text(), other.get_text()) for one, other in met] == []


def test_the_frame_is_left_as_it_is():
    frame = bands()
    before = frame.copy()
    fitted(frame)
    pd.testing.assert_frame_equal(frame, before)
