"""The same desk on other dates, with a day more where it is open at midnight."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest

from simulator.calibration.redating import redated
from simulator.errors import ScenarioError

DESK = """
    name: desk
    timezone: Europe/Oslo
    start: 2026-03-02T00:00
    days: 7
    topics:
      - id: 1
        name: Help
        opening_hours: {hours}
        arrivals: {arrivals}
        work: {{exponential: {{mean: 5m}}}}
        patience: {{exponential: {{mean: 5m}}}}
    agents:
      - {{group: Desk, count: 2, topics: [Help], cap: 1}}
"""
FIRST, LAST = date(2026, 3, 11), date(2026, 3, 12)


@pytest.fixture
def desk(tmp_path):
    def written(hours, arrivals="{rate_per_hour: 6}"):
        path = tmp_path / 'a "desk".yaml'
        path.write_text(dedent(DESK.format(hours=hours, arrivals=arrivals)), encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        ('["08:00-18:00"]', [11, 12]),
        ('["00:00-18:00"]', [10, 11, 12]),
        ('["08:00-24:00"]', [11, 12, 13]),
        ('["00:00-24:00"]', [10, 11, 12, 13]),
    ],
)
def test_a_day_more_on_the_side_where_it_is_open_at_midnight(desk, hours, days):
    world = redated(desk("{mon-sun: " + hours + "}"), FIRST, LAST)
    assert [day.day for day in world.dates] == days
    assert str(world.timezone) == "Europe/Oslo"


def test_where_the_tables_end_the_dates_alone_have_to_do(desk, tmp_path):
    rows = [f"{day},00:00,24:00,{chats}" for day, chats in ((FIRST, 40), (LAST, 50))]
    (tmp_path / "days.csv").write_text("\n".join(["date,start,end,Help", *rows]), encoding="utf-8")
    path = desk('{mon-sun: ["00:00-24:00"]}', "{forecast: days.csv}")
    assert redated(path, FIRST, LAST).dates == (FIRST, LAST)
    with pytest.raises(ScenarioError, match="2026-03-13"):
        redated(path, LAST, date(2026, 3, 13))
