"""What stands in a folder that a report can be about: a run, a sweep or a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simulator.errors import UsageError
from simulator.reports.planning import DEFAULT_NOTEBOOK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.reports.provenance import Reported

__all__ = ["kind_of", "open_subject", "usual_notebook"]

_USUAL = {"sweep": "sweep_report", "replay": "replay_report", "run": DEFAULT_NOTEBOOK}


def kind_of(path: Path) -> Literal["run", "sweep", "replay"]:
    """What a folder holds, by the file that only such a one has; a run if by none."""
    if (path / "study.json").is_file():
        return "sweep"
    return "replay" if (path / "plan.json").is_file() else "run"


def open_subject(folder: Path) -> Reported:
    """The run, sweep or replay in a folder, its files checked against its manifest.

    Raises:
        DataError: it is damaged.
        UsageError: it is no folder.
    """
    if not folder.is_dir():
        raise UsageError(
            f"there is no folder {folder} of a run, a sweep or a replay; check the name"
        )
    kind = kind_of(folder)
    if kind == "sweep":
        from simulator.sweep import open_sweep

        return open_sweep(folder)
    if kind == "replay":
        from simulator.comparison.observing import compare, write_output
        from simulator.replay.observed import read_observed

        return write_output(compare(read_observed(folder)))
    from simulator.sessions import open_run

    return open_run(folder, verify=True)


def usual_notebook(paths: Sequence[Path]) -> str:
    """What is made of runs, sweeps or replays, unless a notebook is named.

    Raises:
        UsageError: they are of several kinds.
    """
    kinds = {path: kind_of(path) for path in paths}
    if len(set(kinds.values())) > 1:
        path, kind = next((path, kind) for path, kind in kinds.items() if kind != "run")
        raise UsageError(
            f"'{path}' is a {kind}, and others are not; report them by commands of their "
            "own, or name a notebook"
        )
    return _USUAL[next(iter(kinds.values()), "run")]
