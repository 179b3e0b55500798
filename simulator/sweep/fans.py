"""How differently the same case may turn out: one replication is one course of the whole horizon.

The interval of a mean says how well the mean is known and shrinks with the replications; a fan says
what a single week, say, may look like, and does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["fan", "fan_over_the_day"]

SHARES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def fan(
    values: pd.DataFrame, cases: Sequence[str], *, better: int = 1, target: float | None = None
) -> pd.DataFrame:
    """Each case's spread over replications: least, 10th, 50th, 90th percentile, most.

    A percentile is the smallest value with at least that share of the replications at or below it.

    Args:
        values: ``case``, ``replication``, ``value``: the figure of each replication by itself.
        cases: in this order.
        better: 1 if more is better, -1 if less is.
        target: what should be met.

    Returns:
        ``case``, ``least``, ``p10``, ``p50``, ``p90``, ``most``, ``replications``, and, with a
        target, ``share_met``: the replications that are at least as good.
    """
    groups = dict(list(values.groupby("case", observed=True)["value"]))
    rows = []
    for case in cases:
        known = groups[case].dropna().to_numpy(dtype=np.float64) if case in groups else np.empty(0)
        row = {"case": case} | _percentiles(known) | {"replications": len(known)}
        if target is not None:
            met = better * known >= better * target
            row["share_met"] = float(met.mean()) if len(known) else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def _percentiles(known: NDArray[np.float64]) -> dict[str, float]:
    if not len(known):
        return dict.fromkeys(("least", *SHARES, "most"), np.nan)
    inner = np.quantile(known, list(SHARES.values()), method="inverted_cdf")
    return {
        "least": float(known.min()),
        **dict(zip(SHARES, inner.tolist(), strict=True)),
        "most": float(known.max()),
    }


def fan_over_the_day(parts: pd.DataFrame, *, zone: str) -> pd.DataFrame:
    """A ratio's spread over replications by local time of day, all days of one together.

    Args:
        parts: ``replication``, ``start`` (aware), ``numerator``, ``denominator``: of one case.
        zone: of the local time.

    Returns:
        ``time`` ("08:30"), ``time_h``, ``p10``, ``p50``, ``p90``, ``replications``; times at
        which there was nothing to count in any replication are left out.
    """
    local = parts["start"].dt.tz_convert(zone).dt
    minute = local.hour * 60 + local.minute
    by_time = (
        parts.assign(minute=minute)
        .groupby(["minute", "replication"], observed=True)[["numerator", "denominator"]]
        .sum()
    )
    ratio = (
        by_time["numerator"] / by_time["denominator"].where(by_time["denominator"] > 0)
    ).dropna()
    times: NDArray[np.int64] = ratio.index.get_level_values("minute").to_numpy(dtype=np.int64)
    known = ratio.to_numpy(dtype=np.float64)
    rows = [
        {"time": f"{at // 60:02d}:{at % 60:02d}", "time_h": at / 60}
        | _percentiles(known[times == at])
        | {"replications": int((times == at).sum())}
        for at in np.unique(times).tolist()
    ]
    columns = ["time", "time_h", *SHARES, "replications"]
    return pd.DataFrame(rows, columns=columns)
