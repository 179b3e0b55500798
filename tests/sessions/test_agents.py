"""The agents' time, against cases one can add up and against a slow reading of the definitions."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.desk import codes
from simulator.sessions import agent_table, agents_schema, interval_edges_us
from simulator.sessions.intervals import epoch_us
from tests.sessions.made import HOUR, MINUTE, desk, outcomes, spans

HORIZON = 2 * HOUR  # four intervals of half an hour


def handled(agent: int, picked_up: int, ended: int, **more: int) -> dict[str, int]:
    """A served chat, instants in minutes."""
    times = {"picked_up_us": picked_up, "ended_us": ended, "wrapped_up_us": ended} | more
    return {"agent": agent, "outcome": codes.SERVED} | {
        name: minutes * MINUTE for name, minutes in times.items()
    }


def minutes(*rows: tuple[int, int, int]) -> np.ndarray:
    return spans(*((agent, begins * MINUTE, ends * MINUTE) for agent, begins, ends in rows))


def table(*chats: dict[str, int], **slots: np.ndarray):
    return agent_table(desk(horizon_us=HORIZON), outcomes(*chats, **slots), 4).to_pandas()


def in_minutes(frame, *columns: str) -> list[tuple[float, ...]]:
    return [tuple(row) for row in (frame[list(columns)].to_numpy(dtype=float) / 60).tolist()]


def test_time_is_split_where_an_interval_ends():
    frame = table(presence=minutes((0, 20, 70)), duty=minutes((0, 20, 60)))
    assert in_minutes(frame, "duty_s", "on_duty_s") == [(10, 10), (30, 30), (0, 10)]
    assert frame["interval_start"].dt.strftime("%H:%M").tolist() == ["00:00", "00:30", "01:00"]
    assert set(frame["replication"]) == {4}


def test_time_with_two_open_chats_counts_once():
    chats = handled(0, 0, 20), handled(0, 10, 40)
    frame = table(*chats, presence=minutes((0, 0, 60)))
    assert in_minutes(frame, "open_0_s", "open_1_s", "open_2_s", "open_3_s") == [
        (0, 20, 10, 0),
        (20, 10, 0, 0),
    ]
    assert frame["picked_up"].tolist() == [2, 0]


def test_a_chat_that_follows_another_at_once_leaves_no_gap_and_no_overlap():
    chats = handled(0, 0, 10), handled(0, 10, 20)
    frame = table(*chats, presence=minutes((0, 0, 20)))
    assert in_minutes(frame, "open_0_s", "open_1_s", "open_2_s") == [(0, 20, 0)]


def test_work_goes_by_the_output_of_the_group():
    chats = handled(0, 0, 20), handled(0, 10, 30), handled(2, 0, 15)
    frame = table(*chats, presence=minutes((0, 0, 30), (2, 0, 30)))
    # Desk: 20 min alone at 1 and 10 together at 1.7 of at most 2.2; second line: 15 min at 0.8.
    assert in_minutes(frame, "work_s", "work_capacity_s") == [
        pytest.approx((37, 66)),
        pytest.approx((12, 24)),
    ]


def test_slots_are_held_reacting_open_and_in_wrap_up():
    chat = handled(0, 5, 15, wrapped_up_us=18)
    frame = table(chat, presence=minutes((0, 0, 20)), reactions=minutes((0, 2, 5)))
    columns = ("reacting_s", "wrap_up_s", "held_s", "slots_s")
    assert in_minutes(frame, *columns) == [(3, 3, 16, 60)]


def test_a_transferred_chat_is_open_with_both_agents_and_wraps_up_with_the_second():
    chat = handled(0, 0, 28, transferred_us=10, transfer_picked_up_us=15, wrapped_up_us=30) | {
        "transfer_agent": 2
    }
    frame = table(chat, presence=minutes((0, 0, 30), (2, 0, 30)))
    columns = ("open_1_s", "wrap_up_s")
    assert in_minutes(frame, *columns) == [(10, 0), (13, 2)]
    assert frame["picked_up"].tolist() == [1, 1]


def test_a_chat_given_up_in_its_second_wait_holds_nobody():
    chat = handled(0, 0, 28, transferred_us=10)
    frame = table(chat, presence=minutes((0, 0, 30)))
    assert in_minutes(frame, "open_1_s", "wrap_up_s") == [(10, 0)]


def test_what_the_horizon_cuts_counts_up_to_it():
    open_chat = {"agent": 0, "picked_up_us": 110 * MINUTE, "outcome": codes.UNFINISHED}
    wrap_up = handled(2, 100, 115) | {"wrapped_up_us": -1}
    frame = table(open_chat, wrap_up, presence=minutes((0, 90, 120), (2, 90, 120)))
    assert in_minutes(frame, "open_1_s", "wrap_up_s") == [(10, 0), (15, 5)]


def test_nobody_is_listed_who_was_not_there():
    assert table(presence=minutes((2, 0, 10)))["agent_id"].tolist() == [3]
    assert len(table()) == 0


def test_an_hour_that_is_missing_is_nobodys_time():
    start = datetime(2026, 3, 29, tzinfo=desk().timezone)
    scenario = desk(start=start, dates=(date(2026, 3, 29),), horizon_us=23 * HOUR, interval_us=HOUR)
    there = outcomes(presence=spans((0, 0, 23 * HOUR)))
    frame = agent_table(scenario, there, 1).to_pandas()
    hours = frame["interval_start"].dt.strftime("%H").tolist()
    assert hours[:4] == ["00", "01", "03", "04"]
    assert frame["on_duty_s"].tolist() == [3600.0] * 23


def test_columns_are_the_ones_of_the_schema():
    made = agent_table(desk(), outcomes(presence=minutes((0, 0, 10))), 1)
    assert made.schema.equals(agents_schema("Europe/Oslo", 3), check_metadata=True)


# Below: any course of events, against the definitions taken word by word.

INSTANTS = st.integers(0, 15).map(lambda tens: tens * 10 * MINUTE) | st.integers(
    0, 15 * 10 * MINUTE
)


@st.composite
def seats(draw):
    """Chats in the seats of three agents: (agent, reaction, pickup, end, wrap-up) in order."""
    stays = []
    for agent, cap in ((0, 3), (1, 3), (2, 1)):
        for _ in range(cap):
            times = sorted(draw(st.lists(INSTANTS, max_size=12)))
            stays += [
                (agent, *times[place : place + 4]) for place in range(0, len(times) // 4 * 4, 4)
            ]
    return stays


@st.composite
def courses(draw):
    """Outcomes that hold together: no agent above the cap, present while anything is in hand."""
    chats, reactions, presence = [], [], []
    for agent, reacts, picks, ends, wraps in draw(seats()):
        if reacts < min(picks, HORIZON):
            reactions.append((agent, reacts, min(picks, HORIZON)))
        if picks < HORIZON:
            chat = {"agent": agent, "picked_up_us": picks, "outcome": codes.SERVED}
            chat |= {"ended_us": ends, "wrapped_up_us": wraps}
            chats.append({name: -1 if at >= HORIZON else at for name, at in chat.items()})
    earlier = [chat for chat in chats if chat["ended_us"] >= 0]
    for chat in earlier:
        later = [
            other
            for other in chats
            if other["picked_up_us"] >= chat["ended_us"]
            and not {"taken", "transferred_us"} & (other.keys() | chat.keys())
        ]
        if later and draw(st.booleans()):
            second = draw(st.sampled_from(later))
            second["taken"] = 1
            chat |= {"transferred_us": chat["ended_us"], "transfer_agent": second["agent"]}
            chat |= {"transfer_picked_up_us": second["picked_up_us"]}
            chat |= {name: second[name] for name in ("ended_us", "wrapped_up_us")}
    kept = [chat for chat in chats if "taken" not in chat]
    for agent in range(3):
        begins, ends = sorted((draw(INSTANTS), draw(INSTANTS)))
        held = [(0, 0)] if draw(st.booleans()) else []
        held += [(begins, min(ends, HORIZON))] if begins < min(ends, HORIZON) else []
        everything = [
            *held,
            *((row[1], row[2]) for row in reactions if row[0] == agent),
            *((chat["picked_up_us"], HORIZON) for chat in chats if chat["agent"] == agent),
        ]
        if everything:
            from_us = min(begins for begins, _ in everything)
            until_us = max(ends for _, ends in everything)
            if from_us < until_us:
                presence.append((agent, from_us, until_us))
    return outcomes(
        *kept, reactions=spans(*reactions), presence=spans(*presence), duty=spans(*presence[:2])
    )


def slowly(scenario, course):
    """The table by its definitions: every stretch between two instants, looked at by itself."""
    horizon = scenario.horizon_us
    edges = interval_edges_us(scenario).tolist()
    handling, wrapping = [], []
    for row in range(len(course.row)):
        ended = course.ended_us[row] if course.ended_us[row] >= 0 else horizon
        moved = course.transferred_us[row]
        if course.picked_up_us[row] >= 0:
            until = moved if moved >= 0 else ended
            handling.append((course.agent[row], course.picked_up_us[row], until))
        if course.transfer_picked_up_us[row] >= 0:
            second = course.transfer_agent[row], course.transfer_picked_up_us[row], ended
            handling.append(second)
        last = course.transfer_agent[row] if moved >= 0 else course.agent[row]
        if course.ended_us[row] >= 0 and last >= 0:
            over = course.wrapped_up_us[row] if course.wrapped_up_us[row] >= 0 else horizon
            wrapping.append((last, course.ended_us[row], over))

    def count(rows, agent, at):
        return sum(1 for who, begins, ends in rows if who == agent and begins <= at < ends)

    held = (course.reactions.tolist(), course.presence.tolist(), course.duty.tolist())
    every = [*handling, *wrapping, *(row for rows in held for row in rows)]
    instants = sorted({*edges, *(int(at) for row in every for at in row[1:])})
    made = []
    for agent, person in enumerate(scenario.agents):
        group = scenario.groups[person.group]
        for begins, ends in pairwise(edges):
            row = dict.fromkeys(agents_schema("UTC", 3).names[5:], 0.0)
            row |= {"replication": 1, "agent_id": person.id, "agent": person.name}
            row |= {"group": group.name, "interval_s": (ends - begins) / 1e6}
            row |= {"interval_start": epoch_us(scenario.start) + begins}
            row["picked_up"] = sum(
                1 for who, at, _ in handling if who == agent and begins <= at < ends
            )
            for at, until in pairwise([at for at in instants if begins <= at <= ends]):
                length = (until - at) / 1e6
                k = count(handling, agent, at)
                reacting, present, duty = (count(rows, agent, at) for rows in held)
                wraps = count(wrapping, agent, at)
                row["duty_s"] += duty * length
                row["on_duty_s"] += present * length
                row["reacting_s"] += reacting * length
                row["wrap_up_s"] += wraps * length
                row["held_s"] += (reacting + k + wraps) * length
                row["slots_s"] += group.cap * present * length
                row["work_s"] += ([0.0, *map(float, group.output)])[k] * length
                row["work_capacity_s"] += float(group.output[-1]) * present * length
                if present:
                    row[f"open_{k}_s"] += length
            if row["on_duty_s"] > 0 or row["picked_up"]:
                made.append(row)
    return made


@given(courses())
def test_any_course_of_events_adds_up_as_the_definitions_say(course):
    scenario = desk(horizon_us=HORIZON)
    made = agent_table(scenario, course, 1)
    instants = made["interval_start"].cast("int64")
    rows = made.set_column(
        made.schema.get_field_index("interval_start"), "interval_start", instants
    ).to_pylist()
    expected = slowly(scenario, course)
    assert rows == [pytest.approx(row, abs=1e-6) for row in expected]


@given(courses())
def test_open_times_add_up_to_the_presence_and_nobody_holds_more_than_there_is(course):
    frame = agent_table(desk(horizon_us=HORIZON), course, 1).to_pandas()
    open_s = frame.filter(regex=r"^open_\d+_s$").sum(axis=1)
    assert np.allclose(open_s, frame["on_duty_s"], rtol=0, atol=1e-6)
    assert (frame["on_duty_s"] <= frame["interval_s"]).all()
