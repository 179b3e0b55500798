"""A worked example: ten days of the shipped desk taken for records, the last of which went badly.

On that day a sickness leaves half of the generalists; the scenario that predicts knows nothing of
it. So the page has something to say, and its reader knows what the right answer is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulator.scenario.world import Scenario

__all__ = ["DAY", "worked_example"]

DESK: Final = Path(__file__).parents[3] / "data/scenarios/chat_desk.yaml"
DAY: Final = date(2026, 4, 1)
BEFORE: Final = 9
"""Days of records before it."""
GROUP: Final = "Generalists"
SICK: Final = 2
"""Agents of the group, on that day."""


def worked_example(folder: Path, *, seed: int = 6) -> tuple[Path, list[Path], date]:
    """The scenario's file, the records, and the day to look back on.

    Args:
        folder: where they go; made in a second or two.
        seed: of the recorded luck.
    """
    from simulator import scenario, sessions, study
    from simulator.sessions import entities

    folder.mkdir(parents=True, exist_ok=True)
    desk = folder / "chat_desk.yaml"
    desk.write_text(f"extends: {json.dumps(str(DESK.resolve()))}\n", encoding="utf-8")
    span = f"start: {DAY - timedelta(days=BEFORE)}T00:00\ndays: {BEFORE + 1}\n"
    world = scenario.loads(f"extends: {json.dumps(desk.name)}\n{span}", folder=folder)
    out = folder / "recorded"
    run = sessions.open_run(
        study.simulate(_with_sick(world), replications=1, seed=seed, out=out, overwrite=True)
    )
    records = folder / "chats.jsonl"
    with records.open("wb") as file:
        file.writelines(entities.records(run.sessions, world, seed))
    return desk, [records], DAY


def _with_sick(world: Scenario) -> Scenario:
    """The same desk with some agents off duty on the last day."""
    group = next(each for each in world.groups if each.name == GROUP)
    sick = range(group.first_agent, group.first_agent + SICK)
    last = len(world.dates) - 1
    agents = tuple(
        replace(agent, duty=tuple(span for span in agent.duty if span[2] != last))
        if number in sick
        else agent
        for number, agent in enumerate(world.agents)
    )
    return replace(world, agents=agents)
