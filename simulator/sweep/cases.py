"""The cases of a study: each a scenario of its own, made from the base by a few changes."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import ScenarioError
from simulator.scenario.documents import parse
from simulator.scenario.reading import from_tree
from simulator.sweep.naming import path_labels, value_labels, value_text
from simulator.sweep.paths import ScenarioPath, Step, placed, value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simulator.errors import Place
    from simulator.scenario.documents import Entry
    from simulator.scenario.world import Scenario

__all__ = ["Axis", "Case", "Listed", "Setting", "cases"]

MOST_CASES = 10_000
"""More is a slip of the pen: each is a scenario, read and checked before anything starts."""

Setting = tuple[ScenarioPath, "Entry"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A path, and the values that it takes in a grid."""

    path: ScenarioPath
    values: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A case that the study file lists."""

    name: str | None
    settings: tuple[Setting, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One of the scenarios of a study."""

    name: str
    """Unlike the others, short, from what differs: "count 4, scale 0.9"."""
    settings: Mapping[str, str]
    """Every varied path with its value in this case as text, also where it is that of the base:
    numbers in their one form, "none" for what is not there."""
    scenario: Scenario


def cases(base: Entry, axes: Sequence[Axis], listed: Sequence[Listed]) -> tuple[Case, ...]:
    """Every listed case (none: the base itself) with every combination of the axes' values.

    The listed ones go slowest, then the first axis. Where a case sets an agent group's ``cap``
    below the length of its ``output``, the output is cut: r(1..cap) is what is left of it.

    Args:
        base: the scenario's tree, after ``extends``.
        axes: the grid; its paths lead to different entries.
        listed: their settings come before those of the grid.

    Raises:
        ScenarioError: a scenario is wrong (every complaint, with the first case that it befalls),
            two cases have one name, a later setting undoes an earlier one, or they are too many.
    """
    listed = listed or [Listed("" if axes else "base", ())]
    _check_number(axes, listed)
    drafts = [
        _Draft(one, tuple((axis.path, value) for axis, value in zip(axes, values, strict=True)))
        for one in listed
        for values in itertools.product(*(axis.values for axis in axes))
    ]
    paths = list(dict.fromkeys(path for draft in drafts for path, _ in draft.settings))
    paths.sort(key=lambda path: path not in [axis.path for axis in axes])
    names = _names(drafts, axes, paths)
    made: list[Case] = []
    wrong: dict[str, str] = {}
    for draft, name in zip(drafts, names, strict=True):
        try:
            tree = draft.applied(base)
            scenario = from_tree(tree)
        except ScenarioError as error:
            for line in str(error).splitlines():
                wrong.setdefault(line, name)
        else:
            made.append(Case(name, _settings(tree, scenario, paths, draft), scenario))
    if wrong:
        raise ScenarioError("\n".join(f"case '{name}': {line}" for line, name in wrong.items()))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A case before its scenario is made."""

    listed: Listed
    grid: tuple[Setting, ...]

    @property
    def settings(self) -> tuple[Setting, ...]:
        """In the order in which they are applied."""
        return (*self.listed.settings, *self.grid)

    def applied(self, base: Entry) -> Entry:
        """The base's tree with the settings in it."""
        tree = base
        for at, (path, value) in enumerate(self.settings):
            undone = next((p for p, _ in self.settings[:at] if path.covers(p)), None)
            if undone is not None:
                raise ScenarioError(f"{path} undoes what {undone} sets; keep one", value.place)
            tree = placed(tree, path, value)
        for path, _ in self.settings:
            tree = _with_output_cut(tree, path)
        return tree


def _with_output_cut(tree: Entry, cap: ScenarioPath) -> Entry:
    """The tree with the first ``cap`` entries of r(k), where ``cap`` leads to a group's cap."""
    if len(cap.steps) != 3 or (cap.steps[0], cap.steps[2]) != (Step("agents"), Step("cap")):
        return tree
    most, output = value_at(tree, cap), value_at(tree, cap.beside("output"))
    if most is None or output is None or not isinstance(output.value, list):
        return tree
    if not (isinstance(most.value, str) and most.value.isdecimal()) or int(most.value) < 1:
        return tree
    cut = type(output)(output.value[: int(most.value)], output.place, output.folder)
    return placed(tree, cap.beside("output"), cut)


def _settings(
    tree: Entry, scenario: Scenario, paths: Sequence[ScenarioPath], draft: _Draft
) -> dict[str, str]:
    """By path: as the study sets it, else as the base says it, else the default."""
    given = {path: value_text(value) for path, value in draft.settings}
    missing = [path for path in paths if path not in given]
    resolved = None
    for path in missing:
        found = value_at(tree, path)
        if found is None:
            resolved = resolved or parse(scenario.resolved, file=scenario.name, folder=Path())
            found = value_at(resolved, path)
        given[path] = value_text(found)
    return {str(path): given[path] for path in paths}


def _names(
    drafts: Sequence[_Draft], axes: Sequence[Axis], paths: Sequence[ScenarioPath]
) -> list[str]:
    """A name for each case, all different."""
    texts: dict[ScenarioPath, list[str]] = {path: [] for path in paths}
    for draft in drafts:
        for path, value in draft.settings:
            texts[path].append(value_text(value))
    labels = dict(zip(paths, path_labels(paths), strict=True))
    values = {path: value_labels(texts[path]) for path in paths}
    telling = {axis.path for axis in axes if len(axis.values) > 1}

    def words(settings: Iterable[Setting]) -> list[str]:
        return [f"{labels[path]} {values[path][value_text(value)]}" for path, value in settings]

    names = []
    for draft in drafts:
        own = draft.listed.name
        first = words(draft.listed.settings) or ["base"] if own is None else [own] if own else []
        grid = words(item for item in draft.grid if item[0] in telling)
        names.append(", ".join([*first, *grid] or words(draft.grid)))
    _check_distinct(names, drafts)
    return names


def _check_distinct(names: Sequence[str], drafts: Sequence[_Draft]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            draft = next(draft for draft, own in zip(drafts, names, strict=True) if own == name)
            raise ScenarioError(
                f"{count} cases are called '{name}'; give each a name of its own",
                draft.listed.place,
            )


def _check_number(axes: Sequence[Axis], listed: Sequence[Listed]) -> None:
    number = len(listed) * math.prod(len(axis.values) for axis in axes)
    if number > MOST_CASES:
        raise ScenarioError(f"the study has {number:,} cases; give at most {MOST_CASES:,}")
