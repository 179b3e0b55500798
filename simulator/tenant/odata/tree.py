"""A filter as a tree: tests of one column each, joined by and, or, not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["OPERATORS", "And", "Comparison", "Node", "Not", "Operator", "Or", "Scalar"]

Scalar = str | int | float | bool | None

Operator = Literal[
    "eq", "ne", "gt", "ge", "lt", "le", "begins", "ends", "contains", "one of", "between"
]
"""What a test asks. Negative ones (``notContains``) are a test within ``Not``."""

OPERATORS: Final[dict[str, tuple[Operator, bool]]] = {
    "eq": ("eq", True),
    "=": ("eq", True),
    "equals": ("eq", True),
    "is": ("eq", True),
    "datetime": ("eq", True),
    "date": ("eq", True),
    "ne": ("ne", True),
    "unequals": ("ne", True),
    "isnot": ("ne", True),
    "gt": ("gt", True),
    "greater": ("gt", True),
    "after": ("gt", True),
    "aftertime": ("gt", True),
    "ge": ("ge", True),
    "lt": ("lt", True),
    "less": ("lt", True),
    "before": ("lt", True),
    "beforetime": ("lt", True),
    "le": ("le", True),
    "begins": ("begins", True),
    "contains": ("contains", True),
    "notbegins": ("begins", False),
    "notcontains": ("contains", False),
    "oneof": ("one of", True),
    "associateisoneof": ("one of", True),
    "notoneof": ("one of", False),
    "associateisnotoneof": ("one of", False),
    "between": ("between", True),
    "datebetween": ("between", True),
}
"""By the word in lower case: what it asks, and False for the contrary of it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against values: one, or more for ``one of`` and two for ``between``."""

    column: str
    operator: Operator
    values: tuple[Scalar, ...]
    place: int
    """Where it begins in the filter, from 0."""


@dataclass(frozen=True, slots=True)
class And:
    """All of them hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them holds at least."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold; that is so too where the column is empty."""

    part: Node


Node = Comparison | And | Or | Not
