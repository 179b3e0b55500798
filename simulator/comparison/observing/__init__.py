"""A replay beside the simulation it came from, chat by chat: ``simulator.replay`` → frames.

::

    beside = compare(read_observed(folder))
    beside.chats         # a row per chat: simulated and observed, and why they differ
    summary(beside)      # figures as in a run's summary.json, for gates
"""

from __future__ import annotations

from simulator.comparison.observing.beside import Beside, compare
from simulator.comparison.observing.differences import DIFFERENCES
from simulator.comparison.observing.output import OUTPUT_FILES, ReplayOutput, write_output
from simulator.comparison.observing.summing import summary

__all__ = [
    "DIFFERENCES",
    "OUTPUT_FILES",
    "Beside",
    "ReplayOutput",
    "compare",
    "summary",
    "write_output",
]
