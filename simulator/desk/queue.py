"""Who waits before whom: two linked lines per topic, ordered by ticket.

In one line wait the chats that nobody reacts to yet, in the other those that somebody reacts to.
The ticket is the order of arrival; transferred chats have tickets below zero, so they wait ahead of
all others, among themselves in the order in which they came to wait. Joining, leaving and finding
the first take constant time however long the lines are: whoever comes, or finds a reactor, does so
at an end of a line, or close to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.desk.codes import ELSEWHERE, NONE, WAITING
from simulator.desk.roster import releases_stayers

if TYPE_CHECKING:
    from simulator.desk.state import Chat, Desk, Group, Topic

__all__ = [
    "finds_reactor",
    "first_waiting",
    "joins",
    "joins_ahead",
    "leaves",
    "longest_unattended",
    "longest_waiting",
    "loses_reactor",
    "pending_everywhere",
]

TRANSFERRED_FIRST: Final = 1 << 40


def joins(d: Desk, chat: Chat, chat_no: int, topic: Topic) -> None:
    """A chat takes its place at the end."""
    chat.ticket = chat.serial
    chat.state = WAITING
    stands_behind(d, topic, chat, chat_no, topic.tail)
    topic.pending += 1


def joins_ahead(d: Desk, chat: Chat, chat_no: int, topic: Topic) -> None:
    """A transferred chat takes its place behind the last of its kind, ahead of all others."""
    d.tally.transferred += 1
    chat.ticket = d.tally.transferred - TRANSFERRED_FIRST
    chat.state = WAITING
    chat.reactor = NONE
    stands_behind(d, topic, chat, chat_no, topic.last_transferred)
    topic.last_transferred = chat_no
    topic.pending += 1


def stands_behind(d: Desk, topic: Topic, chat: Chat, chat_no: int, ahead: int) -> None:
    """Put a chat into the line of the unattended, behind another one or, if NONE, first of all."""
    chat.ahead = ahead
    if ahead == NONE:
        chat.behind = topic.head
        topic.head = chat_no
    else:
        chat.behind = d.chats[ahead].behind
        d.chats[ahead].behind = chat_no
    if chat.behind == NONE:
        topic.tail = chat_no
    else:
        d.chats[chat.behind].ahead = chat_no
    topic.unattended += 1
    d.tally.unattended += 1


def steps_out(d: Desk, topic: Topic, chat: Chat, chat_no: int) -> None:
    """Take a chat out of the line of the unattended."""
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
    topic.unattended -= 1
    d.tally.unattended -= 1


def finds_reactor(d: Desk, chat: Chat, chat_no: int, seat_no: int) -> None:
    """From now on that seat reacts to a waiting chat to which nobody did."""
    topic = d.topics[chat.topic]
    steps_out(d, topic, chat, chat_no)
    chat.reactor = seat_no
    chat.ahead = topic.attended_tail
    chat.behind = NONE
    while chat.ahead != NONE and d.chats[chat.ahead].ticket > chat.ticket:
        chat.behind = chat.ahead
        chat.ahead = d.chats[chat.ahead].ahead
    if chat.ahead == NONE:
        topic.attended_head = chat_no
    else:
        d.chats[chat.ahead].behind = chat_no
    if chat.behind == NONE:
        topic.attended_tail = chat_no
    else:
        d.chats[chat.behind].ahead = chat_no


def loses_reactor(d: Desk, chat: Chat, chat_no: int) -> None:
    """Nobody reacts to this waiting chat any more."""
    topic = d.topics[chat.topic]
    steps_out_attended(d, topic, chat)
    chat.reactor = NONE
    ahead = NONE
    behind = topic.head
    while behind != NONE and d.chats[behind].ticket < chat.ticket:
        ahead = behind
        behind = d.chats[behind].behind
    if ahead == topic.last_transferred and chat.ticket < 0:
        topic.last_transferred = chat_no
    stands_behind(d, topic, chat, chat_no, ahead)


def steps_out_attended(d: Desk, topic: Topic, chat: Chat) -> None:
    """Take a chat out of the line of those that somebody reacts to."""
    if chat.ahead == NONE:
        topic.attended_head = chat.behind
    else:
        d.chats[chat.ahead].behind = chat.behind
    if chat.behind == NONE:
        topic.attended_tail = chat.ahead
    else:
        d.chats[chat.behind].ahead = chat.ahead


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
    if chat.reactor == NONE:
        steps_out(d, topic, chat, chat_no)
    else:
        steps_out_attended(d, topic, chat)
    topic.pending -= 1
    if topic.stayers > 0 and topic.pending == 0:
        releases_stayers(d, chat.topic, now)


def first_waiting(d: Desk, topic: Topic) -> int:
    """The longest-waiting chat of a topic, or NONE."""
    if topic.attended_head == NONE:
        return topic.head
    if topic.head == NONE or d.chats[topic.attended_head].ticket < d.chats[topic.head].ticket:
        return topic.attended_head
    return topic.head


def longest_waiting(d: Desk, group: Group) -> int:
    """The longest-waiting chat that a group may answer, or NONE."""
    best = NONE
    for i in range(group.topics_from, group.topics_until):
        chat_no = first_waiting(d, d.topics[d.group_topics[i]])
        if chat_no != NONE and (best == NONE or d.chats[chat_no].ticket < d.chats[best].ticket):
            best = chat_no
    return best


def longest_unattended(d: Desk, group: Group) -> int:
    """The longest-waiting chat that a group may answer and nobody reacts to, or NONE."""
    best = NONE
    for i in range(group.topics_from, group.topics_until):
        chat_no = d.topics[d.group_topics[i]].head
        if chat_no != NONE and (best == NONE or d.chats[chat_no].ticket < d.chats[best].ticket):
            best = chat_no
    return best
