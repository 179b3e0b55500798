"""From a scenario and its draws to a desk with a calendar, and from the desk to outcomes."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from math import lcm
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.desk import codes
from simulator.desk.codes import NEVER, NONE, REACTING, WAITING
from simulator.desk.shelves import number_of_shelves, puts_on_shelf, words_for
from simulator.desk.state import Agent, Bucket, Chat, Desk, Group, Seat, Tally, Topic
from simulator.errors import UsageError
from simulator.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simulator.distributions import Distribution
    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

__all__ = [
    "COURSE",
    "calendar",
    "closing_time",
    "desk",
    "drawn",
    "first_arrivals",
    "in_order_of_arrival",
    "log",
    "merged",
    "outcomes",
    "premises",
    "second_waits",
    "speeds",
    "wrap_ups",
]

LARGEST_UNIT: Final = 10**6
MOST_TOPICS: Final = 62

COURSE: Final = {
    "requested_at": "requested_us",
    "queue_pos": "initial_queue_pos",
    "reaction_began_at": "reaction_began_us",
    "picked_up_at": "picked_up_us",
    "agent": "agent",
    "rank": "rank",
    "ended_at": "ended_us",
    "wrapped_up_at": "wrapped_up_us",
    "outcome": "outcome",
    "transferred_at": "transferred_us",
    "transfer_picked_up_at": "transfer_picked_up_us",
    "transfer_agent": "transfer_agent",
    "transfer_rank": "transfer_rank",
}
"""A chat's course by the names of the desk, and of the outcomes."""
READ: Final = attrgetter(*COURSE)


def speeds(output: tuple[str, ...]) -> tuple[int, list[int]]:
    """How fast each of k chats advances, as whole numbers over one unit.

    Args:
        output: r(1..K) as decimal strings.

    Returns:
        The unit D, and the speeds of k = 0..K chats in 1/D: exactly r(k)/k if the least common
        denominator is at most 10^6, else rounded to millionths.

    >>> speeds(("1", "1.7", "2.2"))
    (60, [0, 60, 51, 44])
    """
    shares = [Fraction(r) / k for k, r in enumerate(output, start=1)]
    unit = lcm(*(share.denominator for share in shares))
    if unit > LARGEST_UNIT:
        unit = LARGEST_UNIT
    return unit, [0, *(max(1, round(share * unit)) for share in shares)]


def desk(scenario: Scenario, workload: Workload) -> Desk:
    """The desk before its first instant: nobody there, everything closed.

    Raises:
        UsageError: as `premises`.
    """
    d = premises(scenario, workload)
    d.chats = list(map(Chat, *(column.tolist() for column in drawn(workload))))
    d.wrap_ups = wrap_ups(scenario, workload).tolist()
    return d


def premises(scenario: Scenario, workload: Workload) -> Desk:
    """The desk without its chats and their wrap-ups.

    Raises:
        UsageError: more topics than a set of bits holds, or work too long to count.
    """
    if len(scenario.topics) > MOST_TOPICS:
        raise UsageError(
            f"the scenario has {len(scenario.topics)} topics; the desk holds {MOST_TOPICS}: "
            "merge some, or simulate desks that share no agents one by one"
        )
    tally = Tally(
        routing=codes.ROUTINGS.index(scenario.routing),
        closing=codes.CLOSINGS.index(scenario.closing),
        tenant_queue=int(scenario.queue_position == "tenant"),
        staffing_tables=sum(group.headcount is not None for group in scenario.groups),
        closed_topics=len(scenario.topics),
    )
    d = Desk(
        chats=[],
        topics=[],
        groups=[],
        agents=[],
        seats=[],
        buckets=[],
        topic_groups=[],
        group_topics=[],
        speeds=[],
        wrap_ups=[],
        shelves=[],
        tally=tally,
        agenda=[],
        reactions=[],
        presence=[],
        duty=[],
    )
    add_topics(d, scenario)
    add_groups(d, scenario, workload)
    return d


def drawn(workload: Workload) -> tuple[NDArray[np.int64], ...]:
    """What is drawn of every chat: the first fields of `Chat`, a chat for every row."""
    again = np.where(
        np.append(workload.attempt[1:], 1) > 1, np.arange(1, len(workload.attempt) + 1), NONE
    )
    return (
        workload.topic,
        workload.patience_us,
        workload.work_us,
        workload.reaction_us,
        workload.silent.astype(np.int64),
        workload.takes_form.astype(np.int64),
        again,
        workload.retry_delay_us,
        workload.transfer_topic,
        workload.transfer_work_us,
        workload.transfer_reaction_us,
        workload.transfer_patience_us,
    )


def wrap_ups(scenario: Scenario, workload: Workload) -> NDArray[np.int64]:
    """The wrap-ups of every chat and leg, one distribution after the other (`Group`)."""
    quantiles = np.column_stack([workload.wrap_up_q, workload.transfer_wrap_up_q]).ravel()
    found = [
        np.rint(wrap_up.quantile(quantiles) * 1e6).astype(np.int64)
        for wrap_up in _wrap_ups_apart(scenario)
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _wrap_ups_apart(scenario: Scenario) -> list[Distribution]:
    """The distributions of wrap-up, each once."""
    return list(
        dict.fromkeys(group.wrap_up for group in scenario.groups if group.wrap_up is not None)
    )


def add_topics(d: Desk, scenario: Scenario) -> None:
    """Topics, and which groups may answer them."""
    for number, topic in enumerate(scenario.topics):
        form = topic.offline_form
        after = NONE if form is None or form.after_us is None else form.after_us
        length = NONE if form is None or form.queue_length is None else form.queue_length
        groups = [g for g, group in enumerate(scenario.groups) if number in group.topics]
        d.topics.append(
            Topic(
                groups_from=len(d.topic_groups),
                groups_until=len(d.topic_groups) + len(groups),
                silent_timeout=max(1, topic.silent_timeout_us),
                form_after=after,
                form_length=length,
                form_needs_both=int(
                    form is not None and form.join == "and" and NONE not in (after, length)
                ),
            )
        )
        d.topic_groups.extend(groups)


def add_groups(d: Desk, scenario: Scenario, workload: Workload) -> None:
    """Groups with their agents, seats, buckets and speeds, and where their wrap-ups begin."""
    distributions = _wrap_ups_apart(scenario)
    longest_work = int(
        max(workload.work_us.max(initial=0), workload.transfer_work_us.max(initial=0))
    )
    for number, group in enumerate(scenario.groups):
        unit, by_load = speeds(group.output)
        if longest_work * unit >= NEVER:
            raise UsageError(
                f"work of {longest_work / 1e6:.0f} s is too long for group {group.name!r}; "
                "give work times below a month, or outputs with fewer decimals"
            )
        agents_until = group.first_agent + group.agent_count
        words = words_for(group.agent_count)
        summary_length = words_for(words)
        d.groups.append(
            Group(
                first_agent=group.first_agent,
                agents_until=agents_until,
                cap=group.cap,
                topics_from=len(d.group_topics),
                topics_until=len(d.group_topics) + len(group.topics),
                speeds_from=len(d.speeds),
                unit=unit,
                wrap_ups_from=NONE
                if group.wrap_up is None
                else 2 * len(workload.topic) * distributions.index(group.wrap_up),
                buckets_from=len(d.buckets),
                shelves_from=len(d.shelves),
                shelf_length=summary_length + words,
                summary_length=summary_length,
                headcount=NONE if group.headcount is None else 0,
            )
        )
        d.group_topics.extend(sorted(group.topics))
        d.speeds.extend(by_load)
        d.buckets.extend(Bucket() for _ in range(group.cap))
        for agent_no in range(group.first_agent, agents_until):
            first = len(d.seats)
            d.agents.append(Agent(number, first_seat=first, seats_until=first + group.cap))
            d.seats.extend(Seat(agent=agent_no) for _ in range(group.cap))
        if group.headcount is not None:
            d.shelves.extend([0] * (number_of_shelves(group.cap) * (summary_length + words)))
            for agent_no in range(group.first_agent, agents_until):
                puts_on_shelf(d, d.groups[number], d.agents[agent_no], agent_no)


def calendar(scenario: Scenario, duty: Duty) -> NDArray[np.int64]:
    """What is known beforehand, in the order in which it happens.

    Returns:
        (m, 4): instant, kind, who, value, as the rules take them: ``value`` is the end of an
        agent's duty, a group's headcount, or 1 where a topic closes for lunch. Spans of duty that
        touch are one.
    """
    spans = merged(log(duty.spans))
    agent_no, start, until = spans.T
    none = np.zeros_like(start)
    entries = [
        _opening_hours(scenario),
        np.column_stack([start, none + codes.DUTY_STARTS, agent_no, until]),
        np.column_stack([until, none + codes.DUTY_ENDS, agent_no, none]),
        _headcounts(scenario, duty),
    ]
    found = np.concatenate(entries)
    found = found[found[:, 0] < scenario.horizon_us]
    return found[np.lexsort(found.T[::-1])]


def _opening_hours(scenario: Scenario) -> NDArray[np.int64]:
    entries: list[tuple[int, int, int, int]] = []
    for number, topic in enumerate(scenario.topics):
        for opening in topic.openings:
            lunch = int(opening.lunch_follows)
            entries.append((opening.opens_us, codes.TOPIC_OPENS, number, 0))
            entries.append((opening.closes_us, codes.TOPIC_CLOSES, number, lunch))
    return np.array(entries, dtype=np.int64).reshape(-1, 4)


def _headcounts(scenario: Scenario, duty: Duty) -> NDArray[np.int64]:
    entries: list[tuple[int, int, int, int]] = []
    before: dict[int, int] = {}
    for group_no, start, count in duty.headcount.tolist():
        first = scenario.groups[group_no].first_agent
        if count > before.get(group_no, 0):
            entries.append((start, codes.DUTY_STARTS, first, count))
        else:
            entries.append((start, codes.HEADCOUNT_FALLS, group_no, count))
        before[group_no] = count
    return np.array(entries, dtype=np.int64).reshape(-1, 4)


def first_arrivals(scenario: Scenario, workload: Workload) -> NDArray[np.int64]:
    """(2, m): instants, in order, and chats of the first attempts before the horizon."""
    rows = np.flatnonzero((workload.attempt == 1) & (workload.requested_us < scenario.horizon_us))
    order = rows[np.argsort(workload.requested_us[rows], kind="stable")]
    return np.stack([workload.requested_us[order], order])


def closing_time(d: Desk, horizon: int) -> None:
    """Cut at the horizon what still goes on: reactions, presence, duty."""
    for seat in d.seats:
        if seat.held == REACTING:
            d.reactions.append((seat.agent, seat.began_at, horizon))
    for agent_no, agent in enumerate(d.agents):
        if agent.able_since != NONE:
            d.duty.append((agent_no, agent.able_since, horizon))
        if agent.present_since != NONE:
            d.presence.append((agent_no, agent.present_since, horizon))


def outcomes(d: Desk, engine: str) -> Outcomes:
    """The arrays of what happened, by order of arrival."""
    serial = np.fromiter(map(attrgetter("serial"), d.chats), dtype=np.int64, count=len(d.chats))
    rows = in_order_of_arrival(serial)
    came = [d.chats[row] for row in rows.tolist()]

    course = np.fromiter(
        chain.from_iterable(map(READ, came)), dtype=np.int64, count=len(COURSE) * len(came)
    )
    columns = dict(zip(COURSE.values(), course.reshape(-1, len(COURSE)).T, strict=True))
    offered_to = np.full(len(came), NONE)
    for i in second_waits(columns):
        if came[i].state == WAITING and came[i].reactor != NONE:
            offered_to[i] = d.seats[came[i].reactor].agent
    return Outcomes(
        row=rows,
        **columns,
        transfer_offered_to=offered_to,
        reactions=log(d.reactions),
        presence=merged(log(d.presence)),
        duty=merged(log(d.duty)),
        engine=engine,
    )


def in_order_of_arrival(serial: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of the chats that came, by their serials (NONE: did not come)."""
    came = np.flatnonzero(serial != NONE)
    rows = np.empty(len(came), dtype=np.int64)
    rows[serial[came]] = came
    return rows


def second_waits(columns: Mapping[str, NDArray[np.int64]]) -> NDArray[np.intp]:
    """Which of the chats that came have been transferred and not ended."""
    return np.flatnonzero((columns["transferred_us"] != NONE) & (columns["ended_us"] == NONE))


def log(triples: object) -> NDArray[np.int64]:
    """(m, 3): who, from, until; sorted, those of no length left out.

    By one key of who and from, which is several times as quick as by three, and then by until
    where that key is not the only one of its kind.
    """
    rows = np.array(triples, dtype=np.int64).reshape(-1, 3)
    rows = rows[rows[:, 1] < rows[:, 2]]
    if len(rows) == 0:
        return rows
    key = rows[:, 0] << int(rows[:, 1].max()).bit_length() | rows[:, 1]
    order = np.argsort(key)
    rows, key = rows[order], key[order]
    same = np.append(False, key[1:] == key[:-1])
    ties = np.flatnonzero(same | np.append(same[1:], False))
    rows[ties] = rows[ties][np.lexsort((rows[ties, 2], key[ties]))]
    return rows


def merged(spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted (m, 3) spans, those of one agent that touch or overlap joined."""
    if len(spans) == 0:
        return spans
    gap = (spans[1:, 0] != spans[:-1, 0]) | (spans[1:, 1] > spans[:-1, 2])
    first = np.flatnonzero(np.append(True, gap))
    last = np.append(first[1:], len(spans)) - 1
    return np.column_stack([spans[first, :2], spans[last, 2]])
