"""The figures of a study: what each means, which way is better, and how totals make it.

The names and definitions are those of ``summary.json``; three are added, as in a comparison:
``in_time``, ``agent_hours`` and ``agent_min_per_served``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from simulator.desk.codes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["EVERY_FIGURE", "FIGURES", "ONLY_OF_ALL", "ONLY_OF_THE_WHOLE", "Figure", "Unit"]

Unit = Literal["share", "s", "chats", "place", "agent-hours", "min"]
"""A share is from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, and the columns of totals that it is made of."""

    name: str
    unit: Unit
    words: str
    """As a table or an axis calls it."""
    better: Literal[-1, 0, 1]
    """1: more is better; -1: less is better; 0: neither by itself."""
    part: str
    """The column on top."""
    whole: str | None = None
    """The column it is divided by; ``None``: it stands by itself."""
    less: str | None = None
    """A column that is taken off ``whole`` first."""
    scale: float = 1.0
    of_totals: bool = True
    """A ratio of totals over replications, else the mean of the replications' own figures."""
    counted: str | None = None
    """The column whose sum is ``n``; ``None``: n is the number of replications."""

    def columns(self) -> tuple[str, ...]:
        """The columns of totals that it needs."""
        named = (self.part, self.whole, self.less, self.counted)
        return tuple(name for name in named if name is not None)

    def parts(
        self, columns: Mapping[str, NDArray[np.float64]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Numerators and denominators, whose sums over replications make the figure.

        A replication that has no figure of its own counts as 0 of 0.
        """
        part = columns[self.part] * self.scale
        whole = np.ones_like(part) if self.whole is None else columns[self.whole]
        if self.less is not None:
            whole = whole - columns[self.less]
        if self.of_totals:
            return np.nan_to_num(part), np.nan_to_num(whole)
        known = (whole > 0) & ~np.isnan(part)
        own = np.divide(part, whole, out=np.zeros_like(part), where=known)
        return own, known.astype(np.float64)


def _sessions(
    name: str,
    unit: Unit,
    words: str,
    better: Literal[-1, 0, 1],
    part: str,
    whole: str,
    less: str | None = None,
) -> Figure:
    """A ratio of totals whose n is the sessions below the line."""
    return Figure(name, unit, words, better, part, whole, less, counted=whole)


def _quantile(name: str, unit: Unit, words: str, part: str, counted: str) -> Figure:
    return Figure(name, unit, words, -1, part, of_totals=False, counted=counted)


def _count(name: str) -> Figure:
    better: dict[str, Literal[-1, 1]] = {"served": 1, "abandoned": -1}
    words = f"{name.replace('_', ' ')}, a replication"
    return Figure(
        f"counts.{name}", "chats", words, better.get(name, 0), name, of_totals=False, counted=name
    )


EVERY_FIGURE: Final = {
    figure.name: figure
    for figure in (
        *(
            _sessions(
                f"service_level.{n}", "share", f"service level, {n.replace('_', ' ')}", 1, *columns
            )
            for n, columns in {
                "of_all": ("served_within", "queued"),
                "of_served": ("served_within", "served"),
                "excl_short_abandons": ("served_within", "queued", "abandoned_within"),
            }.items()
        ),
        _sessions("abandonment", "share", "abandonment", -1, "abandoned", "queued"),
        _sessions("silent", "share", "silent abandonment", -1, "silent", "queued"),
        _sessions("p_wait", "share", "had to wait", -1, "waited_at_arrival", "queued"),
        _sessions("asa_s", "s", "mean wait of the served (ASA)", -1, "served_wait_sum_s", "served"),
        _sessions("wait_s.mean", "s", "mean wait", -1, "wait_sum_s", "queued"),
        *(
            _quantile(f"wait_s.{p}", "s", f"{p.upper()} wait", f"wait_{p}_s", "queued")
            for p in ("p50", "p90", "p99", "max")
        ),
        _sessions(
            "queue_position.mean", "place", "mean place in the queue", -1, "queue_pos_sum", "placed"
        ),
        _quantile(
            "queue_position.p90", "place", "P90 place in the queue", "queue_pos_p90", "placed"
        ),
        Figure(
            *("queue_length.mean", "chats", "mean queue length", -1, "queue_time_s", "elapsed_s"),
            of_totals=False,
        ),
        Figure("occupancy.busy", "share", "occupancy, busy", 0, "busy_s", "present_s"),
        Figure(
            "occupancy.slots", "share", "occupancy, slots", 0, "slots_held_s", "slots_offered_s"
        ),
        Figure("occupancy.work", "share", "occupancy, work", 0, "work_s", "work_offered_s"),
        Figure("concurrency", "chats", "concurrency", 0, "open_chat_s", "busy_s"),
        _sessions("handle_s", "s", "mean handle time", 0, "handle_sum_s", "handled"),
        *(_count(name) for name in OUTCOMES),
        Figure(
            *("in_time", "chats", "served in time, a replication", 1, "served_within"),
            of_totals=False,
            counted="served_within",
        ),
        Figure(
            *("agent_hours", "agent-hours", "agents on duty, a replication", -1, "duty_s"),
            scale=1 / 3600,
            of_totals=False,
        ),
        Figure(
            *("agent_min_per_served", "min", "agents' time per served chat", -1),
            *("duty_s", "served"),
            scale=1 / 60,
            counted="served",
        ),
    )
}
"""By name, in the order of tables."""

FIGURES: Final = {name: figure for name, figure in EVERY_FIGURE.items() if name != "wait_s.max"}
"""Those that a study may stop on or choose by: the longest wait has no interval."""

ONLY_OF_ALL: Final = frozenset({"agent_hours", "agent_min_per_served"})
"""An agent's time belongs to no topic, so these are not given by topic."""

ONLY_OF_THE_WHOLE: Final = frozenset(
    {"wait_s.p50", "wait_s.p90", "wait_s.p99", "wait_s.max", "queue_position.p90"}
)
"""What does not add up and is kept of the whole time alone, not by interval."""
