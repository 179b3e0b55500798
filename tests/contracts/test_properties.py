"""What holds in every run, whatever the scenario: properties of the engine's outcomes.

Nothing here knows the rules of an event; it looks at the intervals that the outcomes tell of:
who waited when, who reacted when, which slots were held. Within one instant the outcomes do not
say what came first, so a property of an instant is judged only where all orders agree.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from simulator.desk import codes
from simulator.engines import simpy_engine
from simulator.metrics import queue_length
from simulator.outcomes import Outcomes
from simulator.sessions import session_table
from simulator.sessions.run import with_replications
from tests.oracle.worlds import World, random_world, worlds


@dataclass(frozen=True)
class Wait:
    """A stay in the queue of a topic, [since, until); left when picked up, or in another way."""

    chat: int
    topic: int
    since: int
    until: int
    picked_up: bool
    cut: bool
    """It was not over at the horizon."""
    transferred: bool


@dataclass(frozen=True)
class Hand:
    """A chat in an agent's hands: open in [since, until), the slot held until ``free``."""

    chat: int
    agent: int
    topic: int
    since: int
    until: int
    free: int
    rank: int
    work: int
    finished: bool


class Course:
    """One run of a world, as intervals."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.scenario, self.workload = world.scenario, world.workload
        self.horizon = world.horizon
        self.outcomes = simpy_engine.run(self.scenario, self.workload, world.duty)
        self.waits: list[Wait] = []
        self.hands: list[Hand] = []
        for chat in range(len(self.outcomes.row)):
            self.tell(chat, {f.name: getattr(self.outcomes, f.name) for f in fields(Outcomes)})
        self.reactions = [tuple(row) for row in self.outcomes.reactions.tolist()]
        self.duty = [tuple(row) for row in self.outcomes.duty.tolist()]

    def tell(self, chat: int, arrays: dict) -> None:
        one = {name: int(a[chat]) for name, a in arrays.items() if np.ndim(a) == 1}
        row, horizon = one["row"], self.horizon
        ended = one["ended_us"] if one["ended_us"] >= 0 else horizon
        picked, moved = one["picked_up_us"], one["transferred_us"]
        topic, moved_to = int(self.workload.topic[row]), int(self.workload.transfer_topic[row])
        wrapped = one["wrapped_up_us"] if one["wrapped_up_us"] >= 0 else horizon
        if one["outcome"] not in (codes.FORM_CLOSED, codes.FORM_AT_ARRIVAL):
            left = picked if picked >= 0 else ended
            cut = picked < 0 and one["ended_us"] < 0
            self.waits.append(Wait(chat, topic, one["requested_us"], left, picked >= 0, cut, False))
        if picked >= 0:
            until = moved if moved >= 0 else ended
            free = moved if moved >= 0 else wrapped
            finished = moved >= 0 or one["ended_us"] >= 0
            work = int(self.workload.work_us[row])
            if one["outcome"] == codes.SILENT:
                work = self.scenario.topics[topic].silent_timeout_us
            agent, rank = one["agent"], one["rank"]
            self.hands.append(Hand(chat, agent, topic, picked, until, free, rank, work, finished))
        if moved >= 0:
            again = one["transfer_picked_up_us"]
            left = again if again >= 0 else ended
            cut = again < 0 and one["ended_us"] < 0
            self.waits.append(Wait(chat, moved_to, moved, left, again >= 0, cut, True))
            if again >= 0:
                agent, rank = one["transfer_agent"], one["transfer_rank"]
                work, finished = int(self.workload.transfer_work_us[row]), one["ended_us"] >= 0
                second = Hand(chat, agent, moved_to, again, ended, wrapped, rank, work, finished)
                self.hands.append(second)

    def stretches(self) -> list[tuple[int, int]]:
        """The run cut wherever something begins or ends: within a stretch nothing changes."""
        edges = {0, self.horizon}
        edges.update(t for wait in self.waits for t in (wait.since, wait.until))
        edges.update(t for hand in self.hands for t in (hand.since, hand.until, hand.free))
        edges.update(t for _, start, end in self.reactions + self.duty for t in (start, end))
        return list(pairwise(sorted(edges)))

    def waiting(self, at: int) -> list[Wait]:
        return [wait for wait in self.waits if wait.since <= at < wait.until]

    def reacting(self, at: int) -> list[int]:
        return [agent for agent, start, end in self.reactions if start <= at < end]

    def open_chats(self, at: int, agent: int) -> list[Hand]:
        return [h for h in self.hands if h.agent == agent and h.since <= at < h.until]

    def held(self, at: int, agent: int) -> int:
        in_hand = [h for h in self.hands if h.agent == agent and h.since <= at < h.free]
        return len(in_hand) + self.reacting(at).count(agent)

    def group(self, agent: int):
        return self.scenario.groups[self.scenario.agents[agent].group]


# ── The properties ───────────────────────────────────────────────────────────────────────────


def arrivals_are_the_sum_of_the_outcomes(course: Course) -> None:
    outcomes, workload = course.outcomes, course.workload
    first = (workload.attempt == 1) & (workload.requested_us < course.horizon)
    rows = outcomes.row.tolist()
    assert len(set(rows)) == len(rows)
    assert sorted(r for r in rows if workload.attempt[r] == 1) == np.flatnonzero(first).tolist()
    counts = np.bincount(outcomes.outcome, minlength=len(codes.OUTCOMES))
    assert len(counts) == len(codes.OUTCOMES)
    assert counts.sum() == first.sum() + sum(workload.attempt[r] > 1 for r in rows)


def who_gave_up_comes_back_after_the_delay_and_nobody_else(course: Course) -> None:
    outcomes, workload = course.outcomes, course.workload
    session = {row: chat for chat, row in enumerate(outcomes.row.tolist())}
    for row, chat in session.items():
        gave_up = outcomes.requested_us[chat] + workload.patience_us[row]
        if workload.attempt[row] > 1:
            before = session[row - 1]
            lost = outcomes.requested_us[before] + workload.patience_us[row - 1]
            assert outcomes.requested_us[chat] == lost + workload.retry_delay_us[row]
            assert outcomes.outcome[before] in (
                codes.ABANDONED,
                codes.SILENT,
                codes.CLOSED,  # gone silently before closing time
                codes.UNFINISHED,  # gone silently, and still in the queue or in hand
            )
        willing = row + 1 < len(workload.attempt) and workload.attempt[row + 1] > 1
        if willing and outcomes.outcome[chat] in (codes.ABANDONED, codes.SILENT):
            comes_back = gave_up + workload.retry_delay_us[row + 1] < course.horizon
            assert (row + 1 in session) == comes_back


def outcome_and_instants_tell_the_same(course: Course) -> None:
    outcomes, workload = course.outcomes, course.workload
    patience = workload.patience_us[outcomes.row]
    for chat, outcome in enumerate(outcomes.outcome.tolist()):
        requested, ended = outcomes.requested_us[chat], outcomes.ended_us[chat]
        gave_up = requested + patience[chat]
        picked_up = outcomes.picked_up_us[chat] >= 0
        never_queued = outcome in (codes.FORM_CLOSED, codes.FORM_AT_ARRIVAL)
        assert (ended == -1) == (outcome == codes.UNFINISHED)
        assert picked_up == (outcome in (codes.SERVED, codes.SILENT)) or outcome == codes.UNFINISHED
        assert not never_queued or ended == requested
        assert outcome != codes.ABANDONED or ended == gave_up
        assert outcome != codes.SILENT or outcomes.picked_up_us[chat] >= gave_up
        assert (outcomes.initial_queue_pos[chat] == 0) == (outcome == codes.FORM_CLOSED)
        assert (outcomes.rank[chat] > 0) == (outcomes.agent[chat] >= 0) == picked_up


def instants_are_ordered_and_before_the_horizon(course: Course) -> None:
    outcomes = course.outcomes
    assert (np.diff(outcomes.requested_us) >= 0).all()
    for name in (field.name for field in fields(Outcomes) if field.name.endswith("_us")):
        instants = getattr(outcomes, name)
        assert ((instants >= -1) & (instants < course.horizon)).all(), name
        assert ((instants == -1) | (instants >= outcomes.requested_us)).all(), name
    assert all(wait.since <= wait.until for wait in course.waits)
    assert all(hand.since < hand.until <= hand.free for hand in course.hands)
    for log in (outcomes.reactions, outcomes.presence, outcomes.duty):
        assert ((log[:, 1] >= 0) & (log[:, 1] < log[:, 2]) & (log[:, 2] <= course.horizon)).all()
        assert log.tolist() == sorted(log.tolist())


def mean_queue_length_times_the_horizon_is_the_time_in_queue(course: Course) -> None:
    """Little's law, from the outcomes on the one side, by way of the session table on the other."""
    table = session_table(course.scenario, course.workload, course.outcomes).to_pandas()
    table = with_replications(table, 1)  # also where nobody came
    means = queue_length(course.scenario, table, by="overall", per="topic")["mean"]
    in_queue = [0] * len(course.scenario.topics)
    for wait in course.waits:
        in_queue[wait.topic] += wait.until - wait.since
    assert np.rint(means * course.horizon).tolist() == in_queue
    mean = queue_length(course.scenario, table, by="overall")["mean"].iloc[0]
    assert round(mean * course.horizon) == sum(in_queue)


def position_at_arrival_is_one_more_than_those_pending(course: Course) -> None:
    outcomes, scenario = course.outcomes, course.scenario
    for chat, position in enumerate(outcomes.initial_queue_pos.tolist()):
        at = outcomes.requested_us[chat]
        topic = course.workload.topic[outcomes.row[chat]]
        before = [
            wait
            for wait in course.waits
            if (scenario.queue_position == "tenant" or wait.topic == topic)
            and (wait.since < at or (wait.since == at and (wait.transferred or wait.chat < chat)))
        ]
        sure = [wait for wait in before if wait.until > at]
        maybe = [wait for wait in before if wait.until >= at]
        assert position == 0 or len(sure) <= position - 1 <= len(maybe)


def no_agent_holds_more_than_their_cap(course: Course) -> None:
    for start, _ in course.stretches():
        for agent in range(len(course.scenario.agents)):
            assert course.held(start, agent) <= course.group(agent).cap


def rank_is_the_smallest_number_free_at_pickup(course: Course) -> None:
    for hand in course.hands:
        others = [h for h in course.hands if h.agent == hand.agent and h is not hand]
        sure = {h.rank for h in others if h.since < hand.since < h.until}
        maybe = {h.rank for h in others if h.since <= hand.since <= h.until}
        assert hand.rank not in sure
        assert set(range(1, hand.rank)) <= maybe


def pickup_takes_the_longest_waiting_chat_that_the_agent_may_answer(course: Course) -> None:
    for hand in course.hands:
        at = hand.since
        (mine,) = [w for w in course.waits if w.chat == hand.chat and w.until == at and w.picked_up]
        ahead = [w for w in course.waits if comes_before(w, mine) and w.since < at]
        may_answer = course.group(hand.agent).topics
        # Where every reaction takes time, this pickup ends one, so it comes before anyone gives
        # up, takes the form or is sent away in this instant.
        early = all(reaction_of(course, w) > 0 for w in course.waits if w.since <= at)
        for wait in ahead:
            passed_over = wait.until > at or (wait.until == at and early and not wait.picked_up)
            assert not (passed_over and wait.topic in may_answer), (hand, wait)


def comes_before(one: Wait, other: Wait) -> bool:
    """Whether the one waits ahead of the other in the queue."""
    if one.transferred != other.transferred:
        return one.transferred
    if one.since != other.since:
        return one.since < other.since
    return not one.transferred and one.chat < other.chat


def reaction_of(course: Course, wait: Wait) -> int:
    row = course.outcomes.row[wait.chat]
    drawn = (
        course.workload.transfer_reaction_us if wait.transferred else course.workload.reaction_us
    )
    return int(drawn[row])


def never_more_agents_react_than_chats_wait(course: Course) -> None:
    for start, _ in course.stretches():
        assert len(course.reacting(start)) <= len(course.waiting(start))


def no_chat_waits_unattended_while_an_agent_who_may_answer_it_is_free(course: Course) -> None:
    rostered = {a for a in range(len(course.scenario.agents)) if not on_a_table(course, a)}
    for start, end in course.stretches():
        free = [
            agent
            for agent in rostered
            if any(f <= start and end <= u for f, u, _ in course.scenario.agents[agent].duty)
            and course.held(start, agent) < course.group(agent).cap
        ]
        topics = {topic for agent in free for topic in course.group(agent).topics}
        answerable = [wait for wait in course.waiting(start) if wait.topic in topics]
        assert len(answerable) <= len(course.reacting(start))


def on_a_table(course: Course, agent: int) -> bool:
    return course.group(agent).headcount is not None


def reactions_begin_on_duty(course: Course) -> None:
    for agent, start, _ in course.reactions:
        on_duty = any(a == agent and f <= start <= u for a, f, u in course.duty)
        assert on_duty or on_a_table(course, agent)


def duty_and_work_lie_within_presence(course: Course) -> None:
    present = course.outcomes.presence.tolist()
    spans = [
        *course.duty,
        *course.reactions,
        *((hand.agent, hand.since, hand.free) for hand in course.hands),
    ]
    for agent, start, end in spans:
        assert any(a == agent and f <= start and end <= u for a, f, u in present)


def work_delivered_is_the_work_drawn(course: Course) -> None:
    """A chat ends in the first microsecond in which all its work has been done."""
    for hand in course.hands:
        output = [Fraction(r) for r in course.group(hand.agent).output]
        done, last_speed = Fraction(0), Fraction(0)
        for start, end in course.stretches():
            if hand.since <= start and end <= hand.until:
                k = len(course.open_chats(start, hand.agent))
                last_speed = output[k - 1] / k
                done += last_speed * (end - start)
        # Speeds of an odd output are rounded to the millionth, which in so short a run is less.
        rounding = Fraction(hand.until - hand.since, 10**6)
        if hand.finished:
            assert hand.work - rounding <= done < hand.work + last_speed + rounding
        else:
            # Silent leavers that are not finished may have less of it to do than was drawn.
            assert 0 <= done < hand.work + last_speed + rounding or silent_in_hand(course, hand)


def silent_in_hand(course: Course, hand: Hand) -> bool:
    return bool(course.workload.silent[course.outcomes.row[hand.chat]])


def running_again_gives_the_same_arrays(course: Course) -> None:
    again = Course(course.world).outcomes
    for field in fields(Outcomes):
        assert np.array_equal(getattr(course.outcomes, field.name), getattr(again, field.name))


PROPERTIES = [
    arrivals_are_the_sum_of_the_outcomes,
    who_gave_up_comes_back_after_the_delay_and_nobody_else,
    outcome_and_instants_tell_the_same,
    instants_are_ordered_and_before_the_horizon,
    mean_queue_length_times_the_horizon_is_the_time_in_queue,
    position_at_arrival_is_one_more_than_those_pending,
    no_agent_holds_more_than_their_cap,
    rank_is_the_smallest_number_free_at_pickup,
    pickup_takes_the_longest_waiting_chat_that_the_agent_may_answer,
    never_more_agents_react_than_chats_wait,
    no_chat_waits_unattended_while_an_agent_who_may_answer_it_is_free,
    reactions_begin_on_duty,
    duty_and_work_lie_within_presence,
    work_delivered_is_the_work_drawn,
    running_again_gives_the_same_arrays,
]


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
@settings(
    max_examples=150,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(world=worlds())
def test_it_holds_in_every_small_world(holds, world):
    holds(Course(world))


@pytest.mark.parametrize("seed", range(20))
def test_everything_holds_in_crowded_worlds(seed):
    course = Course(random_world(random.Random(seed), customers=60))
    for holds in PROPERTIES:
        holds(course)
