"""When topics are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenario.written import read

if TYPE_CHECKING:
    from simulator.scenario import Opening

HOUR = 3_600_000_000


def openings(hours: str | None, **parts) -> list[tuple[float, float, bool]]:
    """(opens and closes in hours since the start, whether lunch follows)."""
    topic = "" if hours is None else f"opening_hours: {hours}"
    found: tuple[Opening, ...] = read(topic=topic, **parts).topics[0].openings
    return [(o.opens_us / HOUR, o.closes_us / HOUR, o.lunch_follows) for o in found]


# story, opening hours, parts of the desk, what comes of it (2026-03-23 is a Monday)
STORIES = [
    ("left out: always open", None, {"days": 2}, [(0, 48, False)]),
    ("a day", '{mon: ["08:00-18:00"]}', {}, [(8, 18, False)]),
    ("a span as text", '{mon: "08:00-18:00"}', {}, [(8, 18, False)]),
    ("plain, unquoted", "{mon: [08:00-18:00]}", {}, [(8, 18, False)]),
    (
        "a range",
        '{mon-fri: ["08:00-18:00"]}',
        {"days": 7, "start": "2026-03-27"},
        [
            (8, 18, False),
            (72 + 7, 72 + 17, False),
            (96 + 7, 96 + 17, False),
            (120 + 7, 120 + 17, False),
            (144 + 7, 144 + 17, False),
        ],
    ),
    (
        "several spans",
        '{mon: ["13:00-18:00", "08:00-12:00"]}',
        {},
        [(8, 12, False), (13, 18, False)],
    ),
    ("midnight to midnight joins", '{daily: ["00:00-24:00"]}', {"days": 3}, [(0, 72, False)]),
    ("a night", '{mon: ["22:00-06:00+1"]}', {"days": 2}, [(22, 30, False)]),
    ("a night cut by the end", '{mon: ["22:00-06:00+1"]}', {}, [(22, 24, False)]),
    ("a night from before the start", '{sun: ["22:00-06:00+1"]}', {}, [(0, 6, False)]),
    (
        "lunch",
        '{mon: ["08:00-18:00"], lunch: "12:00-12:30"}',
        {},
        [(8, 12, True), (12.5, 18, False)],
    ),
    (
        "lunch before opening on one of the days",
        '{mon: ["13:00-18:00"], tue: ["08:00-18:00"], lunch: "12:00-12:30"}',
        {"days": 2},
        [(13, 18, False), (32, 36, True), (36.5, 42, False)],
    ),
    ("lunch at opening", '{mon: ["12:00-18:00"], lunch: "12:00-12:30"}', {}, [(12.5, 18, False)]),
    ("lunch at closing", '{mon: ["08:00-12:15"], lunch: "12:00-12:30"}', {}, [(8, 12, False)]),
    (
        "a date of its own",
        '{mon-fri: ["08:00-18:00"], 2026-03-24: ["10:00-12:00"]}',
        {"days": 2},
        [(8, 18, False), (34, 36, False)],
    ),
    ("a date that is closed", '{daily: ["08:00-18:00"], 2026-03-23: closed}', {}, []),
    (
        "holidays",
        '{mon-fri: ["08:00-18:00"], sat: ["10:00-15:00"]}',
        {"days": 3, "top": "holidays: {2026-03-23: closed, 2026-03-24: Saturday}"},
        [(34, 39, False), (56, 66, False)],
    ),
    (
        "a holiday closes what is always open",
        None,
        {"days": 3, "top": "holidays: {2026-03-24: closed}"},
        [(0, 24, False), (48, 72, False)],
    ),
    ("clocks forward", '{sun: ["00:00-08:00"]}', {"start": "2026-03-29"}, [(0, 7, False)]),
    ("clocks back", '{sun: ["02:00-08:00"]}', {"start": "2026-10-25"}, [(2, 9, False)]),
    (
        "a start in the day",
        '{mon: ["08:00-18:00"]}',
        {"start": "2026-03-23T10:00"},
        [(0, 8, False)],
    ),
]


@pytest.mark.parametrize(
    ("story", "hours", "parts", "expected"), STORIES, ids=[row[0] for row in STORIES]
)
def test_openings(story: str, hours: str | None, parts: dict, expected: list):
    assert openings(hours, **parts) == expected
