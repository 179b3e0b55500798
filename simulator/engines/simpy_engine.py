"""The queue model under SimPy: read this first.

Three things happen at a chat desk. *Customers* come, one after the other. *The calendar* turns:
topics open and close, agents come on duty and go. And *alarms* ring that the desk itself has set:
a chat's work is done, a reaction is over, a customer's patience ends. The first two are processes;
an alarm is an event with a callback. All of them make something *happen* to the desk; what it does
there is said in `desk.rules`, and nowhere else. What the desk writes to its agenda becomes an alarm
at once.

SimPy's clock counts whole microseconds in Python ints. Every event carries its kind and serial as
its priority, so the order of simultaneous events is the order that `desk.rules` states, never the
order in which they happened to be scheduled.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import simpy

from simulator.desk import codes, rules
from simulator.desk.codes import NONE
from simulator.engines import setting_up

if TYPE_CHECKING:
    from simulator.desk.state import Desk
    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

__all__ = ["run"]

Process = Generator[simpy.Event, Any, None]
Bell = list[Callable[[simpy.Event], None]]


def run(scenario: Scenario, workload: Workload, duty: Duty) -> Outcomes:
    """Simulate one replication.

    Args:
        scenario: what the world is.
        workload: its customers, drawn.
        duty: who comes to work.

    Returns:
        What each session came to, in order of arrival.
    """
    desk = setting_up.desk(scenario, workload)
    clock = Clock(desk)
    desk.agenda = clock
    arrivals = setting_up.first_arrivals(scenario, workload)
    clock.process(customers(clock, desk, zip(*arrivals.tolist(), strict=True)))
    clock.process(calendar(clock, desk, setting_up.calendar(scenario, duty).tolist()))
    clock.run(until=scenario.horizon_us)
    setting_up.closing_time(desk, scenario.horizon_us)
    return setting_up.outcomes(desk, "simpy")


def customers(clock: Clock, desk: Desk, arrivals: Iterable[tuple[int, ...]]) -> Process:
    """Customers come, each at the instant drawn for them."""
    for instant, chat in arrivals:
        if clock.peek() <= instant:  # else nothing happens in between, so nobody need look at it
            yield clock.until(instant, codes.CHAT_ARRIVES, chat)
        rules.happens(desk, codes.CHAT_ARRIVES, chat, NONE, instant)


def calendar(clock: Clock, desk: Desk, entries: list[list[int]]) -> Process:
    """Topics open and close, agents come on duty and go."""
    for instant, kind, who, value in entries:
        yield clock.until(instant, kind, who)
        rules.happens(desk, kind, who, value, instant)


class Alarm(simpy.Event):
    """An event that rings for somebody and can be set again, also before it has rung.

    Nobody ever cancels an alarm: `desk.rules` sees from the instant whether it still means
    anything. All of a kind share the list of what they ring.
    """

    _ok = True
    _value = None

    def __init__(self, clock: Clock, who: int, bell: Bell) -> None:
        self.env = clock
        self.who = who
        self.callbacks = bell


class Clock(simpy.Environment):
    """SimPy's clock as the desk's agenda: for each entry it sets an alarm.

    The priority of an alarm is its place among those of the same instant. Alarms at the horizon
    or later never ring: SimPy's own stop was scheduled before them, and comes first.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(initial_time=0)
        self.desk = desk
        self.bells = [self.bell(kind) for kind in range(codes.CHAT_ARRIVES)]
        bell = self.bells[codes.WORK_ENDS]
        self.work = [Alarm(self, agent, bell) for agent in range(len(desk.agents))]
        self.patience = Patience(self, desk)

    def append(self, entry: tuple[int, int, int], /) -> None:
        """Have an event of this kind happen to somebody at an instant."""
        instant, kind, who = entry
        if kind == codes.PATIENCE_ENDS:
            self.patience.begins(instant, who)
            return
        alarm = self.work[who] if kind == codes.WORK_ENDS else Alarm(self, who, self.bells[kind])
        self.schedule(alarm, kind << 40 | who, instant - self._now)  # type: ignore[arg-type]

    def until(self, instant: int, kind: int, who: int, bell: Bell | None = None) -> Alarm:
        """An alarm at an instant, by default for a process to wait for."""
        alarm = Alarm(self, who, [] if bell is None else bell)
        self.schedule(alarm, kind << 40 | who, instant - self._now)  # type: ignore[arg-type]
        return alarm

    def bell(self, kind: int) -> Bell:
        """What alarms of this kind ring."""
        desk = self.desk

        def ring(alarm: Any) -> None:
            alarm.callbacks = bell  # SimPy takes them away; the alarm may be set again
            rules.happens(desk, kind, alarm.who, NONE, self._now)  # type: ignore[arg-type]

        bell: Bell = [ring]
        return bell


class Patience:
    """The customers who may give up: of them all, only the first has an alarm that counts.

    Most chats are picked up in time; an alarm for each would mostly ring for nothing.
    """

    def __init__(self, clock: Clock, desk: Desk) -> None:
        self.clock = clock
        self.desk = desk
        self.ends: list[tuple[int, int]] = []  # a heap of (instant, chat)
        self.alarm: Alarm | None = None
        self.bell: Bell = [self.ring]

    def begins(self, instant: int, chat: int) -> None:
        """A customer will give up at an instant, unless picked up before."""
        entry = (instant, chat)
        heappush(self.ends, entry)
        if self.ends[0] is entry:
            self.sets_alarm(instant, chat)

    def sets_alarm(self, instant: int, chat: int) -> None:
        """The first is another one; the alarm set before, if any, counts no longer."""
        self.alarm = self.clock.until(instant, codes.PATIENCE_ENDS, chat, self.bell)

    def ring(self, alarm: simpy.Event) -> None:
        """The first gives up, if still waiting; then comes the next who still waits."""
        if alarm is not self.alarm:
            return
        instant, chat = heappop(self.ends)
        rules.happens(self.desk, codes.PATIENCE_ENDS, chat, NONE, instant)
        while self.ends:
            instant, chat = self.ends[0]
            if rules.may_give_up(self.desk, chat, instant):
                self.sets_alarm(instant, chat)
                return
            heappop(self.ends)
