"""The product's own dashboard: traffic by hour, and today's numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.metrics.chats import chats
from simulator.metrics.grouping import GroupedChats, grouped_chats, table
from simulator.metrics.queue import folded
from simulator.metrics.service import mean_of
from simulator.metrics.spans import touching
from simulator.metrics.timeline import HOUR_US, fold
from simulator.metrics.uncertainty import NOT_NEGATIVE, Estimate, mean_interval, mean_intervals
from simulator.metrics.waiting import longest_waits
from simulator.metrics.warm_up import observed

if TYPE_CHECKING:
    from simulator.scenario.world import Scenario

__all__ = ["todays_numbers", "traffic"]


def traffic(scenario: Scenario, sessions: pd.DataFrame) -> pd.DataFrame:
    """Traffic by hour of the day: the mean number of sessions per day.

    Columns: ``time``, ``time_h``, ``incoming`` (requested in that hour, however they ended) and
    ``active`` (between pickup and end at some time of the hour; a chat of two hours counts in
    both) with bounds, and ``n``, the replications.
    """
    chat = chats(scenario, sessions)
    line = observed(scenario, chat, step_us=HOUR_US)
    folding = fold(line, "time_of_day")
    days = np.bincount(folding.group, minlength=len(folding))
    incoming = touching(
        line,
        chat.requested_us,
        chat.requested_us + 1,
        group=chat.replication,
        groups=chat.replications,
    )
    picked_up = chat.picked_up_us >= 0
    ended = np.where(chat.ended_us >= 0, chat.ended_us, scenario.horizon_us)
    active = touching(
        line,
        chat.picked_up_us[picked_up],
        ended[picked_up],
        group=chat.replication[picked_up],
        groups=chat.replications,
    )
    columns = [
        mean_intervals(folded(counts, folding) / days, bounds=NOT_NEGATIVE)
        for counts in (incoming, active)
    ]
    return table(
        folding.labels,
        columns[0].columns("incoming"),
        columns[1].columns("active"),
        n=columns[0],
    )


def todays_numbers(scenario: Scenario, sessions: pd.DataFrame) -> pd.DataFrame:
    """The figures of the product's dashboard, for a mean day of the run.

    ::

        figure                    unit       value     low    high
        average waiting time      s           16.2    15.1    17.3
        maximum waiting time      s          312.0   290.5   333.5

    The average wait is that of all who queued; the maximum is each day's longest wait, then the
    mean over days (days on which nobody queued left out); chats started are those picked up. The
    intervals are over replications.
    """
    groups = grouped_chats(scenario, sessions)
    chat = groups.chat
    days = groups.line.lengths_us.sum() / (24 * HOUR_US)
    requested = groups.totals(np.ones(len(chat), dtype=bool))[:, 0]
    started = groups.totals(chat.picked_up_us >= 0)[:, 0]
    figures: dict[str, tuple[str, Estimate]] = {
        "average waiting time": ("s", mean_of(groups, chat.queued, chat.wait_s)[0]),
        "maximum waiting time": ("s", _mean_longest(by_date(groups))),
        "sessions requested": ("per day", mean_interval(requested / days, bounds=NOT_NEGATIVE)),
        "chats started": ("per day", mean_interval(started / days, bounds=NOT_NEGATIVE)),
    }
    rows = [
        {"figure": name, "unit": unit, "value": e.value, "low": e.low, "high": e.high}
        for name, (unit, e) in figures.items()
    ]
    return pd.DataFrame(rows)


def by_date(groups: GroupedChats) -> GroupedChats:
    """The same chats by the local date of their request: every date begins a new interval."""
    line = groups.line
    midnights = line.starts.tz_localize(None).normalize()
    dates, date_of_interval = np.unique(midnights, return_inverse=True)
    group = date_of_interval[line.locate(groups.chat.requested_us)]
    return replace(groups, group=group, labels=pd.DataFrame({"date": dates}))


def _mean_longest(groups: GroupedChats) -> Estimate:
    """The longest wait of each group, then the mean over groups and over replications."""
    longest = longest_waits(groups)
    with_queue = ~np.isnan(longest).all(axis=1)
    return mean_interval(np.nanmean(longest[with_queue], axis=1), bounds=NOT_NEGATIVE)
