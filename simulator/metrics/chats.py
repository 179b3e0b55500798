"""The sessions and agents tables as plain arrays, numbered densely and counted from the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.desk.codes import (
    ABANDONED,
    CLOSED,
    FORM_IN_QUEUE,
    OUTCOMES,
    SERVED,
    SILENT,
    UNFINISHED,
)
from simulator.sessions.intervals import epoch_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario.world import Scenario

__all__ = ["Chats", "chats", "instants_us", "replications"]

NOT_YET = -1
"""An instant that did not come before the horizon."""


@dataclass(frozen=True, slots=True, eq=False)
class Chats:
    """The sessions of a run, an entry per session in every array.

    Instants are microseconds since the scenario's start, ``NOT_YET`` where there is none.
    """

    replications: int
    replication: NDArray[np.intp]
    """0 ... replications - 1, whatever the table calls them."""
    topic: NDArray[np.intp]
    """Index into the scenario's topics."""
    outcome: NDArray[np.int8]
    """Codes of ``desk.codes``."""
    requested_us: NDArray[np.int64]
    reaction_began_us: NDArray[np.int64]
    picked_up_us: NDArray[np.int64]
    ended_us: NDArray[np.int64]
    wait_s: NDArray[np.float64]
    """NaN where still waiting at the horizon."""
    handle_s: NDArray[np.float64]
    """NaN where never picked up, or not ended."""
    position: NDArray[np.int64]
    """InitialQueuePos; 0 where none was asked for."""

    def __len__(self) -> int:
        return len(self.topic)

    @property
    def served(self) -> NDArray[np.bool_]:
        """Answered by an agent while the customer was there."""
        return np.equal(self.outcome, SERVED)

    @property
    def queued(self) -> NDArray[np.bool_]:
        """Waited in the queue and are through with it: the denominator of most ratios."""
        return np.isin(self.outcome, (SERVED, ABANDONED, SILENT, FORM_IN_QUEUE, CLOSED))

    @property
    def finished(self) -> NDArray[np.bool_]:
        """Not cut short by the horizon."""
        return np.not_equal(self.outcome, UNFINISHED)

    @property
    def waited_at_arrival(self) -> NDArray[np.bool_]:
        """No reaction began at the instant of arrival."""
        return np.not_equal(self.reaction_began_us, self.requested_us)


def chats(scenario: Scenario, sessions: pd.DataFrame) -> Chats:
    """The sessions table as arrays."""
    count, replication = replications(sessions["replication"])
    return Chats(
        replications=count,
        replication=replication,
        topic=topic_index(scenario, sessions["topic_id"]),
        outcome=_outcome_codes(sessions["outcome"]),
        requested_us=instants_us(scenario, sessions["requested_at"]),
        reaction_began_us=instants_us(scenario, sessions["reaction_began_at"]),
        picked_up_us=instants_us(scenario, sessions["picked_up_at"]),
        ended_us=instants_us(scenario, sessions["ended_at"]),
        wait_s=sessions["wait_s"].to_numpy(dtype=np.float64, na_value=np.nan),
        handle_s=sessions["handle_s"].to_numpy(dtype=np.float64, na_value=np.nan),
        position=integers(sessions["initial_queue_pos"], missing=0),
    )


def replications(column: pd.Series) -> tuple[int, NDArray[np.intp]]:
    """How many replications there were, and which of them each row is of, counted from 0.

    A categorical column knows those without a row too, as that of an opened run does; of a plain
    one the distinct values are all there is to know.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return len(column.cat.categories), column.cat.codes.to_numpy().astype(np.intp)
    names, index = np.unique(column.to_numpy(), return_inverse=True)
    return len(names), index


def instants_us(scenario: Scenario, column: pd.Series) -> NDArray[np.int64]:
    """Timestamps as microseconds since the scenario's start, ``NOT_YET`` for missing ones."""
    moments = pd.DatetimeIndex(column).as_unit("us")
    counted = moments.asi8 - epoch_us(scenario.start)
    return np.where(moments.isna(), NOT_YET, counted)


def topic_index(scenario: Scenario, ids: pd.Series) -> NDArray[np.intp]:
    """Topic ids as indexes into the scenario's topics, -1 where there is none."""
    lookup = np.full(max(topic.id for topic in scenario.topics) + 1, -1, dtype=np.intp)
    for index, topic in enumerate(scenario.topics):
        lookup[topic.id] = index
    return lookup[integers(ids, missing=0)]


def integers(column: pd.Series, *, missing: int) -> NDArray[np.int64]:
    """A column of whole numbers, nullable or not (pandas may hold them as floats)."""
    if column.dtype.kind in "iu" and not pd.api.types.is_extension_array_dtype(column.dtype):
        return column.to_numpy(dtype=np.int64)
    return column.fillna(missing).to_numpy(dtype=np.int64)


def _outcome_codes(column: pd.Series) -> NDArray[np.int8]:
    """Outcome names as codes."""
    named = column.astype("category")
    lookup = np.array([OUTCOMES.index(name) for name in named.cat.categories], dtype=np.int8)
    return lookup[named.cat.codes.to_numpy()]
