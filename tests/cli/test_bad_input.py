"""What cannot be simulated, reported or exported: exit 2, place and remedy, nothing touched."""

from __future__ import annotations

import shutil
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from simulator.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Pickup = Callable[..., tuple[int, str, str]]
    """Takes the arguments; gives exit code, stdout and stderr."""

DESK = """\
name: kiosk
timezone: Europe/Oslo
start: 2026-03-28
days: 2
topics:
  - id: 1
    name: Sales
    opening_hours: {daily: ["08:00-10:00"]}
    arrivals: {forecast: forecast.csv}
    work: {exponential: {mean: 8m}}
agents:
  - group: Desk
    roster: roster.csv
    topics: [Sales]
    cap: 2
    output: [1, 1.7]
"""
"""A Saturday and the Sunday on which the clocks go forward at 02:00."""

FORECAST = """\
weekday,start,end,Sales
sat-sun,08:00,09:00,3
sat-sun,09:00,10:00,3
"""

ROSTER = """\
agent,weekday,start,end
Ada,sat-sun,08:00,10:00
Bo,sat-sun,08:00,10:00
"""

FILES = {"desk.yaml": DESK, "forecast.csv": FORECAST, "roster.csv": ROSTER}


@pytest.fixture
def pickup(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Pickup]:
    """``pickup("simulate", ...)`` as the shell runs it, within this process."""
    before = signal.getsignal(signal.SIGTERM)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pickup", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    yield call
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a good scenario and its tables."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listing(folder: Path) -> dict[str, int]:
    """Everything below the folder, with its size."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size if path.is_file() else -1
        for path in folder.rglob("*")
    }


def test_the_desk_without_a_mistake_is_simulated(folder: Path, pickup: Pickup):
    assert pickup("simulate", "desk.yaml", *ONCE) == (0, "run\n", "")
    assert (folder / "run" / "sessions.parquet").is_file()


ONCE = ("--replications", "1", "--jobs", "1", "--out", "run")

# story, file, what stands in it, what is put in its place, what is told: rule, remedy, place
WRONG = [
    (
        "negative mean",
        "desk.yaml",
        "mean: 8m",
        "mean: -3s",
        ("mean is -3s; give a duration above 0, such as 7m30s", "desk.yaml:10"),
    ),
    (
        "unknown topic",
        "desk.yaml",
        "topics: [Sales]",
        "topics: [Slaes]",
        ("'Slaes', an unknown topic; did you mean 'Sales'?", "desk.yaml:14"),
    ),
    (
        "shift ending before it starts",
        "roster.csv",
        "Bo,sat-sun,08:00,10:00",
        "Bo,sat-sun,18:00,10:00",
        ("give a later end, or 10:00+1 if it is on the next day", "roster.csv:3, column end"),
    ),
    (
        "overlapping shifts",
        "roster.csv",
        "Bo,sat-sun,08:00,10:00",
        "Ada,sun,09:00,11:00",
        ("09:00-11:00 of Ada overlaps the shift 08:00-10:00 in line 2; shorten", "roster.csv:3"),
    ),
    (
        "shift edge in a DST gap",
        "roster.csv",
        "Bo,sat-sun,08:00,10:00",
        "Bo,sat-sun,02:30,10:00",
        (
            "02:30 does not exist on 2026-03-29 in Europe/Oslo, where the clocks go forward",
            "the nearest valid times are 01:59 and 03:00",
            "roster.csv:3, column start",
        ),
    ),
    (
        "empty forecast",
        "forecast.csv",
        FORECAST,
        "weekday,start,end,Sales\n",
        ("forecast.csv is empty; give it at least one row", "forecast.csv:1"),
    ),
    (
        "missing interval",
        "forecast.csv",
        "sat-sun,09:00,10:00,3\n",
        "sun,09:00,10:00,3\n",
        (
            "no number for topic 'Sales' on sat from 09:00 to 10:00, while the topic is open",
            "add the interval",
            "forecast.csv:2",
        ),
    ),
    (
        "NaN",
        "forecast.csv",
        "09:00,10:00,3",
        "09:00,10:00,NaN",
        ("Sales is NaN, which is no number; give 0 or more", "forecast.csv:3, column Sales"),
    ),
    (
        "output shorter than the cap",
        "desk.yaml",
        "cap: 2",
        "cap: 3",
        ("length 2 with a cap of 3; give one number for each of 1..3", "desk.yaml:16"),
    ),
    (
        "unknown time zone",
        "desk.yaml",
        "Europe/Oslo",
        "Europe/Olso",
        ("'Europe/Olso', which is no time zone", "did you mean 'Europe/Oslo'?", "desk.yaml:2"),
    ),
]


@pytest.mark.parametrize(
    ("story", "name", "good", "bad", "told"), WRONG, ids=[row[0] for row in WRONG]
)
def test_a_desk_that_cannot_be_is_told_and_nothing_is_made(
    folder: Path, pickup: Pickup, story: str, name: str, good: str, bad: str, told: tuple[str, ...]
):
    assert good in FILES[name], story
    (folder / name).write_text(FILES[name].replace(good, bad), encoding="utf-8")
    before = listing(folder)
    code, out, err = pickup("simulate", "desk.yaml", *ONCE)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert [part for part in told if part not in err] == []
    assert listing(folder) == before


@pytest.fixture(scope="module")
def made_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the good scenario, made once; tests take a copy."""
    from simulator.scenario import load
    from simulator.study import simulate

    folder = tmp_path_factory.mktemp("made")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return simulate(load(folder / "desk.yaml"), replications=1, jobs=1, out=folder / "run")


def cut_short(run: Path) -> None:
    table = run / "sessions.parquet"
    table.write_bytes(table.read_bytes()[:-100])


def leave_alone(_run: Path) -> None:
    """The command line alone is wrong."""


DAMAGED = ("run/sessions.parquet", "sessions.parquet is damaged", "it was truncated", "--overwrite")

# story, what becomes of the run, arguments, what is told
WRONG_RUN = [
    ("truncated Parquet in a report", cut_short, ("report", "run"), DAMAGED),
    ("truncated Parquet in an export", cut_short, ("export", "run"), DAMAGED),
    (
        "unknown notebook parameter",
        leave_alone,
        ("report", "run", "-p", "replicaton=3"),
        ("no parameter 'replicaton'", "did you mean 'replication'?"),
    ),
    (
        "another run in the folder",
        leave_alone,
        ("simulate", "desk.yaml", *ONCE, "--seed", "2"),
        ("run already holds another run", "--overwrite"),
    ),
]


@pytest.mark.parametrize(
    ("story", "spoil", "arguments", "told"), WRONG_RUN, ids=[row[0] for row in WRONG_RUN]
)
def test_a_run_that_cannot_be_used_is_told_and_left_alone(
    folder: Path,
    pickup: Pickup,
    made_run: Path,
    story: str,
    spoil: Callable[[Path], None],
    arguments: tuple[str, ...],
    told: tuple[str, ...],
):
    shutil.copytree(made_run, folder / "run")
    spoil(folder / "run")
    before = listing(folder)
    code, out, err = pickup(*arguments)
    assert (code, out) == (2, ""), story
    assert err.startswith("Error: ")
    assert [part for part in told if part not in err] == []
    assert listing(folder) == before
