"""A worked example: how many generalists the shipped desk needs, today and when it is busier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulator.sweep.study_file import Study

__all__ = ["example_study", "worked_example"]

DESK: Final = Path(__file__).parents[2] / "data/scenarios/chat_desk.yaml"

DAYS: Final = 2
"""Enough to see what is to be seen; a week would take three times as long."""
REPLICATIONS: Final = 20


def example_study(folder: Path, *, desk: Path = DESK, replications: int = REPLICATIONS) -> Study:
    """Three numbers of generalists by two sizes of the demand for sales, over two days.

    Args:
        folder: where the study file and its base go.
        desk: the scenario file of which the base is the first days; it has the group Generalists
            and the topic Sales.
        replications: of each case.
    """
    from simulator.sweep.study_file import read_study

    folder.mkdir(parents=True, exist_ok=True)
    base = {"extends": str(desk.resolve()), "days": DAYS}
    study = {
        "name": "worked_example",
        "about": "How many generalists, today and with a tenth more sales chats",
        "base": "two_days.yaml",
        "vary": {
            "agents[Generalists].count": [3, 4, 5],
            "topics[Sales].arrivals.scale": [1, 1.1],
        },
        "replications": replications,
    }
    # JSON is YAML.
    for name, content in (("two_days.yaml", base), ("worked_example.yaml", study)):
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (folder / name).write_text(text, encoding="utf-8")
    return read_study(folder / "worked_example.yaml")


def worked_example(folder: Path, *, replications: int = REPLICATIONS) -> Path:
    """The folder of the example study's sweep, made within ``folder``; it takes a few seconds.

    Args:
        folder: where it goes, with the study file.
        replications: of each case.
    """
    from simulator.sweep.running import run_sweep

    return run_sweep(example_study(folder, replications=replications), out=folder / "sweep")
