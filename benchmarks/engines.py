"""How fast the engines are beside their peers and beside C, in one run.

    python benchmarks/engines.py [--chats 200000] [--peer-chats 20000] [--rounds 5] [--json FILE]

All simulate the same draws of K1, K3 and the full desk (see `desks`), in turn, round after round;
those that run in the interpreter take the first ``--peer-chats`` of them. What counts is CPU
seconds of the process (for C and R their own clocks), the median over the rounds, and ratios within
a round, both sides having met the same neighbours on the machine. Where the model is the same, the
results are compared before the times.

*loop* is the compiled loop alone; *whole* has building the state and reading the outcomes besides,
as has the SimPy engine; C is its loop alone.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import desks
import idiomatic
import limit
import peers

from simulator.engines import compiled, simpy_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

    World = tuple[Scenario, Workload, Duty]

USUAL = "idiomatic SimPy"
SIMPY = "our SimPy engine"
LOOP = "compiled, loop"
WHOLE = "compiled, whole"
C = "C -O3 loop"
WHAT = "places in the queue, pickups, ends and agents"
PEERS = {"ciw": "Ciw", "salabim": "salabim", "simmer": "simmer (R)"}


@dataclass(frozen=True)
class Contestant:
    """One implementation of one desk. ``run`` gives CPU seconds by what they were spent on."""

    desk: str
    chats: int
    run: Callable[[], dict[str, float]]


@dataclass(frozen=True)
class Line:
    """What is told of one implementation: chats per CPU-second, and ratios within rounds."""

    desk: str
    name: str
    chats: int
    per_cpu_s: float
    slowest: float
    fastest: float
    ratios: dict[str, float]


@dataclass(frozen=True)
class Goal:
    """What is asked of a figure, and what it came to."""

    words: str
    value: float
    least: float

    @property
    def is_met(self) -> bool:
        return self.value >= self.least


def timed(name: str, work: Callable[[], object]) -> Callable[[], dict[str, float]]:
    """Runs it and gives its CPU time."""

    def run() -> dict[str, float]:
        start = time.process_time()
        work()
        return {name: time.process_time() - start}

    return run


def compiled_run(world: World) -> Callable[[], dict[str, float]]:
    """The compiled engine: its loop, and all of it."""

    def run() -> dict[str, float]:
        seconds = compiled.timed(*world)[1]
        return {LOOP: seconds["loop"], WHOLE: sum(seconds.values())}

    return run


class Arena:
    """The draws, the contestants who are here, and what is told of the others."""

    def __init__(self, chats: int, peer_chats: int, folder: Path) -> None:
        self.chats, self.peer_chats = chats, min(chats, peer_chats)
        self.contestants: list[Contestant] = []
        self.notes: list[str] = []
        self.skipped: dict[str, str] = {}
        self.is_compiled = compiled.is_there()
        if not self.is_compiled:
            self.skipped["compiled"] = "Numba is not installed here (extra 'compiled')"
        self.limit = None
        if reason := limit.why_not():
            self.skipped[C] = reason
        else:
            self.limit = limit.Limit(folder)
        self.adds_desk("K1", *desks.K1)
        self.adds_desk("K3", *desks.K3)
        self.adds_full()

    def adds(self, desk: str, chats: int, run: Callable[[], dict[str, float]]) -> None:
        self.contestants.append(Contestant(desk, chats, run))

    def adds_desk(self, desk: str, rate: float, output: tuple[str, ...]) -> None:
        """K1 or K3."""
        draws, few = (desks.draws(rate, size) for size in (self.chats, self.peer_chats))
        world, small = desks.desk(draws, output), desks.desk(few, output)
        ours = simpy_engine.run(*small)
        if len(output) == 1:
            usual = timed(USUAL, lambda: idiomatic.one_chat_each(few, desks.AGENTS))
        else:
            usual = timed(USUAL, lambda: idiomatic.several_chats_each(few, desks.AGENTS, output))
        self.adds(desk, self.peer_chats, usual)
        if desk == "K1":
            self.adds_libraries(few, peers.of_engine(ours))
        self.adds(desk, self.peer_chats, timed(SIMPY, lambda: simpy_engine.run(*small)))
        if self.is_compiled:
            self.adds(desk, self.chats, compiled_run(world))
        if self.limit:
            self.adds_limit(desk, draws, output, world)

    def adds_limit(
        self, desk: str, draws: desks.Draws, output: tuple[str, ...], world: World
    ) -> None:
        """The C loop, once its courses are those of our engine."""
        loop = self.limit
        assert loop is not None

        def course() -> limit.Courses:
            return loop.run(draws, desks.AGENTS, output, world[0].horizon_us)

        engine = compiled.run if self.is_compiled else simpy_engine.run
        are_equal = course().equals(engine(*world))
        self.says(desk, f"the C loop's {WHAT}", "bit for bit", are_equal=are_equal)
        self.adds(desk, self.chats, lambda: {C: course().cpu_s})

    def adds_libraries(self, draws: desks.Draws, ours: peers.Waits) -> None:
        """The peers that are installed, once their waits are ours."""
        for library, model in peers.LIBRARIES.items():
            if reason := peers.why_no(library):
                self.skipped[PEERS[library]] = reason
                continue
            same = model(draws, desks.AGENTS).agrees(ours)
            self.says("K1", f"{PEERS[library]}'s waits", "to the microsecond", are_equal=same)
            name, run = PEERS[library], model
            self.adds("K1", len(draws.work_us), timed(name, lambda m=run: m(draws, desks.AGENTS)))
        if reason := peers.why_no_simmer():
            self.skipped[PEERS["simmer"]] = reason
            return
        waits, _ = peers.simmer_desk(draws, desks.AGENTS)
        same = waits.agrees(ours)
        self.says("K1", f"{PEERS['simmer']}'s waits", "to the microsecond", are_equal=same)
        self.adds(
            "K1",
            len(draws.work_us),
            lambda: {PEERS["simmer"]: peers.simmer_desk(draws, desks.AGENTS)[1]},
        )

    def adds_full(self) -> None:
        """The desk with everything on, which only our engines know."""
        small = desks.full_desk(self.peer_chats)
        came = len(simpy_engine.run(*small).row)
        self.adds("full", came, timed(SIMPY, lambda: simpy_engine.run(*small)))
        if self.is_compiled:
            world = desks.full_desk(self.chats)
            self.adds("full", len(compiled.run(*world).row), compiled_run(world))

    def says(self, desk: str, what: str, how: str, *, are_equal: bool) -> None:
        """Note a comparison."""
        verdict = f"equal our engine's {how}" if are_equal else f"are NOT our engine's {how}"
        self.notes.append(f"{desk}: {what} {verdict}")


def measured(contestants: list[Contestant], rounds: int) -> list[Line]:
    """Every contestant once a round, in turn; then what is told of each."""
    taken: dict[tuple[str, str], list[float]] = {}
    chats: dict[tuple[str, str], int] = {}
    for _ in range(rounds):
        for each in contestants:
            gc.collect()
            for name, seconds in each.run().items():
                taken.setdefault((each.desk, name), []).append(seconds / each.chats)
                chats[each.desk, name] = each.chats
    return [
        Line(
            desk,
            name,
            chats[desk, name],
            per_cpu_s=1 / statistics.median(took),
            slowest=1 / max(took),
            fastest=1 / min(took),
            ratios={
                other: within_rounds(taken[desk, other], took)
                for other in (USUAL, PEERS["ciw"], C)
                if (desk, other) in taken
            },
        )
        for (desk, name), took in taken.items()
    ]


def within_rounds(other: list[float], took: list[float]) -> float:
    """How many times as fast as another: the median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(other, took, strict=True))


def goals(lines: list[Line]) -> list[Goal]:
    """What is asked of the engines, as far as it was measured."""
    by_name = {(line.desk, line.name): line for line in lines}
    asked = [
        ("K1", LOOP, USUAL, "compiled loop / idiomatic SimPy on K1", 300.0),
        ("K3", LOOP, USUAL, "compiled loop / idiomatic SimPy on K3", 300.0),
        ("K1", LOOP, C, "compiled loop / C loop on K1", 0.5),
        ("K3", LOOP, C, "compiled loop / C loop on K3", 0.5),
        ("K1", SIMPY, PEERS["ciw"], "SimPy engine / Ciw on K1", 2.5),
    ]
    found = [
        Goal(words, by_name[desk, name].ratios[other], least)
        for desk, name, other, words, least in asked
        if (desk, name) in by_name and other in by_name[desk, name].ratios
    ]
    if ("full", LOOP) in by_name:
        loop, whole = by_name["full", LOOP].per_cpu_s, by_name["full", WHOLE].per_cpu_s
        found.append(Goal("million chats per CPU-second, full desk, loop", loop / 1e6, 1.5))
        found.append(Goal("full desk, whole / loop", whole / loop, 0.7))
    return found


def show(lines: list[Line], arena: Arena) -> None:
    """The table, the comparisons and the goals."""
    print(
        f"{'desk':6}{'implementation':22}{'chats':>10}{'chats per CPU-second (range)':>42}"
        f"{'x idiomatic':>13}{'share of C':>12}"
    )
    for line in lines:
        spread = f"({line.slowest:,.0f} to {line.fastest:,.0f})"
        usual, c = (line.ratios.get(other) for other in (USUAL, C))
        print(
            f"{line.desk:6}{line.name:22}{line.chats:>10,}{line.per_cpu_s:>16,.0f} {spread:>25}"
            f"{'' if usual is None else f'{usual:.2f}':>13}{'' if c is None else f'{c:.0%}':>12}"
        )
    for note in arena.notes:
        print(note)
    for name, reason in arena.skipped.items():
        print(f"{name}: skipped, {reason}")
    for goal in goals(lines):
        verdict = "reached" if goal.is_met else "MISSED"
        print(f"{goal.words}: {goal.value:,.2f}, goal {goal.least:g}: {verdict}")


def as_json(lines: list[Line], arena: Arena, rounds: int) -> str:
    """All of it, for a file."""
    found = {
        "rounds": rounds,
        "unit": "chats per CPU-second, median over the rounds",
        "implementations": [vars(line) for line in lines],
        "comparisons": arena.notes,
        "skipped": arena.skipped,
        "goals": [vars(goal) | {"reached": goal.is_met} for goal in goals(lines)],
    }
    return json.dumps(found, indent=2) + "\n"


def main() -> None:
    """Run, print and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chats", type=int, default=200_000)
    parser.add_argument("--peer-chats", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if compiled.is_there():
        compiled.prepare()
    with tempfile.TemporaryDirectory() as folder:
        arena = Arena(options.chats, options.peer_chats, Path(folder))
        lines = measured(arena.contestants, options.rounds)
    show(lines, arena)
    if options.json:
        options.json.write_text(as_json(lines, arena, options.rounds))


if __name__ == "__main__":
    main()
