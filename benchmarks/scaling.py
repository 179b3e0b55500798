"""How time and memory grow with chats, agents, skills, topics and the length of the queue.

    python benchmarks/scaling.py [--sizes chats=1e4,1e5,1e6,1e7] [--only agents --only queue]
                                 [--json FILE] [--plot FILE.svg]

Each point is a desk of its own in a fresh process: chats of ten minutes, three at once, with
reaction times and patience, drawn, simulated and read. Time is CPU time, the least of three runs
(of two under SimPy, which runs up to 10^5 chats); memory is the peak of what is resident, less what
the process held before it drew. The exponent of growth is the slope of log cost over log size: over
all sizes of chats and topics, otherwise over those from 30 on, where what is constant no longer
hides the rest.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simulator.outcomes import Outcomes
    from simulator.scenario.world import Scenario
    from simulator.workload import Duty, Workload

RUNS = {"compiled": 3, "simpy": 2}
SIMPY_AT_MOST = 100_000
SIMPY_CHATS = 20_000
COMPILED_CHATS = 200_000
LARGE = 30
"""Sizes from which costs that do not depend on the size are small beside the others."""
LINEAR = 1.0
SUBLINEAR = 0.4
"""The most that the cost of an event may grow by: a cache that no longer holds all, a logarithm."""
SLACK = 0.1
"""How much a measured exponent may be above."""
CHATS_PER_AGENT_HOUR = 6 * 1.5
OVERLOAD = 3.0


@dataclass(frozen=True)
class Point:
    """A desk to be measured, and how."""

    axis: str
    size: float
    engine: str
    chats: int
    agents: int = 20
    topics: int = 1
    groups: int = 1
    is_staffed: bool = False
    load: float = 0.95
    patience_h: float = 0.25


@dataclass(frozen=True)
class Cost:
    """What a point took: CPU seconds, and MB at the peak."""

    axis: str
    size: float
    engine: str
    chats: int
    draw_s: float
    build_s: float
    loop_s: float
    read_s: float
    peak_mb: float

    @property
    def whole_s(self) -> float:
        return self.draw_s + self.build_s + self.loop_s + self.read_s


@dataclass(frozen=True)
class Axis:
    """What grows, and the point of a size."""

    words: str
    sizes: tuple[float, ...]
    at: Callable[[Point, float], Point]


def staffed(point: Point, size: float) -> Point:
    return replace(point, agents=round(size), is_staffed=True)


def queue(point: Point, size: float) -> Point:
    """So many wait once as many give up as are too many."""
    too_many_per_h = point.agents * CHATS_PER_AGENT_HOUR * (OVERLOAD - 1)
    return replace(point, load=OVERLOAD, patience_h=size / too_many_per_h)


AXES = {
    "chats": Axis("chats", (1e4, 1e5, 1e6), lambda p, size: replace(p, chats=round(size))),
    "agents": Axis("agents", (10, 100, 300, 1000), lambda p, size: replace(p, agents=round(size))),
    "staffed": Axis("agents by a staffing table", (10, 100, 300, 1000), staffed),
    "groups": Axis(
        "groups of other skills, 5 topics, 300 agents",
        (5, 30, 100, 300),
        lambda p, size: replace(p, agents=300, topics=5, groups=round(size)),
    ),
    "topics": Axis(
        "topics, a group for each, 100 agents",
        (1, 5, 20),
        lambda p, size: replace(p, agents=100, topics=round(size), groups=round(size)),
    ),
    "queue": Axis("chats waiting, on average", (10, 1000, 1e4, 1e5), queue),
}


def points(axis: str, sizes: Sequence[float]) -> list[Point]:
    """A point of each engine for each size; SimPy where it is not too long."""
    found = []
    for engine, chats in (("compiled", COMPILED_CHATS), ("simpy", SIMPY_CHATS)):
        base = Point(axis, 0, engine, chats)
        every = [replace(AXES[axis].at(base, size), size=size) for size in sizes]
        found += [point for point in every if engine != "simpy" or is_for_simpy(point)]
    return found


def is_for_simpy(point: Point) -> bool:
    """Not too many chats, and enough of them to fill the queue that is asked for."""
    return point.chats <= SIMPY_AT_MOST and (point.axis != "queue" or 4 * point.size < point.chats)


def arrivals(point: Point) -> tuple[int, str, str]:
    """The days that bring about so many chats, the notation of their arrivals, and a forecast.

    Less than a day's chats come in its first hours, so that the load is the same.
    """
    per_hour = point.agents * CHATS_PER_AGENT_HOUR * point.load
    each = per_hour / point.topics
    hours = point.chats / per_hour
    if hours >= 24:
        return round(hours / 24), f"{{rate_per_hour: {each}}}", ""
    rows = ["weekday,start,end,chats"]
    busy = max(1, round(2 * hours))
    for half_hour in range(48):
        start, until = (
            f"{number // 2:02}:{30 * (number % 2):02}" for number in (half_hour, half_hour + 1)
        )
        rows.append(f"mon-sun,{start},{until},{each / 2 if half_hour < busy else 0}")
    return 1, "{forecast: forecast.csv, column: chats}", "\n".join(rows) + "\n"


def scenario(point: Point) -> Scenario:
    """The desk of a point."""
    from simulator.scenario import loads

    days, coming, forecast = arrivals(point)
    text = [
        "name: scaling",
        "timezone: UTC",
        "start: 2026-01-05",
        f"days: {days}",
        "study: terminating",
        "topics:",
    ]
    for topic in range(1, point.topics + 1):
        text += [
            f"  - id: {topic}",
            f"    name: T{topic}",
            f"    arrivals: {coming}",
            "    work: {lognormal: {mean: 10m, cv: 1}}",
            f"    patience: {{exponential: {{mean: {round(3600 * point.patience_h)}s}}}}",
            "    reaction: {lognormal: {mean: 20s, cv: 1}}",
        ]
    text.append("agents:")
    for group in range(point.groups):
        others = 1 + group // point.topics % max(1, point.topics - 1)
        skills = sorted({group % point.topics, (group + others) % point.topics})
        count = (group + 1) * point.agents // point.groups - group * point.agents // point.groups
        text += [
            f"  - group: G{group}",
            "    staffing: staffing.csv" if point.is_staffed else f"    count: {count}",
            f"    topics: [{', '.join(f'T{topic + 1}' for topic in skills)}]",
            "    cap: 3",
            "    output: [1, 1.3, 1.5]",
        ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "staffing.csv").write_text(staffing(point.agents))
        (Path(folder) / "forecast.csv").write_text(forecast)
        return loads("\n".join(text) + "\n", folder=folder)


def staffing(agents: int) -> str:
    """A table whose headcount falls by a tenth and rises again, every hour."""
    rows = ["weekday,start,end,agents"]
    for hour in range(24):
        rows.append(f"mon-sun,{hour:02}:00,{hour:02}:30,{agents}")
        rows.append(f"mon-sun,{hour:02}:30,{hour + 1:02}:00,{max(1, round(0.9 * agents))}")
    return "\n".join(rows) + "\n"


def cost(point: Point) -> Cost:
    """Measure a point, in this process."""
    from simulator.engines import compiled
    from simulator.workload import on_duty, sample

    world = scenario(point)
    if point.engine == "compiled":
        compiled.prepare()
    before = peak_mb()
    start = time.process_time()
    workload = sample(world, seed=1, replication=1)
    duty = on_duty(world, seed=1, replication=1)
    drawn = time.process_time() - start
    runs = [simulated(point.engine, world, workload, duty) for _ in range(RUNS[point.engine])]
    outcomes = runs[0][0]
    least = {part: min(seconds[part] for _, seconds in runs) for part in runs[0][1]}
    size = point.size if point.axis != "queue" else waiting(outcomes, world.horizon_us)
    return Cost(
        axis=point.axis,
        size=size,
        engine=point.engine,
        chats=len(outcomes.row),
        draw_s=drawn,
        build_s=least["build"],
        loop_s=least["loop"],
        read_s=least["read"],
        peak_mb=peak_mb() - before,
    )


def simulated(
    engine: str, scenario: Scenario, workload: Workload, duty: Duty
) -> tuple[Outcomes, dict[str, float]]:
    """The outcomes, and the CPU seconds by part; all of SimPy's count as the loop's."""
    from simulator.engines import compiled, simpy_engine

    if engine == "compiled":
        return compiled.timed(scenario, workload, duty)
    start = time.process_time()
    outcomes = simpy_engine.run(scenario, workload, duty)
    return outcomes, {"build": 0.0, "loop": time.process_time() - start, "read": 0.0}


def waiting(outcomes: Outcomes, horizon_us: int) -> float:
    """How many chats wait on average."""
    import numpy as np

    until = np.where(outcomes.picked_up_us >= 0, outcomes.picked_up_us, outcomes.ended_us)
    until = np.where(until >= 0, until, horizon_us)
    return float((until - outcomes.requested_us).sum() / horizon_us)


def peak_mb() -> float:
    """The most that was resident of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cost_apart(point: Point) -> Cost:
    """Measure a point in a process of its own."""
    command = [sys.executable, __file__, "--point", json.dumps(asdict(point))]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(told.stdout))


@dataclass(frozen=True)
class Growth:
    """An exponent, what it is held against, and the verdict in words."""

    axis: str
    engine: str
    what: str
    exponent: float
    at_most: float
    sizes: tuple[float, float]

    @property
    def is_within(self) -> bool:
        return self.exponent <= self.at_most

    def __str__(self) -> str:
        verdict = "within" if self.is_within else "ABOVE"
        first, last = self.sizes
        return (
            f"{self.axis:8} {self.engine:9} {self.what} ~ n^{self.exponent:.2f} "
            f"from {first:,.0f} to {last:,.0f}: {verdict} n^{self.at_most:.2f}"
        )


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The exponent b of cost = a * size^b by least squares of the logarithms.

    >>> round(slope([10, 100, 1000], [3, 300, 30000]), 6)
    2.0
    """
    x, y = [math.log(size) for size in sizes], [math.log(each) for each in costs]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    over = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return over / sum((a - mean_x) ** 2 for a in x)


def n_log_n(sizes: Sequence[float]) -> float:
    """The exponent that n log n shows over these sizes."""
    return slope(sizes, [size * math.log(size) for size in sizes])


def growths(costs: Iterable[Cost]) -> list[Growth]:
    """By axis and engine: of all chats together in time and memory, or of one chat's time."""
    found = []
    by_line: dict[tuple[str, str], list[Cost]] = {}
    for each in costs:
        by_line.setdefault((each.axis, each.engine), []).append(each)
    for (axis, _), line in by_line.items():
        if axis == "chats":
            sizes = [float(each.chats) for each in line]
            found += growth(line, sizes, "CPU time", n_log_n(sizes), lambda each: each.whole_s)
            found += growth(line, sizes, "memory", LINEAR, lambda each: max(each.peak_mb, 1))
        else:
            large = [each for each in line if each.size >= LARGE or axis == "topics"]
            sizes = [each.size for each in large]
            found += growth(large, sizes, "CPU time a chat", SUBLINEAR, chat_s)
    return found


def chat_s(each: Cost) -> float:
    """CPU seconds of the loop for a chat."""
    return each.loop_s / each.chats


def growth(
    line: list[Cost],
    sizes: list[float],
    what: str,
    at_most: float,
    of: Callable[[Cost], float],
) -> list[Growth]:
    """The growth along a line of two points or more."""
    if len(line) < 2:
        return []
    first = line[0]
    return [
        Growth(
            first.axis,
            first.engine,
            what,
            slope(sizes, [of(each) for each in line]),
            at_most + SLACK,
            (min(sizes), max(sizes)),
        )
    ]


def row(each: Cost) -> str:
    """A line of the table."""
    return (
        f"{each.axis:9}{each.size:>12,.0f}  {each.engine:9}{each.chats:>11,}"
        f"{each.loop_s / each.chats * 1e9:>14,.0f}{each.whole_s / each.chats * 1e9:>14,.0f}"
        f"{each.peak_mb:>12,.0f}"
    )


HEAD = (
    f"{'':9}{'size':>12}  {'engine':9}{'chats':>11}{'ns a chat':>14}{'with the rest':>14}{'MB':>12}"
)


def plot(costs: list[Cost], path: Path) -> None:
    """Cost of a chat over each axis, and memory over chats; both scales logarithmic."""
    from matplotlib.figure import Figure

    axes = [name for name in AXES if any(each.axis == name for each in costs)]
    panels = [*axes, "memory"] if "chats" in axes else axes
    figure = Figure(figsize=(10, 3 * math.ceil(len(panels) / 2)), layout="constrained")
    for number, panel in enumerate(panels, start=1):
        place = figure.add_subplot(math.ceil(len(panels) / 2), 2, number)
        axis = "chats" if panel == "memory" else panel
        for engine, mark in (("compiled", "o-"), ("simpy", "s--")):
            line = [each for each in costs if (each.axis, each.engine) == (axis, engine)]
            if panel == "memory":
                values = [max(each.peak_mb, 1) for each in line]
            else:
                values = [each.loop_s / each.chats * 1e6 for each in line]
            if line:
                place.plot([each.size for each in line], values, mark, label=engine)
        place.set_xscale("log")
        place.set_yscale("log")
        place.set_xlabel(AXES[axis].words)
        place.set_ylabel("peak memory, MB" if panel == "memory" else "CPU time, µs a chat")
        place.grid(visible=True, which="major", alpha=0.3)
        place.legend()
    figure.savefig(path)


def sizes_of(text: str) -> tuple[str, tuple[float, ...]]:
    """From AXIS=SIZE,SIZE…

    Raises:
        argparse.ArgumentTypeError: no such axis, or not two sizes of 1 or more that rise.
    """
    axis, _, listed = text.partition("=")
    try:
        found = tuple(float(size) for size in listed.split(","))
    except ValueError:
        found = ()
    if axis not in AXES or len(found) < 2 or sorted(set(found)) != list(found) or found[0] < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give AXIS=SIZE,SIZE… with rising sizes, AXIS one of {', '.join(AXES)}"
        )
    return axis, found


def main() -> None:
    """Run, print and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=sizes_of, action="append", default=[])
    parser.add_argument("--only", choices=list(AXES), action="append")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path, help="an SVG or PNG file")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print(json.dumps(asdict(cost(Point(**json.loads(options.point))))))
        return
    from simulator.engines import compiled

    sizes = {name: axis.sizes for name, axis in AXES.items()} | dict(options.sizes)
    costs = []
    print(HEAD)
    for axis in options.only or AXES:
        for point in points(axis, sizes[axis]):
            if point.engine == "compiled" and not compiled.is_there():
                continue
            costs.append(cost_apart(point))
            print(row(costs[-1]), flush=True)
    found = growths(costs)
    for each in found:
        print(each)
    if options.json:
        told = {
            "points": [asdict(each) for each in costs],
            "growth": [asdict(each) | {"is_within": each.is_within} for each in found],
        }
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    if options.plot:
        plot(costs, options.plot)


if __name__ == "__main__":
    main()
