"""The rules of the desk, known to Numba: the very functions that the SimPy engine calls."""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any

from numba.extending import register_jitable

from simulator.desk import queue, roster, routing, rules, shelves
from simulator.desk.state import Tally
from simulator.engines.compiled.agenda import AGENDA, LOG
from simulator.engines.compiled.memory import NUMBERS, Struct, record, struct_at, table
from simulator.engines.compiled.records import RECORDS, dtype

__all__ = ["DESK", "desk_at", "happens"]

DESK = Struct(
    "desk",
    {name: table(dtype(kind)) for name, kind in RECORDS.items()}
    | dict.fromkeys(("topic_groups", "group_topics", "speeds", "wrap_ups", "shelves"), NUMBERS)
    | {"tally": record(dtype(Tally)), "agenda": AGENDA}
    | dict.fromkeys(("reactions", "presence", "duty"), LOG),
)
"""`desk.state.Desk`, member by member."""

desk_at: Any = struct_at(DESK)

happens = rules.happens


def _register(module: ModuleType) -> None:
    """Have Numba compile a module's functions where compiled code calls them.

    Inlined without regard to size: a call would cost more than most rules do. `happens` has one
    place for each of them, so nothing is there twice that is long.
    """
    for function in vars(module).values():
        if isinstance(function, FunctionType) and function.__module__ == module.__name__:
            register_jitable(forceinline=True)(function)


for _module in (shelves, queue, roster, routing, rules):
    _register(_module)
