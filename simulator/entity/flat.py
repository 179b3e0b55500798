"""A session record as one row of a table, for spreadsheets.

The root keys of the reference page stand as columns under their own names. Of a carrier the
columns are an id and a name (``User.FullName``); rights are left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from simulator.entity.session import ChatSession
from simulator.entity.wire import TIME, wire_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["COLUMNS", "DATES", "Cell", "row", "safe_cell", "wall_clock"]

Cell = str | int | float | bool | None

_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "User": ("AssociateId", "Name", "FullName"),
    "Person": ("PersonId", "FullName"),
    "Contact": ("ContactId", "Name"),
    "Project": ("ProjectId", "Name"),
    "Sale": ("SaleId", "Title"),
    "Ticket": ("TicketId", "Title"),
    "TransferTo": ("AssociateId", "Name", "FullName"),
}
_LEFT_OUT: Final = ("TableRight", "FieldProperties")
_YEAR_1: Final = "0001-"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def _columns() -> Iterator[tuple[str, str | None]]:
    """(root key, key within its carrier)."""
    for key in wire_fields(ChatSession):
        if key in _SHOWN:
            yield from ((key, inner) for inner in _SHOWN[key])
        elif key not in _LEFT_OUT:
            yield key, None


_PATHS: Final = tuple(_columns())

COLUMNS: Final = tuple(key if inner is None else f"{key}.{inner}" for key, inner in _PATHS)
"""The headings, in the order of the reference page."""

DATES: Final = frozenset(key for key, (_, kind) in wire_fields(ChatSession).items() if kind is TIME)
"""The headings over dates."""


def row(record: Mapping[str, Any]) -> list[Cell]:
    """A parsed record's cells under ``COLUMNS``; None for null, "not yet" and no carrier."""
    cells: list[Cell] = []
    for key, inner in _PATHS:
        value = record.get(key)
        if inner is not None:
            value = value.get(inner) if isinstance(value, dict) else None
        elif key in DATES and value is not None and value.startswith(_YEAR_1):
            value = None
        cells.append(value)
    return cells


def wall_clock(text: str) -> datetime:
    """What the clock on the wall showed at a date of the wire: a spreadsheet has no time zones."""
    return datetime.fromisoformat(text[:19])


def safe_cell(value: Cell) -> Cell:
    """The cell with an apostrophe before text that a spreadsheet would take for a formula.

    Customers type these texts. Source: OWASP, "CSV Injection".

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("what = what?"), safe_cell(-3)
    ("'=HYPERLINK(1)", 'what = what?', -3)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
