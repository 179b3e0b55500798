"""Whether requests come as a Poisson process whose rate changes over the day.

Within a short interval the rate hardly changes, and given the times before it each gap of a
Poisson process is exponential. Brown et al. (JASA 100(469), 2005, §3) turn the arrivals
T_1 < … < T_J of an interval of length L into

    R_j = (J + 1 − j) · −ln((L − T_j)/(L − T_{j−1})),    T_0 = 0,

which are independent exponentials of mean 1 however many arrived; so all intervals of all days
can be put together. Times that stand on whole seconds are spread over their second first, as
ties alone would fail the test (Kim and Whitt, M&SOM 16(3), 2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.calibration.opening import kinds_of_day, requests, slot_counts
from simulator.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.calibration.history import History

__all__ = ["log_transformed", "nhpp_test"]

DAY_S = 86_400


def nhpp_test(
    history: History, topic: str, *, minutes: Sequence[int] = (15, 30, 60), seed: int = 1
) -> pd.DataFrame:
    """The Kolmogorov–Smirnov test of the transformed times, by length of the interval.

    ::

        minutes      n  intervals      ks  p_value
             15  16231        772  0.0072     0.37

    ``n`` is the number of requests within opening hours, ``intervals`` those with any. A small
    p-value says that the rate changes within the interval, or that requests come in bursts.

    Args:
        history: of the desk.
        topic: its name.
        minutes: lengths of the interval, each a divisor of 1440.
        seed: of the spreading over the second.

    Raises:
        DataError: nobody asked for the topic.
        ParameterError: a length does not divide the day.
    """
    for length in minutes:
        if length < 1 or 24 * 60 % length:
            raise ParameterError(f"minutes is {length}; give lengths that divide a day, such as 30")
    date, second = _open_requests(history, topic)
    spread = _unrounded(second, np.random.default_rng(seed))
    return pd.DataFrame([_tested(date, spread, 60 * length) for length in minutes])


def _open_requests(history: History, topic: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Number of the date and second of the day, of the requests within opening hours."""
    counts = slot_counts(history, topic, step_min=15)
    asked = requests(history, topic)
    date = pd.DatetimeIndex(counts.index).get_indexer(pd.DatetimeIndex(asked["date"]))
    second = asked["second"].to_numpy(dtype=np.float64)
    is_open = np.zeros((7, counts.shape[1]), dtype=bool)
    for kind in kinds_of_day(counts):
        is_open[np.ix_(kind.weekdays, kind.slots)] = True
    weekday = np.asarray(pd.DatetimeIndex(asked["date"]).day_of_week)
    inside = is_open[weekday, (second // 900).astype(np.intp)]
    return date[inside], second[inside]


def _unrounded(second: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Spread over their second, if all stand on whole ones."""
    whole = bool((second == np.floor(second)).all())
    return second + rng.random(second.size) if whole else second


def _tested(date: NDArray[np.intp], second: NDArray[np.float64], length_s: int) -> dict[str, float]:
    from scipy.stats import kstest

    interval = date * (DAY_S // length_s) + (second // length_s).astype(np.intp)
    transformed = log_transformed(interval, second % length_s, length_s)
    result = kstest(transformed, "expon")
    return {
        "minutes": length_s // 60,
        "n": transformed.size,
        "intervals": np.unique(interval).size,
        "ks": float(result.statistic),
        "p_value": float(result.pvalue),
    }


def log_transformed(
    interval: NDArray[np.intp], offset_s: NDArray[np.float64], length_s: float
) -> NDArray[np.float64]:
    """Brown's transformed times; exponential with mean 1 under the hypothesis.

    Args:
        interval: number of each arrival's interval.
        offset_s: from the interval's start, in [0, length).
        length_s: of the intervals.
    """
    order = np.lexsort((offset_s, interval))
    group, at = interval[order], offset_s[order]
    first = np.append(True, group[1:] != group[:-1]) if group.size else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(group.size), 0))
    size = np.bincount(np.cumsum(first) - 1) if group.size else np.zeros(0, dtype=np.intp)
    left = np.repeat(size, size) - (np.arange(group.size) - start)
    before = np.where(first, 0.0, np.append(0.0, at[:-1]))
    gaps: NDArray[np.float64] = -np.log((length_s - at) / (length_s - before))
    return np.asarray(left * gaps, dtype=np.float64)
