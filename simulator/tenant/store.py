"""The tenant's memory: one SQLite file, in which every change is a transaction of its own.

The connection is used from one thread, the server's. A pickup is read and written between BEGIN
IMMEDIATE and COMMIT, so two processes on one file cannot take the same session either. The file
is in WAL mode: what was committed survives the end of the process, however it ends.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Self

from simulator.entity import (
    AssociateType,
    ChatMessageSpecialType,
    ChatMessageType,
    ChatSessionStatus,
)
from simulator.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from simulator.tenant.people import Staffing, UserOf
    from simulator.tenant.settings import Settings

__all__ = ["ACTIVE", "ENDED", "Store"]

Row = dict[str, Any]

QUEUED: Final = ChatSessionStatus.InQueue
FINISHED: Final = ChatSessionStatus.Finished
ACTIVE: Final = (ChatSessionStatus.CustomerLast, ChatSessionStatus.UserLast)
ENDED: Final = (
    ChatSessionStatus.Finished,
    ChatSessionStatus.Deleted,
    ChatSessionStatus.Closed,
    ChatSessionStatus.RequestPosted,
    ChatSessionStatus.ClosedFromQueue,
)
_SPECIAL: Final = ChatMessageSpecialType

_SCHEMA: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '',
    badge_header TEXT NOT NULL DEFAULT '', welcome_message TEXT NOT NULL DEFAULT '',
    last_accept INTEGER, accepted INTEGER NOT NULL DEFAULT 0,
    accept_s REAL NOT NULL DEFAULT 0, opening_hours_enabled INTEGER NOT NULL DEFAULT 0,
    is_open INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE users (
    associate_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, full_name TEXT NOT NULL,
    user_name TEXT NOT NULL, person_id INTEGER NOT NULL, ej_user_id INTEGER NOT NULL,
    type TEXT NOT NULL, present INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE rights (
    topic_id INTEGER NOT NULL, associate_id INTEGER NOT NULL,
    can_respond INTEGER NOT NULL, can_notify INTEGER NOT NULL,
    can_listen INTEGER NOT NULL, can_manage INTEGER NOT NULL,
    PRIMARY KEY (associate_id, topic_id)
) WITHOUT ROWID;
CREATE TABLE secrets (
    associate_id INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL UNIQUE,
    expires_us INTEGER, PRIMARY KEY (value)
) WITHOUT ROWID;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic_id INTEGER NOT NULL, user_id INTEGER,
    transfer_to_id INTEGER, customer_alias TEXT, customer_host TEXT, customer_name TEXT,
    customer_email TEXT, customer_phone TEXT, customer_consented INTEGER NOT NULL DEFAULT 0,
    customer_company_name TEXT, status INTEGER NOT NULL, first_message TEXT, last_message TEXT,
    when_requested INTEGER, when_started INTEGER, when_ended INTEGER, when_idle INTEGER,
    when_fetched INTEGER, session_key TEXT, initial_queue_pos INTEGER NOT NULL DEFAULT 0,
    alert_level INTEGER NOT NULL DEFAULT 0, rank INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0, chatbot_is_active INTEGER NOT NULL DEFAULT 0,
    rating INTEGER NOT NULL DEFAULT 0, person TEXT, contact TEXT, project TEXT, sale TEXT,
    ticket TEXT, resets INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX queue ON sessions (status, topic_id, id);
CREATE INDEX handling ON sessions (user_id, rank) WHERE status IN (5, 6);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id INTEGER NOT NULL, type INTEGER NOT NULL,
    message TEXT NOT NULL, author TEXT NOT NULL, read_by_customer INTEGER NOT NULL DEFAULT 0,
    special_type INTEGER NOT NULL, special_param TEXT NOT NULL DEFAULT '',
    when_posted INTEGER NOT NULL
);
CREATE INDEX said ON messages (session_id, id);
CREATE TABLE pickups (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session_id INTEGER NOT NULL,
    associate_id INTEGER NOT NULL, at_us INTEGER NOT NULL, request INTEGER NOT NULL,
    resets INTEGER NOT NULL
);
"""
"""``pickups`` is the ground truth for tests: what was really picked up, by whom."""

_CARRIED: Final = ("person", "contact", "project", "sale", "ticket")
_FIRST_PERSON: Final = 5000
_FIRST_EJ_USER: Final = 700


def now_us() -> int:
    """This instant, in microseconds since 1970."""
    return time.time_ns() // 1000


class Store:
    """An open tenant; close it, or use it in a ``with``."""

    def __init__(self, path: Path | str, staffing: Staffing) -> None:
        """Open the file, or make it for that staffing; ``:memory:`` lasts as long as the process.

        Raises:
            DataError: the file is no tenant, or is damaged.
        """
        self._db = _connection(path)
        self._version = 0
        self._packed: dict[int, int] = {}
        """Whose active sessions have the ranks 1 to n, and n: so the next one is known."""
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            with self._change():  # so that of two processes one makes the file
                if not self._count("SELECT count(*) FROM sqlite_master"):
                    self._make(staffing)
            self.context: str = self._fact("context")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise _no_tenant(path, error) from error
        self.users: dict[int, Row] = {
            row["associate_id"]: dict(row) for row in self._db.execute("SELECT * FROM users")
        }
        self._responds = self._topics_by_user("can_respond")
        self._sees = self._topics_by_user("can_respond OR can_notify OR can_listen OR can_manage")
        self._welcomes = {
            row["id"]: row["welcome_message"] for row in self._db.execute("SELECT * FROM topics")
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def is_of(self, staffing: Staffing) -> bool:
        """Whether the file was made for that context, those topics and those users."""
        topics = {row["id"]: row["name"] for row in self.topics()}
        users = {number: user["name"] for number, user in self.users.items()}
        return (self.context, topics, users) == (
            staffing.context,
            {topic.id: topic.name for topic in staffing.topics},
            {user.id: user.name for user in staffing.users},
        )

    # -------------------------------------------------------------------------- the queue

    def pick_up_first(self, caller: int, settings: Settings, *, request: int = 0) -> Row | None:
        """Give the caller the first session of their queue; None if nobody waits."""
        with self._change(frees=False):
            topics = self._welcomes if settings.pickup_scope == "all" else self.responds(caller)
            found = [
                row
                for topic in topics
                if (row := self._first_of(topic, settings.pickup_order)) is not None
            ]
            if not found:
                return None
            number = min(found)[-1]
            self._hand_over(number, caller, settings, request)
        return self.session(number)

    def pick_up(
        self, number: int, caller: int, settings: Settings, *, request: int = 0
    ) -> Row | None:
        """Give the caller one session; None if it does not wait."""
        with self._change(frees=False):
            row = self._db.execute("SELECT status FROM sessions WHERE id = ?", (number,)).fetchone()
            if row is None or row["status"] != QUEUED:
                return None
            self._hand_over(number, caller, settings, request)
        return self.session(number)

    def create(self, topic: int, settings: Settings, **known: Any) -> Row | None:
        """A new session of a topic; None if there is no such topic."""
        if topic not in self._welcomes:
            return None
        with self._change(frees=False):
            number = self._insert(topic, settings, self.pending(topic, settings) + 1, known)
        return self.session(number)

    def seed(self, topic: int, count: int, settings: Settings) -> list[int]:
        """So many new sessions of a topic at once.

        Raises:
            UsageError: there is no such topic.
        """
        if topic not in self._welcomes:
            known = ", ".join(map(str, self._welcomes))
            raise UsageError(f"there is no topic {topic}; give one of {known}")
        with self._change():
            first = self.pending(topic, settings) + 1
            return [
                self._insert(topic, settings, position, {})
                for position in range(first, first + count)
            ]

    def reset(self, number: int) -> Row | None:
        """Put a session back on the queue."""
        with self._change():
            self._db.execute(
                "UPDATE sessions SET status = ?, user_id = NULL, transfer_to_id = NULL, "
                "when_started = NULL, when_ended = NULL, rank = 0, chatbot_is_active = 0, "
                "resets = resets + 1 WHERE id = ?",
                (QUEUED, number),
            )
        return self.session(number)

    def transfer(self, number: int, caller: int, to: int) -> Row | None:
        """Offer the caller's session to somebody; of another's session nothing changes."""
        with self._change():
            self._db.execute(
                "UPDATE sessions SET transfer_to_id = ? WHERE id = ? AND user_id = ? "
                "AND status IN (5, 6)",
                (to, number, caller),
            )
        return self.session(number)

    def accept_transfer(self, number: int, caller: int) -> Row | None:
        """Take over a session that is offered to the caller; otherwise nothing changes."""
        with self._change():
            done = self._db.execute(
                "UPDATE sessions SET user_id = ?, transfer_to_id = NULL, rank = ? "
                "WHERE id = ? AND transfer_to_id = ? AND status IN (5, 6)",
                (caller, self._free_rank(caller), number, caller),
            )
            if done.rowcount:
                self._say(number, _SPECIAL.TransferedSession, "")
        return self.session(number)

    def reject_transfer(self, number: int, caller: int) -> Row | None:
        """Refuse a session that is offered to the caller; otherwise nothing changes."""
        with self._change():
            done = self._db.execute(
                "UPDATE sessions SET transfer_to_id = NULL WHERE id = ? AND transfer_to_id = ?",
                (number, caller),
            )
            if done.rowcount:
                self._say(number, _SPECIAL.TransferRejected, "")
        return self.session(number)

    # -------------------------------------------------------------------------- sessions

    def session(self, number: int) -> Row | None:
        """One session with its people; None if there is none."""
        row = self._db.execute("SELECT * FROM sessions WHERE id = ?", (number,)).fetchone()
        return None if row is None else self._whole(row)

    def save(self, number: int, values: Mapping[str, Any], settings: Settings) -> Row | None:
        """Write columns of a session; a status of an ended one ends it, if settings say so."""
        given = dict(values)
        with self._change():
            row = self._db.execute("SELECT * FROM sessions WHERE id = ?", (number,)).fetchone()
            if row is None:
                return None
            status = given.get("status", row["status"])
            if settings.put_status_ends and status in ENDED and row["when_ended"] is None:
                given["when_ended"] = given["when_idle"] = now_us()
                left = row["status"] not in ACTIVE
                self._say(number, _SPECIAL.ClosedByCustomer if left else _SPECIAL.ClosedByUser, "")
            if status == QUEUED and row["status"] != QUEUED:
                given["resets"] = row["resets"] + 1
            if given:
                columns = ", ".join(f"{name} = ?" for name in given)
                self._db.execute(
                    f"UPDATE sessions SET {columns} WHERE id = ?",  # noqa: S608 - our own names
                    (*given.values(), number),
                )
        return self.session(number)

    def delete(self, number: int) -> bool:
        """Take a session away; whether there was one."""
        with self._change():
            self._db.execute("DELETE FROM messages WHERE session_id = ?", (number,))
            done = self._db.execute("DELETE FROM sessions WHERE id = ?", (number,))
        return bool(done.rowcount)

    def sessions_for(self, caller: int, settings: Settings) -> list[Row]:
        """Sessions of the topics in which the caller has any right, ended ones for some hours."""
        topics = self._sees.get(caller, ())
        since = now_us() - round(settings.recent_hours * 3_600_000_000)
        marks = ", ".join("?" * len(topics))
        rows = self._db.execute(
            f"SELECT * FROM sessions WHERE topic_id IN ({marks}) "  # noqa: S608 - marks alone
            "AND (when_ended IS NULL OR when_ended >= ?) ORDER BY id",
            (*topics, since),
        )
        return [self._whole(row) for row in rows]

    def select(self, text: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT that ``odata`` made."""
        with closing(self._db.cursor()) as cursor:
            cursor.row_factory = None
            return cursor.execute(text, parameters).fetchall()

    def messages(self, number: int, after: int = 0) -> list[Row]:
        """A session's messages, those after one."""
        rows = self._db.execute(
            "SELECT * FROM messages WHERE session_id = ? AND id > ? ORDER BY id", (number, after)
        )
        return [dict(row) for row in rows]

    def add_message(
        self, number: int, message: str, author: str, kind: ChatMessageType
    ) -> Row | None:
        """Say something in a session; whose turn it is changes, if it is an active one.

        A customer who writes after the end has the agent back.
        """
        customer = kind == ChatMessageType.ToUser
        status = ChatSessionStatus.CustomerLast if customer else ChatSessionStatus.UserLast
        with self._change():
            row = self._db.execute(
                "SELECT status, user_id FROM sessions WHERE id = ?", (number,)
            ).fetchone()
            if row is None:
                return None
            if customer and row["status"] == FINISHED and row["user_id"] is not None:
                self._reopen(number, row["user_id"])
            said = self._db.execute(
                "INSERT INTO messages (session_id, type, message, author, special_type, "
                "when_posted) VALUES (?, ?, ?, ?, 0, ?)",
                (number, kind, message, author, now_us()),
            ).lastrowid
            self._db.execute(
                "UPDATE sessions SET last_message = ?, first_message = coalesce(first_message, ?), "
                "when_idle = ?, status = CASE WHEN status IN (5, 6) THEN ? ELSE status END "
                "WHERE id = ?",
                (message, message, now_us(), status, number),
            )
        row = self._db.execute("SELECT * FROM messages WHERE id = ?", (said,)).fetchone()
        return dict(row)

    # -------------------------------------------------------------------------- topics, people

    def topics(self, numbers: Iterable[int] | None = None) -> list[Row]:
        """Topics, all or those."""
        wanted = None if numbers is None else set(numbers)
        rows = self._db.execute("SELECT * FROM topics ORDER BY id")
        return [_topic(row) for row in rows if wanted is None or row["id"] in wanted]

    def responds(self, caller: int) -> tuple[int, ...]:
        """Topics in which the caller may respond."""
        return self._responds.get(caller, ())

    def sees(self, caller: int) -> tuple[int, ...]:
        """Topics in which the caller has any right."""
        return self._sees.get(caller, ())

    def rights(self, topic: int) -> list[Row]:
        """Who may do what in a topic."""
        rows = self._db.execute(
            "SELECT * FROM rights WHERE topic_id = ? ORDER BY associate_id", (topic,)
        )
        return [{**dict(row), "user": self.users[row["associate_id"]]} for row in rows]

    def manages(self, caller: int, topic: int) -> bool:
        """Whether the caller may change a topic."""
        row = self._db.execute(
            "SELECT can_manage FROM rights WHERE associate_id = ? AND topic_id = ?", (caller, topic)
        ).fetchone()
        return bool(row and row["can_manage"])

    def presences(self) -> list[Row]:
        """Who takes part, and in how many sessions."""
        ongoing = {
            row[0]: row[1]
            for row in self._db.execute(
                "SELECT user_id, count(*) FROM sessions WHERE status IN (5, 6) GROUP BY user_id"
            )
        }
        return [
            {
                "user_id": user["ej_user_id"],
                "display_name": user["full_name"],
                "ongoing_chats": ongoing.get(number, 0),
                "present": self.is_present(number),
                "chat_topics": self.sees(number),
            }
            for number, user in self.users.items()
            if user["type"] != AssociateType.SystemAssociate.name
        ]

    def is_present(self, associate: int) -> bool:
        """Whether somebody is there, and not away."""
        row = self._db.execute(
            "SELECT present FROM users WHERE associate_id = ?", (associate,)
        ).fetchone()
        return bool(row[0])

    def set_presence(self, ej_user: int, *, present: bool) -> None:
        """Say that somebody is there, or away."""
        with self._change():
            self._db.execute(
                "UPDATE users SET present = ? WHERE ej_user_id = ?", (present, ej_user)
            )

    def user_named(self, name: str) -> int | None:
        """The associate of a login name or an id."""
        for number, user in self.users.items():
            if name.lower() == user["user_name"].lower() or name == str(number):
                return number
        return None

    # -------------------------------------------------------------------------- secrets

    def secrets(self) -> list[tuple[int, str, str, int | None]]:
        """Everybody's tokens, tickets and passwords: associate, kind, value, end in epoch µs."""
        rows = self._db.execute("SELECT associate_id, kind, value, expires_us FROM secrets")
        return [tuple(row) for row in rows]

    def secret(self, value: str) -> tuple[int, str, int | None] | None:
        """Whose one is, of which kind, and its end in epoch µs; None if nobody has it."""
        row = self._db.execute(
            "SELECT associate_id, kind, expires_us FROM secrets WHERE value = ?", (value,)
        ).fetchone()
        return None if row is None else tuple(row)

    def add_secret(self, associate: int, kind: str, expires_us: int | None) -> str:
        """A new one, made up."""
        value = _made_up(kind, self.context)
        with self._change():
            self._db.execute(
                "INSERT INTO secrets VALUES (?, ?, ?, ?)", (associate, kind, value, expires_us)
            )
        return value

    def end_secrets(self, kinds: Iterable[str]) -> None:
        """End everybody's secrets of those kinds."""
        with self._change():
            self._db.executemany(
                "UPDATE secrets SET expires_us = 0 WHERE kind = ?", [(kind,) for kind in kinds]
            )

    # -------------------------------------------------------------------------- ground truth

    def truth(self) -> dict[str, Any]:
        """What really happened, for tests.

        A double pickup is one of a session that was picked up already and not reset since.
        """
        log = self._db.execute("SELECT session_id, associate_id, at_us, request FROM pickups")
        pickups = [
            dict(zip(("id", "associate_id", "at_us", "request"), row, strict=True)) for row in log
        ]
        by_caller: dict[str, int] = {}
        for each in pickups:
            key = str(each["associate_id"])
            by_caller[key] = by_caller.get(key, 0) + 1
        return {
            "pickups": by_caller,
            "picked_up": len(pickups),
            "double_pickups": len(pickups)
            - self._count("SELECT count(*) FROM (SELECT DISTINCT session_id, resets FROM pickups)"),
            "welcome_messages": self._count("SELECT count(*) FROM messages WHERE special_type = 1"),
            "created": self._count(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'sessions'"
            ),
            "sessions": self._count("SELECT count(*) FROM sessions"),
            "in_queue": self._count("SELECT count(*) FROM sessions WHERE status = 4"),
            "pickup_log": pickups,
        }

    def forget_sessions(self) -> None:
        """Take all sessions away, and what was counted of them."""
        with self._change():
            for table in ("sessions", "messages", "pickups"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            self._db.execute("DELETE FROM sqlite_sequence")

    def pending(self, topic: int, settings: Settings) -> int:
        """Sessions that wait, in the topic or in the whole tenant."""
        if settings.position_scope == "tenant":
            return self._count("SELECT count(*) FROM sessions WHERE status = 4")
        return self._count(
            "SELECT count(*) FROM sessions WHERE status = 4 AND topic_id = ?", (topic,)
        )

    # -------------------------------------------------------------------------- inside

    @contextmanager
    def _change(self, *, frees: bool = True) -> Iterator[None]:
        """One transaction: all of it or nothing; ``frees``: it may free somebody's rank."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            self._packed.clear()
            raise
        self._db.execute("COMMIT")
        if frees:
            self._packed.clear()

    def _first_of(self, topic: int, order: str) -> tuple[int, ...] | None:
        """The first session of a topic's queue, as what it is ordered by and its id."""
        if order == "id":
            row = self._db.execute(
                "SELECT min(id) FROM sessions WHERE status = 4 AND topic_id = ?", (topic,)
            ).fetchone()
            return None if row[0] is None else (row[0],)
        row = self._db.execute(
            "SELECT when_requested, id FROM sessions WHERE status = 4 AND topic_id = ? "
            "ORDER BY when_requested, id LIMIT 1",
            (topic,),
        ).fetchone()
        return None if row is None else tuple(row)

    def _hand_over(self, number: int, caller: int, settings: Settings, request: int) -> None:
        """Make a waiting session the caller's, and welcome the customer."""
        now = now_us()
        self._db.execute(
            "UPDATE sessions SET user_id = ?, status = ?, when_started = ?, when_idle = ?, "
            "rank = ? WHERE id = ?",
            (
                caller,
                ChatSessionStatus[settings.status_after_pickup],
                now,
                now,
                self._free_rank(caller),
                number,
            ),
        )
        topic, requested, resets = self._db.execute(
            "SELECT topic_id, when_requested, resets FROM sessions WHERE id = ?", (number,)
        ).fetchone()
        self._say(number, _SPECIAL.Welcome, self._welcomes[topic], now)
        self._db.execute(
            "UPDATE topics SET last_accept = ?, accepted = accepted + 1, accept_s = accept_s + ? "
            "WHERE id = ?",
            (now, (now - requested) / 1e6, topic),
        )
        self._db.execute(
            "INSERT INTO pickups (session_id, associate_id, at_us, request, resets) "
            "VALUES (?, ?, ?, ?, ?)",
            (number, caller, now, request, resets),
        )

    def _reopen(self, number: int, user: int) -> None:
        """Make an ended session its agent's again."""
        self._db.execute(
            "UPDATE sessions SET status = ?, when_ended = NULL, rank = ? WHERE id = ?",
            (ChatSessionStatus.CustomerLast, self._free_rank(user), number),
        )
        self._say(number, _SPECIAL.ReopenedByCustomer, "")

    def _free_rank(self, caller: int) -> int:
        """The smallest number from 1 that none of the caller's active sessions has."""
        version = self._count("PRAGMA data_version")
        if version != self._version:  # another process has changed the file
            self._packed.clear()
            self._version = version
        highest = self._packed.get(caller)
        if highest is None:
            taken = self._ranks(caller)
            highest = len(taken)
            if max(taken, default=0) != highest:
                return min(set(range(1, highest + 1)) - taken)
        self._packed[caller] = highest + 1
        return highest + 1

    def _ranks(self, caller: int) -> set[int]:
        """The ranks of the caller's active sessions."""
        rows = self._db.execute(
            "SELECT rank FROM sessions WHERE user_id = ? AND status IN (5, 6)", (caller,)
        )
        return {row[0] for row in rows}

    def _insert(
        self, topic: int, settings: Settings, position: int, known: Mapping[str, Any]
    ) -> int:
        now = now_us()
        values = {
            "topic_id": topic,
            "status": settings.created,
            "when_requested": now,
            "when_idle": now,
            "when_fetched": now,
            "session_key": secrets.token_hex(16),
            "initial_queue_pos": position,
            **known,
        }
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        made = self._db.execute(
            f"INSERT INTO sessions ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            tuple(values.values()),
        )
        number = made.lastrowid or 0
        self._say(number, _SPECIAL.NewSession, "", now)
        return number

    def _say(self, number: int, special: Any, message: str, now: int | None = None) -> None:
        """Put a message of the product's own into a session."""
        kind = ChatMessageType.ToCustomer if message else ChatMessageType.Special
        self._db.execute(
            "INSERT INTO messages (session_id, type, message, author, special_type, when_posted) "
            "VALUES (?, ?, ?, '', ?, ?)",
            (number, kind, message, special, now_us() if now is None else now),
        )

    def _whole(self, row: sqlite3.Row) -> Row:
        """A session's row with its people and carriers in the place of their numbers and texts."""
        found = dict(row)
        user, to = found["user_id"], found["transfer_to_id"]
        found["user"] = None if user is None else self.users[user]
        found["transfer_to"] = None if to is None else self.users[to]
        for name in _CARRIED:
            if found[name] is not None:
                found[name] = json.loads(found[name])
        return found

    def _count(self, text: str, parameters: tuple[Any, ...] = ()) -> int:
        number: int = self._db.execute(text, parameters).fetchone()[0]
        return number

    def _fact(self, name: str) -> str:
        value: str = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[
            0
        ]
        return value

    def _topics_by_user(self, right: str) -> dict[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        rows = self._db.execute(
            f"SELECT associate_id, topic_id FROM rights WHERE {right} ORDER BY topic_id"  # noqa: S608
        )
        for associate, topic in rows:
            found[associate] = (*found.get(associate, ()), topic)
        return found

    def _make(self, staffing: Staffing) -> None:
        for statement in _SCHEMA.split(";"):
            self._db.execute(statement)
        self._db.execute("INSERT INTO facts VALUES ('context', ?)", (staffing.context,))
        self._db.executemany(
            "INSERT INTO topics (id, name, welcome_message, opening_hours_enabled, is_open) "
            "VALUES (?, ?, ?, ?, ?)",
            [
                (topic.id, topic.name, topic.welcome, not topic.is_open, topic.is_open)
                for topic in staffing.topics
            ],
        )
        for user in staffing.users:
            self._add_user(user, staffing.context)

    def _add_user(self, user: UserOf, context: str) -> None:
        kind = AssociateType.SystemAssociate if user.is_system else AssociateType.InternalAssociate
        self._db.execute(
            "INSERT INTO users (associate_id, name, full_name, user_name, person_id, ej_user_id, "
            "type) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                user.id,
                user.name,
                user.name,
                user.name,
                _FIRST_PERSON + user.id,
                _FIRST_EJ_USER + user.id,
                kind.name,
            ),
        )
        for topic in {*user.responds, *user.listens, *user.manages}:
            responds, manages = topic in user.responds, topic in user.manages
            listens = responds or manages or topic in user.listens
            self._db.execute(
                "INSERT INTO rights VALUES (?, ?, ?, ?, ?, ?)",
                (topic, user.id, responds, responds, listens, manages),
            )
        for secret in ("bearer", "ticket", "password", "refresh", "xsrf"):
            self._db.execute(
                "INSERT INTO secrets VALUES (?, ?, ?, NULL)",
                (user.id, secret, _made_up(secret, context)),
            )


def _connection(path: Path | str) -> sqlite3.Connection:
    if str(path) != ":memory:":
        with suppress(OSError):  # it has secrets: a new one is for its owner alone
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        found = sqlite3.connect(path, isolation_level=None, timeout=30.0)
    except sqlite3.DatabaseError as error:
        raise _no_tenant(path, error) from error
    found.row_factory = sqlite3.Row
    return found


def _no_tenant(path: Path | str, error: sqlite3.DatabaseError) -> DataError:
    return DataError(f"{path} is no file of a tenant ({error}); give another --db")


def _made_up(kind: str, context: str) -> str:
    """A secret in the shape of the product's own."""
    text = secrets.token_hex(20)
    return {"bearer": f"8A:{context}.{text}", "ticket": f"7T:{text}"}.get(kind, text)


def _topic(row: sqlite3.Row) -> Row:
    found = dict(row)
    accepted = found.pop("accepted")
    total_s = found.pop("accept_s")
    found["seconds_pr_accept"] = round(total_s / accepted) if accepted else 0
    return found
