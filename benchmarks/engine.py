"""How fast the SimPy engine is beside the usual way to write such a model, in one run.

    python benchmarks/engine.py [--chats 20000] [--rounds 9] [--json FILE]

Both simulate the same draws of K1 and K3 (see `desks`), in turn, round after round. What counts is
the ratio within a round, both having met the same neighbours on the machine: the median over the
rounds, and its range. Building the desk and reading the outcomes are included.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import desks
import idiomatic

from simulator.engines import simpy_engine

if TYPE_CHECKING:
    from collections.abc import Callable


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call, the collector having been run before."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def contestants(chats: int) -> dict[str, dict[str, Callable[[], object]]]:
    """By desk, by implementation."""
    k1, k3 = (desks.draws(rate, chats) for rate, _ in (desks.K1, desks.K3))
    desk1, desk3 = desks.desk(k1, desks.K1[1]), desks.desk(k3, desks.K3[1])
    return {
        "K1": {
            "engine": lambda: simpy_engine.run(*desk1),
            "idiomatic": lambda: idiomatic.one_chat_each(k1, desks.AGENTS),
        },
        "K3": {
            "engine": lambda: simpy_engine.run(*desk3),
            "idiomatic": lambda: idiomatic.several_chats_each(k3, desks.AGENTS, desks.K3[1]),
        },
    }


def main() -> None:
    """Run, print and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chats", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    results: dict[str, dict[str, float]] = {}
    for desk, pair in contestants(options.chats).items():
        times: dict[str, list[float]] = {name: [] for name in pair}
        for _ in range(options.rounds):
            for name, work in pair.items():
                times[name].append(cpu_seconds(work))
        rates = {name: options.chats / statistics.median(took) for name, took in times.items()}
        pairs = zip(times["idiomatic"], times["engine"], strict=True)
        ratios = sorted(usual / ours for usual, ours in pairs)
        results[desk] = {**rates, "ratio": statistics.median(ratios)}
        print(
            f"{desk}: engine {rates['engine']:,.0f} chats per CPU-second, "
            f"idiomatic {rates['idiomatic']:,.0f}, ratio {results[desk]['ratio']:.2f} "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
