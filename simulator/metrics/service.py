"""Service level, speed of answer, and how many left: the ratios of the sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.desk.codes import ABANDONED, CLOSED, FORM_IN_QUEUE, OUTCOMES, SILENT
from simulator.metrics.grouping import GroupedChats, grouped_chats, table
from simulator.metrics.uncertainty import (
    NOT_NEGATIVE,
    SHARE,
    Estimates,
    mean_intervals,
    ratio_intervals,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simulator.metrics.timeline import By
    from simulator.scenario.world import Scenario

__all__ = [
    "SERVICE_LEVELS",
    "abandonment",
    "outcome_counts",
    "service_level",
    "share_that_waited",
    "speed_of_answer",
]

SERVICE_LEVELS = {
    "of_all": "served within the threshold, of all who queued",
    "of_served": "served within the threshold, of the served",
    "excl_short_abandons": (
        "served within the threshold, of all who queued "
        "less those who abandoned within the threshold"
    ),
}
"""The three definitions by name, in words."""


def service_level(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "overall",
    per: Literal["all", "topic"] = "all",
    step_us: int | None = None,
) -> pd.DataFrame:
    """The share answered within the scenario's threshold, by its three definitions.

    Columns: labels, then ``of_all``, ``of_served`` and ``excl_short_abandons`` (0 to 1), each
    with ``_low`` and ``_high``; ``n`` is the number who queued. A wait of just the threshold is
    within it.
    """
    groups = grouped_chats(scenario, sessions, by=by, per=per, step_us=step_us)
    levels = service_level_estimates(groups, scenario.service_level.threshold_us)
    columns = [estimates.columns(name) for name, estimates in levels.items()]
    return table(groups.labels, *columns, n=levels["of_all"])


def service_level_estimates(groups: GroupedChats, threshold_us: int) -> dict[str, Estimates]:
    """The three service levels of every group, by name."""
    chat = groups.chat
    soon = within(chat.wait_s, threshold_us)
    met = groups.totals(chat.served & soon)
    queued = groups.totals(chat.queued)
    denominators = {
        "of_all": queued,
        "of_served": groups.totals(chat.served),
        "excl_short_abandons": queued - groups.totals((chat.outcome == ABANDONED) & soon),
    }
    return {
        name: ratio_intervals(met, denominator, bounds=SHARE)
        for name, denominator in denominators.items()
    }


def within(wait_s: NDArray[np.float64], threshold_us: int) -> NDArray[np.bool_]:
    """Waits of at most the threshold, compared in whole microseconds; an unknown one is not."""
    return np.rint(wait_s * 1e6) <= threshold_us


def speed_of_answer(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "overall",
    per: Literal["all", "topic"] = "all",
) -> pd.DataFrame:
    """The mean wait of the served (ASA): ``asa_s`` in seconds with bounds; ``n`` served."""
    groups = grouped_chats(scenario, sessions, by=by, per=per)
    asa = mean_of(groups, groups.chat.served, groups.chat.wait_s)
    return table(groups.labels, asa.columns("asa", "_s"), n=asa)


def share_that_waited(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "overall",
    per: Literal["all", "topic"] = "all",
) -> pd.DataFrame:
    """The share of the queued for whom no reaction began at the instant of arrival: ``p_wait``."""
    groups = grouped_chats(scenario, sessions, by=by, per=per)
    waited = share_of_queued(groups, groups.chat.waited_at_arrival)
    return table(groups.labels, waited.columns("p_wait"), n=waited)


def abandonment(
    scenario: Scenario,
    sessions: pd.DataFrame,
    *,
    by: By = "overall",
    per: Literal["all", "topic"] = "all",
) -> pd.DataFrame:
    """How the queued left without an answer, each a share of the queued on a line of its own.

    Columns: labels, then ``abandoned``, ``silent``, ``form_in_queue`` and ``closed`` with their
    bounds; ``n`` is the number who queued.
    """
    groups = grouped_chats(scenario, sessions, by=by, per=per)
    shares = {
        OUTCOMES[code]: share_of_queued(groups, groups.chat.outcome == code)
        for code in (ABANDONED, SILENT, FORM_IN_QUEUE, CLOSED)
    }
    columns = [estimates.columns(name) for name, estimates in shares.items()]
    return table(groups.labels, *columns, n=shares["abandoned"])


def outcome_counts(scenario: Scenario, sessions: pd.DataFrame) -> pd.DataFrame:
    """How the sessions ended: the mean number per replication.

    ::

        topic  outcome    sessions  sessions_low  sessions_high     n
        Sales  served        612.4         598.1          626.7  12248
        Sales  abandoned      31.9          27.0           36.8    638

    ``n`` is the number over all replications. Every outcome has a row, also one that never came.
    """
    groups = grouped_chats(scenario, sessions, per="topic")
    counts = {name: count_of(groups, code) for code, name in enumerate(OUTCOMES)}
    parts = [
        table(groups.labels.assign(outcome=name), estimates.columns("sessions"), n=estimates)
        for name, estimates in counts.items()
    ]
    import pandas as pd

    return pd.concat(parts, ignore_index=True).sort_values(
        "topic", kind="stable", ignore_index=True
    )


def share_of_queued(groups: GroupedChats, mask: NDArray[np.bool_]) -> Estimates:
    """The masked among the queued, as a share of them."""
    queued = groups.chat.queued
    return ratio_intervals(groups.totals(queued & mask), groups.totals(queued), bounds=SHARE)


def mean_of(
    groups: GroupedChats, mask: NDArray[np.bool_], values: NDArray[np.float64]
) -> Estimates:
    """The mean of a value over the masked chats of every group."""
    return ratio_intervals(groups.totals(mask, values), groups.totals(mask), bounds=NOT_NEGATIVE)


def count_of(groups: GroupedChats, code: int) -> Estimates:
    """The mean number per replication that ended so; ``n`` counts them over all replications."""
    per_replication = groups.totals(groups.chat.outcome == code)
    return mean_intervals(
        per_replication,
        n=per_replication.sum(axis=0).astype(np.int64),
        bounds=NOT_NEGATIVE,
    )
