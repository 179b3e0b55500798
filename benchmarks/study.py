"""Studies: memory over 10^8 chats, chats per second from draw to totals, and executors in a row.

    python benchmarks/study.py [--chats 1e8] [--beside 8e6] [--days 14] [--jobs 2] [--json FILE]

The desk has 20,000 chats a day for a fortnight, 350,000 in all with those who come again: five
topics, three chats per agent, reaction, wrap-up, silent leavers, retries, offline form; six cases,
totals by half-hour. The same study is swept with a tenth of the replications and with all, so that
memory can be seen to hang on the size of a replication and not on their number. Memory is that
resident in this process and all its children together (pages that they share are counted for
each), looked at twenty times a second, on Linux. Executors then do one smaller study in turn: this
process, several, and a Dask scheduler with as many workers, where Dask is there.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.engines import ENGINES
from simulator.study import cores
from simulator.sweep import open_sweep, read_study, run_sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = """
  - id: {id}
    name: Topic {id}
    arrivals: {{rate_per_hour: 170, day_factor: {{gamma_shape: 100}}}}
    work: {{lognormal: {{mean: 6m, cv: 1}}}}
    patience: {{weibull: {{mean: 6m, shape: 1.5}}}}
    reaction: {{lognormal: {{mean: 10s, cv: 1}}}}
    silent: {{share: 0.1, timeout: 2m}}
    retry: {{probability: 0.2, delay: {{exponential: {{mean: 30m}}}}, at_most: 3}}
    offline_form: {{after: 5m, taken_by: 0.3}}
"""

DESK = """
name: large desk
timezone: Europe/Oslo
start: 2026-06-01T00:00
days: {days}
study: terminating
topics:{topics}
agents:
  - group: Generalists
    count: 64
    topics: [{names}]
    cap: 3
    output: [1, 1.4, 1.6]
    wrap_up: {{exponential: {{mean: 20s}}}}
"""

STUDY = """
name: large study
base: desk.yaml
vary: {{"agents[Generalists].count": [60, 62, 64, 66, 68, 70]}}
replications: {replications}
"""

CHATS_A_DAY = 5 * 170 * 24
CASES = 6
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass
class Peak:
    """The most memory that was resident in all processes together, in bytes."""

    most: int = 0


def family() -> set[int]:
    """This process and its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
        except OSError:
            continue
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def resident(pids: set[int]) -> int:
    """Bytes in memory of these processes."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except OSError:
            continue
    return total


def cpu_seconds(pids: set[int]) -> float:
    """CPU time of these processes and of those that they have waited for."""
    ticks = 0
    for pid in pids:
        try:
            told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, told[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else sum(os.times()[:4])


@contextmanager
def watched() -> Iterator[Peak]:
    """The peak of memory within the context; 0 where there is no /proc."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            peak.most = max(peak.most, resident(family()))

    watcher = threading.Thread(target=look)
    if Path("/proc/self/statm").exists():
        watcher.start()
    try:
        yield peak
    finally:
        over.set()
        if watcher.ident is not None:
            watcher.join()


def write_study(folder: Path, chats: int, days: int) -> Path:
    """A study of about so many chats."""
    topics = "".join(TOPIC.format(id=number) for number in range(1, 6))
    names = ", ".join(f"Topic {number}" for number in range(1, 6))
    replications = max(math.ceil(chats / (days * CHATS_A_DAY) / CASES), 1)
    (folder / "desk.yaml").write_text(DESK.format(topics=topics, names=names, days=days))
    path = folder / "study.yaml"
    path.write_text(STUDY.format(replications=replications))
    return path


def swept(folder: Path, chats: int, days: int, engine: str, **how: object) -> dict[str, object]:
    """Sweep so many chats, and tell what it took."""
    asked = read_study(write_study(folder, chats, days))
    before = cpu_seconds(family())
    start = time.perf_counter()
    with watched() as peak:
        path = run_sweep(asked, engine=engine, out=folder / f"sweep-{secrets.token_hex(4)}", **how)
    wall = time.perf_counter() - start
    took = cpu_seconds(family()) - before
    sweep = open_sweep(path)
    requested = sum(sweep.table("replication", columns=["requested"])["requested"].to_pylist())
    return {
        "chats": requested,
        "wall_s": wall,
        "cpu_s": took,
        "chats_per_s": requested / wall,
        "chats_per_cpu_s": requested / took,
        "peak_mb": peak.most / 1e6,
        "results_mb": (path / "results.parquet").stat().st_size / 1e6,
        "sha256": sweep.manifest["files"]["results.parquet"]["sha256"],
        "engine": sweep.manifest["engine"],
    }


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[str]:
    """A scheduler on the loopback interface, with workers of one thread; its address."""
    from distributed import Client

    place = folder / "scheduler.json"
    scheduler = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place)]
    with ExitStack() as processes:

        def start(module: str, *arguments: str) -> None:
            command = [sys.executable, "-m", module, "--no-dashboard", *arguments]
            process = processes.enter_context(
                subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
            )
            processes.callback(process.terminate)

        start("distributed.cli.dask_scheduler", *scheduler)
        while not place.exists():
            time.sleep(0.05)
        address = json.loads(place.read_text())["address"]
        for _ in range(workers):
            start("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny")
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address


def told(name: str, found: dict[str, object]) -> None:
    """One line."""
    memory = f", at most {found['peak_mb']:,.0f} MB" if found["peak_mb"] else ""
    print(
        f"{name:24} {found['chats'] / 1e6:7.1f} M chats in {found['wall_s']:6.1f} s: "
        f"{found['chats_per_s'] / 1e6:.2f} M/s, {found['chats_per_cpu_s'] / 1e6:.2f} M per "
        f"CPU-second{memory} ({found['engine']})",
        flush=True,
    )


def main() -> None:
    """Run, print and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chats", type=lambda text: int(float(text)), default=100_000_000)
    parser.add_argument("--beside", type=lambda text: int(float(text)), default=8_000_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--engine", choices=("auto", *ENGINES), default="auto")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    results: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)

        def run(name: str, chats: int, **how: object) -> None:
            results[name] = swept(folder, chats, options.days, options.engine, **how)
            told(name, results[name])

        for name, chats in (("a tenth", options.chats // 10), ("all", options.chats)):
            run(name, chats, jobs=options.jobs)
        run("one process", options.beside, jobs=1)
        run(f"{options.jobs} processes", options.beside, jobs=options.jobs)
        if importlib.util.find_spec("distributed"):
            with dask_cluster(folder, options.jobs) as address:
                run(f"Dask, {options.jobs} workers", options.beside, scheduler=address)
    alike = {found["sha256"] for name, found in results.items() if name not in ("a tenth", "all")}
    print("executors: same bytes" if len(alike) == 1 else "executors: DIFFERENT BYTES")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
