"""Where reports stand, and how they get there: whole, or not at all.

::

    reports/
        index.html
        bank_1999-seed1-1a2b3c4d/                  a run, by the first digits of its summary's hash
            service_report.html                    the page
            service_report.ipynb                   the executed notebook
            service_report.manifest.json           written last: without it there is no report
            service_report-5e6f70.html …           the same notebook with parameters of its own

Making the same report again takes the place of the one before.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.reports.provenance import Subject

__all__ = ["MANIFEST_SUFFIX", "Spot", "drafting", "folder_name", "put", "spot_for", "write_whole"]

MANIFEST_SUFFIX = ".manifest.json"
_DRAFT_PREFIX = ".draft-"


@dataclass(frozen=True, slots=True)
class Spot:
    """One report's place: files of one stem in the run's folder."""

    folder: Path
    stem: str

    @property
    def page(self) -> Path:
        """The self-contained HTML."""
        return self.folder / f"{self.stem}.html"

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return self.folder / f"{self.stem}.ipynb"

    @property
    def pdf(self) -> Path:
        """The page in print, where it was asked for."""
        return self.folder / f"{self.stem}.pdf"

    @property
    def manifest(self) -> Path:
        """What the index is built from."""
        return self.folder / f"{self.stem}{MANIFEST_SUFFIX}"


def spot_for(out: Path, subject: Subject, notebook: str, parameters: Mapping[str, object]) -> Spot:
    """The place of a report on a run; ``parameters`` are those besides the run itself."""
    which = subject.day or f"seed{subject.seed}"
    folder = out / f"{folder_name(subject.scenario)}-{which}-{subject.summary_sha256[:8]}"
    if not parameters:
        return Spot(folder, notebook)
    spelled = json.dumps(parameters, sort_keys=True, default=str).encode()
    return Spot(folder, f"{notebook}-{hashlib.sha256(spelled).hexdigest()[:6]}")


def folder_name(scenario: str) -> str:
    """A scenario's name as a folder's.

    >>> folder_name("corner shop / night")
    'corner-shop-night'
    """
    return re.sub(r"[^\w.-]+", "-", scenario).strip(".-") or "run"


@contextmanager
def drafting(spot: Spot) -> Iterator[Spot]:
    """A place of the same stem in a new folder beside, gone at the end whatever happens."""
    try:
        spot.folder.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_DRAFT_PREFIX, dir=spot.folder.parent))
    except OSError as error:
        raise UsageError(
            f"no report can be written in {spot.folder.parent} ({error.strerror}); "
            "choose another folder with --out"
        ) from error
    try:
        yield Spot(folder, spot.stem)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(draft: Spot, spot: Spot) -> None:
    """Move a finished draft into its place.

    The manifest of the report before goes first and the new one comes last, so that a manifest
    never vouches for another page than its own.
    """
    spot.folder.mkdir(parents=True, exist_ok=True)
    spot.manifest.unlink(missing_ok=True)
    spot.pdf.unlink(missing_ok=True)
    if draft.pdf.is_file():
        draft.pdf.replace(spot.pdf)
    draft.notebook.replace(spot.notebook)
    draft.page.replace(spot.page)
    draft.manifest.replace(spot.manifest)


def write_whole(path: Path, text: str) -> None:
    """Write a text file under another name first, so that nobody ever reads half of it."""
    draft = path.with_name(f"{_DRAFT_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
