"""Which cases get which replications: rounds, each decided on all that the rounds before found.

Replications go in their order and all cases of a round get the same ones, so the rounds are a
function of the study, whoever simulates them and however often that is broken off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from simulator.sweep.study_file import Choose, Stop, Study

    Rows = Callable[[Sequence[str]], pa.Table]

__all__ = ["Deciding", "Round", "deciding"]

LEAST: Final = 5
GROWTH: Final = 0.2
"""A round is at least so many replications, and this share of those there are."""


@dataclass(frozen=True, slots=True)
class Round:
    """Cases, and the replications that each of them gets next."""

    cases: tuple[int, ...]
    """Indexes into the study's cases, ascending."""
    replications: range
    """Numbers from 1."""


class Deciding(Protocol):
    """Asks for rounds until it is enough."""

    def next_round(self) -> Round | None:
        """The next one; None when it is enough. To be asked again after ``observe``."""

    def observe(self, rows: Rows) -> None:
        """Take in the round asked for last.

        Args:
            rows: gives columns of totals of each of its replications as a whole, and ``case``.
        """

    def account(self) -> Mapping[str, Any]:
        """What was decided, for the manifest."""


def deciding(study: Study) -> Deciding:
    """The way in which the study decides."""
    if study.stop is not None:
        return _UntilNarrow(study, study.stop)
    if study.choose is not None:
        return _UntilChosen(study, study.choose)
    return _AsAsked(study)


class _AsAsked:
    """As many replications as the study asks for, of every case."""

    def __init__(self, study: Study) -> None:
        every = range(1, study.replications + 1)
        self._round: Round | None = Round(tuple(range(len(study.cases))), every)

    def next_round(self) -> Round | None:
        return self._round

    def observe(self, rows: Rows) -> None:  # noqa: ARG002 - nothing depends on it
        self._round = None

    def account(self) -> Mapping[str, Any]:
        return {}


class _UntilNarrow:
    """Each case until the interval of a figure is narrow enough.

    Stopping when an interval has a given width is valid for large numbers of replications (Chow
    and Robbins, *Annals of Mathematical Statistics* 36, 1965); ``at_least`` guards against an
    estimate of the variance that is small by luck.
    """

    def __init__(self, study: Study, stop: Stop) -> None:
        self._names = [case.name for case in study.cases]
        self._stop, self._most = stop, study.replications
        self._seen: list[pa.Table] = []
        self._half_widths: dict[str, float] = dict.fromkeys(self._names, math.inf)
        first = range(1, min(stop.at_least, self._most) + 1)
        self._round: Round | None = Round(tuple(range(len(self._names))), first)

    def next_round(self) -> Round | None:
        return self._round

    def observe(self, rows: Rows) -> None:
        from simulator.sweep.estimates import half_widths

        self._seen.append(rows(_needed(self._stop.figure)))
        found = half_widths(_joined(self._seen), self._stop.figure)
        self._half_widths |= dict(zip(found["case"], found["half_width"], strict=True))
        self._round = self._after(self._round)

    def _after(self, last: Round | None) -> Round | None:
        target = self._stop.half_width
        wide = {
            case: width
            for case in (last.cases if last else ())
            if not (width := self._half_widths[self._names[case]]) <= target
        }
        done = last.replications.stop - 1 if last else 0
        if not wide or done >= self._most:
            return None
        # As a half-width falls with the root of the replications; at most twice as many at once.
        wanted = [done * (width / target) ** 2 for width in wide.values() if math.isfinite(width)]
        longest = min([2 * done, *map(math.ceil, wanted)])
        until = min(max(longest, _longer(done)), self._most)
        return Round(tuple(wide), range(done + 1, until + 1))

    def account(self) -> Mapping[str, Any]:
        widths = self._half_widths
        return {
            "stop": {
                "figure": self._stop.figure,
                "half_width": self._stop.half_width,
                "half_widths": {n: w if math.isfinite(w) else None for n, w in widths.items()},
                "reached": [n for n, width in widths.items() if width <= self._stop.half_width],
            }
        }


class _UntilChosen:
    """All cases until one of them is known to be the best; those that cannot be are dropped."""

    def __init__(self, study: Study, choose: Choose) -> None:
        from simulator.sweep.selection import KimNelson

        self._names = [case.name for case in study.cases]
        self._choose, self._most = choose, study.replications
        self._procedure = KimNelson(
            n0=choose.at_least,
            delta=choose.indifference,
            alpha=1 - choose.confidence,
            systems=len(self._names),
            goal=choose.goal,
        )
        first = range(1, min(choose.at_least, self._most) + 1)
        self._round: Round | None = Round(self._procedure.survivors, first)

    def next_round(self) -> Round | None:
        return self._round

    def observe(self, rows: Rows) -> None:
        from simulator.sweep.estimates import per_replication

        if self._round is None:
            return
        values = per_replication(rows(_needed(self._choose.figure)), self._choose.figure)
        square = values.pivot(index="replication", columns="case", values="value")
        shown = [self._names[case] for case in self._round.cases]
        self._procedure.observe(square.reindex(columns=shown).to_numpy(dtype=float))
        done = self._round.replications.stop - 1
        if self._procedure.is_decided or done >= self._most:
            self._round = None
        else:
            until = min(_longer(done), self._procedure.at_most or self._most, self._most)
            self._round = Round(self._procedure.survivors, range(done + 1, until + 1))

    def account(self) -> Mapping[str, Any]:
        return {
            "choice": {
                "figure": self._choose.figure,
                "goal": self._choose.goal,
                "indifference": self._choose.indifference,
                "confidence": self._choose.confidence,
                "is_decided": self._procedure.is_decided,
                "best": self._names[self._procedure.best],
                "survivors": [self._names[case] for case in self._procedure.survivors],
                "eliminated": {
                    self._names[case]: n for case, n in self._procedure.eliminated.items()
                },
                "guarantee": self._procedure.guarantee,
            }
        }


def _longer(done: int) -> int:
    """How many replications there are after another round."""
    return done + max(LEAST, math.ceil(GROWTH * done))


def _needed(figure: str) -> list[str]:
    """The columns from which a figure is estimated."""
    from simulator.sweep.known_figures import FIGURES

    labels = ("replication", "level", "topic", "start")
    return list(dict.fromkeys((*labels, *FIGURES[figure].columns())))


def _joined(tables: list[pa.Table]) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables(tables)
