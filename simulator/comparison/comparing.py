"""Scenarios beside each other: paired differences of every figure, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.comparison.figures import FIGURES, KEY_FIGURES, Grouped, grouped_figures
from simulator.comparison.frames import (
    by_replication,
    differences,
    per_agent_hour,
    put_together,
    sorted_by_effect,
)
from simulator.comparison.pairing import Subject, paired
from simulator.comparison.telling import hour_sentences, sentences
from simulator.errors import ParameterError
from simulator.metrics.waiting import wait_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simulator.sessions import Run

__all__ = ["Comparison", "compare"]

ARROWS = {1: " ↑", -1: " ↓", 0: ""}
"""Behind a figure's words: which way is better."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between a base and other scenarios, and how sure that is.

    Differences are scenario minus base, shares from 0 to 1. Of more than two scenarios, ``low``
    and ``high`` are simultaneous by Bonferroni: of each figure, all intervals together hold with
    the probability ``level``, because each holds with ``level_each``.
    """

    names: tuple[str, ...]
    """The base first."""
    replications: int
    level: float
    level_each: float
    """Of the interval of a single difference."""
    threshold_s: float
    """Of the service level of all: the base's."""
    definition: str
    """``service_level.…``: the figure of the base's own definition."""
    differences: pd.DataFrame
    """A row per scenario and figure, the largest differences of each unit first::

        scenario figure               unit  base_value value difference   low  high replications
        B        service_level.of_all share      0.802 0.843      0.041 0.032 0.050           20
        … better variance_ratio
        …   True            6.3

    ``better`` is NA where the interval holds 0, and for figures that are neither good nor bad;
    ``variance_ratio`` says how many times the variance would be with independent runs."""
    by_topic: pd.DataFrame
    """The same with ``topic``; agents' time is that of those who may answer it."""
    by_interval: pd.DataFrame
    """The same with ``time`` ("08:30") and ``time_h``, the local time of day over all days."""
    by_replication: pd.DataFrame
    """``scenario, figure, replication, base_value, value, difference`` of each replication."""
    per_agent_hour: pd.DataFrame
    """What an agent-hour added buys: ``scenario, figure, unit, agent_hours`` (added, a
    replication), ``difference`` (per agent-hour), ``low, high, better``; without scenarios in
    which agents work as long as in the base."""
    wait_tail: pd.DataFrame
    """``metrics.wait_tail`` of every scenario, named in ``scenario``, the base first."""
    notes: tuple[str, ...]
    """What a reader has to know about the pairing."""

    @property
    def base(self) -> str:
        """The name of the scenario that the others are compared with."""
        return self.names[0]

    @property
    def key_figures(self) -> tuple[str, ...]:
        """The figures to look at first, the service level by its own definition among them."""
        return (self.definition, *KEY_FIGURES)

    def to_draw(
        self, frame: pd.DataFrame | None = None, figures: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Differences as the charts take them: some figures, called by their words.

        Args:
            frame: one of this comparison's; ``differences`` if left out.
            figures: by name; ``key_figures`` if left out. Rows of unknown difference go, too.
        """
        chosen = self.differences if frame is None else frame
        names = self.key_figures if figures is None else figures
        kept = chosen[chosen["figure"].isin(names) & chosen["difference"].notna()]
        words = {name: FIGURES[name].words + ARROWS[FIGURES[name].better] for name in names}
        return kept.assign(figure=kept["figure"].map(words)).reset_index(drop=True)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Which is better, by how much, how sure; a sentence or more for each scenario."""
        return sentences(self)

    @property
    def hour_sentences(self) -> tuple[str, ...]:
        """What an agent-hour added buys, a sentence for each scenario that adds (or saves) some."""
        return hour_sentences(self)


def compare(
    runs: Sequence[Run],
    *,
    base: int = 0,
    level: float = 0.95,
    names: Sequence[str] | None = None,
) -> Comparison:
    """Compare runs of one seed, replication by replication (common random numbers).

    Ratios are differences of ratios of totals; the intervals are the jackknife's over paired
    replications with Student's t (see ``comparison.jackknife``), and without bounds.

    Args:
        runs: two or more, of the same seed, replications, days and topics.
        base: the place of the run that the others are compared with.
        level: of the intervals.
        names: what the runs are called; their scenarios' names if left out.

    Raises:
        UsageError: fewer than two runs, or no such base.
        ParameterError: the level is not between 0 and 1.
        DataError: the runs are no pairs, or two have one name.
    """
    if not 0 < level < 1:
        raise ParameterError(f"level is {level:g}; give a number between 0 and 1, such as 0.95")
    subjects, notes = paired(runs, names, base=base)
    replications = int(subjects[0].run.manifest["replications"])
    each = 1 - (1 - level) / (len(subjects) - 1)
    overall = [_figures(subject) for subject in subjects]

    def frame(grouped: Sequence[Grouped]) -> pd.DataFrame:
        return differences(_named(subjects, grouped), replications=replications, level=each)

    service = subjects[0].scenario.service_level
    return Comparison(
        names=tuple(subject.name for subject in subjects),
        replications=replications,
        level=level,
        level_each=each,
        threshold_s=service.threshold_us / 1e6,
        definition=f"service_level.{service.definition}",
        differences=sorted_by_effect(frame(overall)),
        by_topic=frame([_figures(subject, per_topic=True) for subject in subjects]),
        by_interval=frame([_figures(subject, by_time=True) for subject in subjects]),
        by_replication=by_replication(_named(subjects, overall)),
        per_agent_hour=per_agent_hour(
            _named(subjects, overall), replications=replications, level=each
        ),
        wait_tail=put_together(_wait_tail(subject) for subject in subjects),
        notes=notes,
    )


def _figures(subject: Subject, *, per_topic: bool = False, by_time: bool = False) -> Grouped:
    return grouped_figures(
        subject.scenario,
        subject.run.sessions,
        subject.run.agents,
        by="time_of_day" if by_time else "overall",
        per="topic" if per_topic else "all",
    )


def _named(subjects: Sequence[Subject], grouped: Sequence[Grouped]) -> dict[str, Grouped]:
    return {subject.name: group for subject, group in zip(subjects, grouped, strict=True)}


def _wait_tail(subject: Subject) -> pd.DataFrame:
    tail = wait_tail(subject.scenario, subject.run.sessions)
    tail.insert(0, "scenario", subject.name)
    return tail
