"""The shelves of a group with a staffing table, against looking at every agent."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.desk import roster, shelves
from simulator.desk.codes import NONE
from simulator.engines import compiled, setting_up, simpy_engine
from tests.oracle.agreement import differences
from tests.oracle.worlds import ALWAYS, Chat, Team, World

SIZES = [1, 2, 31, 32, 33, 64, 65, 1023, 1024, 1025, 2500]


def desk_of(people, *, cap=2, before=0):
    """A desk whose last group has a staffing table; ``before`` agents of another come first."""
    own_duty = [Team(shifts=(((0, ALWAYS),),) * before)] if before else []
    table = Team(shifts=((),) * people, staffing=((0, people),), output=("1",) * cap)
    world = World(teams=(*own_duty, table))
    return setting_up.premises(world.scenario, world.workload)


def moves(d, agent_no, **settings):
    agent = d.agents[agent_no]
    group = d.groups[agent.group]
    shelves.takes_off_shelf(d, group, agent, agent_no)
    for name, value in settings.items():
        setattr(agent, name, value)
    shelves.puts_on_shelf(d, group, agent, agent_no)


def numbers(d, group):
    return range(group.first_agent, group.agents_until)


def looked_up(d, group):
    """(first off duty, lightest working, heaviest winding down, one who may leave), naively."""
    everybody = [(d.agents[n], n) for n in numbers(d, group)]
    off = [n for agent, n in everybody if agent.on_duty == 0]
    on = [(agent.load, -n) for agent, n in everybody if agent.on_duty and not agent.winding_down]
    winding = [(agent.load, -n) for agent, n in everybody if agent.on_duty and agent.winding_down]
    idle = [-n for load, n in winding if load == 0]
    return (
        min(off, default=NONE),
        -min(on)[1] if on else NONE,
        -max(winding)[1] if winding else NONE,
        min(idle, default=NONE),
    )


def found(d, group):
    return (
        shelves.first_off_duty(d, group),
        shelves.lightest_working(d, group),
        shelves.heaviest_winding_down(d, group),
        shelves.first_who_may_leave(d, group),
    )


@given(st.integers(1, (1 << shelves.BITS) - 1))
def test_the_highest_and_lowest_bit_of_a_word(word):
    places = [place for place in range(shelves.BITS) if word >> place & 1]
    assert shelves.highest_bit(word) == places[-1]
    assert shelves.lowest_bit(word) == places[0]


@pytest.mark.parametrize("people", SIZES)
def test_at_first_everybody_is_off_duty(people):
    d = desk_of(people, before=3)
    assert found(d, d.groups[1]) == (3, NONE, NONE, NONE)


def test_a_group_without_a_table_has_none():
    world = World(teams=(Team(), Team(shifts=((),), staffing=((0, 1),))))
    d = setting_up.premises(world.scenario, world.workload)
    assert len(d.shelves) == 2 * shelves.number_of_shelves(1)
    assert setting_up.premises(World().scenario, World().workload).shelves == []


@pytest.mark.parametrize("people", SIZES)
def test_whoever_is_found_is_who_a_look_at_everybody_finds(people):
    luck = random.Random(people)
    d = desk_of(people, before=5)
    group = d.groups[1]
    for step in range(300):
        agent_no = luck.choice(numbers(d, group))
        if step % 50 == 0:  # so that whole shelves are empty at times
            for other in numbers(d, group):
                moves(d, other, on_duty=step // 50 % 2, load=0, winding_down=0)
        on_duty = luck.randrange(2)
        winding_down = on_duty * luck.randrange(2)
        moves(d, agent_no, on_duty=on_duty, load=luck.randrange(3), winding_down=winding_down)
        if people < 100 or step % 20 == 0:
            assert found(d, group) == looked_up(d, group)


@pytest.mark.parametrize("people", [1, 5, 40, 70])
def test_a_review_picks_the_least_loaded_of_the_highest_numbers(people):
    luck = random.Random(people)
    d = desk_of(people, cap=3)
    group = d.groups[0]
    group.headcount = people
    for agent_no in numbers(d, group):
        roster.comes_on(d, agent_no, 0)
    for now in range(1, 200):
        for _ in range(luck.randrange(4)):
            agent_no = luck.choice(numbers(d, group))
            moves(d, agent_no, load=luck.randrange(4))
        group.headcount = luck.randrange(people + 1)
        on = [n for n in numbers(d, group) if d.agents[n].on_duty]
        order = sorted(on, key=lambda n: (d.agents[n].load, -n))
        chosen = order[: max(0, len(on) - group.headcount)]
        roster.reviews_staffing(d, now)
        gone = {n for n in chosen if d.agents[n].load == 0}
        assert {n for n in on if not d.agents[n].on_duty} == gone
        winding = {n for n in numbers(d, group) if d.agents[n].winding_down}
        assert winding == set(chosen) - gone
        assert (group.winding_down, group.on_duty) == (len(winding), len(on) - len(gone))
        while group.on_duty < group.headcount and luck.random() < 0.7:
            first = min(n for n in numbers(d, group) if not d.agents[n].on_duty)
            assert shelves.first_off_duty(d, group) == first
            roster.another_comes_on(d, 0, now)
            assert d.agents[first].on_duty == 1


@pytest.mark.parametrize("people", [33, 1030])
def test_engines_agree_on_a_table_of_many_words(people):
    luck = random.Random(people)
    steps = tuple((50 * n, luck.randrange(people // 2, people + 1)) for n in range(20))
    table = Team(shifts=((),) * people, staffing=steps, output=("1", "1.7"))
    chats = tuple(
        (Chat(at=luck.randrange(900), work=luck.randrange(1, 100), reaction=luck.randrange(5)),)
        for _ in range(2000)
    )
    world = World(chats=chats, teams=(table,))
    given_ = world.scenario, world.workload, world.duty
    ours = compiled.run(*given_)
    assert differences(simpy_engine.run(*given_), ours) == []
    assert len(np.unique(ours.duty[:, 0])) > people // 2
