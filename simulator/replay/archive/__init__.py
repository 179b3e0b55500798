"""The history of chats, pulled from a tenant's archive into a file that calibration reads.

::

    question ──► reading ──► pages ──► partial ──► FILE
                 (GET only)             and its cursor

Reading is all that it does: no session is picked up, none is changed, and of a session only the
columns that calibration needs are asked for. A pull that was stopped goes on where it stopped.
"""

from __future__ import annotations

from simulator.replay.archive.pulling import Pulled, pull_history
from simulator.replay.archive.question import Question

__all__ = ["Pulled", "Question", "pull_history"]
