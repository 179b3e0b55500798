"""Small worlds for the desk: written by hand for a story, or dealt at random.

A :class:`World` is a scenario, a workload and who is on duty in a few short lines, without YAML
or sampling, so that it can be printed, pasted into a test and made smaller. Instants and
durations are bare microseconds; nobody's clock is as coarse as these, so ties abound.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from simulator.scenario.world import Agent, Arrivals, Group, OfflineForm, Opening, Scenario, Topic
from simulator.workload import Duty, Workload

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

T = TypeVar("T")
ALWAYS = 10**9
"""Later than any horizon here."""


@dataclass(frozen=True, repr=False)
class Brief:
    """Shows only what differs from the default, so that a world fits on a screen."""

    def __repr__(self) -> str:
        said = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if getattr(self, f.name) != f.default
        ]
        return f"{type(self).__name__}({', '.join(said)})"


@dataclass(frozen=True, repr=False)
class Desk(Brief):
    """A topic: when it is open and what it does with those who wait."""

    openings: tuple[tuple[int, int, bool], ...] = ((0, ALWAYS, False),)
    """(opens, closes, lunch follows)."""
    form_after: int | None = None
    form_queue_length: int | None = None
    form_join: Literal["or", "and"] = "or"
    silent_timeout: int = 1


@dataclass(frozen=True, repr=False)
class Team(Brief):
    """A group: who is on duty when, what they may answer and how well."""

    shifts: tuple[tuple[tuple[int, int], ...], ...] = (((0, ALWAYS),),)
    """For each agent, the spans of duty; empty spans for those of a staffing table."""
    staffing: tuple[tuple[int, int], ...] | None = None
    """(from, agents) where the group has a staffing table."""
    topics: tuple[int, ...] = (0,)
    output: tuple[str, ...] = ("1",)
    """r(1..cap), so its length is the cap."""
    wrap_up: tuple[int, ...] | None = None
    """The durations that a wrap-up can take, equally likely."""


@dataclass(frozen=True, repr=False)
class Chat(Brief):
    """One attempt of a customer; the instant ``at`` is given for the first one only."""

    at: int = -1
    topic: int = 0
    work: int = 1
    patience: int = -1
    reaction: int = 0
    silent: bool = False
    takes_form: bool = False
    delay: int = -1
    """After giving up the attempt before this one."""
    transfer_to: int = -1
    transfer_work: int = -1
    transfer_reaction: int = -1
    transfer_patience: int = -1
    wrap_up_q: float = 0.5
    transfer_wrap_up_q: float = 0.5


@dataclass(frozen=True)
class Steps:
    """Durations in microseconds, equally likely, as a Distribution in seconds."""

    values: tuple[int, ...]

    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        place = np.minimum((np.asarray(q) * len(self.values)).astype(int), len(self.values) - 1)
        durations: NDArray[np.float64] = np.take(self.seconds(), place)
        return durations

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        share = [(self.seconds() <= least).mean() for least in np.ravel(x)]
        return np.array(share, dtype=np.float64).reshape(np.shape(x))

    def seconds(self) -> NDArray[np.float64]:
        return np.array(self.values, dtype=np.float64) * 1e-6

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        return self.quantile(rng.random(size))

    @property
    def mean(self) -> float:
        return float(np.mean(self.values)) * 1e-6

    @property
    def cv(self) -> float:
        return float(np.std(self.values)) * 1e-6 / self.mean if self.mean else 0.0


@dataclass(frozen=True, repr=False)
class World(Brief):
    """Everything that one replication needs."""

    chats: tuple[tuple[Chat, ...], ...] = ()
    """A customer each, with the attempts that they are willing to make."""
    desks: tuple[Desk, ...] = (Desk(),)
    teams: tuple[Team, ...] = (Team(),)
    horizon: int = 1000
    routing: Literal["least_loaded", "longest_idle", "fill_first"] = "least_loaded"
    closing: Literal["serve_out", "drain", "clear"] = "serve_out"
    queue_position: Literal["topic", "tenant"] = "topic"

    @property
    def scenario(self) -> Scenario:
        return Scenario(
            name="small",
            about="",
            timezone=ZoneInfo("UTC"),
            start=datetime(2026, 3, 23, tzinfo=ZoneInfo("UTC")),
            horizon_us=self.horizon,
            dates=(date(2026, 3, 23),),
            study="terminating",
            warm_up_us=None,
            topics=tuple(topic(number, desk) for number, desk in enumerate(self.desks)),
            groups=tuple(self.groups()),
            agents=tuple(self.agents()),
            routing=self.routing,
            closing=self.closing,
            queue_position=self.queue_position,
        )

    def groups(self) -> Iterator[Group]:
        first = 0
        for number, team in enumerate(self.teams):
            table = team.staffing
            yield Group(
                name=f"group {number}",
                first_agent=first,
                agent_count=len(team.shifts),
                topics=team.topics,
                cap=len(team.output),
                output=team.output,
                wrap_up=None if team.wrap_up is None else Steps(team.wrap_up),
                headcount=None if table is None else tuple((at, n, 0) for at, n in table),
            )
            first += len(team.shifts)

    def agents(self) -> Iterator[Agent]:
        people = [(g, spans) for g, team in enumerate(self.teams) for spans in team.shifts]
        for number, (group, spans) in enumerate(people):
            duty = tuple((start, end, 0) for start, end in spans)
            yield Agent(id=number + 1, name=f"agent {number}", group=group, duty=duty)

    @property
    def workload(self) -> Workload:
        customers = sorted(self.chats, key=lambda attempts: (attempts[0].at, attempts[0].topic))
        rows = [
            (number, place, chat)
            for number, attempts in enumerate(customers, start=1)
            for place, chat in enumerate(attempts, start=1)
        ]

        def column(name: str, dtype: type = np.int64) -> np.ndarray:
            return np.array([getattr(chat, name) for _, _, chat in rows], dtype=dtype)

        return Workload(
            replication=1,
            topic=column("topic"),
            customer_id=np.array([number for number, _, _ in rows], dtype=np.int64),
            attempt=np.array([place for _, place, _ in rows], dtype=np.int64),
            requested_us=column("at"),
            patience_us=column("patience"),
            work_us=column("work"),
            reaction_us=column("reaction"),
            silent=column("silent", bool),
            takes_form=column("takes_form", bool),
            retry_delay_us=column("delay"),
            transfer_topic=column("transfer_to"),
            transfer_work_us=column("transfer_work"),
            transfer_reaction_us=column("transfer_reaction"),
            transfer_patience_us=column("transfer_patience"),
            wrap_up_q=column("wrap_up_q", float),
            transfer_wrap_up_q=column("transfer_wrap_up_q", float),
        )

    @property
    def duty(self) -> Duty:
        spans = sorted(
            (start, agent.id - 1, min(end, self.horizon))
            for agent in self.agents()
            for start, end, _ in agent.duty
        )
        steps = sorted(
            (at, group, count)
            for group, team in enumerate(self.teams)
            for at, count in team.staffing or ()
        )
        return Duty(
            replication=1,
            spans=np.array([(a, f, u) for f, a, u in spans], dtype=np.int64).reshape(-1, 3),
            headcount=np.array([(g, f, n) for f, g, n in steps], dtype=np.int64).reshape(-1, 3),
            absent=np.zeros((len(list(self.agents())), 1), dtype=bool),
        )

    def described(self) -> str:
        """The world as code, a line per desk, team and customer."""
        settings = repr(replace(self, chats=(), desks=(), teams=()))
        lines = [
            *(f"  desk {number}: {desk}" for number, desk in enumerate(self.desks)),
            *(f"  team {number}: {team}" for number, team in enumerate(self.teams)),
            *(f"  {attempts}" for attempts in sorted(self.chats, key=lambda c: c[0].at)),
        ]
        return "\n".join([settings, *lines])


def topic(number: int, desk: Desk) -> Topic:
    form = None
    if desk.form_after is not None or desk.form_queue_length is not None:
        form = OfflineForm(desk.form_after, desk.form_queue_length, desk.form_join, 0.5)
    nothing = np.zeros(0, dtype=np.int64)
    return Topic(
        id=number + 1,
        name=f"topic {number}",
        openings=tuple(Opening(*opening) for opening in desk.openings),
        arrivals=Arrivals(nothing, nothing, nothing.astype(float), nothing.astype(float), nothing),
        work=Steps((1,)),
        silent_share=0.5,
        silent_timeout_us=desk.silent_timeout,
        offline_form=form,
        warn_agents_us=2,
        warn_managers_us=4,
    )


# ── Worlds at random ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Luck:
    """Where the choices come from: a seeded generator, or hypothesis."""

    between: Callable[[int, int], int]

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.between(0, len(things) - 1)]

    def chance(self, percent: int) -> bool:
        return self.between(0, 99) >= 100 - percent

    def some_of(self, things: Sequence[T]) -> tuple[T, ...]:
        """At least one of them, in their order."""
        sure = self.one_of(things)
        return tuple(thing for thing in things if thing == sure or self.chance(50))


@dataclass(frozen=True)
class Mood:
    """How time goes in one world, and which of the features it has at all."""

    luck: Luck
    tick: int
    ticks: int
    has: dict[str, bool] = field(default_factory=dict)

    def instant(self, low: int = 0, high: int | None = None) -> int:
        return self.tick * self.luck.between(low, self.ticks if high is None else high)

    def duration(self, high: int) -> int:
        """At least one microsecond, often the same as another."""
        return 1 if self.luck.chance(10) else self.tick * self.luck.between(1, high)

    def spans(self, most: int) -> tuple[tuple[int, int], ...]:
        """Spans that do not touch, from about the first instant to about the horizon."""
        spans = []
        start = self.luck.between(0, self.ticks // 8)
        for _ in range(most):
            end = start + self.luck.between(1, self.ticks // most)
            spans.append((self.tick * start, self.tick * end))
            start = end + self.luck.between(1, 4)
        return tuple(spans)


FEATURES = (
    *("patience", "reactions", "silent", "form", "retries", "transfers", "wrap_up"),
    *("hours", "lunch", "staffing", "shifts", "busy"),
)
OUTPUTS = {
    1: (("1",), ("0.8",)),
    2: (("1", "1.7"), ("1", "1"), ("1", "2"), ("1", "1.3333333")),
    3: (("1", "1.7", "2.2"), ("1", "1.5", "1.5"), ("1", "2", "3")),
}


def dealt(luck: Luck, *, customers: int | None = None, having: Sequence[str] = ()) -> World:
    """A world with each feature a little likelier than not, or for sure those of ``having``."""
    has = {feature: luck.chance(60) or feature in having for feature in FEATURES}
    mood = Mood(
        luck, tick=luck.one_of((1, 1, 2, 5, 7_000_003)), ticks=luck.between(12, 50), has=has
    )
    desks = tuple(dealt_desk(mood) for _ in range(luck.one_of((1, 2, 2, 3))))
    teams = luck.one_of((1, 2) if has["busy"] else (1, 1, 2, 3))
    customers = customers or luck.one_of((8, 12, 15, 5, 2, 1))
    return World(
        chats=tuple(dealt_customer(mood, len(desks)) for _ in range(customers)),
        desks=desks,
        teams=tuple(dealt_team(mood, len(desks)) for _ in range(teams)),
        horizon=mood.tick * mood.ticks,
        routing=luck.one_of(("least_loaded", "longest_idle", "fill_first")),
        closing=luck.one_of(("serve_out", "serve_out", "drain", "clear")),
        queue_position=luck.one_of(("topic", "tenant")),
    )


def dealt_desk(mood: Mood) -> Desk:
    luck, has = mood.luck, mood.has
    desk = Desk(silent_timeout=mood.duration(4))
    if has["hours"] and luck.chance(75):
        spans = mood.spans(luck.between(1, 3))
        lunch = [has["lunch"] and luck.chance(60) for _ in spans[1:]] + [False]
        openings = ((start, end, eats) for (start, end), eats in zip(spans, lunch, strict=False))
        desk = replace(desk, openings=tuple(openings))
    if has["form"] and luck.chance(75):
        which = luck.one_of(("after", "length", "both", "both"))
        desk = replace(
            desk,
            form_after=None if which == "length" else mood.duration(6),
            form_queue_length=None if which == "after" else luck.between(1, 3),
            form_join=luck.one_of(("or", "and")),
        )
    return desk


def dealt_team(mood: Mood, desks: int) -> Team:
    luck, has = mood.luck, mood.has
    people = luck.one_of((1, 1, 1, 2) if has["busy"] else (1, 2, 3, 4))
    team = Team(
        shifts=(((0, ALWAYS),),) * people,
        topics=tuple(range(desks)) if luck.chance(40) else luck.some_of(range(desks)),
        output=luck.one_of(OUTPUTS[luck.between(1, 3)]),
    )
    if has["wrap_up"] and luck.chance(60):
        team = replace(team, wrap_up=tuple(mood.instant(0, 4) for _ in range(3)))
    if has["staffing"] and luck.chance(60):
        steps = sorted({mood.instant() for _ in range(luck.between(0, 4))} | {0})
        counts = [luck.between(min(1, luck.between(0, 3)), people)]
        for _ in steps[1:]:
            others = [n for n in range(people + 1) if n != counts[-1]]
            counts.append(luck.one_of(others))
        staffing = tuple(zip(steps, counts, strict=True))
        return replace(team, staffing=staffing, shifts=((),) * people)
    if has["shifts"]:
        shifts = (mood.spans(luck.between(1, 3)) for _ in range(people))
        team = replace(team, shifts=tuple(shifts))
    return team


def dealt_customer(mood: Mood, desks: int) -> tuple[Chat, ...]:
    luck, has = mood.luck, mood.has
    topic = luck.between(0, desks - 1)
    attempts = luck.one_of((1, 1, 2, 3)) if has["retries"] else 1
    first = replace(dealt_chat(mood, desks, topic), at=mood.instant(0, mood.ticks * 2 // 3))
    again = [
        replace(dealt_chat(mood, desks, topic), delay=mood.duration(8)) for _ in range(attempts - 1)
    ]
    return (first, *again)


def dealt_chat(mood: Mood, desks: int, topic: int) -> Chat:
    luck, has = mood.luck, mood.has
    reactions = has["reactions"]
    chat = Chat(
        topic=topic,
        work=mood.duration(20 if has["busy"] else 12),
        patience=mood.duration(10) if has["patience"] and luck.chance(80) else -1,
        reaction=mood.instant(0, 4) if reactions else 0,
        silent=has["silent"] and luck.chance(40),
        takes_form=luck.chance(50),
        wrap_up_q=luck.one_of((0.1, 0.5, 0.9)),
    )
    others = [other for other in range(desks) if other != topic]
    if has["transfers"] and others and luck.chance(35):
        chat = replace(
            chat,
            transfer_to=luck.one_of(others),
            transfer_work=mood.duration(8),
            transfer_reaction=mood.instant(0, 3) if reactions else 0,
            transfer_patience=mood.duration(8) if has["patience"] and luck.chance(70) else -1,
            transfer_wrap_up_q=luck.one_of((0.1, 0.5, 0.9)),
        )
    return chat


def random_world(
    rng: random.Random, *, customers: int | None = None, having: Sequence[str] = ()
) -> World:
    """A world from a seeded generator: the same seed, the same world."""
    return dealt(Luck(rng.randint), customers=customers, having=having)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Worlds from hypothesis, which makes the failing ones smaller."""
    return dealt(Luck(lambda low, high: draw(st.integers(low, high))))
