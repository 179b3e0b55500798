"""Charts: a metric's frame -> a matplotlib figure, with nothing computed on the way.

Each function takes a frame as ``simulator.metrics`` returns it and gives a figure whose title is
its finding. ``show`` makes of it a card for a notebook or a page, with a text alternative and the
numbers in a table::

    frame = metrics.waiting_times(scenario, sessions, by="time_of_day", per="topic")
    figure = charts.waits_over_the_day(frame, threshold_s=60, zone="Europe/Oslo", step_h=0.5)
    charts.show(figure, alt="Waits over the day, by topic", table=frame)
"""

from simulator.charts.agents import chats_by_agent, open_chats_over_the_day
from simulator.charts.dashboard import outcomes, traffic_by_hour
from simulator.charts.display import prose, show, stacked, table_card, tiles
from simulator.charts.giving_up import giving_up_over_the_day, patience_curve
from simulator.charts.lens import hour_strip
from simulator.charts.queue import queue_length_over_the_day, queue_positions_over_the_day
from simulator.charts.service import service_level_heatmap
from simulator.charts.waiting import wait_by_position, wait_tail, waits_over_the_day

__all__ = [
    "chats_by_agent",
    "giving_up_over_the_day",
    "hour_strip",
    "open_chats_over_the_day",
    "outcomes",
    "patience_curve",
    "prose",
    "queue_length_over_the_day",
    "queue_positions_over_the_day",
    "service_level_heatmap",
    "show",
    "stacked",
    "table_card",
    "tiles",
    "traffic_by_hour",
    "wait_by_position",
    "wait_tail",
    "waits_over_the_day",
]
