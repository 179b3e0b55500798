"""Who is on duty, who stays, and who leaves.

An agent is *able* while on duty and not winding down, or staying to serve out a queue, and
*present* while on duty, staying, or with something in hand: chats in hand are finished after duty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.desk.codes import DUTY_STARTS, NONE
from simulator.desk.routing import lists, unlists
from simulator.desk.shelves import (
    first_off_duty,
    first_who_may_leave,
    heaviest_winding_down,
    lightest_working,
    puts_on_shelf,
    takes_off_shelf,
)

if TYPE_CHECKING:
    from simulator.desk.state import Desk

__all__ = [
    "another_comes_on",
    "comes_on",
    "goes_off",
    "registers",
    "registers_staffing",
    "releases_stayers",
    "reviews_staffing",
    "stays_for",
]


def comes_on(d: Desk, agent_no: int, now: int) -> None:
    """An agent's duty begins; they stand last among those of equal load."""
    agent = d.agents[agent_no]
    group = d.groups[agent.group]
    if group.headcount != NONE:
        takes_off_shelf(d, group, agent, agent_no)
    agent.on_duty = 1
    if group.headcount != NONE:
        puts_on_shelf(d, group, agent, agent_no)
    group.on_duty += 1
    registers_staffing(d, agent.group)
    unlists(d, agent_no)
    lists(d, agent_no)
    registers(d, agent_no, now)


def goes_off(d: Desk, agent_no: int, now: int) -> None:
    """An agent's duty is over."""
    agent = d.agents[agent_no]
    group = d.groups[agent.group]
    if group.headcount != NONE:
        takes_off_shelf(d, group, agent, agent_no)
    agent.on_duty = 0
    if group.headcount != NONE:
        puts_on_shelf(d, group, agent, agent_no)
    group.on_duty -= 1
    if agent.winding_down == 1:
        agent.winding_down = 0
        group.winding_down -= 1
    registers_staffing(d, agent.group)
    registers(d, agent_no, now)


def registers(d: Desk, agent_no: int, now: int) -> None:
    """Write down since when an agent has been able and present, and until when they were."""
    agent = d.agents[agent_no]
    here = agent.on_duty == 1 or agent.stays != 0
    if not here:
        unlists(d, agent_no)
    if here and not (agent.winding_down == 1 and agent.stays == 0):
        if agent.able_since == NONE:
            agent.able_since = now
    elif agent.able_since != NONE:
        d.duty.append((agent_no, agent.able_since, now))
        agent.able_since = NONE
    if here or agent.load > 0:
        if agent.present_since == NONE:
            agent.present_since = now
    elif agent.present_since != NONE:
        d.presence.append((agent_no, agent.present_since, now))
        agent.present_since = NONE


def another_comes_on(d: Desk, group_no: int, now: int) -> None:
    """A staffing table asks for more: its first agent off duty comes; then perhaps another."""
    group = d.groups[group_no]
    if group.on_duty >= group.headcount:
        return
    comes_on(d, first_off_duty(d, group), now)
    if group.on_duty < group.headcount:
        d.agenda.append((now, DUTY_STARTS, group.first_agent))


def reviews_staffing(d: Desk, now: int) -> None:
    """See who winds down: agents beyond the headcount, least load first, ties highest number.

    One of them with nothing in hand leaves.
    """
    for group_no in range(len(d.groups)):
        group = d.groups[group_no]
        if group.headcount != NONE and (group.on_duty > group.headcount or group.winding_down > 0):
            reviews_group(d, group_no, now)


def reviews_group(d: Desk, group_no: int, now: int) -> None:
    """`reviews_staffing` for one group.

    The lightest of those who work changes places with the heaviest of those who wind down until
    these are the right ones; nobody is touched twice.
    """
    group = d.groups[group_no]
    surplus = 0
    if group.on_duty > group.headcount:
        surplus = group.on_duty - group.headcount
    while True:
        lightest = lightest_working(d, group)
        heaviest = heaviest_winding_down(d, group)
        missing = surplus - group.winding_down
        if missing == 0 and not goes_before(d, lightest, heaviest):
            break
        if missing >= 0:
            changes_mind(d, lightest, 1, now)
        if missing <= 0:
            changes_mind(d, heaviest, 0, now)
    leaver = first_who_may_leave(d, group)
    while leaver != NONE:
        goes_off(d, leaver, now)
        leaver = first_who_may_leave(d, group)


def goes_before(d: Desk, working: int, winding_down: int) -> bool:
    """Whether the one should wind down rather than the other; not if either is NONE."""
    if working == NONE or winding_down == NONE:
        return False
    more = d.agents[winding_down].load - d.agents[working].load
    return more > 0 or (more == 0 and working > winding_down)


def changes_mind(d: Desk, agent_no: int, winding_down: int, now: int) -> None:
    """An agent begins to wind down (1), or works on (0)."""
    agent = d.agents[agent_no]
    group = d.groups[agent.group]
    takes_off_shelf(d, group, agent, agent_no)
    agent.winding_down = winding_down
    puts_on_shelf(d, group, agent, agent_no)
    group.winding_down += 2 * winding_down - 1
    registers(d, agent_no, now)


def registers_staffing(d: Desk, group_no: int) -> None:
    """Tell the group's topics whether any of its agents is on duty and not winding down."""
    group = d.groups[group_no]
    is_staffed = 1 if group.on_duty > 0 and group.headcount != 0 else 0
    if is_staffed != group.is_staffed:
        for i in range(group.topics_from, group.topics_until):
            d.topics[d.group_topics[i]].staffed += is_staffed - group.is_staffed
        group.is_staffed = is_staffed


def stays_for(d: Desk, topic_no: int, now: int) -> None:
    """Everybody of the topic who is on duty stays until its queue is empty."""
    topic = d.topics[topic_no]
    for i in range(topic.groups_from, topic.groups_until):
        group = d.groups[d.topic_groups[i]]
        for agent_no in range(group.first_agent, group.agents_until):
            agent = d.agents[agent_no]
            if agent.on_duty == 1 and agent.stays >> topic_no & 1 == 0:
                agent.stays |= 1 << topic_no
                topic.stayers += 1
                registers(d, agent_no, now)


def releases_stayers(d: Desk, topic_no: int, now: int) -> None:
    """The queue of a closed topic is empty: whoever stayed for it may go."""
    topic = d.topics[topic_no]
    topic.stayers = 0
    for i in range(topic.groups_from, topic.groups_until):
        group = d.groups[d.topic_groups[i]]
        for agent_no in range(group.first_agent, group.agents_until):
            agent = d.agents[agent_no]
            if agent.stays >> topic_no & 1 == 1:
                agent.stays &= ~(1 << topic_no)
                registers(d, agent_no, now)
