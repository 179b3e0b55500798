"""The frames of a comparison, from the figures of its scenarios with each replication left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.comparison.figures import FIGURES, Grouped
from simulator.comparison.jackknife import Leavings, half_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = [
    "by_replication",
    "differences",
    "per_agent_hour",
    "put_together",
    "sorted_by_effect",
]

PER_HOUR = (
    *("service_level.of_all", "service_level.of_served", "service_level.excl_short_abandons"),
    *("abandonment", "wait_s.mean", "wait_s.p90", "in_time"),
)
"""What is reckoned per agent-hour added."""

FEWEST_HOURS = 0.001
"""Less than this part of the base's agent-hours is no staffing but a few seconds of overtime."""

NOTHING_PER_HOUR = pd.DataFrame(
    columns=["scenario", "figure", "unit", "agent_hours", "difference", "low", "high", "better"]
)


def differences(grouped: Mapping[str, Grouped], *, replications: int, level: float) -> pd.DataFrame:
    """A row per scenario, figure and group, against the first of ``grouped``."""
    (_, base), *others = grouped.items()
    parts = [
        _labelled(name, figure, other).assign(
            **_difference(figure, base, other, replications=replications, level=level)
        )
        for name, other in others
        for figure in other.figures
    ]
    return put_together(parts)


def _labelled(name: str, figure: str, grouped: Grouped) -> pd.DataFrame:
    """The labels of all groups, after those of the difference."""
    first = pd.DataFrame(
        {"scenario": name, "figure": figure, "unit": FIGURES[figure].unit},
        index=grouped.labels.index,
    )
    return pd.concat([first, grouped.labels], axis=1)


def _difference(
    figure: str, base: Grouped, other: Grouped, *, replications: int, level: float
) -> dict[str, Any]:
    """The columns of one figure's difference, an entry per group."""
    before, after = base.figures[figure], other.figures[figure]
    difference = after - before
    error = difference.error()
    half = half_width(error, replications=replications, level=level)
    low, high = difference.of_all - half, difference.of_all + half
    independent = before.error() ** 2 + after.error() ** 2
    return {
        "base_value": before.of_all,
        "value": after.of_all,
        "difference": difference.of_all,
        "low": low,
        "high": high,
        "replications": replications,
        "better": _better(figure, low, high),
        "variance_ratio": _times_smaller(independent, error**2),
    }


def _better(
    figure: str, low: NDArray[np.float64], high: NDArray[np.float64]
) -> pd.arrays.BooleanArray:
    """Whether each difference is one for the better, as far as its interval can tell."""
    direction = FIGURES[figure].better
    decided = (low > 0) | (high < 0)
    good = low > 0 if direction > 0 else high < 0
    return pd.arrays.BooleanArray(good, ~decided | (direction == 0))


def _times_smaller(
    independent: NDArray[np.float64], paired_variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How many times the variance of independent runs; infinite where pairing leaves none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return independent / paired_variance


def sorted_by_effect(frame: pd.DataFrame) -> pd.DataFrame:
    """Scenarios and units as they come, within them the largest difference first."""
    order = pd.DataFrame(
        {
            "scenario": pd.factorize(frame["scenario"])[0],
            "unit": pd.factorize(frame["unit"])[0],
            "size": -frame["difference"].abs(),
        }
    )
    rows = order.sort_values(["scenario", "unit", "size"], kind="stable").index
    return frame.loc[rows].reset_index(drop=True)


def by_replication(grouped: Mapping[str, Grouped]) -> pd.DataFrame:
    """A row per scenario, figure and replication, from figures of a single group."""
    (_, base), *others = grouped.items()
    parts = [
        _of_each_replication(name, figure, base.figures[figure], other.figures[figure])
        for name, other in others
        for figure in other.figures
    ]
    return put_together(parts)


def _of_each_replication(name: str, figure: str, base: Leavings, other: Leavings) -> pd.DataFrame:
    before, after = base.alone[:, 0], other.alone[:, 0]
    return pd.DataFrame(
        {
            "scenario": name,
            "figure": figure,
            "replication": np.arange(1, len(before) + 1),
            "base_value": before,
            "value": after,
            "difference": after - before,
        }
    )


def per_agent_hour(
    grouped: Mapping[str, Grouped], *, replications: int, level: float
) -> pd.DataFrame:
    """What an agent-hour more than the base's buys; see ``Comparison.per_agent_hour``."""
    (_, base), *others = grouped.items()
    before = base.figures["agent_hours"]
    parts = []
    for name, other in others:
        hours = other.figures["agent_hours"] - before
        if abs(hours.of_all[0]) > FEWEST_HOURS * before.of_all[0]:
            parts += [
                _labelled(name, figure, other).assign(
                    agent_hours=hours.of_all,
                    **_gain(figure, base, other, hours, replications=replications, level=level),
                )
                for figure in PER_HOUR
            ]
    return put_together(parts or [NOTHING_PER_HOUR])


def _gain(
    figure: str,
    base: Grouped,
    other: Grouped,
    hours: Leavings,
    *,
    replications: int,
    level: float,
) -> dict[str, Any]:
    """The columns of one figure's difference, shared out over the hours."""
    gain = (other.figures[figure] - base.figures[figure]) / hours
    half = half_width(gain.error(), replications=replications, level=level)
    low, high = gain.of_all - half, gain.of_all + half
    return {
        "difference": gain.of_all,
        "low": low,
        "high": high,
        "better": _better(figure, low, high),
    }


def put_together(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The parts below each other, numbered anew."""
    return pd.concat(list(parts), ignore_index=True)
