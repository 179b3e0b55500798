"""A day looked back on: what was recorded beside what the scenario predicted for it.

``look_back`` simulates the day many times over, sets the records on the bands of single days, and
says what was unusual, whether luck is enough to explain it, and what the coming days will be
like::

    found = look_back(Path("desk.yaml"), [Path("march.csv")], date(2026, 3, 31))
    found.verdict      # what to think of it, in sentences
    found.intervals    # recorded figures on predicted bands
    found.coming       # the outlook
"""

from simulator.calibration.daily.dates import day_meant, zone_named
from simulator.calibration.daily.looking import LookBack, look_back
from simulator.calibration.daily.recorded_day import RecordedDay, recorded_day

__all__ = ["LookBack", "RecordedDay", "day_meant", "look_back", "recorded_day", "zone_named"]
