"""All chance, drawn before time starts: who comes, when, with how much work and patience.

``sample`` draws the customers and ``on_duty`` the absences, each from streams that have a name
(``STREAMS``) and a scope, so that luck belongs to whom it concerns: another roster changes no
customer, and a new topic, agent or stream re-deals nobody. All durations and instants are int64
microseconds.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulator.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from simulator.distributions import Distribution
    from simulator.scenario.world import (
        Agent,
        Arrivals,
        Group,
        PeriodFactor,
        Retry,
        Scenario,
        Topic,
    )

__all__ = [
    "STREAMS",
    "Duty",
    "Workload",
    "from_table",
    "generator",
    "on_duty",
    "sample",
    "to_table",
]

STREAMS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "arrivals": 1,
        "day factor": 2,
        "patience": 3,
        "work": 4,
        "reaction": 5,
        "silent": 6,
        "form": 7,
        "attempts": 8,
        "retry delay": 9,
        "transfer": 10,
        "transfer work": 11,
        "rating": 12,
        "identity": 13,
        "absence": 14,
        "transfer reaction": 15,
        "transfer patience": 16,
        "wrap-up": 17,
        "transfer wrap-up": 18,
        "period factor": 19,
    }
)
"""The stream of each kind of chance. New ones are added at the end: a number, once given, is for
good, as another one would re-deal everybody."""

WHOLE_SCENARIO: Final = 0
"""The scope of what concerns all topics; a topic's own scope is its id, from 1."""

DAY_US: Final = 86_400_000_000

LONGEST_US: Final = 2**50
"""36 years, as good as for ever. Durations are cut here, so that an instant plus a duration always
fits 64 bits and seconds as float64 give back every microsecond."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """One replication's customers, a row per attempt that a customer is willing to make.

    Sorted by customer_id and attempt; customer ids count from 1 in order of the first arrival
    (ties: topic id, then order of drawing). Durations and instants are int64 microseconds, -1
    where there is none. The agents have no part in it: two rosters give equal workloads.
    """

    replication: int
    topic: NDArray[np.int64]
    """Index into Scenario.topics."""
    customer_id: NDArray[np.int64]
    attempt: NDArray[np.int64]
    """From 1."""
    requested_us: NDArray[np.int64]
    """The arrival of a first attempt; -1 for later attempts, whose instant the course decides."""
    patience_us: NDArray[np.int64]
    """At least 1; -1 = never gives up."""
    work_us: NDArray[np.int64]
    """At least 1, at solo speed."""
    reaction_us: NDArray[np.int64]
    """0 or more."""
    silent: NDArray[np.bool_]
    """If this customer loses patience, they leave without a word."""
    takes_form: NDArray[np.bool_]
    """If this customer is offered the offline form, they take it."""
    retry_delay_us: NDArray[np.int64]
    """How long after giving up the previous attempt this one comes; -1 for a first attempt."""
    transfer_topic: NDArray[np.int64]
    """Index of the topic that the chat is transferred to after its work, or -1."""
    transfer_work_us: NDArray[np.int64]
    """-1 where transfer_topic is; so are the next two. Drawn as the target topic's chats are."""
    transfer_reaction_us: NDArray[np.int64]
    transfer_patience_us: NDArray[np.int64]
    """Measured from the transfer; -1 = never gives up."""
    wrap_up_q: NDArray[np.float64]
    """Uniform in (0, 1): the wrap-up takes the picking-up group's wrap_up.quantile of this."""
    transfer_wrap_up_q: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Duty:
    """Who comes to work in one replication: the scenario's duty with the absences applied."""

    replication: int
    spans: NDArray[np.int64]
    """(m, 3): agent, from_us, until_us of agents with duty of their own; sorted by from, agent.
    Spans of one agent that touch are one span."""
    headcount: NDArray[np.int64]
    """(h, 3): group, from_us, agents for staffing tables; sorted by from, group; only changes."""
    absent: NDArray[np.bool_]
    """(agents, days)."""


def generator(
    seed: int, replication: int, scope: int, stream: int, *more: int
) -> np.random.Generator:
    """The stream of chance of that number (``STREAMS``), at its beginning.

    ``scope`` is 0 for the whole scenario, else a ``Topic.id``; ``more`` tells streams of one
    number apart (agents, target topics). Equal arguments give equal draws, and different ones
    independent draws.

    >>> generator(1, 0, 0, STREAMS["identity"]).integers(100, size=3).tolist()
    [4, 43, 47]
    """
    key = (replication, scope, stream, *more)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


class _Luck:
    """The streams of one scope, each going on where the last draw from it ended."""

    def __init__(self, seed: int, replication: int, scope: int) -> None:
        self._place = (seed, replication, scope)
        self._streams: dict[tuple[str, tuple[int, ...]], np.random.Generator] = {}

    def __call__(self, name: str, *more: int) -> np.random.Generator:
        key = (name, more)
        if key not in self._streams:
            self._streams[key] = generator(*self._place, STREAMS[name], *more)
        return self._streams[key]


# ------------------------------------------------------------------------------- customers


def sample(scenario: Scenario, seed: int, replication: int) -> Workload:
    """The customers of one replication, as the scenario's topics make them come.

    All first attempts of a topic are drawn before all second ones and so on, and each topic and
    kind of chance has its stream: switching retries on, or adding a topic, changes no draw that
    was there before.
    """
    waves: list[dict[str, NDArray[Any]]] = []
    customers = 0
    for index in _topics_by_id(scenario):
        luck = _Luck(seed, replication, scenario.topics[index].id)
        requested = _arrivals(scenario, scenario.topics[index], seed, replication)
        waves.extend(_waves(scenario, index, luck, requested, customers))
        customers += requested.size
    columns = waves[0] if len(waves) == 1 else _joined(waves)
    number = _by_arrival(columns["requested_us"][columns["attempt"] == 1])
    columns["customer_id"] = number[columns.pop("customer")]
    if len(waves) > 1:
        order = np.lexsort((columns["attempt"], columns["customer_id"]))
        columns = {name: column[order] for name, column in columns.items()}
    return Workload(replication=replication, **columns)


def _joined(waves: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    return {name: np.concatenate([wave[name] for wave in waves]) for name in waves[0]}


def _topics_by_id(scenario: Scenario) -> list[int]:
    return sorted(range(len(scenario.topics)), key=lambda index: scenario.topics[index].id)


def _by_arrival(requested_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each customer's number from 1 in order of arrival; ties keep the order given."""
    number = np.empty(requested_us.size, dtype=np.int64)
    number[np.argsort(requested_us, kind="stable")] = np.arange(1, requested_us.size + 1)
    return number


def _waves(
    scenario: Scenario, index: int, luck: _Luck, requested: NDArray[np.int64], customers: int
) -> Iterator[dict[str, NDArray[Any]]]:
    """The columns of a topic's first attempts, then of its second ones, and so on.

    ``customer`` numbers them in the order of drawing; ``customers`` were drawn before.
    """
    topic = scenario.topics[index]
    attempts = _attempts(topic.retry, luck, requested.size)
    place = np.arange(requested.size)
    attempt = 1
    while attempt == 1 or place.size:
        yield {
            "topic": np.full(place.size, index),
            "customer": customers + place,
            "attempt": np.full(place.size, attempt),
            "requested_us": requested if attempt == 1 else np.full(place.size, -1),
            "retry_delay_us": _retry_delay(topic.retry, luck, attempt, place.size),
            **_own_luck(topic, luck, place.size),
            **_transfer_luck(scenario, topic, luck, place.size),
        }
        place = place[attempts[place] > attempt]
        attempt += 1


def _attempts(retry: Retry | None, luck: _Luck, size: int) -> NDArray[np.int64]:
    """How many attempts each customer is willing to make: geometric, cut at ``at_most``."""
    if retry is None or retry.probability <= 0:
        return np.ones(size, dtype=np.int64)
    if retry.probability >= 1:
        return np.full(size, retry.at_most)
    # P(more than k attempts) = q^k. By inversion, so that who is willing to make two attempts
    # at q = 0.2 is so at q = 0.3 too.
    further = np.floor(np.log(_uniform(luck("attempts"), size)) / np.log(retry.probability))
    willing: NDArray[np.int64] = np.minimum(1 + further.astype(np.int64), retry.at_most)
    return willing


def _retry_delay(retry: Retry | None, luck: _Luck, attempt: int, size: int) -> NDArray[np.int64]:
    if retry is None or attempt == 1:
        return np.full(size, -1)
    return _durations(retry.delay, luck("retry delay"), size, at_least=1)


def _own_luck(topic: Topic, luck: _Luck, size: int) -> dict[str, NDArray[Any]]:
    """What a chat brings with it, whoever it meets."""
    form = topic.offline_form
    return {
        "patience_us": _patience(topic.patience, luck("patience"), size),
        "work_us": _durations(topic.work, luck("work"), size, at_least=1),
        "reaction_us": _reaction(topic.reaction, luck("reaction"), size),
        "silent": _happens(topic.silent_share, luck("silent"), size),
        "takes_form": _happens(form.taken_by if form else 0.0, luck("form"), size),
        "wrap_up_q": _uniform(luck("wrap-up"), size),
        "transfer_wrap_up_q": _uniform(luck("transfer wrap-up"), size),
    }


def _transfer_luck(
    scenario: Scenario, topic: Topic, luck: _Luck, size: int
) -> dict[str, NDArray[Any]]:
    """Where a chat goes on after its work, and what it brings there.

    The second part is drawn for every chat, transferred or not, so that another probability
    changes who is transferred and not how long a transferred chat takes.
    """
    columns: dict[str, NDArray[Any]] = {
        "transfer_topic": np.full(size, -1),
        "transfer_work_us": np.full(size, -1),
        "transfer_reaction_us": np.full(size, -1),
        "transfer_patience_us": np.full(size, -1),
    }
    if not topic.transfer:
        return columns
    limits = np.cumsum([probability for _, probability in topic.transfer])
    choice = np.searchsorted(limits, luck("transfer").random(size), side="right")
    for position, (index, _) in enumerate(topic.transfer):
        target, goes = scenario.topics[index], choice == position
        work = _durations(target.work, luck("transfer work", target.id), size, at_least=1)
        reaction = _reaction(target.reaction, luck("transfer reaction", target.id), size)
        patience = _patience(target.patience, luck("transfer patience", target.id), size)
        columns["transfer_topic"][goes] = index
        columns["transfer_work_us"][goes] = work[goes]
        columns["transfer_reaction_us"][goes] = reaction[goes]
        columns["transfer_patience_us"][goes] = patience[goes]
    return columns


# ------------------------------------------------------------------------------------ draws


def _uniform(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Uniform in (0, 1): NumPy's own draws may be 0, and neither logarithm nor root like that."""
    draws = rng.random(size)
    return np.maximum(draws, 2.0**-54, out=draws)


def _happens(probability: float, rng: np.random.Generator, size: int) -> NDArray[np.bool_]:
    if probability <= 0:
        return np.zeros(size, dtype=np.bool_)
    return rng.random(size) < probability


def _durations(
    distribution: Distribution, rng: np.random.Generator, size: int, *, at_least: int
) -> NDArray[np.int64]:
    """Microseconds, rounded to the nearest."""
    exact: NDArray[np.float64] = np.multiply(distribution.sample(rng, size), 1e6)
    np.clip(np.rint(exact, out=exact), at_least, LONGEST_US, out=exact)
    return exact.astype(np.int64)


def _patience(
    distribution: Distribution | None, rng: np.random.Generator, size: int
) -> NDArray[np.int64]:
    """Microseconds; -1 for a patience without end."""
    if distribution is None:
        return np.full(size, -1)
    patience = _durations(distribution, rng, size, at_least=1)
    patience[patience == LONGEST_US] = -1
    return patience


def _reaction(
    distribution: Distribution | None, rng: np.random.Generator, size: int
) -> NDArray[np.int64]:
    if distribution is None:
        return np.zeros(size, dtype=np.int64)
    return _durations(distribution, rng, size, at_least=0)


# --------------------------------------------------------------------------------- arrivals


def _arrivals(scenario: Scenario, topic: Topic, seed: int, replication: int) -> NDArray[np.int64]:
    """The instants at which a topic's customers come, in order."""
    arrivals = topic.arrivals
    rng = generator(seed, replication, topic.id, STREAMS["arrivals"])
    if arrivals.trace_us is not None:
        return np.array(arrivals.trace_us, dtype=np.int64)
    if arrivals.recorded_days is not None:
        return _resampled(arrivals.recorded_days, rng)
    factor = _day_factor(scenario, topic, seed, replication)[arrivals.day]
    if arrivals.period_factor is not None:
        periods = _period_factor(scenario, topic, arrivals.period_factor, seed, replication)
        factor = factor * periods[arrivals.day, arrivals.period]
    return _poisson(arrivals, arrivals.expected * factor, rng)


def _day_factor(
    scenario: Scenario, topic: Topic, seed: int, replication: int
) -> NDArray[np.float64]:
    """How busy each local date is, mean 1; the scenario's shared factor goes before the topic's."""
    shape, scope = scenario.shared_day_factor_shape, WHOLE_SCENARIO
    if shape is None:
        shape, scope = topic.arrivals.day_factor_shape, topic.id
    if shape is None:
        return np.ones(len(scenario.dates))
    rng = generator(seed, replication, scope, STREAMS["day factor"])
    return rng.gamma(shape, 1 / shape, len(scenario.dates))


def _period_factor(
    scenario: Scenario, topic: Topic, written: PeriodFactor, seed: int, replication: int
) -> NDArray[np.float64]:
    """(dates, periods of a day): how busy each period is, Gamma with mean 1.

    Neighbouring periods of a date are alike by a normal copula of first order autoregression, the
    "PGnorta" process of Oreshkin, Régnard and L'Ecuyer, *Rate-based daily arrival process models
    with application to call centers*, Operations Research 64(2), 2016.
    """
    from scipy import special

    rng = generator(seed, replication, topic.id, STREAMS["period factor"])
    z = rng.standard_normal((len(scenario.dates), DAY_US // written.every_us))
    own = np.sqrt(1 - written.correlation**2)
    for period in range(1, z.shape[1]):
        z[:, period] = written.correlation * z[:, period - 1] + own * z[:, period]
    factor: NDArray[np.float64] = np.empty_like(z)
    np.divide(special.gammaincinv(written.shape, special.ndtr(z)), written.shape, out=factor)
    return factor


def _poisson(
    arrivals: Arrivals, mean: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """A Poisson count per interval, placed by the interval's rate.

    Given their number, the arrivals of a Poisson process are independent, each with the density
    rate(t) ÷ mean (the order statistics property), so this is exact for any rate; drawing the gap
    to the next arrival at the rate of this instant is not.
    """
    count = rng.poisson(mean)
    interval = np.repeat(np.arange(count.size), count)
    length = arrivals.ends_us - arrivals.starts_us
    share = _placed(_uniform(rng, interval.size), _tilt(arrivals, length), interval)
    share *= length[interval]
    # Rounded down, so that an arrival stays within [start, end); a share may round to 1.
    instant: NDArray[np.int64] = np.minimum(share.astype(np.int64), length[interval] - 1)
    instant += arrivals.starts_us[interval]
    instant.sort()
    return instant


def _tilt(arrivals: Arrivals, length: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """How far each rate leans: (rate at the end − rate at the start) ÷ their sum; None: all 0."""
    if not arrivals.slope.any():
        return None
    lean = arrivals.slope * length.astype(np.float64) ** 2 / 2
    tilt = np.zeros_like(lean)
    return np.divide(lean, arrivals.expected, out=tilt, where=arrivals.expected > 0)


def _placed(
    u: NDArray[np.float64], tilt: NDArray[np.float64] | None, interval: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Where in their interval (0 to 1) arrivals fall whose cumulative share is ``u``.

    With tilt d the cumulative share at y is (1 − d)·y + d·y²; the root is written in the form
    that does not cancel for small d.
    """
    if tilt is None:
        return u
    d = tilt[interval]
    return 2 * u / (1 - d + np.sqrt((1 - d) ** 2 + 4 * d * u))


def _resampled(
    recorded_days: tuple[tuple[NDArray[np.int64], ...], ...], rng: np.random.Generator
) -> NDArray[np.int64]:
    """For each date one of its recorded days, each as likely as the other."""
    luck = rng.random(len(recorded_days))
    chosen = [
        candidates[int(u * len(candidates))]
        for u, candidates in zip(luck, recorded_days, strict=True)
        if candidates
    ]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *chosen]))


# ------------------------------------------------------------------------------------- duty


def on_duty(scenario: Scenario, seed: int, replication: int) -> Duty:
    """Who comes to work in one replication.

    An agent is absent on a whole local date or not at all: the shifts that begin on it fall
    away; a staffing table's headcount of n is what is left of the group's first n agents. Each
    agent's absences hang on their name, so hiring somebody makes nobody else ill.
    """
    absent = _absences(scenario, seed, replication)
    return Duty(
        replication=replication,
        spans=_spans(scenario.agents, absent),
        headcount=_headcount(scenario.groups, absent),
        absent=absent,
    )


def _absences(scenario: Scenario, seed: int, replication: int) -> NDArray[np.bool_]:
    absent = np.zeros((len(scenario.agents), len(scenario.dates)), dtype=np.bool_)
    for row, agent in enumerate(scenario.agents):
        probability = scenario.groups[agent.group].absent
        if probability > 0:
            name = zlib.crc32(agent.name.encode())
            rng = generator(seed, replication, WHOLE_SCENARIO, STREAMS["absence"], name)
            absent[row] = rng.random(len(scenario.dates)) < probability
    return absent


def _spans(agents: tuple[Agent, ...], absent: NDArray[np.bool_]) -> NDArray[np.int64]:
    spans: list[list[int]] = []
    for row, agent in enumerate(agents):
        before = -1
        for from_us, until_us, day in agent.duty:
            if absent[row, day]:
                continue
            if from_us == before:
                spans[-1][2] = until_us
            else:
                spans.append([row, from_us, until_us])
            before = until_us
    spans.sort(key=lambda span: (span[1], span[0]))
    return np.array(spans, dtype=np.int64).reshape(-1, 3)


def _headcount(groups: tuple[Group, ...], absent: NDArray[np.bool_]) -> NDArray[np.int64]:
    steps: list[tuple[int, int, int]] = []
    for index, group in enumerate(groups):
        last = group.first_agent + group.agent_count
        # present[n, day]: how many of the group's first n agents come on that day.
        present = np.zeros((group.agent_count + 1, absent.shape[1]), dtype=np.int64)
        np.cumsum(~absent[group.first_agent : last], axis=0, out=present[1:])
        before = -1
        for from_us, agents, day in group.headcount or ():
            count = int(present[agents, day])
            if count != before:
                steps.append((index, from_us, count))
            before = count
    steps.sort(key=lambda step: (step[1], step[0]))
    return np.array(steps, dtype=np.int64).reshape(-1, 3)


# ------------------------------------------------------------------------------------ table

_SECONDS: Final = (
    ("patience_s", "patience_us"),
    ("work_s", "work_us"),
    ("reaction_s", "reaction_us"),
    ("retry_delay_s", "retry_delay_us"),
    ("transfer_work_s", "transfer_work_us"),
    ("transfer_reaction_s", "transfer_reaction_us"),
    ("transfer_patience_s", "transfer_patience_us"),
)


def to_table(workload: Workload, scenario: Scenario) -> pa.Table:
    """The workload as ``workload.parquet`` holds it; ``from_table`` gives back the same arrays.

    A row per attempt: instants in the scenario's zone, durations in seconds, topics by id, and
    null where the Workload has -1 (a second attempt has no instant yet, endless patience no
    length)::

        replication topic_id customer_id attempt  requested_at         patience_s  work_s …
                  0        1           1       1  2026-03-23 08:00:41      75.031  310.5  …
                  0        1           1       2  null                    130.902  288.04 …
    """
    import pyarrow as pa

    ids = np.array([topic.id for topic in scenario.topics] + [-1], dtype=np.int64)
    seconds = {name: _seconds(getattr(workload, field)) for name, field in _SECONDS}
    size = workload.topic.size
    columns = {
        "replication": pa.array(np.full(size, workload.replication), pa.int32()),
        "topic_id": pa.array(ids[workload.topic], pa.int32()),
        "customer_id": pa.array(workload.customer_id),
        "attempt": pa.array(workload.attempt, pa.int32()),
        "requested_at": _instants(workload.requested_us, scenario),
        "patience_s": seconds["patience_s"],
        "work_s": seconds["work_s"],
        "reaction_s": seconds["reaction_s"],
        "silent": pa.array(workload.silent),
        "takes_form": pa.array(workload.takes_form),
        "retry_delay_s": seconds["retry_delay_s"],
        "transfer_topic_id": pa.array(
            ids[workload.transfer_topic], pa.int32(), mask=workload.transfer_topic < 0
        ),
        "transfer_work_s": seconds["transfer_work_s"],
        "transfer_reaction_s": seconds["transfer_reaction_s"],
        "transfer_patience_s": seconds["transfer_patience_s"],
        "wrap_up_q": pa.array(workload.wrap_up_q),
        "transfer_wrap_up_q": pa.array(workload.transfer_wrap_up_q),
    }
    return pa.table(columns)


def from_table(table: pa.Table, scenario: Scenario) -> list[Workload]:
    """The workloads in a table of ``to_table`` form, one per replication that has customers.

    Raises:
        DataError: a column is missing, the rows are not in order of replication, or a topic id
            is not one of the scenario's.
    """
    missing = sorted(_columns() - set(table.column_names))
    if missing:
        raise DataError(
            f"the workload table has no column {', '.join(missing)}; "
            "a workload needs all of them, as `pickup simulate` writes them"
        )
    replication = table["replication"].to_numpy()
    if (np.diff(replication) < 0).any():
        raise DataError("the workload table is not in order of replication; sort it by replication")
    _, starts, counts = np.unique(replication, return_index=True, return_counts=True)
    return [
        _workload(table.slice(int(start), int(count)), scenario)
        for start, count in zip(starts, counts, strict=True)
    ]


def _columns() -> set[str]:
    named = {"replication", "topic_id", "requested_at", "transfer_topic_id"}
    same = {"customer_id", "attempt", "silent", "takes_form", "wrap_up_q", "transfer_wrap_up_q"}
    return named | same | {name for name, _ in _SECONDS}


def _workload(table: pa.Table, scenario: Scenario) -> Workload:
    columns: dict[str, NDArray[Any]] = {
        field: _microseconds(table[name]) for name, field in _SECONDS
    }
    own = {field.name for field in fields(Workload)} & set(table.column_names)
    columns |= {name: table[name].to_numpy() for name in own - {"replication", "attempt"}}
    return Workload(
        replication=int(table["replication"][0].as_py()),
        topic=_topic_indexes(table["topic_id"], scenario),
        attempt=table["attempt"].to_numpy().astype(np.int64),
        requested_us=_offsets(table["requested_at"], scenario),
        transfer_topic=_topic_indexes(table["transfer_topic_id"], scenario),
        **columns,
    )


def _start_us(scenario: Scenario) -> int:
    return (scenario.start - _EPOCH) // _MICROSECOND


def _instants(offset_us: NDArray[np.int64], scenario: Scenario) -> pa.Array:
    import pyarrow as pa

    zone = pa.timestamp("us", scenario.timezone.key)
    return pa.array(offset_us + _start_us(scenario), mask=offset_us < 0).cast(zone)


def _offsets(instants: pa.ChunkedArray, scenario: Scenario) -> NDArray[np.int64]:
    import pyarrow as pa

    first = _start_us(scenario)
    offsets: NDArray[np.int64] = instants.cast(pa.int64()).fill_null(first - 1).to_numpy() - first
    return offsets


def _seconds(duration_us: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa

    return pa.array(duration_us / 1e6, mask=duration_us < 0)


def _microseconds(seconds: pa.ChunkedArray) -> NDArray[np.int64]:
    exact = np.rint(seconds.fill_null(0.0).to_numpy() * 1e6).astype(np.int64)
    return np.where(seconds.is_null().to_numpy(), -1, exact)


def _topic_indexes(ids: pa.ChunkedArray, scenario: Scenario) -> NDArray[np.int64]:
    known = {topic.id: index for index, topic in enumerate(scenario.topics)}
    distinct, inverse = np.unique(ids.fill_null(-1).to_numpy(), return_inverse=True)
    unknown = [int(number) for number in distinct if number not in known and number != -1]
    if unknown:
        raise DataError(
            f"topic id {unknown[0]} is not in scenario {scenario.name!r}, whose topics are "
            f"{sorted(known)}; open the workload with the scenario that it was drawn from"
        )
    indexes = np.array([known.get(int(number), -1) for number in distinct], dtype=np.int64)
    return indexes[inverse]
