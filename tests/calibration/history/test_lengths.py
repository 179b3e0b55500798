"""Durations in every form."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.calibration.history.lengths import UNITS, parse_lengths


def read(*texts):
    """Seconds, None where missing, "?" where unreadable."""
    seconds, unreadable = parse_lengths(pa.array(texts, pa.string()))
    rows = zip(seconds.tolist(), unreadable, strict=True)
    return ["?" if bad else None if math.isnan(each) else each for each, bad in rows]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("123", 123),
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("0", 0),
        ("-3", -3),
        ("0:01:05", 65),
        ("01:01:05", 3665),
        ("100:00:00", 360_000),
        ("0:01:05.5", 65.5),
        ("5:30", 330),
        ("90:00", 5400),
        ("-0:00:30", -30),
        ("1.02:03:04", 93_784),
        ("1 day, 2:03:04", 93_784),
        ("[TS:123]", 123),
        ("[TS:12.5]", 12.5),
        ("PT5M", 300),
        ("PT1H5M3.5S", 3903.5),
        ("P1DT1S", 86_401),
        ("1 h 5 min", 3900),
        ("1h5m3s", 3903),
        ("1 t 5 min", 3900),
        ("2 timer og 1 minutt", 7260),
        ("2 timmar och 3 sekunder", 7203),
        ("5 Min. 3 Sek.", 303),
        ("1 uur en 5 minuten", 3900),
        ("3.5 h", 12_600),
        (" 65 s ", 65),
    ],
)
def test_a_duration_is_written_like_this(written, seconds):
    assert read(written) == [seconds]


@pytest.mark.parametrize(
    "written",
    ["soon", "PT", "P", "5:75", "1:75:00", "1 fortnight", "h", "5 min x", "1:2:3", ":", "[TS:]"],
)
def test_what_is_no_duration_is_unreadable(written):
    assert read(written) == ["?"]


def test_nothing_is_missing_and_zero_is_not():
    assert read(None, "", "  ", "0:00") == [None, None, None, 0]


@given(st.integers(0, 999), st.integers(0, 59), st.integers(0, 59))
def test_a_clock_counts_hours_minutes_and_seconds(hours, minutes, seconds):
    total = (hours * 60 + minutes) * 60 + seconds
    clock = f"{hours}:{minutes:02d}:{seconds:02d}"
    assert read(clock, f"{hours} h {minutes} min {seconds} s") == [total, total]


@given(st.sampled_from(sorted(UNITS)), st.integers(0, 10_000))
def test_every_unit_is_known_in_capitals_too(unit, count):
    assert read(f"{count} {unit}", f"{count}{unit.upper()}") == [count * UNITS[unit]] * 2


@given(st.lists(st.text(max_size=60), max_size=20))
def test_no_text_breaks_the_reader(texts):
    texts = [text.encode(errors="ignore").decode() for text in texts]
    assert len(read(*texts)) == len(texts)
