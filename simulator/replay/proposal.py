"""A plan from a run, the maps and a target; nothing is sent but reads."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from simulator.errors import GuardError, UsageError
from simulator.files import file_sha256
from simulator.replay import maps, planning
from simulator.replay.calls import CUSTOMERS
from simulator.replay.plan import HOLDS_FOR, Plan, PlanHead, run_hash
from simulator.replay.script import written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from simulator.replay.endpoint.preflight import Preflight
    from simulator.replay.endpoint.target import Target
    from simulator.scenario.world import Scenario
    from simulator.sessions import Run

__all__ = ["Caps", "Manner", "ask_target", "propose", "with_principals"]

WIRE: Final = {"end": "put", "leave": "put"}
BREAKER: Final = {
    "unknown_in_a_row": 3,
    "unknown_share": 0.02,
    "of_last": 100,
    "error_share": 0.5,
}


@dataclass(frozen=True, slots=True)
class Caps:
    """What a replay may do at most; all three have to be given."""

    max_pickups: int
    max_rate: float
    """Calls a second."""
    max_duration_s: float

    @classmethod
    def given(
        cls, max_pickups: int | None, max_rate: float | None, max_duration_s: float | None
    ) -> Caps:
        """The caps; GuardError if one is missing or is no bound."""
        told = {
            "--max-pickups": max_pickups,
            "--max-rate": max_rate,
            "--max-duration": max_duration_s,
        }
        if missing := [name for name, value in told.items() if value is None]:
            raise GuardError(
                f"{', '.join(missing)} not given: a replay needs a bound on its pickups, its rate "
                "and its duration"
            )
        for name, value in told.items():
            if value is not None and not 0 < value < math.inf:
                raise GuardError(f"{name} is {value}; give a positive number")
        return cls(max_pickups or 0, max_rate or 0.0, max_duration_s or 0.0)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the calls are sent."""

    mode: Literal["pickups", "full"] = "full"
    warp: float = 1.0
    """How many simulated seconds pass in one."""
    late: Literal["fire", "shed", "abort"] = "shed"
    late_after_s: float = 5.0
    min_gap_s: float = 0.05
    breaker: Mapping[str, float] = field(default_factory=lambda: dict(BREAKER))
    wire: Mapping[str, str] = field(default_factory=lambda: dict(WIRE))


def propose(
    run: Run,
    target: Target,
    *,
    replication: int,
    topics_map: Path,
    agents_map: Path,
    window: planning.Window,
    caps: Caps,
    manner: Manner,
    now: datetime | None = None,
) -> Plan:
    """The plan; nothing is read from the target here (see ``ask_target``).

    Raises:
        UsageError: the run has no such replication, or the maps do not fit.
        GuardError: the plan would break a cap.
    """
    if not 0 < manner.warp < math.inf:
        raise UsageError(f"--warp is {manner.warp}; give a positive number")
    scenario = run.scenario
    topic_ids = maps.read_topics(topics_map, {topic.id: topic.name for topic in scenario.topics})
    people = tuple(agent.name for agent in scenario.agents)
    agents = maps.read_agents(agents_map, people)
    found = planning.planned(
        _replication(run, replication),
        scenario,
        {name: agents.lane_of(name) for name in people},
        mode=manner.mode,
        window=window,
        topics=frozenset(topic_ids),
        max_pickups=caps.max_pickups,
    )
    pace = planning.pace(found.calls, manner.warp, caps.max_rate)
    _check_duration(pace.duration_s, caps)
    made = now or datetime.now(UTC)
    head = PlanHead(
        made_at=made.isoformat(timespec="milliseconds"),
        expires_at=(made + HOLDS_FOR).isoformat(timespec="seconds"),
        run=str(run.path.absolute()),
        run_hash=run_hash(run.manifest),
        scenario=scenario.name,
        replication=replication,
        base=target.base,
        context=target.context,
        mode=manner.mode,
        warp=manner.warp,
        first_at=found.first.isoformat(),
        timezone=scenario.timezone.key,
        topics=_topics(scenario, topic_ids, found),
        lanes=_lanes(found, agents, manner.mode),
        caps=asdict(caps),
        late={"policy": manner.late, "after_s": manner.late_after_s},
        min_gap_s=manner.min_gap_s,
        breaker=dict(manner.breaker),
        wire=dict(manner.wire),
        duration_s=round(pace.duration_s, 3),
        counts=written(call.kind for call in found.calls),
        left_out=found.left_out,
        carried=list(found.carried) if manner.mode == "full" else [],
        warnings=[*found.warnings, *_on_rate(pace, manner, caps)],
        inputs={str(path.absolute()): file_sha256(path) for path in (topics_map, agents_map)},
    )
    return Plan(head, found.calls)


async def ask_target(plan: Plan, target: Target, *, transport: str = "httpx") -> Preflight:
    """See that the target is the tenant it should be, is running, and knows every lane.

    Raises:
        GuardError: it is not.
        UsageError: a secret that the map of agents names is not there.
    """
    from simulator.replay.endpoint import preflight
    from simulator.replay.endpoint.client import Endpoint
    from simulator.replay.endpoint.credentials import read_credentials

    credentials = read_credentials(plan.head.lanes)
    async with Endpoint(target, credentials, transport=transport, clients=1) as endpoint:
        return await preflight.check(endpoint, plan.head.lanes)


def with_principals(plan: Plan, associates: Mapping[str, int]) -> Plan:
    """The plan with the associate behind each lane, by lane, as the tenant told.

    Raises:
        GuardError: two agents' lanes are one associate.
    """
    lane_of: dict[int, str] = {}
    for lane, number in associates.items():
        other = lane if lane == CUSTOMERS else lane_of.setdefault(number, lane)
        if other != lane:
            raise GuardError(
                f"the credentials of {other!r} and {lane!r} are the same associate ({number}), so "
                'nobody could tell whose a lost pickup is; let "*" stand for both agents'
            )
    lanes = {
        lane: {**told, "associate_id": associates[lane]} for lane, told in plan.head.lanes.items()
    }
    return Plan(replace(plan.head, lanes=lanes), plan.calls)


def _replication(run: Run, replication: int) -> pd.DataFrame:
    sessions = run.sessions
    count = run.manifest["replications"]
    if not 1 <= replication <= count:
        raise UsageError(f"--replication is {replication}; the run has 1 to {count}")
    chosen: pd.DataFrame = sessions[sessions["replication"] == replication]
    return chosen


def _check_duration(duration_s: float, caps: Caps) -> None:
    if duration_s > caps.max_duration_s:
        raise GuardError(
            f"the plan takes {duration_s:,.0f} s and --max-duration allows "
            f"{caps.max_duration_s:,.0f} s; narrow --from and --to, or raise --warp, the rate or "
            "the cap"
        )


def _topics(
    scenario: Scenario, topic_ids: Mapping[int, int], found: planning.Planned
) -> dict[str, dict[str, Any]]:
    return {
        str(topic.id): {"name": topic.name, "topic_id": topic_ids[topic.id]}
        for topic in scenario.topics
        if topic.id in found.topics
    }


def _lanes(found: planning.Planned, agents: maps.AgentMap, mode: str) -> dict[str, dict[str, Any]]:
    people: dict[str, list[str]] = {CUSTOMERS: []} if mode == "full" else {}
    return {
        lane: {**agents.credential(lane), "agents": names, "associate_id": None}
        for lane, names in {**people, **found.lanes}.items()
    }


def _on_rate(pace: planning.Pace, manner: Manner, caps: Caps) -> list[str]:
    if pace.most_behind_s <= manner.min_gap_s:
        return []
    told = (
        f"{pace.peak_rate:.0f} calls are due within the busiest second, and --max-rate allows "
        f"{caps.max_rate:g}: calls are held back by up to {pace.most_behind_s:.1f} s"
    )
    if manner.late != "fire" and pace.most_behind_s > manner.late_after_s:
        fate = "are shed" if manner.late == "shed" else "abort the replay"
        told += f", and those later than {manner.late_after_s:g} s {fate}"
    return [told]
