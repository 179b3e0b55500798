"""The intervals of the days that are judged: a fixed number of slots for every local date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.errors import ParameterError
from simulator.sessions.intervals import epoch_us

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

__all__ = ["MINUTE_US", "Grid"]

MINUTE_US: Final = 60_000_000
DAY_MIN: Final = 1440


@dataclass(frozen=True, eq=False)
class Grid:
    """Dates cut into slots of elapsed time from local midnight; cell = date × slots + slot.

    A day on which the clocks change is shorter or longer than 24 hours, so some cells of a date
    may lie beyond its end: ``exists`` tells.
    """

    dates: tuple[date, ...]
    zone: ZoneInfo
    step_us: int
    midnights_us: NDArray[np.int64]
    """Since 1970 in UTC, like ``ends_us``: the date is [midnight, end)."""
    ends_us: NDArray[np.int64]

    @classmethod
    def of(cls, dates: Sequence[date], zone: ZoneInfo, by_min: int) -> Grid:
        """The grid of these dates, in order, with intervals of ``by_min`` minutes.

        Raises:
            ParameterError: a day is no whole number of such intervals.
        """
        if by_min < 1 or DAY_MIN % by_min:
            raise ParameterError(
                f"intervals of {by_min} min do not divide a day; give 60m, 30m, 15m or another "
                "divisor of 24 hours"
            )
        midnights = [_midnight_us(day, zone) for day in dates]
        ends = [_midnight_us(day + timedelta(days=1), zone) for day in dates]
        return cls(
            tuple(dates),
            zone,
            by_min * MINUTE_US,
            np.array(midnights, dtype=np.int64),
            np.array(ends, dtype=np.int64),
        )

    @cached_property
    def slots(self) -> int:
        """Cells of one date: as many as the longest one needs."""
        return int(-(-(self.ends_us - self.midnights_us).max() // self.step_us))

    @property
    def cells(self) -> int:
        """All cells, those beyond the end of their date included."""
        return len(self.dates) * self.slots

    @cached_property
    def starts_us(self) -> NDArray[np.int64]:
        """When each cell begins, since 1970 in UTC."""
        within = np.arange(self.slots, dtype=np.int64) * self.step_us
        starts: NDArray[np.int64] = (self.midnights_us[:, np.newaxis] + within).ravel()
        return starts

    @cached_property
    def starts(self) -> pd.DatetimeIndex:
        """When each cell begins, in local time."""
        instants = pd.DatetimeIndex(pd.to_datetime(self.starts_us, unit="us", utc=True))
        return instants.as_unit("us").tz_convert(self.zone)

    @cached_property
    def exists(self) -> NDArray[np.bool_]:
        """Whether the cell begins before its date is over."""
        return np.less(self.starts_us, np.repeat(self.ends_us, self.slots))

    @cached_property
    def hour(self) -> tuple[NDArray[np.intp], tuple[str, ...]]:
        """The time of day by the clock of each cell: its number, and all their names ("09:00")."""
        names, number = np.unique(self.starts.strftime("%H:%M").to_numpy(), return_inverse=True)
        return number, tuple(str(name) for name in names)

    def locate(self, at_us: NDArray[np.int64]) -> NDArray[np.intp]:
        """The cell of each instant; -1 on no date of the grid."""
        day = np.searchsorted(self.midnights_us, at_us, side="right") - 1
        inside = (day >= 0) & (at_us < self.ends_us[day])
        slot = (at_us - self.midnights_us[day]) // self.step_us
        return np.where(inside, day * self.slots + slot, -1)


def _midnight_us(day: date, zone: ZoneInfo) -> int:
    """A midnight that the clocks leap over is the instant at which they do so."""
    return epoch_us(datetime(day.year, day.month, day.day, tzinfo=zone))
