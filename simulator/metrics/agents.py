"""What agents do with their time: occupancy three ways, concurrency, chats open, chats taken.

Time present is time on duty and, after it, time with chats still in hand (``on_duty_s`` of the
agents table; ``duty_s`` is time on duty alone). Unless said otherwise, time is time present.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.metrics.grouping import GroupedTime, Per, grouped_time, table
from simulator.metrics.uncertainty import (
    NOT_NEGATIVE,
    SHARE,
    Estimates,
    mean_intervals,
    ratio_intervals,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.metrics.timeline import By
    from simulator.scenario.world import Scenario

__all__ = [
    "OCCUPANCIES",
    "agents_on_duty",
    "chats_per_agent",
    "concurrency",
    "occupancy",
    "open_chats",
]

OCCUPANCIES = {
    "busy": "time with at least one open chat, of time present",
    "slots": "slots held, of slots offered, over time present",
    "work": "output r(k) at the load of the moment, of r(K) at full load, over time present",
}
"""The three occupancies by name, in words; see ``PRESENT``."""

PRESENT = "on duty, and finishing chats in hand after it"
"""What time present is: the denominator of every occupancy."""


def occupancy(
    scenario: Scenario,
    sessions: pd.DataFrame,
    agents: pd.DataFrame,
    *,
    by: By = "overall",
    per: Per = "all",
) -> pd.DataFrame:
    """``busy``, ``slots`` and ``work`` (0 to 1) with bounds; ``n`` is the replications.

    By topic: of the agents who may answer it. The sessions only tell where a warm-up ends.
    """
    groups = grouped_time(scenario, sessions, agents, by=by, per=per)
    figures = occupancy_estimates(groups)
    columns = [estimates.columns(name) for name, estimates in figures.items()]
    return table(groups.labels, *columns, n=figures["busy"])


def occupancy_estimates(groups: GroupedTime) -> dict[str, Estimates]:
    """The three occupancies of every group, by name."""
    time = groups.time
    return {
        "busy": time_ratio(groups, time.busy_s, time.present_s, bounds=SHARE),
        "slots": time_ratio(groups, time.held_s, time.slots_s, bounds=SHARE),
        "work": time_ratio(groups, time.work_s, time.work_capacity_s, bounds=SHARE),
    }


def time_ratio(
    groups: GroupedTime,
    part: NDArray[np.float64],
    whole: NDArray[np.float64],
    *,
    bounds: tuple[float, float] = NOT_NEGATIVE,
) -> Estimates:
    """A ratio of agents' times; ``n`` is the number of replications."""
    n = np.full(len(groups.labels), groups.time.replications, dtype=np.int64)
    return ratio_intervals(groups.totals(part), groups.totals(whole), n=n, bounds=bounds)


def concurrency(
    scenario: Scenario,
    sessions: pd.DataFrame,
    agents: pd.DataFrame,
    *,
    by: By = "overall",
    per: Per = "all",
) -> pd.DataFrame:
    """The time-weighted mean number of open chats while there is one: ``concurrency``."""
    groups = grouped_time(scenario, sessions, agents, by=by, per=per)
    estimates = time_ratio(groups, groups.time.open_chat_s, groups.time.busy_s)
    return table(groups.labels, estimates.columns("concurrency"), n=estimates)


def open_chats(
    scenario: Scenario,
    sessions: pd.DataFrame,
    agents: pd.DataFrame,
    *,
    by: By = "time_of_day",
    per: Per = "all",
) -> pd.DataFrame:
    """The share of agents' time present with 0, 1, 2 … chats open.

    Columns: labels, ``open_0`` … ``open_K`` (0 to 1, together 1; NaN where nobody is present),
    ``agents`` (mean number present), and ``n``, the replications.
    """
    groups = grouped_time(scenario, sessions, agents, by=by, per=per)
    time = groups.time
    shares = [
        time_ratio(groups, time.open_s[:, k], time.present_s, bounds=SHARE)
        for k in range(time.open_s.shape[1])
    ]
    columns = [{f"open_{k}": estimates.value} for k, estimates in enumerate(shares)]
    present = _per_elapsed(groups, time.present_s)
    return table(groups.labels, *columns, {"agents": present.value}, n=shares[0])


def agents_on_duty(
    scenario: Scenario,
    sessions: pd.DataFrame,
    agents: pd.DataFrame,
    *,
    by: By = "time_of_day",
    per: Per = "all",
) -> pd.DataFrame:
    """The mean number of agents on duty, absences taken off: ``duty``, with bounds.

    Beside it ``present``, those who finish chats after duty included, with bounds; ``n`` is the
    replications.
    """
    groups = grouped_time(scenario, sessions, agents, by=by, per=per)
    duty = _per_elapsed(groups, groups.time.duty_s)
    present = _per_elapsed(groups, groups.time.present_s)
    return table(groups.labels, duty.columns("duty"), present.columns("present"), n=duty)


def _per_elapsed(groups: GroupedTime, values: NDArray[np.float64]) -> Estimates:
    """Seconds of agents' time per second of the clock, of each group."""
    folding = groups.folding
    lengths_s = groups.line.lengths_us / 1e6
    elapsed_s = np.bincount(folding.group, weights=lengths_s, minlength=len(folding))
    repeats = len(groups.labels) // len(folding)
    return mean_intervals(groups.totals(values) / np.tile(elapsed_s, repeats), bounds=NOT_NEGATIVE)


def chats_per_agent(
    scenario: Scenario, sessions: pd.DataFrame, agents: pd.DataFrame
) -> pd.DataFrame:
    """How many chats each agent picked up, second parts of transferred ones included.

    Columns: ``agent``, ``group``, ``picked_up`` (mean per replication) with bounds,
    ``hours_present`` (mean per replication), ``per_hour`` (picked up per hour present) with
    bounds, ``busy`` (0 to 1), and ``n`` picked up over all replications; most first.
    """
    groups = grouped_time(scenario, sessions, agents, per="agent")
    time = groups.time
    picked_up = groups.totals(time.picked_up)
    taken = mean_intervals(picked_up, n=picked_up.sum(axis=0).astype(np.int64), bounds=NOT_NEGATIVE)
    hours = mean_intervals(groups.totals(time.present_s) / 3600)
    names = [scenario.groups[agent.group].name for agent in scenario.agents]
    labels = groups.labels.assign(group=pd.Categorical(names))
    frame = table(
        labels,
        taken.columns("picked_up"),
        {"hours_present": hours.value},
        time_ratio(groups, time.picked_up, time.present_s / 3600).columns("per_hour"),
        {"busy": time_ratio(groups, time.busy_s, time.present_s, bounds=SHARE).value},
        n=taken,
    )
    present = frame[frame["hours_present"] > 0]
    return present.sort_values("picked_up", ascending=False, kind="stable", ignore_index=True)
