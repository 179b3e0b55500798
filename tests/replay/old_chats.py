"""An archive of chats behind a small server: as much of one as a pull needs, written apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from tests.replay.stub import Reply

CONTEXT = "Cust1"
LANE = {"env": "PICKUP_HISTORY"}
TOKEN = "Bearer token-history"
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
ENUM = {7: "Finished", 11: "ClosedFromQueue", 4: "InQueue"}


@dataclass
class Chat:
    """One session; times in seconds since BEGIN."""

    key: int
    requested: float
    started: float | None = None
    ended: float | None = None
    status: int = 7
    agent: int | None = None
    topic: int = 115

    def row(self, labels):
        return {
            "PrimaryKey": str(self.key),
            "EntityName": "chat",
            "chatSessionId": self.key,
            "whenRequested": clock(self.requested),
            "whenStarted": clock(self.started),
            "whenEnded": clock(self.ended),
            "duration": None if None in (self.started, self.ended) else self.ended - self.started,
            "timeInQueue": (self.started or self.ended or self.requested) - self.requested,
            "queueLength": 1,
            "status": labels[self.status],
            "associateId": self.agent,
            "chatTopic/chatTopicId": self.topic,
            "chatTopic/name": f"Topic no. {self.topic}",
            "firstMessage": "my secret wish",
            "agent": "Ada Example",
            "person/email": "kim@example.com",
        }


def clock(seconds):
    if seconds is None:
        return "0001-01-01T00:00:00Z"
    return (BEGIN + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def some_chats(count=25, every_s=60.0):
    """Two of three are served by two agents; the third gives up."""
    chats = []
    for key in range(1, count + 1):
        at = key * every_s
        if key % 3:
            chats.append(Chat(key, at, at + 30, at + 330, 7, agent=key % 2 + 5))
        else:
            chats.append(Chat(key, at, None, at + 90, 11))
    return chats


@dataclass
class OldChats:
    """The script of a stub: answers the list by its options, unless ``instead`` has a Reply."""

    chats: list[Chat]
    labels: dict[int, str] = field(
        default_factory=lambda: {number: f"[SR_STATUS_{number}]" for number in ENUM}
    )
    largest_page: int = 1000
    instead: object = None
    seen: list[dict] = field(default_factory=list)
    """The options of each request for the list."""

    def __call__(self, got, stub) -> Reply:
        parts = urlsplit(got.path)
        if parts.path == f"/api/state/{CONTEXT}":
            return Reply(body={"ContextIdentifier": CONTEXT, "State": "Running", "Endpoint": ""})
        path = parts.path.partition("/api/v1/")[2]
        if self.instead and (reply := self.instead(path, len(self.seen), stub)):
            return reply
        if path == "User/currentPrincipal":
            return Reply(body={"AssociateId": 1, "Associate": "hist"})
        if path == "MDOList/chatsessionstatus":
            return Reply(body=self.statuses())
        assert path == "ChatSession", path
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.seen.append(options)
        return Reply(body=self.page(options, stub))

    def statuses(self):
        return [
            {"Id": number, "Name": label, "ExtraInfo": ENUM[number]}
            for number, label in self.labels.items()
        ]

    def page(self, options, stub):
        test = options["$filter"]
        found = [chat for chat in self.chats if self.passes(chat, test)]
        size = min(int(options["$top"]), self.largest_page)
        assert options["$orderBy"] == "chatSessionId"
        link = f"{stub.url}/{CONTEXT}/api/v1/ChatSession?$skip={size}"
        return {
            "odata.metadata": "",
            "odata.nextLink": link if len(found) > size else None,
            "value": [chat.row(self.labels) for chat in found[:size]],
        }

    def passes(self, chat, test):
        (after,) = re.findall(r"chatSessionId gt (\d+)", test)
        topics = re.findall(r"chatTopicId eq (\d+)", test)
        at = clock(chat.requested)[:19]
        since = re.findall(r"afterTime '(\S+)'", test)
        until = re.findall(r"beforeTime '(\S+)'", test)
        return (
            chat.key > int(after)
            and (not topics or str(chat.topic) in topics)
            and all(at > each for each in since)
            and all(at < each for each in until)
        )
