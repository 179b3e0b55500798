"""Days and names as they really come: nothing, one chat, fifty topics, markup in a name."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import scenario, study
from simulator.calibration.daily import recorded_day
from simulator.reports import OF_RECORDS, make_reports, plan_notebooks
from simulator.sessions import entities, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.reports import Report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
DAY = date(2026, 3, 3)
NAMES = [
    "<script>document.title = 'run'</script>",
    "\"'><img src=x onerror=\"document.title = 'run'\">",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645",
    "smile \U0001f600 \u202ereversed",
    "A very long name " * 6,
    "$x_1$ \\alpha & 100 %",
]
HELD = {
    "an empty day": (["Sales"], 0.0001, 1),
    "one session": (["Sales"], 0.12, 1),
    "fifty topics": ([f"Topic number {number}" for number in range(50)], 0.5, 1),
    "hostile names": (NAMES, 4, 1),
    "400 days": (["Sales"], 1, 400),
}
"""Topics, customers an hour of each, days."""


def desk(name: str, topics: Sequence[str], rate: float, days: int) -> str:
    hours = '{mon-sun: ["09:00-17:00"]}'
    told = "".join(
        f"  - id: {number}\n    name: {json.dumps(topic, ensure_ascii=False)}\n"
        f"    opening_hours: {hours}\n    arrivals: {{rate_per_hour: {rate}}}\n"
        "    work: {exponential: {mean: 8m}}\n    patience: {exponential: {mean: 5m}}\n"
        for number, topic in enumerate(topics, start=1)
    )
    return (
        f"name: {name}\ntimezone: Europe/Oslo\nstart: 2026-03-03T00:00\ndays: {days}\n"
        f"topics:\n{told}agents:\n  - group: <i>Helpers</i>\n    count: 3\n    hours: {hours}\n"
        f"    topics: {json.dumps(list(topics), ensure_ascii=False)}\n"
        "    cap: 2\n    output: [1, 1.5]\n"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Report]:
    """The service report of each desk; made once."""
    runs = [
        open_run(
            study.simulate(
                scenario.loads(desk(name, topics, rate, days)),
                replications=1,
                seed=5,
                out=folder / name,
            )
        )
        for name, (topics, rate, days) in HELD.items()
    ]
    made = make_reports(runs, plan_notebooks(["service_report"], {}), out=folder / "reports")
    return dict(zip(HELD, made, strict=True))


@pytest.mark.parametrize("width", [1400, 360])
@pytest.mark.parametrize("name", HELD)
def test_a_service_report_is_clear_all_the_same(
    pages: dict[str, Report], opened: Callable[..., Any], name: str, width: int
) -> None:
    report = pages[name]
    assert report.manifest.failure is None
    tab = opened(report.page, width=width)
    assert tab.complaints() == []
    assert tab.run("document.title") == report.manifest.title
    assert "\n".join(tab.run(FAULTS)) == ""


@pytest.fixture(scope="module")
def days(folder: Path) -> dict[str, Report]:
    """Daily reports of records that are hostile, one, none, lost, and of a day to come."""
    path = folder / "desk.yaml"
    path.write_text(desk("hostile records", NAMES, 4, 1), encoding="utf-8")
    world = scenario.load(path)
    run = open_run(study.simulate(world, replications=1, seed=6, out=folder / "recorded"))
    lines = []
    for line in entities.records(run.sessions, world, 6):
        told = json.loads(line)
        told |= {"FirstMessage": f"{NAMES[0]}\x00\x1b[31m", "CustomerName": NAMES[1]}
        lines.append(json.dumps(told).encode() + b"\n")
    files = {"hostile": lines, "one": lines[:1], "none": []}
    for name, content in files.items():
        (folder / f"{name}.jsonl").write_bytes(b"".join(content))
    later = date(2026, 3, 9)
    asked = {
        "hostile": (["hostile.jsonl"], "2026-03-03", later),
        "one": (["one.jsonl"], "2026-03-03", later),
        "none": (["none.jsonl"], "2026-03-03", later),
        "late": (["hostile.jsonl"], "2026-03-07", later),
        "lost": (["nowhere.jsonl"], "2026-03-03", later),
        "future": (["hostile.jsonl"], "2099-03-20", later),
    }
    found = [
        recorded_day(path, [folder / file for file in names], day=day, today=today)
        for names, day, today in asked.values()
    ]
    plans = plan_notebooks(
        ["daily_report"], {"replications": 50, "outlook_days": 1}, told_by=OF_RECORDS
    )
    made = make_reports(found, plans, out=folder / "days")
    return dict(zip(asked, made, strict=True))


@pytest.mark.parametrize("width", [1400, 360])
@pytest.mark.parametrize("name", ["hostile", "one", "none", "late", "lost", "future"])
def test_a_daily_report_says_plainly_what_there_is(
    days: dict[str, Report], opened: Callable[..., Any], name: str, width: int
) -> None:
    report = days[name]
    assert report.manifest.failure is None
    tab = opened(report.page, width=width)
    assert tab.complaints() == []
    assert tab.run("document.title") == report.manifest.title
    assert "\n".join(tab.run(FAULTS)) == ""
    words = tab.run("document.querySelector('main').innerText")
    expected = {
        "one": "1 chat",
        "none": "No records could be read",
        "late": "are not there yet",
        "lost": "No records could be read",
        "future": "has not been yet",
    }
    assert expected.get(name, "asked for an agent") in words
