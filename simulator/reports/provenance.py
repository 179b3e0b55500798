"""Where a report comes from: what its manifest tells and its footer shows."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simulator.errors import DataError, Place
from simulator.reports.gates import Figure, Verdict, figures

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.comparison.observing import ReplayOutput
    from simulator.sessions import Run
    from simulator.sweep import Sweep

__all__ = [
    "FORMAT",
    "Manifest",
    "Source",
    "Subject",
    "read_manifest",
    "subject_of",
    "to_json",
    "versions",
]

FORMAT = 1
"""Rises when a manifest of before can no longer be read as one of now."""

KEY_FIGURES = ("service_level.of_all", "asa_s", "abandonment")
_PACKAGES = ("pickup-lab", "numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert")


@dataclass(frozen=True, slots=True)
class Subject:
    """The run that a report is about."""

    folder: str
    """Absolute path of the run folder when the report was made."""
    scenario: str
    seed: int
    replications: int
    engine: str
    package: str
    """The version of this package that simulated it."""
    scenario_sha256: str
    summary_sha256: str
    figures: dict[str, Figure]
    """All of ``summary.json`` by dotted name; gates look here."""

    @property
    def name(self) -> str:
        """``bank_1999, seed 1``."""
        return f"{self.scenario}, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class Source:
    """The notebook as it was before it ran."""

    name: str
    sha256: str
    git_commit: str | None
    """Of the notebook's own repository, ``-dirty`` if the file was changed since; or None."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything needed to make the report again, and how it went."""

    title: str
    made_at: str
    """ISO instant with the local offset."""
    notebook: Source
    parameters: dict[str, object]
    run: Subject
    failure: dict[str, Any] | None
    """None if all cells ran; otherwise cell, error, message."""
    gates: tuple[Verdict, ...]
    figures: dict[str, Figure]
    """The key figures, for the index."""
    versions: dict[str, str]
    seconds: dict[str, float]
    files: dict[str, str]
    """SHA-256 of the page and of the executed notebook, by file name."""

    @property
    def status(self) -> str:
        """``failed``, ``missed`` (a gate) or ``ok``."""
        if self.failure:
            return "failed"
        return "ok" if all(verdict.met for verdict in self.gates) else "missed"


def subject_of(run: Run | Sweep | ReplayOutput) -> Subject:
    """What there is to know of a run, a sweep or a replay, without opening its tables."""
    from simulator.comparison.observing import ReplayOutput
    from simulator.sweep import Sweep

    told = run.manifest
    if isinstance(run, Sweep):
        return _of_sweep(run.path, told)
    if isinstance(run, ReplayOutput):
        return _of_replay(run)
    return Subject(
        folder=str(run.path.absolute()),
        scenario=told["scenario"],
        seed=told["seed"],
        replications=told["replications"],
        engine=told["engine"],
        package=told["package"],
        scenario_sha256=told["scenario_hash"],
        summary_sha256=told["files"]["summary.json"]["sha256"],
        figures=figures(run.summary),
    )


def _of_sweep(folder: Path, told: dict[str, Any]) -> Subject:
    """A sweep's: the study in the scenario's place, and no figures to set gates on."""
    return Subject(
        folder=str(folder.absolute()),
        scenario=told["study"],
        seed=told["seed"],
        replications=max(told["replications_by_case"].values()),
        engine=told["engine"],
        package=told["package"],
        scenario_sha256=told["study_hash"],
        summary_sha256=told["files"]["results.parquet"]["sha256"],
        figures={},
    )


def _of_replay(replay: ReplayOutput) -> Subject:
    """A replay's: its plan in the scenario's place, the tenant in the engine's."""
    told = replay.manifest
    return Subject(
        folder=str(replay.path.absolute()),
        scenario=f"{told['scenario']} replayed",
        seed=told["seed"],
        replications=1,
        engine="tenant",
        package=told["package"],
        scenario_sha256=told["plan"],
        summary_sha256=told["files"]["summary.json"]["sha256"],
        figures=figures(replay.summary),
    )


def key_figures(subject: Subject) -> dict[str, Figure]:
    """Service level, mean wait of the served and abandonment, as far as the summary has them."""
    return {name: subject.figures[name] for name in KEY_FIGURES if name in subject.figures}


def to_json(manifest: Manifest) -> str:
    """The manifest as it is written beside the page."""
    content = asdict(manifest)
    del content["run"]["figures"]
    content = {"format": FORMAT, "status": manifest.status, **content}
    return json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"


def read_manifest(path: Path) -> Manifest:
    """A manifest from its file.

    Raises:
        DataError: It is damaged, or of a later format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise DataError(f"manifest of another format than {FORMAT}", Place(path))
        content.pop("status")
        content["notebook"] = Source(**content["notebook"])
        content["run"] = Subject(**content["run"], figures={})
        content["gates"] = tuple(Verdict(**verdict) for verdict in content["gates"])
        return Manifest(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"not a report's manifest ({type(error).__name__}: {error}); make the report again",
            Place(path),
        ) from error


def versions() -> dict[str, str]:
    """Python and the packages that a report's figures and looks depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
