"""Calibration: from a history to a scenario, each figure with its interval and its grounds.

What can be estimated from records directly (who comes, how long it takes, how long people wait,
what agents do between chats) is; the staffing, which cannot, is fitted by simulation.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.calibration import drafting
from simulator.calibration.account import cannot_tell, estimates
from simulator.calibration.agent_groups import agent_groups
from simulator.calibration.drawing_up import drawn_up, staffed, with_staffing_words
from simulator.calibration.effective import CHATS, effective_staffing, observed_waiting
from simulator.calibration.fits import STEP_MIN, agent_fits, answers, incidents, topic_fits
from simulator.calibration.topics import named
from simulator.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from simulator.calibration.drafting import Draft
    from simulator.calibration.effective import EffectiveStaffing, Observed
    from simulator.calibration.fits import AgentFit, TopicFit
    from simulator.calibration.history import History
    from simulator.scenario.world import Scenario

__all__ = ["Calibration", "Estimates", "calibrate", "estimate"]

FEWEST_SERVED: Final = 30
"""Fewer answered chats than this describe no desk."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """What the records tell directly."""

    history: History
    """The part that was used."""
    topics: tuple[TopicFit, ...]
    agents: tuple[AgentFit, ...]
    incidents: pd.DataFrame
    """``topic``, ``date``, ``start_min``, ``why``: steps that no staffing is fitted to."""
    table: pd.DataFrame
    """``what``, ``of``, ``value``, ``low``, ``high``, ``unit``, ``n``, ``method``: all figures."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A history's estimates and the scenario they make."""

    estimates: Estimates
    staffing: EffectiveStaffing
    draft: Draft
    cannot_tell: tuple[str, ...]
    """What the history does not hold, or too little of, in sentences."""

    def write(self, out: Path, *, overwrite: bool = False) -> None:
        """Write the scenario to ``out``, its tables and its evidence beside it.

        Raises:
            UsageError: one of the files is there already and ``overwrite`` is False.
        """
        texts = drafting.files(self.draft, out)
        scenario = texts.pop(out)
        evidence = json.dumps(self.evidence(), ensure_ascii=False, indent=1, allow_nan=False)
        texts = {**texts, drafting.evidence_path(out): evidence + "\n", out: scenario}
        drafting.write_all(texts, overwrite=overwrite)

    @property
    def agents_by_time(self) -> pd.DataFrame:
        """``group``, ``time_h``, ``seen``, ``present``, ``effective``: means over the weekdays."""
        frames = [
            _by_time(fit, self.staffing.tables[fit.group.name]) for fit in self.estimates.agents
        ]
        return pd.concat(frames, ignore_index=True)

    def evidence(self) -> dict[str, Any]:
        """What the scenario rests on, as JSON takes it."""
        history = self.estimates.history
        return {
            "format": 1,
            "scenario": self.draft.name,
            "sources": [
                {"file": s.file, "kind": s.kind, "rows": s.rows, "sha256": s.sha256}
                for s in history.sources
            ],
            "left_out": history.problems.left_out,
            "put_right": history.problems.put_right,
            "fitted": {
                "dates": [day.isoformat() for day in history.dates],
                "sessions": len(history.sessions),
                "holes": [day.isoformat() for day in history.holes],
            },
            "estimates": _records(self.estimates.table),
            "staffing": {
                "hours": _records(self.staffing.bands),
                "factors": _records(self.staffing.factors),
                "rounds": _records(self.staffing.rounds),
                "agents": _records(self.agents_by_time),
            },
            "incidents": _records(self.estimates.incidents),
            "cannot_tell": list(self.cannot_tell),
        }


def _by_time(fit: AgentFit, table: pd.DataFrame) -> pd.DataFrame:
    effective = table.groupby("start_min")["agents"].mean()
    return pd.DataFrame(
        {
            "group": fit.group.name,
            "time_h": effective.index.to_numpy() / 60,
            "seen": fit.seen.mean().reindex(effective.index).to_numpy(),
            "present": fit.present.mean().reindex(effective.index).to_numpy(),
            "effective": effective.to_numpy(),
        }
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: plain numbers, six digits, None where there is none."""
    return [
        {str(key): _plain(value) for key, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def _plain(value: object) -> object:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return None if value is None or value is pd.NA else str(value)


def estimate(
    history: History,
    *,
    first: date | None = None,
    last: date | None = None,
    names: Mapping[int, str] | None = None,
) -> Estimates:
    """What the sessions requested from ``first`` to ``last``, both included, tell directly.

    Args:
        history: ``read_history``.
        first: the first local date to use; the history's first if left out.
        last: the last one.
        names: of topics whose id alone is in the history.

    Raises:
        DataError: too little was recorded to describe a desk.
        ParameterError: a name for a topic that is not there.
    """
    _check_dates(history, first, last)
    used = named(history.between(first, last), names or {})
    _check_enough(used)
    groups = agent_groups(used)
    if not groups:
        raise DataError(
            "no answered chat names its agent, so nothing tells how many work or what they hold; "
            "export the column of the agent too"
        )
    topics = topic_fits(used, groups, names or {})
    agents = agent_fits(used, groups, topics)
    return Estimates(used, topics, agents, incidents(used, topics), estimates(topics, agents))


def calibrate(
    history: History,
    *,
    name: str,
    about: str | None = None,
    first: date | None = None,
    last: date | None = None,
    names: Mapping[int, str] | None = None,
    seed: int = 1,
    jobs: int = 1,
    chats: int = CHATS,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """A scenario from the sessions requested from ``first`` to ``last``, both included.

    Args:
        history: ``read_history``.
        name: of the scenario.
        about: what it is, in a line; the dates if left out.
        first: the first local date to fit; the history's first if left out.
        last: the last one.
        names: of topics whose id alone is in the history.
        seed: of the simulations behind the staffing.
        jobs: processes for them.
        chats: simulated in each round of the search for the staffing; more make it surer.
        progress: called with (rounds done, rounds) of that search.

    Raises:
        DataError: too little was recorded to describe a desk.
    """
    from simulator import study

    found = estimate(history, first=first, last=last, names=names)
    draft = drawn_up(found.history, found.topics, found.agents, name=name, about=about)
    with study.spread(jobs) as spread, TemporaryDirectory() as folder:
        staffing = effective_staffing(
            lambda tables: _world(staffed(draft, tables), Path(folder)),
            {fit.group.name: fit.present for fit in found.agents},
            _observed(found),
            answers(found.history, found.agents, found.topics),
            spread=spread,
            seed=seed,
            chats=chats,
            absent={fit.group.name: fit.absent for fit in found.agents},
            progress=progress,
        )
    return Calibration(
        estimates=found,
        staffing=staffing,
        draft=with_staffing_words(staffed(draft, staffing.tables), staffing),
        cannot_tell=tuple(
            cannot_tell(
                found.history, staffing, found.incidents, topics=[fit.name for fit in found.topics]
            )
        ),
    )


def _observed(found: Estimates) -> Observed:
    names = tuple(topic.name for topic in found.topics)
    return observed_waiting(found.history, names, step_min=STEP_MIN, incidents=found.incidents)


def _check_dates(history: History, first: date | None, last: date | None) -> None:
    dates = history.dates
    if any((first or day) <= day <= (last or day) for day in dates):
        return
    span = f"it runs from {dates[0]} to {dates[-1]}" if dates else "it is empty"
    wanted = " ".join(
        f"{word} {day}" for word, day in (("from", first), ("until", last)) if day is not None
    )
    raise DataError(f"the history has no session {wanted}".rstrip() + f"; {span}")


def _check_enough(history: History) -> None:
    outcome = history.sessions["outcome"]
    served, left = int((outcome == "served").sum()), int((outcome == "abandoned").sum())
    if served >= FEWEST_SERVED:
        return
    what = (
        f"{_counted(len(history.sessions), 'session')} on {_counted(len(history.dates), 'day')}, "
        f"{served} of them answered"
    )
    if left and not served:
        what = f"{_counted(left, 'session')} in which the customer left and none that was answered"
    raise DataError(
        f"the history holds {what}; a desk needs at least {FEWEST_SERVED} answered chats to be "
        "described: give a longer period"
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _world(draft: Draft, folder: Path) -> Scenario:
    from simulator import scenario

    out = folder / "desk.yaml"
    drafting.write_all(drafting.files(draft, out), overwrite=True)
    return scenario.load(out)
