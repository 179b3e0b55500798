"""Pickup Lab: simulate, staff and load-test a chat desk.

The public face of the package in three functions, imported when first asked for::

    scenario = simulator.load("data/scenarios/chat_desk.yaml")
    run = simulator.open_run(simulator.simulate(scenario, replications=20, seed=1))
    run.sessions.groupby("topic")["wait_s"].median()

Everything else is imported from the module that owns it (ARCHITECTURE.md lists them).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.scenario import load
    from simulator.sessions import open_run
    from simulator.study import simulate

    __version__: str

__all__ = ["__version__", "load", "open_run", "simulate"]

_HOMES = {
    "load": "simulator.scenario",
    "open_run": "simulator.sessions",
    "simulate": "simulator.study",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and only then: ``pickup --help`` pays for none of it."""
    if name == "__version__":
        from importlib.metadata import version

        return version("pickup-lab")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")
