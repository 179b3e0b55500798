"""Waiting while every slot is taken: the one integral behind Erlang C, Erlang A, M/M/c+G, chat.

As long as the desk is full it finishes chats at one fixed rate, whatever each agent does, so the
offered wait V (what an infinitely patient customer would wait) has the density

    v(x) = v(0)·exp(λ·E min(patience, x) − full_rate·x),        x > 0,

(Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005, "Call centers with impatient customers",
their building blocks J, J₁, J_H). Only v(0) depends on what the desk is: it is full_rate × the
chance that the same desk without a queue is full.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.theory.figures import QueueFigures

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simulator.theory.patience import Patience

    Floats = NDArray[np.float64]

__all__ = ["waits_behind_full_desk"]

NEGLIGIBLE = 60.0
"""A density e^60 times smaller than at its peak is left out."""
PANELS = 400
POINTS = 16


def waits_behind_full_desk(
    *,
    arrival_rate: float,
    full_rate: float,
    p_full_without_queue: float,
    patience: Patience,
    threshold: float,
) -> QueueFigures:
    """Figures of a desk that finishes at ``full_rate`` while anyone waits.

    ``p_full_without_queue`` is the share of time in which the same desk, turning away whoever
    finds it full, is full: Erlang B where each agent takes one chat at a time.
    """
    x, weight, scale = _nodes(arrival_rate, full_rate, patience, threshold)
    entry = full_rate * p_full_without_queue / (1 - p_full_without_queue)
    staying = patience.survival(x)
    # everything is divided by e^scale, so that an overloaded desk does not overflow
    density = entry * np.exp(_exponent(x, arrival_rate, full_rate, patience) - scale) * weight
    total = math.exp(-scale) + float(density.sum())
    density /= total
    soon = x <= threshold

    p_wait = float(density.sum())
    p_abandon = float((density * (1 - staying)).sum())
    mean_wait = float((density * patience.mean_within(x)).sum())
    waited_by_served = float((density * staying * x).sum())
    at_once = math.exp(-scale) / total
    in_time = at_once + float((density * staying)[soon].sum())
    beyond = float(density[~soon].sum()) * float(patience.survival(np.array([threshold]))[0])
    return QueueFigures(
        p_wait=p_wait,
        p_block=0.0,
        p_abandon=p_abandon,
        mean_wait=mean_wait,
        mean_wait_served=waited_by_served / (1 - p_abandon),
        mean_wait_abandoned=(mean_wait - waited_by_served) / p_abandon if p_abandon > 0 else None,
        queue_length=arrival_rate * mean_wait,
        occupancy=arrival_rate * (1 - p_abandon) / full_rate,
        threshold=threshold,
        of_all=in_time,
        of_served=in_time / (1 - p_abandon),
        excl_short_abandons=in_time / (in_time + beyond),
    )


def _exponent(x: Floats, arrival_rate: float, full_rate: float, patience: Patience) -> Floats:
    """The logarithm of v(x)/v(0): concave, since the survival curve falls."""
    return arrival_rate * patience.mean_within(x) - full_rate * x


def _nodes(
    arrival_rate: float, full_rate: float, patience: Patience, threshold: float
) -> tuple[Floats, Floats, float]:
    """Gauss–Legendre points and weights where v matters, and the largest exponent there."""

    def height(x: float) -> float:
        return float(_exponent(np.array([x]), arrival_rate, full_rate, patience)[0])

    def rising(x: float) -> bool:
        return bool(arrival_rate * patience.survival(np.array([x]))[0] > full_rate)

    far = 1 / full_rate
    while rising(far):
        far *= 2
    peak = _last_where(rising, 0.0, far) if rising(0.0) else 0.0
    top = max(0.0, height(peak))
    while height(far) > top - NEGLIGIBLE:
        far *= 2
    end = _last_where(lambda x: x <= peak or height(x) > top - NEGLIGIBLE, peak, far)
    start = 0.0
    if height(0.0) < top - NEGLIGIBLE:
        start = _last_where(lambda x: height(x) < top - NEGLIGIBLE, 0.0, peak)

    edges = np.linspace(start, end, PANELS + 1)
    # a curve that bends sharply at 0 (a falling rate of giving up) wants ever smaller panels there
    towards_start = start + (edges[1] - start) * 0.5 ** np.arange(1, 30)
    extra = [at for at in (threshold, *patience.kinks) if start < at < end]
    edges = np.unique(np.concatenate([edges, towards_start, extra]))
    at, share = np.polynomial.legendre.leggauss(POINTS)
    half = np.diff(edges)[:, None] / 2
    x = edges[:-1, None] + half * (at + 1)
    return x.ravel(), (half * share).ravel(), top


def _last_where(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that holds at ``low`` and not at ``high`` stops holding, by bisection."""
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
