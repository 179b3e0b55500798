"""How far each setting by itself moves a figure from the base: a tornado, widest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.sweep.pairing import by_replication, one_against_all, two_sided
from simulator.sweep.settings import changed, in_order, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "central_case", "sensitivity"]

COLUMNS = (
    *("path", "words", "setting", "case", "value", "difference", "low", "high", "replications"),
    "range",
)


def central_case(cases: pd.DataFrame, paths: Sequence[str]) -> str:
    """The case around which most others differ in one path alone; of those, the most central.

    Central is the one whose settings lie nearest to the middle of their paths, then the first.

    Args:
        cases: ``case`` and a column of settings (text) per path.
        paths: those varied.
    """
    varied = list(changed(cases, paths))
    settings = cases[varied].to_numpy(dtype=object)
    apart = (settings[:, np.newaxis, :] != settings[np.newaxis, :, :]).sum(axis=2)
    neighbours = (apart == 1).sum(axis=1)
    off_centre = np.zeros(len(cases))
    for path in varied:
        order = in_order(list(cases[path]))
        place = cases[path].map({setting: at for at, setting in enumerate(order)})
        off_centre += (place / (len(order) - 1) - 0.5).abs().to_numpy(dtype=np.float64)
    best = np.lexsort((off_centre, -neighbours))[0]
    return str(cases["case"].iloc[best])


def sensitivity(
    cases: pd.DataFrame,
    values: pd.DataFrame,
    paths: Sequence[str],
    *,
    base: str,
    level: float = 0.95,
) -> pd.DataFrame:
    """The figure at every setting of every path, the others left as in the base.

    Args:
        cases: ``case`` and a column of settings (text) per path.
        values: ``case``, ``replication``, ``value``: one figure.
        paths: those varied.
        base: the case that the others are held against.
        level: of each interval of a paired difference.

    Returns:
        ``COLUMNS``: a row per setting, the base's own among them, in their order; paths by
        ``range`` (greatest less least value), widest first. A path that no case changes by itself
        has no rows.
    """
    names = list(cases["case"])
    at = names.index(base)
    figures = by_replication(values, names)
    paired = one_against_all(figures, figures[:, at])
    low, high = two_sided(paired, level=level)
    means = _means(figures)
    varied = changed(cases, paths)
    parts = []
    for path in varied:
        rest = [other for other in varied if other != path]
        alike = (cases[rest] == cases[rest].iloc[at]).all(axis=1).to_numpy()
        chosen = _by_setting(cases, path, np.flatnonzero(alike), at)
        if len(chosen) < 2:
            continue
        known = means[chosen][~np.isnan(means[chosen])]
        parts.append(
            pd.DataFrame(
                {
                    "path": path,
                    "words": spoken(path),
                    "setting": cases[path].iloc[chosen].to_numpy(),
                    "case": cases["case"].iloc[chosen].to_numpy(),
                    "value": means[chosen],
                    "difference": paired.mean[chosen],
                    "low": low[chosen],
                    "high": high[chosen],
                    "replications": paired.n[chosen],
                    "range": np.ptp(known) if len(known) else np.nan,
                }
            )
        )
    parts.sort(key=lambda part: -np.nan_to_num(part["range"].iloc[0]))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _means(figures: np.ndarray) -> np.ndarray:
    zeros = np.zeros(len(figures))
    return one_against_all(figures, zeros).mean


def _by_setting(cases: pd.DataFrame, path: str, places: np.ndarray, base: int) -> list[int]:
    """One case per setting, in the order of the settings; the base for its own."""
    found: dict[str, int] = {}
    for place in places.tolist():
        found.setdefault(cases[path].iloc[place], place)
    found[cases[path].iloc[base]] = base
    return [found[setting] for setting in in_order(list(found))]
