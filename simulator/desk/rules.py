"""What happens at the desk: the one place that says the order of an instant and what events do.

The smallest (instant, kind, serial) is next, also when it is born within the instant. Kinds stand
in that order in `codes`; the serial is the number of whom it happens to: an agent for work ends
and duty, a seat (numbered agent by agent) for wrap-up and reaction ends, a chat for patience, form
and arrivals, a topic for openings. **After every single event the desk settles**: staffing tables
are reviewed, then waiting chats and free seats are matched until nothing more can be, longest
waiting first.

An engine lets each event of the workload, the calendar and the agenda *happen*, in that order. An
event on the agenda may have been overtaken (the customer left, a neighbour joined and the work
takes longer): its rule sees that from the instant, does nothing and answers ``False``, and nothing
follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.desk.codes import (
    ABANDONED,
    CLEAR,
    CLOSED,
    DUTY_ENDS,
    ELSEWHERE,
    FORM_AT_ARRIVAL,
    FORM_CLOSED,
    FORM_IN_QUEUE,
    FORM_IS_OFFERED,
    FREE,
    HEADCOUNT_FALLS,
    IN_CHAT,
    NEVER,
    NONE,
    OPEN,
    PATIENCE_ENDS,
    REACTING,
    REACTION_ENDS,
    RETRY_ARRIVES,
    SERVE_OUT,
    SERVED,
    SILENT,
    TOPIC_CLOSES,
    TOPIC_OPENS,
    TRANSFER_ARRIVES,
    WAITING,
    WORK_ENDS,
    WRAP_UP_ENDS,
    WRAPPING_UP,
)
from simulator.desk.queue import (
    finds_reactor,
    first_waiting,
    joins,
    joins_ahead,
    leaves,
    longest_unattended,
    longest_waiting,
    loses_reactor,
    pending_everywhere,
)
from simulator.desk.roster import (
    another_comes_on,
    comes_on,
    goes_off,
    registers,
    registers_staffing,
    reviews_staffing,
    stays_for,
)
from simulator.desk.routing import load_falls, load_rises, routed

if TYPE_CHECKING:
    from simulator.desk.state import Agent, Chat, Desk, Group, Seat, Topic

__all__ = ["happens", "may_give_up"]


def happens(d: Desk, kind: int, who: int, value: int, now: int) -> None:
    """An event: its rule, and what follows every event.

    Args:
        d: the desk.
        kind: of event, by its number in `codes`.
        who: its serial; the number of a group where the headcount falls.
        value: what an entry of the calendar says besides (`duty_starts`, `topic_closes`,
            `headcount_falls`); `NONE` for events of the workload and the agenda.
        now: its instant.
    """
    if kind <= REACTION_ENDS:
        has_happened = agent_is_done(d, kind, who, now)
    elif kind == PATIENCE_ENDS:
        has_happened = patience_ends(d, who, now)
    elif kind >= RETRY_ARRIVES:
        has_happened = arrives(d, who, now)
    elif kind == FORM_IS_OFFERED:
        has_happened = form_is_offered(d, who, now)
    elif kind == TRANSFER_ARRIVES:
        has_happened = transfer_arrives(d, who)
    else:
        has_happened = calendar_turns(d, kind, who, value, now)
    if has_happened:
        settles(d, now)
        if kind >= TRANSFER_ARRIVES:
            begins_to_wait(d, who, now)


def agent_is_done(d: Desk, kind: int, who: int, now: int) -> bool:
    """With a chat, with the wrap-up of one, or with reacting."""
    if kind == WORK_ENDS:
        return work_ends(d, who, now)
    if kind == WRAP_UP_ENDS:
        return wrap_up_ends(d, who, now)
    return reaction_ends(d, who, now)


def calendar_turns(d: Desk, kind: int, who: int, value: int, now: int) -> bool:
    """Topics open and close; agents come on duty and go."""
    if kind == TOPIC_OPENS:
        topic_opens(d, who)
    elif kind == TOPIC_CLOSES:
        topic_closes(d, who, value, now)
    elif kind == DUTY_ENDS:
        goes_off(d, who, now)
    elif kind == HEADCOUNT_FALLS:
        headcount_falls(d, who, value)
    else:
        duty_starts(d, who, value, now)
    return True


# ---------------------------------------------------------------- the customer's events


def arrives(d: Desk, chat_no: int, now: int) -> bool:
    """A customer asks for a chat, for the first time or again."""
    chat = d.chats[chat_no]
    topic = d.topics[chat.topic]
    tally = d.tally
    chat.serial = tally.arrived
    tally.arrived += 1
    chat.requested_at = now
    if topic.is_open == 0 or topic.staffed == 0:
        ends(chat, FORM_CLOSED, now)
        return True
    already = topic.pending if tally.tenant_queue == 0 else pending_everywhere(d)
    chat.queue_pos = already + 1
    if chat.takes_form == 1 and is_offered_form_at_once(topic, already):
        ends(chat, FORM_AT_ARRIVAL, now)
        return True
    joins(d, chat, chat_no, topic)
    return True


def is_offered_form_at_once(topic: Topic, already: int) -> bool:
    """Whether the queue is so long that whoever comes is offered the form."""
    return topic.form_length != NONE and already >= topic.form_length and topic.form_needs_both == 0


def transfer_arrives(d: Desk, chat_no: int) -> bool:
    """A chat comes to the topic that it was transferred to: a second part begins."""
    chat = d.chats[chat_no]
    chat.leg = 1
    chat.gives_up_at = NONE
    chat.topic = chat.transfer_topic
    chat.work = chat.transfer_work
    chat.reaction = chat.transfer_reaction
    chat.patience = chat.transfer_patience
    joins_ahead(d, chat, chat_no, d.topics[chat.topic])
    return True


def begins_to_wait(d: Desk, chat_no: int, now: int) -> None:
    """Whoever was not picked up at once: their patience runs, and the time to the form."""
    chat = d.chats[chat_no]
    if chat.state != WAITING:
        return
    if chat.patience != NONE:
        chat.gives_up_at = now + chat.patience
        d.agenda.append((chat.gives_up_at, PATIENCE_ENDS, chat_no))
    topic = d.topics[chat.topic]
    if (
        topic.form_after != NONE
        and chat.leg == 0
        and not is_offered_form_at_once(topic, chat.queue_pos - 1)
    ):
        d.agenda.append((now + topic.form_after, FORM_IS_OFFERED, chat_no))


def may_give_up(d: Desk, chat_no: int, at: int) -> bool:
    """Whether it still looks as if the customer's patience will end at that instant."""
    chat = d.chats[chat_no]
    return chat.state == WAITING and chat.gives_up_at == at


def patience_ends(d: Desk, chat_no: int, now: int) -> bool:
    """The customer gives up: openly, or without a word so that the session waits on."""
    chat = d.chats[chat_no]
    if not may_give_up(d, chat_no, now):
        return False
    if chat.leg == 1:
        withdraws(d, chat_no, SERVED, now)
    elif chat.silent == 1:
        chat.gone = 1
        chat.gives_up_at = NONE
        comes_back(d, chat_no, now)
    else:
        withdraws(d, chat_no, ABANDONED, now)
        comes_back(d, chat_no, now)
    return True


def comes_back(d: Desk, chat_no: int, now: int) -> None:
    """Who gave up may try again later."""
    again = d.chats[chat_no].again
    if again != NONE:
        d.agenda.append((now + d.chats[again].delay, RETRY_ARRIVES, again))


def form_is_offered(d: Desk, chat_no: int, now: int) -> bool:
    """The queue offers the offline form to who has waited long enough, once."""
    chat = d.chats[chat_no]
    topic = d.topics[chat.topic]
    if chat.state != WAITING or chat.leg == 1 or chat.gone == 1:
        return False
    pending = topic.pending if d.tally.tenant_queue == 0 else pending_everywhere(d)
    is_offered_form = topic.form_needs_both == 0 or pending - 1 >= topic.form_length
    if is_offered_form and chat.takes_form == 1:
        withdraws(d, chat_no, FORM_IN_QUEUE, now)
    return True


# ------------------------------------------------------------------- the agent's events


def work_ends(d: Desk, agent_no: int, now: int) -> bool:
    """One of the agent's chats is done: the one in the lowest seat, if several are."""
    agent = d.agents[agent_no]
    if agent.due != now:
        return False
    group = d.groups[agent.group]
    seat_no = credits_work(d, agent, now)
    seat = d.seats[seat_no]
    chat = d.chats[seat.chat]
    agent.ranks &= ~(1 << seat.rank)
    agent.open_chats -= 1
    agent.speed = d.speeds[group.speeds_from + agent.open_chats]
    if chat.transfer_topic != NONE and chat.leg == 0 and chat.gone == 0:
        chat.state = ELSEWHERE
        chat.transferred_at = now
        d.agenda.append((now, TRANSFER_ARRIVES, seat.chat))
        goes_on(d, agent, seat, seat_no, now)
    else:
        ends(chat, SILENT if chat.gone == 1 else SERVED, now)
        duration = 0
        if group.wrap_ups_from != NONE:
            duration = d.wrap_ups[group.wrap_ups_from + 2 * seat.chat + chat.leg]
        wraps_up(d, agent, seat, seat_no, duration, now)
    if agent.due == now:  # unless a chat that came at once has set it
        sets_due(d, agent, agent_no, now)
    return True


def wraps_up(d: Desk, agent: Agent, seat: Seat, seat_no: int, duration: int, now: int) -> None:
    """The chat has ended; the seat is held a while longer, or done with at once."""
    if duration == 0:
        d.chats[seat.chat].wrapped_up_at = now
        goes_on(d, agent, seat, seat_no, now)
    else:
        seat.held = WRAPPING_UP
        seat.ends_at = now + duration
        d.agenda.append((seat.ends_at, WRAP_UP_ENDS, seat_no))


def wrap_up_ends(d: Desk, seat_no: int, now: int) -> bool:
    """The agent is done with the chat in that seat."""
    seat = d.seats[seat_no]
    if seat.held != WRAPPING_UP or seat.ends_at != now:
        return False
    d.chats[seat.chat].wrapped_up_at = now
    goes_on(d, d.agents[seat.agent], seat, seat_no, now)
    return True


def reaction_ends(d: Desk, seat_no: int, now: int) -> bool:
    """The agent picks up, whichever chat is first by now."""
    seat = d.seats[seat_no]
    if seat.held != REACTING or seat.ends_at != now:
        return False
    d.reactions.append((seat.agent, seat.began_at, now))
    takes_next(d, seat, seat_no, now)
    return True


def duty_starts(d: Desk, agent_no: int, value: int, now: int) -> None:
    """An agent comes on, until the instant ``value`` (not itself).

    For a group with a staffing table ``agent_no`` is its first agent and ``value`` its headcount
    from now on: its agents come on one by one, an event each. Those after the first are entries
    of the agenda, so without a value.
    """
    group_no = d.agents[agent_no].group
    if d.groups[group_no].headcount == NONE:
        d.agents[agent_no].duty_until = value
        comes_on(d, agent_no, now)
        return
    if value != NONE:
        d.groups[group_no].headcount = value
        registers_staffing(d, group_no)
    another_comes_on(d, group_no, now)


def headcount_falls(d: Desk, group_no: int, headcount: int) -> None:
    """A staffing table asks for fewer; who is too many leaves as soon as nothing is in hand."""
    d.groups[group_no].headcount = headcount
    registers_staffing(d, group_no)


# ------------------------------------------------------------------- the topic's events


def topic_opens(d: Desk, topic_no: int) -> None:
    """New chats are taken."""
    topic = d.topics[topic_no]
    topic.is_open = 1
    if topic.closing == 1:
        topic.closing = 0
        d.tally.closed_topics -= 1


def topic_closes(d: Desk, topic_no: int, for_lunch: int, now: int) -> None:
    """New chats get the form. The queue goes on being served over lunch, else by policy."""
    topic = d.topics[topic_no]
    topic.is_open = 0
    if for_lunch == 0:
        topic.closing = 1
        d.tally.closed_topics += 1
        if d.tally.closing == CLEAR:
            clears(d, topic_no, now)
        elif d.tally.closing == SERVE_OUT and topic.pending > 0:
            stays_for(d, topic_no, now)


def clears(d: Desk, topic_no: int, now: int) -> None:
    """Everyone waiting is sent away; only then do those who reacted to them turn."""
    topic = d.topics[topic_no]
    while topic.pending > 0:
        chat_no = first_waiting(d, topic)
        reactor = d.chats[chat_no].reactor
        leaves(d, d.chats[chat_no], chat_no, now)
        ends(d.chats[chat_no], CLOSED, now)
        if reactor != NONE:
            d.seats[reactor].chat = NONE
    for i in range(topic.groups_from, topic.groups_until):
        group = d.groups[d.topic_groups[i]]
        first_seat = d.agents[group.first_agent].first_seat
        seats = group.cap * (group.agents_until - group.first_agent)
        for seat_no in range(first_seat, first_seat + seats):
            if d.seats[seat_no].held == REACTING and d.seats[seat_no].chat == NONE:
                turns(d, seat_no, now)


# --------------------------------------------------------------- what the events consist of


def settles(d: Desk, now: int) -> None:
    """What follows every event: review staffing, match, and close what nobody will answer."""
    tally = d.tally
    if tally.staffing_tables > 0:
        reviews_staffing(d, now)
    if tally.unattended == 0:
        return
    while tally.listed > 0 and tally.unattended > 0 and matches(d, now):
        pass
    if tally.closed_topics > 0 and tally.unattended > 0:
        strands(d, now)


def matches(d: Desk, now: int) -> bool:
    """Begin one reaction: to the longest-waiting chat for which somebody can be found."""
    chat_no = NONE
    agent_no = NONE
    for topic_no in range(len(d.topics)):
        topic = d.topics[topic_no]
        if topic.unattended > 0:
            first = topic.head
            if chat_no == NONE or d.chats[first].ticket < d.chats[chat_no].ticket:
                agent = routed(d, topic_no, now)
                if agent != NONE:
                    chat_no = first
                    agent_no = agent
    if chat_no == NONE:
        return False
    seat_no = d.agents[agent_no].first_seat
    while d.seats[seat_no].held != FREE:
        seat_no += 1
    load_rises(d, agent_no)
    begins_reaction(d, d.seats[seat_no], seat_no, chat_no, now)
    return True


def goes_on(d: Desk, agent: Agent, seat: Seat, seat_no: int, now: int) -> None:
    """The agent is done with the chat in a seat: the seat is free, or held for the next at once.

    The desk was settled before. So if no other seat of this agent was free, any chat that waits
    for someone of their skills waits for just this seat, and nobody else need be asked. Not where
    there are staffing tables: these are reviewed first.
    """
    tally = d.tally
    if tally.unattended > 0 and tally.staffing_tables == 0:
        group = d.groups[agent.group]
        if agent.load == group.cap and agent.on_duty == 1 and now < agent.duty_until:
            chat_no = longest_unattended(d, group)
            if chat_no != NONE:
                seat.held = FREE
                begins_reaction(d, seat, seat_no, chat_no, now)
                return
    frees(d, seat, now)


def begins_reaction(d: Desk, seat: Seat, seat_no: int, chat_no: int, now: int) -> None:
    """A free seat is held for the chat's reaction time; one of no length ends at once."""
    chat = d.chats[chat_no]
    if chat.reaction == 0:
        if chat.reaction_began_at == NONE:
            chat.reaction_began_at = now
        takes_next(d, seat, seat_no, now)
        return
    seat.held = REACTING
    seat.began_at = now
    seat.ends_at = now + chat.reaction
    reacts_to(d, seat_no, chat_no, now)
    d.agenda.append((seat.ends_at, REACTION_ENDS, seat_no))


def reacts_to(d: Desk, seat_no: int, chat_no: int, now: int) -> None:
    """Tie a reaction to a waiting chat."""
    chat = d.chats[chat_no]
    d.seats[seat_no].chat = chat_no
    finds_reactor(d, chat, chat_no, seat_no)
    if chat.reaction_began_at == NONE:
        chat.reaction_began_at = now


def takes_next(d: Desk, seat: Seat, seat_no: int, now: int) -> None:
    """The agent picks up the longest-waiting chat they may answer.

    Whoever reacted to that chat turns to another. The chat that this seat reacted to, if it was
    another one, has nobody now.
    """
    agent = d.agents[seat.agent]
    group = d.groups[agent.group]
    chat_no = longest_waiting(d, group)
    chat = d.chats[chat_no]
    reactor = chat.reactor
    if seat.held == REACTING and reactor != seat_no:
        if reactor != NONE and takes_over(d, reactor, seat.chat):
            reactor = NONE
        else:
            loses_reactor(d, d.chats[seat.chat], seat.chat)
    leaves(d, chat, chat_no, now)
    seat.chat = chat_no
    opens(d, group, agent, seat, chat, now)
    if reactor != NONE and reactor != seat_no:
        turns(d, reactor, now)


def takes_over(d: Desk, seat_no: int, chat_no: int) -> bool:
    """A reaction that loses its chat turns to one that loses its reaction, if that is the next.

    So it would by itself (`turns`); without the chat's leaving its line and coming back.
    """
    chat = d.chats[chat_no]
    group = d.groups[d.agents[d.seats[seat_no].agent].group]
    other = longest_unattended(d, group)
    if other != NONE and d.chats[other].ticket < chat.ticket:
        return False
    for i in range(group.topics_from, group.topics_until):
        if d.group_topics[i] == chat.topic:
            d.seats[seat_no].chat = chat_no
            chat.reactor = seat_no
            return True
    return False


def opens(d: Desk, group: Group, agent: Agent, seat: Seat, chat: Chat, now: int) -> None:
    """The chat in this seat begins, as one more of the agent's open chats."""
    rank = 1
    while agent.ranks >> rank & 1 == 1:
        rank += 1
    agent.ranks |= 1 << rank
    seat.rank = rank
    seat.held = OPEN
    chat.state = IN_CHAT
    if chat.leg == 0:
        chat.picked_up_at = now
        chat.agent = seat.agent
        chat.rank = rank
    else:
        chat.transfer_picked_up_at = now
        chat.transfer_agent = seat.agent
        chat.transfer_rank = rank
    agent.done += (now - agent.done_until) * agent.speed
    agent.done_until = now
    work = chat.work if chat.gone == 0 else d.topics[chat.topic].silent_timeout
    seat.remaining = work * group.unit + agent.done
    if seat.remaining < agent.least:
        agent.least = seat.remaining
    agent.open_chats += 1
    agent.speed = d.speeds[group.speeds_from + agent.open_chats]
    sets_due(d, agent, seat.agent, now)


def turns(d: Desk, seat_no: int, now: int) -> None:
    """A reaction has lost its chat: it goes on for the next one, by its own clock, or is off."""
    seat = d.seats[seat_no]
    chat_no = longest_unattended(d, d.groups[d.agents[seat.agent].group])
    if chat_no != NONE:
        reacts_to(d, seat_no, chat_no, now)
        return
    d.reactions.append((seat.agent, seat.began_at, now))
    frees(d, seat, now)


def frees(d: Desk, seat: Seat, now: int) -> None:
    """The seat is free; an agent whose duty is over may leave with it."""
    seat.held = FREE
    load_falls(d, seat.agent)
    if d.agents[seat.agent].on_duty == 0:
        registers(d, seat.agent, now)


def withdraws(d: Desk, chat_no: int, outcome: int, now: int) -> None:
    """A waiting chat leaves the queue for good, and who reacted to it turns."""
    chat = d.chats[chat_no]
    reactor = chat.reactor
    leaves(d, chat, chat_no, now)
    ends(chat, outcome, now)
    if reactor != NONE:
        turns(d, reactor, now)


def ends(chat: Chat, outcome: int, now: int) -> None:
    """The session is over. A second wait changes nothing of a chat that was once picked up."""
    chat.state = ELSEWHERE
    chat.ended_at = now
    if chat.leg == 0:
        chat.outcome = outcome
    else:
        chat.outcome = SERVED
        if chat.transfer_picked_up_at == NONE:
            chat.wrapped_up_at = chat.transferred_at


def strands(d: Desk, now: int) -> None:
    """Close the waiting chats of closed topics to which nobody is left to react."""
    for topic_no in range(len(d.topics)):
        topic = d.topics[topic_no]
        if topic.closing == 0 or topic.unattended == 0:
            continue
        is_manned = topic.stayers > 0 or topic.staffed > 0
        if d.tally.closing == CLEAR or not is_manned:
            while topic.unattended > 0:
                chat_no = topic.head
                leaves(d, d.chats[chat_no], chat_no, now)
                ends(d.chats[chat_no], CLOSED, now)


def credits_work(d: Desk, agent: Agent, now: int) -> int:
    """Credit the work done to each of the agent's open chats, of which one is done.

    Returns:
        Its seat: the lowest, if several are done.
    """
    done = agent.done + (now - agent.done_until) * agent.speed
    agent.done = 0
    agent.done_until = now
    agent.least = NEVER
    ended = NONE
    for seat_no in range(agent.first_seat, agent.seats_until):
        seat = d.seats[seat_no]
        if seat.held == OPEN:
            seat.remaining -= done
            if seat.remaining <= 0 and ended == NONE:
                ended = seat_no
            elif seat.remaining < agent.least:
                agent.least = seat.remaining
    return ended


def sets_due(d: Desk, agent: Agent, agent_no: int, now: int) -> None:
    """Say when the next of the agent's open chats will be done at the speed of now."""
    due = NEVER
    if agent.open_chats > 0:
        due = now
        left = agent.least - agent.done
        if left > 0:
            due += -(-left // agent.speed)
        if due != agent.due or due == now:
            d.agenda.append((due, WORK_ENDS, agent_no))
    agent.due = due
