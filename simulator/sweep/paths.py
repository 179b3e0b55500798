"""Paths into a scenario, such as ``agents[Generalists].count``, and values put in their places.

A path is written as the scenario's complaints write it: keys after dots, and in brackets the name
of a topic or group, the position in any other list (from 0), or a key that holds dots or blanks
(``topics[Sales].transfer.to[After sales]``). It may lead to what the file does not say yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simulator.errors import ScenarioError
from simulator.scenario.complaints import known_names
from simulator.scenario.documents import MERGED_BY, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.errors import Place

__all__ = ["ScenarioPath", "Step", "parse_path", "placed", "value_at"]

_STEP = re.compile(
    r"""
    (?:^|(?<=.)\.) \s* (?P<key> [^.\[\]]+ )      # a key: first, or after a dot
    | \[ (?P<picked> [^\[\]]* (?: \[ [^\[\]]* \] [^\[\]]* )* ) \] \s*
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A key, or what stands in brackets; which of the two makes no difference to where it leads."""

    name: str
    picked: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"[{self.name}]" if self.picked else self.name


@dataclass(frozen=True, slots=True)
class ScenarioPath:
    """The way to one entry of a scenario."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """``topics[Sales].arrivals.scale``, blanks around the steps left out."""
        return "".join(
            f"{'.' if at and not step.picked else ''}{step}" for at, step in enumerate(self.steps)
        )

    def covers(self, other: ScenarioPath) -> bool:
        """Whether what is put here takes the place of what is put there."""
        return other.steps[: len(self.steps)] == self.steps

    def beside(self, key: str) -> ScenarioPath:
        """The path to another key of the same mapping."""
        return ScenarioPath((*self.steps[:-1], Step(key)))


def parse_path(text: str, place: Place | None = None) -> ScenarioPath:
    """The path that a text spells.

    >>> [str(step) for step in parse_path("agents[Sales desk].output[1]").steps]
    ['agents', '[Sales desk]', 'output', '[1]']

    Raises:
        ScenarioError: the text is no path, or leads to ``extends``.
    """
    steps: list[Step] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        name = "" if found is None else (found["key"] or found["picked"] or "").strip()
        if found is None or not name:
            raise ScenarioError(
                f"'{text}' is no path; write one such as agents[Generalists].count", place
            )
        steps.append(Step(name, picked=found["key"] is None))
        at = found.end()
    if not steps or steps[0].picked:
        raise ScenarioError(
            f"'{text}' is no path; begin with a key of the scenario, such as topics[Sales]", place
        )
    if steps[0].name == "extends":
        raise ScenarioError("extends cannot vary; write a study for each base", place)
    return ScenarioPath(tuple(steps))


def value_at(root: Entry, path: ScenarioPath) -> Entry | None:
    """The entry at ``path``; None where there is none."""
    entry, of_list = root, ""
    for step in path.steps:
        if isinstance(entry.value, dict) and step.name in entry.value:
            entry = entry.value[step.name]
        elif isinstance(entry.value, list):
            at = _positions(entry.value, of_list).get(step.name)
            if at is None:
                return None
            entry = entry.value[at]
        else:
            return None
        of_list = step.name
    return entry


def placed(root: Entry, path: ScenarioPath, value: Entry) -> Entry:
    """The tree with ``value`` at ``path`` in the place of all that stood there.

    Mappings that are not there yet are made; null takes out what is there. The tree given is left
    as it is, and shares with the new one what did not change.

    Raises:
        ScenarioError: no topic, group or item is called so, or something that is neither a
            mapping nor a list stands in the way; with the place of ``value``.
    """
    return _placed(root, path, 0, value)


def _placed(entry: Entry, path: ScenarioPath, at: int, value: Entry) -> Entry:
    if at == len(path.steps):
        return value
    if isinstance(entry.value, list):
        return _placed_in_list(entry, entry.value, path, at, value)
    if not isinstance(entry.value, dict):
        raise ScenarioError(
            f"{ScenarioPath(path.steps[:at])} is {entry.value} and has no {path.steps[at].name} "
            "in it; vary it whole",
            value.place,
        )
    step = path.steps[at]
    within = dict(entry.value)
    if at + 1 == len(path.steps) and value.value is None and step.name in within:
        del within[step.name]
    else:
        below = within.get(step.name)
        if below is None or below.value is None:
            below = Entry({}, value.place, value.folder)
        within[step.name] = _placed(below, path, at + 1, value)
    return replace(entry, value=within)


def _placed_in_list(
    entry: Entry, items: Sequence[Entry], path: ScenarioPath, at: int, value: Entry
) -> Entry:
    here, step = ScenarioPath(path.steps[:at]), path.steps[at]
    positions = _positions(items, here.steps[-1].name)
    if not step.picked:
        names = ", ".join(f"{here}[{name}]" for name in positions)
        raise ScenarioError(f"{here} is a list; name one of {names}", value.place)
    if step.name not in positions:
        raise ScenarioError(
            f"there is no {here}[{step.name}]{known_names(step.name, positions)}", value.place
        )
    position = positions[step.name]
    within = list(items)
    if at + 1 == len(path.steps) and value.value is None:
        del within[position]
    else:
        within[position] = _placed(within[position], path, at + 1, value)
    return replace(entry, value=within)


def _positions(items: Sequence[Entry], of_list: str) -> dict[str, int]:
    """What may stand in the brackets, and which item it means."""
    key = MERGED_BY.get(of_list)
    if key is None:
        return {str(at): at for at in range(len(items))}
    positions: dict[str, int] = {}
    for at, item in enumerate(items):
        name = item.value.get(key) if isinstance(item.value, dict) else None
        if name is not None:
            positions.setdefault(str(name.value), at)
    return positions
