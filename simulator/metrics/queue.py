"""How long the queue is, and which place in it people get."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from simulator.desk.codes import FORM_AT_ARRIVAL, FORM_CLOSED
from simulator.metrics.chats import chats, instants_us, topic_index
from simulator.metrics.grouping import GroupedChats, crossed, grouped_chats, table
from simulator.metrics.service import mean_of
from simulator.metrics.spans import time_within
from simulator.metrics.timeline import Folding, Timeline, fold
from simulator.metrics.uncertainty import (
    NOT_NEGATIVE,
    SHARE,
    Estimates,
    mean_intervals,
    ratio_intervals,
)
from simulator.metrics.waiting import quantiles_of
from simulator.metrics.warm_up import observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.metrics.timeline import By
    from simulator.scenario.world import Scenario

__all__ = ["POSITION_GROUPS", "queue_length", "queue_position", "queue_position_distribution"]

POSITION_GROUPS = {"1": (1, 1), "2–3": (2, 3), "4–6": (4, 6), "7+": (7, 2**31)}
"""The places in the queue that are reported together, by name: first and last."""


def queue_position(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "interval",
    per: Literal["all", "topic"] = "all",
) -> pd.DataFrame:
    """Where in the queue people land: the share who got each group of places at arrival.

    Columns: labels, then ``mean`` and ``p90`` of the place with bounds, ``share_1``,
    ``share_2_3``, ``share_4_6`` and ``share_7_plus`` (0 to 1), and ``n``. Counted are all who got
    a place (``InitialQueuePos``): those who took the form at arrival too, those who found the
    topic closed not; sessions unfinished at the horizon are in no ratio.
    """
    groups = grouped_chats(scenario, sessions, by=by, per=per)
    position = groups.chat.position
    placed = with_place(groups)
    mean, p90 = position_estimates(groups)
    shares = {
        column: ratio_intervals(
            groups.totals(placed & (position >= first) & (position <= last)),
            groups.totals(placed),
            bounds=SHARE,
        ).value
        for column, (first, last) in zip(SHARE_COLUMNS, POSITION_GROUPS.values(), strict=True)
    }
    return table(groups.labels, mean.columns("mean"), p90.columns("p90"), shares, n=mean)


SHARE_COLUMNS = ("share_1", "share_2_3", "share_4_6", "share_7_plus")
"""A column for each of POSITION_GROUPS."""


def queue_position_distribution(scenario: Scenario, sessions: pd.DataFrame) -> pd.DataFrame:
    """The share of each single place at arrival, with bounds: ``position``, ``share``, ``n``."""
    everything = grouped_chats(scenario, sessions)
    placed = with_place(everything)
    chat = everything.chat
    most = int(chat.position[placed].max(initial=1))
    labels = pd.DataFrame({"position": np.arange(1, most + 1)})
    places = np.clip(chat.position, 1, most) - 1
    groups = replace(everything, group=places, labels=labels)
    counts = groups.totals(placed)
    all_placed = np.repeat(everything.totals(placed), most, axis=1)
    shares = ratio_intervals(
        counts, all_placed, n=counts.sum(axis=0).astype(np.int64), bounds=SHARE
    )
    return table(labels, shares.columns("share"), n=shares)


def with_place(groups: GroupedChats) -> NDArray[np.bool_]:
    """Those who got a place in the queue and are not cut short by the horizon."""
    return groups.chat.finished & (groups.chat.position > 0)


def position_estimates(groups: GroupedChats) -> tuple[Estimates, Estimates]:
    """Mean and P90 of the place at arrival in every group."""
    placed = with_place(groups)
    place = groups.chat.position.astype(np.float64)
    return mean_of(groups, placed, place), quantiles_of(groups, placed, place, 0.90)


def queue_length(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "interval",
    per: Literal["all", "topic"] = "all",
) -> pd.DataFrame:
    """The time-weighted mean number of pending sessions, closed hours included.

    Pending is a session from its request until it is picked up or leaves the queue, so also while
    an agent reacts to it, and also after its customer has silently gone. The second wait of a
    transferred chat counts in the topic it waits for. Columns: labels, ``mean`` with bounds, and
    ``n``, the replications.
    """
    line = observed(scenario, chats(scenario, sessions))
    folding = fold(line, by)
    waiting_s = waiting_time(scenario, sessions, line)
    estimates = queue_length_estimates(waiting_s, line, folding, per=per)
    if per == "all":
        return table(folding.labels, estimates.columns("mean"), n=estimates)
    labels = crossed("topic", [topic.name for topic in scenario.topics], folding.labels)
    return table(labels, estimates.columns("mean"), n=estimates)


def queue_length_estimates(
    waiting_s: NDArray[np.float64],
    line: Timeline,
    folding: Folding,
    *,
    per: Literal["all", "topic"],
) -> Estimates:
    """Mean queue length from ``waiting_time``, topics (if apart) outermost."""
    chosen = waiting_s if per == "topic" else waiting_s.sum(axis=1, keepdims=True)
    elapsed_s = np.bincount(folding.group, weights=line.lengths_us / 1e6, minlength=len(folding))
    summed = folded(chosen, folding)
    mean = summed / elapsed_s
    return mean_intervals(
        mean.reshape(len(mean), mean.shape[1] * len(folding)), bounds=NOT_NEGATIVE
    )


def folded(values: NDArray[np.float64], folding: Folding) -> NDArray[np.float64]:
    """Sum the last axis (intervals) into the groups of a folding."""
    order = np.argsort(folding.group, kind="stable")
    starts = np.searchsorted(folding.group[order], np.arange(len(folding)))
    return np.add.reduceat(values[..., order], starts, axis=-1)


def waiting_time(scenario: Scenario, sessions: pd.DataFrame, line: Timeline) -> NDArray[np.float64]:
    """Session-seconds in the queue: (replications, topics, intervals)."""
    chat = chats(scenario, sessions)
    topics = len(scenario.topics)
    began, left, topic, replication = _stays(scenario, sessions)
    seconds = time_within(
        line, began, left, group=replication * topics + topic, groups=chat.replications * topics
    )
    return seconds.reshape(chat.replications, topics, len(line))


def _stays(
    scenario: Scenario, sessions: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """Every stay in a queue: from, until, topic, replication. First waits, then second ones."""
    chat = chats(scenario, sessions)
    horizon = scenario.horizon_us
    first = ~np.isin(chat.outcome, (FORM_CLOSED, FORM_AT_ARRIVAL))
    left = _until(chat.picked_up_us, chat.ended_us, horizon)
    transferred = instants_us(scenario, sessions["transferred_at"])
    answered = instants_us(scenario, sessions["transfer_picked_up_at"])
    second = transferred >= 0
    left_again = _until(answered, chat.ended_us, horizon)
    target = topic_index(scenario, sessions["transfer_topic_id"])
    return (
        np.concatenate([chat.requested_us[first], transferred[second]]),
        np.concatenate([left[first], left_again[second]]),
        np.concatenate([chat.topic[first], target[second]]),
        np.concatenate([chat.replication[first], chat.replication[second]]),
    )


def _until(
    picked_up_us: NDArray[np.int64], ended_us: NDArray[np.int64], horizon_us: int
) -> NDArray[np.int64]:
    """The end of a wait: pickup, else the end of the session, else the horizon."""
    ended = np.where(ended_us >= 0, ended_us, horizon_us)
    return np.where(picked_up_us >= 0, picked_up_us, ended)
