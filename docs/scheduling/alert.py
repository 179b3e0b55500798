#!/usr/bin/env python3
"""An example of a hook: one line about a job that did not end well.

``hook: [python3, alert.py, --file, alerts.log]`` in a job file. The job writes one JSON object to
standard input; this adds one line to the file, or prints it. Nothing is sent anywhere: copy the
script and let `tell` post to your chat or mail. The standard library is all it needs.

``--unit`` tells of the systemd unit that failed, from the environment that systemd gives to an
``OnFailure=`` unit (version 251 or newer), and reads no input.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any


def of_job(said: dict[str, Any]) -> str:
    """What the hook's JSON says: how it ended, why, and what to open."""
    pages = [report["page"] for report in said.get("reports") or [] if report["status"] != "ok"]
    return "; ".join(
        [
            f"{said['job']} of {said['day']}: {said['status']} (exit code {said['exit_code']})",
            *str(said["message"]).splitlines(),
            *(f"page: {page}" for page in pages),
            f"log: {said['log']}",
        ]
    )


def of_unit(environment: dict[str, str]) -> str:
    """What systemd says about the unit that failed."""
    unit = environment.get("MONITOR_UNIT", "a unit that systemd does not name")
    result = environment.get("MONITOR_SERVICE_RESULT", "unknown")
    status = environment.get("MONITOR_EXIT_STATUS", "unknown")
    return f"{unit}: {result} (exit status {status}); see journalctl -u {unit}"


def one_line(text: str) -> str:
    """The text without line ends and control characters: names in reports are not ours."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def tell(line: str, file: Path | None) -> None:
    """Add the line to the file, or print it."""
    if file is None:
        sys.stdout.write(line + "\n")
        return
    with file.open("a", encoding="utf-8") as alerts:
        alerts.write(line + "\n")


def main() -> int:
    """Read, say, and end with 0; with 1 if what came in is not the JSON of a job."""
    parser = argparse.ArgumentParser(description="Tell in one line that a job did not end well.")
    parser.add_argument("--file", type=Path, help="add the line to this file; default: print it")
    parser.add_argument("--unit", action="store_true", help="tell of a systemd unit that failed")
    asked = parser.parse_args()
    try:
        said = of_unit(dict(os.environ)) if asked.unit else of_job(json.load(sys.stdin))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        sys.stderr.write(f"alert.py: standard input is not the JSON of a job: {error!r}\n")
        return 1
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    tell(f"{now} {one_line(said)}", asked.file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
