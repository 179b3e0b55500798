"""One hour of one replication, chat by chat: who waited, who answered whom, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import ParameterError
from simulator.metrics.chats import chats, instants_us
from simulator.metrics.grouping import agent_index
from simulator.metrics.queue import waiting_time
from simulator.metrics.spans import touching
from simulator.metrics.timeline import HOUR_US
from simulator.metrics.warm_up import observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario.world import Scenario

__all__ = ["busiest_hour", "hour_strip"]

QUEUE = "Queue"
"""The row of those who wait; the other rows are agents."""

LEFT = {"abandoned": "gave up", "form_in_queue": "took the form", "closed": "closing time"}
"""How a wait can end without pickup, in words."""


def busiest_hour(
    scenario: Scenario, sessions: pd.DataFrame, *, replication: int = 1
) -> pd.Timestamp:
    """The start of the clock hour with the longest queue in one replication.

    Where nobody ever waits, the hour with the most requests; the earliest of equals.

    Raises:
        ParameterError: there is no such replication.
    """
    rows = of_replication(sessions, replication)
    chat = chats(scenario, rows)
    line = observed(scenario, chat, step_us=HOUR_US)
    waiting = waiting_time(scenario, rows, line)[0].sum(axis=0)
    requests = touching(
        line, chat.requested_us, chat.requested_us + 1, group=chat.replication, groups=1
    )[0]
    return line.starts[int(np.argmax(waiting if waiting.any() else requests))]


def of_replication(sessions: pd.DataFrame, replication: int) -> pd.DataFrame:
    """One replication's sessions, which may be none; the column tells of no other replication."""
    column = sessions["replication"]
    there = column.cat.categories if column.dtype == "category" else np.unique(column)
    if replication not in there:
        raise ParameterError(
            f"replication {replication} is not in this run"
            + (f"; choose from {min(there)} to {max(there)}" if len(there) else ", as no other is")
        )
    rows = sessions[column == replication]
    only = pd.Categorical(np.full(len(rows), replication), categories=[replication])
    return rows.assign(replication=only)


def hour_strip(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    start: pd.Timestamp,
    replication: int = 1,
    length_h: float = 1.0,
) -> pd.DataFrame:
    """The spans of one replication within [start, start + length), for a strip per agent.

    ::

        row    lane  kind      from_min  to_min  chat_session_id  ended
        Queue     0  waiting        0.0     1.4              118
        Queue     0  reacting       1.4     1.9              118  picked up
        Ada       0  chat           1.9     9.7              118

    ``row`` is "Queue" or the agent; within a row, spans of one time lie in different lanes. A
    chat waits until a first reaction to it begins, and is then being reacted to until pickup
    (the table does not say by whom; whoever is free first takes the longest-waiting chat).
    ``ended`` says how a stay in the queue ended within the window. Spans are cut at its edges.

    Raises:
        ParameterError: there is no such replication.
    """
    rows = of_replication(sessions, replication)
    begin = int(instants_us(scenario, pd.Series([start]))[0])
    end = begin + round(length_h * HOUR_US)
    pieces = [*_queue_spans(scenario, rows), *_agent_spans(scenario, rows)]
    spans = pd.concat(pieces, ignore_index=True)
    spans = spans[(spans["from_us"] < end) & (spans["until_us"] > begin)]
    spans = spans.sort_values(["from_us", "chat_session_id"], kind="stable", ignore_index=True)
    in_queue = spans["row"] == QUEUE
    lanes = np.zeros(len(spans), dtype=np.int64)
    for row in spans["row"].unique():
        chosen = (spans["row"] == row).to_numpy()
        lanes[chosen] = _lanes(spans[chosen])
    order = _row_order(scenario)
    return (
        pd.DataFrame(
            {
                "row": pd.Categorical(spans["row"], categories=order, ordered=True),
                "lane": lanes,
                "kind": spans["kind"],
                "from_min": (spans["from_us"].clip(lower=begin) - begin) / 60e6,
                "to_min": (spans["until_us"].clip(upper=end) - begin) / 60e6,
                "chat_session_id": spans["chat_session_id"],
                "ended": spans["ended"].where(in_queue & (spans["until_us"] <= end), ""),
            }
        )
        .sort_values(["row", "from_min", "lane"], kind="stable")
        .reset_index(drop=True)
    )


def _row_order(scenario: Scenario) -> list[str]:
    return [QUEUE, *(agent.name for agent in scenario.agents)]


def _queue_spans(scenario: Scenario, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Waiting, then being reacted to: first waits, then those of transferred chats."""
    chat = chats(scenario, rows)
    numbers = rows["chat_session_id"].to_numpy()
    horizon = scenario.horizon_us
    over = np.where(chat.ended_us >= 0, chat.ended_us, horizon)
    left = np.where(chat.picked_up_us >= 0, chat.picked_up_us, over)
    began = np.where(chat.reaction_began_us >= 0, np.minimum(chat.reaction_began_us, left), left)
    ended = np.where(
        chat.picked_up_us >= 0,
        "picked up",
        rows["outcome"].astype(str).map(LEFT).fillna("").to_numpy(),
    )
    transferred = instants_us(scenario, rows["transferred_at"])
    answered = instants_us(scenario, rows["transfer_picked_up_at"])
    back = transferred >= 0
    left_again = np.where(answered >= 0, answered, over)
    ended_again = np.where(answered >= 0, "picked up", np.where(chat.ended_us >= 0, "gave up", ""))
    names = np.full(len(rows), QUEUE)
    return [
        _spans(
            names, "waiting", chat.requested_us, began, numbers, np.where(began < left, "", ended)
        ),
        _spans(names, "reacting", began, left, numbers, ended),
        _spans(
            names[back],
            "waiting",
            transferred[back],
            left_again[back],
            numbers[back],
            ended_again[back],
        ),
    ]


def _agent_spans(scenario: Scenario, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Chats and wrap-up of each agent; a transferred chat has a part with each of two agents."""
    chat = chats(scenario, rows)
    numbers = rows["chat_session_id"].to_numpy()
    horizon = scenario.horizon_us
    names = np.array([agent.name for agent in scenario.agents])
    transferred = instants_us(scenario, rows["transferred_at"])
    answered = instants_us(scenario, rows["transfer_picked_up_at"])
    over = np.where(chat.ended_us >= 0, chat.ended_us, horizon)
    wrapped_up = instants_us(scenario, rows["wrapped_up_at"])
    first, second = chat.picked_up_us >= 0, answered >= 0
    agent = agent_index(scenario, rows["agent_id"])
    agent_again = agent_index(scenario, rows["transfer_agent_id"])
    last = np.where(second, agent_again, agent)
    wraps = first & (chat.ended_us >= 0) & (second | (transferred < 0))
    until = np.where(transferred >= 0, transferred, over)
    wrapped = np.where(wrapped_up >= 0, wrapped_up, horizon)
    nothing = np.full(len(rows), "")
    return [
        _spans(
            names[agent[first]],
            "chat",
            chat.picked_up_us[first],
            until[first],
            numbers[first],
            nothing[first],
        ),
        _spans(
            names[agent_again[second]],
            "chat",
            answered[second],
            over[second],
            numbers[second],
            nothing[second],
        ),
        _spans(
            names[last[wraps]],
            "wrap-up",
            chat.ended_us[wraps],
            wrapped[wraps],
            numbers[wraps],
            nothing[wraps],
        ),
    ]


def _spans(
    row: NDArray[np.str_],
    kind: str,
    from_us: NDArray[np.int64],
    until_us: NDArray[np.int64],
    chat_session_id: NDArray[np.int64],
    ended: NDArray[np.str_],
) -> pd.DataFrame:
    """Spans of one kind; those of no length are left out."""
    frame = pd.DataFrame(
        {
            "row": row,
            "kind": kind,
            "from_us": from_us,
            "until_us": until_us,
            "chat_session_id": chat_session_id,
            "ended": ended,
        }
    )
    return frame[frame["until_us"] > frame["from_us"]]


def _lanes(spans: pd.DataFrame) -> list[int]:
    """The first lane that is free when a span begins; what follows on a span keeps its lane."""
    until: list[int] = []
    lane_of: dict[int, int] = {}
    lanes = []
    columns = (spans["from_us"], spans["until_us"], spans["chat_session_id"])
    for begin, end, number in zip(*(column.tolist() for column in columns), strict=True):
        free = [lane for lane, busy_until in enumerate(until) if busy_until <= begin]
        same = lane_of.get(number)
        lane = same if same in free else min(free, default=len(until))
        if lane == len(until):
            until.append(end)
        until[lane] = end
        lane_of[number] = lane
        lanes.append(lane)
    return lanes
