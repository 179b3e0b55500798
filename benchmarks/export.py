"""Records per CPU-second of the export, beside the obvious way, in one run.

Run: ``python benchmarks/export.py [--rows 200000] [--rounds 5]``. The obvious way builds a
dictionary per session and writes it with ``json.dumps``; it writes fewer carriers than the export
does (no Person, Contact or Ticket), so it has the lighter task. Both write to memory that is
thrown away.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from simulator.desk.codes import OUTCOMES
from simulator.scenario.world import Agent, Group, Scenario
from simulator.sessions.columns import sessions_schema
from simulator.sessions.entities import records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZONE = ZoneInfo("Europe/Oslo")
START_US = int(datetime(2026, 3, 23, tzinfo=UTC).timestamp()) * 1_000_000
STATUSES = (
    *("InQueue", "Finished", "ClosedFromQueue", "Finished"),
    *("OfflineForm", "RequestPosted", "RequestPosted", "Closed"),
)


def desk(agents: int = 20) -> Scenario:
    people = tuple(Agent(number, f"Agent {number}", 0, ()) for number in range(1, agents + 1))
    return Scenario(
        name="benchmark",
        about="",
        timezone=ZONE,
        start=datetime(2026, 3, 23, tzinfo=ZONE),
        horizon_us=7 * 86_400_000_000,
        dates=(),
        study="terminating",
        warm_up_us=None,
        topics=(),
        groups=(Group("Desk", 0, agents, (), 3, ("1", "1.7", "2.2")),),
        agents=people,
    )


def sessions(rows: int) -> pa.Table:
    """A week's sessions: eight in ten served, the others of every other outcome."""
    rng = np.random.default_rng(1)
    outcome = np.where(rng.random(rows) < 0.8, 1, rng.integers(0, 8, rows))
    picked = np.isin(outcome, (1, 3))
    requested = START_US + np.sort(rng.integers(0, 7 * 86_400_000_000, rows))
    wait = rng.integers(0, 300_000_000, rows)
    ended = requested + wait + rng.integers(0, 900_000_000, rows)
    instant = pa.timestamp("us", tz=ZONE.key)
    given = {
        "replication": np.ones(rows, np.int32),
        "chat_session_id": np.arange(1, rows + 1),
        "customer_id": np.arange(1, rows + 1),
        "attempt": np.ones(rows, np.int32),
        "topic_id": rng.integers(1, 3, rows),
        "requested_at": pa.array(requested).view(instant),
        "picked_up_at": pa.array(requested + wait, mask=~picked).view(instant),
        "ended_at": pa.array(ended, mask=outcome == 0).view(instant),
        "wait_s": wait / 1e6,
        "initial_queue_pos": rng.integers(1, 9, rows),
        "rank": pa.array(rng.integers(1, 4, rows), mask=~picked),
        "agent_id": pa.array(rng.integers(1, 21, rows), mask=~picked),
        "status": pa.DictionaryArray.from_arrays(outcome, STATUSES),
        "outcome": pa.DictionaryArray.from_arrays(outcome, OUTCOMES),
        "alert_level": rng.integers(0, 3, rows),
    }
    columns = [
        pa.array(given[field.name]).cast(field.type)
        if field.name in given
        else pa.nulls(rows, field.type)
        for field in sessions_schema(ZONE.key)
    ]
    return pa.table(columns, names=sessions_schema(ZONE.key).names)


def obvious(table: pa.Table, scenario: Scenario) -> Iterator[bytes]:
    names = {agent.id: agent.name for agent in scenario.agents}
    never = "0001-01-01T00:00:00"
    for batch in table.to_batches(max_chunksize=2048):
        for row in batch.to_pylist():
            started, ended = row["picked_up_at"], row["ended_at"]
            record = {
                "ChatSessionId": row["chat_session_id"],
                "TopicId": row["topic_id"],
                "User": row["agent_id"]
                and {
                    "AssociateId": row["agent_id"],
                    "Name": f"A{row['agent_id']}",
                    "PersonId": row["agent_id"],
                    "Rank": row["agent_id"],
                    "Tooltip": "",
                    "Type": "InternalAssociate",
                    "GroupIdx": 1,
                    "FullName": names[row["agent_id"]],
                    "FormalName": names[row["agent_id"]],
                    "Deleted": False,
                    "EjUserId": row["agent_id"],
                    "UserName": f"a{row['agent_id']}@example.com",
                    "TableRight": None,
                    "FieldProperties": {},
                },
                "Person": None,
                "CustomerAlias": "Ash",
                "CustomerHost": "192.0.2.1",
                "CustomerName": f"Ash Example {row['customer_id']}",
                "CustomerEmail": f"ash.example.{row['customer_id']}@example.com",
                "CustomerPhone": "202-555-0100",
                "CustomerConsented": True,
                "CustomerCompanyName": "",
                "Status": row["status"],
                "FirstMessage": "Hello, I have a question about my last invoice.",
                "LastMessage": "Thank you, that solved it!",
                "WhenRequested": row["requested_at"].isoformat(),
                "WhenStarted": started.isoformat() if started else never,
                "WhenEnded": ended.isoformat() if ended else never,
                "WhenIdle": (ended or row["requested_at"]).isoformat(),
                "WhenFetched": (ended or row["requested_at"]).isoformat(),
                "SessionKey": f"synthetic-{row['chat_session_id']:016x}",
                "InitialQueuePos": row["initial_queue_pos"] or 0,
                "AlertLevel": row["alert_level"],
                "Rank": row["rank"] or 0,
                "Flags": "CustomerIsTyping",
                "Contact": None,
                "Project": None,
                "Sale": None,
                "Ticket": None,
                "TransferTo": None,
                "ChatbotIsActive": False,
                "Rating": 0,
                "TableRight": None,
                "FieldProperties": {},
            }
            yield json.dumps(record, ensure_ascii=False).encode() + b"\n"


def rate(lines: Callable[[], Iterator[bytes]], rows: int) -> tuple[float, float]:
    """Records per CPU-second, and bytes a record."""
    began = time.process_time()
    written = sum(map(len, lines()))
    return rows / (time.process_time() - began), written / rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    scenario, table = desk(), sessions(asked.rows)
    few = table.slice(0, asked.rows // 10)
    ways = {
        "export": (lambda: records(table, scenario, 1), table.num_rows),
        "a dict per row, json.dumps": (lambda: obvious(few, scenario), few.num_rows),
    }
    found = {name: [rate(*way) for _ in range(asked.rounds)] for name, way in ways.items()}
    median = {name: statistics.median(each for each, _ in rates) for name, rates in found.items()}
    slowest = min(median.values())
    for name, rates in found.items():
        print(
            f"{name:<28}{median[name]:>10,.0f} records per CPU-second"
            f"{median[name] / slowest:>7.1f} x{rates[0][1]:>9,.0f} bytes a record"
        )


if __name__ == "__main__":
    main()
