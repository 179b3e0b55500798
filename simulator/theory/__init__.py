"""Queueing theory: what the simulator must agree with, and a quick answer at the prompt.

Any unit of time, as long as rates and times share it. Every function names the source of its
formula; ``tests/theory`` holds the tables, ``tests/validation`` the simulations beside them.
"""

from __future__ import annotations

from simulator.theory.chat import ChatFigures, chat_desk
from simulator.theory.erlang import erlang_b, erlang_c, fewest_agents
from simulator.theory.figures import QueueFigures
from simulator.theory.forward import (
    DayFigures,
    Stretch,
    forward_equations,
    offered_load,
    one_day,
    poisson_queue,
)
from simulator.theory.patience import (
    EndlessPatience,
    ExponentialPatience,
    FixedPatience,
    LognormalPatience,
    Patience,
    UniformPatience,
    WeibullPatience,
)
from simulator.theory.pickup import PickupFigures, pickup_desk
from simulator.theory.queues import (
    ReactingAgent,
    count_sd,
    erlang_a,
    mdc_wait,
    mg1_wait,
    mmc,
    mmc_g,
    mmc_k,
    reacting_agent,
)
from simulator.theory.retries import RetryFigures, retrying_desk

__all__ = [
    "ChatFigures",
    "DayFigures",
    "EndlessPatience",
    "ExponentialPatience",
    "FixedPatience",
    "LognormalPatience",
    "Patience",
    "PickupFigures",
    "QueueFigures",
    "ReactingAgent",
    "RetryFigures",
    "Stretch",
    "UniformPatience",
    "WeibullPatience",
    "chat_desk",
    "count_sd",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "fewest_agents",
    "forward_equations",
    "mdc_wait",
    "mg1_wait",
    "mmc",
    "mmc_g",
    "mmc_k",
    "offered_load",
    "one_day",
    "pickup_desk",
    "poisson_queue",
    "reacting_agent",
    "retrying_desk",
]
