"""All shipped reports of a finished run: in one command, and as they are usually made.

    python benchmarks/reports.py [--rounds 3] [--notebooks service_report explore …] [--json FILE]

*ours* is ``pickup report RUN --notebook …``; *again* the same command once more, with everything
standing; *usual* is ``papermill`` and ``jupyter nbconvert --to html`` for one notebook after the
other, by their own commands. Every round has all three, so that they meet the same neighbours on
the machine. Pages are compared, too: size, and what in them points outside the file.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SHIPPED = tuple(sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")))
OF_RUNS = tuple(name for name in SHIPPED if name not in {"calibration", "daily_report"})
"""Those of a run; the two others are of records, and without any they simulate and fit some."""
OUTSIDE = re.compile(
    r"""(?:src|href)\s*=\s*["']?(?:https?:)?//[^"'\s>]+|url\(\s*["']?https?:|@import""",
    re.IGNORECASE,
)
"""References that a browser would follow by itself or at a click."""
FETCHED = re.compile(
    r"""<(?:script|link|img)\b[^>]*(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.IGNORECASE
)
"""Those that it follows by itself."""


@dataclass(frozen=True)
class Took:
    """What a way of making all the reports cost."""

    wall_s: float
    cpu_s: float


def timed(commands: list[list[str | Path]], folder: Path) -> Took:
    """Run the commands one after the other; CPU time is that of all processes they started."""
    before, began = _cpu_s(), time.perf_counter()
    for command in commands:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    wall_s = time.perf_counter() - began
    _await_orphans()
    return Took(wall_s, _cpu_s() - before)


def _adopt_orphans() -> None:
    """Processes that outlive the command that started them are counted, too."""
    pr_set_child_subreaper = 36  # linux/prctl.h
    if ctypes.CDLL(None, use_errno=True).prctl(pr_set_child_subreaper, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "the CPU time of all processes cannot be measured here")


def _await_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(run: Path, notebooks: list[str], out: Path) -> list[list[str | Path]]:
    """One command for all."""
    named = [word for name in notebooks for word in ("--notebook", name)]
    return [[BIN / "pickup", "report", run, *named, "--out", out]]


def usual(run: Path, notebooks: list[str], out: Path) -> list[list[str | Path]]:
    """Two commands for each."""
    commands: list[list[str | Path]] = []
    for name in notebooks:
        source, made = ROOT / "notebooks" / f"{name}.ipynb", out / f"{name}.ipynb"
        commands += [
            [BIN / "papermill", source, made, "-p", "run", str(run), "-k", "python3"],
            [BIN / "jupyter", "nbconvert", "--to", "html", "--embed-images", made],
        ]
    return commands


def pages(folder: Path) -> dict[str, dict[str, int]]:
    """Size, and references to the outside, of each page."""
    found = {}
    for path in sorted(folder.rglob("*.html")):
        if path.name != "index.html":
            text = path.read_text(encoding="utf-8")
            found[path.stem] = {
                "bytes": len(text.encode()),
                "outside": len(OUTSIDE.findall(text)),
                "fetched": len(FETCHED.findall(text)),
            }
    return found


def round_of(run: Path, notebooks: list[str], folder: Path) -> dict[str, Took]:
    """The three ways, once each."""
    mine, theirs = folder / "ours", folder / "usual"
    theirs.mkdir()
    return {
        "ours": timed(ours(run, notebooks, mine), folder),
        "again": timed(ours(run, notebooks, mine), folder),
        "usual": timed(usual(run, notebooks, theirs), folder),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--notebooks", nargs="+", default=list(OF_RUNS), choices=SHIPPED)
    parser.add_argument("--scenario", type=Path, default=ROOT / "data/scenarios/chat_desk.yaml")
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    _adopt_orphans()

    rounds: list[dict[str, Took]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate = ["simulate", asked.scenario, "-n", str(asked.replications), "--out", "run"]
        subprocess.run([BIN / "pickup", *simulate], cwd=folder, check=True, capture_output=True)
        for number in range(asked.rounds):
            place = folder / str(number)
            place.mkdir()
            rounds.append(round_of(folder / "run", asked.notebooks, place))
            print(_line(rounds[-1]), flush=True)
        compared = {way: pages(folder / "0" / way) for way in ("ours", "usual")}
    _print(asked.notebooks, rounds, compared)
    if asked.json:
        told = {
            "notebooks": asked.notebooks,
            "cores": os.cpu_count(),
            "rounds": [{way: asdict(took) for way, took in each.items()} for each in rounds],
            "pages": compared,
        }
        asked.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _line(took: dict[str, Took]) -> str:
    return "  ".join(f"{way} {each.wall_s:6.2f} s" for way, each in took.items())


def _print(
    notebooks: list[str],
    rounds: list[dict[str, Took]],
    compared: dict[str, dict[str, dict[str, int]]],
) -> None:
    print(f"\n{len(notebooks)} notebooks, {os.cpu_count()} cores, medians of {len(rounds)} rounds")
    for way in rounds[0]:
        wall = statistics.median(each[way].wall_s for each in rounds)
        cpu = statistics.median(each[way].cpu_s for each in rounds)
        ratio = statistics.median(each["usual"].wall_s / each[way].wall_s for each in rounds)
        print(
            f"{way:6} {wall:7.2f} s  {cpu:7.2f} CPU-s  usual way takes {ratio:6.1f} times as long"
        )
    print(f"\n{'page':22}{'ours':>22}{'usual':>30}")
    for name in notebooks:
        mine, theirs = compared["ours"][name], compared["usual"][name]
        print(f"{name:22}{_told(mine):>22}{_told(theirs):>30}")


def _told(page: dict[str, int]) -> str:
    return f"{page['bytes'] / 1e3:,.0f} kB, {page['fetched']} fetched"


if __name__ == "__main__":
    main()
