"""Rows of an archive as a page of a list: slim with what is shown, full with raw values too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from simulator.entity import ChatSessionStatus
from simulator.tenant.answers.languages import status_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.tenant.answers.views import View
    from simulator.tenant.odata.archive import Archive, ColumnKind
    from simulator.tenant.odata.query import Query

__all__ = ["page"]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_]")


def page(
    query: Query,
    rows: Sequence[Sequence[Any]],
    archive: Archive,
    *,
    view: View,
    url: str,
    page_size: int,
    timespan_text: str = "seconds",
) -> dict[str, Any]:
    """The list's answer, from the rows that ``query.sql`` gave.

    ``url``: the list's address without its options, from which the next page's is made.
    ``timespan_text``: lengths in slim rows as ``seconds``, or ``marked`` as in full ones.
    """
    size = query.page_size(page_size)
    names = query.shown(archive)
    kinds = [archive.columns[name].kind for name in names]
    written = [_UNSAFE.sub("_", name) if query.json_safe else name for name in names]
    make = _full_row if query.mode == "full" else _slim_row
    return {
        "odata.metadata": f"{url.partition('/api/')[0]}/api/v1/archive$metadata",
        "odata.nextLink": _next_link(query, url, size) if len(rows) > size else None,
        "value": [
            {"PrimaryKey": str(row[0]), "EntityName": archive.entity}
            | make(written, kinds, row[1:], view, timespan_text)
            for row in rows[:size]
        ],
    }


def _next_link(query: Query, url: str, size: int) -> str:
    options = dict(query.given) | {"$skip": str(query.skip + size)}
    return f"{url}?{urlencode(options, safe='$,/')}"


def _slim_row(
    names: Sequence[str],
    kinds: Sequence[ColumnKind],
    values: Sequence[Any],
    view: View,
    timespan_text: str,
) -> dict[str, Any]:
    cells = zip(names, kinds, values, strict=True)
    return {name: _shown(kind, value, view, timespan_text) for name, kind, value in cells}


def _shown(kind: ColumnKind, value: Any, view: View, timespan_text: str) -> Any:
    """A cell as it is shown; null where the column is empty."""
    if value is None:
        return None
    if kind == "date":
        return view.clock(value)
    if kind == "status":
        return status_text(ChatSessionStatus(value), view.language)
    if kind == "seconds" and timespan_text == "marked":
        return f"[TS:{value}]"
    return value


def _full_row(
    names: Sequence[str],
    kinds: Sequence[ColumnKind],
    values: Sequence[Any],
    view: View,
    timespan_text: str,
) -> dict[str, Any]:
    cells = zip(names, kinds, values, strict=True)
    columns = {name: _full_cell(kind, value, view, timespan_text) for name, kind, value in cells}
    return {"ColumnData": columns, "LinkHint": "", "StyleHint": ""}


_MARKS: Final[Mapping[str, str]] = {"whole": "[I:{}]", "status": "[I:{}]", "seconds": "[TS:{}]"}


def _full_cell(kind: ColumnKind, value: Any, view: View, timespan_text: str) -> dict[str, Any]:
    """A cell with its raw value, marked by its kind, and what is shown as the hint."""
    shown = _shown(kind, value, view, timespan_text)
    mark = _MARKS.get(kind)
    return {
        "DisplayValue": shown if mark is None or value is None else mark.format(value),
        "TooltipHint": "" if shown is None else str(shown),
        "LinkHint": "",
    }
