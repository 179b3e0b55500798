"""The process that does a job's work: ``python -m simulator.reports.jobs``, started by the job.

The first line of its standard input is the errand, as JSON; what happens goes to its standard
output as JSON lines. When its input ends, whoever watches it is gone, and it ends too.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

from simulator.errors import UsageError
from simulator.reports.jobs.working import Errand, work


def _end_with_the_watcher() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _main() -> None:
    # Being told to stop is an exit like any other: kernels are ended, nothing is half-written.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    errand = Errand.from_json(sys.stdin.buffer.readline().decode())
    threading.Thread(target=_end_with_the_watcher, daemon=True).start()
    # What anything prints must not stand between the lines of what is told.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(event: str, **told: Any) -> None:
        answers.write(json.dumps({"event": event, **told}, ensure_ascii=False, default=str) + "\n")
        answers.flush()

    try:
        work(errand, tell)
    except UsageError as error:
        tell("lost", what="the job", message=str(error))
    tell("worked")


if __name__ == "__main__":
    _main()
