"""A run folder, opened: its scenario, tables, figures and provenance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.errors import DataError, Place
from simulator.files import file_sha256
from simulator.sessions.folder import (
    AGENTS_FILE,
    FILES,
    FORMAT,
    MANIFEST_FILE,
    SCENARIO_FILE,
    SESSIONS_FILE,
    SUMMARY_FILE,
    TABLE_FILES,
    WORKLOAD_FILE,
)

if TYPE_CHECKING:
    import pandas as pd

    from simulator.scenario.world import Scenario

__all__ = ["Run", "open_run", "with_replications"]

_REMEDY = "make the run again with `pickup simulate … --overwrite`"


@dataclass(frozen=True, eq=False)
class Run:
    """A complete run folder. Tables and scenario are read when first asked for, and then kept."""

    reported_as: ClassVar[str] = "run"
    """What a report calls it."""

    path: Path
    manifest: dict[str, Any]
    """Provenance: scenario hash, seed, replications, engine, versions, timings, file hashes."""

    @cached_property
    def scenario(self) -> Scenario:
        """The world that was simulated, from the folder's own ``scenario.yaml``."""
        from simulator.scenario import load

        return load(self.path / SCENARIO_FILE)

    @cached_property
    def sessions(self) -> pd.DataFrame:
        """A row per chat session; columns: :func:`simulator.sessions.sessions_schema`.

        Instants are ``datetime64[us, tz]``, names categoricals, and integers that may be missing
        ``Int32``; ``replication`` is a categorical of all there were (``with_replications``).
        """
        return self._numbered(SESSIONS_FILE)

    @cached_property
    def agents(self) -> pd.DataFrame:
        """A row per replication, agent and interval; columns: ``agents_schema``.

        ``replication`` is a categorical, as in ``sessions``.
        """
        return self._numbered(AGENTS_FILE)

    @cached_property
    def workload(self) -> pd.DataFrame:
        """A row per attempt that a customer was willing to make, in every replication."""
        return self._frame(WORKLOAD_FILE)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The figures of ``summary.json``; every leaf has value, low, high and n."""
        return _json(self.path / SUMMARY_FILE)

    def verify(self) -> None:
        """Read every file and compare it with the manifest's SHA-256.

        Raises:
            DataError: a file is not the one that was written.
        """
        for name in FILES:
            _check_hash(self.path / name, self.manifest)

    def _numbered(self, name: str) -> pd.DataFrame:
        frame, count = self._frame(name), self.manifest.get("replications")
        return frame if count is None else with_replications(frame, count)

    def _frame(self, name: str) -> pd.DataFrame:
        try:
            frame: pd.DataFrame = pq.read_table(self.path / name).to_pandas()
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.path / name, str(error)) from error
        return frame


def with_replications(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """The frame with its ``replication`` as a categorical of 1 … ``count``.

    So a table tells of the replications that left no row in it: nobody came, nobody was on duty.
    They count in every mean over replications.
    """
    import pandas as pd

    place = frame["replication"].to_numpy() - 1
    there = pd.RangeIndex(1, count + 1)
    return frame.assign(replication=pd.Categorical.from_codes(place, there, ordered=True))


def open_run(path: Path | str, *, verify: bool = False) -> Run:
    """Open the run folder at ``path`` after seeing that it is complete.

    Every file has to be there with the size that the manifest tells, the Parquet files with a
    readable footer, the small ones with the right hash; ``verify`` compares all hashes.

    Raises:
        DataError: no run folder, or a file of it is missing, truncated or changed.
    """
    folder = Path(path)
    manifest = _manifest(folder)
    for name in FILES:
        file = folder / name
        _check_size(file, manifest)
        if name in TABLE_FILES:
            _check_footer(file)
        else:
            _check_hash(file, manifest)
    run = Run(folder, manifest)
    if verify:
        run.verify()
    return run


def _manifest(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise DataError(
            f"there is no run folder {str(folder)!r}; `pickup simulate SCENARIO` makes one and "
            "prints its path"
        )
    manifest = _json(folder / MANIFEST_FILE)
    if manifest.get("format") != FORMAT:
        raise DataError(
            f"run folder of format {manifest.get('format')!r}, this version reads {FORMAT}; "
            + _REMEDY,
            Place(folder / MANIFEST_FILE),
        )
    if not _lists_the_files(manifest.get("files")):
        raise _damaged(folder / MANIFEST_FILE, "it does not list the run's files")
    return manifest


def _lists_the_files(files: Any) -> bool:
    return (
        isinstance(files, dict)
        and files.keys() == set(FILES)
        and all(
            isinstance(told, dict) and {"bytes", "sha256"} <= told.keys() for told in files.values()
        )
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(content, dict):
        raise _damaged(path, "it does not hold a JSON object")
    return content


def _check_size(file: Path, manifest: dict[str, Any]) -> None:
    told = manifest["files"][file.name]["bytes"]
    try:
        found = file.stat().st_size
    except FileNotFoundError as error:
        raise _missing(file) from error
    if found != told:
        what = "truncated" if found < told else "changed"
        raise _damaged(file, f"{found} bytes long, the manifest tells {told}: it was {what}")


def _check_footer(file: Path) -> None:
    try:
        pq.read_metadata(file)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(file, f"not a readable Parquet file: {error}") from error


def _check_hash(file: Path, manifest: dict[str, Any]) -> None:
    if file_sha256(file) != manifest["files"][file.name]["sha256"]:
        raise _damaged(file, "its SHA-256 is not the manifest's: it was changed")


def _missing(file: Path) -> DataError:
    return DataError(f"{file.name} is missing, so this is no complete run; {_REMEDY}", Place(file))


def _damaged(file: Path, why: str) -> DataError:
    return DataError(f"{file.name} is damaged ({why}); {_REMEDY}", Place(file))
