"""A figure's unit on axes and labels: shares in per cent, their differences in points, waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.charts.words import time_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

NO_BREAK = "\u00a0"

__all__ = ["Scale", "difference_scale", "scale_of", "signed"]


@dataclass(frozen=True, slots=True)
class Scale:
    """How a figure is drawn."""

    factor: float
    """What values are multiplied with."""
    unit: str

    def told(self, value: float) -> str:
        r"""A value (not yet multiplied) with its unit.

        >>> Scale(100.0, "%").told(0.8345), Scale(1 / 60, "min").told(75.0)
        ('83.5\xa0%', '1.25\xa0min')
        """
        number = value * self.factor
        decimals = 1 if abs(number) >= 10 or self.unit == "%" else 2
        return f"{number:,.{decimals}f}{NO_BREAK}{self.unit}"

    def change(self, value: float) -> str:
        """A difference with its sign and its unit."""
        return f"{signed(value * self.factor)}{NO_BREAK}{self.unit}"


def scale_of(unit: str, frame: pd.DataFrame, columns: Sequence[str]) -> Scale:
    """The scale for the values in these columns.

    Args:
        unit: share, s, or any other that is drawn as it is.
        frame: what is to be drawn.
        columns: of values in that unit.
    """
    if unit == "share":
        return Scale(100.0, "%")
    if unit == "s":
        named, factor = time_unit(_largest(frame, columns))
        return Scale(factor, named)
    return Scale(1.0, unit)


def difference_scale(unit: str, frame: pd.DataFrame, columns: Sequence[str]) -> Scale:
    """The same for differences: of shares in percentage points."""
    return Scale(100.0, "points") if unit == "share" else scale_of(unit, frame, columns)


def _largest(frame: pd.DataFrame, columns: Sequence[str]) -> float:
    sizes = np.abs(frame[list(columns)].to_numpy(dtype=np.float64))
    return float(np.nanmax(sizes)) if np.isfinite(sizes).any() else 0.0


def signed(value: float) -> str:
    """With its sign and two digits at least; a minus as wide as a plus.

    >>> signed(-0.052), signed(12.34), signed(0.0)
    ('−0.052', '+12.3', '0')
    """
    if value == 0:
        return "0"
    decimals = int(np.clip(1 - np.floor(np.log10(abs(value))), 1, 4))
    return f"{value:+.{decimals}f}".replace("-", "−")
