"""What of a run is replayed: the window, the lanes of its agents, and what to know beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from simulator.errors import DataError, UsageError
from simulator.replay.pacing import RateCap, due_ns
from simulator.replay.script import IN_HAND, Lanes, chats_of, script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from simulator.replay.calls import Call
    from simulator.replay.script import Chat, Script
    from simulator.scenario.world import Scenario

__all__ = ["Pace", "Planned", "Window", "pace", "planned"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Which requests are replayed: [from, until), local time where no offset is given."""

    begin: datetime | None = None
    until: datetime | None = None

    def within(self, scenario: Scenario, chats: Sequence[Chat]) -> tuple[int, int]:
        """The window in epoch µs; without bounds from the first request to the last.

        Raises:
            UsageError: it is empty, or a bound is a local time that never comes.
        """
        asked = [chat.requested_us for chat in chats]
        if not asked:
            raise UsageError("the replication has no chats; choose another --replication")
        first = min(asked) if self.begin is None else _epoch_us("--from", self.begin, scenario)
        until = max(asked) + 1 if self.until is None else _epoch_us("--to", self.until, scenario)
        if not first < until:
            raise UsageError(
                f"--to {_told(until, scenario)} is not after --from {_told(first, scenario)}; give "
                "a later instant"
            )
        if not any(first <= at < until for at in asked):
            raise UsageError(
                f"no chat is requested from {_told(first, scenario)} to {_told(until, scenario)}; "
                f"the replication's are from {_told(min(asked), scenario)} to "
                f"{_told(max(asked), scenario)}"
            )
        return first, until


@dataclass(frozen=True, slots=True)
class Planned:
    """Calls, and what was left out of them."""

    first: datetime
    """The instant of ``due_us`` 0, in the scenario's zone."""
    calls: tuple[Call, ...]
    topics: frozenset[int]
    """Simulated ids of the calls' topics."""
    lanes: dict[str, list[str]]
    """Names of the simulated agents by lane."""
    left_out: dict[str, int]
    carried: tuple[int, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the calls go, if every answer comes at once."""

    duration_s: float
    """From the first call to the last, below the cap on the rate."""
    peak_rate: float
    """Most calls that are due within one second, without the cap."""
    most_behind_s: float
    """How far the cap holds a call back at the worst."""


def planned(
    sessions: pd.DataFrame,
    scenario: Scenario,
    lane_of: Mapping[str, str | None],
    *,
    mode: str,
    window: Window,
    topics: frozenset[int],
    max_pickups: int,
) -> Planned:
    """The calls that replay the sessions of one replication.

    Args:
        sessions: rows of one replication (``simulator.sessions.columns``).
        scenario: what was simulated.
        lane_of: the lane of each agent by name; None where nothing stands for them.
        mode: ``pickups`` or ``full``.
        window: which requests.
        topics: simulated ids of the topics that the map knows.
        max_pickups: pickups beyond this many are cut, and what comes after them.

    Raises:
        UsageError: nothing is left to replay, or an agent of the calls has no lane.
        DataError: a topic of the calls is not in the map.
    """
    chats = chats_of(sessions)
    first_us, until_us = window.within(scenario, chats)
    lanes = _lanes(scenario, lane_of)
    found = script(
        chats, lanes, first_us=first_us, until_us=until_us, mode=mode, max_pickups=max_pickups
    )
    if not any(call.kind == "pickup" for call in found.calls):
        raise UsageError("no chat of that window was picked up; choose another --from and --to")
    named = _agents_by_lane(found, scenario, lane_of)
    needed = frozenset(call.topic for call in found.calls)
    _check_topics(needed, topics, scenario)
    return Planned(
        first=_instant(first_us, scenario),
        calls=found.calls,
        topics=needed,
        lanes=named,
        left_out=found.left_out,
        carried=found.carried,
        warnings=tuple(_warnings(found, named, mode, max_pickups)),
    )


def pace(calls: Sequence[Call], warp: float, max_rate: float) -> Pace:
    """How fast the calls go at a warp, below a cap on their rate."""
    due = [due_ns(call, 0, warp) for call in calls]
    cap = RateCap(max_rate)
    sent = [cap.reserve(at) for at in due]
    behind = max((after - at for at, after in zip(due, sent, strict=True)), default=0)
    duration = sent[-1] - sent[0] if sent else 0
    return Pace(duration / 1e9, _peak(due), behind / 1e9)


def _peak(due: Sequence[int]) -> float:
    """Most of these instants (ns, in order) within one second."""
    most, begin = 0, 0
    for at, instant in enumerate(due):
        while instant - due[begin] >= 1_000_000_000:
            begin += 1
        most = max(most, at - begin + 1)
    return float(most)


def _epoch_us(option: str, at: datetime, scenario: Scenario) -> int:
    """The instant; of a doubled local time the first, and a UsageError for one in a gap."""
    aware = at if at.tzinfo is not None else at.replace(tzinfo=scenario.timezone)
    found = (aware - _EPOCH) // _US
    if at.tzinfo is None and _instant(found, scenario).replace(tzinfo=None) != at:
        raise UsageError(
            f"{option} {at.isoformat()} never comes in {scenario.timezone.key}, where the clocks "
            "go forward then; give another time"
        )
    return found


def _instant(epoch_us: int, scenario: Scenario) -> datetime:
    return (_EPOCH + timedelta(microseconds=epoch_us)).astimezone(scenario.timezone)


def _told(epoch_us: int, scenario: Scenario) -> str:
    return _instant(epoch_us, scenario).isoformat(timespec="seconds")


def _lanes(scenario: Scenario, lane_of: Mapping[str, str | None]) -> Lanes:
    ids = [topic.id for topic in scenario.topics]
    answers = [tuple(ids[index] for index in group.topics) for group in scenario.groups]
    return Lanes(
        {agent.id: lane_of.get(agent.name) or "" for agent in scenario.agents},
        {agent.id: answers[agent.group] for agent in scenario.agents},
    )


def _agents_by_lane(
    found: Script, scenario: Scenario, lane_of: Mapping[str, str | None]
) -> dict[str, list[str]]:
    """Who stands behind each lane; UsageError for an agent of the calls without one."""
    names = {agent.id: agent.name for agent in scenario.agents}
    needed = [names[number] for number in sorted({c.agent for c in found.calls if c.agent})]
    missing = [name for name in needed if not lane_of.get(name)]
    if missing:
        raise UsageError(
            f"agent {missing[0]!r} picks up chats in the window and has no credential; name them "
            'in the map of agents, or let "*" stand for the others'
        )
    lanes: dict[str, list[str]] = {}
    for name in needed:
        lanes.setdefault(str(lane_of[name]), []).append(name)
    return dict(sorted(lanes.items()))


def _check_topics(needed: frozenset[int], topics: frozenset[int], scenario: Scenario) -> None:
    names = {topic.id: topic.name for topic in scenario.topics}
    if missing := sorted(needed - topics):
        raise DataError(
            f"topic {names[missing[0]]!r} has chats in the window and no TopicId; add it to the "
            "map of topics"
        )


def _warnings(
    found: Script, lanes: Mapping[str, Sequence[str]], mode: str, max_pickups: int
) -> list[str]:
    """What the person who sends the plan should know, a sentence each."""
    told = [
        f"{len(who)} agents share the credential {lane!r}: the tenant sees one agent with all "
        "their chats, who picks up one after the other"
        for lane, who in lanes.items()
        if len(who) > 1
    ]
    if found.cut_pickups:
        told.append(
            f"max_pickups {max_pickups} cuts {found.cut_pickups} pickups at the end, and the "
            "chats that would have come after them"
        )
    if found.carried and mode == "full":
        told.append(
            f"{len(found.carried)} chats wait already at the first instant; they are created "
            "then, so their own queue positions are not the simulated ones"
        )
    if in_hand := found.left_out.get(IN_HAND):
        told.append(
            f"{in_hand} chats are in agents' hands at the first instant and are not replayed; "
            "until they would have ended, Rank is lower than simulated"
        )
    if found.left_waiting:
        told.append(
            f"{found.left_waiting} created chats are left in the tenant's queue at the end: "
            "nobody picks them up in the plan"
        )
    return told
