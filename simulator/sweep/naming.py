"""What cases are called: what differs between them, in few words."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.scenario.documents import Entry
    from simulator.sweep.paths import ScenarioPath

__all__ = ["path_labels", "value_labels", "value_text"]

LONGEST = 32
"""Characters of a value within a name; a longer one is called by its number."""

_TELLING = frozenset({"topics", "agents", "arrivals"})
"""Keys that a label does without."""


def value_text(entry: Entry | None) -> str:
    """A value as the study file writes it, on one line; numbers in their one form.

    >>> from pathlib import Path
    >>> from simulator.scenario.documents import compose
    >>> tree = compose("[1.70, 7m30s, null, {fixed: 20s}, [1, 1.5]]", file="", folder=Path())
    >>> [value_text(item) for item in tree.value]
    ['1.7', '7m30s', 'none', '{fixed: 20s}', '[1, 1.5]']
    """
    value = None if entry is None else entry.value
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(value_text(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else _number_or_text(value)


def path_labels(paths: Sequence[ScenarioPath]) -> list[str]:
    """A short label for each path, unlike the others: ``count``, ``Sales reaction mean``."""
    labels = [_label(path) for path in paths]
    again = Counter(labels)
    named = [
        " ".join([*_names(path), label]) if again[label] > 1 else label
        for path, label in zip(paths, labels, strict=True)
    ]
    again = Counter(named)
    return [str(path) if again[name] > 1 else name for path, name in zip(paths, named, strict=True)]


def value_labels(texts: Sequence[str]) -> dict[str, str]:
    """A short label for each of the values of a path, unlike the others.

    >>> value_labels(["../rosters/early.csv", "../rosters/late.csv"])
    {'../rosters/early.csv': 'early', '../rosters/late.csv': 'late'}
    >>> value_labels(["[1, 1.7, 2.2]", "{fixed: 20s}"])
    {'[1, 1.7, 2.2]': '1 1.7 2.2', '{fixed: 20s}': 'fixed 20s'}
    """
    distinct = list(dict.fromkeys(texts))
    short = [_shortened(text) for text in distinct]
    if len(set(short)) < len(short) or any(not 0 < len(label) <= LONGEST for label in short):
        short = [f"no. {number}" for number in range(1, len(distinct) + 1)]
    return dict(zip(distinct, short, strict=True))


def _label(path: ScenarioPath) -> str:
    """The last key, with the part of the desk that it belongs to where that is not plain."""
    keys = [str(step) for step in path.steps if not step.picked and step.name not in _TELLING]
    if not keys:
        return path.steps[-1].name
    label = " ".join(dict.fromkeys((keys[0], keys[-1])))
    if path.steps[-1].picked:
        label += f" {path.steps[-1].name}"
    return label.replace("_", " ")


def _names(path: ScenarioPath) -> list[str]:
    return [step.name for step in path.steps[1:2] if step.picked]


def _shortened(text: str) -> str:
    """Without the marks of the notation, and a file without folder and ending."""
    if re.fullmatch(r"[^\s{}\[\]]+\.(csv|tsv|txt|xls[xmb]?|ods)(#.*)?", text, re.IGNORECASE):
        file, _, sheet = text.replace("\\", "/").rpartition("/")[2].partition("#")
        text = " ".join([file.rpartition(".")[0], sheet])
    return " ".join(re.sub(r"[^\w.:+%-]+|(?<=\w):(?=\s)", " ", text).split())


def _number_or_text(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or not re.fullmatch(r"[-+]?[\d.]+", text):
        return text
    return f"{number.normalize():f}" if number else "0"
