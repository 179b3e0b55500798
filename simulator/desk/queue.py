"""Who waits before whom: one linked line per topic, ordered by ticket.

The ticket is the order of arrival; transferred chats have tickets below zero, so they wait ahead
of all others, among themselves in the order in which they came to wait. Joining and leaving take
constant time however long the line is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.desk.codes import ELSEWHERE, NONE, WAITING
from simulator.desk.roster import releases_stayers

if TYPE_CHECKING:
    from simulator.desk.state import Chat, Desk, Group, Topic

__all__ = [
    "first_unattended",
    "joins",
    "joins_ahead",
    "leaves",
    "longest_unattended",
    "longest_waiting",
    "pending_everywhere",
]

TRANSFERRED_FIRST: Final = 1 << 40


def joins(d: Desk, chat: Chat, chat_no: int, topic: Topic) -> None:
    """A chat takes its place at the end."""
    chat.ticket = chat.serial
    chat.state = WAITING
    chat.ahead = topic.tail
    if chat.ahead == NONE:
        topic.head = chat_no
    else:
        d.chats[chat.ahead].behind = chat_no
    topic.tail = chat_no
    topic.pending += 1
    topic.unattended += 1
    d.tally.unattended += 1


def joins_ahead(d: Desk, chat: Chat, chat_no: int, topic: Topic) -> None:
    """A transferred chat takes its place behind the last of its kind, ahead of all others."""
    d.tally.transferred += 1
    chat.ticket = d.tally.transferred - TRANSFERRED_FIRST
    chat.state = WAITING
    chat.reactor = NONE
    chat.ahead = topic.last_transferred
    if chat.ahead == NONE:
        chat.behind = topic.head
        topic.head = chat_no
    else:
        chat.behind = d.chats[chat.ahead].behind
        d.chats[chat.ahead].behind = chat_no
    if chat.behind == NONE:
        topic.tail = chat_no
    else:
        d.chats[chat.behind].ahead = chat_no
    topic.last_transferred = chat_no
    topic.pending += 1
    topic.unattended += 1
    d.tally.unattended += 1


def pending_everywhere(d: Desk) -> int:
    """How many wait in all topics."""
    everywhere = 0
    for i in range(len(d.topics)):
        everywhere += d.topics[i].pending
    return everywhere


def leaves(d: Desk, chat: Chat, chat_no: int, now: int) -> None:
    """Take a chat out of its line; if that was the last one, nobody need stay for it.

    Whoever reacted to it is the caller's business.
    """
    topic = d.topics[chat.topic]
    chat.state = ELSEWHERE
    if chat.ahead == NONE:
        topic.head = chat.behind
    else:
        d.chats[chat.ahead].behind = chat.behind
    if chat.behind == NONE:
        topic.tail = chat.ahead
    else:
        d.chats[chat.behind].ahead = chat.ahead
    if topic.last_transferred == chat_no:
        topic.last_transferred = chat.ahead
    topic.pending -= 1
    if chat.reactor == NONE:
        topic.unattended -= 1
        d.tally.unattended -= 1
    if topic.stayers > 0 and topic.pending == 0:
        releases_stayers(d, chat.topic, now)


def first_unattended(d: Desk, topic: Topic) -> int:
    """The longest-waiting chat of a topic that nobody reacts to; there must be one."""
    chat_no = topic.head
    while d.chats[chat_no].reactor != NONE:
        chat_no = d.chats[chat_no].behind
    return chat_no


def longest_waiting(d: Desk, group: Group) -> int:
    """The longest-waiting chat that a group may answer, or NONE."""
    best = NONE
    for i in range(group.topics_from, group.topics_until):
        chat_no = d.topics[d.group_topics[i]].head
        if chat_no != NONE and (best == NONE or d.chats[chat_no].ticket < d.chats[best].ticket):
            best = chat_no
    return best


def longest_unattended(d: Desk, group: Group) -> int:
    """The longest-waiting chat that a group may answer and nobody reacts to, or NONE."""
    best = NONE
    for i in range(group.topics_from, group.topics_until):
        topic = d.topics[d.group_topics[i]]
        if topic.unattended > 0:
            chat_no = first_unattended(d, topic)
            if best == NONE or d.chats[chat_no].ticket < d.chats[best].ticket:
                best = chat_no
    return best
