"""The charts of a study's cases: findings as titles, units on axes, nothing on top of else."""

from __future__ import annotations

import doctest
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import simulator.charts.units
from simulator.charts.style import BLUE, GREY, VERMILLION
from simulator.charts.sweeping import frontier, next_steps, ranking, tornado
from simulator.charts.units import difference_scale, scale_of
from tests.charts.looks import cut_off, overlapping, title, words

LEVEL = {"words": "service level", "unit": "share"}
FRONT, CLOSE, BEATEN = "on the front", "too close to call", "beaten"
LONG = "a case with a name that is far too long for the axis of any chart"


def cases(number=9, *, kept=1, name="count {}"):
    """Falling levels; the first few could be the best."""
    value = 0.9 - 0.02 * np.arange(number)
    return pd.DataFrame(
        {
            "case": [name.format(number - at) for at in range(number)],
            "value": value,
            "low": value - 0.01,
            "high": value + 0.01,
            "could_be_best": np.arange(number) < kept,
        }
    )


def ranked(frame, **more):
    return ranking(frame, **LEVEL, **more)


def steps(numbers=(3, 4, 5, 6), *, path="count", others=(), falling=0.1):
    """What each step buys, with the mean over the others behind it."""
    rows = []
    for at, (here, beyond) in enumerate(pairwise(numbers)):
        for other in [*others, *(["mean of all"] if others else [""])]:
            gain = falling / 2**at
            rows.append(
                {
                    "path": path,
                    "words": f"Generalists: {path}",
                    "others": other,
                    "setting": str(here),
                    "next": str(beyond),
                    "difference": gain,
                    "low": gain - 0.005,
                    "high": gain + 0.005,
                }
            )
    return pd.DataFrame(rows)


def stepped(frame):
    return next_steps(frame, **LEVEL, over_all="mean of all")


def trade(number=6, *, off=0):
    """A front of ``number`` cases, then as many too close and beaten."""
    at = np.arange(number)
    front = pd.DataFrame(
        {"case": [f"count {n}" for n in at], "cost": 100.0 + 50 * at, "value": 0.95 - 0.4 / 2**at}
    ).assign(standing=FRONT)
    rest = [
        front.assign(case=front["case"] + f", {word}", value=front["value"] - less, standing=word)
        for word, less in ((CLOSE, 0.01), (BEATEN, 0.1))[:off]
    ]
    both = pd.concat([front, *rest]).sort_values("cost", kind="stable")
    return both.assign(low=both["value"] - 0.01, high=both["value"] + 0.01)


def traded(frame, **more):
    return frontier(frame, **LEVEL, cost_unit="agent-hours", front=FRONT, close=CLOSE, **more)


def moves(paths=("count", "scale"), *, width=0.1):
    """Three settings a path, the base in the middle."""
    rows = [
        {"words": path, "setting": setting, "difference": at, "low": at - 0.01, "high": at + 0.01}
        for place, path in enumerate(paths)
        for setting, at in (("low", -width / 2**place), ("base", 0.0), ("high", width / 3**place))
    ]
    return pd.DataFrame(rows)


def torn(frame, **more):
    return tornado(frame, **LEVEL, **{"better": 1, "base": "today"} | more)


FIGURES = {
    "ranking": lambda: ranked(cases(), target=0.8),
    "ranking of one": lambda: ranked(cases(1)),
    "ranking of fifty": lambda: ranked(cases(50, kept=3), target=0.8),
    "ranking with long names": lambda: ranked(cases(4, name=LONG + " {}")),
    "ranking without intervals": lambda: ranked(cases().assign(low=np.nan, high=np.nan)),
    "steps": lambda: stepped(steps()),
    "one step": lambda: stepped(steps((3, 4))),
    "many steps": lambda: stepped(steps(range(1, 16))),
    "steps of two paths": lambda: stepped(pd.concat([steps(), steps(path="cap")])),
    "steps of three paths": lambda: stepped(
        pd.concat([steps(others=("a", "b")), steps(path="cap"), steps((1, 9), path="scale")])
    ),
    "front": lambda: traded(trade(off=2), target=0.8),
    "front of one": lambda: traded(trade(1)),
    "front of thirty": lambda: traded(trade(30)),
    "front with long names": lambda: traded(
        trade(4).assign(case=[LONG + f" {n}" for n in range(4)])
    ),
    "tornado": lambda: torn(moves()),
    "tornado of long settings": lambda: torn(moves().assign(setting=LONG)),
    "tornado of one": lambda: torn(moves(("count",)), better=0),
}


@pytest.mark.parametrize("name", FIGURES)
def test_texts_neither_overlap_nor_leave_the_figure(name):
    figure = FIGURES[name]()
    assert overlapping(figure) == []
    assert cut_off(figure) == []


@pytest.mark.parametrize("name", FIGURES)
def test_every_panel_has_its_unit(name):
    for axes in FIGURES[name]().axes:
        told = f"{axes.get_xlabel()} {axes.get_ylabel()}"
        assert not axes.axison or any(unit in told for unit in ("%", "points", "Generalists"))


def test_the_best_is_named_and_how_many_it_could_be():
    assert title(ranked(cases())) == "Best in service level, and surely: count 9 with 90.0 %"
    assert title(ranked(cases(kept=3))).startswith("3 of 9 cases could be the best in service")
    assert title(ranked(cases(1))) == "The service level of the one case, count 1: 90.0 %"


def test_full_dots_could_be_the_best():
    (axes,) = ranked(cases(4, kept=2)).axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() for dot in dots] == [BLUE, BLUE, "#ffffff", "#ffffff"]
    assert [dot.get_color() for dot in dots] == [BLUE, BLUE, GREY, GREY]


def test_the_first_case_is_on_top_and_sixty_are_drawn():
    (axes,) = ranked(cases(70)).axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == "count 70"
    assert len(labels) == 60
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_a_target_is_a_line_with_its_number():
    figure = ranked(cases(), target=0.85)
    assert [85.0, 85.0] in [list(line.get_xdata()) for line in figure.axes[0].lines]
    assert "target 85 %" in words(figure)


def test_waits_are_in_minutes_where_they_are_long():
    frame = cases(3)
    for name in ("value", "low", "high"):
        frame[name] *= 600
    figure = ranking(frame, words="mean wait", unit="s")
    assert figure.axes[0].get_xlabel() == "mean wait (min), 95 % interval"
    assert "9.00 min" in title(figure)


def test_a_step_is_told_with_its_gain_the_first_and_the_last():
    assert title(stepped(steps())) == (
        "Generalists: count from 3 to 4 changes the service level by +10.0 points, from 5 to 6 by "
        "+2.5 points"
    )
    labels = [label.get_text() for label in stepped(steps()).axes[0].get_xticklabels()]
    assert labels == ["3 → 4", "4 → 5", "5 → 6"]


def test_single_settings_are_grey_and_their_mean_blue():
    (axes,) = stepped(steps((3, 4), others=("a", "b", "c"))).axes
    dots = {
        line.get_color(): len(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"
    }
    assert dots == {GREY: 3, BLUE: 1}


def test_the_front_is_numbered_named_and_priced():
    figure = traded(trade(3, off=2))
    assert title(figure) == (
        "3 of 9 cases are on the front: from 55.0 % service level for 100 agent-hours to 85.0 % "
        "for 200"
    )
    told = words(figure)
    assert "1  count 0 2  count 1 3  count 2" in told
    assert "cost of a replication (agent-hours)" in told


def test_standings_have_their_colours():
    (axes,) = traded(trade(3, off=2)).axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_color() for dot in dots] == [GREY, VERMILLION, BLUE]
    assert "beaten by another" not in words(traded(trade(3, off=1)))


def test_a_long_front_is_named_in_part():
    assert "… and 16 more in the table" in words(traded(trade(30)))


def test_a_front_of_one_says_that_nothing_else_pays():
    frame = trade(2).assign(standing=[FRONT, BEATEN])
    assert title(traded(frame)).endswith("100 agent-hours; no other case costs less or does better")


def test_the_widest_path_is_on_top_and_told():
    figure = torn(moves())
    assert title(figure) == (
        "count matters most: it moves the service level from −10.0 to +10.0 points against today"
    )
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["count", "scale"]


def test_worse_is_red_where_more_is_better_and_where_less_is():
    def colours(better):
        bars = torn(moves(("count",)), better=better).axes[0].patches
        return {np.sign(bar.get_width()): bar.get_facecolor()[:3] for bar in bars}

    up, down = colours(1), colours(-1)
    assert up[1.0] == down[-1.0] != up[-1.0] == down[1.0]
    neither = colours(0)
    assert neither[1.0] == neither[-1.0]


def test_nothing_changes():
    still = moves().assign(difference=0.0, low=0.0, high=0.0)
    assert title(torn(still)) == "No setting by itself changes the service level of today"


def test_nothing_to_draw_is_said():
    nothing = {"value": np.nan, "difference": np.nan}
    assert title(ranked(cases().assign(**nothing))).startswith("Nothing to rank")
    assert title(stepped(steps().assign(**nothing))).startswith("No two cases differ")
    assert title(traded(trade().head(0))).startswith("No case has both")
    assert title(torn(moves().assign(**nothing))).startswith("No case differs from today")


def test_frames_are_left_as_they_are():
    for frame, draw in ((cases(), ranked), (steps(), stepped), (trade(), traded), (moves(), torn)):
        before = frame.copy()
        draw(frame)
        pd.testing.assert_frame_equal(frame, before)


def test_scales_of_units():
    frame = pd.DataFrame({"value": [30.0, np.nan]})
    assert scale_of("s", frame, ["value"]).unit == "s"
    assert scale_of("s", frame * 100, ["value"]).unit == "min"
    assert scale_of("chats", frame, ["value"]).told(3.0) == "3.00\u00a0chats"
    assert difference_scale("share", frame, ["value"]).change(-0.041) == "−4.1\u00a0points"
    assert scale_of("s", frame.assign(value=np.nan), ["value"]).unit == "s"


def test_examples_hold():
    assert doctest.testmod(simulator.charts.units).failed == 0
