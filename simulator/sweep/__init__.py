"""Studies: a grid or a list of scenarios, simulated on the same customers until it is enough.

::

    study = read_study("data/studies/how_many_generalists.yaml")
    sweep = open_sweep(run_sweep(study))

A study file becomes cases (``study_file``, ``paths``, ``cases``), these run by rounds (``running``)
and leave totals by replication (``totals``), from which figures are estimated (``estimates``) and
the best case is chosen (``selection``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.sweep.cases import Case
    from simulator.sweep.results import Sweep, open_sweep
    from simulator.sweep.running import run_sweep
    from simulator.sweep.study_file import Study, read_study

__all__ = ["Case", "Study", "Sweep", "open_sweep", "read_study", "run_sweep"]

_HOMES = {
    "Case": "cases",
    "Study": "study_file",
    "Sweep": "results",
    "open_sweep": "results",
    "read_study": "study_file",
    "run_sweep": "running",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and only then: a worker that totals needs no study file."""
    if name in _HOMES:
        return getattr(import_module(f"simulator.sweep.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'simulator.sweep' has no attribute {name!r}")
