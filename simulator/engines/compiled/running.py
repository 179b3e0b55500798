"""A replication by the compiled loop: the desk laid out in memory, run, and read."""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache
from time import process_time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numba
import numpy as np

from simulator.desk.codes import NONE, REACTING, WAITING
from simulator.desk.state import Chat, Tally
from simulator.engines import setting_up
from simulator.engines.compiled import layout, loop
from simulator.engines.compiled.agenda import Agenda, Log
from simulator.engines.compiled.keeping import kept_in
from simulator.engines.compiled.memory import words
from simulator.engines.compiled.records import RECORDS, columns, dtype, table
from simulator.engines.compiled.rules import DESK
from simulator.errors import UsageError
from simulator.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

__all__ = ["prepare", "timed"]

T = TypeVar("T")

HEAP_ROOM: Final = 1 << 10
LOG_ROOM: Final = 1 << 12

CHAT_FIELDS: Final = [field.name for field in fields(Chat)]
COURSE: Final = np.array([CHAT_FIELDS.index(name) for name in setting_up.COURSE])
UNTOUCHED: Final = np.array(
    [field.default for field in fields(Chat) if field.default is not MISSING], dtype=np.int64
)
"""What a chat's fields are at first, those after the drawn ones."""


LIST: Final = numba.int64[::1]
CELLS: Final = numba.int64[:, ::1]
SIGNATURES: Final[dict[Callable[..., Any], Any]] = {
    loop.turns: numba.boolean(numba.int64, LIST, LIST, CELLS, numba.int64, LIST, numba.int64),
    layout.lays_out: numba.void(CELLS, LIST, CELLS),
    layout.reads: numba.void(CELLS, LIST, LIST, CELLS),
}


def timed(scenario: Scenario, workload: Workload, duty: Duty) -> tuple[Outcomes, dict[str, float]]:
    """See `compiled.timed`."""
    start = process_time()
    desk = _Desk(scenario, workload, duty)
    built = process_time()
    desk.runs()
    ran = process_time()
    outcomes = desk.outcomes()
    read = process_time()
    return outcomes, {"build": built - start, "loop": ran - built, "read": read - ran}


class _Desk:
    """The memory of one desk, which compiled code works on."""

    def __init__(self, scenario: Scenario, workload: Workload, duty: Duty) -> None:
        self.horizon = scenario.horizon_us
        premises = setting_up.premises(scenario, workload)
        self.tables: dict[str, NDArray[Any]] = {"chats": _chats(workload)}
        for name, kind in RECORDS.items():
            if name != "chats":
                self.tables[name] = table(kind, getattr(premises, name))
        for name in ("topic_groups", "group_topics", "speeds", "shelves"):
            self.tables[name] = np.array(getattr(premises, name), dtype=np.int64)
        self.tables["wrap_ups"] = setting_up.wrap_ups(scenario, workload)
        self.tables["tally"] = table(Tally, [premises.tally])
        agents, seats = len(premises.agents), len(premises.seats)
        self.agenda = Agenda(agents, seats, self.horizon, room=HEAP_ROOM)
        if not self.agenda.holds_horizon:
            raise UsageError(
                f"{self.horizon / 86_400e6:,.0f} days with {seats} chats at once are more than the "
                "compiled engine can count; take --engine simpy, or fewer days"
            )
        # No event frees or fills more seats than there are, or changes anybody's duty thrice.
        headroom = 4 * (agents + seats)
        self.logs = {
            name: Log(self.agenda, room=LOG_ROOM, headroom=headroom)
            for name in ("reactions", "presence", "duty")
        }
        self.words = words(
            DESK,
            self.tables
            | {"agenda": self.agenda.words}
            | {name: log.words for name, log in self.logs.items()},
        )
        self.arrivals = setting_up.first_arrivals(scenario, workload)
        self.calendar = setting_up.calendar(scenario, duty)

    def runs(self) -> None:
        """From the first instant to the horizon."""
        at = np.zeros(2, dtype=np.int64)
        turns = compiled(loop.turns)
        while not turns(
            self.words.ctypes.data,
            *self.arrivals,
            self.calendar,
            self.horizon,
            at,
            loop.AT_MOST,
        ):
            for buffer in (self.agenda, *self.logs.values()):
                if buffer.is_full:
                    buffer.grow()
            self.agenda.begins_anew()

    def outcomes(self) -> Outcomes:
        """As `setting_up.outcomes`."""
        chats, seats, agents = (self.tables[name] for name in ("chats", "seats", "agents"))
        rows = setting_up.in_order_of_arrival(np.ascontiguousarray(chats["serial"]))
        course = np.empty((len(COURSE), len(rows)), dtype=np.int64)
        compiled(layout.reads)(columns(chats), rows, COURSE, course)
        found = dict(zip(setting_up.COURSE.values(), course, strict=True))
        offered_to = np.full(len(rows), NONE)
        waits = setting_up.second_waits(found)
        chat = chats[rows[waits]]
        offered = (chat["state"] == WAITING) & (chat["reactor"] != NONE)
        offered_to[waits[offered]] = seats["agent"][chat["reactor"][offered]]
        return Outcomes(
            row=rows,
            **found,
            transfer_offered_to=offered_to,
            reactions=setting_up.log(
                np.concatenate([self.logs["reactions"].triples, self._reacting(seats)])
            ),
            presence=self._spans("presence", agents["present_since"]),
            duty=self._spans("duty", agents["able_since"]),
            engine="compiled",
        )

    def _reacting(self, seats: NDArray[Any]) -> NDArray[np.int64]:
        """The reactions that the horizon cuts."""
        cut = seats[seats["held"] == REACTING]
        until = np.full(len(cut), self.horizon)
        return np.column_stack([cut["agent"], cut["began_at"], until])

    def _spans(self, name: str, since: NDArray[np.int64]) -> NDArray[np.int64]:
        """What a log holds, and the spans of the agents that the horizon cuts."""
        cut = np.flatnonzero(since != NONE)
        until = np.full(len(cut), self.horizon)
        spans = np.concatenate([self.logs[name].triples, np.column_stack([cut, since[cut], until])])
        return setting_up.merged(setting_up.log(spans))


def _chats(workload: Workload) -> NDArray[Any]:
    chats = np.empty(len(workload.topic), dtype=dtype(Chat))
    places, _kept = layout.addresses(setting_up.drawn(workload))
    compiled(layout.lays_out)(places, UNTOUCHED, columns(chats))
    return chats


def prepare() -> None:
    """See `compiled.prepare`."""
    for function in SIGNATURES:
        compiled(function)


@cache
def compiled(function: Callable[..., T]) -> Callable[..., T]:
    """It, compiled for its one signature, or loaded from where that is kept."""
    folder = kept_in()
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = "" if folder is None else str(folder)
    try:
        found: Callable[..., T] = numba.njit(
            SIGNATURES[function], cache=folder is not None, error_model="numpy"
        )(function)
    finally:
        numba.config.CACHE_DIR = before
    return found
