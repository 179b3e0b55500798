"""Predicted against actual: a scenario held against days of the history that it was not fitted to.

``backtest`` simulates those days many times over and sets the spread of the simulated days beside
what was recorded, by interval and by day::

    found = backtest(Path("desk.yaml"), read_history(Path("march.csv")))
    found.verdict      # what to think of it, in sentences
    found.coverage     # how often the actual lies in the predicted bands
    found.errors       # how far off, beside a naive forecast
"""

from simulator.calibration.backtesting.backtest import Backtest, backtest
from simulator.calibration.backtesting.days import LeftOut
from simulator.calibration.backtesting.measuring import FIGURES, OVERALL

__all__ = ["FIGURES", "OVERALL", "Backtest", "LeftOut", "backtest"]
