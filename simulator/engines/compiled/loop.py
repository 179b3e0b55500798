"""The compiled loop: takes what comes first and lets it happen, until the horizon."""

from __future__ import annotations

from typing import Any, Final

from simulator.desk.codes import CHAT_ARRIVES, NEVER, NONE, WORK_ENDS
from simulator.engines.compiled.agenda import SERIAL, clears_slot, pops
from simulator.engines.compiled.rules import desk_at, happens

__all__ = ["AT_MOST", "turns"]

AT_MOST: Final = 1 << 22
"""Events until Python has its turn: to be interrupted, or to make room."""


def turns(
    address: int,
    arrivals: Any,
    who_arrives: Any,
    calendar: Any,
    horizon: int,
    at: Any,
    at_most: int,
) -> bool:
    """Let events happen; whether the desk has come to its horizon.

    Args:
        address: of the desk.
        arrivals: instants of the first attempts, in order.
        who_arrives: their chats.
        calendar: (m, 4), as `setting_up.calendar`.
        horizon: events at it or later do not happen.
        at: how many arrivals and entries of the calendar have happened; written.
        at_most: events.
    """
    d = desk_at(address)
    agenda = d.agenda
    arrived = at[0]
    turned = at[1]
    next_arrival = arrivals[arrived] if arrived < len(arrivals) else NEVER
    next_turn = calendar[turned, 0] if turned < len(calendar) else NEVER
    is_over = False
    for _ in range(at_most):
        if agenda.is_full == 1:
            break
        first = agenda.first
        now = first >> (agenda.shift + 2)
        in_slot = now
        on_heap = agenda.instants[0] if agenda.count > 0 else NEVER
        now = on_heap if on_heap < now else now  # noqa: FURB136  (Numba: a select)
        now = next_turn if next_turn < now else now  # noqa: FURB136
        now = next_arrival if next_arrival < now else now  # noqa: FURB136
        if now >= horizon:
            is_over = True
            break
        if in_slot == now:  # the kinds in slots go before all others
            kind = first >> agenda.shift & 3
            who = first & ((1 << agenda.shift) - 1)
            happens(d, kind, who, NONE, now)
            slot = who if kind == WORK_ENDS else who + agenda.agents
            if kind != WORK_ENDS or d.agents[who].due != now:
                clears_slot(agenda, slot, first)
            continue
        value = NONE
        if on_heap != now and next_turn != now:  # arrivals go after all others
            kind = CHAT_ARRIVES
            who = who_arrives[arrived]
            arrived += 1
            next_arrival = arrivals[arrived] if arrived < len(arrivals) else NEVER
        else:
            entry = agenda.keys[0] if on_heap == now else NEVER
            turn = NEVER
            if next_turn == now:
                turn = calendar[turned, 1] << SERIAL | calendar[turned, 2]
            if turn < entry:
                entry = turn
                value = calendar[turned, 3]
                turned += 1
                next_turn = calendar[turned, 0] if turned < len(calendar) else NEVER
            else:
                pops(agenda)
            kind = entry >> SERIAL
            who = entry & ((1 << SERIAL) - 1)
        happens(d, kind, who, value, now)
    at[0] = arrived
    at[1] = turned
    return is_over
