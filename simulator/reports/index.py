"""The index of all reports, built from the manifests that are found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from simulator.errors import DataError
from simulator.reports.frame import filled
from simulator.reports.provenance import Manifest, read_manifest
from simulator.reports.shelf import MANIFEST_SUFFIX, Spot, write_whole

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Entry", "entries", "write_index"]

_KEY_FIGURES = (
    ("service_level.of_all", "Service level", "share"),
    ("asa_s", "Mean wait of the served", "seconds"),
    ("abandonment", "Abandonment", "share"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One report as the index names it; links are relative to the index."""

    manifest: Manifest
    page: str
    notebook: str
    manifest_file: str


def entries(out: Path) -> tuple[list[Entry], list[str]]:
    """The reports under a folder, newest first, and the manifests that cannot be read."""
    found: list[Entry] = []
    damaged: list[str] = []
    for path in sorted(out.glob(f"[!.]*/*{MANIFEST_SUFFIX}")):
        spot = Spot(path.parent, path.name.removesuffix(MANIFEST_SUFFIX))
        try:
            manifest = read_manifest(path)
        except DataError:
            damaged.append(path.relative_to(out).as_posix())
        else:
            files = (spot.page, spot.notebook, spot.manifest)
            found.append(Entry(manifest, *(_link(file, out) for file in files)))
    found.sort(key=lambda entry: datetime.fromisoformat(entry.manifest.made_at), reverse=True)
    return found, damaged


def write_index(out: Path) -> Path:
    """Write ``index.html`` anew; whoever reads it meanwhile sees the one before."""
    found, damaged = entries(out)
    path = out / "index.html"
    write_whole(
        path,
        filled(
            "reports.html.j2",
            kind="index",
            title="Reports",
            entries=found,
            damaged=damaged,
            key_figures=_KEY_FIGURES,
        ),
    )
    return path


def _link(file: Path, out: Path) -> str:
    return quote(file.relative_to(out).as_posix())
