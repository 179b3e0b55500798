"""What a scenario file rests on: the files it extends, its tables, the days it was fitted to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator import scenario as scenarios
from simulator.calibration.backtesting.days import fitted_dates
from simulator.calibration.drafting import evidence_path
from simulator.scenario.documents import compose

if TYPE_CHECKING:
    from datetime import date

__all__ = ["files_behind", "fitted_to", "lineage"]

FAR: Final = 50
"""Files that extend one another, beyond which reading them would not end."""


def lineage(scenario_file: Path) -> tuple[Path, ...]:
    """The scenario's file, the one it extends, and so on; it can be read."""
    found = [scenario_file]
    while len(found) < FAR:
        path = found[-1]
        text = path.read_text(encoding="utf-8-sig")
        tree = compose(text, file=str(path), folder=path.parent).value
        base = tree.get("extends") if isinstance(tree, dict) else None
        if base is None or not isinstance(base.value, str):
            break
        found.append(path.parent / base.value)
    return tuple(found)


def files_behind(scenario_file: Path) -> tuple[Path, ...]:
    """Every file that a prediction depends on: scenario, bases, tables, and what tells the fit."""
    bases = lineage(scenario_file)
    tables = [Path(name) for name, _ in scenarios.read(scenario_file).tables]
    evidence = [path for path in map(evidence_path, bases) if path.is_file()]
    return tuple(path.resolve() for path in (*bases, *tables, *evidence))


def fitted_to(scenario_file: Path) -> frozenset[date]:
    """The dates that the scenario, or one that it extends, was estimated from; none if untold.

    Raises:
        DataError: a file beside it that should tell does not.
    """
    known = (fitted_dates(path) for path in lineage(scenario_file))
    return frozenset(day for dates in known if dates is not None for day in dates)
