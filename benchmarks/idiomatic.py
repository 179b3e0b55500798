"""The same desks as SimPy models are usually written: the peer to measure against.

A process per customer, a `Resource` for the agents, ``request | timeout`` for patience, floats
for time. With several chats per agent the neighbours are interrupted whenever one joins or
leaves. It is given the same draws and, like the engine, notes what became of every customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from desks import Draws

    Process = Generator[simpy.Event, Any, None]


@dataclass
class Record:
    """What became of a customer; seconds."""

    customer: int
    arrived: float
    queue_position: int
    picked_up: float | None
    ended: float
    outcome: str


def one_chat_each(draws: Draws, agents: int) -> list[Record]:
    """An agent has one chat at a time: a resource of that many slots."""
    env = simpy.Environment()
    desk = simpy.Resource(env, capacity=agents)
    records: list[Record] = []

    def customer(number: int, work: float, patience: float) -> Process:
        arrived = env.now
        position = len(desk.queue) + 1
        with desk.request() as request:
            answered = yield request | env.timeout(patience)
            if request not in answered:
                records.append(Record(number, arrived, position, None, env.now, "abandoned"))
                return
            picked_up = env.now
            yield env.timeout(work)
            records.append(Record(number, arrived, position, picked_up, env.now, "served"))

    run(env, draws, customer)
    return records


class Agent:
    """Somebody with several chats, each slower the more there are."""

    def __init__(self, speeds: list[float]) -> None:
        self.speeds = speeds
        self.chats: list[simpy.Process] = []

    def tells_others(self, chat: simpy.Process) -> None:
        """Interrupt the neighbours: their speed has changed."""
        for other in self.chats:
            if other is not chat:
                other.interrupt()


def several_chats_each(draws: Draws, agents: int, output: tuple[str, ...]) -> list[Record]:
    """Chats go to the least-loaded agent, on ties to the lowest number."""
    env = simpy.Environment()
    speeds = [0.0, *(float(r) / k for k, r in enumerate(output, start=1))]
    people = [Agent(speeds) for _ in range(agents)]
    slots = simpy.Resource(env, capacity=agents * len(output))
    records: list[Record] = []

    def customer(number: int, work: float, patience: float) -> Process:
        arrived = env.now
        position = len(slots.queue) + 1
        with slots.request() as request:
            answered = yield request | env.timeout(patience)
            if request not in answered:
                records.append(Record(number, arrived, position, None, env.now, "abandoned"))
                return
            picked_up = env.now
            agent = min(people, key=lambda person: len(person.chats))
            me = env.active_process
            agent.chats.append(me)
            agent.tells_others(me)
            while work > 0:
                speed = agent.speeds[len(agent.chats)]
                began = env.now
                try:
                    yield env.timeout(work / speed)
                    work = 0
                except simpy.Interrupt:
                    work -= (env.now - began) * speed
            agent.chats.remove(me)
            agent.tells_others(me)
            records.append(Record(number, arrived, position, picked_up, env.now, "served"))

    run(env, draws, customer)
    return records


def run(env: simpy.Environment, draws: Draws, customer: Callable[..., Process]) -> None:
    """Let all of them come, and the desk work until it is empty."""

    def source() -> Process:
        customers = zip(
            (draws.arrival_us / 1e6).tolist(),
            (draws.work_us / 1e6).tolist(),
            (draws.patience_us / 1e6).tolist(),
            strict=True,
        )
        for number, (arrival, work, patience) in enumerate(customers, start=1):
            yield env.timeout(arrival - env.now)
            env.process(customer(number, work, patience))

    env.process(source())
    env.run()
