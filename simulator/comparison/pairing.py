"""Runs that may be held against each other: replication by replication, by the same yardstick."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulator.errors import DataError, UsageError
from simulator.metrics.chats import chats
from simulator.metrics.findings import seconds
from simulator.metrics.warm_up import warm_up_us

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from simulator.scenario.world import Scenario
    from simulator.sessions import Run

__all__ = ["Subject", "check_comparable", "paired", "what_differs"]

ARRIVAL = ("topic_id", "customer_id", "attempt", "requested_at")
LUCK = {
    "work_s": "work",
    "patience_s": "patience",
    "reaction_s": "reaction",
    "silent": "silent leaving",
    "takes_form": "taking the form",
    "retry_delay_s": "retries",
    "transfer_topic_id": "transfers",
}
"""What a customer brings along, by the workload's columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One side of a comparison."""

    name: str
    scenario: Scenario
    """The run's own world, under the base's service level and the longest warm-up of all."""
    run: Run


def paired(
    runs: Sequence[Run], names: Sequence[str] | None, *, base: int
) -> tuple[tuple[Subject, ...], tuple[str, ...]]:
    """The runs as subjects, the base first, and what a reader has to know about the pairing.

    Raises:
        UsageError: fewer than two runs, no such base, or a number of names that does not fit.
        DataError: the runs are not of one seed, number of replications, calendar and set of
            topics, or two have one name.
    """
    labels = list(names) if names is not None else [run.scenario.name for run in runs]
    check_comparable([run.scenario for run in runs], labels, base=base)
    first = runs[base]
    for label, run in zip(labels, runs, strict=True):
        _check_luck(labels[base], first, label, run)
    worlds = [replace(run.scenario, service_level=first.scenario.service_level) for run in runs]
    worlds, warm_ups = _with_one_warm_up(worlds, runs)
    order = [base, *(index for index in range(len(runs)) if index != base)]
    subjects = tuple(Subject(labels[i], worlds[i], runs[i]) for i in order)
    return subjects, tuple(_notes(subjects, warm_ups))


def check_comparable(scenarios: Sequence[Scenario], names: Sequence[str], *, base: int = 0) -> None:
    """See, before anything is simulated, that scenarios can be compared.

    Raises:
        UsageError: fewer than two scenarios, no such base, or not a name for each.
        DataError: they differ in days or topics, or two have one name.
    """
    _check_number(scenarios, names, base)
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise DataError(
            f"two scenarios are called '{twice}', so nobody could tell them apart; give each file "
            "a name: of its own, or write LABEL=PATH"
        )
    for name, world in zip(names, scenarios, strict=True):
        _check_calendar(names[base], scenarios[base], name, world)


def _check_number(scenarios: Sequence[Scenario], names: Sequence[str], base: int) -> None:
    if len(names) != len(scenarios):
        raise UsageError(f"{len(names)} names for {len(scenarios)} scenarios; give one for each")
    if len(scenarios) < 2:
        only = f" ('{names[0]}')" if names else ""
        raise UsageError(
            f"a comparison of {len(names)} scenario{only} compares nothing; give two or more, "
            "or ask what --one-more-agent GROUP would buy"
        )
    if not 0 <= base < len(scenarios):
        raise UsageError(f"base is {base}; give 0 to {len(scenarios) - 1}, the place of a scenario")


CALENDAR: dict[str, Callable[[Scenario], Any]] = {
    "time zone": lambda world: world.timezone.key,
    "start": lambda world: world.start.isoformat(timespec="minutes"),
    "days": lambda world: len(world.dates),
    "horizon (h)": lambda world: world.horizon_us / 3.6e9,
    "kind of study": lambda world: world.study,
    "interval (min)": lambda world: world.interval_us / 6e7,
    "topics": lambda world: ", ".join(f"{topic.id} {topic.name}" for topic in world.topics),
}
"""What must be the same in both scenarios."""


def _check_calendar(name: str, world: Scenario, other_name: str, other: Scenario) -> None:
    for key, told in CALENDAR.items():
        if told(world) != told(other):
            raise DataError(
                f"'{name}' and '{other_name}' differ in {key}: {told(world)} and {told(other)}; "
                "only scenarios of the same days and topics can be compared: let the other extend "
                "the first and change what is in question"
            )


def _check_luck(name: str, run: Run, other_name: str, other: Run) -> None:
    for key in ("seed", "replications"):
        here, there = run.manifest.get(key), other.manifest.get(key)
        if here != there:
            raise DataError(
                f"'{name}' was simulated with {key} {here} and '{other_name}' with {there}, so "
                "their replications are no pairs; simulate both with the same, as "
                "`pickup compare` does with scenario files, --seed and --replications"
            )


def _with_one_warm_up(
    worlds: list[Scenario], runs: Sequence[Run]
) -> tuple[list[Scenario], set[int]]:
    """The worlds with the longest of their warm-ups (MSER-5 gives each run its own), and all."""
    if worlds[0].study == "terminating":
        return worlds, {0}
    found = {
        warm_up_us(world, chats(world, run.sessions))
        for world, run in zip(worlds, runs, strict=True)
    }
    return [replace(world, warm_up_us=max(found)) for world in worlds], found


def _notes(subjects: Sequence[Subject], warm_ups: set[int]) -> list[str]:
    base, *others = subjects
    level = base.scenario.service_level
    said = []
    for other in others:
        own = other.run.scenario.service_level
        if (own.threshold_us, own.definition) != (level.threshold_us, level.definition):
            said.append(
                f"{other.name} defines its service level otherwise "
                f"({own.definition} within {seconds(own.threshold_us / 1e6)}); here both are "
                f"counted as {base.name} does: {level.definition} within "
                f"{seconds(level.threshold_us / 1e6)}."
            )
        if different := what_differs(base.run.workload, other.run.workload):
            said.append(
                f"{other.name} and {base.name} do not meet the same customers ({different}): they "
                "are paired by their streams of luck only, which helps less."
            )
        if base.run.manifest.get("package") != other.run.manifest.get("package"):
            said.append(
                f"{other.name} and {base.name} were simulated by different versions of Pickup Lab "
                f"({other.run.manifest.get('package')} and {base.run.manifest.get('package')})."
            )
    if len(warm_ups) > 1:
        said.append(f"The longest warm-up of all, {max(warm_ups) / 3.6e9:g} h, is left out of all.")
    return said


def what_differs(one: pd.DataFrame, other: pd.DataFrame) -> str:
    """How the customers of two workloads differ, in words; empty where they are the same.

    >>> import pandas as pd
    >>> columns = dict.fromkeys(("replication", *ARRIVAL, *LUCK), [1])
    >>> what_differs(pd.DataFrame(columns), pd.DataFrame(columns | {"work_s": [2]}))
    'their work differs'
    """
    keys = ["replication", *ARRIVAL]
    if len(one) != len(other) or not one[keys].equals(other[keys]):
        return "their arrivals differ"
    different = [words for name, words in LUCK.items() if not one[name].equals(other[name])]
    return f"their {', '.join(different)} differs" if different else ""
