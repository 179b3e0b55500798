"""A scenario with one more agent in a group: what a colleague would buy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import UsageError
from simulator.scenario import Scenario, load, loads, to_yaml
from simulator.scenario.documents import parse, plain
from simulator.spelling import did_you_mean

if TYPE_CHECKING:
    from simulator.scenario import Group

__all__ = ["one_more_agent"]


def one_more_agent(scenario: Scenario | Path | str, group: str) -> Scenario:
    """The scenario with one more agent in ``group``, alike in all else; its name says so.

    ====================  =====================================================================
    the group is given    then
    ====================  =====================================================================
    by ``count``          one more, on duty at the same hours
    by ``names``          one more name, on duty at the same hours
    by a ``roster``       a newcomer works the shifts of the agent who is longest on duty
    by ``staffing``       one more in every interval in which there is anybody
    ====================  =====================================================================

    The newcomer's luck is their own, and nobody else's changes (their absences included), so the
    two scenarios can be compared customer by customer.

    Raises:
        UsageError: there is no such group.
    """
    world = scenario if isinstance(scenario, Scenario) else load(scenario)
    known = {found.name: found for found in world.groups}
    if group not in known:
        raise UsageError(
            f"there is no group '{group}' in {world.name}{did_you_mean(group, known)} "
            f"Give one of: {', '.join(known)}"
        )
    document = plain(parse(to_yaml(world), file=world.name, folder=Path()))
    document["name"] = f"{world.name} +1 {group}"
    written = next(item for item in document["agents"] if item["group"] == group)
    written |= _with_one_more(written, world, known[group])
    # JSON is YAML, and every scalar of a document is the text that was written.
    return loads(json.dumps(document, ensure_ascii=False))


def _with_one_more(written: dict[str, Any], world: Scenario, group: Group) -> dict[str, Any]:
    """The keys of the group that change."""
    newcomer = _new_name(world, group)
    changed: dict[str, Any] = {}
    if "count" in written:
        changed["count"] = str(int(written["count"]) + 1)
    if "names" in written:
        changed["names"] = [*written["names"], newcomer]
    if "roster" in written:
        model = _longest_on_duty(world, group)
        rows = [row for row in written["roster"] if row["agent"] == model]
        changed["roster"] = [*written["roster"], *(row | {"agent": newcomer} for row in rows)]
    if "staffing" in written:
        changed["staffing"] = [
            row | {"agents": _risen(row["agents"])} for row in written["staffing"]
        ]
    return changed


def _risen(agents: str) -> str:
    return str(int(float(agents)) + 1) if float(agents) > 0 else agents


def _longest_on_duty(world: Scenario, group: Group) -> str:
    people = world.agents[group.first_agent : group.first_agent + group.agent_count]
    hours = {agent.name: sum(until - since for since, until, _ in agent.duty) for agent in people}
    return max(hours, key=lambda name: hours[name])


def _new_name(world: Scenario, group: Group) -> str:
    """The group's name and the first number that nobody else bears."""
    taken = {agent.name for agent in world.agents}
    number = group.agent_count + 1
    while f"{group.name} {number}" in taken:
        number += 1
    return f"{group.name} {number}"
