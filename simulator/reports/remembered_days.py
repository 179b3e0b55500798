"""The recorded day that a report is about, read anew only if something that it rests on changed.

To read a month of records and to say what is missing in them takes longer than to find out that
the report stands already. So what was found is kept in the user's cache, under a digest of what was
asked and of this package's sources, with the hashes of all files that were read; it holds while the
same files have the same hashes and, of a day that was not over, while it is the same day.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from simulator.files import file_sha256, files_within, into_place, users_cache
from simulator.reports.provenance import Subject, package_digest, subject_of, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DayOfRecords", "day_of_records"]

KEPT_S: Final = 40 * 86_400


@dataclass(frozen=True, slots=True)
class DayOfRecords:
    """What a report is about, and what to tell of it before."""

    subject: Subject
    state: str
    """whole, partial, late, empty, closed, future or unread."""
    sentence: str
    """The state in words."""
    desk_zone: str
    today: str
    """The desk's ISO date when the records were read."""
    holds: bool
    """The day was over and named by its date: the answer depends on today no more."""
    absent: tuple[str, ...]
    """Files that would tell which days the scenario was fitted to, and were not there."""


def day_of_records(
    scenario: Path,
    files: Sequence[Path],
    *,
    day: str = "yesterday",
    kind: str = "auto",
    zone: str = "",
) -> DayOfRecords:
    """The day, as :func:`simulator.calibration.daily.recorded_day` finds it.

    Args:
        scenario: the file.
        files: of records, or folders of them.
        day: ``yesterday``, ``today`` or a date.
        kind: of the files, as ``read_history`` takes it.
        zone: an IANA name; empty: the scenario's.

    Raises:
        PickupError: the scenario cannot be read, or a word is none that is known.
    """
    paths = [path.absolute() for path in (scenario, *files)]
    asked = [*map(str, paths), day, kind, zone, package_digest(), versions()]
    name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]
    known = _known(name)
    if known is not None and _still_holds(known, paths[0], paths[1:]):
        return known
    found = _found(paths[0], paths[1:], day, kind, zone)
    _keep(name, found)
    return found


def _found(scenario: Path, files: Sequence[Path], day: str, kind: str, zone: str) -> DayOfRecords:
    from simulator.calibration.daily.lineage import lineage
    from simulator.calibration.daily.recorded_day import recorded_day
    from simulator.calibration.drafting import evidence_path

    found = recorded_day(scenario, files, day=day, kind=kind, zone=zone)
    evidence = map(evidence_path, lineage(scenario))
    return DayOfRecords(
        subject=subject_of(found),
        state=found.state,
        sentence=found.sentence,
        desk_zone=found.desk_zone,
        today=found.today.isoformat(),
        holds=not found.as_of and day.strip() == found.day.isoformat(),
        absent=tuple(str(path) for path in evidence if not path.is_file()),
    )


def _still_holds(known: DayOfRecords, scenario: Path, files: Sequence[Path]) -> bool:
    if not known.holds and _today(known.desk_zone) != known.today:
        return False
    inputs = known.subject.inputs
    there = {str(path.resolve()) for each in files for path in files_within(each) if path.is_file()}
    return (
        str(scenario.resolve()) in inputs
        and there <= inputs.keys()
        and not any(Path(name).exists() for name in known.absent)
        and all(_sha256(Path(name)) == sha256 for name, sha256 in inputs.items())
    )


def _today(zone: str) -> str:
    return datetime.now(ZoneInfo(zone)).date().isoformat()


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:
        return ""


def _place(name: str) -> Path:
    return users_cache() / "days" / f"{name}.json"


def _known(name: str) -> DayOfRecords | None:
    """What is kept; a file that cannot be read is no loss."""
    try:
        told: dict[str, Any] = json.loads(_place(name).read_text(encoding="utf-8"))
        date.fromisoformat(told["today"])
        told |= {"subject": Subject(**told["subject"]), "absent": tuple(told["absent"])}
        return DayOfRecords(**told)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return None


def _keep(name: str, found: DayOfRecords) -> None:
    """Best effort: without it, records are read every time. What is old goes."""
    with suppress(OSError, RuntimeError):
        place = _place(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with into_place(place) as draft:
            draft.write_text(json.dumps(asdict(found)), encoding="utf-8")
        for other in place.parent.iterdir():
            if time.time() - other.stat().st_mtime > KEPT_S:
                other.unlink()
