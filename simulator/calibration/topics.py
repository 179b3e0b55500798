"""Names and ids of topics: records on the wire hold ids alone, people and scenarios want names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.calibration.history import History

__all__ = ["ids_of", "known_by", "named"]

BY_ID: Final = re.compile(r"Topic (\d+)")
"""What the reader calls a topic of which only the id is known."""


def named(history: History, names: Mapping[int, str]) -> History:
    """The history with topics called by their names instead of ``Topic 3``.

    Raises:
        ParameterError: the history has no topic of that id, or two topics would share a name.
    """
    known = list(history.sessions["topic"].cat.categories)
    names = {number: name for number, name in names.items() if name != f"Topic {number}"}
    for number, name in names.items():
        if f"Topic {number}" not in known:
            raise ParameterError(
                f"--topic {number}={name} names a topic that the history does not know by its id; "
                f"its topics are {', '.join(known)}"
            )
        if name in known or list(names.values()).count(name) > 1:
            raise ParameterError(
                f"--topic {number}={name} gives two topics one name; choose another"
            )
    renamed = {f"Topic {number}": name for number, name in names.items()}
    topic = history.sessions["topic"].cat.rename_categories(renamed)
    return replace(history, sessions=history.sessions.assign(topic=topic))


def known_by(history: History, names: Mapping[int, str]) -> History:
    """As ``named``, with names for other topics passed over: those of a scenario, say."""
    known = set(history.sessions["topic"].cat.categories)
    return named(history, {n: name for n, name in names.items() if f"Topic {n}" in known})


def ids_of(topics: Iterable[str], names: Mapping[int, str]) -> dict[str, int]:
    """An id for each topic: its own where it is known, else the smallest free number.

    >>> ids_of(["Topic 7", "Sales", "Support"], {1: "Sales"})
    {'Topic 7': 7, 'Sales': 1, 'Support': 2}
    """
    found: dict[str, int] = {}
    own = {name: number for number, name in names.items()}
    topics = list(topics)
    for topic in topics:
        match = BY_ID.fullmatch(topic)
        number = own.get(topic) or (int(match[1]) if match else 0)
        if number:
            found[topic] = number
    for topic in topics:
        if topic not in found:
            found[topic] = min(set(range(1, len(topics) + 2)) - set(found.values()))
    return {topic: found[topic] for topic in topics}
