"""What agents do, from records: groups, solo work and r(k), reaction, wrap-up, presence."""

from simulator.calibration.agent_groups import AgentGroup, agent_groups
from simulator.calibration.gaps import Gaps, gaps
from simulator.calibration.presence import Stays, presence, presence_over_the_day, stays
from simulator.calibration.reactions import Reaction, reaction
from simulator.calibration.solo_work import Silence, SoloWork, silence, solo_work
from simulator.calibration.wrapping_up import WrapUp, wrap_up

__all__ = [
    "AgentGroup",
    "Gaps",
    "Reaction",
    "Silence",
    "SoloWork",
    "Stays",
    "WrapUp",
    "agent_groups",
    "gaps",
    "presence",
    "presence_over_the_day",
    "reaction",
    "silence",
    "solo_work",
    "stays",
    "wrap_up",
]
