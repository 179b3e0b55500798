"""The compiled loop: takes what comes first and lets it happen, until the horizon."""

from __future__ import annotations

from typing import Any, Final

from simulator.desk.codes import CHAT_ARRIVES, NONE, WORK_ENDS
from simulator.engines.compiled.agenda import SERIAL, clears_slot, first_slot, pops
from simulator.engines.compiled.rules import desk_at, happens

__all__ = ["AT_MOST", "turns"]

AT_MOST: Final = 1 << 22
"""Events until Python has its turn: to be interrupted, or to make room."""


def turns(  # noqa: C901  (one place says what comes first)
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
    is_over = False
    for _ in range(at_most):
        if (
            agenda.count > agenda.limit
            or d.reactions.count > d.reactions.limit
            or d.presence.count > d.presence.limit
            or d.duty.count > d.duty.limit
        ):
            break
        now = horizon
        place = 0  # the kind and the serial of what comes first
        source = 0
        first = first_slot(agenda)
        if first >> (agenda.shift + 2) < now:
            now = first >> (agenda.shift + 2)
            place = (first >> agenda.shift & 3) << SERIAL | (first & ((1 << agenda.shift) - 1))
            source = 1
        if agenda.count > 0:
            instant = agenda.instants[0]
            if instant < now or (instant == now and source > 0 and agenda.keys[0] < place):
                now = instant
                place = agenda.keys[0]
                source = 2
        if turned < len(calendar):
            instant = calendar[turned, 0]
            entry = calendar[turned, 1] << SERIAL | calendar[turned, 2]
            if instant < now or (instant == now and source > 0 and entry < place):
                now = instant
                place = entry
                source = 3
        if arrived < len(arrivals) and arrivals[arrived] < now:
            now = arrivals[arrived]
            source = 4
        if source == 0:
            is_over = True
            break
        value = NONE
        if source == 4:
            kind = CHAT_ARRIVES
            who = who_arrives[arrived]
            arrived += 1
        else:
            kind = place >> SERIAL
            who = place & ((1 << SERIAL) - 1)
            if source == 2:
                pops(agenda)
            elif source == 3:
                value = calendar[turned, 3]
                turned += 1
        happens(d, kind, who, value, now)
        if source == 1:
            slot = who if kind == WORK_ENDS else who + agenda.agents
            if kind != WORK_ENDS or d.agents[who].due != now:
                clears_slot(agenda, slot, first)
    at[0] = arrived
    at[1] = turned
    return is_over
