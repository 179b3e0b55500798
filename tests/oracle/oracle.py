"""A naive desk: model.md read aloud, to say independently what an engine should have done.

Nothing here is clever. After every event everything is looked at again: all chats, all agents,
all the calendar. Work is counted in exact fractions. Where the engines keep heaps and counters,
this keeps lists and searches them, so that each rule stands here as one plain sentence and a
disagreement means something.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from math import ceil, lcm
from typing import TYPE_CHECKING

import numpy as np

from simulator.desk import codes
from simulator.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

NEVER = -1
SPEED_UNITS = 1_000_000
Log = list[tuple[int, int, int]]


class Kind(IntEnum):
    """What happens first when several things happen in one instant."""

    WORK_ENDS = 1
    WRAP_UP_ENDS = 2
    REACTION_ENDS = 3
    DUTY_STARTS = 4
    PATIENCE_ENDS = 5
    FORM_OFFERED = 6
    DUTY_ENDS = 8
    ARRIVAL = 9


# Within DUTY_STARTS, DUTY_ENDS and ARRIVAL, what goes first.
AGENT_STARTS, TOPIC_OPENS = 0, 1
TOPIC_CLOSES, AGENT_ENDS, HEADCOUNT_FALLS = 0, 1, 2
TRANSFERRED, RETRY, NEW = 0, 1, 2


@dataclass(frozen=True)
class Event:
    """Something that is going to happen, and what to do then."""

    time: int
    kind: Kind
    serial: tuple[int, int]
    what: str
    happen: Callable[[], None]


@dataclass(eq=False)
class Chat:
    """A session: where it stands now, and what is to be written down about it."""

    row: int
    number: int
    topic: int
    requested: int
    place: tuple[int, int] = (0, 0)
    """Its place in the queue: transferred chats before the others, then who came first."""
    waiting: bool = False
    waiting_since: int = NEVER
    silent: bool = False
    offered_form: bool = False
    transferred: bool = False
    work_left: Fraction = Fraction(0)
    rank: int = 0
    initial_queue_pos: int = 0
    reaction_began: int = NEVER
    picked_up: int = NEVER
    agent: int = -1
    first_rank: int = 0
    ended: int = NEVER
    wrapped_up: int = NEVER
    outcome: int = codes.UNFINISHED
    transferred_at: int = NEVER
    transfer_picked_up: int = NEVER
    transfer_agent: int = -1
    transfer_rank: int = 0

    @property
    def name(self) -> str:
        return f"chat {self.number + 1}"


NO_CHAT = Chat(row=-1, number=-1, topic=-1, requested=NEVER)


@dataclass(eq=False)
class Seat:
    """One of an agent's slots: free, reacting to a chat, with an open chat, or in wrap-up."""

    number: int
    doing: str = "free"
    chat: Chat = NO_CHAT
    since: int = NEVER
    until: int = NEVER


@dataclass(eq=False)
class Agent:
    number: int
    group: int
    seats: list[Seat]
    on_duty: bool = False
    shift_ends: int | None = None
    """The end of the present span of duty; None on a staffing table."""
    winding_down: bool = False
    stays_for: set[int] = field(default_factory=set)
    """Closed topics whose queue this agent stays to serve out."""
    load_changed: int = 0
    slot_freed: int = 0

    @property
    def load(self) -> int:
        return sum(seat.doing != "free" for seat in self.seats)

    @property
    def open_chats(self) -> list[Chat]:
        return [seat.chat for seat in self.seats if seat.doing == "open"]


class Desk:
    """One replication of a scenario, from the first instant to the horizon."""

    def __init__(self, scenario: Scenario, workload: Workload, duty: Duty) -> None:
        self.scenario = scenario
        self.workload = workload
        self.now = 0
        self.count = 0
        self.chats: list[Chat] = []
        self.trace: list[str] = []
        self.tally: dict[str, int] = {}
        self.reactions: Log = []
        self.presence: Log = []
        self.duty: Log = []
        self.topic_is = ["closed" for _ in scenario.topics]
        self.headcount = [0 for _ in scenario.groups]
        self.agents = [
            Agent(number, agent.group, [Seat(s) for s in range(scenario.groups[agent.group].cap)])
            for number, agent in enumerate(scenario.agents)
        ]
        self.speeds = [speeds(group.output) for group in scenario.groups]
        # What the calendar still holds, by kind.
        self.shifts_to_start = [(int(f), int(a), int(u)) for a, f, u in duty.spans]
        self.headcounts_to_come = [(int(f), int(g), int(n)) for g, f, n in duty.headcount]
        self.openings_to_come = [
            (o.opens_us, t) for t, topic in enumerate(scenario.topics) for o in topic.openings
        ]
        self.closings_to_come = [
            (o.closes_us, t, o.lunch_follows)
            for t, topic in enumerate(scenario.topics)
            for o in topic.openings
        ]
        self.transfers_to_come: list[Chat] = []
        self.retries_to_come: list[tuple[int, int]] = []
        self.new_to_come = [
            (int(at), row)
            for row, at in enumerate(workload.requested_us)
            if workload.attempt[row] == 1
        ]

    # ── The clock ────────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        while True:
            events = [event for event in self.events() if event.time < self.scenario.horizon_us]
            if not events:
                break
            self.step(min(events, key=lambda event: (event.time, event.kind, event.serial)))
        self.let_time_pass(self.scenario.horizon_us)

    def step(self, event: Event) -> None:
        self.let_time_pass(event.time)
        self.say(f"{self.now:>5}  {event.what}")
        self.tally_one(event.kind.name)
        event.happen()
        self.review_winding_down()
        while self.match_one():
            pass
        self.close_the_stranded()
        for agent in self.agents:
            agent.stays_for = {t for t in agent.stays_for if self.queue_of(t)}

    def let_time_pass(self, until: int) -> None:
        """Work is done, and the logs of who is here grow, from now until then."""
        if until == self.now:
            return
        for agent in self.agents:
            chats = agent.open_chats
            for chat in chats:
                chat.work_left -= self.speeds[agent.group][len(chats)] * (until - self.now)
            overtime = bool(agent.stays_for)
            if overtime or (agent.on_duty and not agent.winding_down):
                lengthen(self.duty, agent.number, self.now, until)
            if overtime or agent.on_duty or agent.load > 0:
                lengthen(self.presence, agent.number, self.now, until)
        self.now = until

    def events(self) -> list[Event]:
        """Everything that is going to happen if nothing else happens before."""
        return [
            *self.seat_events(),
            *self.calendar_events(),
            *self.queue_events(),
            *self.arrival_events(),
        ]

    def seat_events(self) -> list[Event]:
        events = []
        for agent in self.agents:
            k = len(agent.open_chats)
            for seat in agent.seats:
                if seat.doing == "open":
                    speed = self.speeds[agent.group][k]
                    time = self.now + max(0, ceil(seat.chat.work_left / speed))
                    kind, happen = Kind.WORK_ENDS, self.work_ends
                elif seat.doing == "wrap-up":
                    time, kind, happen = seat.until, Kind.WRAP_UP_ENDS, self.wrap_up_ends
                elif seat.doing == "reacting":
                    time, kind, happen = seat.until, Kind.REACTION_ENDS, self.reaction_ends
                else:
                    continue
                what = f"{seat.chat.name}, agent {agent.number}, seat {seat.number}: {kind.name}"
                do = call(happen, agent, seat)
                events.append(Event(time, kind, (agent.number, seat.number), what, do))
        return events

    def calendar_events(self) -> list[Event]:
        starts, ends = Kind.DUTY_STARTS, Kind.DUTY_ENDS
        events = []
        for shift in self.shifts_to_start:
            time, number, _ = shift
            what = f"agent {number} comes on duty"
            do = call(self.shift_starts, shift)
            events.append(Event(time, starts, (AGENT_STARTS, number), what, do))
        for agent in self.agents:
            if agent.on_duty and agent.shift_ends is not None:
                what = f"agent {agent.number} goes off duty"
                do = call(self.shift_ends, agent)
                events.append(Event(agent.shift_ends, ends, (AGENT_ENDS, agent.number), what, do))
        for group in range(len(self.headcount)):
            coming = sorted(step for step in self.headcounts_to_come if step[1] == group)
            if coming:
                events.append(self.headcount_event(*coming[0]))
        for time, topic in self.openings_to_come:
            what = f"topic {topic} opens"
            do = call(self.topic_opens, time, topic)
            events.append(Event(time, starts, (TOPIC_OPENS, topic), what, do))
        for time, topic, lunch in self.closings_to_come:
            what = f"topic {topic} closes{' for lunch' if lunch else ''}"
            do = call(self.topic_closes, time, topic, lunch)
            events.append(Event(time, ends, (TOPIC_CLOSES, topic), what, do))
        return events

    def headcount_event(self, time: int, group: int, count: int) -> Event:
        """A fall is one event; a rise is one event for each agent who comes on."""
        step = (time, group, count)
        if count < self.headcount[group]:
            what = f"group {group} falls to {count}"
            do = call(self.headcount_falls, step)
            return Event(time, Kind.DUTY_ENDS, (HEADCOUNT_FALLS, group), what, do)
        off = [a for a in self.agents_of(group) if not a.on_duty]
        number = off[0].number if off else self.scenario.groups[group].first_agent
        what = f"group {group} rises to {count}"
        do = call(self.headcount_rises, step)
        return Event(time, Kind.DUTY_STARTS, (AGENT_STARTS, number), what, do)

    def queue_events(self) -> list[Event]:
        events = []
        for chat in self.queue():
            patience = self.of_part(chat, "patience_us")
            if patience != NEVER and not chat.silent:
                what = f"{chat.name}: patience ends"
                at, do = chat.waiting_since + patience, call(self.patience_ends, chat)
                events.append(Event(at, Kind.PATIENCE_ENDS, (0, chat.row), what, do))
            form = self.scenario.topics[chat.topic].offline_form
            if (
                form is not None
                and form.after_us is not None
                and not (chat.transferred or chat.silent or chat.offered_form)
            ):
                what = f"{chat.name}: time for the offline form"
                at, do = chat.requested + form.after_us, call(self.form_is_due, chat)
                events.append(Event(at, Kind.FORM_OFFERED, (0, chat.row), what, do))
        return events

    def arrival_events(self) -> list[Event]:
        kind = Kind.ARRIVAL
        events = []
        for chat in self.transfers_to_come:
            what = f"{chat.name} is transferred"
            do = call(self.transfer_arrives, chat)
            events.append(Event(chat.transferred_at, kind, (TRANSFERRED, chat.row), what, do))
        for time, row in self.retries_to_come:
            what = f"row {row} comes back for topic {self.workload.topic[row]}"
            do = call(self.retry_arrives, time, row)
            events.append(Event(time, kind, (RETRY, row), what, do))
        for time, row in self.new_to_come:
            what = f"row {row} arrives for topic {self.workload.topic[row]}"
            do = call(self.new_arrives, time, row)
            events.append(Event(time, kind, (NEW, row), what, do))
        return events

    # ── Looking around ───────────────────────────────────────────────────────────────────────

    def queue(self) -> list[Chat]:
        """The waiting chats, the longest-waiting first."""
        return sorted((c for c in self.chats if c.waiting), key=lambda chat: chat.place)

    def queue_of(self, topic: int) -> list[Chat]:
        return [chat for chat in self.queue() if chat.topic == topic]

    def reacted_to(self, chat: Chat) -> bool:
        return any(
            seat.doing == "reacting" and seat.chat is chat
            for agent in self.agents
            for seat in agent.seats
        )

    def agents_of(self, group: int) -> list[Agent]:
        return [agent for agent in self.agents if agent.group == group]

    def may_answer(self, agent: Agent, topic: int) -> bool:
        return topic in self.scenario.groups[agent.group].topics

    def may_begin(self, agent: Agent, chat: Chat) -> bool:
        """Whether this agent may begin to react to this chat now."""
        shift_over = agent.shift_ends is not None and agent.shift_ends <= self.now
        on_duty = agent.on_duty and not agent.winding_down and not shift_over
        return (
            self.may_answer(agent, chat.topic)
            and any(seat.doing == "free" for seat in agent.seats)
            and (on_duty or chat.topic in agent.stays_for)
        )

    def on_duty_for(self, topic: int) -> int:
        """How many agents of the topic are on duty and not winding down."""
        total = 0
        for g, group in enumerate(self.scenario.groups):
            if topic in group.topics:
                on = sum(agent.on_duty for agent in self.agents_of(g))
                total += on if group.headcount is None else min(on, self.headcount[g])
        return total

    def pending(self, topic: int) -> int:
        """The sessions pending in the scope of InitialQueuePos."""
        scope = self.queue() if self.scenario.queue_position == "tenant" else self.queue_of(topic)
        return len(scope)

    def of_part(self, chat: Chat, name: str) -> int:
        """What was drawn for the chat, or for its second part once it is transferred."""
        if chat.transferred:
            name = f"transfer_{name}"
        return int(getattr(self.workload, name)[chat.row])

    def next_count(self) -> int:
        self.count += 1
        return self.count

    def say(self, line: str) -> None:
        self.trace.append(line)

    def note(self, kind: str, line: str) -> None:
        """Something within an event that is worth telling and counting."""
        self.tally_one(kind)
        self.say(f"         {line}")

    def tally_one(self, kind: str) -> None:
        self.tally[kind] = self.tally.get(kind, 0) + 1

    # ── Matching waiting chats and free slots ────────────────────────────────────────────────

    def match_one(self) -> bool:
        """The longest-waiting chat that nobody reacts to and somebody can react to."""
        for chat in self.queue():
            able = [agent for agent in self.agents if self.may_begin(agent, chat)]
            if able and not self.reacted_to(chat):
                self.begin_reaction(self.chosen(able), chat)
                return True
        return False

    def chosen(self, agents: list[Agent]) -> Agent:
        if self.scenario.routing == "longest_idle":
            return min(agents, key=lambda agent: agent.slot_freed)
        if self.scenario.routing == "fill_first":
            return min(agents, key=lambda agent: (-agent.load, agent.load_changed))
        return min(agents, key=lambda agent: (agent.load, agent.load_changed))

    def begin_reaction(self, agent: Agent, chat: Chat) -> None:
        seat = next(seat for seat in agent.seats if seat.doing == "free")
        duration = self.of_part(chat, "reaction_us")
        seat.doing, seat.chat = "reacting", chat
        seat.since, seat.until = self.now, self.now + duration
        agent.load_changed = self.next_count()
        self.react_to(seat, chat)
        overtime = " in overtime" if chat.topic in agent.stays_for else ""
        self.note(
            "begins" + overtime, f"agent {agent.number} begins to react to {chat.name}{overtime}"
        )
        if duration == 0:
            self.reaction_ends(agent, seat)

    def react_to(self, seat: Seat, chat: Chat) -> None:
        seat.chat = chat
        if chat.reaction_began == NEVER:
            chat.reaction_began = self.now

    def reaction_ends(self, agent: Agent, seat: Seat) -> None:
        """The agent picks up the longest-waiting chat it may answer, whoever reacts to it."""
        chat = next(chat for chat in self.queue() if self.may_answer(agent, chat.topic))
        if chat is not seat.chat:
            self.note("picks up another", f"(the reaction was to {seat.chat.name})")
        self.log_reaction(agent, seat)
        used = {other.rank for other in agent.open_chats}
        chat.rank = next(rank for rank in range(1, 100) if rank not in used)
        seat.doing, seat.chat = "open", chat
        self.leave_queue(chat)
        if chat.transferred:
            chat.transfer_picked_up, chat.transfer_agent = self.now, agent.number
            chat.transfer_rank = chat.rank
        else:
            chat.picked_up, chat.agent, chat.first_rank = self.now, agent.number, chat.rank
        chat.work_left = Fraction(self.of_part(chat, "work_us"))
        if chat.silent:
            chat.work_left = Fraction(self.scenario.topics[chat.topic].silent_timeout_us)
        self.note("picks up", f"agent {agent.number} picks up {chat.name}, rank {chat.rank}")
        self.turn_reactions()

    def leave_queue(self, chat: Chat) -> None:
        chat.waiting = False

    def turn_reactions(self) -> None:
        """Reactions whose chat is not waiting any more turn to another, or stand down."""
        for agent in self.agents:
            for seat in agent.seats:
                if seat.doing == "reacting" and not seat.chat.waiting:
                    self.turn(agent, seat)

    def turn(self, agent: Agent, seat: Seat) -> None:
        for chat in self.queue():
            if self.may_answer(agent, chat.topic) and not self.reacted_to(chat):
                self.react_to(seat, chat)
                self.note("turns", f"agent {agent.number} turns to {chat.name}")
                return
        self.log_reaction(agent, seat)
        self.note("stands down", f"agent {agent.number} stands down")
        self.free(agent, seat)

    def log_reaction(self, agent: Agent, seat: Seat) -> None:
        if seat.since < self.now:
            self.reactions.append((agent.number, seat.since, self.now))

    def free(self, agent: Agent, seat: Seat) -> None:
        seat.doing, seat.chat = "free", NO_CHAT
        agent.load_changed = agent.slot_freed = self.next_count()

    # ── Chats in hand ────────────────────────────────────────────────────────────────────────

    def work_ends(self, agent: Agent, seat: Seat) -> None:
        chat = seat.chat
        goes_on = self.workload.transfer_topic[chat.row] >= 0
        if goes_on and not chat.transferred and not chat.silent:
            chat.transferred_at = self.now
            self.transfers_to_come.append(chat)
            self.free(agent, seat)
            return
        self.end(chat, codes.SILENT if chat.silent else codes.SERVED)
        wrap_up = self.wrap_up(agent, chat)
        if wrap_up > 0:
            seat.doing, seat.since, seat.until = "wrap-up", self.now, self.now + wrap_up
        else:
            self.wrap_up_ends(agent, seat)

    def wrap_up(self, agent: Agent, chat: Chat) -> int:
        wrap_up = self.scenario.groups[agent.group].wrap_up
        if wrap_up is None:
            return 0
        work = self.workload
        q = work.transfer_wrap_up_q if chat.transferred else work.wrap_up_q
        seconds = wrap_up.quantile(q[chat.row : chat.row + 1])[0]
        return round(float(seconds) * 1e6)

    def wrap_up_ends(self, agent: Agent, seat: Seat) -> None:
        seat.chat.wrapped_up = self.now
        self.free(agent, seat)

    def end(self, chat: Chat, outcome: int) -> None:
        """A session ends; one that was transferred has been served, however it ends."""
        chat.ended = self.now
        chat.outcome = codes.SERVED if chat.transferred else outcome
        name = codes.OUTCOMES[outcome]
        self.note(f"{name}, transferred" if chat.transferred else name, f"{chat.name} ends: {name}")

    # ── The queue ────────────────────────────────────────────────────────────────────────────

    def patience_ends(self, chat: Chat) -> None:
        if not chat.transferred:
            self.plan_retry(chat)
            if self.workload.silent[chat.row]:
                chat.silent = True
                self.note("leaves without a word", f"{chat.name} leaves without a word")
                return
        self.end_in_queue([chat], codes.ABANDONED)

    def plan_retry(self, chat: Chat) -> None:
        row = chat.row + 1
        customers = self.workload.customer_id
        if row < len(customers) and customers[row] == customers[chat.row]:
            self.retries_to_come.append((self.now + int(self.workload.retry_delay_us[row]), row))

    def end_in_queue(self, chats: list[Chat], outcome: int) -> None:
        for chat in chats:
            self.leave_queue(chat)
            self.end(chat, outcome)
            if chat.transferred:
                chat.wrapped_up = chat.transferred_at
        self.turn_reactions()

    def form_is_due(self, chat: Chat) -> None:
        chat.offered_form = True
        form = self.scenario.topics[chat.topic].offline_form
        others = self.pending(chat.topic) - 1
        if form and form.join == "and" and others < (form.queue_length or 0):
            self.note("form not offered", "(too few are waiting)")
        elif self.workload.takes_form[chat.row]:
            self.end_in_queue([chat], codes.FORM_IN_QUEUE)
        else:
            self.note("form declined", f"{chat.name} declines the form")

    # ── Arrivals ─────────────────────────────────────────────────────────────────────────────

    def transfer_arrives(self, chat: Chat) -> None:
        self.transfers_to_come.remove(chat)
        chat.transferred = True
        chat.topic = int(self.workload.transfer_topic[chat.row])
        self.join_queue(chat)

    def retry_arrives(self, time: int, row: int) -> None:
        self.retries_to_come.remove((time, row))
        self.tally_one("comes back")
        self.arrive(row)

    def new_arrives(self, time: int, row: int) -> None:
        self.new_to_come.remove((time, row))
        self.arrive(row)

    def arrive(self, row: int) -> None:
        topic = int(self.workload.topic[row])
        chat = Chat(row, len(self.chats), topic, self.now)
        self.chats.append(chat)
        self.say(f"         it is {chat.name}")
        if self.topic_is[topic] != "open" or self.on_duty_for(topic) == 0:
            self.end(chat, codes.FORM_CLOSED)
            return
        pending = self.pending(topic)
        chat.initial_queue_pos = pending + 1
        form = self.scenario.topics[topic].offline_form
        if (
            form is not None
            and form.queue_length is not None
            and (form.join == "or" or form.after_us is None)
            and pending >= form.queue_length
        ):
            chat.offered_form = True
            if self.workload.takes_form[row]:
                self.end(chat, codes.FORM_AT_ARRIVAL)
                return
            self.note("form declined at arrival", f"{chat.name} declines the form")
        self.join_queue(chat)

    def join_queue(self, chat: Chat) -> None:
        chat.waiting, chat.waiting_since = True, self.now
        chat.place = (0 if chat.transferred else 1, self.next_count())

    # ── Opening hours and duty ───────────────────────────────────────────────────────────────

    def topic_opens(self, time: int, topic: int) -> None:
        self.openings_to_come.remove((time, topic))
        self.topic_is[topic] = "open"

    def topic_closes(self, time: int, topic: int, lunch: bool) -> None:
        self.closings_to_come.remove((time, topic, lunch))
        self.topic_is[topic] = "at lunch" if lunch else "closed"
        if lunch:
            self.tally_one("lunch")
        elif self.scenario.closing == "clear":
            self.end_in_queue(self.queue_of(topic), codes.CLOSED)
        elif self.scenario.closing == "serve_out" and self.queue_of(topic):
            for agent in self.agents:
                if agent.on_duty and self.may_answer(agent, topic):
                    agent.stays_for.add(topic)
                    self.note("stays", f"agent {agent.number} stays for topic {topic}")

    def close_the_stranded(self) -> None:
        """In a closed topic, chats to which nobody reacts and nobody is going to are closed."""
        for topic, state in enumerate(self.topic_is):
            stayers = [agent for agent in self.agents if topic in agent.stays_for]
            deserted = self.on_duty_for(topic) == 0 and not stayers
            if state == "closed" and (deserted or self.scenario.closing == "clear"):
                waiting = [chat for chat in self.queue_of(topic) if not self.reacted_to(chat)]
                self.end_in_queue(waiting, codes.CLOSED)

    def shift_starts(self, shift: tuple[int, int, int]) -> None:
        self.shifts_to_start.remove(shift)
        _, number, until = shift
        agent = self.agents[number]
        agent.shift_ends = until
        self.come_on_duty(agent)

    def come_on_duty(self, agent: Agent) -> None:
        if agent.load > 0:
            self.tally_one("back with chats in hand")
        agent.on_duty = True
        agent.load_changed = agent.slot_freed = self.next_count()

    def shift_ends(self, agent: Agent) -> None:
        agent.on_duty = False
        if agent.load > 0:
            self.tally_one("off duty with chats in hand")

    def headcount_rises(self, step: tuple[int, int, int]) -> None:
        """The lowest-numbered agent off duty comes on; the step is done when all are there."""
        _, group, count = step
        self.headcount[group] = count
        agents = self.agents_of(group)
        off = [agent for agent in agents if not agent.on_duty]
        if off and len(agents) - len(off) < count:
            self.note("comes on", f"agent {off[0].number} comes on duty")
            self.come_on_duty(off.pop(0))
        if not off or len(agents) - len(off) >= count:
            self.headcounts_to_come.remove(step)

    def headcount_falls(self, step: tuple[int, int, int]) -> None:
        _, group, count = step
        self.headcount[group] = count
        self.headcounts_to_come.remove(step)

    def review_winding_down(self) -> None:
        """While more are on duty than the table says, the least loaded are winding down."""
        for g, group in enumerate(self.scenario.groups):
            if group.headcount is None:
                continue
            on = [agent for agent in self.agents_of(g) if agent.on_duty]
            surplus = max(0, len(on) - self.headcount[g])
            on.sort(key=lambda agent: (agent.load, -agent.number))
            for place, agent in enumerate(on):
                agent.winding_down = place < surplus
                if agent.winding_down and agent.load == 0:
                    agent.on_duty = agent.winding_down = False
                    self.note("leaves", f"agent {agent.number} leaves")
                elif agent.winding_down:
                    self.tally_one("winding down")

    # ── What is handed over ──────────────────────────────────────────────────────────────────

    def outcomes(self) -> Outcomes:
        horizon = self.scenario.horizon_us
        cut = [
            (agent.number, seat.since, horizon)
            for agent in self.agents
            for seat in agent.seats
            if seat.doing == "reacting" and seat.since < horizon
        ]
        offered_to = {
            seat.chat.number: agent.number
            for agent in self.agents
            for seat in agent.seats
            if seat.doing == "reacting" and seat.chat.transferred
        }
        chats = self.chats
        return Outcomes(
            row=column([chat.row for chat in chats]),
            requested_us=column([chat.requested for chat in chats]),
            initial_queue_pos=column([chat.initial_queue_pos for chat in chats]),
            reaction_began_us=column([chat.reaction_began for chat in chats]),
            picked_up_us=column([chat.picked_up for chat in chats]),
            agent=column([chat.agent for chat in chats]),
            rank=column([chat.first_rank for chat in chats]),
            ended_us=column([chat.ended for chat in chats]),
            wrapped_up_us=column([chat.wrapped_up for chat in chats]),
            outcome=column([chat.outcome for chat in chats]),
            transferred_us=column([chat.transferred_at for chat in chats]),
            transfer_picked_up_us=column([chat.transfer_picked_up for chat in chats]),
            transfer_agent=column([chat.transfer_agent for chat in chats]),
            transfer_rank=column([chat.transfer_rank for chat in chats]),
            transfer_offered_to=column([offered_to.get(chat.number, -1) for chat in chats]),
            reactions=table([*self.reactions, *cut]),
            presence=table(self.presence),
            duty=table(self.duty),
            engine="oracle",
        )


def call(do: Callable[..., None], *arguments: object) -> Callable[[], None]:
    return lambda: do(*arguments)


def speeds(output: tuple[str, ...]) -> dict[int, Fraction]:
    """How fast each of k open chats goes: r(k)/k, or the nearest millionth if that is odd."""
    exact = {k: Fraction(r) / k for k, r in enumerate(output, start=1)}
    if lcm(*(speed.denominator for speed in exact.values())) <= SPEED_UNITS:
        return exact
    return {k: Fraction(max(1, round(s * SPEED_UNITS)), SPEED_UNITS) for k, s in exact.items()}


def lengthen(log: Log, agent: int, start: int, end: int) -> None:
    """Add [start, end) to the log; what touches the agent's last entry makes it longer."""
    for place, entry in enumerate(log):
        if entry[0] == agent and entry[2] == start:
            log[place] = (agent, entry[1], end)
            return
    log.append((agent, start, end))


def column(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def table(rows: Log) -> np.ndarray:
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)


def simulated(scenario: Scenario, workload: Workload, duty: Duty) -> Desk:
    """The desk after the horizon, with its trace and its tally of what happened."""
    desk = Desk(scenario, workload, duty)
    desk.run()
    return desk


def run(scenario: Scenario, workload: Workload, duty: Duty) -> Outcomes:
    """What the engines' ``run`` should give."""
    return simulated(scenario, workload, duty).outcomes()
