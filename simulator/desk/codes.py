"""The desk's numbers with names: states, outcomes, policies, and the order of one instant."""

from __future__ import annotations

from typing import Final

NONE: Final = -1
"""There is none: no chat, no agent, no limit."""
NEVER: Final = 1 << 62
"""An instant that does not come."""

# How a chat ended, as it stands in Outcomes.outcome. UNFINISHED is the state at the horizon.
UNFINISHED: Final = 0
SERVED: Final = 1
ABANDONED: Final = 2
SILENT: Final = 3
FORM_CLOSED: Final = 4
FORM_AT_ARRIVAL: Final = 5
FORM_IN_QUEUE: Final = 6
CLOSED: Final = 7

OUTCOMES: Final = (
    "unfinished",
    "served",
    "abandoned",
    "silent",
    "form_closed",
    "form_at_arrival",
    "form_in_queue",
    "closed",
)
"""The outcome's name by its code."""

# Where a chat is.
ELSEWHERE: Final = 0  # not come yet, between two agents in a transfer, or over
WAITING: Final = 1
IN_CHAT: Final = 2

# What a seat is held for. An agent has `cap` seats; the load is the number of seats held.
FREE: Final = 0
REACTING: Final = 1
OPEN: Final = 2
WRAPPING_UP: Final = 3

# The order of one instant: the kind of event decides, then the serial (see `rules`).
WORK_ENDS: Final = 0
WRAP_UP_ENDS: Final = 1
REACTION_ENDS: Final = 2
DUTY_STARTS: Final = 3
TOPIC_OPENS: Final = 4
PATIENCE_ENDS: Final = 5
FORM_IS_OFFERED: Final = 6
TOPIC_CLOSES: Final = 7
DUTY_ENDS: Final = 8
HEADCOUNT_FALLS: Final = 9
TRANSFER_ARRIVES: Final = 10
RETRY_ARRIVES: Final = 11
CHAT_ARRIVES: Final = 12

# Policies by number, so that a compiled loop can hold them in a record.
LEAST_LOADED: Final = 0
LONGEST_IDLE: Final = 1
FILL_FIRST: Final = 2
ROUTINGS: Final = ("least_loaded", "longest_idle", "fill_first")

SERVE_OUT: Final = 0
DRAIN: Final = 1
CLEAR: Final = 2
CLOSINGS: Final = ("serve_out", "drain", "clear")
