"""A replay on several machines, under Locust: a master, and a worker for each part of the plan.

::

    FILE="$(python -m simulator.replay.locusts)"
    locust -f "$FILE" --master --headless --expect-workers 2
    locust -f "$FILE" --worker --plan PLAN --confirm Cust12345 --part 1/2
    locust -f "$FILE" --worker --plan PLAN --confirm Cust12345 --part 2/2

This file is the locustfile; the first line prints where it is. The plan is divided by agents, and
each worker is told which part is its own, so that a part never moves: a worker that is lost takes
its part with it, and the same command on the same machine goes on with the part's journal. Users,
which Locust does move between workers, do nothing here.

The master lets the parts begin when all of them are there, once each and of one plan; it shows
the calls in Locust's statistics (response time from the intended instant), and ends when no part
is at work any more: exit code 0, 5 (breaker), 6 (unknown left), 130 (interrupted), or 1 if a part
was lost.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gevent
import orjson
from gevent.event import Event
from locust import User, constant, events, task
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

from simulator.replay.accounts import CLASSES, Account
from simulator.replay.folder import open_folder
from simulator.replay.telling import account_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Part"]

log: Final = logging.getLogger("pickup.replay")

HELLO, GO, REFUSED, ENDED = "pickup_hello", "pickup_go", "pickup_refused", "pickup_ended"
LOST_EXIT: Final = 1
_LOOK_S: Final = 0.25
_DRAIN_S: Final = 90.0
"""How long a part that was told to stop may wait for its answers."""
_GRAVEST: Final = (2, 4, 1, 5, 6, 130)
"""Exit codes, the one that is told before the others first."""
_FAILED: Final = frozenset({"rejected", "unknown", "shed"})


class Part(User):
    """Locust wants users; the calls are the parts' own."""

    wait_time = constant(3600)

    @task
    def wait(self) -> None:
        """Do nothing."""


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_options(parser: Any) -> None:
    """What a worker is told about its part."""
    group = parser.add_argument_group("pickup replay")
    group.add_argument("--plan", help="Plan file of pickup replay plan.", default="")
    group.add_argument("--confirm", help="ContextId of the target, or local.", default="")
    group.add_argument("--part", help="Which part is this worker's: 1/2.", default="")
    group.add_argument("--folder", help="Folder of the replay.", default="")


def own_options() -> argparse.Namespace:
    """The options as they were given here: Locust's own may be the master's by now."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_options(parser)
    return parser.parse_known_args()[0]


@events.init.add_listener  # type: ignore[untyped-decorator]
def take_up(environment: Any, runner: Any, **_: Any) -> None:
    """Be a master or a worker."""
    if isinstance(runner, WorkerRunner):
        _Worker(environment).begin()
    elif isinstance(runner, MasterRunner):
        _Master(environment).begin()
    else:
        log.error("give --master or --worker; alone, pickup replay apply does the same")
        environment.process_exit_code = 2
        gevent.spawn(runner.quit)


# ------------------------------------------------------------------------------------- worker


class _Worker:
    """Owns the process of one part, and shows what its journal tells."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._child = _child(own_options())
        self._go, self._drained = Event(), Event()
        self._refused = ""

    def begin(self) -> None:
        runner = self._environment.runner
        runner.register_message(GO, self._on_go)
        runner.register_message(REFUSED, self._on_refused)
        self._environment.events.test_stop.add_listener(self._on_stop)
        self._environment.events.quitting.add_listener(self._on_quitting)
        gevent.spawn(self._run).link_exception(self._on_failed)

    def _run(self) -> None:
        ready = self._line()
        if "plan" not in ready:
            self._end(ready, ready)
        elif self._is_let(ready):
            self._end(ready, self._followed(ready))
        else:
            self._on_stop()
            last = self._line()
            self._end(ready, {"error": self._refused, "exit": 4} if self._refused else last)
        self._drained.set()

    def _followed(self, ready: dict[str, Any]) -> dict[str, Any]:
        """Give the word, and show the outcomes until the part tells its result."""
        outcomes = _Tail(Path(ready["journal"]), Path(ready["folder"]))
        self._child.stdin.write("go\n")
        self._child.stdin.flush()
        result = gevent.spawn(self._line)
        while not result.ready():
            self._show(outcomes)
            gevent.sleep(_LOOK_S)
        self._show(outcomes)
        told: dict[str, Any] = result.value
        return told

    def _is_let(self, ready: dict[str, Any]) -> bool:
        """Tell the master what is here until it answers; whether the part may begin."""
        while not (self._refused or self._child.poll() is not None):
            self._environment.runner.send_message(HELLO, ready)
            if self._go.wait(1.0):
                return True
        return False

    def _end(self, ready: dict[str, Any], result: dict[str, Any]) -> None:
        if "error" in result:
            log.error(result["error"])
        self._environment.process_exit_code = result["exit"]
        self._environment.runner.send_message(ENDED, {"part": ready.get("part"), **result})
        if not self._go.is_set():
            gevent.spawn_later(1.0, self._environment.runner.quit)

    def _show(self, outcomes: _Tail) -> None:
        """Enter new outcomes in Locust's statistics; what was skipped was not sent."""
        for told in outcomes.new():
            if told["cls"] == "skipped":
                continue
            failure = f"{told['cls']}: {told.get('reason', '')}" if told["cls"] in _FAILED else None
            self._environment.events.request.fire(
                request_type="replay",
                name=told["kind"],
                response_time=_response_ms(told),
                response_length=0,
                exception=failure and _NotDoneError(failure),
                context={},
            )

    def _line(self) -> dict[str, Any]:
        """The next line of the part."""
        text = self._child.stdout.readline()
        if text:
            told: dict[str, Any] = orjson.loads(text)
            return told
        return {"error": f"the part ended with exit code {self._child.wait()}", "exit": LOST_EXIT}

    def _on_go(self, **_: Any) -> None:
        self._go.set()

    def _on_refused(self, msg: Any, **_: Any) -> None:
        self._refused = str(msg.data["why"])

    def _on_stop(self, **_: Any) -> None:
        """Send nothing new; what is in flight is waited for."""
        if not self._child.stdin.closed:
            self._child.stdin.close()

    def _on_failed(self, _: Any) -> None:
        """What went wrong here is told already; the part must not go on unseen."""
        self._on_stop()
        self._child.wait(_DRAIN_S)
        self._drained.set()
        self._environment.process_exit_code = LOST_EXIT
        self._environment.runner.quit()

    def _on_quitting(self, **_: Any) -> None:
        self._on_stop()
        self._drained.wait(_DRAIN_S)


class _NotDoneError(Exception):
    """A call that did not come to what was planned."""


class _Tail:
    """The outcomes that come to a journal from now on."""

    def __init__(self, journal: Path, folder: Path) -> None:
        self._journal = journal
        self._kinds = {call.number: call.kind for call in open_folder(folder).plan.calls}
        self._read = 0
        self._lines()

    def new(self) -> Iterator[dict[str, Any]]:
        """Those since the last time, with the kind of their calls."""
        for line in self._lines():
            told = orjson.loads(line)
            if told.get("k") == "outcome":
                yield {**told, "kind": self._kinds[told["n"]]}

    def _lines(self) -> list[bytes]:
        """Whole lines only: the last one may still be written, or cut off again."""
        if not self._journal.exists():
            return []
        with self._journal.open("rb") as file:
            file.seek(self._read)
            whole, end, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(end)
        return whole.split(b"\n") if whole else []


def _response_ms(told: dict[str, Any]) -> float | None:
    """From the intended instant to the answer; None where there was none."""
    if "answered_us" not in told or "intended_us" not in told:
        return None
    return float(told["answered_us"] - told["intended_us"]) / 1000


def _child(options: argparse.Namespace) -> Any:
    """The part's process, out of reach of a Ctrl-C at this terminal: the pipe tells it to stop."""
    command = [sys.executable, "-m", "simulator.replay.parted", options.plan]
    command += [f"--confirm={options.confirm}", f"--part={options.part}"]
    command += [f"--folder={options.folder}"] if options.folder else []
    windows = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return subprocess.Popen(  # noqa: S603 - this very Python
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **({"start_new_session": True} if os.name == "posix" else windows),
    )


# ------------------------------------------------------------------------------------- master


@dataclass(slots=True)
class _Place:
    """A part and the worker that has it."""

    worker: str
    state: str = "ready"
    """ready, running, ended or lost."""
    result: dict[str, Any] = field(default_factory=dict)


class _Master:
    """Lets the parts begin together, sees which are lost, and tells what they came to."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._places: dict[int, _Place] = {}
        self._plan, self._of = "", 0
        self._is_wanted = self._has_begun = self._is_over = False
        self._main = gevent.getcurrent()
        self._spoilt = 0
        """Exit code of a worker that could not begin."""

    def begin(self) -> None:
        runner = self._environment.runner
        runner.register_message(HELLO, self._on_hello)
        runner.register_message(ENDED, self._on_ended)
        self._environment.events.test_start.add_listener(self._on_start)
        self._environment.events.quitting.add_listener(self._on_quitting)
        gevent.spawn(self._watch)

    def _on_start(self, **_: Any) -> None:
        self._is_wanted = True
        self._let_begin()

    def _on_hello(self, msg: Any, **_: Any) -> None:
        number, of = msg.data["part"]
        is_taken = self._is_taken(number, msg.node_id)
        if self._plan and (msg.data["plan"], of) != (self._plan, self._of):
            self._refuse(msg.node_id, f"another plan, or other parts than {self._of}")
        elif is_taken and not self._has_begun:
            self._refuse(msg.node_id, f"part {number} of {of} is with another worker already")
        elif not is_taken:  # or it says hello again, until its part is given up
            self._plan, self._of = msg.data["plan"], of
            self._place(number, msg.node_id)
            self._let_begin()

    def _is_taken(self, number: int, worker: str) -> bool:
        known = self._places.get(number)
        if known is None or known.worker == worker or known.state in ("ended", "lost"):
            return False
        return not self._is_gone(known.worker)

    def _refuse(self, worker: str, why: str) -> None:
        log.error("%s is refused: %s", worker, why)
        self._environment.runner.send_message(REFUSED, {"why": why}, worker)

    def _place(self, number: int, worker: str) -> None:
        known = self._places.get(number)
        if known is None or known.worker != worker:
            log.info("part %d of %d is with %s", number, self._of, worker)
            self._places[number] = _Place(worker)

    def _let_begin(self) -> None:
        """Give the word to the parts that wait for it, once all of them are there."""
        if not self._is_wanted or len(self._places) < max(self._of, 1):
            return
        for place in self._places.values():
            if place.state == "ready":
                place.state, self._has_begun = "running", True
                self._environment.runner.send_message(GO, {}, place.worker)

    def _on_ended(self, msg: Any, **_: Any) -> None:
        if not self._has_begun and "error" in msg.data:
            log.error("nothing is sent, as a worker cannot begin: %s", msg.data["error"])
            # In a greenlet of its own: ending the runner ends the one that hands messages on.
            gevent.spawn(self._give_up, int(msg.data["exit"]))
        for number, place in self._places.items():
            if place.worker == msg.node_id:
                place.state, place.result = "ended", msg.data
                told = msg.data.get("error") or msg.data.get("reason") or msg.data.get("ended")
                log.info("part %d of %d ended: %s", number, self._of, told)

    def _give_up(self, code: int) -> None:
        """End before anything was sent, though Locust may still be waiting for more workers."""
        self._spoilt = self._spoilt or code
        self._environment.runner.quit()
        if not self._is_wanted:
            gevent.kill(self._main, SystemExit(self._spoilt))

    def _watch(self) -> None:
        """See which workers are gone; end when no part is at work any more."""
        while not self._is_over:
            gevent.sleep(_LOOK_S)
            for number, place in self._places.items():
                if place.state in ("ready", "running") and self._is_gone(place.worker):
                    place.state = "lost"
                    log.error("part %d of %d is lost with %s", number, self._of, place.worker)
            states = {place.state for place in self._places.values()}
            if self._is_wanted and states and states <= {"ended", "lost"}:
                self._environment.runner.quit()
                return

    def _is_gone(self, worker: str) -> bool:
        node = self._environment.runner.clients.get(worker)
        return node is None or node.state == STATE_MISSING

    def _on_quitting(self, **_: Any) -> None:
        self._is_over = True
        for number, place in self._places.items():
            if place.state != "ended":
                log.error(
                    "part %d of %d did not end; start its worker again to go on with it, or "
                    "`pickup replay resume FOLDER --part %d/%d` on its machine",
                    *(number, self._of, number, self._of),
                )
        for line in account_lines(_joined(place.result for place in self._places.values())):
            log.info(line)
        self._environment.process_exit_code = self._exit_code()

    def _exit_code(self) -> int:
        if self._spoilt:
            return self._spoilt
        codes = {
            int(place.result["exit"]) if place.state == "ended" else LOST_EXIT
            for place in self._places.values()
        } or {LOST_EXIT}
        return next((code for code in _GRAVEST if code in codes), max(codes))


def _joined(results: Iterable[dict[str, Any]]) -> Account:
    """The account of all parts."""
    account = Account()
    for result in results:
        for kind, row in result.get("account", {}).items():
            counts = {(kind, cls): row[cls] for cls in CLASSES if cls in row}
            account.join(Account(Counter({kind: row["planned"]}), Counter(counts)))
    return account


if __name__ == "__main__":
    sys.stdout.write(f"{Path(__file__).resolve()}\n")
