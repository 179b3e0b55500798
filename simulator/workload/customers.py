"""The customers of a replication, dealt into their rows topic by topic."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulator.workload.arrivals import arrival_instants
from simulator.workload.drawn import Workload
from simulator.workload.draws import durations, patience_durations, uniform
from simulator.workload.streams import Luck

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from simulator.scenario.world import Retry, Scenario, Topic

__all__ = ["sample"]


def sample(scenario: Scenario, seed: int, replication: int) -> Workload:
    """The customers of one replication, as the scenario's topics make them come.

    All first attempts of a topic are drawn before all second ones and so on, and each topic and
    kind of chance has its stream: switching retries on, or adding a topic, changes no draw that
    was there before.
    """
    crowds = [_crowd(scenario, index, seed, replication) for index in _topics_by_id(scenario)]
    columns, first_rows = _rows(crowds)
    for crowd, rows in zip(crowds, first_rows, strict=True):
        columns["requested_us"][rows] = crowd.requested_us
        for attempt, places, size in _waves(crowd, rows):
            _deal(columns, scenario, crowd, attempt, places, size)
    return Workload(replication=replication, **columns)


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """A topic's customers, an entry each in the order of drawing, before they get their rows."""

    index: int
    """Of the topic, in Scenario.topics."""
    luck: Luck
    requested_us: NDArray[np.int64]
    attempts: NDArray[np.int64]
    """How many each is willing to make, from 1."""


def _topics_by_id(scenario: Scenario) -> list[int]:
    return sorted(range(len(scenario.topics)), key=lambda index: scenario.topics[index].id)


def _crowd(scenario: Scenario, index: int, seed: int, replication: int) -> _Crowd:
    topic = scenario.topics[index]
    luck = Luck(seed, replication, topic.id)
    requested = arrival_instants(scenario, topic, seed, replication)
    return _Crowd(index, luck, requested, _attempts(topic.retry, luck, requested.size))


def _rows(crowds: list[_Crowd]) -> tuple[dict[str, NDArray[Any]], list[NDArray[np.int64] | slice]]:
    """The columns, undealt but for customer_id, and the rows of each crowd's first attempts.

    A customer's rows stand together, and customers in order of arrival; ties keep the order of
    the crowds. A lone crowd in that order, each with one attempt, needs no list of its rows.
    """
    requested = np.concatenate([crowd.requested_us for crowd in crowds])
    attempts = np.concatenate([crowd.attempts for crowd in crowds])
    number = np.arange(1, requested.size + 1)
    columns = _undealt(int(attempts.sum()))
    alone = len(crowds) == 1 and columns["topic"].size == requested.size
    if alone and (requested[1:] >= requested[:-1]).all():
        columns["customer_id"][:] = number
        return columns, [slice(None)]
    order = np.argsort(requested, kind="stable")
    attempts = attempts[order]
    columns["customer_id"][:] = np.repeat(number, attempts)
    first = np.empty_like(order)
    first[order] = np.cumsum(attempts) - attempts
    ends = np.cumsum([crowd.requested_us.size for crowd in crowds])
    return columns, [*np.split(first, ends[:-1])]


_UNDEALT: Final[Mapping[str, int | None]] = MappingProxyType(
    {
        "topic": None,
        "customer_id": None,
        "attempt": 1,
        "requested_us": -1,
        "patience_us": -1,
        "work_us": None,
        "reaction_us": 0,
        "retry_delay_us": -1,
        "transfer_topic": -1,
        "transfer_work_us": -1,
        "transfer_reaction_us": -1,
        "transfer_patience_us": -1,
        "wrap_up_q": None,
        "transfer_wrap_up_q": None,
    }
)
"""What stands in a column of eight bytes an entry where no chance is dealt; None: all is dealt."""


def _undealt(size: int) -> dict[str, NDArray[Any]]:
    """The columns before the dealing.

    One block of memory, which the system hands out in large pages: page by page for each column,
    that took as long as a third of all the draws.
    """
    block = np.empty((len(_UNDEALT), size), dtype=np.int64)
    columns: dict[str, NDArray[Any]] = dict(zip(_UNDEALT, block, strict=True))
    for name, value in _UNDEALT.items():
        if value is not None:
            columns[name].fill(value)
    for name in ("wrap_up_q", "transfer_wrap_up_q"):
        columns[name] = columns[name].view(np.float64)
    for name in ("silent", "takes_form"):
        columns[name] = np.zeros(size, dtype=np.bool_)
    return columns


def _waves(
    crowd: _Crowd, rows: NDArray[np.int64] | slice
) -> Iterator[tuple[int, NDArray[np.int64] | slice, int]]:
    """Attempt, rows and their number: of all first attempts, then of all second ones, and so on."""
    yield 1, rows, crowd.requested_us.size
    attempt = 2
    while not isinstance(rows, slice) and (again := np.flatnonzero(crowd.attempts >= attempt)).size:
        yield attempt, rows[again] + (attempt - 1), again.size
        attempt += 1


def _deal(
    columns: dict[str, NDArray[Any]],
    scenario: Scenario,
    crowd: _Crowd,
    attempt: int,
    rows: NDArray[np.int64] | slice,
    size: int,
) -> None:
    """What one wave of attempts brings, written into its rows."""
    topic, luck = scenario.topics[crowd.index], crowd.luck
    columns["topic"][rows] = crowd.index
    if topic.retry is not None and attempt > 1:
        columns["attempt"][rows] = attempt
        delay = durations(topic.retry.delay, luck("retry delay"), size, at_least=1)
        columns["retry_delay_us"][rows] = delay
    for name, drawn in _own_luck(topic, luck, size):
        columns[name][rows] = drawn
    for target, goes in _transfers(topic, luck, size):
        places = goes if isinstance(rows, slice) else rows[goes]
        columns["transfer_topic"][places] = target
        for name, drawn in _transfer_luck(scenario.topics[target], luck, size, goes):
            columns[name][places] = drawn


def _attempts(retry: Retry | None, luck: Luck, size: int) -> NDArray[np.int64]:
    """How many attempts each customer is willing to make: geometric, cut at ``at_most``."""
    if retry is None or retry.probability <= 0:
        return np.ones(size, dtype=np.int64)
    if retry.probability >= 1:
        return np.full(size, retry.at_most)
    # P(more than k attempts) = q^k. By inversion, so that who is willing to make two attempts
    # at q = 0.2 is so at q = 0.3 too.
    further = np.floor(np.log(uniform(luck("attempts"), size)) / np.log(retry.probability))
    willing: NDArray[np.int64] = np.minimum(1 + further.astype(np.int64), retry.at_most)
    return willing


def _own_luck(topic: Topic, luck: Luck, size: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """What a chat brings with it, whoever it meets: column by column, each before the next."""
    if topic.patience is not None:
        yield "patience_us", patience_durations(topic.patience, luck("patience"), size)
    yield "work_us", durations(topic.work, luck("work"), size, at_least=1)
    if topic.reaction is not None:
        yield "reaction_us", durations(topic.reaction, luck("reaction"), size, at_least=0)
    if topic.silent_share > 0:
        yield "silent", luck("silent").random(size) < topic.silent_share
    if topic.offline_form is not None and topic.offline_form.taken_by > 0:
        yield "takes_form", luck("form").random(size) < topic.offline_form.taken_by
    yield "wrap_up_q", uniform(luck("wrap-up"), size)
    yield "transfer_wrap_up_q", uniform(luck("transfer wrap-up"), size)


def _transfers(topic: Topic, luck: Luck, size: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The topics that chats are transferred to after their work, each with the chats that are."""
    if not topic.transfer:
        return
    choice, low = luck("transfer").random(size), 0.0
    limits = np.cumsum([probability for _, probability in topic.transfer])
    for (target, _), high in zip(topic.transfer, limits, strict=True):
        yield target, np.flatnonzero((choice >= low) & (choice < high))
        low = high


def _transfer_luck(
    target: Topic, luck: Luck, size: int, goes: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """What the chats that go to ``target`` bring there.

    Drawn for every chat, transferred or not, so that another probability changes who is
    transferred and not how long a transferred chat takes.
    """
    of = target.id
    if target.patience is not None:
        patience = patience_durations(target.patience, luck("transfer patience", of), size, goes)
        yield "transfer_patience_us", patience
    work = durations(target.work, luck("transfer work", of), size, goes, at_least=1)
    yield "transfer_work_us", work
    if target.reaction is None:
        yield "transfer_reaction_us", np.zeros(goes.size, dtype=np.int64)
    else:
        stream = luck("transfer reaction", of)
        yield "transfer_reaction_us", durations(target.reaction, stream, size, goes, at_least=0)
