"""Scenarios beside each other, customer by customer: which is better, by how much, how sure.

All scenarios of a comparison meet the same customers (common random numbers), so what differs
between two runs of one replication is the scenario's doing, and the differences are far surer
than the figures themselves::

    runs = runs_of(["today.yaml", "plan.yaml"], replications=20, seed=1)
    found = compare(runs)
    found.sentences[0]   # "plan answers 4.1 points more within 60 s than today (…)"
    found.differences    # a row per scenario and figure, with interval and variance ratio

``one_more_agent`` derives the scenario in which a group has a colleague more.
"""

from simulator.comparison.comparing import Comparison, compare
from simulator.comparison.figures import FIGURES, KEY_FIGURES, Figure
from simulator.comparison.one_more import one_more_agent
from simulator.comparison.pairing import check_comparable
from simulator.comparison.simulating import opened, runs_of
from simulator.comparison.telling import difference_table

__all__ = [
    "FIGURES",
    "KEY_FIGURES",
    "Comparison",
    "Figure",
    "check_comparable",
    "compare",
    "difference_table",
    "one_more_agent",
    "opened",
    "runs_of",
]
