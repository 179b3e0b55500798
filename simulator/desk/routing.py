"""Whom a chat is offered to.

An agent who is able to begin a reaction (on duty or staying) and has a free seat stands in the
bucket of their group and load; a bucket is a line, whoever has been at that load longest first.
Under ``longest_idle`` a group has one bucket, whoever has gone longest since a seat of theirs was
freed first. So an agent is found in a time that does not grow with the number of agents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.desk.codes import FILL_FIRST, LEAST_LOADED, LONGEST_IDLE, NONE
from simulator.desk.shelves import changes_load

if TYPE_CHECKING:
    from simulator.desk.state import Desk

__all__ = [
    "fill_first",
    "least_loaded",
    "lists",
    "load_falls",
    "load_rises",
    "longest_idle",
    "routed",
    "unlists",
]


def first_able(d: Desk, bucket_no: int, topic_no: int, now: int) -> int:
    """The first agent in a bucket who may begin to react to a chat of this topic, or NONE.

    Whoever's duty ends at an instant begins nothing at it. An agent whose duty is over, or who
    is winding down, begins only for the queues that they stay to serve out.
    """
    agent_no = d.buckets[bucket_no].head
    while agent_no != NONE:
        agent = d.agents[agent_no]
        if agent.on_duty == 1 and agent.winding_down == 0 and now < agent.duty_until:
            return agent_no
        if agent.stays >> topic_no & 1 == 1:
            return agent_no
        agent_no = agent.behind
    return NONE


def least_loaded(d: Desk, topic_no: int, now: int) -> int:
    """The agent with the fewest seats held; of these, the longest at that load."""
    topic = d.topics[topic_no]
    best = NONE
    best_load = NONE
    for i in range(topic.groups_from, topic.groups_until):
        group = d.groups[d.topic_groups[i]]
        for load in range(group.cap):
            if best != NONE and load > best_load:
                break
            agent_no = first_able(d, group.buckets_from + load, topic_no, now)
            if agent_no != NONE:
                if (
                    best == NONE
                    or load < best_load
                    or d.agents[agent_no].order < d.agents[best].order
                ):
                    best = agent_no
                    best_load = load
                break
    return best


def fill_first(d: Desk, topic_no: int, now: int) -> int:
    """The agent with the most seats held who has one free; of these, the longest at that load."""
    topic = d.topics[topic_no]
    best = NONE
    best_load = NONE
    for i in range(topic.groups_from, topic.groups_until):
        group = d.groups[d.topic_groups[i]]
        for load in range(group.cap - 1, -1, -1):
            if load < best_load:
                break
            agent_no = first_able(d, group.buckets_from + load, topic_no, now)
            if agent_no != NONE:
                if load > best_load or d.agents[agent_no].order < d.agents[best].order:
                    best = agent_no
                    best_load = load
                break
    return best


def longest_idle(d: Desk, topic_no: int, now: int) -> int:
    """The agent with a free seat who has gone longest since a seat of theirs was freed."""
    topic = d.topics[topic_no]
    best = NONE
    for i in range(topic.groups_from, topic.groups_until):
        group = d.groups[d.topic_groups[i]]
        agent_no = first_able(d, group.buckets_from, topic_no, now)
        if agent_no != NONE and (best == NONE or d.agents[agent_no].order < d.agents[best].order):
            best = agent_no
    return best


def routed(d: Desk, topic_no: int, now: int) -> int:
    """The agent to whom the desk's routing offers a chat of this topic, or NONE."""
    if d.tally.listed == 0:
        return NONE
    if d.tally.routing == LEAST_LOADED:
        return least_loaded(d, topic_no, now)
    if d.tally.routing == FILL_FIRST:
        return fill_first(d, topic_no, now)
    return longest_idle(d, topic_no, now)


def lists(d: Desk, agent_no: int) -> None:
    """Put an agent who is here and has a free seat at the end of the bucket of their load."""
    agent = d.agents[agent_no]
    group = d.groups[agent.group]
    d.tally.changes += 1
    agent.order = d.tally.changes
    if agent.load == group.cap or (agent.on_duty == 0 and agent.stays == 0):
        return
    bucket_no = group.buckets_from
    if d.tally.routing != LONGEST_IDLE:
        bucket_no += agent.load
    bucket = d.buckets[bucket_no]
    agent.bucket = bucket_no
    agent.ahead = bucket.tail
    agent.behind = NONE
    if bucket.tail == NONE:
        bucket.head = agent_no
    else:
        d.agents[bucket.tail].behind = agent_no
    bucket.tail = agent_no
    d.tally.listed += 1


def unlists(d: Desk, agent_no: int) -> None:
    """Take an agent out of the bucket, if they stand in one."""
    agent = d.agents[agent_no]
    if agent.bucket == NONE:
        return
    bucket = d.buckets[agent.bucket]
    agent.bucket = NONE
    if agent.ahead == NONE:
        bucket.head = agent.behind
    else:
        d.agents[agent.ahead].behind = agent.behind
    if agent.behind == NONE:
        bucket.tail = agent.ahead
    else:
        d.agents[agent.behind].ahead = agent.ahead
    d.tally.listed -= 1


def load_rises(d: Desk, agent_no: int) -> None:
    """One more seat of this agent is held."""
    agent = d.agents[agent_no]
    group = d.groups[agent.group]
    if group.headcount == NONE:
        agent.load += 1
    else:
        changes_load(d, group, agent, agent_no, 1)
    is_full = agent.load == group.cap
    if is_full or d.tally.routing != LONGEST_IDLE:
        unlists(d, agent_no)
        if not is_full:
            lists(d, agent_no)


def load_falls(d: Desk, agent_no: int) -> None:
    """One seat of this agent is free again."""
    agent = d.agents[agent_no]
    group = d.groups[agent.group]
    if group.headcount == NONE:
        agent.load -= 1
    else:
        changes_load(d, group, agent, agent_no, -1)
    if agent.bucket != NONE:
        unlists(d, agent_no)
    lists(d, agent_no)
