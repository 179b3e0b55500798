"""``summary.json``: every figure of ``model.md`` with its interval, overall, by topic, by interval.

Each leaf is ``{"value", "low", "high", "n"}``. How each is made:

===================  =======================================  ==================================
figure               value and interval                       n
===================  =======================================  ==================================
shares and means     ratio of totals, delta method            sessions in the denominator
wait_s.p50 … p99,    quantile of all replications pooled,     sessions
queue_position.p90   Woodruff's interval
wait_s.max           longest in any replication; low and      sessions
                     high are the shortest and longest of
                     the replications' own longest waits
queue_length.mean    mean over replications, t interval       replications
occupancy,           ratio of total times, delta method       replications
concurrency
counts               mean number per replication, t interval  sessions over all replications
threshold_s          the scenario's; low and high equal it    replications
===================  =======================================  ==================================

All are rounded to nine decimals. What cannot be known (an empty denominator) is ``None``; so are
low and high with fewer than two replications.

- ``handle_s`` is over every chat that was picked up and ended, silent ones included; the second
  wait of a transferred chat is left out.
- ``queue_position`` is over all who got a place, those who took the form at arrival included.
- ``queue_length`` is weighted with the time of the whole horizon, closed hours included.
- Agents' time belongs to no topic: a topic's occupancy is that of the agents who may answer it.
- Of a steady study, the warm-up is left out of everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator.desk.codes import ABANDONED, OUTCOMES, SILENT
from simulator.metrics.agents import occupancy_estimates, time_ratio
from simulator.metrics.chats import chats
from simulator.metrics.grouping import GroupedChats, GroupedTime, grouped_chats, grouped_time
from simulator.metrics.queue import position_estimates, queue_length_estimates, waiting_time
from simulator.metrics.service import count_of, mean_of, service_level_estimates, share_of_queued
from simulator.metrics.timeline import fold
from simulator.metrics.uncertainty import Estimates
from simulator.metrics.waiting import wait_estimates
from simulator.metrics.warm_up import observed

if TYPE_CHECKING:
    import pandas as pd

    from simulator.metrics.timeline import By
    from simulator.scenario.world import Scenario

__all__ = ["summary"]


def summary(scenario: Scenario, sessions: pd.DataFrame, agents: pd.DataFrame) -> dict[str, Any]:
    """All figures of a run: ``overall``, ``topics.{name}`` and ``intervals``.

    The intervals are a list in order of time; each carries its ISO ``start`` in local time.

    Args:
        scenario: of the run.
        sessions: the sessions table, all replications.
        agents: the agents table, all replications.
    """
    topics = _sections(scenario, sessions, agents, by="overall", per="topic")
    intervals = _sections(scenario, sessions, agents, by="interval", per="all")
    starts = observed(scenario, chats(scenario, sessions)).starts
    return {
        "overall": _sections(scenario, sessions, agents, by="overall", per="all")[0],
        "topics": {topic.name: part for topic, part in zip(scenario.topics, topics, strict=True)},
        "intervals": [
            {"start": start.isoformat()} | part
            for start, part in zip(starts, intervals, strict=True)
        ],
    }


def _sections(
    scenario: Scenario,
    sessions: pd.DataFrame,
    agents: pd.DataFrame,
    *,
    by: By,
    per: Literal["all", "topic"],
) -> list[dict[str, Any]]:
    """The figures of every group, each as the nested dictionary of ``summary.json``."""
    of_chats = grouped_chats(scenario, sessions, by=by, per=per)
    of_time = grouped_time(scenario, sessions, agents, by=by, per=per)
    waiting_s = waiting_time(scenario, sessions, of_chats.line)
    folding = fold(of_chats.line, by)
    figures = (
        _session_figures(of_chats, scenario.service_level.threshold_us)
        | {"queue_length.mean": queue_length_estimates(waiting_s, of_chats.line, folding, per=per)}
        | _time_figures(of_time)
        | {f"counts.{name}": count_of(of_chats, code) for code, name in enumerate(OUTCOMES)}
    )
    return [_nested(figures, index) for index in range(len(of_chats.labels))]


def _session_figures(groups: GroupedChats, threshold_us: int) -> dict[str, Estimates]:
    """The figures of the sessions table, by dotted name."""
    chat = groups.chat
    levels = service_level_estimates(groups, threshold_us)
    position_mean, position_p90 = position_estimates(groups)
    return (
        {"threshold_s": _certain(threshold_us / 1e6, groups)}
        | {f"service_level.{name}": estimates for name, estimates in levels.items()}
        | {"asa_s": mean_of(groups, chat.served, chat.wait_s)}
        | {f"wait_s.{name}": estimates for name, estimates in wait_estimates(groups).items()}
        | {
            "abandonment": share_of_queued(groups, chat.outcome == ABANDONED),
            "silent": share_of_queued(groups, chat.outcome == SILENT),
            "p_wait": share_of_queued(groups, chat.waited_at_arrival),
            "queue_position.mean": position_mean,
            "queue_position.p90": position_p90,
            "handle_s": mean_of(groups, ~np.isnan(chat.handle_s), chat.handle_s),
        }
    )


def _time_figures(groups: GroupedTime) -> dict[str, Estimates]:
    """The figures of the agents table, by dotted name."""
    occupancies = occupancy_estimates(groups)
    return {f"occupancy.{name}": estimates for name, estimates in occupancies.items()} | {
        "concurrency": time_ratio(groups, groups.time.open_chat_s, groups.time.busy_s)
    }


def _certain(number: float, groups: GroupedChats) -> Estimates:
    """The same known number for every group."""
    values = np.full(len(groups.labels), number)
    bounds = values if groups.chat.replications > 1 else np.full_like(values, np.nan)
    n = np.full(len(values), groups.chat.replications, dtype=np.int64)
    return Estimates(values, bounds, bounds, n)


def _nested(figures: dict[str, Estimates], index: int) -> dict[str, Any]:
    """One group's leaves, with dotted names turned into nested dictionaries."""
    section: dict[str, Any] = {}
    for name, estimates in figures.items():
        leaf = estimates[index].as_dict()
        parent, _, child = name.partition(".")
        if child:
            section.setdefault(parent, {})[child] = leaf
        else:
            section[parent] = leaf
    return section
