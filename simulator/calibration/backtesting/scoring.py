"""The frames of a backtest: bands beside actuals, coverage, errors, and the level over all days."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.calibration.backtesting.measuring import (
    FIGURES,
    UNITS,
    By,
    Measured,
    figures,
    grouped,
    weights,
)
from simulator.calibration.backtesting.ranking import (
    BANDS,
    LEVELS,
    Ranks,
    band_points,
    between,
    coverage_interval,
    covered,
    distance,
    p_values,
    range_by_luck,
    rank_among,
    ranks_by_luck,
)
from simulator.metrics.uncertainty import ratio_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simulator.calibration.backtesting.grid import Grid

ORDER = (
    *("start", "topic", "figure", "actual", "n", "mean", *BANDS, "pit", "naive"),
    *("day", "replications", "rank_low", "rank_high"),
)
"""The columns of a frame of bands."""

__all__ = [
    "Sides",
    "bands",
    "coverage",
    "errors",
    "far_off",
    "levels",
    "ranks",
    "skipped",
    "with_days",
]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The same days three times: as recorded, as simulated, and as anybody would have guessed."""

    actual: Measured
    simulated: Measured
    """Replications stacked in front."""
    naive: Measured
    grid: Grid
    scopes: tuple[str, ...]

    def live(self, by: By) -> NDArray[np.bool_]:
        """(scopes, groups): where somebody asked, in the records or in any replication.

        The others are hours at which the desk is closed: that nobody comes then is no success.
        """
        actual = grouped(self.actual, self.grid, by)["asked"]
        simulated = grouped(self.simulated, self.grid, by)["asked"]
        return (actual > 0) | (simulated > 0).any(axis=0)


def bands(sides: Sides, by: By, luck: np.random.Generator) -> pd.DataFrame:
    """Predicted bands beside the actual, a row per scope, figure and group.

    Columns: ``start`` (interval: aware instant; day: date; hour: "09:00"; period: none),
    ``topic``, ``figure``, ``actual``, ``n`` (recorded sessions behind it), ``mean`` of the
    replications that have the figure, ``p2_5`` … ``p97_5`` (of a new day's own figure), ``pit``
    (rank among the replications from 0 to 1, randomised within ties), ``naive``, then ``day``
    (number of the judged day, for those by interval and day), ``replications`` (that have the
    figure), ``rank_low`` and ``rank_high`` (the rank's interval). nan where a figure is not
    defined: nobody queued, so there is no wait.
    """
    sizes = grouped(sides.actual, sides.grid, by)
    figured = (figures(side, sides.grid, by) for side in (sides.actual, sides.naive))
    actual, guessed = figured
    simulated = figures(sides.simulated, sides.grid, by)
    parts = []
    for scope, live in enumerate(sides.live(by)):
        where = {**_starts(sides.grid, by, live), "topic": sides.scopes[scope]}
        for figure, values in actual.items():
            behind = weights(sizes, figure)[scope][live].astype(int)
            known = {"actual": values[scope][live], "n": behind}
            told = _predicted(known["actual"], simulated[figure][:, scope][:, live], luck)
            told |= {"naive": guessed[figure][scope][live], **_days(sides.grid, by, live)}
            parts.append(pd.DataFrame({**where, "figure": figure, **known, **told}))
    frame = pd.concat(parts, ignore_index=True)
    frame["topic"] = pd.Categorical(frame["topic"], categories=sides.scopes, ordered=True)
    frame["figure"] = pd.Categorical(frame["figure"], categories=FIGURES, ordered=True)
    return frame[[name for name in ORDER if name in frame]]


def _predicted(
    actual: NDArray[np.float64], simulated: NDArray[np.float64], luck: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """What the replications say of each group, and where the actual lies among them."""
    ranks = rank_among(actual, simulated)
    count = np.sum(~np.isnan(simulated), axis=0)
    mean = np.full(len(actual), np.nan)
    np.divide(np.nansum(simulated, axis=0), count, out=mean, where=count > 0)
    return {
        "mean": mean,
        **band_points(simulated),
        "pit": ranks.drawn(luck),
        "replications": count,
        "rank_low": ranks.low,
        "rank_high": ranks.high,
    }


def _starts(grid: Grid, by: By, live: NDArray[np.bool_]) -> dict[str, Any]:
    if by == "interval":
        return {"start": grid.starts[live]}
    if by == "day":
        return {"start": np.array(grid.dates, dtype=object)[live]}
    if by == "hour":
        return {"start": np.array(grid.hour[1], dtype=object)[live]}
    return {}


def _days(grid: Grid, by: By, live: NDArray[np.bool_]) -> dict[str, Any]:
    """The number of the day."""
    if by == "interval":
        return {"day": np.repeat(np.arange(len(grid.dates)), grid.slots)[live]}
    return {"day": np.arange(len(grid.dates))[live]} if by == "day" else {}


def coverage(sides: Sides, by: By, frame: pd.DataFrame) -> pd.DataFrame:
    """How many actuals lie in their bands, a row per scope, figure and level.

    Columns: ``by``, ``topic``, ``figure``, ``level``, ``intervals`` (judged), ``days``,
    ``covered`` (share in the band; an actual that ties with replications over the band's edge
    counts in part, so that the nominal level is what a right scenario has also where figures are
    discrete), ``low`` and ``high`` (95 %, days as clusters; nan for a single day), ``inside``
    (share with the edges of the band and all ties counted in full), ``luck_low`` and
    ``luck_high``: where ``covered`` lies 95 times in 100 if the scenario is right.
    """
    rows = []
    for part, draws in _judged(sides, by, frame):
        by_luck = ranks_by_luck(draws)
        for level, edges in LEVELS.items():
            low, high = range_by_luck(covered(by_luck, level))
            rows.append(
                {
                    "by": by,
                    **_named(part),
                    "level": level,
                    **_covered(part, level, edges),
                    "luck_low": low,
                    "luck_high": high,
                }
            )
    return pd.DataFrame(rows)


def _judged(
    sides: Sides, by: By, frame: pd.DataFrame
) -> Iterator[tuple[pd.DataFrame, NDArray[np.float64]]]:
    """The rows of each scope and figure that have a rank, and their replications."""
    simulated = figures(sides.simulated, sides.grid, by)
    live = sides.live(by)
    for (topic, figure), part in frame.groupby(["topic", "figure"], observed=True, sort=True):
        scope = sides.scopes.index(str(topic))
        known = part["rank_low"].notna().to_numpy()
        if known.any():
            yield part[known], simulated[str(figure)][:, scope][:, live[scope]][:, known]


def _named(part: pd.DataFrame) -> dict[str, str]:
    return {name: str(part[name].iloc[0]) for name in ("topic", "figure")}


def _ranks(part: pd.DataFrame) -> Ranks:
    return Ranks(part["rank_low"].to_numpy(), part["rank_high"].to_numpy())


def _covered(part: pd.DataFrame, level: float, edges: tuple[str, str]) -> dict[str, Any]:
    found = coverage_interval(covered(_ranks(part), level), part["day"].to_numpy(dtype=np.intp))
    return {
        "intervals": len(part),
        "days": len(part["day"].unique()),
        "covered": _number(found.value),
        "low": _number(found.low),
        "high": _number(found.high),
        "inside": part["actual"].between(part[edges[0]], part[edges[1]]).mean(),
    }


BINS = 10


def ranks(sides: Sides, by: By, frame: pd.DataFrame) -> pd.DataFrame:
    """How the ranks of the actuals spread from 0 to 1, a row per scope, figure and tenth.

    Columns: ``by``, ``topic``, ``figure``, ``low``, ``high`` (of the tenth), ``share`` (of the
    judged intervals; ranks with ties count in part), ``luck_low`` and ``luck_high``: where it lies
    95 times in 100 if the scenario is right, which has a tenth in each. A hump says that the
    bands are too wide, a trough that they are too narrow, a slope that the level is wrong.
    """
    edges = np.linspace(0, 1, BINS + 1)
    rows = []
    for part, draws in _judged(sides, by, frame):
        by_luck = ranks_by_luck(draws)
        for low, high in pairwise(edges.tolist()):
            luck_low, luck_high = range_by_luck(between(by_luck, low, high))
            share = float(between(_ranks(part), low, high).mean())
            told = {"low": low, "high": high, "share": share}
            rows.append({"by": by, **_named(part), **told})
            rows[-1] |= {"luck_low": luck_low, "luck_high": luck_high}
    return pd.DataFrame(rows)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def errors(frame: pd.DataFrame, by: By) -> pd.DataFrame:
    """How far the mean prediction is off, a row per scope and figure, beside the naive one.

    Error = predicted − actual, so a positive bias predicts too much. Volumes weigh alike; the
    other figures weigh with the recorded sessions behind them. Columns: ``by``, ``topic``,
    ``figure``, ``unit`` of bias and mae (chats, s, pp: percentage points), ``intervals``,
    ``actual`` and ``predicted`` (weighted means, per interval or day), ``bias``, ``mae``,
    ``relative_bias`` and ``wape`` (bias and mae as shares of the actual), ``naive_bias``,
    ``naive_mae``, ``naive_wape``, and ``skill`` = 1 − mae ÷ naive mae: 0 is no better than naive.
    The naive figures rest on the intervals for which there is a naive forecast; so does ``skill``.
    """
    keys = ["topic", "figure"]
    rows = [
        {"by": by, "topic": topic, "figure": figure, **_errors(part, str(figure))}
        for (topic, figure), part in frame.groupby(keys, observed=True, sort=True)
    ]
    return pd.DataFrame(rows)


def _errors(part: pd.DataFrame, figure: str) -> dict[str, Any]:
    unit = UNITS[figure]
    scale = 100.0 if unit == "pp" else 1.0
    judged = part[part["actual"].notna() & part["mean"].notna()]
    rivals = judged[judged["naive"].notna()]
    own, level = _misses(judged, "mean", figure), _weighted(judged, "actual", figure)
    rival, same = _misses(rivals, "naive", figure), _misses(rivals, "mean", figure)
    return {
        "unit": unit,
        "intervals": len(judged),
        "actual": level,
        "predicted": _weighted(judged, "mean", figure),
        "bias": scale * own[0],
        "mae": scale * own[1],
        "relative_bias": _over(own[0], level),
        "wape": _over(own[1], level),
        "naive_bias": scale * rival[0],
        "naive_mae": scale * rival[1],
        "naive_wape": _over(rival[1], _weighted(rivals, "actual", figure)),
        "skill": 1 - _over(same[1], rival[1]),
    }


def _misses(rows: pd.DataFrame, column: str, figure: str) -> tuple[float, float]:
    """Weighted mean error and mean absolute error."""
    missed = rows.assign(miss=rows[column] - rows["actual"])
    missed["size"] = missed["miss"].abs()
    return _weighted(missed, "miss", figure), _weighted(missed, "size", figure)


def _weighted(rows: pd.DataFrame, column: str, figure: str) -> float:
    weight = np.ones(len(rows)) if figure == "volume" else rows["n"].to_numpy(dtype=np.float64)
    total = float(weight.sum())
    return float((rows[column].to_numpy() * weight).sum() / total) if total > 0 else np.nan


def _over(upper: float, lower: float) -> float:
    return upper / lower if lower else np.nan


def levels(period: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Is the level right, over all judged days? A row per scope and figure.

    Columns: ``topic``, ``figure``, ``unit``, ``actual``, ``predicted`` (mean), ``low`` and
    ``high`` (95 % of the replications: what luck does if the scenario is right), ``p_value`` (see
    ``ranking.p_values``), ``bias`` (predicted − actual, in ``unit``; of a volume over all days)
    with ``bias_low`` and ``bias_high``: its 95 % interval from how the *recorded* days differ from
    what was predicted of each (Student's t, days as clusters; nan below three days), and
    ``relative`` = bias ÷ actual.
    """
    rows = []
    p_value = p_values(_ranks(period), far_off(period))
    for row, p in zip(period.to_dict("records"), p_value.tolist(), strict=True):
        unit = UNITS[row["figure"]]
        scale = 100.0 if unit == "pp" else 1.0
        same = days[(days["topic"] == row["topic"]) & (days["figure"] == row["figure"])]
        bias = row["mean"] - row["actual"]
        half = _half_width(same, str(row["figure"]))
        rows.append(
            {
                "topic": row["topic"],
                "figure": row["figure"],
                "unit": unit,
                "actual": row["actual"],
                "predicted": row["mean"],
                "low": row["p2_5"],
                "high": row["p97_5"],
                "p_value": p,
                "bias": scale * bias,
                "bias_low": scale * (bias - half),
                "bias_high": scale * (bias + half),
                "relative": _over(bias, row["actual"]),
            }
        )
    return pd.DataFrame(rows)


FEWEST_DAYS = 3
"""Below, days do not tell how much days differ."""


def far_off(rows: pd.DataFrame) -> NDArray[np.float64]:
    """How far each actual of a frame of bands is from its median, in standard deviations."""
    columns = ("actual", "p2_5", "p50", "p97_5")
    return distance(*(rows[name].to_numpy(dtype=np.float64) for name in columns))


def _half_width(days: pd.DataFrame, figure: str) -> float:
    """Of the interval of the period's error, from the errors of its days."""
    known = days[days["actual"].notna() & days["mean"].notna()]
    if len(known) < FEWEST_DAYS:
        return np.nan
    missed = (known["mean"] - known["actual"]).to_numpy()
    # A volume's error over all days is the sum of theirs, a ratio's is their weighted mean.
    volume = figure == "volume"
    weight = np.ones(len(known)) if volume else known["n"].to_numpy(dtype=np.float64)
    found = ratio_interval(missed * weight, weight)
    half = (_number(found.high) - _number(found.low)) / 2
    return half * len(known) if volume else half


def with_days(hours: pd.DataFrame, intervals: pd.DataFrame) -> pd.DataFrame:
    """The bands by time of day with ``bias`` (predicted − actual), ``bias_low``, ``bias_high``.

    The interval is that of ``levels``: from how the days differ at that time of day. Shares are
    not in percentage points here.
    """
    clock = intervals["start"].dt.strftime("%H:%M")
    keys = [intervals["topic"], intervals["figure"], clock]
    half = {
        key: _half_width(part, str(key[1])) for key, part in intervals.groupby(keys, observed=True)
    }
    named = zip(hours["topic"], hours["figure"], hours["start"], strict=True)
    reach = np.array([half.get(key, np.nan) for key in named])
    bias = hours["mean"] - hours["actual"]
    return hours.assign(bias=bias, bias_low=bias - reach, bias_high=bias + reach)


def skipped(frame: pd.DataFrame, by: By) -> pd.DataFrame:
    """Intervals that could not be judged: ``by``, ``topic``, ``figure``, ``why``, ``intervals``."""
    why = np.select(
        [frame["actual"].isna(), frame["rank_low"].isna()],
        ["nobody queued, in the records", "too few replications have the figure"],
        "",
    )
    unjudged = frame.assign(by=by, why=why)[why != ""]
    keys = ["by", "topic", "figure", "why"]
    counts: pd.DataFrame = (
        unjudged.groupby(keys, observed=True).size().reset_index(name="intervals")
    )
    return counts
