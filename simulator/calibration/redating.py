"""A scenario on other dates than its own, and not empty at their edges."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from simulator import scenario as scenarios
from simulator.errors import ScenarioError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from simulator.scenario.world import Scenario

__all__ = ["redated"]


def redated(path: Path, first: date, last: date) -> Scenario:
    """The scenario of a file on the dates from ``first`` to ``last``, both included.

    Where a topic is open at the first or the last midnight, a day more on that side: nobody finds
    the desk empty because the simulation begins, and no wait is cut because it ends. Tables by date
    may have no such day; then the dates alone have to do.

    Raises:
        ScenarioError: the scenario cannot be read, or not on these dates.
    """
    bare = _on(path, first, last)
    before = any(t.openings and t.openings[0].opens_us <= 0 for t in bare.topics)
    after = any(t.openings and t.openings[-1].closes_us >= bare.horizon_us for t in bare.topics)
    if not (before or after):
        return bare
    try:
        return _on(path, first - timedelta(days=before), last + timedelta(days=after))
    except ScenarioError:
        return bare


def _on(path: Path, first: date, last: date) -> Scenario:
    days = (last - first).days + 1
    text = f"extends: {json.dumps(path.name)}\nstart: {first}T00:00\ndays: {days}\n"
    return scenarios.loads(text, folder=path.parent)
