r"""The journal of a replay: what was about to be sent, and what came of it, line by line.

Append-only JSON lines. An INTENT stands in the file before the first byte of its call leaves this
machine, and one OUTCOME follows; a killed replay therefore knows of every call that may have been
made. A line is one write: a kill can tear the last one only, and opening cuts that off. The
journal is also what keeps a call from being sent twice: it takes no INTENT for a call that has an
open one or an OUTCOME.

::

    {"k":"head","format":1,"plan":"9f…","part":[1,1], …}
    {"k":"intent","n":1,"try":1,"at":1774252800000000}
    {"k":"turned_away","n":1,"try":1,"http":429,"retry_after_s":2.0}
    {"k":"intent","n":1,"try":2,"at":1774252802000000}
    {"k":"outcome","n":1,"cls":"done","http":200,"session_id":813, …}

Kept of a session: ids, times, status, topic, queue position, rank. Never a name, an address, a
message or a key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self

import orjson

from simulator.errors import DataError, GuardError, PickupError, Place, RunExistsError
from simulator.files import append, unwritten

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMAT", "Intent", "Journal", "JournalState", "Outcome", "has_begun", "read_state"]

FORMAT: Final = 1
"""Rises when a journal of before can no longer be read as one of now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one planned call; times of the tenant are epoch µs, stamps µs since T0."""

    cls: str
    """done, recovered, empty, rejected, unknown, skipped or shed."""
    http: int | None = None
    reason: str = ""
    tries: int = 0
    session_id: int | None = None
    topic_id: int | None = None
    position: int | None = None
    rank: int | None = None
    status: str = ""
    requested_us: int | None = None
    started_us: int | None = None
    ended_us: int | None = None
    intended_us: int | None = None
    dispatched_us: int | None = None
    first_byte_us: int | None = None
    answered_us: int | None = None
    sent_at_us: int | None = None
    """Wall clock of the last dispatch, epoch µs."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that may have been sent, and of which nothing more is known."""

    try_: int
    at_us: int
    """Wall clock just before it was sent, epoch µs."""


@dataclass(slots=True)
class JournalState:
    """What a journal tells, by the calls' numbers."""

    head: dict[str, Any]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    """The last outcome of each call that has one."""
    intents: dict[int, Intent] = field(default_factory=dict)
    """Calls that were about to be sent and have neither an answer nor an outcome."""
    tries: dict[int, int] = field(default_factory=dict)
    """How often each call was sent, as far as it is known."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """Everything else, in order."""
    torn: bool = False
    """The last line was cut off in the middle."""

    def is_sent(self, number: int) -> bool:
        """Whether a call may have been sent and not been turned away."""
        return number in self.intents or number in self.outcomes

    def is_settled(self, number: int) -> bool:
        """Whether what came of a call is known for good."""
        return number in self.outcomes and self.outcomes[number].cls != "unknown"

    def take(self, line: dict[str, Any]) -> None:
        """Take in one line."""
        kind = line.get("k")
        if kind == "intent":
            self.intents[line["n"]] = Intent(line["try"], line["at"])
            self.tries[line["n"]] = line["try"]
        elif kind == "turned_away":
            if line["n"] in self.intents and self.intents[line["n"]].try_ == line["try"]:
                del self.intents[line["n"]]
        elif kind == "outcome":
            self.intents.pop(line["n"], None)
            known = {name: line[name] for name in _OUTCOME_FIELDS if name in line}
            self.outcomes[line["n"]] = Outcome(**known)
        elif kind == "note":
            self.notes.append({name: value for name, value in line.items() if name != "k"})
        elif kind != "head":
            raise KeyError(kind)


_OUTCOME_FIELDS: Final = tuple(each.name for each in fields(Outcome))


class Journal:
    """A journal that is open for writing; close it, or use it in a ``with``."""

    def __init__(self, path: Path, descriptor: int, state: JournalState, *, fsync: bool) -> None:
        self.path = path
        self._state = state
        self._descriptor = descriptor
        self._fsync = fsync
        self._length = os.fstat(descriptor).st_size

    @classmethod
    def create(cls, path: Path, head: dict[str, Any], *, fsync: bool = False) -> Self:
        """Begin a journal; a file whose first line was torn is one that was not begun.

        Raises:
            RunExistsError: there is one already.
        """
        if has_begun(path):
            raise RunExistsError(
                f"{path} is there already; go on with it by `pickup replay resume {path.parent}`"
            )
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o600)
        head = {"format": FORMAT, **head}
        journal = cls(path, descriptor, JournalState(head), fsync=fsync)
        journal._write({"k": "head", **head})
        if fsync:
            _keep_name(path)
        return journal

    @classmethod
    def open(cls, path: Path, *, plan: str = "", fsync: bool = False) -> Self:
        """Go on with a journal; a line that a kill tore is cut off and noted.

        Args:
            path: the file.
            plan: hash of the plan that it must be of; "" for any.
            fsync: whether every line is forced to the disk.

        Raises:
            DataError: it is no journal, is damaged, or is of another plan.
        """
        state, whole = _read(path)
        if plan and state.head.get("plan") != plan:
            raise DataError(
                "this is the journal of another plan; a journal goes on with its own plan only",
                Place(path, 1),
            )
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
        journal = cls(path, descriptor, state, fsync=fsync)
        if state.torn:
            journal._cut(whole)
            journal.note("torn_line", at_byte=whole)
        return journal

    def intent(self, number: int, try_: int, at_us: int) -> None:
        """A call is about to be sent; on return the line is out of this process's hands.

        Raises:
            GuardError: the call may have been sent already.
            PickupError: the line could not be written, and nothing of it was.
        """
        if self._state.is_sent(number):
            raise GuardError(f"call {number} may have been sent before; it is not sent again")
        self._write({"k": "intent", "n": number, "try": try_, "at": at_us})

    def turned_away(
        self, number: int, try_: int, http: int | None, retry_after_s: float | None
    ) -> None:
        """A call was surely not applied, and will be sent again."""
        line = {"k": "turned_away", "n": number, "try": try_, "http": http}
        self._write({**line, "retry_after_s": retry_after_s})

    def outcome(self, number: int, outcome: Outcome) -> None:
        """What came of a call. A second one may follow only one that was unknown.

        Raises:
            GuardError: the call has come to something else already.
            PickupError: the line could not be written, and nothing of it was.
        """
        if self._state.is_settled(number):
            raise GuardError(
                f"call {number} was {self._state.outcomes[number].cls}; that stays as it is"
            )
        values = ((name, getattr(outcome, name)) for name in _OUTCOME_FIELDS)
        told = {name: value for name, value in values if value is not None and value != ""}
        self._write({"k": "outcome", "n": number, **told})

    def note(self, kind: str, **facts: Any) -> None:
        """Anything else that happened."""
        self._write({"k": "note", "note": kind, **facts})

    def state(self) -> JournalState:
        """What stands in the journal so far."""
        return self._state

    def close(self) -> None:
        """Give the file back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, line: dict[str, Any]) -> None:
        """One write for the whole line, so that only a kill can tear it."""
        data = orjson.dumps(line) + b"\n"
        try:
            append(self._descriptor, data)
            if self._fsync:
                os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, self._length)
            raise PickupError(
                "the journal could not be written, and nothing is sent without it; `pickup replay "
                f"resume` goes on from here: {unwritten(error, self.path)}"
            ) from error
        self._length += len(data)
        self._state.take(line)

    def _cut(self, length: int) -> None:
        """Leave whole lines only."""
        os.ftruncate(self._descriptor, length)
        self._length = length


def has_begun(path: Path) -> bool:
    """Whether a journal is there, with its first line; without it nothing was sent.

    Raises:
        DataError: what is there cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.readline().endswith(b"\n")
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unreadable(path, error) from error


def read_state(path: Path) -> JournalState:
    """What stands in a journal, without opening it for writing; a torn last line is left out.

    Raises:
        DataError: it is no journal, or a line in the middle of it is damaged.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[JournalState, int]:
    """The state, and how many bytes of the file are whole lines."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    whole = data.rfind(b"\n") + 1
    state = JournalState({}, torn=whole < len(data))
    for number, line in enumerate(data[:whole].split(b"\n")[:-1], start=1):
        try:
            read = orjson.loads(line)
            if number == 1:
                _check_head(read, path)
                state.head = {name: value for name, value in read.items() if name != "k"}
            state.take(read)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                "the journal is damaged here; keep the file, and reconcile by hand what follows",
                Place(path, number),
            ) from error
    if not state.head:
        raise DataError("the journal has no first line; nothing was sent under it", Place(path, 1))
    return state, whole


def _check_head(line: Any, path: Path) -> None:
    if line["k"] != "head":
        raise DataError("this is no journal of a replay: its first line is no head", Place(path, 1))
    if line["format"] != FORMAT:
        raise DataError(
            f"journal of format {line['format']!r}, this version reads {FORMAT}", Place(path, 1)
        )


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(f"the journal cannot be read: {error.strerror}", Place(path))


def _keep_name(path: Path) -> None:
    """Force the file's name to the disk too, where a folder can be opened for that."""
    if os.name == "nt":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
