"""The folder of one replay.

::

    data/runs/replays/chat_desk-full-1a2b3c4d/
        plan.json                what was to be sent
        journal-1-of-1.jsonl     what was sent, and what came of it; one for each part
        STOP                     put there by a person: the replay drains and ends
        calls.parquet …          the tables and figures that are made of it
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.errors import DataError, GuardError, RunExistsError
from simulator.replay.locks import folder_of_locks
from simulator.replay.plan import Plan, read_plan, write_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ReplayFolder",
    "claim_part",
    "is_replay",
    "make_folder",
    "open_folder",
    "usual_folder",
]

PLAN_FILE: Final = "plan.json"
STOP_FILE: Final = "STOP"
_JOURNAL: Final = re.compile(r"journal-(\d+)-of-(\d+)\.jsonl")


@dataclass(frozen=True, slots=True)
class ReplayFolder:
    """A replay's folder, and its plan."""

    path: Path
    plan: Plan

    @property
    def stop_file(self) -> Path:
        """The kill switch: a replay ends when it is there."""
        return self.path / STOP_FILE

    def journal(self, part: tuple[int, int]) -> Path:
        """The journal of part (k, n)."""
        return self.path / f"journal-{part[0]}-of-{part[1]}.jsonl"

    def journals(self) -> Iterator[tuple[tuple[int, int], Path]]:
        """Every journal there is, by its part."""
        for path in sorted(self.path.glob("journal-*.jsonl")):
            if found := _JOURNAL.fullmatch(path.name):
                yield (int(found[1]), int(found[2])), path


def is_replay(path: Path) -> bool:
    """Whether a folder is one of a replay."""
    return (path / PLAN_FILE).is_file()


def usual_folder(plan: Plan) -> Path:
    """Where a plan's replay stands unless another folder is named."""
    return Path("data/runs/replays") / plan.name


def make_folder(path: Path, plan: Plan) -> ReplayFolder:
    """The folder for a plan; one that is there must be of the same plan.

    Raises:
        RunExistsError: something else stands there.
    """
    if path.exists() and not path.is_dir():
        raise RunExistsError(f"{path} is a file; give the name of a folder with --out")
    if is_replay(path):
        if read_plan(path / PLAN_FILE).hash != plan.hash:
            raise RunExistsError(f"{path} holds the replay of another plan; give another --out")
        return ReplayFolder(path, plan)
    if path.is_dir() and any(path.iterdir()):
        raise RunExistsError(f"{path} holds other things; give the name of a new folder with --out")
    _place(path, plan)
    return make_folder(path, plan)


def _place(path: Path, plan: Plan) -> None:
    """Make the folder beside its place and move it there whole; another part may be quicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    try:
        write_plan(plan, draft / PLAN_FILE)
        with suppress(FileNotFoundError):
            path.rmdir()  # one that is empty, as was seen above
        draft.rename(path)
    except OSError:
        if not is_replay(path):
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def open_folder(path: Path) -> ReplayFolder:
    """The folder of a replay that was begun.

    Raises:
        DataError: there is none.
    """
    if not is_replay(path):
        raise DataError(
            f"{path} is no folder of a replay: it has no {PLAN_FILE}; `pickup replay apply PLAN` "
            "makes one and prints its path"
        )
    return ReplayFolder(path, read_plan(path / PLAN_FILE))


def claim_part(folder: ReplayFolder, part: tuple[int, int]) -> None:
    """See that a part of the plan begins here and nowhere else.

    The plan twice, in two folders or in parts that overlap, would send a call twice. Which folder
    a plan was begun in is kept beside the locks of this account.

    Raises:
        GuardError: the plan was begun in another folder, or in another number of parts.
    """
    for (_, of), path in folder.journals():
        if of != part[1]:
            raise GuardError(
                f"{path} is of a replay in {of} parts, and this would be part {part[0]} of "
                f"{part[1]}: they would send the same calls; give --part K/{of}"
            )
    here = str(folder.path.resolve())
    begun = _first_told(folder_of_locks().parent / "begun" / folder.plan.hash, here)
    if begun != here:
        raise GuardError(
            f"this plan was begun in {begun}, and would send its calls twice; go on there with "
            f"`pickup replay resume {begun}`, or make a new plan"
        )


def _first_told(path: Path, text: str) -> str:
    """What was written to the file first, which is ``text`` unless somebody was here before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    finally:
        draft.unlink()
    return text
