"""Who is on duty when: by count, by name, from a roster or from a staffing table."""

from __future__ import annotations

import pytest

from simulator.scenario import load
from tests.scenario.written import complaint, desk, read

HOUR = 3_600_000_000
SPRING, AUTUMN = "2026-03-29", "2026-10-25"


def duty(**parts) -> dict[str, list[tuple[float, float, int]]]:
    """By name: (from and until in hours since the start, index of the date)."""
    return {
        agent.name: [(a / HOUR, b / HOUR, day) for a, b, day in agent.duty]
        for agent in read(**parts).agents
    }


def roster(*rows: str) -> str:
    """Rows such as ``Ada mon 09:00 17:00 12:00-12:30``."""
    columns = ("agent", "day", "start", "end", "breaks")
    written = []
    for row in rows:
        cells = dict(zip(columns, row.split(maxsplit=4), strict=False))
        day = cells.pop("day")
        cells["date" if day[0] == "2" else "weekday"] = day
        written.append("{" + ", ".join(f'{k}: "{v}"' for k, v in cells.items()) + "}")
    return f"roster: [{', '.join(written)}]"


def staffing(*rows: str) -> str:
    """Rows such as ``mon 09:00 17:00 4``."""
    cells = [row.split() for row in rows]
    return "staffing: [{}]".format(
        ", ".join(
            f'{{{"date" if day[0] == "2" else "weekday"}: {day}, start: "{start}", end: "{end}", '
            f"agents: {agents}}}"
            for day, start, end, agents in cells
        )
    )


# story, people, parts of the desk, duty by name (2026-03-23 is a Monday)
STORIES = [
    ("by count", "count: 2", {}, {"Desk 1": [(0, 24, 0)], "Desk 2": [(0, 24, 0)]}),
    ("by name", "names: [Ada]", {"days": 3}, {"Ada": [(0, 72, 0)]}),
    (
        "a day at a time where one may be absent",
        "names: [Ada]",
        {"days": 2, "group": "absent: 0.1"},
        {"Ada": [(0, 24, 0), (24, 48, 1)]},
    ),
    (
        "by hours",
        "names: [Ada]",
        {"days": 2, "group": 'hours: {mon-fri: ["08:00-16:00"], lunch: "12:00-12:30"}'},
        {"Ada": [(8, 12, 0), (12.5, 16, 0), (32, 36, 1), (36.5, 40, 1)]},
    ),
    (
        "nobody on a closed holiday",
        "names: [Ada]",
        {"days": 2, "top": "holidays: {2026-03-23: closed}"},
        {"Ada": [(24, 48, 1)]},
    ),
    (
        "a shift with breaks",
        roster("Ada mon 09:00 17:00 14:45-15:00; 12:00-12:30"),
        {},
        {"Ada": [(9, 12, 0), (12.5, 14.75, 0), (15, 17, 0)]},
    ),
    (
        "breaks at the edges shorten the shift",
        roster("Ada mon 09:00 17:00 09:00-09:30, 16:30-17:00"),
        {},
        {"Ada": [(9.5, 16.5, 0)]},
    ),
    (
        "shifts that touch are one",
        roster("Ada mon 09:00 12:00", "Ada mon 12:00 17:00"),
        {},
        {"Ada": [(9, 17, 0)]},
    ),
    (
        "two shifts a day, agents in order of the roster",
        roster("Bo mon-tue 13:00 17:00", "Ada tue 09:00 17:00", "Bo mon 08:00 12:00"),
        {"days": 2},
        {"Bo": [(8, 12, 0), (13, 17, 0), (37, 41, 1)], "Ada": [(33, 41, 1)]},
    ),
    (
        "a date of their own, and one off",
        roster("Ada daily 09:00 17:00", "Ada 2026-03-24 10:00 12:00", "Ada 2026-03-25"),
        {"days": 4},
        {"Ada": [(9, 17, 0), (34, 36, 1), (81, 89, 3)]},
    ),
    (
        "another's date changes nothing",
        roster("Ada daily 09:00 17:00", "Bo 2026-03-23 10:00 12:00"),
        {},
        {"Ada": [(9, 17, 0)], "Bo": [(10, 12, 0)]},
    ),
    (
        "a night shift counts for the day it starts",
        roster("Ada mon 22:00 06:00+1 23:30-00:00; 02:00-02:30"),
        {"days": 2},
        {"Ada": [(22, 23.5, 0), (24, 26, 0), (26.5, 30, 0)]},
    ),
    (
        "a night shift from before the start",
        roster("Ada sun 22:00 06:00+1"),
        {},
        {"Ada": [(0, 6, 0)]},
    ),
    (
        "a night in two rows is one span of duty",
        roster("Ada mon 22:00 24:00", "Ada tue 00:00 06:00"),
        {"days": 2},
        {"Ada": [(22, 30, 0)]},
    ),
    (
        "but two days for absences",
        roster("Ada mon 22:00 24:00", "Ada tue 00:00 06:00"),
        {"days": 2, "group": "absent: 0.05"},
        {"Ada": [(22, 24, 0), (24, 30, 1)]},
    ),
    ("clocks forward", roster("Ada sun 00:00 08:00"), {"start": SPRING}, {"Ada": [(0, 7, 0)]}),
    ("clocks back", roster("Ada sun 00:00 08:00"), {"start": AUTUMN}, {"Ada": [(0, 9, 0)]}),
    (
        "the first occurrence in the doubled hour",
        roster("Ada sun 02:30 08:00"),
        {"start": AUTUMN},
        {"Ada": [(2.5, 9, 0)]},
    ),
    (
        "holidays",
        roster("Ada mon-fri 09:00 17:00", "Bo sat 10:00 15:00"),
        {"days": 2, "top": "holidays: {2026-03-23: closed, 2026-03-24: sat}"},
        {"Ada": [], "Bo": [(34, 39, 1)]},
    ),
]


@pytest.mark.parametrize(
    ("story", "people", "parts", "expected"), STORIES, ids=[row[0] for row in STORIES]
)
def test_duty(story: str, people: str, parts: dict, expected: dict):
    assert duty(people=people, **parts) == expected


def steps(**parts) -> list[tuple[float, int, int]]:
    (group,) = read(**parts).groups
    assert group.headcount is not None
    return [(at / HOUR, agents, day) for at, agents, day in group.headcount]


# story, table, parts, steps (hour, agents, index of the date)
STAFFED = [
    (
        "a day",
        ("mon 08:00 12:00 2", "mon 12:00 18:00 3"),
        {},
        [(0, 0, 0), (8, 2, 0), (12, 3, 0), (18, 0, 0)],
    ),
    (
        "a hole is nobody, and equal counts are one step",
        ("mon 08:00 09:00 2", "mon 09:00 10:00 2", "mon 12:00 13:00 2"),
        {},
        [(0, 0, 0), (8, 2, 0), (10, 0, 0), (12, 2, 0), (13, 0, 0)],
    ),
    ("the date is told", ("daily 00:00 24:00 2",), {"days": 2}, [(0, 2, 0), (24, 2, 1)]),
    (
        "in the gap",
        ("sun 00:00 02:00 1", "sun 02:00 03:00 2", "sun 03:00 24:00 3"),
        {"start": SPRING},
        [(0, 1, 0), (2, 3, 0)],
    ),
    (
        "in the doubled hour",
        ("sun 00:00 02:00 1", "sun 02:00 02:30 2", "sun 02:30 24:00 3"),
        {"start": AUTUMN},
        [(0, 1, 0), (2, 2, 0), (2.5, 3, 0), (3, 2, 0), (3.5, 3, 0)],
    ),
    (
        "a date and a holiday",
        ("daily 08:00 18:00 2", "2026-03-24 08:00 12:00 4"),
        {"days": 3, "top": "holidays: {2026-03-25: closed}"},
        [(0, 0, 0), (8, 2, 0), (18, 0, 0), (24, 0, 1), (32, 4, 1), (36, 0, 1), (48, 0, 2)],
    ),
    (
        "a start in the day",
        ("daily 08:00 18:00 2",),
        {"start": "2026-03-23T10:00"},
        [(0, 2, 0), (8, 0, 0), (14, 0, 1), (22, 2, 1)],
    ),
]


@pytest.mark.parametrize(
    ("story", "rows", "parts", "expected"), STAFFED, ids=[row[0] for row in STAFFED]
)
def test_staffing_tables_become_steps(story: str, rows: tuple, parts: dict, expected: list):
    assert steps(people=staffing(*rows), **parts) == expected


def test_as_many_agents_as_the_table_ever_wants():
    scenario = read(people=staffing("mon 08:00 12:00 2", "sat 08:00 12:00 5"))
    assert [agent.name for agent in scenario.agents] == [f"Desk {i}" for i in range(1, 6)]
    assert {agent.duty for agent in scenario.agents} == {()}


def test_count_or_names_may_stand_beside_staffing_if_they_suffice():
    table = staffing("mon 08:00 12:00 2")
    assert len(read(people=table, group="count: 4").agents) == 4
    assert [a.name for a in read(people=table, group="names: [Ada, Bo]").agents] == ["Ada", "Bo"]
    said = complaint(desk(people=table, group="count: 1"))
    assert said == (
        "agents[Desk].count gives 1 agents, but the staffing table wants 2; the two must agree "
        "(<text>:16)"
    )


TWO_GROUPS = """
name: two
timezone: UTC
start: 2026-03-23
days: 1
topics:
  - {id: 1, name: Sales, arrivals: {rate_per_hour: 6}, work: {fixed: 5m}}
agents:
  - {group: Days, %s, roster: roster.csv, topics: [Sales], cap: 2, output: [1, 1.70]}
  - {group: Evenings, names: [Cy], roster: roster.csv, topics: [Sales]}
"""


def test_groups_may_share_a_roster(write):
    write("roster.csv", "agent,weekday,start,end\nAda,mon,9:00,17:00\nCy,mon,16:00,22:00\n")
    scenario = load(write("desk.yaml", TWO_GROUPS % "names: [Ada]"))
    assert [(a.id, a.name, a.group) for a in scenario.agents] == [(1, "Ada", 0), (2, "Cy", 1)]
    assert [(g.name, g.first_agent, g.agent_count) for g in scenario.groups] == [
        ("Days", 0, 1),
        ("Evenings", 1, 1),
    ]


def test_output_is_kept_as_written(write):
    write("roster.csv", "agent,weekday,start,end\nAda,mon,9:00,17:00\nCy,mon,16:00,22:00\n")
    scenario = load(write("desk.yaml", TWO_GROUPS % "names: [Ada]"))
    assert [group.output for group in scenario.groups] == [("1", "1.70"), ("1",)]


def test_a_name_in_the_roster_that_no_group_has_is_a_mistake(write):
    write("roster.csv", "agent,weekday,start,end\nAda,mon,9:00,17:00\nCyy,mon,16:00,22:00\n")
    text = write("desk.yaml", TWO_GROUPS % "names: [Ada]").read_text()
    said = complaint(text, write("x", "").parent)
    assert "unknown agent 'Cyy'; did you mean 'Cy'?" in said
    assert "roster.csv:3, column agent)" in said
    assert "agents[Evenings].names has 'Cy', who has no row in roster.csv; add one" in said


# story, people, parts, what is said
WRONG = [
    (
        "ends before it starts",
        roster("Ada mon 09:00 08:30"),
        {},
        (
            "the row ends at 08:30, before it starts at 09:00; give a later end, or 08:30+1 "
            "if it is on "
            "the next day (<text>:14, column end)"
        ),
    ),
    (
        "overlapping shifts",
        roster("Ada mon-fri 08:00 12:00", "Ada mon 11:00 15:00"),
        {"days": 7},
        "the shift 11:00-15:00 of Ada overlaps the shift 08:00-12:00 in line 14; shorten one",
    ),
    (
        "a night that runs into the morning's shift",
        roster("Ada mon 22:00 06:00+1", "Ada tue 05:00 09:00"),
        {"days": 2},
        "the shift 05:00-09:00 of Ada overlaps the shift 22:00-06:00+1",
    ),
    (
        "an edge in the gap",
        roster("Ada sun 02:30 10:00"),
        {"start": SPRING},
        (
            "start 02:30 does not exist on 2026-03-29 in Europe/Oslo, where the clocks go forward; "
            "the nearest valid times are 01:59 and 03:00 (<text>:14, column start)"
        ),
    ),
    (
        "a night that ends in the gap",
        roster("Ada sat 22:00 02:00+1"),
        {"start": "2026-03-28", "days": 2},
        "end 02:00 does not exist on 2026-03-29",
    ),
    (
        "a break in the gap",
        roster("Ada sun 00:00 10:00 02:00-02:30"),
        {"start": SPRING},
        "breaks 02:00 does not exist",
    ),
    (
        "a break outside",
        roster("Ada mon 09:00 17:00 17:00-17:30"),
        {},
        "breaks has 17:00-17:30, outside the shift of 09:00-17:00; move it (<text>:14, column br",
    ),
    (
        "breaks that overlap",
        roster("Ada mon 09:00 17:00 12:00-12:30; 12:15-13:00"),
        {},
        "breaks has 12:00-12:30 and 12:15-13:00, which overlap",
    ),
    (
        "a break of nothing",
        roster("Ada mon 09:00 17:00 noon"),
        {},
        "a break is 'noon'; give a span",
    ),
    ("no end", roster("Ada mon 09:00", "Bo mon 9:00 17:00"), {}, "end is blank; fill it in"),
    ("neither", roster("Ada mon"), {}, "no column 'start'"),
    ("empty", "roster: []", {}, "agents[Desk].roster is empty; give it at least one row"),
    (
        "a misspelt column",
        'roster: [{agent: Ada, weekday: mon, start: "9:00", end: "17:00", brakes: "12:00-12:30"}]',
        {},
        "has an unknown column 'brakes'; did you mean 'breaks'?",
    ),
    (
        "no name",
        'roster: [{agent: null, weekday: mon, start: "9:00", end: "17:00"}]',
        {},
        "agent is blank; fill it in",
    ),
    ("half an agent", staffing("mon 08:00 12:00 2.5"), {}, "agents is 2.5; give a whole number"),
    ("fewer than none", staffing("mon 08:00 12:00 -2"), {}, "agents is -2; give 0 or more"),
    ("never anybody", staffing("mon 08:00 12:00 0"), {}, "staffing never has an agent; give a num"),
    (
        "overlapping intervals",
        staffing("mon 08:00 12:00 1", "mon 11:00 13:00 2"),
        {},
        "11:00 to 13:00 overlaps 08:00 to 12:00 in line 14; keep one",
    ),
]


@pytest.mark.parametrize(("story", "people", "parts", "said"), WRONG, ids=[row[0] for row in WRONG])
def test_rosters_and_staffing_that_cannot_be(story: str, people: str, parts: dict, said: str):
    assert said in complaint(desk(people=people, **parts))


def test_an_overlap_of_every_week_is_told_once():
    rows = roster("Ada mon 08:00 12:00", "Ada mon 11:00 15:00")
    assert len(complaint(desk(people=rows, days=28)).splitlines()) == 1
