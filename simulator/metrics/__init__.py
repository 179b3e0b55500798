"""Figures: frame -> frame, with the exact definitions and an interval on every one.

The functions take the run's scenario, its sessions table and, where time on duty matters, its
agents table, and change none of them::

    run = open_run("data/runs/…")
    waiting_times(run.scenario, run.sessions, by="time_of_day", per="topic")
    occupancy(run.scenario, run.sessions, run.agents)

``by`` folds the clock (see ``timeline.By``), ``per`` splits by topic or agent. ``of`` a share is
always named; intervals are 95 % over replications (see ``uncertainty``).
"""

from simulator.metrics.agents import (
    agents_on_duty,
    chats_per_agent,
    concurrency,
    occupancy,
    open_chats,
)
from simulator.metrics.dashboard import todays_numbers, traffic
from simulator.metrics.figures import summary
from simulator.metrics.findings import (
    all_figures,
    definitions,
    headline,
    key_figures,
    lost_for_good,
    provenance,
)
from simulator.metrics.giving_up import customers_finally_lost, patience, warnings_sent
from simulator.metrics.lens import busiest_hour, hour_strip
from simulator.metrics.queue import queue_length, queue_position, queue_position_distribution
from simulator.metrics.service import (
    SERVICE_LEVELS,
    abandonment,
    outcome_counts,
    service_level,
    share_that_waited,
    speed_of_answer,
)
from simulator.metrics.waiting import wait_given_position, wait_tail, waiting_times

__all__ = [
    "SERVICE_LEVELS",
    "abandonment",
    "agents_on_duty",
    "all_figures",
    "busiest_hour",
    "chats_per_agent",
    "concurrency",
    "customers_finally_lost",
    "definitions",
    "headline",
    "hour_strip",
    "key_figures",
    "lost_for_good",
    "occupancy",
    "open_chats",
    "outcome_counts",
    "patience",
    "provenance",
    "queue_length",
    "queue_position",
    "queue_position_distribution",
    "service_level",
    "share_that_waited",
    "speed_of_answer",
    "summary",
    "todays_numbers",
    "traffic",
    "wait_given_position",
    "wait_tail",
    "waiting_times",
    "warnings_sent",
]
