"""Whether a report that stands already is what would be made now.

A page is a function of its notebook, the parameters, what it is about, the verdicts on it, the
code of this package and the versions of the libraries. Their digest, the *content key*, stands in
the manifest; the same key means the same figures, so nothing need be run. Nothing is trusted
unseen: the page and the executed notebook must still have the hashes that the manifest names, and
a report whose notebook failed is never taken for one that is there.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import DataError
from simulator.files import file_sha256
from simulator.reports.provenance import package_digest, read_manifest, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.reports.gates import Verdict
    from simulator.reports.planning import Plan
    from simulator.reports.provenance import Manifest, Subject
    from simulator.reports.shelf import Spot

__all__ = ["content_key", "standing"]

_NAMED_FILE = re.compile(r"""[^\s"'\[\]{},:#][^"'\[\]{},:#\n]*\.[A-Za-z0-9]{1,8}\b""")


def content_key(plan: Plan, subject: Subject, verdicts: Sequence[Verdict]) -> str:
    """SHA-256, hexadecimal, over all that the report is a function of.

    Files that parameters name are read: their content counts, and that of files named in YAML,
    such as the base and the tables of a scenario.
    """
    told = {
        "notebook": [plan.notebook.stem, file_sha256(plan.notebook)],
        "parameters": [plan.parameters, plan.as_of],
        "files": sorted(_named_files(plan.parameters)),
        "about": asdict(subject),
        "gates": [asdict(verdict) for verdict in verdicts],
        "package": package_digest(),
        "versions": versions(),
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def standing(spot: Spot, key: str) -> Manifest | None:
    """The manifest of the report that stands at a place, if it is the one of this key, and whole.

    Args:
        spot: The place.
        key: From :func:`content_key`.
    """
    try:
        manifest = read_manifest(spot.manifest)
    except DataError:
        return None
    if manifest.content_key != key or manifest.failure:
        return None
    return manifest if _is_whole(spot, manifest) else None


def _is_whole(spot: Spot, manifest: Manifest) -> bool:
    expected = {spot.page.name, spot.notebook.name}
    try:
        return expected <= set(manifest.files) and all(
            file_sha256(spot.folder / name) == manifest.files[name] for name in expected
        )
    except OSError:
        return False


def _named_files(value: object) -> Iterator[tuple[str, str]]:
    """Every file that a parameter's value names, with what tells its content."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _named_files(item)
    elif isinstance(value, str) and Path(value).is_absolute():
        yield from _content(Path(value), set())


def _content(path: Path, seen: set[Path]) -> Iterator[tuple[str, str]]:
    if path in seen:
        return
    seen.add(path)
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            told = file.stat()
            yield str(file), f"{told.st_size} {told.st_mtime_ns}"
    elif path.is_file():
        yield str(path), file_sha256(path)
        if path.suffix in {".yaml", ".yml"}:
            for name in _NAMED_FILE.findall(path.read_text(encoding="utf-8", errors="replace")):
                yield from _content((path.parent / name.strip()).resolve(), seen)
