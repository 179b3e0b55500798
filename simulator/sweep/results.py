"""A sweep's folder, opened: its study, cases, totals and provenance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.errors import DataError, UsageError
from simulator.files import file_sha256
from simulator.spelling import did_you_mean
from simulator.sweep.folder import (
    CASES_FILE,
    FILES,
    RESULTS_FILE,
    SESSIONS,
    STUDY_FILE,
    read_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pyarrow as pa

    from simulator.scenario.world import Scenario

__all__ = ["Sweep", "open_sweep"]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A complete sweep. Its tables are read when asked for."""

    reported_as: ClassVar[str] = "sweep"
    """What a report calls it."""

    path: Path
    manifest: dict[str, Any]
    """Provenance: study hash, seed, replications, engine, versions, timings, file hashes; under
    ``stop`` or ``choice`` what ended it."""

    @cached_property
    def study(self) -> dict[str, Any]:
        """The study: ``name``, ``about``, ``stop``, ``choose``, ``paths``, ``cases`` and so on."""
        told: dict[str, Any] = json.loads((self.path / STUDY_FILE).read_text(encoding="utf-8"))
        return told

    @cached_property
    def cases(self) -> pd.DataFrame:
        """A row per case, in the order of the study.

        ``case``; a column of settings (text) per varied path; ``replications``; ``agent_hours``
        and ``cost`` of a replication as planned (cost: agent hours, or money where the study gives
        wages); ``scenario_hash``.
        """
        frame: pd.DataFrame = self._cases().drop_columns(["scenario_yaml"]).to_pandas()
        return frame

    def scenario(self, case: str) -> Scenario:
        """The world of a case.

        Raises:
            UsageError: the study has no such case.
        """
        from simulator.scenario import loads

        table = self._cases()
        names = table["case"].to_pylist()
        if case not in names:
            raise UsageError(
                f"there is no case {case!r}{did_you_mean(case, names)}; give one of "
                f"{', '.join(names)}"
            )
        text = table["scenario_yaml"][names.index(case)].as_py()
        return loads(text, folder=self.path)

    def table(
        self,
        level: str = "replication",
        *,
        cases: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """The totals of one level (``totals.LEVELS``).

        ``case``, a column of settings per varied path, ``replication``, then the columns of
        ``totals.schema``; sorted by case (as in the study), replication, topic and start.

        Args:
            level: which rows.
            cases: of these alone.
            columns: of the totals; all if left out. What says whose they are is always there.

        Raises:
            UsageError: there is no such level.
        """
        import pyarrow.dataset as ds

        from simulator.sweep.totals import LEVELS

        if level not in LEVELS:
            raise UsageError(f"there is no level {level!r}; give one of {', '.join(LEVELS)}")
        data = ds.dataset(self.path / RESULTS_FILE, format="parquet")
        wanted = ds.field("level") == level
        if cases is not None:
            wanted &= ds.field("case").isin(list(cases))
        names = data.schema.names
        if columns is not None:
            labels = names[: names.index("start") + 1]
            names = [name for name in names if name in {*labels, *columns}]
        return data.to_table(columns=names, filter=wanted)

    def sessions(self, case: str) -> Path | None:
        """The folder with the kept sessions of a case; None if none were kept."""
        name = self.manifest["sessions"].get(case)
        return None if name is None else self.path / SESSIONS / name

    def verify(self) -> None:
        """Read every file and compare it with the manifest's SHA-256.

        Raises:
            DataError: a file is not the one that was written.
        """
        for name in FILES:
            if file_sha256(self.path / name) != self.manifest["files"][name]["sha256"]:
                raise DataError(
                    f"{self.path / name} was changed: its SHA-256 is not the manifest's; make the "
                    "sweep again with --overwrite"
                )

    def _cases(self) -> pa.Table:
        import pyarrow.parquet as pq

        return pq.read_table(self.path / CASES_FILE)


def open_sweep(folder: Path | str) -> Sweep:
    """Open the folder that ``run_sweep`` gave, after a look at whether it is complete.

    Raises:
        DataError: it is no complete sweep, or a file of it is missing, truncated or changed.
    """
    path = Path(folder)
    return Sweep(path, read_manifest(path))
