"""What happens next: the desk's agenda as compiled code keeps it.

An agent has at most one end of work that counts, and a seat one end of its reaction or wrap-up.
Each of them has a *slot* in a table of keys, and a later entry takes the place of the one before;
the earliest is at the root of a tree in which every eight keys have their smallest above them. All
other events, most of them customers' patience, stand in a binary *heap*.

A slot's key is one number, ``instant << 2 | kind`` and then the serial in the lowest ``shift``
bits, so that the order of keys is the order of events; a heap's entry is two numbers, the instant
and ``kind << SERIAL | serial``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba.extending import overload_method, register_jitable

from simulator.desk.codes import NEVER, REACTION_ENDS, WORK_ENDS
from simulator.engines.compiled.memory import NUMBER, NUMBERS, Struct, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["AGENDA", "LOG", "SERIAL", "Agenda", "Log", "clears_slot", "pops"]

SERIAL: Final = 40
AN_EVENT_ENTERS: Final = 8
"""More than one event enters into the heap: patience and the form, a retry, a transfer, or one
more to come on."""

AGENDA = Struct(
    "agenda",
    {
        "slots": NUMBERS,  # a tree of groups of eight keys, the root first
        "leaves_from": NUMBER,  # where the slots of agents begin in it, then those of seats
        "first": NUMBER,  # the smallest key of all
        "shift": NUMBER,
        "agents": NUMBER,
        "horizon": NUMBER,  # what is entered for it or later does not happen
        "instants": NUMBERS,  # of the heap
        "keys": NUMBERS,
        "count": NUMBER,
        "limit": NUMBER,
        "is_full": NUMBER,
    },
)

LOG = Struct("log", {"rows": NUMBERS, "count": NUMBER, "limit": NUMBER, "agenda": AGENDA})
"""Triples of numbers, one after the other; it tells the agenda when it is full."""


class Buffer:
    """A struct with arrays that grow.

    Compiled code stops between two events when ``count`` exceeds ``limit``; by then an event may
    have made ``headroom`` more entries.
    """

    def __init__(
        self,
        struct: Struct,
        values: dict[str, Any],
        *,
        growing: Sequence[str],
        room: int,
        headroom: int,
        width: int = 1,
    ) -> None:
        self.struct, self.values = struct, values
        self.growing, self.headroom, self.width = growing, headroom, width
        for name in growing:
            values[name] = np.zeros((room + headroom) * width, dtype=np.int64)
        self.words = words(struct, values | {"count": 0, "limit": room})

    def number(self, name: str) -> int:
        """A number, as it stands now."""
        return int(self.words[self.struct.members[name][0]])

    @property
    def is_full(self) -> bool:
        """Whether it must grow before anything else happens."""
        return self.number("count") > self.number("limit")

    def grow(self) -> None:
        """Twice the room."""
        room = 2 * (self.number("limit") + 1)
        for name in self.growing:
            before = self.values[name]
            after = np.zeros((room + self.headroom) * self.width, dtype=np.int64)
            after[: len(before)] = before
            self.values[name] = after
            place, _ = self.struct.members[name]
            self.words[place : place + 2] = after.ctypes.data, len(after)
        self.words[self.struct.members["limit"][0]] = room


class Agenda(Buffer):
    """The agenda of a desk of so many agents and seats."""

    def __init__(self, agents: int, seats: int, horizon: int, *, room: int) -> None:
        above, leaves = 0, 1  # groups
        while 8 * leaves < agents + seats:
            above, leaves = above + leaves, 8 * leaves
        values = {
            "slots": np.full(8 * (above + leaves), NEVER, dtype=np.int64),
            "leaves_from": 8 * above,
            "shift": max(agents, seats, 1).bit_length(),
            "agents": agents,
            "horizon": horizon,
            "first": NEVER,
            "is_full": 0,
        }
        super().__init__(
            AGENDA, values, growing=("instants", "keys"), room=room, headroom=AN_EVENT_ENTERS
        )

    def begins_anew(self) -> None:
        """Nothing is full any more."""
        self.words[AGENDA.members["is_full"][0]] = 0

    @property
    def holds_horizon(self) -> bool:
        """Whether a slot's key has room for every instant before the horizon."""
        return self.number("horizon") < NEVER >> (self.number("shift") + 2)


class Log(Buffer):
    """Triples, as the rules write them down."""

    def __init__(self, agenda: Agenda, *, room: int, headroom: int) -> None:
        values = {"agenda": agenda.words}
        super().__init__(LOG, values, growing=("rows",), room=room, headroom=headroom, width=3)

    @property
    def triples(self) -> NDArray[np.int64]:
        """(m, 3): what was written."""
        written: NDArray[np.int64] = self.values["rows"][: 3 * self.number("count")]
        return written.reshape(-1, 3)


compiled: Callable[[Any], Any] = register_jitable(forceinline=True)


@compiled
def smaller(one: int, other: int) -> int:
    """Of two keys; a select, no branch."""
    return one if one < other else other  # noqa: FURB136  (Numba's min is slower)


@compiled
def smallest(slots: Any, group: int) -> int:
    """Of a group of eight keys."""
    start = 8 * group
    first = smaller(slots[start], slots[start + 1])
    second = smaller(slots[start + 2], slots[start + 3])
    third = smaller(slots[start + 4], slots[start + 5])
    fourth = smaller(slots[start + 6], slots[start + 7])
    return smaller(smaller(first, second), smaller(third, fourth))  # type: ignore[no-any-return]


@compiled
def sets_slot(agenda: Any, slot: int, key: int) -> None:
    """That slot's event will be this one."""
    slots = agenda.slots
    place = agenda.leaves_from + slot
    slots[place] = key
    group = place >> 3
    first = smallest(slots, group)
    while group > 0:
        place = group - 1  # key j of group g is the smallest of group 8 g + 1 + j
        if slots[place] == first:
            return
        slots[place] = first
        group = place >> 3
        first = smallest(slots, group)
    agenda.first = first


@compiled
def clears_slot(agenda: Any, slot: int, key: int) -> None:
    """What the slot held has happened; not if something later has taken its place."""
    if agenda.slots[agenda.leaves_from + slot] == key:
        sets_slot(agenda, slot, NEVER)


@compiled
def rises(instants: Any, keys: Any, place: int, instant: int, key: int) -> None:
    """Put an entry into the heap's free ``place``, or above it where it is earlier."""
    while place > 0:
        above = (place - 1) >> 1
        if instants[above] < instant or (instants[above] == instant and keys[above] <= key):
            break
        instants[place] = instants[above]
        keys[place] = keys[above]
        place = above
    instants[place] = instant
    keys[place] = key


@compiled
def pops(agenda: Any) -> None:
    """Take the first entry off the heap, which has one."""
    instants = agenda.instants
    keys = agenda.keys
    count = agenda.count - 1
    agenda.count = count
    free = 0
    below = 1
    while below + 1 < count:  # the free place goes down along the earlier of two entries
        below += (instants[below + 1] < instants[below]) | (
            (instants[below + 1] == instants[below]) & (keys[below + 1] < keys[below])
        )
        instants[free] = instants[below]
        keys[free] = keys[below]
        free = below
        below = 2 * free + 1
    if below < count:
        instants[free] = instants[below]
        keys[free] = keys[below]
        free = below
    rises(instants, keys, free, instants[count], keys[count])


@overload_method(Struct, "append", strict=False, jit_options={"forceinline": True})
def _append(sink: Any, _triple: Any) -> Any:
    """`desk.state.Sink`, for the agenda and for logs."""
    if sink.label == AGENDA.label:
        return _enters
    return _writes


def _enters(sink: Any, _triple: Any) -> None:
    instant, kind, who = _triple
    if kind <= REACTION_ENDS:
        slot = who if kind == WORK_ENDS else who + sink.agents
        key = NEVER
        if instant < sink.horizon:
            key = ((instant << 2 | kind) << sink.shift) | who
        sets_slot(sink, slot, key)
    elif instant < sink.horizon:
        count = sink.count
        rises(sink.instants, sink.keys, count, instant, kind << SERIAL | who)
        sink.count = count + 1
        if count >= sink.limit:
            sink.is_full = 1


def _writes(sink: Any, _triple: Any) -> None:
    rows = sink.rows
    count = sink.count
    rows[3 * count], rows[3 * count + 1], rows[3 * count + 2] = _triple
    sink.count = count + 1
    if count >= sink.limit:
        sink.agenda.is_full = 1
