"""A small desk, and records of its days: as it is, busier, short of staff, cut off."""

from __future__ import annotations

import json
from datetime import date, timedelta

from simulator import scenario, study
from simulator.sessions import entities, open_run

DAY = date(2026, 3, 11)
TODAY = DAY + timedelta(days=1)

DESK = """
name: small desk
timezone: Europe/Oslo
start: 2026-03-02T00:00
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["09:00-17:00"]}
    arrivals: {rate_per_hour: 9}
    work: {exponential: {mean: 8m}}
    patience: {exponential: {mean: 5m}}
    reaction: {exponential: {mean: 20s}}
  - id: 2
    name: Support
    opening_hours: {mon-fri: ["09:00-17:00"]}
    arrivals: {rate_per_hour: 3}
    work: {exponential: {mean: 9m}}
    patience: {exponential: {mean: 6m}}
agents:
  - group: Helpers
    count: 3
    hours: {mon-fri: ["09:00-17:00"]}
    topics: [Sales, Support]
    cap: 2
    output: [1, 1.5]
"""


def written(folder, text=DESK, name="desk"):
    """The scenario's file."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def short_of_staff(text=DESK):
    """The desk with two agents less than it has."""
    return text.replace("count: 3", "count: 1")


def busier(text=DESK):
    """The desk with twice as many customers."""
    return text.replace("rate_per_hour: 9", "rate_per_hour: 18").replace(
        "rate_per_hour: 3", "rate_per_hour: 6"
    )


def records(folder, *parts, seed=3):
    """A file of records per part: (first date, days, what the desk was like)."""
    target = folder / "records"
    target.mkdir(exist_ok=True)
    for number, (first, days, text) in enumerate(parts):
        desk = written(folder, text, f"real-{number}")
        span = f"extends: {json.dumps(desk.name)}\nstart: {first}T00:00\ndays: {days}\n"
        world = scenario.loads(span, folder=folder)
        run = open_run(
            study.simulate(
                world, replications=1, seed=seed + number, out=folder / f"run-{number}",
                overwrite=True,
            )
        )  # fmt: skip
        lines = [_renumbered(line, number) for line in entities.records(run.sessions, world, 1)]
        (target / f"chats-{number}.jsonl").write_bytes(b"".join(lines))
    return target


def _renumbered(blob, number):
    """Ids of their own for every part, as one tenant would have given them."""
    rows = [json.loads(line) for line in blob.splitlines() if line.strip()]
    for row in rows:
        row["ChatSessionId"] += number * 1_000_000
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def days_and_day(folder, text=DESK, *, before=DESK, days=7, seed=3):
    """A week of one desk, or some other days, then the day of another."""
    first = DAY - timedelta(days=days)
    return records(folder, (first, days, before), (DAY, 1, text), seed=seed)


def cut(file, keep):
    """The file with the rows that ``keep`` wants, by their instant as text."""
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    kept = [row for row in rows if keep(row["WhenRequested"])]
    file.write_text("".join(json.dumps(row) + "\n" for row in kept))
    return file


def changed(file, **values):
    """The file with these values in every row."""
    rows = [json.loads(line) | values for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file
