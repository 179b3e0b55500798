"""Files of each kind, made by hand: a test names only what it is about."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from simulator.calibration.history import read_history

OSLO = ZoneInfo("Europe/Oslo")

RECORD = {
    "ChatSessionId": 1,
    "TopicId": 7,
    "User": {"AssociateId": 5, "FullName": "Ada Lovelace"},
    "CustomerName": "Larch Template",
    "CustomerEmail": "larch@example.com",
    "SessionKey": "synthetic-4695b12ffa13f74a",
    "FirstMessage": "Hello",
    "Status": "Finished",
    "WhenRequested": "2026-03-23T08:00:00+01:00",
    "WhenStarted": "2026-03-23T08:00:30+01:00",
    "WhenEnded": "2026-03-23T08:05:00+01:00",
    "WhenFetched": "2026-03-23T08:05:00+01:00",
    "InitialQueuePos": 1,
}
"""A chat of 30 s in the queue and 270 s of talk."""

NOT_YET = "0001-01-01T00:00:00"

ROW = {
    "PrimaryKey": "1",
    "EntityName": "chat",
    "chatSessionId": 1,
    "whenRequested": "2026-03-23T08:00:00",
    "whenStarted": "2026-03-23T08:00:30",
    "whenEnded": "2026-03-23T08:05:00",
    "duration": "[TS:270]",
    "timeInQueue": "[TS:30]",
    "queueLength": 1,
    "agent": "Ada Lovelace",
    "status": "Finished",
    "chatTopic/chatTopicId": 7,
    "chatTopic/name": "Sales",
}

HEADING = "Chat ID;Chat requested;Chat started;Chat ended;Agent;Status"
LINE = "1;23.03.2026 08:00:00;23.03.2026 08:00:30;23.03.2026 08:05:00;Ada Lovelace;Finished"


def read(path, **how):
    """The history, with the clocks of Oslo."""
    return read_history(path, **({"zone": OSLO} | how))


def records(folder, *changes, name="chats.jsonl", **how):
    """The history of records with these changes, numbered from 1."""
    lines = [
        json.dumps(RECORD | {"ChatSessionId": number} | change)
        for number, change in enumerate(changes, 1)
    ]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read(path, **how)


def archive(folder, *changes, name="page.json", **how):
    """The history of a page of the archive with these changes."""
    rows = [
        ROW | {"PrimaryKey": str(number), "chatSessionId": number} | change
        for number, change in enumerate(changes, 1)
    ]
    path = folder / name
    path.write_text(page(rows), encoding="utf-8")
    return read(path, **how)


def page(rows):
    return json.dumps({"odata.metadata": "x", "odata.nextLink": None, "value": rows})


def sheet(folder, *lines, heading=HEADING, name="chats.csv", encoding="utf-8", **how):
    """The history of a table."""
    path = folder / name
    path.write_bytes("\n".join([heading, *lines, ""]).encode(encoding))
    return read(path, **how)


def row(history, number=0):
    return history.sessions.iloc[number].to_dict()


def listed(history):
    """(row, column, value, reason) of what was not taken as it stands."""
    return list(history.problems.listed.drop(columns="file").itertuples(index=False, name=None))
