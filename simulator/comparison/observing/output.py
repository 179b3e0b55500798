"""The tables and figures of a replay, written into its folder, each whole or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

import simulator
from simulator.comparison.observing.summing import summary
from simulator.replay.observed import CALLS

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

    path: Path
    manifest: dict[str, Any]
    summary: dict[str, Any]


_DOCS: Final = {
    "chat_session_id": "the simulated chat",
    "session_id": "the tenant's session",
    "is_carried": "it waited already at the start of the replay, and was created then",
    "simulated_position": "initial_queue_pos of the simulation",
    "position": "InitialQueuePos of the tenant",
    "wait_s": "create to pickup, by our clock, times the warp",
    "order": "of its pickup at the tenant, from 1",
    "picked_up_for": "the chat whose planned pickup took the session",
    "difference": "why the queue positions differ",
}


def write_output(beside: Beside) -> ReplayOutput:
    """Write tables, figures and manifest beside the journals, the manifest last."""
    folder = beside.observed.folder.path
    head, plan_hash = beside.observed.folder.plan.head, beside.observed.folder.plan.hash
    calls = pa.Table.from_pandas(beside.calls, schema=CALLS, preserve_index=False)
    _table(folder / CALLS_FILE, calls)
    _table(folder / OBSERVED_FILE, _documented(beside.chats))
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


def _documented(chats: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(chats, preserve_index=False)
    fields = [
        field.with_metadata({"doc": _DOCS[field.name]}) if field.name in _DOCS else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))


def _table(path: Path, table: pa.Table) -> None:
    draft = path.with_name(f".{path.name}.partial")
    pq.write_table(table, draft, compression="zstd")
    draft.replace(path)


def _json(path: Path, content: dict[str, Any]) -> None:
    draft = path.with_name(f".{path.name}.partial")
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    draft.write_text(text + "\n", encoding="utf-8", newline="\n")
    draft.replace(path)


def _vouched(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {
            "bytes": path.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }
