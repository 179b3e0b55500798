"""Where the agents of a group with a staffing table stand, so that nobody need be looked for.

Such a group has a *shelf* for every load of those who work, one for every load of those who wind
down, and one for those off duty. A shelf is a set of agents as bits, ``BITS`` a word: first, as a
summary, a bit for every word behind that is not zero, then those words, a bit for every agent in
order of their numbers. So the first or last on a shelf is found in two looks up to 1024 agents,
and in one more for every further 1024.
"""

from __future__ import annotations

from math import frexp
from typing import TYPE_CHECKING, Final

from simulator.desk.codes import NONE

if TYPE_CHECKING:
    from simulator.desk.state import Agent, Desk, Group

__all__ = [
    "changes_load",
    "first_off_duty",
    "first_who_may_leave",
    "heaviest_winding_down",
    "lightest_working",
    "number_of_shelves",
    "puts_on_shelf",
    "takes_off_shelf",
    "words_for",
]

SHIFT: Final = 5
BITS: Final = 1 << SHIFT


def words_for(things: int) -> int:
    """How many words hold that many bits."""
    return (things + BITS - 1) >> SHIFT


def number_of_shelves(cap: int) -> int:
    """Of a group with so many chats at once."""
    return 2 * (cap + 1) + 1


def shelf_of(group: Group, agent: Agent) -> int:
    """The shelf where the agent belongs, counted within the group: its first word."""
    shelf = 2 * (group.cap + 1)
    if agent.on_duty == 1:
        shelf = agent.winding_down * (group.cap + 1) + agent.load
    return group.shelves_from + shelf * group.shelf_length


def takes_off_shelf(d: Desk, group: Group, agent: Agent, agent_no: int) -> None:
    """Before an agent's duty, load or winding down changes."""
    summary = shelf_of(group, agent)
    place = agent_no - group.first_agent
    word = place >> SHIFT
    left = d.shelves[summary + group.summary_length + word] & ~(1 << (place & (BITS - 1)))
    d.shelves[summary + group.summary_length + word] = left
    if left == 0:
        d.shelves[summary + (word >> SHIFT)] &= ~(1 << (word & (BITS - 1)))


def puts_on_shelf(d: Desk, group: Group, agent: Agent, agent_no: int) -> None:
    """After it has changed."""
    summary = shelf_of(group, agent)
    place = agent_no - group.first_agent
    word = place >> SHIFT
    d.shelves[summary + group.summary_length + word] |= 1 << (place & (BITS - 1))
    d.shelves[summary + (word >> SHIFT)] |= 1 << (word & (BITS - 1))


def changes_load(d: Desk, group: Group, agent: Agent, agent_no: int, by: int) -> None:
    """One seat more (1) or fewer (-1) is held."""
    takes_off_shelf(d, group, agent, agent_no)
    agent.load += by
    puts_on_shelf(d, group, agent, agent_no)


def first_on(d: Desk, group: Group, shelf: int) -> int:
    """The agent of the lowest number on a shelf, or NONE."""
    start = group.shelves_from + shelf * group.shelf_length
    for i in range(group.summary_length):
        if d.shelves[start + i] != 0:
            word = (i << SHIFT) + lowest_bit(d.shelves[start + i])
            bits = d.shelves[start + group.summary_length + word]
            return group.first_agent + (word << SHIFT) + lowest_bit(bits)
    return NONE


def last_on(d: Desk, group: Group, shelf: int) -> int:
    """The agent of the highest number on a shelf, or NONE."""
    start = group.shelves_from + shelf * group.shelf_length
    for i in range(group.summary_length - 1, -1, -1):
        if d.shelves[start + i] != 0:
            word = (i << SHIFT) + highest_bit(d.shelves[start + i])
            bits = d.shelves[start + group.summary_length + word]
            return group.first_agent + (word << SHIFT) + highest_bit(bits)
    return NONE


def lightest_working(d: Desk, group: Group) -> int:
    """Who of those not winding down would be the first to: least load, highest number; or NONE."""
    for load in range(group.cap + 1):
        agent_no = last_on(d, group, load)
        if agent_no != NONE:
            return agent_no
    return NONE


def heaviest_winding_down(d: Desk, group: Group) -> int:
    """Who of those winding down would be the last to: most load, lowest number; or NONE."""
    for load in range(group.cap, -1, -1):
        agent_no = first_on(d, group, group.cap + 1 + load)
        if agent_no != NONE:
            return agent_no
    return NONE


def first_who_may_leave(d: Desk, group: Group) -> int:
    """Somebody winding down with nothing in hand, or NONE."""
    return first_on(d, group, group.cap + 1)


def first_off_duty(d: Desk, group: Group) -> int:
    """The agent of the lowest number who is off duty, or NONE."""
    return first_on(d, group, 2 * (group.cap + 1))


def highest_bit(word: int) -> int:
    """The place of the highest 1 of a word that is not zero."""
    return frexp(float(word))[1] - 1


def lowest_bit(word: int) -> int:
    """The place of the lowest 1 of a word that is not zero."""
    return highest_bit(word & -word)
