"""Where two outcomes of one world differ, and the smallest world in which they still do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from simulator.outcomes import Outcomes
from tests.oracle.oracle import simulated
from tests.oracle.worlds import Chat, Desk, Team, World

T = TypeVar("T")
Plain = TypeVar("Plain", Chat, Desk)
Engine = Callable[..., Outcomes]
COMPARED = [field.name for field in fields(Outcomes) if field.name != "engine"]


def differences(expected: Outcomes, actual: Outcomes) -> list[str]:
    """A line for each array that is not the same, with both; empty when all are."""
    pairs = ((name, getattr(expected, name), getattr(actual, name)) for name in COMPARED)
    return [
        f"{name}: expected {e.tolist()}, was {a.tolist()}"
        for name, e, a in pairs
        if not np.array_equal(e, a)
    ]


def disagreement(world: World, engine: Engine) -> list[str]:
    """What the engine says otherwise than the oracle about this world."""
    given = world.scenario, world.workload, world.duty
    expected = simulated(*given).outcomes()
    try:
        return differences(expected, engine(*given))
    except Exception as error:  # noqa: BLE001  (that it fails is what has to be told)
        return [f"{type(error).__name__}: {error}"]


def told(world: World, engine: Engine) -> str:
    """The disagreement in full: the world, the oracle's course of events, what differs."""
    desk = simulated(world.scenario, world.workload, world.duty)
    lines = [world.described(), *desk.trace, *disagreement(world, engine)]
    return "\n".join(["the engine disagrees with the oracle in this world:", *lines])


def kind(world: World, engine: Engine) -> list[str]:
    """Which arrays differ, or which error it is, without the values."""
    return [line.split(":")[0] for line in disagreement(world, engine)]


def smallest(world: World, differs: Callable[[World], bool]) -> World:
    """Take away whatever can go while the world still makes a difference."""
    while True:
        smaller = next((w for w in simpler(world) if differs(w)), None)
        if smaller is None:
            return world
        world = smaller


def simpler(world: World) -> Iterator[World]:
    """Worlds that are one step simpler."""
    for chats in without_one(world.chats):
        yield replace(world, chats=chats)
    for place, attempts in enumerate(world.chats):
        for customer in plainer_customers(attempts):
            yield replace(world, chats=put(world.chats, place, customer))
    for place, desk in enumerate(world.desks):
        for other in plainer(desk):
            yield replace(world, desks=put(world.desks, place, other))
    for teams in without_one(world.teams):
        if teams:
            yield replace(world, teams=teams)
    for place, team in enumerate(world.teams):
        for smaller in plainer_teams(team):
            yield replace(world, teams=put(world.teams, place, smaller))
    for name in ("routing", "closing", "queue_position"):
        default = getattr(World(), name)
        if getattr(world, name) != default:
            yield replace(world, **{name: default})


def plainer_customers(attempts: tuple[Chat, ...]) -> Iterator[tuple[Chat, ...]]:
    if len(attempts) > 1:
        yield attempts[:-1]
    for number, chat in enumerate(attempts):
        halved = [replace(chat, work=chat.work // 2)] if chat.work > 2 else []
        for plain in [*plainer(chat), *halved]:
            yield put(attempts, number, plain)


def plainer(thing: Plain) -> Iterator[Plain]:
    """One field of it set to what it usually is, or made shorter."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name in ("at", "topic", "delay") or value == field.default:
            continue
        if field.name == "transfer_to":
            second: dict[str, Any] = {
                f.name: f.default for f in fields(thing) if f.name.startswith("transfer")
            }
            yield replace(thing, **second)
        elif not field.name.startswith("transfer"):
            usual: dict[str, Any] = {field.name: field.default}
            yield replace(thing, **usual)


def plainer_teams(team: Team) -> Iterator[Team]:
    if team.wrap_up is not None:
        yield replace(team, wrap_up=None)
    if len(team.output) > 1:
        yield replace(team, output=team.output[:-1])
    if team.staffing is not None and len(team.staffing) > 1:
        yield replace(team, staffing=team.staffing[:-1])
    for shifts in without_one(team.shifts):
        table = team.staffing and tuple((at, min(n, len(shifts))) for at, n in team.staffing)
        if shifts:
            yield replace(team, shifts=shifts, staffing=table)
    for place, spans in enumerate(team.shifts):
        for fewer in without_one(spans):
            yield replace(team, shifts=put(team.shifts, place, fewer))
    if set(team.topics) != {0}:
        yield replace(team, topics=(0,))


def without_one(things: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for place in range(len(things)):
        yield things[:place] + things[place + 1 :]


def put(things: tuple[T, ...], place: int, thing: T) -> tuple[T, ...]:
    return (*things[:place], thing, *things[place + 1 :])
