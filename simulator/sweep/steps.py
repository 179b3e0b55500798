"""What the next step of a setting buys: one more agent, one chat more at a time, another minute.

Cases that differ in one setting alone, and in that by one step, are paired replication by
replication. Where a step is taken under several other settings, their mean is given too.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.sweep.pairing import by_replication, one_against_all, two_sided
from simulator.sweep.settings import amounts, changed, in_order, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["COLUMNS", "OVER_ALL", "steps"]

OVER_ALL = "mean of all"
"""What ``others`` says in the row of the mean over all other settings."""

COLUMNS = (
    *("path", "words", "setting", "next", "others", "case", "next_case"),
    *("cost", "difference", "low", "high", "replications"),
)


def steps(
    cases: pd.DataFrame, values: pd.DataFrame, paths: Sequence[str], *, level: float = 0.95
) -> pd.DataFrame:
    """The difference that each step of each numeric path makes, paired over replications.

    ::

        path                       setting next others      cost  difference    low   high
        agents[Generalists].count        3    4 scale 0.9   50.0       0.041  0.035  0.047
        agents[Generalists].count        3    4 mean of all 50.0       0.045  0.040  0.051

    Args:
        cases: ``case``, ``cost`` and a column of settings (text) per path.
        values: ``case``, ``replication``, ``value``: one figure.
        paths: those varied.
        level: of each interval.

    Returns:
        ``COLUMNS``: ``cost`` is what the step costs more. Rows of the mean stand behind those
        that it is of, and only where these are several; the cases' names are empty there.
    """
    names = list(cases["case"])
    figures = by_replication(values, names)
    varied = changed(cases, paths)
    rows = [
        row
        for path in varied
        if (order := _order(cases, path)) is not None
        for here, beyond in itertools.pairwise(order)
        for row in _step(cases, figures, path, (here, beyond), varied, level)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _order(cases: pd.DataFrame, path: str) -> list[str] | None:
    """The settings of a numeric path from the least on; None if it has no order."""
    settings = list(cases[path].unique())
    return None if amounts(settings) is None else in_order(settings)


def _step(
    cases: pd.DataFrame,
    figures: NDArray[np.float64],
    path: str,
    step: tuple[str, str],
    varied: Sequence[str],
    level: float,
) -> list[dict[str, Any]]:
    """The rows of one step: a row per pair of cases, and that of their mean."""
    rest = [other for other in varied if other != path]
    pairs = list(_pairs(cases, path, step, rest))
    label = {"path": path, "words": spoken(path), "setting": step[0], "next": step[1]}
    rows: list[dict[str, Any]] = []
    apart = np.empty((len(figures), 0))
    for one, other in pairs:
        apart = np.column_stack([apart, figures[:, other] - figures[:, one]])
        rows.append(
            label
            | {
                "others": ", ".join(f"{spoken(name)} {cases[name].iloc[one]}" for name in rest),
                "case": cases["case"].iloc[one],
                "next_case": cases["case"].iloc[other],
                "cost": cases["cost"].iloc[other] - cases["cost"].iloc[one],
            }
        )
    if len(pairs) > 1:
        apart = np.column_stack([apart, apart.mean(axis=1)])
        cost = float(np.mean([row["cost"] for row in rows]))
        rows.append(label | {"others": OVER_ALL, "case": "", "next_case": "", "cost": cost})
    paired = one_against_all(apart, np.zeros(len(apart)))
    low, high = two_sided(paired, level=level)
    return [
        row
        | {
            "difference": paired.mean[at],
            "low": low[at],
            "high": high[at],
            "replications": int(paired.n[at]),
        }
        for at, row in enumerate(rows)
    ]


def _pairs(
    cases: pd.DataFrame, path: str, step: tuple[str, str], rest: Sequence[str]
) -> list[tuple[int, int]]:
    """Places of the cases at both ends of a step that are set alike in all the rest."""
    alike = [tuple(row) for row in cases[list(rest)].itertuples(index=False)]
    ends = []
    for setting in step:
        first: dict[tuple[str, ...], int] = {}
        for place in np.flatnonzero(cases[path] == setting).tolist():
            first.setdefault(alike[place], place)
        ends.append(first)
    here, beyond = ends
    return [(here[key], beyond[key]) for key in here if key in beyond]
