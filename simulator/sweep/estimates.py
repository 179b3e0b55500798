"""Figures of a study with their intervals, from the totals of its replications.

The definitions are those of ``summary.json`` (see ``metrics.figures``), and so are the intervals
(see ``metrics.uncertainty``): shares and means are ratios of totals with the delta method, counts
and the queue's length are means over replications with Student's t. One thing differs: a quantile
(``wait_s.p50`` … ``p99``, ``queue_position.p90``) is the mean over replications of each
replication's own quantile, with its t interval, since the sessions of all replications are never
together. A single replication has as good as the same quantile as all of them pooled where it has
some hundred sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from simulator.errors import UsageError
from simulator.metrics.uncertainty import NOT_NEGATIVE, SHARE, Estimates, ratio_intervals
from simulator.spelling import did_you_mean
from simulator.sweep.known_figures import (
    EVERY_FIGURE,
    FIGURES,
    ONLY_OF_ALL,
    ONLY_OF_THE_WHOLE,
    Figure,
)
from simulator.sweep.planning import planned_agent_hours
from simulator.sweep.totals import COUNTS, LEVELS, ORDER_FIGURES, SUMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = [
    "FIGURES",
    "figures",
    "half_width_path",
    "half_widths",
    "per_replication",
    "planned_agent_hours",
]


def figures(
    table: pa.Table | pd.DataFrame,
    *,
    level: str = "replication",
    level_interval: float = 0.95,
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Every figure of every case with its interval, tidy.

    ::

        case     topic  start  figure                 value  low    high   n      replications
        count 3  None   NaT    service_level.of_all   0.812  0.807  0.817  28441            10
        count 3  None   NaT    asa_s                  31.2   30.1   32.3   26113            10

    Args:
        table: ``case``, ``replication`` and the columns of totals; any further column is taken for
            something that the case says, and stays beside it.
        level: which rows of the table.
        level_interval: of the intervals.
        names: the figures wanted; all if left out. Quantiles are not kept by interval, nor agents'
            hours by topic.

    Returns:
        In the table's order of cases, topics and starts. ``n`` is the sessions behind a figure, or
        the replications; NaN where there is nothing to count, ``low`` and ``high`` NaN with fewer
        than two replications.

    Raises:
        UsageError: there is no such level or figure, or the table has no row of that level.
    """
    chosen = _chosen(names, level)
    needed = {column for figure in chosen for column in figure.columns()}
    frame = _rows(table, level, sorted(needed))
    parts = [
        _of_case(frame.iloc[rows], sorted(needed), chosen, level_interval)
        for _, rows in _by_case(frame)
    ]
    return pd.concat(parts, ignore_index=True)


def per_replication(table: pa.Table | pd.DataFrame, figure: str) -> pd.DataFrame:
    """A figure of each replication by itself: ``case``, ``replication``, ``value``.

    NaN where the replication has nothing to count. Of the rows of level ``replication``.

    Raises:
        UsageError: there is no such figure.
    """
    (wanted,) = _chosen([figure], "replication")
    frame = _rows(table, "replication", wanted.columns())
    part, whole = wanted.parts({name: _floats(frame, name) for name in wanted.columns()})
    value = _divided(part, whole)
    return frame[["case", "replication"]].assign(value=value)


def half_width_path(
    table: pa.Table | pd.DataFrame, figure: str, *, level_interval: float = 0.95
) -> pd.DataFrame:
    """How sure a figure became: ``case``, ``replications`` (2 … n), ``value``, ``half_width``.

    The estimate and its half-width after the first 2, 3, … replications, not cut at 0 or 1 as
    intervals are; NaN as long as fewer than two replications have anything to count.

    Raises:
        UsageError: there is no such figure, or it has no interval (``wait_s.max``).
    """
    (wanted,) = _chosen([figure], "replication")
    if figure not in FIGURES:
        raise UsageError(f"{figure} has no interval; give one of {', '.join(FIGURES)}")
    frame = _rows(table, "replication", wanted.columns())
    part, whole = wanted.parts({name: _floats(frame, name) for name in wanted.columns()})
    paths = []
    replication = frame["replication"].to_numpy()
    for case, own in _by_case(frame):
        rows = own[np.argsort(replication[own], kind="stable")]
        value, half = _path(part[rows], whole[rows], level_interval)
        counts = np.arange(1, len(rows) + 1)
        columns = {"replications": counts, "value": value, "half_width": half}
        paths.append(pd.DataFrame({"case": case, **columns}).iloc[1:])
    return pd.concat(paths, ignore_index=True)


def half_widths(
    table: pa.Table | pd.DataFrame, figure: str, *, level_interval: float = 0.95
) -> pd.DataFrame:
    """The last row of each case's ``half_width_path``; none for a case of one replication."""
    path = half_width_path(table, figure, level_interval=level_interval)
    return path.groupby("case", sort=False, observed=True).tail(1).reset_index(drop=True)


def _chosen(names: Sequence[str] | None, level: str) -> list[Figure]:
    if level not in LEVELS:
        raise UsageError(f"there is no level {level!r}; give one of {', '.join(LEVELS)}")
    for name in names or ():
        if name not in EVERY_FIGURE:
            hint = did_you_mean(name, EVERY_FIGURE)
            raise UsageError(
                f"there is no figure {name!r}{hint}; give one of {', '.join(EVERY_FIGURE)}"
            )
    left_out = (ONLY_OF_ALL if "topic" in level else frozenset()) | (
        ONLY_OF_THE_WHOLE if "interval" in level else frozenset()
    )
    wanted = EVERY_FIGURE if names is None else names
    return [EVERY_FIGURE[name] for name in wanted if name not in left_out]


def _rows(table: pa.Table | pd.DataFrame, level: str, columns: Sequence[str]) -> pd.DataFrame:
    """The rows of one level, with labels and the columns asked for."""
    names = table.columns if isinstance(table, pd.DataFrame) else table.column_names
    measures = {*COUNTS, *SUMS, *ORDER_FIGURES}
    kept = [name for name in names if name not in measures or name in columns]
    if isinstance(table, pd.DataFrame):
        frame = table.loc[(table["level"] == level).to_numpy(), kept]
    else:
        import pyarrow as pa
        import pyarrow.compute as pc

        here = pc.equal(table["level"].cast(pa.string()), level)
        frame = table.select(kept).filter(here).to_pandas()
    if not len(frame):
        raise UsageError(
            f"the table has no rows of level {level!r}; a study keeps those by interval with "
            "`intervals: true`"
        )
    return frame.drop(columns="level").reset_index(drop=True)


def _by_case(frame: pd.DataFrame) -> Iterator[tuple[Any, NDArray[np.intp]]]:
    """Each case in order of appearance, with its rows."""
    code, cases = pd.factorize(frame["case"])
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, minlength=len(cases)))
    yield from zip(cases, np.split(order, ends[:-1]), strict=True)


def _floats(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _of_case(
    frame: pd.DataFrame, needed: Sequence[str], chosen: Sequence[Figure], level: float
) -> pd.DataFrame:
    """The figures of one case: a row per cell (topic and start) and figure."""
    names, replication = np.unique(frame["replication"].to_numpy(), return_inverse=True)
    cell, first = _cells(frame)
    square = {}
    for column in needed:
        # A replication may lack a row: its own warm-up took that interval.
        square[column] = np.full((len(names), len(first)), np.nan)
        square[column][replication, cell] = _floats(frame, column)
    found = [_estimates(figure, square, level) for figure in chosen]
    n_labels = len(first)
    labels = frame.iloc[np.repeat(first, len(chosen))].reset_index(drop=True)
    labels = labels.drop(columns=[*needed, "replication"])
    return labels.assign(
        figure=[figure.name for figure in chosen] * n_labels,
        value=_interleaved([estimates.value for estimates in found]),
        low=_interleaved([estimates.low for estimates in found]),
        high=_interleaved([estimates.high for estimates in found]),
        n=_interleaved([estimates.n for estimates in found]),
        replications=len(names),
    )


def _interleaved(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The first value of every column, then the second of every column, and so on."""
    return np.stack(columns, axis=1).ravel()


def _cells(frame: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Each row's cell (topic and start, numbered by appearance), and the first row of each."""
    topic, _ = pd.factorize(frame["topic"], use_na_sentinel=False)
    start, starts = pd.factorize(frame["start"], use_na_sentinel=False)
    cell, cells = pd.factorize(topic * len(starts) + start)
    first = np.empty(len(cells), dtype=np.intp)
    first[cell[::-1]] = np.arange(len(cell))[::-1]
    return cell, first


def _estimates(figure: Figure, square: dict[str, NDArray[np.float64]], level: float) -> Estimates:
    """One figure of every cell, from (replications, cells) of each column."""
    part, whole = figure.parts(square)
    if figure.name == "wait_s.max":
        return _longest(figure, part, whole, square)
    bounds = SHARE if figure.unit == "share" else NOT_NEGATIVE
    n = _observations(figure, square, len(part))
    return ratio_intervals(part, whole, n=n, level=level, bounds=bounds)


def _observations(
    figure: Figure, square: dict[str, NDArray[np.float64]], replications: int
) -> NDArray[np.int64]:
    """``n`` of every cell."""
    if figure.counted is None:
        return np.full(next(iter(square.values())).shape[1], replications, dtype=np.int64)
    counted = np.nansum(square[figure.counted], axis=0)
    if figure.less is not None:
        counted -= np.nansum(square[figure.less], axis=0)
    whole: NDArray[np.int64] = np.rint(counted).astype(np.int64)
    return whole


def _longest(
    figure: Figure,
    own: NDArray[np.float64],
    known: NDArray[np.float64],
    square: dict[str, NDArray[np.float64]],
) -> Estimates:
    """The longest wait in any replication; the bounds are of the replications' own longest."""
    longest = np.where(known > 0, own, -np.inf).max(axis=0)
    shortest = np.where(known > 0, own, np.inf).min(axis=0)
    value = np.where(np.isfinite(longest), longest, np.nan)
    sure = known.sum(axis=0) >= 2
    return Estimates(
        value,
        np.where(sure, shortest, np.nan),
        np.where(sure, value, np.nan),
        _observations(figure, square, len(own)),
    )


def _path(
    part: NDArray[np.float64], whole: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ratio of the first 1, 2, … totals, and the half-width of its interval.

    As ``metrics.uncertainty.ratio_intervals`` has it for each beginning. The squares of the
    residuals N - R D are summed as Σ N² - 2 R Σ N D + R² Σ D², after the last ratio has been taken
    off, so that what is small is not the difference of large numbers.
    """
    last = _divided(part.sum(keepdims=True), whole.sum(keepdims=True))
    shifted = part - np.nan_to_num(last) * whole
    total = np.cumsum(whole)
    ratio = _divided(np.cumsum(shifted), total)
    rest = np.nan_to_num(ratio)
    squares = (
        np.cumsum(shifted**2)
        - 2 * rest * np.cumsum(shifted * whole)
        + rest**2 * np.cumsum(whole**2)
    )
    n = np.arange(1, len(part) + 1)
    spread = np.sqrt(np.maximum(squares, 0.0) / np.maximum(n - 1, 1) * n)
    error = np.where(np.cumsum(whole > 0) < 2, np.nan, _divided(spread, total))
    student = stdtrit(np.maximum(n - 1, 1), 0.5 + level / 2).astype(np.float64)
    return ratio + last, student * error


def _divided(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Their quotient; NaN where the divisor is 0."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
