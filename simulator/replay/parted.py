"""One part of a plan as a process of its own, which stops when its owner is gone.

::

    owner                                 python -m simulator.replay.parted PLAN --part 1/2 …
      ◄── {"plan": "9f…", "journal": …}      ready: the plan is read, nothing is sent yet
      ──► go                                 apply, or resume where a journal of the part is there
      ◄── {"ended": "done", …}               the result, and the exit code of ``pickup replay``
      ──► (closed)                           any time: send nothing new, wait for what is in flight

The owner is a Locust worker. Its process is patched by gevent, and asyncio is at home in none
that is: here it runs as it does under ``pickup replay apply``, and what the owner shows is read
from the journal. Whether the owner closes the pipe or is killed, the part notices and drains; a
part is never taken over by another owner's process, which the journal's lock would refuse.
"""

from __future__ import annotations

import _thread
import argparse
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulator.errors import PickupError, UsageError
from simulator.replay import applying
from simulator.replay.endpoint.guard import check_argv
from simulator.replay.folder import make_folder, usual_folder
from simulator.replay.journal import has_begun
from simulator.replay.plan import check_confirmed, read_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO


__all__ = ["exit_code", "main", "part_of"]

_ENDS: Final = {"interrupted": 130, "breaker": 5}
_UNKNOWN_LEFT: Final = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Say that it is ready, wait for the word, apply; the exit code."""
    check_argv(sys.argv[1:] if arguments is None else arguments)
    given = _parser().parse_args(arguments)
    owner = _Owner(sys.stdin)
    try:
        part = part_of(given.part)
        plan = read_plan(given.plan)
        check_confirmed(plan.head, given.confirm)
        folder = make_folder(given.folder or usual_folder(plan), plan)
        journal = folder.journal(part)
        _say({"plan": plan.hash, "part": part, "journal": str(journal), "folder": str(folder.path)})
        if not owner.says_go():
            return _ended("interrupted", "told to stop before anything was sent")
        with owner:
            result = (
                applying.resume(folder.path, part=part)
                if has_begun(journal)
                else applying.apply(given.plan, confirm=given.confirm, part=part, out=folder.path)
            )
    except PickupError as error:
        _say({"error": str(error), "exit": error.exit_code})
        return error.exit_code
    except KeyboardInterrupt:
        return _ended("interrupted", "told to stop before anything was sent")
    code = exit_code(result)
    account = result.account.as_dict()
    _say({"ended": result.ended, "reason": result.reason, "account": account, "exit": code})
    return code


def exit_code(result: applying.Result) -> int:
    """That of ``pickup replay apply``."""
    if result.ended in _ENDS:
        return _ENDS[result.ended]
    return _UNKNOWN_LEFT if result.account.unknown else 0


def part_of(text: str) -> tuple[int, int]:
    """``1/2`` as (1, 2).

    >>> part_of("1/2")
    (1, 2)

    Raises:
        UsageError: it is no part.
    """
    number, _, of = text.partition("/")
    if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
        return int(number), int(of)
    raise UsageError(f"--part {text!r} is no part of a plan; write 1/2 for the first of two")


class _Owner:
    """Who holds the other end of the pipe; within a ``with`` its going away is a Ctrl-C."""

    def __init__(self, pipe: TextIO) -> None:
        self._pipe = pipe
        self._is_at_work = False

    def says_go(self) -> bool:
        """Wait for the word; False if the pipe is closed instead."""
        return self._pipe.readline().strip() == "go"

    def __enter__(self) -> None:
        self._is_at_work = True
        threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._is_at_work = False

    def _watch(self) -> None:
        while self._pipe.readline():
            """Whatever else is said does not matter."""
        if self._is_at_work:
            _thread.interrupt_main()


def _ended(ended: str, reason: str) -> int:
    _say({"ended": ended, "reason": reason, "account": {}, "exit": _ENDS[ended]})
    return _ENDS[ended]


def _say(told: dict[str, Any]) -> None:
    """A line to the owner, who may be gone."""
    try:
        sys.stdout.write(orjson.dumps(told).decode() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = sys.stderr


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator.replay.parted")
    parser.add_argument("plan", type=Path)
    parser.add_argument("--confirm", required=True)
    parser.add_argument("--part", required=True)
    parser.add_argument("--folder", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
