"""How long people wait: by the clock, in the tail, and given their place in the queue.

A wait runs from the request to pickup, or to leaving the queue, however it ended; the figures
are of all who queued.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from simulator.metrics.grouping import GroupedChats, crossed, grouped_chats, table
from simulator.metrics.service import mean_of
from simulator.metrics.uncertainty import SHARE, Estimates, quantile_intervals, ratio_intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.metrics.timeline import By
    from simulator.scenario.world import Scenario

__all__ = ["WAIT_SHARES", "wait_given_position", "wait_tail", "waiting_times"]

WAIT_SHARES = {"p50": 0.50, "p90": 0.90, "p99": 0.99}
"""The quantiles that are reported, by name."""


def waiting_times(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "interval",
    per: Literal["all", "topic"] = "all",
) -> pd.DataFrame:
    """Mean, P50, P90, P99 and longest wait of those who queued, by the interval of the request.

    Columns: labels, then ``mean_s``, ``mean_low_s``, ``mean_high_s``, the same for ``p50``,
    ``p90`` and ``p99``, ``max_s`` and ``n``; seconds, NaN where nobody queued. Quantiles are of
    all replications pooled, with Woodruff's interval (see ``uncertainty``).
    """
    groups = grouped_chats(scenario, sessions, by=by, per=per)
    figures = wait_estimates(groups)
    longest = {"max_s": figures.pop("max").value}
    columns = [estimates.columns(name, "_s") for name, estimates in figures.items()]
    return table(groups.labels, *columns, longest, n=figures["mean"])


def wait_estimates(groups: GroupedChats) -> dict[str, Estimates]:
    """``mean``, ``p50``, ``p90``, ``p99`` and ``max`` of the waits of every group, in seconds."""
    chat = groups.chat
    mean = {"mean": mean_of(groups, chat.queued, chat.wait_s)}
    quantiles = {
        name: quantiles_of(groups, chat.queued, chat.wait_s, share)
        for name, share in WAIT_SHARES.items()
    }
    return mean | quantiles | {"max": _longest(groups)}


def quantiles_of(
    groups: GroupedChats, mask: NDArray[np.bool_], values: NDArray[np.float64], share: float
) -> Estimates:
    """A pooled quantile of a value over the masked chats of every group."""
    return quantile_intervals(
        values[mask],
        share,
        group=groups.group[mask],
        groups=len(groups.labels),
        replication=groups.chat.replication[mask],
        replications=groups.chat.replications,
    )


def _longest(groups: GroupedChats) -> Estimates:
    """The longest wait in any replication.

    A maximum grows with the number of replications and has no interval in the usual sense: the
    bounds are the shortest and the longest of the replications' own longest waits.
    """
    by_replication = longest_waits(groups)
    known = ~np.isnan(by_replication)
    longest = np.where(known, by_replication, -np.inf).max(axis=0, initial=-np.inf)
    shortest = np.where(known, by_replication, np.inf).min(axis=0, initial=np.inf)
    value = np.where(np.isfinite(longest), longest, np.nan)
    sure = known.sum(axis=0) >= 2
    return Estimates(
        value,
        np.where(sure, shortest, np.nan),
        np.where(sure, value, np.nan),
        groups.totals(groups.chat.queued).sum(axis=0).astype(np.int64),
    )


def longest_waits(groups: GroupedChats) -> NDArray[np.float64]:
    """The longest wait of those who queued: (replications, groups), NaN where nobody did."""
    chat = groups.chat
    queued = chat.queued
    size = len(groups.labels)
    longest = np.full(chat.replications * size, -np.inf)
    cell = chat.replication[queued] * size + groups.group[queued]
    np.maximum.at(longest, cell, chat.wait_s[queued])
    found = np.where(np.isfinite(longest), longest, np.nan)
    return found.reshape(chat.replications, size)


def wait_tail(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    per: Literal["all", "topic"] = "all",
    points: int = 160,
) -> pd.DataFrame:
    """The share of the queued who waited longer than each wait: the complementary ECDF.

    ::

        wait_s  share  share_low  share_high      n
          0.0   0.412      0.398       0.426  12870
         12.5   0.365      0.351       0.379  12870

    Args:
        scenario: whose threshold is among the waits listed.
        sessions: of one run.
        per: all sessions together, or topics apart.
        points: waits listed, evenly from 0 to the longest.
    """
    groups = grouped_chats(scenario, sessions, per=per)
    chat = groups.chat
    queued = chat.queued
    longest = float(chat.wait_s[queued].max(initial=0.0))
    threshold_s = scenario.service_level.threshold_us / 1e6
    grid = np.unique(np.append(np.linspace(0.0, longest, points), threshold_s))
    size, width = len(groups.labels), len(grid) + 1
    # A wait passes every grid point below it: count waits by how many that are, then cumulate.
    passed = np.searchsorted(grid, chat.wait_s[queued], side="left")
    cell = (chat.replication[queued] * size + groups.group[queued]) * width + passed
    counts = np.bincount(cell, minlength=chat.replications * size * width)
    counts = counts.reshape(chat.replications, size, width)
    longer = counts[:, :, ::-1].cumsum(axis=2)[:, :, ::-1][:, :, 1:].astype(np.float64)
    of = np.repeat(counts.sum(axis=2, keepdims=True), len(grid), axis=2).astype(np.float64)
    flat = (chat.replications, size * len(grid))
    shares = ratio_intervals(longer.reshape(flat), of.reshape(flat), bounds=SHARE)
    labels = pd.DataFrame({"wait_s": grid})
    if per == "topic":
        labels = crossed("topic", [topic.name for topic in scenario.topics], labels)
    return table(labels, shares.columns("share"), n=shares)


def wait_given_position(
    scenario: Scenario, sessions: pd.DataFrame, *, at_most: int = 12
) -> pd.DataFrame:
    """The wait of those who queued, by the place in the queue that they got at arrival.

    Columns: ``position`` ("1" … "12", and "13+" for all further places), ``position_from``, then
    ``p50_s`` and ``p90_s`` with bounds, and ``n``. Places that nobody got are left out.
    """
    everything = grouped_chats(scenario, sessions)
    chat = everything.chat
    place = np.clip(chat.position, 1, at_most + 1) - 1
    names = [str(number) for number in range(1, at_most + 1)] + [f"{at_most + 1}+"]
    labels = pd.DataFrame({"position": names, "position_from": np.arange(1, at_most + 2)})
    groups = replace(everything, group=place, labels=labels)
    with_place = chat.queued & (chat.position > 0)
    half = quantiles_of(groups, with_place, chat.wait_s, WAIT_SHARES["p50"])
    most = quantiles_of(groups, with_place, chat.wait_s, WAIT_SHARES["p90"])
    frame = table(labels, half.columns("p50", "_s"), most.columns("p90", "_s"), n=half)
    return frame[frame["n"] > 0].reset_index(drop=True)
