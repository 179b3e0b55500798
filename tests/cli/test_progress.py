"""Progress on stderr: one line that changes on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import doctest
import io

import pytest

import simulator.cli.progress
from simulator.cli.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(stream: io.StringIO, *steps: tuple[float, int]) -> str:
    """What stands on the stream after (second, done) of four."""
    clock = Clock()
    with Progress("day", "days", stream=stream, clock=clock) as progress:
        for clock.now, done in steps:
            progress(done, 4)
    return stream.getvalue()


def test_a_terminal_shows_one_line_that_is_wiped_out_in_the_end():
    wipe = "\r\x1b[K"
    text = told(Terminal(), (0, 0), (3, 1), (12, 4))
    assert text.split(wipe) == ["", "0 of 4 days", "1 of 4 days, 9 s left", "4 of 4 days", ""]


def test_a_log_gets_a_line_every_ten_seconds():
    text = told(io.StringIO(), (0, 0), (6, 1), (11, 2), (14, 3), (22, 4))
    assert text == "2 of 4 days, 11 s left\n4 of 4 days\n"


def test_what_was_finished_before_does_not_count_for_the_time_left():
    text = told(io.StringIO(), (0, 2), (12, 3))
    assert text == "3 of 4 days, 12 s left\n"


def test_a_log_is_silent_when_it_is_over_soon():
    assert told(io.StringIO(), (0, 0), (5, 4)) == ""


LENGTHS = [
    (0.4, "0 s"),
    (59.6, "1 min 0 s"),
    (3599, "59 min 59 s"),
    (3600, "1 h 0 min"),
    (90_000, "25 h 0 min"),
]


@pytest.mark.parametrize(("seconds", "text"), LENGTHS)
def test_durations_are_told_in_their_two_largest_units(seconds, text):
    assert duration(seconds) == text


def test_the_examples_hold():
    assert doctest.testmod(simulator.cli.progress).failed == 0
