"""How long a person waits: for ``pickup --help``, and for the main job from scenario to page.

    python benchmarks/main_job.py [--rounds 7]

Help is set beside a bare Python, and beside what importing pandas alone would cost. The main job
is what ``make report`` does once everything is set up: 20 replications of the default scenario
simulated, the notebook run, the page written, all anew in an empty folder.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICKUP = Path(sys.executable).with_name("pickup")


def seconds(command: list[str | Path], folder: Path) -> float:
    """Wall-clock time of one process."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds

    commands: dict[str, list[str | Path]] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "pickup --help": [PICKUP, "--help"],
        "python -c 'import pandas'": [sys.executable, "-c", "import pandas"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(seconds(command, Path(folder)))
        for name, took in times.items():
            print(f"{name:28} {statistics.median(took):6.2f} s")
        scenario = ROOT / "data" / "scenarios" / "bank_1999.yaml"
        whole = seconds([PICKUP, "report", scenario], Path(folder))
        print(f"{'scenario to page':28} {whole:6.2f} s")


if __name__ == "__main__":
    main()
