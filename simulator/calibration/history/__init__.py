"""Records of a real desk, from any file it left, as one tidy table."""

from simulator.calibration.history.reading import read_history
from simulator.calibration.history.sniffing import KINDS
from simulator.calibration.history.table import OUTCOMES, History, Problems, Source

__all__ = ["KINDS", "OUTCOMES", "History", "Problems", "Source", "read_history"]
