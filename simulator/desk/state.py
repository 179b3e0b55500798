"""What a desk holds: numbered records of integers, nothing else.

Each class is a table of fields. An engine written in Python keeps lists of these objects; a
compiled one makes NumPy records of the same fields, so the rules (``d.agents[a].load += 1``) run
on either. Every field is an int64: instants and durations in microseconds since the scenario's
first instant, numbers of other records, 0/1 for no/yes, ``NONE`` where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from simulator.desk.codes import ELSEWHERE, FREE, NEVER, NONE, UNFINISHED

__all__ = ["Agent", "Bucket", "Chat", "Desk", "Group", "Seat", "Sink", "Tally", "Topic"]


@dataclass(slots=True)
class Chat:
    """One attempt of one customer; its number is its row in the workload."""

    # drawn before time starts
    topic: int
    patience: int
    work: int
    reaction: int
    silent: int
    takes_form: int
    again: int  # the row of the customer's next attempt
    delay: int  # how long after giving up before this attempt comes
    transfer_topic: int
    transfer_work: int
    transfer_reaction: int
    transfer_patience: int

    # the course of it
    state: int = ELSEWHERE
    outcome: int = UNFINISHED
    serial: int = NONE  # order of arrival, from 0
    requested_at: int = NONE
    queue_pos: int = 0
    gives_up_at: int = NONE
    gone: int = 0  # left without a word, the session still waits
    reaction_began_at: int = NONE
    picked_up_at: int = NONE
    ended_at: int = NONE
    wrapped_up_at: int = NONE
    agent: int = NONE
    rank: int = 0
    leg: int = 0  # 1 after a transfer
    transferred_at: int = NONE
    transfer_picked_up_at: int = NONE
    transfer_agent: int = NONE
    transfer_rank: int = 0

    # its place in one of its topic's two lines
    ticket: int = NONE  # smaller = waits before; below 0 for transferred chats
    ahead: int = NONE
    behind: int = NONE
    reactor: int = NONE  # the seat that reacts to it


@dataclass(slots=True)
class Topic:
    """A queue and its opening state."""

    groups_from: int  # its groups stand in Desk.topic_groups[groups_from:groups_until]
    groups_until: int
    silent_timeout: int
    form_after: int
    form_length: int
    form_needs_both: int

    is_open: int = 0
    closing: int = 1  # closed for the day, not for lunch: nobody new comes for its queue
    staffed: int = 0  # how many of its groups are staffed
    stayers: int = 0
    pending: int = 0
    unattended: int = 0  # pending chats that nobody reacts to
    head: int = NONE  # of the line of these
    tail: int = NONE
    last_transferred: int = NONE  # in it
    attended_head: int = NONE  # of the line of the others
    attended_tail: int = NONE


@dataclass(slots=True)
class Group:
    """Agents of equal skills, cap and speed, numbered in a row."""

    first_agent: int
    agents_until: int
    cap: int
    topics_from: int  # its topics stand in Desk.group_topics[topics_from:topics_until]
    topics_until: int
    speeds_from: int  # speed of each of k chats: Desk.speeds[speeds_from + k], in 1/unit
    unit: int
    wrap_ups_from: int  # of chat c in leg l: Desk.wrap_ups[wrap_ups_from + 2 * c + l]; or NONE
    buckets_from: int  # its buckets by load: Desk.buckets[buckets_from + load]
    shelves_from: int  # its shelves: words of Desk.shelves; none without a staffing table
    shelf_length: int  # in words
    summary_length: int  # of these, the first ones

    headcount: int = NONE  # of a staffing table; NONE where agents have duty of their own
    on_duty: int = 0
    winding_down: int = 0
    is_staffed: int = 0  # somebody is on duty and not winding down


@dataclass(slots=True)
class Agent:
    """Somebody who answers chats."""

    group: int
    first_seat: int
    seats_until: int

    on_duty: int = 0
    duty_until: int = NEVER
    winding_down: int = 0
    stays: int = 0  # bit t: stays to serve out the queue of topic t
    able_since: int = NONE  # on duty or staying, since
    present_since: int = NONE  # able, or with something in hand, since

    load: int = 0
    open_chats: int = 0
    ranks: int = 0  # bit r: rank r is in use
    speed: int = 0  # of each open chat, in 1/Group.unit; 0 without one
    done: int = 0  # work done on each open chat and not credited yet, in us x Group.unit
    done_until: int = 0  # up to when it is counted
    least: int = NEVER  # the smallest Seat.remaining of the open chats
    due: int = NEVER  # when the next of the open chats will be done

    bucket: int = NONE  # where it stands
    order: int = 0  # when it was put there, counted in changes of load
    ahead: int = NONE
    behind: int = NONE


@dataclass(slots=True)
class Seat:
    """One of the chats that an agent can have at once."""

    agent: int
    held: int = FREE
    chat: int = NONE
    rank: int = 0  # of the open chat
    began_at: int = NONE
    ends_at: int = NEVER
    remaining: int = 0  # work left once Agent.done is taken off, in us x Group.unit


@dataclass(slots=True)
class Bucket:
    """Agents of one group with equal load and a free seat, longest there first."""

    head: int = NONE
    tail: int = NONE


@dataclass(slots=True)
class Tally:
    """The settings of the desk, and its counts."""

    routing: int
    closing: int
    tenant_queue: int  # queue positions count the whole tenant, not the topic
    staffing_tables: int  # number of groups with one
    closed_topics: int  # number of topics that are closed, but not for lunch

    arrived: int = 0
    transferred: int = 0
    unattended: int = 0
    listed: int = 0  # agents in buckets
    changes: int = 0  # changes of load so far


class Sink(Protocol):
    """Takes triples of integers; a list, or a compiled engine's buffer."""

    def append(self, triple: tuple[int, int, int], /) -> None:
        """Add one."""


@dataclass(slots=True)
class Desk:
    """All of it. ``topic_groups`` and the like are flat lists of numbers."""

    chats: list[Chat]
    topics: list[Topic]
    groups: list[Group]
    agents: list[Agent]
    seats: list[Seat]
    buckets: list[Bucket]
    topic_groups: list[int]
    group_topics: list[int]
    speeds: list[int]
    wrap_ups: list[int]
    shelves: list[int]
    tally: Tally
    agenda: Sink  # (instant, kind, who): call this rule then
    reactions: Sink  # (agent, began, ended)
    presence: Sink  # (agent, from, until)
    duty: Sink  # (agent, from, until)
