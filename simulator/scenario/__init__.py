"""What the world is: topics, arrivals, agents and shifts, read from YAML and tables, frozen.

``load`` and ``loads`` give a Scenario in which nothing is left to be resolved; ``to_yaml`` writes
it as one self-contained document.
"""

from simulator.scenario.accounting import Account, account
from simulator.scenario.reading import Reading, load, loads, read, schema
from simulator.scenario.starting import write_starter
from simulator.scenario.world import (
    Agent,
    Arrivals,
    Group,
    OfflineForm,
    Opening,
    PeriodFactor,
    Retry,
    Scenario,
    ServiceLevel,
    Topic,
)
from simulator.scenario.writing import scenario_hash, to_yaml

__all__ = [
    "Account",
    "Agent",
    "Arrivals",
    "Group",
    "OfflineForm",
    "Opening",
    "PeriodFactor",
    "Reading",
    "Retry",
    "Scenario",
    "ServiceLevel",
    "Topic",
    "account",
    "load",
    "loads",
    "read",
    "scenario_hash",
    "schema",
    "to_yaml",
    "write_starter",
]
