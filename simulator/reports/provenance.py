"""Where a report comes from: what its manifest tells and its footer shows."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from simulator.errors import DataError, Place
from simulator.reports.gates import Figure, Verdict, figures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.calibration.daily.recorded_day import RecordedDay
    from simulator.comparison.observing import ReplayOutput
    from simulator.sessions import Run
    from simulator.sweep import Sweep

    Reported: TypeAlias = "Run | Sweep | ReplayOutput | RecordedDay | Subject"
    """What a report can be about, or all that there is to know of it."""

__all__ = [
    "FORMAT",
    "Kind",
    "Manifest",
    "Source",
    "Subject",
    "package_digest",
    "read_manifest",
    "subject_of",
    "to_json",
    "versions",
]

FORMAT = 2
"""Rises when a manifest of before can no longer be read as one of now."""

Kind = Literal["run", "sweep", "replay", "records"]

KEY_FIGURES = (
    *("service_level.of_all", "asa_s", "abandonment", "wait_s.p90", "counts.offered"),
    *("position_equal", "rank_equal", "service_s.p99"),
)
_PACKAGE = Path(__file__).parents[1]
_PARTS = ("*.py", "*.j2", "*.css", "*.js", "*.json")
_PACKAGES = ("pickup-lab", "numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about: a run, a sweep, a replay, or the records of a day."""

    folder: str
    """Absolute path of its folder when the report was made; of records that of the first file."""
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
    kind: Kind = "run"
    inputs: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every file that was read, by path; those of a folder by their names in it."""
    day: str | None = None
    """ISO date that records are of."""
    given: dict[str, object] = field(default_factory=dict)
    """The parameters by which notebooks are told of it."""

    @property
    def name(self) -> str:
        """``bank_1999, seed 1``, or ``bank_1999, 2026-03-31`` where records are of a day."""
        return f"{self.scenario}, {self.day or f'seed {self.seed}'}"


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
    content_key: str = ""
    """Of all that the page is a function of; see :mod:`simulator.reports.caching`."""
    job: str | None = None
    """The job that asked for it."""
    checked_at: str | None = None
    """ISO instant at which it was found still true and put here, if that was after it was made."""

    @property
    def status(self) -> str:
        """``failed``, ``missed`` (a gate) or ``ok``."""
        if self.failure:
            return "failed"
        return "ok" if all(verdict.met for verdict in self.gates) else "missed"


def subject_of(run: Reported) -> Subject:
    """What there is to know of a run, a sweep, a replay or a day, without opening its tables."""
    if isinstance(run, Subject):
        return run
    told: dict[str, Callable[[Any], Subject]] = {
        "run": _of_run,
        "sweep": _of_sweep,
        "replay": _of_replay,
        "records": _of_day,
    }
    return told[run.reported_as](run)


def _of_run(run: Run) -> Subject:
    told = run.manifest
    return Subject(
        **_of_folder(run.path, told),
        scenario=told["scenario"],
        seed=told["seed"],
        replications=told["replications"],
        engine=told["engine"],
        package=told["package"],
        scenario_sha256=told["scenario_hash"],
        summary_sha256=told["files"]["summary.json"]["sha256"],
        figures=figures(run.summary),
    )


def _of_sweep(sweep: Sweep) -> Subject:
    """The study in the scenario's place, and no figures to set gates on."""
    told = sweep.manifest
    return Subject(
        **_of_folder(sweep.path, told),
        scenario=told["study"],
        seed=told["seed"],
        replications=max(told["replications_by_case"].values()),
        engine=told["engine"],
        package=told["package"],
        scenario_sha256=told["study_hash"],
        summary_sha256=told["files"]["results.parquet"]["sha256"],
        figures={},
        kind="sweep",
    )


def _of_replay(replay: ReplayOutput) -> Subject:
    """Its plan in the scenario's place, the tenant in the engine's."""
    told = replay.manifest
    return Subject(
        **_of_folder(replay.path, told),
        scenario=f"{told['scenario']} replayed",
        seed=told["seed"],
        replications=1,
        engine="tenant",
        package=told["package"],
        scenario_sha256=told["plan"],
        summary_sha256=told["files"]["summary.json"]["sha256"],
        figures=figures(replay.summary),
        kind="replay",
    )


def _of_folder(path: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    folder = str(path.absolute())
    return {
        "folder": folder,
        "inputs": {name: file["sha256"] for name, file in told["files"].items()},
        "given": {"run": folder},
    }


def _of_day(day: RecordedDay) -> Subject:
    """The records of a day; what is simulated beside them is the notebook's to choose."""
    return Subject(
        folder=str(day.files[0] if day.files else day.scenario_file),
        scenario=day.scenario,
        seed=0,
        replications=0,
        engine="records",
        package=version("pickup-lab"),
        scenario_sha256=day.scenario_sha256,
        summary_sha256=day.summary_sha256,
        figures=day.figures,
        kind="records",
        inputs=day.inputs,
        day=day.day.isoformat(),
        given=day.parameters,
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
            raise DataError(
                f"the report was made by another version of Pickup Lab (its manifest is not of "
                f"format {FORMAT}); make it again",
                Place(path),
            )
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
    """Python, the packages that a report's figures and looks depend on, and our own sources."""
    packages = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **packages, "sources": package_digest()[:12]}


@cache
def package_digest() -> str:
    """Over every source and template of this package: an edited rule is another package."""
    digest = hashlib.sha256()
    for part in _PARTS:
        for path in sorted(_PACKAGE.rglob(part)):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
