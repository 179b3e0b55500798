"""The tables and figures of a replay, written into its folder, each whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pyarrow as pa

import simulator
from simulator.comparison.observing.beside import CHATS
from simulator.comparison.observing.summing import summary
from simulator.files import file_sha256, into_place
from simulator.replay.observed import CALLS
from simulator.sessions.folder import parquet_writer

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from simulator.comparison.observing.beside import Beside

__all__ = ["FORMAT", "OUTPUT_FILES", "ReplayOutput", "write_output"]

FORMAT: Final = 1
"""Rises when an output of before can no longer be read as one of now."""

CALLS_FILE: Final = "calls.parquet"
OBSERVED_FILE: Final = "observed.parquet"
SUMMARY_FILE: Final = "summary.json"
MANIFEST_FILE: Final = "manifest.json"
OUTPUT_FILES: Final = (CALLS_FILE, OBSERVED_FILE, SUMMARY_FILE)
"""What the manifest vouches for."""


@dataclass(frozen=True)
class ReplayOutput:
    """What a report tells of a replay: where it is, its provenance and its figures."""

    reported_as: ClassVar[str] = "replay"
    """What a report calls it."""

    path: Path
    manifest: dict[str, Any]
    summary: dict[str, Any]


def write_output(beside: Beside) -> ReplayOutput:
    """Write tables, figures and manifest beside the journals, the manifest last."""
    folder = beside.observed.folder.path
    head, plan_hash = beside.observed.folder.plan.head, beside.observed.folder.plan.hash
    _table(folder / CALLS_FILE, beside.calls, CALLS)
    _table(folder / OBSERVED_FILE, beside.chats, CHATS)
    figures = summary(beside)
    _json(folder / SUMMARY_FILE, figures)
    manifest = {
        "format": FORMAT,
        "kind": "replay",
        "scenario": head.scenario,
        "replication": head.replication,
        "seed": beside.seed,
        "plan": plan_hash,
        "run_hash": head.run_hash,
        "package": simulator.__version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {name: _vouched(folder / name) for name in OUTPUT_FILES},
    }
    _json(folder / MANIFEST_FILE, manifest)
    return ReplayOutput(folder, manifest, figures)


def _table(path: Path, frame: pd.DataFrame, schema: pa.Schema) -> None:
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    with into_place(path) as draft, parquet_writer(draft, table.schema) as writer:
        writer.write_table(table)


def _json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with into_place(path) as draft:
        draft.write_text(text + "\n", encoding="utf-8", newline="\n")


def _vouched(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
