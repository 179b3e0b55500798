"""How sure a simulated figure is: ratio of totals over replications, sharpened by controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LEVEL", "Sure", "controlled_ratio", "controlled_sum"]

LEVEL = 0.999


@dataclass(frozen=True, slots=True)
class Sure:
    """An estimate with the half-width of its 99.9 % interval."""

    value: float
    half_width: float


def controlled_ratio(
    numerators: Floats, denominators: Floats, controls: Sequence[Floats] = ()
) -> Sure:
    """The ratio of totals, an entry per independent batch, with linear control variates.

    A control is a figure of the same batch whose mean is known to be 0. Where a batch was lucky
    in its controls, it was probably lucky in its ratio as well: the regression of the one on the
    other takes that luck away, and the interval is that of the regression's constant (Lavenberg &
    Welch 1981, "A perspective on the use of control variables to increase the efficiency of Monte
    Carlo simulations"). Without controls this is Student's t on the ratio estimator.
    """
    ratio = numerators.sum() / denominators.sum()
    residual = (numerators - ratio * denominators) / denominators.mean()
    shift = _constant(residual, controls)
    return Sure(float(ratio) + shift.value, shift.half_width)


def controlled_sum(values: Floats, controls: Sequence[Floats] = ()) -> Sure:
    """The mean of a figure per batch, with the same controls."""
    return controlled_ratio(values, np.ones_like(values), controls)


def _constant(values: Floats, controls: Sequence[Floats]) -> Sure:
    """The constant of the least-squares regression of ``values`` on the controls."""
    moving = [control for control in controls if np.ptp(control) > 0]
    scaled = [control / control.std() for control in moving]
    design = np.column_stack([np.ones_like(values), *scaled])
    count, unknowns = design.shape
    assert count > 2 * unknowns, "too few batches for so many controls"
    weights, *_ = np.linalg.lstsq(design, values, rcond=None)
    left = values - design @ weights
    variance = left @ left / (count - unknowns)
    spread = np.linalg.inv(design.T @ design)[0, 0]
    quantile = float(stdtrit(count - unknowns, (1 + LEVEL) / 2))
    return Sure(float(weights[0]), quantile * float(np.sqrt(variance * spread)))
