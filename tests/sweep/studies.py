"""Study files over a desk small enough to simulate in a blink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.sweep.study_file import read_study
from tests.study.worlds import SMALL

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.sweep.study_file import Study

GRID = """
name: how many
base: desk.yaml
vary:
  agents[Desk].count: [1, 2, 3]
  topics[Sales].arrivals.scale: [1, 1.5]
replications: 4
seed: 7
"""

STOP = """
name: sure enough
base: desk.yaml
vary: {"agents[Desk].count": [1, 2, 4]}
replications: 60
stop: {figure: service_level.of_all, half_width: 0.06, at_least: 4}
"""

CHOOSE = """
name: the best
base: desk.yaml
vary: {"agents[Desk].count": [1, 2, 3]}
replications: 60
choose: {figure: service_level.of_all, indifference: 0.05, at_least: 5}
"""

TWO_TOPICS = SMALL.replace(
    "agents:",
    """  - id: 2
    name: Support
    opening_hours: {mon-fri: ["08:00-18:00"]}
    arrivals: {rate_per_hour: 6}
    work: {exponential: {mean: 5m}}
agents:""",
).replace("topics: [Sales]", "topics: [Sales, Support]")


def study(folder: Path, text: str = GRID, *, desk: str = SMALL) -> Study:
    """The study of a file with that text, beside a base ``desk.yaml``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "desk.yaml").write_text(desk)
    (folder / "study.yaml").write_text(text)
    return read_study(folder / "study.yaml")


def contents(sweep: Path) -> dict[str, bytes]:
    """Every file by its path but the manifest, which holds the time of day, and the empty lock."""
    return {
        str(file.relative_to(sweep)): file.read_bytes()
        for file in sorted(sweep.rglob("*"))
        if file.is_file() and file.name not in ("manifest.json", ".lock")
    }
