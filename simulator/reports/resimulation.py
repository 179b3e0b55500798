"""A run, simulated anew from its own scenario: its files must be the same to the byte."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from simulator import scenario, study
from simulator.sessions import open_run
from simulator.sessions.folder import FILES, SCENARIO_FILE

__all__ = ["Resimulation", "resimulated"]


@dataclass(frozen=True, slots=True)
class Resimulation:
    """Which files of a run came out as they were."""

    files: tuple[str, ...]
    """All but the manifest."""
    differing: tuple[str, ...]
    package: str
    """The version that made the run, if it is another than this one; otherwise empty."""


def resimulated(folder: Path, *, jobs: int = 1) -> Resimulation:
    """The run of a folder, made again in a temporary one and compared by the hashes of its files.

    They are functions of the scenario, the seed, the number of replications and the version of
    this package alone.

    Args:
        folder: of the run.
        jobs: processes to spread the replications over.

    Raises:
        DataError: the folder holds no whole run.
        ScenarioError: its scenario cannot be read by this version.
    """
    then = open_run(folder, verify=True).manifest
    with tempfile.TemporaryDirectory(prefix="pickup-verify-", ignore_cleanup_errors=True) as place:
        made = study.simulate(
            scenario.load(folder / SCENARIO_FILE),
            replications=then["replications"],
            seed=then["seed"],
            jobs=jobs,
            out=Path(place) / "run",
        )
        now = open_run(made).manifest
    differing = tuple(
        name for name in FILES if then["files"][name]["sha256"] != now["files"][name]["sha256"]
    )
    package = str(then["package"])
    return Resimulation(FILES, differing, "" if package == now["package"] else package)
