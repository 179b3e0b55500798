"""A scenario as the simulator uses it: read, checked, resolved into instants, frozen.

Instants and durations are integer microseconds; an instant counts from the scenario's first
instant, and every interval is [start, end). ``None`` means "there is none". Indexes (``topic``,
``group``) count from 0 in the order of the file; ids (``Topic.id``, ``Agent.id``) from 1.
Nothing here is sampled, and nothing says how a run is made: no seed, cores or paths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from simulator.distributions import Distribution

__all__ = [
    "Agent",
    "Arrivals",
    "Group",
    "OfflineForm",
    "Opening",
    "PeriodFactor",
    "Retry",
    "Scenario",
    "ServiceLevel",
    "Topic",
]

Routing = Literal["least_loaded", "longest_idle", "fill_first"]
Closing = Literal["serve_out", "drain", "clear"]


@dataclass(frozen=True, slots=True)
class Opening:
    """One span in which a topic takes new chats."""

    opens_us: int
    closes_us: int
    lunch_follows: bool = False
    """It ends for lunch: new chats get the form, but the queue goes on being served."""


@dataclass(frozen=True, slots=True)
class PeriodFactor:
    """How busy each period of a day is: Gamma with mean 1, neighbours alike by a normal copula."""

    shape: float
    every_us: int
    """The periods' length by the clock, from local midnight; it divides a day."""
    correlation: float


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """The chats to expect, or the recorded instants to repeat. Exactly one of three holds.

    1. ``expected``: Poisson counts by interval. ``starts_us``, ``ends_us``, ``expected``,
       ``slope`` and ``day`` have equal length. ``expected`` is the mean count of the interval as
       it elapses (scale applied, DST corrected). The rate within an interval is
       ``expected / length`` plus ``slope`` (chats per us per us) times the distance from the
       middle, so ``slope`` is all 0 for ``shape: constant``. ``day`` is the index of the local
       date, counted from the first simulated one, for the day factor. With a period factor no
       interval reaches over the end of a period, and ``period`` is the period of its date (0 is
       the one from midnight); without one it is empty.
    2. ``trace_us``: recorded instants, in order, repeated in every replication.
    3. ``recorded_days``: for each simulated local date (same index as ``day``), the candidate
       recorded days: tuples of instants (us since the scenario's start as if on that date).
    """

    starts_us: NDArray[np.int64]
    ends_us: NDArray[np.int64]
    expected: NDArray[np.float64]
    slope: NDArray[np.float64]
    day: NDArray[np.int64]
    day_factor_shape: float | None = None
    period_factor: PeriodFactor | None = None
    period: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    trace_us: NDArray[np.int64] | None = None
    recorded_days: tuple[tuple[NDArray[np.int64], ...], ...] | None = None

    def __eq__(self, other: object) -> bool:
        """Equal arrays, entry by entry."""
        if not isinstance(other, Arrivals):
            return NotImplemented
        return self._bytes() == other._bytes()

    def __hash__(self) -> int:
        return hash(self._bytes())

    def _bytes(self) -> tuple[object, ...]:
        arrays = (
            *(self.starts_us, self.ends_us, self.expected, self.slope, self.day),
            self.period,
        )
        days = self.recorded_days
        return (
            self.day_factor_shape,
            self.period_factor,
            *(array.tobytes() for array in arrays),
            None if self.trace_us is None else self.trace_us.tobytes(),
            None if days is None else tuple(tuple(a.tobytes() for a in day) for day in days),
        )


@dataclass(frozen=True, slots=True)
class OfflineForm:
    """When the queue offers the offline form, and how many take it."""

    after_us: int | None
    queue_length: int | None
    join: Literal["or", "and"]
    taken_by: float


@dataclass(frozen=True, slots=True)
class Retry:
    """A customer who gave up may come back."""

    probability: float
    delay: Distribution
    at_most: int
    """Attempts of one customer, the first included."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A chat topic: when it is open, who comes, how long it takes, how long they wait."""

    id: int
    name: str
    openings: tuple[Opening, ...]
    arrivals: Arrivals
    work: Distribution
    patience: Distribution | None = None
    reaction: Distribution | None = None
    silent_share: float = 0.0
    silent_timeout_us: int = 0
    offline_form: OfflineForm | None = None
    retry: Retry | None = None
    transfer: tuple[tuple[int, float], ...] = ()
    """(index of the target topic, probability), in the order of the file."""
    warn_agents_us: int | None = None
    warn_managers_us: int | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """A person, and the spans in which they are on duty (shifts less breaks, merged, in order)."""

    id: int
    name: str
    group: int
    """Index into Scenario.groups."""
    duty: tuple[tuple[int, int, int], ...]
    """(from_us, until_us, day): ``day`` is the index of the local date on which the shift
    starts, for absences. Empty for the agents of a staffing table."""


@dataclass(frozen=True, slots=True)
class Group:
    """Agents alike in what they may answer, how many chats they hold, and how fast they are."""

    name: str
    first_agent: int
    """Index into Scenario.agents; the group's agents stand in a row."""
    agent_count: int
    topics: tuple[int, ...]
    """Indexes of the topics that it may answer (CanRespond)."""
    cap: int
    output: tuple[str, ...]
    """r(1..cap) as decimal strings, as written, so that exact fractions can be made of them."""
    wrap_up: Distribution | None = None
    absent: float = 0.0
    headcount: tuple[tuple[int, int, int], ...] | None = None
    """A staffing table as steps (from_us, agents, day) in order of time, the first at 0;
    ``None`` when each agent has duty spans of their own."""


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """The target: the share answered within the threshold, and how it is counted."""

    threshold_us: int = 60_000_000
    definition: Literal["of_all", "of_served", "excl_short_abandons"] = "of_all"
    target: float = 0.80


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the world is."""

    name: str
    about: str
    timezone: ZoneInfo
    start: datetime
    """The first instant, aware, in ``timezone``."""
    horizon_us: int
    """The first instant that is not simulated: local midnight-to-midnight days, so 23 or 25
    hours long where the clocks change."""
    dates: tuple[date, ...]
    """The local dates touched, in order; ``day`` indexes count in it."""
    study: Literal["terminating", "steady"]
    warm_up_us: int | Literal["mser5"] | None
    topics: tuple[Topic, ...]
    groups: tuple[Group, ...]
    agents: tuple[Agent, ...]
    routing: Routing = "least_loaded"
    queue_position: Literal["topic", "tenant"] = "topic"
    closing: Closing = "serve_out"
    service_level: ServiceLevel = field(default_factory=ServiceLevel)
    shared_day_factor_shape: float | None = None
    interval_us: int = 1_800_000_000
    """The step of every figure by interval (``interval: 30m``); counted from local midnight."""
    resolved: str = ""
    """The scenario as one YAML document with every default and table written out: what
    ``scenario.yaml`` of a run folder holds, and enough to build the same Scenario again."""
