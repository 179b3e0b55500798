"""What a comparison says: which is better, by how much, how sure; in sentences and a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.comparison.figures import FIGURES
from simulator.metrics.findings import percent, seconds

if TYPE_CHECKING:
    from simulator.comparison.comparing import Comparison

__all__ = ["amount", "change", "difference_table", "hour_sentences", "sentences"]

MOST_REPLICATIONS = 10_000
"""What would take more replications is as good as equal."""

LESS = {"abandonment": "lower", "wait_s.mean": "shorter", "agent_hours": "fewer"}
MORE = {"abandonment": "higher", "wait_s.mean": "longer", "agent_hours": "more"}


def sentences(comparison: Comparison) -> tuple[str, ...]:
    """For each scenario: is it better than the base, and what else changes; then what to know."""
    said = [_sentence(comparison, name) for name in comparison.names[1:]]
    if len(comparison.names) > 2:
        count = len(comparison.names) - 1
        said.append(
            f"The intervals of the {count} differences of a figure hold together with "
            f"{percent(comparison.level, decimals=0)} (Bonferroni: each with "
            f"{percent(comparison.level_each, decimals=1)})."
        )
    return (*said, *comparison.notes)


def _sentence(comparison: Comparison, name: str) -> str:
    rows = comparison.differences
    rows = rows[rows["scenario"] == name]
    if comparison.replications > 1 and _all_alike(comparison, name):
        return (
            f"{name} and {comparison.base} are exactly alike in every figure of each of "
            f"{comparison.replications} replications."
        )
    level = _of(rows, comparison.definition)
    parts = (_verdict(comparison, name, level), _side_effects(rows), _pairing(level))
    return " ".join(filter(None, parts))


def _of(rows: pd.DataFrame, figure: str) -> pd.Series[Any]:
    return rows[rows["figure"] == figure].iloc[0]


def _all_alike(comparison: Comparison, name: str) -> bool:
    own = comparison.by_replication
    known = own.loc[own["scenario"] == name, "difference"].dropna()
    return len(known) > 0 and bool((known == 0).all())


def _verdict(comparison: Comparison, name: str, row: pd.Series[Any]) -> str:
    base, within = comparison.base, seconds(comparison.threshold_s)
    if math.isnan(row["difference"]):
        return f"Nobody queued with {name} or with {base}, so there is no service level to compare."
    if math.isnan(row["low"]):
        return (
            f"{name} answers {_points(row['difference'])} within {within} than {base} in the one "
            "replication there is, which cannot tell a difference from chance; simulate more."
        )
    interval = _percent_interval(comparison)
    if row["low"] <= 0 <= row["high"] and row["high"] > row["low"]:
        return _undecided(comparison, name, row, f"{interval} {_interval(row)}")
    if row["difference"] == 0:
        return f"{name} and {base} answer the same share within {within}."
    return (
        f"{name} answers {_points(row['difference'])} within {within} than {base} "
        f"({percent(row['value'])} against {percent(row['base_value'])}; "
        f"{interval} {_sizes(row)}), "
        f"in {_in_favour(comparison, name, row['difference'])} replications."
    )


def _undecided(comparison: Comparison, name: str, row: pd.Series[Any], interval: str) -> str:
    most = max(abs(row["low"]), abs(row["high"]))
    return (
        f"Between {name} and {comparison.base} there is no difference in the share answered within "
        f"{seconds(comparison.threshold_s)} that {comparison.replications} replications can show: "
        f"{change('share', row['difference'])} ({interval}), so it is at most "
        f"{amount('share', most, difference=True)}. {_to_settle(comparison.replications, row)}"
    )


def _to_settle(replications: int, row: pd.Series[Any]) -> str:
    """How many replications it would take if the difference were just the one estimated.

    The half-width shrinks with the root of their number.
    """
    size, half = abs(row["difference"]), (row["high"] - row["low"]) / 2
    if size * math.sqrt(MOST_REPLICATIONS / replications) < half:
        return (
            f"If it is as small as it looks, {MOST_REPLICATIONS:,} replications would not settle "
            "it: take the two as equal in this."
        )
    wanted = _rounded_up(replications * (half / size) ** 2)
    return f"About {wanted:,} replications would settle it, if it is as large as it looks."


def _rounded_up(number: float) -> int:
    """To two significant digits.

    >>> _rounded_up(141.2), _rounded_up(23.0), _rounded_up(7.1)
    (150, 23, 8)
    """
    step: int = 10 ** max(math.floor(math.log10(number)) - 1, 0)
    return int(math.ceil(number / step - 1e-9) * step)


def _points(difference: float) -> str:
    size = amount("share", abs(difference), difference=True)
    return f"{size} {'more' if difference >= 0 else 'less'}"


def _in_favour(comparison: Comparison, name: str, difference: float) -> str:
    """In how many replications the difference goes the same way."""
    own = comparison.by_replication
    chosen = own[(own["scenario"] == name) & (own["figure"] == comparison.definition)]
    agreeing = int((np.sign(chosen["difference"]) == np.sign(difference)).sum())
    return f"{agreeing} of {comparison.replications}"


def _side_effects(rows: pd.DataFrame) -> str:
    """Waits, abandonment and hours, as far as they are known to differ."""
    told = [
        f"{words} is {_size(row)} {_direction(row)}"
        for row, words in (
            (_of(rows, "wait_s.mean"), "the mean wait"),
            (_of(rows, "abandonment"), "abandonment"),
        )
        if _is_sure(row)
    ]
    said = [f"With it {' and '.join(told)}."] if told else []
    hours = _of(rows, "agent_hours")
    if abs(hours["difference"]) > 0.05:
        said.append(f"It takes {_size(hours)} {_direction(hours)} a replication.")
    return " ".join(said)


def _size(row: pd.Series[Any]) -> str:
    return amount(row["unit"], abs(row["difference"]), difference=True)


def _direction(row: pd.Series[Any]) -> str:
    return (MORE if row["difference"] > 0 else LESS)[row["figure"]]


def _is_sure(row: pd.Series[Any]) -> bool:
    return bool(row["low"] > 0 or row["high"] < 0)


def _pairing(row: pd.Series[Any]) -> str:
    """What meeting the same customers is worth for this difference."""
    times = row["variance_ratio"]
    if not math.isfinite(times):
        return ""
    if times < 1:
        return f"(Pairing does not help here: variance ratio {times:.2g}.)"
    return f"(Independent runs would need {times:.1f} times as many replications for this.)"


def _percent_interval(comparison: Comparison) -> str:
    several = "simultaneous " if len(comparison.names) > 2 else ""
    return f"{percent(comparison.level, decimals=0)} {several}interval"


def hour_sentences(comparison: Comparison) -> tuple[str, ...]:
    """What an agent-hour buys in each scenario that has more of them, or fewer, than the base."""
    frame = comparison.per_agent_hour
    return tuple(
        _hour_sentence(comparison, name, frame[frame["scenario"] == name])
        for name in comparison.names[1:]
        if name in set(frame["scenario"])
    )


def _hour_sentence(comparison: Comparison, name: str, rows: pd.DataFrame) -> str:
    chats, level = _of(rows, "in_time"), _of(rows, comparison.definition)
    hours = chats["agent_hours"]
    known = not math.isnan(chats["low"])
    interval = f" ({_percent_interval(comparison)} {_interval(chats)})" if known else ""
    return (
        f"{name} has {abs(hours):,.1f} agent-hours a replication "
        f"{'more' if hours > 0 else 'fewer'} than {comparison.base}. Each is worth "
        f"{change('chats', chats['difference'])} answered within "
        f"{seconds(comparison.threshold_s)}{interval} and {change('share', level['difference'])} "
        "of service level."
    )


def _interval(row: pd.Series[Any]) -> str:
    """Its bounds with their signs, to as many decimals as the difference has."""
    low, high, decimals = _bounds(row)
    return f"{_signed(low, decimals)} to {_signed(high, decimals)}"


def _sizes(row: pd.Series[Any]) -> str:
    """The bounds of a difference whose direction is told, without their signs."""
    low, high, decimals = _bounds(row)
    near, far = sorted((abs(low), abs(high)))
    return f"{near:,.{decimals}f} to {far:,.{decimals}f}"


def _bounds(row: pd.Series[Any]) -> tuple[float, float, int]:
    """Low, high, and the decimals to tell them with: no bound beside 0 is to read as 0."""
    value, low, high = (_shown(row["unit"], row[name]) for name in ("difference", "low", "high"))
    decimals = _decimals(value)
    close = [_decimals(bound) for bound in (low, high) if bound and not round(bound, decimals)]
    return low, high, max([decimals, *close])


def amount(unit: str, value: float, *, difference: bool = False) -> str:
    """A figure, or the size of a difference of two, as text with its unit.

    >>> amount("share", 0.8345), amount("share", 0.041, difference=True), amount("s", 7.25)
    ('83.5 %', '4.1 points', '7.2 s')
    """
    if math.isnan(value):
        return "–"
    if difference:
        number = _shown(unit, value)
        return f"{number:,.{_decimals(number)}f} {_named(unit)}"
    if unit == "share":
        return percent(value)
    if unit == "s":
        return seconds(value)
    return f"{value:,.{2 if abs(value) < 10 else 1}f} {unit}"


def change(unit: str, value: float) -> str:
    """A difference as text, with its sign.

    >>> change("share", -0.0032), change("s", 12.34), change("share", 0.0)
    ('−0.32 points', '+12.3 s', '±0.0 points')
    """
    if math.isnan(value):
        return "–"
    number = _shown(unit, value)
    return f"{_signed(number, _decimals(number))} {_named(unit)}"


def _shown(unit: str, value: float) -> float:
    """A difference in the unit that it is told in: of shares in percentage points."""
    return 100 * value if unit == "share" else value


def _named(unit: str) -> str:
    return "points" if unit == "share" else unit


def _signed(number: float, decimals: int) -> str:
    sign = "+" if number > 0 else "−" if number < 0 else "±"
    return f"{sign}{abs(number):,.{decimals}f}"


def _decimals(value: float) -> int:
    """As many as show two digits of it, 1 to 3."""
    if value == 0 or abs(value) >= 1:
        return 1
    return min(1 - math.floor(math.log10(abs(value))), 3)


def difference_table(comparison: Comparison, frame: pd.DataFrame | None = None) -> pd.DataFrame:
    """Differences to read: all text, by scenario in the order of ``FIGURES``.

    Columns: ``scenario`` (if there is more than one), ``figure``, ``topic`` or ``time`` (if split),
    the base's value under its name, the scenario's ``value``, ``difference``, ``interval``,
    ``verdict`` (better, worse, more, less, the same, cannot tell) and ``pairing``: how many times
    as many independent replications would be needed.

    Args:
        comparison: whose differences they are.
        frame: some of its differences, by topic or interval too; left out, all overall. Rows in
            which there is nothing to compare are left out.
    """
    chosen = comparison.differences if frame is None else frame
    known = chosen[chosen["difference"].notna()]
    place = {name: at for at, name in enumerate(FIGURES)}
    scenario = {name: at for at, name in enumerate(comparison.names)}
    order = np.lexsort((known["figure"].map(place), known["scenario"].map(scenario)))
    table = pd.DataFrame([_table_row(comparison, row) for _, row in known.iloc[order].iterrows()])
    return table.drop(columns="scenario") if len(comparison.names) == 2 and len(table) else table


def _table_row(comparison: Comparison, row: pd.Series[Any]) -> dict[str, str]:
    unit = row["unit"]
    return {
        "scenario": row["scenario"],
        "figure": FIGURES[row["figure"]].words,
        **{split: str(row[split]) for split in ("topic", "time") if split in row},
        comparison.base: amount(unit, row["base_value"]),
        "value": amount(unit, row["value"]),
        "difference": change(unit, row["difference"]),
        "interval": "–" if math.isnan(row["low"]) else _interval(row),
        "verdict": _word(row),
        "pairing": _times(row["variance_ratio"]),
    }


def _times(ratio: float) -> str:
    if not math.isfinite(ratio):
        return "–"
    return "> 1000 x" if ratio > 1000 else f"{ratio:.1f} x"


def _word(row: pd.Series[Any]) -> str:
    if math.isnan(row["low"]):
        return "–"
    if not pd.isna(row["better"]):
        return "better" if row["better"] else "worse"
    if row["difference"] == 0 and row["low"] == row["high"]:
        return "the same"
    if _is_sure(row):
        return "more" if row["difference"] > 0 else "less"
    return "cannot tell"
