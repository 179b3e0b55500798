"""A finished sweep as the frames that its report is told and drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.sweep.sensitivity import central_case
from simulator.sweep.settings import changed, circumstances, in_order, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simulator.sweep.known_figures import Figure

__all__ = ["Survey"]


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What a study found, with one figure to judge its cases by."""

    name: str
    about: str
    measure: Figure
    others: tuple[Figure, ...]
    """Further figures that are told of."""
    paths: tuple[str, ...]
    """What was varied."""
    cases: pd.DataFrame
    """``case``, a column of settings (text) per path, ``cost`` of a replication; in the order of
    the study."""
    cost_unit: str
    estimates: pd.DataFrame
    """``case``, ``figure``, ``value``, ``low``, ``high``, ``n``, ``replications``; overall."""
    values: pd.DataFrame
    """``case``, ``replication``, ``figure``, ``value``: what the means over replications of are
    the estimates (ratios of totals linearised), so that cases can be paired."""
    alone: pd.DataFrame
    """``case``, ``replication``, ``value``: the measure of each replication by itself."""
    narrowing: pd.DataFrame
    """``case``, ``replications``, ``value``, ``half_width`` of the measure."""
    over_the_day: pd.DataFrame
    """``case``, ``time``, ``time_h``, ``p10``, ``p50``, ``p90`` of the measure, of a few cases."""
    target: float | None
    """Of the measure, if the scenarios have one for it."""
    half_width: float | None
    """Of the measure: at which the study's cases stop."""
    eliminated: frozenset[str]
    """Cases that ranking and selection put out before the end."""
    verdict: str
    """What ranking and selection chose, and how sure; empty where it was not asked for."""
    provenance: pd.DataFrame
    """``what``, ``value``; text."""
    zone: str
    step_h: float
    """Length of the scenarios' intervals in hours."""

    @property
    def names(self) -> list[str]:
        """The cases in the order of the study."""
        return list(self.cases["case"])

    @property
    def replications(self) -> int:
        """Most replications of a case."""
        return int(self.estimates["replications"].max())

    def of(self, measure: Figure) -> pd.DataFrame:
        """A figure by replication: ``case``, ``replication``, ``value``."""
        return self.values[self.values["figure"] == measure.name]

    def told(self, measure: Figure) -> pd.DataFrame:
        """The cases with a figure's ``value``, ``low``, ``high``, ``replications`` and ``cost``."""
        rows = self.estimates[self.estimates["figure"] == measure.name]
        columns = ["case", "value", "low", "high", "replications"]
        return self.cases.merge(rows[columns], on="case", how="left", validate="one_to_one")

    @property
    def base(self) -> str:
        """The case that settings are varied around."""
        return central_case(self.cases, self.paths)

    @property
    def nothing_to_decide(self) -> bool:
        """All that varies is the customers' doing."""
        varied = changed(self.cases, self.paths)
        return bool(varied) and circumstances(varied) == varied

    def under(self) -> list[tuple[str, Survey]]:
        """The study apart by circumstances that no desk decides, those of the base first.

        Which case is best is asked of cases with the same customers: with nine in ten of the
        chats every staffing is better. One part, with no name, if no circumstances vary, or
        nothing else does.
        """
        varied = circumstances(changed(self.cases, self.paths))
        if not varied or self.nothing_to_decide:
            return [("", self)]
        order = {path: in_order(list(self.cases[path])) for path in varied}
        key = [tuple(row) for row in self.cases[list(varied)].itertuples(index=False)]
        base = key[self.names.index(self.base)]
        ranks = {
            found: [order[path].index(setting) for path, setting in zip(varied, found, strict=True)]
            for found in key
        }
        return [
            (
                ", ".join(f"{spoken(path)} {at}" for path, at in zip(varied, found, strict=True)),
                self.only(
                    [name for name, own in zip(self.names, key, strict=True) if own == found]
                ),
            )
            for found in sorted(ranks, key=lambda found: (found != base, ranks[found]))
        ]

    def only(self, names: Sequence[str]) -> Survey:
        """The same with these cases alone."""

        def few(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["case"].isin(names)].reset_index(drop=True)

        return replace(
            self,
            cases=few(self.cases),
            estimates=few(self.estimates),
            values=few(self.values),
            alone=few(self.alone),
            narrowing=few(self.narrowing),
            over_the_day=few(self.over_the_day),
        )
