"""What a scenario file describes, in a few figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from simulator.scenario.reading import read

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.scenario.world import Scenario, Topic

__all__ = ["Account", "account"]


@dataclass(frozen=True, slots=True)
class Account:
    """A valid scenario at a glance."""

    path: str
    name: str
    start: str
    """Local, with its offset."""
    days: int
    chats_per_day: dict[str, float]
    """Expected first attempts by topic, a mean over the simulated dates."""
    agents: dict[str, int]
    """By group."""
    rows: dict[str, int]
    """Rows read by table."""

    def as_dict(self) -> dict[str, Any]:
        """For a machine to read."""
        return {"valid": True, **asdict(self)}


def account(path: Path | str) -> Account:
    """The account of a scenario file; ScenarioError with everything that is wrong with it."""
    reading = read(path)
    scenario = reading.scenario
    return Account(
        path=str(path),
        name=scenario.name,
        start=f"{scenario.start.isoformat(timespec='minutes')} {scenario.timezone.key}",
        days=len(scenario.dates),
        chats_per_day={t.name: round(_chats(t, scenario), 1) for t in scenario.topics},
        agents={group.name: group.agent_count for group in scenario.groups},
        rows=dict(reading.tables),
    )


def _chats(topic: Topic, scenario: Scenario) -> float:
    """Expected, recorded, or the mean over the recorded days that may be drawn; per date."""
    arrivals, dates = topic.arrivals, len(scenario.dates)
    if arrivals.trace_us is not None:
        return len(arrivals.trace_us) / dates
    if arrivals.recorded_days is not None:
        means = [sum(map(len, days)) / len(days) for days in arrivals.recorded_days if days]
        return sum(means) / dates
    return float(arrivals.expected.sum()) / dates
