"""The figures that are compared: what each means, which way is better, and its totals in a run.

The names are those of ``summary.json`` (``service_level.of_all``, ``wait_s.p90``), and so are the
definitions; three are added:

==========================  ==============================================================
``in_time``                 chats served within the threshold, a replication
``agent_hours``             agents' time on duty, a replication
``agent_min_per_served``    agents' time on duty ÷ chats served: what a chat costs in wages,
                            whatever the wage
==========================  ==============================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.comparison.jackknife import Leavings, of_quantile, of_ratio
from simulator.desk.codes import ABANDONED, SILENT
from simulator.metrics.agents import OCCUPANCIES
from simulator.metrics.grouping import GroupedChats, GroupedTime, grouped_chats, grouped_time
from simulator.metrics.queue import folded, waiting_time
from simulator.metrics.service import SERVICE_LEVELS, within
from simulator.metrics.waiting import WAIT_SHARES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simulator.metrics.timeline import By
    from simulator.scenario.world import Scenario

__all__ = ["FIGURES", "KEY_FIGURES", "Figure", "Grouped", "Unit", "grouped_figures"]

Unit = Literal["share", "s", "chats", "agent-hours", "min"]
"""A share is from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures compared."""

    name: str
    unit: Unit
    words: str
    """As a table or an axis calls it."""
    better: Literal[-1, 0, 1]
    """1: more is better; -1: less is better; 0: neither by itself."""


FIGURES = {
    figure.name: figure
    for figure in (
        *(
            Figure(f"service_level.{name}", "share", f"service level, {name.replace('_', ' ')}", 1)
            for name in SERVICE_LEVELS
        ),
        Figure("abandonment", "share", "abandonment", -1),
        Figure("silent", "share", "silent abandonment", -1),
        Figure("p_wait", "share", "had to wait", -1),
        Figure("asa_s", "s", "mean wait of the served (ASA)", -1),
        Figure("wait_s.mean", "s", "mean wait", -1),
        *(Figure(f"wait_s.{name}", "s", f"{name.upper()} wait", -1) for name in WAIT_SHARES),
        Figure("queue_length.mean", "chats", "mean queue length", -1),
        *(Figure(f"occupancy.{name}", "share", f"occupancy, {name}", 0) for name in OCCUPANCIES),
        Figure("concurrency", "chats", "concurrency", 0),
        Figure("handle_s", "s", "mean handle time", 0),
        Figure("counts.served", "chats", "served, a replication", 1),
        Figure("counts.abandoned", "chats", "abandoned, a replication", -1),
        Figure("in_time", "chats", "served in time, a replication", 1),
        Figure("agent_hours", "agent-hours", "agents on duty, a replication", -1),
        Figure("agent_min_per_served", "min", "agents' time per served chat", -1),
    )
}
"""By name, in the order of tables."""

KEY_FIGURES = (
    *("abandonment", "p_wait", "occupancy.busy"),
    *("asa_s", "wait_s.mean", "wait_s.p90", "handle_s"),
    *("queue_length.mean", "concurrency", "agent_hours", "agent_min_per_served"),
)
"""Those that a chart shows, besides the service level by the scenario's own definition."""

ONLY_OF_ALL = frozenset({"agent_hours", "agent_min_per_served"})
"""An agent's time belongs to no topic, so these are not given by topic."""


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Every figure of a run by group."""

    labels: pd.DataFrame
    """A row per group."""
    figures: dict[str, Leavings]


def grouped_figures(
    scenario: Scenario,
    sessions: pd.DataFrame,
    agents: pd.DataFrame,
    *,
    by: By = "overall",
    per: Literal["all", "topic"] = "all",
) -> Grouped:
    """The figures of every group, with each replication left out and by itself.

    Args:
        scenario: whose threshold, warm-up and intervals count.
        sessions: the sessions table, all replications.
        agents: the agents table, all replications.
        by: as everywhere in ``metrics``.
        per: all sessions together, or topics apart (an agent then counts for each topic).
    """
    of_chats = grouped_chats(scenario, sessions, by=by, per=per)
    of_time = grouped_time(scenario, sessions, agents, by=by, per=per)
    served = of_chats.totals(of_chats.chat.served)
    found = (
        _shares(of_chats, scenario.service_level.threshold_us)
        | _waits(of_chats)
        | {"queue_length.mean": _queue_length(scenario, sessions, of_chats, per=per)}
        | _times(of_time)
        | _counts(of_chats, of_time, scenario.service_level.threshold_us)
        | {"agent_min_per_served": of_ratio(of_time.totals(of_time.time.duty_s) / 60, served)}
    )
    names = [name for name in FIGURES if per == "all" or name not in ONLY_OF_ALL]
    return Grouped(of_chats.labels, {name: found[name] for name in names})


def _shares(groups: GroupedChats, threshold_us: int) -> dict[str, Leavings]:
    chat = groups.chat
    soon = within(chat.wait_s, threshold_us)
    queued, served = groups.totals(chat.queued), groups.totals(chat.served)
    met = groups.totals(chat.served & soon)
    early = groups.totals((chat.outcome == ABANDONED) & soon)
    return {
        "service_level.of_all": of_ratio(met, queued),
        "service_level.of_served": of_ratio(met, served),
        "service_level.excl_short_abandons": of_ratio(met, queued - early),
        "abandonment": of_ratio(groups.totals(chat.outcome == ABANDONED), queued),
        "silent": of_ratio(groups.totals(chat.outcome == SILENT), queued),
        "p_wait": of_ratio(groups.totals(chat.queued & chat.waited_at_arrival), queued),
    }


def _waits(groups: GroupedChats) -> dict[str, Leavings]:
    chat = groups.chat
    handled = ~np.isnan(chat.handle_s)
    return {
        "asa_s": _mean(groups, chat.served, chat.wait_s),
        "wait_s.mean": _mean(groups, chat.queued, chat.wait_s),
        "handle_s": _mean(groups, handled, chat.handle_s),
        **{
            f"wait_s.{name}": of_quantile(
                chat.wait_s[chat.queued],
                share,
                group=groups.group[chat.queued],
                groups=len(groups.labels),
                replication=chat.replication[chat.queued],
                replications=chat.replications,
            )
            for name, share in WAIT_SHARES.items()
        },
    }


def _mean(groups: GroupedChats, mask: NDArray[np.bool_], values: NDArray[np.float64]) -> Leavings:
    return of_ratio(groups.totals(mask, values), groups.totals(mask))


def _queue_length(
    scenario: Scenario,
    sessions: pd.DataFrame,
    groups: GroupedChats,
    *,
    per: Literal["all", "topic"],
) -> Leavings:
    """The mean number pending, weighted with the time of the whole horizon."""
    waiting_s = waiting_time(scenario, sessions, groups.line)
    chosen = waiting_s if per == "topic" else waiting_s.sum(axis=1, keepdims=True)
    summed = folded(chosen, groups.folding)
    lengths = groups.line.lengths_us / 1e6
    elapsed_s = np.bincount(groups.folding.group, weights=lengths, minlength=len(groups.folding))
    return of_ratio(*(_flat(values) for values in np.broadcast_arrays(summed, elapsed_s)))


def _flat(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(replications, topics, times) as (replications, groups)."""
    return values.reshape(len(values), values.shape[1] * values.shape[2])


def _times(groups: GroupedTime) -> dict[str, Leavings]:
    time = groups.time
    pairs = {
        "occupancy.busy": (time.busy_s, time.present_s),
        "occupancy.slots": (time.held_s, time.slots_s),
        "occupancy.work": (time.work_s, time.work_capacity_s),
        "concurrency": (time.open_chat_s, time.busy_s),
    }
    return {
        name: of_ratio(groups.totals(part), groups.totals(whole))
        for name, (part, whole) in pairs.items()
    }


def _counts(groups: GroupedChats, time: GroupedTime, threshold_us: int) -> dict[str, Leavings]:
    """Means over replications, which are ratios to 1."""
    chat = groups.chat
    totals = {
        "counts.served": groups.totals(chat.served),
        "counts.abandoned": groups.totals(chat.outcome == ABANDONED),
        "in_time": groups.totals(chat.served & within(chat.wait_s, threshold_us)),
        "agent_hours": time.totals(time.time.duty_s) / 3600,
    }
    return {name: of_ratio(values, np.ones_like(values)) for name, values in totals.items()}
