"""Who gives up and when: patience as a survival curve, customers lost for good, warnings."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.desk.codes import ABANDONED, CLOSED, SILENT
from simulator.metrics.grouping import grouped_chats, table
from simulator.metrics.uncertainty import NOT_NEGATIVE, SHARE, mean_intervals, ratio_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.metrics.chats import Chats
    from simulator.metrics.uncertainty import Estimate
    from simulator.scenario.world import Scenario

__all__ = ["customers_finally_lost", "patience", "warnings_sent"]

FEWEST_AT_RISK = 30
"""The curve ends where fewer are left waiting: beyond, single customers draw it."""


def patience(scenario: Scenario, sessions: pd.DataFrame, *, points: int = 200) -> pd.DataFrame:
    """The share still patient after each wait, by Kaplan and Meier.

    ::

        wait_s  share  share_low  share_high  at_risk
          0.0   1.000      1.000       1.000     5214
          4.0   0.981      0.976       0.985     1930

    Losing patience (abandoned or silent) is the event; pickup, the offline form, closing time and
    the horizon censor it. Of a silent leaver the table tells only with the outcome ``silent``: one
    whose session was closed at closing time, or was unfinished at the horizon, is taken to have
    been patient until then (until pickup, if there was one). So where customers leave silently
    the curve lies too high, by little unless many are closed or unfinished. The band is
    Greenwood's on the log-log scale, which takes customers as independent. The frame is
    empty where nobody queued.

    Args:
        scenario: of the run.
        sessions: of one run.
        points: waits listed, evenly from 0 to where fewer than 30 are left waiting.
    """
    from scipy.stats import CensoredData, ecdf

    chat = grouped_chats(scenario, sessions).chat
    waited_s, lost_patience = _observed_patience(chat, scenario.horizon_us)
    if not len(waited_s):
        columns = ("wait_s", "share", "share_low", "share_high", "at_risk")
        return pd.DataFrame({name: np.zeros(0) for name in columns})
    ordered = np.sort(waited_s)
    end = ordered[-min(FEWEST_AT_RISK, len(ordered))]
    grid = np.linspace(0.0, end, points) if end > 0 else np.zeros(1)
    curve = ecdf(CensoredData.right_censored(waited_s, ~lost_patience)).sf
    with warnings.catch_warnings():
        # scipy warns that log-log has no bounds where the curve is still 1 or already 0.
        warnings.filterwarnings("ignore", "The confidence interval is undefined")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="scipy")
        band: Any = curve.confidence_interval(0.95, method="log-log")
    share = curve.evaluate(grid)
    low, high = band.low.evaluate(grid), band.high.evaluate(grid)
    return pd.DataFrame(
        {
            "wait_s": grid,
            "share": share,
            "share_low": np.where(np.isnan(low), share, low),
            "share_high": np.where(np.isnan(high), share, high),
            "at_risk": len(ordered) - np.searchsorted(ordered, grid, side="left"),
        }
    )


def _observed_patience(
    chat: Chats, horizon_us: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How long each customer was seen to wait, and whether patience ended it."""
    still_waiting = ~chat.finished & np.isnan(chat.wait_s)
    seen = chat.queued | ~chat.finished
    waited_s = np.where(still_waiting, (horizon_us - chat.requested_us) / 1e6, chat.wait_s)
    return waited_s[seen], np.isin(chat.outcome, (ABANDONED, SILENT))[seen]


def customers_finally_lost(scenario: Scenario, sessions: pd.DataFrame) -> Estimate:
    """The share of customers who went for good without an answer and without leaving a form.

    Counted are customers, not sessions: those who queued at least once, and whose last session
    did not run into the horizon. Lost are those whose last session was abandoned, silent or
    closed; whoever came back and was served is not.
    """
    groups = grouped_chats(scenario, sessions)
    chat = groups.chat
    customer = sessions["customer_id"].to_numpy()[groups.row]
    attempt = sessions["attempt"].to_numpy()[groups.row]
    order = np.lexsort((attempt, customer, chat.replication))
    new = np.diff(customer[order], prepend=-1) != 0
    new |= np.diff(chat.replication[order], prepend=-1) != 0
    person = np.cumsum(new) - 1
    last = order[np.append(new[1:], True)[: len(order)]]
    ever_queued = np.bincount(person, weights=chat.queued[order], minlength=len(last)) > 0
    counted = ever_queued & chat.finished[last]
    lost = counted & np.isin(chat.outcome[last], (ABANDONED, SILENT, CLOSED))
    of = np.bincount(chat.replication[last][counted], minlength=chat.replications)
    gone = np.bincount(chat.replication[last][lost], minlength=chat.replications)
    return ratio_interval(gone, of, bounds=SHARE)


def warnings_sent(scenario: Scenario, sessions: pd.DataFrame) -> pd.DataFrame:
    """How many sessions stayed in the queue so long that a warning went out, per replication.

    Columns: ``topic``, ``to_agents`` and ``to_managers`` with bounds, and ``n``, the warnings to
    agents over all replications. A session that warned the managers had warned the agents.
    """
    groups = grouped_chats(scenario, sessions, per="topic")
    level = sessions["alert_level"].to_numpy()[groups.row]
    agents, managers = groups.totals(level >= 1), groups.totals(level >= 2)
    to_agents = mean_intervals(agents, n=agents.sum(axis=0).astype(np.int64), bounds=NOT_NEGATIVE)
    to_managers = mean_intervals(managers, bounds=NOT_NEGATIVE)
    columns = (to_agents.columns("to_agents"), to_managers.columns("to_managers"))
    return table(groups.labels, *columns, n=to_agents)
