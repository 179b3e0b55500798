"""All chance, drawn before time starts: who comes, when, with how much work and patience.

``sample`` draws the customers and ``on_duty`` the absences, each from streams that have a name
(``STREAMS``) and a scope, so that luck belongs to whom it concerns: another roster changes no
customer, and a new topic, agent or stream re-deals nobody. All durations and instants are int64
microseconds.
"""

from simulator.workload.arrivals import expected_chats
from simulator.workload.customers import sample
from simulator.workload.drawn import Duty, Workload
from simulator.workload.draws import LONGEST_US
from simulator.workload.duty import on_duty
from simulator.workload.streams import STREAMS, generator
from simulator.workload.table import from_table, to_table

__all__ = [
    "LONGEST_US",
    "STREAMS",
    "Duty",
    "Workload",
    "expected_chats",
    "from_table",
    "generator",
    "on_duty",
    "sample",
    "to_table",
]
