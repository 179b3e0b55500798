"""What a staffing costs by plan: the agents' hours that the scenario pays for."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.scenario.world import Group, Scenario

__all__ = ["planned_agent_hours"]

HOUR_US = 3_600_000_000


def planned_agent_hours(scenario: Scenario) -> float:
    """Agent-hours of the rota over the whole horizon, breaks taken off.

    Absences are planned hours too, overtime is none: the same in every replication, whereas the
    figure ``agent_hours`` is what was worked. The warm-up of a steady study counts.
    """
    own = sum(
        min(until_us, scenario.horizon_us) - max(from_us, 0)
        for agent in scenario.agents
        for from_us, until_us, _ in agent.duty
        if until_us > 0 and from_us < scenario.horizon_us
    )
    tables = sum(_headcount_us(group, scenario.horizon_us) for group in scenario.groups)
    return (own + tables) / HOUR_US


def _headcount_us(group: Group, horizon_us: int) -> int:
    """Agent-microseconds of a staffing table; 0 where each agent has duty of their own."""
    if not group.headcount:
        return 0
    steps = [*((from_us, agents) for from_us, agents, _ in group.headcount), (horizon_us, 0)]
    return sum(
        agents * (min(until_us, horizon_us) - min(from_us, horizon_us))
        for (from_us, agents), (until_us, _) in pairwise(steps)
    )
