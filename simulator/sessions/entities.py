"""Sessions as the tenant's records: rows of the session table as ChatSessionEntity.

What the model does not say, and is made up here: a picked-up chat opens with a welcome message
and a served one ends with a message at its end, so ``WhenIdle`` is the latest of request, pickup
and, for a served chat or one that ended in a form, end. The customer's client polls until the
customer goes: ``WhenFetched`` is the end, for a silent customer the instant patience ended, and
the horizon for a chat that had not ended then. Four in ten served customers leave a rating. A
transferred chat belongs to its first agent until the second one picks it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.desk.codes import FORM_AT_ARRIVAL, FORM_IN_QUEUE, OUTCOMES, SERVED, SILENT
from simulator.entity import (
    Associate,
    AssociateType,
    ChatSession,
    Contact,
    Person,
    Ticket,
    TicketBaseStatus,
    TicketOrigin,
    TicketReadStatus,
    TicketSecurityLevel,
)
from simulator.entity.lines import (
    NEVER_US,
    constant,
    members,
    objects,
    optional,
    texts,
    times,
    yes_no,
)
from simulator.errors import DataError
from simulator.sessions.intervals import epoch_us
from simulator.sessions.people import (
    COMPANIES,
    FIRST_MESSAGES,
    FIRST_NAMES,
    FORM_TEXT,
    FULL_NAMES,
    GOODBYES,
    HANDED_ON,
    HOSTS,
    LAST_NAMES,
    MAILBOXES,
    PHONES,
    WELCOME,
    Draws,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from simulator.entity.lines import Column, DateForm
    from simulator.scenario.world import Agent, Scenario

__all__ = ["COLUMNS", "records"]

ROWS: Final = 4096
"""Rows written at a time: what is then at hand stays in the processor's cache."""

COLUMNS: Final = (
    *("replication", "chat_session_id", "customer_id", "attempt", "topic_id"),
    *("requested_at", "picked_up_at", "ended_at", "wait_s", "initial_queue_pos", "rank"),
    *("agent_id", "status", "outcome", "transferred_at", "transfer_picked_up_at"),
    *("transfer_agent_id", "transfer_rank", "transfer_offered_agent_id", "alert_level"),
)
"""The columns of the session table that ``records`` reads."""

_KNOWN: Final = 1 / 6
"""Share of customers whom the tenant has as a Person; the next ones likewise."""
_FOR_COMPANY: Final = 3 / 4
_CONSENTS: Final = 9 / 10
_WITH_TICKET: Final = 1 / 8
"""Share of chats linked to a request."""
_RATES: Final = 4 / 10
"""Share of served chats with a rating."""
_STARS: Final = np.cumsum([0.05, 0.05, 0.10, 0.30])
"""P(rating ≤ 1), … ≤ 4, of those who leave one."""

_VISITS: Final = 128
"""More than the attempts of any customer, so customer_id · 128 + attempt is a number of its own."""
_FIRST_PERSON: Final = 10_000
_FIRST_TICKET: Final = 500_000
_SYSTEM_USER: Final = 1
_UNASSIGNED: Final = 1
_NOBODY: Final = -1

_MAILBOXES: Final = tuple(name.encode() for name in MAILBOXES)

_EMPLOYERS: Final = (*COMPANIES, "")

_LAST_WORDS: Final = (*GOODBYES, WELCOME, HANDED_ON, FORM_TEXT, "")
"""What may be said last; the empty one stands for the customer's first message."""
_GOODBYE: Final = 0
_WELCOME: Final = len(GOODBYES)
_HANDED_ON: Final = _WELCOME + 1
_FORM_TEXT: Final = _WELCOME + 2
_FIRST_MESSAGE: Final = _WELCOME + 3


def records(
    sessions: pa.Table | pd.DataFrame | Iterable[pa.RecordBatch],
    scenario: Scenario,
    seed: int,
    *,
    dates: DateForm = "offset",
) -> Iterator[bytes]:
    """The sessions as ChatSessionEntity records, each a line of JSON, line end included.

    ``sessions`` has the columns of ``COLUMNS`` at least, in any number of batches; a few
    thousand rows are turned at a time. ``seed`` is the run's: the same sessions and seed give the
    same bytes. ``dates`` are local to the scenario's zone with its offset (``offset``), the same
    without it (``none``), or UTC (``utc``). Ids count anew in each replication, as the wire has
    no place for its number.

    Raises:
        DataError: a column is missing, or an agent is not in the scenario.
    """
    desk = _Desk(scenario, seed, dates)
    for batch in _batches(sessions):
        for start in range(0, batch.num_rows, ROWS):
            yield from _lines(_Rows(batch.slice(start, ROWS)), desk)


def _batches(
    sessions: pa.Table | pd.DataFrame | Iterable[pa.RecordBatch],
) -> Iterable[pa.RecordBatch]:
    if isinstance(sessions, pa.Table):
        return sessions.to_batches()  # type: ignore[no-any-return]
    if hasattr(sessions, "iterrows"):
        frame = pa.Table.from_pandas(sessions, preserve_index=False)
        return frame.to_batches()  # type: ignore[no-any-return]
    return sessions


class _Desk:
    """What is the same for all records of a run."""

    def __init__(self, scenario: Scenario, seed: int, dates: DateForm) -> None:
        self.seed = seed
        self.zone = scenario.timezone
        self.dates = dates
        self.horizon_us = epoch_us(scenario.start) + scenario.horizon_us
        self.associates = [constant(_associate(agent).to_wire()) for agent in scenario.agents]
        ids = np.array([agent.id for agent in scenario.agents], dtype=np.int64)
        self.contacts = [
            constant(_contact(number, name).to_wire()) for number, name in enumerate(COMPANIES, 1)
        ]
        self._places = np.full(ids.max(initial=0) + 1, -1)
        self._places[ids] = np.arange(ids.size)

    def times(self, us: NDArray[np.int64]) -> list[bytes]:
        return times(us, self.zone, self.dates)

    def users(self, agent_ids: NDArray[np.int64]) -> list[bytes]:
        """Each agent's Associate, null where the id is negative."""
        inside = np.minimum(agent_ids, self._places.size - 1)
        places = np.where(agent_ids == inside, self._places[inside], -1)
        places[agent_ids < 0] = -1
        if strange := agent_ids[(agent_ids >= 0) & (places < 0)].tolist():
            raise DataError(
                f"agent {strange[0]} is not in the scenario; give the scenario that was simulated"
            )
        return members(self.associates, places)


def _associate(agent: Agent) -> Associate:
    initials = "".join(word[0] for word in agent.name.split() if word[0].isalpha())
    login = f"{initials[:3].upper()}{agent.id}"
    return Associate(
        associate_id=agent.id,
        name=login,
        person_id=agent.id,
        rank=agent.id,
        tooltip="",
        type=AssociateType.InternalAssociate,
        group_idx=agent.group + 1,
        full_name=agent.name,
        formal_name=agent.name,
        ej_user_id=agent.id,
        user_name=f"{login.lower()}@example.com",
    )


def _contact(number: int, name: str) -> Contact:
    return Contact(contact_id=number, name=name, full_name=name, address={})


class _Rows:
    """Some rows of the session table as arrays; instants in microseconds since 1970, UTC."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        if missing := [name for name in COLUMNS if name not in batch.schema.names]:
            raise DataError(
                f"the sessions have no column {missing[0]!r}; give a run's sessions.parquet, whole"
            )
        self._batch = batch
        self.count: int = batch.num_rows

    def whole(self, name: str, missing: int = -1) -> NDArray[np.int64]:
        return _filled(self._batch.column(name).cast(pa.int64()), missing)

    def instant(self, name: str) -> NDArray[np.int64]:
        """NEVER_US where there is none."""
        column = self._batch.column(name)
        us = column.cast(pa.timestamp("us", tz=column.type.tz)).view(pa.int64())
        return _filled(us, NEVER_US)

    def duration_us(self, name: str) -> NDArray[np.int64]:
        seconds = pc.fill_null(self._batch.column(name), 0.0).to_numpy(zero_copy_only=False)
        us: NDArray[np.int64] = np.rint(seconds * 1e6).astype(np.int64)
        return us

    def name(self, name: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """(the names there are, which of them stands in each row)."""
        column = self._batch.column(name)
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        codes = column.indices.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return tuple(column.dictionary.to_pylist()), codes

    def outcome(self) -> NDArray[np.int64]:
        """Codes of ``desk.codes``."""
        names, codes = self.name("outcome")
        if strange := [name for name in names if name not in OUTCOMES]:
            raise DataError(f"outcome {strange[0]!r} is none of {', '.join(OUTCOMES)}")
        numbers = np.array([OUTCOMES.index(name) for name in names], dtype=np.int64)
        found: NDArray[np.int64] = numbers[codes]
        return found


def _filled(column: pa.Array, missing: int) -> NDArray[np.int64]:
    values: NDArray[np.int64] = pc.fill_null(column, missing).to_numpy(zero_copy_only=False)
    return values


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """What became of each chat, as the record tells it."""

    requested: NDArray[np.int64]
    picked_up: NDArray[np.int64]
    ended: NDArray[np.int64]
    last_message: NDArray[np.int64]
    last_poll: NDArray[np.int64]
    last_word: NDArray[np.int64]
    """_GOODBYE, _WELCOME, _HANDED_ON, _FORM_TEXT or _FIRST_MESSAGE."""
    was_handled: NDArray[np.bool_]
    """Served to the end by an agent, so the customer may leave a rating."""
    agent_id: NDArray[np.int64]
    rank: NDArray[np.int64]

    @classmethod
    def of(cls, rows: _Rows, desk: _Desk) -> _Course:
        requested, picked_up = rows.instant("requested_at"), rows.instant("picked_up_at")
        ended, outcome = rows.instant("ended_at"), rows.outcome()
        transferred = rows.instant("transferred_at")
        again = rows.instant("transfer_picked_up_at")
        was_taken_again = again != NEVER_US
        waits_again = (transferred != NEVER_US) & ~was_taken_again
        handled = (outcome == SERVED) & ~waits_again
        by_form = (outcome == FORM_AT_ARRIVAL) | (outcome == FORM_IN_QUEUE)
        in_hand = picked_up != NEVER_US
        polled = np.where(ended != NEVER_US, ended, desk.horizon_us)
        gave_up = requested + rows.duration_us("wait_s")
        return cls(
            requested,
            picked_up,
            ended,
            last_message=np.select(
                [handled, waits_again, was_taken_again, by_form, in_hand],
                [ended, transferred, again, ended, picked_up],
                requested,
            ),
            last_poll=np.where(outcome == SILENT, gave_up, polled),
            last_word=np.select(
                [handled, waits_again, by_form, in_hand],
                [_GOODBYE, _HANDED_ON, _FORM_TEXT, _WELCOME],
                _FIRST_MESSAGE,
            ),
            was_handled=handled,
            agent_id=np.where(
                was_taken_again, rows.whole("transfer_agent_id"), rows.whole("agent_id")
            ),
            rank=np.where(was_taken_again, rows.whole("transfer_rank", 0), rows.whole("rank", 0)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Customers:
    """Who writes. It hangs on customer_id alone, so whoever comes back is the same person."""

    number: NDArray[np.int64]
    first_name: NDArray[np.int64]
    name: NDArray[np.int64]
    """Index into FULL_NAMES."""
    company: NDArray[np.int64]
    """Index into COMPANIES; -1 for those who write for themselves, so _EMPLOYERS[-1] is ""."""
    is_known: NDArray[np.bool_]
    """Whether the tenant has them as a Person."""
    full_name: list[bytes]
    email: list[bytes]

    @classmethod
    def of(cls, rows: _Rows, draws: Draws) -> _Customers:
        number = rows.whole("customer_id")
        first_name = draws.place(FIRST_NAMES, "first name", number)
        name = first_name * len(LAST_NAMES) + draws.place(LAST_NAMES, "last name", number)
        company = draws.place(COMPANIES, "company", number)
        for_company = draws.uniform("for company", number) < _FOR_COMPANY
        mailbox = zip(members(_MAILBOXES, name), number.tolist(), strict=True)
        return cls(
            number=number,
            first_name=first_name,
            name=name,
            company=np.where(for_company, company, -1),
            is_known=draws.uniform("known", number) < _KNOWN,
            full_name=texts(FULL_NAMES, name),
            email=list(map(b'"%b.%d@example.com"'.__mod__, mailbox)),
        )

    def columns(self, draws: Draws) -> dict[str, Column]:
        """The record's own columns about the customer."""
        number = self.number
        return {
            "customer_alias": texts(FIRST_NAMES, self.first_name),
            "customer_host": texts(HOSTS, draws.place(HOSTS, "host", number)),
            "customer_name": self.full_name,
            "customer_email": self.email,
            "customer_phone": texts(PHONES, draws.place(PHONES, "phone", number)),
            "customer_consented": yes_no(draws.uniform("consent", number) < _CONSENTS),
            "customer_company_name": texts(_EMPLOYERS, self.company),
            "person": optional(self._persons(), self.is_known),
        }

    def _persons(self) -> Iterator[bytes]:
        """A Person for each row whose customer is known."""
        there = self.is_known
        number, first_name = self.number[there], self.first_name[there]
        full_name = list(compress(self.full_name, there))
        email = list(compress(self.email, there))
        employer = texts(_EMPLOYERS, self.company[there])
        columns: dict[str, Column] = {
            "person_id": _FIRST_PERSON + number,
            "firstname": texts(FIRST_NAMES, first_name),
            "lastname": texts(LAST_NAMES, self.name[there] % len(LAST_NAMES)),
            "full_name": full_name,
            "formal_name": full_name,
            "email": email,
            "email_name": email,
            "contact_id": self.company[there] + 1,
            "contact_name": employer,
            "contact_full_name": employer,
        }
        return objects(Person, number.size, columns)


def _lines(rows: _Rows, desk: _Desk) -> Iterator[bytes]:
    draws = Draws(desk.seed, rows.whole("replication"))
    course = _Course.of(rows, desk)
    customers = _Customers.of(rows, draws)
    visit = customers.number * _VISITS + rows.whole("attempt")
    first_message = texts(FIRST_MESSAGES, draws.place(FIRST_MESSAGES, "first message", visit))
    last_message_at = desk.times(course.last_message)
    session_keys = draws.bits("session key", visit).tolist()
    columns: dict[str, Column] = {
        "chat_session_id": rows.whole("chat_session_id"),
        "topic_id": rows.whole("topic_id"),
        "user": desk.users(course.agent_id),
        **customers.columns(draws),
        "contact": members(desk.contacts, np.where(customers.is_known, customers.company, -1)),
        "status": texts(*rows.name("status")),
        "first_message": first_message,
        "last_message": _last_messages(course, draws, visit, first_message),
        "when_requested": desk.times(course.requested),
        "when_started": desk.times(course.picked_up),
        "when_ended": desk.times(course.ended),
        "when_idle": last_message_at,
        "when_fetched": desk.times(course.last_poll),
        "session_key": list(map(b'"synthetic-%016x"'.__mod__, session_keys)),
        "initial_queue_pos": rows.whole("initial_queue_pos", 0),
        "alert_level": rows.whole("alert_level", 0),
        "rank": course.rank,
        "transfer_to": desk.users(rows.whole("transfer_offered_agent_id")),
        "rating": _ratings(course, draws, visit),
    }
    has_ticket = draws.uniform("ticket", visit) < _WITH_TICKET
    tickets = _tickets(has_ticket, visit, customers, first_message, last_message_at)
    columns["ticket"] = optional(tickets, has_ticket)
    return objects(ChatSession, rows.count, columns, end=b"\n")


def _last_messages(
    course: _Course, draws: Draws, visit: NDArray[np.int64], first_message: list[bytes]
) -> list[bytes]:
    goodbye = draws.place(GOODBYES, "goodbye", visit)
    said = texts(_LAST_WORDS, np.where(course.last_word == _GOODBYE, goodbye, course.last_word))
    for row in np.flatnonzero(course.last_word == _FIRST_MESSAGE).tolist():
        said[row] = first_message[row]
    return said


def _ratings(course: _Course, draws: Draws, visit: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 to 5, or 0 from those who leave none. It knows nothing of how long they waited."""
    leaves_one = course.was_handled & (draws.uniform("rates", visit) < _RATES)
    stars = 1 + np.searchsorted(_STARS, draws.uniform("stars", visit), side="right")
    return np.where(leaves_one, stars, 0)


def _tickets(
    there: NDArray[np.bool_],
    visit: NDArray[np.int64],
    customers: _Customers,
    first_message: list[bytes],
    last_message_at: list[bytes],
) -> Iterator[bytes]:
    """A Ticket for each row that is linked to one: an open request made from the chat."""
    known = customers.is_known[there]
    at = list(compress(last_message_at, there))
    email = list(compress(customers.email, there))
    full_name = list(compress(customers.full_name, there))
    columns: dict[str, Column] = {
        "ticket_id": _FIRST_TICKET + visit[there],
        "title": list(compress(first_message, there)),
        "created_at": at,
        "last_changed": at,
        "created_by": constant(_SYSTEM_USER),
        "author": email,
        "owned_by": constant(_UNASSIGNED),
        "slevel": constant(TicketSecurityLevel.External.name),
        "base_status": constant(TicketBaseStatus.Active.name),
        "origin": constant(TicketOrigin.Chat.name),
        "cust_id": np.where(known, _FIRST_PERSON + customers.number[there], _NOBODY),
        "cust_firstname": texts(FIRST_NAMES, customers.first_name[there]),
        "cust_lastname": texts(LAST_NAMES, customers.name[there] % len(LAST_NAMES)),
        "read_status": constant(TicketReadStatus.Red.name),
        "num_messages": constant(1),
        "from_address": email,
        "cust_fullname": full_name,
    }
    return objects(Ticket, len(at), columns)
