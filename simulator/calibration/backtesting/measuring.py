"""Totals of recorded or simulated sessions by topic and interval, and the figures made of them.

Both sides of a backtest go through here, so that a figure means the same on either.

| figure | definition |
|---|---|
| volume | sessions that asked for an agent: all but ``form_closed`` |
| mean_wait_s | request to leaving the queue, of all who queued, however it ended |
| p90_wait_s | the smallest wait with at least nine in ten of them at or below it |
| abandonment | abandoned ÷ queued (silent, form and closing time are no abandonment) |
| service_level | by the scenario's definition and threshold |

Who queued: served, abandoned, silent, form_in_queue, closed. A session belongs to the interval of
its request. Recorded sessions of unknown outcome count as volume and in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from simulator.desk.codes import (
    ABANDONED,
    CLOSED,
    FORM_CLOSED,
    FORM_IN_QUEUE,
    OUTCOMES,
    SERVED,
    SILENT,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from simulator.calibration.backtesting.grid import Grid
    from simulator.calibration.history import History
    from simulator.scenario.world import Scenario, ServiceLevel

__all__ = [
    "FIGURES",
    "OVERALL",
    "UNITS",
    "By",
    "Measured",
    "Sessions",
    "Totals",
    "figures",
    "grouped",
    "measure",
    "of_history",
    "of_replication",
    "scopes",
    "weights",
]

By = Literal["interval", "day", "hour", "period"]

FIGURES: Final = ("volume", "mean_wait_s", "p90_wait_s", "abandonment", "service_level")
UNITS: Final = {
    "volume": "chats",
    "mean_wait_s": "s",
    "p90_wait_s": "s",
    "abandonment": "pp",
    "service_level": "pp",
}
"""Of errors; shares themselves go from 0 to 1."""
OVERALL: Final = "all topics"
UNKNOWN: Final = -1
QUEUED: Final = (SERVED, ABANDONED, SILENT, FORM_IN_QUEUE, CLOSED)
P90: Final = 0.9

Totals = dict[str, "NDArray[np.float64]"]
"""Sums by name, each (…, scopes, groups): asked, queued, timed (queued with a known wait),
waited_s, abandoned, judged (denominator of the service level), met (its numerator)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Those who asked for an agent, an entry each."""

    requested_us: NDArray[np.int64]
    """Since 1970 in UTC."""
    topic: NDArray[np.intp]
    """Index into the scenario's topics."""
    outcome: NDArray[np.int64]
    """desk.codes, or UNKNOWN."""
    wait_s: NDArray[np.float64]
    """nan where not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What is known of every topic and cell; a replication's arrays may be stacked in front."""

    totals: Totals
    """By cell."""
    p90_s: NDArray[np.float64]
    """(…, scopes, cells); nan where nobody queued."""
    p90_day_s: NDArray[np.float64]
    """(…, scopes, dates)."""


def scopes(scenario: Scenario) -> tuple[str, ...]:
    """Everything together, then each topic where there are several."""
    names = tuple(topic.name for topic in scenario.topics)
    return (OVERALL, *names) if len(names) > 1 else (OVERALL,)


def of_history(history: History, topics: tuple[str, ...]) -> Sessions:
    """The recorded sessions; their topics are all among ``topics``."""
    rows = history.sessions
    code = {name: number for number, name in enumerate(OUTCOMES)}
    outcome: NDArray[np.int64] = (
        rows["outcome"].astype(str).map(code).fillna(UNKNOWN).to_numpy().astype(np.int64)
    )
    place = {name: number for number, name in enumerate(topics)}
    topic = rows["topic"].astype(str).map(place).to_numpy().astype(np.intp)
    requested = rows["requested_at"].dt.as_unit("us").dt.tz_convert("UTC").dt.tz_localize(None)
    return _asking(
        requested.to_numpy().view(np.int64), topic, outcome, rows["wait_s"].to_numpy(np.float64)
    )


def of_replication(table: pa.Table) -> Sessions:
    """The sessions of one replication, as ``simulator.sessions`` tables them."""
    outcome = table["outcome"].combine_chunks()
    names = [OUTCOMES.index(name) for name in outcome.dictionary.to_pylist()]
    wait = table["wait_s"].combine_chunks()
    return _asking(
        table["requested_at"].cast("int64").to_numpy(),
        table["topic"].combine_chunks().indices.to_numpy().astype(np.intp),
        np.array(names, dtype=np.int64)[outcome.indices.to_numpy()],
        wait.to_numpy(zero_copy_only=False),
    )


def _asking(
    requested_us: NDArray[np.int64],
    topic: NDArray[np.intp],
    outcome: NDArray[np.int64],
    wait_s: NDArray[np.float64],
) -> Sessions:
    asks = outcome != FORM_CLOSED
    return Sessions(requested_us[asks], topic[asks], outcome[asks], wait_s[asks])


def measure(sessions: Sessions, grid: Grid, *, topics: int, level: ServiceLevel) -> Measured:
    """Totals and 90th percentiles by scope and cell; sessions outside the grid are left out."""
    cell = grid.locate(sessions.requested_us)
    inside = cell >= 0
    cell, topic = cell[inside], sessions.topic[inside]
    outcome, wait_s = sessions.outcome[inside], sessions.wait_s[inside]
    place = topic * grid.cells + cell
    totals = {}
    for name, values in _counted(outcome, wait_s, level).items():
        by_topic = np.bincount(place, weights=values, minlength=topics * grid.cells).astype(float)
        totals[name] = _with_all(by_topic.reshape(topics, grid.cells))
    timed = np.isin(outcome, QUEUED) & ~np.isnan(wait_s)
    waits = (wait_s[timed], topic[timed])
    return Measured(
        totals,
        _p90(*waits, cell[timed], topics=topics, groups=grid.cells),
        _p90(*waits, cell[timed] // grid.slots, topics=topics, groups=len(grid.dates)),
    )


def _counted(
    outcome: NDArray[np.int64], wait_s: NDArray[np.float64], level: ServiceLevel
) -> dict[str, NDArray[Any]]:
    """What each session adds to each total."""
    queued = np.isin(outcome, QUEUED)
    timed = queued & ~np.isnan(wait_s)
    soon = timed & (np.rint(np.where(timed, wait_s, 0.0) * 1e6) <= level.threshold_us)
    judged = {
        "of_all": timed,
        "of_served": timed & (outcome == SERVED),
        "excl_short_abandons": timed & ~(soon & (outcome == ABANDONED)),
    }[level.definition]
    return {
        "asked": np.ones(len(outcome)),
        "queued": queued,
        "timed": timed,
        "waited_s": np.where(timed, wait_s, 0.0),
        "abandoned": outcome == ABANDONED,
        "judged": judged,
        "met": soon & (outcome == SERVED),
    }


def _with_all(by_topic: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over topics first, then the topics where there are several."""
    if len(by_topic) == 1:
        return by_topic
    return np.concatenate([by_topic.sum(axis=0, keepdims=True), by_topic])


def _p90(
    wait_s: NDArray[np.float64],
    topic: NDArray[np.intp],
    group: NDArray[np.intp],
    *,
    topics: int,
    groups: int,
) -> NDArray[np.float64]:
    """(scopes, groups), by the same rule as ``metrics.quantile_intervals``."""
    everything = _quantile(wait_s, group, groups)[np.newaxis]
    if topics == 1:
        return everything
    each = _quantile(wait_s, topic * groups + group, topics * groups)
    return np.concatenate([everything, each.reshape(topics, groups)])


def _quantile(
    values: NDArray[np.float64], group: NDArray[np.intp], groups: int
) -> NDArray[np.float64]:
    ordered = values[np.lexsort((values, group))]
    sizes = np.bincount(group, minlength=groups)
    # The tolerance keeps 0.9 x 10 from becoming the tenth value by a rounding error.
    rank = np.ceil(P90 * sizes - 1e-9).astype(np.intp) - 1
    found = np.full(groups, np.nan)
    there = sizes > 0
    found[there] = ordered[(np.cumsum(sizes) - sizes + rank)[there]]
    return found


def grouped(measured: Measured, grid: Grid, by: By) -> Totals:
    """The totals put together: by interval, day, time of day, or all."""
    return {name: _summed(values, grid, by) for name, values in measured.totals.items()}


def _summed(values: NDArray[np.float64], grid: Grid, by: By) -> NDArray[np.float64]:
    if by == "interval":
        return values
    if by == "day":
        days: NDArray[np.float64] = values.reshape(
            *values.shape[:-1], len(grid.dates), grid.slots
        ).sum(axis=-1)
        return days
    if by == "period":
        period: NDArray[np.float64] = values.sum(axis=-1, keepdims=True)
        return period
    number, names = grid.hour
    hours = [values[..., number == hour].sum(axis=-1) for hour in range(len(names))]
    return np.stack(hours, axis=-1)


def figures(measured: Measured, grid: Grid, by: By) -> dict[str, NDArray[np.float64]]:
    """The figures of every group, (…, scopes, groups); nan where there is nothing to divide by.

    The 90th percentile is given by interval and by day only.
    """
    totals = grouped(measured, grid, by)
    found = {
        "volume": totals["asked"],
        "mean_wait_s": _ratio(totals["waited_s"], totals["timed"]),
        "p90_wait_s": {"interval": measured.p90_s, "day": measured.p90_day_s}.get(by),
        "abandonment": _ratio(totals["abandoned"], totals["queued"]),
        "service_level": _ratio(totals["met"], totals["judged"]),
    }
    return {name: values for name, values in found.items() if values is not None}


def weights(totals: Totals, figure: str) -> NDArray[np.float64]:
    """How many sessions stand behind the figure: its denominator, or the volume itself."""
    name = {"volume": "asked", "abandonment": "queued", "service_level": "judged"}
    return totals[name.get(figure, "timed")]


def _ratio(upper: NDArray[np.float64], lower: NDArray[np.float64]) -> NDArray[np.float64]:
    quotient = np.full(lower.shape, np.nan)
    np.divide(upper, lower, out=quotient, where=lower > 0)
    return quotient
