"""A ratio of totals as a mean over replications, so that cases can be paired.

With R = ΣN / ΣD over n replications, and D̄ the mean of D, replication i counts as

    zᵢ = R + (Nᵢ - R Dᵢ) / D̄

The mean of the zᵢ is R, and their standard error that of R by the delta method (Cochran, *Sampling
Techniques*, 3rd ed., §6.3): what is known of means of paired differences then holds for ratios.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.sweep.known_figures import EVERY_FIGURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["linearised"]


def linearised(totals: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """``case``, ``replication``, ``figure``, ``value``: means over replications are the figures.

    Args:
        totals: ``case``, ``replication`` and the columns of totals, a row for each replication as
            a whole.
        names: the figures, as in ``known_figures``.

    Returns:
        A row per row of ``totals`` and figure; NaN where nothing was counted in any replication.
    """
    code, cases = pd.factorize(totals["case"])
    parts = []
    for name in names:
        figure = EVERY_FIGURE[name]
        columns = {at: totals[at].to_numpy(dtype=np.float64) for at in figure.columns()}
        part, whole = figure.parts(columns)
        value = _linear(np.nan_to_num(part), np.nan_to_num(whole), code, len(cases))
        parts.append(totals[["case", "replication"]].assign(figure=name, value=value))
    return pd.concat(parts, ignore_index=True)


def _linear(
    part: NDArray[np.float64], whole: NDArray[np.float64], code: NDArray[np.intp], cases: int
) -> NDArray[np.float64]:
    """The z of every row; ``code`` numbers its case."""
    total = np.bincount(code, weights=part, minlength=cases).astype(np.float64)
    below = np.bincount(code, weights=whole, minlength=cases).astype(np.float64)
    count = np.bincount(code, minlength=cases)
    unknown = np.full(cases, np.nan)
    ratio = np.divide(total, below, out=unknown.copy(), where=below > 0)
    mean = np.divide(below, count, out=unknown.copy(), where=below > 0)
    linear: NDArray[np.float64] = ratio[code] + (part - ratio[code] * whole) / mean[code]
    return linear
