"""A tree as an SQL condition with bound parameters.

Three values become two: an empty column fulfils no test but ``eq null`` and ``ne`` something, and
``not`` of a test that it fails is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.spelling import did_you_mean
from simulator.tenant.odata.errors import at
from simulator.tenant.odata.tree import And, Comparison, Not
from simulator.tenant.odata.values import Bound, Span, bound

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from simulator.tenant.odata.archive import Archive, Column
    from simulator.tenant.odata.tree import Node, Operator

__all__ = ["Condition", "condition"]

Parameter = str | int | float


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with a ``?`` for each parameter."""

    text: str
    parameters: tuple[Parameter, ...] = ()


def condition(node: Node, archive: Archive, zone: ZoneInfo) -> Condition:
    """The condition of a tree; QueryError for a column or a value that does not fit."""
    if isinstance(node, Comparison):
        return _test(node, archive, zone)
    if isinstance(node, Not):
        inner = condition(node.part, archive, zone)
        return Condition(f"NOT IFNULL({inner.text}, 0)", inner.parameters)
    parts = [condition(part, archive, zone) for part in node.parts]
    return _joined(parts, " AND " if isinstance(node, And) else " OR ")


def _joined(parts: list[Condition], word: str) -> Condition:
    parameters = tuple(each for part in parts for each in part.parameters)
    return Condition(f"({word.join(part.text for part in parts)})", parameters)


# --------------------------------------------------------------------------------- the tests

_ORDERED: Final = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_SPANNED: Final = {
    "gt": (">=", "high"),
    "ge": (">=", "low"),
    "lt": ("<", "low"),
    "le": ("<", "high"),
}
_PATTERNS: Final = {"begins": "{}%", "ends": "%{}", "contains": "%{}%"}
_PATTERN_MARKS: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def _test(test: Comparison, archive: Archive, zone: ZoneInfo) -> Condition:
    column = _column(test, archive)
    values = [bound(column.kind, value, test, zone) for value in test.values]
    if test.operator == "one of":
        return _joined([_equal(_side(column, value), value) for value in values], " OR ")
    if test.operator == "between":
        if len(values) != 2:
            raise _unfit(test, f"has {len(values)} values", "give two: from and to")
        low, high = (_ordered(column, name, value, test) for name, value in _edges(values))
        return _joined([low, high], " AND ")
    return _single(column, test.operator, values[0], test)


def _edges(values: list[Bound]) -> list[tuple[Operator, Bound]]:
    return [("ge", values[0]), ("le", values[1])]


def _column(test: Comparison, archive: Archive) -> Column:
    found = archive.columns.get(test.column)
    if found is None:
        near = did_you_mean(test.column, archive.columns) or "; name one of its columns"
        raise at("$filter", test.place, f"the archive has no column {test.column[:40]!r}", near[2:])
    return found


def _single(column: Column, operator: Operator, value: Bound, test: Comparison) -> Condition:
    if operator == "eq":
        return _equal(_side(column, value), value)
    if operator == "ne":
        same = _equal(_side(column, value), value)
        return Condition(f"NOT IFNULL({same.text}, 0)", same.parameters)
    if operator in _PATTERNS:
        return _like(column, operator, value, test)
    return _ordered(column, operator, value, test)


def _side(column: Column, value: Bound) -> str:
    """The column's SQL: a user is compared by what is shown, if by a text."""
    return column.shown if column.kind == "user" and isinstance(value, str) else column.sql


def _equal(side: str, value: Bound) -> Condition:
    if value is None:
        return Condition(f"({side} IS NULL)")
    if isinstance(value, Span):
        return Condition(f"({side} >= ? AND {side} < ?)", (value.low, value.high))
    if isinstance(value, str):
        return Condition(f"({side} = ? COLLATE NOCASE)", (value,))
    return Condition(f"({side} = ?)", (value,))


def _ordered(column: Column, operator: Operator, value: Bound, test: Comparison) -> Condition:
    side = _side(column, value)
    if value is None:
        raise _unfit(test, "is ordered against null", "use eq null or ne null")
    if isinstance(value, Span):
        mark, edge = _SPANNED[operator]
        return Condition(f"({side} {mark} ?)", (getattr(value, edge),))
    collation = " COLLATE NOCASE" if isinstance(value, str) else ""
    return Condition(f"({side} {_ORDERED[operator]} ?{collation})", (value,))


def _like(column: Column, operator: Operator, value: Bound, test: Comparison) -> Condition:
    if not isinstance(value, str):
        raise _unfit(test, "holds no text", "use eq, ne, gt, ge, lt or le")
    pattern = _PATTERNS[operator].format(value.translate(_PATTERN_MARKS))
    return Condition(f"({_side(column, value)} LIKE ? ESCAPE '\\')", (pattern,))


def _unfit(test: Comparison, found: str, remedy: str) -> Exception:
    return at("$filter", test.place, f"{test.column!r} {found}", remedy)
