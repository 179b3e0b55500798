"""How fast a history is read, and in how much memory.

    python benchmarks/history.py [--megabytes 500] [--only jsonl|csv|json|archive]

Writes a synthetic file of that size for each form to a temporary folder, reads it in a fresh
process and prints rows per CPU-second and the peak of resident memory. ``jsonl`` and
``json`` are the tenant's whole records, ``archive`` pages of its archive, and ``csv`` a narrow
spreadsheet: the most rows that so many bytes can hold.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parents[1]
CHUNK = 20_000
FORMS = {
    "jsonl": "records.jsonl",
    "json": "records.json",
    "archive": "archive.json",
    "csv": "x.csv",
}
HEADING = "Chat ID;Chat requested;Chat started;Chat ended;Agent;Status;Chat channel;Queue length\n"
PEOPLE = [f"Agent {number:03d}" for number in range(40)]


def chats(first: int) -> tuple[list[str], ...]:
    """Times (local, without offset) of the next chats, one every ten seconds on average."""
    rng = np.random.default_rng(first)
    start = np.datetime64("2024-01-01T00:00:00") + (first + np.arange(CHUNK)) * 10
    picked_up = start + rng.integers(0, 300, CHUNK)
    ended = picked_up + rng.integers(10, 900, CHUNK)
    return tuple(np.datetime_as_string(each).tolist() for each in (start, picked_up, ended))


def whole_record() -> str:
    """One of the tenant's records, with %s for the id, the agent's id twice, and three dates."""
    sys.path.insert(0, str(HOME))
    from simulator.sessions.entities import records
    from tests.entity.made import SERVED, desk, sessions

    [line] = list(records(sessions(SERVED), desk(), 1))
    record = json.loads(line)
    record |= {"ChatSessionId": 0, "WhenRequested": "@1", "WhenStarted": "@2", "WhenEnded": "@3"}
    record |= {"WhenIdle": "@3", "WhenFetched": "@3"}
    record["User"] |= {"AssociateId": 0, "EjUserId": 0}
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.replace('"ChatSessionId":0', '"ChatSessionId":@0').replace('Id":0', 'Id":@4')


def rows_of(form: str) -> Iterator[list[str]]:
    record = whole_record() if form in ("jsonl", "json") else ""
    first = 1
    while True:
        times = zip(*chats(first), strict=True)
        yield [row(form, record, number, *each) for number, each in enumerate(times, first)]
        first += CHUNK


def row(form: str, record: str, number: int, asked: str, began: str, ended: str) -> str:
    who = number % len(PEOPLE)
    if form == "csv":
        dates = ";".join(f"{t[8:10]}.{t[5:7]}.{t[:4]} {t[11:]}" for t in (asked, began, ended))
        return f"{number};{dates};{PEOPLE[who]};Finished;Sales;1"
    if form == "archive":
        page = {
            "PrimaryKey": str(number),
            "EntityName": "chat",
            "chatSessionId": number,
            "whenRequested": asked,
            "whenStarted": began,
            "whenEnded": ended,
            "agent": PEOPLE[who],
            "status": "Finished",
            "firstMessage": 'Hello, "I have" a question about [my] last {invoice}.',
            "chatTopic/name": "Sales",
        }
        return json.dumps(page)
    parts = {"@0": number, "@1": f"{asked}.1234567+01:00", "@2": f"{began}.1234567+01:00"}
    parts |= {"@3": f"{ended}.1234567+01:00", "@4": who + 1}
    for mark, value in parts.items():
        record = record.replace(mark, str(value))
    return record


BEFORE = {
    "csv": HEADING,
    "json": "[\n",
    "archive": '{"odata.metadata":"x","value":[\n',
    "jsonl": "",
}
AFTER = {"csv": "", "json": "\n]\n", "archive": '\n],"odata.nextLink":null}\n', "jsonl": "\n"}


def write(form: str, path: Path, size: int) -> None:
    join = "\n" if form in ("csv", "jsonl") else ",\n"
    before = BEFORE[form]
    with path.open("w", encoding="utf-8") as file:
        for rows in rows_of(form):
            file.write(before + join.join(rows))
            before = join
            if file.tell() >= size:
                break
        file.write(AFTER[form])


def read(path: Path) -> None:
    """In this process: what it takes, as JSON to stdout."""
    from simulator.calibration.history import read_history

    start = time.process_time()
    history = read_history(path, zone=ZoneInfo("Europe/Oslo"))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": len(history.sessions), "s": seconds, "peak_mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--only", choices=list(FORMS))
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        for form in [options.only] if options.only else FORMS:
            path = Path(folder) / FORMS[form]
            write(form, path, options.megabytes * 1_000_000)
            command = [sys.executable, __file__, "--read", str(path)]
            told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HOME)
            found = json.loads(told.stdout)
            print(
                f"{form:8} {path.stat().st_size / 1e6:6.0f} MB  {found['rows']:>10,} rows  "
                f"{found['s']:6.1f} s  {found['rows'] / found['s']:>10,.0f} rows/s  "
                f"peak {found['peak_mb']:6,.0f} MB  (Arrow {pa.__version__})"
            )
            path.unlink()


if __name__ == "__main__":
    main()
